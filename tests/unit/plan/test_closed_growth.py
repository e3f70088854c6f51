"""The closed economy: against hand calculation, a linear program, and the accounts."""

import numpy as np
import pytest
from scipy.optimize import linprog

import autarky
from autarky import plan
from autarky.errors import ConvergenceError, LabelError, NotProductiveError, OptionError
from autarky.plan.closed_growth import (
    alone_output,
    balanced_growth,
    growth_with_capital,
    needed,
    used_up,
)
from autarky.plan.home import home_of
from autarky.table import Table

KINDS = {"uses": ["c", "i"], "use_kinds": ["household", "investment"]}


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


def can_grow(M, alpha):
    """Whether some output x ≥ 0, of everything, has x ≥ α M x: a linear program."""
    n = len(M)
    answer = linprog(np.zeros(n), A_ub=alpha * M - np.eye(n), b_ub=np.zeros(n), bounds=(1, None))
    return answer.status == 0


# --- von Neumann ----------------------------------------------------------------------------------


def test_two_products_by_hand():
    # λ² − 0.3 λ − 0.1 = 0 has the roots 0.5 and −0.2: everything can double.
    M = np.array([[0.2, 0.3], [0.4, 0.1]])
    grown = balanced_growth(M)
    assert grown.radius == pytest.approx(0.5)
    np.testing.assert_allclose(grown.mix, [0.5, 0.5])
    np.testing.assert_allclose(grown.prices, [8 / 7, 6 / 7])


@pytest.mark.parametrize("seed", range(10))
def test_growth_is_the_largest_at_which_a_linear_program_finds_an_output(seed):
    rng = np.random.default_rng(seed)
    M = rng.random((5, 5)) * 0.3
    alpha = 1.0 / balanced_growth(M).radius
    assert can_grow(M, alpha * (1 - 1e-6))
    assert not can_grow(M, alpha * (1 + 1e-6))


def test_growth_and_interest_are_equal():
    """Von Neumann's theorem: no process earns more than the rate of growth, all used earn it."""
    M = np.random.default_rng(1).random((6, 6)) * 0.2
    grown = balanced_growth(M)
    np.testing.assert_allclose(grown.prices / (grown.prices @ M), 1 / grown.radius)


@pytest.mark.parametrize(
    "M",
    [[[0.5, -0.4], [0.0, 0.6]], [[0.5, 0.2], [0.0, 0.5]]],
    ids=["negative", "parts that do not need each other"],
)
def test_no_common_growth_is_refused(M):
    with pytest.raises(ConvergenceError, match="no exact answer"):
        balanced_growth(np.array(M))


@pytest.mark.parametrize("seed", range(5))
def test_growth_with_capital_keeps_all_balances(seed):
    rng = np.random.default_rng(seed)
    M, beta = rng.random((4, 4)) * 0.15, rng.random(4)
    beta /= beta.sum()
    kappa, delta = 1 + rng.random(4), 0.02 + 0.1 * rng.random(4)
    g = growth_with_capital(M, beta, kappa, delta)
    x = np.linalg.solve(np.eye(4) - M, beta)
    invested = beta * float((kappa * (delta + g)) @ x)
    np.testing.assert_allclose(x, M @ x + invested)
    # A year later capital has grown by g, and so can output.
    k = kappa * x
    np.testing.assert_allclose((1 - delta) * k + kappa * (delta + g) * x, (1 + g) * k)


# --- the plan -------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["DEU", "KOR", "USA"])
def test_eating_all_that_is_earned_leaves_no_growth(world, region):
    """In today's prices value added is all there is to eat: ρ is then 1 exactly."""
    home = home_of(world, region)
    earned = (1 - home.techniques.sum(axis=0)) @ home.output
    columns = world.uses.of_kind("household", "npish", "government")
    ours = [k for k in columns if world.uses.region_of[k] == world.regions.position(region)]
    eaten = world.Y[:, ours].sum()
    result = plan.closed_growth(world, region, level=earned / eaten)
    assert result.value("growth_limit", region=region) == pytest.approx(0.0, abs=1e-6)
    more = plan.closed_growth(world, region, level=1.1 * earned / eaten)
    assert more.value("stands_alone", region=region) == 0.0


def test_a_poorer_basket_grows_faster(world):
    rates = [
        plan.closed_growth(world, "DEU", level=level).value("growth_limit", region="DEU")
        for level in (1.0, 0.9, 0.8)
    ]
    assert rates == sorted(rates)
    alone = plan.closed_growth(world, "DEU", basket="households")
    assert alone.value("growth_limit", region="DEU") > rates[0]


def test_growth_with_capital_is_far_below_the_limit(world):
    result = plan.closed_growth(world, "DEU")
    grown = result.value("growth_with_capital", region="DEU")
    assert 0 < grown < result.value("growth_limit", region="DEU")
    poorer = plan.closed_growth(world, "DEU", level=0.9)
    assert poorer.value("growth_with_capital", region="DEU") > grown


