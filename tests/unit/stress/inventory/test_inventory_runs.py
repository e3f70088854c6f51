"""Runs that stop early, go on from a file, or run side by side; losses by cause; rebuilding."""

import dataclasses
import itertools

import numpy as np
import pytest

from autarky.errors import OptionError, StoreError, TableError
from autarky.shocks import CapacityLoss, CapitalLoss, DemandShift, Embargo, Isolation, Scenario
from autarky.stress import Inventory
from autarky.stress.inventory import simulation
from strategies import random_table

TABLE = dataclasses.replace(random_table(3, R=3, S=4, F=2), labour=np.arange(1.0, 13.0))
MODEL = Inventory(horizon=60, days=8, sensitivity="none", paths="industry")
CUT = Scenario("cut", [Embargo(exporters="FRA", importers="DEU", start=2, duration=30)])
REBUILT = CapitalLoss(
    regions="FRA", share=0.3, start=1, duration=5, rebuilding_days=20, rebuilders={"c2": 1.0}
)
SCENARIOS = [
    CUT,
    Scenario("alone", [Isolation(region="DEU")]),
    Scenario("more", [DemandShift(regions="USA", change=0.3, duration=10)]),
    Scenario("rebuilt", [REBUILT]),
    Scenario("both", [Embargo(exporters="FRA", importers=["DEU", "USA"], share=0.4), REBUILT]),
]


def same_bits(one, two):
    for a, b in zip(one.fields, two.fields, strict=True):
        assert a.variable == b.variable
        assert a.values.tobytes() == b.values.tobytes()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s.name for s in SCENARIOS])
def test_causes_are_all_of_the_loss(scenario):
    impact = MODEL.run(TABLE, scenario)
    path, first = impact["output_path"], np.arange(0, 12, 4)
    lost = np.add.reduceat(TABLE.x - path.mean(axis=0), first)
    assert impact["output_loss_by_cause"].sum(axis=1) == pytest.approx(
        lost, abs=1e-9 * TABLE.x.sum()
    )
    assert np.all(impact["output_loss_by_cause"][:, :4] >= 0)
    shortage = impact["final_use_loss_by_cause"].sum(axis=2)
    assert shortage == pytest.approx(impact["shortage"], abs=1e-9 * TABLE.Y.sum())


def test_what_is_cut_on_the_spot_is_told_from_what_follows():
    direct, indirect = MODEL.run(TABLE, CUT)["final_use_loss_by_cause"].sum(axis=1).T
    assert direct[0] > 0
    assert not direct[1:].any()
    assert indirect[1:].sum() > 0
    held = MODEL.run(TABLE, CUT)["output_loss_by_cause"]
    assert held[0, 2] > 0
    assert not held[1:, 2].any()


def test_jobs_follow_output():
    impact = MODEL.run(TABLE, CUT)
    idle = TABLE.labour * (1 - impact["output_path"].mean(axis=0) / TABLE.x)
    assert impact["jobs_idle"] == pytest.approx(np.add.reduceat(idle, np.arange(0, 12, 4)))
    bare = MODEL.run(dataclasses.replace(TABLE, labour=None), CUT)
    assert "jobs_idle" not in bare.variables


@pytest.mark.parametrize("reorder", ["none", "delayed"])
def test_stopping_early_changes_nothing(monkeypatch, reorder):
    late = Scenario("late", [CapacityLoss(regions="FRA", share=0.4, start=40, duration=3)])
    slow = Scenario("slow", [Embargo(exporters="FRA", importers="DEU", share=0.05, start=9)])
    model = dataclasses.replace(MODEL, horizon=900, tau=5, days=90, reorder=reorder)
    with_stop = [model.run(TABLE, scenario) for scenario in (late, slow)]
    monkeypatch.setattr(simulation, "REST", -1.0)
    for scenario, short in zip((late, slow), with_stop, strict=True):
        full = model.run(TABLE, scenario)
        assert short["output_path"] == pytest.approx(full["output_path"], rel=1e-8)
        assert short["final_use"] == pytest.approx(full["final_use"], abs=1e-7)


def test_a_run_stops_where_nothing_moves(monkeypatch):
    seen = []
    step = simulation.Simulation._step
    monkeypatch.setattr(
        simulation.Simulation, "_step", lambda self: seen.append(self.day) or step(self)
    )
    MODEL.run(TABLE, Scenario("none", [CapacityLoss(regions="FRA", share=0.0, start=5)]))
    assert len(seen) < 10


