"""One economy seen from inside: its techniques, what they draw from home and from abroad.

May import `table`, `results` and below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.leontief import safe_reciprocal
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Home:
    """The accounts of one economy by product; abroad is one place.

    Parameters
    ----------
    region : str
    domestic, imported : (S, S) array
        A_d and A_m: inputs from home and from abroad per unit of output [1].
    use_domestic, use_imported : (S,) array
        Final use at home of products made at home and abroad [money/yr].
    exports : (S,) array
        Sales to other economies [money/yr].
    output : (S,) array
        x [money/yr].
    home_share : (S,) array
        Share of purchases made at home, withdrawals from stocks apart (as `self_sufficiency` has
        it); NaN where nothing is bought.
    """

    region: str
    domestic: Array
    imported: Array
    use_domestic: Array
    use_imported: Array
    exports: Array
    output: Array
    home_share: Array

    @property
    def techniques(self) -> Array:
        """(S, S) A = A_d + A_m: what a unit of output takes, wherever it comes from."""
        return self.domestic + self.imported

    @property
    def final_use(self) -> Array:
        """(S,) final use at home, whatever its origin [money/yr]."""
        return self.use_domestic + self.use_imported

    @property
    def imports(self) -> Array:
        """(S,) imports of each product, for inputs and final use [money/yr]."""
        return self.imported @ self.output + self.use_imported

    @property
    def use(self) -> Array:
        """(S,) what is used at home of each product, whatever its origin [money/yr]."""
        return self.techniques @ self.output + self.final_use

    @property
    def missing(self) -> Bools:
        """(S,) products that are used at home and not made there: no technique is known."""
        return (self.output <= 0) & (self.use > 0)


def home_of(table: Table, region: str) -> Home:
    """The accounts of one economy.

    Raises
    ------
    LabelError
        The region is not in the table.
    OptionError
        The table has one region: there is no abroad to do without.
    """
    r = table.regions.position(region)
    if len(table.regions) == 1:
        raise OptionError(
            f"the table has one region, {region}: there is no abroad in it to do without. Use a "
            "table with at least two regions; a remainder ('ROW') will do"
        )
    industries = table.industries
    at = slice(int(industries.starts[r]), int(industries.starts[r + 1]))
    inside = industries.region_of == r
    S = len(table.sectors)
    own = industries.sector_of[at]
    flows = table.Z[:, at]
    final = table.Y_by_region[:, r]
    sold = table.Z.sum(axis=1) + table.Y.sum(axis=1)

    def by_product(values: Array, rows: Bools) -> Array:
        out = np.zeros((S, *values.shape[1:]))
        np.add.at(out, industries.sector_of[rows], values[rows])
        return out

    def square(rows: Bools) -> Array:
        out = np.zeros((S, S))
        out[:, own] = by_product(flows, rows) * safe_reciprocal(table.x[at])
        return out

    # A withdrawal from stock is negative final use; nobody bought less for it.
    bought = np.maximum(flows, 0.0).sum(axis=1)
    bought += np.maximum(table.Y[:, table.uses.region_of == r], 0.0).sum(axis=1)
    made, all_of_it = by_product(bought, inside), by_product(bought, inside | ~inside)
    return Home(
        region=region,
        domestic=square(inside),
        imported=square(~inside),
        use_domestic=by_product(final, inside),
        use_imported=by_product(final, ~inside),
        exports=by_product(sold - flows.sum(axis=1) - final, inside),
        output=by_product(table.x, inside),
        home_share=np.divide(made, all_of_it, out=np.full_like(made, np.nan), where=all_of_it > 0),
    )
