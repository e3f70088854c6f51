"""Shocks inside regions: CapacityLoss, DemandShift, StockRelease; and Transfer between them.

May import `table` and below, and `base`, `fields` and `groups` of its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from autarky.shocks.base import Places, Shock, Sides, named, percent
from autarky.shocks.fields import Choice, Labels, Number, Wrong, ruled
from autarky.shocks.groups import Finder
from autarky.table import Table

_SECTORS = Labels("sectors", optional=True, everyone=False)


@dataclass(frozen=True, kw_only=True)
class LocalShock(Shock):
    """A shock to some sectors inside some regions.

    Parameters
    ----------
    regions : str or sequence of str
        Regions or names of groups; "*" for all.
    sectors : str or sequence of str, optional
        Sectors or groups of sectors; all by default.
    start, duration, recovery : float, optional
        As for `Shock` [days].
    """

    regions: str | Iterable[str] = ruled(Labels())
    sectors: str | Iterable[str] | None = ruled(_SECTORS, default=None)

    def places(self, table: Table, *, groups_year: int | None = None) -> Places:
        """The regions and sectors concerned, as positions; see `Embargo.links`."""
        finder = Finder(table, groups_year)
        found = self.locate(finder)
        finder.raise_any()
        return Places(found.regions, found.sectors, finder.notes)

    def locate(self, finder: Finder) -> Places:
        """The places on the finder's table."""
        regions = finder.regions(self.regions)
        places = Places(np.unique(regions), np.unique(finder.sectors(self.sectors)))
        if not finder.failed and not places.industries(finder.table.industries).size:
            finder.problem(f"{self.describe()} reaches nothing: no region has one of these sectors")
        return places

    def _places(self) -> str:
        regions = "all regions" if self.regions == ("*",) else named(self.regions)
        return f"{regions} ({named(self.sectors)}"


@dataclass(frozen=True, kw_only=True)
class CapacityLoss(LocalShock):
    """Industries can make less, whatever they are supplied with.

    Parameters
    ----------
    regions, sectors
        As for `LocalShock`: where capacity is lost.
    share : float
        Share of base output that can no longer be made, from 0 to 1.
    start, duration, recovery : float, optional
        As for `Shock` [days].

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range.
    """

    kind: ClassVar[str] = "capacity_loss"

    share: float = ruled(Number(0, 1, hint="It is a share: write 0.5 for 50 %"))

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        return f"capacity loss in {self._places()}, {percent(self.share)}){self._when()}"


@dataclass(frozen=True, kw_only=True)
class DemandShift(LocalShock):
    """Final use in some regions rises or falls, whatever its origin.

    Parameters
    ----------
    regions : str or sequence of str
        Whose final use changes.
    sectors : str or sequence of str, optional
        The products; all by default.
    change : float
        Change as a share of base final use, at least −1: −0.2 is 20 % less.
    start, duration, recovery : float, optional
        As for `Shock` [days].

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range.
    """

    kind: ClassVar[str] = "demand_shift"

    change: float = ruled(Number(-1, hint="It is a share: write −0.2 for 20 % less"))

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        return f"demand shift in {self._places()}, {100 * self.change:+.6g} %){self._when()}"


@dataclass(frozen=True, kw_only=True)
class StockRelease(LocalShock):
    """A strategic stock beside the working stocks, which may be used while the release lasts.

    Parameters
    ----------
    regions : str or sequence of str
        Who holds it.
    sectors : str or sequence of str, optional
        The products; all by default.
    days : float
        Its size in days of what `of` says at base, above 0 [days].
    of : {"imports", "use"}
        Days of the region's imports of the product, or of its whole use (intermediate and final).
    start, duration : float, optional
        When it may be used; from the first day, until it is empty, by default [days].
    recovery
        Not for this shock: a stock that is used up does not return.

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range.
    """

    kind: ClassVar[str] = "stock_release"

    days: float = ruled(Number(0, above=True, unit="days"))
    of: Literal["imports", "use"] = ruled(Choice(("imports", "use")), default="imports")

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """No recovery."""
        if values["recovery"] is not None:
            text = "recovery is not for a stock release: what was used does not return"
            return [("recovery", Wrong(text))]
        return []

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        return f"stock release in {self._places()}, {self.days:g} days of {self.of}){self._when()}"


@dataclass(frozen=True, kw_only=True)
class Transfer(Shock):
    """Some regions pay others, as a coalition does to spread the cost.

    Parameters
    ----------
    payers, receivers : str or sequence of str
        Regions or names of groups; "*" for everyone on neither side. The payers share the cost,
        and the receivers the sum, in proportion to their base GDP.
    amount : float
        The sum a year as a share of the payers' base GDP, from 0 to 1.
    start, duration, recovery : float, optional
        As for `Shock` [days].

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range, or a region is on both sides.
    """

    kind: ClassVar[str] = "transfer"

    payers: str | Iterable[str] = ruled(Labels())
    receivers: str | Iterable[str] = ruled(Labels())
    amount: float = ruled(Number(0, 1, hint="It is a share of GDP: write 0.01 for 1 %"))

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """As for `Shock`; nobody pays itself, and one side must be named."""
        problems = super().combined(values)
        both = [x for x in values["payers"] if x in values["receivers"]]
        if both:
            text = f"{', '.join(both)} both pays and receives: name each region on one side"
            problems.append(("receivers", Wrong(text)))
        return problems

    def sides(self, table: Table, *, groups_year: int | None = None) -> Sides:
        """Payers and receivers, as positions; see `Embargo.links`."""
        finder = Finder(table, groups_year)
        found = self.locate(finder)
        finder.raise_any()
        return Sides(found.payers, found.receivers, finder.notes)

    def locate(self, finder: Finder) -> Sides:
        """The sides on the finder's table."""
        payers, receivers = map(np.unique, finder.sides(self.payers, self.receivers))
        both = np.intersect1d(payers, receivers)
        if both.size:
            labels = ", ".join(finder.table.regions[int(r)] for r in both)
            finder.problem(f"{self.describe()}: {labels} would both pay and receive")
        elif not finder.failed and not (payers.size and receivers.size):
            finder.problem(f"{self.describe()}: nobody is left on one side")
        return Sides(payers, receivers)

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        sides = f"{named(self.payers)} to {named(self.receivers)}"
        return f"transfer from {sides} ({percent(self.amount)} of the payers' GDP){self._when()}"
