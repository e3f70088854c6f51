"""The sections of the brief on what it would take to depend less, from the plans.

May import `plan`, `report.sections`, `report.charts` and below.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autarky.errors import AutarkyError
from autarky.plan import Goal, Pathway, Preparedness, calibrate, first
from autarky.plan.pathway.answer import LIMIT_NAMES
from autarky.report.charts import Bars, Lines
from autarky.report.preparing import KEPT, curve_of, joined
from autarky.report.sections import Built, Case, Section
from autarky.report.words import fixed, listed, percent, the
from autarky.results import Plan, Result

#: Steps named in the answer.
STEPS = 3
#: Years in which an economy is asked to make its weakest domain itself, and how much of it.
YEARS, SHARE = 14, 0.8


def cheapest(case: Case) -> Built:
    """Say which products are the cheapest to make at home, per unit of imports avoided."""
    title = f"Where could {the(case.name)} make more itself at least cost?"
    if not _imports(case):
        return None, ()
    try:
        order = first(case.table, case.region)
    except AutarkyError as error:
        return _cannot("cheapest", title, error), ()
    codes = order.field_of("break_even").labels("sector")
    price, saved = order["break_even"], order["import_fall_alone"]
    whole = float(order["embodied_imports"][0])
    at = [int(k) for k in np.argsort(price, kind="stable") if np.isfinite(price[k])]
    if not at:
        return None, (order,)
    rows = tuple(
        (
            case.product(codes[k]),
            percent(saved[k] / whole),
            percent(order["home_content"][k], 0),
            percent(price[k], 0),
        )
        for k in at
    )
    named = [case.goods(codes[k]) for k in at[:STEPS]]
    extra = [fixed(100 * price[k], 0) for k in at[:STEPS]]
    return Section(
        key="cheapest",
        title=title,
        answer=(
            f"In {listed(named)}. There users would pay {listed(extra)} % of the imports avoided "
            "on top, in the long run."
        ),
        columns=("Product", "imports avoided", "made at home", "extra cost"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(100 * max(float(saved[k] / whole), 0.0) for k in at),
            top=max(105 * float(saved[at].max() / whole), 1e-9),
            digits=1,
        ),
        note=(
            "If all of a product were made at home as it is made there now: share of the imports "
            "in what the economy uses that would fall away; what of a unit is not imported; what "
            "replacing imports costs users on top, over the imports avoided, with all that it "
            "needs. The elasticities are cr2014; others can change the order."
        ),
    ), (order,)


def security(case: Case) -> Built:
    """Say what it would cost to be sure of supplies through a year of any of six cut-offs."""
    title = f"What would security cost {the(case.name)}?"
    if not _imports(case):
        return None, ()
    try:
        prepared = Preparedness(draws=0).prepare(case.table, region=case.region)
        plan, curve = prepared.plan(), prepared.security_curve(KEPT)
    except AutarkyError as error:
        return _cannot("security", title, error), ()
    keep = prepared.model.keep
    return replace(
        curve_of(curve, keep),
        title=title,
        answer=_price(plan, keep),
        note=(
            "Stocks, standby capacity and contracts with other suppliers, in the cheapest mix, "
            "bought beforehand against: "
            f"{'; '.join(one.title or one.name for one in prepared.scenarios)}. "
            "One cut-off at a time; holding costs, what can be replaced and what can be skipped "
            "are assumptions."
        ),
    ), (joined(plan, curve),)


def _price(plan: Plan, keep: float) -> str:
    cost = float(plan["cost"][0])
    share, before = float(plan["cost_share"][0]), float(plan["kept_before"].min())
    kept = f"{100 * keep:.4g} % of consumption through a year of any of the cut-offs below"
    if not plan.reached:
        got = float(plan["kept_share"][0])
        return f"It could not keep {kept} at any price: at most {fixed(got)} %."
    if cost <= 0:
        return f"Nothing more: it can keep {kept} as it is."
    return (
        f"To keep {kept} would cost at least {fixed(share, 3)} % of GDP a year. Without new "
        f"measures it could keep {fixed(before, 0)} % at worst."
    )


@dataclass(frozen=True)
class _Weakest:
    """The product of which least is made at home, among those made at all."""

    code: str
    today: float
    goal: float


def weakest(case: Case) -> Built:
    """Say whether it could make its weakest product itself in fourteen years, and at what cost."""
    title = f"Could {the(case.name)} make its weakest product itself?"
    if not _imports(case):
        return None, ()
    try:
        found = _weakest(case)
        if found is None:
            return None, ()
        goal = Goal(region=case.region, sectors=found.code, share=found.goal, by=YEARS)
        plan = Pathway().solve(case.table, goal)
    except AutarkyError as error:
        return _cannot("weakest", title, error), ()
    return _path(case, plan, found, title), (plan,)


def _weakest(case: Case) -> _Weakest | None:
    base = calibrate(case.table, case.region)
    share = np.where(base.active & (base.mu < 1) & (base.imports > 0), base.home_share, np.inf)
    at = int(np.argmin(share))
    if not np.isfinite(share[at]):
        return None
    today = float(share[at])
    return _Weakest(base.sectors[at], today, max(SHARE, round((1 + today) / 2, 2)))


def _path(case: Case, plan: Plan, found: _Weakest, title: str) -> Section:
    share = plan["home_share"][0][
        :, list(plan.field_of("home_share").labels("sector")).index(found.code)
    ]
    lost = plan.field_of("consumption_loss", 2)
    years = _years(plan)
    shown = range(0, YEARS + 1, 2)  # more years than fit on a line
    rows = tuple(
        (str(years[t]), percent(share[t], 0), f"{fixed(lost.values[0, t], 2)} %") for t in shown
    )
    return Section(
        key="weakest",
        title=title,
        answer=_verdict(case, plan, found, years[YEARS]),
        columns=("Year", "made at home", "consumption lost"),
        rows=rows,
        chart=Lines(
            years=tuple(years[t] for t in shown),
            series=(("made at home", tuple(100 * float(share[t]) for t in shown)),),
        ),
        note=(
            f"The cheapest way to {percent(found.goal, 0)} in {YEARS} years for a planner who "
            "knows what is to come, with the economy's own labour, skills, capital and foreign "
            "exchange, and no new raw materials. A negative loss is a gain. The range is over "
            "half and twice the trade elasticity of 4."
        ),
    )


def _verdict(case: Case, plan: Plan, found: _Weakest, last: int) -> str:
    goods, reached = case.goods(found.code), float(plan["goal_reached"][0, 0])
    loss = float(plan["consumption_loss"][0])
    low = plan.value("consumption_loss_low", region=case.region)
    high = plan.value("consumption_loss_high", region=case.region)
    cost = (
        f"{fixed(loss, 2)} % of consumption on average ({fixed(low, 2)} to {fixed(high, 2)} %, "
        "depending on how easily imports can be replaced)"
    )
    held = _held(plan)
    if plan.reached:
        dear = f" What makes it dear is {held}." if held else ""
        return (
            f"Yes: of the {goods} it uses it could make {percent(found.goal, 0)} by {last}, after "
            f"{percent(found.today, 0)} today. It would cost {cost}.{dear}"
        )
    back = f" It is held back by {held}." if held else ""
    return (
        f"Not within {YEARS} years: of the {goods} it uses it could get from "
        f"{percent(found.today, 0)} to {percent(reached, 0)} by {last}, short of "
        f"{percent(found.goal, 0)}, for {cost}.{back}"
    )


def _held(plan: Result) -> str:
    """The limits that matter most, at most two."""
    found = plan.field_of("relief")
    names, worth = found.dimensions[1].columns["limit"], found.values[0]
    at = [int(k) for k in np.argsort(-worth)[:2] if worth[k] > 0.2 * max(worth.max(), 1e-300)]
    return listed([LIMIT_NAMES[names[k]] for k in at]) if at else ""


def _years(plan: Plan) -> tuple[int, ...]:
    one = plan.field_of("home_share")
    labels = one.labels("time")
    return tuple(int(year) for year in labels)


def _imports(case: Case) -> bool:
    """Whether there is anything to replace."""
    return bool(np.nansum(case.products["imports"]) > 0)


def _cannot(key: str, title: str, error: Exception) -> Section:
    """One line that says why there is no answer."""
    return Section(key=key, title=title, answer=f"The plans cannot say for this table: {error}")
