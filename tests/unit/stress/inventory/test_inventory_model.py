"""`Inventory`: parameters and their limits, what a result holds, what it warns of."""

import dataclasses

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError, TableError, UnsupportedShockError
from autarky.shocks import CapacityLoss, Embargo, Isolation, Scenario, Tariff, TradeCost
from autarky.stress.inventory.model import Inventory
from strategies import random_table

TABLE = random_table(3, R=3, S=4, F=2)
CUT = Scenario("cut", [Embargo(exporters="FRA", importers="DEU")])
SHORT = Inventory(horizon=40, days=5, reorder="none", paths="industry")


@pytest.fixture(scope="module")
def impact():
    return SHORT.run(TABLE, CUT)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"tau": 0.5}, "tau is 0.5"),
        ({"psi": 0.0}, "psi is 0.0"),
        ({"psi": 1.1}, "psi is 1.1"),
        ({"alpha_max": 0.9}, "alpha_max"),
        ({"alpha_tau": 0.0}, "alpha_tau"),
        ({"delay": -1.0}, "delay"),
        ({"speed": 0.0}, "speed"),
        ({"horizon": 0}, "horizon"),
        ({"rationing": "fair"}, "fair"),
        ({"reorder": "elsewhere"}, "elsewhere"),
        ({"compare": ("proportional", "random")}, "random"),
        ({"rationing": "protected_first"}, "protected"),
        ({"critical": np.full((4, 4), 2.0)}, "critical"),
    ],
)
def test_parameters_out_of_range_are_refused(wrong, says):
    with pytest.raises(OptionError, match=says):
        Inventory(**wrong)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(OptionError) as caught:
        Inventory(tau=0.0, psi=2.0)
    assert "tau" in str(caught.value)
    assert "psi" in str(caught.value)


@pytest.mark.parametrize(
    ("days", "error", "says"),
    [
        (1.0, OptionError, "c1 last 1 days"),
        ({"c1": 10.0}, OptionError, "c2, c3, c4"),
        ({"c1": 10.0, "c9": 3.0, "*": 90.0}, LabelError, "c9"),
        ({"c2": 1.5, "*": 90.0}, OptionError, "c2 last 1.5"),
        (float("nan"), OptionError, "c1 last nan"),
    ],
)
def test_stocks_are_named_and_long_enough(days, error, says):
    with pytest.raises(error, match=says):
        Inventory(days=days).run(TABLE, CUT)


def test_ratings_must_fit_the_table():
    with pytest.raises(OptionError, match=r"\(2, 2\)"):
        Inventory(critical=np.ones((2, 2))).run(TABLE, CUT)


@pytest.mark.parametrize(
    "shock",
    [
        TradeCost(exporters="FRA", importers="DEU", factor=1.2),
        Tariff(importers="DEU", rate=0.2),
    ],
)
def test_prices_are_for_another_model(shock):
    with pytest.raises(UnsupportedShockError, match=r"stress\.Equilibrium"):
        Inventory().run(TABLE, Scenario("a", [shock]))


def test_a_table_with_faults_can_be_refused():
    table = random_table(2, R=3, S=4, F=1, negatives=True)
    with pytest.raises(TableError, match="negative"):
        Inventory(faults="refuse").run(table, CUT)


def test_totals_are_means_of_the_path(impact):
    path = impact["final_use_path"]
    assert path.shape == (40, 3, 4)
    base = TABLE.Y_by_region.T.reshape(3, 3, 4).sum(axis=1)
    expected = 100 * (path.mean(axis=0).sum(axis=1) / base.sum(axis=1) - 1)
    assert impact["final_use"] == pytest.approx(expected, rel=1e-9)
    by_product = 100 * (path.mean(axis=0) / base - 1)
    assert impact.fields[5].variable == "final_use"
    assert impact.fields[5].values == pytest.approx(by_product, abs=1e-9)
    worst = 100 * (1 - path.sum(axis=2).min(axis=0) / base.sum(axis=1))
    assert impact["peak_final_use_loss"] == pytest.approx(worst, abs=1e-9)
    assert impact["shortage"] == pytest.approx(base - path.mean(axis=0), abs=1e-7 * base.max())


