"""``autarky plan first``: what to make at home first."""

from __future__ import annotations

from typing import Any

import click

from autarky.cli.options import LABELS, Output, open_table, output_options, table_option


@click.command()
@click.argument("economy")
@click.option("--products", type=LABELS, help="Only these; all that are made at home by default.")
@click.option(
    "--by",
    type=click.Choice(["imports", "output"]),
    default="imports",
    show_default=True,
    help="Next is what saves most imports, or most per unit of new output.",
)
@click.option(
    "--need",
    type=float,
    default=0.02,
    show_default=True,
    help="A product needs another where imports of it are this share of its cost.",
)
@click.option(
    "--elasticities",
    default="cr2014",
    show_default=True,
    metavar="SET",
    help="Trade elasticities for the break-even price: a named set, or one number.",
)
@click.option(
    "--horizon",
    type=click.Choice(["short", "medium", "long"]),
    default="long",
    show_default=True,
    help="How hard suppliers are to replace.",
)
@table_option
@output_options
def first(
    economy: str,
    products: list[str] | None,
    by: Any,
    need: float,
    elasticities: str,
    horizon: Any,
    table_name: str,
    output: Output,
) -> None:
    """What ECONOMY should make first to take imports out of what it uses."""
    from autarky.cli.plan.show import number_or_name, show
    from autarky.plan import first as order
    from autarky.report.plans import make_first

    table = open_table(table_name)
    result = order(
        table, economy, products=products, by=by, need=need,
        elasticities=number_or_name(elasticities), horizon=horizon,
    )  # fmt: skip
    show(result, [make_first(result, table, economy)], output)
