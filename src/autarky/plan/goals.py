"""What a plan is asked for: `Goal` (a share by a year) and `Recovery` (output back after a loss).

Goals are labels; `targets` turns them into positions on a table and refuses what contradicts
itself. May import `shocks`, `table` and below, and `calibrate` of its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.plan.calibrate import Calibration
from autarky.shocks import CapacityLoss, CapitalLoss
from autarky.shocks.groups import Finder
from autarky.table import Table

Ints = NDArray[np.intp]

#: Goals of a plan look at most this far ahead [yr]: beyond, today's techniques say nothing.
FARTHEST = 60
#: How much of a goal may be there already before it asks for nothing.
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A share of home supply, or of one supplier, that an economy is to reach by a year.

    Parameters
    ----------
    region : str
        The economy.
    share : float
        Without `partner`, the least part of domestic use that is to be made at home; with it, the
        most that may come from there. From 0 to 1.
    by : int
        Years from the table's until the goal must hold, and from then on.
    sectors : str or sequence of str, optional
        Each of these sectors (of a group, each member) is to reach the share.
    domain : str or sequence of str, optional
        Sectors or groups that are to reach it together: "electronics", "energy". Without sectors
        and domain the whole economy together.
    partner : str or sequence of str, optional
        The supplier: regions or groups, as one.
    ramp : {"none", "linear"}
        Whether only the deadline counts, or the share must move there evenly.

    Raises
    ------
    OptionError
        A number is out of range, or sectors and domain are both given.

    Examples
    --------
    >>> Goal(region="DEU", sectors=["c9", "c14"], share=0.8, by=12).describe()
    'c9 and c14 each at least 80 % made at home by year 12'
    >>> Goal(region="DEU", domain="electronics", partner="CHN", share=0.1, by=8).describe()
    'electronics at most 10 % from CHN by year 8'
    """

    region: str
    share: float
    by: int
    sectors: str | Iterable[str] | None = None
    domain: str | Iterable[str] | None = None
    partner: str | Iterable[str] | None = None
    ramp: Literal["none", "linear"] = "none"

    def __post_init__(self) -> None:
        for name in ("sectors", "domain", "partner"):
            object.__setattr__(self, name, _labels(getattr(self, name)))
        problems = [_share_problem(self.share), _years_problem(self.by)]
        if self.sectors is not None and self.domain is not None:
            problems.append(
                "sectors and domain are both given: sectors reach the share one by one, a domain "
                "reaches it together; make two goals"
            )
        if self.ramp not in ("none", "linear"):
            problems.append(f"ramp={self.ramp!r} is not one of 'none', 'linear'")
        found = [text for text in problems if text]
        if found:
            raise OptionError("; ".join(found))

    def describe(self) -> str:
        """The goal in words."""
        what = "the whole economy"
        if self.sectors is not None:
            what = _named(self.sectors) + (" each" if len(tuple(self.sectors)) > 1 else "")
        elif self.domain is not None:
            what = _named(self.domain)
        when = f"by year {self.by}" + (", evenly" if self.ramp == "linear" else "")
        if self.partner is not None:
            return f"{what} at most {_percent(self.share)} from {_named(self.partner)} {when}"
        return f"{what} at least {_percent(self.share)} made at home {when}"


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """Output that an economy is to get back to after capacity or capital is destroyed.

    Parameters
    ----------
    region : str
    losses : CapacityLoss, CapitalLoss or sequence of them
        What is destroyed in the table's year; `share` alone counts, not the time of return.
    share : float
        Output over output of the base to be reached again in every sector hit.
    by : int
        Years from the table's until then.

    Raises
    ------
    OptionError
        A number is out of range, or there is no loss.

    Examples
    --------
    >>> from autarky import CapacityLoss
    >>> Recovery(
    ...     region="JPN",
    ...     losses=CapacityLoss(regions="JPN", sectors="c15", share=0.5),
    ...     share=0.95,
    ...     by=4,
    ... ).describe()
    'output of the sectors hit back to 95 % by year 4'
    """

    region: str
    losses: CapacityLoss | CapitalLoss | Iterable[CapacityLoss | CapitalLoss]
    share: float
    by: int

    def __post_init__(self) -> None:
        one = isinstance(self.losses, CapacityLoss | CapitalLoss)
        losses = (self.losses,) if one else tuple(self.losses)
        problems = [_share_problem(self.share), _years_problem(self.by)]
        if not losses or not all(isinstance(x, CapacityLoss | CapitalLoss) for x in losses):
            problems.append("losses must be one or more of CapacityLoss and CapitalLoss")
        object.__setattr__(self, "losses", losses)
        found = [text for text in problems if text]
        if found:
            raise OptionError("; ".join(found))

    def describe(self) -> str:
        """The goal in words."""
        return f"output of the sectors hit back to {_percent(self.share)} by year {self.by}"