def test_scenarios_side_by_side_are_the_scenarios_alone():
    together = MODEL.run_many(TABLE, SCENARIOS)
    for scenario, impact in zip(SCENARIOS, together, strict=True):
        alone = dataclasses.replace(MODEL, paths="none").run(TABLE, scenario)
        assert impact.scenario == scenario.name
        assert [f.variable for f in impact.fields] == [f.variable for f in alone.fields]
        for one, two in zip(impact.fields, alone.fields, strict=True):
            assert one.values == pytest.approx(two.values, rel=1e-9, abs=1e-7 * TABLE.Y.sum())


@pytest.mark.parametrize("scenario", [CUT, SCENARIOS[-1]], ids=["cut", "rebuilt"])
def test_a_saved_run_goes_on_to_the_same_bits(tmp_path, scenario):
    whole = MODEL.start(TABLE, scenario)
    whole.advance(60)
    part = MODEL.start(TABLE, scenario, store=tmp_path / "paths")
    part.advance(25)
    part.save(tmp_path / "run.npz")
    resumed = MODEL.resume(tmp_path / "run.npz", TABLE, scenario, store=tmp_path / "paths")
    assert resumed.day == 25
    resumed.advance(100)
    same_bits(whole.impact(), resumed.impact())
    written = np.load(tmp_path / "paths" / "output_path.npy")
    assert np.array_equal(written, whole.impact()["output_path"])


def test_a_run_is_finished_before_it_answers(tmp_path):
    run = MODEL.start(TABLE, CUT)
    with pytest.raises(OptionError, match="60 of 60 days are left"):
        run.impact()
    with pytest.raises(OptionError, match="at least 1"):
        run.advance(0)
    with pytest.raises(OptionError, match="use run"):
        dataclasses.replace(MODEL, strict="boario").start(TABLE, CUT)


def test_a_foreign_or_broken_file_is_refused(tmp_path):
    run = MODEL.start(TABLE, CUT)
    run.advance(3)
    run.save(tmp_path / "run.npz")
    other = dataclasses.replace(MODEL, tau=30)
    with pytest.raises(StoreError, match="other parameters"):
        other.resume(tmp_path / "run.npz", TABLE, CUT)
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    with pytest.raises(StoreError, match="cannot be read"):
        MODEL.resume(tmp_path / "bad.npz", TABLE, CUT)
    MODEL.start(TABLE, CUT, store=tmp_path / "paths")
    longer = dataclasses.replace(MODEL, horizon=70)
    with pytest.raises(TableError, match="another run"):
        longer.resume(tmp_path / "run.npz", TABLE, CUT, store=tmp_path / "paths")


def test_all_that_is_destroyed_is_delivered_or_still_missing():
    small = dataclasses.replace(REBUILT, capital_ratio=0.05)  # else it takes decades
    loss = Scenario("a", [small], horizon=400)
    run = dataclasses.replace(MODEL, days=90, horizon=400).start(TABLE, loss)
    run.advance(400)
    impact, hit = run.impact(), slice(4, 8)
    destroyed = 0.3 * 0.05 * TABLE.value_added[hit].sum()
    delivered = impact["rebuilt"].sum() * 400 / 365
    (_, books), *_ = run.simulation.damages
    assert delivered + books.missing(400).sum() == pytest.approx(destroyed, rel=1e-9)
    assert delivered > 0.8 * destroyed
    assert not impact["rebuilt"][[0, 2]].any()
    assert impact["output_path"][1, hit].sum() < impact["output_path"][-1, hit].sum()


def test_inputs_that_stand_in_for_each_other_lose_less():
    lost = [
        dataclasses.replace(MODEL, substitution=sigma).run(TABLE, CUT)["shortage"].sum()
        for sigma in (0.0, 0.5, 1.0, 4.0, np.inf)
    ]
    assert all(a > b for a, b in itertools.pairwise(lost))


def test_orders_by_capacity_avoid_those_who_make_less():
    loss = Scenario("a", [CapacityLoss(regions="FRA", share=0.5)])
    fixed, moved = (
        dataclasses.replace(MODEL, orders=orders).run(TABLE, loss)
        for orders in ("fixed", "capacity")
    )
    assert moved["shortage"].sum() < fixed["shortage"].sum()
