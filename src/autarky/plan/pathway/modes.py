"""Questions that ask the pathway many times: fewest years, highest share, curves, alternatives.

May import `results` and below, `goals`, and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from autarky.errors import OptionError
from autarky.lp import Optimum, Program, Solver
from autarky.lp.program import Ints
from autarky.plan.goals import FARTHEST, Goal, Goals, Recovery, Target
from autarky.plan.pathway.answer import CLOSE, Solved, plan_of
from autarky.results import Dimension, Field, Plan
from autarky.table import Table

if TYPE_CHECKING:
    from autarky.plan.pathway.model import Pathway, Prepared

Array = NDArray[np.float64]

#: Years that the search for the fewest looks ahead by default.
LONGEST = 30
#: Years that a plan which misses its goal looks ahead.
SOUGHT = 20


def fastest(
    model: Pathway,
    table: Table,
    goal: Goal | Recovery,
    *,
    max_loss: float | None = None,
    close: float = 0.5,
    longest: int = LONGEST,
) -> Plan:
    """The plan with the fewest years in which a goal is met.

    Parameters
    ----------
    model, table
    goal : Goal or Recovery
        Its `by` does not count.
    max_loss : float, optional
        Most loss of consumption, as a share; without it any loss will do that the penalty of a
        missed goal is worth.
    close : float
        Percentage points short that still count as met.
    longest : int
        Years looked ahead.

    Returns
    -------
    Plan
        That of the fewest years, with `years_needed`; of `longest` years, and `reached` False,
        where these are not enough.

    Raises
    ------
    OptionError
        A number is out of range.
    """
    if max_loss is not None and not 0 < max_loss < 1:
        raise OptionError(f"max_loss is {max_loss:g}; it is a share: write 0.01 for 1 %")
    if not 1 <= longest <= FARTHEST:
        raise OptionError(f"longest is {longest}; it must be from 1 to {FARTHEST} years")
    prepared = model.prepare(table, replace(goal, by=longest))
    years, best = search(prepared, low=0, longest=longest, max_loss=max_loss, close=close)
    plan = plan_of(
        Solved(best.prepared, best.best, best.prepared.replication()), best.prepared.band()
    )
    region = Dimension({"region": (best.setting.base.region,)})
    within = "" if max_loss is None else f" at a loss of at most {100 * max_loss:.3g} %"
    said = (
        f"{longest} years are not enough{within}."
        if years is None
        else f"It takes {years} year{'s' if years > 1 else ''}{within}."
    )
    needed = np.array([np.nan if years is None else float(years)])
    return replace(
        plan,
        fields=(Field("years_needed", needed, (region,)), *plan.fields),
        reached=years is not None,
        sentences=(said, *plan.sentences),
        parameters={**plan.parameters, "max_loss": max_loss, "close": close, "longest": longest},
    )


def search(
    prepared: Prepared,
    *,
    low: int,
    longest: int = LONGEST,
    max_loss: float | None = None,
    close: float = 0.5,
) -> tuple[int | None, Solved]:
    """The fewest years above `low` in which all goals are met, and their plan.

    From nothing, the years double until they are enough; else the longest time is tried first.
    Then the step is halved. None, with the plan of `longest` years, where these are not enough.
    """
    known: dict[int, Solved] = {}

    def met(years: int) -> bool:
        if years not in known:
            known[years] = prepared.due(years).solved()
        one = known[years]
        short = max(one.unmet(target) for target in one.setting.targets)
        return short <= close and (max_loss is None or one.loss <= max_loss)

    high = longest if low else 1
    while not (enough := met(high)) and high < longest:
        low, high = high, min(2 * high, longest)
    while enough and high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if met(middle) else (middle, high)
    return (high if enough else None), known[high]


def max_reach(model: Pathway, table: Table, goal: Goal, *, budget: float) -> Plan:
    """The plan with the highest share (lowest, of a partner) within a loss of consumption.

    Parameters
    ----------
    model, table
    goal : Goal
        Its `share` does not count.
    budget : float
        Most loss of consumption, as a share.

    Raises
    ------
    OptionError
        The budget is out of range.
    """
    if not 0 < budget < 1:
        raise OptionError(f"budget is {budget:g}; it is a share: write 0.01 for 1 %")
    farthest = 0.0 if goal.partner is not None else 1.0
    frontier = _Frontier(model, table, replace(goal, share=farthest))
    whole = frontier.at(1.0)
    if _fits(whole, budget):
        best, part = whole, 1.0
    else:
        part, high, best = 0.0, 1.0, None
        for _ in range(10):
            middle = 0.5 * (part + high)
            found = frontier.at(middle)
            if _fits(found, budget):
                part, best = middle, found
            else:
                high = middle
        if best is None:
            raise OptionError(
                f"a loss of {100 * budget:.3g} % of consumption buys less than a thousandth of the "
                "way to this goal: give a larger budget or more years"
            )
    plan = plan_of(Solved(best.prepared, best.best, best.prepared.replication()))
    shares = ", ".join(f"{t.name} {100 * t.share:.1f} %" for t in best.setting.targets)
    said = f"For {100 * budget:.3g} % of consumption the goal can be {shares}."
    return replace(
        plan,
        sentences=(said, *plan.sentences),
        parameters={**plan.parameters, "budget": budget, "part_of_the_way": part},
    )


def _fits(one: Solved, budget: float) -> bool:
    return one.all_reached and one.loss <= budget


def ambition_curve(model: Pathway, table: Table, goal: Goal, shares: Iterable[float]) -> Plan:
    """Loss, and what is reached, against the share asked for; one warm start after the other.

    Parameters
    ----------
    model, table
    goal : Goal
        Its `share` does not count.
    shares : sequence of float
        Ascending in ambition, or in any order.

    Returns
    -------
    Plan
        `consumption_loss`, `goal_reached`, `goal_unmet` and `allowance_price` by share asked for.
    """
    asked = _numbers(shares, "share")
    far = min(asked) if goal.partner is not None else max(asked)
    frontier = _Frontier(model, table, replace(goal, share=far))
    order = sorted(asked, reverse=goal.partner is None)
    found = {share: frontier.asking(share) for share in order}
    labels = Dimension({"asked": tuple(f"{share:g}" for share in asked)})
    return _curve([found[share] for share in asked], labels, "share asked for")


def speed_curve(model: Pathway, table: Table, goal: Goal, years: Iterable[int]) -> Plan:
    """Loss, and what is reached, against the years allowed.

    Returns
    -------
    Plan
        As for `ambition_curve`, by years.
    """
    allowed = [int(t) for t in _numbers(years, "year")]
    first = model.prepare(table, replace(goal, by=max(allowed)))
    found = [first.due(t).solved() for t in allowed]
    labels = Dimension({"years": tuple(str(t) for t in allowed)})
    return _curve(found, labels, "years allowed")


def _numbers(values: Iterable[float], what: str) -> list[float]:
    found = list(dict.fromkeys(values))
    if not found:
        raise OptionError(f"a curve needs at least one {what}")
    return found


def _curve(found: Sequence[Solved], labels: Dimension, what: str) -> Plan:
    """One plan with a point for each solved program."""
    last = found[-1]
    plan = plan_of(Solved(last.prepared, last.best, last.prepared.replication()))
    region = Dimension({"region": (last.setting.base.region,)})
    names = Dimension({"sector": tuple(t.name for t in last.setting.targets)})
    by_goal = {
        "goal_reached": [[one.reached(t) for t in one.setting.targets] for one in found],
        "goal_unmet": [[one.unmet(t) for t in one.setting.targets] for one in found],
        "allowance_price": [
            [float(one.allowance(t)[t.by]) for t in one.setting.targets] for one in found
        ],
    }
    loss = np.array([[100.0 * one.loss for one in found]])
    fields = [Field("consumption_loss", loss, (region, labels))]
    for name, values in by_goal.items():
        fields.append(Field(name, np.array([values]), (region, labels, names)))
    return replace(
        plan,
        question=f"What does it cost against {what}?",
        fields=tuple(fields),
        reached=all(one.all_reached for one in found),
        sentences=(),
    )


class _Frontier:
    """One program whose goal moves; each solution starts from the last basis."""

    def __init__(self, model: Pathway, table: Table, goal: Goal) -> None:
        self.prepared = model.prepare(table, goal)
        if self.prepared.setting.plants:
            raise OptionError("a frontier needs a program without whole plants: leave plants out")
        self.solver = self.prepared.solver()
        self.method: Literal["ipm", "simplex"] = "ipm"

    def at(self, part: float) -> Solved:
        """The goal a part of the way from today to what the frontier was made for."""
        return self._solve(
            [
                replace(t, share=t.today + part * (t.share - t.today))
                for t in self.prepared.setting.targets
            ]
        )

    def asking(self, share: float) -> Solved:
        """The goal at a share; targets that are there already ask for what there is."""
        best = max if self.prepared.setting.targets[0].kind == "home" else min
        return self._solve(
            [replace(t, share=best(share, t.today)) for t in self.prepared.setting.targets]
        )

    def _solve(self, moved: Sequence[Target]) -> Solved:
        for one in moved:
            self._move(one)
        prepared = _moved(self.prepared, moved)
        best = self.solver.solve(method=self.method)
        self.method = "simplex"
        return Solved(prepared, best, None)

    def _move(self, one: Target) -> None:
        built, setting = self.solver.program, self.prepared.setting
        asked = [one.asked(t) for t in range(setting.horizon)]
        active = np.array([t for t, share in enumerate(asked) if share is not None], dtype=np.intp)
        share = np.array([s for s in asked if s is not None])[:, None]
        rows = built.rows[f"goal_{one.key}"][:, None]
        columns = built.columns["u"][np.ix_(active, one.sectors)]
        if one.kind == "home":
            self.solver.change_cells(rows, columns, -(1.0 - share))
            return
        base = setting.base
        bought = base.suppliers[np.ix_(one.partners, one.sectors)].sum(axis=0)
        part = np.divide(bought, base.use[one.sectors], out=np.zeros(bought.size), where=bought > 0)
        self.solver.change_cells(rows, columns, part - share)


def _moved(prepared: Prepared, found: Sequence[Target]) -> Prepared:
    setting = replace(prepared.setting, targets=tuple(found))
    return replace(prepared, setting=setting)


#: What alternatives look at: name, and what it is.
MEASURES = {
    "investment": "investment of the sectors with a goal",
    "early": "investment of the sectors with a goal in the first half",
    "exports": "exports of all sectors",
    "output": "output of the sectors with a goal",
    "others": "output of the other sectors",
    "consumption": "consumption in the year of the goal",
}


def alternatives(model: Pathway, table: Table, goal: Goals, *, slack: float = 0.05) -> Plan:
    """How far the path can differ if its loss may be a little above the least.

    Parameters
    ----------
    model, table, goal
    slack : float
        Part of the loss, penalties included, by which it may be above the least; 0.02 to 0.05
        are usual.

    Returns
    -------
    Plan
        The best plan with `alternative_low`, `alternative_best` and `alternative_high`: the least,
        planned and greatest of each measure in `MEASURES`, over 1 without policy. What hardly
        moves is what the goal needs; the rest is free to choose.

    Raises
    ------
    OptionError
        The slack is out of range.
    """
    if not 0 < slack <= 1:
        raise OptionError(f"slack is {slack:g}; it is a share: write 0.05 for 5 %")
    prepared = model.prepare(table, goal)
    best, proof = prepared.optimum(), prepared.replication()
    loss = max(proof.value - best.value, 1e-9 * proof.value)
    held = np.flatnonzero(best.program.cost)
    # In units of consumption, so that the row is of the size of the others.
    size = float(prepared.base.consumption.sum())
    near = with_row(
        best.program,
        "near",
        held,
        best.program.cost[held] / size,
        low=(best.value - slack * loss) / size,
    )
    solver = Solver(near, time_limit=model.time_limit, what="an alternative plan")
    rows = []
    for columns, weights, still, sign in _measures(prepared, best):
        planned = float(best.values[columns] @ weights)
        ends = []
        for direction in (-1.0, 1.0):
            solver.change_cost(np.arange(len(near.cost)), 0.0)
            solver.change_cost(columns, direction * sign * weights)
            found = solver.solve(method="simplex")
            ends.append(float(found.values[columns] @ weights))
        values = [(still + sign * value) for value in (ends[0], planned, ends[1])]
        whole = _still(prepared, np.asarray(columns, dtype=np.intp), weights) * sign + still
        rows.append([value / whole for value in values])
    region = Dimension({"region": (prepared.base.region,)})
    measure = Dimension({"measure": tuple(MEASURES)})
    names = ("alternative_low", "alternative_best", "alternative_high")
    fields = [
        Field(name, np.array([column]), (region, measure))
        for name, column in zip(names, np.array(rows).T, strict=True)
    ]
    plan = plan_of(Solved(prepared, best, proof))
    return replace(
        plan,
        fields=(*plan.fields, *fields),
        parameters={**plan.parameters, "slack": slack},
    )


def with_row(
    program: Program, name: str, columns: NDArray[np.intp], values: Array, *, low: float
) -> Program:
    """The same program with one more row."""
    at = (np.zeros(columns.size, dtype=np.intp), columns)
    row = sparse.csc_array((values, at), shape=(1, len(program.cost)))
    return replace(
        program,
        A=sparse.csc_array(sparse.vstack([program.A, row])),
        low=np.append(program.low, low),
        high=np.append(program.high, np.inf),
        rows={**program.rows, name: np.array(len(program.low), dtype=np.intp)},
        labels={**program.labels, name: ()},
    )


def _measures(prepared: Prepared, best: Optimum) -> list[tuple[Ints, Array, float, float]]:
    """(columns, weights, constant, sign) of each measure: constant + sign·weights·columns."""
    setting, built = prepared.setting, best.program
    b, columns = setting.weights, built.columns
    goal = np.unique(np.concatenate([one.sectors for one in setting.targets]))
    others = np.setdiff1d(np.flatnonzero(setting.base.active), goal)
    half = max(setting.horizon - setting.limits.tail, 2) // 2
    due = max(one.by for one in setting.targets)

    def of(block: str, sectors: Ints, years: slice) -> tuple[Ints, Array]:
        ids = columns[block][years][:, sectors]
        spread = b[years].reshape(-1, *[1] * (ids.ndim - 1))
        return ids.reshape(-1), np.broadcast_to(spread, ids.shape).reshape(-1)

    every = slice(None)
    exports = float((b[:, None] * setting.base.exports).sum())
    level: Ints = columns["level"][due : due + 1].astype(np.intp)
    return [
        (*of("v", goal, every), 0.0, 1.0),
        (*of("v", goal, slice(0, half)), 0.0, 1.0),
        (*of("cut", np.arange(len(setting.base.sectors)), every), exports, -1.0),
        (*of("y", goal, every), 0.0, 1.0),
        (*of("y", others, every), 0.0, 1.0),
        (level, np.array([float(setting.base.consumption.sum())]), 0.0, 1.0),
    ]


def _still(prepared: Prepared, columns: Ints, weights: Array) -> float:
    """The measure without policy."""
    from autarky.plan.pathway.guard import closed_form, no_policy
    from autarky.plan.pathway.program import program

    still = no_policy(prepared.setting)
    built: Program = program(still)
    point, _ = closed_form(still, built)
    whole = prepared.program()
    values = np.zeros(len(whole.cost))
    for name, ids in built.columns.items():
        values[whole.columns[name]] = point[ids]
    return float(values[columns] @ weights)


__all__ = [
    "CLOSE",
    "MEASURES",
    "alternatives",
    "ambition_curve",
    "fastest",
    "max_reach",
    "speed_curve",
]
