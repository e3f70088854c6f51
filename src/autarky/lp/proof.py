"""The proof of an optimum from its values and prices, without the solver's word for it.

May import `program` of its own folder.
"""

from __future__ import annotations

import numpy as np

from autarky.lp.program import Array, Program


def primal_residuals(program: Program, values: Array) -> dict[str, float]:
    """Largest violation of rows and bounds, relative to the size of what each adds up."""
    Az = program.A @ values
    size = np.maximum(abs(program.A) @ np.abs(values), 1.0)
    rows = np.maximum(program.low - Az, Az - program.high)
    bounds = np.maximum(program.lower - values, values - program.upper)
    return {
        "rows": float(np.max(rows / size, initial=0.0)),
        "bounds": float(np.max(bounds / np.maximum(np.abs(values), 1.0), initial=0.0)),
    }


def proof(program: Program, values: Array, prices: Array) -> dict[str, float]:
    """What is wrong with a point and its prices: at 0 they are optimal, whoever made them.

    Notes
    -----
    In a maximum the reduced value r = cost − Aᵀπ must be 0 between bounds, at most 0 at a lower
    and at least 0 at an upper bound; what has no bound on the wrong side counts as an error of
    prices. The gap is that between the value of the point and the least value the prices allow any
    point, Σ π·side + Σ r·bound. A minimum is the maximum of minus its value, with minus its prices.
    """
    out = primal_residuals(program, values)
    cost, prices = program.sign * program.cost, program.sign * prices
    reduced = cost - program.A.T @ prices
    scale = float(np.abs(program.cost).max(initial=1.0))
    up, down = np.maximum(reduced, 0.0), np.minimum(reduced, 0.0)
    free_up, free_down = ~np.isfinite(program.upper), ~np.isfinite(program.lower)
    high, low = np.maximum(prices, 0.0), np.minimum(prices, 0.0)
    wrong = [
        np.where(free_up, up, 0.0),
        np.where(free_down, -down, 0.0),
    ]
    wrong_rows = [
        np.where(np.isfinite(program.high), 0.0, high),
        np.where(np.isfinite(program.low), 0.0, -low),
    ]
    out["prices"] = float(
        max(np.max(w, initial=0.0) for w in (*wrong, *wrong_rows)) / max(scale, 1.0)
    )

    def times(price: Array, side: Array) -> float:
        found = (price != 0) & np.isfinite(side)
        return float(price[found] @ side[found])

    bound = times(high, program.high) + times(low, program.low)
    bound += times(up, program.upper) + times(down, program.lower)
    value = float(cost @ values)
    out["gap"] = abs(bound - value) / max(abs(value), 1.0)
    return out
