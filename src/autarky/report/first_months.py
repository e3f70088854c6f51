"""What the inventory model says, as sections: who runs short, when, of what, and how sure it is.

May import `results`, `report.sections`, `report.charts` and below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from autarky.report.charts import Bars, Lines
from autarky.report.names import goods, product, region
from autarky.report.sections import Section
from autarky.report.words import fixed, listed, percent, signed, the
from autarky.results import Impact
from autarky.table import Table

Array = NDArray[np.float64]

#: Rows shown; all numbers are in --json and --csv.
TOP = 10
#: Points of a path: months of a year, or weeks of a shorter window.
MONTH, WEEK = 365 / 12, 7
#: Losses below this many percent are told as none.
NOTHING = 0.005


@dataclass(frozen=True)
class Course:
    """How losses run over a window.

    Parameters
    ----------
    final, output : (T, R) arrays
        Final use and output below base, in percent of base, by day.
    world : float
        Final use that the world goes without, in percent.
    """

    final: Array
    output: Array
    world: float

    @classmethod
    def of(cls, impact: Impact) -> Course:
        """From the paths by region."""
        final, output = impact["final_use_path"], impact["output_path"]
        base, made = _base(final, impact["final_use"]), _base(output, impact["output"])
        world = 100 * (1 - float(final.mean(axis=0).sum()) / float(base.sum()))
        return cls(_below(final, base), _below(output, made), world)

    def steps(self) -> tuple[str, tuple[int, ...], list[slice]]:
        """What a step is ("month"), their numbers, and the days of each."""
        T = len(self.final)
        name, length = ("month", MONTH) if T > 4 * MONTH else ("week", WEEK)
        count = max(round(T / length), 1)
        edges = np.linspace(0, T, count + 1).round().astype(int)
        cut = [slice(int(a), int(b)) for a, b in pairwise(edges)]
        return name, tuple(range(1, count + 1)), cut


def _base(path: Array, change: Array) -> Array:
    """(R,) the level at base: the mean of a path and its change in percent tell it."""
    mean = path.mean(axis=0)
    left = 1 + np.nan_to_num(change) / 100
    # Where all is lost, the path alone cannot tell; the first day has lost nothing yet.
    return np.where(left > 0, mean / np.where(left > 0, left, 1), path.max(axis=0))


def _below(path: Array, base: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        loss = 100 * (1 - path / base)
    return np.where(base > 0, loss, 0.0)


def headline(impact: Impact, table: Table, focus: Sequence[str]) -> str:
    """The answer in a sentence or two: what is lost, how much on the worst day, and since when."""
    course, days = Course.of(impact), impact.parameters["horizon"]
    loss = -impact["final_use"]
    where = [table.regions.position(c) for c in focus] or [int(np.nanargmax(loss))]
    parts = [_goes_without(impact, table, n) for n in where[:3]]
    world = _lost(course.world, "goes without")
    return f"In {days} days {listed(parts)}; the world {world}.{_since(impact, table, where[0])}"


def _goes_without(impact: Impact, table: Table, n: int) -> str:
    name, loss = the(region(table, n)), -float(impact["final_use"][n])
    worst = float(impact["peak_final_use_loss"][n])
    text = f"{name} {_lost(loss, 'goes without')} of its final use"
    return f"{text} ({fixed(worst, 2)} % on the worst day)" if worst >= NOTHING else text


def _lost(loss: float, verb: str) -> str:
    return f"{verb} {fixed(loss, 2)} %" if loss >= NOTHING else f"{verb} next to nothing"


def _since(impact: Impact, table: Table, n: int) -> str:
    """What is missed most, since when, and which input holds production back."""
    text = missed(impact, table, n)
    if not text:
        return " No product runs short: stocks and other suppliers last."
    held = impact["binding_days"][n].sum(axis=0)
    if held.max() > 0:
        text += f" The input that holds production back most is {goods(table, int(held.argmax()))}."
    return f" {text}"


def missed(impact: Impact, table: Table, n: int) -> str:
    """The product that users of an economy miss most, in a sentence; nothing if none."""
    missing = impact["shortage"][n]
    j = int(missing.argmax())
    if missing[j] <= 0:
        return ""
    share = -float(by_product(impact)[n, j])
    day = int(impact["shortage_day"][n, j])
    when = "from the first day" if day == 0 else f"from day {day}"
    size = f"{fixed(share, 1)} % of its use" if np.isfinite(share) else "all of it"
    return f"What users miss most is {goods(table, j)} ({size}, {when})."


def by_product(impact: Impact) -> Array:
    """(R, S) change of final use, in percent."""
    return impact.field_of("final_use", 2).values


def sections(impact: Impact, table: Table, focus: Sequence[str]) -> list[Section]:
    """Who runs short, how it unfolds, of what, for which reason, and how fragile the answer is."""
    found: list[Section | None] = [who_runs_short(impact, table, focus)]
    n = _subject(impact, table, focus)
    found += [
        unfolds(impact, table, n),
        _products(impact, table, n),
        _held_back(impact, table, n),
        causes(impact, table, n),
    ]
    if "final_use_sensitivity" in impact.variables:
        found += [_fragile(impact), _rules(impact)]
    return [one for one in found if one is not None]


def _subject(impact: Impact, table: Table, focus: Sequence[str]) -> int:
    """The economy that the sections are about: the one in focus, or the one that loses most."""
    if focus:
        return table.regions.position(focus[0])
    return int(np.nanargmax(-impact["final_use"]))


def who_runs_short(impact: Impact, table: Table, focus: Sequence[str]) -> Section:
    """The largest losers, those in focus first."""
    loss, output = -impact["final_use"], -impact["output"]
    first = [table.regions.position(code) for code in focus]
    order = first + [int(n) for n in np.argsort(-np.nan_to_num(loss)) if n not in first]
    order = order[:TOP]
    days = impact.parameters["horizon"]
    earliest = impact["shortage_day"].min(axis=1)
    jobs = impact["jobs_idle"] if "jobs_idle" in impact.variables else None
    columns = (
        "Economy", "final use lost", "worst day", "output lost", f"income, {impact.unit}/yr",
        *(() if jobs is None else ("jobs idle, 1000",)), "first shortage",
    )  # fmt: skip
    rows = tuple(
        (
            region(table, n),
            percent(loss[n] / 100, 2),
            percent(impact["peak_final_use_loss"][n] / 100, 2),
            percent(output[n] / 100, 2),
            f"{round(float(impact['value_added_shortfall'][n])):,d}",
            *(() if jobs is None else (_count(float(jobs[n])),)),
            f"day {int(earliest[n])}" if earliest[n] < days else "none",
        )
        for n in order
    )
    return Section(
        key="runs-short",
        title="Who runs short?",
        answer="",
        columns=columns,
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(max(float(np.nan_to_num(loss[n])), 0.0) for n in order),
            top=1.02 * max(float(np.nanmax(loss)), 1e-9),
            digits=2,
        ),
        note="Shares of the whole window; income is value added not earned. A negative number is "
        "a gain.",
    )


def _count(thousands: float) -> str:
    return f"{thousands:,.0f}" if np.isfinite(thousands) else "–"


def unfolds(impact: Impact, table: Table, n: int) -> Section | None:
    """How the loss of one economy runs over the window."""
    course = Course.of(impact)
    step, numbers, days = course.steps()
    if len(numbers) < 2:
        return None
    series = [
        (name, tuple(max(float(values[d, n].mean()), 0.0) for d in days))
        for name, values in (("output lost", course.output), ("final use lost", course.final))
    ]
    final = series[1][1]
    if not max(max(values) for _, values in series) > 0:
        return None
    worst = int(np.argmax(final))
    ends = f"{percent(final[-1] / 100, 2)} in the last"
    most = (
        "most of all"
        if worst == 0
        else f"most in {step} {numbers[worst]} ({percent(final[worst] / 100, 2)})"
    )
    name = the(region(table, n))
    return Section(
        key="unfolds",
        title=f"How does the loss of {name} unfold?",
        answer=(
            f"Final use is short by {percent(final[0] / 100, 2)} in the first {step}, {most}, "
            f"and {ends}."
        ),
        columns=(step.capitalize(), *(label for label, _ in series)),
        rows=tuple(
            (str(number), *(percent(values[k] / 100, 2) for _, values in series))
            for k, number in enumerate(numbers)
        ),
        chart=Lines(numbers, tuple(series), step=step),
        note=f"Averages of each {step}, in percent of base; output above base counts as no loss.",
    )


def _products(impact: Impact, table: Table, n: int) -> Section | None:
    """Which products its final users miss."""
    missing, first = impact["shortage"][n], impact["shortage_day"][n]
    change = by_product(impact)[n]
    order = [int(j) for j in np.argsort(-missing) if missing[j] > 0][:TOP]
    if not order:
        return None
    return Section(
        key="products",
        title=f"What do the users of {the(region(table, n))} go without?",
        answer="",
        columns=("Product", f"missing, {impact.unit}/yr", "of its use", "since day"),
        rows=tuple(
            (
                product(table, j),
                f"{missing[j]:,.0f}",
                percent(-change[j] / 100, 2) if np.isfinite(change[j]) else "–",
                str(int(first[j])),
            )
            for j in order
        ),
    )


def _held_back(impact: Impact, table: Table, n: int) -> Section | None:
    """Which industries wait for which input."""
    days = impact["binding_days"][n]
    flat = [int(k) for k in np.argsort(-days, axis=None)[:TOP] if days.flat[int(k)] > 0]
    if not flat:
        return None
    S = days.shape[1]
    rows = tuple(
        (
            f"{product(table, k // S)} ← {product(table, k % S)}",
            f"{days.flat[k]:.0f}",
        )
        for k in flat
    )
    return Section(
        key="held-back",
        title=f"Which inputs hold back producers in {the(region(table, n))}?",
        answer="",
        columns=("Industry ← input", "days"),
        rows=rows,
    )


def causes(impact: Impact, table: Table, n: int) -> Section:
    """Direct against indirect, and why output is lost."""
    final = impact["final_use_loss_by_cause"][n].sum(axis=0)
    output = impact["output_loss_by_cause"][n]
    names = impact.field_of("output_loss_by_cause").labels("cause")
    answer = _directly(float(final[0]), float(final.sum()))
    labels = {"fewer orders": "customers order less", "cut input": "an input that is cut off",
              "other input": "another input", "capacity": "capacity lost",
              "above base": "made above base (a gain)"}  # fmt: skip
    return Section(
        key="causes",
        title=f"Why does {the(region(table, n))} lose?",
        answer=answer,
        columns=("Output lost because of", f"{impact.unit}/yr"),
        rows=tuple(
            (labels.get(name, name), f"{value:,.0f}")
            for name, value in zip(names, output, strict=True)
            if abs(value) >= 0.5
        ),
    )


def _directly(direct: float, whole: float) -> str:
    """How much of a loss hits final users on the spot."""
    if whole <= 0:
        return ""
    share = direct / whole
    if share > 0.995:
        return "What final users miss is what they bought from the suppliers that are cut off."
    if share < 0.005:
        return "What final users miss is missing because producers ran short."
    return (
        f"{percent(share, 0)} of what final users miss they bought from the suppliers that are cut "
        "off; the rest is missing because producers ran short."
    )


def _fragile(impact: Impact) -> Section:
    """The world's loss over stock days, refill time and ψ."""
    one = impact.field_of("final_use_sensitivity")
    stocks, taus, psis = (next(iter(d.columns.values())) for d in one.dimensions)
    low, high = float(one.values.min()), float(one.values.max())
    return Section(
        key="fragile",
        title="How fragile is the answer?",
        answer=(
            f"The world's final use moves by {signed(low, 2)} to {signed(high, 2)} % over stocks "
            "held, the time to refill them, and the level ψ below which a low stock slows "
            "production."
        ),
        columns=("Stocks, refill time", *(f"ψ = {value}" for value in psis)),
        rows=tuple(
            (
                f"stocks {stock}, time {tau}",
                *(f"{signed(float(one.values[a, b, c]), 2)} %" for c in range(len(psis))),
            )
            for a, stock in enumerate(stocks)
            for b, tau in enumerate(taus)
        ),
    )


def _rules(impact: Impact) -> Section:
    """The world's loss by rule of rationing and of looking for suppliers."""
    one = impact.field_of("final_use_by_rule")
    rules, reorders = (next(iter(d.columns.values())) for d in one.dimensions)
    said = {"none": "cut orders are lost", "redirect": "redirected at once",
            "delayed": "redirected in time"}  # fmt: skip
    return Section(
        key="rules",
        title="What does the rule of rationing change?",
        answer="",
        columns=("Who is served first", *(said.get(name, name) for name in reorders)),
        rows=tuple(
            (
                rule.replace("_", " "),
                *(f"{signed(float(v), 2)} %" for v in one.values[k]),
            )
            for k, rule in enumerate(rules)
        ),
        note="World final use, in percent of base.",
    )