def test_the_first_day_of_shortage_is_on_the_path(impact):
    path = impact["final_use_path"]
    base = TABLE.Y_by_region.T.reshape(3, 3, 4).sum(axis=1)
    short = path < base * (1 - 1e-6)
    first = np.where(short.any(axis=0), short.argmax(axis=0), 40)
    assert np.array_equal(impact["shortage_day"], first)
    assert np.all(impact["shortage_day"][0] == 0)  # the final use of DEU is cut on the first day


def test_somebody_is_held_back_by_what_was_cut(impact):
    bound = impact["binding_days"]
    assert bound.shape == (3, 4, 4)
    assert bound[0].sum() > 0
    assert bound.sum(axis=2).max() <= 40
    assert impact.value("binding_days", region="DEU", sector="c1", input="c1") == pytest.approx(
        bound[0, 0, 0]
    )


def test_sensitivity_and_rules_hold_the_run_itself(impact):
    base = TABLE.Y_by_region.sum()
    world = 100 * (impact["final_use_path"].mean(axis=0).sum() / base - 1)
    grid = impact["final_use_sensitivity"]
    assert grid.shape == (3, 2, 3)
    assert impact.value(
        "final_use_sensitivity", stock_days="×1", tau="×1", psi="0.8"
    ) == pytest.approx(world, rel=1e-9)
    rule = impact.value("final_use_by_rule", rationing="proportional", reorder="none")
    assert rule == pytest.approx(world, rel=1e-9)
    assert np.ptp(grid) > 0.01


def test_only_what_is_asked_for_is_kept():
    bare = dataclasses.replace(SHORT, paths="none", sensitivity="none")
    impact = bare.run(TABLE, CUT)
    gone = {"output_path", "final_use_path", "final_use_sensitivity", "final_use_by_rule"}
    assert not gone & set(impact.variables)
    by_region = dataclasses.replace(bare, paths="region").run(TABLE, CUT)
    assert by_region["output_path"].shape == (40, 3)
    assert by_region["output_path"][0].sum() == pytest.approx(TABLE.x.sum(), rel=0.2)


def test_the_window_is_the_scenarios():
    impact = SHORT.run(TABLE, Scenario("a", CUT.shocks, horizon=12.0))
    assert impact["output_path"].shape[0] == 12
    assert impact.certificates[0].iterations == 12


def test_who_is_protected_loses_less():
    scenario = Scenario("a", [CapacityLoss(regions="FRA", share=0.7)])
    model = dataclasses.replace(SHORT, sensitivity="none")
    guarded = dataclasses.replace(model, rationing="protected_first", protected=("USA",))
    usa = [m.run(TABLE, scenario)["final_use"][2] for m in (guarded, model)]
    assert usa[0] > usa[1]
    with pytest.raises(LabelError, match="USB"):
        dataclasses.replace(guarded, protected=("USB",)).run(TABLE, scenario)


def test_looking_elsewhere_sooner_or_later():
    """Delay and speed lie between never and at once."""
    scenario = Scenario("a", [Isolation(region="DEU")])
    late = dataclasses.replace(SHORT, reorder="delayed", delay=1e6, sensitivity="none")
    soon = dataclasses.replace(late, delay=0.0, speed=1e6)
    never, at_once = (dataclasses.replace(late, reorder=r) for r in ("none", "redirect"))
    assert np.array_equal(late.run(TABLE, scenario)["output"], never.run(TABLE, scenario)["output"])
    first = [m.run(TABLE, scenario)["output_path"][2:4].sum() for m in (soon, at_once)]
    assert first[0] == pytest.approx(first[1], rel=0.05)


def test_the_answer_does_not_depend_on_how_flows_are_summed():
    one, two = (
        dataclasses.replace(SHORT, engine=engine, sensitivity="none").run(TABLE, CUT)
        for engine in ("gemm", "fused")
    )
    assert one["output_path"] == pytest.approx(two["output_path"], rel=1e-11)


def test_assumptions_name_the_rules(impact):
    text = " ".join(impact.assumptions)
    assert "proportional" in text
    assert "none" in text
    assert "5 days" in text
    assert impact.parameters["horizon"] == 40
