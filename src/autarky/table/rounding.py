"""Put back what a source dropped by rounding every cell to whole units.

May import `errors` and its own folder.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.table.core import Table

Array = NDArray[np.float64]


def restore_rounding(table: Table, *, step: float = 1.0, power: float = 0.25) -> Table:
    """A table whose rows add up (almost) to output again.

    A cell below half a unit is published as zero, so rows fall short of output. Each row's
    shortfall goes back into that row's zero cells, in proportion to (the buyer's total use of the
    product) to a small power, and never above half a unit a cell.

    Parameters
    ----------
    table : Table
        Rounded to whole multiples of `step`.
    step : float
        The rounding unit [in the table's unit].
    power : float
        0 fills evenly, 1 in proportion to use. With 0 some tiny sectors end with negative value
        added; 0.25 came closest to unrounded tables of the same source.

    Returns
    -------
    Table
        Same output, new flows, value added = x − 1ᵀZ; the step says how much came back and how
        much of each row is still open (use `balance` for that).

    Raises
    ------
    OptionError
        `step` or `power` is out of range.
    """
    if not 0 < step < np.inf:
        raise OptionError(f"step is {step}; it must be above 0 and finite")
    if not 0 <= power <= 1:
        raise OptionError(f"power is {power}; it must lie in [0, 1]")
    n, cap = table.n, step / 2
    M = np.hstack([table.Z, table.Y])
    # A row without output has nothing to restore (it may sell a little out of inventories).
    need = np.where(table.x > 0, table.x - M.sum(axis=1), 0.0)
    # No inputs go into industries without output.
    live = np.concatenate([table.x > cap, np.ones(table.Y.shape[1], dtype=bool)])
    weight = _use_by_product(table, M) ** power * live
    for rows in np.array_split(np.flatnonzero(need > 0), max(1, n // 256)):
        if rows.size:
            M[rows] += _fill(
                M[rows] == 0, weight[table.industries.sector_of[rows]], need[rows], cap
            )
    back, open_ = need[need > 0].sum(), table.x - M.sum(axis=1)
    Z = np.ascontiguousarray(M[:, :n])
    return replace(
        table,
        Z=Z,
        Y=np.ascontiguousarray(M[:, n:]),
        value_added=table.x - Z.sum(axis=0),
        provenance=table.provenance.then(
            "restore_rounding",
            {"step": step, "power": power},
            restored=float(back - open_[need > 0].sum()),
            largest_row_still_open=float(np.abs(open_).max()),
        ),
    )


def _use_by_product(table: Table, M: Array) -> Array:
    """(S, n + K) how much of each product, whatever its origin, each buyer uses."""
    use = np.zeros((len(table.sectors), M.shape[1]))
    np.add.at(use, table.industries.sector_of, np.maximum(M, 0.0))
    return use


def _fill(free: NDArray[np.bool_], weight: Array, need: Array, cap: float) -> Array:
    """Spread each row's need over its free cells by weight, at most `cap` a cell."""
    added = np.zeros(weight.shape)
    left = need.copy()
    free = free & (weight > 0)
    for _ in range(40):
        w = np.where(free & (added < cap), weight, 0.0)
        total = w.sum(axis=1)
        rate = np.divide(left, total, out=np.zeros_like(left), where=(total > 0) & (left > 1e-9))
        if not rate.any():
            break
        part = np.minimum(w * rate[:, None], cap - added)
        added += part
        left -= part.sum(axis=1)
    return added
