"""From scenarios to what they do on each day: layers of cut links, capacities, demand, reserves.

May import `shocks`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autarky.errors import UnsupportedShockError
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    Damage,
    DemandShift,
    Effect,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
)
from autarky.shocks.base import Links, Places, Shock
from autarky.stress.inventory.economy import Economy
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Where orders go that a cut stops.
Reorder = Literal["none", "delayed", "redirect"]
REORDERS: tuple[Reorder, ...] = get_args(Reorder)


@dataclass(frozen=True, eq=False)
class Today:
    """What shocks do on one day; last axes are K or 1.

    Parameters
    ----------
    capacity : (n, ·) array
        What is left of the capacity of industries, 0 … 1.
    final : (S, R, ·) array
        What final users, and those who rebuild, want, relative to base final use.
    left, moved : (L, ·) array
        Of each layer of cut links: the share of base capacity left, infinite where it is open; the
        share of lost orders placed elsewhere.
    reserve : (S, R, ·) array or None
        Strategic stocks that are opened today [money].
    shut : (S, R, ·) bool array or None
        Where what is left of one may no longer be used.
    """

    capacity: Array
    final: Array
    left: Array
    moved: Array
    reserve: Array | None = None
    shut: NDArray[np.bool_] | None = None


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

    @property
    def end(self) -> float:
        """Days from a cut until no more orders find a new supplier in any lane."""
        looking = np.isfinite(self.start)
        pace = np.divide(1.0, self.speed, out=np.zeros_like(self.speed), where=self.speed > 0)
        return float(np.max((self.start + pace)[looking], initial=0.0))

    def moved(self, elapsed: float | Array) -> Array:
        """(K,) share of lost orders that is placed elsewhere, some days (K,) after the cut.

        Examples
        --------
        >>> Search.of(["none", "delayed", "redirect"], 30, 1 / 60).moved(60)
        array([0. , 0.5, 1. ])
        """
        since = np.subtract(elapsed, self.start)
        gradual = np.isfinite(self.speed) & (since > 0)
        found = np.where(np.isinf(self.speed) & (since >= 0), 1.0, 0.0)
        days = np.where(gradual, since, 0.0)
        speed = np.where(np.isfinite(self.speed), self.speed, 0.0)
        return np.where(gradual, np.minimum(speed * days, 1.0), found)


@dataclass(frozen=True, eq=False)
class Course:
    """What one scenario does, day by day.

    Parameters
    ----------
    economy : Economy
    cuts : tuple of (Embargo or Isolation, (n, N) bool array of links)
    losses : tuple of (CapacityLoss, (m,) int array of industries)
    shifts : tuple of (DemandShift, (S, R) bool array of final uses)
    reserves : tuple of (StockRelease, (S, R) array [money])
    damages : tuple of Effect
        Capital that is destroyed.
    notes : tuple of str
    """

    economy: Economy
    cuts: tuple[tuple[Embargo | Isolation, Bools], ...]
    losses: tuple[tuple[CapacityLoss, NDArray[np.intp]], ...]
    shifts: tuple[tuple[DemandShift, Bools], ...]
    reserves: tuple[tuple[StockRelease, Array], ...]
    damages: tuple[Effect, ...]
    notes: tuple[str, ...] = ()

    @cached_property
    def last_change(self) -> float:
        """The day from which nothing about the scenario changes any more by itself."""
        shocks: list[Shock] = [effect.shock for effect in self.damages]
        for kind in (self.cuts, self.losses, self.shifts, self.reserves):
            shocks += [shock for shock, _ in kind]
        return max((s.start if np.isinf(s.end) else s.end for s in shocks), default=0.0)

    def capacity(self, day: int) -> Array:
        """(n,) share of capacity that is left, capital apart."""
        left = np.ones(self.economy.n)
        for loss, rows in self.losses:
            left[rows] *= 1.0 - loss.share * float(loss.strength(day))
        return left

    def final(self, day: int) -> Array:
        """(S, R) what final users want, relative to base."""
        wanted = np.ones((self.economy.S, self.economy.R))
        for shift, cells in self.shifts:
            wanted[cells] *= 1.0 + shift.change * float(shift.strength(day))
        return wanted

    def opened(self, day: int) -> Array:
        """(S, R) strategic stocks that are opened on a day [money]."""
        found = np.zeros((self.economy.S, self.economy.R))
        for release, amount in self.reserves:
            if _open(release, day) and not _open(release, day - 1):
                found += amount
        return found

    def shut(self, day: int) -> Bools:
        """(S, R) strategic stocks of which what is left may no longer be used."""
        found = np.zeros((self.economy.S, self.economy.R), dtype=bool)
        for release, amount in self.reserves:
            if _open(release, day - 1) and not _open(release, day):
                found |= amount > 0
        return found

    def cut(self, members: Sequence[int], day: int) -> tuple[float, float]:
        """(share of base capacity left, days since the cut) under some cuts; (∞, 0) if open."""
        shocks = [self.cuts[c][0] for c in members]
        lost = [(one.share * float(one.strength(day)), one.start) for one in shocks]
        lost = [(share, start) for share, start in lost if share > 0]
        if not lost:
            return np.inf, 0.0
        return 1.0 - max(share for share, _ in lost), day - min(start for _, start in lost)


@dataclass(frozen=True, eq=False)
class Schedule:
    """Scenarios on an economy, day by day, for K lanes.

    Parameters
    ----------
    economy : Economy
    courses : tuple of Course
    lane : (K,) int array
        The course that each lane follows.
    search : Search
        Of every lane, or of one for all.
    """

    economy: Economy
    courses: tuple[Course, ...]
    lane: NDArray[np.intp]
    search: Search

    @property
    def K(self) -> int:
        """Number of lanes."""
        return self.lane.size

    @cached_property
    def last_change(self) -> float:
        """The day from which nothing changes any more by itself, nor do buyers find suppliers."""
        cuts = [cut.start for course in self.courses for cut, _ in course.cuts]
        searched = max(cuts, default=0.0) + self.search.end if cuts else 0.0
        return max(searched, *(course.last_change for course in self.courses))

    @cached_property
    def _partition(self) -> tuple[NDArray[np.int16] | None, list[dict[int, list[int]]]]:
        label = np.zeros(self.economy.B.shape, dtype=np.int32)
        members: list[dict[int, list[int]]] = [{}]
        for number, course in enumerate(self.courses):
            for c, (_, cells) in enumerate(course.cuts):
                before = label[cells]
                found, position = np.unique(before, return_inverse=True)
                label[cells] = len(members) + position
                for old in found:
                    members.append({k: list(v) for k, v in members[old].items()})
                    members[-1].setdefault(number, []).append(c)
        if len(members) == 1:
            return None, []
        used, position = np.unique(label, return_inverse=True)
        # Layers all of whose cells went to others are gone; 0, what nothing cuts, stays first.
        kept = used if used[0] == 0 else np.concatenate([[0], used])
        shift = kept.size - used.size
        return (position.reshape(label.shape) + shift).astype(np.int16), [
            members[old] for old in kept[1:]
        ]

    @property
    def label(self) -> NDArray[np.int16] | None:
        """(n, N) layer of every link: 0 where nothing cuts it, else 1 …; None without cuts."""
        return self._partition[0]

    @property
    def layers(self) -> list[dict[int, list[int]]]:
        """The cuts of layers 1 … L: by course, positions in its `cuts`."""
        return self._partition[1]

    def today(self, day: int) -> Today:
        """What scenarios do on a day (0 is the first), rebuilding apart."""
        capacity = self._wide([course.capacity(day) for course in self.courses])
        final = self._wide([course.final(day) for course in self.courses])
        left, moved = self.links(day)
        opened = [course.opened(day) for course in self.courses]
        shut = [course.shut(day) for course in self.courses]
        return Today(
            capacity,
            final,
            left,
            moved,
            self._wide(opened) if any(one.any() for one in opened) else None,
            self._wide(shut) if any(one.any() for one in shut) else None,
        )

    def links(self, day: int) -> tuple[Array, Array]:
        """(L, ·) share of base capacity left and share of lost orders moved, by layer."""
        L, many = len(self.layers), len(self.courses)
        left, elapsed = np.full((L, many), np.inf), np.zeros((L, many))
        for at, layer in enumerate(self.layers):
            for number, cuts in layer.items():
                left[at, number], elapsed[at, number] = self.courses[number].cut(cuts, day)
        K = max(self.K if many > 1 else 1, self.search.start.size)
        if many > 1:
            left, elapsed = left[:, self.lane], elapsed[:, self.lane]
        left, elapsed = (np.broadcast_to(a, (L, K)) for a in (left, elapsed))
        moved = np.where(np.isinf(left), 0.0, self.search.moved(elapsed))
        return left, moved

    def _wide(self, values: list[Any]) -> Any:
        if len(values) == 1:
            return values[0][..., None]
        return np.stack(values, axis=-1)[..., self.lane]


def schedule(
    scenarios: Sequence[Scenario], table: Table, economy: Economy, search: Search, *, draws: int = 1
) -> Schedule:
    """The schedule of some scenarios, each followed by as many lanes as there are draws.

    Raises
    ------
    UnsupportedShockError
        A shock works through prices.
    LabelError, ShockError
        A shock does not fit the table.
    """
    courses = tuple(_course(one, table, economy) for one in scenarios)
    lane = np.repeat(np.arange(len(courses)), draws)
    return Schedule(economy, courses, lane, search)


def _course(scenario: Scenario, table: Table, economy: Economy) -> Course:
    resolved = scenario.resolve(table)
    losses, shifts, reserves, damages = [], [], [], []
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
            case CapitalLoss(), Damage():
                damages.append(effect)
            case DemandShift(), Places():
                shifts.append((shock, _places(where, economy)))
            case StockRelease(), Places():
                reserves.append((shock, _reserve(shock, where, economy)))
            case _:
                raise UnsupportedShockError(
                    f"the inventory model cannot express {shock.describe()}: it has no prices and "
                    "no budgets; the trade equilibrium (stress.Equilibrium) can"
                )
    return Course(
        economy, tuple(cuts.values()), tuple(losses), tuple(shifts), tuple(reserves),
        tuple(damages), resolved.notes,
    )  # fmt: skip


def _open(release: StockRelease, day: int) -> bool:
    return day >= 0 and float(release.strength(day)) > 0


def _cells(links: Links, table: Table, e: Economy) -> Bools:
    """(n, N) cells of the links: selling industries × all buyers of the importing regions."""
    cells = np.zeros(e.B.shape, dtype=bool)
    for rows, importers in links.blocks(table.industries):
        cells[np.ix_(rows, np.flatnonzero(np.isin(e.region, importers)))] = True
    return cells & (e.B > 0)


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
