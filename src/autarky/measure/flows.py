"""What crosses borders: the flows every measure starts from.

Kernels and small helpers shared by the families. May import `table`, `results` and below.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from autarky.table import Table

Array = NDArray[np.float64]

#: Rows that miss output by more than this share of a region's exports are worth a warning.
NOTICEABLE = 0.01


def sales_by_region(table: Table) -> Array:
    """(n, R) what each industry sells to each region, for intermediate and final use."""
    return table.industries.sum_by_region(table.Z, axis=1) + table.Y_by_region


def purchases_by_region(table: Table) -> Array:
    """(n, R) what each region buys from each industry: sales without those out of inventories.

    A withdrawal from stock is negative final use; nobody bought less for it.
    """
    bought = table.industries.sum_by_region(np.maximum(table.Z, 0.0), axis=1)
    return bought + table.uses.sum_by_region(np.maximum(table.Y, 0.0), axis=1)


def bilateral_exports(table: Table) -> Array:
    """(n, R) what each industry sells to each *other* region; 0 at home."""
    sales = sales_by_region(table)
    sales[np.arange(table.n), table.industries.region_of] = 0.0
    return sales


def exports(table: Table) -> Array:
    """(n,) gross exports of each industry, intermediate and final."""
    return bilateral_exports(table).sum(axis=1)


def imports_by_product(table: Table) -> Array:
    """(R, S) what each region buys of each product from all other regions."""
    bought = np.zeros((len(table.sectors), len(table.regions)))
    np.add.at(bought, table.industries.sector_of, bilateral_exports(table))
    return bought.T.copy()


def positions(table: Table, regions: str | Iterable[str] | None) -> NDArray[np.intp]:
    """Positions of some regions, or of all; `LabelError` for unknown ones."""
    return np.arange(len(table.regions)) if regions is None else table.regions.locate(regions)


def caveats(table: Table) -> tuple[str, ...]:
    """What a reader must know about the accounts before quoting a number, if anything.

    Rows that miss output by more than 1 % of their region's exports are named: there indicators
    of small economies move by about as much.
    """
    missing = table.x - table.Z.sum(axis=1) - table.Y.sum(axis=1)
    sums = table.industries.sum_by_region
    sold = sums(exports(table))
    gap = np.divide(np.abs(sums(missing)), sold, out=np.zeros_like(sold), where=sold > 0)
    worst = [int(r) for r in np.argsort(-gap) if gap[r] > NOTICEABLE]
    if not worst:
        return ()
    named = ", ".join(f"{table.regions[r]} {gap[r]:.0%}" for r in worst[:3])
    return (
        f"rows do not add up to output in {len(worst)} regions, by up to {named} of exports: "
        "small economies are uncertain by about that much (restore_rounding() and balance() "
        "mend it)",
    )
