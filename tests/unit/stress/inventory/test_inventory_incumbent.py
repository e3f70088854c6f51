"""`incumbent`: what a result in the incumbent's way holds, and what it refuses and why.

That its numbers are the incumbent's is for `tests/cross/test_boario.py` to show.
"""

import dataclasses

import numpy as np
import pytest

from autarky import Table
from autarky.errors import OptionError, ShockError, TableError, UnsupportedShockError
from autarky.results import Impact
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
from autarky.stress.inventory.incumbent import incumbent
from autarky.stress.inventory.model import Inventory
from autarky.stress.rationing import Rationing
from autarky.units import Unit
from strategies import permuted, random_table

TABLE = random_table(1, R=4, S=3)


MODEL = Inventory(horizon=60, days=20, paths="industry")
LOSS = CapacityLoss(regions="FRA", sectors="c1", share=0.5, start=2, duration=10, recovery=20)
REBUILT = CapitalLoss(
    regions="FRA", sectors=["c1", "c3"], share=0.4, start=1, duration=5, rebuilding_days=30,
    rebuilders={"c2": 0.75, "c1": 0.25},
)  # fmt: skip
SHOCKS = {
    "capacity": LOSS,
    "capital": CapitalLoss(regions="FRA", share=0.3, start=1, duration=5, recovery=20),
    "capital for good": CapitalLoss(regions="FRA", share=0.3, start=1),
    "rebuilt": REBUILT,
}


def run(shocks, table=TABLE, model=MODEL, **options):
    return incumbent(dataclasses.replace(model, **options), table, Scenario("s", shocks))


@pytest.mark.parametrize("paths", ["region", "industry", "none"])
@pytest.mark.parametrize("shock", SHOCKS.values(), ids=SHOCKS)
def test_the_fields_are_those_of_the_default_mode(shock, paths):
    impact = run(shock, paths=paths)
    assert isinstance(impact, Impact)
    model = dataclasses.replace(MODEL, paths=paths, sensitivity="none")
    default = model.run(TABLE, Scenario("s", LOSS))
    causes = {"output_loss_by_cause", "final_use_loss_by_cause"}
    assert shape(impact) == [one for one in shape(default) if one[0] not in causes]
    assert impact.question == default.question
    assert impact.indicator == default.indicator
    assert (impact.unit, impact.year, impact.provenance) == (
        TABLE.unit, TABLE.year, TABLE.provenance,
    )  # fmt: skip
    assert impact.tidy().value.notna().all()


def shape(impact):
    """Names, sizes and units of the fields, in order."""
    return [(f.variable, f.values.shape, f.unit, tuple(f.dimensions)) for f in impact.fields]


def test_a_result_says_that_it_is_no_certified_one():
    impact = run(LOSS, orders="capacity")
    assert impact.certificates == ()
    assert 0 < impact.residuals["conservation"] < 0.01
    assert any("not conserved exactly" in one for one in impact.warnings)
    assert any("no sensitivity table" in one for one in impact.warnings)
    assert impact.parameters["strict"] == "boario"
    assert impact.parameters["orders"] == "capacity"
    assert impact.parameters["horizon"] == 60
    habits = [one for one in impact.assumptions if "BoARIO" in one]
    assert len(habits) == 4
    assert any("follow what is left of the capacity" in one for one in impact.assumptions)
    assert any("as at base" in one for one in run(LOSS).assumptions)


def test_without_a_shock_nothing_changes():
    for shock in (CapacityLoss(regions="*", share=0.0), CapitalLoss(regions="*", share=0.0)):
        impact = run(shock)
        for name in ("output", "final_use", "value_added", "peak_output_loss"):
            np.testing.assert_allclose(impact[name], 0.0, atol=1e-9)
        np.testing.assert_array_equal(impact["shortage_day"], 60)
        assert not impact["binding_days"].any()
        assert impact["shortage"].sum() <= 1e-9 * TABLE.x.sum()


