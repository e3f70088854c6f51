"""``autarky plan alone``: whether an economy could stand alone at all."""

from __future__ import annotations

from typing import Any

import click

from autarky.cli.options import Output, open_table, output_options, table_option


@click.command()
@click.argument("economy")
@click.option(
    "--basket",
    type=click.Choice(["consumption", "households"]),
    default="consumption",
    show_default=True,
    help="What those who work live on.",
)
@click.option(
    "--level",
    type=float,
    default=1.0,
    show_default=True,
    help="Share of today's basket per unit of value added.",
)
@click.option(
    "--borrow",
    metavar="REGION|world",
    help="Whose techniques to use for products that are not made at home.",
)
@table_option
@output_options
def alone(
    economy: str,
    basket: Any,
    level: float,
    borrow: str | None,
    table_name: str,
    output: Output,
) -> None:
    """Whether ECONOMY could stand alone, how fast it could grow, and what it lacks."""
    from autarky.cli.plan.show import show
    from autarky.plan import closed_growth
    from autarky.report.plans import alone as in_words

    table = open_table(table_name)
    result = closed_growth(table, economy, basket=basket, level=level, borrow=borrow)
    show(result, [in_words(result, table, economy)], output)
