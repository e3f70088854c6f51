"""Miller and Blair (2009): the two-sector example, and the linkages that follow from it."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from autarky.measure.linkages import linkages
from autarky.table import Table

BOOK = tomllib.loads(Path(__file__).with_name("miller_blair_2009.toml").read_text())


@pytest.fixture
def table():
    return Table.from_arrays(
        [[150, 500], [200, 100]], [[350], [1700]], regions=["A"], sectors=["s1", "s2"]
    )


@pytest.mark.parametrize("number", BOOK["number"], ids=lambda n: n["name"])
def test_published_number(table, number):
    if "output" in number:
        got = (table.L @ np.array([600.0, 1500.0]))[number["output"]]
    else:
        got = table.L.inverse()[number["row"], number["column"]]
    assert got == pytest.approx(number["value"], abs=number["tolerance"], rel=0)


def test_backward_linkages_are_the_column_sums_of_the_published_inverse(table):
    sums = np.zeros(2)
    for number in (n for n in BOOK["number"] if "column" in n):
        sums[number["column"]] += number["value"]
    np.testing.assert_allclose(linkages(table)["backward_linkage"], sums, atol=6e-7, rtol=0)
