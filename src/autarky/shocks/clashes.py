"""Shocks that fall on the same place at the same time: contradictions, and what is worth saying.

The rules, for one link (or industry) and overlapping times:

* two embargoes, or isolations, with different shares contradict each other; with the same share
  the link is cut once, and a note says so;
* two trade costs contradict each other; so do two tariffs, unless they set the same rate;
* a trade cost or tariff on a link that is cut altogether has no effect: a note says so;
* an embargo of a part of the flow combines with trade costs and tariffs, each acting in its way;
* capacity losses and shifts of demand combine by multiplication: (1 − a)(1 − b); a note says so;
* capital losses add up, to the whole at most; with a capacity loss at the same place what is left
  is multiplied;
* two stock releases of one product contradict each other; transfers add up;
* the same shock twice is always refused.

May import `table` and below, and its own folder but for `scenario`, `files` and `library`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autarky.shocks.base import Links, Places, Shock, Where
from autarky.shocks.fields import EVERYONE
from autarky.shocks.groups import known_group
from autarky.shocks.local import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    LocalShock,
    StockRelease,
    Transfer,
)
from autarky.shocks.trade import Embargo, Isolation, Tariff, TradeCost, TradeShock
from autarky.table import Table


@dataclass(frozen=True)
class Footprint:
    """The cells that one shock falls on: links (r, s), regions r or payments (r, s).

    `sectors` is None for all; `where` names a cell in a message.
    """

    number: int
    shock: Shock
    cells: tuple[Hashable, ...]
    sectors: frozenset[Any] | None
    where: Callable[[Any], str]

    @property
    def name(self) -> str:
        """How messages call the shock."""
        return f"shock {self.number} ({self.shock.describe()})"


@dataclass(frozen=True)
class Clash:
    """Two shocks at one place: refused, or worth a note."""

    number: int
    text: str
    refused: bool


def clashes(footprints: Iterable[Footprint], *, timeless: bool = False) -> list[Clash]:
    """What is to be said about shocks that share a cell, each pair once.

    Parameters
    ----------
    footprints : iterable of Footprint
    timeless : bool
        Whether shocks at different times count as being in force together.
    """
    # Only shocks that share a cell are compared: there may be a tariff per link.
    owners: dict[Hashable, list[Footprint]] = {}
    found = []
    for new in footprints:
        earlier: dict[int, tuple[Footprint, Hashable]] = {}
        for cell in new.cells:
            family = (_family(new.shock), cell)
            for old in owners.get(family, ()):
                earlier.setdefault(old.number, (old, cell))
            owners.setdefault(family, []).append(new)
        for old, cell in earlier.values():
            clash = _compare(old, new, cell, timeless=timeless)
            if clash:
                found.append(clash)
    return found


def doubles(shocks: Sequence[Shock]) -> list[Clash]:
    """Shocks that are there twice."""
    seen: dict[Shock, int] = {}
    found = []
    for number, shock in enumerate(shocks, 1):
        if shock in seen:
            text = f"shocks {seen[shock]} and {number} are the same ({shock.describe()})"
            found.append(Clash(number, f"{text}: keep one", refused=True))
        seen.setdefault(shock, number)
    return found


def on_table(number: int, shock: Shock, found: Where, table: Table) -> Footprint:
    """The footprint of a shock that was found on a table."""

    def region(r: int) -> str:
        return table.regions[int(r)]

    def link(pair: tuple[int, int]) -> str:
        return f"{region(pair[0])} → {region(pair[1])}"

    if isinstance(found, Links):
        cells = tuple(zip(found.exporters.tolist(), found.importers.tolist(), strict=True))
        return Footprint(number, shock, cells, frozenset(found.sectors.tolist()), link)
    if isinstance(found, Places):
        sectors = frozenset(found.sectors.tolist())
        return Footprint(number, shock, tuple(found.regions.tolist()), sectors, region)
    cells = tuple((p, r) for p in found.payers.tolist() for r in found.receivers.tolist())
    return Footprint(number, shock, cells, None, link)


def by_label(shocks: Sequence[Shock]) -> list[Footprint]:
    """Footprints as far as labels tell without a table.

    A shock that names a group is only compared with one that names exactly the same sides: who
    belongs to the group is not known yet.
    """
    universe = {EVERYONE}
    universe.update(x for shock in shocks for side in _sides(shock) for x in side)
    return [
        Footprint(number, shock, _label_cells(shock, universe), _label_sectors(shock), _label_where)
        for number, shock in enumerate(shocks, 1)
    ]


# --- rules --------------------------------------------------------------------------------------


def _compare(old: Footprint, new: Footprint, cell: Any, *, timeless: bool) -> Clash | None:
    if not _together(old.shock, new.shock, timeless=timeless):
        return None
    if old.sectors is not None and new.sectors is not None and not old.sectors & new.sectors:
        return None
    verdict = _verdict(old, new)
    if verdict is None or old.shock == new.shock:
        return None  # the same shock twice is said by `doubles`
    refused, what = verdict
    where = old.where(cell)
    return Clash(new.number, f"{old.name} and {new.name} both fall on {where}: {what}", refused)


def _verdict(old: Footprint, new: Footprint) -> tuple[bool, str] | None:
    a, b = old.shock, new.shock
    if isinstance(a, TradeShock):
        return _trade_verdict(old, new)
    if isinstance(a, CapitalLoss) and isinstance(b, CapitalLoss):
        return False, "the shares of capital destroyed add up, to all of it at most"
    if isinstance(a, CapacityLoss | CapitalLoss) and isinstance(b, CapacityLoss | CapitalLoss):
        return False, "what is left is multiplied, (1 − a)(1 − b)"
    if isinstance(a, DemandShift) and isinstance(b, DemandShift):
        return False, "the changes are multiplied, (1 + a)(1 + b)"
    if isinstance(a, StockRelease) and isinstance(b, StockRelease):
        return True, "give one stock for each product"
    if isinstance(a, Transfer):
        return False, "the payments add up"
    return None


def _trade_verdict(old: Footprint, new: Footprint) -> tuple[bool, str] | None:
    a, b = old.shock, new.shock
    cuts = (Embargo, Isolation)
    if isinstance(a, cuts) and isinstance(b, cuts):
        if a.share == b.share:
            return False, "the link is cut once"
        return True, "they cut different shares of the same link; give one share for each link"
    for cut, other in ((old, new), (new, old)):
        if isinstance(cut.shock, cuts):
            if cut.shock.share < 1:
                return None
            return False, f"shock {other.number} has no effect on a link that is cut altogether"
    if isinstance(a, TradeCost) and isinstance(b, TradeCost):
        return (
            True,
            "the link has two trade costs; give one factor, their product if both are meant",
        )
    if isinstance(a, Tariff) and isinstance(b, Tariff):
        if a.rate is not None and a.rate == b.rate:
            return False, "both set the same rate, which counts once"
        return True, "the link has two tariffs; give one for each link"
    return None


def _together(a: Shock, b: Shock, *, timeless: bool) -> bool:
    return timeless or (a.start < b.end and b.start < a.end)


def _family(shock: Shock) -> str:
    if isinstance(shock, CapacityLoss | CapitalLoss):
        return "capacity"
    return "trade" if isinstance(shock, TradeShock) else shock.kind


# --- labels without a table ---------------------------------------------------------------------


def _sides(shock: Any) -> list[tuple[str, ...]]:
    if isinstance(shock, Isolation):
        return [shock.region, (EVERYONE,)]
    if isinstance(shock, LocalShock):
        return [shock.regions]
    if isinstance(shock, Transfer):
        return [shock.payers, shock.receivers]
    return [shock.exporters, shock.importers]


def _label_cells(shock: Shock, universe: set[str]) -> tuple[Hashable, ...]:
    sides = [frozenset(side) for side in _sides(shock)]
    if any(known_group(label) for side in sides for label in side):
        return (tuple(sides),)
    star = frozenset((EVERYONE,))
    if len(sides) == 1:
        return tuple(sorted(universe if sides[0] == star else sides[0]))
    first, second = sides
    one = universe - (second - star) if first == star else first
    two = universe - (first - star) if second == star else second
    pairs = {(r, s) for r in one for s in two if r != s or r == EVERYONE}
    if isinstance(shock, Isolation) or getattr(shock, "mutual", False):
        pairs |= {(s, r) for r, s in pairs}
    return tuple(sorted(pairs))


def _label_sectors(shock: Any) -> frozenset[str] | None:
    sectors = getattr(shock, "sectors", None)
    return None if sectors is None else frozenset(sectors)


def _label_where(cell: Any) -> str:
    def side(label: str | frozenset[str]) -> str:
        text = label if isinstance(label, str) else ", ".join(sorted(label))
        return "everyone else" if text == EVERYONE else text

    return side(cell) if isinstance(cell, str) else " → ".join(map(side, cell))
