"""`Equilibrium` and `Prepared`: options, quotas, tariffs, transfers, capacity, what is refused."""

import csv
import dataclasses

import numpy as np
import pytest

from autarky import Table
from autarky.errors import (
    ConvergenceError,
    LabelError,
    NoEquilibriumError,
    OptionError,
    TableError,
)
from autarky.shocks import (
    CapacityLoss,
    Embargo,
    Isolation,
    Scenario,
    Tariff,
    TradeCost,
    Transfer,
)
from autarky.sources import open as open_table
from autarky.stress import Equilibrium, autarky_cost, elasticities
from autarky.stress.equilibrium import model as module
from autarky.stress.equilibrium import quotas
from strategies import random_table

TABLE = random_table(1, R=4, S=3)
DEU, FRA, USA, CHN = range(4)
CUT = Embargo(exporters="FRA", importers="DEU", share=0.5)


def scenario(*shocks):
    return Scenario("test", shocks)


def run(*shocks, table=TABLE, **options):
    return Equilibrium(**options).run(table, scenario(*shocks))


# --- closed forms and identities ------------------------------------------------------------------


@pytest.mark.parametrize("theta", ["cr2014", 4.0])
def test_isolation_is_the_closed_form(theta):
    closed = autarky_cost(TABLE, elasticities=theta)["autarky_cost"]
    prepared = Equilibrium(elasticities=theta).prepare(TABLE)
    for n, code in enumerate(TABLE.regions):
        impact = prepared.run(scenario(Isolation(region=code)))
        assert impact["real_income"][n] == pytest.approx(-closed[n], abs=1e-7)


def test_a_cost_does_what_the_share_it_stands_for_does():
    """With one θ an iceberg f leaves f^−θ of the capacity of a link."""
    theta, factor = 4.0, 1.3
    cost = run(TradeCost(exporters="FRA", importers="DEU", factor=factor), elasticities=theta)
    share = 1 - factor**-theta
    cut = run(Embargo(exporters="FRA", importers="DEU", share=share), elasticities=theta)
    for name in ("real_income", "real_wage", "output", "final_use"):
        assert cost[name] == pytest.approx(cut[name], abs=1e-7)
    assert float(cost["realised_cut"]) == pytest.approx(float(cut["realised_cut"]), abs=1e-7)


def test_a_free_bloc_and_the_rest_are_two_worlds():
    shock = Isolation(region=["DEU", "FRA"])
    whole = run(shock, elasticities=5.0)
    assert whole["imports"][:2, 2:].sum() == whole["imports"][2:, :2].sum() == 0.0
    assert whole["imports"][0, 1] > whole["imports_before"][0, 1]


# --- elasticities ---------------------------------------------------------------------------------


def test_elasticities_by_name_number_mapping_and_object():
    by_name = run(CUT, elasticities="cr2014")
    own = elasticities().on(TABLE.sectors.labels)
    by_mapping = run(CUT, elasticities=dict(own.values))
    by_object = run(CUT, elasticities=own)
    assert by_name["real_income"].tolist() == by_mapping["real_income"].tolist()
    assert by_name["real_income"].tolist() == by_object["real_income"].tolist()
    by_number = run(CUT, elasticities=5)
    same = run(CUT, elasticities=dict.fromkeys(TABLE.sectors, 5.0))
    assert by_number["real_income"].tolist() == same["real_income"].tolist()
    assert by_number["real_income"].tolist() != by_name["real_income"].tolist()
    names = [one.parameters["elasticities"] for one in (by_name, by_mapping, by_number)]
    assert names == ["cr2014", "own", "flat(5)"]


def test_unknown_sets_and_missing_sectors():
    with pytest.raises(LabelError, match="cr2014"):
        run(CUT, elasticities="cr2041")
    with pytest.raises(OptionError, match="no value for 1 of 3"):
        run(CUT, elasticities={"c1": 4.0, "c2": 5.0})
    with pytest.raises(OptionError, match="must lie in"):
        run(CUT, elasticities=float("nan"))


