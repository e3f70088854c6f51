"""Presets of strategic dependence: published criteria and blocs, read from `presets.toml`.

May import `errors`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from autarky.errors import OptionError

#: What a criterion can look at; each is a variable of the registry.
CRITERIA = ("import_hhi", "external_import_share", "import_export_ratio", "export_hhi")


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One condition: it holds where the variable is above the threshold.

    Parameters
    ----------
    variable : str
        One of `CRITERIA`.
    threshold : float
        In the variable's unit.
    code : str
        Its name in the source.
    exports : {"external", "all"}
        For "import_export_ratio": exports that leave the economy, or also those of its members
        to each other.
    """

    variable: str
    threshold: float
    code: str = ""
    exports: Literal["external", "all"] = "external"

    def __post_init__(self) -> None:
        if self.variable not in CRITERIA:
            raise OptionError(f"criterion {self.variable!r} is not one of {', '.join(CRITERIA)}")
        if self.exports not in ("external", "all"):
            raise OptionError(f"exports={self.exports!r} is not one of 'external', 'all'")


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Criteria that make a dependence strategic, and in how many years they must hold.

    Parameters
    ----------
    name, title, citation, key, url, level : str
        What it is, where it is defined, and the products it was made for.
    economy : str
        A bloc of `presets.toml`, or "each": every region by itself.
    window, required : int
        All criteria must hold in `required` of `window` consecutive years.
    criteria : tuple of Criterion

    Raises
    ------
    OptionError
        No criteria, one variable twice, or `required` outside 1 … `window`.
    """

    name: str
    criteria: tuple[Criterion, ...]
    economy: str = "each"
    window: int = 1
    required: int = 1
    title: str = ""
    citation: str = ""
    key: str = ""
    url: str = ""
    level: str = ""

    def __post_init__(self) -> None:
        names = [one.variable for one in self.criteria]
        if not names or len(set(names)) != len(names):
            raise OptionError(f"preset {self.name!r} needs criteria on different variables")
        if not 1 <= self.required <= self.window:
            raise OptionError(
                f"preset {self.name!r} requires {self.required} of {self.window} years"
            )


@cache
def presets() -> Mapping[str, Preset]:
    """The presets by name.

    Examples
    --------
    >>> [(name, p.window, p.required) for name, p in presets().items()]
    [('eu', 1, 1), ('cepii', 3, 2)]
    """
    out: dict[str, Preset] = {}
    for name, row in _data()["preset"].items():
        criteria = tuple(Criterion(**one) for one in row["criteria"])
        rest: dict[str, Any] = {key: value for key, value in row.items() if key != "criteria"}
        out[name] = Preset(name=name, criteria=criteria, **rest)
    return out


def preset_of(value: str | Preset) -> Preset:
    """A preset by name, or the one given."""
    if isinstance(value, Preset):
        return value
    if value not in presets():
        known = ", ".join(repr(name) for name in presets())
        raise OptionError(f"preset={value!r} is not one of {known}, nor a Preset")
    return presets()[value]


def members(bloc: str, year: int) -> tuple[str, ...]:
    """Who belonged to a bloc at the end of a year.

    Examples
    --------
    >>> [len(members("EU", year)) for year in (1995, 2004, 2007, 2013, 2020)]
    [15, 25, 27, 28, 27]
    """
    blocs = _data()["bloc"]
    if bloc not in blocs:
        raise OptionError(f"bloc {bloc!r} is not one of {', '.join(blocs)}")
    spans = blocs[bloc]["members"].items()
    found = tuple(code for code, span in spans if _inside(span, year))
    if not found:
        raise OptionError(f"{bloc} had no members in {year}")
    return found


def _inside(span: list[int], year: int) -> bool:
    return span[0] <= year and (len(span) == 1 or year <= span[1])


@cache
def _data() -> dict[str, Any]:
    text = files("autarky.measure").joinpath("presets.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
