"""Draw the picture of the README: an economy's ten largest foreign sources, on paper and through
chains, from the embedded table.

``python docs/picture.py`` (``just picture``) writes ``docs/_static/sources.svg``; the tests in
``tests/docs`` draw it again and compare.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

FILE = Path(__file__).parent / "_static" / "sources.svg"
ECONOMY, NAME, YEAR, ROWS = "DEU", "Germany", 2011, 10

WIDTH, TOP, STEP, BAR = 760, 92, 31, 16
LEFT, RIGHT = 178, 598
STYLE = """
text { font: 15px Inter, system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
text { fill: #1b2430 } .soft { fill: #5a6675; font-size: 13px }
.title { font-size: 20px; font-weight: 650 } .strong { font-weight: 650 }
.value { font-variant-numeric: tabular-nums } .page { fill: #f7f9fb; stroke: #d9dfe6 }
.paper { fill: #1f5f99 } .chains { fill: #8fbde3 } .track { fill: #e9eef3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e8edf2 } .soft { fill: #a3b0bd } .page { fill: #1a222b; stroke: #36424e }
  .paper { fill: #6fb1ea } .chains { fill: #2f5f88 } .track { fill: #27313c }
}
"""


def text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    """One line of text."""
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{words}</text>'


def bar(y: float, start: float, end: float, kind: str) -> str:
    """A bar between two places."""
    size = f'width="{end - start:.1f}" height="{BAR}" rx="3"'
    return f'<rect x="{start:.1f}" y="{y:g}" {size} class="{kind}"/>'


def picture() -> str:
    """The SVG, computed anew."""
    import autarky

    table = autarky.open("world", YEAR)
    result = autarky.measure.dependence(table, regions=ECONOMY)
    frame = result.tidy(["face_value", "look_through"])
    shares = frame.pivot(index="partner", columns="variable", values="value") * 100
    total = shares.loc["total"]
    largest = shares.drop(index="total").nlargest(ROWS, "look_through")
    scale = (RIGHT - LEFT) / largest.max().max()
    height = TOP + ROWS * STEP + 42
    title = f"Where {NAME}’s foreign inputs come from"
    body = [
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="12" class="page"/>',
        text(24, 38, title, "title"),
        bar(54, 24, 38, "paper"),
        text(45, 67, f"on paper: who sent the invoice ({total.face_value:.0f} % in all)", "soft"),
        bar(54, 366, 380, "chains"),
        text(387, 67, f"through chains: who made it ({total.look_through:.0f} % in all)", "soft"),
    ]
    for i, (partner, row) in enumerate(largest.iterrows()):
        y = TOP + i * STEP
        paper, chains = LEFT + row.face_value * scale, LEFT + row.look_through * scale
        label = table.regions.title(str(partner))
        numbers = f'{row.face_value:.1f} → <tspan class="strong">{row.look_through:.1f} %</tspan>'
        body += [
            text(LEFT - 12, y + 13, escape(label), anchor="end"),
            bar(y, LEFT, RIGHT, "track"),
            bar(y, LEFT, max(paper, chains), "chains"),
            bar(y, LEFT, paper, "paper"),
            text(WIDTH - 24, y + 13, numbers, "value", "end"),
        ]
    body.append(
        text(
            24,
            height - 18,
            f"In % of all inputs of {NAME}’s industries, {YEAR}. "
            "From WIOD 2013, Timmer et al. (2015), CC BY 4.0.",
            "soft",
        )
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-label="{title}">\n'
        f"<style>{STYLE}</style>\n" + "\n".join(body) + "\n</svg>\n"
    )


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(picture(), encoding="utf-8")
    sys.stdout.write(f"{FILE.relative_to(FILE.parent.parent.parent)}\n")
