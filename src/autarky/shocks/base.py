"""What all shocks share: timing, strict fields, and where they fall on a table.

May import `table` and below, and `fields` and `groups` of its own folder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.axes import Industries
from autarky.errors import ShockError
from autarky.shocks.fields import Number, Wrong, rule_of, ruled
from autarky.shocks.groups import Finder

IntArray = NDArray[np.intp]
FloatArray = NDArray[np.float64]

#: How what was lost returns: evenly, fast at first, or slowly at first.
CURVES = ("linear", "convex", "concave")


@dataclass(frozen=True, eq=False)
class Links:
    """Trade links: P pairs of regions, and the sectors traded.

    Attributes
    ----------
    exporters, importers : (P,) int array
        Link p goes from region ``exporters[p]`` to ``importers[p]``, never to itself. Every link
        is there once, in the order of exporters, then importers.
    sectors : (K,) int array
        The exporting sectors concerned, positions on ``table.sectors``, ascending.
    notes : tuple of str
        What was decided on the way: members of a group that the table does not have.
    """

    exporters: IntArray
    importers: IntArray
    sectors: IntArray
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _freeze(self.exporters, self.importers, self.sectors)

    def __len__(self) -> int:
        return self.exporters.size

    def blocks(self, industries: Industries) -> list[tuple[IntArray, IntArray]]:
        """(selling industries, buying regions) of each exporter that has links."""
        chosen = np.isin(industries.sector_of, self.sectors)
        found = []
        for exporter in np.unique(self.exporters):
            block = industries.block(int(exporter))
            rows = block.start + np.flatnonzero(chosen[block])
            found.append((rows, self.importers[self.exporters == exporter]))
        return found


@dataclass(frozen=True, eq=False)
class Places:
    """Regions and sectors hit at home.

    Attributes
    ----------
    regions, sectors : int array
        Positions on ``table.regions`` and ``table.sectors``, ascending; every sector of each
        region is meant.
    notes : tuple of str
        As in `Links`.
    """

    regions: IntArray
    sectors: IntArray
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _freeze(self.regions, self.sectors)

    def industries(self, industries: Industries) -> IntArray:
        """Positions of the industries concerned."""
        mask = np.isin(industries.region_of, self.regions)
        return np.flatnonzero(mask & np.isin(industries.sector_of, self.sectors))


@dataclass(frozen=True, eq=False)
class Damage(Places):
    """Regions and sectors whose capital is destroyed, and who is asked to rebuild it.

    Attributes
    ----------
    regions, sectors, notes
        As in `Places`.
    rebuilders : (S,) float array or None
        Share of the orders that goes to each product of ``table.sectors``, adding up to 1; None
        where nobody is asked.
    """

    rebuilders: FloatArray | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rebuilders is not None:
            self.rebuilders.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Sides:
    """Who pays and who receives: positions on ``table.regions``, ascending."""

    payers: IntArray
    receivers: IntArray
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _freeze(self.payers, self.receivers)


Where = Links | Places | Sides


@dataclass(frozen=True, kw_only=True)
class Shock:
    """Root of all shocks: when it starts, how long it lasts, how long the return takes.

    Models without time take the full size of a shock as lasting for good, and say so.

    Parameters
    ----------
    start : float
        First day in force, at least 0 [days].
    duration : float, optional
        Time in full force, above 0; for good by default [days].
    recovery : float, optional
        Time of the linear return after `duration`, at least 0; at once by default [days].

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range; all of them are listed.
    """

    #: How files and models call it.
    kind: ClassVar[str] = ""

    start: float = ruled(Number(0, unit="days"), default=0.0)
    duration: float | None = ruled(Number(0, above=True, unit="days", optional=True), default=None)
    recovery: float | None = ruled(Number(0, unit="days", optional=True), default=None)

    def __post_init__(self) -> None:
        clean, problems = read_fields(
            type(self), {f.name: getattr(self, f.name) for f in fields(self)}
        )
        if problems:
            texts = [wrong.text for _, wrong in problems]
            raise ShockError("; ".join(texts), texts)
        for name, value in clean.items():
            object.__setattr__(self, name, value)

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """What is wrong with fields together, each being right alone: (field, why)."""
        if values["recovery"] and values["duration"] is None:
            text = "recovery needs a duration: what lasts for good does not recover"
            return [("recovery", Wrong(text))]
        return []

    def locate(self, finder: Finder) -> Where:
        """Where it falls on the finder's table; problems and notes stay with the finder."""
        raise NotImplementedError

    def describe(self) -> str:
        """What happens to whom, in a few words."""
        raise NotImplementedError

    @property
    def end(self) -> float:
        """The day from which nothing is left of it; infinite where it lasts for good [days]."""
        if self.duration is None:
            return math.inf
        return self.start + self.duration + (self.recovery or 0.0)

    def strength(self, days: ArrayLike) -> FloatArray:
        """Share of the full size that is in force on given days.

        Parameters
        ----------
        days : array
            Time since the scenario's beginning [days].

        Returns
        -------
        array
            0 before `start`, 1 for `duration`, then falling linearly to 0 over `recovery`.

        Examples
        --------
        >>> from autarky.shocks import Isolation
        >>> Isolation(region="A", start=1, duration=2, recovery=4).strength([0, 1, 2, 3, 4, 7])
        array([0.  , 1.  , 1.  , 1.  , 0.75, 0.  ])
        """
        t = np.asarray(days, dtype=np.float64)
        if self.duration is None:
            return np.where(t >= self.start, 1.0, 0.0)
        over = t - (self.start + self.duration)
        if self.recovery:
            left = self._left(np.clip(over / self.recovery, 0.0, 1.0))
        else:
            left = np.where(over < 0, 1.0, 0.0)
        return np.where(t >= self.start, left, 0.0)

    def _left(self, part: FloatArray) -> FloatArray:
        """Share of the full size after some part, 0 … 1, of the recovery."""
        return 1.0 - part

    def _when(self) -> str:
        if self.duration is None:
            return f", from day {self.start:g}" if self.start else ""
        recovery = f", then {self.recovery:g} of {self._return()}" if self.recovery else ""
        return f", for {self.duration:g} days from day {self.start:g}{recovery}"

    def _return(self) -> str:
        return "recovery"


