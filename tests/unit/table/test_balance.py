"""Balancing: rows close, signs and zeros stay, and what cannot be closed is refused."""

import numpy as np
import pytest

from autarky.errors import BalanceError, ConvergenceError, OptionError
from autarky.table import Table
from strategies import ragged_table, random_table


def _disturbed(table, seed=0, spread=0.02):
    """The same table with every cell off by a few percent and output as it was."""
    rng = np.random.default_rng([seed, 7])
    Z = table.Z * rng.uniform(1 - spread, 1 + spread, table.Z.shape)
    Y = table.Y * rng.uniform(1 - spread, 1 + spread, table.Y.shape)
    return Table(
        Z=Z, Y=Y, x=table.x, value_added=table.x - Z.sum(axis=0), industries=table.industries,
        uses=table.uses, unit=table.unit, year=table.year, provenance=table.provenance,
    )  # fmt: skip


def _toy(Z, Y, x, **more):
    n = len(x)
    return Table.from_arrays(Z, Y, x=x, regions=["A"], sectors=[f"s{i}" for i in range(n)], **more)


@pytest.mark.parametrize("make", [random_table, ragged_table])
@pytest.mark.parametrize("negatives", [False, True])
def test_rows_add_up_and_signs_and_zeros_stay(make, negatives):
    table = _disturbed(make(1, F=2, negatives=negatives, zero_outputs=1, density=0.7))
    assert (table.Y < 0).any() == negatives
    closed = table.balance()
    np.testing.assert_array_equal(closed.x, table.x)
    rows = closed.Z.sum(axis=1) + closed.Y.sum(axis=1)
    np.testing.assert_allclose(rows, table.x, rtol=0, atol=1e-9 * table.x.max())
    np.testing.assert_array_equal(np.sign(closed.Z), np.sign(table.Z))
    np.testing.assert_array_equal(np.sign(closed.Y), np.sign(table.Y))
    np.testing.assert_array_equal(closed.value_added, closed.x - closed.Z.sum(axis=0))
    assert "row_imbalance" in table.check()
    assert len([f for f in closed.check() if "imbalance" in f.code]) == 0


def test_a_row_is_scaled_by_r_and_negatives_by_one_over_r():
    # r P − N / r = x: 8 r − 4 / r = 14 has r = 2.
    closed = _toy([[2.0]], [[6.0, -4.0]], [14.0], uses=["c", "i"]).balance()
    np.testing.assert_allclose(closed.Z, [[4.0]], rtol=1e-12)
    np.testing.assert_allclose(closed.Y, [[12.0, -2.0]], rtol=1e-12)


def test_a_row_with_output_and_negatives_shrinks_without_changing_sign():
    closed = _toy([[2.0]], [[6.0, -7.0]], [0.5], uses=["c", "i"], value_added=[1.0])
    closed = closed.balance()
    assert closed.Y[0, 1] < 0 < closed.Y[0, 0]
    assert closed.Z.sum() + closed.Y.sum() == pytest.approx(0.5, abs=1e-12)


def test_the_step_says_what_was_done():
    table = _disturbed(random_table(2, F=2))
    closed = table.balance(tolerance=1e-8)
    step = closed.provenance.steps[-1]
    assert step.verb == "balance"
    assert dict(step.parameters) == {"method": "GRAS", "columns": False, "tolerance": 1e-8}
    gap = np.abs(closed.x - closed.Z.sum(axis=1) - closed.Y.sum(axis=1)).max() / closed.x.max()
    assert step.effect["residual"] == pytest.approx(gap, abs=1e-15)
    change = max(np.abs(closed.Z - table.Z).max(), np.abs(closed.Y - table.Y).max())
    assert step.effect["largest_change"] == pytest.approx(change, rel=1e-12)
    assert step.effect["smallest_value_added"] == closed.value_added.min()
    assert step.effect["iterations"] == 1
    assert step.effect["removed_without_output"] == 0


def test_column_targets_are_met_too():
    table = _disturbed(random_table(3, F=2, negatives=True))
    targets = random_table(3, F=2, negatives=True).Z.sum(axis=0)
    closed = table.balance(column_targets=targets)
    scale = table.x.max()
    np.testing.assert_allclose(closed.Z.sum(axis=0), targets, rtol=0, atol=1e-9 * scale)
    rows = closed.Z.sum(axis=1) + closed.Y.sum(axis=1)
    np.testing.assert_allclose(rows, table.x, rtol=0, atol=1e-9 * scale)
    step = closed.provenance.steps[-1]
    assert step.parameters["columns"]
    assert step.effect["iterations"] > 1
    np.testing.assert_array_equal(np.sign(closed.Y), np.sign(table.Y))


def test_balancing_a_balanced_table_changes_nothing():
    table = random_table(4, F=3, negatives=True)
    closed = table.balance()
    np.testing.assert_allclose(closed.Z, table.Z, rtol=1e-13)
    np.testing.assert_allclose(closed.Y, table.Y, rtol=1e-13)


