"""Scenario files, TOML and JSON: strict reading with the line of each fault, and exact writing.

What is broken (syntax, unknown keys, wrong types, missing fields, a future schema) is a
`DataError`; what is well written but impossible (a share of 1.2, contradictions) a `ShockError`.
May import `table` and below, and its own folder but for `library`.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from autarky.errors import DataError, ShockError
from autarky.shocks.base import Shock, read_fields
from autarky.shocks.fields import Shares, Wrong, rule_of, shown
from autarky.shocks.lines import find_lines, find_repeated
from autarky.shocks.local import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    StockRelease,
    Transfer,
)
from autarky.shocks.scenario import SCHEMA, Scenario
from autarky.shocks.trade import Embargo, Isolation, Tariff, TradeCost

#: The types of shocks that files may name.
KINDS: Mapping[str, type[Shock]] = {
    cls.kind: cls
    for cls in (
        Embargo,
        Isolation,
        TradeCost,
        Tariff,
        CapacityLoss,
        DemandShift,
        Transfer,
        StockRelease,
        CapitalLoss,
    )
}
#: Fields that come first in the class, but last in what people read.
_WHEN = frozenset({"start", "duration", "recovery", "curve"})
#: Largest file that is read [bytes].
LARGEST = 16 << 20
#: How many faults a message spells out.
_SHOWN = 5

_Step = str | int
_Syntax = Literal["toml", "json"]


def load_scenario(path: str | PathLike[str]) -> Scenario:
    """The scenario of a TOML or JSON file.

    Parameters
    ----------
    path : str or path
        Its name ends in ``.toml`` or ``.json``.

    Raises
    ------
    DataError
        The file is missing or broken; with path, line and what was expected. All faults are
        listed.
    ShockError
        The file is well written, but what it asks for is impossible or contradicts itself.
    """
    place = Path(path)
    syntax = place.suffix.lower().removeprefix(".")
    if syntax not in ("toml", "json"):
        raise DataError(
            "no scenario file", path=place, found=place.name, expected="a name in .toml or .json"
        )
    return parse_scenario(_read(place), syntax, path=place)


def load_scenarios(paths: Iterable[str | PathLike[str]]) -> dict[str, Scenario]:
    """The scenarios of several files by name.

    Raises
    ------
    DataError
        As for `load_scenario`, or two files have the same scenario name.
    ShockError
        As for `load_scenario`.
    """
    found: dict[str, Scenario] = {}
    origin: dict[str, Path] = {}
    for path in map(Path, paths):
        scenario = load_scenario(path)
        if scenario.name in found:
            raise DataError(
                "two scenarios have the same name",
                path=path,
                column="name",
                found=scenario.name,
                expected=f"another name than in {origin[scenario.name]}",
            )
        found[scenario.name], origin[scenario.name] = scenario, path
    return found


def parse_scenario(text: str, syntax: _Syntax, *, path: object = None) -> Scenario:
    """The scenario of a text; raises what `load_scenario` raises."""
    values = _parse_toml(text, path) if syntax == "toml" else _parse_json(text, path)
    # Lines are only needed where something is wrong.
    return _Reader(path, text, syntax).scenario(values)


def from_dict(values: Mapping[str, Any]) -> Scenario:
    """The scenario of plain values, as `to_dict` gives; raises what `load_scenario` raises."""
    if not isinstance(values, Mapping):
        raise DataError("no scenario", found=type(values).__name__, expected="a mapping of fields")
    return _Reader(None, "", None).scenario(values)


# --- writing ------------------------------------------------------------------------------------


def to_dict(scenario: Scenario) -> dict[str, Any]:
    """The scenario as plain values; fields at their default are left out."""
    head = _plain(scenario)
    shocks = [{"type": shock.kind, **_plain(shock)} for shock in scenario.shocks]
    return {"schema": SCHEMA, **{k: v for k, v in head.items() if k != "shocks"}, "shocks": shocks}


def to_json(scenario: Scenario) -> str:
    """The text of a JSON file."""
    return json.dumps(to_dict(scenario), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_toml(scenario: Scenario) -> str:
    """The text of a TOML file."""
    values = to_dict(scenario)
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if key != "shocks"]
    for shock in values["shocks"]:
        lines += ["", "[[shocks]]", *(f"{key} = {_toml(value)}" for key, value in shock.items())]
    return "\n".join(lines) + "\n"


def _plain(value: Any) -> dict[str, Any]:
    found = {}
    for spec in sorted(fields(value), key=lambda spec: spec.name in _WHEN):
        held = getattr(value, spec.name)
        if spec.default is not MISSING and held == spec.default:
            continue
        if isinstance(rule_of(spec), Shares):
            found[spec.name] = {label: _whole(share) for label, share in held}
        else:
            found[spec.name] = _whole(list(held) if isinstance(held, tuple) else held)
    return found


def _whole(value: Any) -> Any:
    """2.0 as 2, where nothing is lost."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        inside = ", ".join(f"{_toml(key)} = {_toml(share)}" for key, share in value.items())
        return f"{{{inside}}}"
    if isinstance(value, str):
        # JSON leaves the delete character as it is, which TOML does not allow.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


