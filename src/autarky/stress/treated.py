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
from autarky.table import Table

Array = NDArray[np.float64]

#: Output may differ from sales by this share of all output before it counts as moved.
_SAME = 1e-9


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
    Y = table.uses.sum_by_region(table.Y, axis=1)
    effect: dict[str, float] = {}
    said: list[str] = []
    if netted := int((table.Y < 0).sum()):
        said.append(f"final uses of a region added up, {netted} of them negative")
    for name, cells in (("intermediate flows", table.Z), ("final uses of a region", Y)):
        negative = cells < 0
        if negative.any():
            amount = -float(cells[negative].sum())
            said.append(
                f"{int(negative.sum())} negative {name} ({amount:.4g} {table.unit}) set to 0"
            )
            effect[f"negative {name}"] = amount
    Z, idle = _without_idle_buyers(np.maximum(table.Z, 0.0), Y := np.maximum(Y, 0.0))
    if idle:
        said.append(f"purchases of {idle} industries without sales set to 0")
        effect["industries emptied"] = idle
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


def _without_idle_buyers(Z: Array, Y: Array) -> tuple[Array, int]:
    """Z in which nobody buys without selling, and how many industries did."""
    emptied = np.zeros(len(Z), dtype=bool)
    while True:
        idle = (Z.sum(axis=1) + Y.sum(axis=1) <= 0) & (Z.sum(axis=0) > 0)
        if not idle.any():
            return Z, int(emptied.sum())
        emptied |= idle
        Z = np.where(idle, 0.0, Z)
