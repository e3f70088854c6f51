"""``autarky stress``: parse, call, print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autarky.cli.options import LABELS, Output, open_table, output_options, table_option
from autarky.cli.stress import show
from autarky.cli.stress.options import (
    ELASTICITIES,
    HORIZON,
    equilibrium,
    equilibrium_options,
    model_options,
    number_or_name,
    refuse_idle,
)

if TYPE_CHECKING:
    from autarky.shocks import Scenario


@click.group()
def stress() -> None:
    """What happens when an economy is cut off: what is lost, and by whom.

    For example:  autarky stress cut DEU --from RUS
    """


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
) -> int:
    """Run a ready scenario, or one from a TOML or JSON file.

    With --target and --coalition it also says what each side pays, and what a unit of pressure
    costs.
    """
    if (target is None) != (coalition is None):
        raise click.UsageError("--target and --coalition go together")
    refuse_idle(options)
    sides = None if target is None or coalition is None else (target, coalition)
    if sides and options["model"] != "equilibrium":
        raise click.UsageError(
            "--target and --coalition are counted in real income: they need --model equilibrium"
        )
    one, table = _scenario(scenario), open_table(table_name)
    return show.answer(one, table, [], output, options, sides=sides, days=one.horizon)


@stress.command()
@click.argument("economy")
@click.option("--from", "partners", type=LABELS, required=True, help="Whose deliveries end.")
@click.option("--sectors", type=LABELS, help="Only these products; all by default.")
@click.option("--share", type=float, default=1.0, show_default=True, help="Share that is cut.")
@click.option("--mutual", is_flag=True, help="Cut the other direction as well.")
@click.option("--days", type=float, help="How long the cut lasts; for good by default.")
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
) -> int:
    """Cut what ECONOMY buys from some partners (imports only, unless --mutual)."""
    from autarky.shocks import Embargo, Scenario

    refuse_idle(options)
    table = open_table(table_name)
    shock = Embargo(
        exporters=partners, importers=economy, sectors=sectors, share=share, mutual=mutual,
        duration=days,
    )  # fmt: skip
    name = f"{economy}-cut-from-{'-'.join(partners)}"
    # Groups have no row of their own: then the answer is about who loses most.
    named = dict.fromkeys((economy, *partners)) if economy in table.regions else ()
    focus = [r for r in named if r in table.regions]
    one = Scenario(name, [shock], title=shock.describe())
    return show.answer(one, table, focus, output, options, days=days)


@stress.command()
@click.argument("economy", required=False)
@table_option
@ELASTICITIES
@HORIZON
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
    chosen = number_or_name(elasticities)
    cost = autarky_cost(table, elasticities=chosen, regions=economy, horizon=horizon)
    if output.csv:
        write_csv(cost.tidy(), output.csv)
    if output.json:
        write_json(envelope(cost, cost.tidy()))
    elif output.csv != "-":
        print_section(alone(cost, table, economy), console())
    show.talk(output, cost.warnings)


@stress.command()
@click.argument("first", metavar="SCENARIO|FILE")
@click.argument("second", metavar="SCENARIO|FILE")
@table_option
@equilibrium_options
@output_options
def compare(first: str, second: str, table_name: str, output: Output, **options: Any) -> None:
    """Two scenarios side by side: real income lost by region, and the difference."""
    from autarky.cli.output import console, write_csv, write_json
    from autarky.report.impact import compared
    from autarky.report.terminal import print_section

    table = open_table(table_name)
    prepared = equilibrium(options).prepare(table)
    impacts = [prepared.run(one) for one in _two(first, second)]
    import pandas as pd

    frame = pd.concat([impact.tidy() for impact in impacts], ignore_index=True)
    if output.csv:
        write_csv(frame, output.csv)
    if output.json:
        write_json(show.joined(frame, *impacts))
    elif output.csv != "-":
        print_section(compared(*impacts, table), console())
    show.notes(output, *impacts)


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