@pytest.mark.parametrize("shock", [Isolation(region="DEU"), CUT], ids=lambda s: s.kind)
def test_the_short_run_hurts_more(shock):
    loss = [
        -run(shock, horizon=horizon)["real_income"][DEU] for horizon in ("short", "medium", "long")
    ]
    assert loss[0] > loss[1] > loss[2]
    with pytest.raises(OptionError, match="horizon"):
        run(shock, horizon="soon")


# --- deficits -------------------------------------------------------------------------------------


def balances(impact, name="imports"):
    return impact[name].sum(axis=1) - impact[name].sum(axis=0)


def test_zero_deficits_balance_all_trade():
    for shock in (CUT, Isolation(region="DEU"), TradeCost(exporters="*", importers="*", factor=2)):
        impact = run(shock)
        for name in ("imports", "imports_before"):
            scale = impact["income"].sum()
            assert balances(impact, name) == pytest.approx(np.zeros(4), abs=1e-8 * scale)
        assert impact["real_income"] == pytest.approx(impact["real_wage"], abs=1e-7)


def test_fixed_deficits_stay_in_units_of_world_gdp():
    impact = run(CUT, deficits="fixed")
    before = balances(impact, "imports_before")
    assert before == pytest.approx(
        Equilibrium().prepare(TABLE).economies.deficits, abs=1e-7 * impact["income"].sum()
    )
    assert balances(impact) == pytest.approx(before, abs=1e-7 * impact["income"].sum())
    assert np.abs(impact["real_income"] - impact["real_wage"]).max() > 1e-3


def test_proportional_deficits_follow_the_wage_bill():
    prepared = Equilibrium(deficits="proportional").prepare(TABLE)
    change = module.wedges(scenario(CUT), TABLE, prepared.economies)
    trade, solved, _ = prepared.solve(change)
    assert trade.indexed
    after = module.picture(prepared.economies.technology, trade, solved.state)
    bill = after.point.wage_bill
    asked = prepared.economies.deficits * bill / prepared.economies.technology.wages
    asked -= bill * asked.sum() / bill.sum()
    impact = prepared.run(scenario(CUT))
    assert balances(impact) == pytest.approx(asked, abs=1e-7 * bill.sum())
    fixed = run(CUT, deficits="fixed")
    assert np.abs(impact["real_income"] - fixed["real_income"]).max() > 1e-4


def test_isolation_ends_a_deficit_whatever_the_rule():
    for rule in ("zero", "fixed", "proportional"):
        impact = run(Isolation(region="DEU"), deficits=rule)
        assert balances(impact)[DEU] == 0.0
        # The others still balance among themselves.
        assert balances(impact)[1:].sum() == pytest.approx(0, abs=1e-9 * impact["income"].sum())


def test_both_real_wage_and_real_income_where_deficits_end():
    impact = run(Isolation(region="DEU"), deficits="fixed")
    closed = autarky_cost(TABLE, deficits="keep", regions="DEU")["autarky_cost"][0]
    assert impact["real_wage"][DEU] == pytest.approx(-closed, abs=1e-6)
    received = Equilibrium().prepare(TABLE).economies.deficits[DEU]
    assert np.sign(impact["real_wage"][DEU] - impact["real_income"][DEU]) == np.sign(received)


def test_unknown_rules_are_refused():
    with pytest.raises(OptionError, match="deficits"):
        run(CUT, deficits="none")


# --- tariffs --------------------------------------------------------------------------------------


def test_revenue_is_the_rate_times_imports():
    impact = run(Tariff(importers="DEU", rate=0.3), Tariff(importers="USA", rate=0.1))
    imports = impact["imports"].sum(axis=1)
    expected = [0.3 * imports[DEU], 0.0, 0.1 * imports[USA], 0.0]
    assert impact["tariff_revenue"] == pytest.approx(expected, rel=1e-9, abs=1e-9 * imports.sum())


