"""CutOperator: the Leontief inverse of a table from which some links were removed.

M' = M − U Vᵀ with thin U and V, so (I − M')⁻¹ = L − L U (I + Vᵀ L U)⁻¹ Vᵀ L (Woodbury): one small
system instead of a new factorisation. May import its own folder and `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from autarky.errors import OptionError
from autarky.units import Certificate

if TYPE_CHECKING:
    from autarky.leontief.operator import LeontiefOperator, Solution

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
        Two blocks overlap (a link can only be removed once).

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
        self.blocks = [
            (np.asarray(r, dtype=np.intp), np.asarray(c, dtype=np.intp)) for r, c in blocks
        ]
        for a, (rows, columns) in enumerate(self.blocks):
            for other_rows, other_columns in self.blocks[:a]:
                if (
                    np.intersect1d(rows, other_rows).size
                    and np.intersect1d(columns, other_columns).size
                ):
                    raise OptionError("two of the blocks to cut overlap; give each link once")

    @cached_property
    def _factors(self) -> tuple[Array, Array, Array, Array]:
        """U (n, k), V (n, k), L U (n, k) and the capacitance matrix I + Vᵀ L U (k, k)."""
        base = self.base
        us, vs = [], []
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
        LU = base.solve(U).values
        return U, V, LU, np.eye(U.shape[1]) + V.T @ LU

    def solve(self, b: Array) -> Solution:
        """Q = (I − M')⁻¹ b, for b of shape (n,) or (n, m)."""
        from autarky.leontief.operator import Solution

        U, V, LU, capacitance = self._factors
        whole = self.base.solve(b)
        q = whole.values - LU @ np.linalg.solve(capacitance, V.T @ whole.values)
        return Solution(q, self._certificate(q, b, U, V, transpose=False))

    def solve_left(self, v: Array) -> Solution:
        """Q with qᵀ = vᵀ (I − M')⁻¹."""
        from autarky.leontief.operator import Solution

        U, V, LU, capacitance = self._factors
        whole = self.base.solve_left(v).values
        # qᵀ = wᵀ − (wᵀ U) C⁻¹ (Vᵀ L), and Vᵀ L = (Lᵀ V)ᵀ.
        LV = self.base.solve_left(V).values
        q = whole - LV @ np.linalg.solve(capacitance.T, U.T @ whole)
        return Solution(q, self._certificate(q, v, U, V, transpose=True))

    def __matmul__(self, b: Array) -> Array:
        return self.solve(b).values

    def _certificate(
        self, q: Array, b: Array, U: Array, V: Array, *, transpose: bool
    ) -> Certificate:
        from autarky.errors import ConvergenceError
        from autarky.leontief.blocks import multiply

        base = self.base
        flat = q[:, None] if q.ndim == 1 else q
        rhs = b[:, None] if b.ndim == 1 else b
        removed = V @ (U.T @ flat) if transpose else U @ (V.T @ flat)
        rest = (
            rhs
            - flat
            + multiply(base.Z, base.rows, base.columns, flat, transpose=transpose)
            - removed
        )
        residual = float(np.abs(rest).max() / (np.abs(rhs).max() or 1.0))
        if not residual <= base.tolerance:
            raise ConvergenceError(
                "the Woodbury correction lost too many digits; solve the cut table afresh",
                iterations=1,
                residual=residual,
            )
        return Certificate("Woodbury", 1, residual, base.tolerance)
