"""``autarky plan pathway`` and ``plan fastest``: how to depend less by a year."""

from __future__ import annotations

from typing import Any

import click

from autarky.cli.options import Output, open_table, output_options, table_option
from autarky.cli.plan.options import SHARE, goal_options, pathway_options


@click.command()
@click.argument("economy")
@goal_options
@click.option("--by", type=int, required=True, metavar="YEARS", help="Years until the goal holds.")
@click.option("--evenly", is_flag=True, help="Move there evenly, not only at the end.")
@pathway_options
@table_option
@output_options
def pathway(
    economy: str,
    goals: Any,
    partner: list[str] | None,
    by: int,
    evenly: bool,
    elasticity: str,
    no_band: bool,
    table_name: str,
    output: Output,
) -> None:
    """How ECONOMY reaches a goal by a year with the least loss of consumption.

    For example:  autarky plan pathway DEU --goal electronics=80% --by 8
    """
    from autarky.cli.plan.options import goals_of, pathway_of
    from autarky.cli.plan.show import show
    from autarky.report.pathways import sections

    table = open_table(table_name)
    table.regions.position(economy)
    wanted = goals_of(economy, goals, partner, by, "linear" if evenly else "none")
    plan = pathway_of(elasticity, no_band=no_band).solve(table, wanted)
    show(plan, sections(plan, table, wanted), output)


@click.command()
@click.argument("economy")
@goal_options
@click.option("--max-loss", type=SHARE, help="Most consumption that may be lost: 1% or 0.01.")
@pathway_options
@table_option
@output_options
def fastest(
    economy: str,
    goals: Any,
    partner: list[str] | None,
    max_loss: float | None,
    elasticity: str,
    no_band: bool,
    table_name: str,
    output: Output,
) -> None:
    """The fewest years in which ECONOMY can reach a goal.

    For example:  autarky plan fastest DEU --goal electronics=80% --max-loss 1%
    """
    from autarky.cli.plan.options import goals_of, pathway_of
    from autarky.cli.plan.show import show
    from autarky.report.pathways import sections

    if len(goals) > 1:
        raise click.UsageError("fastest takes one --goal; join domains with +, as in a+b=80%")
    table = open_table(table_name)
    table.regions.position(economy)
    (goal,) = goals_of(economy, goals, partner, by=1)
    plan = pathway_of(elasticity, no_band=no_band).fastest(table, goal, max_loss=max_loss)
    show(plan, sections(plan, table, [goal]), output)