def test_revenue_by_sector_and_partner():
    tau = np.random.default_rng(3).uniform(0, 0.4, (3, 4, 4))
    tau[:, range(4), range(4)] = 0.0
    prepared = Equilibrium(tariffs=tau).prepare(TABLE)
    shocks = scenario(Tariff(importers="DEU", exporters="FRA", sectors="c2", change=0.2), CUT)
    change = module.wedges(shocks, TABLE, prepared.economies)
    trade, solved, _ = prepared.solve(change)
    after = module.picture(prepared.economies.technology, trade, solved.state)
    revenue = (change.tau * after.imports).sum(axis=(0, 2))
    impact = prepared.run(shocks)
    assert impact["tariff_revenue"] == pytest.approx(revenue, rel=1e-9)
    assert impact.parameters["base_tariffs"] == "given"
    spent = after.point.wage_bill + revenue + after.point.transfers
    assert after.point.income == pytest.approx(spent, rel=1e-9)
    paid = (after.imports * (1 + change.tau)).sum(axis=2)
    assert pytest.approx(paid, rel=1e-8) == solved.state.X


def test_ending_all_tariffs_is_a_gain_for_the_world():
    tau = np.full((3, 4, 4), 0.4)
    tau[:, range(4), range(4)] = 0.0
    impact = run(Tariff(importers="*", exporters="*", rate=0.0), tariffs=tau)
    assert np.all(impact["tariff_revenue"] == 0)
    assert impact["income_loss"].sum() < 0
    assert np.any(impact["volume_of_trade"] > 0)


# --- transfers ------------------------------------------------------------------------------------


def test_a_transfer_is_what_the_receivers_import_more_than_they_export():
    shock = Transfer(payers="DEU", receivers=["FRA", "USA"], amount=0.05)
    impact = run(shock)
    gdp = Equilibrium().prepare(TABLE).economies.technology.wages
    paid = 0.05 * gdp[DEU]
    shares = gdp[[FRA, USA]] / gdp[[FRA, USA]].sum()
    expected = np.array([-paid, *(paid * shares), 0.0])
    assert balances(impact) == pytest.approx(expected, abs=1e-7 * gdp.sum())
    assert abs(balances(impact).sum()) < 1e-9 * gdp.sum()
    assert impact["real_income"][DEU] < 0
    assert np.all(impact["real_income"][[FRA, USA]] > 0)
    assert np.isnan(impact["realised_cut"])


def test_a_transfer_comes_on_top_of_deficits():
    shock = Transfer(payers="DEU", receivers="FRA", amount=0.05)
    impact = run(shock, deficits="fixed")
    economies = Equilibrium().prepare(TABLE).economies
    paid = 0.05 * economies.technology.wages[DEU]
    expected = economies.deficits + np.array([-paid, paid, 0.0, 0.0])
    assert balances(impact) == pytest.approx(expected, abs=1e-7 * impact["income"].sum())


def test_no_transfer_reaches_who_is_cut_off():
    impact = run(Isolation(region="DEU"), Transfer(payers="DEU", receivers="FRA", amount=0.05))
    assert balances(impact)[DEU] == 0.0
    alone = run(Isolation(region="DEU"))
    assert impact["real_income"][DEU] == pytest.approx(alone["real_income"][DEU], abs=1e-7)


# --- capacity -------------------------------------------------------------------------------------


def closed_world():
    """Two economies that trade nothing, and use no inputs: everything is known by hand."""
    Y = np.zeros((4, 2))
    Y[:2, 0], Y[2:, 1] = [3.0, 1.0], [2.0, 2.0]
    return Table.from_arrays(np.zeros((4, 4)), Y, regions=["DEU", "FRA"], sectors=["c1", "c2"])


