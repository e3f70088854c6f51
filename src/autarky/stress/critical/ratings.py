"""`ratings_for`: how critical each input is to each sector, through a bridge that can be read.

The ratings (`ratings.toml`) and the bridges (`bridge.toml`) are data. May import `table`, `axes`,
`errors` and `shocks`.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis
from autarky.errors import DataError, OptionError
from autarky.shocks.groups import classify
from autarky.table import Table

Array = NDArray[np.float64]
Bridge = Mapping[str, tuple[str, ...]]
Combine = Literal["mean", "max"]

SOURCE = "Pichler et al. (2022), doi 10.1016/j.jedc.2022.104527"

_VALUES = {"critical": 1.0, "important": 0.5, "unrated": np.nan}


@dataclass(frozen=True, eq=False)
class Ratings:
    """How critical each input is, from 0 (production goes on without it) to 1 (it stops).

    Attributes
    ----------
    sectors : Axis
        The S sectors.
    values : (S, S) array
        Input by user [1].
    bridge : mapping of str to tuple of str
        The rated industries that stand for each sector.
    unrated : tuple of (input, user)
        Cells that nobody rated; they hold the value chosen for them.
    combine : str
        How several rated pairs became one cell.
    source : str
        What to cite.
    """

    sectors: Axis
    values: Array
    bridge: Bridge
    unrated: tuple[tuple[str, str], ...]
    combine: str
    source: str = SOURCE

    def bridge_toml(self, name: str = "mine") -> str:
        """The bridge as a file that `ratings_for(table, bridge=FILE)` reads, for editing.

        Examples
        --------
        >>> import autarky
        >>> print(ratings_for(autarky.open("world", year=2011)).bridge_toml("world")[:38])
        [world]
        "food" = ["A01", "A02", "A03",
        """
        lines = [f"[{name}]"]
        for sector, codes in self.bridge.items():
            listed = ", ".join(f'"{code}"' for code in codes)
            lines.append(f'"{sector}" = [{listed}]')
        return "\n".join([*lines, ""])


def ratings_for(
    table: Table,
    *,
    bridge: Mapping[str, tuple[str, ...] | list[str]] | str | Path | None = None,
    combine: Combine = "mean",
    unrated: float = 0.0,
) -> Ratings:
    """How critical each input is to each sector of a table.

    Parameters
    ----------
    table : Table
    bridge : mapping or path, optional
        The rated industries (ISIC rev. 4) that stand for each sector, or a TOML file with them;
        by default the project's own for the sectors of `world` and `wiod2013`, and none needed
        where the sectors are the rated industries themselves.
    combine : {"mean", "max"}
        Where several industries stand for a sector: the mean of their ratings, or the highest.
    unrated : float
        What stands in a cell that nobody rated, in [0, 1]; 0 by default, a choice of ours [1].

    Raises
    ------
    OptionError
        There is no bridge for these sectors, the one given lacks some, or an option is out of
        range.
    LabelError
        The bridge names a sector or an industry that does not exist.
    DataError
        The file is not a bridge.

    Examples
    --------
    >>> import autarky
    >>> ratings = ratings_for(autarky.open("world", year=2011))
    >>> energy, metals, finance = ratings.sectors.locate(["energy", "metals", "finance"])
    >>> bool(ratings.values[energy, metals] > ratings.values[finance, metals])
    True
    """
    if combine not in ("mean", "max"):
        raise OptionError(f"combine={combine!r} is not one of 'mean', 'max'")
    if not 0 <= unrated <= 1:
        raise OptionError(f"unrated is {unrated}; a rating must lie in [0, 1]")
    industries, rated = _rated()
    chosen = _bridge_for(table.sectors, bridge, industries)
    S = len(table.sectors)
    values = np.full((S, S), np.nan)
    at = [industries.locate(list(chosen[label])) for label in table.sectors]
    for i, inputs in enumerate(at):
        for j, users in enumerate(at):
            cells = rated[np.ix_(inputs, users)]
            known = cells[~np.isnan(cells)]
            if known.size:
                values[i, j] = known.mean() if combine == "mean" else known.max()
    holes = np.argwhere(np.isnan(values))
    values[np.isnan(values)] = unrated
    values.setflags(write=False)
    labels = table.sectors.labels
    return Ratings(
        sectors=table.sectors,
        values=values,
        bridge=MappingProxyType({label: chosen[label] for label in labels}),
        unrated=tuple((labels[i], labels[j]) for i, j in holes),
        combine=combine,
    )


def read_bridge(path: str | Path) -> Bridge:
    """The bridge of a TOML file: one table, with a list of industries for each sector.

    Raises
    ------
    DataError
        The file is missing, is not TOML, or does not have this layout.
    """
    path = Path(path)
    layout = 'one table with lines such as energy = ["B", "C19", "D35"]'
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"the bridge cannot be read ({error.strerror})", path=path) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"the bridge is not TOML ({error})", path=path) from error
    tables = list(found.values())
    if len(tables) != 1 or not isinstance(tables[0], dict):
        raise DataError("this is not a bridge", path=path, expected=layout)
    for sector, codes in tables[0].items():
        if not _is_list_of_text(codes):
            raise DataError(f"sector {sector!r}", path=path, found=codes, expected=layout)
    return {sector: tuple(codes) for sector, codes in tables[0].items()}


def _bridge_for(sectors: Axis, bridge: Any, industries: Axis) -> Bridge:
    """The industries of every sector, checked."""
    if bridge is None:
        bridge = _own_bridge(sectors, industries)
    elif not isinstance(bridge, Mapping):
        bridge = read_bridge(bridge)
    wrong = [f"{key!r}: {codes!r}" for key, codes in bridge.items() if not _is_list_of_text(codes)]
    missing = [label for label in sectors if label not in bridge or not bridge[label]]
    if wrong or missing:
        parts = [f"no industries for the sectors {', '.join(missing)}"] if missing else []
        parts += [f"not a list of industries: {', '.join(wrong)}"] if wrong else []
        raise OptionError(f"the bridge is incomplete: {'; '.join(parts)}")
    sectors.locate(list(bridge))
    industries.locate(list(dict.fromkeys(code for codes in bridge.values() for code in codes)))
    return {label: tuple(bridge[label]) for label in sectors}


def _own_bridge(sectors: Axis, industries: Axis) -> Bridge:
    if all(label in industries for label in sectors):
        return {label: (label,) for label in sectors}
    known = _toml("bridge.toml")
    name = classify(sectors)
    if name is None or name not in known:
        raise OptionError(
            f"there is no bridge from the rated industries to these sectors "
            f"({', '.join(sectors.labels[:3])}, …): known are {', '.join(known)}, and the rated "
            "industries themselves. Give bridge={sector: [industries]} or a TOML file of that "
            "layout; the industries are ISIC rev. 4 codes such as "
            f"{', '.join(industries.labels[:5])}"
        )
    return {sector: tuple(codes) for sector, codes in known[name].items()}


@functools.cache
def _rated() -> tuple[Axis, Array]:
    """The rated industries, and (55, 55) ratings, input by user; NaN where there is none."""
    data = _toml("ratings.toml")
    industries = Axis("rated code", data["inputs"])
    values = np.full((len(industries), len(industries)), np.nan)
    for user, entry in data["users"].items():
        column = values[:, industries.position(user)]
        column[:] = 0.0
        for kind, inputs in entry.items():
            column[industries.locate(inputs)] = _VALUES[kind]
    values.setflags(write=False)
    return industries, values


def _is_list_of_text(codes: Any) -> bool:
    return isinstance(codes, list | tuple) and all(isinstance(code, str) for code in codes)


def _toml(name: str) -> dict[str, Any]:
    text = resources.files("autarky.stress.critical").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)
