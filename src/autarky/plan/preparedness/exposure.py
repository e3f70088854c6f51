"""From scenarios to what one economy can still buy, sell, make and is asked for, month by month.

Months that are alike become one spell with a weight: any plan for some of them can be averaged
over all of them, so nothing is lost. May import `table`, `shocks` and below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError, UnsupportedShockError
from autarky.plan.calibrate import Calibration
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
)
from autarky.shocks.base import Links, Places
from autarky.shocks.scenario import Effect
from autarky.table import Table

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

#: Days of a month.
MONTH = 365.0 / 12.0


@dataclass(frozen=True, eq=False)
class Spells:
    """P spells of alike months, in the order of their scenarios.

    Attributes
    ----------
    scenarios : tuple of Scenario
        The N that touch the economy.
    labels : tuple of str
        One for each spell: "chips:6-12".
    scenario : (P,) int array
        Position of its scenario.
    months : (P,) array
        How many months it stands for.
    ramp : (P,) array
        Part of standby capacity that runs.
    cut : (P, R, S) array
        Share of each import flow that does not come.
    sold : (P, S) array
        Share of exports that can still be sold.
    able : (P, S) array
        Share of capacity at home that is left.
    asked : (P, S) array
        Consumption asked for over that of the base.
    released : (N, S) array
        Stocks that the scenario itself releases [money].
    notes : tuple of str
    """

    scenarios: tuple[Scenario, ...]
    labels: tuple[str, ...]
    scenario: Ints
    months: Array
    ramp: Array
    cut: Array
    sold: Array
    able: Array
    asked: Array
    released: Array
    notes: tuple[str, ...]

    def of(self, n: int) -> Ints:
        """The spells of one scenario."""
        return np.flatnonzero(self.scenario == n)


@dataclass
class _Months:
    """One scenario on one economy: (T, …) arrays, as in `Spells`."""

    cut: Array
    sold: Array
    able: Array
    asked: Array
    released: Array

    @property
    def touched(self) -> bool:
        others = ((self.sold < 1), (self.able < 1), (self.asked != 1), (self.released > 0))
        return bool((self.cut > 0).any() or any(part.any() for part in others))


def spells(
    scenarios: Sequence[Scenario], table: Table, base: Calibration, *, months: int, ramp: int
) -> Spells:
    """All scenarios of a plan.

    Parameters
    ----------
    scenarios : sequence of Scenario
    table : Table
    base : Calibration
    months : int
        Length of the window that is planned for.
    ramp : int
        Months until standby capacity runs in full.

    Raises
    ------
    UnsupportedShockError
        A shock works through prices.
    OptionError
        Two scenarios have one name, or none touches the economy.
    LabelError, ShockError
        A scenario does not fit the table.
    """
    names = [one.name for one in scenarios]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise OptionError(f"two scenarios are called {', '.join(double)}; give each its own name")
    running = np.minimum(1.0, np.arange(1, months + 1) / max(ramp, 1))
    kept: list[Scenario] = []
    parts: list[tuple[_Months, Ints, Array]] = []
    notes: list[str] = []
    flows = _export_flows(table, base)
    for scenario in scenarios:
        resolved = scenario.resolve(table)
        notes += [f"{scenario.name}: {note}" for note in resolved.notes]
        one = _months(resolved.effects, table, base, flows, months)
        if not one.touched:
            notes.append(f"{scenario.name} does not touch {base.region}, and is left out")
            continue
        kept.append(scenario)
        parts.append((one, *_alike(one, running)))
    if not kept:
        raise OptionError(
            f"none of the scenarios touches {base.region}: there is nothing to prepare for. "
            "Name one that cuts what it buys, sells or makes"
        )
    return _joined(kept, parts, running, tuple(notes))


def _alike(one: _Months, running: Array) -> tuple[Ints, Array]:
    """(first month of each spell, spell of each month): months alike in everything."""
    T = len(running)
    flat = [running[:, None], *(part.reshape(T, -1) for part in (one.cut, one.sold, one.able))]
    rows = np.hstack([*flat, one.asked.reshape(T, -1)])
    _, first, spell = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return first[order], rank[spell.reshape(-1)].astype(np.float64)


def _joined(
    kept: list[Scenario],
    parts: list[tuple[_Months, Ints, Array]],
    running: Array,
    notes: tuple[str, ...],
) -> Spells:
    labels: list[str] = []
    months: list[float] = []
    for scenario, (_, first, spell) in zip(kept, parts, strict=True):
        for k in range(first.size):
            found = np.flatnonzero(spell == k)
            labels.append(f"{scenario.name}:{_span(found + 1)}")
            months.append(float(found.size))

    def stacked(name: str) -> Array:
        return np.concatenate([getattr(one, name)[first] for one, first, _ in parts])

    return Spells(
        scenarios=tuple(kept),
        labels=tuple(labels),
        scenario=np.repeat(np.arange(len(parts)), [first.size for _, first, _ in parts]),
        months=np.array(months),
        ramp=np.concatenate([running[first] for _, first, _ in parts]),
        cut=stacked("cut"),
        sold=stacked("sold"),
        able=stacked("able"),
        asked=stacked("asked"),
        released=np.array([one.released for one, *_ in parts]),
        notes=notes,
    )


def _span(months: Ints) -> str:
    first, last = int(months[0]), int(months[-1])
    return str(first) if first == last else f"{first}-{last}"


def _months(
    effects: Sequence[Effect], table: Table, base: Calibration, flows: Array, months: int
) -> _Months:
    """What one scenario leaves, month by month."""
    R, S, r = len(table.regions), len(table.sectors), table.regions.position(base.region)
    one = _Months(
        cut=np.zeros((months, R, S)),
        sold=np.ones((months, S)),
        able=np.ones((months, S)),
        asked=np.ones((months, S)),
        released=np.zeros(S),
    )
    unsold, failing = np.zeros((months, R, S)), np.ones((months, R, S))
    for effect in effects:
        shock, where = effect.shock, effect.where
        force = _force(effect, months)
        if isinstance(shock, Embargo | Isolation) and isinstance(where, Links):
            lost = shock.share * force
            _cut(one.cut, where.exporters[where.importers == r], where.sectors, lost)
            _cut(unsold, where.importers[where.exporters == r], where.sectors, lost)
        elif isinstance(shock, CapacityLoss | CapitalLoss) and isinstance(where, Places):
            hit = np.zeros((R, S), dtype=bool)
            hit[np.ix_(where.regions, where.sectors)] = True
            failing *= 1.0 - np.multiply.outer(shock.share * force, hit)
        elif isinstance(shock, DemandShift | StockRelease) and isinstance(where, Places):
            if r in where.regions:
                _at_home(one, shock, where, force, base)
        else:
            raise UnsupportedShockError(
                f"a plan of preparedness cannot express {shock.describe()}: it has quantities and "
                "no prices; the trade equilibrium (stress.Equilibrium) can"
            )
    # What a supplier can no longer make it cannot deliver.
    one.able = failing[:, r, :].copy()
    failing[:, r, :] = 1.0
    one.cut = 1.0 - (1.0 - one.cut) * failing
    lost = np.einsum("trs,rs->ts", unsold, flows)
    total = flows.sum(axis=0)
    one.sold -= np.divide(lost, total, out=np.zeros_like(lost), where=total > 0)
    return one


def _cut(shares: Array, regions: Ints, sectors: Ints, lost: Array) -> None:
    """The larger of two cuts of one flow."""
    for region in regions:
        part = shares[:, region, :]
        part[:, sectors] = np.maximum(part[:, sectors], lost[:, None])


def _at_home(
    one: _Months,
    shock: DemandShift | StockRelease,
    where: Places,
    force: Array,
    base: Calibration,
) -> None:
    """Demand that shifts, and stocks that are released."""
    if isinstance(shock, DemandShift):
        one.asked[:, where.sectors] *= (1.0 + shock.change * force)[:, None]
    elif shock.start < len(force) * MONTH:
        of = base.imports if shock.of == "imports" else base.use
        one.released[where.sectors] += shock.days / 365.0 * of[where.sectors]


def _force(effect: Effect, months: int) -> Array:
    """(T,) mean strength of a shock in each month."""
    days = np.arange(0.5, months * MONTH, 1.0)
    month = np.minimum((days / MONTH).astype(np.intp), months - 1)
    strength = effect.shock.strength(days)
    return np.bincount(month, weights=strength, minlength=months) / np.bincount(
        month, minlength=months
    )


def _export_flows(table: Table, base: Calibration) -> Array:
    """(R, S) exports of the economy by buyer [money/yr]."""
    r = table.regions.position(base.region)
    block = table.industries.block(r)
    flows = table.industries.sum_by_region(table.Z[block], axis=1) + table.Y_by_region[block]
    out = np.zeros((len(table.regions), len(table.sectors)))
    out[:, table.industries.sector_of[block]] = np.maximum(flows, 0.0).T
    out[r] = 0.0
    return out
