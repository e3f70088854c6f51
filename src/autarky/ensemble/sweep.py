"""Every economy cut from every partner in every sector, and what that says about dependence.

May import `shocks`, `table`, `axes`, `errors` and below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis
from autarky.errors import OptionError
from autarky.shocks import Embargo, Scenario, Shock
from autarky.table import Table

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

#: Between the parts of a scenario's name.
_BETWEEN = "~"


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """Cuts of single links: who buys, from whom, what.

    Parameters
    ----------
    economies, partners, sectors : sequence of str, optional
        All of the table by default.
    share : float
        Share of each link that is cut, in (0, 1].
    days : float, optional
        How long; for good by default.
    least : float
        Only links that carry at least this share of what the economy uses of the product, home
        supply included, in [0, 1]. 0 keeps every link that carries anything.
    """

    economies: Sequence[str] = ()
    partners: Sequence[str] = ()
    sectors: Sequence[str] = ()
    share: float = 1.0
    days: float | None = None
    least: float = 0.0

    def scenarios(self, table: Table) -> list[Scenario]:
        """One for each link that carries anything, by economy, partner and sector.

        Raises
        ------
        LabelError
            A region or sector is unknown.
        OptionError
            No link is left, or a number is out of range.
        """
        share = isinstance(self.share, int | float) and not isinstance(self.share, bool)
        if not share or not 0 < self.share <= 1:
            raise OptionError(f"share is {self.share!r}; it must lie in (0, 1]")
        number = isinstance(self.least, int | float)
        if not number or not 0 <= self.least <= 1:
            raise OptionError(f"least is {self.least!r}; it must lie in [0, 1]")
        buyers = _chosen(table.regions, self.economies)
        sellers = _chosen(table.regions, self.partners)
        products = _chosen(table.sectors, self.sectors)
        shares = supply_shares(table)
        found = []
        for r in buyers:
            for s in sellers:
                for i in products:
                    carried = shares[s, i, r]
                    if s == r or not carried > 0 or carried < self.least:
                        continue
                    found.append(self._one(table, int(r), int(s), int(i)))
        if not found:
            raise OptionError("every_cut leaves no link: none of those chosen carries anything")
        return found

    def _one(self, table: Table, r: int, s: int, i: int) -> Scenario:
        economy, partner, sector = table.regions[r], table.regions[s], table.sectors[i]
        shock = Embargo(
            exporters=partner, importers=economy, sectors=sector, share=self.share,
            duration=self.days,
        )  # fmt: skip
        return Scenario(_BETWEEN.join((economy, partner, sector)), [shock])


def _chosen(axis: Axis, labels: Sequence[str]) -> NDArray[np.intp]:
    if isinstance(labels, str):
        labels = [labels]
    return np.asarray(axis.locate(list(labels)) if labels else range(len(axis)), dtype=np.intp)


def supply_shares(table: Table) -> Array:
    """(R, S, R) share of exporter and product in what an importer uses of that product.

    Notes
    -----
    M_sir / Σ_s M_sir, where M_sir is what region r buys of product i from region s, for production
    and final use, itself included; negative final use (inventories that run down) counts as none.
    This is dependence at face value: what a look at trade statistics shows. 0 where nothing of the
    product is used.

    Examples
    --------
    >>> table = Table.from_arrays(
    ...     [[0.0, 0.0], [3.0, 0.0]], [[6.0, 0.0], [0.0, 5.0]], regions=["A", "B"], sectors=["s"]
    ... )
    >>> float(supply_shares(table)[1, 0, 0])  # A has a third of its use from B
    0.3333333333333333
    """
    industries, R, S = table.industries, len(table.regions), len(table.sectors)
    by_buyer = industries.sum_by_region(table.Z, axis=1) + np.maximum(table.Y_by_region, 0.0)
    bought = np.zeros((R, S, R))
    np.add.at(bought, (industries.region_of, industries.sector_of), np.maximum(by_buyer, 0.0))
    used = bought.sum(axis=0, keepdims=True)
    return np.divide(bought, used, out=np.zeros_like(bought), where=used > 0)


def links(scenarios: Sequence[Scenario]) -> pd.DataFrame:
    """Scenario, economy, partner and sector of the cuts of a sweep.

    Raises
    ------
    OptionError
        A scenario is not the cut of one link.
    """
    import pandas as pd

    found = []
    for one in scenarios:
        parts = [_single(shock) for shock in one.shocks]
        if len(parts) != 1 or not parts[0]:
            raise OptionError(
                f"{one.name} is not a cut of one product from one partner to one economy: the "
                "ensemble is no sweep (scenarios = [{ every_cut = {} }])"
            )
        found.append((one.name, *parts[0]))
    return pd.DataFrame(found, columns=["scenario", "economy", "partner", "sector"])


def _single(shock: Shock) -> tuple[str, ...]:
    """Economy, partner and sector of an embargo on one link; empty for anything else."""
    if not isinstance(shock, Embargo) or shock.mutual:
        return ()
    sides = [tuple(side or ()) for side in (shock.importers, shock.exporters, shock.sectors)]
    return tuple(side[0] for side in sides) if all(len(side) == 1 for side in sides) else ()