def test_lost_capacity_by_hand():
    impact = run(CapacityLoss(regions="DEU", sectors="c1", share=0.3), table=closed_world())
    assert impact["output"] == pytest.approx(np.array([[-30.0, 0.0], [0.0, 0.0]]), abs=1e-7)
    assert impact["final_use"] == pytest.approx(np.array([[-30.0, 0.0], [0.0, 0.0]]), abs=1e-7)
    assert impact["value_added"] == pytest.approx(np.zeros((2, 2)), abs=1e-7)
    assert impact["real_income"] == pytest.approx([100 * (0.7**0.75 - 1), 0.0], abs=1e-7)


def test_lost_capacity_lowers_output_by_more_than_inputs():
    """At unchanged factory costs an industry would still deliver 1 − s; buyers turn away too."""
    impact = run(CapacityLoss(regions="FRA", sectors="c1", share=0.5))
    assert impact["output"][FRA, 0] < -50
    assert impact["real_income"][FRA] < 0
    assert impact["terms_of_trade"][FRA] > 0


def test_an_industry_that_is_gone_makes_nothing():
    impact = run(CapacityLoss(regions="FRA", sectors="c1", share=1.0))
    assert impact["output"][FRA, 0] == -100.0
    assert impact["value_added"][FRA, 0] == -100.0
    assert impact["final_use"][FRA, 0] > -100.0  # others supply it


# --- quotas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_quota_is_met_on_every_link(share):
    shock = Embargo(exporters="FRA", importers=["DEU", "USA"], mutual=True, share=share)
    impact = run(shock, quota=True)
    assert float(impact["realised_cut"]) == pytest.approx(100 * share, abs=1e-4)
    cells = [(DEU, FRA), (USA, FRA), (FRA, DEU), (FRA, USA)]
    for n, i in cells:
        left = impact["imports"][n, i] / impact["imports_before"][n, i]
        assert left == pytest.approx(1 - share, rel=1e-6)
    plain = run(shock)
    assert float(plain["realised_cut"]) != pytest.approx(100 * share, abs=0.5)
    assert impact.parameters["quota"] is True


def test_a_quota_of_everything_is_the_embargo():
    shock = Embargo(exporters="FRA", importers="DEU")
    a, b = run(shock, quota=True), run(shock)
    assert a["real_income"] == pytest.approx(b["real_income"], abs=1e-9)
    assert float(a["realised_cut"]) == 100.0


def test_a_quota_is_a_ceiling_and_never_a_subsidy():
    """Shipping twice as dear cuts more than a tenth: the quota has nothing left to do."""
    shocks = (
        Embargo(exporters="FRA", importers="DEU", share=0.1),
        TradeCost(exporters="FRA", importers="DEU", factor=2.0),
    )
    impact = run(*shocks, quota=True, elasticities=4.0)
    alone = run(shocks[1], elasticities=4.0)
    assert impact["imports"] == pytest.approx(alone["imports"], rel=1e-8)
    assert float(impact["realised_cut"]) > 50
    assert any("does not bind" in line for line in impact.warnings)
    prepared = Equilibrium(elasticities=4.0, quota=True).prepare(TABLE)
    wedge = prepared.held_to(module.wedges(scenario(*shocks), TABLE, prepared.economies))
    assert wedge.capacity.max() == 1.0


@pytest.mark.parametrize(("importers", "share"), [("DEU", 0.9), ("*", 0.5)])
def test_quotas_on_everything_are_met(importers, share):
    shock = Embargo(exporters="*", importers=importers, share=share)
    impact = run(shock, quota=True, elasticities=4.0)
    left = impact["imports"] / np.where(impact["imports_before"] > 0, impact["imports_before"], 1)
    who = slice(None) if importers == "*" else DEU
    assert left[who].max() <= (1 - share) * (1 + 1e-6)
    assert float(impact["realised_cut"]) >= 100 * share - 1e-4


