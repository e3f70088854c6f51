"""Average propagation lengths against the sums they stand for, and each guard."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.measure.propagation_length import propagation_length, ratio
from autarky.table import Table
from autarky.units import Certificate
from strategies import ragged_table, random_table


def by_steps(table, rounds=400):
    """Σₖ Aᵏ and Σₖ kAᵏ, k ≥ 1, step by step."""
    power, effect = np.eye(table.n), np.zeros((table.n, table.n))
    weighted = np.zeros_like(effect)
    for k in range(1, rounds):
        power = power @ table.A
        effect += power
        weighted += k * power
    return effect, weighted


@pytest.mark.parametrize("build", [random_table, ragged_table])
def test_agrees_with_the_sum_over_steps(build):
    table = build(4)
    effect, weighted = by_steps(table)
    got = propagation_length(table, by="industry")["propagation_length"]
    np.testing.assert_allclose(got, (weighted / effect).T, rtol=1e-11)


def test_agrees_with_the_formula_of_the_paper_and_with_its_supply_side():
    table = random_table(5)
    L = table.L.inverse()
    below = L - np.eye(table.n)
    want = (L @ below) / below
    G = table.G.inverse()
    np.testing.assert_allclose((G @ (G - np.eye(table.n))) / (G - np.eye(table.n)), want, rtol=1e-9)
    got = propagation_length(table, by="industry")["propagation_length"]
    np.testing.assert_allclose(got, want.T, rtol=1e-9)


@pytest.mark.parametrize("weights", ["final", "output", "one"])
@pytest.mark.parametrize("build", [random_table, ragged_table])
def test_regions_are_weighted_ratios_of_sums(build, weights):
    table = build(9)
    effect, weighted = by_steps(table)
    w = {"final": table.Y.sum(axis=1), "output": table.x, "one": np.ones(table.n)}[weights]
    result = propagation_length(table, weights=weights)
    starts = table.industries.starts[:-1]

    def fold(M):
        return np.add.reduceat(np.add.reduceat(M * w, starts, axis=0), starts, axis=1)

    want = (fold(weighted) / fold(effect)).T
    np.testing.assert_allclose(result["propagation_length"], want, rtol=1e-11)
    total = (fold(weighted).sum(axis=0) / fold(effect).sum(axis=0))[1]
    got = result.value("propagation_length", region=table.regions[1], partner="total")
    assert got == pytest.approx(total, rel=1e-11)
    assert result.parameters["weights"] == weights


def test_a_selection_of_sectors():
    table = random_table(3)
    pairs = propagation_length(table, by="industry")
    one = propagation_length(
        table, regions="DEU", sectors="c2", partners="USA",
        partner_sectors="c1",
    )  # fmt: skip
    at = {"region": "DEU", "partner": "USA"}
    want = pairs.value("propagation_length", sector="c2", partner_sector="c1", **at)
    assert one.value("propagation_length", **at) == pytest.approx(want, rel=1e-12)


def test_many_columns_are_solved_in_pieces(monkeypatch):
    table = random_table(3)
    want = propagation_length(table, by="industry")["propagation_length"]
    monkeypatch.setitem(propagation_length.__globals__, "CHUNK", 5)
    got = propagation_length(table, by="industry")["propagation_length"]
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_no_chain_is_undefined_not_zero():
    table = Table.from_arrays(
        [[0, 20, 0], [0, 0, 50], [0, 0, 0]], [[0], [0], [100]], regions=["A"], sectors="abc"
    )
    got = propagation_length(table, by="industry")["propagation_length"]
    np.testing.assert_array_equal(got, [[np.nan] * 3, [1, np.nan, np.nan], [2, 1, np.nan]])


def test_an_effect_below_the_error_of_the_solution_is_no_chain():
    effect = np.array([1e-3, 1e-9, 1e-16, -1e-18, 0.0])
    good, poor = (Certificate("LU", 1, r, 1e-10) for r in (1e-17, 1e-10))
    got = ratio(2 * effect, effect, (good,))
    np.testing.assert_array_equal(got, [2, 2, np.nan, np.nan, np.nan])
    got = ratio(2 * effect, effect, (good, poor))
    np.testing.assert_array_equal(got, [2, np.nan, np.nan, np.nan, np.nan])


def test_industries_without_output_are_counted_and_undefined():
    table = random_table(3, zero_outputs=1)
    result = propagation_length(table, by="industry")
    dead = table.x <= 0
    assert np.isnan(result["propagation_length"][dead]).all()
    assert np.isnan(result["propagation_length"][:, dead]).all()
    assert any("no output in 1 industries" in w for w in result.warnings)


def test_negative_final_use_counts_by_zero_and_is_said():
    Z, Y = np.array([[10.0, 20.0], [30.0, 5.0]]), np.array([[-5.0], [65.0]])
    table = Table.from_arrays(Z, Y, regions=["A"], sectors="ab")
    result = propagation_length(table)
    assert any("1 products have negative final use" in w for w in result.warnings)
    alone = propagation_length(table, sectors="b")
    np.testing.assert_allclose(result["propagation_length"], alone["propagation_length"])


def test_guards(monkeypatch):
    table = random_table()
    with pytest.raises(OptionError, match="by='sector' is not one of"):
        propagation_length(table, by="sector")
    with pytest.raises(OptionError, match="weights='x' is not one of"):
        propagation_length(table, weights="x")
    with pytest.raises(LabelError, match="unknown sector"):
        propagation_length(table, partner_sectors="zzz")
    monkeypatch.setitem(propagation_length.__globals__, "MAX_PAIRS", 100)
    with pytest.raises(OptionError, match="would list 144 pairs, more than 100"):
        propagation_length(table, by="industry")
