"""The registry of variables: every number a result can hold, with its unit and definition.

The entries are data (`registry/*.toml`, one file per family); results, reports, docs and a test read them here. May import
`axes` and `errors`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

from autarky.axes import Axis


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


class _Registry(Mapping[str, Variable]):
    """Read once, when first asked."""

    @cached_property
    def _entries(self) -> dict[str, Variable]:
        entries: dict[str, Variable] = {}
        folder = files("autarky.results").joinpath("registry")
        for file in sorted(folder.iterdir(), key=lambda f: f.name):
            if file.name.endswith(".toml"):
                rows = tomllib.loads(file.read_text(encoding="utf-8"))
                entries |= {name: Variable(name=name, **row) for name, row in rows.items()}
        return entries

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
