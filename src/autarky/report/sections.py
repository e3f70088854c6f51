"""The sections of the brief: each function answers one question about one economy.

A section gets a `Case` (the table and the measures already computed) and returns a `Section` with
any further results it needed, or None where the table cannot answer. May import `measure`,
`results`, `table`, `report.charts` and below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from autarky import measure
from autarky.report import names
from autarky.report.charts import Bars, Chart, Lines, Pairs
from autarky.report.words import listed, moved, percent, signed, the
from autarky.results import TOTAL, Dependence, Result
from autarky.table import Table

if TYPE_CHECKING:
    import pandas as pd

#: Rows shown in a section; all numbers are in --json and --csv.
TOP = 10


@dataclass(frozen=True)
class Section:
    """One question and its answer.

    Parameters
    ----------
    key : str
        Short name, for links: "sources".
    title : str
        The question.
    answer : str
        One or two sentences.
    columns : tuple of str
        Headings of the table; the first names the rows, the others are numbers.
    rows : tuple of tuple of str
    chart : Chart or None
        Bars and Pairs: one label per row, in the same order.
    note : str
        How to read it.
    """

    key: str
    title: str
    answer: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    chart: Chart | None = None
    note: str = ""


Built = tuple[Section | None, tuple[Result, ...]]


@dataclass(frozen=True)
class Case:
    """What every section works from: an economy, its table, other years, the measures."""

    region: str
    table: Table
    tables: Mapping[int, Table]
    origin: Dependence
    sources: Dependence
    users: Dependence
    products: Dependence
    suppliers: Dependence

    @classmethod
    def of(cls, table: Table, region: str, tables: Mapping[int, Table]) -> Case:
        """Run the measures."""
        return cls(
            region=region,
            table=table,
            tables=tables,
            origin=measure.value_added_origin(table, regions=region),
            sources=measure.dependence(table, regions=region, by="partner"),
            users=measure.dependence(table, regions=region, by="sector"),
            products=measure.self_sufficiency(table, regions=region),
            suppliers=measure.concentration(table, regions=region),
        )

    @property
    def results(self) -> tuple[Dependence, ...]:
        """All measures run so far."""
        return (self.origin, self.sources, self.users, self.products, self.suppliers)

    @property
    def name(self) -> str:
        """The economy's readable name."""
        return self.partner(self.region)

    def partner(self, code: str) -> str:
        """A region's readable name."""
        return names.region(self.table, code)

    def product(self, code: str) -> str:
        """A sector's readable name, without remarks."""
        return names.product(self.table, code)

    def goods(self, code: str) -> str:
        """A sector's readable name inside a sentence."""
        return names.goods(self.table, code)

    @cached_property
    def earned_abroad(self) -> pd.Series:
        """Share of the economy's final use earned in each other region, largest first."""
        shares = wide(self.origin, "partner")["va_origin_share"]
        return shares.drop([self.region, TOTAL], errors="ignore").sort_values(ascending=False)

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """Foreign sources of inputs: face_value, look_through, hidden; largest first."""
        frame = wide(self.sources, "partner").drop([self.region, TOTAL], errors="ignore")
        return frame.sort_values("look_through", ascending=False)

    @cached_property
    def largest_source(self) -> str | None:
        """The single foreign economy most of the inputs are from; None where there is none."""
        named = self.inputs.drop("ROW", errors="ignore")
        some = not named.empty and named["look_through"].iloc[0] > 0
        return str(named.index[0]) if some else None

    @cached_property
    def made(self) -> pd.DataFrame:
        """Products used: home_share and more, least home-made first; without unused products."""
        frame = wide(self.products, "sector").drop(TOTAL, errors="ignore")
        return frame[frame["domestic_supply"] > 0].sort_values("home_share")


def wide(result: Dependence, key: str) -> pd.DataFrame:
    """A result as one row per label of `key`, one column per variable."""
    frame = result.tidy()
    return frame.pivot_table(index=key, columns="variable", values="value", sort=False)


