"""Shocks inside regions: losses of capacity and capital, shifts of demand, reserves; transfers.

May import `table` and below, and `base`, `fields` and `groups` of its own folder.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from autarky.shocks.base import (
    CURVES,
    Damage,
    FloatArray,
    Places,
    Shock,
    Sides,
    named,
    percent,
)
from autarky.shocks.fields import Choice, Labels, Number, Shares, Wrong, ruled
from autarky.shocks.groups import Finder
from autarky.table import Table

_SECTORS = Labels("sectors", optional=True, everyone=False)
_SHARE_HINT = "It is a share: write 0.5 for 50 %"
#: Capital over value added of a year where neither table nor shock says: the habit of the
#: adaptive-inventory models, which use one ratio for all industries [yr].
CAPITAL_RATIO = 4.0


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
        return replace(found, notes=finder.notes)

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
class ReturningShock(LocalShock):
    """A loss that returns along a curve.

    Parameters
    ----------
    regions, sectors
        As for `LocalShock`.
    start, duration, recovery : float, optional
        As for `Shock` [days].
    curve : {"linear", "convex", "concave"}
        How it returns over `recovery`. With u the part of that time gone by, what is still lost
        is 1 − u, (1 − u)² (fast at first) or 1 − u² (slow at first).
    """

    curve: Literal["linear", "convex", "concave"] = ruled(Choice(CURVES), default="linear")

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """As for `Shock`; a curve needs a recovery."""
        problems = super().combined(values)
        if values["curve"] != "linear" and not values["recovery"]:
            text = f"curve is {values['curve']!r} without a recovery: give the days of the return"
            problems.append(("curve", Wrong(text)))
        return problems

    def _left(self, part: FloatArray) -> FloatArray:
        if self.curve == "convex":
            return (1.0 - part) ** 2
        return 1.0 - part**2 if self.curve == "concave" else 1.0 - part

    def _return(self) -> str:
        return "recovery" if self.curve == "linear" else f"{self.curve} recovery"


@dataclass(frozen=True, kw_only=True)
class CapacityLoss(ReturningShock):
    """Industries can make less, whatever they are supplied with.

    Parameters
    ----------
    regions, sectors
        As for `LocalShock`: where capacity is lost.
    share : float
        Share of base output that can no longer be made, from 0 to 1.
    start, duration, recovery : float, optional
        As for `Shock` [days].
    curve : {"linear", "convex", "concave"}
        As for `ReturningShock`: evenly, fast at first, or slowly at first.

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range.

    Examples
    --------
    >>> loss = CapacityLoss(regions="A", share=0.5, duration=10, recovery=10, curve="convex")
    >>> loss.strength([0, 10, 15, 20])
    array([1.  , 1.  , 0.25, 0.  ])
    """

    kind: ClassVar[str] = "capacity_loss"

    share: float = ruled(Number(0, 1, hint=_SHARE_HINT))

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        return f"capacity loss in {self._places()}, {percent(self.share)}){self._when()}"


@dataclass(frozen=True, kw_only=True)
class CapitalLoss(ReturningShock):
    """Capital is destroyed, by war or disaster, and rebuilt by orders or back after some time.

    Capacity falls by the share of capital that is missing. With `rebuilding_days` it comes back
    only as it is rebuilt: orders go to `rebuilders`, who may have more to do than they can. With
    `recovery` it comes back along a curve and nobody is asked. With neither it stays destroyed.

    Parameters
    ----------
    regions, sectors
        As for `LocalShock`: whose capital is destroyed.
    share : float
        Share of each industry's capital that is destroyed, from 0 to 1.
    start : float
        The day on which it is destroyed [days].
    duration : float, optional
        Days from then until rebuilding or recovery begins; needs one of the two [days].
    rebuilding_days : float, optional
        τ: on each day a τ-th of what is still missing is ordered, at least 1 [days].
    rebuilders : mapping of str to float, optional
        Share of the orders by product, adding up to 1; each label is one sector of the table, or a
        group that stands for one. Needed with `rebuilding_days`; kept as (label, share) pairs.
    recovery : float, optional
        Days of a return that nobody is asked for; in place of `rebuilding_days` [days].
    curve : {"linear", "convex", "concave"}
        As for `ReturningShock`, of the recovery.
    capital_ratio : float, optional
        Capital over value added of a year, above 0. By default the table's capital is used, or 4
        where it has none [yr].

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range, or fields contradict each other.

    Notes
    -----
    With K_j the capital of industry j and w_s the shares of `rebuilders`, the damage begins as
    M_js = share · K_j · w_s. From start + duration on, M_js/τ of it is ordered on each day, and
    what is delivered is taken off. Capacity falls by Δ_j = Σ_s M_js / K_j. A loss
    destroys at most what is there, so that shares of several at one place add up to 1 at most.

    References
    ----------
    Hallegatte (2008), Risk Analysis 28(3), 779–799, for rebuilding as a demand; its ratio of
    capital to value added of 4 is that of the United States.

    Examples
    --------
    >>> flood = CapitalLoss(
    ...     regions="A",
    ...     share=0.2,
    ...     duration=30,
    ...     rebuilding_days=180,
    ...     rebuilders={"construction": 0.7, "machinery": 0.3},
    ... )
    >>> flood.rebuilders
    (('construction', 0.7), ('machinery', 0.3))
    >>> flood.strength([0, 30, 31, 210]).round(2)
    array([1.  , 1.  , 0.99, 0.37])
    """

    kind: ClassVar[str] = "capital_loss"

    share: float = ruled(Number(0, 1, hint=_SHARE_HINT))
    rebuilding_days: float | None = ruled(Number(1, unit="days", optional=True), default=None)
    rebuilders: Mapping[str, float] | tuple[tuple[str, float], ...] | None = ruled(
        Shares("sectors"), default=None
    )
    capital_ratio: float | None = ruled(
        Number(0, above=True, unit="yr", optional=True), default=None
    )

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """As for `ReturningShock`; one way to come back, with all that it needs."""
        problems = super().combined(values)
        days, who = values["rebuilding_days"], values["rebuilders"]
        if days is not None and who is None:
            text = "rebuilders is missing: say which products are ordered, shares that add up to 1"
            problems.append(("rebuilders", Wrong(text)))
        if who is not None and days is None:
            text = "rebuilding_days is missing: rebuilders need the time over which they are asked"
            problems.append(("rebuilding_days", Wrong(text)))
        if days is not None and values["recovery"] is not None:
            text = "recovery and rebuilding_days are both given: capital comes back by one of them"
            problems.append(("recovery", Wrong(text)))
        if days is not None and values["duration"] is None:
            text = "rebuilding_days needs a duration: the days until rebuilding begins"
            problems.append(("rebuilding_days", Wrong(text)))
        if days is None and who is None and values["recovery"] is None and values["duration"]:
            text = (
                "duration needs rebuilding_days or a recovery: what is destroyed does not come "
                "back by itself (recovery = 0 is at once)"
            )
            problems.append(("duration", Wrong(text)))
        return problems

    @property
    def rebuilt(self) -> bool:
        """Whether it comes back by orders."""
        return self.rebuilding_days is not None

    @property
    def end(self) -> float:
        """As for `Shock`; infinite where it is rebuilt, as a part is always left [days]."""
        return math.inf if self.rebuilt else super().end

    def strength(self, days: ArrayLike) -> FloatArray:
        """As for `Shock`; where it is rebuilt, the least that can be missing.

        That is (1 − 1/τ)^k, k days after rebuilding begins: all that is ordered is delivered. What
        is missing in truth depends on who delivers, and is for a model to say.
        """
        if self.rebuilding_days is None:
            return super().strength(days)
        t = np.asarray(days, dtype=np.float64)
        over = np.maximum(t - (self.start + (self.duration or 0.0)), 0.0)
        with np.errstate(under="ignore"):
            left = (1.0 - 1.0 / self.rebuilding_days) ** over
        return np.where(t >= self.start, left, 0.0)

    @property
    def ratio(self) -> float:
        """Capital over value added of a year where the table's own capital is not used [yr]."""
        return CAPITAL_RATIO if self.capital_ratio is None else self.capital_ratio

    def capital(self, value_added: FloatArray, own: FloatArray | None = None) -> FloatArray:
        """Capital of industries [money].

        Parameters
        ----------
        value_added : (n,) array [money/yr]
        own : (n,) array, optional
            ``table.capital``, which is used unless `capital_ratio` is given [money].
        """
        if self.capital_ratio is None and own is not None:
            return own
        return self.ratio * value_added

    def locate(self, finder: Finder) -> Damage:
        """The places on the finder's table, and the products that are ordered."""
        places = super().locate(finder)
        if self.rebuilders is None:
            return Damage(places.regions, places.sectors)
        orders = np.zeros(len(finder.table.sectors))
        for label, share in dict(self.rebuilders).items():
            found = finder.sectors((label,))
            if found.size > 1:
                those = ", ".join(finder.table.sectors[int(s)] for s in found)
                finder.problem(
                    f"{self.describe()}: {label} stands for {found.size} sectors ({those}); give "
                    "each of them its share of the orders"
                )
            orders[found] += share
        return Damage(places.regions, places.sectors, rebuilders=orders)

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        return f"capital loss in {self._places()}, {percent(self.share)}){self._when()}"

    def _when(self) -> str:
        if self.rebuilders is None:
            return super()._when()
        who = ", ".join(f"{s} ({percent(share)})" for s, share in dict(self.rebuilders).items())
        return (
            f"{super()._when()}, then rebuilt at 1/{self.rebuilding_days:g} of what is left a day "
            f"by {who}"
        )


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
