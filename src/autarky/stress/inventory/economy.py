"""From a table to daily flows between industries and final users, every treatment listed.

The base is output x := Z1 + Y1 of the treated table, so that without a shock nothing changes.
May import `table`, `stress.treated` and below.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.stress.treated import refuse_empty_regions, refuse_faults, treated
from autarky.table import Table

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: What to do with negative flows and with industries that make nothing.
Faults = Literal["treat", "refuse"]
DAYS = 365.0


@dataclass(frozen=True, eq=False)
class Economy:
    """Daily flows to N = n + R buyers: the n industries, then the final users of each region.

    Parameters
    ----------
    B : (n, N) array [money/day]
        Deliveries at base, from industry to buyer.
    product : (n,) int array
        The product that an industry makes, 0 … S − 1: its sector.
    S : int
        Number of products.
    region : (N,) int array
        The region of a buyer.
    value_added : (n,) array [money/day]
    treatments : tuple of str
    """

    B: Array
    product: IntArray
    S: int
    region: IntArray
    value_added: Array
    treatments: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of industries."""
        return self.B.shape[0]

    @property
    def R(self) -> int:
        """Number of regions."""
        return self.B.shape[1] - self.n

    @cached_property
    def x(self) -> Array:
        """(n,) output at base [money/day]: the sum of deliveries."""
        return self.B.sum(axis=1)

    @cached_property
    def W(self) -> Array:
        """(S, N) purchases of each product by each buyer at base [money/day]."""
        total = np.zeros((self.S, self.B.shape[1]))
        np.add.at(total, self.product, self.B)
        return total

    @cached_property
    def a(self) -> Array:
        """(S, n) input of each product for a unit of output; 0 where nothing is made."""
        use = self.W[:, : self.n]
        return np.divide(use, self.x, out=np.zeros_like(use), where=self.x > 0)

    @property
    def final(self) -> Array:
        """(S, R) final use of each product in each region at base [money/day]."""
        return self.W[:, self.n :]

    def by_product(self, values: Array) -> Array:
        """Sum of values (n, …) over the industries that make the same product: (S, …)."""
        total = np.zeros((self.S, *values.shape[1:]))
        np.add.at(total, self.product, values)
        return total


def economy(table: Table, *, faults: Faults = "treat") -> Economy:
    """The economy of a table, after `treated`.

    Parameters
    ----------
    table : Table
    faults : {"treat", "refuse"}
        "treat" mends the table as `stress.treated` does; "refuse" raises where flows are negative
        or an industry buys and sells nothing.

    Raises
    ------
    TableError
        There are faults and `faults` is "refuse", or a region makes or uses nothing.
    """
    if faults == "refuse":
        refuse_faults(table, "inventory model")
    table, said = treated(table)
    refuse_empty_regions(table)
    industries = table.industries
    B = np.concatenate([table.Z, table.uses.sum_by_region(table.Y, axis=1)], axis=1)
    x = B.sum(axis=1)
    return Economy(
        B / DAYS,
        industries.sector_of,
        len(table.sectors),
        np.concatenate([industries.region_of, np.arange(len(table.regions))]),
        (x - table.Z.sum(axis=0)) / DAYS,
        said,
    )
