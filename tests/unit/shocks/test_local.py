"""Shocks inside regions, and transfers."""

import numpy as np
import pytest

from autarky.errors import LabelError, ShockError
from autarky.shocks import CapacityLoss, DemandShift, StockRelease, Transfer
from strategies import ragged_table, random_table


@pytest.fixture
def table():
    return random_table(0, 4, 3)  # DEU, FRA, USA, CHN


MAKE = [
    pytest.param(lambda **k: CapacityLoss(share=0.5, **k), id="capacity_loss"),
    pytest.param(lambda **k: DemandShift(change=-0.2, **k), id="demand_shift"),
    pytest.param(lambda **k: StockRelease(days=90, **k), id="stock_release"),
]


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
    assert DemandShift(regions="A", sectors=["s", "t"], change=0.1).describe() == (
        "demand shift in A (s, t, +10 %)"
    )
    assert StockRelease(regions="A", days=90).describe() == (
        "stock release in A (all sectors, 90 days of imports)"
    )
    assert Transfer(payers="A", receivers="B", amount=0.005).describe() == (
        "transfer from A to B (0.5 % of the payers' GDP)"
    )