def test_quotas_that_are_not_met_are_no_answer(monkeypatch):
    monkeypatch.setattr(quotas, "QUOTA_STEPS", 2)
    with pytest.raises(ConvergenceError, match="quotas") as caught:
        run(CUT, quota=True)
    assert caught.value.iterations == 2
    assert caught.value.residual > quotas.QUOTA_GAP


@pytest.mark.parametrize(
    "shock",
    [
        TradeCost(exporters="FRA", importers="DEU", factor=1e-200),
        Tariff(importers="DEU", exporters="FRA", change=-0.999999999999999),
    ],
)
def test_costs_that_all_but_vanish_are_refused_in_words(shock):
    with pytest.raises(NoEquilibriumError, match=r"from FRA to DEU falls to .* can be solved"):
        run(shock, elasticities=20.0)


# --- what has no equilibrium ----------------------------------------------------------------------


def without_home_supply():
    """DEU makes no c3 and uses it."""
    table = random_table(1, R=3, S=3)
    Z, Y = table.Z.copy(), table.Y.copy()
    gone = 2
    Z[gone], Z[:, gone], Y[gone] = 0.0, 0.0, 0.0
    return Table.from_arrays(Z, Y, regions=table.regions, sectors=table.sectors)


def test_a_product_without_supplier_has_no_price():
    with pytest.raises(NoEquilibriumError, match="DEU:c3") as caught:
        run(Isolation(region="DEU"), table=without_home_supply(), floor=0.0)
    assert caught.value.exit_code == 4
    assert caught.value.regions == ("DEU",)
    for word in ("nobody left can supply", "floor above 0", "share below 1"):
        assert word in str(caught.value)


def test_what_the_refusal_suggests_helps():
    table = without_home_supply()
    floored = run(Isolation(region="DEU"), table=table)
    assert floored.parameters["floored"] == ["DEU:c3"]
    assert any("DEU:c3" in one for one in floored.treatments)
    less = Embargo(exporters="*", importers="DEU", mutual=True, share=0.999)
    assert run(less, table=table, floor=0.0)["real_income"][0] < 0
    assert run(less, table=table, floor=0.0).parameters["floored"] == []


def test_a_product_lost_everywhere_has_no_price():
    with pytest.raises(NoEquilibriumError, match="c2") as caught:
        run(CapacityLoss(regions="*", sectors="c2", share=1.0))
    assert caught.value.regions == ("DEU", "FRA", "USA", "CHN")
    assert "capacity lost below 1" in str(caught.value)
    assert "floor" not in str(caught.value)  # there is one, and it does not help
    assert "residual" not in str(caught.value)


def test_transfers_nobody_can_pay_are_refused_by_name():
    with pytest.raises(NoEquilibriumError, match="DEU") as caught:
        run(
            Transfer(payers="DEU", receivers="*", amount=1.0),
            TradeCost(exporters="*", importers="*", factor=20.0),
            elasticities=4.0,
        )
    assert caught.value.regions == ("DEU",)


def test_who_cannot_import_does_not_export():
    impact = run(Embargo(exporters="*", importers="DEU"))
    assert impact["imports"][:, DEU].sum() == 0.0
    assert any("DEU → FRA" in warning for warning in impact.warnings)
    both = run(Isolation(region="DEU"))
    assert impact["real_income"] == pytest.approx(both["real_income"], abs=1e-7)
    assert not any("one-way" in warning for warning in both.warnings)


def test_options_are_checked_before_anything_is_solved():
    for options in ({"floor": 0.7}, {"mixes": "mine"}, {"tariffs": np.zeros((1, 2, 2))}):
        with pytest.raises(OptionError):
            run(CUT, **options)
    Y = TABLE.Y.copy()
    Y[:, 3] = 0
    bare = Table.from_arrays(TABLE.Z, Y, regions=TABLE.regions, sectors=TABLE.sectors)
    with pytest.raises(TableError, match="CHN has no final use"):
        run(CUT, table=bare)