def read_fields(
    cls: type[Any], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, Wrong]]]:
    """The values of a ruled dataclass as it keeps them, and (field, what is wrong) for the rest."""
    clean: dict[str, Any] = {}
    problems: list[tuple[str, Wrong]] = []
    for spec in fields(cls):
        name = spec.name
        try:
            clean[name] = rule_of(spec).read(name, values.get(name, default_of(spec)))
        except Wrong as wrong:
            problems.append((name, wrong))
    if not problems:
        problems = cls.combined(clean)
    return clean, problems


def default_of(spec: Field[Any]) -> Any:
    """The default of a field; None where it has none."""
    return None if spec.default is MISSING else spec.default


def links(table_finder: Finder, pairs: NDArray[np.bool_], sectors: IntArray, says: str) -> Links:
    """Links of a mask of pairs; a problem of the finder where nothing is left.

    Parameters
    ----------
    table_finder : Finder
    pairs : (R, R) bool array
        Exporter by importer; the diagonal is ignored.
    sectors : (K,) int array
    says : str
        The shock, for the message.
    """
    industries = table_finder.table.industries
    pairs = pairs.copy()
    np.fill_diagonal(pairs, val=False)
    if not industries.is_regular:
        chosen = np.isin(industries.sector_of, sectors)
        sells = np.bincount(industries.region_of[chosen], minlength=len(industries.regions)) > 0
        pairs &= sells[:, None]
    exporters, importers = np.nonzero(pairs)
    if not exporters.size and not table_finder.failed:
        table_finder.problem(
            f"{says} reaches nothing: no flow of these sectors crosses a border between the two "
            "sides"
        )
    return Links(exporters, importers, np.unique(sectors))


def named(labels: Any) -> str:
    """Labels in a sentence; "everyone else" for the star."""
    if labels is None:
        return "all sectors"
    if tuple(labels) == ("*",):
        return "everyone else"
    shown = ", ".join(labels[:4])
    return shown if len(labels) <= 4 else f"{shown} and {len(labels) - 4} more"


def percent(share: float) -> str:
    """0.25 as "25 %"."""
    return f"{100 * share:.6g} %"


def _freeze(*arrays: IntArray) -> None:
    for array in arrays:
        array.setflags(write=False)
