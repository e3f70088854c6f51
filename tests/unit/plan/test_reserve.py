"""A reserve of one product: the linear program against the iteration of values, and by hand."""

import importlib

import numpy as np
import pytest

import autarky
from autarky import plan
from autarky.errors import ConvergenceError, InfeasibleError, LabelError, OptionError
from autarky.plan.home import home_of
from autarky.plan.reserve import even_chance, markov_policy, reserve_costs, shortage_loss

#: The module; `autarky.plan.reserve` is the function.
room = importlib.import_module("autarky.plan.reserve")


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


def iterate(cost, allowed, chances, discount, rounds=4000):
    """Values by repeating Bellman's equation."""
    V = np.zeros(cost.shape[:2])
    for _ in range(rounds):
        ahead = discount * np.einsum("ij,sj->is", chances, V)
        V = np.where(allowed, cost + ahead[None], np.inf).min(axis=2)
    return V


@pytest.mark.parametrize("seed", range(8))
def test_the_program_finds_what_iteration_finds(seed):
    rng = np.random.default_rng(seed)
    S, I = 5, 3  # noqa: E741
    cost = rng.normal(size=(S, I, S))
    allowed = rng.random((S, I, S)) < 0.7
    allowed[:, :, 0] = True
    chances = rng.random((I, I))
    chances /= chances.sum(axis=1, keepdims=True)
    starts = rng.random((S, I)) + 0.1
    policy = markov_policy(cost, allowed, chances, 0.9, starts)
    V = iterate(cost, allowed, chances, 0.9)
    np.testing.assert_allclose(policy.values, V, rtol=1e-9, atol=1e-9)
    # Strong duality: the program's cost is the value of the starts.
    assert policy.objective == pytest.approx((starts * V).sum(), rel=1e-7)


def test_a_policy_that_can_be_bettered_is_refused(monkeypatch):
    cost = np.zeros((2, 1, 2))
    cost[:, :, 1] = 1.0
    allowed = np.ones_like(cost, dtype=bool)
    # A solver that answers with the dearer move.
    monkeypatch.setattr(room, "_program", lambda *_: (0.0, np.array([0.0, 1.0, 0.0, 1.0])))
    with pytest.raises(ConvergenceError, match="can be bettered"):
        room.markov_policy(cost, allowed, np.ones((1, 1)), 0.9, np.ones((2, 1)))


def test_a_program_without_answer_is_refused():
    # From the second stock there is no move at all.
    moves = np.array([[0, 0, 0]])
    with pytest.raises(InfeasibleError, match="the reserve at once"):
        room._program(np.zeros(1), moves, np.ones((1, 1)), 0.9, np.ones((2, 1)))


def test_shortage_is_a_triangle():
    # Half of use missing at elasticity 0.5: the price rises to 2, the triangle is 0.5 · 50 · 1.
    assert shortage_loss(np.array(50.0), 100.0, 0.5) == pytest.approx(25.0)


def test_costs_of_a_period_by_hand():
    cost = reserve_costs(np.array([0.0, 10.0]), np.array([0.0, 10.0]), 100.0, 0.1, 0.01)
    assert cost[0, 0, 1] == pytest.approx(10.0 + 0.1)  # bought and held
    assert cost[0, 1, 0] == pytest.approx(100 / 20)  # nothing there when 10 are missing
    assert cost[1, 1, 0] == pytest.approx(-10.0)  # drawn: nothing is missing, and it has its price
    assert cost[1, 1, 1] == pytest.approx(100 / 20 + 0.1)  # held back


# --- the plan -------------------------------------------------------------------------------------


def test_a_reserve_pays_only_above_the_even_chance(world):
    base = plan.reserve(world, "KOR", "energy")
    even = base.value("even_chance", sector="energy")
    fine = {"step": 1.0, "most": 40.0, "period": 0.25}
    assert plan.reserve(world, "KOR", "energy", chance=0.97 * even, **fine).value(
        "reserve_days", sector="energy"
    ) == 0.0  # fmt: skip
    assert plan.reserve(world, "KOR", "energy", chance=1.1 * even, **fine).value(
        "reserve_days", sector="energy"
    ) > 0.0  # fmt: skip