# --- reading ------------------------------------------------------------------------------------


def _read(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise DataError(
                "too large for a scenario",
                path=path,
                found=f"{size} bytes",
                expected=f"at most {LARGEST} bytes",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise DataError("the file is missing", path=path) from None
    except OSError as error:
        cause = error.strerror or str(error)
        raise DataError(f"the file cannot be read: {cause}", path=path) from error
    try:
        # A byte-order mark, which some editors write, means nothing here.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            "the file is not UTF-8 text", path=path, row=row, hint="Save it as UTF-8"
        ) from None


def _parse_toml(text: str, path: object) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # a syntax error, or a number of thousands of digits
        said = str(error)
        match = re.search(r" \(at line (\d+), column (\d+)\)$", said)
        row, column = (int(match[1]), int(match[2])) if match else (None, None)
        if "at end of document" in said:
            row = text.count("\n") + 1
        message = re.sub(r" \(at (line \d+, column \d+|end of document)\)$", "", said)
    except RecursionError:
        row = column = None
        message = "lists or tables lie too deep in one another"
    raise DataError(f"no valid TOML: {message}", path=path, row=row, column=column)


def _parse_json(text: str, path: object) -> dict[str, Any]:
    row = column = None
    try:
        values = json.loads(text, parse_constant=_constant)
        if repeated := find_repeated(text):
            keys, row = repeated
            raise DataError("a key is there twice", path=path, row=row, column=keys[-1])
    except json.JSONDecodeError as error:
        row, column, message = error.lineno, error.colno, error.msg
    except RecursionError:
        message = "lists or objects lie too deep in one another"
    except DataError:
        raise
    except ValueError as error:
        message = str(error)
    else:
        if isinstance(values, dict):
            return values
        raise DataError(
            "no scenario", path=path, found=type(values).__name__, expected="an object, {…}"
        )
    raise DataError(f"no valid JSON: {message}", path=path, row=row, column=column)


def _constant(text: str) -> None:
    raise ValueError(f"{text} is not a number that JSON knows")


@dataclass
class _Reader:
    """Collects all that is wrong with the values of one scenario."""

    path: object
    text: str
    syntax: _Syntax | None
    broken: list[DataError] = field(default_factory=list)
    impossible: list[str] = field(default_factory=list)
    lines: dict[tuple[_Step, ...], int] | None = None

    def scenario(self, values: Mapping[str, Any]) -> Scenario:
        self.schema(values)
        # Another version may have other keys: only this one's can be judged.
        self.raise_any()
        known = {"schema", *(spec.name for spec in fields(Scenario))}
        self.unknown((), values, known)
        head = {key: values[key] for key in values if key in known - {"schema", "shocks"}}
        shocks = self.shocks(values)
        if shocks is None:
            # What else is wrong with the head is said as well.
            placeholder = Isolation(region="none")
            _, problems = read_fields(Scenario, {**head, "shocks": [placeholder]})
        else:
            _, problems = read_fields(Scenario, {**head, "shocks": shocks})
        for name, wrong in problems:
            steps = tuple(int(x) if x.isdigit() else x for x in name.split("."))
            self.wrong(steps, wrong)
        self.raise_any()
        return Scenario(shocks=shocks or (), **head)

    def schema(self, values: Mapping[str, Any]) -> None:
        version = values.get("schema")
        if version == SCHEMA and not isinstance(version, bool | float):
            return
        if isinstance(version, int) and not isinstance(version, bool) and version > SCHEMA:
            hint = "The file was written for a newer version of this library: update it"
            self.broken.append(self.error(("schema",), "an unknown schema", version, SCHEMA, hint))
            return
        found = "nothing" if "schema" not in values else shown(version)
        message = "the version of the layout is missing or wrong"
        self.broken.append(self.error(("schema",), message, found, f"schema = {SCHEMA}"))

    def shocks(self, values: Mapping[str, Any]) -> list[Shock] | None:
        listed = values.get("shocks")
        if not isinstance(listed, list | tuple):
            message = "shocks is no list" if "shocks" in values else "shocks is missing"
            found = shown(listed) if "shocks" in values else None
            expected = "a list of shocks: [[shocks]] in TOML, [{…}] in JSON"
            self.broken.append(self.error(("shocks",), message, found, expected))
            return None
        shocks = [self.shock(("shocks", i), item) for i, item in enumerate(listed)]
        fine = [shock for shock in shocks if shock is not None]
        return fine if len(fine) == len(shocks) else None

    def shock(self, at: tuple[_Step, ...], item: Any) -> Shock | None:
        if not isinstance(item, Mapping):
            self.broken.append(self.error(at, "no shock", shown(item), "a table of fields"))
            return None
        kind = item.get("type")
        cls = KINDS.get(kind) if isinstance(kind, str) else None
        if cls is None:
            near = difflib.get_close_matches(str(kind).lower(), KINDS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else None
            found = "nothing" if "type" not in item else shown(kind)
            error = self.error(
                (*at, "type"), "unknown type of shock", found, "one of " + ", ".join(KINDS), hint
            )
            self.broken.append(error)
            return None
        known = {"type", *(spec.name for spec in fields(cls))}
        fine = self.unknown(at, item, known)
        values = {key: item[key] for key in item if key in known - {"type"}}
        _, problems = read_fields(cls, values)
        for name, wrong in problems:
            self.wrong((*at, name), wrong)
        return None if problems or not fine else cls(**values)

    def unknown(self, at: tuple[_Step, ...], values: Mapping[str, Any], known: set[str]) -> bool:
        strange = [key for key in values if key not in known]
        for key in strange:
            near = difflib.get_close_matches(str(key), sorted(known), n=1)
            hint = f"Did you mean {near[0]!r}?" if near else None
            expected = "one of " + ", ".join(sorted(known))
            self.broken.append(self.error((*at, key), "unknown key", str(key), expected, hint))
        return not strange

    def wrong(self, at: tuple[_Step, ...], wrong: Wrong) -> None:
        at = at if wrong.key is None else (*at, wrong.key)
        if wrong.broken:
            self.broken.append(self.error(at, wrong.text, None, wrong.expected or None))
            return
        row = self.row(at)
        shock = f"shock {at[1] + 1}: " if len(at) > 2 and isinstance(at[1], int) else ""
        self.impossible.append(f"{f'row {row}, ' if row else ''}{shock}{wrong.text}")

    def error(
        self,
        at: tuple[_Step, ...],
        message: str,
        found: object = None,
        expected: object = None,
        hint: str | None = None,
    ) -> DataError:
        name = "".join(f"[{x}]" if isinstance(x, int) else f".{x}" for x in at).removeprefix(".")
        return DataError(
            message,
            path=self.path,
            row=self.row(at),
            column=name,
            found=found,
            expected=expected,
            hint=hint,
        )

    def row(self, at: tuple[_Step, ...]) -> int | None:
        """The line of a value, or of the nearest thing around it that is there."""
        if self.syntax is None:
            return None
        if self.lines is None:
            self.lines = find_lines(self.text, self.syntax)
        lines = self.lines
        while at and at not in lines:
            at = at[:-1]
        return lines.get(at, 1)

    def raise_any(self) -> None:
        if self.broken:
            # What is impossible is said beside what is broken, so that one look mends both.
            raise _together(self.broken, self.impossible)
        if self.impossible:
            where = f"file {self.path}: " if self.path is not None else ""
            raise ShockError(where + "; ".join(self.impossible), self.impossible)


def _together(broken: list[DataError], impossible: list[str]) -> DataError:
    first, count = broken[0], len(broken) + len(impossible)
    if count == 1:
        first.problems = (first,)
        return first
    others = [_short(error) for error in broken[1:]] + impossible
    more = [f"and {count - _SHOWN} more"] if count > _SHOWN else []
    hint = f"{first.hint}{'' if first.hint.endswith(('.', '?')) else '.'} " if first.hint else ""
    error = DataError(
        first.message,
        path=first.path,
        row=first.row,
        column=first.column,
        found=first.found,
        expected=first.expected,
        hint=f"{hint}{count} faults in all; the next: {'; '.join(others[: _SHOWN - 1] + more)}",
    )
    error.problems = tuple(broken)
    return error


def _short(error: DataError) -> str:
    where = f"row {error.row}, " if error.row is not None else ""
    hint = f" ({error.hint})" if error.hint else ""
    return f"{where}{error.column}: {error.message}{hint}"