# --- the sections -----------------------------------------------------------------------------


def self_sufficiency(case: Case) -> Built:
    """Say how much of what the economy uses it makes itself."""
    made = case.made
    if made.empty:
        return None, ()
    least, most = made.head(2), made.iloc[-1]
    whole = wide(case.products, "sector").loc[TOTAL]
    low = listed(
        [f"{case.goods(str(c))} ({percent(r['home_share'], 0)})" for c, r in least.iterrows()]
    )
    span = ""
    if len(made) > 2:
        top = f"{case.goods(str(most.name))} ({percent(most['home_share'], 0)})"
        span = f" Least in {low}; most in {top}."
    rows = tuple(
        (
            case.product(str(code)),
            percent(row["home_share"], 0),
            percent(row["self_sufficiency"], 0),
        )
        for code, row in made.iterrows()
    )
    return Section(
        key="self-sufficiency",
        title=f"How much of what {the(case.name)} uses does it make itself?",
        answer=(
            f"{percent(whole['home_share'], 0)} of all goods and services, counting only the last "
            f"step of making.{span}"
        ),
        columns=("Product", "made at home", "output as % of use"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(100 * max(v, 0.0) for v in made["home_share"]),
        ),
        note=(
            "Output above 100 % of use with a low home share means trade both ways: the economy "
            "exports much of what it makes and imports much of what it uses."
        ),
    ), ()


def sources(case: Case) -> Built:
    """Say on whom the economy depends for its inputs."""
    top = case.inputs.head(TOP)
    paper, chains = case.inputs["face_value"].sum(), case.inputs["look_through"].sum()
    if chains <= 0:
        return None, ()
    gain = case.inputs["hidden"].idxmax()
    most = case.inputs.loc[gain]
    hidden = (
        f" What invoices hide most is {the(case.partner(str(gain)))}: "
        f"{percent(most['face_value'])} on paper, {percent(most['look_through'])} through chains."
        if most["hidden"] >= 0.0005
        else ""
    )
    rows = tuple(
        (
            case.partner(str(code)),
            percent(row["face_value"]),
            percent(row["look_through"]),
            signed(100 * row["hidden"]),
        )
        for code, row in top.iterrows()
    )
    scale = max(top["look_through"].max(), top["face_value"].max())
    return Section(
        key="sources",
        title=f"On whom does {the(case.name)} depend?",
        answer=(
            f"On paper {percent(paper, 0)} of the inputs of its producers are foreign. Counting "
            f"the inputs of inputs it is {percent(chains, 0)}.{hidden}"
        ),
        columns=("Source", "on paper", "through chains", "hidden"),
        rows=rows,
        chart=Pairs(
            labels=tuple(row[0] for row in rows),
            first=tuple(100 * v for v in top["face_value"]),
            second=tuple(100 * v for v in top["look_through"]),
            names=("on paper", "more through chains"),
            top=100 * scale * 1.02,
        ),
        note=(
            "“On paper” is what invoices show; “through chains” counts all output that goes into "
            "the inputs, wherever it was made."
        ),
    ), ()


def exposed(case: Case) -> Built:
    """Say which of its sectors rest most on foreign inputs."""
    users = wide(case.users, "sector").drop(TOTAL, errors="ignore")
    top = users.sort_values("look_through", ascending=False).head(8)
    if not (top["look_through"] > 0).any():
        return None, ()
    rows = tuple(
        (case.product(str(code)), percent(row["face_value"], 0), percent(row["look_through"], 0))
        for code, row in top.iterrows()
    )
    first = case.goods(str(top.index[0]))
    then = f" Next: {case.goods(str(top.index[1]))} ({rows[1][2]})." if len(rows) > 1 else ""
    return Section(
        key="exposed",
        title="Which sectors rest most on foreign inputs?",
        answer=(
            f"{first[0].upper()}{first[1:]}: counting every step, {rows[0][2]} of what goes into "
            f"it is made abroad.{then}"
        ),
        columns=("Sector", "on paper", "through chains"),
        rows=rows,
        chart=Pairs(
            labels=tuple(row[0] for row in rows),
            first=tuple(100 * v for v in top["face_value"]),
            second=tuple(100 * v for v in top["look_through"]),
            names=("on paper", "more through chains"),
        ),
    ), ()


