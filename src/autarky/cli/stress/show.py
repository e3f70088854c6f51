"""Run the models of a scenario and print what they say.

May import click, `report`, `stress` (inside functions) and below.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from autarky.cli.options import Output
from autarky.cli.stress import options as make

if TYPE_CHECKING:
    from autarky.results import Impact
    from autarky.shocks import Scenario
    from autarky.table import Table

#: A scenario that one of several models cannot express: the others answer.
SOME_FAILED = 1
#: What a model is doing while one waits.
_DOING = {
    "inventory": "the first months, day by day",
    "rationing": "the best that any allocation could reach",
    "equilibrium": "the long run",
}


def answer(
    scenario: Scenario,
    table: Table,
    focus: list[str],
    output: Output,
    options: dict[str, Any],
    *,
    sides: tuple[list[str], list[str]] | None = None,
    days: float | None = None,
) -> int:
    """Run the chosen model, or all, and print; returns the exit code."""
    model = options["model"]
    if model == "all":
        return _all(scenario, table, focus, output, options, days)
    if model == "equilibrium":
        _equilibrium(scenario, table, focus, output, options, sides)
        return 0
    from autarky.report import best_case, first_months

    if model == "inventory":
        chosen, page = make.inventory(options, table, days), first_months
    else:
        objective = focus[0] if focus else "world"
        chosen, page = make.rationing(options, table, days, objective), best_case
    with working(output, _DOING[model]):
        impact = chosen.run(table, scenario)
    _print(impact, output, page.headline(impact, table, focus), page.sections(impact, table, focus))
    return 0


def _equilibrium(
    scenario: Scenario,
    table: Table,
    focus: list[str],
    output: Output,
    options: dict[str, Any],
    sides: tuple[list[str], list[str]] | None,
) -> None:
    from autarky.report.impact import headline, pressed, sections
    from autarky.stress import pressure

    impact = make.equilibrium(options).run(table, scenario)
    if sides is not None:
        impact = pressure(
            impact, table, target=sides[0], coalition=sides[1], groups_year=scenario.groups_year
        )
    first = [pressed(impact, table)] if sides is not None else []
    shown = [*first, *sections(impact, table, focus)]
    _print(impact, output, headline(impact, table, focus), shown)


def _print(impact: Impact, output: Output, headline: str, sections: list[Any]) -> None:
    """One model's answer, as asked for."""
    from autarky.cli.output import console, write_csv, write_json
    from autarky.report.terminal import print_section

    frame = impact.tidy()
    if output.csv:
        write_csv(frame, output.csv)
    if output.json:
        write_json(joined(frame, impact))
    elif output.csv != "-":
        screen = console()
        screen.print(impact.question, style="bold")
        screen.print(headline)
        for section in sections:
            screen.print()
            print_section(section, screen)
    notes(output, impact)


def _all(
    scenario: Scenario,
    table: Table,
    focus: list[str],
    output: Output,
    options: dict[str, Any],
    days: float | None,
) -> int:
    """The three models on one treated table, side by side."""
    import pandas as pd

    from autarky.cli.output import console, write_csv, write_json
    from autarky.report import side_by_side
    from autarky.report.terminal import print_section
    from autarky.stress.treated import treated

    table, said = treated(table)
    found, refused = _each(scenario, table, focus, output, options, days)
    if not found:
        raise refused[0]
    whom = focus[0] if focus else _loses_most(found, table)
    world = found.pop("world", None)
    if "rationing" not in found and world is not None:
        found["rationing"] = make.rationing(options, table, days, whom).run(table, scenario)
    impacts = [*found.values(), *([] if world is None else [world])]
    frame = pd.concat([one.tidy() for one in impacts], ignore_index=True).fillna("total")
    if output.csv:
        write_csv(frame, output.csv)
    if output.json:
        rows = side_by_side.told(table, whom, list(found.values()))
        write_json(joined(frame, *impacts) | {"side_by_side": rows})
    elif output.csv != "-":
        screen = console()
        screen.print(f"What does “{scenario.title or scenario.name}” do?", style="bold")
        screen.print(side_by_side.headline(found, table, whom))
        screen.print()
        print_section(side_by_side.compared(found, world, table, whom), screen)
        if "inventory" in found:
            from autarky.report.first_months import unfolds

            path = unfolds(found["inventory"], table, table.regions.position(whom))
            if path is not None:
                screen.print()
                print_section(path, screen)
    talk(output, said)
    notes(output, *impacts)
    for error in refused:
        click.echo(f"error: {error}", err=True)
    return SOME_FAILED if refused else 0


