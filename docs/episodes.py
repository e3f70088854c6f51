"""Compute every number of ours on the page on episodes, and draw its picture.

``python docs/episodes.py`` (``just episodes``) writes the tables between the marks of
``docs/stress/episodes.md`` and ``docs/_static/episodes.svg``, all from the embedded table of 2011;
the tests in ``tests/docs`` compute them again and compare. Published numbers stand here once, for
the picture, and on the page with their sources; a test compares those as well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from html import escape
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parent
PAGE, FILE = DOCS / "stress" / "episodes.md", DOCS / "_static" / "episodes.svg"
YEAR, WINDOW = 2011, 365


class Column(NamedTuple):
    """One question: who loses what in which scenario, and what others found [percent]."""

    says: str
    scenario: str
    region: str
    measure: str
    published: tuple[tuple[str, float, float], ...] = ()
    #: Whether the shock lasts, as the trade equilibrium takes every shock to do.
    lasts: bool = True


DIRECT = "cut-as-the-table-has-it"
EPISODES = {
    "germany": (
        Column(
            "8 % less energy",
            "gas-stop-germany",
            "DEU",
            "value_added",
            (
                ("Bachmann et al.", -0.5, -3.0),
                ("IMF, 2022 and 2023", -1.5, -2.7),
                ("Krebs", -3.2, -8.0),
            ),
        ),
        Column("no energy from Russia, as the table has it", DIRECT, "DEU", "value_added"),
    ),
    "austria": (
        Column(
            "each for itself: 11.7 % less energy",
            "gas-stop-austria",
            "AUT",
            "output",
            (("Pichler et al., each for itself", -9.1, -9.1),),
        ),
        Column(
            "shared in the Union: 2.3 % less",
            "gas-stop-austria-together",
            "AUT",
            "output",
            (("Pichler et al., shared", -1.9, -1.9),),
        ),
    ),
    "critical-inputs": tuple(
        Column(name, "critical-inputs-china-euro", region, "manufactures", (("ECB", loss, loss),))
        for name, region, loss in (
            ("Belgium", "BEL", -2.0),
            ("France", "FRA", -2.5),
            ("Spain", "ESP", -2.9),
            ("Italy", "ITA", -3.1),
            ("Slovenia", "SVN", -3.1),
        )
    ),
    "tohoku": (
        Column(
            "the four prefectures stand still",
            "tohoku-2011",
            "JPN",
            "value_added",
            (("Carvalho et al.", -0.47, -0.47),),
            lasts=False,
        ),
        Column(
            "0.9 % of capital is destroyed and rebuilt",
            "tohoku-2011-damage",
            "JPN",
            "value_added",
            (("Carvalho et al.", -0.47, -0.47),),
            lasts=False,
        ),
    ),
}
#: What is told of each first year: the options of `Inventory`; orders that a cut stops are lost.
CASES = {
    "90 days of stock, all served alike": {},
    "30 days, all served alike": {"days": 30},
    "30 days, all alike, other suppliers from day 30": {"days": 30, "reorder": "delayed"},
    "30 days, only critical inputs stop a plant": {"days": 30, "critical": True},
    "30 days, industries first": {"days": 30, "rationing": "intermediate_first"},
    "90 days, households first": {"rationing": "final_first"},
    "30 days, households first": {"days": 30, "rationing": "final_first"},
}
HORIZONS = ("short", "long")
BEST = "least loss of final use, 30 days, any allocation"
#: Changes below this are rounding.
NOTHING = 0.05


@cache
def world():
    """The table of all runs."""
    import autarky

    return autarky.open("world", YEAR)


@cache
def scenarios():
    """The scenarios of all episodes, by name."""
    from autarky.shocks import Embargo, Scenario
    from autarky.shocks import scenarios as library

    cut = Embargo(exporters="RUS", importers="DEU", sectors="energy")
    direct = Scenario(DIRECT, [cut], horizon=WINDOW)
    names = dict.fromkeys(column.scenario for columns in EPISODES.values() for column in columns)
    return {name: direct if name == DIRECT else library()[name] for name in names}


@cache
def first_year(case):
    """The results of one way to tell the first year, by scenario; all advance side by side."""
    from autarky.stress import Inventory
    from autarky.stress.critical import ratings_for

    model = replace(Inventory(reorder="none", sensitivity="none"), **CASES[case])
    if model.critical is not None:
        model = replace(model, critical=ratings_for(world()).values)
    found = model.run_many(world(), list(scenarios().values()))
    return dict(zip(scenarios(), found, strict=True))


@cache
def for_good(horizon):
    """The trade equilibrium after every scenario that lasts."""
    from autarky.stress import Equilibrium

    prepared = Equilibrium(horizon=horizon).prepare(world())
    columns = [column for columns in EPISODES.values() for column in columns if column.lasts]
    return {c.scenario: prepared.run(scenarios()[c.scenario]) for c in columns}


@cache
def best(scenario, region):
    """Change of a region's final use in the allocation that is best for it [percent]."""
    from autarky.stress import Rationing

    impact = Rationing(days=30, objective=region).run(world(), scenarios()[scenario])
    return -float(impact["least_shortage_share"])