Goals = Goal | Recovery | Sequence[Goal | Recovery]


@dataclass(frozen=True, eq=False)
class Target:
    """A goal on a table: one row of the program for each year from the deadline on.

    Attributes
    ----------
    name : str
        For people and rows: "c9", "electronics", "c14 from CHN".
    kind : {"home", "partner", "output"}
    sectors, partners : int array
        Positions.
    share, today : float
        What is asked for, and what there is.
    by : int
    ramp : bool
    """

    name: str
    kind: Literal["home", "partner", "output"]
    sectors: Ints
    partners: Ints
    share: float
    today: float
    by: int
    ramp: bool = False

    @property
    def key(self) -> str:
        """The name as it stands in names of rows and columns."""
        return plain(self.name)

    def asked(self, t: int) -> float | None:
        """The share asked for in year t, None where nothing is."""
        if t >= self.by:
            return self.share
        if not self.ramp or t < 1:
            return None
        return self.today + (self.share - self.today) * t / self.by


def listed(goals: Goals) -> tuple[Goal | Recovery, ...]:
    """One goal or several as a tuple.

    Raises
    ------
    OptionError
        There is none, or something else than goals.
    """
    found = (goals,) if isinstance(goals, Goal | Recovery) else tuple(goals)
    if not found or not all(isinstance(one, Goal | Recovery) for one in found):
        raise OptionError("a plan needs one or more goals: Goal(...) or Recovery(...)")
    regions = list(dict.fromkeys(one.region for one in found))
    if len(regions) > 1:
        raise OptionError(
            f"the goals are for {len(regions)} economies ({', '.join(regions)}); a plan is for "
            "one: solve one after the other, or aggregate the table to make them one region"
        )
    return found


def targets(
    goals: Sequence[Goal | Recovery], table: Table, base: Calibration
) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    """Goals as positions, and what was decided on the way.

    Raises
    ------
    LabelError
        Unknown sectors, groups or partners, with suggestions.
    OptionError
        A goal asks for what is there already or cannot be, or two contradict each other.
    """
    finder = Finder(table)
    found: list[Target] = []
    for goal in goals:
        if isinstance(goal, Goal):
            found += _home(goal, finder, base)
    finder.raise_any()
    for goal in goals:
        if isinstance(goal, Recovery):
            found += recovery_targets(goal, table, base)
    _refuse_done(found, base)
    _refuse_contradictions(found)
    return tuple(found), finder.notes


def _home(goal: Goal, finder: Finder, base: Calibration) -> list[Target]:
    partners = np.zeros(0, dtype=np.intp)
    suffix = ""
    if goal.partner is not None:
        partners = finder.regions(goal.partner)
        suffix = f" from {_named(goal.partner)}"
        if base.regions.position(base.region) in partners:
            finder.problem(f"{base.region} is among the partners of its own goal")
    labels = goal.sectors if goal.sectors is not None else goal.domain
    positions = finder.sectors(labels)
    if finder.failed:
        return []
    if goal.sectors is not None:
        sets = [(base.sectors[int(i)], np.array([i])) for i in positions]
    else:
        sets = [(_named(labels) if labels is not None else "economy", positions)]
    return [
        Target(
            name=f"{name}{suffix}",
            kind="home" if goal.partner is None else "partner",
            sectors=where,
            partners=partners,
            share=goal.share,
            today=_today(base, where, partners),
            by=goal.by,
            ramp=goal.ramp == "linear",
        )
        for name, where in sets
    ]


