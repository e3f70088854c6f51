"""``autarky measure``: one subcommand per function of `autarky.measure`.

Options are read off each function's signature and its docstring, so that the command line, the
library and the documentation cannot drift apart.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

import click

from autarky.cli.options import LABELS, Output, open_table, output_options, table_option

#: Function → one line of help, so that listing the subcommands imports nothing.
MEASURES = {
    "self_sufficiency": "How much of what it uses does an economy make itself?",
    "dependence": "Foreign inputs: on paper, through chains, and what is hidden.",
    "value_added_origin": "Whose value added is in what a region finally uses?",
    "value_added_in_exports": "Domestic and foreign value added in exports.",
    "kww": "Gross exports in the nine terms of Koopman, Wang and Wei.",
    "wwz": "Bilateral exports in the sixteen terms of Wang, Wei and Zhu.",
    "concentration": "How concentrated are the suppliers?",
    "strategic": "Which dependences are strategic, by a published rule?",
    "position": "How far from final use, and from primary inputs?",
    "linkages": "Which sectors carry the economy?",
    "propagation_length": "How long are the chains between industries?",
    "paths": "Through which chains does it come?",
    "extraction": "What if a link, a sector or a country disappeared (demand side)?",
    "trend": "Any of these over the years of a release.",
}


class _Measures(click.Group):
    """Subcommands made from functions when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return [name.replace("_", "-") for name in MEASURES]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        name = cmd_name.replace("-", "_")
        return _command(name) if name in MEASURES else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from difflib import get_close_matches

        known = self.list_commands(ctx)
        name = args[0].replace("_", "-") if args else ""
        if name and not name.startswith("-") and name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no measure '{name}'.{hint} Measures: {', '.join(known)}.")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Measures"):
            formatter.write_dl([(n.replace("_", "-"), line) for n, line in MEASURES.items()])


@click.group(cls=_Measures)
def measure() -> None:
    """One indicator for one, some or all economies.

    For example:  autarky measure dependence --regions DEU --by partner
    """


def _command(name: str) -> click.Command:
    from autarky import measure as functions

    function = getattr(functions, name)
    command = click.Command(
        name.replace("_", "-"),
        callback=_callback(name, function),
        params=_options(function),
        help=_summary(function),
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    shared = table_option(output_options(lambda **_: None))
    known = {p.name for p in command.params}
    for parameter in reversed(getattr(shared, "__click_params__", [])):
        if parameter.name not in known:
            command.params.append(parameter)
    command.params.append(
        click.Option(
            ["--rows"], type=int, default=30, show_default=True, help="Rows printed; 0 for all."
        )
    )
    if _takes_years(function):
        command.params.append(_YEARS)
    return command


_YEARS = click.Option(
    ["--years"],
    type=LABELS,
    help="Years of the table, such as 1995,2000,2011; all by default.",
)


def _callback(name: str, function: Callable[..., Any]) -> Callable[..., None]:
    def run(
        table_name: str,
        as_json: bool,
        csv_file: str | None,
        quiet: bool,
        rows: int,
        years: list[str] | None = None,
        **options: Any,
    ) -> None:
        from autarky.cli.output import emit

        if as_json and csv_file == "-":
            raise click.UsageError("--json and --csv - both want stdout; give --csv a file")
        given = {key: value for key, value in options.items() if value is not None}
        if name == "trend":
            given |= given.pop("options", {})
        if _takes_years(function):
            subject: Any = _tables(table_name, years, given.get("preset"))
        else:
            subject = open_table(table_name)
        emit(function(subject, **given), Output(as_json, csv_file, quiet), rows=rows)

    return run


def _takes_years(function: Callable[..., Any]) -> bool:
    return next(iter(inspect.signature(function).parameters)) == "tables"


def _tables(spec: str, years: list[str] | None, preset: str | None) -> Any:
    """The tables by year that a measure over years needs."""
    from autarky import sources

    name, _, year = spec.partition(":")
    there = sources.years(name)
    if years is not None:
        try:
            wanted = [int(y) for y in years]
        except ValueError:
            raise click.UsageError(f"--years {','.join(years)}: years are whole numbers") from None
    elif preset is not None:
        last = int(year) if year.isdigit() else there[-1]
        wanted = _window(preset, last)
    else:
        wanted = list(there)
    tables = {y: sources.open(name, y) for y in wanted}
    return tables


def _window(preset: str, last: int) -> list[int]:
    from autarky.measure.strategic import presets

    return list(range(last - presets()[preset].years + 1, last + 1))


# --- options from signatures ------------------------------------------------------------------


def _options(function: Callable[..., Any]) -> list[click.Parameter]:
    hints = get_type_hints(function)
    words = _descriptions(function)
    found: list[click.Parameter] = []
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        kind = _kind(hints.get(parameter.name, str))
        if kind is None:
            continue
        required = parameter.default is parameter.empty
        default = None if required else parameter.default
        flag = kind is bool
        found.append(
            click.Option(
                [f"--{parameter.name.replace('_', '-')}", parameter.name],
                type=None if flag else kind,
                is_flag=flag,
                required=required,
                default=default,
                show_default=default is not None and not flag,
                help=words.get(parameter.name),
            )
        )
    return found


def _kind(hint: Any) -> Any:
    """The click type of an annotation; None where the command line cannot say it."""
    if get_origin(hint) is Literal:
        return click.Choice([str(v) for v in get_args(hint)])
    parts = [a for a in get_args(hint) if a is not type(None)] or [hint]
    if any(get_origin(p) is Literal for p in parts):
        literal = next(p for p in parts if get_origin(p) is Literal)
        return click.Choice([str(v) for v in get_args(literal)])
    if any("Iterable" in str(p) or "Sequence" in str(p) for p in parts):
        return None if any("Mapping" in str(p) for p in parts) else LABELS
    for plain in (bool, int, float, str):
        if plain in parts:
            return plain
    return None


def _summary(function: Callable[..., Any]) -> str:
    text = inspect.getdoc(function) or ""
    return text.split("\n\n", maxsplit=1)[0].replace("\n", " ")


def _descriptions(function: Callable[..., Any]) -> Mapping[str, str]:
    """Parameter → its description in the numpydoc docstring, on one line."""
    text = inspect.getdoc(function) or ""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", text, re.M | re.S)
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section[1].splitlines() if section else ():
        if line and not line.startswith(" "):
            names = [n.strip() for n in line.split(":")[0].split(",")]
            found |= dict.fromkeys(names, "")
        else:
            for n in names:
                found[n] = f"{found[n]} {line.strip()}".strip()
    return found
