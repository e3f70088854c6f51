"""What a stress test says, as sections: who loses, who steps in, what was assumed.

May import `results`, `report.sections`, `report.charts` and below.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autarky.report.charts import Bars
from autarky.report.names import product, region
from autarky.report.sections import Section
from autarky.report.words import fixed, listed, percent, signed, the
from autarky.results import Dependence, Impact
from autarky.table import Table

#: Rows shown; all numbers are in --json and --csv.
TOP = 10


def headline(impact: Impact, table: Table, focus: Sequence[str]) -> str:
    """The answer in a sentence: what the economies in focus lose, and who loses most."""
    loss = -impact["real_income"]
    where = [table.regions.position(code) for code in focus] or [int(np.argmax(loss))]
    parts = [f"{the(region(table, n))} {_moves(float(loss[n]))} of real income" for n in where[:4]]
    text = f"{_when(impact)} {listed(parts)}"
    world = 100 * impact["income_loss"].sum() / impact["income"].sum()
    return f"{text}; the world {_moves(float(world))}."


def _when(impact: Impact) -> str:
    """What the elasticities speak for: a shorter horizon is not the long run."""
    horizon = impact.parameters.get("horizon", "long")
    if horizon == "long":
        return "In the long run"
    return f"With the elasticities of the {horizon} run"


def _moves(loss: float) -> str:
    """Loses or gains how much, in percent; what rounds to nothing is no gain."""
    size = fixed(abs(loss), 2)
    return f"{'gains' if loss < 0 and float(size) else 'loses'} {size} %"


def _money(amount: float) -> str:
    """A whole amount with thousands marked; never "-0"."""
    return f"{round(float(amount)):,d}"


def _change(percents: float) -> str:
    """A change in percent with its sign; a dash where nothing was before."""
    return f"{signed(percents)} %" if np.isfinite(percents) else "–"


def sections(impact: Impact, table: Table, focus: Sequence[str]) -> list[Section]:
    """Who pays, who steps in, which sectors move, and what the answer rests on."""
    found: list[Section | None] = [who_pays(impact, table, focus)]
    for code in focus[:1]:
        found += [_steps_in(impact, table, code), _sectors(impact, table, code)]
    return [one for one in found if one is not None]


def who_pays(impact: Impact, table: Table, focus: Sequence[str]) -> Section:
    """The largest losers, those in focus first."""
    loss, money = -impact["real_income"], impact["income_loss"]
    wage = -impact["real_wage"]
    first = [table.regions.position(code) for code in focus]
    order = first + [int(n) for n in np.argsort(-loss) if n not in first]
    rows = tuple(
        (
            region(table, n),
            percent(loss[n] / 100, 2),
            percent(wage[n] / 100, 2),
            _money(money[n]),
        )
        for n in order[:TOP]
    )
    biggest = max(float(loss.max()), 1e-9)
    return Section(
        key="who-pays",
        title="Who pays?",
        answer="",
        columns=("Economy", "real income lost", "real wage lost", f"{impact.unit}/yr"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(max(float(loss[n]), 0.0) for n in order[:TOP]),
            top=1.02 * biggest,
            digits=2,
        ),
        note="A negative number is a gain.",
    )


def pressed(impact: Impact, table: Table) -> Section:
    """What the target, the coalition and the bystanders pay."""
    lost, share = impact["side_loss"], impact["side_loss_share"]
    price = float(impact["cost_of_pressure"])
    names = ("The target", "The coalition", "Everybody else")
    rows = tuple(
        (name, percent(p / 100, 2), _money(m))
        for name, p, m in zip(names, share, lost, strict=True)
    )
    members = table.regions.locate([r for r in table.regions if r in _members(impact)])
    worst = members[np.argsort(impact["real_income"][members])][:3]
    losers = [the(region(table, n)) for n in worst if impact["real_income"][n] < 0]
    dear = f" Of its members it costs {listed(losers)} most." if losers else ""
    currency = impact.unit.currency
    one = currency if currency != "money" else "unit of money"
    return Section(
        key="pressure",
        title="What does pressure cost, and whom?",
        answer=(
            f"For each {one} that the target loses, the coalition "
            f"{'gains' if price < 0 and float(fixed(price, 2)) else 'loses'} "
            f"{fixed(abs(price), 2)}.{dear}"
            if np.isfinite(price)
            else "The target loses nothing."
        ),
        columns=("Side", "income lost", f"{impact.unit}/yr"),
        rows=rows,
        note="A negative number is a gain." if (lost < 0).any() else "",
    )


def _members(impact: Impact) -> tuple[str, ...]:
    one = impact.field_of("member_loss_share")
    return one.labels("region")


def _steps_in(impact: Impact, table: Table, code: str) -> Section | None:
    """From whom an economy buys more after the shock."""
    n = table.regions.position(code)
    before, after = impact["imports_before"][n], impact["imports"][n]
    change = after - before
    order = [int(i) for i in np.argsort(-change) if change[i] > 0 and i != n][:5]
    if not order or not before.sum() > 0:
        return None
    rows = tuple(
        (region(table, i), f"{before[i]:,.0f}", f"{after[i]:,.0f}", f"{change[i]:+,.0f}")
        for i in order
    )
    return Section(
        key="steps-in",
        title=f"Who sells more to {the(region(table, n))}?",
        answer="",
        columns=("Supplier", "before", "after", f"change, {impact.unit}/yr"),
        rows=rows,
    )


def _sectors(impact: Impact, table: Table, code: str) -> Section | None:
    """The sectors of an economy that shrink and grow most."""
    n = table.regions.position(code)
    output = impact["output"][n]
    known = np.flatnonzero(np.isfinite(output))
    if not known.size:
        return None
    order = known[np.argsort(output[known])]
    chosen = list(dict.fromkeys([*order[:4], *order[-3:]]))
    rows = tuple(
        (
            product(table, j),
            _change(float(output[j])),
            _change(float(impact["final_use"][n, j])),
        )
        for j in chosen
    )
    return Section(
        key="sectors",
        title=f"Which sectors of {the(region(table, n))} move most?",
        answer="",
        columns=("Sector", "output", "final use"),
        rows=rows,
    )


def compared(first: Impact, second: Impact, table: Table) -> Section:
    """Two scenarios side by side, largest difference first."""
    a, b = -first["real_income"], -second["real_income"]
    order = np.argsort(-np.abs(a - b))[: 2 * TOP]
    rows = tuple(
        (
            region(table, n),
            percent(a[n] / 100, 2),
            percent(b[n] / 100, 2),
            signed(float(b[n] - a[n]), 2),
        )
        for n in order
    )
    return Section(
        key="compared",
        title=f"Real income lost: {first.scenario} against {second.scenario}",
        answer="",
        columns=("Economy", first.scenario, second.scenario, "difference, points"),
        rows=rows,
        note="A negative number is a gain.",
    )


def alone(cost: Dependence, table: Table, economy: str | None) -> Section:
    """What trading with nobody costs: by economy, or for one economy by sector."""
    if economy is None:
        return _alone_by_region(cost, table)
    name = the(region(table, economy))
    loss = cost.value("autarky_cost", region=economy, sector="total")
    frame = cost.tidy().query("sector != 'total'")
    wide = frame.pivot_table(index="sector", columns="variable", values="value", sort=False)
    wide = wide.sort_values("autarky_cost_share", ascending=False).head(TOP)
    rows = tuple(
        (
            product(table, str(code)),
            percent(row["autarky_cost_share"], 0),
            percent(row["home_purchases"], 0),
        )
        for code, row in wide.iterrows()
    )
    first = product(table, str(wide.index[0]))
    return Section(
        key="alone",
        title=f"What would it cost {name} to trade with nobody?",
        answer=(
            f"{percent(loss / 100)} of real income {_lasting(cost)}. {rows[0][1]} of it comes "
            f"from {first[0].lower()}{first[1:]}."
        ),
        columns=("Product", "share of the cost", "bought at home before"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(100 * max(v, 0.0) for v in wide["autarky_cost_share"]),
        ),
        note=(
            "Costs come from products that are imported, matter and are hard to replace: a low "
            "trade elasticity makes a product dear."
        ),
    )


def _lasting(cost: Dependence) -> str:
    horizon = cost.parameters.get("horizon", "long")
    return "for good" if horizon == "long" else f"with the elasticities of the {horizon} run"


def _alone_by_region(cost: Dependence, table: Table) -> Section:
    loss = cost["autarky_cost"]
    order = np.argsort(-loss)
    rows = tuple((region(table, n), percent(loss[n] / 100)) for n in order)
    least, most = the(rows[-1][0]), the(rows[0][0])
    return Section(
        key="alone",
        title="What would it cost each economy to trade with nobody?",
        answer=(
            f"From {rows[-1][1]} of real income for {least} to {rows[0][1]} for {most}, "
            f"{_lasting(cost)}."
        ),
        columns=("Economy", "real income lost"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(max(float(loss[n]), 0.0) for n in order),
            digits=1,
        ),
    )
