"""The accounts of one economy in one table, fit for a plan: who buys what from where.

Everything is by product: rows of all regions that make the same thing are added up. May import
`table`, `errors` and below.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.table import Table

Array = NDArray[np.float64]

#: Output below this share of the economy's is none: nothing can be said about how it is made.
_NOTHING = 1e-9
#: Sectors that a sentence lists.
_LISTED = 6


@dataclass(frozen=True)
class Books:
    """One economy by product, without what no plan can start from.

    Attributes
    ----------
    Z : (S, S) array
        What its sectors (columns) use of every product, home or foreign [money/yr].
    consumption, investment, other : (S,) array
        Consumption of households, institutions and government; fixed capital formation; changes
        of inventories and what treatments moved there [money/yr].
    suppliers : (R, S) array
        Imports of every product by region; 0 for itself [money/yr].
    home, exports : (S,) array
        What its sectors sell at home and abroad [money/yr].
    persons : (S,) array or None
        Persons engaged [thousand].
    capital : (S,) array or None
        Capital stock from the table, NaN where unknown [money].
    treatments : tuple of str
        What was done, in order.
    """

    Z: Array
    consumption: Array
    investment: Array
    other: Array
    suppliers: Array
    home: Array
    exports: Array
    persons: Array | None
    capital: Array | None
    treatments: tuple[str, ...]

    @property
    def use(self) -> Array:
        """(S,) domestic use of every product, home or foreign [money/yr]."""
        return self.home + self.imports

    @property
    def imports(self) -> Array:
        """(S,) [money/yr]."""
        return self.suppliers.sum(axis=0)

    @property
    def output(self) -> Array:
        """(S,) [money/yr]."""
        return self.home + self.exports

    @property
    def value_added(self) -> Array:
        """(S,) output less all inputs [money/yr]."""
        return self.output - self.Z.sum(axis=0)


def books_of(table: Table, region: str, *, investment_share: float | None = None) -> Books:
    """The accounts of one economy.

    Parameters
    ----------
    table : Table
    region : str
    investment_share : float, optional
        For tables whose final use is one column: the part of it that is investment, the same for
        every product.

    Raises
    ------
    LabelError
        There is no such region.
    OptionError
        The table does not tell investment from consumption and no share is given, or there is no
        investment or no output.
    """
    r = table.regions.position(region)
    block, S = table.industries.block(r), len(table.sectors)
    product, seller = table.industries.sector_of, table.industries.region_of
    mine = product[block]

    def by_product(values: Array) -> Array:
        out = np.zeros((S, *values.shape[1:]))
        np.add.at(out, product, values)
        return out

    Z = np.zeros((S, S))
    Z[:, mine] = by_product(table.Z[:, block])
    columns = np.flatnonzero(table.uses.region_of == r)
    final = by_product(table.Y[:, columns])
    bought = table.Z[:, block].sum(axis=1) + table.Y[:, columns].sum(axis=1)
    flows = np.zeros((len(table.regions), S))
    np.add.at(flows, (seller, product), bought)
    sold = table.Z[block].sum(axis=1) + table.Y[block].sum(axis=1)
    exports = np.zeros(S)
    exports[mine] = sold - bought[block]
    kinds = [table.uses.kinds[c] for c in table.uses.category_of[columns]]
    consumption, investment, other = _purposes(final, kinds, region, investment_share)
    draft = _Draft(
        Z=Z,
        consumption=consumption,
        investment=investment,
        other=other,
        flows=flows,
        exports=exports,
        r=r,
        table=table,
    )
    return draft.finish(_account(table, "employment", table.labour, block, mine), region, mine)


def _purposes(
    final: Array, kinds: list[str], region: str, share: float | None
) -> tuple[Array, Array, Array]:
    """(consumption, investment, other) of final use by category."""

    def of(*names: str) -> Array:
        return final[:, [k in names for k in kinds]].sum(axis=1)

    whole = of("final")
    investment, consumption = of("investment"), of("household", "npish", "government")
    if "investment" not in kinds:
        if share is None:
            raise OptionError(
                f"the table does not say what {region} invests: its final uses are "
                f"{', '.join(sorted(set(kinds)))}. Give the use a kind, or investment_share (about "
                "0.2 of final use in most economies) to take the same share of every product"
            )
        if not 0 < share < 1:
            raise OptionError(f"investment_share is {share}; it must lie in (0, 1)")
        base = whole if "final" in kinds else consumption
        investment, consumption = share * base, consumption + whole - share * base
    else:
        consumption = consumption + whole
    return consumption, investment, of("inventories")


@dataclass(kw_only=True)
class _Draft:
    """Books while they are mended."""

    Z: Array
    consumption: Array
    investment: Array
    other: Array
    flows: Array
    exports: Array
    r: int
    table: Table
    said: list[str] = field(default_factory=list)

    def finish(self, persons: Array | None, region: str, mine: NDArray[np.intp]) -> Books:
        """Mend what no plan can start from and make the books."""
        for name in ("consumption", "investment"):
            values = getattr(self, name)
            below = values < 0
            if below.any():
                self._say(f"negative {name} counted with inventories", below, values)
                self.other = self.other + np.where(below, values, 0.0)
                setattr(self, name, np.where(below, 0.0, values))
        self._no_negative_flows()
        table, block = self.table, self.table.industries.block(self.r)
        home = self.flows[self.r]
        output = home + self.exports
        total = float(output.sum())
        if total <= 0:
            raise OptionError(f"{region} makes nothing: there is nothing to plan")
        if self.investment.sum() <= 0:
            raise OptionError(f"{region} invests nothing: its capital cannot be calibrated")
        idle = (output <= _NOTHING * total) & (self.Z.sum(axis=0) != 0)
        if idle.any():
            self._say("inputs of sectors without output left out", idle, self.Z.sum(axis=0))
            self.Z = np.where(idle, 0.0, self.Z)
        # What is used must be what is sold: the difference (idle buyers) leaves with inventories.
        suppliers = self.flows.copy()
        suppliers[self.r] = 0.0
        used = self.Z.sum(axis=1) + self.consumption + self.investment
        return Books(
            Z=self.Z,
            consumption=self.consumption,
            investment=self.investment,
            other=home + suppliers.sum(axis=0) - used,
            suppliers=suppliers,
            home=home,
            exports=self.exports,
            persons=persons,
            capital=_account(table, "capital_stock", table.capital, block, mine),
            treatments=tuple(self.said),
        )

    def _no_negative_flows(self) -> None:
        """Imports, home sales and exports below 0 become 0; what is used changes with them."""
        below = self.flows < 0
        abroad, home = below.copy(), below[self.r].copy()
        abroad[self.r] = False
        if home.any():
            self._say("negative home sales (inventories) set to 0", home, self.flows[self.r])
        if abroad.any():
            amount = np.where(abroad, self.flows, 0.0).sum(axis=0)
            self._say("negative imports (inventories) set to 0", amount < 0, amount)
        self.flows = np.where(below, 0.0, self.flows)
        down = self.exports < 0
        if down.any():
            self._say("negative exports (inventories abroad) set to 0", down, self.exports)
            self.exports = np.where(down, 0.0, self.exports)

    def _say(self, what: str, where: NDArray[np.bool_], values: Array) -> None:
        found = np.flatnonzero(where)
        amount = float(np.abs(values[found]).sum())
        named = ", ".join(self.table.sectors[int(i)] for i in found[:_LISTED])
        more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
        self.said.append(f"{what}: {named}{more} ({amount:.4g} {self.table.unit})")


def _account(
    table: Table, name: str, own: Array | None, block: slice, mine: NDArray[np.intp]
) -> Array | None:
    """(S,) an account of the economy's sectors, the table's own before one beside it."""
    values = own if own is not None else table.accounts.get(name)
    if values is None or np.isnan(values[block]).all():
        return None
    out = np.full(len(table.sectors), np.nan)
    out[mine] = values[block]
    return out
