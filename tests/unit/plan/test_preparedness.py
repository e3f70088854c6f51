"""Preparedness: against a program written out by hand, its laws, its words and its guards."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import autarky
from autarky import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
    Table,
    TradeCost,
)
from autarky.errors import InfeasibleError, LabelError, OptionError, UnsupportedShockError
from autarky.plan import Guarantee, Preparedness
from autarky.plan.preparedness import correlated, named
from autarky.plan.preparedness.curves import crossing
from autarky.plan.preparedness.exposure import spells
from autarky.plan.preparedness.program import program
from autarky.stress.critical import ratings_for

GIVEN = {
    "holding": {"goods": 0.1, "chips": 0.2},
    "replace": {"goods": 0.2, "chips": 0.1, "services": 0.9},
    "skip": {"goods": 0.03, "chips": 0.03, "services": 0.6},
    "growth": 0.02,
    "interest": 0.05,
    "depreciation": 0.06,
    "capital": [50.0, 20.0, 60.0],
}


def toy(seed=1, scale=1.0):
    """Three economies and three products; A buys much of its chips abroad."""
    rng = np.random.default_rng(seed)
    Z = rng.uniform(1.0, 6.0, (9, 9))
    Y = rng.uniform(5.0, 30.0, (9, 6))
    Y[[3, 4, 6, 7], :2] += 8.0
    return Table.from_arrays(
        scale * Z,
        scale * Y,
        regions=["A", "B", "C"],
        sectors=["goods", "chips", "services"],
        uses=["consumption", "investment"],
        use_kinds=["household", "investment"],
    )


def cut(name="cut", share=1.0, exporters="B", **more):
    return Scenario(name, Embargo(exporters=exporters, importers="A", share=share, **more))


def solved(table=None, scenarios=None, **options):
    model = Preparedness(**{**GIVEN, **options})
    return model.solve(table or toy(), scenarios or cut(), region="A")


def cost(*args, **options):
    plan = solved(*args, **options)
    assert plan.reached
    return plan.value("cost", region="A", sector="total")


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


@pytest.fixture(scope="module")
def germany(world):
    return Preparedness(draws=0).solve(world, region="DEU")


# --- an independent formulation -------------------------------------------------------------------


def by_hand(prepared, months, cuts):  # noqa: C901, PLR0915 (one block of it after the other)
    """The least cost by a dense program, month by month and supplier by supplier.

    ``cuts`` is a list of (R, S) shares, in force for all months of a scenario.
    """
    base, model = prepared.base, prepared.model
    S, R, r = len(base.sectors), len(base.regions), base.regions.position(base.region)
    hold = np.array([GIVEN["holding"].get(s, np.nan) for s in base.sectors])
    psi = np.array([GIVEN["replace"][s] for s in base.sectors])
    spared = np.array([GIVEN["skip"][s] for s in base.sectors])
    C, E = base.consumption / 12, base.exports / 12
    invested = (base.beta * base.investment.sum() + np.maximum(base.other, 0)) / 12
    down = np.maximum(-base.other, 0) / 12
    supplied = base.suppliers / 12
    most = model.own_share * supplied + model.all_share * base.imports / 12
    most[r] = 0.0
    names = ["S"] * S + ["K"] * S + ["D"] * (R * S)
    per = ["l", *["x"] * S, *["e"] * S, *["I"] * S, *["r"] * S, *["z"] * S, *["q"] * S]
    spots = [(n, t) for n in range(len(cuts)) for t in range(months)]
    first, width = len(names), len(per)
    total = first + width * len(spots)
    price = np.zeros(total)
    price[:S] = np.nan_to_num(hold)
    price[S : 2 * S] = 12 * model.dear * base.kappa * (base.delta + model.rate)
    price[2 * S : first] = 12 * model.premium
    bounds = [(0, None if np.isfinite(h) else 0) for h in hold] + [(0, None)] * S
    bounds += [(0, float(v)) for v in most.reshape(-1)]
    rows, sides = [], []

    def need(row, side):
        rows.append(-row)
        sides.append(-side)

    def at(k, block, i):
        place = {"l": 0, "x": 1, "e": 1 + S, "I": 1 + 2 * S, "r": 1 + 3 * S, "z": 1 + 4 * S}
        return first + k * width + place.get(block, 1 + 5 * S) + i

    for k, (n, t) in enumerate(spots):
        bounds += [(model.keep, 1)] + [(0, None)] * S
        bounds += [(model.exports * v, None) for v in E]
        bounds += [(model.investment * v, None) for v in invested]
        bounds += [(0, None)] * (2 * S)
        bounds += [(0, None if np.isfinite(h) else 0) for h in hold]
        ramp = min(1.0, (t + 1) / model.ramp)
        for i in range(S):
            used = np.zeros(total)
            used[[at(k, "x", j) for j in range(S)]] = base.A[i]
            used[at(k, "l", 0)] = C[i]
            used[at(k, "I", i)] = 1.0

            def unit(block, i=i, k=k):
                row = np.zeros(total)
                row[at(k, block, i)] = 1.0
                return row

            stand = np.zeros(total)
            stand[S + i] = ramp
            mu = base.mu[i]
            need(unit("x") - (1 - mu) * used - unit("r") - unit("e"), -(1 - mu) * down[i])
            came = np.zeros(total)
            for g in range(R):
                came[2 * S + g * S + i] = 1 - cuts[n][g, i]
            supply = unit("r") + unit("z") + unit("q") + came - mu * used
            need(supply, -float(((1 - cuts[n]) * supplied)[:, i].sum()) - mu * down[i])
            need(psi[i] * mu * used + stand - unit("r"), 0.0)
            need(spared[i] * mu * used - unit("z"), 0.0)
            need(stand - unit("x"), -(1 + model.spare) * base.x[i] / 12)
    inputs = (base.A * base.x).sum(axis=1) * base.mu * model.days / 365
    for n in range(len(cuts)):
        for i in range(S):
            draws, sold, built = np.zeros(total), np.zeros(total), np.zeros(total)
            for k, (m, _) in enumerate(spots):
                if m == n:
                    draws[at(k, "q", i)] = 1.0
                    sold[at(k, "e", i)] = 1.0
                    built[at(k, "I", i)] = 1.0
            stock = np.zeros(total)
            stock[i] = 1.0
            need(stock - draws, -(inputs[i] if np.isfinite(hold[i]) else 0.0))
            need(sold, months * model.exports_window * E[i])
            need(built, months * model.keep * invested[i])
    found = linprog(price, A_ub=np.array(rows), b_ub=np.array(sides), bounds=bounds)
    assert found.status == 0
    return found.fun


@given(st.integers(0, 10_000), st.floats(0.3, 1.0), st.integers(1, 5))
@settings(max_examples=12, deadline=None)
def test_the_cost_is_that_of_a_program_written_out_by_hand(seed, share, months):
    """Months one by one and suppliers one by one: grouping either loses nothing."""
    table = toy(seed)
    scenarios = [cut("b", share), cut("half", 0.5, ("B", "C"), sectors="chips")]
    model = Preparedness(**GIVEN, months=months, ramp=3, keep=0.97)
    prepared = model.prepare(table, scenarios, region="A")
    one, two = np.zeros((3, 3)), np.zeros((3, 3))
    one[1], two[1:, 1] = share, 0.5
    plan = prepared.plan()
    expected = by_hand(prepared, months, [one, two])
    assert plan.value("cost", region="A", sector="total") == pytest.approx(expected, abs=1e-5)


# --- laws -----------------------------------------------------------------------------------------


def test_a_small_cut_costs_nothing():
    plan = solved(scenarios=cut(share=1e-4))
    assert plan.value("cost", region="A", sector="total") == 0.0
    assert "without any new measure" in plan.sentences[0]
    assert plan.value("kept_before", region="A", scenario="cut") == pytest.approx(100.0)


def test_more_of_everything_costs_more():
    assert cost(scenarios=cut(share=0.5)) < cost(scenarios=cut(share=1.0))
    assert cost(keep=0.9) < cost(keep=0.99)
    assert cost(months=6) < cost(months=18)
    both = [cut(), cut("other", exporters="C")]
    assert cost(scenarios=both) >= max(cost(scenarios=both[0]), cost(scenarios=both[1])) - 1e-9


def test_fewer_measures_cost_more():
    everything = cost()
    for levers in ("stock", ("stock", "capacity"), ("stock", "suppliers")):
        plan = solved(levers=levers)
        if plan.reached:
            assert plan.value("cost", region="A", sector="total") >= everything - 1e-9
        left = {"stock", "capacity", "suppliers"} - {levers, *levers}
        for lever in left:
            assert plan.value("cost_by_lever", region="A", lever=lever, sector="total") == 0.0


def test_the_unit_of_money_does_not_matter():
    assert cost(toy(scale=1e-4)) == pytest.approx(1e-4 * cost(), rel=1e-7)
    assert cost(toy(scale=1e7)) == pytest.approx(1e7 * cost(), rel=1e-7)


def test_parts_add_up_and_every_amount_has_its_price(germany, world):
    total = germany.value("cost", region="DEU", sector="total")
    frame = germany.tidy()
    frame = frame[frame["region"] == "DEU"]

    def rows(variable, **at):
        found = frame[frame["variable"] == variable]
        for column, label in at.items():
            found = found[found[column] == label] if label else found[found[column] != "total"]
        return found["value"].to_numpy()

    assert rows("cost", sector="").sum() == pytest.approx(total)
    assert rows("cost_by_lever", sector="total").sum() == pytest.approx(total)
    assert rows("cost_by_lever", sector="", lever="").sum() == pytest.approx(total)
    contracts = rows("cost_by_lever", sector="total", lever="suppliers")
    assert 0.03 * rows("other_supply").sum() == pytest.approx(contracts[0])
    assert list(frame["model"].unique()) == ["preparedness"]
    # The contract of scripts: one row of the variable cost with the sector total.
    assert ((frame["variable"] == "cost") & (frame["sector"] == "total")).sum() == 1


def test_it_is_proven_and_says_what_it_assumed(germany):
    assert germany.reached
    assert max(germany.residuals.values()) < 1e-9
    assert germany.certificates[0].residual < 1e-9
    assert germany.parameters["sources"]["holding"] == "assumption by sector"
    assert any("exports are 100 % of the base" in one for one in germany.assumptions)


def test_prices_are_what_a_point_more_costs():
    model = Preparedness(**GIVEN, months=4)
    prepared = model.prepare(toy(), [cut(), cut("c", 0.6, "C")], region="A")
    curve = prepared.security_curve([0.95, 0.9501, 0.98, 0.9801])
    costs, slopes = curve["security_cost"][0], curve["security_price"][0]
    for k in (0, 2):
        assert (costs[k + 1] - costs[k]) / 0.01 == pytest.approx(slopes[k], rel=1e-4)
    plan = prepared.plan()
    assert plan.value("guarantee_price", region="A") == pytest.approx(slopes[2], rel=1e-9)
    assert plan.value("cost", region="A", sector="total") == pytest.approx(costs[2])


def test_secure_imports_are_worth_what_they_save():
    base = Preparedness(**GIVEN).prepare(toy(), cut(), region="A")
    setting = base.setting
    best = base.solver(setting).solve(method="simplex")
    step = 1e-4
    solver = base.solver(setting)
    rows = solver.program.rows["import"][:, 1]
    solver.change_sides(rows, low=solver.program.low[rows] - step)
    saved = (best.value - solver.solve(method="simplex").value) / step
    worth = base.plan().value("import_worth", region="A", sector="chips")
    assert 12.0 * worth == pytest.approx(saved, rel=1e-5)


def test_suppliers_that_fail_together_make_contracts_dearer():
    """The trap: one at a time, every other supplier can help; together, none can."""
    apart = [cut("b", 0.8, "B", sectors="chips"), cut("c", 0.8, "C", sectors="chips")]
    together = cut("both", 0.8, ("B", "C"), sectors="chips")
    assert cost(scenarios=together) > 1.5 * cost(scenarios=apart)


def test_exports_and_investment_are_made_up_for_or_the_guarantee_is_nearly_free(world):
    """The trap: without the windows the cheapest measure is to stop exporting and investing."""
    free = Preparedness(draws=0, exports_window=0.7, investment_window=0.7)
    kept = Preparedness(draws=0)
    cheap = free.solve(world, region="DEU").value("cost", region="DEU", sector="total")
    assert cheap < 0.25 * kept.solve(world, region="DEU").value(
        "cost", region="DEU", sector="total"
    )


def test_what_the_worst_lose_on_average_is_cheaper_to_guarantee():
    scenarios = [cut("b", 1.0), cut("c", 0.4, "C"), cut("chips", 0.5, "B", sectors="chips")]
    robust = cost(scenarios=scenarios, keep=0.95)
    mean = cost(scenarios=scenarios, keep=0.95, tail=0.0)
    tail = cost(scenarios=scenarios, keep=0.95, tail=0.6)
    assert mean <= tail + 1e-9
    assert tail <= robust + 1e-9
    assert mean < robust
    rare = cost(scenarios=scenarios, keep=0.95, tail=0.0, chances={"b": 0.01, "c": 1, "chips": 1})
    assert rare <= mean + 1e-9


def test_ratings_of_critical_inputs_may_say_what_can_be_skipped(world):
    rated = Preparedness(draws=0, skip=ratings_for(world)).solve(world, region="DEU")
    plain = Preparedness(draws=0).solve(world, region="DEU")
    assert "Pichler" in rated.parameters["sources"]["skip"]
    # Many inputs are rated as not critical: far more can be skipped than the plain 3 %.
    total = {"region": "DEU", "sector": "total"}
    assert rated.value("cost", **total) < plain.value("cost", **total)
    nothing = Preparedness(draws=0, skip=0.0).solve(world, region="DEU")
    assert nothing.value("cost", **total) > plain.value("cost", **total)


# --- curves ---------------------------------------------------------------------------------------


def test_the_curve_rises_ever_more_steeply(world):
    curve = (
        Preparedness(draws=0).prepare(world, region="DEU").security_curve(np.linspace(0.86, 1.0, 8))
    )
    costs, slopes = curve["security_cost"][0], curve["security_price"][0]
    assert (np.diff(costs) > 0).all()
    assert (np.diff(slopes) >= -1e-6).all()
    assert curve.tidy("security_cost")["keep"].tolist()[0] == "0.86"
    assert curve.sentences[0].startswith("Keeping 86 % costs")


def test_a_point_of_the_curve_is_the_plan_of_its_own(world):
    model = Preparedness(draws=0)
    curve = model.prepare(world, region="DEU").security_curve([0.6, 0.93])
    for keep in (0.6, 0.93):
        plan = dataclasses.replace(model, keep=keep).solve(world, region="DEU")
        assert curve.value("security_cost", region="DEU", keep=f"{keep:g}") == pytest.approx(
            plan.value("cost", region="DEU", sector="total"), rel=1e-7
        )


def test_measures_against_months():
    model = Preparedness(**GIVEN, levers=("stock", "capacity"))
    prepared = model.prepare(toy(), cut(share=0.5), region="A")
    curve = prepared.over_months([2, 8, 14, 20])
    costs = dict(zip(curve.fields[0].dimensions[1].columns["measures"],
                     curve["security_cost"][0], strict=True))  # fmt: skip
    assert (np.diff(costs["stock"]) > 0).all()
    assert (costs["all"] <= costs["stock and capacity"] + 1e-9).all()
    cheaper = np.fmin(costs["stock"], costs["capacity"])
    assert (costs["stock and capacity"] <= cheaper + 1e-9).all()
    plan = dataclasses.replace(model, months=14).solve(toy(), cut(share=0.5), region="A")
    assert costs["stock and capacity"][2] == pytest.approx(
        plan.value("cost", region="A", sector="total"), rel=1e-7
    )


def test_where_two_curves_cross():
    months = np.array([1.0, 2.0, 3.0])
    assert crossing(months, np.array([1.0, 2.0, 3.0]), np.full(3, 2.5)) == pytest.approx(2.5)
    assert crossing(months, np.array([1.0, 1.0, 1.0]), np.full(3, 2.5)) is None


def test_steps_end_at_the_guarantee_and_the_cheapest_comes_first(world):
    prepared = Preparedness(draws=0).prepare(world, region="DEU")
    steps, plan = prepared.steps(3), prepared.plan()
    total = steps["step_cost"][0]
    assert total.sum() == pytest.approx(plan.value("cost", region="DEU", sector="total"))
    assert (np.diff(total) >= -1e-6).all()
    assert steps["step_level"][0][-1] == pytest.approx(98.0)
    assert steps.sentences[0].startswith("Step 1: ")
    with pytest.raises(OptionError, match="count is 0"):
        prepared.steps(0)


# --- what can happen ------------------------------------------------------------------------------


def exposed(scenario, months=12, region="DEU", table=None):
    table = table or autarky.open("world", 2011)
    base = autarky.plan.calibrate(table, region)
    return spells([scenario], table, base, months=months, ramp=6), table, base


def test_a_cut_that_ends_leaves_the_months_after_it_free(world):
    short = Scenario(
        "short", Embargo(exporters="CHN", importers="DEU", share=0.5, duration=365 / 12 * 3)
    )
    found, table, _ = exposed(short)
    china = table.regions.position("CHN")
    by_month = dict(zip(found.labels, found.cut[:, china, 0], strict=True))
    assert by_month["short:1"] == pytest.approx(0.5)
    assert by_month["short:6-12"] == 0.0
    assert found.months.sum() == 12


def test_months_alike_are_one_spell_and_ramps_tell_them_apart(world):
    found, *_ = exposed(cut_of("CHN"))
    assert found.labels == ("c:1", "c:2", "c:3", "c:4", "c:5", "c:6-12")
    assert found.ramp.tolist() == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1.0])


def cut_of(exporters):
    return Scenario("c", Embargo(exporters=exporters, importers="DEU"))


def test_isolation_cuts_what_is_sold_as_well(world):
    found, *_ = exposed(Scenario("alone", Isolation(region="DEU")), months=1)
    assert found.sold[0, :9] == pytest.approx(np.zeros(9), abs=1e-12)
    others = np.arange(41) != autarky.open("world", 2011).regions.position("DEU")
    assert (found.cut[0, others] == 1).all()


def test_capacity_lost_abroad_is_not_delivered_and_at_home_not_made(world):
    lost = Scenario(
        "quake",
        [
            CapacityLoss(regions="JPN", sectors="electronics", share=0.4),
            CapacityLoss(regions="DEU", sectors="vehicles", share=0.1),
            CapitalLoss(regions="JPN", sectors="vehicles", share=0.3),
        ],
    )
    found, table, _ = exposed(lost, months=1)
    japan = table.regions.position("JPN")
    electronics, vehicles = table.sectors.locate(["electronics", "vehicles"])
    assert found.cut[0, japan, electronics] == pytest.approx(0.4)
    assert found.cut[0, japan, vehicles] == pytest.approx(0.3)
    assert found.able[0, vehicles] == pytest.approx(0.9)
    assert found.able[0, electronics] == 1.0


def test_released_stocks_and_demand_that_shifts(world):
    both = Scenario(
        "care",
        [
            StockRelease(regions="DEU", sectors="energy", days=90, of="imports"),
            DemandShift(regions="DEU", sectors="chemicals", change=0.2),
        ],
    )
    found, table, base = exposed(both, months=1)
    energy, chemicals = table.sectors.locate(["energy", "chemicals"])
    assert found.released[0, energy] == pytest.approx(90 / 365 * base.imports[energy])
    assert found.asked[0, chemicals] == pytest.approx(1.2)


def test_what_does_not_touch_the_economy_is_left_out_by_name(world):
    elsewhere = Scenario("elsewhere", Embargo(exporters="CHN", importers="USA"))
    plan = Preparedness().solve(world, [cut_of("CHN"), elsewhere], region="DEU")
    assert any("elsewhere does not touch DEU" in one for one in plan.warnings)
    with pytest.raises(OptionError, match="none of the scenarios touches DEU"):
        Preparedness().solve(world, elsewhere, region="DEU")


def test_the_named_cut_offs_fit_both_classifications(world):
    found, notes = named(world, "DEU")
    assert [one.name for one in found] == [
        "china-taiwan", "russia-china-taiwan", "outside-eu-half", "chips", "energy", "rest-half",
    ]  # fmt: skip
    assert notes == ()
    mine, notes = named(world, "CHN")
    china = next(one for one in mine if one.name == "china-taiwan")
    assert china.shocks[0].exporters == ("TWN",)
    part, notes = named(toy(), "A")
    assert [one.name for one in part] == ["outside-eu-half"]
    assert "china-taiwan (China and Taiwan deliver nothing) is left out" in notes[0]
    two = Table.from_arrays(np.ones((2, 2)), np.ones((2, 2)), regions=["DEU", "FRA"], sectors=["s"])
    with pytest.raises(OptionError, match="none of the named cut-offs fits this table"):
        named(two, "DEU")


def test_draws_are_repeatable_and_blocs_fail_together(world):
    one, two = (correlated(world, "USA", draws=40, seed=3) for _ in range(2))
    assert [s.shocks for s in one] == [s.shocks for s in two]
    hit = [{x for shock in s.shocks for x in shock.exporters} for s in one]
    china, taiwan = (np.array([r in h for h in hit]) for r in ("CHN", "TWN"))
    assert (china & taiwan).mean() > 1.5 * china.mean() * taiwan.mean()
    german = correlated(world, "DEU", draws=10)
    assert not any("FRA" in shock.exporters for s in german for shock in s.shocks)
    assert correlated(world, "DEU", draws=0) == ()


# --- out of reach ---------------------------------------------------------------------------------


def test_a_guarantee_out_of_reach_says_what_can_be_kept_and_what_holds_it_back(world):
    plan = Preparedness(draws=0, levers=()).solve(world, region="DEU")
    assert not plan.reached
    kept = plan.value("kept_share", region="DEU")
    assert 50 < kept < 98
    said = plan.sentences[1]
    assert said.startswith(f"98 % is out of reach for DEU: {kept:.3g} % can be kept, held back by ")
    assert "Textiles" in said
    assert "stocks and standby capacity and contracts with other suppliers would help" in said
    # What can be kept is met by the guarantee of that much.
    again = Preparedness(draws=0, levers=(), keep=kept / 100 - 1e-6,
                         exports_window=kept / 98, investment_window=kept / 100)  # fmt: skip
    assert again.solve(world, region="DEU").reached


def test_floors_that_nothing_can_keep_up_are_one_paragraph(world):
    blackout = Scenario(
        "blackout", CapacityLoss(regions="DEU", sectors="machinery", share=0.6), title="no power"
    )
    said = r"export 70 % and invest 70 % of the base in every month of no power: lower exports="
    with pytest.raises(InfeasibleError, match=said) as caught:
        Preparedness(levers="stock").solve(world, blackout, region="DEU")
    assert "allow capacity and suppliers" in str(caught.value)
    assert "\n" not in str(caught.value)


# --- guards ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"keep": 98}, "write 0.98 for 98 %"),
        ({"keep": 0}, "keep is 0; it must be a share of consumption"),
        ({"months": -3}, "months is -3; a cut-off lasts a whole number of months"),
        ({"months": 2.5}, "months is 2.5"),
        ({"levers": "stocks"}, "levers are some of stock, capacity, suppliers"),
        ({"exports": 1.2}, "exports is 1.2; it must be from 0 to 1"),
        ({"premium": -0.1}, "premium is -0.1; it must be 0 or more"),
        ({"investment_window": 2.0}, "investment_window is 2"),
        ({"tail": 1.0}, "tail is 1; it is a share of luck"),
        ({"ramp": -1}, "ramp is -1"),
        ({"chances": {"a": 1.0}}, "without tail every scenario counts in full"),
        ({"exports": 0.9, "exports_window": 0.8}, "contradict each other: lower exports or raise"),
    ],
)
def test_options_out_of_range(options, said):
    with pytest.raises(OptionError, match=said):
        Preparedness(**options)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"holding": {"chip": 0.1}}, LabelError, "did you mean chips"),
        ({"skip": {"goods": 1.5, "*": 0.1}}, OptionError, "skip of goods is 1.5"),
        ({"replace": None}, OptionError, "there are no numbers for 'replace' for these sectors"),
        ({"holding": {"goods": -0.1}}, OptionError, "holding of goods is -0.1"),
        ({"days": {"chip": 3.0}}, LabelError, "did you mean chips"),
        ({"days": -1.0}, OptionError, "days of stocks"),
        ({"tail": 0.5, "chances": {"cutt": 1.0}}, LabelError, "did you mean cut"),
        ({"tail": 0.5, "chances": {"cut": 0.0}}, OptionError, "some above 0"),
    ],
)
def test_numbers_by_sector_and_scenario_are_checked(options, error, said):
    with pytest.raises(error, match=said):
        solved(**options)


def test_who_is_meant_must_be_clear(world):
    with pytest.raises(OptionError, match="whose preparedness"):
        Preparedness().solve(world)
    with pytest.raises(LabelError, match="did you mean DEU"):
        Preparedness().solve(world, region="Germany")
    with pytest.raises(OptionError, match="the guarantee is for FRA, and region is DEU"):
        Preparedness().solve(world, Guarantee(region="FRA"), region="DEU")
    with pytest.raises(OptionError, match=r"contradict each other: the guarantee has keep=0\.95"):
        Preparedness(keep=0.9).solve(world, Guarantee(region="DEU", keep=0.95))
    with pytest.raises(OptionError, match="months is 0"):
        Guarantee(region="DEU", months=0)
    with pytest.raises(OptionError, match="scenarios are one or more"):
        Preparedness().solve(world, ["china"], region="DEU")


def test_a_guarantee_is_a_goal(world, germany):
    plan = Preparedness(draws=0).solve(world, Guarantee(region="DEU", keep=0.95, months=6))
    total = {"region": "DEU", "sector": "total"}
    assert plan.value("cost", **total) < germany.value("cost", **total)
    assert plan.goal == "at least 95 % of consumption for 6 months"


def test_scenarios_are_checked(world):
    with pytest.raises(UnsupportedShockError, match=r"stress\.Equilibrium"):
        Preparedness().solve(
            world,
            Scenario("dear", TradeCost(exporters="CHN", importers="DEU", factor=1.2)),
            region="DEU",
        )
    with pytest.raises(OptionError, match="two scenarios are called c"):
        Preparedness().solve(world, [cut_of("CHN"), cut_of("USA")], region="DEU")


def test_the_ratings_must_fit_and_say_nothing_of_final_use_where_nothing_is_known(world):
    known = ratings_for(world)
    mine = dataclasses.replace(known, sectors=toy().sectors, values=np.ones((3, 3)))
    plan = solved(skip=mine)
    assert plan.parameters["sources"]["skip"].endswith("final use: nothing")
    assert plan.value("cost", region="A", sector="total") == pytest.approx(cost(skip=0.0))
    with pytest.raises(OptionError, match="ratings are for other sectors"):
        solved(skip=ratings_for(world))


def test_every_row_of_the_program_has_a_place_in_the_text():
    prepared = Preparedness(**GIVEN, months=3, ramp=2).prepare(toy(), cut(), region="A")
    assert "guarantee(cut:1)" in prepared.program().text("guarantee")
    assert program(prepared.setting, before=True).rows.keys() >= {"reach"}
