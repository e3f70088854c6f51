"""The brief in a terminal, 80 columns and up.

May import rich, `report.brief` and `report.charts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autarky.report.charts import Bars, Lines

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    from autarky.report.brief import Brief, Section
    from autarky.report.charts import Chart

#: Beyond this many columns lines get hard to read.
WIDEST = 110


def print_brief(page: Brief, console: Console) -> None:
    """Print the page."""
    from rich.rule import Rule
    from rich.text import Text

    console.width = min(console.width, WIDEST)
    year = f", {page.year}" if page.year is not None else ""
    console.print(Text(f"{page.question}", style="bold"))
    console.print(Text(f"{page.source}{year}", style="dim"))
    console.print()
    console.print(Text(page.headline, style="bold"))
    for section in page.sections:
        console.print()
        print_section(section, console)
    for title, lines in (
        ("What to keep in mind", page.caveats),
        ("How healthy are the data?", page.health),
        ("To see more, or the same again", page.commands),
    ):
        if not lines:
            continue
        console.print()
        console.print(Rule(Text(title, style="bold cyan"), align="left", style="dim"))
        for line in lines:
            code = title.startswith("To see")
            if code:  # whole, however long: half a command would be worse than a wide line
                console.print(Text(f"  {line}", style="green"), soft_wrap=True)
            else:
                console.print(_bullet(line))


def print_section(section: Section, console: Console) -> None:
    """Print one section: its question, the answer, a table with bars, how to read it."""
    from rich.rule import Rule
    from rich.text import Text

    console.width = min(console.width, WIDEST)
    console.print(Rule(Text(section.title, style="bold cyan"), align="left", style="dim"))
    if section.answer:
        console.print(Text(section.answer))
        console.print()
    if section.rows:
        console.print(_rows(section, console.width))
    if section.note:
        console.print(Text(section.note, style="dim"))


def _bullet(line: str) -> RichTable:
    from rich.table import Table as RichTable
    from rich.text import Text

    grid = RichTable.grid(padding=(0, 1, 0, 0))
    grid.add_row("•", Text(line))
    return grid


def _rows(section: Section, width: int) -> RichTable:
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    chart = section.chart
    # Of lines over the rows' own steps the last is drawn; of others the rows are the lines.
    bars = bool(chart) and not (isinstance(chart, Lines) and not chart.step)
    # Without bars the names take what the numbers leave.
    numbers = zip(*(row[1:] for row in section.rows), strict=True)
    taken = sum(
        2 + max(len(cell) for cell in (name, *column))
        for name, column in zip(section.columns[1:], numbers, strict=True)
    )
    most = width // 3 if bars else width - taken - 2
    table.add_column(section.columns[0], overflow="fold", max_width=max(24, most))
    if bars:
        table.add_column("", no_wrap=True)
    for name in section.columns[1:]:
        table.add_column(name, justify="right")
    room = max(8, min(30, width - 62))
    for i, (first, *rest) in enumerate(section.rows):
        bar = [_bar(chart, i, room)] if bars and chart else []
        table.add_row(Text(first), *bar, *(Text(cell) for cell in rest))
    return table


def _bar(chart: Chart, i: int, room: int) -> Text:
    from rich.text import Text

    if isinstance(chart, Lines):
        values = chart.series[-1][1]
        return Text(_blocks(values[i] * room / max(*values, 1e-9)), style="blue")
    scale = room / chart.top
    if isinstance(chart, Bars):
        full = min(chart.values[i], chart.top) * scale
        return Text(_blocks(full), style="blue")
    solid = round(chart.first[i] * scale)
    light = max(0, round(chart.second[i] * scale) - solid)
    return Text.assemble(("█" * solid, "blue"), ("░" * light, "cyan"))


def _blocks(length: float) -> str:
    whole = int(length)
    eighths = int((length - whole) * 8)
    return "█" * whole + (" ▏▎▍▌▋▊▉"[eighths].strip() if eighths else "")
