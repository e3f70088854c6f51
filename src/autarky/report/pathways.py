"""What a pathway says, as sections: the goals, the way there, what holds it back.

May import `results`, `plan.pathway`'s names of limits, `report.sections`, `report.charts` and
below.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autarky.plan import Goal
from autarky.plan.pathway.answer import LIMIT_NAMES, RELIEFS
from autarky.report.charts import Bars, Lines
from autarky.report.names import product
from autarky.report.sections import Section
from autarky.report.words import fixed, percent
from autarky.results import Plan
from autarky.table import Table

Array = NDArray[np.float64]


def sections(plan: Plan, table: Table, wanted: Sequence[Goal]) -> list[Section]:
    """Goals, the way there, and what holds it back; the first one has the answer."""
    found = [goals(plan, table), way(plan, table, wanted), limits(plan)]
    return [one for one in found if one is not None]


def goals(plan: Plan, table: Table) -> Section:
    """What was asked for and what is reached, with the answer in words."""
    names = plan.field_of("goal_share").labels("sector")
    worth = plan.field_of("allowance_price").values[0]
    by = [_first(worth[g]) for g in range(len(names))]
    rows = tuple(
        (
            goal_title(table, name),
            percent(plan["goal_today"][0, g]),
            percent(plan["goal_share"][0, g]),
            percent(plan["goal_reached"][0, g]),
            fixed(by[g], 2),
        )
        for g, name in enumerate(names)
    )
    currency = plan.unit.currency
    one = currency if currency != "money" else "unit of money"
    return Section(
        key="goals",
        title="What is reached?",
        answer=" ".join(plan.sentences),
        columns=("Goal", "today", "asked", "reached", "worth of one more"),
        rows=rows,
        note=(
            f"Worth of one more: of one more {one} of imports allowed at the deadline, in {one} of "
            "consumption."
        ),
    )


def way(plan: Plan, table: Table, wanted: Sequence[Goal]) -> Section:
    """Year by year: consumption lost, investment, and the home share of what has a goal."""
    years = plan.field_of("investment").labels("time")
    lost = plan.field_of("consumption_loss", 2)
    spent = plan["investment"][0].sum(axis=1)
    base = spent[0] if spent[0] > 0 else 1.0
    made = _made(plan, table, wanted)
    rows = tuple(
        (
            str(year),
            percent(lost.values[0, t] / 100, 2),
            fixed(100 * spent[t] / base, 0),
            *(percent(path[t]) for path in made.values()),
        )
        for t, year in enumerate(years)
    )
    drawn = {name: path for name, path in made.items() if np.isfinite(path).all()}
    return Section(
        key="way",
        title="How does it go there?",
        answer="",
        columns=("Year", "consumption lost", "investment", *made),
        rows=rows,
        chart=Lines(
            years=tuple(int(year) for year in years),
            series=tuple((name, tuple(100 * path)) for name, path in drawn.items()),
        )
        if drawn
        else None,
        note=(
            "Investment: first year = 100. A negative loss is a gain: once the capital is there. "
            "Amounts are of the size of the economy in the first year: its growth is taken out."
        ),
    )


def limits(plan: Plan) -> Section | None:
    """What holds the plan back: what relaxing each limit would be worth."""
    found = plan.field_of("relief")
    names = found.dimensions[1].columns["limit"]
    worth = np.maximum(found.values[0], 0.0)
    if not worth.max() > 0:
        return None
    order = [int(k) for k in np.argsort(-worth) if worth[k] > 1e-3 * worth.max()]
    return Section(
        key="limits",
        title="What holds it back?",
        answer="",
        columns=("If there were", f"worth, {plan.unit}"),
        rows=tuple((RELIEFS[names[k]], f"{worth[k]:,.0f}") for k in order),
        chart=Bars(
            labels=tuple(LIMIT_NAMES[names[k]] for k in order),
            values=tuple(100 * worth[k] / worth.max() for k in order),
        ),
        note="In consumption over all years planned, discounted, for a small change in each year.",
    )


def goal_title(table: Table, name: str) -> str:
    """A goal's name for people: the product's title where it is one product."""
    label, _, rest = name.partition(" from ")
    if label in table.sectors:
        label = product(table, label)
    return f"{label}, from {rest}" if rest else label


def _first(prices: Array) -> float:
    """The price in the first year it holds; 0 if none does."""
    found = np.flatnonzero(prices)
    return float(prices[found[0]]) if found.size else 0.0


def _made(plan: Plan, table: Table, wanted: Sequence[Goal]) -> dict[str, Array]:
    """(T,) home share of what each goal about home supply names, by name."""
    from autarky.shocks.groups import Finder

    finder = Finder(table)
    found = {}
    for goal in wanted:
        if goal.partner is None:
            labels = goal.sectors if goal.sectors is not None else goal.domain
            name = goal_title(table, " and ".join(labels)) if labels else "whole economy"
            found[name] = _home_share(plan, finder.sectors(labels))
    return found


def _home_share(plan: Plan, at: Sequence[int] | NDArray[np.intp]) -> Array:
    """(T,) home share of some sectors together."""
    bought, share = plan["imports"][0][:, at], plan["home_share"][0][:, at]
    abroad = 1.0 - share
    used = np.divide(bought, abroad, out=np.zeros_like(bought), where=abroad > 0)
    total = used.sum(axis=1)
    return np.divide(
        total - bought.sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0
    )
