"""What a plan of preparedness says, as sections: what to buy, against what, the price of security.

May import `results`, `report.sections`, `report.charts` and below.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autarky.report.charts import Bars
from autarky.report.names import product
from autarky.report.sections import Section
from autarky.report.words import fixed, percent
from autarky.results import Plan
from autarky.table import Table

Array = NDArray[np.float64]

#: Shares of consumption on the curve of the price of security.
KEPT = (0.9, 0.95, 0.98, 0.99, 1.0)
#: Rows shown; all numbers are in --json and --csv.
TOP = 10
#: Costs below this part of the whole are left out of a table.
_PART = 1e-4


def sections(plan: Plan, table: Table) -> list[Section]:
    """What to buy, and against what; the first one has the answer."""
    found = [measures(plan, table), cut_offs(plan)]
    return [one for one in found if one is not None]


def measures(plan: Plan, table: Table) -> Section:
    """What to hold, build and contract, product by product, with the answer in words."""
    by_product = plan.field_of("cost_by_lever", 3).values[0]  # lever, sector
    cost = by_product.sum(axis=0)
    days, built = plan["stockpile_days"][0], plan["standby_capacity"][0]
    other = plan.field_of("other_supply", 3).values[0].sum(axis=1)
    order = [int(k) for k in np.argsort(-cost) if cost[k] > _PART * max(cost.sum(), 1e-300)]
    codes = plan.field_of("stockpile_days", 2).labels("sector")
    rows = tuple(
        (
            product(table, codes[k]),
            fixed(days[k], 0) if np.isfinite(days[k]) and days[k] > 0 else "–",
            _amount(built[k]),
            _amount(other[k]),
            _amount(cost[k]),
        )
        for k in order[:TOP]
    )
    return Section(
        key="measures",
        title="What should be ready beforehand?",
        answer=" ".join(plan.sentences),
        columns=("Product", "stock, days", "standby", "contracts", "cost"),
        rows=rows,
        note=(
            f"Stocks beyond those there are, in days of imports; standby capacity, what other "
            f"suppliers keep ready, and the cost of all three in {plan.unit} a year."
        )
        if rows
        else "",
    )


def cut_offs(plan: Plan) -> Section:
    """What could be kept of everything in each cut-off without the measures, and what decides."""
    one = plan.field_of("kept_before", 2)
    titles, before = one.labels("scenario"), one.values[0]
    price = np.maximum(plan.field_of("scenario_price", 2).values[0], 0.0)
    weight = price / price.sum() if price.sum() > 0 else price
    order = np.argsort(before, kind="stable")[:TOP]
    rows = tuple((titles[k], percent(before[k] / 100), percent(weight[k], 0)) for k in order)
    return Section(
        key="cut-offs",
        title="Against what?",
        answer="",
        columns=("Cut-off", "kept without", "part in the cost"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(float(before[k]) for k in order),
            digits=1,
        ),
        note=(
            "Kept without any measure: consumption, exports and investment alike. Part in the "
            "cost: of what one point more would cost."
        ),
    )


def curve_of(price: Plan, keep: float) -> Section:
    """The price of security: cost against the share of consumption that is kept."""
    kept = [float(k) for k in price.field_of("security_cost", 2).labels("keep")]
    cost, slope = price["security_cost"][0], price["security_price"][0]
    share = price["security_share"][0]
    rows = tuple(
        (
            f"{100 * kept[k]:.4g} %",
            f"{fixed(share[k], 3)} %" if np.isfinite(share[k]) else "out of reach",
            _amount(cost[k]) if np.isfinite(cost[k]) else "–",
            _amount(slope[k]) if np.isfinite(slope[k]) else "–",
        )
        for k in range(len(kept))
    )
    drawn = np.where(np.isfinite(share), share, 0.0)
    return Section(
        key="security",
        title="What is the price of security?",
        answer="",
        columns=("Consumption kept", "of GDP", f"{price.unit}/yr", "one point more"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(float(v) for v in drawn),
            top=max(1.02 * float(drawn.max()), 1e-9),
            digits=3,
        ),
        note=f"The plan above keeps {100 * keep:.4g} %. Every row is the cheapest way to keep it.",
    )


def joined(plan: Plan, curve: Plan) -> Plan:
    """The plan with the fields and proofs of a curve."""
    return replace(
        plan,
        fields=(*plan.fields, *curve.fields),
        certificates=(*plan.certificates, *curve.certificates),
        warnings=tuple(dict.fromkeys((*plan.warnings, *curve.warnings))),
    )


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 0.5 else "–"
