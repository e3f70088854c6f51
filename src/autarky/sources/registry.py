"""The registry of releases: what each table is, where to get it, on what terms, and its faults.

The facts are in ``registry.toml``; this module reads, checks and phrases them. A later database
is a block in that file and a reader. May import `errors`.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from autarky.errors import DataError, MissingTableError

__all__ = ["Release", "ReleaseFile", "load", "release", "releases"]

Access = Literal["embedded", "download", "manual"]
Redistribution = Literal["full", "aggregate", "none"]
Role = Literal["table", "labels", "accounts", "archive"]

_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFile:
    """One file of a release.

    Attributes
    ----------
    path : str
        Its name relative to the folder that is imported, with forward slashes.
    role : {"table", "labels", "accounts", "archive"}
        What is in it.
    year : int or None
        The year it holds, if it holds one year.
    bytes : int or None
        Size [bytes], if known.
    sha256 : str or None
        Checksum, if known.
    url : str or None
        Its own address, if it does not lie under the release's `base`.
    """

    path: str
    role: Role = "table"
    year: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One release of one database.

    Attributes
    ----------
    name : str
        What `autarky.open` and the command line call it.
    title, what : str
        Its full name, and what is in it in one sentence.
    years : tuple of int
        Years there are, ascending.
    regions, sectors, uses : int
        Regions; sectors per region; final uses per region.
    kind, unit : str
        "industry by industry" or "product by product"; money unit and prices.
    access : {"embedded", "download", "manual"}
        How it is obtained; `how_to_get` says it in words.
    landing : str
        The publisher's page.
    licence, citation : str
        The terms, and what to cite.
    redistribution : {"full", "aggregate", "none"}
        What of it may be passed on, as far as the terms say.
    reader : str
        Module of `autarky.sources` that reads it.
    doi, base, how, licence_note, licence_url : str
        Identifier; address that the files lie under; what to fetch by hand; more on the
        terms. Empty where there is none.
    faults : tuple of str
        What is known to be wrong with it.
    files : tuple of ReleaseFile
        The files that the reader reads.
    """

    name: str
    title: str
    what: str
    years: tuple[int, ...]
    regions: int
    sectors: int
    uses: int
    kind: str
    unit: str
    access: Access
    landing: str
    licence: str
    citation: str
    redistribution: Redistribution
    reader: str
    doi: str = ""
    base: str = ""
    how: str = ""
    licence_note: str = ""
    licence_url: str = ""
    faults: tuple[str, ...] = ()
    files: tuple[ReleaseFile, ...] = ()

    @property
    def nbytes(self) -> int | None:
        """Size of all files [bytes], or None if one is not known."""
        sizes = [file.bytes for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    def file(self, path: str) -> ReleaseFile | None:
        """The file of that relative path or bare name, or None."""
        for each in self.files:
            if path in (each.path, each.path.rsplit("/", 1)[-1]):
                return each
        return None

    def how_to_get(self) -> str:
        """What to do to have this table, in sentences for a person.

        Examples
        --------
        >>> print(release("world").how_to_get())
        world comes with autarky: there is nothing to download.
        """
        if self.access == "embedded":
            return f"{self.name} comes with autarky: there is nothing to download."
        if self.access == "download":
            size = "" if self.nbytes is None else f" ({self.nbytes / 1e6:.1f} MB)"
            return f"autarky data get {self.name} downloads it{size}. Landing page: {self.landing}"
        return (
            f"{self.name} cannot be downloaded automatically. {self.how}\n"
            f"Landing page: {self.landing}\n"
            f"Then store it with: autarky data import FOLDER --name {self.name}"
        )


def releases() -> Mapping[str, Release]:
    """All releases that autarky knows, by name.

    Examples
    --------
    >>> sorted(releases())
    ['lrwiod2000', 'wiod2013', 'world']
    """
    return _builtin()


def release(name: str) -> Release:
    """One release.

    Raises
    ------
    MissingTableError
        If there is none of that name; suggests near ones and lists all.

    Examples
    --------
    >>> release("wiod2013").years[-1]
    2011
    """
    known = releases()
    if name in known:
        return known[name]
    import difflib

    near = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise MissingTableError(
        f"no release is called {name!r}{hint}; autarky knows {', '.join(sorted(known))}"
    )


def load(path: Path) -> dict[str, Release]:
    """Read a registry file.

    Raises
    ------
    DataError
        If it is not TOML or any entry is not as described; lists all that is wrong.
    """
    try:
        return _parse(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        raise DataError("the registry is not UTF-8 text", path=path) from None
    except OSError as error:
        raise DataError(f"the registry cannot be read: {error.strerror}", path=path) from error


_Record = TypeVar("_Record", Release, ReleaseFile)


@functools.cache
def _builtin() -> Mapping[str, Release]:
    source = resources.files("autarky.sources").joinpath("registry.toml")
    return MappingProxyType(_parse(source.read_text(encoding="utf-8"), "registry.toml"))


def _parse(text: str, path: str) -> dict[str, Release]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"the registry is not valid TOML: {error}", path=path) from None
    if content.get("schema") != _SCHEMA:
        raise DataError(
            "the registry has another schema",
            path=path,
            found=content.get("schema"),
            expected=_SCHEMA,
        )
    problems: list[str] = []
    parsed = {
        name: _release(name, block, problems) for name, block in content.get("release", {}).items()
    }
    if problems:
        raise DataError("; ".join(problems), path=path)
    return {name: entry for name, entry in parsed.items() if entry is not None}


def _release(name: str, block: dict[str, Any], problems: list[str]) -> Release | None:
    """One block as a Release; what is wrong is added to `problems`."""
    before = len(problems)
    files = tuple(
        file
        for i, row in enumerate(block.get("files", []))
        if (file := _build(ReleaseFile, row, f"{name}.files[{i}]", problems)) is not None
    )
    entry = _build(
        Release,
        {
            **block,
            "name": name,
            "years": tuple(block.get("years", ())),
            "faults": tuple(block.get("faults", ())),
            "files": files,
        },
        name,
        problems,
    )
    if entry is None or len(problems) > before:
        return None
    problems += [f"{name}: {text}" for text in _release_problems(entry)]
    for file in entry.files:
        problems += [f"{name}: {file.path!r}: {text}" for text in _file_problems(file, entry)]
    return entry


def _build(
    kind: type[_Record], row: dict[str, Any], where: str, problems: list[str]
) -> _Record | None:
    """Make a dataclass of a TOML table, with no field missing, unknown or of another type."""
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]
    wrong = [f"unknown field {key!r}" for key in row if key not in known]
    for key, value in row.items():
        annotation = str(known[key].type) if key in known else ""
        expected = int if annotation.startswith("int") else str
        if annotation.startswith("tuple") or not annotation:
            continue
        if type(value) is not expected:
            wrong.append(f"{key!r} is {value!r}, not {'a number' if expected is int else 'text'}")
    if wrong:
        problems += [f"{where}: {text}" for text in wrong]
        return None
    try:
        return kind(**row)
    except TypeError as error:  # a field without default is missing
        problems.append(f"{where}: {str(error).split('__init__() ')[-1]}")
        return None


