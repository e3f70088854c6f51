"""Linear programs as blocks of rows and columns with names; HiGHS solves, duals are a product.

May import `errors` and `units`; highspy inside functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from autarky.errors import ConvergenceError

Array = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Program:
    """max cost·z with low ≤ Az ≤ high, lower ≤ z ≤ upper.

    Attributes
    ----------
    A : (m, k) sparse array
    cost, lower, upper : (k,) array
    low, high : (m,) array
    columns, rows : mapping of block → int array
        Positions of each block, in the block's shape.
    labels : mapping of block → list of label lists
        One per axis of the block.
    integer : (k,) bool array
    """

    A: sparse.csc_array
    cost: Array
    lower: Array
    upper: Array
    low: Array
    high: Array
    columns: Mapping[str, Ints]
    rows: Mapping[str, Ints]
    labels: Mapping[str, Sequence[Sequence[str]]]
    integer: NDArray[np.bool_]

    def names(self, blocks: Mapping[str, Ints], size: int) -> list[str]:
        """Each position's name, block(label,label)."""
        out = [""] * size
        for name, ids in blocks.items():
            axes = self.labels[name]
            for index in np.ndindex(ids.shape):
                inner = ",".join(axis[i] for axis, i in zip(axes, index, strict=True))
                out[int(ids[index])] = f"{name}({inner})" if inner else name
        return out

    def text(self, *kinds: str) -> str:
        """The program for reading, in the LP format; of the rows only some blocks, if given."""
        columns = self.names(self.columns, len(self.cost))
        rows = self.names(self.rows, len(self.low))
        chosen = np.concatenate([self.rows[k].reshape(-1) for k in kinds or self.rows])
        A = sparse.csr_array(self.A)
        lines = ["max", f"  value: {_sum(self.cost, columns)}", "st"]
        used: set[int] = set()
        for i in chosen:
            part = slice(A.indptr[i], A.indptr[i + 1])
            used |= set(A.indices[part].tolist())
            body = _sum(A.data[part], [columns[j] for j in A.indices[part]])
            for sign, side in _sides(self.low[i], self.high[i]):
                lines.append(f"  {rows[i]}: {body} {sign} {_number(side)}")
        lines.append("bounds")
        for j in sorted(used):
            lower, upper = self.lower[j], self.upper[j]
            if lower != 0 or np.isfinite(upper):
                high = f" <= {_number(upper)}" if np.isfinite(upper) else ""
                lines.append(f"  {_number(lower)} <= {columns[j]}{high}")
        return "\n".join([*lines, "end", ""])


