"""``autarky stress``: what happens when an economy is cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from autarky.cli.options import LABELS, Output, open_table, output_options, table_option

if TYPE_CHECKING:
    from autarky.shocks import Scenario
    from autarky.table import Table

F = TypeVar("F", bound=Callable[..., Any])


@click.group()
def stress() -> None:
    """What happens when an economy is cut off: what is lost, and by whom.

    For example:  autarky stress cut DEU --from RUS
    """


_ELASTICITIES = click.option(
    "--elasticities",
    default="cr2014",
    show_default=True,
    metavar="SET",
    help="Trade elasticities: a named set, or one number for all sectors.",
)
_HORIZON = click.option(
    "--horizon",
    type=click.Choice(["short", "medium", "long"]),
    default="long",
    show_default=True,
    help="How hard suppliers are to replace.",
)
_MODEL = (
    _ELASTICITIES,
    _HORIZON,
    click.option(
        "--deficits",
        type=click.Choice(["zero", "fixed", "proportional"]),
        default="zero",
        show_default=True,
        help="What becomes of trade deficits.",
    ),
    click.option(
        "--floor",
        type=float,
        default=1e-3,
        show_default=True,
        help="Smallest share of its use that an economy supplies itself.",
    ),
    click.option("--quota", is_flag=True, help="Read shares as cuts of trade, not of capacity."),
    click.option(
        "--model",
        type=click.Choice(["equilibrium"]),
        default="equilibrium",
        show_default=True,
        help="The long run: prices, wages and suppliers adjusted.",
    ),
)


def model_options(command: F) -> F:
    """The parameters of the trade equilibrium."""
    for option in reversed(_MODEL):
        command = option(command)
    return command


@stress.command("list")
@output_options
def list_(output: Output) -> None:
    """List the ready scenarios."""
    from autarky.cli.output import write_rows
    from autarky.shocks import scenarios

    ready = scenarios()
    rows = [{"name": name, "title": one.title} for name, one in ready.items()]
    if write_rows(rows, output):
        return
    width = max(len(name) for name in ready)
    for name, one in ready.items():
        click.echo(f"{name:<{width}}  {one.title}")
    click.echo("autarky-XXX isolates any region XXX; a FILE.toml is a scenario of your own.")


@stress.command()
@click.argument("scenario", metavar="SCENARIO|FILE")
@click.option("--target", type=LABELS, help="Whom it is meant to press: regions or groups.")
@click.option("--coalition", type=LABELS, help="Who presses: regions or groups.")
@table_option
@model_options
@output_options
def run(
    scenario: str,
    target: list[str] | None,
    coalition: list[str] | None,
    table_name: str,
    output: Output,
    **options: Any,
) -> None:
    """Run a ready scenario, or one from a TOML or JSON file.

    With --target and --coalition it also says what each side pays, and what a unit of pressure
    costs.
    """
    if (target is None) != (coalition is None):
        raise click.UsageError("--target and --coalition go together")
    sides = None if target is None or coalition is None else (target, coalition)
    _show(_scenario(scenario), open_table(table_name), [], output, options, sides)


@stress.command()
@click.argument("economy")
@click.option("--from", "partners", type=LABELS, required=True, help="Whose deliveries end.")
@click.option("--sectors", type=LABELS, help="Only these products; all by default.")
@click.option("--share", type=float, default=1.0, show_default=True, help="Share that is cut.")
@click.option("--mutual", is_flag=True, help="Cut the other direction as well.")
@click.option("--days", type=float, help="How long (only for models that know time).")
@table_option
@model_options
@output_options
def cut(
    economy: str,
    partners: list[str],
    sectors: list[str] | None,
    share: float,
    days: float | None,
    table_name: str,
    output: Output,
    *,
    mutual: bool,
    **options: Any,
) -> None:
    """Cut what ECONOMY buys from some partners (imports only, unless --mutual)."""
    from autarky.shocks import Embargo, Scenario

    table = open_table(table_name)
    shock = Embargo(
        exporters=partners, importers=economy, sectors=sectors, share=share, mutual=mutual,
        duration=days,
    )  # fmt: skip
    name = f"{economy}-cut-from-{'-'.join(partners)}"
    # Groups have no row of their own: then the answer is about who loses most.
    named = dict.fromkeys((economy, *partners)) if economy in table.regions else ()
    focus = [r for r in named if r in table.regions]
    _show(Scenario(name, [shock], title=shock.describe()), table, focus, output, options)


@stress.command()
@click.argument("economy", required=False)
@table_option
@_ELASTICITIES
@_HORIZON
@output_options
def autarky(
    economy: str | None, table_name: str, elasticities: str, horizon: Any, output: Output
) -> None:
    """What it would cost ECONOMY, or each one, to trade with nobody (closed form)."""
    from autarky.cli.output import console, envelope, write_csv, write_json
    from autarky.report.impact import alone
    from autarky.report.terminal import print_section
    from autarky.stress import autarky_cost

    table = open_table(table_name)
    chosen = _number_or_name(elasticities)
    cost = autarky_cost(table, elasticities=chosen, regions=economy, horizon=horizon)
    if output.csv:
        write_csv(cost.tidy(), output.csv)
    if output.json:
        write_json(envelope(cost, cost.tidy()))
    elif output.csv != "-":
        print_section(alone(cost, table, economy), console())
    _talk(output, cost.warnings)


@stress.command()
@click.argument("first", metavar="SCENARIO|FILE")
@click.argument("second", metavar="SCENARIO|FILE")
@table_option
@model_options
@output_options
def compare(first: str, second: str, table_name: str, output: Output, **options: Any) -> None:
    """Two scenarios side by side: real income lost by region, and the difference."""
    from autarky.cli.output import console, write_csv, write_json
    from autarky.report.impact import compared
    from autarky.report.terminal import print_section

    table = open_table(table_name)
    prepared = _model(options).prepare(table)
    impacts = [prepared.run(one) for one in _two(first, second)]
    import pandas as pd

    frame = pd.concat([impact.tidy() for impact in impacts], ignore_index=True)
    if output.csv:
        write_csv(frame, output.csv)
    if output.json:
        write_json(_envelope(frame, *impacts))
    elif output.csv != "-":
        print_section(compared(*impacts, table), console())
    _notes(output, *impacts)


def _scenario(name: str) -> Scenario:
    from autarky.errors import LabelError
    from autarky.shocks import load_scenario, scenarios

    path = Path(name)
    if path.suffix.lower() in (".toml", ".json"):
        return load_scenario(path)
    try:
        return scenarios()[name]
    except LabelError as error:
        more = " A scenario file is named .toml or .json." if path.is_file() else ""
        raise click.UsageError(
            f"{error}; 'autarky stress list' shows what is ready.{more}"
        ) from error


def _two(first: str, second: str) -> tuple[Scenario, Scenario]:
    """Two scenarios whose names tell them apart; files of the same name go by their paths."""
    from dataclasses import replace

    if first == second:
        raise click.UsageError(f"{first} twice: name two scenarios to compare")
    one, two = _scenario(first), _scenario(second)
    if one.name == two.name:
        one, two = replace(one, name=first), replace(two, name=second)
    return one, two


def _number_or_name(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


def _model(options: dict[str, Any]) -> Any:
    from autarky.stress import Equilibrium

    given = {k: v for k, v in options.items() if k != "model"}
    given["elasticities"] = _number_or_name(given["elasticities"])
    return Equilibrium(**given)


def _envelope(frame: Any, *impacts: Any) -> dict[str, Any]:
    """The JSON object of impacts of one prepared model: what differs is listed for each."""
    from dataclasses import replace

    from autarky.cli.output import envelope

    impact = replace(
        impacts[0],
        question=" / ".join(one.question for one in impacts),
        warnings=tuple(dict.fromkeys(w for one in impacts for w in one.warnings)),
        certificates=tuple(dict.fromkeys(c for one in impacts for c in one.certificates)),
    )
    worst = {name: max(one.residuals[name] for one in impacts) for name in impact.residuals}
    return envelope(impact, frame) | {
        "treatments": list(impact.treatments),
        "assumptions": list(impact.assumptions),
        "residuals": worst,
    }


def _notes(output: Output, *impacts: Any) -> None:
    """What a reader must know, on stderr, each once."""
    lines = [line for one in impacts for line in (*one.warnings, *one.treatments, *one.assumptions)]
    solved = [f"{one.scenario}: solved to {one.certificates[-1]}" for one in impacts]
    _talk(output, [*dict.fromkeys(lines), *solved])


def _talk(output: Output, lines: Iterable[str]) -> None:
    if not output.quiet:
        for line in lines:
            click.echo(f"note: {line}", err=True)


def _show(
    scenario: Scenario,
    table: Table,
    focus: list[str],
    output: Output,
    options: dict[str, Any],
    sides: tuple[list[str], list[str]] | None = None,
) -> None:
    from autarky.cli.output import console, write_csv, write_json
    from autarky.report.impact import headline, pressed, sections
    from autarky.report.terminal import print_section
    from autarky.stress import pressure

    impact = _model(options).run(table, scenario)
    if sides is not None:
        impact = pressure(
            impact, table, target=sides[0], coalition=sides[1], groups_year=scenario.groups_year
        )
    frame = impact.tidy()
    if output.csv:
        write_csv(frame, output.csv)
    if output.json:
        write_json(_envelope(frame, impact))
    elif output.csv != "-":
        screen = console()
        screen.print(impact.question, style="bold")
        screen.print(headline(impact, table, focus))
        first = [pressed(impact, table)] if sides is not None else []
        for section in (*first, *sections(impact, table, focus)):
            screen.print()
            print_section(section, screen)
    _notes(output, impact)
