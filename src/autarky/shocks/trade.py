"""Shocks to trade links: Embargo, Isolation, TradeCost, Tariff.

May import `table` and below, and `base`, `fields` and `groups` of its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from autarky.shocks import base
from autarky.shocks.base import IntArray, Links, Shock, named, percent
from autarky.shocks.fields import EVERYONE, Labels, Number, Switch, Wrong, ruled
from autarky.shocks.groups import Finder, known_group
from autarky.table import Table

_SECTORS = Labels("sectors", optional=True, everyone=False)
_PERCENT_HINT = "It is a share: write 0.4 for 40 %"


class TradeShock(Shock):
    """A shock to links between regions; flows inside a region are never touched."""

    def links(self, table: Table, *, groups_year: int | None = None) -> Links:
        """The links concerned, as positions.

        Parameters
        ----------
        table : Table
        groups_year : int, optional
            The year whose membership names of groups stand for; the table's by default.

        Raises
        ------
        LabelError
            A region or sector is neither in the table nor a known group; all are listed.
        ShockError
            A group has no member in the table, or nothing remains.
        """
        finder = Finder(table, groups_year)
        found = self.locate(finder)
        finder.raise_any()
        return Links(found.exporters, found.importers, found.sectors, finder.notes)

    def locate(self, finder: Finder) -> Links:
        """The links on the finder's table."""
        raise NotImplementedError

    def _between(
        self, finder: Finder, exporters: IntArray, importers: IntArray, *, mutual: bool = False
    ) -> Links:
        pairs = np.zeros((len(finder.table.regions),) * 2, dtype=bool)
        pairs[np.ix_(exporters, importers)] = True
        if mutual:
            pairs |= pairs.T
        sectors = finder.sectors(getattr(self, "sectors", None))
        return base.links(finder, pairs, sectors, self.describe())


@dataclass(frozen=True, kw_only=True)
class Embargo(TradeShock):
    """A share of the flows from some exporters to some importers is cut.

    Regions are codes of the table, names of groups (`shocks.groups`), or "*" for everyone who is
    not on the other side. Flows inside a region are never cut, so the two sides may overlap.

    Parameters
    ----------
    exporters, importers : str or sequence of str
        The two sides.
    sectors : str or sequence of str, optional
        Exporting sectors or groups of sectors; all by default.
    share : float
        Share of each link's base capacity that is cut, from 0 to 1, final use included.
    mutual : bool
        Whether the flows in the other direction are cut as well.
    start, duration, recovery : float, optional
        As for `Shock` [days].

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range, or a region is cut from itself.

    Examples
    --------
    >>> Embargo(exporters="RUS", importers=["DEU", "FRA"], sectors="energy").importers
    ('DEU', 'FRA')
    >>> Embargo(exporters="RUS", importers="EU27", share=1.2)
    Traceback (most recent call last):
    ...
    autarky.errors.ShockError: share is 1.2; it must be at least 0 and at most 1. ...
    """

    kind: ClassVar[str] = "embargo"

    exporters: str | Iterable[str] = ruled(Labels())
    importers: str | Iterable[str] = ruled(Labels())
    sectors: str | Iterable[str] | None = ruled(_SECTORS, default=None)
    share: float = ruled(Number(0, 1, hint="It is a share: write 0.5 for 50 %"), default=1.0)
    mutual: bool = ruled(Switch(), default=False)

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """As for `Shock`; a region is not cut from itself."""
        return [*super().combined(values), *_itself(values)]

    def locate(self, finder: Finder) -> Links:
        """The links on the finder's table."""
        sides = finder.sides(self.exporters, self.importers)
        return self._between(finder, *sides, mutual=self.mutual)

    def blocks(self, table: Table) -> list[tuple[IntArray, IntArray]]:
        """(selling industries, buying regions) of each exporter with links to cut."""
        return self.links(table).blocks(table.industries)

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        arrow = "↔" if self.mutual else "→"
        sides = f"{named(self.exporters)} {arrow} {named(self.importers)}"
        return f"embargo {sides} ({named(self.sectors)}, {percent(self.share)}){self._when()}"


@dataclass(frozen=True, kw_only=True)
class Isolation(TradeShock):
    """A region, or a group of regions as one bloc, trades with nobody outside.

    Parameters
    ----------
    region : str or sequence of str
        The bloc: regions or names of groups; its internal trade is kept.
    start, duration, recovery : float, optional
        As for `Shock` [days].

    Raises
    ------
    ShockError
        No region is named, or a field is of the wrong type or out of range.

    Examples
    --------
    >>> Isolation(region="DEU").describe()
    'isolation of DEU'
    """

    kind: ClassVar[str] = "isolation"

    region: str | Iterable[str] = ruled(Labels(everyone=False))

    @property
    def share(self) -> float:
        """Share of each link's base capacity that is cut: all of it."""
        return 1.0

    def locate(self, finder: Finder) -> Links:
        """The links between bloc and rest, both ways."""
        bloc, rest = finder.sides(self.region, (EVERYONE,))
        return self._between(finder, bloc, rest, mutual=True)

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        return f"isolation of {named(self.region)}{self._when()}"


