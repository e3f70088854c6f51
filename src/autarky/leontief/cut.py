"""CutOperator: the Leontief inverse of a table from which some links were removed.

M' = M − U Vᵀ with thin U and V, so (I − M')⁻¹ = L − L U (I + Vᵀ L U)⁻¹ Vᵀ L (Woodbury): one small
system instead of a new factorisation. May import its own folder, `units` and `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autarky.errors import ConvergenceError, OptionError
from autarky.leontief.blocks import column_norms, multiply
from autarky.leontief.solution import Solution
from autarky.units import Certificate

if TYPE_CHECKING:
    from autarky.leontief.operator import LeontiefOperator

Array = Any


class CutOperator:
    """(I − M')⁻¹ where M' is M without some blocks.

    Parameters
    ----------
    base : LeontiefOperator
        The operator of the whole table.
    blocks : sequence of (rows, columns)
        Positions of each block; per block the smaller side sets the rank of the correction.

    Raises
    ------
    OptionError
        Two blocks overlap (a link can only be removed once), or a position does not exist.
    ConvergenceError
        On use: the correction lost too many digits.

    Examples
    --------
    Without any trade between its two halves, each half is its own economy:

    >>> import numpy as np
    >>> from autarky.leontief import leontief
    >>> Z = np.array([[10.0, 20.0], [30.0, 5.0]])
    >>> L = leontief(Z, np.array([100.0, 100.0]), [0, 1, 2])
    >>> alone = L.cut([([0], [1]), ([1], [0])])
    >>> (alone @ np.array([90.0, 95.0])).round(9)
    array([100., 100.])
    """

    def __init__(self, base: LeontiefOperator, blocks: Sequence[tuple[Any, Any]]) -> None:
        self.base = base
        self.blocks = [(self._positions(r), self._positions(c)) for r, c in blocks]
        for a, (rows, columns) in enumerate(self.blocks):
            for other_rows, other_columns in self.blocks[:a]:
                if (
                    np.intersect1d(rows, other_rows).size
                    and np.intersect1d(columns, other_columns).size
                ):
                    raise OptionError("two of the blocks to cut overlap; give each link once")

    def _positions(self, given: Any) -> Array:
        """Positions of one side of a block, each once and within the table."""
        positions = np.asarray(given)
        if positions.dtype.kind not in "iu" and positions.size:
            raise OptionError(f"the positions of a block are whole numbers, not {positions.dtype}")
        positions = positions.astype(np.intp).reshape(-1)
        n = self.base.n
        wrong = positions[(positions < 0) | (positions >= n)]
        if wrong.size:
            raise OptionError(f"a block names position {wrong[0]}; the table has 0 to {n - 1}")
        if np.unique(positions).size != positions.size:
            raise OptionError("a block names the same position twice")
        return positions

    @cached_property
    def _factors(self) -> tuple[Array, Array, Array, Array]:
        """U (n, k), V (n, k), L U (n, k) and the capacitance matrix I + Vᵀ L U (k, k)."""
        base = self.base
        us, vs = [np.zeros((base.n, 0))], [np.zeros((base.n, 0))]
        for rows, columns in self.blocks:
            M = (
                np.asarray(base.rows)[rows, None]
                * np.asarray(base.Z)[np.ix_(rows, columns)]
                * np.asarray(base.columns)[None, columns]
            )
            u = np.zeros((base.n, min(rows.size, columns.size)))
            v = np.zeros_like(u)
            if rows.size <= columns.size:
                u[rows, np.arange(rows.size)] = 1.0
                v[columns, :] = M.T
            else:
                u[rows, :] = M
                v[columns, np.arange(columns.size)] = 1.0
            us.append(u)
            vs.append(v)
        U, V = np.hstack(us), np.hstack(vs)
        LU = self._solved(U, transpose=False)
        return U, V, LU, np.eye(U.shape[1]) + V.T @ LU

    @cached_property
    def _left_factor(self) -> Array:
        """Lᵀ V (n, k)."""
        return self._solved(self._factors[1], transpose=True)

    def solve(self, b: Array) -> Solution:
        """Q = (I − M')⁻¹ b, for b of shape (n,) or (n, m)."""
        return self._answer(b, transpose=False)

    def solve_left(self, v: Array) -> Solution:
        """Q with qᵀ = vᵀ (I − M')⁻¹."""
        return self._answer(v, transpose=True)

    def __matmul__(self, b: Array) -> Array:
        return self.solve(b).values

    def _solved(self, b: Array, *, transpose: bool) -> Array:
        base = self.base
        return np.asarray((base.solve_left(b) if transpose else base.solve(b)).values)

    def _corrected(self, b: Array, *, transpose: bool) -> Array:
        """The whole table's answer less what the removed links carried."""
        U, V, LU, capacitance = self._factors
        whole = self._solved(b, transpose=transpose)
        if transpose:
            # qᵀ = wᵀ − (wᵀ U) C⁻¹ (Vᵀ L) with wᵀ = vᵀ L.
            return whole - self._left_factor @ _small(capacitance.T, U.T @ whole)
        # q = L b − L U C⁻¹ Vᵀ L b.
        return whole - LU @ _small(capacitance, V.T @ whole)

    def _answer(self, b: Array, *, transpose: bool) -> Solution:
        """The answer with its own certificate: the residual of the cut system, not of the whole.

        The whole system is itself solved to a tolerance only, so one step of refinement may be
        needed to meet the same one here.
        """
        base, b = self.base, np.asarray(b, dtype=np.float64)
        q = self._corrected(b, transpose=transpose)
        residual, rest = self._residual(q, b, transpose=transpose)
        steps = 1
        if base.tolerance < residual < 1.0:
            q = q + self._corrected(rest, transpose=transpose)
            residual, _ = self._residual(q, b, transpose=transpose)
            steps = 2
        if not residual <= base.tolerance:
            raise ConvergenceError(
                "the Woodbury correction lost too many digits; solve the cut table afresh",
                iterations=steps,
                residual=residual,
            )
        return Solution(q, Certificate("Woodbury", steps, residual, base.tolerance))

    def _residual(self, q: Array, b: Array, *, transpose: bool) -> tuple[float, Array]:
        """The largest relative error of a column, and what is left of the right-hand sides."""
        if not q.size:
            return 0.0, b
        U, V, _, _ = self._factors
        if transpose:
            U, V = V, U
        flat = q[:, None] if q.ndim == 1 else q
        rhs = b.reshape(flat.shape)
        arrays = (np.asarray(a) for a in (self.base.Z, self.base.rows, self.base.columns))
        kept = multiply(*arrays, flat, transpose=transpose) - U @ (V.T @ flat)
        rest = rhs - flat + kept
        return float((np.abs(rest) / column_norms(rhs)).max()), rest.reshape(b.shape)


def _small(C: Array, b: Array) -> Array:
    """C⁻¹ b; not a number where C is singular, which no certificate lets pass."""
    try:
        return np.linalg.solve(C, b)
    except np.linalg.LinAlgError:
        return np.full_like(b, np.nan)
