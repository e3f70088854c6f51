"""Make rows (and, where asked, columns) add up, by sign-safe GRAS.

May import `errors` and its own folder.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.errors import BalanceError, ConvergenceError, OptionError
from autarky.table.core import Table

Array = NDArray[np.float64]


def balance(
    table: Table,
    *,
    column_targets: ArrayLike | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 1000,
) -> Table:
    """A table whose rows add up to output.

    Output stays fixed. Row i of [Z Y] is scaled by rᵢ where positive and by 1/rᵢ where negative,
    so no sign changes; with column targets, columns of Z are scaled by sⱼ the same way, in turn.
    Flows to and from industries without output are removed first (sales out of inventories, and
    rounding): no scaling can close such a row.

    Parameters
    ----------
    table : Table
    column_targets : (n,) array, optional
        Total intermediate inputs of each industry [money/yr]; columns are left free without it.
    tolerance : float
        Largest gap allowed, relative to the largest output.
    max_iterations : int
        Of the alternation between rows and columns.

    Returns
    -------
    Table
        Same x, value added = x − 1ᵀZ; the step reports iterations, residual and largest change.

    Raises
    ------
    BalanceError
        An industry has output but sells nothing, or value added would turn negative.
    ConvergenceError
        Rows and columns cannot be met together.
    OptionError
        `column_targets`, `tolerance` or `max_iterations` is out of range.

    References
    ----------
    Junius & Oosterhaven (2003), Economic Systems Research 15, eq. 8; Lenzen, Wood & Gallego
    (2007), ibid. 19.

    Examples
    --------
    >>> open_row = Table.from_arrays([[1.0]], [[8.0]], x=[10.0], regions=["A"], sectors=["s"])
    >>> closed = open_row.balance()
    >>> float(closed.Z.sum() + closed.Y.sum())
    10.0
    """
    n = table.n
    if not 0 < tolerance < np.inf:
        raise OptionError(f"tolerance is {tolerance}; it must be above 0 and finite")
    if max_iterations < 1:
        raise OptionError(f"max_iterations is {max_iterations}; it must be at least 1")
    targets = None if column_targets is None else _targets(column_targets, n)
    M = np.hstack([table.Z, table.Y])
    removed = _empty_without_output(table, M)
    _refuse_impossible(table, M, targets)
    scale = float(np.abs(table.x).max()) or 1.0
    iterations, residual = 0, np.inf
    while residual > tolerance:
        if iterations == max_iterations:
            raise ConvergenceError(
                "rows and columns cannot be met together: their targets need the same total, "
                "or zeros stand where flows are needed",
                iterations=iterations,
                residual=residual,
            )
        if targets is not None:
            M[:, :n] = _scale_rows(np.ascontiguousarray(M[:, :n].T), targets).T
        M = _scale_rows(M, table.x)
        iterations += 1
        gaps = [np.abs(M.sum(axis=1) - table.x).max()]
        if targets is not None:
            gaps.append(np.abs(M[:, :n].sum(axis=0) - targets).max())
        residual = float(max(gaps)) / scale
    Z, Y = np.ascontiguousarray(M[:, :n]), np.ascontiguousarray(M[:, n:])
    value_added = table.x - Z.sum(axis=0)
    _refuse_negative_value_added(table, value_added, scale * tolerance)
    return replace(
        table,
        Z=Z,
        Y=Y,
        value_added=value_added,
        provenance=table.provenance.then(
            "balance",
            {"method": "GRAS", "columns": targets is not None, "tolerance": tolerance},
            iterations=iterations,
            residual=residual,
            removed_without_output=removed,
            largest_change=float(max(np.abs(Z - table.Z).max(), np.abs(Y - table.Y).max())),
            smallest_value_added=float(value_added.min()),
        ),
    )


def _targets(values: ArrayLike, n: int) -> Array:
    try:
        targets = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        targets = np.full(0, np.nan)
    if targets.shape != (n,) or not np.all(np.isfinite(targets)) or np.any(targets < 0):
        raise OptionError(f"column_targets must be {n} finite numbers ≥ 0")
    return targets


def _scale_rows(M: Array, targets: Array) -> Array:
    """Rows with positive part P and negative part N scaled so that r P − N / r = target."""
    P = np.maximum(M, 0.0).sum(axis=1)
    N = np.maximum(-M, 0.0).sum(axis=1)
    r = np.ones_like(P)
    both = P > 0
    root = np.sqrt(targets**2 + 4.0 * P * N)
    np.divide(targets + root, 2.0 * P, out=r, where=both)
    # A row of negatives only can meet a negative target: N / r = −target.
    only = ~both & (N > 0) & (targets < 0)
    np.divide(N, -targets, out=r, where=only)
    inverse = np.divide(1.0, r, out=np.zeros_like(r), where=r > 0)
    return M * np.where(M >= 0, r[:, None], inverse[:, None])


def _empty_without_output(table: Table, M: Array) -> float:
    """Zero the rows and columns of industries that make nothing; returns what was in them."""
    idle = np.flatnonzero(table.x == 0)
    removed = np.abs(M[idle]).sum()
    M[idle] = 0.0
    removed += np.abs(M[:, idle]).sum()
    M[:, idle] = 0.0
    return float(removed)


def _refuse_impossible(table: Table, M: Array, targets: Array | None) -> None:
    empty = np.flatnonzero((table.x > 0) & ~(M > 0).any(axis=1))
    problems = [
        f"{table.industries.label(i)} makes {table.x[i]:.6g} and sells nothing" for i in empty
    ]
    problems += [
        f"{table.industries.label(i)} makes {table.x[i]:.6g} and sells only positive amounts"
        for i in np.flatnonzero((table.x < 0) & ~(M < 0).any(axis=1))
    ]
    if targets is not None:
        # After the flows of industries without output were removed.
        positive = (M[:, : table.n] > 0).any(axis=0)
        problems += [
            f"{table.industries.label(j)} should buy {targets[j]:.6g} and buys nothing"
            for j in np.flatnonzero((targets > 0) & ~positive)
        ]
    if problems:
        raise BalanceError(
            f"no scaling of flows can close the accounts: {'; '.join(problems[:5])}", problems
        )


def _refuse_negative_value_added(table: Table, after: Array, tolerance: float) -> None:
    before = table.x - table.Z.sum(axis=0)
    worse = np.flatnonzero((after < -tolerance) & (after < before - tolerance))
    if worse.size:
        worst = worse[np.argsort(after[worse])][:5]
        cells = ", ".join(f"{table.industries.label(j)} ({after[j]:.4g})" for j in worst)
        raise BalanceError(
            f"balancing turned value added negative in {worse.size} industries: {cells}; give "
            "column_targets, or look at table.check() for the flows that do not fit output",
            [table.industries.label(j) for j in worse],
        )
