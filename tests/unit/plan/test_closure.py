"""The closure of greatest weight, and the prices from which products pay: against all subsets."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from autarky.plan.closure import break_even, max_closure


def closed_sets(needs):
    """Every closed set, as tuples of bool."""
    n = len(needs)
    for members in product([False, True], repeat=n):
        if all(members[q] or not members[p] for p in range(n) for q in range(n) if needs[p][q]):
            yield members


def total(values, members):
    return sum(
        (Fraction(v) for v, inside in zip(values, members, strict=True) if inside), Fraction(0)
    )


@pytest.mark.parametrize("seed", range(40))
def test_max_closure_is_the_best_of_all_closed_sets_and_the_largest_of_them(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 8))
    needs = rng.random((n, n)) < 0.25
    weights = rng.integers(-3, 4, n) / 4  # coarse, so that sets tie
    found = max_closure(weights.tolist(), needs)
    every = list(closed_sets(needs))
    best = max(total(weights, one) for one in every)
    assert tuple(found.tolist()) in every
    assert total(weights, found) == best
    ties = [one for one in every if total(weights, one) == best]
    assert found.sum() == max(sum(one) for one in ties)
    # The best sets form a lattice: the largest holds every other.
    assert all(not inside or found[p] for one in ties for p, inside in enumerate(one))


@pytest.mark.parametrize("seed", range(30))
def test_break_even_is_where_the_best_of_all_closed_sets_takes_the_product_in(seed):
    rng = np.random.default_rng(100 + seed)
    n = int(rng.integers(1, 7))
    needs = rng.random((n, n)) < 0.25
    gains, costs = rng.integers(0, 4, n) / 2, rng.integers(0, 6, n) / 4
    prices, steps = break_even(gains.tolist(), costs.tolist(), needs)
    every = list(closed_sets(needs))
    # All prices at which two sets can tie; between two of them nothing changes.
    ties = sorted({p for p in prices if p is not None})
    probes = [w + d for w in ties for d in (Fraction(0), Fraction(1, 10**6))] + [Fraction(0)]
    for w in probes:
        weights = [w * Fraction(g) - Fraction(c) for g, c in zip(gains, costs, strict=True)]
        best = max(total(weights, one) for one in every)
        inside = [p is not None and p <= w for p in prices]
        assert total(weights, inside) == best
    assert sorted(set(steps)) == list(range(1, max(steps) + 1))
    assert all(prices[p] == prices[q] for p in range(n) for q in range(n) if steps[p] == steps[q])


def test_a_product_pays_no_earlier_than_what_it_needs():
    needs = np.zeros((3, 3), dtype=bool)
    needs[0, 1] = True
    prices, steps = break_even([4.0, 1.0, 1.0], [1.0, 4.0, 3.0], needs)
    # 0 alone would pay at 1/4; with 1 it pays at 5/5.
    assert prices == [1.0, 1.0, 3.0]
    assert steps == [1, 1, 2]


def test_what_brings_nothing_never_pays():
    assert break_even([0.0], [1.0], np.zeros((1, 1), dtype=bool)) == ([None], [1])


def test_there_is_no_rounding_in_a_cut():
    # 0.1 + 0.2 is not 0.3 in binary: the exact sum of the first two is larger.
    needs = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0]], dtype=bool)
    assert max_closure([0.1, 0.2, -0.3], needs).all()
    assert sum(map(Fraction, (0.1, 0.2))) < Fraction(0.30000000000000004)
    assert not max_closure([0.1, 0.2, -0.30000000000000004], needs).any()
