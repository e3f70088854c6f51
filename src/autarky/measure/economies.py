"""Whose numbers a measure gives: single regions, or groups of regions treated as one economy.

Trade inside a group is trade at home. May import `table` and below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from autarky import countries
from autarky.axes import Axis
from autarky.errors import OptionError
from autarky.results import TOTAL
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: One unnamed list of regions, or named lists.
Group = Iterable[str] | Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class Economies:
    """Labels of E economies and the regions that each consists of.

    Parameters
    ----------
    labels : tuple of str
    home : (E, R) bool array
        Which regions are inside which economy.
    parameters : mapping
        The options this came from, for a result's `parameters`.
    """

    labels: tuple[str, ...]
    home: Bools
    parameters: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        table: Table,
        regions: str | Iterable[str] | None = None,
        group: Group | None = None,
    ) -> Economies:
        """Some regions (None: all), or one or more groups.

        Raises
        ------
        LabelError
            An unknown region.
        OptionError
            `regions` and `group` are both given, a group is empty, holds every region or has
            the name of a region outside it, or a region is asked for twice.
        """
        size = len(table.regions)
        if group is None:
            wanted = table.regions.labels if regions is None else _as_list(regions)
            positions = table.regions.locate(wanted)
            if np.unique(positions).size != positions.size or not positions.size:
                raise OptionError(
                    f"regions={list(wanted)} must name each region once, at least one"
                )
            home = np.zeros((positions.size, size), dtype=bool)
            home[np.arange(positions.size), positions] = True
            return cls(tuple(wanted), home, {} if regions is None else {"regions": list(wanted)})
        if regions is not None:
            raise OptionError("give regions= or group=, not both: a group is an economy of its own")
        named = dict(group) if isinstance(group, Mapping) else {"group": group}
        if not named:
            raise OptionError("group= names no group")
        home = np.zeros((len(named), size), dtype=bool)
        for e, (label, members) in enumerate(named.items()):
            home[e, table.regions.locate(_as_list(members))] = True
            _refuse_group(table.regions, label, home[e])
        members = {
            label: [table.regions[r] for r in np.flatnonzero(inside)]
            for label, inside in zip(named, home, strict=True)
        }
        return cls(tuple(named), home, {"group": members})

    def __len__(self) -> int:
        return len(self.labels)


def _as_list(labels: str | Iterable[str]) -> Sequence[str]:
    return [labels] if isinstance(labels, str) else list(labels)


def _refuse_group(regions: Axis, label: str, inside: Bools) -> None:
    if not inside.any():
        raise OptionError(f"the group {label!r} has no regions")
    if label == TOTAL:
        raise OptionError(f"a group cannot be called {label!r}, which stands for sums")
    if label in regions and not inside[regions.position(label)]:
        raise OptionError(f"the group {label!r} has the name of a region that is not in it")
    if inside.all() and inside.size > 1:
        raise OptionError(f"the group {label!r} is the whole table: nothing is foreign to it")


def sector_positions(table: Table, sectors: str | Iterable[str] | None) -> NDArray[np.intp]:
    """Positions of some sectors in table order, or of all; `LabelError` for unknown ones."""
    if sectors is None:
        return np.arange(len(table.sectors))
    found = np.unique(table.sectors.locate(sectors))
    if not found.size:
        raise OptionError("sectors=[] leaves nothing to measure; leave it out for all sectors")
    return found


def sector_parameters(table: Table, chosen: NDArray[np.intp]) -> dict[str, list[str]]:
    """The option `sectors` for a result's `parameters`; nothing where all were taken."""
    if chosen.size == len(table.sectors):
        return {}
    return {"sectors": [table.sectors[k] for k in chosen]}


def by_sector(values: Array, sector_of: NDArray[np.intp], size: int) -> Array:
    """(E, S) sums over each sector's rows of an (n, E) array."""
    out = np.zeros((size, values.shape[1]))
    np.add.at(out, sector_of, values)
    return out.T.copy()


def lumps(regions: Axis) -> list[str]:
    """Labels that stand for many economies at once: a rest of the world or of a continent."""
    rest = {c.code for c in countries.countries() if c.kind == "rest"} | {"rest"}
    return [label for label in regions if label in rest]


def lump_caveat(regions: Axis) -> tuple[str, ...]:
    """A warning that a rest of the world is counted as one supplier, where there is one."""
    found = lumps(regions)
    if not found:
        return ()
    return (
        f"{', '.join(found)} stands for many economies and counts as one supplier: "
        "concentration is overstated where it supplies much",
    )
