"""Books of destroyed capital: what is destroyed is delivered or still missing."""

import dataclasses

import numpy as np
import pytest

from autarky import Table
from autarky.errors import ShockError
from autarky.shocks import CapacityLoss, CapitalLoss, Scenario
from autarky.stress.inventory.damage import Damages
from autarky.stress.inventory.economy import DAYS, economy
from strategies import random_table

TABLE = random_table(1, R=4, S=3)
E = economy(TABLE)
CAPITAL = 4.0 * DAYS * E.value_added
FRA = TABLE.industries.locate("FRA")
REBUILT = CapitalLoss(
    regions="FRA", sectors=["c1", "c3"], share=0.4, start=2, duration=3, rebuilding_days=10,
    rebuilders={"c2": 0.75, "c1": 0.25},
)  # fmt: skip


def books(*shocks, table=TABLE, lanes=1):
    scenario = Scenario("s", shocks)
    return Damages.of(scenario.resolve(table).effects, table, economy(table), lanes)


def follow(damages, days, share):
    """Losses (T, n, K) and orders (T, S, R, K) where a share of what is ordered is delivered."""
    losses, orders = [], []
    for day in range(days):
        losses.append(damages.loss(day))
        asked = damages.orders(day)
        orders.append(np.zeros((3, 4, damages.lanes)) if asked is None else asked)
        damages.deliver(day, np.broadcast_to(share, (3, 4, damages.lanes)))
    return np.array(losses), np.array(orders)


def test_all_that_is_ordered_is_delivered():
    losses, orders = follow(books(REBUILT), 30, 1.0)
    hit = FRA[[0, 2]]
    expected = 0.4 * REBUILT.strength(np.arange(30))
    for row in hit:
        np.testing.assert_allclose(losses[:, row, 0], expected, rtol=1e-12)
    others = np.setdiff1d(np.arange(TABLE.n), hit)
    assert not losses[:, others].any()
    assert not orders[:5].any()
    destroyed = 0.4 * CAPITAL[hit].sum()
    np.testing.assert_allclose(orders[5, :, 1, 0], destroyed / 10 * np.array([0.25, 0.75, 0.0]))
    assert not orders[:, :, [0, 2, 3]].any()  # only where it was destroyed
    np.testing.assert_allclose(orders[5:].sum() + expected[-1] * 0.9 / 0.4 * destroyed, destroyed)


def test_what_is_not_delivered_stays():
    damages = books(REBUILT)
    losses, orders = follow(damages, 30, 0.0)
    np.testing.assert_array_equal(losses[2:, FRA[0], 0], 0.4)
    np.testing.assert_allclose(orders[5:].sum(axis=(1, 2, 3)), 0.04 * CAPITAL[FRA[[0, 2]]].sum())
    # One of two products that rebuild is not to be had: its part stays for good.
    only = np.zeros((3, 4, 1))
    only[1] = 1.0
    losses, _ = follow(books(REBUILT), 300, only)
    np.testing.assert_allclose(losses[-1, FRA[0], 0], 0.4 * 0.25, rtol=1e-9)


def test_what_is_destroyed_is_delivered_or_missing():
    rng, K = np.random.default_rng(3), 3
    late = dataclasses.replace(REBUILT, regions=["FRA", "USA"], sectors=None, share=0.3, start=7.5)
    damages, came = books(REBUILT, late, lanes=K), np.zeros(K)
    most = sum(s.share * CAPITAL[s.places(TABLE).industries(TABLE.industries)].sum()
               for s in (REBUILT, late))  # fmt: skip
    for day in range(60):
        loss = damages.loss(day)
        assert ((loss >= 0) & (loss <= 1)).all()
        missing, share = damages.missing(day).sum(axis=0), rng.uniform(0, 1, (3, 4, K))
        np.testing.assert_allclose(missing, (loss * CAPITAL[:, None]).sum(axis=0), rtol=1e-9)
        if day >= 8:
            np.testing.assert_allclose(came + missing, most, rtol=1e-12)
        asked = damages.orders(day)
        assert (asked is not None) == (day >= 5)
        if asked is not None:
            came += (asked * share).sum(axis=(0, 1))
        damages.deliver(day, share)
    assert came.std() > 0


