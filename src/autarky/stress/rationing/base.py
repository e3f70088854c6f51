"""The treated base of the window LP: recipes by product, links that exist, final use by product.

May import `table`, `errors` and `axes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis, Industries
from autarky.errors import TableError
from autarky.leontief.operator import safe_reciprocal
from autarky.table import Table

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Base:
    """A table without negatives whose accounts close: x = Z1 + Y1.

    Parameters
    ----------
    industries : Industries
    Z : (n, n) array
        Intermediate flows [money/yr].
    Y : (n, R) array
        Final use by seller and using region [money/yr].
    x : (n,) array
        Output [money/yr].
    recipe : (S, n) array
        What a unit of output needs of each product, whoever makes it: a_sj [1].
    treatments : tuple of str
        What was done to the data.
    """

    industries: Industries
    Z: Array
    Y: Array
    x: Array
    recipe: Array
    treatments: tuple[str, ...]

    @property
    def regions(self) -> Axis:
        """The R regions."""
        return self.industries.regions

    @property
    def sectors(self) -> Axis:
        """The S products."""
        return self.industries.sectors

    def by_product(self, values: Array) -> Array:
        """Sums of rows over makers of the same product: (n, …) becomes (S, …)."""
        total = np.zeros((len(self.sectors), *values.shape[1:]))
        np.add.at(total, self.industries.sector_of, values)
        return total

    def by_buyer(self, values: Array) -> Array:
        """Sums of columns over industries of the same region: (…, n) becomes (…, R)."""
        return self.industries.sum_by_region(values, axis=-1)


def base_of(table: Table) -> Base:
    """The treated base of a table.

    Raises
    ------
    TableError
        A region has no final use: what it loses has no meaning.

    Notes
    -----
    Negative cells are set to 0, final use of a region taken together; an industry that sells
    nothing buys nothing; output is what is sold, x = Z1 + Y1, so that without a shock nothing
    changes. The inventory model treats tables alike.
    """
    said = []
    Z, Y = table.Z, table.uses.sum_by_region(table.Y, axis=1)
    for name, cells in (("final uses of a region", Y), ("intermediate flows", Z)):
        if (negative := cells < 0).any():
            said.append(
                f"{int(negative.sum())} negative {name} ({-cells[negative].sum():.4g} "
                f"{table.unit}) set to 0, output recomputed as x = Z1 + Y1"
            )
    Z = np.maximum(Z, 0.0)
    Y = np.maximum(Y, 0.0)
    Z, idle = _without_idle_buyers(Z, Y)
    if idle:
        said.append(f"purchases of {idle} industries without sales set to 0")
    x = Z.sum(axis=1) + Y.sum(axis=1)
    empty = [table.regions[int(r)] for r in np.flatnonzero(Y.sum(axis=0) <= 0)]
    if empty:
        raise TableError(
            f"{', '.join(empty)} has no final use, so it has nothing to lose: leave it out or fold "
            "it into another region (`table.aggregate`)"
        )
    recipe = np.zeros((len(table.sectors), table.n))
    np.add.at(recipe, table.industries.sector_of, Z * safe_reciprocal(x))
    return Base(table.industries, Z, Y, x, recipe, tuple(said))


def _without_idle_buyers(Z: Array, Y: Array) -> tuple[Array, int]:
    """Z in which nobody buys without selling, and how many industries did.

    What an idle industry no longer buys may leave its supplier idle in turn.
    """
    stopped = np.zeros(len(Z), dtype=bool)
    while True:
        idle = (Z.sum(axis=1) + Y.sum(axis=1) <= 0) & (Z.sum(axis=0) > 0)
        if not idle.any():
            return Z, int(stopped.sum())
        stopped |= idle
        Z = np.where(idle, 0.0, Z)
