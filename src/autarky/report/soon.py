"""The section of the brief on the first months of a cut-off, from the inventory model.

May import `stress`, `shocks`, `report.sections`, `report.first_months` and below.
"""

from __future__ import annotations

from dataclasses import replace

from autarky.errors import ConvergenceError, OptionError, TableError
from autarky.report.first_months import NOTHING, missed, unfolds
from autarky.report.sections import Built, Case, Section
from autarky.report.words import fixed, percent, the
from autarky.results import Impact
from autarky.shocks import Embargo, Scenario
from autarky.stress import Inventory


def first_months(case: Case) -> Built:
    """Say what the first year without its largest single supplier would be like."""
    partner = case.largest_source
    if partner is None:
        return None, ()
    cut = Embargo(exporters=partner, importers=case.region)
    scenario = Scenario(name=f"{case.region}-cut-from-{partner}", shocks=(cut,))
    title = f"What would a year without deliveries from {the(case.partner(partner))} be like?"
    try:
        impact = Inventory(sensitivity="none").run(case.table, scenario)
    except (OptionError, ConvergenceError, TableError) as error:
        return Section(
            key="first-months",
            title=title,
            answer=f"The inventory model cannot say for this table: {error}",
        ), ()
    return _section(case, impact, title), (impact,)


def _section(case: Case, impact: Impact, title: str) -> Section:
    n, name = case.table.regions.position(case.region), the(case.name)
    loss = -float(impact["final_use"][n])
    note = (
        "Stocks of 90 days, fixed recipes, all customers served alike, cut orders looking for "
        "other suppliers after a month. Other stocks and other rules can change the loss tenfold: "
        "“autarky stress cut” shows by how much."
    )
    path = unfolds(impact, case.table, n)
    if loss < NOTHING or path is None:
        return Section(
            key="first-months",
            title=title,
            answer=(
                f"In this model hardly anybody in {name} would go short: stocks last until other "
                "suppliers step in."
            ),
            note=note,
        )
    lost = -float(impact["output"][n])
    output = f", and makes {fixed(lost, 2)} % less" if lost >= NOTHING else ""
    return replace(
        path,
        key="first-months",
        title=title,
        answer=(
            f"Over the year {name} goes without {percent(loss / 100, 2)} of its final use"
            f"{output}. {path.answer} {missed(impact, case.table, n)}"
        ),
        note=note,
    )
