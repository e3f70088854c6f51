"""LeontiefOperator: (I − M)⁻¹ as something to apply, with the method chosen by size.

Dense LU up to n = 3,000 or for many right-hand sides, block Gauss–Seidel above; every answer
carries its residual. May import `units`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import array_api_compat
import numpy as np

from autarky.errors import ConvergenceError, NotProductiveError, OptionError
from autarky.leontief.blocks import block_gauss_seidel, block_inverses, multiply
from autarky.units import Certificate

if TYPE_CHECKING:
    from autarky.leontief.cut import CutOperator

Array = Any
Method = Literal["auto", "lu", "gauss-seidel"]
Storage = Literal["float64", "float32"]

#: Above this size, few right-hand sides are solved by block Gauss–Seidel (measured crossover).
DENSE_LIMIT = 3000
#: Share of n right-hand sides above which one LU is cheaper than ten sweeps for each.
MANY = 0.1


@dataclass(frozen=True)
class Solution:
    """An answer and the proof that it is one."""

    values: Array
    certificate: Certificate


def safe_reciprocal(x: Array) -> Array:
    """1/x where x > 0, else 0: an industry without output has no coefficients."""
    xp = array_api_compat.array_namespace(x)
    live = x > 0
    return xp.where(live, 1.0 / xp.where(live, x, xp.ones_like(x)), xp.zeros_like(x))


def leontief(Z: Array, x: Array, starts: Sequence[int], **options: Any) -> LeontiefOperator:
    """L = (I − Z x̂⁻¹)⁻¹ as an operator; columns without output are zero in A.

    Parameters
    ----------
    Z : (n, n) array
        Flows, row sells to column [money/yr].
    x : (n,) array
        Output [money/yr].
    starts : (R + 1,) sequence of int
        First position of each region's block, and n.
    **options
        As for `LeontiefOperator`.

    Examples
    --------
    >>> import numpy as np
    >>> Z = np.array([[150.0, 500.0], [200.0, 100.0]])
    >>> L = leontief(Z, np.array([1000.0, 2000.0]), [0, 2])
    >>> (L @ np.array([600.0, 1500.0])).round(2)
    array([1247.52, 1841.58])
    """
    xp = array_api_compat.array_namespace(Z, x)
    return LeontiefOperator(Z, xp.ones_like(x), safe_reciprocal(x), starts, **options)


def ghosh(Z: Array, x: Array, starts: Sequence[int], **options: Any) -> LeontiefOperator:
    """G = (I − x̂⁻¹ Z)⁻¹ as an operator; rows without output are zero in B."""
    xp = array_api_compat.array_namespace(Z, x)
    return LeontiefOperator(Z, safe_reciprocal(x), xp.ones_like(x), starts, **options)


class LeontiefOperator:
    """(I − M)⁻¹ with M = r̂ Z ĉ, factorised once when first needed.

    Parameters
    ----------
    Z : (n, n) array
        Flows [money/yr]; kept by reference, never changed.
    rows, columns : (n,) array
        Row scale r and column scale c.
    starts : (R + 1,) sequence of int
        First position of each region's block, and n.
    method : {"auto", "lu", "gauss-seidel"}
        "auto" takes LU for n ≤ 3,000 or for more than n/10 right-hand sides.
    storage : {"float64", "float32"}
        With "float32" the sweeps run on a single-precision copy (half the memory traffic) and
        are refined against the double-precision residual until `tolerance` is met.
    tolerance : float
        Largest residual, relative to the largest right-hand side, that counts as an answer.

    Raises
    ------
    OptionError
        An option has another value.
    NotProductiveError
        On first use: (I − M)⁻¹ exists but is not non-negative, or does not exist.
    ConvergenceError
        On use: the residual is above the tolerance.
    """

    def __init__(
        self,
        Z: Array,
        rows: Array,
        columns: Array,
        starts: Sequence[int],
        *,
        method: Method = "auto",
        storage: Storage = "float64",
        tolerance: float = 1e-10,
    ) -> None:
        if method not in ("auto", "lu", "gauss-seidel"):
            raise OptionError(f"method {method!r} is not one of 'auto', 'lu', 'gauss-seidel'")
        if storage not in ("float64", "float32"):
            raise OptionError(f"storage {storage!r} is not one of 'float64', 'float32'")
        self.Z, self.rows, self.columns = Z, rows, columns
        self.starts = [int(s) for s in starts]
        self.method, self.storage, self.tolerance = method, storage, tolerance
        self._xp = array_api_compat.array_namespace(Z, rows, columns)

    @property
    def n(self) -> int:
        """Number of industries."""
        return int(self.Z.shape[0])

    def matrix(self) -> Array:
        """M itself, (n, n)."""
        return self.rows[:, None] * self.Z * self.columns[None, :]

    def solve(self, b: Array) -> Solution:
        """Q = (I − M)⁻¹ b, for b of shape (n,) or (n, m)."""
        return self._solve(b, transpose=False)

    def solve_left(self, v: Array) -> Solution:
        """Q with qᵀ = vᵀ (I − M)⁻¹, for v of shape (n,) or (n, m) with one row vector a column."""
        return self._solve(v, transpose=True)

    def __matmul__(self, b: Array) -> Array:
        return self.solve(b).values

    def inverse(self) -> Array:
        """The explicit (n, n) inverse; computed at each call, so keep it."""
        if _is_numpy(self._xp):
            from scipy.linalg import inv

            self._assert_productive(self._lu)
            M = -self.matrix()
            M.flat[:: self.n + 1] += 1.0
            # In Fortran order LAPACK works in place; the transposed view of a C array is that.
            return inv(M.T, overwrite_a=True, check_finite=False).T
        eye = self._xp.eye(self.n, dtype=self.Z.dtype)
        return self._xp.linalg.inv(eye - self.matrix())

    def cut(
        self, blocks: Sequence[tuple[Sequence[int] | Array, Sequence[int] | Array]]
    ) -> CutOperator:
        """The operator of the table without some blocks of M (a Woodbury correction of this one).

        Parameters
        ----------
        blocks : sequence of (rows, columns)
            Positions of the rows and columns of each block set to zero; blocks must not overlap.
        """
        from autarky.leontief.cut import CutOperator

        return CutOperator(self, blocks)

    # --- inside -------------------------------------------------------------------------------

    def _solve(self, b: Array, *, transpose: bool) -> Solution:
        xp = self._xp
        flat = b.ndim == 1
        rhs = b[:, None] if flat else b
        if rhs.shape[0] != self.n:
            raise OptionError(f"the right-hand side has {rhs.shape[0]} rows, the table {self.n}")
        if self._use_lu(int(rhs.shape[1])):
            q, name, iterations = self._solve_lu(rhs, transpose=transpose), "LU", 1
        else:
            q, iterations = self._sweep(rhs, transpose=transpose)
            name = "block Gauss–Seidel"
        residual = self._residual(q, rhs, transpose=transpose)[0]
        if not residual <= self.tolerance:
            raise ConvergenceError(
                f"{name} left a residual above {self.tolerance:.0e}",
                iterations=iterations,
                residual=residual,
            )
        certificate = Certificate(name, iterations, residual, self.tolerance)
        return Solution(xp.reshape(q, (-1,)) if flat else q, certificate)

    def _use_lu(self, m: int) -> bool:
        if self.method != "auto":
            return self.method == "lu"
        return self.n <= DENSE_LIMIT or m > MANY * self.n or "_lu" in self.__dict__

    @cached_property
    def _lu(self) -> Any:
        """LU of (I − M), checked to be productive; the explicit inverse outside numpy."""
        xp = self._xp
        if not _is_numpy(xp):
            eye = xp.eye(self.n, dtype=self.Z.dtype)
            return xp.linalg.inv(eye - self.matrix())
        from scipy.linalg import lu_factor

        M = -self.matrix()
        M.flat[:: self.n + 1] += 1.0
        with np.errstate(all="ignore"):
            # LAPACK sees the transpose of a C-ordered array, so factorise that and swap `trans`.
            factor = lu_factor(M.T, overwrite_a=True, check_finite=False)
        self._assert_productive(factor)
        return factor

    def _assert_productive(self, factor: Any) -> None:
        # For M ≥ 0: (I − M)⁻¹ ≥ 0 exactly when (I − M) q = 1 has a solution q > 0.
        if not _is_numpy(self._xp) or self.Z.min() < 0:
            return
        if not np.all(np.diag(factor[0])):
            raise NotProductiveError("(I − A) is singular: an industry uses up all it makes")
        from scipy.linalg import lu_solve

        q = lu_solve(factor, np.ones(self.n), trans=1, check_finite=False)
        if not np.all(q > 0):
            worst = int(np.argmin(q))
            raise NotProductiveError(
                "(I − A) has no non-negative inverse: around industry "
                f"{worst} more is used up than made; table.check() lists columns above 1"
            )

    def _solve_lu(self, rhs: Array, *, transpose: bool) -> Array:
        xp = self._xp
        if not _is_numpy(xp):
            inverse = xp.matrix_transpose(self._lu) if transpose else self._lu
            return xp.matmul(inverse, rhs)
        from scipy.linalg import lu_solve

        return lu_solve(self._lu, rhs, trans=0 if transpose else 1, check_finite=False)

    @cached_property
    def _single(self) -> tuple[Array, Array, Array, list[Array]]:
        """What the sweeps run on: the arrays in storage precision, and the block inverses."""
        if self.storage == "float64":
            arrays = self.Z, self.rows, self.columns
        else:
            single = self._xp.float32
            arrays = tuple(self._xp.astype(a, single) for a in (self.Z, self.rows, self.columns))
        return *arrays, block_inverses(*arrays, self.starts)

    def _sweep(self, rhs: Array, *, transpose: bool) -> tuple[Array, int]:
        Z, rows, columns, inverses = self._single
        xp = self._xp
        if self.storage == "float64":
            return block_gauss_seidel(
                Z, rows, columns, inverses, self.starts, rhs,
                transpose=transpose, tolerance=self.tolerance / 10,
            )  # fmt: skip
        total, q = 0, xp.zeros_like(rhs)
        residual, rest = 1.0, rhs
        for _ in range(8):
            # Scaled to order one, so that small right-hand sides do not underflow in float32.
            size = float(xp.max(xp.abs(rest))) or 1.0
            part, sweeps = block_gauss_seidel(
                Z, rows, columns, inverses, self.starts, xp.astype(rest / size, xp.float32),
                transpose=transpose, tolerance=1e-6,
            )  # fmt: skip
            q = q + xp.astype(part, rhs.dtype) * size
            total += sweeps
            residual, rest = self._residual(q, rhs, transpose=transpose)
            if residual <= self.tolerance:
                break
        return q, total

    def _residual(self, q: Array, rhs: Array, *, transpose: bool) -> tuple[float, Array]:
        rest = rhs - q + multiply(self.Z, self.rows, self.columns, q, transpose=transpose)
        xp = self._xp
        scale = float(xp.max(xp.abs(rhs))) if rhs.size else 0.0
        worst = float(xp.max(xp.abs(rest))) if rhs.size else 0.0
        return (worst / scale if scale else worst), rest


def _is_numpy(xp: Any) -> bool:
    return array_api_compat.is_numpy_namespace(xp)