def test_flows_of_an_industry_without_output_are_removed_and_counted_once():
    Z = [[1.0, 2.0, 0.0], [3.0, 4.0, 0.5], [0.25, 0.0, 0.125]]
    closed = _toy(Z, [[7.0], [12.5], [-0.375]], [10.0, 20.0, 0.0]).balance()
    assert (
        closed.provenance.steps[-1].effect["removed_without_output"] == 0.5 + 0.25 + 0.125 + 0.375
    )
    assert not closed.Z[2].any()
    assert not closed.Z[:, 2].any()
    assert not closed.Y[2].any()
    np.testing.assert_allclose(closed.Z.sum(axis=1) + closed.Y.sum(axis=1), closed.x, rtol=1e-14)


def test_an_industry_that_sells_nothing_is_refused_with_all_others():
    table = _toy([[0.0] * 3, [1.0, 1, 1], [0.0] * 3], [[0.0], [2.0], [-1.0]], [5.0, 5.0, 5.0])
    with pytest.raises(BalanceError, match="no scaling of flows") as caught:
        table.balance()
    assert caught.value.problems == (
        "A:s0 makes 5 and sells nothing",
        "A:s2 makes 5 and sells nothing",
    )


def test_a_buyer_that_should_buy_and_buys_nothing_is_refused():
    table = _toy([[1.0, 0.0], [1.0, 0.0]], [[3.0], [4.0]], [5.0, 5.0])
    with pytest.raises(BalanceError, match="A:s1 should buy 2 and buys nothing"):
        table.balance(column_targets=[2.0, 2.0])


def test_a_buyer_without_output_cannot_have_a_target():
    table = _toy([[1.0, 1.0], [0.0, 0.0]], [[3.0], [0.0]], [5.0, 0.0])
    with pytest.raises(BalanceError, match="A:s1 should buy 2 and buys nothing"):
        table.balance(column_targets=[1.0, 2.0])


def test_negative_output_without_negative_sales_is_refused():
    with pytest.raises(BalanceError, match="A:s0 makes -2 and sells only positive amounts"):
        _toy([[1.0]], [[3.0]], [-2.0]).balance()


def test_negative_value_added_is_refused_and_named():
    # Doubling row s0 makes industry s1 spend 18 on inputs against an output of 10.
    table = _toy([[1.0, 9.0], [0.0, 0.0]], [[0.0], [10.0]], [20.0, 10.0])
    with pytest.raises(BalanceError, match=r"value added negative in 1 industries: A:s1 \(-8\)"):
        table.balance()


def test_value_added_that_was_negative_before_may_stay():
    table = _toy([[1.0, 11.0], [0.0, 0.0]], [[8.0], [9.0]], [20.0, 10.0])
    closed = table.balance()
    assert closed.value_added[1] == pytest.approx(-1.0)


def test_targets_that_contradict_each_other_do_not_converge():
    # All of s0 is sold to industries (10), which together are to buy 6.
    table = _toy([[5.0, 5.0], [0.0, 0.0]], [[0.0], [30.0]], [10.0, 30.0])
    with pytest.raises(ConvergenceError, match="rows and columns cannot be met together") as caught:
        table.balance(column_targets=[3.0, 3.0], max_iterations=50)
    assert caught.value.iterations == 50
    assert caught.value.residual > 0.01


@pytest.mark.parametrize(
    "targets", [[1.0], [[1.0, 1.0]], [1.0, np.nan], [1.0, np.inf], [1.0, -1.0], "ab", ["a", "b"]]
)
def test_unusable_column_targets_are_refused(targets):
    table = _toy([[1.0, 1.0], [1.0, 1.0]], [[3.0], [3.0]], [5.0, 5.0])
    with pytest.raises(OptionError, match="column_targets must be 2 finite numbers ≥ 0"):
        table.balance(column_targets=targets)


@pytest.mark.parametrize("tolerance", [0.0, -1e-9, float("nan"), float("inf")])
def test_a_tolerance_that_accepts_anything_or_nothing_is_refused(tolerance):
    with pytest.raises(OptionError, match="tolerance is"):
        _toy([[1.0]], [[3.0]], [5.0]).balance(tolerance=tolerance)


def test_too_few_iterations_are_refused():
    with pytest.raises(OptionError, match="max_iterations is 0"):
        _toy([[1.0]], [[3.0]], [5.0]).balance(max_iterations=0)


def test_a_real_year_closes(wiod2013_raw):
    raw = wiod2013_raw(2011)
    published = Table.from_arrays(
        raw["Z"], raw["Y"], x=raw["x"], regions=[f"R{i}" for i in range(41)],
        sectors=[f"c{i}" for i in range(35)], uses=[f"f{i}" for i in range(5)],
    )  # fmt: skip
    closed = published.restore_rounding().balance()
    assert [s.verb for s in closed.provenance.steps] == ["restore_rounding", "balance"]
    assert closed.provenance.steps[-1].effect["residual"] <= 1e-9
    gaps = closed.x - closed.Z.sum(axis=1) - closed.Y.sum(axis=1)
    assert np.abs(gaps).max() <= 1e-9 * closed.x.max()
    assert closed.value_added.min() >= 0
    np.testing.assert_array_equal(closed.x, published.x)
