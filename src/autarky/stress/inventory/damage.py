"""Capital that is missing, day by day: what it takes from capacity and what is ordered to mend it.

The books of `CapitalLoss` for the default mode, for K lanes at once. Who rebuilds in a region
orders like its final users: from the same suppliers, in the same proportions, served like them. So
a day of the model needs two numbers for each region and product: what is ordered here, and the
share of it that is delivered. May import `shocks`, `errors`, `table` and `economy` of its own
folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ShockError
from autarky.shocks import CapitalLoss, Damage, Effect
from autarky.stress.inventory.economy import DAYS, Economy
from autarky.table import Table

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(eq=False)
class Missing:
    """What one shock has destroyed and is not back yet.

    Parameters
    ----------
    shock : CapitalLoss
    rows : (m,) int array
        Industries that are hit.
    capital : (m,) array [money]
    weights : (S,) array or None
        Share of the orders by product; None where nobody is asked.
    """

    shock: CapitalLoss
    rows: IntArray
    capital: Array
    weights: Array | None
    #: (m, S, K) damage by the product that mends it, or (m, 1, K) [money]; None until it happens.
    left: Array | None = field(init=False, default=None)

    def share(self, day: int) -> Array | float:
        """(m, K) share of capital that is missing; 0 before it happens."""
        if self.left is None:
            return 0.0
        left = self.left.sum(axis=1) / self.capital[:, None]
        return left if self.shock.rebuilt else left * float(self.shock.strength(day))

    def asks(self, day: int) -> bool:
        """Whether orders go out."""
        begins = self.shock.start + (self.shock.duration or 0.0)
        return self.shock.rebuilt and self.left is not None and day >= begins


@dataclass(eq=False)
class Damages:
    """All losses of capital of a scenario; they remember what was delivered.

    Parameters
    ----------
    economy : Economy
    parts : tuple of Missing
    lanes : int
        K.

    Notes
    -----
    On the day that starts a loss, industry j loses share · K_j, at most what it still has; the part
    w_s of it, M_js, is to be mended by product s. From start + duration on, M_js/τ is ordered on
    each day by the rebuilders of its region. With φ_sr the share of region r's orders of s that is
    delivered, M_js falls by φ_sr M_js/τ. Capacity is multiplied by 1 − min(1, Σ M_js/K_j), shocks
    added up. So all that was destroyed is either delivered or still missing.
    """

    economy: Economy
    parts: tuple[Missing, ...]
    lanes: int

    @classmethod
    def of(
        cls, effects: Sequence[Effect], table: Table, economy: Economy, lanes: int = 1
    ) -> Damages:
        """The books of a scenario before its first day.

        Raises
        ------
        ShockError
            An industry that is hit has no capital, or a region makes no final use of a product
            that is to rebuild there; all of them are listed.
        """
        problems: list[str] = []
        parts = []
        for effect in effects:
            shock, where = effect.shock, effect.where
            if isinstance(shock, CapitalLoss) and isinstance(where, Damage):
                rows = where.industries(table.industries)
                rows = rows[economy.x[rows] > 0]
                capital = shock.capital(DAYS * economy.value_added, table.capital)[rows]
                problems += without_capital(shock, rows[capital <= 0], table)
                if where.rebuilders is not None:
                    problems += _without_supply(shock, where, table, economy)
                parts.append(Missing(shock, rows, capital, where.rebuilders))
        if problems:
            raise ShockError("; ".join(problems), problems)
        return cls(economy, tuple(parts), lanes)

    def loss(self, day: int) -> Array:
        """(n, K) share of capacity that is missing on a day, with what is destroyed on it."""
        lost = np.zeros((self.economy.n, self.lanes))
        for part in self.parts:
            if part.left is not None:
                lost[part.rows] += part.share(day)
        for part in self.parts:
            if part.left is None and day >= part.shock.start:
                there = np.maximum(1.0 - lost[part.rows], 0.0)
                share = np.minimum(part.shock.share, there)
                weights = np.ones(1) if part.weights is None else part.weights
                part.left = (share * part.capital[:, None])[:, None, :] * weights[:, None]
                lost[part.rows] += part.share(day)
        return np.minimum(lost, 1.0)

    def orders(self, day: int) -> Array | None:
        """(S, R, K) orders of rebuilders by product and region; None on a day without [money/day].

        Ask for the `loss` of the day first.
        """
        asking = [part for part in self.parts if part.asks(day)]
        if not asking:
            return None
        e = self.economy
        asked = np.zeros((e.R, e.S, self.lanes))
        for part in asking:
            np.add.at(asked, e.region[part.rows], self._asked(part))
        return asked.swapaxes(0, 1)

    def deliver(self, day: int, share: Array) -> None:
        """Take in what was delivered.

        Parameters
        ----------
        day : int
            As in `orders`.
        share : (S, R, K) array
            Share of what was ordered that came, 0 … 1.
        """
        for part in self.parts:
            if part.left is not None and part.asks(day):
                region = self.economy.region[part.rows]
                came = self._asked(part) * share.swapaxes(0, 1)[region]
                part.left = np.maximum(part.left - came, 0.0)

    def missing(self, day: int) -> Array:
        """(R, K) capital that is missing [money]."""
        total = np.zeros((self.economy.R, self.lanes))
        for part in self.parts:
            values = part.share(day) * part.capital[:, None] * np.ones(self.lanes)
            np.add.at(total, self.economy.region[part.rows], values)
        return total

    def _asked(self, part: Missing) -> Array:
        """(m, S, K) what is ordered of what is missing."""
        left, days = part.left, part.shock.rebuilding_days
        return (
            np.zeros((0, self.economy.S, self.lanes)) if left is None or not days else left / days
        )


def without_capital(shock: CapitalLoss, rows: IntArray, table: Table) -> list[str]:
    """A share of nothing cannot be lost."""
    if not rows.size:
        return []
    industries = table.industries
    labels = [
        f"{table.regions[int(industries.region_of[i])]}:{table.sectors[int(industries.sector_of[i])]}"
        for i in rows
    ]
    return [
        f"{shock.describe()}: {_some(labels)} have no capital, as their value added is not above "
        "0; leave them out, or give the table its capital"
    ]


def _without_supply(shock: CapitalLoss, where: Damage, table: Table, e: Economy) -> list[str]:
    """Rebuilders order like final users, so somebody must sell to those of the region."""
    if where.rebuilders is None:
        return []
    asked = np.flatnonzero(where.rebuilders > 0)
    none = [
        f"{table.sectors[int(s)]} in {table.regions[int(r)]}"
        for s in asked
        for r in where.regions
        if e.final[s, r] <= 0
    ]
    if not none:
        return []
    return [
        f"{shock.describe()}: nobody sells {_some(none)} to final users, so that nobody can be "
        "asked to rebuild with it; name other rebuilders"
    ]


def _some(labels: Sequence[str]) -> str:
    return ", ".join(labels[:6]) + (f" and {len(labels) - 6} more" if len(labels) > 6 else "")
