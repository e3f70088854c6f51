"""Inoperability: the literature's examples, the algebra it stands for, and what is refused."""

import numpy as np
import pytest

from autarky import Table
from autarky.errors import (
    ConvergenceError,
    NotProductiveError,
    OptionError,
    ShockError,
    UnsupportedShockError,
)
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
    Tariff,
    TradeCost,
    Transfer,
)
from autarky.stress import StressModel
from autarky.stress.inoperability import Inoperability, inoperability, recovery_path
from strategies import ragged_table, random_table

TABLES = {
    "plain": random_table(1, R=4, S=3),
    "negatives": random_table(2, R=3, S=4, F=3, negatives=True),
    "zero outputs": random_table(3, R=4, S=3, zero_outputs=2),
    "ragged": ragged_table(4, counts=(3, 3, 2, 3)),
}
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


# --- Haimes & Jiang (2001) -----------------------------------------------------------------------


def test_two_subsystems():
    q = inoperability([[0, 0.8], [0.2, 0]], [0, 0.6])
    assert q == pytest.approx([0.571, 0.714], abs=5e-4)


def test_four_subsystems_of_which_two_fail_altogether():
    """Power, transport, hospital, grocery: what the last two would lose beyond all is cut at 1."""
    A = [[0, 0.9, 0, 0], [0.4, 0, 0, 0], [1, 0.8, 0, 0], [1, 0.9, 0, 0]]
    q = inoperability(A, [0, 0.5, 0, 0])
    assert q == pytest.approx([0.70, 0.78, 1, 1], abs=5e-3)
    assert np.array_equal(q[2:], [1, 1])


# --- the kernel ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(30))
def test_the_answer_is_the_limit_of_the_rounds_of_losses(seed):
    """By another road: start with nothing lost and repeat q = min(1, A*q + c*)."""
    rng = np.random.default_rng(seed)
    n = 6
    A = rng.random((n, n)) * (rng.random((n, n)) < 0.5)
    A *= 0.9 / np.abs(np.linalg.eigvals(A)).max()
    c = rng.random(n) * rng.choice([0.02, 0.3, 0.9])
    q = np.zeros(n)
    for _ in range(3000):
        q = np.minimum(1, A @ q + c)
    assert inoperability(A, c) == pytest.approx(q, abs=1e-9)


def test_some_of_those_are_cut_at_one_and_some_are_not():
    A = 0.9 * np.ones((2, 2)) / 2
    assert inoperability(A, [0.01, 0.02]) == pytest.approx(
        np.linalg.solve(np.eye(2) - A, [0.01, 0.02])
    )
    assert inoperability(A, [0.9, 0.0]) == pytest.approx([1.0, 0.45 / 0.55])


def test_gains_are_losses_with_the_other_sign():
    A = [[0.1, 0.3], [0.2, 0.2]]
    assert inoperability(A, [-0.2, -0.1]) == pytest.approx(-inoperability(A, [0.2, 0.1]))


def test_losses_that_feed_on_themselves_are_refused():
    with pytest.raises(NotProductiveError, match="feed on themselves"):
        inoperability([[0.0, 2.0], [1.0, 0.0]], [0.1, 0.0])
    with pytest.raises(NotProductiveError):
        inoperability([[1.0]], [0.1])


def test_arrays_are_checked():
    with pytest.raises(OptionError, match="negative"):
        inoperability([[-0.1]], [0.1])
    with pytest.raises(OptionError, match="shape"):
        inoperability([[0.1, 0.2]], [0.1])


def test_an_inexact_answer_is_refused(monkeypatch):
    from autarky.stress import inoperability as module

    monkeypatch.setattr(module, "_residual", lambda A, c, q: 1e-3)
    with pytest.raises(ConvergenceError, match="inexact"):
        inoperability([[0.1]], [0.1])


def test_the_path_goes_to_the_static_answer_and_back():
    A, c = np.array([[0, 0.8], [0.2, 0]]), np.array([0, 0.6])
    K = np.array([0.3, 0.1])
    there = recovery_path(A, np.tile(c, (400, 1)), K)
    assert there[-1] == pytest.approx(inoperability(A, c), abs=1e-9)
    assert np.all(np.diff(there, axis=0) >= 0)
    back = recovery_path(A, np.vstack([np.tile(c, (400, 1)), np.zeros((400, 2))]), K)
    assert np.abs(back[-1]).max() < 1e-9
    assert np.all(np.diff(back[400:], axis=0) <= 1e-15)


def test_a_lone_industry_closes_its_gap_at_the_rate_of_its_resilience():
    q = recovery_path([[0.0]], np.full((45, 1), 0.5), [0.05])
    assert q[45, 0] == pytest.approx(0.5 * (1 - 0.95**45))
    assert q[45, 0] / 0.5 == pytest.approx(0.90, abs=0.002)


# --- on tables -----------------------------------------------------------------------------------


@every_table
def test_a_shift_of_demand_is_leontief_s_answer(table):
    """q x is the output that the lost final use called for."""
    shift = DemandShift(regions="FRA", sectors="c1", change=-0.3)
    impact = Inoperability().run(table, Scenario("s", [shift]))
    fall = np.zeros(table.n)
    rows = table.industries.sector_of == table.sectors.position("c1")
    r = table.regions.position("FRA")
    fall[rows] = 0.3 * table.Y_by_region[rows, r]
    expected = table.L.solve(fall).values
    assert impact["inoperable_output"] == pytest.approx(expected, abs=1e-9 * table.x.max())
    live = table.x > 0
    assert impact["output"][live] == pytest.approx(-100 * expected[live] / table.x[live], abs=1e-9)
    assert np.isnan(impact["output"][~live]).all()


