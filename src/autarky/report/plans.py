"""What a plan says, as sections: the answer in a sentence, then the numbers behind it.

May import `results`, `report.sections`, `report.charts` and below.
"""

from __future__ import annotations

import numpy as np

from autarky.report.charts import Bars
from autarky.report.names import goods, product, region
from autarky.report.sections import Section
from autarky.report.words import fixed, listed, percent, the
from autarky.results import Result
from autarky.table import Table

#: Rows shown; all numbers are in --json and --csv.
TOP = 10
#: Own share of use below which a technique may be that of a niche.
NICHE = 0.1


def region_name(table: Table, code: str) -> str:
    """An economy's readable name, as inside a sentence."""
    return the(region(table, code))


def make_first(result: Result, table: Table, region: str) -> Section:
    """What to make first, and in which order to go on."""
    codes = result.field_of("first_rank").labels("sector")
    order = np.argsort(result["first_rank"])
    whole = float(result["embodied_imports"][0])
    fall = result["import_fall"] / whole
    names = [product(table, codes[k]) for k in order]
    shared = len(np.unique(result["starts_with"])) < len(codes)
    width = 6 if shared else 5
    rows = tuple(
        (
            names[n],
            percent(fall[k]),
            percent(result["imports_left"][k] / whole),
            percent(result["home_content"][k], 0),
            fixed(result["break_even"][k], 2),
            _group(int(result["starts_with"][k]), result["starts_with"]),
        )[:width]
        for n, k in enumerate(order[:TOP])
    )
    best = int(order[0])
    then = [goods(table, codes[k]) for k in order[1:3]]
    after = f" Then come {listed(then)}." if then else ""
    answer = (
        f"{_capital(goods(table, codes[best]))} first: made at home, "
        f"{'they' if _plural(goods(table, codes[best])) else 'it'} would take "
        f"{percent(fall[best])} out of the imports in what {region_name(table, region)} uses."
        f"{after}"
    )
    return Section(
        key="first",
        title="What should be made at home first?",
        answer=answer,
        columns=("Product", "saved", "left", "made at home", "break-even", "group")[:width],
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(100 * max(float(fall[k]), 0.0) for k in order[:TOP]),
            top=1.02 * 100 * max(float(fall.max()), 1e-9),
        ),
        note=(
            "In steps from above: imports saved and left, each row after those before it; what of "
            "a unit is made at home now, inputs included. Break-even: what a unit of imports "
            "avoided must be worth for the higher cost of home supply to pay."
            + (" Products of one group need each other and must start together." if shared else "")
        ),
    )


def alone(result: Result, table: Table, region: str) -> Section:
    """Whether an economy could stand alone, and what it would have to make more of."""
    codes = result.field_of("technique_known").labels("sector")
    missing = [codes[k] for k in np.flatnonzero(result["technique_known"] == 0)]
    name = region_name(table, region)
    scale = result["alone_scale"]
    radius = float(result["spectral_radius"][0])
    if np.isnan(radius):
        answer = (
            f"With what it knows, {name} could not stand alone: nobody there makes "
            f"{listed([goods(table, c) for c in missing])}."
        )
    elif radius >= 1.0:
        answer = (
            f"{_capital(name)} could not stand alone: making what is made uses up and feeds on "
            f"{fixed(radius, 2)} of each unit."
        )
    else:
        answer = (
            f"{_capital(name)} could stand alone in principle: it makes something of everything it "
            f"needs, and uses up {fixed(100 * radius, 0)} of every 100 it makes{_grows(result)}."
            f"{_more(result, table, codes)}"
            f"{_niches(result, table, codes)}"
        )
    order = np.argsort(-np.where(np.isnan(scale), -1.0, scale), kind="stable")
    rows = tuple(
        (
            product(table, codes[k]),
            "no technique" if codes[k] in missing else percent(result["home_share"][k], 0),
            _times(scale[k]),
            fixed(result["growth_price"][k], 2) if np.isfinite(radius) else "–",
        )
        for k in order[:TOP]
    )
    finite = [float(v) if np.isfinite(v) else 0.0 for v in scale[order[:TOP]]]
    return Section(
        key="alone",
        title="Could it stand alone, and what would it have to make more of?",
        answer=answer,
        columns=("Product", "made at home", "output alone", "price"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows), values=tuple(finite), top=1.02 * max([*finite, 1])
        ),
        note=(
            "Output without trade over today's, and prices over today's on the fastest balanced "
            "growth. Deposits, patents and plants are taken for granted at any scale. What it "
            f"would cost: autarky stress autarky {region}"
        ),
    )


