"""Printing results: a table for people, JSON and CSV for scripts.

May import rich, pandas (inside functions), `report` and below.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autarky.cli.options import Output
from autarky.report.words import fixed, visible

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table as RichTable

    from autarky.report.sections import Section

SCHEMA_VERSION = 1


def console(*, stderr: bool = False) -> Console:
    """A rich console that honours NO_COLOR and the terminal's width."""
    from rich.console import Console

    # Labels are data: "[b]" and ":x:" in one are neither markup nor an emoji.
    return Console(stderr=stderr, highlight=False, soft_wrap=False, markup=False, emoji=False)


def emit(
    result: Any,
    output: Output,
    *,
    rows: int = 30,
    sort: str | None = None,
    told: Callable[[Any], Sequence[Section]] | None = None,
) -> None:
    """Print a result (anything with tidy(), question, warnings, provenance) as asked.

    To people, `told` says it in sections, each of at most so many rows; else it is one table.
    """
    frame = result.tidy()
    if sort is not None:
        sort = _variable(sort, list(dict.fromkeys(frame["variable"])))
    if output.csv:
        write_csv(frame, output.csv)
    if output.json:
        write_json(envelope(result, frame))
    elif output.csv != "-" and told is not None:
        _print_sections(result.question, told(result), rows)
    elif output.csv != "-":
        print_frame(result, frame, rows, sort)
    if not output.quiet:
        for warning in result.warnings:
            click.echo(f"note: {warning}", err=True)


def _print_sections(question: str, sections: Sequence[Section], rows: int) -> None:
    from rich.text import Text

    from autarky.report.terminal import print_section

    screen = console()
    if len(sections) > 1:
        screen.print(Text(question, style="bold"))
    for section in sections:
        if len(sections) > 1:
            screen.print()
        shown = section.rows if rows <= 0 else section.rows[:rows]
        print_section(replace(section, rows=shown), screen)
        if len(shown) < len(section.rows):
            more = f"… and {len(section.rows) - len(shown):,} more rows: --rows 0 shows all"
            screen.print(Text(more, style="dim"))


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
    return rows


def write_json(values: dict[str, Any]) -> None:
    """One object on stdout."""
    ascii_only = "utf" not in (sys.stdout.encoding or "").lower()
    json.dump(values, sys.stdout, allow_nan=False, default=_plain, ensure_ascii=ascii_only)
    sys.stdout.write("\n")


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (set, tuple, frozenset)):
        return list(value)
    return str(value)


def write_rows(rows: list[dict[str, Any]], output: Output) -> bool:
    """Plain records as JSON or CSV, where asked; whether stdout is taken."""
    if output.csv:
        import pandas as pd

        flat = [
            {k: " ".join(map(str, v)) if isinstance(v, list) else v for k, v in row.items()}
            for row in rows
        ]
        write_csv(pd.DataFrame(flat), output.csv)
    if output.json:
        write_json({"schema_version": SCHEMA_VERSION, "data": rows, "warnings": []})
    return output.json or output.csv == "-"


def write_csv(frame: pd.DataFrame, file: str) -> None:
    """Tidy rows as CSV; text that a spreadsheet would run as a formula is quoted with '."""
    from autarky.results.spreadsheet import harmless

    safe, quoting = harmless(frame)
    if file == "-":
        # The same bytes as in a file, whatever the terminal's character set.
        if "utf" not in (sys.stdout.encoding or "").lower():
            sys.stdout.reconfigure(encoding="utf-8")  # ty: ignore[missing-union-attribute]
        safe.to_csv(sys.stdout, index=False, quoting=quoting)
    else:
        with whole_file(file) as path, path.open("w", encoding="utf-8", newline="") as stream:
            safe.to_csv(stream, index=False, quoting=quoting)


@contextlib.contextmanager
def whole_file(file: str) -> Generator[Path]:
    """A path to write to that becomes `file` once all is written; on a full disk nothing does."""
    target = Path(file)
    if target.exists() and not target.is_file():
        yield target  # a device or a pipe takes bytes as they come; a folder is refused
        return
    target = target.resolve()  # of a link the file behind it is replaced, not the link
    temporary = target.with_name(f".autarky-{os.getpid()}.new")
    try:
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), file) from error
    finally:
        temporary.unlink(missing_ok=True)


def print_frame(result: Any, frame: pd.DataFrame, rows: int, sort: str | None = None) -> None:
    """A table for people: one column per variable that fits, numbers as people read them."""
    from rich.text import Text

    screen = console()
    screen.print(Text(result.question, style="bold"))
    wide, units = pivot(frame)
    if sort is not None:
        wide = wide.sort_values(sort, ascending=False)
    shown = wide if rows <= 0 else wide.head(rows)
    if len(shown) <= FEW and len(units) > FEW:
        screen.print(_transposed(shown, units))
    else:
        table, left_out = _fitting(shown, units, screen.width)
        screen.print(table)
        if left_out:
            names = ", ".join(left_out)
            screen.print(
                Text(f"too narrow for {names}: --csv FILE or --json has them", style="dim")
            )
    if len(shown) < len(wide):
        more = f"… and {len(wide) - len(shown):,} more rows: --rows 0 shows all"
        screen.print(Text(more, style="dim"))


