"""Options shared by all commands that read a table and print a result.

May import click, `sources` and below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from autarky.table import Table

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_TABLE = "world:2011"


@dataclass(frozen=True)
class Output:
    """Where results go."""

    json: bool
    csv: str | None
    quiet: bool


class Labels(click.ParamType):
    """A comma-separated list of labels."""

    name = "LIST"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Split at commas; empty parts are an error."""
        if not isinstance(value, str):
            return value
        labels = [part.strip() for part in value.split(",")]
        if not all(labels):
            self.fail(f"{value!r} has an empty part; write DEU,FRA", param, ctx)
        return labels


LABELS = Labels()


def named_file(_ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse an empty file name: a script with an unset variable would write nothing, silently."""
    if value == "":
        raise click.BadParameter("the name of the file is empty", param=param)
    return value


def table_option(command: F) -> F:
    """``--table NAME[:YEAR]``."""
    return click.option(
        "--table",
        "table_name",
        default=DEFAULT_TABLE,
        show_default=True,
        metavar="NAME[:YEAR]",
        help="The table; without a year, its latest. 'autarky data list' shows all.",
    )(command)


def output_options(command: F) -> F:
    """``--json``, ``--csv FILE`` and ``--quiet``, passed on as one `Output`."""

    @click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
    @click.option(
        "--csv",
        "csv_file",
        metavar="FILE",
        callback=named_file,
        help="Also write tidy rows to FILE ('-': stdout).",
    )
    @click.option("--quiet", "-q", is_flag=True, help="No talk on stderr.")
    @wraps(command)
    def wrapped(*args: Any, as_json: bool, csv_file: str | None, quiet: bool, **kwargs: Any) -> Any:
        if as_json and csv_file == "-":
            raise click.UsageError("--json and --csv - both want stdout; give --csv a file")
        return command(*args, output=Output(as_json, csv_file, quiet), **kwargs)

    return wrapped  # ty: ignore[invalid-explicit-return]


def open_table(spec: str) -> Table:
    """The table of ``NAME[:YEAR]``."""
    from autarky import sources

    return sources.open_spec(spec)
