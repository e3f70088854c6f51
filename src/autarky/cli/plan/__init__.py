"""``autarky plan``: what it would take to depend less, one command per file."""

from __future__ import annotations

import click

from autarky.cli.plan.alone import alone
from autarky.cli.plan.first import first
from autarky.cli.plan.pathway import fastest, pathway
from autarky.cli.plan.prepare import prepare
from autarky.cli.plan.reserve import reserve


@click.group()
def plan() -> None:
    """What it would take to depend less: where to start, what is possible, at what cost.

    For example:  autarky plan first DEU
    """


for _command in (first, alone, prepare, pathway, fastest, reserve):
    plan.add_command(_command)
