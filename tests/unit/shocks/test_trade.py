"""Shocks to trade: who and what is hit, and refusal of what is impossible or reaches nothing."""

from fractions import Fraction

import numpy as np
import pytest

from autarky.errors import LabelError, ShockError
from autarky.shocks import Embargo, Isolation, Tariff, TradeCost
from strategies import ragged_table, random_table


@pytest.fixture
def table():
    return random_table(0, 3, 2)  # DEU, FRA, USA with c1, c2


def _pairs(links, table):
    names = table.regions.labels
    return [
        (names[r], names[s]) for r, s in zip(links.exporters, links.importers, strict=True)
    ]  # a list: every link once


def _cells(blocks):
    return {(int(i), int(r)) for rows, buyers in blocks for i in rows for r in buyers}


# --- making one ---------------------------------------------------------------------------------


def test_one_label_is_a_list_of_one():
    embargo = Embargo(exporters="USA", importers="DEU", sectors="c1")
    assert (embargo.exporters, embargo.importers, embargo.sectors) == (("USA",), ("DEU",), ("c1",))
    assert embargo.share == 1.0
    assert not embargo.mutual
    assert Embargo(exporters=["USA"], importers={"DEU"}).sectors is None


def test_a_set_has_one_order_and_an_array_of_text_becomes_plain():
    embargo = Embargo(exporters={"C", "B", "A"}, importers=np.array(["E", "D"]))
    assert embargo.exporters == ("A", "B", "C")
    assert embargo.importers == ("E", "D")
    assert {type(x) for x in embargo.importers} == {str}


def test_labels_named_twice_count_once(table):
    embargo = Embargo(exporters=["USA", "USA"], importers=["DEU", "FRA", "DEU"], sectors=["c1"] * 2)
    assert embargo.exporters == ("USA",)
    assert embargo.importers == ("DEU", "FRA")
    assert embargo.sectors == ("c1",)
    assert len(embargo.blocks(table)) == 1


def test_shocks_are_values():
    one, two = (Embargo(exporters="A", importers=["B"]) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert one != TradeCost(exporters="A", importers="B", factor=2)
    with pytest.raises(AttributeError):
        one.share = 0.5
    with pytest.raises(TypeError):
        Embargo("A", "B")


def test_any_real_number_is_kept_as_a_float():
    share = Embargo(exporters="A", importers="B", share=np.float32(0.5)).share
    assert (share, type(share)) == (0.5, float)
    assert Embargo(exporters="A", importers="B", share=Fraction(1, 4)).share == 0.25
    assert str(Embargo(exporters="A", importers="B", share=-0.0).share) == "0.0"


SIDES = {"exporters": "A", "importers": "B"}


@pytest.mark.parametrize("share", [-0.1, 1.0000001, 1.2, 10**400, float("nan"), float("inf")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ShockError, match=r"share is .*; it must be at least 0 and at most 1"):
        Embargo(**SIDES, share=share)


@pytest.mark.parametrize("factor", [0, -1, float("nan"), float("inf")])
def test_a_factor_out_of_range_is_refused(factor):
    with pytest.raises(ShockError, match=r"factor is .*; it must be above 0"):
        TradeCost(**SIDES, factor=factor)


def test_a_trade_cost_needs_a_factor():
    with pytest.raises(TypeError, match="factor"):
        TradeCost(**SIDES)
    assert TradeCost(**SIDES, factor=1).factor == 1.0


@pytest.mark.parametrize("value", [True, "0.5", [0.5], 1j, None])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ShockError, match="share is"):
        Embargo(**SIDES, share=value)


@pytest.mark.parametrize("value", [1, "yes", None, np.True_])
def test_a_switch_is_true_or_false(value):
    with pytest.raises(ShockError, match="mutual is"):
        Embargo(**SIDES, mutual=value)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"start": -1}, "start is -1; it must be at least 0"),
        ({"start": float("inf")}, "start is inf"),
        ({"duration": 0}, "duration is 0; it must be above 0"),
        ({"duration": -3}, "duration is -3"),
        ({"duration": 3, "recovery": -1}, "recovery is -1"),
        ({"duration": float("nan")}, "duration is nan"),
        ({"recovery": 10}, "recovery needs a duration"),
    ],
)
def test_impossible_times_are_refused(fields, says):
    with pytest.raises(ShockError, match=says):
        Embargo(**SIDES, **fields)