def manufacturing(impact, region):
    """Change of the value added of manufactures [percent]: it falls with output, by industry."""
    from autarky.shocks import sector_groups
    from autarky.stress.treated import treated

    table, _ = treated(world())
    members = sector_groups()["manufactures"].sectors["world"]
    changes, weights = [], []
    for sector in members:
        changes.append(impact.value("output", region=region, sector=sector))
        weights.append(float(table.value_added[table.industries.locate([region], [sector])].sum()))
    return sum(c * w for c, w in zip(changes, weights, strict=True)) / sum(weights)


def change(impact, column):
    """What a first year changes in the quantity of a column [percent]."""
    if column.measure == "manufactures":
        return manufacturing(impact, column.region)
    return impact.value(column.measure, region=column.region, sector="total")


def numbers(column) -> Iterator[tuple[str, float | None]]:
    """(what it says, percent) of every number of ours for a column; None where there is none."""
    for case in CASES:
        yield case, change(first_year(case)[column.scenario], column)
    yield BEST, best(column.scenario, column.region)
    for horizon in HORIZONS:
        impact = for_good(horizon).get(column.scenario)
        income = impact and impact.value("real_income", region=column.region, sector="total")
        yield f"real income, elasticities of the {horizon} run", income


# --- the page -------------------------------------------------------------------------------------


def cell(value: float | None) -> str:
    """A number as it stands on the page; one that is nothing has no sign."""
    if value is None:
        return "–"
    return "0.0" if abs(value) < NOTHING else f"{value:.1f}".replace("-", "−")


def table(name) -> str:
    """The table of an episode: ours, in percent."""
    columns = EPISODES[name]
    head = ["Ours, in %", *(column.says for column in columns)]
    lines = [head, ["---"] * len(head)]
    rows = zip(*(numbers(column) for column in columns), strict=True)
    lines += [[row[0][0], *(cell(value) for _, value in row)] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def page(text: str) -> str:
    """The page with every table computed anew."""
    for name in EPISODES:
        start, end = f"% episode: {name}\n", f"% end: {name}\n"
        before, rest = text.split(start)
        _, after = rest.split(end)
        text = f"{before}{start}\n{table(name)}\n{end}{after}"
    return text


# --- the picture ----------------------------------------------------------------------------------

TITLE = "Near for physical shortages, too mild where tables cannot see"
WIDTH, TOP, ROW, LEFT, RIGHT, LIMIT = 760, 128, 40, 268, 664, 10.0
STYLE = """
text { font: 14px Inter, system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
text { fill: #1b2430 } .soft { fill: #5a6675; font-size: 12.5px }
.title { font-size: 19px; font-weight: 650 } .page { fill: #f7f9fb; stroke: #d9dfe6 }
.found { stroke: #c2570c; stroke-width: 8; stroke-linecap: round; stroke-opacity: 0.75 }
.ours { fill: #1f5f99 } .long { fill: none; stroke: #1f5f99; stroke-width: 2 }
.grid { stroke: #d9dfe6 }
@media (prefers-color-scheme: dark) {
  text { fill: #e8edf2 } .soft { fill: #a3b0bd } .page { fill: #1a222b; stroke: #36424e }
  .found { stroke: #f59e5b } .ours { fill: #6fb1ea } .long { stroke: #6fb1ea }
  .grid { stroke: #36424e }
}
"""
WHO = {
    "germany": "Germany, no Russian gas",
    "austria": "Austria, no Russian gas",
    "critical-inputs": "China’s critical inputs",
    "tohoku": "Japan, earthquake",
}
#: What a column is called in the picture, where its own name is too long.
SHORT = {
    "gas-stop-germany": "8 % less energy",
    "gas-stop-austria": "each for itself",
    "gas-stop-austria-together": "shared in the Union",
    "tohoku-2011": "plants stand still",
    "tohoku-2011-damage": "capital destroyed",
}


def place(value: float) -> float:
    """Where a change in percent stands: losses grow to the right, gains stand at none."""
    return LEFT + (RIGHT - LEFT) * min(max(-round(value, 1), 0.0), LIMIT) / LIMIT


def words(x: float, y: float, said: str, kind: str = "", anchor: str = "start") -> str:
    """One line of text."""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(said)}</text>'


