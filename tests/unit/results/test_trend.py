"""Results of several years as one."""

import numpy as np
import pytest

from autarky.errors import OptionError, TableError
from autarky.results import Dependence, Dimension, Field
from autarky.results.trend import merge_warnings, stack
from autarky.units import Certificate, Provenance, Unit


def one(year, values, labels=("A", "B"), **more):
    field = Field("output", np.asarray(values, dtype=float), (Dimension({"region": labels}),))
    return Dependence("demo", "How much?", (field,), year=year, **more)


def test_same_labels_are_stacked():
    certificate = Certificate("LU", 1, 0.0, 1e-10)
    both = stack(
        {
            2011: one(2011, [3, 4], certificates=(certificate,), warnings=("w",)),
            2010: one(2010, [1, 2], certificates=(certificate,), parameters={"by": "x"}),
        }
    )
    np.testing.assert_array_equal(both["output"], [[1, 2], [3, 4]])
    assert both.value("output", time=2011, region="A") == 3
    assert both.year is None
    assert both.certificates == (certificate, certificate)
    assert both.warnings == ("2011: w",)
    assert both.parameters == {"years": [2010, 2011]}
    assert both.tidy()["time"].tolist() == [2010, 2010, 2011, 2011]


def test_other_labels_follow_each_other():
    both = stack({2010: one(2010, [1, 2]), 2011: one(2011, [3], labels=("C",))})
    frame = both.tidy()
    assert frame[["time", "region", "value"]].values.tolist() == [
        [2010, "A", 1.0],
        [2010, "B", 2.0],
        [2011, "C", 3.0],
    ]
    assert both.value("output", time=2011, region="C") == 3


def test_the_latest_provenance_stays():
    both = stack({y: one(y, [1, 2], provenance=Provenance(source=str(y))) for y in (2011, 2010)})
    assert both.provenance.source == "2011"


def test_nothing_and_what_does_not_compare_are_refused():
    with pytest.raises(OptionError, match="at least one"):
        stack({})
    base = one(2010, [1, 2])
    with pytest.raises(TableError, match="2011 is 'other', 2010 is 'demo'"):
        stack({2010: base, 2011: Dependence("other", "?", base.fields, year=2011)})
    with pytest.raises(TableError, match="2011 is in EUR, 2010 in money"):
        stack({2010: base, 2011: one(2011, [1, 2], unit=Unit("EUR"))})
    with pytest.raises(TableError, match="other variables"):
        stack({2010: base, 2011: Dependence("demo", "?", base.fields * 2)})


def test_time_is_added_once():
    timed = Field(
        "output", np.ones((2, 1)), (Dimension({"time": ("1", "2")}), Dimension({"region": ("A",)}))
    )
    with pytest.raises(TableError, match="several years already"):
        stack({2011: Dependence("demo", "?", (timed,), year=2011)})


def test_warnings_carry_their_years():
    texts = {year: ["always"] for year in (1995, 1996, 1997, 2000)}
    for year in (1995, 1996, 2000):
        texts[year].append("often")
    assert merge_warnings(texts) == ("always", "1995–1996, 2000: often")
