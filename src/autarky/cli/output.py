"""Printing results: a table for people, JSON and CSV for scripts.

May import rich, pandas (inside functions), `results` and below.
"""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Any

import click

from autarky.cli.options import Output

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

SCHEMA_VERSION = 1


def console(*, stderr: bool = False) -> Console:
    """A rich console that honours NO_COLOR and the terminal's width."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False)


def emit(result: Any, output: Output, *, rows: int = 30) -> None:
    """Print a result (anything with tidy(), question, warnings, provenance) as asked."""
    frame = result.tidy()
    if output.csv:
        write_csv(frame, output.csv)
    if output.json:
        write_json(envelope(result, frame))
    elif output.csv != "-":
        print_frame(result, frame, rows)
    if not output.quiet:
        for warning in result.warnings:
            click.echo(f"note: {warning}", err=True)


def envelope(result: Any, frame: pd.DataFrame) -> dict[str, Any]:
    """The JSON object of a result."""
    return {
        "schema_version": SCHEMA_VERSION,
        "indicator": result.indicator,
        "question": result.question,
        "parameters": result.parameters,
        "data": records(frame),
        "warnings": list(result.warnings),
        "provenance": result.provenance.as_dict(),
        "certificates": [
            {"method": c.method, "iterations": c.iterations, "residual": c.residual}
            for c in result.certificates
        ],
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts; an undefined number is null, which JSON has, not NaN, which it has not."""
    rows = frame.to_dict("records")
    for row in rows:
        value = row.get("value")
        if isinstance(value, float) and not math.isfinite(value):
            row["value"] = None
    return rows  # ty: ignore[invalid-return-type]


def write_json(values: dict[str, Any]) -> None:
    """One object on stdout."""
    json.dump(values, sys.stdout, allow_nan=False, default=_plain, ensure_ascii=False)
    sys.stdout.write("\n")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (set, tuple, frozenset)):
        return list(value)
    return str(value)


def write_csv(frame: pd.DataFrame, file: str) -> None:
    """Tidy rows as CSV; text that a spreadsheet would run as a formula is quoted with '."""
    safe = frame.copy()
    for name in safe.columns:
        if safe[name].dtype == object:
            safe[name] = [_harmless(v) for v in safe[name]]
    if file == "-":
        safe.to_csv(sys.stdout, index=False)
    else:
        safe.to_csv(file, index=False)


def _harmless(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def print_frame(result: Any, frame: pd.DataFrame, rows: int) -> None:
    """A table for people: one column per variable, numbers in words' units."""
    from rich.table import Table as RichTable

    screen = console()
    screen.print(result.question, style="bold")
    wide, units = pivot(frame)
    keys = [c for c in wide.columns if c not in units]
    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for key in keys:
        table.add_column(key.replace("_", " "), overflow="fold")
    for name, unit in units.items():
        shown = {"share": "%", "1": ""}.get(unit, unit)
        title = name.replace("_", " ") + (f"\n{shown}" if shown else "\n")
        table.add_column(title, justify="right", no_wrap=True)
    shown_rows = wide if rows <= 0 else wide.head(rows)
    for row in shown_rows.itertuples(index=False):
        cells = [str(v) for v in row[: len(keys)]]
        cells += [number(v, u) for v, u in zip(row[len(keys) :], units.values(), strict=True)]
        table.add_row(*cells)
    screen.print(table)
    if len(shown_rows) < len(wide):
        more = len(wide) - len(shown_rows)
        screen.print(
            f"… and {more:,} more rows: --rows 0 shows all, --csv FILE writes them", style="dim"
        )


def pivot(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row per labels and one column per variable, in their first order; and units."""
    units = dict(zip(frame["variable"], frame["unit"], strict=True))
    keys = [c for c in frame.columns if c not in ("variable", "value", "unit")]
    # A column that says the same in every row ("total") says nothing.
    keys = [k for k in keys if frame[k].nunique() > 1] or keys[:1]
    wide = frame.pivot_table(
        index=keys, columns="variable", values="value", sort=False, aggfunc="first", dropna=False
    )
    order = frame[keys].drop_duplicates()
    wide = wide.reindex(
        list(order.itertuples(index=False, name=None)) if len(keys) > 1 else order[keys[0]]
    )
    return wide[list(units)].reset_index(), units


def number(value: float, unit: str) -> str:
    """A number as people read it: shares in percent, money with thousands separators."""
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "share":
        return f"{100 * value:.1f}"
    if unit == "percent":
        return f"{value:.2f}"
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3f}"
