"""Value added in exports of four large countries, WIOD 2013 as published, output = row sums."""

import csv
import functools
import tomllib
from pathlib import Path

import pytest

from autarky.measure.exports import value_added_in_exports
from autarky.table import Table

PAPER = tomllib.loads(Path(__file__).with_name("koopman2014.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def measured(shared, wiod2013_raw):
    def labels(name):
        with (shared / "wiod2013" / name).open(encoding="utf-8") as file:
            return [row["code"] for row in csv.DictReader(file)]

    @functools.cache
    def measure(year):
        raw = wiod2013_raw(year)
        table = Table.from_arrays(
            raw["Z"],
            raw["Y"],
            regions=labels("regions.csv"),
            sectors=labels("sectors.csv"),
            uses=labels("final_demand.csv"),
        )
        return value_added_in_exports(table)

    return measure


@pytest.mark.parametrize("number", PAPER["number"], ids=lambda n: n["name"])
def test_published_number(measured, number):
    got = measured(number["year"]).value(number["variable"], region=number["region"])
    assert got == pytest.approx(number["value"], abs=number["tolerance"], rel=0)
