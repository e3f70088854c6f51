"""HiGHS: solve a program and prove the answer without the solver's word for it.

May import `errors`, `units` and `program` of its own folder; highspy inside functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError
from autarky.stress.rationing.program import Program
from autarky.units import Certificate

Array = NDArray[np.float64]

#: Largest accepted error of a row, bound or price, and gap, over all that is asked for.
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Optimum:
    """A solved program.

    Attributes
    ----------
    values : (k,) array
    prices : (m,) array
        Change of the loss with the bound of each row [1].
    loss, bound : float
        Loss of this allocation, and the loss that none can be below, from the prices alone.
    residuals : dict
        Largest violation of rows and bounds, and the gap; each over all that is asked for.
    """

    values: Array
    prices: Array
    loss: float
    bound: float
    residuals: dict[str, float]
    certificate: Certificate


def solve(program: Program, *, size: float, time_limit: float | None = None) -> Optimum:
    """The optimum of a program.

    Parameters
    ----------
    program : Program
    size : float
        All that is asked for, in the program's unit: what errors are measured against.
    time_limit : float, optional
        Of the solver [s].

    Raises
    ------
    ConvergenceError
        HiGHS stopped before the optimum, or what it gave fails its own proof.
    """
    import highspy

    highs = highspy.Highs()
    options: dict[str, Any] = {
        "output_flag": False,
        "threads": 1,
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
    }
    if time_limit is not None:
        options["time_limit"] = float(time_limit)
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(_lp(highspy, program))
    highs.run()
    status = highs.getModelStatus()
    info = highs.getInfo()
    steps = int(info.simplex_iteration_count)
    # No output at all and every demand unmet is feasible, so anything but an optimum is the
    # solver's failure, never the scenario's.
    if status != highspy.HighsModelStatus.kOptimal:
        raise ConvergenceError(
            f"HiGHS found no optimum of the window LP: {highs.modelStatusToString(status)}; allow "
            "more time (time_limit) or aggregate the table",
            iterations=max(steps, 0),
            residual=float("inf"),
        )
    found = highs.getSolution()
    return _proved(program, np.array(found.col_value), np.array(found.row_dual), size, steps)


def _proved(program: Program, values: Array, prices: Array, size: float, steps: int) -> Optimum:
    """The optimum, once its rows, bounds and prices have been checked here."""
    made = program.A @ values
    rows = np.maximum(program.low - made, made - program.high).max(initial=0.0)
    bounds = np.maximum(-values, values - program.upper).max(initial=0.0)
    loss = float(program.cost @ values)
    bound = _dual_bound(program, prices)
    residuals = {
        "rows": max(0.0, float(rows)) / size,
        "bounds": max(0.0, float(bounds)) / size,
        "gap": abs(loss - bound) / size,
    }
    worst = max(residuals.values())
    if not worst <= TOLERANCE:
        raise ConvergenceError(
            "the optimum HiGHS gave fails its proof", iterations=steps, residual=worst
        )
    certificate = Certificate("HiGHS simplex", steps, worst, TOLERANCE)
    return Optimum(values, prices, loss, bound, residuals, certificate)


def _dual_bound(program: Program, prices: Array) -> float:
    """The loss that no allocation can be below, for any prices of rows (weak duality).

    A row priced above 0 binds at its lower side, below 0 at its upper side; a price on a side that
    a row does not have is dropped. A column without an upper bound stands at most at all that can
    be made and released; where the rows pay more for it than it costs, by rounding, that counts.
    """
    low, high = program.low, program.high
    prices = np.where((prices > 0) & ~np.isfinite(low), 0.0, prices)
    prices = np.where((prices < 0) & ~np.isfinite(high), 0.0, prices)
    sides = np.where(prices > 0, low, high)
    reduced = program.cost - program.A.T @ prices
    finite = np.isfinite(program.upper)
    stocks = high[np.isfinite(high) & (high > 0)].sum()
    most = np.where(finite, program.upper, program.upper[finite].sum() + stocks)
    used = prices != 0
    return float(prices[used] @ sides[used] + np.minimum(reduced, 0.0) @ most)


def _lp(highspy: Any, program: Program) -> Any:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = program.A.shape
    lp.col_cost_ = program.cost
    lp.col_lower_ = np.zeros_like(program.cost)
    lp.col_upper_ = program.upper
    lp.row_lower_, lp.row_upper_ = program.low, program.high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = program.A.indptr
    lp.a_matrix_.index_ = program.A.indices
    lp.a_matrix_.value_ = program.A.data
    lp.col_names_, lp.row_names_ = list(program.columns), list(program.rows)
    return lp
