"""LeontiefOperator: (I − M)⁻¹ as something to apply, with the method chosen by size.

Dense LU up to n = 3,000 or for many right-hand sides, block Gauss–Seidel above; every answer
carries its residual. May import `units`, `errors` and its own folder.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import array_api_compat
import numpy as np

from autarky.errors import ConvergenceError, NotProductiveError, OptionError
from autarky.leontief.blocks import (
    block_gauss_seidel,
    block_inverses,
    column_norms,
    multiply,
)
from autarky.leontief.cut import CutOperator
from autarky.leontief.solution import Solution
from autarky.units import Certificate

Array = Any
Method = Literal["auto", "lu", "gauss-seidel"]
Storage = Literal["float64", "float32"]

#: Up to this size always LU: half a CPU second once, and every later solve is nearly free.
DENSE_LIMIT = 3000
#: Share of n right-hand sides above which one LU is cheaper than sweeps (measured: 0.037 at
#: n = 3,000, 0.027 at n = 9,800). The LU needs as much memory again as the table.
MANY = 0.03

SINGULAR = "(I − A) is singular: around some industry all that is made is used up"


def safe_reciprocal(x: Array) -> Array:
    """1/x where x > 0, else 0: an industry without output has no coefficients."""
    xp = array_api_compat.array_namespace(x)
    live = x > 0
    return xp.where(live, 1.0 / xp.where(live, x, xp.ones_like(x)), xp.zeros_like(x))


def leontief(Z: Array, x: Array, starts: Sequence[int] | Array, **options: Any) -> LeontiefOperator:
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


def ghosh(Z: Array, x: Array, starts: Sequence[int] | Array, **options: Any) -> LeontiefOperator:
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
        "auto" takes LU for n ≤ `DENSE_LIMIT` or for more than `MANY` · n right-hand sides.
    storage : {"float64", "float32"}
        With "float32" the sweeps (on a copy) or the LU are in single precision, at half the cost,
        and refined against the double-precision residual until `tolerance` is met.
    tolerance : float
        Largest residual, relative to the largest entry of the same right-hand side, that counts
        as an answer.

    Raises
    ------
    OptionError
        An option has another value, or the arrays and `starts` do not fit together.
    NotProductiveError
        On first use: (I − M)⁻¹ exists but is not non-negative, or does not exist. Where flows are
        negative no theory says what the inverse should look like; it is refused only where it is
        not the sum of its chains, I + M + M² + …
    ConvergenceError
        On use: the residual is above the tolerance.
    """

    def __init__(
        self,
        Z: Array,
        rows: Array,
        columns: Array,
        starts: Sequence[int] | Array,
        *,
        method: Method = "auto",
        storage: Storage = "float64",
        tolerance: float = 1e-10,
    ) -> None:
        if method not in ("auto", "lu", "gauss-seidel"):
            raise OptionError(f"method {method!r} is not one of 'auto', 'lu', 'gauss-seidel'")
        if storage not in ("float64", "float32"):
            raise OptionError(f"storage {storage!r} is not one of 'float64', 'float32'")
        if not 0 < tolerance < 1:
            raise OptionError(f"tolerance is {tolerance}; it must lie between 0 and 1")
        self.Z, self.rows, self.columns = Z, rows, columns
        self.starts = [int(s) for s in starts]
        self.method, self.storage, self.tolerance = method, storage, tolerance
        self._xp = array_api_compat.array_namespace(Z, rows, columns)
        n = int(Z.shape[0])
        if Z.shape != (n, n) or rows.shape != (n,) or columns.shape != (n,):
            raise OptionError(
                f"shapes {Z.shape}, {rows.shape}, {columns.shape} of flows and scales do not fit"
            )
        steps = [hi - lo for lo, hi in pairwise(self.starts)]
        if not steps or self.starts[0] != 0 or self.starts[-1] != n or min(steps) < 1:
            raise OptionError(f"starts must rise from 0 to n = {n}, found {self.starts[:8]}")

    @property
    def n(self) -> int:
        """Number of industries."""
        return int(self.Z.shape[0])

    def matrix(self) -> Array:
        """M itself, (n, n)."""
        M = self.Z * self.columns[None, :]
        M *= self.rows[:, None]
        return M

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
        if not _is_numpy(self._xp):
            return self._xp.asarray(self._lu, copy=True)
        from scipy.linalg.lapack import get_lapack_funcs

        # The factors are overwritten, so they are copied only where solves need them again.
        kept = self.__dict__.get("_lu") if self.storage == "float64" else None
        factor, pivots = (kept[0].copy(order="F"), kept[1]) if kept else self._factorise()
        getri, size = get_lapack_funcs(("getri", "getri_lwork"), (factor,))
        # Without the workspace it asks for, getri runs unblocked: ten times slower.
        inverse, _ = getri(factor, pivots, lwork=int(size(self.n)[0].real), overwrite_lu=True)
        return inverse.T

    def prefers_inverse(self, m: int) -> bool:
        """Whether m columns (or rows) of the inverse cost more than all of it."""
        # With the factors at hand a column costs 2 n², the inverse 4/3 n³; without them it costs
        # three factorisations.
        return m > self.n * (0.5 if self._use_lu(1) else 3 * MANY)

    def certify(
        self, q: Array, b: Array, *, method: str, iterations: int = 1, transpose: bool = False
    ) -> Certificate:
        """The certificate of an answer q to (I − M) q = b, or to the transposed system.

        Raises
        ------
        ConvergenceError
            The residual is above the tolerance (or is not a number).
        """
        q, b = (a[:, None] if a.ndim == 1 else a for a in (q, b))
        residual = self._residual(q, b, transpose=transpose)[0]
        return self._certificate(residual, method=method, iterations=iterations)

    def _certificate(self, residual: float, *, method: str, iterations: int) -> Certificate:
        if not residual <= self.tolerance:
            raise ConvergenceError(
                f"{method} left a residual above {self.tolerance:.0e}",
                iterations=iterations,
                residual=residual,
            )
        return Certificate(method, iterations, residual, self.tolerance)

    def cut(
        self, blocks: Sequence[tuple[Sequence[int] | Array, Sequence[int] | Array]]
    ) -> CutOperator:
        """The operator of the table without some blocks of M (a Woodbury correction of this one).

        Parameters
        ----------
        blocks : sequence of (rows, columns)
            Positions of the rows and columns of each block set to zero; blocks must not overlap.
        """
        return CutOperator(self, blocks)

    # --- inside -------------------------------------------------------------------------------

    def _solve(self, b: Array, *, transpose: bool) -> Solution:
        rhs, flat = self._columns_of(b)
        xp = self._xp
        if rhs.shape[1] == 0:
            return Solution(rhs, Certificate("nothing to solve", 0, 0.0, self.tolerance))
        if self._use_lu(int(rhs.shape[1])):
            q, iterations, residual = self._solve_lu(rhs, transpose=transpose)
            name = "LU"
        else:
            self._assert_productive_by_sweeps()
            q, iterations, residual = self._sweep(rhs, transpose=transpose)
            name = "block Gauss–Seidel"
        certificate = self._certificate(residual, method=name, iterations=iterations)
        return Solution(xp.reshape(q, (-1,)) if flat else q, certificate)

    def _columns_of(self, b: Array) -> tuple[Array, bool]:
        """The right-hand sides as (n, m) in the precision of Z, and whether b was one vector."""
        xp = self._xp
        # A float array stays what it is: another namespace or device is the caller's mistake.
        b = xp.asarray(b, dtype=self.Z.dtype)
        if b.ndim not in (1, 2) or b.shape[0] != self.n:
            raise OptionError(
                f"the right-hand side has shape {tuple(b.shape)}; it needs {self.n} rows, "
                "one for each industry, and at most two dimensions"
            )
        if not bool(xp.all(xp.isfinite(b))):
            raise OptionError("the right-hand side has cells that are not finite")
        flat = b.ndim == 1
        return (b[:, None] if flat else b), flat

    def _use_lu(self, m: int) -> bool:
        if self.method != "auto":
            return self.method == "lu"
        return self.n <= DENSE_LIMIT or m > MANY * self.n or "_lu" in self.__dict__

    @cached_property
    def _lu(self) -> Any:
        """LU of (I − M), checked to be productive; the explicit inverse outside numpy."""
        xp = self._xp
        if _is_numpy(xp):
            try:
                return self._factorise(np.dtype(self.storage))
            except NotProductiveError:
                if self.storage == "float64":
                    raise
                # Single precision is no judge of what is nearly singular.
                return self._factorise()
        eye = xp.eye(self.n, dtype=self.Z.dtype, device=array_api_compat.device(self.Z))
        try:
            inverse = xp.linalg.inv(eye - self.matrix())
        except np.linalg.LinAlgError as error:
            raise NotProductiveError(SINGULAR) from error
        self._assert_productive(lambda ones: xp.matmul(inverse, ones))
        return inverse

    def _factorise(self, dtype: Any = np.float64) -> tuple[Array, Array]:
        """LU of (I − M)ᵀ by LAPACK, checked to be productive."""
        from scipy.linalg.lapack import get_lapack_funcs

        M = np.asarray(self.matrix(), dtype=dtype)
        np.negative(M, out=M)
        M.flat[:: self.n + 1] += 1.0
        (getrf,) = get_lapack_funcs(("getrf",), (M,))
        # LAPACK sees the transpose of a C-ordered array, so factorise that and swap `trans`.
        factor, pivots, info = getrf(M.T, overwrite_a=True)
        if info > 0:
            raise NotProductiveError(SINGULAR)
        self._assert_productive(lambda ones: _lu_solve((factor, pivots), ones, transpose=False))
        return factor, pivots

    def _assert_productive(self, solve: Callable[[Array], Array]) -> None:
        """For M ≥ 0: (I − M)⁻¹ ≥ 0 exactly when some q > 0 has (I − M) q > 0.

        With q the solution of (I − M) q = 1 that is a proof, whatever its rounding errors. With
        negative flows there is no such proof: then the powers of M must not grow.
        """
        if self._sums_below_one:
            return
        if self._signed:
            growth = self._growth()
            if growth > 1 + 1e-6:
                raise NotProductiveError(
                    "(I − A)⁻¹ is not the sum of its chains: every step along them multiplies "
                    f"flows by about {growth:.3g}, more is used up than made; table.check() lists "
                    "columns above 1",
                    spectral_radius=growth,
                )
            return
        xp = self._xp
        q = solve(xp.ones_like(self.rows)[:, None])
        left = q - multiply(self.Z, self.rows, self.columns, q, transpose=False)
        if not bool(xp.all(xp.isfinite(q))):
            raise NotProductiveError(SINGULAR)
        if not bool(xp.all(q > 0)) or not bool(xp.all(left > 0)):
            worst = int(xp.argmin(q[:, 0]))
            raise NotProductiveError(
                "(I − A) has no non-negative inverse: around industry "
                f"{worst} more is used up than made; table.check() lists columns above 1"
            )

    @cached_property
    def _sums_below_one(self) -> bool:
        """Whether nothing needs to be proved: columns or rows of |M| sum to less than one."""
        xp = self._xp
        Z = xp.abs(self.Z) if self._signed else self.Z
        columns = self.columns * xp.matmul(self.rows, Z)
        if bool(xp.all(columns < 1)):
            return True
        return bool(xp.all(self.rows * xp.matmul(Z, self.columns) < 1))

    @cached_property
    def _signed(self) -> bool:
        return bool(self._xp.min(self.Z) < 0)

    def _growth(self) -> float:
        """By how much a step along the chains multiplies flows in the end: about M's radius."""
        xp = self._xp
        q = xp.ones_like(self.rows)[:, None]
        steps, settled, logs = 128, 64, 0.0
        for k in range(steps):
            q = multiply(self.Z, self.rows, self.columns, q, transpose=False)
            size = float(xp.max(xp.abs(q)))
            if size == 0.0:
                return 0.0
            q = q / size
            logs += math.log(size) if k >= settled else 0.0
        return math.exp(logs / (steps - settled))

    @cached_property
    def _proved_by_sweeps(self) -> bool:
        if self._sums_below_one:
            return True
        try:
            self._assert_productive(lambda ones: self._sweep(ones, transpose=False)[0])
        except ConvergenceError:
            # Not productive, or so nearly that sweeps are too slow: only a factorisation can tell.
            _ = self._lu
        return True

    def _assert_productive_by_sweeps(self) -> None:
        _ = self._proved_by_sweeps

    def _solve_lu(self, rhs: Array, *, transpose: bool) -> tuple[Array, int, float]:
        xp = self._xp
        if _is_numpy(xp):

            def solve(b: Array, goal: float) -> tuple[Array, int]:  # noqa: ARG001
                return _lu_solve(self._lu, b, transpose=transpose), 1

            if self.storage == "float32":
                return self._refined(solve, rhs, transpose=transpose)
            q = _lu_solve(self._lu, rhs, transpose=transpose)
        else:
            q = xp.matmul(xp.matrix_transpose(self._lu) if transpose else self._lu, rhs)
        return q, 1, self._residual(q, rhs, transpose=transpose)[0]

    @cached_property
    def _single(self) -> tuple[Array, Array, Array, list[Array]]:
        """What the sweeps run on: the arrays in storage precision, and the block inverses."""
        if self.storage == "float64":
            arrays = self.Z, self.rows, self.columns
        else:
            single = self._xp.float32
            arrays = tuple(self._xp.astype(a, single) for a in (self.Z, self.rows, self.columns))
        return *arrays, block_inverses(*arrays, self.starts)

    def _sweep(self, rhs: Array, *, transpose: bool) -> tuple[Array, int, float]:
        """Sweeps, until the measured residual is within the tolerance."""
        double = self.storage == "float64"

        def solve(b: Array, goal: float) -> tuple[Array, int]:
            return block_gauss_seidel(
                *self._single,
                self.starts,
                b,
                transpose=transpose,
                tolerance=max(goal, 1e-15) / 2 if double else 1e-6,
            )

        return self._refined(solve, rhs, transpose=transpose)

    def _refined(
        self, solve: Callable[[Array, float], tuple[Array, int]], rhs: Array, *, transpose: bool
    ) -> tuple[Array, int, float]:
        """Answer, iterations and residual: solves, in storage precision, for what is still left."""
        xp = self._xp
        single = getattr(xp, self.storage)
        total, q, rest, residual = 0, None, rhs, 1.0
        for _ in range(8):
            # Scaled to order one by column: small right-hand sides are as exact as large ones,
            # and nothing underflows in float32.
            size = column_norms(rest)
            part, iterations = solve(xp.astype(rest / size, single), self.tolerance / residual)
            part = xp.astype(part, rhs.dtype) * size
            q = part if q is None else q + part
            total += iterations
            residual, rest = self._residual(q, rhs, transpose=transpose)
            if residual <= self.tolerance:
                break
        return q, total, residual

    def _residual(self, q: Array, rhs: Array, *, transpose: bool) -> tuple[float, Array]:
        """The largest residual relative to its own right-hand side, and all residuals."""
        xp = self._xp
        # An answer may hold infinities; they must become a bad certificate, not a warning.
        with np.errstate(all="ignore"):
            rest = rhs - q + multiply(self.Z, self.rows, self.columns, q, transpose=transpose)
            return float(xp.max(xp.abs(rest) / column_norms(rhs)[None, :])), rest


def _lu_solve(factor: tuple[Array, Array], rhs: Array, *, transpose: bool) -> Array:
    from scipy.linalg.lapack import get_lapack_funcs

    (getrs,) = get_lapack_funcs(("getrs",), (factor[0], rhs))
    return getrs(*factor, rhs, trans=0 if transpose else 1)[0]


def _is_numpy(xp: Any) -> bool:
    return array_api_compat.is_numpy_namespace(xp)