#: Up to so many rows and beyond so many variables, variables become rows.
FEW = 4
#: Labels longer than this are folded.
LABEL_ROOM = 44


def _fitting(shown: pd.DataFrame, units: dict[str, str], width: int) -> tuple[RichTable, list[str]]:
    """The columns that fit, and the names of those that do not."""
    keys = [c for c in shown.columns if c not in units]
    if "path" in keys:  # a path begins and ends with these
        keys = [k for k in keys if k not in ("sector", "partner", "partner_sector")]
    cells = {k: [visible(str(v)) for v in shown[k]] for k in keys}
    # Amounts come last: where room is short, ratios say more.
    order = sorted(units, key=lambda name: units[name].endswith("/yr"))
    cells |= {n: [number(v, units[n]) for v in shown[n]] for n in order}
    room = width
    table = _plain_table()
    left_out = []
    for name, column in cells.items():
        title = heading(name, units.get(name))
        need = max(len(w) for w in [*title.replace("\n", " ").split(" "), *column])
        is_key = name in keys
        need = min(need, LABEL_ROOM, width // len(keys) - 4) if is_key else need
        if not is_key and (room < need or left_out):
            left_out.append(name)
            continue
        room -= need + 2
        justify = "left" if is_key else "right"
        table.add_column(title, justify=justify, width=need, overflow="fold")
    kept = [column for name, column in cells.items() if name not in left_out]
    for row in zip(*kept, strict=True):
        table.add_row(*row)
    return table, left_out


def _transposed(shown: pd.DataFrame, units: dict[str, str]) -> RichTable:
    """Variables as rows, for a few labels with many variables."""
    keys = [c for c in shown.columns if c not in units]
    table = _plain_table()
    table.add_column("", overflow="fold")
    table.add_column("unit")
    for labels in shown[keys].itertuples(index=False, name=None):
        table.add_column(visible(" ".join(map(str, labels))), justify="right")
    for name, unit in units.items():
        values = [number(v, unit) for v in shown[name]]
        table.add_row(name.replace("_", " "), _UNITS.get(unit, _brief(unit)), *values)
    return table


def _plain_table() -> RichTable:
    from rich.table import Table as RichTable

    return RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")


_UNITS = {"share": "%", "1": "", "percent": "%"}


def heading(name: str, unit: str | None) -> str:
    """The heading of a column: its name, and its unit on a line of its own."""
    text = name.replace("_", " ")
    if unit is None:
        return text
    shown = _UNITS.get(unit, _brief(unit))
    return f"{text}\n{shown}" if shown else text


def _brief(unit: str) -> str:
    for long, brief in (("million", "mn"), ("billion", "bn"), ("thousand", "k")):
        unit = unit.replace(f"{long} ", f"{brief} ")
    return unit


def _variable(name: str, known: list[str]) -> str:
    from autarky.axes import Axis

    wanted = name.replace("-", "_")
    return known[Axis("variable", known).position(wanted)]


def pivot(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """One row per labels and one column per variable, in their first order; and units."""
    units = dict(zip(frame["variable"], frame["unit"], strict=True))
    keys = [c for c in frame.columns if c not in ("variable", "value", "unit")]
    # A column that says the same in every row says nothing, unless it is all there is.
    keys = [k for k in keys if frame[k].nunique() > 1] or ["region"]
    wide = frame.pivot_table(
        index=keys, columns="variable", values="value", sort=False, aggfunc="first", dropna=False
    )
    order = frame[keys].drop_duplicates()
    # Rows that share their first labels stand together, in the order these first appear.
    rank = {k: {label: i for i, label in enumerate(order[k].unique())} for k in keys[:-1]}
    order = order.iloc[
        sorted(range(len(order)), key=lambda i: [rank[k][order[k].iloc[i]] for k in keys[:-1]])
    ]
    labels = list(order.itertuples(index=False, name=None)) if len(keys) > 1 else order[keys[0]]
    return wide.reindex(labels)[list(units)].reset_index(), units


def number(value: float, unit: str) -> str:
    """A number as people read it: shares in percent, money with thousands separators."""
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "share":
        return fixed(100 * value)
    if unit == "percent":
        return fixed(value, 2)
    if abs(value) >= 1000 or value == int(value):
        return f"{value:,.0f}"
    return fixed(value, 3)