def test_without_investment_in_the_table_growth_with_capital_is_unknown():
    result = plan.closed_growth(
        without(1.0, {"uses": ["c", "d"], "use_kinds": ["household", "final"]}), "A"
    )
    assert np.isnan(result.value("growth_with_capital", region="A"))
    assert any(one.startswith("no growth with capital") for one in result.warnings)


def test_output_alone_serves_present_final_use(world):
    home = home_of(world, "KOR")
    result = plan.closed_growth(world, "KOR")
    x = result["alone_output"]
    np.testing.assert_allclose(x - home.techniques @ x, home.final_use, rtol=1e-9)
    np.testing.assert_allclose(result["alone_scale"], x / home.output)
    assert result.value("alone_scale", sector="energy") > 2


def test_used_up_holds_inputs_and_the_basket():
    M = used_up(np.array([[0.5]]), np.array([0.5]), np.array([0.4]))
    assert M[0, 0] == pytest.approx(0.7)


def test_what_is_needed_follows_chains():
    A = np.array([[0.0, 0.2, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    live = np.array([True, True, True])
    assert needed(A, np.array([0.0, 1.0, 0.0]), live).tolist() == [True, True, False]


def without(made, kinds=KINDS):
    """A makes s with t; t is made at home only if asked. B makes both."""
    Z = np.zeros((4, 4))
    Z[3, 0] = 10.0  # t from B into s of A
    Z[3, 3] = 20.0
    Z[2, 3] = 5.0
    Y = np.zeros((4, 4))
    Y[0] = [60, 20, 10, 10]
    Y[1] = [made, 0, 0, 0]
    Y[2] = [0, 0, 60, 20]
    Y[3] = [20, 0, 30, 10]
    return Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s", "t"], **kinds)


def test_a_missing_technique_is_named_and_stands_in_the_way():
    result = plan.closed_growth(without(0.0), "A")
    assert result.value("stands_alone", region="A") == 0.0
    assert result.value("technique_known", sector="t") == 0.0
    assert np.isnan(result.value("growth_limit", region="A"))
    assert any("does not make t" in one and "borrow=" in one for one in result.warnings)


def test_a_trifle_without_technique_is_done_without_and_named():
    table = without(0.0)
    Z, Y = table.Z.copy(), table.Y.copy()
    Z[3, 0], Y[3, 0] = 0.02, 0.01
    result = plan.closed_growth(
        Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s", "t"], **KINDS), "A"
    )
    assert result.value("stands_alone", region="A") == 1.0
    assert np.isnan(result.value("alone_scale", sector="t"))
    assert result.value("alone_output", sector="s") == pytest.approx(80.0)
    assert any("t: not made in A, and less than 0.1%" in one for one in result.warnings)


@pytest.mark.parametrize("lender", ["B", "world"])
def test_a_technique_can_be_borrowed(lender):
    result = plan.closed_growth(without(0.0), "A", borrow=lender)
    assert result.value("stands_alone", region="A") == 1.0
    assert result.value("alone_scale", sector="t") == np.inf
    assert f"techniques borrowed from {lender}: t" in result.warnings
    # t in B takes 20 of t and 5 of s for 90; s in A takes 10 of t for 100.
    A = np.array([[0.0, 5 / 90], [0.1, 20 / 90]])
    x = alone_output(A, np.array([80.0, 20.0]))
    np.testing.assert_allclose(result["alone_output"], x)


def test_a_niche_is_named():
    result = plan.closed_growth(without(1.0), "A")
    assert any("t: less than 10% of use is made in A" in one for one in result.warnings)


# --- guards ---------------------------------------------------------------------------------------


def test_options_are_checked(world):
    with pytest.raises(OptionError, match="'consumption', 'households'"):
        plan.closed_growth(world, "DEU", basket="bread")
    with pytest.raises(OptionError, match="above 0"):
        plan.closed_growth(world, "DEU", level=0.0)
    with pytest.raises(OptionError, match="is the economy itself"):
        plan.closed_growth(world, "DEU", borrow="DEU")
    with pytest.raises(LabelError, match="DEU"):
        plan.closed_growth(world, "GER")
    with pytest.raises(LabelError, match="FRA"):
        plan.closed_growth(world, "DEU", borrow="FRN")


def test_consumption_must_be_told_from_investment():
    table = without(1.0, {"uses": ["c", "i"]})
    with pytest.raises(OptionError, match="does not tell consumption"):
        plan.closed_growth(table, "A")


def test_techniques_that_use_up_more_than_they_make_are_refused():
    table = Table.from_arrays(
        [[150, 0], [0, 10]],
        [[-40, 0, 0, -10], [0, 0, 40, 50]],
        x=[100, 100],
        value_added=[-50, 90],
        regions=["A", "B"],
        sectors=["s"],
        **KINDS,
    )
    with pytest.raises((NotProductiveError, OptionError)):
        plan.closed_growth(table, "A")