def dot(x: float, y: float, kind: str) -> str:
    """A mark."""
    return f'<circle cx="{x:.1f}" cy="{y:g}" r="5" class="{kind}"/>'


def stroke(x1: float, x2: float, y1: float, y2: float, kind: str) -> str:
    """A line; one without length is a round dot where its ends are round."""
    return f'<line x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:g}" y2="{y2:g}" class="{kind}"/>'


def row(y: float, who: str, column: Column) -> list[str]:
    """What others found, and below it what we find."""
    body = [
        words(24, y - 3, who),
        words(24, y + 13, SHORT.get(column.scenario, column.says), "soft"),
    ]
    for _, low, high in column.published:
        body.append(stroke(place(low), place(high) + 0.1, y - 7, y - 7, "found"))
    found = dict(numbers(column))
    beyond = []
    for case in CASES:
        if found[case] < -LIMIT:
            beyond.append(f"{found[case]:.0f}".replace("-", "−"))
        else:
            body.append(dot(place(found[case]), y + 9, "ours"))
    for says, value in found.items():
        if says.startswith("real income") and value is not None:
            body.append(dot(place(value), y + 9, "long"))
    if beyond:
        body.append(words(RIGHT + 14, y + 13, f"→ {', '.join(beyond)}", "soft"))
    return body


def picture() -> str:
    """The SVG, computed anew."""
    rows = [(WHO[name], column) for name, columns in EPISODES.items() for column in columns]
    rows = [(who, column) for who, column in rows if column.published]
    height, note = TOP + ROW * len(rows) + 44, "soft"
    body = [
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="12" class="page"/>',
        words(24, 36, TITLE, "title"),
        stroke(26, 44, 57, 57, "found"),
        words(54, 61, "published", note),
        dot(136, 57, "ours"),
        words(148, 61, "ours, first year, by stocks and rules", note),
        dot(406, 57, "long"),
        words(418, 61, "ours, real income once trade has adjusted", note),
        words(LEFT, TOP - 34, "loss in %", note),
    ]
    for tick in range(0, int(LIMIT) + 1, 2):
        x = place(-tick)
        body += [
            stroke(x, x, TOP - 12, height - 44, "grid"),
            words(x, TOP - 18, f"{tick}", note, "middle"),
        ]
    for at, (who, column) in enumerate(rows):
        body += row(TOP + 10 + ROW * at, who, column)
    body.append(
        words(
            24,
            height - 16,
            "Numbers at the right end: households are served first. From WIOD 2013 in 15 groups, "
            f"{YEAR}, CC BY 4.0.",
            note,
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="{TITLE}">\n'
        f"<style>{STYLE}</style>\n" + "\n".join(body) + "\n</svg>\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    FILE.write_text(picture(), encoding="utf-8")
    for file in (PAGE, FILE):
        sys.stdout.write(f"{file.relative_to(DOCS.parent)}\n")
