"""Options of the stress models, and the models that they make.

May import click, `stress` (inside functions) and below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from autarky.cli.options import LABELS

F = TypeVar("F", bound=Callable[..., Any])

ELASTICITIES = click.option(
    "--elasticities",
    default="cr2014",
    show_default=True,
    metavar="SET",
    help="Trade elasticities: a named set, or one number for all sectors.",
)
HORIZON = click.option(
    "--horizon",
    type=click.Choice(["short", "medium", "long"]),
    default="long",
    show_default=True,
    help="How hard suppliers are to replace.",
)
#: Parameters of the trade equilibrium.
_EQUILIBRIUM = (
    ELASTICITIES,
    HORIZON,
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
)
#: Parameters of the models that know days.
_DAYS = (
    click.option(
        "--model",
        type=click.Choice(["equilibrium", "inventory", "rationing", "all"]),
        default="equilibrium",
        show_default=True,
        help="The long run; the first months; the best case in them; all three side by side.",
    ),
    click.option(
        "--window",
        type=click.IntRange(min=1, max=36500),
        metavar="DAYS",
        help="inventory, rationing: days looked at; --days or 365 by default.",
    ),
    click.option(
        "--stock-days",
        type=float,
        default=90.0,
        show_default=True,
        help="inventory, rationing: stock of each input, in days of its use.",
    ),
    click.option(
        "--psi",
        type=float,
        default=0.8,
        show_default=True,
        help="inventory, rationing: production slows once a stock is below this share.",
    ),
    click.option(
        "--tau",
        type=float,
        default=60.0,
        show_default=True,
        help="inventory: days in which a gap of stock is refilled.",
    ),
    click.option(
        "--rationing",
        type=click.Choice(
            [
                "proportional",
                "final_first",
                "intermediate_first",
                "protected_first",
                "largest_first",
                "water_filling",
            ]
        ),
        default="proportional",
        show_default=True,
        help="inventory: who is served first when a supplier is short.",
    ),
    click.option(
        "--protect",
        "protected",
        type=LABELS,
        help="inventory: regions and sectors served first under protected_first.",
    ),
    click.option(
        "--reorder",
        type=click.Choice(["delayed", "none", "redirect"]),
        default="delayed",
        show_default=True,
        help="inventory: where orders go that a cut stops.",
    ),
    click.option(
        "--orders",
        type=click.Choice(["fixed", "capacity"]),
        default="fixed",
        show_default=True,
        help="inventory: how orders are spread over suppliers.",
    ),
    click.option(
        "--critical",
        type=click.Choice(["all", "rated"]),
        default="all",
        show_default=True,
        help="inventory, rationing: which missing inputs stop production.",
    ),
    click.option(
        "--sensitivity",
        type=click.Choice(["full", "none"]),
        default="full",
        show_default=True,
        help="inventory: repeat the run with other stocks and rules.",
    ),
)
#: Which options each model takes.
_TAKES = {
    "equilibrium": {"elasticities", "horizon", "deficits", "floor", "quota"},
    "inventory": {
        "window", "stock_days", "psi", "tau", "rationing", "protected", "reorder", "orders",
        "critical", "sensitivity",
    },
    "rationing": {"window", "stock_days", "psi", "critical"},
}  # fmt: skip


def equilibrium_options(command: F) -> F:
    """The parameters of the trade equilibrium."""
    for option in reversed(_EQUILIBRIUM):
        command = option(command)
    return command


def model_options(command: F) -> F:
    """``--model``, and the parameters of all models."""
    for option in reversed((*_DAYS, *_EQUILIBRIUM)):
        command = option(command)
    return command


def refuse_idle(options: dict[str, Any]) -> None:
    """An option that no chosen model takes would change nothing, silently.

    Raises
    ------
    click.UsageError
        One was given.
    """
    context = click.get_current_context()
    chosen = _TAKES if options["model"] == "all" else [options["model"]]
    taken = set().union(*(_TAKES[name] for name in chosen))
    given = click.core.ParameterSource.COMMANDLINE
    for parameter in context.command.params:
        name = parameter.name or ""
        owners = [model for model, names in _TAKES.items() if name in names]
        idle = owners and name not in taken
        if idle and context.get_parameter_source(name) is given:
            raise click.UsageError(
                f"{parameter.opts[0]} means nothing to --model {options['model']}; it belongs to "
                f"{' and '.join(owners)}"
            )


def number_or_name(text: str) -> str | float:
    """A number as such, a name as it is."""
    try:
        return float(text)
    except ValueError:
        return text


def equilibrium(options: dict[str, Any]) -> Any:
    """The trade equilibrium."""
    from autarky.stress import Equilibrium

    given: dict[str, Any] = {name: options[name] for name in _TAKES["equilibrium"]}
    given["elasticities"] = number_or_name(given["elasticities"])
    return Equilibrium(**given)


def inventory(options: dict[str, Any], table: Any, days: float | None) -> Any:
    """The inventory model."""
    from autarky.stress import Inventory

    return Inventory(
        days=options["stock_days"],
        psi=options["psi"],
        tau=options["tau"],
        rationing=options["rationing"],
        protected=tuple(options["protected"] or ()),
        reorder=options["reorder"],
        orders=options["orders"],
        critical=_ratings(options, table),
        sensitivity=options["sensitivity"],
        horizon=window(options, days),
    )


def rationing(options: dict[str, Any], table: Any, days: float | None, objective: str) -> Any:
    """The window program."""
    from autarky.stress import Rationing

    return Rationing(
        objective=objective,
        days=options["stock_days"],
        psi=options["psi"],
        critical=_ratings(options, table),
        horizon=window(options, days),
    )


def window(options: dict[str, Any], days: float | None) -> int:
    """Days looked at: as asked, or as long as the cut lasts, or a year."""
    if options["window"] is not None:
        return int(options["window"])
    # Longer than any life: a cut for good, of which a year is looked at.
    return 365 if days is None or not 1 <= days <= 36500 else round(days)


def _ratings(options: dict[str, Any], table: Any) -> Any:
    if options["critical"] == "all":
        return None
    from autarky.stress.critical import ratings_for

    return ratings_for(table).values
