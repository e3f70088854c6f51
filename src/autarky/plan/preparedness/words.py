"""A plan of preparedness in sentences: cost, measures, what decides, what one more is worth.

May import its own folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autarky.plan.preparedness.answer import Solved
from autarky.plan.preparedness.guarantee import LEVERS

if TYPE_CHECKING:
    from autarky.plan.preparedness.model import Prepared

Array = NDArray[np.float64]

LEVER_NAMES = {
    "stock": "stocks",
    "capacity": "standby capacity",
    "suppliers": "contracts with other suppliers",
}
#: Products and measures that a sentence lists.
_LISTED = 3
#: A part of the cost that is worth a word.
_PART = 0.01


def sentences(prepared: Prepared, solved: Solved, before: Array) -> tuple[str, ...]:
    """The answer in words."""
    said = [
        _cost(prepared, solved),
        *_out_of_reach(solved),
        _measures(solved),
        _before(solved, before),
    ]
    if solved.reached:
        said += [_price(solved), _decides(solved), _worth(solved)]
    return tuple(text for text in said if text)


def warnings(prepared: Prepared, solved: Solved) -> tuple[str, ...]:
    """What a reader must know before quoting a number."""
    said = [
        *prepared.notes,
        *solved.setting.base.warnings,
        "the answer hangs on the scenarios and on assumptions about holding costs, replacement and "
        "what can be skipped; it covers one cut-off at a time, known from its first day",
    ]
    return tuple(dict.fromkeys(said))


def money(solved: Solved, amount: float) -> str:
    """An amount for reading: "2.1 billion USD"."""
    unit = solved.setting.base.unit
    value = amount * unit.scale
    for size, name in (
        (1e12, "trillion "),
        (1e9, "billion "),
        (1e6, "million "),
        (1e3, "thousand "),
    ):
        if abs(value) >= size:
            return f"{value / size:.3g} {name}{unit.currency}"
    return f"{value:.3g} {unit.currency}"


def products(solved: Solved, order: NDArray[np.intp]) -> str:
    """Titles of some products, in a sentence."""
    titles = [solved.setting.base.sectors.titles[int(i)] for i in order]
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"


def _cost(prepared: Prepared, solved: Solved) -> str:
    s, base = solved.setting, solved.setting.base
    count = len(s.spells.scenarios)
    what = "the cut-off" if count == 1 else f"any of {count} cut-offs"
    months = prepared.model.months
    span = f"{months} month" + ("s" if months > 1 else "")
    kept = f"{100 * solved.kept:.3g} % of consumption"
    if s.tail is not None:
        kept = f"{100 * solved.kept:.3g} % of consumption in the worst {100 * (1 - s.tail):.3g} %"
    if solved.cost <= 0:
        return f"{base.region} can keep {kept} through {span} of {what} without any new measure."
    return (
        f"Keeping {kept} through {span} of {what} costs {base.region} at least "
        f"{money(solved, solved.cost)} a year, {100 * solved.cost / solved.gdp:.2g} % of GDP."
    )


def _out_of_reach(solved: Solved) -> list[str]:
    """What is missed, and what holds it back."""
    if solved.reached:
        return []
    s, base = solved.setting, solved.setting.base
    short = solved.import_need
    order = np.argsort(-short)[:_LISTED]
    order = order[short[order] > _PART * short.max()]
    made = s.money * np.abs(solved.best.price("make") * s.base.x * s.month).sum(axis=0)
    tight = np.argsort(-made)[:_LISTED]
    tight = tight[made[tight] > max(_PART * made.max(), 0.1 * short.max())]
    held = []
    if order.size:
        held.append(f"imports of {products(solved, order)}")
    if tight.size:
        held.append(f"what can be made of {products(solved, tight)}")
    allowed = [LEVER_NAMES[lever] for lever in LEVERS if lever not in s.levers]
    hint = f"; {' and '.join(allowed)} would help" if allowed else ""
    return [
        f"{100 * s.keep:.4g} % is out of reach for {base.region}: {100 * solved.kept:.3g} % can be "
        f"kept, held back by {' and by '.join(held) or 'the floors of exports and investment'}"
        f"{hint}."
    ]


def _measures(solved: Solved) -> str:
    if solved.cost <= 0:
        return ""
    parts = []
    for k in np.argsort(-solved.costs.sum(axis=1)):
        cost = float(solved.costs[k].sum())
        if cost < _PART * solved.cost:
            continue
        order = np.argsort(-solved.costs[k])[:_LISTED]
        order = order[solved.costs[k][order] > _PART * cost]
        share = 100 * cost / solved.cost
        parts.append(
            f"{share:.0f} % for {LEVER_NAMES[LEVERS[int(k)]]} (above all {products(solved, order)})"
        )
    return f"Of it {', '.join(parts)}."


def _before(solved: Solved, before: Array) -> str:
    n = int(np.argmin(before))
    scenario = solved.setting.spells.scenarios[n]
    return (
        f"Without them, at worst {abs(100 * float(before[n])):.3g} % of consumption, exports and "
        f"investment could be kept (“{scenario.title or scenario.name}”)."
    )


def _price(solved: Solved) -> str:
    price = solved.guarantee_price
    if price <= 0:
        return ""
    return f"One point more of consumption would cost {money(solved, price)} a year more."


def _decides(solved: Solved) -> str:
    """The scenarios that the cost is for."""
    prices = solved.scenario_price
    total = float(prices.sum())
    if total <= 0 or len(prices) == 1:
        return ""
    order = np.argsort(-prices)[:_LISTED]
    order = order[prices[order] > 0.05 * total]
    named = [solved.setting.spells.scenarios[int(n)] for n in order]
    listed = " and ".join(f"“{one.title or one.name}”" for one in named)
    return f"What decides is {listed}: all else is covered by the way."


def _worth(solved: Solved) -> str:
    worth = solved.import_worth
    i = int(np.argmax(worth * solved.setting.base.imports))
    if worth[i] <= 0:
        return ""
    currency = solved.setting.base.unit.currency
    title = solved.setting.base.sectors.titles[i]
    return (
        f"One {currency} more a year of imports of {title} that nobody can cut would save "
        f"{worth[i]:.2g} {currency} a year."
    )
