"""``autarky plan reserve``: how large a reserve of one product pays."""

from __future__ import annotations

from typing import Any

import click

from autarky.cli.options import LABELS, Output, open_table, output_options, table_option
from autarky.cli.plan.options import SHARE


@click.command()
@click.argument("economy")
@click.argument("product")
@click.option("--partners", type=LABELS, help="Whose deliveries may stop; everybody's by default.")
@click.option(
    "--cut", type=SHARE, default=1.0, help="Share of their deliveries that stops; all by default."
)
@click.option(
    "--chance", type=SHARE, default=0.05, help="Of a cut within a year, such as 5% (the default)."
)
@click.option(
    "--months", type=float, default=6.0, show_default=True, help="How long a cut lasts on average."
)
@click.option(
    "--elasticity",
    type=float,
    default=0.1,
    show_default=True,
    help="Of demand in the short run, without its sign.",
)
@click.option(
    "--holding",
    type=SHARE,
    default=0.06,
    help="Yearly cost of holding a unit, such as 6% (the default).",
)
@table_option
@output_options
def reserve(
    economy: str,
    product: str,
    partners: list[str] | None,
    cut: float,
    chance: float,
    months: float,
    table_name: str,
    output: Output,
    **options: Any,
) -> None:
    """How large a reserve of PRODUCT pays ECONOMY, and how likely a cut must be.

    For example:  autarky plan reserve DEU energy --partners RUS --chance 10%
    """
    from autarky.cli.plan.show import show
    from autarky.plan import reserve as best
    from autarky.report.plans import stockpile

    table = open_table(table_name)
    result = best(
        table, economy, product, partners=partners, cut=cut, chance=chance, duration=months,
        **options,
    )  # fmt: skip
    show(result, [stockpile(result, table, economy, product)], output)
