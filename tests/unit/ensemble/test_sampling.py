"""Draws: the right distributions, even designs, the same for the same seed."""

import numpy as np
import pytest
from scipy import stats

from autarky.ensemble.sampling import DESIGNS, Distribution, drawn, points
from autarky.errors import OptionError

KINDS = {
    "uniform": ([2.0, 5.0], stats.uniform(2, 3)),
    "loguniform": ([0.5, 8.0], stats.loguniform(0.5, 8.0)),
    "triangular": ([1.0, 2.0, 5.0], stats.triang(0.25, 1, 4)),
    "normal": ([3.0, 0.5], stats.norm(3, 0.5)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_values_have_the_distribution(kind):
    values, expected = KINDS[kind]
    one = Distribution.of("x", {kind: values})
    shares = np.array([0.01, 0.2, 0.5, 0.77, 0.99])
    found = np.array([one.at(share) for share in shares])
    np.testing.assert_allclose(found, expected.ppf(shares), rtol=1e-12)
    assert np.isfinite([one.at(0.0), one.at(1.0)]).all()


def test_a_choice_gives_each_value_its_share():
    one = Distribution.of("rule", {"choice": ["a", "b", "c", "d"]})
    found = [one.at((k + 0.5) / 400) for k in range(400)]
    assert [found.count(v) for v in "abcd"] == [100] * 4
    assert one.at(1.0) == "d"


@pytest.mark.parametrize("design", DESIGNS)
def test_the_same_seed_gives_the_same_points(design):
    first, again, other = (points(design, 16, 3, seed) for seed in (5, 5, 6))
    assert first.tobytes() == again.tobytes()
    assert not np.array_equal(first, other)
    assert ((first >= 0) & (first < 1)).all()
    assert first.shape == (16 * 5 if design == "saltelli" else 16, 3)


def test_designs_fill_their_space():
    strata = np.sort(np.floor(points("lhs", 20, 2, 1) * 20), axis=0)
    assert np.array_equal(strata, np.tile(np.arange(20.0)[:, None], (1, 2)))
    halves = points("sobol", 64, 4, 1) < 0.5
    assert (halves.sum(axis=0) == 32).all()


def test_saltelli_swaps_one_column_at_a_time():
    cube = points("saltelli", 8, 3, 2).reshape(5, 8, 3)
    A, B = cube[0], cube[1]
    assert not np.isclose(A, B).any()
    for k in range(3):
        swapped = cube[2 + k]
        assert np.array_equal(swapped[:, k], B[:, k])
        others = [j for j in range(3) if j != k]
        assert np.array_equal(swapped[:, others], A[:, others])


def test_draws_are_by_name():
    given = {"tau": Distribution.of("tau", {"uniform": [10, 20]}),
             "rule": Distribution.of("rule", {"choice": ["x", "y"]})}  # fmt: skip
    found = drawn(given, "lhs", 10, 0)
    assert len(found) == 10
    assert all(10 <= one["tau"] <= 20 and one["rule"] in "xy" for one in found)
    assert drawn({}, "lhs", 3, 0) == [{}, {}, {}]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (3.0, ["tau", "uniform"]),
        ({"uniform": [1, 2], "normal": [1, 2]}, ["tau", "one of"]),
        ({"gamma": [1, 2]}, ["gamma", "triangular"]),
        ({"uniform": [3, 1]}, ["low, high", "ascend"]),
        ({"uniform": [1, 1]}, ["ascend"]),
        ({"uniform": [1]}, ["low, high"]),
        ({"uniform": [1, float("nan")]}, ["numbers"]),
        ({"uniform": ["1", 2]}, ["numbers"]),
        ({"loguniform": [0, 2]}, ["above 0"]),
        ({"normal": [0, 0]}, ["sd"]),
        ({"triangular": [1, 5, 3]}, ["ascend"]),
        ({"choice": []}, ["list"]),
    ],
)
def test_what_is_no_distribution_is_refused(given, words):
    with pytest.raises(OptionError) as caught:
        Distribution.of("tau", given)
    for word in words:
        assert word in str(caught.value)


def test_designs_that_need_powers_of_two_say_which():
    for design in ("sobol", "saltelli"):
        with pytest.raises(OptionError, match="64 or 128"):
            points(design, 100, 2, 0)
    with pytest.raises(OptionError, match="latin"):
        points("latin", 4, 2, 0)
    with pytest.raises(OptionError, match="draws is 0"):
        points("lhs", 0, 2, 0)