@pytest.mark.parametrize("name", ["exporters", "importers", "sectors"])
@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "is empty"),
        ([""], "a label is not empty"),
        ("  ", "a label is not empty"),
        (" DEU", "has no blanks around"),
        ("D\nE", "has no blanks around"),
        (["A", 5], "has 5, which is not text"),
        ([["A"], ["A"]], "which is not text"),
        (5, r"is 5 \(int\)"),
        (b"DEU", r"\(bytes\)"),
        ({"DEU": 1}, r"\(dict\)"),
    ],
)
def test_unusable_labels_are_refused(name, value, says):
    sides = {"exporters": "A", "importers": "B", "sectors": "s"} | {name: value}
    with pytest.raises(ShockError, match=rf"{name} .*{says}"):
        Embargo(**sides)


@pytest.mark.parametrize("name", ["exporters", "importers"])
def test_a_missing_side_is_refused(name):
    with pytest.raises(ShockError, match=f"{name} is missing"):
        Embargo(**(SIDES | {name: None}))


def test_the_star_stands_alone_and_not_for_sectors():
    with pytest.raises(ShockError, match="so it must stand alone"):
        Embargo(exporters=["*", "DEU"], importers="FRA")
    with pytest.raises(ShockError, match="leave it out where all are meant"):
        Embargo(**SIDES, sectors="*")
    with pytest.raises(ShockError, match="name the regions"):
        Isolation(region="*")


def test_everything_wrong_is_said_at_once():
    with pytest.raises(ShockError, match=r"start is -1.*exporters is empty.*share is 2") as caught:
        Embargo(exporters=[], importers="B", share=2, start=-1)
    assert len(caught.value.problems) == 3
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "make", [Embargo, lambda **k: TradeCost(**k, factor=2)], ids=["embargo", "trade_cost"]
)
def test_a_region_is_not_cut_from_itself(make):
    with pytest.raises(
        ShockError, match="DEU is on both sides: a region cannot be cut from itself"
    ):
        make(exporters="DEU", importers="DEU")
    make(exporters="EU15", importers="EU15")  # trade among the members
    make(exporters="*", importers="*")


def test_nobody_taxes_itself():
    with pytest.raises(ShockError, match="USA is on both sides"):
        Tariff(importers="USA", exporters="USA", rate=0.1)


def test_a_tariff_has_a_rate_or_a_change():
    with pytest.raises(ShockError, match="give either rate or change"):
        Tariff(importers="USA")
    with pytest.raises(ShockError, match="both given"):
        Tariff(importers="USA", rate=0.1, change=0.1)
    assert Tariff(importers="USA", change=-0.05).change == -0.05
    assert Tariff(importers="USA", rate=0).exporters == ("*",)


@pytest.mark.parametrize(
    "fields", [{"rate": 40}, {"rate": -0.1}, {"rate": float("nan")}, {"change": 40}]
)
def test_a_tariff_out_of_range_is_refused(fields):
    with pytest.raises(ShockError, match=r"write 0.4 for 40 %"):
        Tariff(importers="USA", **fields)


def test_isolation_takes_one_region_or_a_bloc():
    assert Isolation(region="DEU").region == ("DEU",)
    assert Isolation(region=["DEU", "FRA", "DEU"]).region == ("DEU", "FRA")
    assert Isolation(region="DEU").share == 1.0


@pytest.mark.parametrize(("region", "text"), [([], "region is empty"), (None, "region is missing")])
def test_isolation_of_nobody_is_refused(region, text):
    with pytest.raises(ShockError, match=text):
        Isolation(region=region)


# --- on a table ---------------------------------------------------------------------------------


def test_links_are_pairs_of_positions(table):
    links = Embargo(exporters="USA", importers=["FRA", "DEU"], sectors="c2").links(table)
    np.testing.assert_array_equal(links.exporters, [2, 2])
    np.testing.assert_array_equal(links.importers, [0, 1])
    np.testing.assert_array_equal(links.sectors, [1])
    assert len(links) == 2
    assert links.notes == ()
    with pytest.raises(ValueError, match="read-only"):
        links.exporters[0] = 1


def test_blocks_are_the_sellers_industries_and_the_buying_regions(table):
    embargo = Embargo(exporters="USA", importers=["FRA", "DEU"], sectors="c2")
    ((rows, buyers),) = embargo.blocks(table)
    np.testing.assert_array_equal(rows, [5])
    np.testing.assert_array_equal(buyers, [0, 1])


def test_flows_inside_a_region_are_skipped(table):
    embargo = Embargo(exporters=["DEU", "USA"], importers=["DEU", "FRA", "USA"])
    assert _cells(embargo.blocks(table)) == {
        (i, r) for i in (0, 1, 4, 5) for r in (0, 1, 2) if i // 2 != r
    }


