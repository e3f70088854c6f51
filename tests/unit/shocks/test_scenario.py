"""Scenarios: contradictions are refused with both shocks named, and the rest is noted."""

import pickle
import re

import pytest

from autarky.errors import LabelError, ShockError
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
    Tariff,
    TradeCost,
    Transfer,
)
from strategies import random_table


@pytest.fixture
def table():
    return random_table(0, 4, 2)  # DEU, FRA, USA, CHN with c1, c2


def _embargo(share=1.0, exporters="DEU", importers="FRA", **more):
    return Embargo(exporters=exporters, importers=importers, share=share, **more)


def test_a_scenario_is_a_value():
    one, two = (Scenario("x", [_embargo()], horizon=90) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one
    assert one.shocks == (_embargo(),)
    assert Scenario("x", _embargo()).shocks == one.shocks
    assert Scenario("x", (s for s in one.shocks)).shocks == one.shocks
    with pytest.raises(AttributeError):
        one.name = "y"
    with pytest.raises(TypeError):
        Scenario("x", [_embargo()], 90)


@pytest.mark.parametrize(
    ("name", "shocks", "more", "says"),
    [
        ("x", [], {}, "shocks is empty: a scenario has at least one"),
        ("x", None, {}, "shocks is missing"),
        ("x", ["cut"], {}, "'cut', which is no shock"),
        ("x", "cut", {}, "shocks is 'cut'"),
        ("x", 5, {}, "shocks is 5"),
        ("", [_embargo()], {}, "name is ''; it must be one line that is not empty"),
        ("a\nb", [_embargo()], {}, "one line"),
        (5, [_embargo()], {}, "name is 5"),
        ("x", [_embargo()], {"horizon": 0}, "horizon is 0; it must be above 0"),
        ("x", [_embargo()], {"horizon": float("nan")}, "horizon is nan"),
        ("x", [_embargo()], {"groups_year": 20}, "groups_year is 20; it must be a year"),
        ("x", [_embargo()], {"groups_year": 2011.0}, "groups_year is 2011.0, which is no year"),
        ("x", [_embargo()], {"groups_year": True}, "which is no year"),
        ("x", [_embargo()], {"title": 5}, "title is 5"),
        ("x", [_embargo()], {"source": "\ud800"}, "source has half of a character pair"),
        ("x", [_embargo(start=90)], {"horizon": 90}, "begins on day 90, not before the horizon"),
    ],
)
def test_impossible_scenarios_are_refused(name, shocks, more, says):
    with pytest.raises(ShockError, match=says):
        Scenario(name, shocks, **more)


# --- contradictions -----------------------------------------------------------------------------

REFUSED = [
    (_embargo(0.5), _embargo(0.6), "different shares"),
    (_embargo(0.5), Isolation(region="FRA"), "different shares"),
    (_embargo(0.5, importers="*"), _embargo(exporters="*"), "different shares"),
    (_embargo(0.5, "FRA", "DEU", mutual=True), _embargo(), "different shares"),
    (_embargo(0.5, "EU15", "USA"), _embargo(1, "EU15", "USA"), "different shares"),
    (_embargo(0.5, sectors="c1"), _embargo(1, sectors=["c2", "c1"]), "different shares"),
    (_embargo(0.5, start=0, duration=10, recovery=5), _embargo(start=14), "different shares"),
    (
        TradeCost(exporters="DEU", importers="FRA", factor=1.1),
        TradeCost(exporters="*", importers="FRA", factor=1.2),
        "two trade costs",
    ),
    (Tariff(importers="DEU", rate=0.1), Tariff(importers="DEU", rate=0.2), "two tariffs"),
    (
        Tariff(importers="DEU", exporters="FRA", change=0.1),
        Tariff(importers="*", exporters="*", change=0.1),
        "two tariffs",
    ),
    (StockRelease(regions="DEU", days=9), StockRelease(regions="*", days=8), "give one stock"),
]
FINE = [
    (_embargo(0.5), _embargo(0.6, "FRA", "DEU")),
    (_embargo(0.5, sectors="c1"), _embargo(0.6, sectors="c2")),
    (_embargo(0.5, duration=10), _embargo(1, start=10)),
    (_embargo(0.5), TradeCost(exporters="DEU", importers="FRA", factor=2)),
    (_embargo(0.5), Tariff(importers="FRA", rate=0.2)),
    (Tariff(importers="FRA", rate=0.2), TradeCost(exporters="DEU", importers="FRA", factor=2)),
    (_embargo(), CapacityLoss(regions="DEU", share=0.5)),
    (CapacityLoss(regions="DEU", share=0.5), DemandShift(regions="DEU", change=0.5)),
    (CapitalLoss(regions="DEU", share=0.5), DemandShift(regions="DEU", change=0.5)),
    (CapitalLoss(regions="DEU", share=0.5), CapitalLoss(regions="FRA", share=0.8)),
    (_embargo(0.5, importers="USA"), _embargo(1, importers="*", exporters=["FRA", "USA"])),
    (StockRelease(regions="DEU", days=9), StockRelease(regions="FRA", days=8)),
]
NOTED = [
    (_embargo(), Isolation(region="DEU"), "the link is cut once"),
    (Isolation(region="FRA"), Isolation(region="DEU"), "the link is cut once"),
    (Isolation(region="DEU"), Tariff(importers="DEU", rate=0.4), "shock 2 has no effect"),
    (
        TradeCost(exporters="*", importers="FRA", factor=2),
        _embargo(),
        "shock 1 has no effect on a link that is cut",
    ),
    (
        Tariff(importers="DEU", rate=0.4),
        Tariff(importers="*", exporters="*", rate=0.4),
        "the same rate",
    ),
    (
        CapacityLoss(regions="DEU", share=0.5),
        CapacityLoss(regions="*", sectors="c1", share=0.2),
        r"\(1 − a\)\(1 − b\)",
    ),
    (
        CapitalLoss(regions="DEU", share=0.5),
        CapacityLoss(regions="*", sectors="c1", share=0.2),
        r"\(1 − a\)\(1 − b\)",
    ),
    (
        CapitalLoss(regions="*", share=0.5, duration=1, rebuilding_days=9, rebuilders={"c1": 1.0}),
        CapitalLoss(regions="DEU", share=0.7, start=300),
        "add up, to all of it at most",
    ),
    (
        DemandShift(regions="DEU", change=0.5),
        DemandShift(regions="*", change=-0.5),
        r"\(1 \+ a\)\(1 \+ b\)",
    ),
    (
        Transfer(payers="DEU", receivers="FRA", amount=0.1),
        Transfer(payers="DEU", receivers="*", amount=0.1),
        "add up",
    ),
]


@pytest.mark.parametrize(("one", "two", "says"), REFUSED)
@pytest.mark.parametrize("turned", [False, True])
def test_contradictions_are_refused_with_both_named(one, two, says, turned):
    shocks = [two, one] if turned else [one, two]
    with pytest.raises(ShockError, match=says) as caught:
        Scenario("x", shocks)
    for shock in shocks:
        assert shock.describe() in str(caught.value)
    assert caught.value.exit_code == 2
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(("one", "two"), FINE)
def test_shocks_that_do_not_meet_are_fine(table, one, two):
    assert Scenario("x", [one, two]).check(table) == ()
    assert Scenario("x", [two, one]).check(table) == ()


@pytest.mark.parametrize(("one", "two", "says"), NOTED)
def test_harmless_overlaps_are_noted(table, one, two, says):
    (note,) = Scenario("x", [one, two]).check(table)
    assert one.describe() in note
    assert two.describe() in note
    assert re.search(says, note)


def test_the_same_shock_twice_is_refused():
    for shock in (_embargo(), CapacityLoss(regions="DEU", share=0.5)):
        with pytest.raises(ShockError, match=r"shocks 1 and 3 are the same .*: keep one"):
            Scenario("x", [shock, DemandShift(regions="A", change=1), shock])


def test_contradictions_that_only_a_table_shows(table):
    scenario = Scenario("x", [_embargo(0.5, "EU15", "USA"), _embargo(1, "DEU", "USA")])
    with pytest.raises(ShockError, match="both fall on DEU → USA: they cut different shares"):
        scenario.check(table)
    scenario = Scenario("x", [_embargo(0.5, "EU15", "USA"), _embargo(1, "CHN", "USA")])
    assert len(scenario.check(table)) == 1  # the members that are not there
    wide = random_table(0, 2, 35)
    scenario = Scenario("x", [_embargo(0.5, sectors="energy"), _embargo(1, sectors="c17")])
    with pytest.raises(ShockError, match="different shares"):
        scenario.check(wide)


def test_models_without_time_compare_all_times(table):
    scenario = Scenario("x", [_embargo(0.5, duration=10), _embargo(1, start=10)])
    assert scenario.check(table) == ()
    with pytest.raises(ShockError, match="different shares"):
        scenario.check(table, timeless=True)


def test_all_label_problems_come_at_once(table):
    scenario = Scenario(
        "x",
        [
            _embargo(exporters=["Germany", "NATOO"], sectors="c7"),
            Isolation(region="POL"),
            CapacityLoss(regions="FRANCE", share=0.1),
        ],
    )
    with pytest.raises(LabelError) as caught:
        scenario.check(table)
    assert caught.value.unknown == ("Germany", "NATOO", "POL", "FRANCE", "c7")
    assert caught.value.suggestions["Germany"] == ("DEU",)
    assert caught.value.exit_code == 2


def test_label_and_other_problems_come_together(table):
    scenario = Scenario(
        "x",
        [
            _embargo(exporters="Germany"),
            Isolation(region="GCC"),
            Isolation(region=["EU15", "G7", "CHN"]),
        ],
    )
    with pytest.raises(ShockError, match=r"'Germany'.*no member of GCC.*reaches nothing") as caught:
        scenario.check(table)
    assert len(caught.value.problems) == 3


def test_resolve_gives_every_shock_its_place(table):
    scenario = Scenario(
        "x", [_embargo(), CapacityLoss(regions="USA", share=0.1),
              Transfer(payers="USA", receivers="DEU", amount=0.01)]
    )  # fmt: skip
    resolved = scenario.resolve(table)
    assert [effect.shock for effect in resolved.effects] == list(scenario.shocks)
    links, places, sides = (effect.where for effect in resolved.effects)
    assert links.exporters.tolist() == [0]
    assert places.regions.tolist() == [2]
    assert sides.payers.tolist() == [2]
    assert resolved.notes == ()


def test_a_tariff_per_link_is_checked_quickly():
    names = [f"R{i:02}" for i in range(41)]
    shocks = [Tariff(importers=s, exporters=r, rate=0.1) for r in names for s in names if r != s]
    assert len(Scenario("x", shocks).shocks) == 1640
    with pytest.raises(ShockError, match="two tariffs"):
        Scenario("x", [*shocks, Tariff(importers="R05", exporters="R07", rate=0.2)])


def test_a_scenario_says_what_happens():
    text = Scenario("x", [_embargo(), Isolation(region="USA")]).describe()
    assert text == "embargo DEU → FRA (all sectors, 100 %)\nisolation of USA"
