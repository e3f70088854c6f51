"""Block Gauss–Seidel over regions, with the domestic blocks inverted once.

Trade between regions is weak beside trade within them, so one sweep gains about a digit on real
tables; the method reads Z once a sweep and needs no n × n array of its own. What many right-hand
sides learn of the slow modes is shared (`extrapolate`), which saves about four sweeps in ten.
Kernels on arrays of one namespace. May import `errors`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import array_api_compat
import numpy as np

from autarky.errors import ConvergenceError, NotProductiveError

Array = Any

#: A column that has grown by this factor over its right-hand side is not going to settle.
DIVERGED = 1e9
#: Steps kept for extrapolation.
MOST_STEPS = 6


def block_inverses(Z: Array, rows: Array, columns: Array, starts: list[int]) -> list[Array]:
    """The inverses of the domestic blocks I − r̂ᵣ Zᵣᵣ ĉᵣ.

    Parameters
    ----------
    Z : (n, n) array
        Flows [money/yr].
    rows, columns : (n,) array
        Row and column scale: (1, 1/x) for Leontief, (1/x, 1) for Ghosh.
    starts : list of int
        (R + 1,) first position of each region, and n.

    Returns
    -------
    list of (S_r, S_r) array

    Raises
    ------
    NotProductiveError
        A domestic block is singular: no splitting by regions exists.
    """
    xp = array_api_compat.array_namespace(Z, rows, columns)
    blocks = []
    for r, (lo, hi) in enumerate(pairwise(starts)):
        M = rows[lo:hi, None] * Z[lo:hi, lo:hi] * columns[None, lo:hi]
        eye = xp.eye(hi - lo, dtype=M.dtype, device=array_api_compat.device(M))
        try:
            blocks.append(xp.linalg.inv(eye - M))
        except np.linalg.LinAlgError as error:
            raise NotProductiveError(
                f"the domestic block of region {r} (industries {lo} to {hi - 1}) is singular: "
                "at home it uses up all it makes; table.check() lists columns above 1"
            ) from error
    return blocks


def multiply(Z: Array, rows: Array, columns: Array, q: Array, *, transpose: bool) -> Array:
    """r̂ Z ĉ q, or its transpose times q, without forming the matrix."""
    xp = array_api_compat.array_namespace(Z, q)
    inner, outer = (rows, columns) if transpose else (columns, rows)
    # Thin times square: BLAS is a third faster at that than at square times thin.
    thin = turned(inner[:, None] * q)
    return outer[:, None] * xp.matrix_transpose(
        xp.matmul(thin, Z if transpose else xp.matrix_transpose(Z))
    )


def turned(q: Array) -> Array:
    """The transpose, in an order of its own where the namespace has orders."""
    xp = array_api_compat.array_namespace(q)
    q = xp.matrix_transpose(q)
    return np.ascontiguousarray(q) if array_api_compat.is_numpy_namespace(xp) else q


def column_norms(q: Array) -> Array:
    """(m,) largest absolute entry of each column; 1 for a column of zeros."""
    xp = array_api_compat.array_namespace(q)
    norms = xp.max(xp.abs(q), axis=0)
    return xp.where(norms > 0, norms, xp.ones_like(norms))


def extrapolate(steps: list[Array]) -> tuple[Array, Array]:
    """The best that can be made of some sweeps: what to add after the last one, and what is left.

    Parameters
    ----------
    steps : list of (n, m) array
        Changes d₁ … d_k of successive sweeps, k ≥ 2.

    Returns
    -------
    correction : (n, m) array
        To be added to the result of the last sweep.
    defect : (n, m) array
        Change that the next sweep after it should be no larger than.

    Notes
    -----
    A sweep maps q to G q + c, so d_{t+1} = G d_t, and moving by K C with K = [d₁ … d_{k−1}]
    changes the defect d_k of the last sweep by B C with B = [d₂ − d₁ … d_k − d_{k−1}]. C minimises
    ‖d_k + B C‖ over the steps of *all* right-hand sides: block reduced rank extrapolation,
    equivalent to a block GMRES that needs no further product with the table.

    References
    ----------
    Smith, D. A., Ford, W. F. and Sidi, A. (1987). Extrapolation methods for vector sequences.
    SIAM Review 29(2), 199–233.
    """
    xp = array_api_compat.array_namespace(*steps)
    # Scaled by step, so that small late steps count as much as the first.
    sizes = [float(xp.max(xp.abs(d))) or 1.0 for d in steps]
    K = xp.concat([d / size for d, size in zip(steps, sizes, strict=True)][:-1], axis=1)
    B = xp.concat(
        [(b - a) / s for (a, b), s in zip(pairwise(steps), sizes[:-1], strict=True)], axis=1
    )
    Q, R = xp.linalg.qr(B)
    cutoff = 16 * float(xp.finfo(B.dtype).eps)
    C = -xp.matmul(xp.linalg.pinv(R, rtol=cutoff), xp.matmul(xp.matrix_transpose(Q), steps[-1]))
    moved = xp.matmul(B, C)
    # From the start of the last sweep: K C, then one sweep for nothing, as its outcome is known.
    return xp.matmul(K, C) + moved, steps[-1] + moved


def block_gauss_seidel(  # noqa: PLR0917 - the six arrays of one equation
    Z: Array,
    rows: Array,
    columns: Array,
    inverses: list[Array],
    starts: list[int],
    b: Array,
    *,
    start: Array | None = None,
    transpose: bool = False,
    tolerance: float = 1e-11,
    max_sweeps: int = 200,
) -> tuple[Array, int]:
    """Solve (I − r̂ Z ĉ) q = b, or the transposed system, by sweeps over regions.

    Parameters
    ----------
    Z : (n, n) array
        Flows [money/yr].
    rows, columns : (n,) array
        Row and column scale.
    inverses : list of (S_r, S_r) array
        From `block_inverses`.
    starts : list of int
        (R + 1,) first position of each region, and n.
    b : (n, m) array
        Right-hand sides, in the precision of Z.
    start : (n, m) array, optional
        First guess; b by default.
    transpose : bool
        Solve (I − r̂ Z ĉ)ᵀ q = b instead.
    tolerance : float
        Stop when the change that the next sweep should bring is below this share of the largest
        entry of b, in every column; or when changes are down to rounding errors.
    max_sweeps : int
        Give up after so many.

    Returns
    -------
    q : (n, m) array
    sweeps : int

    Raises
    ------
    ConvergenceError
        The sweeps grow or do not settle: the table is not productive, or nearly so.

    Notes
    -----
    After a sweep the residual is the part of M above the diagonal blocks times the change of
    that sweep, so about the rate of convergence times the change. The caller measures it.
    """
    xp = array_api_compat.array_namespace(Z, b)
    scale, noise = column_norms(b), 16 * float(xp.finfo(b.dtype).eps)
    b_turned = turned(b)
    # Turned, (m, n): see `multiply`.
    q = xp.asarray(b_turned if start is None else turned(start), copy=True)
    last, worst, sweep = 0.0, float("inf"), 0
    steps: list[Array] = []
    room = min(b.shape[0] // (2 * b.shape[1]), MOST_STEPS)
    while sweep < max_sweeps:
        sweep += 1
        before = xp.asarray(q, copy=True)
        _sweep(Z, rows, columns, inverses, starts, b_turned, q, transpose=transpose)
        step = xp.matrix_transpose(q - before)
        steps = [*steps, step][-room:] if room > 1 else []
        change = xp.max(xp.abs(step), axis=0)
        worst = float(xp.max(change / scale))
        rate = worst / last if worst < last else 1.0
        size = xp.max(xp.abs(q), axis=1)
        if worst * rate <= tolerance or bool(xp.all(change <= noise * size)):
            return xp.matrix_transpose(q), sweep
        if not worst < DIVERGED:  # also catches NaN
            break
        # The error after extrapolation is about the square of that before.
        if len(steps) > 1 and rate < 1 and worst <= 30 * tolerance**0.5:
            correction, defect = extrapolate(steps)
            if float(xp.max(xp.abs(defect) / scale[None, :])) * rate <= tolerance:
                return xp.matrix_transpose(q) + correction, sweep
        last = worst
    raise ConvergenceError(
        "block Gauss–Seidel did not settle: column sums of A at or above 1 make a table "
        "unproductive (table.check() lists them)",
        iterations=sweep,
        residual=worst,
    )


def _sweep(  # noqa: PLR0917 - the seven arrays of one equation
    Z: Array,
    rows: Array,
    columns: Array,
    inverses: list[Array],
    starts: list[int],
    b: Array,
    q: Array,
    *,
    transpose: bool,
) -> None:
    """One sweep over all regions, in place on q; q and b are (m, n)."""
    xp = array_api_compat.array_namespace(Z, b)
    inner, outer = (rows, columns) if transpose else (columns, rows)
    scaled = inner * q
    for D, (lo, hi) in zip(inverses, pairwise(starts), strict=True):
        if transpose:
            T = Z[:, lo:hi]
        else:
            T, D = xp.matrix_transpose(Z[lo:hi, :]), xp.matrix_transpose(D)  # noqa: PLW2901
        # Without the domestic flows: they are in D.
        inflow = xp.matmul(scaled, T) - xp.matmul(scaled[:, lo:hi], T[lo:hi, :])
        q[:, lo:hi] = xp.matmul(b[:, lo:hi] + outer[lo:hi] * inflow, D)
        scaled[:, lo:hi] = inner[lo:hi] * q[:, lo:hi]
