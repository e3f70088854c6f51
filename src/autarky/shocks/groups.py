"""Names for many regions or sectors at once, and their places on a table.

"EU27" or "NATO" stands for its members in the table's year; "energy" for the sectors that a known
classification has for it. Who was a member when, and which codes a sector group has, stand in
``data/groups.toml`` and ``data/sector_groups.toml``. May import `table` and below, and `fields`.
"""

from __future__ import annotations

import difflib
import functools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.errors import LabelError, ShockError
from autarky.shocks.fields import EVERYONE
from autarky.table import Table

IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class Group:
    """A group of regions.

    Attributes
    ----------
    name, title, source, note : str
        How shocks call it, what it is, where its membership comes from, and what to know.
    spans : mapping of str to tuple of (joined, left)
        Per region code its times of membership: a member of year y if it belonged at the end of
        that year, joined ≤ y < left; left is None for members until now.
    dated : bool
        Whether membership depends on the year; if not, all are always members.
    """

    name: str
    title: str
    source: str
    spans: Mapping[str, tuple[tuple[int, int | None], ...]]
    dated: bool
    note: str = ""

    def members(self, year: int | None = None) -> tuple[str, ...]:
        """Codes of the members in a year, in alphabetical order.

        Raises
        ------
        ShockError
            Membership depends on the year, and none is given or nobody was a member then.

        Examples
        --------
        >>> groups()["NATO"].members(1990)[:3]
        ('BEL', 'CAN', 'DEU')
        """
        if not self.dated:
            return tuple(sorted(self.spans))
        if year is None:
            raise ShockError(
                f"the members of {self.name} depend on the year, and the table has none: set "
                "groups_year in the scenario"
            )
        found = [
            code
            for code, spans in self.spans.items()
            if any(joined <= year and (left is None or year < left) for joined, left in spans)
        ]
        if not found:
            raise ShockError(
                f"{self.name} ({self.title}) has no members in {year}{self._hint()}; set "
                "groups_year in the scenario for another year's"
            )
        return tuple(sorted(found))

    def _hint(self) -> str:
        if self.note:
            return f". {self.note}"
        first = min(joined for spans in self.spans.values() for joined, _ in spans)
        return f"; its first year is {first}"


@dataclass(frozen=True)
class SectorGroup:
    """A group of sectors: its title, and per classification the sectors that stand for it."""

    name: str
    title: str
    sectors: Mapping[str, tuple[str, ...]]


@functools.cache
def groups() -> Mapping[str, Group]:
    """All groups of regions that shocks may name, by name.

    Examples
    --------
    >>> groups()["EU27"].members(2008)[-3:]
    ('SVK', 'SVN', 'SWE')
    """
    found = {}
    for name, entry in _data("groups.toml").items():
        members = entry["members"]
        dated = isinstance(members, dict)
        pairs = members.items() if dated else ((code, ()) for code in members)
        found[name] = Group(
            name=name,
            title=entry["title"],
            source=entry["source"],
            spans=MappingProxyType({code: _spans(years) for code, years in pairs}),
            dated=dated,
            note=entry.get("note", ""),
        )
    return MappingProxyType(found)


@functools.cache
def classifications() -> Mapping[str, frozenset[str]]:
    """The lists of sectors that sector groups are known for, by name."""
    entries = _data("sector_groups.toml")["classifications"]
    return MappingProxyType({name: frozenset(labels) for name, labels in entries.items()})


@functools.cache
def sector_groups() -> Mapping[str, SectorGroup]:
    """All groups of sectors that shocks may name, by name.

    Examples
    --------
    >>> sector_groups()["energy"].sectors["wiod2013"]
    ('c2', 'c8', 'c17')
    """
    found = {}
    for name, entry in _data("sector_groups.toml")["groups"].items():
        sectors = {key: tuple(entry[key]) for key in classifications() if key in entry}
        found[name] = SectorGroup(name, entry["title"], MappingProxyType(sectors))
    return MappingProxyType(found)


def known_group(label: str) -> bool:
    """Whether a label is the name of a group of regions."""
    return label in groups()


