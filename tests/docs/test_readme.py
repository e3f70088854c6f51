"""The README: its two commands, its first sentence, its picture and its table of numbers."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import autarky
from autarky import measure
from autarky.leontief import leontief
from autarky.shocks import Embargo, Scenario
from autarky.sources import wiod2013
from autarky.stress import Equilibrium, autarky_cost, elasticity_sets
from autarky.stress.bands import across_sets, band

ROOT = Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_two_commands_are_named():
    assert "\npip install uv && uv run autarky brief DEU\n" in README
    assert "\nuv run just test\n" in README
    assert re.search(r"^test \*ARGS:$", (ROOT / "justfile").read_text("utf-8"), re.MULTILINE)


def test_the_first_sentence_is_an_answer_of_the_tool():
    world = autarky.open("world", 2011)
    abroad = measure.value_added_origin(world, regions="DEU").value(
        "va_foreign_share", region="DEU"
    )
    inputs = measure.dependence(world, regions="DEU")
    paper, chains = (
        100 * inputs.value(name, region="DEU", partner="total")
        for name in ("face_value", "look_through")
    )
    first = " ".join(README.split("\n\n")[1].split())
    assert f"{100 * abroad:.1f} are earned abroad" in first
    assert f"while {paper:.0f} % of" in first
    assert f"it is {chains:.0f} % once" in first


def test_the_picture_is_the_one_the_table_gives(picture):
    assert "docs/_static/sources.svg" in README
    assert picture.FILE.read_text(encoding="utf-8") == picture.picture(), "`uv run just picture`"


def test_every_measure_is_named():
    for name in measure.__all__:
        assert f"`{name.replace('_', '-')}`" in README


def row(label):
    """The published value and ours, as the README prints them."""
    found = re.search(rf"^\| {re.escape(label)} \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    assert found, label
    return found.groups()


def test_number_of_the_textbook():
    Z, x = np.array([[150.0, 500.0], [200.0, 100.0]]), np.array([1000.0, 2000.0])
    first = leontief(Z, x, [0, 2]).inverse()[0, 0]
    label = "Leontief inverse of the textbook example, first entry (Miller and Blair 2009)"
    assert row(label) == ("1.25412541", f"{first:.8f}")


def read(shared, year):
    return wiod2013.read(shared / "wiod2013", year)


@pytest.mark.parametrize(
    ("label", "published", "year"),
    [
        ("German share in the value of German vehicles, 1995 (Timmer et al. 2014)", "79 %", 1995),
        ("The same, 2008", "66 %", 2008),
    ],
)
def test_numbers_of_timmer(shared, label, published, year):
    result = measure.value_added_origin(
        read(shared, year), of="final_output", regions="DEU", sectors="c15", partners="DEU"
    )
    ours = 100 * result.value("va_origin_share", region="DEU", partner="DEU")
    assert row(label) == (published, f"{ours:.2f} %")


@pytest.mark.parametrize(
    ("label", "published", "region"),
    [
        ("Upstreamness of China, 2011 (Antràs and Chor 2017)", "2.819", "CHN"),
        ("Upstreamness of the United States, 2011", "1.786", "USA"),
    ],
)
def test_numbers_of_antras_and_chor(shared, label, published, region):
    result = measure.position(read(shared, 2011).restore_rounding(), by="region")
    ours = result.value("upstreamness", region=region, sector="total")
    assert row(label) == (published, f"{ours:.3f}")


@pytest.mark.parametrize(
    ("label", "name"),
    [
        (
            "Welfare of Mexico from NAFTA, first-order formula (Caliendo and Parro 2015)",
            "Welfare, first order, MEX",
        ),
        ("Real wage of Canada from NAFTA", "Real wage, CAN"),
    ],
)
def test_numbers_of_caliendo_and_parro(label, name):
    """Whatever tests/published lets pass rounds to what stands here."""
    file = ROOT / "tests/published/caliendo_parro_2015.toml"
    numbers = tomllib.loads(file.read_text("utf-8"))["number"]
    number = next(n for n in numbers if n["name"] == name)
    assert "missed" not in number
    for ours in (-1, 0, 1):
        rounded = f"{number['value'] + ours * number['tolerance']:.2f} %"
        assert row(label) == (rounded, rounded)


def test_the_range_over_elasticities():
    world = autarky.open("world", 2011)
    costs = [
        autarky_cost(world, elasticities=name, regions="DEU").value("autarky_cost", region="DEU")
        for name in elasticity_sets()
    ]
    assert f"{min(costs):.1f} to {max(costs):.1f} % of real income" in " ".join(README.split())


def test_half_as_much_to_more_than_twice_as_much():
    """What the README and the pages say about sets of elasticities and Germany without China."""
    world = autarky.open("world", 2011)
    n = world.regions.position("DEU")
    cut = Scenario("no-china", [Embargo(exporters="CHN", importers="DEU")])
    point = Equilibrium().run(world, cut)["real_income"][n]
    spread = band(across_sets(Equilibrium(), world), cut)
    assert 0.45 < spread.high[n] / point < 0.55
    assert 2 < spread.low[n] / point < 2.5
