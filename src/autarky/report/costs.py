"""The section of the brief on what a cut-off costs, from the trade equilibrium.

May import `stress`, `shocks`, `report.sections`, `report.charts` and below.
"""

from __future__ import annotations

from dataclasses import dataclass

from autarky.errors import ConvergenceError, OptionError, TableError
from autarky.report.charts import Bars
from autarky.report.sections import Built, Case, Section
from autarky.report.words import listed, percent, the
from autarky.results import Impact
from autarky.shocks import Embargo, Isolation, Scenario
from autarky.stress import Equilibrium, Prepared
from autarky.stress.bands import Band, across_sets, band

#: Partners shown.
PARTNERS = 5


@dataclass(frozen=True)
class _Cost:
    """One cut-off and what the economy loses, in percent of real income."""

    label: str
    loss: float
    low: float
    high: float


def isolation(region: str) -> Scenario:
    """A region that trades with nobody."""
    return Scenario(name=f"autarky-{region}", shocks=(Isolation(region=region),))


def separation(region: str, partner: str) -> Scenario:
    """All trade between two regions ends, both ways."""
    cut = Embargo(exporters=partner, importers=region, mutual=True)
    return Scenario(name=f"{region}-without-{partner}", shocks=(cut,))


def cut_off(case: Case) -> Built:
    """Say what being cut off would cost in the long run, from all and from whom most."""
    try:
        model = Equilibrium()
        others = across_sets(model, case.table)
        prepared = model.prepare(case.table)
        costs, results = _costs(case, prepared, others)
    except (OptionError, ConvergenceError, TableError) as error:
        return Section(
            key="cut-off",
            title=_title(case),
            answer=f"The trade equilibrium cannot say for this table: {error}",
        ), ()
    alone, partners = costs[0], costs[1:]
    rows = tuple(
        (
            one.label,
            percent(one.loss / 100),
            f"{percent(one.low / 100)} … {percent(one.high / 100)}",
        )
        for one in costs
    )
    return Section(
        key="cut-off",
        title=_title(case),
        answer=(
            f"Trading with nobody would cost {percent(alone.loss / 100, 0)} of real income for "
            f"good ({percent(alone.low / 100, 0)} to {percent(alone.high / 100, 0)}, depending on "
            f"how easily suppliers can be replaced).{_dearest(partners)}"
        ),
        columns=("Trade ended with", "real income lost", "across elasticity sets"),
        rows=rows,
        chart=Bars(
            labels=tuple(one.label for one in costs),
            values=tuple(max(one.loss, 0.0) for one in costs),
            # A closed economy loses nothing: its bars are empty, but still bars.
            top=max(1.05 * max(one.high for one in costs), 1e-9),
            digits=1,
            ranges=tuple((one.low, one.high) for one in costs),
        ),
        note=(
            "Long run: prices, wages and suppliers have adjusted, trade deficits are gone. The "
            "first months would be worse. The range is over published sets of trade elasticities; "
            "it does not cover errors of the data or of the model."
        ),
    ), results


def _dearest(partners: list[_Cost]) -> str:
    """Which partners it would cost most to lose; nothing where the table names none."""
    if not partners:
        return ""
    worst, *others = partners[:3]
    then = f", then {listed([the(one.label) for one in others])}" if others else ""
    cost = percent(worst.loss / 100)
    return f" Of single partners, {the(worst.label)} would cost most: {cost}{then}."


def _title(case: Case) -> str:
    return f"What would a cut-off cost {the(case.name)} in the long run?"


def _costs(
    case: Case, prepared: Prepared, others: list[Prepared]
) -> tuple[list[_Cost], tuple[Impact, ...]]:
    n = case.table.regions.position(case.region)
    partners = [p for p in case.table.regions if p not in (case.region, "ROW")]
    runs = [(p, prepared.run(separation(case.region, p))) for p in partners]
    runs.sort(key=lambda pair: float(pair[1]["real_income"][n]))
    top = runs[:PARTNERS]
    alone = prepared.run(isolation(case.region))
    costs = [_cost("Everybody", alone, band(others, isolation(case.region)), n)]
    for partner, run in top:
        spread = band(others, separation(case.region, partner))
        costs.append(_cost(case.partner(partner), run, spread, n))
    return costs, (alone, *(run for _, run in top))


def _cost(label: str, run: Impact, spread: Band, n: int) -> _Cost:
    loss = -float(run["real_income"][n])
    low, high = -float(spread.high[n]), -float(spread.low[n])
    return _Cost(label, loss, min(low, loss), max(high, loss))