def test_totals_are_those_of_the_path():
    impact = run(REBUILT)
    path, e = impact["output_path"], TABLE.x
    by_industry = 100 * (path.mean(axis=0) / e - 1)
    at = TABLE.industries
    grid = impact.fields[[f.variable for f in impact.fields].index("output") :]
    detailed = next(f for f in grid if f.variable == "output" and f.values.ndim == 2)
    np.testing.assert_allclose(detailed.values[at.region_of, at.sector_of], by_industry, atol=1e-9)
    worst = 100 * (1 - np.add.reduceat(path, np.arange(0, 12, 3), axis=1).min(axis=0)
                   / np.add.reduceat(e, np.arange(0, 12, 3)))  # fmt: skip
    np.testing.assert_allclose(impact["peak_output_loss"], worst, atol=1e-9)
    lost = np.add.reduceat(TABLE.Y_by_region.T, np.arange(0, 12, 3), axis=1).sum()
    assert impact["shortage"].sum() <= lost


def test_it_is_close_to_the_default_mode_where_habits_hardly_matter():
    loss = CapacityLoss(regions="FRA", sectors="c1", share=0.3, start=1)
    strict = run(loss, horizon=300)
    default = Inventory(horizon=300, days=20, sensitivity="none").run(TABLE, Scenario("s", loss))
    lost, expected = strict["shortage"].sum(), default["shortage"].sum()
    assert lost == pytest.approx(expected, rel=0.03)


def test_what_is_rebuilt_comes_back_and_costs_those_who_rebuild():
    long = {"horizon": 700, "days": 90}
    slowly = dataclasses.replace(REBUILT, share=0.1, rebuilding_days=365)
    rebuilt = run(slowly, **long)
    never = run(CapitalLoss(regions="FRA", sectors=["c1", "c3"], share=0.1, start=1), **long)
    hit, builders = (TABLE.industries.locate("FRA", sector) for sector in ("c1", "c2"))
    assert rebuilt["output_path"][-1, hit] > TABLE.x[hit]
    assert never["output_path"][-1, hit] < 0.95 * TABLE.x[hit]
    assert rebuilt["output_path"][:, builders].max() > 1.05 * TABLE.x[builders]
    # More capital for the same share is more to be rebuilt, at the same loss of capacity.
    dear = run(dataclasses.replace(slowly, capital_ratio=8.0), **long)
    assert dear["output_path"][:, builders].max() > 1.1 * TABLE.x[builders]
    assert dear["shortage"].sum() > 1.5 * rebuilt["shortage"].sum()


@pytest.mark.parametrize("shock", [REBUILT, SHOCKS["capital"]], ids=["rebuilt", "capital"])
@pytest.mark.parametrize("days", [2.0, 20.0])
def test_the_best_case_loses_no_more(shock, days):
    shared = {"horizon": 90, "days": days, "psi": 0.8, "alpha_max": 1.1}
    lost = run(shock, **shared)["shortage"].sum()
    best = Rationing(**shared).run(TABLE, Scenario("s", shock))["least_shortage"]
    assert float(best) <= lost + 1e-4 * TABLE.Y.sum()


def test_capital_is_the_table_s_where_it_has_it():
    own = dataclasses.replace(TABLE, capital=np.full(TABLE.n, 7.0))
    said = run(REBUILT, table=own).assumptions
    assert any("as the table has it" in one for one in said)
    assert any("4 times value added" in one for one in run(REBUILT).assumptions)
    given = dataclasses.replace(REBUILT, capital_ratio=2.0)
    assert any("2 times value added" in one for one in run(given, table=own).assumptions)
    by_hand = dataclasses.replace(TABLE, capital=2.0 * TABLE.value_added)
    np.testing.assert_allclose(
        run(REBUILT, table=by_hand)["output_path"], run(given)["output_path"], rtol=1e-9
    )


def test_order_and_units_do_not_matter():
    impact = run(REBUILT)
    turned = run(REBUILT, table=permuted(TABLE, [2, 0, 3, 1], [1, 2, 0]))
    for region in TABLE.regions:
        for name in ("output", "final_use"):
            one = impact.value(name, region=region, sector="total")
            assert turned.value(name, region=region, sector="total") == pytest.approx(one, abs=1e-5)
    small = Table.from_arrays(
        1e6 * TABLE.Z, 1e6 * TABLE.Y, regions=TABLE.regions, sectors=TABLE.sectors,
        unit=Unit("USD"), year=2011,
    )  # fmt: skip
    one, other = run(REBUILT), run(REBUILT, table=small)
    np.testing.assert_allclose(one["output"], other["output"], atol=1e-5)


