"""The header and the label files of the plain layout (see `plain`).

May import `axes`, `units`, `countries`, `errors` and its own folder.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from autarky import countries
from autarky.axes import USE_KINDS, Axis
from autarky.errors import DataError
from autarky.sources._problems import Problems
from autarky.sources._text import decode, read_bytes, read_csv
from autarky.units import Provenance, Step, Unit

SCHEMA_VERSION = 1
HEADER = "header.json"

Treatment = Literal["none", "balance", "as_published"]
RegionCodes = Literal["canonical", "as_given"]
Missing = Literal["refuse", "zero"]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_MULTIPLES = ("", "thousand", "million", "billion", "trillion")
_LARGEST_HEADER = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Header:
    """What ``header.json`` says; `plain.read_plain` explains the fields."""

    name: str
    title: str
    year: int
    unit: Unit
    citation: str = ""
    licence: str = ""
    url: str = ""
    faults: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    treatment: Treatment = "none"
    region_codes: RegionCodes = "canonical"
    missing: Missing = "refuse"
    complete: bool = True

    @property
    def provenance(self) -> Provenance:
        """Source, citation and earlier steps."""
        return Provenance(
            source=self.title,
            citation=self.citation,
            licence=self.licence,
            url=self.url,
            steps=self.steps,
            faults=self.faults,
        )


@dataclass(frozen=True)
class Labels:
    """The axes of a plain table, the codes that were replaced, and what was tolerated."""

    regions: Axis
    sectors: Axis
    uses: Axis
    use_kinds: tuple[str, ...]
    renamed: dict[str, str]
    notes: tuple[str, ...]


def read_header(folder: Path) -> Header:
    """The header of a folder.

    Raises
    ------
    DataError
        It is missing, no JSON object, or a field is missing, unknown or wrong; all are listed.
    """
    path = folder / HEADER
    text, _ = decode(read_bytes(path, largest=_LARGEST_HEADER), path)
    values = _parse_json(text, path)
    problems = Problems()
    _refuse_unknown_keys(values, path, problems)
    fields = {
        key: value
        for key, check in _FIELDS.items()
        if (value := _field(values, key, check, path, problems)) is not None
    }
    problems.raise_any()
    fields.pop("schema_version")
    return Header(**fields)


def _parse_json(text: str, path: Path) -> dict[str, Any]:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in items]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise ValueError(f"{twice!r} is there twice")
        return dict(items)

    def constant(text: str) -> None:
        raise ValueError(f"{text} is not a number that JSON knows")

    try:
        values = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except json.JSONDecodeError as error:
        raise DataError(
            f"the header is not valid JSON: {error.msg}",
            path=path,
            row=error.lineno,
            column=error.colno,
            hint="Look for a missing comma or quotation mark just before this place",
        ) from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"the header is not valid JSON: {error}", path=path) from None
    if not isinstance(values, dict):
        raise DataError("the header is not a JSON object", path=path, expected="{ ... }")
    return values


def _refuse_unknown_keys(values: dict[str, Any], path: Path, problems: Problems) -> None:
    for key in values:
        if key not in _FIELDS:
            near = difflib.get_close_matches(key, _FIELDS, n=1)
            problems.add(
                f"the header has an unknown field {key!r}",
                path=path,
                expected=f"one of {', '.join(_FIELDS)}",
                hint=f"Did you mean {near[0]!r}?" if near else None,
            )


class _WrongError(Exception):
    """A field's value is not what it must be: (found, expected, hint)."""


_Check = tuple[bool, Callable[[Any], Any]]  # whether it must be there; value → field


def _field(
    values: dict[str, Any], key: str, check: _Check, path: Path, problems: Problems
) -> Any | None:
    required, convert = check
    if key not in values:
        if required:
            problems.add(f"the header has no field {key!r}", path=path)
        return None
    try:
        return convert(values[key])
    except _WrongError as error:
        found, expected, hint = error.args
        problems.add(
            f"header field {key!r} cannot be used",
            path=path,
            found=found,
            expected=expected,
            hint=hint,
        )
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _WrongError(value, "text", None)
    return value


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _WrongError(value, "text that is not empty", None)
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise _WrongError(value, "lower-case letters, digits, '-' and '_'", "Such as 'my-table'")
    return value


def _version(value: Any) -> int:
    if isinstance(value, bool) or value != SCHEMA_VERSION:
        raise _WrongError(value, SCHEMA_VERSION, "Another version of autarky may read this folder")
    return SCHEMA_VERSION


