"""The first test of a plan: without policy, the model gives the table back, at prices of 1."""

import dataclasses

import numpy as np
import pytest

import autarky
from autarky.lp import Solver
from autarky.plan import calibrate
from autarky.plan.pathway import Limits, guard
from autarky.plan.pathway.program import Setting, program
from autarky.sources import wiod2013

MOST = 1e-9


def still(base, *, horizon=17, limits=None, theta=4.0):
    """A setting without any goal."""
    size = len(base.sectors)
    return Setting(
        base=base,
        limits=limits or Limits(lead=base.lead),
        theta=np.full(size, theta),
        targets=(),
        horizon=horizon,
        lost=np.zeros(size),
        raw=np.array([1]),
        plants={},
    )


@pytest.fixture(scope="module")
def wiod(shared):
    return wiod2013.read(shared / "wiod2013", 2011).restore_rounding()


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


def test_the_closed_form_holds_in_every_economy_of_wiod(wiod):
    """Point and prices in every row, for 40 of 40: the point is optimal by duality."""
    failing = {}
    for region in wiod.regions:
        if region == "ROW":
            continue
        setting = still(calibrate(wiod, region))
        found = guard.replicate(setting)
        if max(found.residuals.values()) > MOST:
            failing[region] = found.residuals
        assert found.value == pytest.approx(guard.value(setting), rel=1e-13)
    assert failing == {}


@pytest.mark.slow
def test_the_solved_objective_is_the_closed_form_in_every_economy_of_wiod(wiod):
    failing = {}
    for region in wiod.regions:
        if region == "ROW":
            continue
        setting = still(calibrate(wiod, region), horizon=6)
        solved = Solver(program(setting)).solve(method="ipm").value
        gap = abs(solved / guard.value(setting) - 1)
        if gap > MOST:
            failing[region] = gap
    assert failing == {}


@pytest.mark.parametrize("region", ["DEU", "CHN", "USA", "JPN", "RUS"])
def test_the_solved_objective_is_the_closed_form(world, region):
    setting = still(calibrate(world, region))
    for method in ("ipm", "simplex"):
        solved = Solver(program(setting)).solve(method=method)
        assert solved.value == pytest.approx(guard.value(setting), rel=MOST)


@pytest.mark.parametrize("lead", [1, 2, 3])
@pytest.mark.parametrize("growth", [0.0, 0.03])
def test_it_holds_for_every_lead_and_growth(world, lead, growth):
    base = calibrate(world, "DEU", lead=lead, growth=growth)
    assert guard.replicate(still(base)).holds


def test_every_price_of_no_policy_is_one_where_it_is_unique(world):
    """Solved prices are degenerate: goods stay within the slopes beside 1."""
    base = calibrate(world, "DEU")
    best = Solver(program(still(base, horizon=8))).solve(method="ipm")
    b = still(base, horizon=8).weights
    consumption = -best.price("consumption") / b
    assert consumption == pytest.approx(1, abs=0.02)


def test_the_guard_fires_when_value_added_is_not_what_is_paid(world):
    """Labour that is 1 % too dear: the prices are no longer those of a steady state."""
    base = calibrate(world, "DEU")
    found = guard.replicate(still(dataclasses.replace(base, wage=1.01 * base.wage)))
    assert not found.holds
    assert found.residuals["rows"] > 1e-4


def test_the_guard_fires_when_investment_does_not_fit_capital(world):
    base = calibrate(world, "DEU")
    found = guard.replicate(still(dataclasses.replace(base, investment=0.99 * base.investment)))
    assert not found.holds


def test_the_guard_fires_when_growth_is_left_out(world):
    base = calibrate(world, "CHN")
    found = guard.replicate(still(dataclasses.replace(base, growth=0.0)))
    assert not found.holds


def test_a_plan_warns_where_it_does_not_start_from_the_table(world):
    from autarky.plan import Goal, Pathway

    goal = Goal(region="DEU", domain="electronics", share=0.4, by=1)
    base = calibrate(world, "DEU")
    off = dataclasses.replace(base, labour=1.01 * base.labour)
    prepared = Pathway(band=None).prepare(world, goal, base=off)
    plan = prepared.plan()
    assert any("does not give the table back" in warning for warning in plan.warnings)
    assert max(v for k, v in plan.residuals.items() if k.startswith("no policy")) > MOST
