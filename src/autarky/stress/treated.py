"""`treated`: one table for all stress models, without what some of them cannot run on.

The models of quantities treat a table by these rules by themselves; whoever wants to put answers
of several models side by side treats it first, so that all start from the same base. May import
`table`, `axes` and below.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis, Uses
from autarky.errors import TableError
from autarky.table import Table

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Output may differ from sales by this share of all output before it counts as moved.
_SAME = 1e-9
#: Cells that a sentence lists.
_LISTED = 6


def treated(table: Table) -> tuple[Table, tuple[str, ...]]:
    """A table without negative flows whose accounts close, and what was done to it.

    Parameters
    ----------
    table : Table

    Returns
    -------
    table : Table
        The same table where nothing had to be done. Else final use is one column a region,
        without negative cells; industries that sell nothing buy nothing; x = Z1 + Y1; value added
        is the residual x − 1ᵀZ. `provenance.steps` has it as the step "treated".
    treatments : tuple of str
        One sentence for each thing done.

    Notes
    -----
    Final uses of a region are added up before negatives are set to 0, so that a run-down of
    inventories is first taken from what else is used. What an idle industry no longer buys may
    leave its supplier idle in turn.

    Examples
    --------
    >>> table = Table.from_arrays(
    ...     [[1.0]],
    ...     [[5.0, -1.0]],
    ...     regions=["A"],
    ...     sectors=["s"],
    ...     uses=["consumption", "inventories"],
    ... )
    >>> done, said = treated(table)
    >>> done.Y.tolist(), done.x.tolist()
    ([[4.0]], [5.0])
    >>> said
    ('final uses of a region added up, 1 of them negative',)
    """
    Z, Y, said, effect = _mended(table)
    netted = int((table.Y < 0).sum())
    if netted and len(table.uses) > len(table.regions):
        said.insert(0, f"final uses of a region added up, {netted} of them negative")
    x = Z.sum(axis=1) + Y.sum(axis=1)
    moved = float(np.abs(x - table.x).sum())
    if moved > _SAME * float(np.abs(table.x).sum()):
        said.append(f"output taken as the sum of sales ({moved:.4g} {table.unit} moved)")
        effect["output moved"] = moved
    if not said:
        return table, ()
    value_added = x - Z.sum(axis=0)
    step = table.provenance.then(
        "treated", {}, **effect, smallest_value_added=float(value_added.min())
    )
    uses = Uses.product(table.regions, Axis("use", ["final"]))
    changed = replace(table, Z=Z, Y=Y, x=x, value_added=value_added, uses=uses, provenance=step)
    return changed, tuple(said)


def refuse_faults(table: Table, model: str) -> None:
    """Raise where `treated` would change a flow, with the cells.

    Raises
    ------
    TableError
        There are negative flows (final uses of a region added up), or industries that buy and
        sell nothing. `problems` names every cell; the message, the first of each kind.
    """
    _, _, said, _ = _mended(table)
    if said:
        _, _, every, _ = _mended(table, listed=table.n * (table.n + len(table.regions)))
        problems = [one.replace(" set to 0", "") for one in said]
        raise TableError(
            f"the table has flows that the {model} cannot run on; {'; '.join(problems)}. "
            "faults='treat' sets them to 0 and takes output from the rest; the error's `problems` "
            "has all of them",
            [one.replace(" set to 0", "") for one in every],
        )


def refuse_empty_regions(table: Table) -> None:
    """Raise where a region of a treated table makes nothing or uses nothing.

    Raises
    ------
    TableError
        There is such a region: what it loses has no meaning.
    """
    made = table.industries.sum_by_region(table.x, axis=0)
    used = table.uses.sum_by_region(table.Y, axis=1).sum(axis=0)
    empty = [table.regions[int(r)] for r in np.flatnonzero((used <= 0) | (made <= 0))]
    if empty:
        raise TableError(
            f"{', '.join(empty)}: a region that makes nothing or uses nothing has no loss to "
            "measure; leave it out with table.select(regions=...) or add it to another"
        )


def _mended(
    table: Table, *, listed: int = _LISTED
) -> tuple[Array, Array, list[str], dict[str, float]]:
    """(Z, Y by region) without faults, a sentence for each kind, and its size."""
    industries = table.industries
    Y = table.uses.sum_by_region(table.Y, axis=1)
    effect: dict[str, float] = {}
    said: list[str] = []
    for name, cells in (("intermediate flows", table.Z), ("final uses of a region", Y)):
        found = np.argwhere(cells < 0)
        if len(found):
            amount = -float(cells[cells < 0].sum())
            final = cells is Y
            where = [
                f"{industries.label(int(i))} → "
                + (f"{table.regions[int(j)]} final use" if final else industries.label(int(j)))
                for i, j in found[:listed]
            ]
            said.append(
                f"{len(found)} negative {name} ({amount:.4g} {table.unit}) set to 0: "
                f"{_listed(where, len(found))}"
            )
            effect[f"negative {name}"] = amount
    Z, Y = np.maximum(table.Z, 0.0), np.maximum(Y, 0.0)
    idle = _stop_idle_buyers(Z, Y)
    if idle.size:
        where = [industries.label(int(i)) for i in idle[:listed]]
        said.append(
            f"purchases of {idle.size} industries without sales set to 0: "
            f"{_listed(where, idle.size)}"
        )
        effect["industries emptied"] = float(idle.size)
    return Z, Y, said, effect


def _stop_idle_buyers(Z: Array, Y: Array) -> IntArray:
    """Empty the columns of Z of those who buy without selling; their positions."""
    emptied = np.zeros(len(Z), dtype=bool)
    while True:
        idle = (Z.sum(axis=1) + Y.sum(axis=1) <= 0) & (Z.sum(axis=0) > 0)
        if not idle.any():
            return np.flatnonzero(emptied)
        emptied |= idle
        Z[:, np.flatnonzero(idle)] = 0.0


def _listed(cells: list[str], count: int) -> str:
    rest = count - len(cells)
    return ", ".join(cells) + (f" and {rest} more" if rest > 0 else "")
