"""``autarky measure``: one subcommand per function of `autarky.measure`.

Options are read off each function's signature and its docstring, so that the command line, the
library and the documentation cannot drift apart.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
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


#: Options that every subcommand has, beside those of its function.
_SHARED = ("table_name", "as_json", "csv_file", "quiet", "rows", "sort", "years")


def _command(name: str) -> click.Command:
    from autarky import measure as functions

    function = getattr(functions, name)
    params = _options(function)
    if _takes_years(function):
        params.append(click.Option(["--years"], type=LABELS, help="Such as 1995,2000,2011."))
    # The shared options are those of every command, with their checks, not a copy of them.
    callback = table_option(output_options(_callback(name, function)))
    params += reversed(callback.__click_params__)  # ty: ignore[missing-attribute]
    rows = click.Option(
        ["--rows"], type=int, default=30, show_default=True, help="Rows printed; 0 for all."
    )
    sort = click.Option(["--sort"], metavar="VARIABLE", help="Print the largest first.")
    settings: dict[str, Any] = {"help_option_names": ["-h", "--help"]}
    if name == "trend":
        # Further options are those of the indicator, and are parsed as such.
        settings |= {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(
        name.replace("_", "-"),
        callback=callback,
        params=[*params, rows, sort],
        help=_summary(function),
        context_settings=settings,
    )


def _callback(name: str, function: Callable[..., Any]) -> Callable[..., None]:
    def run(
        *,
        table_name: str,
        output: Output,
        rows: int,
        sort: str | None,
        years: list[str] | None = None,
        **given: Any,
    ) -> None:
        from autarky.cli.output import emit

        options = {key: value for key, value in given.items() if value is not None}
        if name == "trend":
            options["indicator"] = options["indicator"].replace("-", "_")
            options |= _indicator_options(options["indicator"])
        if _takes_years(function):
            subject: Any = _tables(table_name, years, options.get("preset"))
        else:
            subject = open_table(table_name)
        emit(function(subject, **options), output, rows=rows, sort=sort)

    return run


def _indicator_options(indicator: str) -> dict[str, Any]:
    """What is left of the command line after trend's own options, read as the indicator's."""
    if indicator not in MEASURES or indicator in ("trend", "strategic"):
        known = ", ".join(n.replace("_", "-") for n in MEASURES if n not in ("trend", "strategic"))
        raise click.UsageError(f"--indicator '{indicator}' is not one of {known}")
    command = _command(indicator)
    with command.make_context(indicator, click.get_current_context().args) as context:
        options = dict(context.params)
    return {k: v for k, v in options.items() if k not in _SHARED and v is not None}


def _takes_years(function: Callable[..., Any]) -> bool:
    return next(iter(inspect.signature(function).parameters)) == "tables"


def _tables(spec: str, years: list[str] | None, preset: str | None) -> dict[int, Any]:
    """The tables by year that a measure over years needs."""
    from autarky import sources

    name, year = sources.parse_spec(spec)
    there = sources.years(name)
    if years is not None:
        try:
            wanted = [int(y) for y in years]
        except ValueError:
            raise click.UsageError(f"--years {','.join(years)}: years are whole numbers") from None
    elif preset is not None:
        from autarky.measure.presets import preset_of

        last = there[-1] if year is None else year
        wanted = list(range(last - preset_of(preset).window + 1, last + 1))
    else:
        wanted = list(there)
    return {y: sources.open(name, y) for y in wanted}


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
        # An explicit default of None would count as given.
        settings: dict[str, Any] = {} if required else {"default": default}
        found.append(
            click.Option(
                [f"--{parameter.name.replace('_', '-')}", parameter.name],
                type=None if flag else kind,
                is_flag=flag,
                required=required,
                **settings,
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
    if any("Iterable" in str(p) for p in parts):
        return LABELS
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
    return {name: _typed(words, found) for name, words in found.items()}


#: What docstrings say about values that only Python can give, and what holds for options.
_ONLY_PYTHON = {
    "; or criteria of your own": "",
    ' A plain list is called "group".': ' Results call them "group".',
}


def _typed(words: str, parameters: Iterable[str]) -> str:
    """A description in terms of what can be typed: options instead of parameters."""
    for said, instead in _ONLY_PYTHON.items():
        words = words.replace(said, instead)
    for name in parameters:
        words = words.replace(f"`{name}`", f"--{name.replace('_', '-')}")
    return words
