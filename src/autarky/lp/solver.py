"""HiGHS: solve a program, change it and solve again from where it stands, prove every answer.

May import `errors`, `units` and its own folder; highspy inside functions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from autarky.errors import ConvergenceError, InfeasibleError, OptionError
from autarky.lp.program import Array, Ints, Program
from autarky.lp.proof import primal_residuals, proof
from autarky.units import Certificate

Method = Literal["auto", "simplex", "ipm", "hipo"]

#: Largest accepted error of an answer, relative to the size of what it adds up.
TOLERANCE = 1e-6
#: Above so many coefficients interior points are tried before the simplex method.
LARGE = 150_000


@dataclass(frozen=True, eq=False)
class Optimum:
    """A solved program.

    Attributes
    ----------
    program : Program
    values : (k,) array
    prices : (m,) array
        Change of the value with the side of each row: positive at an upper side that binds.
    reduced : (k,) array
        Change of the value with the bound of each column.
    value : float
    residuals : dict of str to float
        Largest violation of rows, bounds and prices, and the gap, relative to sizes.
    iterations : int
    method : str
        What HiGHS ran, which is not always what was asked for.
    gap : float
        Between the value and the best bound; 0 but for integer programs that ran out of time.
    """

    program: Program
    values: Array
    prices: Array
    reduced: Array
    value: float
    residuals: dict[str, float]
    iterations: int
    method: str
    gap: float = 0.0

    def __getitem__(self, block: str) -> Array:
        """Values of a block of columns, in its shape."""
        return self.values[self.program.columns[block]]

    def price(self, block: str) -> Array:
        """Prices of a block of rows, in its shape."""
        return self.prices[self.program.rows[block]]

    @property
    def certificate(self) -> Certificate:
        """The largest error."""
        return Certificate(self.method, self.iterations, max(self.residuals.values()), TOLERANCE)


class Solver:
    """HiGHS with one program, which may be changed and solved again from where it stands.

    Parameters
    ----------
    program : Program
    time_limit : float, optional
        Of each solve [s].
    what : str
        What is solved, for messages: "the plan".
    progress : callable, optional
        Called with the number of iterations now and then.

    Examples
    --------
    >>> from autarky.lp import Draft
    >>> draft = Draft()
    >>> x = draft.columns("x", [["a", "b"]], cost=[3.0, 2.0])
    >>> room = draft.rows("room", [["all"]], high=10.0)
    >>> draft.put(room, x, 1.0)
    >>> best = Solver(draft.finish()).solve()
    >>> best.value, best["x"].tolist(), best.price("room").tolist()
    (30.0, [10.0, 0.0], [3.0])
    """

    def __init__(
        self,
        program: Program,
        *,
        time_limit: float | None = None,
        what: str = "the program",
        progress: Callable[[int], None] | None = None,
    ) -> None:
        import highspy

        if time_limit is not None and not time_limit > 0:
            raise OptionError(f"time_limit is {time_limit}; it must be above 0 seconds")
        self._module, self.program, self.what = highspy, program, what
        self.highs = highspy.Highs()
        options: dict[str, Any] = {"output_flag": False, "threads": 1}
        if time_limit is not None:
            options["time_limit"] = float(time_limit)
        for name, value in options.items():
            self.highs.setOptionValue(name, value)
        self.highs.passModel(_model(highspy, program))
        self._solved = False
        if progress is not None:
            self._report(progress)

    def _report(self, progress: Callable[[int], None]) -> None:
        kinds = self._module.cb.HighsCallbackType
        for kind, name in (
            (kinds.kCallbackSimplexInterrupt, "simplex_iteration_count"),
            (kinds.kCallbackIpmInterrupt, "ipm_iteration_count"),
        ):

            def told(_kind: Any, _text: Any, out: Any, *_: Any, name: str = name) -> None:
                progress(int(getattr(out, name)))

            self.highs.setCallback(lambda *args, told=told: told(*args), None)
            self.highs.startCallback(kind)

    def solve(self, *, method: Method = "auto") -> Optimum:
        """The optimum.

        Parameters
        ----------
        method : {"auto", "simplex", "ipm", "hipo"}
            Simplex goes on from the last basis; interior points, with crossover, start from
            nothing; "hipo" is the newer interior-point method, if HiGHS was built with it. By
            default simplex, or interior points for a large program that is solved first.

        Raises
        ------
        InfeasibleError
            No point meets all rows; the message lists those that clash.
        ConvergenceError
            HiGHS stopped before the optimum, or what it gives fails its own proof.
        """
        highs, program = self.highs, self.program
        if method == "auto":
            fresh = not self._solved and program.A.nnz > LARGE and not program.integer.any()
            method = "ipm" if fresh else "simplex"
        highs.setOptionValue("solver", method)
        highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        steps = int(info.simplex_iteration_count) + int(info.ipm_iteration_count)
        kinds = self._module.HighsModelStatus
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            self._refuse(steps)
        stopped = status == kinds.kTimeLimit and program.integer.any() and info.mip_gap < np.inf
        if status != kinds.kOptimal and not stopped:
            raise ConvergenceError(
                f"{self.what} was not solved: HiGHS says "
                f"{highs.modelStatusToString(status).lower()}",
                iterations=max(steps, 0),
                residual=float("inf"),
            )
        self._solved = True
        return self._proved(max(steps, 0), _ran(method, info))

    def _refuse(self, steps: int) -> None:
        from autarky.lp.explain import clashes

        found = clashes(self.program)
        if not found:
            raise ConvergenceError(
                f"{self.what} has no bound: something in it is worth more the more there is of it",
                iterations=max(steps, 0),
                residual=float("inf"),
            )
        listed = "; ".join(f"{name} by {size:.4g}" for name, size in found[:6])
        more = f" and {len(found) - 6} more" if len(found) > 6 else ""
        raise InfeasibleError(
            f"nothing meets all conditions of {self.what} at once. The least that would have to "
            f"give way: {listed}{more}",
            found,
        )

    def _proved(self, steps: int, method: str) -> Optimum:
        solution, program = self.highs.getSolution(), self.program
        values = np.array(solution.col_value)
        gap = 0.0
        if program.integer.any():
            prices = np.zeros(len(program.low))
            residuals = primal_residuals(program, values)
            gap = float(self.highs.getInfo().mip_gap)
        else:
            prices = -np.array(solution.row_dual)
            residuals = proof(program, values, prices)
        worst = max(residuals.values())
        if not worst <= TOLERANCE:
            raise ConvergenceError(
                f"what HiGHS gives for {self.what} fails its own proof "
                f"({max(residuals, key=lambda k: residuals[k])})",
                iterations=steps,
                residual=worst,
            )
        reduced = program.cost - program.A.T @ prices
        value = float(program.cost @ values)
        return Optimum(program, values, prices, reduced, value, residuals, steps, method, gap)

    # --- changes ------------------------------------------------------------------------------

    def change_cost(self, columns: Ints, values: ArrayLike) -> None:
        """Another value of some columns."""
        ids, full = _spread(columns, values)
        self.highs.changeColsCost(len(ids), ids.astype(np.int32), -full)
        cost = self.program.cost.copy()
        cost[ids] = full
        self.program = replace(self.program, cost=cost)

    def change_sides(
        self, rows: Ints, *, low: ArrayLike | None = None, high: ArrayLike | None = None
    ) -> None:
        """Other sides of some rows."""
        ids = np.asarray(rows).reshape(-1)
        lows, highs = self.program.low.copy(), self.program.high.copy()
        if low is not None:
            lows[ids] = np.broadcast_to(np.asarray(low, float), ids.shape)
        if high is not None:
            highs[ids] = np.broadcast_to(np.asarray(high, float), ids.shape)
        for i in ids.tolist():
            self.highs.changeRowBounds(i, lows[i], highs[i])
        self.program = replace(self.program, low=lows, high=highs)

    def change_bounds(
        self, columns: Ints, *, lower: ArrayLike | None = None, upper: ArrayLike | None = None
    ) -> None:
        """Other bounds of some columns."""
        ids = np.asarray(columns).reshape(-1)
        lowers, uppers = self.program.lower.copy(), self.program.upper.copy()
        if lower is not None:
            lowers[ids] = np.broadcast_to(np.asarray(lower, float), ids.shape)
        if upper is not None:
            uppers[ids] = np.broadcast_to(np.asarray(upper, float), ids.shape)
        for j in ids.tolist():
            self.highs.changeColBounds(j, lowers[j], uppers[j])
        self.program = replace(self.program, lower=lowers, upper=uppers)

    def change_cells(self, rows: Ints, columns: Ints, values: ArrayLike) -> None:
        """Other coefficients."""
        i, j, value = np.broadcast_arrays(rows, columns, np.asarray(values, float))
        A = sparse.lil_array(self.program.A)
        for row, column, one in zip(i.reshape(-1), j.reshape(-1), value.reshape(-1), strict=True):
            self.highs.changeCoeff(int(row), int(column), float(one))
            A[int(row), int(column)] = one
        self.program = replace(self.program, A=sparse.csc_array(A))


def _spread(ids: Ints, values: ArrayLike) -> tuple[Ints, Array]:
    flat = np.asarray(ids).reshape(-1)
    return flat, np.array(np.broadcast_to(np.asarray(values, float), flat.shape))


def _ran(method: str, info: Any) -> str:
    """What HiGHS ran: without HiPO it runs something else, and does not say so."""
    if method == "hipo" and int(info.ipm_iteration_count) <= 0:
        return "HiGHS simplex (HiPO is not installed)"
    names = {"simplex": "simplex", "ipm": "interior points", "hipo": "HiPO"}
    return f"HiGHS {names[method]}"


def _model(highspy: Any, program: Program) -> Any:
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.cost), len(program.low)
    lp.col_cost_ = -program.cost
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.low, program.high
    A = program.A
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = A.indptr, A.indices
    lp.a_matrix_.value_ = A.data
    if program.integer.any():
        kind = highspy.HighsVarType
        lp.integrality_ = [kind.kInteger if i else kind.kContinuous for i in program.integer]
    return lp