def test_a_loss_destroys_at_most_what_is_there():
    first = dataclasses.replace(REBUILT, share=0.8, rebuilding_days=2)
    second = CapitalLoss(regions="FRA", share=0.7, start=6)
    damages = books(first, second, lanes=2)
    share = np.stack([np.zeros((3, 4)), np.ones((3, 4))], axis=-1)
    losses, _ = follow(damages, 7, share)
    np.testing.assert_allclose(losses[5, FRA[0]], [0.8, 0.8])
    # On day 6 half of it is back in one lane, none in the other.
    np.testing.assert_allclose(losses[6, FRA[0]], [1.0, 1.0])
    np.testing.assert_allclose(damages.parts[1].share(6)[0], [0.2, 0.6])
    np.testing.assert_allclose(losses[6, FRA[1]], 0.7)


@pytest.mark.parametrize(
    "shock",
    [
        CapitalLoss(regions="FRA", share=0.4, start=3),
        CapitalLoss(regions="FRA", share=0.4, start=3.5, duration=4, recovery=9, curve="convex"),
        CapitalLoss(regions="FRA", share=0.4, duration=4, recovery=9, curve="concave"),
    ],
)
def test_without_rebuilders_it_returns_along_its_curve_or_not_at_all(shock):
    losses, orders = follow(books(shock), 30, 1.0)
    np.testing.assert_allclose(losses[:, FRA[1], 0], 0.4 * shock.strength(np.arange(30)))
    assert not orders.any()


def test_the_ratio_scales_orders_and_not_losses():
    dear = dataclasses.replace(REBUILT, capital_ratio=8.0)
    one, other = follow(books(REBUILT), 20, 0.5), follow(books(dear), 20, 0.5)
    np.testing.assert_allclose(other[0], one[0], rtol=1e-12)
    np.testing.assert_allclose(other[1], 2 * one[1], rtol=1e-12)
    own = dataclasses.replace(TABLE, capital=np.full(TABLE.n, 3.0))
    _, orders = follow(books(REBUILT, table=own), 20, 0.5)
    assert orders[5].sum() == pytest.approx(2 * 3.0 * 0.4 / 10)


def test_other_shocks_are_not_its_business():
    damages = books(CapacityLoss(regions="FRA", share=0.5))
    assert damages.parts == ()
    assert not damages.loss(0).any()
    assert damages.orders(0) is None


def test_without_capital_or_supply_it_is_refused():
    table = Table.from_arrays(
        [[0.0, 60.0], [50.0, 0.0]], [[40.0], [10.0]], regions=["A"], sectors=["s", "t"]
    )  # t makes 60 of 60
    with pytest.raises(ShockError, match="A:t have no capital, as their value added is not above"):
        books(CapitalLoss(regions="A", share=0.1), table=table)
    unsold = Table.from_arrays(
        [[0.0, 60.0], [50.0, 0.0]], [[40.0], [0.0]], regions=["A"], sectors=["s", "t"]
    )
    loss = CapitalLoss(
        regions="A", sectors="s", share=0.1, duration=1, rebuilding_days=9,
        rebuilders={"s": 0.5, "t": 0.5},
    )  # fmt: skip
    with pytest.raises(ShockError, match="nobody sells t in A to final users") as caught:
        books(loss, table=unsold)
    assert len(caught.value.problems) == 1


def test_industries_at_rest_lose_nothing():
    table = random_table(3, R=4, S=3, zero_outputs=2)
    idle = np.flatnonzero(economy(table).x == 0)
    assert idle.size
    damages = books(CapitalLoss(regions="*", share=0.5, capital_ratio=1.0), table=table)
    loss = damages.loss(0)[:, 0]
    np.testing.assert_allclose(loss[idle], 0.0)
    np.testing.assert_allclose(np.delete(loss, idle), 0.5)