class Finder:
    """Finds regions and sectors of a table by label or group, and collects what goes wrong.

    Parameters
    ----------
    table : Table
    groups_year : int, optional
        The year whose membership counts; the table's by default.
    """

    def __init__(self, table: Table, groups_year: int | None = None) -> None:
        self.table = table
        self.year = table.year if groups_year is None else groups_year
        self._unknown: dict[str, dict[str, tuple[str, ...]]] = {"region": {}, "sector": {}}
        self._problems: dict[str, None] = {}
        self._notes: dict[str, None] = {}
        #: Whether something was not found since `begin`.
        self.failed = False

    def begin(self) -> None:
        """Start with the next shock: what failed before does not hide its own problems."""
        self.failed = False

    # --- what was found -----------------------------------------------------------------------

    @property
    def notes(self) -> tuple[str, ...]:
        """What was decided on the way, each once."""
        return tuple(self._notes)

    def problem(self, text: str) -> None:
        """Add a problem."""
        self._problems[text] = None
        self.failed = True

    def note(self, text: str) -> None:
        """Add a note."""
        self._notes[text] = None

    def raise_any(self) -> None:
        """Raise one error for everything collected.

        Raises
        ------
        LabelError
            Only labels are unknown; all are listed with suggestions.
        ShockError
            There are other problems; unknown labels are among those listed.
        """
        there = {
            "region": (*self.table.regions, *groups()),
            "sector": (*self.table.sectors, *self._groups_here()),
        }
        errors = [
            LabelError(_noun(kind, len(found)), list(found), found, known=there[kind])
            for kind, found in self._unknown.items()
            if found
        ]
        if self._problems:
            texts = [*map(str, errors), *self._problems]
            raise ShockError("; ".join(texts), texts)
        if len(errors) > 1:
            both = {**self._unknown["region"], **self._unknown["sector"]}
            raise LabelError("regions, sectors or group", list(both), both)
        if errors:
            raise errors[0]

    # --- regions ------------------------------------------------------------------------------

    def sides(self, first: Any, second: Any) -> tuple[IntArray, IntArray]:
        """Positions of two sides; "*" on one of them is everyone who is not on the other."""
        star = (EVERYONE,)
        everyone = np.arange(len(self.table.regions), dtype=np.intp)
        one = everyone if first == star else self.regions(first)
        two = everyone if second == star else self.regions(second)
        if first == star and second != star:
            one = np.setdiff1d(everyone, two)
        elif second == star and first != star:
            two = np.setdiff1d(everyone, one)
        return one, two

    def regions(self, labels: Any) -> IntArray:
        """Positions of regions and groups, each once; what is not found is collected."""
        if labels == (EVERYONE,):
            return np.arange(len(self.table.regions), dtype=np.intp)
        found: list[int] = []
        for label in labels:
            # A region of the table goes before a group of the same name: an aggregated table.
            if label in self.table.regions:
                found.append(self.table.regions.position(label))
                if known_group(label):
                    self.note(f"{label} is taken as the table's region of that name")
            elif known_group(label):
                found += self._members(groups()[label])
            else:
                near = [*self.table.regions.suggest(label), *_near(label, groups())]
                self._unknown["region"][label] = tuple(dict.fromkeys(near))[:3]
                self.failed = True
        return np.array(list(dict.fromkeys(found)), dtype=np.intp)

    def _members(self, group: Group) -> list[int]:
        try:
            members = group.members(self.year)
        except ShockError as error:
            self.problem(str(error))
            return []
        there = [
            self.table.regions.position(code) for code in members if code in self.table.regions
        ]
        missing = [code for code in members if code not in self.table.regions]
        when = f" in {self.year}" if group.dated else ""
        if not there:
            self.problem(
                f"no member of {group.name}{when} is a region of the table: {', '.join(missing)}"
            )
        elif missing:
            self.note(
                f"{group.name}: {len(there)} of {len(members)} members{when} are in the table; "
                f"left out: {', '.join(missing)}"
            )
        return there

    # --- sectors ------------------------------------------------------------------------------

    def sectors(self, labels: Any) -> IntArray:
        """Positions of sectors and groups of sectors, each once; None stands for all."""
        axis = self.table.sectors
        if labels is None:
            return np.arange(len(axis), dtype=np.intp)
        found: list[int] = []
        for label in labels:
            if label in axis:
                found.append(axis.position(label))
            elif label in sector_groups():
                found += self._group_sectors(sector_groups()[label])
            else:
                near = [*axis.suggest(label), *_near(label, sector_groups())]
                self._unknown["sector"][label] = tuple(dict.fromkeys(near))[:3]
                self.failed = True
        return np.array(list(dict.fromkeys(found)), dtype=np.intp)

    def _groups_here(self) -> tuple[str, ...]:
        """The groups that this table's sectors can be asked by."""
        name = classify(self.table.sectors)
        return tuple(
            one.name
            for one in sector_groups().values()
            if name in one.sectors and one.name not in self.table.sectors
        )

    def _group_sectors(self, group: SectorGroup) -> list[int]:
        axis = self.table.sectors
        name = classify(axis)
        if name is None or name not in group.sectors:
            known = ", ".join(sorted(group.sectors))
            self.problem(
                f"the sector group {group.name!r} is known for tables with the sectors of {known}, "
                f"not for this one: name its sectors, such as {', '.join(axis.labels[:3])}"
            )
            return []
        return [axis.position(label) for label in group.sectors[name]]


def classify(labels: Iterable[str]) -> str | None:
    """The classification that a list of sectors is, all of it; None if it is none of them."""
    wanted = frozenset(labels)
    return next((name for name, known in classifications().items() if wanted == known), None)


def _noun(kind: str, count: int) -> str:
    # LabelError adds the plural's s to the last word.
    return f"{kind} or group" if count == 1 else f"{kind}s or group"


def _near(label: str, known: Iterable[str]) -> list[str]:
    folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(label.strip().casefold(), folded, n=2, cutoff=0.6)
    return [folded[key] for key in close]


def _spans(years: Any) -> tuple[tuple[int, int | None], ...]:
    """[1973, 2020] is from 1973 until 2020; [1960, 1973, 1990] has a second time, until now."""
    return tuple(
        (years[i], years[i + 1] if i + 1 < len(years) else None) for i in range(0, len(years), 2)
    )


def _data(name: str) -> dict[str, Any]:
    text = resources.files("autarky.shocks").joinpath("data", name).read_text(encoding="utf-8")
    return tomllib.loads(text)