# --- what a result says ---------------------------------------------------------------------------


def test_every_option_is_in_the_result():
    model = Equilibrium(
        elasticities=4.0, horizon="short", deficits="fixed", floor=0.02, mixes="cr2014"
    )
    impact = model.run(TABLE, scenario(CUT))
    for option in dataclasses.fields(model):
        name = {"tariffs": "base_tariffs"}.get(option.name, option.name)
        assert name in impact.parameters
    assert impact.parameters["floor"] == 0.02
    assert impact.parameters["deficits"] == "fixed"
    assert impact.parameters["horizon"] == "short"
    assert impact.parameters["mixes"] == "cr2014"
    said = " ".join(impact.assumptions)
    for word in ("flat(4)", "short", "fixed", "Time is ignored"):
        assert word in said
    assert len(impact.certificates) == 2


def test_a_prepared_model_serves_many_scenarios():
    prepared = Equilibrium().prepare(TABLE)
    for shock in (CUT, Isolation(region="FRA"), CUT):
        impact = prepared.run(scenario(shock))
        assert impact["real_income"].tobytes() == run(shock)["real_income"].tobytes()


def test_other_elasticities_have_a_base_of_their_own():
    prepared = Equilibrium().prepare(TABLE).with_theta(np.full(3, 6.0))
    expected = run(CUT, elasticities=6.0)
    assert prepared.run(scenario(CUT))["real_income"] == pytest.approx(
        expected["real_income"], abs=1e-9
    )


# --- the release of 2008 --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wiod2008(shared, wiod2013_raw):
    def labels(name):
        with (shared / "wiod2013" / name).open(encoding="utf-8") as file:
            return [row["code"] for row in csv.DictReader(file)]

    raw = wiod2013_raw(2008)
    return Table.from_arrays(
        raw["Z"],
        raw["Y"],
        regions=labels("regions.csv"),
        sectors=labels("sectors.csv"),
        uses=labels("final_demand.csv"),
        year=2008,
    )


def test_germany_alone_loses_more_wage_than_income(wiod2008):
    """With its surplus gone it exports nothing for others' debts: −21.4 % and −13.0 %."""
    impact = run(Isolation(region="DEU"), table=wiod2008, deficits="fixed")
    assert impact.value("real_wage", region="DEU") == pytest.approx(-21.42, abs=5e-3)
    closed = autarky_cost(wiod2008, deficits="keep", regions="DEU")["autarky_cost"][0]
    assert impact.value("real_wage", region="DEU") == pytest.approx(-closed, abs=1e-6)
    assert impact.value("real_income", region="DEU") == pytest.approx(-12.95, abs=5e-3)
    assert len(impact.parameters["floored"]) == 16


def test_a_share_of_capacity_is_another_share_of_trade(wiod2008):
    prepared = Equilibrium().prepare(wiod2008)
    half = prepared.run(scenario(Embargo(exporters="RUS", importers="DEU", share=0.5)))
    assert float(half["realised_cut"]) == pytest.approx(46, abs=0.5)
    double = prepared.run(scenario(TradeCost(exporters="RUS", importers="DEU", factor=2.0)))
    assert float(double["realised_cut"]) == pytest.approx(98, abs=0.5)
    exact = run(Embargo(exporters="RUS", importers="DEU", share=0.5), table=wiod2008, quota=True)
    assert float(exact["realised_cut"]) == pytest.approx(50, abs=1e-5)


def test_fourteen_cells_of_2008_have_no_price_alone(wiod2008):
    with pytest.raises(NoEquilibriumError, match="FRA:c5"):
        run(Isolation(region="FRA"), table=wiod2008, floor=0.0)


def test_a_quota_on_all_trade_of_the_world():
    world = open_table("world", 2011)
    everything = Embargo(exporters="*", importers="*", share=0.5)
    impact = run(everything, table=world, quota=True)
    assert float(impact["realised_cut"]) >= 50 - 1e-4