def _release_problems(entry: Release) -> list[str]:
    checks = {
        "name must be lower-case letters, digits, '-' and '_'": re.fullmatch(
            "[a-z0-9][a-z0-9_-]*", entry.name
        ),
        "years must be whole numbers, ascending": entry.years
        and all(type(year) is int for year in entry.years)
        and list(entry.years) == sorted(set(entry.years)),
        "regions, sectors and uses must be positive": min(entry.regions, entry.sectors, entry.uses)
        > 0,
        f"access must be one of {get_args(Access)}": entry.access in get_args(Access),
        f"redistribution must be one of {get_args(Redistribution)}": entry.redistribution
        in get_args(Redistribution),
        "landing must be an https address": _is_https(entry.landing),
        "base must be an https address": not entry.base or _is_https(entry.base),
        "access 'manual' needs 'how'": entry.access != "manual" or entry.how,
        "access 'download' needs files": entry.access != "download" or entry.files,
        "files must have different paths": len({file.path for file in entry.files})
        == len(entry.files),
        "faults must be text": all(isinstance(fault, str) for fault in entry.faults),
    }
    return [text for text, fine in checks.items() if not fine]


def _file_problems(file: ReleaseFile, entry: Release) -> list[str]:
    parts = file.path.split("/")
    checks = {
        "path must be relative, without '..'": not {"", ".", ".."} & set(parts)
        and not re.search(r"[\\:\x00]", file.path),
        f"role must be one of {get_args(Role)}": file.role in get_args(Role),
        "year is not one of the release": file.year is None or file.year in entry.years,
        "sha256 must be 64 hexadecimal digits": file.sha256 is None
        or re.fullmatch("[0-9a-f]{64}", file.sha256),
        "bytes must be positive": file.bytes is None or file.bytes > 0,
        "url must be an https address": file.url is None or _is_https(file.url),
        "needs an address: 'url', or 'base' of the release": entry.access != "download"
        or entry.base
        or file.url,
    }
    return [text for text, fine in checks.items() if not fine]


def _is_https(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and bool(parts.netloc)
