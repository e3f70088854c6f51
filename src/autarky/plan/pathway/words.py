"""A plan in sentences: what it costs, whether it gets there, what binds, what one more is worth.

May import `goals` and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from autarky.plan.goals import Target
from autarky.plan.pathway.answer import CLOSE, LIMIT_NAMES, RELIEFS

if TYPE_CHECKING:
    from autarky.plan.pathway.answer import Solved

#: A limit is named if its relief is worth this share of the largest.
_NAMED = 0.2
#: Goals with a sentence of their own.
_MOST = 6
#: A price below this is said to be none.
_WORTH = 0.005


def sentences(
    solved: Solved, relief: Mapping[str, float], losses: Sequence[float]
) -> tuple[str, ...]:
    """The answer in words."""
    said = [_cost(solved, losses)]
    found = solved.setting.targets
    short = [one for one in found if solved.unmet(one) > CLOSE]
    said += [_short(solved, one) for one in short[:_MOST]]
    said += _binding(relief, missed=bool(short))
    said += [_worth(solved, one) for one in found[:_MOST]]
    return tuple(text[0].upper() + text[1:] for text in said if text)


def _cost(solved: Solved, losses: Sequence[float]) -> str:
    setting, base = solved.setting, solved.setting.base
    money = solved.loss * float(base.consumption.sum())
    first = base.year or 0
    span = f"{first} to {first + setting.horizon - 1}" if base.year else f"{setting.horizon} years"
    lost = any(one.kind == "output" for one in setting.targets)
    what = "What is destroyed, and the way back, cost" if lost else "The plan costs"
    text = (
        f"{what} {base.region} {_percent(solved.loss)} of consumption "
        f"({_money(solved, money)} a year) on average over {span}"
    )
    if losses:
        low, high = min(losses), max(losses)
        text += f", {_percent(low)} to {_percent(high)} over the band of trade elasticities"
    return text + "."


def _short(solved: Solved, one: Target) -> str:
    reached, points = solved.reached(one), solved.unmet(one)
    what = "be down to" if one.kind == "partner" else "reach"
    return (
        f"{_title(solved, one)} would {what} {100 * reached:.0f} % by {_year(solved, one.by)}, "
        f"{points:.3g} points short of {100 * one.share:.3g} %."
    )


def _binding(relief: Mapping[str, float], *, missed: bool) -> list[str]:
    """The limits that hold the plan back, the tightest first."""
    worth = {k: v for k, v in relief.items() if v > 0}
    if not worth:
        return []
    most = max(worth.values())
    named = [k for k in sorted(worth, key=lambda k: -worth[k]) if worth[k] >= _NAMED * most]
    what = "It is held back by" if missed else "What makes it dear is"
    listed = ", then ".join(LIMIT_NAMES[k] for k in named[:3])
    return [f"{what} {listed}: nothing else would help as much as {RELIEFS[named[0]]}."]


def _worth(solved: Solved, one: Target) -> str:
    price = float(solved.allowance(one)[one.by])
    if price < _WORTH:
        return ""
    money = solved.setting.base.unit.currency
    what = {
        "home": f"of imports of {_title(solved, one)}",
        "partner": f"of {_title(solved, one)}",
        "output": f"less asked of the output of {_title(solved, one)}",
    }[one.kind]
    start = f"One more {money} {what}" if one.kind != "output" else f"One {money} {what}"
    end = ", what a missed goal counts" if price >= solved.setting.limits.penalty - 1e-6 else ""
    return (
        f"{start} in {_year(solved, one.by)} would be worth {price:.2f} {money} of "
        f"consumption{end}."
    )


def warnings(solved: Solved) -> tuple[str, ...]:
    """What a reader must know before quoting a number."""
    said = list(dict.fromkeys((*solved.prepared.notes, *solved.setting.base.warnings)))
    proof = solved.proof
    if proof is not None and not proof.holds:
        worst = max(proof.residuals, key=lambda k: proof.residuals[k])
        said.append(
            "without a goal the model does not give the table back "
            f"({worst}: {proof.residuals[worst]:.1e}): some of what the plan shows is no "
            "policy"
        )
    return tuple(said)


def _title(solved: Solved, one: Target) -> str:
    sectors = solved.setting.base.sectors
    if len(one.sectors) == 1:
        title = sectors.titles[int(one.sectors[0])]
        label = sectors[int(one.sectors[0])]
        rest = one.name.removeprefix(label)
        return f"{title}{rest}"
    return f"the whole {one.name}" if one.name.startswith("economy") else one.name


def _year(solved: Solved, t: int) -> str:
    first = solved.setting.base.year
    return f"year {t}" if first is None else str(first + t)


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _money(solved: Solved, amount: float) -> str:
    unit = solved.setting.base.unit
    if unit.multiple == "million":
        return f"{amount / 1000:,.1f} billion {unit.currency}"
    return f"{amount:,.4g} {unit}"
