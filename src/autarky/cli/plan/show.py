"""Printing a plan: the answer first, then the numbers; JSON and CSV for scripts.

May import rich (inside functions), `report`, `cli.output` and below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from autarky.cli.options import Output

if TYPE_CHECKING:
    from autarky.report.sections import Section


def show(result: Any, sections: Sequence[Section], output: Output) -> None:
    """Print a result as asked; for people, the answer of the first section comes first."""
    from dataclasses import replace

    from autarky.cli.output import console, envelope, write_csv, write_json
    from autarky.report.terminal import print_section

    frame = result.tidy()
    if output.csv:
        write_csv(frame, output.csv)
    if output.json:
        write_json(envelope(result, frame) | about(result))
    elif output.csv != "-":
        screen = console()
        screen.print(sections[0].answer, style="bold")
        for section in (replace(sections[0], answer=""), *sections[1:]):
            screen.print()
            print_section(section, screen)
    talk(output, (*result.warnings, *getattr(result, "assumptions", ())))


def about(result: Any) -> dict[str, Any]:
    """What a plan says beside its numbers, where it does."""
    said: dict[str, Any] = {}
    for name in ("goal", "reached"):
        if hasattr(result, name):
            said[name] = getattr(result, name)
    for name in ("sentences", "treatments", "assumptions"):
        if hasattr(result, name):
            said[name] = list(getattr(result, name))
    if hasattr(result, "residuals"):
        said["residuals"] = dict(result.residuals)
    return said


def talk(output: Output, lines: Iterable[str]) -> None:
    """Notes on stderr, each once, unless told to be quiet."""
    if not output.quiet:
        for line in dict.fromkeys(lines):
            click.echo(f"note: {line}", err=True)


def number_or_name(text: str) -> str | float:
    """Elasticities as typed: one number for all sectors, or the name of a set."""
    try:
        return float(text)
    except ValueError:
        return text