@dataclass
class Draft:
    """A program while it is written."""

    column_blocks: dict[str, Ints] = field(default_factory=dict)
    row_blocks: dict[str, Ints] = field(default_factory=dict)
    labels: dict[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    _columns: list[tuple[Array, Array, Array, NDArray[np.bool_]]] = field(default_factory=list)
    _rows: list[tuple[Array, Array]] = field(default_factory=list)
    _cells: list[tuple[Ints, Ints, Array]] = field(default_factory=list)
    _prices: list[tuple[Ints, float]] = field(default_factory=list)
    _lows: list[tuple[Ints, float]] = field(default_factory=list)
    _k: int = 0
    _m: int = 0

    def columns(
        self,
        name: str,
        axes: Sequence[Sequence[str]],
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        cost: ArrayLike = 0.0,
        integer: bool = False,
    ) -> Ints:
        """Add a block of columns; its positions, in its shape."""
        shape = tuple(len(axis) for axis in axes)
        size = int(np.prod(shape, dtype=np.intp))
        ids = np.arange(self._k, self._k + size).reshape(shape)
        full = [np.broadcast_to(np.asarray(v, float), shape).reshape(-1) for v in (lower, upper)]
        price = np.broadcast_to(np.asarray(cost, float), shape).reshape(-1)
        self._columns.append((full[0], full[1], price, np.full(size, integer)))
        self.column_blocks[name], self.labels[name] = ids, axes
        self._k += size
        return ids

    def rows(
        self,
        name: str,
        axes: Sequence[Sequence[str]],
        *,
        low: ArrayLike = -np.inf,
        high: ArrayLike = np.inf,
    ) -> Ints:
        """Add a block of rows; its positions, in its shape."""
        shape = tuple(len(axis) for axis in axes)
        size = int(np.prod(shape, dtype=np.intp))
        ids = np.arange(self._m, self._m + size).reshape(shape)
        full = [np.broadcast_to(np.asarray(v, float), shape).reshape(-1) for v in (low, high)]
        self._rows.append((full[0], full[1]))
        self.row_blocks[name], self.labels[name] = ids, axes
        self._m += size
        return ids

    def put(self, rows: Ints, columns: Ints, values: ArrayLike) -> None:
        """Add coefficients; the three are broadcast against each other, zeros are left out."""
        i, j, value = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=np.float64))
        keep = value.reshape(-1) != 0
        cells = (i.reshape(-1)[keep], j.reshape(-1)[keep], value.reshape(-1)[keep])
        self._cells.append(cells)

    def price(self, columns: Ints, value: float) -> None:
        """Set what some columns count in the objective."""
        self._prices.append((columns.reshape(-1), value))

    def side(self, rows: Ints, *, low: float) -> None:
        """Set the lower side of some rows."""
        self._lows.append((rows.reshape(-1), low))

    def finish(self) -> Program:
        """The program."""
        lower, upper, cost, integer = (
            np.concatenate(part) for part in zip(*self._columns, strict=True)
        )
        low, high = (np.concatenate(part) for part in zip(*self._rows, strict=True))
        for ids, price in self._prices:
            cost[ids] = price
        for ids, side in self._lows:
            low[ids] = side
        i, j, value = (np.concatenate(part) for part in zip(*self._cells, strict=True))
        A = sparse.csc_array((value, (i, j)), shape=(self._m, self._k))
        return Program(
            A=A,
            cost=cost,
            lower=lower,
            upper=upper,
            low=low,
            high=high,
            columns=self.column_blocks,
            rows=self.row_blocks,
            labels=self.labels,
            integer=integer,
        )


@dataclass(frozen=True, eq=False)
class Optimum:
    """A solved program.

    Attributes
    ----------
    program : Program
    values : (k,) array
    prices : (m,) array
        Change of the value with the side of each row.
    value : float
    residuals : dict of str to float
        Largest violation of rows, bounds and prices, and the gap, relative to sizes.
    iterations : int
    method : str
    """

    program: Program
    values: Array
    prices: Array
    value: float
    residuals: dict[str, float]
    iterations: int
    method: str

    def __getitem__(self, block: str) -> Array:
        """Values of a block of columns, in its shape."""
        return self.values[self.program.columns[block]]

    def price(self, block: str) -> Array:
        """Prices of a block of rows, in its shape."""
        return self.prices[self.program.rows[block]]


#: Largest accepted error of a solver, relative to the size of what it adds up.
TOLERANCE = 1e-6


