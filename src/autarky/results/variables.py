"""The registry of variables: every number a result can hold, with its unit and definition.

The entries are data (`registry/*.toml`, one file per family); results, reports, docs and a test
read them here. May import `axes` and `errors`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from autarky.axes import Axis
from autarky.errors import DataError


@dataclass(frozen=True)
class Variable:
    """One entry of the registry.

    Parameters
    ----------
    name : str
        As in tidy frames: "upstreamness".
    title : str
        For people and axes of charts.
    unit : str
        "money/yr" (replaced by the table's unit), "share" (0 … 1), "percent", "1", "steps"…
    symbol : str
        As in the notation page.
    definition : str
        One sentence, with the formula.
    source : str
        Citation key of the paper it follows, if any.
    """

    name: str
    title: str
    unit: str
    symbol: str
    definition: str
    source: str = ""


def read_registry(folder: Traversable) -> dict[str, Variable]:
    """All entries of the `.toml` files of a folder, in the order of file names.

    Raises
    ------
    DataError
        A file is not TOML, an entry lacks a key or has an unknown one, or two files have an entry
        of the same name.
    """
    entries: dict[str, Variable] = {}
    home: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            rows = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise DataError(f"the file is not TOML ({error})", path=file.name) from error
        for name, row in rows.items():
            if name in entries:
                raise DataError(f"the variable {name!r} is already in {home[name]}", path=file.name)
            try:
                entries[name] = Variable(name=name, **row)
            except TypeError as error:
                raise DataError(f"entry {name!r}: {error}", path=file.name) from error
            home[name] = file.name
    return entries


class _Registry(Mapping[str, Variable]):
    """Read once, when first asked."""

    @cached_property
    def _entries(self) -> dict[str, Variable]:
        return read_registry(files("autarky.results").joinpath("registry"))

    def __getitem__(self, name: str) -> Variable:
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


VARIABLES = _Registry()


def variable(name: str) -> Variable:
    """The entry of a variable; `LabelError` with a suggestion if there is none."""
    if name not in VARIABLES:
        Axis("variable", VARIABLES).locate(name)
    return VARIABLES[name]
