"""Rules of rationing: what is delivered adds up, and each rule does what it says."""

import numpy as np
import pytest

from autarky.shocks import CapacityLoss
from autarky.stress.inventory.loops.clients import share_out
from autarky.stress.inventory.loops.production import shares
from autarky.stress.inventory.parameters import BY_CLIENT, RULES
from unit.stress.inventory.test_inventory_kernel import NOTHING_LOST, follow, setup

rng = np.random.default_rng(0)


@pytest.mark.parametrize("largest", [True, False])
@pytest.mark.parametrize("short", [0.0, 0.3, 0.999, 1.0])
def test_deliveries_add_up_and_stay_below_orders(largest, short):
    for _ in range(50):
        orders, base = rng.uniform(0, 2, 30), np.sort(rng.uniform(0.1, 2, 30))[::-1].copy()
        x = short * orders.sum()
        sent = share_out(orders, base, x, largest)
        assert sent.sum() == pytest.approx(x, rel=1e-12, abs=1e-14)
        assert np.all(sent >= 0)
        assert np.all(sent <= orders)


def test_the_largest_are_served_in_full_one_after_the_other():
    orders, base = np.array([4.0, 3.0, 2.0]), np.array([5.0, 2.0, 1.0])
    assert share_out(orders, base, 5.0, True) == pytest.approx([4.0, 1.0, 0.0])


def test_water_filling_gives_all_the_same_level():
    orders, base = np.array([6.0, 8.0, 1.0]), np.array([2.0, 4.0, 1.0])
    assert share_out(orders, base, 10.0, False) == pytest.approx([3.0, 6.0, 1.0])


def test_ranks_are_served_in_turn():
    demand, rho = np.array([4.0, 0.0, 2.0])[:, None, None], np.empty((3, 1, 1))
    shares(5.0, demand, rho, 0, 0)
    assert rho[:, 0, 0].tolist() == [1.0, 0.0, 0.5]


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
        sum(day.final.sum() for day in follow(setup(shock, rank=rank), 20, "final_first"))
        for rank in (last, first)
    ]
    assert served[0] < served[1]