@dataclass(frozen=True, kw_only=True)
class TradeCost(TradeShock):
    """Shipping on some links becomes dearer, or cheaper: an iceberg cost.

    Parameters
    ----------
    exporters, importers, sectors
        As for `Embargo`.
    factor : float
        What must be sent so that the same arrives, after / before, above 0; 1 changes nothing,
        1.1 makes delivery 10 % dearer. For a full cut use `Embargo`.
    mutual : bool
        Whether it holds in the other direction as well.
    start, duration, recovery : float, optional
        As for `Shock` [days].

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range.
    """

    kind: ClassVar[str] = "trade_cost"

    exporters: str | Iterable[str] = ruled(Labels())
    importers: str | Iterable[str] = ruled(Labels())
    sectors: str | Iterable[str] | None = ruled(_SECTORS, default=None)
    factor: float = ruled(
        Number(0, above=True, hint="1 changes nothing; for a full cut use an embargo")
    )
    mutual: bool = ruled(Switch(), default=False)

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """As for `Shock`; trade of a region with itself has no such cost."""
        return [*super().combined(values), *_itself(values)]

    def locate(self, finder: Finder) -> Links:
        """The links on the finder's table."""
        sides = finder.sides(self.exporters, self.importers)
        return self._between(finder, *sides, mutual=self.mutual)

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        arrow = "↔" if self.mutual else "→"
        sides = f"{named(self.exporters)} {arrow} {named(self.importers)}"
        return f"trade cost {sides} ({named(self.sectors)}, × {self.factor:g}){self._when()}"


@dataclass(frozen=True, kw_only=True)
class Tariff(TradeShock):
    """Importers tax what comes from some exporters.

    Parameters
    ----------
    importers : str or sequence of str
        Who levies it.
    exporters : str or sequence of str
        Whose goods are taxed; everyone else's by default.
    sectors
        As for `Embargo`.
    rate : float, optional
        The new ad-valorem rate as a share of the value before tax, from 0 to 10: 0.4 is 40 %.
    change : float, optional
        The change of the rate as a share, from −10 to 10: 0.05 is five percentage points more.
        Exactly one of `rate` and `change` is given.
    start, duration, recovery : float, optional
        As for `Shock` [days].

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range, or not exactly one of `rate` and
        `change` is given. A rate above 10 is refused because 40 for 40 % is the usual slip.

    Examples
    --------
    >>> Tariff(importers="USA", rate=0.4).describe()
    'tariff of USA on everyone else (all sectors, 40 %)'
    """

    kind: ClassVar[str] = "tariff"

    importers: str | Iterable[str] = ruled(Labels())
    exporters: str | Iterable[str] = ruled(Labels(), default=(EVERYONE,))
    sectors: str | Iterable[str] | None = ruled(_SECTORS, default=None)
    rate: float | None = ruled(Number(0, 10, optional=True, hint=_PERCENT_HINT), default=None)
    change: float | None = ruled(Number(-10, 10, optional=True, hint=_PERCENT_HINT), default=None)

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """As for `Shock`; exactly one of `rate` and `change`, and nobody taxes itself."""
        problems = [*super().combined(values), *_itself(values)]
        if values["rate"] is None and values["change"] is None:
            problems.append(("rate", Wrong("rate is missing: give either rate or change")))
        elif values["rate"] is not None and values["change"] is not None:
            problems.append(("change", Wrong("rate and change are both given: give one of them")))
        return problems

    def locate(self, finder: Finder) -> Links:
        """The links on the finder's table."""
        exporters, importers = finder.sides(self.exporters, self.importers)
        return self._between(finder, exporters, importers)

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        if self.rate is not None:
            size = percent(self.rate)
        else:
            size = f"{100 * (self.change or 0.0):+.6g} points"
        sides = f"{named(self.importers)} on {named(self.exporters)}"
        return f"tariff of {sides} ({named(self.sectors)}, {size}){self._when()}"


def _itself(values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
    """Refuse one region on both sides; a group there means its internal trade."""
    exporters, importers = values["exporters"], values["importers"]
    if exporters != importers or len(exporters) > 1 or exporters == (EVERYONE,):
        return []
    if known_group(exporters[0]):
        return []
    text = f"{exporters[0]} is on both sides: a region cannot be cut from itself"
    return [("importers", Wrong(text))]
