"""Shocks: who and what is cut, and refusal of all that cuts nothing."""

import numpy as np
import pytest

from autarky.errors import LabelError, ShockError
from autarky.shocks import Embargo, Isolation
from strategies import ragged_table, random_table


@pytest.fixture
def table():
    return random_table(0, 3, 2)


def _cells(blocks):
    return {(int(i), int(r)) for rows, buyers in blocks for i in rows for r in buyers}


def test_one_label_is_a_list_of_one():
    embargo = Embargo(exporters="USA", importers="DEU", sectors="c1")
    assert (embargo.exporters, embargo.importers, embargo.sectors) == (("USA",), ("DEU",), ("c1",))
    assert embargo.share == 1.0
    assert Embargo(exporters=["USA"], importers={"DEU"}).sectors is None


def test_labels_named_twice_count_once(table):
    embargo = Embargo(exporters=["USA", "USA"], importers=["DEU", "FRA", "DEU"], sectors=["c1"] * 2)
    assert embargo.exporters == ("USA",)
    assert embargo.importers == ("DEU", "FRA")
    assert embargo.sectors == ("c1",)
    assert len(embargo.blocks(table)) == 1


def test_blocks_are_the_sellers_industries_and_the_buying_regions(table):
    ((rows, buyers),) = Embargo(exporters="USA", importers=["FRA", "DEU"], sectors="c2").blocks(
        table
    )
    np.testing.assert_array_equal(rows, [5])
    np.testing.assert_array_equal(np.sort(buyers), [0, 1])


def test_flows_inside_a_region_are_skipped(table):
    embargo = Embargo(exporters=["DEU", "USA"], importers=["DEU", "FRA", "USA"])
    assert _cells(embargo.blocks(table)) == {
        (i, r) for i in (0, 1, 4, 5) for r in (0, 1, 2) if i // 2 != r
    }


def test_an_embargo_that_cuts_nothing_is_refused(table):
    with pytest.raises(ShockError, match="an embargo of DEU on DEU cuts nothing"):
        Embargo(exporters="DEU", importers="DEU").blocks(table)


def test_an_embargo_on_a_sector_the_exporter_does_not_have_is_refused():
    table = ragged_table(0, (1, 3, 2))
    missing = next(s for s in table.sectors if table.industries.locate("DEU", s).size == 0)
    with pytest.raises(ShockError, match="cuts nothing"):
        Embargo(exporters="DEU", importers="FRA", sectors=missing).blocks(table)
    ((rows, _),) = Embargo(
        exporters=["DEU", "FRA"], importers=["FRA", "DEU"], sectors=missing
    ).blocks(table)
    assert table.industries.label(rows[0]) == f"FRA:{missing}"


def test_unknown_labels_are_found_with_the_table(table):
    with pytest.raises(LabelError, match=r"unknown region: 'Germany' \(did you mean DEU"):
        Embargo(exporters="USA", importers="Germany").blocks(table)
    with pytest.raises(LabelError, match="unknown region: 'POL'"):
        Embargo(exporters="POL", importers="DEU").blocks(table)
    with pytest.raises(LabelError, match="unknown sector: 'c9'"):
        Embargo(exporters="USA", importers="DEU", sectors=["c1", "c9"]).blocks(table)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.0000001, float("nan"), float("inf")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ShockError, match=r"share is .*; it must lie above 0 and at most at 1"):
        Embargo(exporters="A", importers="B", share=share)


@pytest.mark.parametrize("name", ["exporters", "importers", "sectors"])
def test_an_empty_side_is_refused(name):
    sides = {"exporters": "A", "importers": "B", "sectors": "s"} | {name: []}
    with pytest.raises(ShockError, match=f"{name} is empty"):
        Embargo(**sides)


@pytest.mark.parametrize("name", ["exporters", "importers"])
def test_a_missing_side_is_refused(name):
    with pytest.raises(ShockError, match=f"{name} is missing"):
        Embargo(**({"exporters": "A", "importers": "B"} | {name: None}))


def test_shocks_are_values():
    one, two = (Embargo(exporters="A", importers=["B"]) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    with pytest.raises(AttributeError):
        one.share = 0.5
    with pytest.raises(TypeError):
        Embargo("A", "B")


def test_isolation_takes_one_region_or_a_bloc():
    assert Isolation(region="DEU").region == ("DEU",)
    assert Isolation(region=["DEU", "FRA", "DEU"]).region == ("DEU", "FRA")


@pytest.mark.parametrize(("region", "text"), [([], "region is empty"), (None, "region is missing")])
def test_isolation_of_nobody_is_refused(region, text):
    with pytest.raises(ShockError, match=text):
        Isolation(region=region)
