"""What an equilibrium says about economies: changes against the base, in percent.

Kernels on bare arrays, in the paper's symbols. May import `stress.equilibrium.system`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.stress.equilibrium.system import (
    Point,
    State,
    Technology,
    Trade,
    evaluate,
    prices_and_shares,
)

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Picture:
    """One equilibrium seen from outside.

    Parameters
    ----------
    state, point : State, Point
    imports : (S, N, N) array
        What importer n pays exporter i before tariffs, own purchases on the diagonal [money/yr].
    """

    state: State
    point: Point
    imports: Array


def picture(tech: Technology, trade: Trade, state: State) -> Picture:
    """All flows of an equilibrium."""
    point = evaluate(tech, trade, state)
    _, pi = prices_and_shares(tech, trade, point.log_cost)
    return Picture(state, point, pi * trade.net * state.X[:, :, None])


def percent(log_change: Array) -> Array:
    """100 (e^x − 1)."""
    return 100.0 * np.expm1(log_change)


def welfare(beta: Array, before: Picture, after: Picture) -> dict[str, Array]:
    """Real income, real wage and the price index of each region, in percent, (N,).

    Notes
    -----
    Real income is I'/I ÷ Π P̂^β with I = wL + R + D: exact, the equivalent variation of
    Cobb–Douglas preferences. The real wage is ŵ ÷ Π P̂^β.
    """
    prices = (beta * (after.state.p - before.state.p)).sum(axis=0)
    wages = after.state.omega - before.state.omega
    income = np.log(after.point.income / before.point.income)
    return {
        "real_income": percent(income - prices),
        "real_wage": percent(wages - prices),
        "price_index": percent(prices),
    }


def volumes(
    tech: Technology, before: Picture, after: Picture, productivity: Array
) -> dict[str, Array]:
    """Changes of volumes by sector and region, in percent, (S, N); NaN where nothing was before.

    `output` is sales at base unit costs (these rise by 1 / `productivity`, (S, N), too);
    `value_added` is the work an industry employs, so that each region's total stays; `final_use`
    is what households and investors get of a product.
    """
    cost = after.point.log_cost - before.point.log_cost
    wages = after.state.omega - before.state.omega
    sold = _ratio(after.point.Y, before.point.Y)
    spent = _ratio(tech.alpha * after.point.income, tech.alpha * before.point.income)
    price = after.state.p - before.state.p
    return {
        "output": 100.0 * (sold * productivity * np.exp(-cost) - 1.0),
        "value_added": 100.0 * (sold * np.exp(-wages) - 1.0),
        "final_use": 100.0 * (spent * np.exp(-price) - 1.0),
    }


def first_order(
    tau: Array, before: Picture, after: Picture, productivity: Array
) -> dict[str, Array]:
    """The linear decomposition of Caliendo & Parro (2015), eq. 17, in percent of income, (N,).

    Terms of trade: what exports earn more less what imports cost more, at base trade. Volume of
    trade: base tariffs times the growth of real imports. Their sum is a first-order figure, not
    the change of real income.
    """
    N = tau.shape[1]
    # An industry that delivers nothing has no price to compare: its exports end.
    sells = np.where(productivity > 0, productivity, 1.0)
    dc = np.exp(after.point.log_cost - before.point.log_cost) / sells - 1.0
    M = before.imports.copy()
    growth = _ratio(after.imports, M, empty=1.0) - 1.0
    own = np.arange(N)
    M[:, own, own] = 0.0
    earned = (M * dc[:, None, :]).sum(axis=(0, 1))  # by exporter
    paid = (M * dc[:, None, :]).sum(axis=(0, 2))  # by importer
    volume = (tau * M * (growth - dc[:, None, :])).sum(axis=(0, 2))
    # What i earns more is its own cost times its exports; `earned` sums over importers.
    income = before.point.income
    return {
        "terms_of_trade": 100.0 * (earned - paid) / income,
        "volume_of_trade": 100.0 * volume / income,
    }


def _ratio(after: Array, before: Array, empty: float = np.nan) -> Array:
    return np.divide(after, before, out=np.full_like(after, empty), where=before > 0)