def _today(base: Calibration, sectors: Ints, partners: Ints) -> float:
    """Home share of some sectors together, or that of partners."""
    used = float(base.use[sectors].sum())
    if used <= 0:
        return float("nan")
    if partners.size:
        return float(base.suppliers[np.ix_(partners, sectors)].sum()) / used
    return 1.0 - float(base.imports[sectors].sum()) / used


def lost_share(goal: Recovery, table: Table, base: Calibration) -> NDArray[np.float64]:
    """(S,) share of capital that is destroyed at the start."""
    left = np.ones(len(base.sectors))
    r = base.regions.position(base.region)
    finder = Finder(table)
    for loss in goal.losses:  # ty: ignore[not-iterable]
        finder.begin()
        regions = finder.regions(loss.regions)
        sectors = finder.sectors(loss.sectors)
        if not finder.failed and r in regions:
            left[sectors] *= 1.0 - loss.share
    finder.raise_any()
    return 1.0 - left


def recovery_targets(goal: Recovery, table: Table, base: Calibration) -> list[Target]:
    """One target for every sector hit."""
    lost = lost_share(goal, table, base)
    hit = np.flatnonzero((lost > 0) & base.active)
    if not hit.size:
        raise OptionError(
            f"the losses destroy nothing in {base.region}: they must name it, and sectors that "
            "make something there"
        )
    nobody = np.zeros(0, dtype=np.intp)
    return [
        Target(
            name=base.sectors[int(i)],
            kind="output",
            sectors=np.array([i]),
            partners=nobody,
            share=goal.share,
            today=float(1.0 - lost[i]),
            by=goal.by,
        )
        for i in hit
    ]


def _refuse_done(found: Sequence[Target], base: Calibration) -> None:
    problems = []
    for one in found:
        if np.isnan(one.today):
            problems.append(f"{base.region} uses nothing of {one.name}: there is nothing to share")
            continue
        done = one.today <= one.share if one.kind == "partner" else one.today >= one.share
        if done:
            what = {"home": "made at home", "partner": "of use", "output": "of output left"}
            problems.append(
                f"{one.name} is at {_percent(one.today)} {what[one.kind]} already; a goal of "
                f"{_percent(one.share)} asks for nothing"
            )
    if problems:
        raise OptionError("; ".join(problems))


def _refuse_contradictions(found: Sequence[Target]) -> None:
    problems = []
    for n, one in enumerate(found):
        for two in found[n + 1 :]:
            same = np.array_equal(one.sectors, two.sectors) and one.kind == two.kind
            if not same or not np.array_equal(one.partners, two.partners):
                continue
            first, last = (one, two) if one.by <= two.by else (two, one)
            sign = -1.0 if one.kind == "partner" else 1.0
            if first.by == last.by:
                problems.append(
                    f"{one.name} has two goals for year {one.by}: {_percent(one.share)} and "
                    f"{_percent(two.share)}"
                )
            elif sign * (first.share - last.share) > _SAME:
                problems.append(
                    f"{one.name} is to be at {_percent(first.share)} by year {first.by} and from "
                    f"then on, but at {_percent(last.share)} by year {last.by}"
                )
    if problems:
        raise OptionError(
            f"goals contradict each other: {'; '.join(problems)}. Keep one of each pair"
        )


def plain(label: str) -> str:
    """A label without what would end a name."""
    return label.replace(" ", "_").replace(",", "")


def _labels(value: str | Iterable[str] | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    found = (value,) if isinstance(value, str) else tuple(value)
    if not found:
        raise OptionError("an empty list of labels: leave it out for all")
    return found


def _share_problem(share: float) -> str:
    if 0 <= share <= 1:
        return ""
    hint = f": write {share / 100:g} for {share:g} %" if 1 < share <= 100 else ""
    return f"share is {share:g}; it must lie in [0, 1]{hint}"


def _years_problem(by: int) -> str:
    if isinstance(by, (int, np.integer)) and not isinstance(by, bool) and 1 <= by <= FARTHEST:
        return ""
    if isinstance(by, (int, float)) and by <= 0:
        return f"by is {by:g}: a goal lies in the future, at least 1 year ahead"
    return f"by is {by}; it must be a whole number of years from 1 to {FARTHEST}, not a date"


def _named(labels: str | Iterable[str]) -> str:
    names = [labels] if isinstance(labels, str) else list(labels)
    if len(names) == 1:
        return names[0]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
