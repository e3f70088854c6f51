"""From a scenario to what it does on each day: layers of cut links, capacities, demand, reserves.

May import `shocks`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autarky.errors import UnsupportedShockError
from autarky.shocks import CapacityLoss, DemandShift, Embargo, Isolation, Scenario, StockRelease
from autarky.shocks.base import Links, Places, Shock
from autarky.stress.inventory.economy import Economy
from autarky.stress.inventory.kernel import Today
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Where orders go that a cut stops.
Reorder = Literal["none", "delayed", "redirect"]
REORDERS: tuple[Reorder, ...] = get_args(Reorder)


@dataclass(frozen=True, eq=False)
class Search:
    """How buyers who are cut off look elsewhere, for each of K lanes.

    Parameters
    ----------
    start : (K,) array
        Days from the cut until the first order is placed elsewhere; infinite for never.
    speed : (K,) array
        Share of the lost orders that finds a new supplier each day after that; infinite for all.
    """

    start: Array
    speed: Array

    @classmethod
    def of(cls, rules: Sequence[Reorder], delay: float, speed: float) -> Search:
        """One lane for each rule."""
        first = {"none": np.inf, "delayed": delay, "redirect": 0.0}
        pace = {"none": 0.0, "delayed": speed, "redirect": np.inf}
        return cls(np.array([first[r] for r in rules]), np.array([pace[r] for r in rules]))

    def moved(self, elapsed: float) -> Array:
        """(K,) share of lost orders that is placed elsewhere, some days after the cut.

        Examples
        --------
        >>> Search.of(["none", "delayed", "redirect"], 30, 1 / 60).moved(60)
        array([0. , 0.5, 1. ])
        """
        since = elapsed - self.start
        found = np.zeros_like(self.start)
        at_once = np.isinf(self.speed) & (since >= 0)
        gradual = ~np.isinf(self.speed) & (since > 0)
        found[gradual] = np.minimum(self.speed[gradual] * since[gradual], 1.0)
        found[at_once] = 1.0
        return found


@dataclass(frozen=True, eq=False)
class Layer:
    """Cells that the same cuts touch.

    Parameters
    ----------
    cells : (n, N) bool array
    cuts : tuple of Embargo or Isolation
        Their shares and times; where several are in force the largest share counts.
    """

    cells: Bools
    cuts: tuple[Embargo | Isolation, ...]

    def left(self, day: float) -> tuple[float, float]:
        """(share of base capacity left, days since the cut); (∞, 0) where it is open."""
        lost = [(cut.share * float(cut.strength(day)), cut.start) for cut in self.cuts]
        lost = [(share, start) for share, start in lost if share > 0]
        if not lost:
            return np.inf, 0.0
        return 1.0 - max(share for share, _ in lost), day - min(start for _, start in lost)


@dataclass(frozen=True, eq=False)
class Schedule:
    """A scenario on an economy, day by day.

    Parameters
    ----------
    economy : Economy
    layers : tuple of Layer
    losses : tuple of (CapacityLoss, (m,) int array of industries)
    shifts : tuple of (DemandShift, (S, R) bool array of final uses)
    reserves : tuple of (StockRelease, (S, R) array [money])
    search : Search
    notes : tuple of str
    """

    economy: Economy
    layers: tuple[Layer, ...]
    losses: tuple[tuple[CapacityLoss, NDArray[np.intp]], ...]
    shifts: tuple[tuple[DemandShift, Bools], ...]
    reserves: tuple[tuple[StockRelease, Array], ...]
    search: Search
    notes: tuple[str, ...] = ()

    @cached_property
    def last_change(self) -> float:
        """The day from which nothing about the scenario changes any more."""
        shocks: list[Shock] = [cut for layer in self.layers for cut in layer.cuts]
        shocks += [shock for kind in (self.losses, self.shifts, self.reserves) for shock, _ in kind]
        return max((s.start if np.isinf(s.end) else s.end for s in shocks), default=0.0)

    def today(self, day: int) -> Today:
        """What the scenario does on a day (0 is the first)."""
        e = self.economy
        capacity, final = np.ones((e.n, 1)), np.ones((e.S, e.R, 1))
        for loss, rows in self.losses:
            capacity[rows] *= 1.0 - loss.share * float(loss.strength(day))
        for shift, cells in self.shifts:
            final[cells] *= 1.0 + shift.change * float(shift.strength(day))
        left, moved = [], []
        for layer in self.layers:
            share, elapsed = layer.left(day)
            left.append(np.array([share]))
            moved.append(self.search.moved(elapsed) if np.isfinite(share) else np.zeros(1))
        return Today(capacity, final, left, moved, *self._reserves(day))

    def _reserves(self, day: int) -> tuple[Array | None, Bools | None]:
        opened, shut = None, None
        for release, amount in self.reserves:
            now = float(release.strength(day)) > 0
            was = day > 0 and float(release.strength(day - 1)) > 0
            if now and not was:
                opened = amount if opened is None else opened + amount
            if was and not now:
                shut = amount > 0 if shut is None else shut | (amount > 0)
        return opened, shut


def schedule(scenario: Scenario, table: Table, economy: Economy, search: Search) -> Schedule:
    """The schedule of a scenario.

    Raises
    ------
    UnsupportedShockError
        A shock works through prices.
    LabelError, ShockError
        A shock does not fit the table.
    """
    resolved = scenario.resolve(table)
    losses, shifts, reserves = [], [], []
    cuts: dict[tuple[float, ...], tuple[Embargo | Isolation, Bools]] = {}
    for effect in resolved.effects:
        shock, where = effect.shock, effect.where
        match shock, where:
            case ((Embargo() | Isolation()), Links()):
                timing = (shock.share, shock.start, shock.duration or np.inf, shock.recovery or 0.0)
                cells = _cells(where, table, economy)
                first, earlier = cuts.get(timing, (shock, np.zeros_like(cells)))
                cuts[timing] = (first, earlier | cells)
            case CapacityLoss(), Places():
                losses.append((shock, where.industries(table.industries)))
            case DemandShift(), Places():
                shifts.append((shock, _places(where, economy)))
            case StockRelease(), Places():
                reserves.append((shock, _reserve(shock, where, economy)))
            case _:
                raise UnsupportedShockError(
                    f"the inventory model cannot express {shock.describe()}: it has no prices and "
                    "no budgets; the trade equilibrium (stress.Equilibrium) can"
                )
    layers = _layers(list(cuts.values()))
    return Schedule(
        economy, layers, tuple(losses), tuple(shifts), tuple(reserves), search, resolved.notes
    )


def _cells(links: Links, table: Table, e: Economy) -> Bools:
    """(n, N) cells of the links: selling industries × all buyers of the importing regions."""
    cells = np.zeros(e.B.shape, dtype=bool)
    for rows, importers in links.blocks(table.industries):
        cells[np.ix_(rows, np.flatnonzero(np.isin(e.region, importers)))] = True
    return cells & (e.B > 0)


def _layers(cuts: list[tuple[Embargo | Isolation, Bools]]) -> tuple[Layer, ...]:
    """Disjoint layers: cells that the same cuts touch stand together."""
    layers: list[Layer] = []
    for cut, cells in cuts:
        rest, split = cells.copy(), []
        for layer in layers:
            both, only = layer.cells & cells, layer.cells & ~cells
            split += [Layer(both, (*layer.cuts, cut)), Layer(only, layer.cuts)]
            rest &= ~layer.cells
        layers = [layer for layer in (*split, Layer(rest, (cut,))) if layer.cells.any()]
    return tuple(layers)


def _places(places: Places, e: Economy) -> Bools:
    mask = np.zeros((e.S, e.R), dtype=bool)
    mask[np.ix_(places.sectors, places.regions)] = True
    return mask


def _reserve(release: StockRelease, places: Places, e: Economy) -> Array:
    """(S, R) size of the strategic stocks [money]."""
    B = e.B
    if release.of == "imports":
        B = np.where(e.region[: e.n, None] != e.region, B, 0.0)
    use = np.zeros((e.S, e.R))
    np.add.at(use.T, e.region, e.by_product(B).T)
    return np.where(_places(places, e), release.days * use, 0.0)
