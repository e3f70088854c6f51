"""The brief: one page about one economy, as data that the terminal and the page draw.

May import `measure`, `results`, `table`, `report.sections` and below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autarky.errors import OptionError
from autarky.report import costs, effort, soon
from autarky.report import sections as parts
from autarky.report.health import health_in_words
from autarky.report.sections import Built, Case, Section
from autarky.report.words import fixed, listed, money, percent, the, visible
from autarky.results import Result
from autarky.table import Table
from autarky.units import Certificate, Provenance

if TYPE_CHECKING:
    import pandas as pd


#: In the order of the page.
SECTIONS: tuple[Callable[[Case], Built], ...] = (
    parts.self_sufficiency,
    parts.sources,
    parts.exposed,
    parts.single_points,
    parts.change,
    soon.first_months,
    costs.cut_off,
    effort.security,
    effort.cheapest,
    effort.weakest,
)


@dataclass(frozen=True)
class Brief:
    """One page about one economy.

    Parameters
    ----------
    economy, name : str
        Code and readable name.
    year : int or None
    source : str
        The table's release.
    headline : str
        The answer, in one sentence.
    figures : tuple of (str, str)
        A number and what it means, for the top of the page.
    sections : tuple of Section
    caveats, health : tuple of str
        What to keep in mind, and the data-health report in words.
    commands : tuple of str
        Command lines that reproduce or deepen the page.
    provenance : Provenance
    results : tuple of Result
        Every measure behind the page.
    """

    economy: str
    name: str
    year: int | None
    source: str
    headline: str
    figures: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    caveats: tuple[str, ...]
    health: tuple[str, ...]
    commands: tuple[str, ...]
    provenance: Provenance
    results: tuple[Result, ...] = ()
    indicator: str = "brief"
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """The question the page answers."""
        return f"What does {the(self.name)} depend on?"

    @property
    def warnings(self) -> tuple[str, ...]:
        """The caveats, for scripts."""
        return self.caveats

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Of every linear system solved."""
        return tuple(c for result in self.results for c in result.certificates)

    def tidy(self) -> pd.DataFrame:
        """Every number behind the page, with the indicator it belongs to."""
        import pandas as pd

        frames = []
        for result in self.results:
            frame = result.tidy()
            frame.insert(0, "indicator", result.indicator)
            frames.append(frame)
        whole = pd.concat(frames, ignore_index=True)
        labels = [c for c in whole.columns if c not in ("variable", "value", "unit")]
        whole[labels] = whole[labels].astype(object).where(whole[labels].notna(), "total")
        return whole[[*labels, "variable", "value", "unit"]].drop_duplicates(ignore_index=True)


def brief(
    table: Table, region: str, *, tables: Mapping[int, Table] | None = None, spec: str = ""
) -> Brief:
    """One page about an economy.

    Parameters
    ----------
    table : Table
        The year the page is about.
    region : str
        The economy.
    tables : mapping of year → Table, optional
        Years of the same release, for the section on change.
    spec : str
        Name of the table on the command line ("world:2011"), for the commands shown.

    Raises
    ------
    LabelError
        The economy is not in the table.
    """
    table.regions.position(region)
    if len(table.regions) == 1:
        raise OptionError(
            f"the table has one region, {region}: there is no abroad in it that {region} could "
            "depend on. Use a table with at least two regions; a remainder ('ROW') will do"
        )
    case = Case.of(table, region, tables or {})
    sections: list[Section] = []
    results: list[Result] = list(case.results)
    for build in SECTIONS:
        section, more = build(case)
        if section is not None:
            sections.append(section)
        results += more
    return Brief(
        economy=region,
        name=case.name,
        year=table.year,
        source=visible(table.provenance.source),
        headline=_headline(case),
        figures=_figures(case),
        sections=tuple(sections),
        caveats=_caveats(case, results),
        health=health_in_words(table),
        commands=_commands(case, spec),
        provenance=table.provenance,
        results=tuple(results),
        parameters={"economy": region, "table": spec},
    )


