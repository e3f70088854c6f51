"""Ways in which a planning program fools its reader, each with the guard that stops it."""

import dataclasses

import numpy as np
import pytest

import autarky
from autarky import Table
from autarky.lp import Solver
from autarky.plan import Goal, Limits, Pathway, calibrate
from autarky.plan.pathway import guard, parameters
from autarky.plan.pathway import program as program_module
from small_economies import three


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


@pytest.fixture(scope="module")
def germany(world):
    return calibrate(world, "DEU")


def solved(table, goal, *, base=None, **limits):
    model = Pathway(band=None, limits=Limits(**limits))
    return model.prepare(table, goal, base=base).solved()


ELECTRONICS = Goal(region="DEU", sectors=["chemicals", "electronics"], share=0.8, by=4)


def test_goals_are_not_met_by_diverting_exports(world, germany):
    """Without a floor the sectors with a goal stop exporting: the world pays for the share."""
    sectors = world.sectors.locate(["chemicals", "electronics"])
    kept = {}
    for floor in (0.0, 0.9):
        one = solved(world, ELECTRONICS, base=germany, export_floor=floor)
        cut = one.best["cut"][4, sectors].sum(axis=1)
        kept[floor] = 1 - cut / germany.exports[sectors]
    assert kept[0.0].min() < 0.6
    assert kept[0.9] == pytest.approx(0.9)


def test_sectors_without_output_are_not_free():
    """No workers, no capital, no inputs: whatever they made would cost nothing."""
    table = three(zero=True)
    goal = Goal(region="A", sectors="parts", share=0.5, by=3)
    prepared = Pathway(band=None, growth=0.02).prepare(table, goal)
    one = prepared.solved()
    at = table.sectors.position("parts")
    assert one.best["y"][:, at] == pytest.approx(0)
    assert one.unmet(one.setting.targets[0]) == pytest.approx(50)
    # Without the bound the program makes them from nothing.
    built = prepared.program()
    free = built.upper.copy()
    for block in ("y", "s"):
        free[built.columns[block][:, at]] = np.inf
    made = Solver(dataclasses.replace(built, upper=free)).solve()
    assert made.value > one.best.value


def test_imports_above_use_do_not_break_the_exchange_limit():
    """Goods that are sent on, or run down from stocks, are no imports that can be saved."""
    Y = [
        [40.0, 10, -80, 45, 5, 0],
        [50, 10, 0, 0, 5, 0],
        [30, 5, 0, 40, 10, 0],
        [0, 0, 0, 50, 10, 0],
    ]
    Z = [[10.0, 10, 0, 0], [10, 10, 0, 0], [20, 10, 20, 10], [0, 5, 10, 20]]
    table = Table.from_arrays(
        Z,
        Y,
        regions=["A", "B"],
        sectors=["s1", "s2"],
        uses=["c", "i", "n"],
        use_kinds=["household", "investment", "inventories"],
    )
    recorded = table.Z[2, :2].sum() + table.Y[2, :3].sum()
    used = recorded + table.Z[0, :2].sum() + table.Y[0, :3].sum()
    base = calibrate(table, "A", growth=0.02)
    prepared = Pathway(band=None, growth=0.02).prepare(
        table, Goal(region="A", share=0.99, by=2), base=base
    )
    assert recorded > used  # the first row of home sales is negative
    assert base.mu.max() == 1
    built = prepared.program()
    limit = built.high[built.rows["exchange"]]
    assert limit == pytest.approx((base.mu * base.use).sum())
    assert prepared.replication().holds


def test_hard_targets_collapse_an_economy_and_elastic_ones_say_how_far_it_gets(world, germany):
    """At any price the goal is met and consumption falls by half; at P = 8 it is not worth it."""
    goal = Goal(region="DEU", sectors=["chemicals", "electronics"], share=0.9, by=2)
    hard = solved(world, goal, base=germany, penalty=1e5)
    elastic = solved(world, goal, base=germany)
    assert hard.losses.max() > 0.4
    assert elastic.losses.max() < 0.15
    assert not elastic.all_reached
    assert all(one.unmet(t) > 5 for one in [elastic] for t in elastic.setting.targets)
    short = hard.unmet(hard.setting.targets[0]), elastic.unmet(elastic.setting.targets[0])
    assert short[0] < short[1]


def test_linear_utility_jumps_from_feast_to_famine(world, germany, monkeypatch):
    """With a constant slope it does not matter when one consumes: paths go from bound to bound."""
    goal = Goal(region="DEU", domain="electronics", share=0.6, by=6)
    smooth = solved(world, goal, base=germany).best["level"]
    flat = np.ones(len(parameters.LEVELS) - 1)
    monkeypatch.setattr(program_module, "slopes", lambda: flat)
    jumping = solved(world, goal, base=germany).best["level"]
    assert np.ptp(smooth) < 0.05
    assert np.ptp(jumping) > 2 * np.ptp(smooth)


def test_the_last_years_are_not_reported(world, germany):
    """Nobody builds for years that are not planned: the end of the plan is cut off."""
    goal = Goal(region="DEU", domain="electronics", share=0.6, by=6)
    prepared = Pathway(band=None).prepare(world, goal, base=germany)
    plan = prepared.plan()
    times = plan.tidy("investment")["time"]
    assert (times.min(), times.max()) == (2011, 2011 + 6)
    whole = prepared.solved().best["v"]
    assert len(whole) == 6 + Limits().tail
    share = whole.max(axis=1) / whole.sum(axis=1)
    # In the last year everything goes where it is cheapest to keep, into one sector.
    assert share[-1] > 0.9
    assert share[6] < 0.6


def test_exports_are_not_cut_in_one_sector_alone(world, germany):
    """What each unit earns rises as a sector's exports are cut, so that cuts are spread."""
    deepest = {}
    for tiers in (1, 4):
        one = solved(world, ELECTRONICS, base=germany, export_tiers=tiers)
        cut = one.best["cut"].sum(axis=2)
        share = np.divide(cut, germany.exports, out=np.zeros(cut.shape), where=germany.exports > 0)
        big = germany.exports > 0.02 * germany.exports.sum()
        deepest[tiers] = share[:, big].max()
    assert deepest[1] > 0.9
    assert deepest[4] < 0.8


def test_prices_of_the_base_are_degenerate_and_the_guard_does_not_use_them(world, germany):
    """A solver may give any of many prices; the proof takes those in closed form."""
    prepared = Pathway(band=None).prepare(world, ELECTRONICS, base=germany)
    setting = guard.no_policy(prepared.setting)
    built = program_module.program(setting)
    point, prices = guard.closed_form(setting, built)
    found = [Solver(built).solve(method=m).price("labour") for m in ("ipm", "simplex")]
    closed = prices[built.rows["labour"]]
    assert max(abs(one - closed).max() for one in found) > 1e-3
    assert prepared.replication().holds
    best = Solver(built).solve(method="ipm")
    assert best.value == pytest.approx(built.cost @ point, rel=1e-9)


def test_raw_materials_cannot_be_decreed(world):
    japan = calibrate(world, "JPN")
    goal = Goal(region="JPN", sectors="energy", share=0.95, by=12)
    one = solved(world, goal, base=japan)
    assert one.unmet(one.setting.targets[0]) > 10
    at = world.sectors.position("energy")
    assert one.best["y"][:, at].max() <= 1.1 * japan.x[at] * (1 + 1e-9)
    relief = one.relief()
    assert max(relief, key=lambda k: relief[k]) == "raw"
    free = Pathway(band=None, raw=()).prepare(world, goal, base=japan).solved()
    assert free.all_reached
