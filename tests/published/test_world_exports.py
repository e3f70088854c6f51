"""World sums of value added in exports, and foreign value added in final use, WIOD 2013."""

import csv
import functools
import tomllib
from pathlib import Path

import pytest

from autarky.measure.exports import value_added_in_exports
from autarky.measure.origin import value_added_origin
from autarky.table import Table

PAPER = tomllib.loads(Path(__file__).with_name("world_exports.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def published(shared, wiod2013_raw):
    def labels(name):
        with (shared / "wiod2013" / name).open(encoding="utf-8") as file:
            return [row["code"] for row in csv.DictReader(file)]

    def table(year):
        raw = wiod2013_raw(year)
        return Table.from_arrays(
            raw["Z"],
            raw["Y"],
            x=raw["x"],
            regions=labels("regions.csv"),
            sectors=labels("sectors.csv"),
            uses=labels("final_demand.csv"),
        )

    return table


@pytest.fixture(scope="module")
def world(published):
    return functools.cache(lambda year: value_added_in_exports(published(year)))


@pytest.fixture(scope="module")
def balanced(published):
    return functools.cache(
        lambda year: value_added_origin(published(year).restore_rounding().balance())
    )


def numbers(treatment):
    chosen = [number for number in PAPER["number"] if number["treatment"] == treatment]
    return pytest.mark.parametrize("number", chosen, ids=lambda n: n["name"])


@numbers("published")
def test_world_sums(world, number):
    result = world(number["year"])
    got = result[number["variable"]].sum() / result["exports"].sum()
    assert got == pytest.approx(number["value"], abs=number["tolerance"], rel=0)


@numbers("balanced")
def test_final_use(balanced, number):
    got = balanced(number["year"]).value(number["variable"], region=number["region"])
    assert got == pytest.approx(number["value"], abs=number["tolerance"], rel=0)


def test_every_number_is_tested():
    assert {number["treatment"] for number in PAPER["number"]} == {"published", "balanced"}