@every_table
def test_no_shock_no_loss(table):
    for shock in (CapacityLoss(regions="*", share=0.0), DemandShift(regions="*", change=0.0)):
        for mode in ("static", "dynamic"):
            impact = Inoperability(mode=mode).run(table, Scenario("s", [shock]))
            assert np.array_equal(impact["inoperability"], np.zeros_like(impact["inoperability"]))


@every_table
def test_more_is_lost_with_the_share_and_never_more_than_all(table):
    shares = (0.0, 0.1, 0.5, 1.0)
    runs = [
        Inoperability().run(
            table, Scenario("s", [CapacityLoss(regions="FRA", sectors="c1", share=s)])
        )
        for s in shares
    ]
    q = np.array([run["inoperability"] for run in runs])
    assert np.all(np.diff(q, axis=0) >= -1e-12)
    assert q.max() <= 1.0
    assert q[-1].max() == 1.0
    for run in runs:
        assert np.all(run["inoperability"] >= run["direct_inoperability"] - 1e-12)
        assert max(run.residuals.values()) <= 1e-9


def test_two_losses_at_one_place_multiply():
    shocks = [CapacityLoss(regions="FRA", share=0.5), CapacityLoss(regions="FRA", share=0.2)]
    impact = Inoperability().run(TABLES["plain"], Scenario("s", shocks))
    direct = impact["direct_inoperability"]
    assert direct[3:6] == pytest.approx(np.full(3, 0.6))
    assert impact.warnings


def test_a_path_by_day():
    table = TABLES["negatives"]
    shock = CapacityLoss(regions="DEU", sectors="c2", share=0.4, start=5, duration=20, recovery=10)
    model = Inoperability(mode="dynamic", resilience={"c2": 0.5})
    impact = model.run(table, Scenario("s", [shock], horizon=120))
    q = impact["inoperability"]
    assert q.shape == (121, table.n)
    assert not q[:6].any()
    at = table.industries.locate(["DEU"], ["c2"])[0]
    assert q[6, at] == pytest.approx(0.5 * 0.4)
    other = table.industries.locate(["DEU"], ["c1"])[0]
    A = table.Z[other, at] / table.x[other]
    assert q[7, other] == pytest.approx(0.05 * A * q[6, at])
    assert impact["cumulative_inoperability"] == pytest.approx(q[:-1].sum(axis=0))
    frame = impact.tidy()
    assert set(frame[frame.variable == "inoperability"].day) == {str(t) for t in range(121)}
    assert impact["inoperable_output"] == pytest.approx(q[:-1].mean(axis=0) * table.x)
    assert not frame[["region", "sector", "variable", "day"]].duplicated().any()


def test_the_long_path_ends_at_the_static_answer():
    table = TABLES["plain"]
    scenario = Scenario("s", [CapacityLoss(regions="FRA", sectors="c1", share=0.3)], horizon=3000)
    end = Inoperability(mode="dynamic").run(table, scenario)["inoperability"][-1]
    rest = Inoperability().run(table, scenario)["inoperability"]
    assert end == pytest.approx(rest, abs=1e-9)


def test_the_static_model_says_that_it_ignores_time():
    shock = CapacityLoss(regions="DEU", share=0.4, start=5)
    impact = Inoperability().run(TABLES["plain"], Scenario("s", [shock]))
    assert any("timing is ignored" in one for one in impact.warnings)


def test_it_is_a_stress_model():
    for model in (Inoperability(), Inoperability(mode="dynamic")):
        assert isinstance(model, StressModel)
        assert model.assumptions


@pytest.mark.parametrize(
    ("shock", "words"),
    [
        (Embargo(exporters="FRA", importers="DEU"), "inventory, rationing and equilibrium"),
        (Isolation(region="FRA"), "inventory, rationing and equilibrium"),
        (StockRelease(regions="FRA", days=3), "inventory and rationing"),
        (CapitalLoss(regions="FRA", share=0.3), "inventory and rationing"),
        (TradeCost(exporters="FRA", importers="DEU", factor=1.2), "equilibrium"),
        (Tariff(importers="DEU", rate=0.1), "equilibrium"),
        (Transfer(payers="DEU", receivers="FRA", amount=0.1), "equilibrium"),
    ],
)
def test_what_it_cannot_express_is_refused_with_models_that_can(shock, words):
    with pytest.raises(UnsupportedShockError, match=words):
        Inoperability().run(TABLES["plain"], Scenario("s", [shock]))


def test_an_unproductive_table_is_refused():
    table = Table.from_arrays(
        [[0, 150], [150, 0]], [[-50], [-50]], regions=["DEU"], sectors=["a", "b"]
    )
    with pytest.raises(NotProductiveError):
        Inoperability().run(table, Scenario("s", [CapacityLoss(regions="DEU", share=0.1)]))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": "daily"}, "mode"),
        ({"resilience": 0}, "resilience"),
        ({"resilience": {"c1": 1.5}}, "resilience"),
        ({"horizon": 0}, "horizon"),
    ],
)
def test_options_out_of_range_are_refused(options, words):
    with pytest.raises(OptionError, match=words):
        Inoperability(**options)


def test_unknown_sectors_and_contradictions_are_refused():
    model = Inoperability(mode="dynamic", resilience={"c9": 0.1})
    shock = CapacityLoss(regions="DEU", share=0.1)
    with pytest.raises(KeyError, match="c9"):
        model.run(TABLES["plain"], Scenario("s", [shock]))
    with pytest.raises(ShockError):
        model.run(TABLES["plain"], Scenario("s", [shock, shock]))
