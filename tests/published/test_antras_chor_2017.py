"""Antràs and Chor (2017): upstreamness and downstreamness of countries, WIOD 2013."""

import csv
import functools
import tomllib
from pathlib import Path

import pytest

from autarky.measure.position import position
from autarky.table import Table

PAPER = tomllib.loads(Path(__file__).with_name("antras_chor_2017.toml").read_text())
KINDS = ("household", "npish", "government", "investment", "inventories")


@pytest.fixture(scope="module")
def measured(shared, wiod2013_raw):
    """Give the position of countries in a year, with flows as published or restored."""

    def labels(name):
        with (shared / "wiod2013" / name).open(encoding="utf-8") as file:
            return [row["code"] for row in csv.DictReader(file)]

    @functools.cache
    def measure(year, restored):
        raw = wiod2013_raw(year)
        table = Table.from_arrays(
            raw["Z"],
            raw["Y"],
            x=raw["x"],
            regions=labels("regions.csv"),
            sectors=labels("sectors.csv"),
            uses=labels("final_demand.csv"),
            use_kinds=KINDS,
            year=year,
        )
        return position(table.restore_rounding() if restored else table, by="region")

    return measure


@pytest.mark.parametrize("number", PAPER["number"], ids=lambda n: n["name"])
@pytest.mark.parametrize(
    ("restored", "tolerance"), [(True, "tolerance"), (False, "tolerance_rounded")]
)
def test_published_number(measured, number, restored, tolerance):
    result = measured(number["year"], restored)
    got = result.value(number["variable"], region=number["region"], sector="total")
    assert got == pytest.approx(number["value"], abs=number[tolerance], rel=0)
