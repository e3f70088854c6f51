"""The treated base of the window LP: recipes by product, links that exist, final use by product.

May import `table`, `stress.treated`, `leontief` and `axes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis, Industries
from autarky.leontief.operator import safe_reciprocal
from autarky.stress.treated import refuse_empty_regions, treated
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
    """The base of a table, after `treated`.

    Raises
    ------
    TableError
        A region makes or uses nothing: what it loses has no meaning.
    """
    table, said = treated(table)
    refuse_empty_regions(table)
    Y = table.uses.sum_by_region(table.Y, axis=1)
    x = table.Z.sum(axis=1) + Y.sum(axis=1)
    recipe = np.zeros((len(table.sectors), table.n))
    np.add.at(recipe, table.industries.sector_of, table.Z * safe_reciprocal(x))
    return Base(table.industries, table.Z, Y, x, recipe, said)