def test_the_reserve_grows_with_the_danger(world):
    days = [
        plan.reserve(world, "KOR", "energy", chance=c).value("reserve_days", sector="energy")
        for c in (0.02, 0.05, 0.1, 0.2)
    ]
    assert days == sorted(days)
    longer = plan.reserve(world, "KOR", "energy", duration=24.0)
    assert longer.value("reserve_days", sector="energy") > days[1]


def test_worth_is_what_it_saves_and_never_negative(world):
    for region, sector in (("DEU", "energy"), ("USA", "textiles"), ("KOR", "energy")):
        result = plan.reserve(world, region, sector)
        worth = result.value("reserve_worth", sector=sector)
        assert worth >= -1e-9 * result.value("cut_loss", sector=sector)
        expected = result.parameters["chance"] * result.parameters["duration"] / 12
        assert worth <= expected * result.value("cut_loss", sector=sector)


def test_nothing_is_bought_in_a_cut_and_the_target_is_kept(world):
    result = plan.reserve(world, "KOR", "energy")
    moves = result["reserve_move"][0]  # stock, state
    assert (moves[:, 1] <= 1e-9).all()
    days = [float(d) for d in result.fields[-1].dimensions[1].columns["stock_days"]]
    target = days.index(result.value("reserve_days", sector="energy"))
    assert moves[target, 0] == 0.0
    assert moves[0, 0] == pytest.approx(result.value("reserve_target", sector="energy"))
    assert moves[target, 1] < 0.0


def test_only_what_the_partners_deliver_is_at_stake(world):
    result = plan.reserve(world, "DEU", "energy", partners=["RUS"], most=60.0)
    r, d = world.regions.position("RUS"), world.regions.position("DEU")
    e = world.sectors.position("energy")
    row = r * len(world.sectors) + e
    bought = world.Z[row, world.industries.region_of == d].sum()
    bought += np.maximum(world.Y[row, world.uses.region_of == d], 0).sum()
    loss = result.value("cut_loss", sector="energy")
    assert loss == pytest.approx(bought**2 / (0.2 * home_of(world, "DEU").use[e]))


def test_the_even_chance_by_hand():
    # 11 % a year to hold; a loss of all use at elasticity 0.1 adds ten prices: 1.1 %.
    assert even_chance(1.0, 1.0, 0.1, 0.06, 0.05) == pytest.approx(0.011)


def test_a_target_at_the_edge_is_said(world):
    result = plan.reserve(world, "KOR", "energy", chance=0.3, most=15.0)
    assert any("raise most=" in one for one in result.warnings)


# --- guards ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"cut": 0.0}, "cut is"),
        ({"cut": 1.1}, "cut is"),
        ({"chance": 0.0}, "chance is"),
        ({"duration": 0.0}, "duration is"),
        ({"elasticity": -0.1}, "without its sign"),
        ({"holding": -1.0}, "holding is"),
        ({"interest": 0.0}, "interest is"),
        ({"period": 7.0}, "longer than a cut lasts"),
        ({"step": 1.0}, "at most 120"),
        ({"most": float("inf")}, "most is"),
        ({"partners": ["DEU", "RUS"]}, "among its own partners"),
    ],
)
def test_options_are_checked(world, option, words):
    with pytest.raises(OptionError, match=words):
        plan.reserve(world, "DEU", "energy", **option)


def test_labels_are_checked(world):
    with pytest.raises(LabelError, match="energy"):
        plan.reserve(world, "DEU", "energi")
    with pytest.raises(LabelError, match="RUS"):
        plan.reserve(world, "DEU", "energy", partners="RSU")


def test_what_nobody_delivers_needs_no_reserve():
    table = autarky.Table.from_arrays(
        [[0, 0], [0, 0]], [[50, 0], [0, 50]], regions=["A", "B"], sectors=["s"]
    )
    with pytest.raises(OptionError, match="nothing to hold a reserve against"):
        plan.reserve(table, "A", "s")