def single_points(case: Case) -> Built:
    """Say where one foreign supplier weighs most."""
    frame = case.suppliers.tidy("largest_supplier_share").set_index("sector")
    hhi = case.suppliers.tidy("hhi").set_index("sector")["value"]
    frame = frame.drop(TOTAL, errors="ignore").join(case.made[["home_share"]], how="inner")
    frame["weight"] = frame["value"] * (1 - frame["home_share"])
    named = frame[frame["partner"] != "ROW"]
    top = named.sort_values("weight", ascending=False).head(6)
    if not (top["weight"] > 0).any():
        return None, ()
    rows = tuple(
        (
            f"{case.product(str(code))} ← {case.partner(str(row['partner']))}",
            percent(row["weight"], 0),
            percent(row["value"], 0),
            f"{hhi[code]:.2f}",
        )
        for code, row in top.iterrows()
    )
    first = top.iloc[0]
    return Section(
        key="single-points",
        title="Where does one foreign supplier weigh most?",
        answer=(
            f"{percent(first['weight'], 0)} of the {case.goods(str(top.index[0]))} used in "
            f"{the(case.name)} is bought from {the(case.partner(str(first['partner'])))}, which "
            f"supplies {percent(first['value'], 0)} of what is imported of it."
        ),
        columns=("Product ← largest supplier", "of use", "of imports", "concentration"),
        rows=rows,
        chart=Bars(
            labels=tuple(row[0] for row in rows),
            values=tuple(100 * v for v in top["weight"]),
            top=max(25.0, 100 * float(top["weight"].max()) * 1.05),
        ),
        note=(
            "Concentration is the Herfindahl index of foreign suppliers: 1 means a single one, and "
            "above 0.4 the European Commission calls imports concentrated."
            + (
                " Products bought mostly from the rest of the world, which is many economies, are "
                "left out."
                if (frame["partner"] == "ROW").any()
                else ""
            )
        ),
    ), ()


def change(case: Case) -> Built:
    """Say how it has changed over the years of the release."""
    # An economy may be missing from a year of somebody's own table.
    years = sorted(y for y, table in case.tables.items() if case.region in table.regions)
    if len(years) < 2:
        return None, ()
    results: list[Dependence] = []
    final, paper, chains = [], [], []
    for year in years:
        same = year == case.table.year
        table = case.tables[year]
        origin = case.origin if same else measure.value_added_origin(table, regions=case.region)
        inputs = (
            case.sources if same else measure.dependence(table, regions=case.region, by="partner")
        )
        results += [] if same else [origin, inputs]
        then = Case(
            case.region, table, {}, origin, inputs, case.users, case.products, case.suppliers
        )
        final.append(100 * then.earned_abroad.sum())
        paper.append(100 * then.inputs["face_value"].sum())
        chains.append(100 * then.inputs["look_through"].sum())
    series = (
        ("inputs, through chains", tuple(chains)),
        ("inputs, on paper", tuple(paper)),
        ("spending earned abroad", tuple(final)),
    )
    rows = tuple((name, *(percent(v / 100) for v in values)) for name, values in series)
    return Section(
        key="change",
        title=f"How has it changed since {years[0]}?",
        answer=(
            f"Between {years[0]} and {years[-1]} the foreign share of inputs, counted through "
            f"chains, {moved(chains[0], chains[-1])}. Of what is spent, the share earned abroad "
            f"{moved(final[0], final[-1])}."
        ),
        columns=("Share that is foreign", *map(str, years)),
        rows=rows,
        chart=Lines(tuple(years), series),
    ), tuple(results)
