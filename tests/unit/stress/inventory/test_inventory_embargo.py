"""An embargo on the embedded table: four rules, with and without a strategic stock."""

import dataclasses

import numpy as np
import pytest

import autarky
from autarky.shocks import Embargo, Scenario, StockRelease
from autarky.stress import Inventory

BUYERS = ["DEU", "FRA", "POL"]
CUT = Embargo(exporters="RUS", importers=BUYERS, sectors="energy", duration=180)
MODEL = Inventory(horizon=180, days=15, reorder="none", sensitivity="none")


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


@pytest.mark.parametrize(
    "rule", ["proportional", "final_first", "intermediate_first", "water_filling"]
)
def test_russian_energy_for_half_a_year(world, rule):
    model = dataclasses.replace(MODEL, rationing=rule)
    release = StockRelease(regions=BUYERS, sectors="energy", days=90)
    bare, bridged = (
        model.run(world, Scenario("russian energy", shocks, horizon=180))
        for shocks in ([CUT], [CUT, release])
    )
    at = [world.regions.position(r) for r in BUYERS]
    for impact in (bare, bridged):
        assert impact.residuals["conservation"] <= 1e-9
        assert np.isfinite(impact["final_use"]).all()
    assert np.all(bare["final_use"][at] < 0)
    lost = [float(one["shortage"].sum()) for one in (bare, bridged)]
    assert lost[1] < lost[0]