def _year(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10_000:
        raise _WrongError(value, "a whole number from 1 to 9999", "Without quotation marks")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _WrongError(value, "true or false", None)
    return value


def _choice(*known: str) -> Callable[[Any], str]:
    def convert(value: Any) -> str:
        if value not in known or not isinstance(value, str):
            near = difflib.get_close_matches(str(value), known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else None
            raise _WrongError(value, f"one of {', '.join(map(repr, known))}", hint)
        return value

    return convert


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _WrongError(value, "a list of texts", None)
    return tuple(value)


def _steps(value: Any) -> tuple[Step, ...]:
    shape = 'a list of {"verb": text, "parameters": {}, "effect": {}}'
    if not isinstance(value, list):
        raise _WrongError(value, shape, None)
    steps = []
    for item in value:
        fine = isinstance(item, dict) and set(item) <= {"verb", "parameters", "effect"}
        if not fine or not isinstance(item.get("verb"), str):
            raise _WrongError(item, shape, None)
        parts = [item.get(key, {}) for key in ("parameters", "effect")]
        if not all(isinstance(part, dict) for part in parts):
            raise _WrongError(item, shape, None)
        steps.append(Step(item["verb"], *parts))
    return tuple(steps)


def _unit(value: Any) -> Unit:
    expected = '{"currency": "USD", "multiple": "million", "prices": "current basic prices"}'
    if not isinstance(value, dict) or not set(value) <= {"currency", "multiple", "prices"}:
        raise _WrongError(value, expected, None)
    currency, multiple = value.get("currency"), value.get("multiple", "")
    prices = value.get("prices", "")
    if not isinstance(currency, str) or not currency.strip() or not isinstance(prices, str):
        raise _WrongError(value, expected, None)
    parts = currency.split()
    if len(parts) > 1 and difflib.get_close_matches(parts[0].lower(), _MULTIPLES[1:], n=1):
        raise _WrongError(currency, "a currency alone", f"Write {parts[0]!r} in 'multiple'")
    if len(currency) == 3 and currency.isalpha() and not currency.isupper():
        raise _WrongError(currency, "a currency code in capitals", f"Write {currency.upper()!r}")
    return Unit(currency, _choice(*_MULTIPLES)(multiple), prices)


_FIELDS: dict[str, _Check] = {
    "schema_version": (True, _version),
    "name": (True, _name),
    "title": (True, _words),
    "year": (True, _year),
    "unit": (True, _unit),
    "citation": (False, _text),
    "licence": (False, _text),
    "url": (False, _text),
    "treatment": (False, _choice(*get_args(Treatment))),
    "region_codes": (False, _choice(*get_args(RegionCodes))),
    "missing": (False, _choice(*get_args(Missing))),
    "complete": (False, _flag),
    "faults": (False, _texts),
    "steps": (False, _steps),
}


def read_labels(folder: Path, header: Header) -> Labels:
    """The axes, from ``regions.csv``, ``sectors.csv`` and ``uses.csv``.

    Raises
    ------
    DataError
        A file or column is missing, a code is empty or there twice; all are listed.
    """
    problems = Problems()
    notes: list[str] = []
    columns: dict[str, list[dict[str, str]]] = {}
    for stem, wanted in (
        ("regions", ("code", "name")),
        ("sectors", ("code", "name")),
        ("uses", ("code", "name", "kind")),
    ):
        try:
            columns[stem] = _label_rows(folder / f"{stem}.csv", wanted, problems, notes)
        except DataError as error:
            problems.include(error)
    problems.raise_any()
    renamed = _rename(folder / "regions.csv", columns["regions"], header, problems)
    kinds = _kinds(folder / "uses.csv", columns["uses"], problems)
    problems.raise_any()
    return Labels(
        regions=_axis("region", columns["regions"]),
        sectors=_axis("sector", columns["sectors"]),
        uses=_axis("use", columns["uses"]),
        use_kinds=kinds,
        renamed=renamed,
        notes=tuple(notes),
    )


def _label_rows(
    path: Path, wanted: tuple[str, ...], problems: Problems, notes: list[str]
) -> list[dict[str, str]]:
    sheet = read_csv(path)
    notes += [f"{path.name}: {note}" for note in sheet.notes]
    names = sheet.rows[0]
    if names[: len(wanted)] != list(wanted) or any(names[len(wanted) :]):
        raise DataError(
            "the first row must name the columns",
            path=path,
            row=sheet.lines[0],
            found=",".join(names),
            expected=",".join(wanted),
        )
    rows: list[dict[str, str]] = []
    first_line: dict[str, int] = {}
    for line, cells in zip(sheet.lines[1:], sheet.rows[1:], strict=True):
        if len(cells) < len(wanted) or any(cells[len(wanted) :]):
            found = f"{len(cells)} cells"
            problems.add("a row of another length", path=path, row=line, found=found,
                         expected=f"{len(wanted)} cells")  # fmt: skip
            continue
        row = dict(zip(wanted, cells, strict=False))
        if not row["code"]:
            problems.add("a code is empty", path=path, row=line, column="code")
        elif row["code"] in first_line:
            where = f"on line {first_line[row['code']]} already"
            problems.add("a code is there twice", path=path, row=line, column="code",
                         found=row["code"], hint=f"It is {where}")  # fmt: skip
        first_line.setdefault(row["code"], line)
        rows.append(row)
    if not rows:
        problems.add("there are no codes", path=path)
    return rows


def _rename(
    path: Path, rows: list[dict[str, str]], header: Header, problems: Problems
) -> dict[str, str]:
    """Replace codes by ISO codes, in place, where the header allows it; returns the changes."""
    if header.region_codes == "as_given":
        return {}
    renamed = {}
    for row in rows:
        code = countries.canonical(row["code"])
        if code is not None and code != row["code"]:
            renamed[row["code"]] = code
            row["code"] = code
            row["name"] = row["name"] or countries.name(code)
    codes = [row["code"] for row in rows]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        spelt = ", ".join([old for old, new in renamed.items() if new == code])
        problems.add(
            "two codes mean the same economy",
            path=path,
            column="code",
            found=code,
            hint=f"It is also written {spelt}. 'region_codes': 'as_given' keeps codes apart",
        )
    return renamed


def _kinds(path: Path, rows: list[dict[str, str]], problems: Problems) -> tuple[str, ...]:
    for number, row in enumerate(rows, start=2):
        if row["kind"] not in USE_KINDS:
            near = difflib.get_close_matches(row["kind"].lower(), USE_KINDS, n=1)
            problems.add(
                "an unknown kind of final use",
                path=path,
                row=number,
                column="kind",
                found=row["kind"],
                expected=f"one of {', '.join(USE_KINDS)}",
                hint=f"Did you mean {near[0]!r}?" if near else None,
            )
    return tuple(row["kind"] for row in rows)


def _axis(name: str, rows: list[dict[str, str]]) -> Axis:
    titles = [row["name"] or (countries.name(row["code"])) for row in rows]
    return Axis(name, [row["code"] for row in rows], titles)
