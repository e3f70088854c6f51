"""``autarky plan prepare``: stocks, standby capacity and contracts against cut-offs."""

from __future__ import annotations

from typing import Any

import click

from autarky.cli.options import LABELS, Output, open_table, output_options, table_option
from autarky.cli.plan.options import SHARE


@click.command()
@click.argument("economy")
@click.option(
    "--keep", type=SHARE, default=0.98, help="Consumption to be sure of, such as 98% (the default)."
)
@click.option("--months", type=int, default=12, show_default=True, help="How long a cut-off lasts.")
@click.option(
    "--scenarios",
    "names",
    type=LABELS,
    metavar="FILE|NAME,…",
    help="What may happen: files or ready scenarios; by default six cut-offs and some draws.",
)
@click.option(
    "--levers", type=LABELS, help="Of stock, capacity and suppliers; all of them by default."
)
@click.option(
    "--draws",
    type=int,
    default=6,
    show_default=True,
    help="Draws of cut-offs beside the named ones.",
)
@click.option("--curve", is_flag=True, help="Add the price of security: other shares to keep.")
@table_option
@output_options
def prepare(
    economy: str,
    keep: float,
    months: int,
    names: list[str] | None,
    levers: list[str] | None,
    draws: int,
    curve: bool,
    table_name: str,
    output: Output,
) -> None:
    """The cheapest stocks, standby capacity and contracts that keep ECONOMY supplied.

    For example:  autarky plan prepare DEU --keep 98% --months 12
    """
    from autarky.cli.plan.show import show
    from autarky.plan.preparedness import Preparedness
    from autarky.report.preparing import KEPT, curve_of, joined, sections

    table = open_table(table_name)
    table.regions.position(economy)
    options: dict[str, Any] = {"keep": keep, "months": months, "draws": draws}
    if levers is not None:
        options["levers"] = tuple(levers)
    chosen = None if names is None else [_scenario(name) for name in names]
    prepared = Preparedness(**options).prepare(table, chosen, region=economy)
    plan = prepared.plan()
    found = sections(plan, table)
    if curve:
        price = prepared.security_curve(sorted({*KEPT, keep}))
        plan, found = joined(plan, price), [*found, curve_of(price, keep)]
    show(plan, found, output)


def _scenario(name: str) -> Any:
    """A ready scenario or one from a file, as ``autarky stress run`` takes it."""
    from pathlib import Path

    from autarky.errors import LabelError
    from autarky.shocks import load_scenario, scenarios

    if Path(name).suffix.lower() in (".toml", ".json"):
        return load_scenario(Path(name))
    try:
        return scenarios()[name]
    except LabelError as error:
        raise click.UsageError(f"{error}; 'autarky stress list' shows what is ready") from error
