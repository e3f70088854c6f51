"""Block Gauss–Seidel over regions, with the domestic blocks inverted once.

Trade between regions is weak beside trade within them, so one sweep gains about a digit on real
tables; the method reads Z once a sweep and needs no n × n array of its own. Kernels on arrays of
one namespace. May import `errors`.
"""

from __future__ import annotations

from typing import Any

import array_api_compat

from autarky.errors import ConvergenceError

Array = Any


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
    """
    xp = array_api_compat.array_namespace(Z, rows, columns)
    blocks = []
    for lo, hi in zip(starts[:-1], starts[1:]):
        M = rows[lo:hi, None] * Z[lo:hi, lo:hi] * columns[None, lo:hi]
        eye = xp.eye(hi - lo, dtype=M.dtype, device=array_api_compat.device(M))
        blocks.append(xp.linalg.inv(eye - M))
    return blocks


def multiply(Z: Array, rows: Array, columns: Array, q: Array, *, transpose: bool) -> Array:
    """r̂ Z ĉ q, or its transpose times q, without forming the matrix."""
    xp = array_api_compat.array_namespace(Z, q)
    if transpose:
        return columns[:, None] * xp.matmul(xp.matrix_transpose(Z), rows[:, None] * q)
    return rows[:, None] * xp.matmul(Z, columns[:, None] * q)


def block_gauss_seidel(
    Z: Array,
    rows: Array,
    columns: Array,
    inverses: list[Array],
    starts: list[int],
    b: Array,
    *,
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
        Right-hand sides.
    transpose : bool
        Solve (I − r̂ Z ĉ)ᵀ q = b instead.
    tolerance : float
        Stop when the largest change in a sweep is below this share of the largest entry.
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
    """
    xp = array_api_compat.array_namespace(Z, b)
    scale = float(xp.max(xp.abs(b)))
    q = xp.asarray(b, copy=True)
    if scale == 0.0:
        return q, 0
    inner, outer = (rows, columns) if transpose else (columns, rows)
    scaled = inner[:, None] * q
    change = scale
    for sweep in range(1, max_sweeps + 1):
        change = 0.0
        for r, (lo, hi) in enumerate(zip(starts[:-1], starts[1:])):
            if transpose:
                T = xp.matrix_transpose(Z[:, lo:hi])
                D = xp.matrix_transpose(inverses[r])
            else:
                T, D = Z[lo:hi, :], inverses[r]
            inflow = xp.matmul(T, scaled) - xp.matmul(T[:, lo:hi], scaled[lo:hi, :])
            new = xp.matmul(D, b[lo:hi, :] + outer[lo:hi, None] * inflow)
            change = max(change, float(xp.max(xp.abs(new - q[lo:hi, :]))))
            q[lo:hi, :] = new
            scaled[lo:hi, :] = inner[lo:hi, None] * new
        size = float(xp.max(xp.abs(q)))
        if change <= tolerance * size:
            return q, sweep
        if not size < 1e9 * scale:  # also catches NaN
            break
    raise ConvergenceError(
        "block Gauss–Seidel did not settle: column sums of A at or above 1 make a table "
        "unproductive (table.check() lists them)",
        iterations=sweep,
        residual=change / scale,
    )
