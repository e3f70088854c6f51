"""A table as the trade equilibrium sees it: shares, treatments, and what is refused."""

import numpy as np
import pytest

from autarky import Table
from autarky.errors import OptionError, TableError
from autarky.stress.equilibrium.calibration import calibrate
from autarky.stress.equilibrium.system import Trade, evaluate, residuals
from strategies import ragged_table, random_table

TABLES = {
    "plain": random_table(1, R=4, S=3, F=2),
    "zero outputs": random_table(3, R=4, S=3, zero_outputs=2),
    "ragged": ragged_table(4, counts=(3, 2, 1, 3)),
    "negatives": random_table(2, R=3, S=4, F=3, negatives=True),
}
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def theta_of(table, value=5.0):
    return np.full(len(table.sectors), value)


def random_tariffs(table, seed=0, high=0.5):
    S, N = len(table.sectors), len(table.regions)
    tau = np.random.default_rng(seed).uniform(0, high, (S, N, N))
    tau[:, range(N), range(N)] = 0.0
    return tau


def two_by_one():
    """A sells 4 of 10 to B and buys 2 from it; A uses 3 of its own and 1 of B's as inputs."""
    return Table.from_arrays(
        np.array([[3.0, 1.0], [1.0, 2.0]]),
        np.array([[3.0, 3.0], [1.0, 4.0]]),
        regions=["A", "B"],
        sectors=["s"],
    )


def test_by_hand():
    economies = calibrate(two_by_one(), np.array([4.0]), floor=0.0)
    assert economies.spending == pytest.approx(np.array([[8.0, 10.0]]))
    assert economies.pi[0] == pytest.approx(np.array([[6 / 8, 2 / 8], [4 / 10, 6 / 10]]))
    assert economies.deficits == pytest.approx([-2.0, 2.0])
    assert economies.technology.wages == pytest.approx([10 - 4, 8 - 3])
    assert economies.technology.labour == pytest.approx(np.array([[0.6, 5 / 8]]))
    assert economies.technology.inputs[:, 0, 0] == pytest.approx([0.4, 3 / 8])
    assert economies.beta == pytest.approx(np.ones((1, 2)))
    assert economies.treatments == ()
    assert economies.floored == ()


@every_table
@pytest.mark.parametrize("mixes", ["actual", "cr2014"])
@pytest.mark.parametrize("tariffs", [False, True])
def test_shares_add_up(table, mixes, tariffs):
    tau = random_tariffs(table) if tariffs else None
    economies = calibrate(table, theta_of(table), mixes=mixes, tariffs=tau)
    tech = economies.technology
    assert economies.pi.sum(axis=2) == pytest.approx(1.0)
    assert economies.pi.min() >= 0
    assert economies.beta.sum(axis=0) == pytest.approx(1.0)
    assert tech.alpha.sum(axis=0) == pytest.approx(1.0)
    assert tech.labour + tech.inputs.sum(axis=1).T == pytest.approx(1.0)
    assert tech.labour.min() >= 0
    assert economies.deficits.sum() == pytest.approx(0.0, abs=1e-9 * economies.spending.sum())
    own = np.arange(len(table.regions))
    assert economies.pi[:, own, own][economies.spending > 0].min() >= 1e-3


@pytest.mark.parametrize("name", ["plain", "zero outputs", "ragged"])
@pytest.mark.parametrize("tariffs", [False, True])
def test_an_untreated_table_is_an_equilibrium(name, tariffs):
    """With its own deficits every condition holds at no change: the accounts close."""
    table = TABLES[name]
    tau = random_tariffs(table) if tariffs else np.zeros((len(table.sectors), 4, 4))
    # Tariffs are paid on top: value added is what is left of output after them.
    economies = calibrate(table, theta_of(table), tariffs=0.2 * tau, floor=0.0)
    assert economies.treatments == ()
    trade = Trade(economies.pi, 1 / (1 + economies.tau), economies.deficits, np.zeros(4, np.intp))
    found = residuals(economies.technology, trade, economies.start)
    assert max(found.values()) < 1e-10, found
    point = evaluate(economies.technology, trade, economies.start)
    paid = (economies.tau * economies.pi / (1 + economies.tau)).sum(axis=2) * economies.spending
    assert point.revenue == pytest.approx(paid.sum(axis=0), abs=1e-9 * point.income.max())


def test_value_added_and_final_use_are_those_of_the_table():
    table = TABLES["plain"]
    economies = calibrate(table, theta_of(table), floor=0.0)
    by_region = table.industries.sum_by_region(table.value_added)
    assert economies.technology.wages == pytest.approx(by_region)
    final = table.uses.sum_by_region(table.Y, axis=1)
    by_product = np.zeros_like(economies.beta)
    np.add.at(by_product, table.industries.sector_of, final)
    assert economies.final == pytest.approx(by_product)
    assert economies.beta == pytest.approx(by_product / by_product.sum(axis=0))


# --- treatments -----------------------------------------------------------------------------------