# --- what it cannot do ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shock", "also"),
    [
        (Embargo(exporters="FRA", importers="DEU"), "default mode"),
        (Isolation(region="FRA"), "default mode"),
        (TradeCost(exporters="FRA", importers="DEU", factor=1.1), "equilibrium"),
        (Tariff(importers="DEU", rate=0.1), "equilibrium"),
        (DemandShift(regions="FRA", change=0.1), "default mode"),
        (StockRelease(regions="FRA", days=9), "default mode"),
        (Transfer(payers="DEU", receivers="FRA", amount=0.1), "equilibrium"),
        (dataclasses.replace(LOSS, start=2.5), "whole days.*default mode"),
        (dataclasses.replace(LOSS, duration=0.5), "whole days.*default mode"),
        (dataclasses.replace(LOSS, recovery=1.5), "whole days.*default mode"),
        (dataclasses.replace(REBUILT, rebuilding_days=1.5), "whole days.*default mode"),
        (dataclasses.replace(LOSS, recovery=2, curve="concave"), "two days.*default mode"),
    ],
    ids=lambda x: "" if isinstance(x, str) else f"{x.kind} {x.start} {x.duration} {x.recovery}",
)
def test_what_it_cannot_express_is_refused_with_the_mode_that_can(shock, also):
    with pytest.raises(UnsupportedShockError, match=also) as caught:
        run(shock)
    assert shock.describe() in str(caught.value)
    assert "strict='boario'" in str(caught.value)
    assert caught.value.exit_code == 2


def test_where_the_incumbent_stops_it_is_refused():
    half = CapitalLoss(regions="FRA", share=0.6, start=1)
    with pytest.raises(UnsupportedShockError, match="on day 4 losses of capital add up to 120 %"):
        run([half, dataclasses.replace(half, sectors="c1", start=4)])
    with pytest.raises(UnsupportedShockError, match="on day 2 a loss of capital and a loss of cap"):
        run([half, LOSS])
    with pytest.raises(OptionError, match=r"below zero on day \d+ .* ψ × days is 0.4, and below 1"):
        run(CapacityLoss(regions="*", sectors="c1", share=0.9, start=1), days=2, psi=0.2)


def test_losses_of_one_kind_go_together():
    twice = run([LOSS, dataclasses.replace(LOSS, share=0.2, sectors=None)])
    once = run([LOSS, dataclasses.replace(LOSS, share=0.2, sectors=["c2", "c3"])])
    np.testing.assert_array_equal(twice["output_path"], once["output_path"])
    a = CapitalLoss(regions="FRA", sectors="c1", share=0.2, start=1)
    both = run([a, dataclasses.replace(a, share=0.3)])["output_path"]
    one = run(dataclasses.replace(a, share=0.5))["output_path"]
    np.testing.assert_allclose(both, one, rtol=1e-12)


def test_the_first_day_is_said_to_be_new():
    impact = run(dataclasses.replace(LOSS, start=0))
    assert any("no events on day 0" in one for one in impact.warnings)
    assert not any("no events on day 0" in one for one in run(LOSS).warnings)
    assert impact.value("shortage_day", region="FRA", sector="c1") == 1  # it comes a day late


def test_options_that_it_does_not_have_are_refused():
    with pytest.raises(OptionError, match="rationing is 'final_first'") as caught:
        run(LOSS, rationing="final_first", critical=np.ones((3, 3)), substitution=1.0)
    assert "critical is given" in str(caught.value)
    assert "substitution is 1.0" in str(caught.value)
    with pytest.raises(TableError):
        run(LOSS, table=random_table(2, R=3, S=4, F=3, negatives=True), faults="refuse")


def test_an_industry_without_capital_cannot_lose_a_share_of_it():
    table = Table.from_arrays(
        [[0.0, 60.0], [50.0, 0.0]], [[40.0], [10.0]], regions=["A"], sectors=["s", "t"]
    )  # t makes 60 of 60
    shock = CapitalLoss(regions="A", share=0.1)
    with pytest.raises(ShockError, match="A:t have no capital, as their value added is not above"):
        run(shock, table=table)
    own = dataclasses.replace(table, capital=np.array([9.0, 9.0]))
    assert run(shock, table=own).value("output", region="A", sector="t") < 0
    run(dataclasses.replace(shock, sectors="s"), table=table)
