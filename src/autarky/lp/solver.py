"""HiGHS: solve a program, change it and solve again from where it stands, prove every answer.

May import `errors`, `units` and its own folder; highspy inside functions.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from autarky.errors import ConvergenceError, InfeasibleError, OptionError, UnboundedError
from autarky.lp.explain import Explanation
from autarky.lp.program import Array, Ints, Program
from autarky.lp.proof import primal_residuals, proof
from autarky.units import Certificate

Method = Literal["auto", "simplex", "ipm", "hipo"]

#: Largest accepted error of an answer, relative to the size of what it adds up.
TOLERANCE = 1e-6
#: Above so many coefficients interior points are tried before the simplex method.
LARGE = 150_000
#: Above so many HiPO is, if it is installed.
HUGE = 1_000_000
#: Names that a message lists.
_LISTED = 6


@dataclass(frozen=True)
class Binding:
    """A row that holds the value back.

    Attributes
    ----------
    block : str
    labels : tuple of str
    price : float
        Change of the value with one more of the side.
    unit : str
        "million USD per PJ".
    side : float
    """

    block: str
    labels: tuple[str, ...]
    price: float
    unit: str
    side: float

    def __str__(self) -> str:
        at = f"({','.join(self.labels)})" if self.labels else ""
        return (
            f"{self.block}{at}: one more of it changes the value by {self.price:+.4g} {self.unit}"
        )


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
        """Prices of a block of rows, in its shape: change of the value with one more of its side.

        In a minimum, positive where asking for more costs more; in a maximum, positive where
        allowing more helps.
        """
        return self.prices[self.program.rows[block]]

    def price_unit(self, block: str) -> str:
        """The unit of a block's prices: "million USD per PJ"."""
        return f"{self.program.unit or '1'} per {self.program.units.get(block) or '1'}"

    def reduced_value(self, block: str) -> Array:
        """Change of the value with one more of each column of a block, in its shape."""
        return self.reduced[self.program.columns[block]]

    def activity(self, block: str) -> Array:
        """What the rows of a block add up to, in its shape."""
        return (self.program.A @ self.values)[self.program.rows[block]]

    def binding(self, most: int = 10, *, least: float = 1e-7) -> tuple[Binding, ...]:
        """The rows that hold the value back, those with the most at stake first.

        At stake is the size of price · side; rows whose side is 0 come last, by price. Prices up
        to `least` count as 0.
        """
        program, prices = self.program, self.prices
        Az = program.A @ self.values
        near_low = np.abs(Az - program.low) <= np.abs(Az - program.high)
        side = np.where(near_low, program.low, program.high)
        priced = np.flatnonzero((np.abs(prices) > least) & np.isfinite(side))
        stake = np.abs(prices[priced] * side[priced])
        order = priced[np.lexsort((-np.abs(prices[priced]), -stake))][:most]
        found = []
        for i in map(int, order):
            block, labels = program.row_labels(i)
            price, unit = float(prices[i]), self.price_unit(block)
            found.append(Binding(block, labels, price, unit, float(side[i])))
        return tuple(found)

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
        self._time_limit = time_limit
        self.highs = highspy.Highs()
        pass_program(self.highs, program)
        self._solved = False
        if progress is not None:
            self._report(progress)

    def _report(self, progress: Callable[[int], None]) -> None:
        def told(event: Any) -> None:
            out = event.data_out
            progress(max(int(out.simplex_iteration_count), int(out.ipm_iteration_count), 0))

        highs: Any = self.highs
        for event in (highs.cbSimplexInterrupt, highs.cbIpmInterrupt, highs.cbMipInterrupt):
            event.subscribe(told)

    def solve(self, *, method: Method = "auto") -> Optimum:
        """The optimum.

        Parameters
        ----------
        method : {"auto", "simplex", "ipm", "hipo"}
            Simplex goes on from the last basis; interior points, with crossover, start from
            nothing; "hipo" is the newer interior-point method, of the package highspy-extras. By
            default simplex, or interior points for a large program that is solved first. What ran
            stands in the answer.

        Raises
        ------
        InfeasibleError
            No point meets all rows; the message lists those that clash.
        UnboundedError
            The value improves without end; the message says along what.
        ConvergenceError
            HiGHS stopped before the optimum, or what it gives fails its own proof.
        """
        highs, chosen = self.highs, self._choose(method)
        highs.setOptionValue("solver", chosen)
        steps = self._run()
        try:
            return self._proved(steps, _ran(method, chosen, highs.getInfo()))
        except ConvergenceError:
            if self.program.integer.any():
                raise
            # Presolve and a warm basis are what usually costs the digits.
            highs.clearSolver()
            highs.setOptionValue("solver", "simplex")
            highs.setOptionValue("presolve", "off")
            steps += self._run()
            highs.setOptionValue("presolve", "choose")
            return self._proved(steps, "HiGHS simplex, without presolve")

    def _choose(self, method: Method) -> str:
        """What HiGHS is asked for: without HiPO it would run simplex and not say so."""
        large = self.program.A.nnz > LARGE and not self.program.integer.any()
        if method == "auto":
            if self._solved or not large:
                return "simplex"
            return "hipo" if has_hipo() and self.program.A.nnz > HUGE else "ipx"
        if method == "hipo" and not has_hipo():
            return "simplex"
        return {"ipm": "ipx"}.get(method, method)

    def _run(self) -> int:
        """Run HiGHS until it has an optimum; its iterations."""
        highs = self.highs
        if self._time_limit is not None:
            # HiGHS counts from its first run on.
            highs.setOptionValue("time_limit", highs.getRunTime() + float(self._time_limit))
        self._solved = False
        kinds = self._module.HighsModelStatus
        highs.run()
        if highs.getModelStatus() in (kinds.kNotset, kinds.kSolveError, kinds.kUnknown):
            # A basis that cannot be factorised: interior points need none.
            highs.clearSolver()
            highs.setOptionValue("solver", "ipx")
            highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        steps = max(int(info.simplex_iteration_count) + int(info.ipm_iteration_count), 0)
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible, kinds.kUnbounded):
            self._refuse(steps, infeasible=status == kinds.kInfeasible)
        stopped = status == kinds.kTimeLimit and self.program.integer.any()
        if status != kinds.kOptimal and not (stopped and info.mip_gap < np.inf):
            limit = f" ({self._time_limit:g} s)" if status == kinds.kTimeLimit else ""
            raise ConvergenceError(
                f"{self.what} was not solved: HiGHS says "
                f"{highs.modelStatusToString(status).lower()}{limit}",
                iterations=steps,
                residual=float("inf"),
            )
        self._solved = True
        return steps

    def _refuse(self, steps: int, *, infeasible: bool) -> None:
        from autarky.lp.explain import endless, explain

        found = explain(self.program)
        if found.clashes:
            raise self._infeasible(found)
        if infeasible:
            raise ConvergenceError(
                f"HiGHS says that nothing meets all conditions of {self.what}, but something does "
                "up to rounding; state it in units in which its numbers are nearer to 1",
                iterations=steps,
                residual=float("inf"),
            )
        along = endless(self.program)
        listed = ", ".join(along[:_LISTED])
        more = f" and {len(along) - _LISTED} more" if len(along) > _LISTED else ""
        raise UnboundedError(
            f"{self.what} has no bound: {listed}{more} {'is' if len(along) == 1 else 'are'} worth "
            "more the more there is; give one of them a bound",
            along,
        )

    def _infeasible(self, found: Explanation) -> InfeasibleError:
        pairs = zip(found.clashes, found.sentences, strict=True)
        lines = [f"{name} by {size:.4g} ({words})" for (name, size), words in pairs]
        more = f" and {len(lines) - _LISTED} more" if len(lines) > _LISTED else ""
        held = ""
        if found.against:
            rest = len(found.against) - _LISTED
            held = f". Held back by {', '.join(found.against[:_LISTED])}"
            held += f" and {rest} more" if rest > 0 else ""
        return InfeasibleError(
            f"nothing meets all conditions of {self.what} at once. The least that would have to "
            f"give way: {'; '.join(lines[:_LISTED])}{more}{held}",
            found.clashes,
            found.against,
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
            prices = program.sign * -np.array(solution.row_dual)
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

    def start_from(self, other: Solver) -> None:
        """Begin the next solve at the last basis of another program, if it has the same shape."""
        if other._solved and other.program.A.shape == self.program.A.shape:
            basis: Any = other.highs.getBasis()
            self.highs.setBasis(basis)
            # Exact edge weights of a basis that is not HiGHS's own would cost more than the solve.
            self.highs.setOptionValue("simplex_dual_edge_weight_strategy", 1)
            self._solved = True

    # --- changes ------------------------------------------------------------------------------

    def change_cost(self, columns: Ints, values: ArrayLike) -> None:
        """Another value of some columns."""
        ids, full = _spread(columns, values)
        self.highs.changeColsCost(len(ids), ids.astype(np.int32), -self.program.sign * full)
        cost = self.program.cost.copy()
        cost[ids] = full
        self.program = replace(self.program, cost=cost)

    def change_sides(
        self, rows: Ints, *, low: ArrayLike | None = None, high: ArrayLike | None = None
    ) -> None:
        """Other sides of some rows."""
        ids = np.asarray(rows).reshape(-1)
        lows = _changed(self.program.low, rows, low)
        highs = _changed(self.program.high, rows, high)
        change: Any = self.highs
        change.changeRowsBounds(len(ids), ids.astype(np.int32), lows[ids], highs[ids])
        self.program = replace(self.program, low=lows, high=highs)

    def change_bounds(
        self, columns: Ints, *, lower: ArrayLike | None = None, upper: ArrayLike | None = None
    ) -> None:
        """Other bounds of some columns."""
        ids = np.asarray(columns).reshape(-1)
        lowers = _changed(self.program.lower, columns, lower)
        uppers = _changed(self.program.upper, columns, upper)
        self.highs.changeColsBounds(len(ids), ids.astype(np.int32), lowers[ids], uppers[ids])
        self.program = replace(self.program, lower=lowers, upper=uppers)

    def change_cells(self, rows: Ints, columns: Ints, values: ArrayLike) -> None:
        """Other coefficients."""
        i, j, value = np.broadcast_arrays(rows, columns, np.asarray(values, float))
        A = sparse.lil_array(self.program.A)
        for row, column, one in zip(i.reshape(-1), j.reshape(-1), value.reshape(-1), strict=True):
            self.highs.changeCoeff(int(row), int(column), float(one))
            A[int(row), int(column)] = one
        self.program = replace(self.program, A=sparse.csc_array(A))


def has_hipo() -> bool:
    """Whether the interior-point method HiPO is installed."""
    return importlib.util.find_spec("highspy_extras") is not None


def pass_program(highs: Any, program: Program) -> None:
    """Hand a program to HiGHS, silent and on one thread; a maximum as the minimum of its negative.

    The objective goes as it is: scaling it has been seen to cost up to 8 % of the answer.
    """
    options: dict[str, Any] = {"output_flag": False, "threads": 1}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    A = program.A
    highs.passModel(
        len(program.cost),
        len(program.low),
        A.nnz,
        1,  # by column
        1,  # a minimum
        0.0,
        -program.sign * program.cost,
        program.lower,
        program.upper,
        program.low,
        program.high,
        A.indptr.astype(np.int32, copy=False),
        A.indices.astype(np.int32, copy=False),
        A.data,
        program.integer.astype(np.int32),
    )


def _changed(values: Array, ids: Ints, given: ArrayLike | None) -> Array:
    """A copy with some values written."""
    out = values.copy()
    if given is not None:
        places, full = _spread(ids, given)
        out[places] = full
    return out


def _spread(ids: Ints, values: ArrayLike) -> tuple[Ints, Array]:
    ids = np.asarray(ids)
    full = np.broadcast_to(np.asarray(values, float), ids.shape)
    if np.isnan(full).any():
        raise OptionError("a number of a program is NaN")
    return ids.reshape(-1), np.array(full).reshape(-1)


def _ran(asked: str, chosen: str, info: Any) -> str:
    """What HiGHS ran, and what it did not for want of HiPO."""
    if asked == "hipo" and (chosen != "hipo" or int(info.ipm_iteration_count) <= 0):
        return "HiGHS simplex (HiPO is not installed)"
    names = {"simplex": "simplex", "ipx": "interior points", "hipo": "HiPO"}
    return f"HiGHS {names[chosen]}"
