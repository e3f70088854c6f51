"""Reliance of US manufacturing on China, and gross exports, on the full WIOD 2013 table."""

import csv
import tomllib
from pathlib import Path

import pytest

from autarky.measure.dependence import dependence
from autarky.measure.self_sufficiency import self_sufficiency
from autarky.measure.strategic import strategic
from autarky.table import Table

NUMBERS = tomllib.loads(Path(__file__).with_name("foreign_reliance.toml").read_text())
MANUFACTURING = [f"c{i}" for i in range(3, 17)]


@pytest.fixture(scope="module")
def table(shared, wiod2013_raw):
    def labels(name):
        with (shared / "wiod2013" / name).open(encoding="utf-8") as file:
            return [row["code"] for row in csv.DictReader(file)]

    raw = wiod2013_raw(2011)
    return Table.from_arrays(
        raw["Z"],
        raw["Y"],
        x=raw["x"],
        regions=labels("regions.csv"),
        sectors=labels("sectors.csv"),
        uses=labels("final_demand.csv"),
        year=2011,
    )


@pytest.mark.parametrize("number", NUMBERS["number"], ids=lambda n: n["name"])
def test_published_number(table, number):
    at = {"region": number["region"], "sector": "total"}
    if number["measure"] == "dependence":
        at["partner"] = number["partner"]
        result = dependence(
            table, regions=number["region"], partners=number["partner"], sectors=MANUFACTURING
        )
    else:
        result = self_sufficiency(table, regions=number["region"])
    got = result.value(number["variable"], **at)
    assert got == pytest.approx(number["value"], abs=number["tolerance"], rel=0)


def test_products_add_up_to_the_published_reliance(table):
    by_industry = dependence(
        table, regions="USA", partners="CHN", sectors=MANUFACTURING, by="industry"
    )
    total = by_industry["look_through"].sum()
    assert total == pytest.approx(NUMBERS["number"][1]["value"], abs=5e-5, rel=0)


def test_mining_is_what_the_eu_depends_on(table):
    # Oil, gas and ores: the one sector of goods that meets all three criteria even at this level.
    result = strategic(table, sectors=["c2", *MANUFACTURING])
    flagged = [
        sector
        for sector in ["c2", *MANUFACTURING]
        if result.value("strategic", region="EU", sector=sector)
    ]
    assert flagged == ["c2"]
