"""Types and options of the plan commands: shares in percent, goals.

May import click and the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

import click

from autarky.cli.options import LABELS

F = TypeVar("F", bound=Callable[..., Any])

#: What stands for the whole economy where a goal names a domain.
EVERYTHING = "economy"


def share_of(text: str) -> float:
    """A share as typed: "80%" or "0.8"; ValueError with what to write instead."""
    found = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*(%?)\s*", text)
    if not found:
        raise ValueError(f"{text!r} is no share; write 80% or 0.8")
    value = float(found[1]) / (100.0 if found[2] else 1.0)
    if value > 1.0:
        hint = f"; write {found[1]}% for {found[1]} percent" if not found[2] else ""
        raise ValueError(f"{text!r} is more than all{hint}")
    return value


class Share(click.ParamType):
    """A share: 80% or 0.8."""

    name = "P%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The share as a number from 0 to 1."""
        if not isinstance(value, str):
            return value
        try:
            return share_of(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class GoalText(click.ParamType):
    """A domain and the share it is to reach: electronics=80%."""

    name = "DOMAIN=P%"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The domain's labels and the share."""
        if not isinstance(value, str):
            return value
        domain, sign, share = value.partition("=")
        labels = [part.strip() for part in domain.split("+")]
        if not sign or not all(labels):
            self.fail(
                f"{value!r} is no goal; write electronics=80%, or chemicals+electronics=80% for "
                "both together",
                param,
                ctx,
            )
        try:
            return labels, share_of(share)
        except ValueError as error:
            self.fail(str(error), param, ctx)


SHARE, GOAL = Share(), GoalText()

_GOALS = (
    click.option(
        "--goal",
        "goals",
        type=GOAL,
        required=True,
        multiple=True,
        help=(
            "A sector or group and the share of its use to be made at home; 'economy' for all. "
            "May be given more than once."
        ),
    ),
    click.option(
        "--partner",
        type=LABELS,
        help="Then the goal is the most that may come from there: regions or groups.",
    ),
)
_MODEL = (
    click.option(
        "--elasticity",
        default="4",
        show_default=True,
        metavar="NUMBER|SET",
        help="Trade elasticity: how dear it is to replace imports. The result leans on it.",
    ),
    click.option(
        "--no-band", is_flag=True, help="Skip the band over half and twice the elasticity."
    ),
)


def goal_options(command: F) -> F:
    """``--goal`` and ``--partner``."""
    return _all(_GOALS, command)


def pathway_options(command: F) -> F:
    """The parameters of the pathway."""
    return _all(_MODEL, command)


def _all(options: tuple[Callable[[F], F], ...], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def goals_of(
    region: str, given: tuple[tuple[list[str], float], ...], partner: list[str] | None, by: int,
    ramp: str = "none",
) -> list[Any]:  # fmt: skip
    """The goals as the library has them."""
    from autarky.plan import Goal

    return [
        Goal(
            region=region,
            domain=None if labels == [EVERYTHING] else labels,
            share=share,
            by=by,
            partner=partner,
            ramp=ramp,  # ty: ignore[invalid-argument-type]
        )
        for labels, share in given
    ]


def pathway_of(elasticity: str, *, no_band: bool) -> Any:
    """The model with the parameters typed."""
    from autarky.cli.plan.show import number_or_name
    from autarky.plan import Pathway

    chosen = number_or_name(elasticity)
    if no_band:
        return Pathway(elasticity=chosen, band=None)
    return Pathway(elasticity=chosen)
