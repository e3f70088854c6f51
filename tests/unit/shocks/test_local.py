"""Shocks inside regions, and transfers."""

import dataclasses

import numpy as np
import pytest

from autarky.errors import LabelError, ShockError
from autarky.shocks import CapacityLoss, CapitalLoss, DemandShift, StockRelease, Transfer
from strategies import ragged_table, random_table


@pytest.fixture
def table():
    return random_table(0, 4, 3)  # DEU, FRA, USA, CHN


MAKE = [
    pytest.param(lambda **k: CapacityLoss(share=0.5, **k), id="capacity_loss"),
    pytest.param(lambda **k: CapitalLoss(share=0.5, **k), id="capital_loss"),
    pytest.param(lambda **k: DemandShift(change=-0.2, **k), id="demand_shift"),
    pytest.param(lambda **k: StockRelease(days=90, **k), id="stock_release"),
]


def _capital(**changes):
    values = {"regions": "A", "share": 0.5, "duration": 9, "rebuilding_days": 60}
    return CapitalLoss(**(values | {"rebuilders": {"s": 0.75, "t": 0.25}} | changes))


@pytest.mark.parametrize("make", MAKE)
def test_places_are_positions(table, make):
    places = make(regions=["USA", "DEU"], sectors="c2").places(table)
    np.testing.assert_array_equal(places.regions, [0, 2])
    np.testing.assert_array_equal(places.sectors, [1])
    np.testing.assert_array_equal(places.industries(table.industries), [1, 7])
    assert make(regions="*").places(table).industries(table.industries).size == table.n


@pytest.mark.parametrize("make", MAKE)
def test_unknown_and_empty_places_are_refused(table, make):
    with pytest.raises(ShockError, match="regions is empty"):
        make(regions=[])
    with pytest.raises(LabelError, match="unknown regions, sectors or groups: 'Y', 'c9'"):
        make(regions="Y", sectors="c9").places(table)
    ragged = ragged_table(0, (1, 3, 2))
    missing = next(s for s in ragged.sectors if ragged.industries.locate("DEU", s).size == 0)
    with pytest.raises(ShockError, match="no region has one of these sectors"):
        make(regions="DEU", sectors=missing).places(ragged)


