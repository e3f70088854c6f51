"""Rules of rationing: what is delivered adds up, and each rule does what it says."""

import numpy as np
import pytest

from autarky.shocks import CapacityLoss
from autarky.stress.inventory.rationing import (
    BY_CLIENT,
    RULES,
    largest_first,
    shares,
    water_filling,
)
from unit.stress.inventory.test_inventory_kernel import NOTHING_LOST, follow, setup

rng = np.random.default_rng(0)


@pytest.mark.parametrize("split", [largest_first, water_filling])
@pytest.mark.parametrize("short", [0.0, 0.3, 0.999, 1.0])
def test_deliveries_add_up_and_stay_below_orders(split, short):
    orders = rng.uniform(0, 2, (50, 30)) * (rng.random((50, 30)) < 0.6)
    base = np.where(orders > 0, rng.uniform(0.1, 2, (50, 30)), 0.0)
    x = short * orders.sum(axis=1)
    sent = split(orders, base, x)
    assert sent.sum(axis=1) == pytest.approx(x, rel=1e-12, abs=1e-14)
    assert np.all(sent >= 0)
    assert np.all(sent <= orders)


def test_water_filling_gives_all_the_same_level():
    orders, base = np.array([[6.0, 8.0, 1.0]]), np.array([[2.0, 4.0, 1.0]])
    sent = water_filling(orders, base, np.array([10.0]))
    assert sent == pytest.approx(np.array([[3.0, 6.0, 1.0]]))


def test_ranks_are_served_in_turn():
    rho = shares(np.array([[5.0]]), [np.array([[4.0]]), np.array([[0.0]]), np.array([[2.0]])])
    assert [r.item() for r in rho] == [1.0, 0.0, 0.5]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_conserves_every_product(rule):
    rank = np.zeros(15, dtype=int)
    if rule not in (*BY_CLIENT, "proportional"):
        rank[12:] = 1
    shock = [CapacityLoss(regions="FRA", share=0.6, duration=30)]
    days = follow(setup(shock, rank=rank, days=(5.0, 30.0)), 60, rule)
    assert max(day.residual for day in days) <= NOTHING_LOST


def test_who_is_protected_loses_less():
    shock = [CapacityLoss(regions="FRA", share=0.6, duration=30)]
    last, first = np.zeros(15, dtype=int), np.zeros(15, dtype=int)
    last[12:], first[:12] = 1, 1
    served = [
        sum(day.final.sum() for day in follow(setup(shock, rank=rank), 20, "ranked"))
        for rank in (last, first)
    ]
    assert served[0] < served[1]