def _headline(case: Case) -> str:
    abroad = case.earned_abroad
    spent = (
        f"Of every 100 {money(case.table.unit.currency)} spent in {the(case.name)} on consumption "
        f"and investment, {fixed(100 * abroad.sum())} are earned abroad"
    )
    shown = abroad[abroad >= 0.0005]
    if shown.empty:
        return f"{spent}."
    top = [f"{fixed(100 * v)} in {the(case.partner(str(c)))}" for c, v in shown.head(3).items()]
    rest = ", the rest in smaller shares" if len(shown) > len(top) else ""
    return f"{spent}: {listed(top)}{rest}."


def _figures(case: Case) -> tuple[tuple[str, str], ...]:
    paper, chains = case.inputs["face_value"].sum(), case.inputs["look_through"].sum()
    figures = [
        (percent(case.earned_abroad.sum()), "of what it spends is earned abroad"),
        (
            f"{fixed(100 * paper, 0)} → {fixed(100 * chains, 0)} %",
            "of inputs are foreign: on paper, and with the inputs of inputs",
        ),
    ]
    if case.largest_source is not None:
        name = the(case.partner(case.largest_source))
        figures.append(
            (
                percent(case.inputs.loc[case.largest_source, "look_through"]),
                f"of inputs come from the largest single source, {name}",
            )
        )
    if len(case.made):
        goods = case.goods(str(case.made.index[0]))
        figures.append(
            (
                percent(case.made["home_share"].iloc[0], 0),
                f"of the {goods} it uses is made at home: the least of all products",
            )
        )
    return tuple(figures)


def _caveats(case: Case, results: list[Result]) -> tuple[str, ...]:
    table = case.table
    said = []
    if table.year is not None:
        said.append(
            f"The table describes {table.year}, in {table.unit.prices or 'current prices'}; newer "
            "dependences are not in it."
        )
    said.append(
        f"Everything is seen through {len(table.sectors)} groups of goods and services: a critical "
        "product inside a group (a chip, a drug) can be far more exposed than its group."
    )
    remarks = [visible(title) for title in table.sectors.titles if " (" in title]
    if remarks:
        said.append(f"What the source does not separate: {'; '.join(remarks)}.")
    if "ROW" in table.regions and case.region != "ROW":
        said.append(
            f"The table names {len(table.regions) - 1} economies; all others are one "
            "“Rest of the world”, which therefore looks like a large single supplier."
        )
    if case.region == "ROW":
        said.append(
            "The rest of the world is many economies added up: what they buy from each other "
            "counts as made at home here."
        )
    said.append(
        "Shares say where value and goods come from, not how easily they could be replaced; what "
        "a cut-off would cost is a model's answer, with assumptions of its own."
    )
    warnings = (warning for result in results for warning in result.warnings)
    said += [
        f"{warning[:1].upper()}{warning[1:].rstrip('.')}."
        for warning in warnings
        if not _said(warning, case)
    ]
    return tuple(dict.fromkeys(said))


def _said(warning: str, case: Case) -> bool:
    """Whether the page says it already in its own words."""
    return warning.startswith("ROW stands for") and "ROW" in case.table.regions


def _commands(case: Case, spec: str) -> tuple[str, ...]:
    where = f" --table {spec}" if spec else ""
    return (
        f"autarky brief {case.region}{where} --html {case.region.lower()}.html",
        f"autarky brief {case.region}{where} --csv {case.region.lower()}.csv",
        f"autarky measure dependence --regions {case.region} --by partner{where}",
        f"autarky measure concentration --regions {case.region}{where}",
        *_cut(case, where),
        f"autarky stress autarky {case.region}{where}",
        f"autarky plan prepare {case.region}{where} --curve",
        f"autarky plan first {case.region}{where}",
        f"autarky plan alone {case.region}{where}",
    )


def _cut(case: Case, where: str) -> tuple[str, ...]:
    """All models on a year without the largest single supplier."""
    partner = case.largest_source
    if partner is None:
        return ()
    return (f"autarky stress cut {case.region} --from {partner} --days 365 --model all{where}",)
