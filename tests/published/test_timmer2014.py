"""Timmer et al. (2014): who earns what in the value chain of German transport equipment."""

import csv
import functools
import tomllib
from pathlib import Path

import pytest

from autarky.measure.origin import value_added_origin
from autarky.table import Table

PAPER = tomllib.loads(Path(__file__).with_name("timmer2014.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def table(shared, wiod2013_raw):
    def labels(name):
        with (shared / "wiod2013" / name).open(encoding="utf-8") as file:
            return [row["code"] for row in csv.DictReader(file)]

    @functools.cache
    def build(year):
        raw = wiod2013_raw(year)
        return Table.from_arrays(
            raw["Z"],
            raw["Y"],
            x=raw["x"],
            regions=labels("regions.csv"),
            sectors=labels("sectors.csv"),
            uses=labels("final_demand.csv"),
        )

    return build


@pytest.mark.parametrize("number", PAPER["number"], ids=lambda n: n["name"])
def test_published_number(table, number):
    region = number["region"]
    result = value_added_origin(
        table(number["year"]), of="final_output", regions=region, sectors=number["sector"]
    )
    got = result.value("va_origin_share", region=region, partner=region)
    assert got == pytest.approx(number["value"], abs=number["tolerance"], rel=0)
