"""Proof of an optimum from its values and prices alone, whatever the solver says.

May import its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.lp.arrays import Arrays

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Proof:
    """What values and prices of a program are worth.

    Attributes
    ----------
    objective, bound : float
        Of the values, and what no values can beat, from the prices alone.
    activity : (m,) array
        A z.
    reduced : (k,) array or None
        c − Aᵀy.
    residuals : dict of str to float
        Largest error by condition.
    """

    objective: float
    bound: float
    activity: Array
    reduced: Array | None
    residuals: dict[str, float]

    @property
    def worst(self) -> float:
        """The largest error of any condition."""
        return max(self.residuals.values())


def prove(arrays: Arrays, values: Array, prices: Array | None) -> Proof:
    """Errors of rows, bounds, prices and gap.

    Parameters
    ----------
    arrays : Arrays
    values : (k,) array
    prices : (m,) array or None
        y; None for a program with whole-number variables, which has none.

    Notes
    -----
    An error of a row is measured against Σ_j |a_ij z_j|, that of a bound against the variable, that
    of a price against |c_j| + Σ_i |a_ij y_i|, and the gap against Σ_j |c_j z_j|, each against 1
    where that is less. A price whose side is infinite, or a reduced cost whose bound is, is an
    error as a whole.
    """
    A, sign = arrays.A, arrays.sign
    size = abs(A)
    activity = A @ values
    over = np.maximum(arrays.low - activity, activity - arrays.high)
    out = np.maximum(arrays.lower - values, values - arrays.upper)
    residuals = {
        "rows": _worst(over, size @ np.abs(values)),
        "bounds": _worst(out, np.abs(values)),
    }
    objective = float(arrays.cost @ values)
    if prices is None:
        whole = np.abs(values - np.round(values))[arrays.integer]
        residuals["whole numbers"] = float(whole.max(initial=0.0))
        return Proof(objective, float("nan"), activity, None, residuals)
    reduced = arrays.cost - A.T @ prices
    row_bound, row_wrong = _bound(sign * prices, arrays.low, arrays.high)
    column_bound, column_wrong = _bound(sign * reduced, arrays.lower, arrays.upper)
    bound = sign * (row_bound + column_bound)
    scale = np.abs(arrays.cost) + size.T @ np.abs(prices)
    most = np.full(prices.shape, np.abs(prices).max(initial=0.0))
    residuals["prices"] = max(_worst(row_wrong, most), _worst(column_wrong, scale))
    at_stake = float(np.abs(arrays.cost) @ np.abs(values))
    residuals["gap"] = abs(objective - bound) / max(1.0, at_stake)
    return Proof(objective, bound, activity, reduced, residuals)


def _bound(price: Array, low: Array, high: Array) -> tuple[float, Array]:
    """What prices prove, and the prices that stand on an infinite side."""
    side = np.where(price > 0, low, high)
    good = np.isfinite(side)
    used = good & (price != 0)
    return float(price[used] @ side[used]), np.where(good, 0.0, np.abs(price))


def _worst(error: Array, scale: Array) -> float:
    return float(np.max(error / np.maximum(1.0, scale), initial=0.0))