def test_negative_final_use_ends_and_output_follows():
    table = TABLES["negatives"]
    economies = calibrate(table, theta_of(table))
    assert "negative final uses" in economies.treatments[0]
    assert str(int((table.Y < 0).sum())) in economies.treatments[0]
    Y = np.maximum(table.Y, 0).sum(axis=1)
    A = table.Z / np.where(table.x > 0, table.x, 1.0)
    x = np.linalg.solve(np.eye(len(table.x)) - A, Y)
    wages = table.industries.sum_by_region(x * (1 - A.sum(axis=0)))
    assert economies.technology.wages == pytest.approx(wages)
    assert economies.final.sum() == pytest.approx(Y.sum())


def test_the_floor_raises_own_supply_and_scales_importers():
    table = Table.from_arrays(
        np.zeros((3, 3)),
        np.array([[0.0, 1.0, 1.0], [6.0, 5.0, 1.0], [2.0, 1.0, 5.0]]),
        regions=["A", "B", "C"],
        sectors=["s"],
    )
    economies = calibrate(table, np.array([4.0]), floor=0.01)
    assert economies.floored == (("A", "s", 0.0),)
    assert economies.pi[0, 0] == pytest.approx([0.01, 0.99 * 6 / 8, 0.99 * 2 / 8])
    assert economies.pi[0, 1] == pytest.approx([1 / 7, 5 / 7, 1 / 7])
    assert economies.pi[0, 2] == pytest.approx([1 / 7, 1 / 7, 5 / 7])
    assert "1.00%" in economies.treatments[-1]
    assert "A:s" in economies.treatments[-1]
    assert calibrate(table, np.array([4.0]), floor=0.0).floored == ()


def test_a_product_nobody_buys_comes_from_home_and_needs_no_floor():
    table = TABLES["zero outputs"]
    economies = calibrate(table, theta_of(table), floor=0.1)
    unused = np.argwhere(economies.spending <= 0)
    for j, n in unused:
        assert economies.pi[j, n, n] == 1.0
    named = {(r, s) for r, s, _ in economies.floored}
    for j, n in unused:
        assert (table.regions[n], table.sectors[j]) not in named


def test_inputs_beyond_output_are_scaled_and_named():
    table = Table.from_arrays(
        np.array([[3.0, 9.0], [1.0, 2.0]]),
        np.array([[3.0, 3.0], [1.0, 4.0]]),
        regions=["A", "B"],
        sectors=["s"],
    )
    economies = calibrate(table, np.array([4.0]))
    assert economies.technology.labour[0] == pytest.approx([1 - 4 / 18, 0.0])
    assert economies.technology.inputs[1, 0, 0] == pytest.approx(1.0)
    assert any("B:s" in one and "negative value added" in one for one in economies.treatments)


def test_cr2014_mixes_are_those_of_total_expenditure():
    table = TABLES["plain"]
    actual = calibrate(table, theta_of(table))
    mixed = calibrate(table, theta_of(table), mixes="cr2014")
    e = mixed.spending / mixed.spending.sum(axis=0)
    assert mixed.technology.alpha == pytest.approx(e)
    assert mixed.technology.labour == pytest.approx(actual.technology.labour)
    for n in range(4):
        for j in range(3):
            assert mixed.technology.inputs[n, :, j] == pytest.approx(
                (1 - actual.technology.labour[j, n]) * e[:, n]
            )
    assert mixed.beta == pytest.approx(actual.beta)
    assert "total expenditure" in mixed.treatments[-1]


def test_other_elasticities_leave_the_rest():
    economies = calibrate(TABLES["plain"], theta_of(TABLES["plain"]))
    other = economies.with_theta(np.array([1.0, 2.0, 3.0]))
    assert other.technology.theta.tolist() == [1.0, 2.0, 3.0]
    assert other.pi is economies.pi
    assert other.technology.inputs is economies.technology.inputs


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"floor": -0.1}, "floor"),
        ({"floor": 0.5}, "floor"),
        ({"floor": float("nan")}, "floor"),
        ({"mixes": "own"}, "mixes"),
        ({"tariffs": np.zeros((3, 4))}, "tariffs"),
        ({"tariffs": np.ones((3, 4, 4))}, "rates"),
        ({"tariffs": np.full((3, 4, 4), -1.0)}, "above -1"),
        ({"tariffs": np.full((3, 4, 4), np.nan)}, "finite"),
        ({"theta": np.ones(2)}, "one per sector"),
        ({"theta": np.array([1.0, 0.0, 2.0])}, "above 0"),
        ({"theta": np.array([1.0, np.inf, 2.0])}, "finite"),
    ],
)
def test_options_out_of_range(options, words):
    options = {"theta": np.ones(3)} | options
    with pytest.raises(OptionError, match=words):
        calibrate(TABLES["plain"], **options)


def test_a_region_that_uses_nothing_is_named():
    table = two_by_one()
    Y = table.Y.copy()
    Y[:, 1] = 0.0
    with pytest.raises(TableError, match="B has no final use"):
        calibrate(Table.from_arrays(table.Z, Y, regions=["A", "B"], sectors=["s"]), np.array([4.0]))
