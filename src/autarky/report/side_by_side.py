"""Three models of one cut-off beside each other: first months, best case, long run.

They answer different questions and are never subtracted. May import `results`,
`report.first_months`, `report.sections` and below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autarky.report.first_months import NOTHING, Course
from autarky.report.names import region
from autarky.report.sections import Section
from autarky.report.words import fixed, percent, the
from autarky.results import Impact
from autarky.table import Table


def headline(found: Mapping[str, Impact], table: Table, focus: str) -> str:
    """The answer in a sentence: what the economy in focus loses soon, at least, and for good."""
    name = the(region(table, focus))
    parts = []
    for model, said in _HEADLINE:
        if model in found:
            loss = _loss(found[model], table, focus)
            size = f"{fixed(abs(loss), 2)} %" if abs(loss) >= NOTHING else "next to nothing"
            text = said.replace("loses", "gains") if loss <= -NOTHING else said
            parts.append(text.format(size, found[model].parameters.get("horizon")))
    whole = f"{name} {'; '.join(parts)}."
    return f"{whole[0].upper()}{whole[1:]}"


#: What each model adds to the sentence: the loss, and the window.
_HEADLINE = (
    ("inventory", "goes without {} of its final use in the first {} days"),
    ("rationing", "at best, with everything allocated in advance, loses {} of it"),
    ("equilibrium", "in the long run loses {} of real income a year"),
)


def compared(
    found: Mapping[str, Impact], world: Impact | None, table: Table, focus: str
) -> Section:
    """One row a model, with what it asks, for the economy in focus and for the world.

    Parameters
    ----------
    found : mapping of model → Impact
        Those that can express the scenario.
    world : Impact or None
        The best case for the world.
    """
    rows = []
    for model, name, unit in _MODELS:
        if model not in found:
            rows.append((name, unit, "–", "–"))
            continue
        whole = world if model == "rationing" else found[model]
        everybody = None if whole is None else _of_world(whole)
        rows.append(
            (
                name,
                unit,
                percent(_loss(found[model], table, focus) / 100, 2),
                "–" if everybody is None else percent(everybody / 100, 2),
            )
        )
    return Section(
        key="side-by-side",
        title=f"What does {the(region(table, focus))} lose: soon, at least, and for good?",
        answer="\n".join(_sentences(found, table, focus)),
        columns=("Model", "loss in % of", region(table, focus), "World"),
        rows=tuple(rows),
        note=(
            "Three questions, on one treated table: do not subtract one from another. A negative "
            "number is a gain."
        ),
    )


_MODELS = (
    ("inventory", "First months", "final use"),
    ("rationing", "Best case", "final use"),
    ("equilibrium", "Long run", "real income a year"),
)


def _loss(impact: Impact, table: Table, focus: str) -> float:
    """Percent of final use, or of real income."""
    if impact.model == "rationing":
        return float(impact["least_shortage_share"])
    name = "real_income" if impact.model == "equilibrium" else "final_use"
    return -float(impact[name][table.regions.position(focus)])


def _of_world(impact: Impact) -> float:
    if impact.model == "rationing":
        return float(impact["least_shortage_share"])
    if impact.model == "inventory":
        return Course.of(impact).world
    return 100 * float(impact["income_loss"].sum()) / float(np.sum(impact["income"]))


def _sentences(found: Mapping[str, Impact], table: Table, focus: str) -> list[str]:
    """One plain sentence for each model."""
    said: list[str] = []
    if "inventory" in found:
        said.append(_soon(found["inventory"], table, focus))
    if "rationing" in found:
        said.append(_at_best(found["rationing"]))
    if "equilibrium" in found:
        loss = _loss(found["equilibrium"], table, focus)
        verb = "gained" if loss < 0 else "lost"
        said.append(
            f"Long run: once prices, wages and suppliers have adjusted, {fixed(abs(loss), 2)} % of "
            f"real income is {verb} every year."
        )
    return said


def _soon(impact: Impact, table: Table, focus: str) -> str:
    n, days = table.regions.position(focus), impact.parameters["horizon"]
    loss, worst = _loss(impact, table, focus), float(impact["peak_final_use_loss"][n])
    rule = str(impact.parameters["rationing"]).replace("_", " ")
    first = int(impact["shortage_day"][n].min())
    since = f"the first shortage comes on day {first}" if first < days else "nothing runs short"
    return (
        f"First months: with recipes as they are and {rule} rationing, {fixed(max(loss, 0.0), 2)} "
        f"% of final use is not served in {days} days ({fixed(max(worst, 0.0), 2)} % on the worst "
        f"day); {since}."
    )


def _at_best(impact: Impact) -> str:
    loss = float(impact["least_shortage_share"])
    if loss < NOTHING:
        return (
            "Best case: the same recipes, stocks and spare capacity, allocated by somebody who "
            "knows all in advance, leave nothing unserved."
        )
    return (
        f"Best case: even somebody who knows all in advance and allocates everything cannot avoid "
        f"the loss of {fixed(loss, 2)} %."
    )


def told(table: Table, focus: str, impacts: Sequence[Impact]) -> list[dict[str, object]]:
    """The rows of the comparison, for scripts: model, region, loss, and of what."""
    return [
        {
            "model": one.model,
            "region": focus,
            "loss_percent": _loss(one, table, focus),
            "of": "real income a year" if one.model == "equilibrium" else "final use in the window",
        }
        for one in impacts
    ]
