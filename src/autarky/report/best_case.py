"""What the window LP says, as sections: the least loss, who bears it, and what would ease it.

May import `results`, `report.first_months`, `report.sections` and below.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autarky.report.first_months import NOTHING
from autarky.report.names import product, region
from autarky.report.sections import Section
from autarky.report.words import fixed, the
from autarky.results import Impact
from autarky.table import Table

#: Rows shown; all numbers are in --json and --csv.
TOP = 10


def headline(impact: Impact, table: Table, _focus: Sequence[str] = ()) -> str:
    """The answer in a sentence."""
    days, share = impact.parameters["horizon"], float(impact["least_shortage_share"])
    whose = _whose(impact, table)
    if share < NOTHING:
        return (
            f"In {days} days {whose} need not go short: at best, other suppliers, spare capacity "
            "and stocks make everything good."
        )
    return (
        f"However what is left is allocated over {days} days, {whose} goes without at least "
        f"{fixed(share, 2)} % of its final use."
    )


def _whose(impact: Impact, table: Table) -> str:
    whom = impact.parameters["objective"]
    if whom == "world":
        return "the world"
    codes = [whom] if isinstance(whom, str) else list(whom)
    return " with ".join(the(region(table, code)) for code in codes)


def sections(impact: Impact, table: Table, _focus: Sequence[str] = ()) -> list[Section]:
    """What goes short in one best allocation, and the worth of the flows that are cut."""
    return [one for one in (_missing(impact, table), _worth(impact, table)) if one is not None]


def _missing(impact: Impact, table: Table) -> Section | None:
    short = impact.field_of("shortage")
    codes = short.labels("region")
    flat = [int(k) for k in np.argsort(-short.values, axis=None)[:TOP] if short.values.flat[k] > 0]
    if not flat:
        return None
    S = short.values.shape[1]
    rows = tuple(
        (
            f"{product(table, k % S)} in {the(region(table, codes[k // S]))}",
            f"{short.values.flat[k]:,.0f}",
        )
        for k in flat
    )
    return Section(
        key="best-case",
        title="What goes short even in the best case?",
        answer="",
        columns=("Product", f"missing, {impact.unit}/yr"),
        rows=rows,
        note="One of many allocations with the same total: the total is the answer.",
    )


def _worth(impact: Impact, table: Table) -> Section | None:
    """Loss avoided for each unit of a cut flow."""
    price = next((f for f in impact.fields if f.variable == "cut_price"), None)
    if price is None or not (price.values > 0).any():
        return None
    columns = price.dimensions[0].columns
    order = [int(k) for k in np.argsort(-price.values)[:TOP] if price.values[k] > 0]
    first = order[0]
    names = [
        f"{product(table, columns['sector'][k])}, "
        f"{region(table, columns['partner'][k])} → {region(table, columns['region'][k])}"
        for k in order
    ]
    return Section(
        key="worth",
        title="Which cut flow would help most?",
        answer=(
            f"One more {impact.unit.currency} of {names[0]} let through would save "
            f"{fixed(float(price.values[first]), 2)} {impact.unit.currency} of final use."
        ),
        columns=("Flow", "loss avoided per unit"),
        rows=tuple(
            (name, fixed(float(price.values[k]), 2)) for name, k in zip(names, order, strict=True)
        ),
    )
