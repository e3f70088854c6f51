"""A measure over years: the same numbers as year by year, and refusals."""

from dataclasses import replace

import numpy as np
import pytest

from autarky.errors import OptionError, TableError
from autarky.measure.concentration import concentration
from autarky.measure.dependence import dependence
from autarky.measure.strategic import strategic
from autarky.measure.trend import trend
from autarky.units import Unit
from strategies import permuted, random_table

TABLES = {year: random_table(year, R=3, S=2, F=2, year=year) for year in (2011, 2009, 2010)}


@pytest.mark.parametrize("indicator", [dependence, "dependence"], ids=["function", "name"])
def test_every_year_is_the_measure_of_that_year(indicator):
    result = trend(TABLES, indicator, by="sector", side="sales")
    single = [dependence(TABLES[y], by="sector", side="sales") for y in (2009, 2010, 2011)]
    for variable in result.variables:
        np.testing.assert_array_equal(result[variable], [one[variable] for one in single])
    assert result.parameters["years"] == [2009, 2010, 2011]
    assert len(result.certificates) == 3
    frame = result.tidy()
    assert not frame.duplicated(["time", "region", "sector", "variable"]).any()


def test_labels_that_change_follow_the_years():
    result = trend(TABLES, concentration, regions="DEU")
    for year, table in TABLES.items():
        at = {"region": "DEU", "sector": "c1"}
        assert result.value("largest_supplier_share", time=year, **at) == concentration(
            table
        ).value("largest_supplier_share", **at)


def test_strategic_dependencies_have_a_trend_too():
    result = trend(TABLES, strategic, preset="eu")
    for year, table in TABLES.items():
        at = {"region": "EU", "sector": "c2"}
        assert result.value("import_hhi", time=year, **at) == strategic(table).value(
            "import_hhi", **at
        )


def test_tables_are_taken_one_at_a_time():
    opened = []

    class Lazy(dict):
        def __getitem__(self, year):
            opened.append(year)
            return TABLES[year]

    trend(Lazy.fromkeys(TABLES), dependence)
    assert opened == [2009, 2010, 2011]


@pytest.mark.parametrize("name", ["no_such_measure", "trend", "_measure", "annotations", "flows"])
def test_what_is_no_measure_is_refused(name):
    with pytest.raises(OptionError, match="is not a measure"):
        trend(TABLES, name)


def test_what_cannot_be_called_or_returns_something_else_is_refused():
    with pytest.raises(OptionError, match="neither a measure's name nor a function"):
        trend(TABLES, 3)
    with pytest.raises(OptionError, match="returned float, not a Dependence"):
        trend(TABLES, lambda table: float(table.x.sum()))
    with pytest.raises(OptionError, match="at least one"):
        trend({}, dependence)


def test_years_that_do_not_compare_are_refused():
    base = TABLES[2010]
    other = base.aggregate(regions={"EU": ["DEU", "FRA"]}, keep_rest=True)
    with pytest.raises(TableError, match="only in 2009: DEU, FRA; only in 2010: EU"):
        trend({2009: TABLES[2009], 2010: other}, dependence)
    swapped = permuted(base, sectors=[1, 0])
    with pytest.raises(TableError, match="the same ones in another order"):
        trend({2009: TABLES[2009], 2010: swapped}, dependence)
    with pytest.raises(TableError, match="the table given for 2008 is of 2010"):
        trend({2008: base}, dependence)
    with pytest.raises(TableError, match="2010 is in EUR, 2009 in million USD"):
        trend({2009: TABLES[2009], 2010: replace(base, unit=Unit("EUR"))}, dependence)
