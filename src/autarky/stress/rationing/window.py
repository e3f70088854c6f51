"""From a scenario to the limits of a window: what can be made, moved, used and released in it.

May import `shocks`, `errors` and `base` of its own folder.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.errors import UnsupportedShockError
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Effect,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
)
from autarky.shocks.base import Links, Places
from autarky.stress.rationing.base import Base
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Days of a year of flows.
YEAR = 365.0


@dataclass(frozen=True)
class Window:
    """What a window of some days allows, flows summed over it.

    Parameters
    ----------
    days : int
        Its length [days].
    output : (n,) array
        The most an industry can make [money].
    demand : (S, R) array
        Final use asked for, by product and region [money].
    usable : (S, n) array
        What can be drawn from opening stocks; infinite where a product never runs short [money].
    cut : (n, R) bool array
        Flows (maker, buying region) that are limited.
    flow : (n, R) array
        The most that can pass where limited [money].
    release : (S, R) array
        Strategic stocks that may be used [money].
    notes : tuple of str
        What a reader must know.
    """

    days: int
    output: Array
    demand: Array
    usable: Array
    cut: Bools
    flow: Array
    release: Array
    notes: tuple[str, ...]


def window(
    scenario: Scenario,
    table: Table,
    base: Base,
    *,
    horizon: float,
    alpha_max: float,
    days: Array,
    psi: float,
    critical: Array | None = None,
) -> Window:
    """The limits of a scenario.

    Parameters
    ----------
    scenario, table, base
    horizon : float
        Length of the window where the scenario has none [days].
    alpha_max : float
        Most output over base output [1].
    days : (S,) array
        Opening stock of each product, in days of use [days].
    psi : float
        The share of that stock below which output falls [1].
    critical : (S, S) array, optional
        By input and using sector; an input below 1 does not bind.

    Raises
    ------
    UnsupportedShockError
        A shock works through prices.
    LabelError, ShockError
        A shock does not fit the table.
    """
    length = math.ceil(scenario.horizon or horizon)
    resolved = scenario.resolve(table)
    for effect in resolved.effects:
        _refuse(effect)
    total = base.by_buyer(base.Z) + base.Y  # (n, R) by maker and buying region, a year
    output, demand = np.zeros_like(base.x), np.zeros((len(base.sectors), len(base.regions)))
    flow, free, cut = np.zeros_like(total), np.zeros_like(total), np.zeros(total.shape, dtype=bool)
    base_demand = base.by_product(base.Y)
    for count, strengths in _spells(resolved.effects, length):
        share, left, asked = _spell(resolved.effects, strengths, base)
        cut |= share > 0
        flow += count * np.where(share > 0, 1.0 - share, 0.0) * total
        free += count * (share == 0)
        output += count * left * base.x
        demand += count * asked * base_demand
    # On days without a cut the link carries whatever its maker can make.
    flow = (flow + free * alpha_max * base.x[:, None]) / YEAR
    return Window(
        days=length,
        output=alpha_max * output / YEAR,
        demand=demand / YEAR,
        usable=_usable(base, days, psi, length, critical),
        cut=cut,
        flow=flow,
        release=_releases(resolved.effects, base, length),
        notes=(*resolved.notes, *_best_case(resolved.effects)),
    )


def usable_stock(base: Base, days: Array, psi: float, horizon: int) -> Array:
    """(S, n) what production can draw from opening stocks within the window [money].

    Notes
    -----
    Output of a day is at most Ω/(ψ s a), so a day draws at most k = 1/(ψ s) of the stock, and T
    days draw at most Ω(0)(1 − (1 − k)^T) of what was there at the opening.
    """
    endless = np.isinf(days)
    days_held = np.where(endless, 1.0, days)
    drawn_daily = np.minimum(1.0, 1.0 / np.maximum(psi * days_held, 1e-300))
    drawn = days_held * (1.0 - (1.0 - drawn_daily) ** horizon)
    usable = drawn[:, None] * base.recipe * base.x / YEAR
    usable[endless] = np.inf
    return usable


def _usable(base: Base, days: Array, psi: float, horizon: int, critical: Array | None) -> Array:
    """As `usable_stock`; an input that is not fully critical never binds."""
    usable = usable_stock(base, days, psi, horizon)
    if critical is not None:
        usable[critical[:, base.industries.sector_of] < 1.0] = np.inf
    return usable


def _refuse(effect: Effect) -> None:
    if not isinstance(
        effect.shock,
        Embargo | Isolation | CapacityLoss | CapitalLoss | DemandShift | StockRelease,
    ):
        raise UnsupportedShockError(
            f"the rationing model cannot express {effect.shock.describe()}: it has quantities and "
            "no prices; the trade equilibrium (stress.Equilibrium) can"
        )


def _best_case(effects: Sequence[Effect]) -> list[str]:
    return [
        f"{effect.shock.describe()}: at best all that is ordered is delivered, and the orders take "
        "nothing from final use"
        for effect in effects
        if isinstance(effect.shock, CapitalLoss) and effect.shock.rebuilt
    ]


def _spells(effects: Sequence[Effect], days: int) -> list[tuple[int, Array]]:
    """(number of days, strength of every shock) of the days of the window that are alike."""
    strengths = np.array([effect.shock.strength(np.arange(days)) for effect in effects])
    unlike, counts = np.unique(strengths, axis=1, return_counts=True)
    return [(int(counts[k]), unlike[:, k]) for k in range(len(counts))]


def _spell(effects: Sequence[Effect], strengths: Array, base: Base) -> tuple[Array, Array, Array]:
    """Share of each flow cut (n, R), capacity left (n,) and demand (S, R), base 1, on one day."""
    n, S, R = len(base.x), len(base.sectors), len(base.regions)
    share, left, asked = np.zeros((n, R)), np.ones(n), np.ones((S, R))
    for effect, strength in zip(effects, strengths, strict=True):
        shock, where = effect.shock, effect.where
        if isinstance(shock, Embargo | Isolation) and isinstance(where, Links):
            for rows, buyers in where.blocks(base.industries):
                cells = np.ix_(rows, buyers)
                share[cells] = np.maximum(share[cells], shock.share * strength)
        elif isinstance(shock, CapacityLoss | CapitalLoss) and isinstance(where, Places):
            # Capital is back as soon as it can be: losses that add up leave at most the product.
            left[where.industries(base.industries)] *= 1.0 - shock.share * strength
        elif isinstance(shock, DemandShift) and isinstance(where, Places):
            asked[np.ix_(where.sectors, where.regions)] *= 1.0 + shock.change * strength
    return share, left, asked


def _releases(effects: Sequence[Effect], base: Base, days: int) -> Array:
    """(S, R) strategic stocks that may be used at some time in the window [money]."""
    found = np.zeros((len(base.sectors), len(base.regions)))
    for effect in effects:
        shock, where = effect.shock, effect.where
        if not isinstance(shock, StockRelease) or not isinstance(where, Places):
            continue
        if shock.start < days:
            flows = _IMPORTS_OR_USE[shock.of](base)
            cells = np.ix_(where.sectors, where.regions)
            found[cells] += shock.days / YEAR * flows[cells]
    return found


def _use(base: Base) -> Array:
    return base.by_product(base.by_buyer(base.Z) + base.Y)


def _imports(base: Base) -> Array:
    flows = base.by_buyer(base.Z) + base.Y
    abroad = base.industries.region_of[:, None] != np.arange(len(base.regions))
    return base.by_product(flows * abroad)


_IMPORTS_OR_USE: dict[str, Callable[[Base], Array]] = {"imports": _imports, "use": _use}