def _each(
    scenario: Scenario,
    table: Table,
    focus: list[str],
    output: Output,
    options: dict[str, Any],
    days: float | None,
) -> tuple[dict[str, Impact], list[Exception]]:
    """What each model says; those that cannot express the scenario, with their reason."""
    from autarky.errors import UnsupportedShockError

    models = {
        "inventory": make.inventory(options, table, days),
        "world": make.rationing(options, table, days, "world"),
        "equilibrium": make.equilibrium(options),
    }
    if focus:
        models["rationing"] = make.rationing(options, table, days, focus[0])
    found: dict[str, Impact] = {}
    refused: dict[str, Exception] = {}
    for name, model in models.items():
        try:
            with working(output, _DOING[model.name]):
                found[name] = model.run(table, scenario)
        except UnsupportedShockError as error:
            refused[model.name] = error
    order = [n for n in ("inventory", "rationing", "equilibrium", "world") if n in found]
    return {name: found[name] for name in order}, list(refused.values())


def _loses_most(found: dict[str, Impact], table: Table) -> str:
    import numpy as np

    impact = found.get("inventory")
    change = found["equilibrium"]["real_income"] if impact is None else impact["final_use"]
    return table.regions.labels[int(np.nanargmin(change))]


def joined(frame: Any, *impacts: Impact) -> dict[str, Any]:
    """The JSON object of one or several impacts: what differs is listed for each."""
    from dataclasses import replace

    from autarky.cli.output import envelope

    def together(name: str) -> tuple[Any, ...]:
        return tuple(dict.fromkeys(item for one in impacts for item in getattr(one, name)))

    parameters = impacts[0].parameters
    if len({one.model for one in impacts}) > 1:
        parameters = {one.model: one.parameters for one in reversed(impacts)}
    impact = replace(
        impacts[0],
        indicator=" / ".join(dict.fromkeys(one.indicator for one in impacts)),
        question=" / ".join(dict.fromkeys(one.question for one in impacts)),
        warnings=together("warnings"),
        certificates=together("certificates"),
        parameters=parameters,
    )
    names = dict.fromkeys(name for one in impacts for name in one.residuals)
    worst = {n: max(one.residuals[n] for one in impacts if n in one.residuals) for n in names}
    return envelope(impact, frame) | {
        "treatments": list(together("treatments")),
        "assumptions": list(together("assumptions")),
        "residuals": worst,
    }


def notes(output: Output, *impacts: Impact) -> None:
    """What a reader must know, on stderr, each once."""
    lines = [line for one in impacts for line in (*one.warnings, *one.treatments, *one.assumptions)]
    solved = [f"{one.scenario}: solved to {one.certificates[-1]}" for one in impacts]
    talk(output, [*dict.fromkeys(lines), *dict.fromkeys(solved)])


@contextmanager
def working(output: Output, what: str) -> Generator[None]:
    """Say on a terminal what is being computed, while it is."""
    from autarky.cli.output import console

    screen = console(stderr=True)
    if output.quiet or not screen.is_terminal:
        yield
        return
    with screen.status(f"computing {what} …"):
        yield


def talk(output: Output, lines: Iterable[str]) -> None:
    """Notes on stderr."""
    if not output.quiet:
        for line in lines:
            click.echo(f"note: {line}", err=True)