@pytest.mark.parametrize("make", MAKE)
def test_groups_are_resolved_with_notes(table, make):
    places = make(regions="EU15").places(table)
    np.testing.assert_array_equal(places.regions, [0, 1])
    assert places.notes[0].startswith("EU15: 2 of 15 members are in the table; left out: AUT, BEL")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: CapacityLoss(regions="A", share=1.2), "share is 1.2"),
        (lambda: CapacityLoss(regions="A", share=float("nan")), "share is nan"),
        (lambda: CapacityLoss(regions="A", share=1, curve="convex"), "'convex' without a recovery"),
        (lambda: CapacityLoss(regions="A", share=1, curve="s"), "must be 'linear' or 'convex' or"),
        (lambda: _capital(share=1.2), "share is 1.2; it must be at least 0 and at most 1"),
        (lambda: _capital(rebuilding_days=0.5), "rebuilding_days is 0.5; it must be at least 1"),
        (lambda: _capital(capital_ratio=0), "capital_ratio is 0; it must be above 0"),
        (lambda: _capital(rebuilders=None), "rebuilders is missing: say which products"),
        (lambda: _capital(rebuilding_days=None), "rebuilding_days is missing: rebuilders need"),
        (lambda: _capital(duration=None), "needs a duration: the days until rebuilding begins"),
        (lambda: _capital(recovery=3), "recovery and rebuilding_days are both given"),
        (lambda: _capital(curve="concave"), "curve is 'concave' without a recovery"),
        (lambda: _capital(rebuilders={}), "rebuilders is empty: name at least one of the sectors"),
        (lambda: _capital(rebuilders="s"), "rebuilders is 's' .str., expected|rebuilders is 's'"),
        (lambda: _capital(rebuilders=["s"]), "rebuilders is"),
        (lambda: _capital(rebuilders={"s": 0.5}), "rebuilders add up to 0.5; .* must add up to 1"),
        (lambda: _capital(rebuilders={"s": 1.5, "t": -0.5}), "rebuilders.s is 1.5"),
        (lambda: _capital(rebuilders={"s": 0, "t": 1}), "rebuilders.s is 0; it must be above 0"),
        (lambda: _capital(rebuilders={"s": True}), "rebuilders.s is True, which is not a number"),
        (lambda: _capital(rebuilders={"s ": 1}), "rebuilders has 's ': name sectors"),
        (lambda: _capital(rebuilders={"*": 1}), "rebuilders has '.'"),
        (lambda: _capital(rebuilders={5: 1}), "rebuilders has 5, which is not text"),
        (
            lambda: CapitalLoss(regions="A", share=0.1, duration=9),
            "duration needs rebuilding_days or a recovery",
        ),
        (lambda: DemandShift(regions="A", change=-1.01), "change is -1.01; it must be at least -1"),
        (lambda: StockRelease(regions="A", days=0), "days is 0; it must be above 0"),
        (lambda: StockRelease(regions="A", days=-5), "days is -5"),
        (lambda: StockRelease(regions="A", days=9, of="sales"), "must be 'imports' or 'use'"),
        (lambda: StockRelease(regions="A", days=9, of=3), "of is 3"),
        (
            lambda: StockRelease(regions="A", days=9, duration=3, recovery=1),
            "recovery is not for a stock release",
        ),
        (lambda: Transfer(payers="A", receivers="B", amount=1.5), "amount is 1.5"),
        (lambda: Transfer(payers="A", receivers="B", amount=-0.1), "amount is -0.1"),
        (
            lambda: Transfer(payers=["A", "B"], receivers="B", amount=0.1),
            "B both pays and receives",
        ),
        (lambda: Transfer(payers="*", receivers="*", amount=0.1), r"\* both pays and receives"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_impossible_sizes_are_refused(make, says):
    with pytest.raises(ShockError, match=says):
        make()


@pytest.mark.parametrize(
    ("curve", "left"),
    [("linear", [0.75, 0.5, 0.25]), ("convex", [0.5625, 0.25, 0.0625]),
     ("concave", [0.9375, 0.75, 0.4375])],
)  # fmt: skip
@pytest.mark.parametrize("kind", [CapacityLoss, CapitalLoss])
def test_a_loss_returns_along_its_curve(kind, curve, left):
    loss = kind(regions="A", share=0.5, start=2, duration=4, recovery=8, curve=curve)
    np.testing.assert_array_equal(loss.strength([0, 1, 2, 5, 6]), [0, 0, 1, 1, 1])
    np.testing.assert_array_equal(loss.strength([8, 10, 12]), left)
    np.testing.assert_array_equal(loss.strength([14, 15, 1e9]), 0)
    assert loss.end == 14
    text = "recovery" if curve == "linear" else f"{curve} recovery"
    assert loss.describe().endswith(f", for 4 days from day 2, then 8 of {text}")


def test_what_is_rebuilt_returns_no_faster_than_it_is_ordered():
    loss = _capital(start=1, rebuilding_days=4)
    assert loss.rebuilt
    assert loss.end == np.inf
    np.testing.assert_allclose(loss.strength([0, 1, 10, 11, 12]), [0, 1, 1, 3 / 4, 9 / 16])
    at_once = _capital(rebuilding_days=1)
    np.testing.assert_array_equal(at_once.strength([0, 8, 9, 10, 1e9]), [1, 1, 1, 0, 0])
    with np.errstate(all="raise"):
        assert loss.strength([1e300]) == 0
        assert _capital(rebuilding_days=1e300).strength([1e6]) == 1
    assert not CapitalLoss(regions="A", share=1).rebuilt
    assert CapitalLoss(regions="A", share=1, start=3).strength([2, 3, 1e9]).tolist() == [0, 1, 1]


def test_rebuilders_are_shares_of_products(table):
    damage = _capital(regions="DEU", rebuilders={"c3": 0.75, "c1": 0.25}).places(table)
    np.testing.assert_array_equal(damage.regions, [0])
    np.testing.assert_array_equal(damage.rebuilders, [0.25, 0, 0.75])
    assert not damage.rebuilders.flags.writeable
    assert CapitalLoss(regions="DEU", share=0.5).places(table).rebuilders is None
    with pytest.raises(LabelError, match="unknown sectors or groups: 's', 't'"):
        _capital(regions="DEU").places(table)
    with pytest.raises(LabelError, match="unknown regions, sectors or groups: 'Y', 'c9', 's', 't'"):
        _capital(regions="Y", sectors="c9").places(table)


def test_a_group_that_rebuilds_is_one_sector():
    table = random_table(0, 2, 35)  # the sectors of a known classification
    damage = _capital(regions="DEU", rebuilders={"construction": 0.5, "c13": 0.5}).places(table)
    assert np.flatnonzero(damage.rebuilders).tolist() == [12, 17]
    both = _capital(regions="DEU", rebuilders={"construction": 0.5, "c18": 0.5}).places(table)
    assert both.rebuilders[17] == 1
    with pytest.raises(ShockError, match=r"energy stands for 3 sectors \(c2, c8, c17\); give each"):
        _capital(regions="DEU", rebuilders={"energy": 1}).places(table)


def test_rebuilders_have_no_order_and_can_be_copied():
    one = _capital(rebuilders={"t": 0.25, "s": 0.75})
    assert one == _capital()
    assert hash(one) == hash(_capital())
    assert dataclasses.replace(one, share=0.5) == one
    thirds = _capital(rebuilders=dict.fromkeys("abc", 1 / 3))
    assert dict(thirds.rebuilders) == dict.fromkeys("abc", 1 / 3)


def test_capital_is_the_table_s_or_a_ratio():
    value_added, own = np.array([1.0, 2.0]), np.array([5.0, 6.0])
    np.testing.assert_array_equal(_capital().capital(value_added), [4, 8])
    np.testing.assert_array_equal(_capital().capital(value_added, own), own)
    ratio = _capital(capital_ratio=2.5)
    np.testing.assert_array_equal(ratio.capital(value_added, own), [2.5, 5])


def test_a_transfer_has_two_sides(table):
    sides = Transfer(payers=["USA", "FRA"], receivers="DEU", amount=0.01).sides(table)
    np.testing.assert_array_equal(sides.payers, [1, 2])
    np.testing.assert_array_equal(sides.receivers, [0])
    sides = Transfer(payers="EU15", receivers="*", amount=0.01).sides(table)
    np.testing.assert_array_equal(sides.receivers, [2, 3])
    with pytest.raises(ShockError, match="DEU would both pay and receive"):
        Transfer(payers="EU15", receivers="DEU", amount=0.01).sides(table)
    with pytest.raises(ShockError, match="nobody is left on one side"):
        Transfer(payers=table.regions.labels, receivers="*", amount=0.01).sides(table)


def test_shocks_say_what_they_are():
    assert CapacityLoss(regions="*", share=0.5).describe() == (
        "capacity loss in all regions (all sectors, 50 %)"
    )
    assert _capital(sectors="u").describe() == (
        "capital loss in A (u, 50 %), for 9 days from day 0, then rebuilt at 1/60 of what is left "
        "a day by s (75 %), t (25 %)"
    )
    assert CapitalLoss(regions="A", share=0.1, start=3).describe() == (
        "capital loss in A (all sectors, 10 %), from day 3"
    )
    assert DemandShift(regions="A", sectors=["s", "t"], change=0.1).describe() == (
        "demand shift in A (s, t, +10 %)"
    )
    assert StockRelease(regions="A", days=90).describe() == (
        "stock release in A (all sectors, 90 days of imports)"
    )
    assert Transfer(payers="A", receivers="B", amount=0.005).describe() == (
        "transfer from A to B (0.5 % of the payers' GDP)"
    )
