"""``autarky run quantiles|exceedance|tornado|ranking|dependences ID``: what a run says.

May import click, `ensemble`, `report` (inside functions) and below.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from autarky.cli.options import LABELS, Output, named_file, output_options

F = TypeVar("F", bound=Callable[..., Any])

#: Options that choose rows, by the column they choose from.
_CHOICES = {
    "table": "Only these tables.",
    "scenario": "Only these scenarios.",
    "model": "Only these models.",
    "region": "Only these regions.",
    "sector": "Only these sectors ('total': sums over them).",
    "partner": "Only these partners.",
}


def _asked(command: F) -> F:
    """ID, the choice of rows, --picture, --rows and the output options; emits the answer."""

    @click.argument("run_id", metavar="ID")
    @click.option("--picture", metavar="FILE", callback=named_file,
                  help="Also draw it: FILE.svg or FILE.png.")  # fmt: skip
    @click.option("--rows", type=click.IntRange(min=0), default=30, show_default=True,
                  help="Rows shown; 0 for all.")  # fmt: skip
    @output_options
    @wraps(command)
    def wrapped(
        run_id: str, picture: str | None, rows: int, output: Output, **options: Any
    ) -> None:
        from autarky.cli.output import emit
        from autarky.ensemble import open_run
        from autarky.ensemble.asking import ask
        from autarky.report.ensembles import told

        choice = {name: options.pop(f"only_{name}") for name in _CHOICES}
        labels = {name: value for name, value in choice.items() if value is not None}
        answer = command(ask(open_run(run_id)), **options, **labels)
        if picture is not None:
            from autarky.report.pictures import write_picture

            write_picture(answer, Path(picture))
            if not output.quiet:
                click.echo(f"note: wrote {picture}", err=True)
        emit(answer, output, rows=rows, told=told)

    for name, text in reversed(_CHOICES.items()):
        wrapped = click.option(f"--{name}", f"only_{name}", type=LABELS, help=text)(wrapped)
    return wrapped  # ty: ignore[invalid-explicit-return]


_VARIABLE = click.option("--variable", required=True, help="Such as real_income.")


@click.command()
@click.option("--variable", help="Such as real_income; all by default.")
@click.option("--at", default="0.05,0.25,0.5,0.75,0.95", show_default=True, help="The quantiles.")
@_asked
def quantiles(asked: Any, variable: str | None, at: str, **labels: Any) -> Any:
    """In what band each answer lies, over the draws."""
    return asked.quantiles(variable=variable, at=_numbers(at), **labels)


@click.command()
@_VARIABLE
@click.option("--threshold", type=float, required=True,
              help="In the variable's unit; a loss of 2 % of real income is -2.")  # fmt: skip
@click.option("--side", type=click.Choice(["loss", "above", "below"]), default="loss",
              show_default=True, help="Which side of it counts.")  # fmt: skip
@_asked
def exceedance(asked: Any, variable: str, threshold: float, side: str, **labels: Any) -> Any:
    """How often an answer is beyond a threshold."""
    return asked.exceedance(variable=variable, threshold=threshold, side=side, **labels)


@click.command()
@_VARIABLE
@_asked
def tornado(asked: Any, variable: str, **labels: Any) -> Any:
    """Which assumption moves the answer, and which way.

    Shares of variance (Sobol indices) need sampling = "saltelli"; correlations and swings come
    with any.
    """
    return asked.tornado(variable=variable, **labels)


@click.command()
@_VARIABLE
@click.option("--of", help="Whose loss counts; whoever loses most by default.")
@click.option("--top", type=click.IntRange(min=1), help="Only so many.")
@_asked
def ranking(asked: Any, variable: str, of: str | None, top: int | None, **labels: Any) -> Any:
    """Which cut-off costs most, and whom."""
    return asked.ranking(variable=variable, of=of, top=top, **labels)


@click.command()
@click.argument("run_id", metavar="ID")
@click.option("--top", type=click.IntRange(min=1), default=10, show_default=True,
              help="Rows of each list.")  # fmt: skip
@click.option("--harmless", type=float, default=0.1, show_default=True,
              help="Losses up to this count for nothing [percent].")  # fmt: skip
@output_options
def dependences(run_id: str, top: int, harmless: float, output: Output) -> None:
    """The worst dependences of a sweep, and those that only look bad.

    A sweep is a run of 'autarky run template --sweep': every economy cut from every partner in
    every product.
    """
    from autarky.cli.output import emit
    from autarky.ensemble import open_run
    from autarky.ensemble.asking import ask
    from autarky.ensemble.verdict import dependences as found
    from autarky.report import ensembles
    from autarky.sources import open_spec

    run = open_run(run_id)
    table = open_spec(run.ensemble.tables[0])
    answer = found(ask(run), top=top, harmless=harmless)
    emit(answer, output, rows=0, told=lambda one: ensembles.dependences(one, table))


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(f"{text!r} is no list of numbers; write 0.05,0.5,0.95") from None


#: What the group `run` takes up.
COMMANDS = (quantiles, exceedance, tornado, ranking, dependences)
