"""The brief in a terminal: it fits, for every economy, and says nothing senseless."""

import io
import re

import pytest
from rich.console import Console

from autarky import sources
from autarky.report import brief, print_brief

ECONOMIES = list(sources.open("world", 2011).regions)
SENSELESS = re.compile(r"\bnan\b|\binf\b|(?<!\d)-0(\.0+)? |\bNone\b|<NA>", re.IGNORECASE)


@pytest.fixture(scope="module")
def single(world):
    """Briefs of one year (the years have a test of their own)."""
    made = {}

    def get(code):
        return made.setdefault(code, brief(world, code, spec="world:2011"))

    return get


def test_there_are_41():
    assert len(ECONOMIES) == 41


#: The largest, the smallest, the odd ones; the others are in the slow set.
SAMPLE = {"DEU", "USA", "CHN", "LUX", "MLT", "RUS", "ROW"}


@pytest.mark.parametrize(
    "code",
    [pytest.param(c, marks=() if c in SAMPLE else (pytest.mark.slow,)) for c in ECONOMIES],
)
def test_every_economy_fits(single, printed, code):
    page = single(code)
    for width in (80, 140):
        text = printed(page, width)
        too_long = [line for line in text.splitlines() if len(line) > width]
        assert not too_long
        assert not SENSELESS.search(text)
        assert page.question in text.replace("\n", " ")
        for section in page.sections:
            assert section.title in text
            for row in section.rows:
                # Long names are folded; their first word is on the line of the numbers.
                first = row[0].split()[0]
                numbers = r"\s+".join(re.escape(cell) for cell in row[1:])
                assert re.search(rf"{re.escape(first)}.*\s{numbers}", text), row


@pytest.mark.parametrize("code", ["DEU", "LUX", "ROW", "CHN"])
@pytest.mark.parametrize("width", [80, 140])
def test_with_all_years(page_of, printed, code, width):
    text = printed(page_of(code), width)
    assert max(map(len, text.splitlines())) <= width
    assert not SENSELESS.search(text)
    assert "How has it changed since 1995?" in text


def test_a_long_command_stays_whole(world, printed):
    spec = "a-table-of-my-own-with-a-rather-long-name-that-goes-on-and-on:2011"
    page = brief(world, "DEU", spec=spec)
    lines = printed(page).splitlines()
    for command in page.commands:
        assert f"  {command}" in lines


def test_bars_are_as_long_as_their_numbers(page_of, printed):
    page = page_of("DEU")
    (made,) = (s for s in page.sections if s.key == "self-sufficiency")
    text = printed(page, 110)
    lengths = {}
    for row in made.rows:
        for line in text.splitlines():
            if line.startswith(row[0][:20]) and line.rstrip().endswith(row[2]) and "█" in line:
                lengths[row[0]] = line.count("█")
    assert len(lengths) >= 10
    values = {row[0]: bar for row, bar in zip(made.rows, made.chart.values, strict=True)}
    for name, length in lengths.items():
        assert length == pytest.approx(30 * values[name] / 100, abs=1)


def test_colours_only_in_a_terminal(page_of, printed):
    assert "\x1b" not in printed(page_of("DEU"))
    console = Console(file=io.StringIO(), width=80, force_terminal=True, color_system="standard")
    print_brief(page_of("DEU"), console)
    assert "\x1b[" in console.file.getvalue()