def test_mutual_cuts_both_directions_once(table):
    links = Embargo(exporters=["DEU", "FRA"], importers=["FRA", "USA"], mutual=True).links(table)
    assert _pairs(links, table) == [
        ("DEU", "FRA"),
        ("DEU", "USA"),
        ("FRA", "DEU"),
        ("FRA", "USA"),
        ("USA", "DEU"),
        ("USA", "FRA"),
    ]


def test_the_star_is_everyone_who_is_not_on_the_other_side():
    table = random_table(0, 4, 1)
    links = Embargo(exporters=["DEU", "FRA"], importers="*").links(table)
    assert set(_pairs(links, table)) == {(r, s) for r in ("DEU", "FRA") for s in ("USA", "CHN")}
    links = Tariff(importers="DEU", rate=0.1).links(table)
    assert _pairs(links, table) == [("FRA", "DEU"), ("USA", "DEU"), ("CHN", "DEU")]
    links = TradeCost(exporters="*", importers="*", factor=2).links(table)
    assert len(links) == 12


def test_isolation_keeps_the_trade_inside_the_bloc():
    table = random_table(0, 4, 2)
    links = Isolation(region=["DEU", "USA"]).links(table)
    assert set(_pairs(links, table)) == {
        pair for r in ("DEU", "USA") for s in ("FRA", "CHN") for pair in ((r, s), (s, r))
    }
    np.testing.assert_array_equal(links.sectors, [0, 1])


def test_isolating_everyone_together_reaches_nothing(table):
    with pytest.raises(ShockError, match="reaches nothing"):
        Isolation(region=["DEU", "FRA", "USA"]).links(table)


def test_an_embargo_on_a_sector_the_exporter_does_not_have_is_refused():
    table = ragged_table(0, (1, 3, 2))
    missing = next(s for s in table.sectors if table.industries.locate("DEU", s).size == 0)
    with pytest.raises(ShockError, match="reaches nothing"):
        Embargo(exporters="DEU", importers="FRA", sectors=missing).links(table)
    ((rows, _),) = Embargo(
        exporters=["DEU", "FRA"], importers=["FRA", "DEU"], sectors=missing
    ).blocks(table)
    assert table.industries.label(rows[0]) == f"FRA:{missing}"


def test_unknown_labels_are_found_with_the_table(table):
    with pytest.raises(LabelError, match=r"unknown region or group: 'Germany' \(did you mean DEU"):
        Embargo(exporters="USA", importers="Germany").links(table)
    with pytest.raises(LabelError, match="unknown region or group: 'POL'"):
        Embargo(exporters="POL", importers="DEU").links(table)
    with pytest.raises(LabelError, match="unknown sector or group: 'c9'"):
        Embargo(exporters="USA", importers="DEU", sectors=["c1", "c9"]).links(table)
    with pytest.raises(LabelError, match="unknown regions, sectors or groups: 'X', 'NATOO'") as e:
        Embargo(exporters=["X", "NATOO"], importers="DEU", sectors=["c9"]).links(table)
    assert e.value.unknown == ("X", "NATOO", "c9")
    assert "NATO" in e.value.suggestions["NATOO"]


# --- in time ------------------------------------------------------------------------------------


def test_strength_rises_at_once_and_falls_linearly():
    shock = Isolation(region="A", start=10, duration=20, recovery=4)
    days = [0, 9.99, 10, 29.99, 30, 31, 33, 34, 100]
    np.testing.assert_allclose(shock.strength(days), [0, 0, 1, 1, 1, 0.75, 0.25, 0, 0])
    assert shock.end == 34
    assert Isolation(region="A", duration=5).strength(np.arange(7)).tolist() == [1] * 5 + [0] * 2
    forever = Isolation(region="A", start=2)
    assert forever.strength([1, 2, 1e6]).tolist() == [0, 1, 1]
    assert forever.end == np.inf


def test_shocks_say_what_they_are():
    shock = Embargo(
        exporters="RUS", importers="*", sectors="energy", share=0.55, mutual=True, start=5
    )
    assert shock.describe() == "embargo RUS ↔ everyone else (energy, 55 %), from day 5"
    many = Isolation(region=list("ABCDEF"), duration=30, recovery=7)
    assert many.describe() == (
        "isolation of A, B, C, D and 2 more, for 30 days from day 0, then 7 of recovery"
    )
    assert TradeCost(exporters="A", importers="B", factor=1.1).describe() == (
        "trade cost A → B (all sectors, × 1.1)"
    )
    assert Tariff(importers="A", change=-0.05).describe() == (
        "tariff of A on everyone else (all sectors, -5 points)"
    )