def stockpile(result: Result, table: Table, region: str, product: str) -> Section:
    """How large a reserve pays, and the chance of a cut at which it starts to."""
    place = {"region": region, "sector": product}
    days = result.value("reserve_days", **place)
    chance, even = float(result.parameters["chance"]), result.value("even_chance", **place)
    worth, loss = result.value("reserve_worth", **place), result.value("cut_loss", **place)
    name, what = region_name(table, region), goods(table, product)
    if days > 0:
        answer = (
            f"A reserve of {fixed(days, 0)} days of imports of {what} would pay {name}: with a "
            f"chance of {percent(chance)} a year of a cut it saves {worth:,.0f} {result.unit} a "
            f"year, its cost paid. It would begin to pay at a chance of {percent(even)}."
        )
    else:
        answer = (
            f"No reserve of {what} would pay {name} if a cut has a chance of {percent(chance)} a "
            f"year: it takes {percent(even)}."
        )
    return Section(
        key="reserve",
        title="What is at stake?",
        answer=answer,
        columns=("", "value"),
        rows=(
            ("Best reserve, days of imports at stake", fixed(days, 0)),
            (f"Best reserve, {result.unit}", f"{result.value('reserve_target', **place):,.0f}"),
            (f"Loss while cut and without reserve, {result.unit}/yr", f"{loss:,.0f}"),
            (f"Worth of the best reserve, {result.unit}/yr", f"{max(worth, 0.0):,.0f}"),
            ("Chance of a cut at which a reserve begins to pay, a year", percent(even)),
        ),
        note="When to fill and to draw, by stock and state, is in --json and --csv.",
    )


def _grows(result: Result) -> str:
    """How fast it would grow, with the capital it needs where that is known."""
    growth = float(result["growth_with_capital"][0])
    if not np.isfinite(growth):
        return f", so that it could grow by at most {fixed(float(result['growth_limit'][0]))} %"
    if growth < 0:
        return ", which is too much to replace the capital that wears out"
    return f". With the capital it needs it could grow by {fixed(growth)} % a year"


def _more(result: Result, table: Table, codes: tuple[str, ...]) -> str:
    scale = np.where(np.isfinite(result["alone_scale"]), result["alone_scale"], 0.0)
    most = [k for k in np.argsort(-scale)[:2] if scale[k] > 1.05]
    if not most:
        return ""
    parts = [f"{fixed(scale[k])} times its {goods(table, codes[k])}" for k in most]
    return f" It would have to make {listed(parts)} of today."


def _niches(result: Result, table: Table, codes: tuple[str, ...]) -> str:
    """What it makes so little of that its technique may not be one."""
    thin = [c for c, share in zip(codes, result["home_share"], strict=True) if share < NICHE]
    if not thin:
        return ""
    named = listed([goods(table, c) for c in thin])
    return f" But of {named} it makes less than a tenth of what it uses: that may not scale."


def _times(value: float) -> str:
    if np.isnan(value):
        return "–"
    return "not made today" if np.isinf(value) else fixed(value, 2)


def _group(number: int, numbers: np.ndarray) -> str:
    """A letter for groups of two or more."""
    shared = [int(n) for n in np.unique(numbers) if (numbers == n).sum() > 1]
    return chr(ord("A") + shared.index(number) % 26) if number in shared else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plural(name: str) -> bool:
    return " and " in name or name.endswith("s")
