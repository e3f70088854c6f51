"""From a table to daily flows between industries and final users, every treatment listed.

The base is output x := Z1 + Y1 of the treated table, so that without a shock nothing changes.
May import `table` and below.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import TableError
from autarky.table import Table

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: What to do with negative flows and with industries that make nothing.
Faults = Literal["treat", "refuse"]
DAYS = 365.0
#: Cells that a message lists.
_LISTED = 6


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
    """The economy of a table.

    Parameters
    ----------
    table : Table
    faults : {"treat", "refuse"}
        "treat" sets negative flows to zero, lets industries that sell nothing buy nothing, and
        takes the sum of what is left of a row as output; "refuse" raises where there are any.

    Raises
    ------
    TableError
        There are faults and `faults` is "refuse", or a region uses nothing.
    """
    industries = table.industries
    final = table.uses.sum_by_region(table.Y, axis=1)
    B = np.concatenate([table.Z, final], axis=1)
    found: list[tuple[str, str]] = []
    negative = B < 0
    if negative.any():
        cells = [_cell(table, int(i), int(j)) for i, j in np.argwhere(negative)[:_LISTED]]
        found.append(
            (
                f"{int(negative.sum())} negative flows ({-B[negative].sum():.4g} {table.unit}, "
                "final use of a region taken together)",
                _listed(cells, int(negative.sum())),
            )
        )
        B[negative] = 0.0
    emptied = _empty_idle(B, len(industries))
    if emptied.size:
        cells = [_industry(table, int(i)) for i in emptied[:_LISTED]]
        found.append(
            (
                f"{emptied.size} industries that sell nothing had inputs",
                _listed(cells, emptied.size),
            )
        )
    if found and faults == "refuse":
        problems = [f"{what}: {where}" for what, where in found]
        raise TableError(
            "the table has flows that the inventory model cannot run on; "
            f"{'; '.join(problems)}. faults='treat' sets them to 0 and takes output from the rest",
            problems,
        )
    _refuse_empty(table, B)
    said = [f"{what}; set to 0: {where}" for what, where in found]
    x = B.sum(axis=1)
    moved = float(np.abs(x - table.x).sum())
    if moved > 1e-9 * float(np.abs(table.x).sum()):
        said.append(f"output taken as the sum of sales ({moved:.4g} {table.unit} moved)")
    n = len(industries)
    return Economy(
        B / DAYS,
        industries.sector_of,
        len(table.sectors),
        np.concatenate([industries.region_of, np.arange(len(table.regions))]),
        (x - B[:, :n].sum(axis=0)) / DAYS,
        tuple(said),
    )


def _empty_idle(B: Array, n: int) -> IntArray:
    """Empty the columns of industries without sales, until none is left; their positions."""
    emptied = np.zeros(n, dtype=bool)
    while True:
        idle = (B.sum(axis=1) <= 0) & (B[:, :n].sum(axis=0) > 0)
        if not idle.any():
            return np.flatnonzero(emptied)
        B[:, np.flatnonzero(idle)] = 0.0
        emptied |= idle


def _refuse_empty(table: Table, B: Array) -> None:
    n = len(table.industries)
    used, made = B[:, n:].sum(axis=0), np.zeros(len(table.regions))
    np.add.at(made, table.industries.region_of, B.sum(axis=1))
    empty = [table.regions[int(r)] for r in np.flatnonzero((used <= 0) | (made <= 0))]
    if empty:
        raise TableError(
            f"{', '.join(empty)}: a region that makes nothing or uses nothing has no loss to "
            "measure; leave it out with table.select(regions=...) or add it to another"
        )


def _cell(table: Table, i: int, j: int) -> str:
    n = len(table.industries)
    buyer = _industry(table, j) if j < n else f"{table.regions[j - n]} final use"
    return f"{_industry(table, i)} → {buyer}"


def _industry(table: Table, i: int) -> str:
    region, sector = table.industries.region_of[i], table.industries.sector_of[i]
    return f"{table.regions[int(region)]}:{table.sectors[int(sector)]}"


def _listed(cells: list[str], count: int) -> str:
    return ", ".join(cells) + (f" and {count - len(cells)} more" if count > len(cells) else "")
