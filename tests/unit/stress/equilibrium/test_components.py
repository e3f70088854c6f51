"""Who still trades with whom, whose deficits end, and who is left without a supplier."""

from dataclasses import replace

import numpy as np
import pytest

from autarky.errors import OptionError
from autarky.stress.equilibrium.components import (
    CutFlow,
    components,
    demanded,
    fill_idle,
    missing_suppliers,
    rebalance,
    separate,
)
from random_equilibria import toy


def world(N, links, S=2):
    """K with home trade and some (sector, importer, exporter) links."""
    K = np.zeros((S, N, N))
    K[:, np.arange(N), np.arange(N)] = 0.5
    for link in links:
        K[link] = 0.1
    return K


def test_a_ring_is_one_component():
    component, cut = components(world(3, [(0, 0, 1), (1, 1, 2), (0, 2, 0)]))
    assert component.tolist() == [0, 0, 0]
    assert cut == []


def test_one_way_trade_is_cut_and_listed_with_its_sectors():
    K = world(4, [(0, 1, 0), (1, 1, 0), (0, 2, 3), (1, 3, 2)])
    component, cut = components(K)
    assert component.tolist() == [0, 1, 2, 2]
    assert cut == [CutFlow(importer=1, exporter=0, sectors=(0, 1))]
    apart = separate(K, component)
    assert not apart[:, 1, 0].any()
    np.testing.assert_array_equal(apart[:, 2:, 2:], K[:, 2:, 2:])


def test_weak_components_cut_nothing():
    component, cut = components(world(3, [(0, 1, 0)]), mode="weak")
    assert component.tolist() == [0, 0, 1]
    assert cut == []


def test_components_are_numbered_by_their_first_region():
    component, _ = components(world(4, [(0, 0, 3), (0, 3, 0)]))
    assert component.tolist() == [0, 1, 2, 0]


def test_unknown_mode_and_rule():
    with pytest.raises(OptionError, match="'strong', 'weak'"):
        components(world(2, []), mode="some")
    with pytest.raises(OptionError, match="'zero', 'fixed', 'proportional'"):
        rebalance(np.zeros(2), np.ones(2), np.zeros(2, dtype=int), "none")


def test_rebalanced_deficits_sum_to_zero_and_shift_by_gdp():
    deficits, gdp = np.array([5.0, -1.0, -2.0, -2.0]), np.array([10.0, 30.0, 20.0, 40.0])
    component = np.array([0, 0, 1, 1])
    for rule in ("fixed", "proportional"):
        D = rebalance(deficits, gdp, component, rule)
        np.testing.assert_allclose([D[:2].sum(), D[2:].sum()], 0.0, atol=1e-14)
        np.testing.assert_allclose((deficits - D)[:2] / gdp[:2], 4.0 / 40.0)
        np.testing.assert_allclose((deficits - D)[2:] / gdp[2:], -4.0 / 60.0)
    assert not rebalance(deficits, gdp, component, "zero").any()


def test_a_region_alone_has_exactly_no_deficit():
    D = rebalance(np.array([0.1, 0.2, -0.3]), np.array([3.0, 7.0, 11.0]), np.arange(3), "fixed")
    assert D.tolist() == [0.0, 0.0, 0.0]


def test_a_cell_without_supplier_is_missed_only_where_it_is_wanted():
    base = toy(0, S=3, N=2)
    K = base.pi.copy()
    K[1, 0] = 0.0
    assert missing_suppliers(base.tech, K) == [(0, 1)]

    # Nobody consumes product 1 in region 0, nor uses it there: nothing is missing.
    alpha, inputs = base.tech.alpha.copy(), base.tech.inputs.copy()
    alpha[1, 0] = 0.0
    inputs[0, 1, :] = 0.0
    tech = replace(base.tech, alpha=alpha, inputs=inputs)
    assert missing_suppliers(tech, K) == []
    filled = fill_idle(K)
    assert filled[1, 0].tolist() == [1.0, 0.0]
    assert not K[1, 0].any()

    # It is again once an industry that sells something uses it.
    inputs = inputs.copy()
    inputs[0, 1, 2] = 0.1
    assert missing_suppliers(replace(tech, inputs=inputs), K) == [(0, 1)]


def test_inputs_of_what_nobody_buys_are_not_demanded():
    base = toy(1, S=2, N=1)
    alpha = np.array([[1.0], [0.0]])
    inputs = np.zeros((1, 2, 2))
    inputs[0, 1, 1] = 0.5  # product 1 is used only to make product 1
    tech = replace(base.tech, alpha=alpha, inputs=inputs)
    assert demanded(tech, base.pi)[:, 0].tolist() == [True, False]


def test_fill_idle_leaves_full_arrays_alone():
    K = toy(2).pi
    assert fill_idle(K) is K
