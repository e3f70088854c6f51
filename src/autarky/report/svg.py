"""Charts as inline SVG: real text, no script, readable at phone width.

Labels stand above their bars, so that long names fit; colours are CSS classes of the page. May
import `report.charts`.
"""

from __future__ import annotations

from html import escape

from autarky.report.charts import Bars, Chart, Lines, Pairs
from autarky.report.words import clip

WIDTH = 440
ROW = 38
BAR = 12
#: Around everything: letters may reach a little beyond their place.
PAD = 4
#: Steps of time beyond which the first one's name reaches over the next.
_ROOMY = 5
#: Distances between grid lines, in percent, with the decimals that tell them apart.
_STEPS = (
    *((0.001, 3), (0.002, 3), (0.005, 3), (0.01, 2), (0.02, 2), (0.05, 2)),
    *((0.1, 1), (0.2, 1), (0.5, 1), (1, 0), (2, 0), (5, 0), (10, 0), (20, 0), (50, 0)),
)


def draw(chart: Chart, title: str) -> str:
    """The SVG element of a chart; `title` is read out by screen readers."""
    if isinstance(chart, Bars):
        height, body = _bars(chart)
    elif isinstance(chart, Pairs):
        height, body = _pairs(chart)
    else:
        height, body = _lines(chart)
    frame = f"-{PAD} -{PAD} {WIDTH + 2 * PAD} {height + 2 * PAD}"
    return (
        f'<svg viewBox="{frame}" role="img" aria-label="{escape(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(body)}</svg>'
    )


def _text(x: float, y: float, content: str, kind: str = "label", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">'
        f"{escape(content)}</text>"
    )


def _rect(x: float, y: float, width: float, kind: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" height="{BAR}" '
        f'class="{kind}" rx="2"/>'
    )


def _fit(label: str, room: int) -> str:
    """A label cut to some characters; of "product ← supplier" the product is cut."""
    head, arrow, tail = label.rpartition(" ← ")
    if not arrow:
        return clip(label, room)
    return clip(head, max(room - len(arrow + tail), 8)) + arrow + tail


def _bars(chart: Bars) -> tuple[int, list[str]]:
    scale = WIDTH / chart.top
    body = []
    for i, (label, value) in enumerate(zip(chart.labels, chart.values, strict=True)):
        y = i * ROW
        body += [
            _text(0, y + 14, _fit(label, 42)),
            _text(WIDTH, y + 14, f"{value:.{chart.digits}f} %", "value", "end"),
            _rect(0, y + 20, WIDTH, "track"),
            _rect(0, y + 20, min(value, chart.top) * scale, "first"),
        ]
        if chart.ranges:
            low, high = (min(max(v, 0.0), chart.top) * scale for v in chart.ranges[i])
            body.append(f'<path d="M{low:.1f} {y + 22}v8m0 -4H{high:.1f}m0 -4v8" class="range"/>')
    return len(chart.labels) * ROW, body


def _pairs(chart: Pairs) -> tuple[int, list[str]]:
    scale = WIDTH / chart.top
    body = [
        _rect(0, 2, 12, "first"),
        _text(18, 13, chart.names[0], "axis"),
        _rect(WIDTH / 2, 2, 12, "second"),
        _text(WIDTH / 2 + 18, 13, chart.names[1], "axis"),
    ]
    top = 24
    rows = zip(chart.labels, chart.first, chart.second, strict=True)
    for i, (label, first, second) in enumerate(rows):
        y = top + i * ROW
        body += [
            _text(0, y + 14, clip(label, 35)),
            _text(WIDTH, y + 14, f"{first:.1f} → {second:.1f} %", "value", "end"),
            _rect(0, y + 20, WIDTH, "track"),
            _rect(0, y + 20, max(first, second) * scale, "second"),
            _rect(0, y + 20, first * scale, "first"),
        ]
    return top + len(chart.labels) * ROW, body


def _lines(chart: Lines) -> tuple[int, list[str]]:
    left, right, top, bottom, height = 54, 8, 30, 24, 240
    highest = max(v for _, values in chart.series for v in values)
    step, digits = next(found for found in _STEPS if highest / found[0] <= 6)
    count = int(highest / step) + 1
    ceiling = step * count
    years = chart.years
    span = max(years[-1] - years[0], 1)

    def x(year: int) -> float:
        return left + (WIDTH - left - right) * (year - years[0]) / span

    def y(value: float) -> float:
        return top + (height - top - bottom) * (1 - value / ceiling)

    body = []
    for k in range(count + 1):
        tick = k * step
        body.append(
            f'<line x1="{left}" x2="{WIDTH - right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" '
            'class="grid"/>'
        )
        level = f"{tick:.{digits}f}"
        body.append(
            _text(left - 6, y(tick) + 4, f"{level} %" if k == count else level, "axis", "end")
        )
    for k, year in enumerate(years):
        if chart.step and k in (1, 2) and len(years) > _ROOMY:
            continue  # the name of the step takes the place
        if not chart.step and len(years) > _ROOMY and k in (1, len(years) - 2):
            continue  # the first and the last year reach over it
        anchor = "end" if year == years[-1] else "start" if year == years[0] else "middle"
        name = f"{chart.step} {year}" if chart.step and year == years[0] else str(year)
        body.append(_text(x(year), height - 6, name, "axis", anchor))
    # Names stand above the last points and keep a line's distance from each other.
    order = sorted(range(len(chart.series)), key=lambda k: chart.series[k][1][-1])
    at: dict[int, float] = {}
    lowest = height - bottom - 4.0
    for rank, number in enumerate(order):
        level = y(chart.series[number][1][-1])
        # The lowest line has its name below it, where nothing else is.
        wanted = level + 20 if rank == 0 else level - 9
        at[number] = min(wanted, lowest) if rank == 0 else min(wanted, at[order[rank - 1]] - 15)
    for number, (name, values) in enumerate(chart.series):
        points = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in zip(years, values, strict=True))
        body.append(f'<polyline points="{points}" class="line line{number}"/>')
        body += [
            f'<circle cx="{x(t):.1f}" cy="{y(v):.1f}" r="3" class="dot{number}"/>'
            for t, v in zip(years, values, strict=True)
        ]
        body.append(_text(WIDTH - right, at[number], name, f"name name{number}", "end"))
    return height, body