class Solver:
    """HiGHS with one program, which may be changed and solved again from where it stands."""

    def __init__(self, program: Program, *, time_limit: float | None = None) -> None:
        import highspy

        self._module, self.program = highspy, program
        self.highs = highspy.Highs()
        options: dict[str, Any] = {"output_flag": False, "threads": 1}
        if time_limit is not None:
            options["time_limit"] = float(time_limit)
        for name, value in options.items():
            self.highs.setOptionValue(name, value)
        self.highs.passModel(_model(highspy, program))

    def solve(self, *, method: str = "ipm") -> Optimum:
        """The optimum.

        Parameters
        ----------
        method : {"ipm", "simplex"}
            Interior points with crossover from nothing, or simplex from the last basis.

        Raises
        ------
        ConvergenceError
            HiGHS stopped before the optimum, or what it gives fails its own proof.
        """
        highs = self.highs
        highs.setOptionValue("solver", method)
        highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        steps = int(info.simplex_iteration_count) + int(info.ipm_iteration_count)
        if status != self._module.HighsModelStatus.kOptimal:
            raise ConvergenceError(
                f"the plan was not solved: HiGHS says {highs.modelStatusToString(status).lower()}",
                iterations=steps,
                residual=float("inf"),
            )
        solution = highs.getSolution()
        values = np.array(solution.col_value)
        prices = -np.array(solution.row_dual)
        program = self.program
        if program.integer.any():
            residuals = primal_residuals(program, values)
        else:
            residuals = proof(program, values, prices)
        worst = max(residuals.values())
        if not worst <= TOLERANCE:
            raise ConvergenceError(
                "the plan that HiGHS gives fails its own proof "
                f"({max(residuals, key=lambda k: residuals[k])})",
                iterations=steps,
                residual=worst,
            )
        return Optimum(
            program,
            values,
            prices,
            float(program.cost @ values),
            residuals,
            steps,
            f"HiGHS {method}",
        )

    def change_cost(self, columns: Ints, values: ArrayLike) -> None:
        """Another value of some columns."""
        ids = np.asarray(columns).reshape(-1)
        full = np.broadcast_to(np.asarray(values, float), ids.shape)
        for j, value in zip(ids.tolist(), full.tolist(), strict=True):
            self.highs.changeColCost(j, -value)
        cost = self.program.cost.copy()
        cost[ids] = full
        self.program = replace(self.program, cost=cost)

    def change_cells(self, rows: Ints, columns: Ints, values: ArrayLike) -> None:
        """Other coefficients."""
        i, j, value = np.broadcast_arrays(rows, columns, np.asarray(values, float))
        A = sparse.lil_array(self.program.A)
        for row, column, one in zip(i.reshape(-1), j.reshape(-1), value.reshape(-1), strict=True):
            self.highs.changeCoeff(int(row), int(column), float(one))
            A[int(row), int(column)] = one
        self.program = replace(self.program, A=sparse.csc_array(A))


def with_row(
    program: Program, name: str, columns: Ints, values: Array, *, low: float = -np.inf
) -> Program:
    """The same program with one more row."""
    row = sparse.csc_array(
        (values, (np.zeros(columns.size, dtype=np.intp), columns)), shape=(1, len(program.cost))
    )
    return replace(
        program,
        A=sparse.csc_array(sparse.vstack([program.A, row])),
        low=np.append(program.low, low),
        high=np.append(program.high, np.inf),
        rows={**program.rows, name: np.array(len(program.low), dtype=np.intp)},
        labels={**program.labels, name: ()},
    )


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
    The reduced value r = cost − Aᵀπ must be 0 between bounds, at most 0 at a lower and at least 0
    at an upper bound; what has no bound on the wrong side counts as an error of prices. The gap is
    that between the value of the point and the least value the prices allow any point,
    Σ π·side + Σ r·bound.
    """
    out = primal_residuals(program, values)
    reduced = program.cost - program.A.T @ prices
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
    value = float(program.cost @ values)
    out["gap"] = abs(bound - value) / max(abs(value), 1.0)
    return out


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


def _sides(low: float, high: float) -> Iterator[tuple[str, float]]:
    if low == high:
        yield "=", low
        return
    if np.isfinite(high):
        yield "<=", high
    if np.isfinite(low):
        yield ">=", low


def _sum(values: Array, names: Sequence[str]) -> str:
    parts = []
    for value, name in zip(values, names, strict=True):
        if value == 0:
            continue
        sign = "-" if value < 0 else "+"
        size = "" if abs(value) == 1 else f"{_number(abs(value))} "
        parts.append(f"{sign} {size}{name}")
    return " ".join(parts).removeprefix("+ ")


def _number(value: float) -> str:
    return f"{value:.8g}"
