"""Pictures of what an ensemble says: one row for each number, with the span it lies in.

One kind of picture serves all answers: a point, a bar from low to high, and the line of zero. May
import `ensemble.answers`, `disk`, `errors`, `report.ensembles` and below; matplotlib inside
functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from autarky import disk
from autarky.ensemble.answers import CASE, Answer, named
from autarky.errors import DataError, MissingExtraError, OptionError
from autarky.report.ensembles import case_names, wide
from autarky.report.words import clip, fixed, visible

if TYPE_CHECKING:
    import pandas as pd

#: Rows of a picture.
MOST = 20
WIDTH, LEFT, ROW, TOP, BOTTOM = 720, 250, 24, 40, 58
#: Letters that fit beside the rows.
_ROOM = 33
_INK, _SOFT, _GRID, _BAR, _DOT = "#1b2430", "#5a6675", "#d9dfe6", "#8fbde3", "#1f5f99"


@dataclass(frozen=True)
class Spans:
    """What is drawn: a span and a point for each label, on one axis.

    Parameters
    ----------
    title : str
    axis : str
        What the axis means, with its unit.
    labels : tuple of str
    spans : tuple of (float, float, float)
        Low, point and high of each label.
    source : str
        Where the numbers come from, below the picture.
    more : int
        Rows that did not fit.
    """

    title: str
    axis: str
    labels: tuple[str, ...]
    spans: tuple[tuple[float, float, float], ...]
    source: str = ""
    more: int = 0


def spans(answer: Answer, *, most: int = MOST) -> Spans:
    """The picture of an answer.

    Raises
    ------
    OptionError
        The answer is empty, or its numbers are in several units and cannot share an axis.
    """
    frame = answer.tidy()
    if frame.empty:
        raise OptionError("the answer is empty: there is nothing to draw")
    labels, found, axis = _KINDS[answer.indicator](frame, answer)
    units = sorted(set(frame.loc[frame["variable"].isin(_drawn(frame)), "unit"]))
    if len(units) > 1:
        raise OptionError(
            f"the numbers are in {', '.join(units)}: name one variable or model to draw"
        )
    shown = labels[:most], found[:most]
    return Spans(
        answer.question, axis, tuple(visible(one) for one in shown[0]), tuple(shown[1]),
        _source(answer), len(labels) - len(shown[0]),
    )  # fmt: skip


_Found = tuple[list[str], list[tuple[float, float, float]], str]


def _drawn(frame: pd.DataFrame) -> set[str]:
    """Of a tornado the shares of variance where there are any, else the swings."""
    there = set(frame["variable"])
    if "total_order" in there:
        return {"total_order"}
    return {"swing_low", "swing_high"} if "swing_low" in there else there


def _bands(frame: pd.DataFrame, _answer: Answer) -> _Found:
    keys = [*CASE, "variable"]
    rows = wide(frame, keys, "quantile")
    order = sorted(rows.columns, key=float)
    middle = min(order, key=lambda q: abs(float(q) - 0.5))
    found = [(row[order[0]], row[middle], row[order[-1]]) for _, row in rows.iterrows()]
    names = case_names(rows.index.to_frame(index=False))
    drawn = bool((rows[order[0]] != rows[order[-1]]).any())
    between = f", {float(order[0]):.0%} to {float(order[-1]):.0%} of the draws" if drawn else ""
    return names, found, f"{_what(frame)}{between}"


def _chances(frame: pd.DataFrame, _answer: Answer) -> _Found:
    frame = frame.sort_values("value", ascending=False, kind="stable")
    found = [(0.0, 100 * v, 100 * v) for v in frame["value"]]
    return case_names(frame[list(CASE)]), found, "% of the draws"


def _shares(frame: pd.DataFrame, answer: Answer) -> _Found:
    keys = [*CASE, "parameter"]
    drawn = _drawn(frame)
    part = frame[frame["variable"].isin(drawn)]
    if drawn == {"total_order"}:
        rows = wide(part, keys, "bound")
        rows = 100 * rows[["low", "estimate", "high"]].sort_values("estimate", ascending=False)
        axis = f"% of the variance of {named(answer.parameters['variable'])} it has a hand in"
    else:
        rows = wide(part, keys, "variable")
        rows["middle"] = rows.mean(axis=1)
        size = (rows["swing_high"] - rows["swing_low"]).abs()
        rows = rows.loc[size.sort_values(ascending=False, kind="stable").index]
        rows = rows[["swing_low", "middle", "swing_high"]]
        axis = f"{named(answer.parameters['variable'])}, {part['unit'].iloc[0]}: from low to high"
    found = [(float(a), float(b), float(c)) for a, b, c in rows.to_numpy()]
    return case_names(rows.index.to_frame(index=False)), found, axis


_KINDS: dict[str, Callable[[pd.DataFrame, Answer], _Found]] = {
    "quantiles": _bands,
    "ranking": _bands,
    "exceedance": _chances,
    "tornado": _shares,
}


def _what(frame: pd.DataFrame) -> str:
    names = list(dict.fromkeys(frame["variable"]))
    return f"{', '.join(map(named, names))}, {frame['unit'].iloc[0]}"


def _source(answer: Answer) -> str:
    run = answer.parameters.get("run")
    parts = [answer.provenance.source, f"run {run}" if run else "", "autarky"]
    return visible(" · ".join(one for one in parts if one))


# --- drawing ------------------------------------------------------------------------------------


def to_svg(picture: Spans) -> str:
    """The picture as an SVG document: real text, no script, nothing fetched."""
    height = TOP + ROW * len(picture.labels) + BOTTOM
    ticks = _ticks(picture)
    low, high = ticks[0], ticks[-1]
    width = WIDTH - LEFT - 24

    def x(value: float) -> float:
        return LEFT + width * (value - low) / (high - low)

    foot = TOP + ROW * len(picture.labels)
    body = [_text(12, 22, clip(picture.title, 90), _INK, size=15, weight=600)]
    for tick in ticks:
        bold = 1.5 if tick == 0 else 1
        color = _SOFT if tick == 0 else _GRID
        body.append(
            f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP - 4}" y2="{foot}" '
            f'stroke="{color}" stroke-width="{bold}"/>'
        )
        body.append(_text(x(tick), foot + 16, _number(tick, ticks), _SOFT, anchor="middle"))
    for k, (label, (a, b, c)) in enumerate(zip(picture.labels, picture.spans, strict=True)):
        y = TOP + ROW * (k + 0.5)
        body.append(_text(LEFT - 12, y + 4, clip(label, _ROOM), _INK, anchor="end"))
        if not all(map(math.isfinite, (a, b, c))):
            body.append(_text(LEFT + 4, y + 4, "undefined", _SOFT))
            continue
        left, right = sorted((x(a), x(c)))
        body.append(
            f'<rect x="{left:.1f}" y="{y - 6:.1f}" width="{max(right - left, 0.5):.1f}" '
            f'height="12" rx="2" fill="{_BAR}"/>'
        )
        body.append(f'<circle cx="{x(b):.1f}" cy="{y:.1f}" r="4" fill="{_DOT}"/>')
    more = f"; {picture.more} more rows" if picture.more else ""
    body.append(_text(LEFT, foot + 34, clip(picture.axis + more, 70), _INK))
    body.append(_text(12, height - 8, clip(picture.source, 100), _SOFT, size=11))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'font-family="Inter, system-ui, Arial, sans-serif"><title>{escape(picture.title)}</title>'
        f"<desc>{escape(picture.source)}</desc>"
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>{"".join(body)}</svg>\n'
    )


def _text(
    x: float,
    y: float,
    content: str,
    color: str,
    *,
    size: int = 13,
    weight: int = 400,
    anchor: str = "start",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'fill="{color}" text-anchor="{anchor}">{escape(content)}</text>'
    )


def _ticks(picture: Spans) -> list[float]:
    """Round numbers from below the lowest to above the highest, zero among them."""
    values = [v for one in picture.spans for v in one if math.isfinite(v)] or [0.0]
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        high = 1.0
    rough = (high - low) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(m * size for m in (1, 2, 5, 10) if m * size >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [k * step for k in range(first, last + 1)]


def _number(value: float, ticks: list[float]) -> str:
    digits = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    return fixed(value, digits)


def to_png(picture: Spans, path: Path) -> None:
    """Write the picture as PNG through matplotlib.

    Raises
    ------
    MissingExtraError
        matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(
            "PNG pictures need matplotlib: pip install 'autarky[plots]'; .svg needs nothing"
        ) from error
    import io

    count = len(picture.labels)
    figure = Figure(figsize=(9, 1.4 + 0.32 * count), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for k, (a, b, c) in enumerate(picture.spans):
        if all(map(math.isfinite, (a, b, c))):
            axes.barh(k, max(a, c) - min(a, c), left=min(a, c), height=0.55, color=_BAR)
            axes.plot([b], [k], "o", color=_DOT)
    axes.axvline(0, color=_SOFT, linewidth=1)
    # A dollar sign in a name would begin a formula.
    names = [clip(one, _ROOM).replace("$", r"\$") for one in picture.labels]
    axes.set_yticks(range(count), names)
    axes.set_ylim(count - 0.5, -0.5)
    axes.grid(axis="x", color=_GRID)
    axes.set_axisbelow(True)
    more = f"; {picture.more} more rows" if picture.more else ""
    axes.set_xlabel((picture.axis + more).replace("$", r"\$"))
    axes.set_title(clip(picture.title, 90).replace("$", r"\$"), loc="left")
    figure.supxlabel(picture.source.replace("$", r"\$"), fontsize=8, color=_SOFT, x=0.01, ha="left")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=150, metadata={"Source": picture.source})
    disk.write_bytes(path, stream.getvalue())


def write_picture(answer: Answer, path: Path, *, most: int = MOST) -> None:
    """Write the picture of an answer, as SVG or PNG by the ending of the file's name.

    Raises
    ------
    DataError
        Another ending.
    MissingExtraError
        A PNG is asked for and matplotlib is not installed.
    OptionError
        As `spans`.
    StoreError
        The file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in (".svg", ".png"):
        raise DataError("a picture is a .svg or a .png file", path=path)
    picture = spans(answer, most=most)
    with disk.reporting("write the picture", path):
        if kind == ".svg":
            disk.write_bytes(path, to_svg(picture).encode())
        else:
            to_png(picture, path)
