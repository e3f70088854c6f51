"""Pathway: what comes out, in numbers and words, and the questions that ask it many times."""

import numpy as np
import pytest

import autarky
from autarky import CapacityLoss
from autarky.errors import InfeasibleError, LabelError, OptionError
from autarky.plan import Goal, Limits, Pathway, Recovery, calibrate
from small_economies import three

MODEL = Pathway(band=None, growth=0.02, interest=0.06)
GOODS = Goal(region="A", sectors="goods", share=0.9, by=4)


@pytest.fixture(scope="module")
def table():
    return three()


@pytest.fixture(scope="module")
def base(table):
    return calibrate(table, "A", growth=0.02, interest=0.06)


@pytest.fixture(scope="module")
def plan(table):
    return Pathway(growth=0.02, interest=0.06).solve(table, GOODS)


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


# --- the answer -----------------------------------------------------------------------------------


def test_the_goal_is_reached_and_every_number_has_its_place(plan):
    assert plan.reached
    assert plan.value("goal_share", sector="goods") == 0.9
    assert plan.value("goal_reached", sector="goods") == pytest.approx(0.9, abs=1e-6)
    assert plan.value("goal_unmet", sector="goods") == pytest.approx(0, abs=1e-3)
    assert plan.value("home_share", sector="goods", time=2004) == pytest.approx(0.9, abs=1e-6)
    frame = plan.tidy()
    assert {"time", "model", "region", "sector", "variable", "value", "unit"} <= set(frame.columns)
    assert set(frame["model"]) == {"pathway"}
    assert not frame["variable"].isna().any()
    path = plan.tidy("output")
    assert sorted(set(path["time"])) == list(range(2000, 2005))


def test_the_plan_adds_up(plan, table, base):
    """Home sales and exports are output; output is within capacity; imports within exchange."""
    output, capacity = plan["output"][0], plan["capacity"][0]
    assert (output <= capacity * (1 + 1e-6)).all()
    assert (output[0] <= 1.08 * base.x * (1 + 1e-6)).all()
    assert (output[1:] <= 1.08 * output[:-1] * (1 + 1e-6)).all()
    paid = plan["imports"][0].sum(axis=1) - plan["exports"][0].sum(axis=1)
    assert (paid <= (base.imports - base.exports).sum() * (1 + 1e-6) + 1e-6).all()


def test_the_loss_has_a_band_around_it(plan):
    low, high = (plan[f"consumption_loss_{end}"].item() for end in ("low", "high"))
    assert low < plan["consumption_loss"][0] < high
    assert plan.parameters["band_reached"] == {0.5: True, 2.0: True}


def test_money_is_the_loss_times_consumption(plan, base):
    share = plan["consumption_loss"][0] / 100
    assert plan["consumption_loss_amount"][0] == pytest.approx(share * base.consumption.sum())


def test_the_price_of_an_allowance_is_what_a_little_more_saves(table, base):
    """One more unit of imports allowed in one year, against the solved price."""
    prepared = MODEL.prepare(table, GOODS)
    one = prepared.solved()
    price = one.allowance(one.setting.targets[0])
    assert (price[:4] == 0).all()
    for t in (4, 6):
        solver = prepared.solver()
        row = solver.program.rows["goal_goods"][t - 4]
        solver.change_sides(row, high=1e-3)
        more = solver.solve().value - one.best.value
        assert more / 1e-3 / prepared.setting.weights[t] == pytest.approx(price[t], rel=1e-4)


def test_a_stricter_goal_costs_more_and_time_makes_it_cheaper(table):
    losses = [
        MODEL.prepare(table, Goal(region="A", sectors="goods", share=s, by=4)).solved().loss
        for s in (0.8, 0.85, 0.9)
    ]
    assert losses == sorted(losses)
    assert losses[0] < losses[2]
    slower = Goal(region="A", sectors="goods", share=0.9, by=8)
    assert MODEL.prepare(table, slower).solved().loss < losses[2]


def test_words(plan):
    said = " ".join(plan.sentences)
    assert "The plan costs A " in said
    assert "of consumption" in said
    assert "over the band of trade elasticities" in said
    assert "One more money of imports of goods in 2004 would be worth" in said
    assert plan.question == (
        "What does it take A to have goods at least 90 % made at home by year 4?"
    )
    assert plan.residuals["no policy: rows"] < 1e-9
    assert plan.certificates[0].residual < 1e-6


def test_an_unreachable_goal_says_what_is_reachable_and_what_binds(world):
    plan = Pathway(band=None).solve(world, Goal(region="JPN", sectors="energy", share=0.95, by=12))
    assert not plan.reached
    said = " ".join(plan.sentences)
    assert "Energy and mining (fuels and ores together) would reach 77 % by 2023" in said
    assert "points short of 95 %" in said
    assert "20 years would not be enough either." in said
    assert "It is held back by raw materials" in said
    assert "what a missed goal counts" in said


def test_a_goal_that_comes_too_soon_says_how_many_years_it_needs(table):
    plan = MODEL.solve(table, Goal(region="A", sectors="goods", share=0.98, by=2))
    assert not plan.reached
    assert plan["years_needed"].item() == 3
    assert plan.sentences[2] == "It would take 3 years."
    quiet = Pathway(band=None, growth=0.02, interest=0.06, seek=False)
    found = quiet.solve(table, Goal(region="A", sectors="goods", share=0.98, by=2))
    assert "years_needed" not in found.variables


def test_words_for_an_economy_and_for_what_is_destroyed(table):
    plan = MODEL.solve(table, Goal(region="A", share=0.999, by=2))
    assert plan.sentences[1].startswith("The whole economy would reach ")
    loss = CapacityLoss(regions="A", sectors="goods", share=0.4)
    plan = MODEL.solve(table, Recovery(region="A", losses=loss, share=0.95, by=5))
    assert plan.sentences[0].startswith("What is destroyed, and the way back, cost A ")


@pytest.mark.slow
def test_processes_do_not_change_the_band(table):
    one = Pathway(growth=0.02, interest=0.06).solve(table, GOODS)
    two = Pathway(growth=0.02, interest=0.06, workers=2).solve(table, GOODS)
    for end in ("low", "high"):
        name = f"consumption_loss_{end}"
        assert one[name].item() == two[name].item()


def test_the_fewest_years_back_after_destruction(table):
    loss = CapacityLoss(regions="A", sectors="goods", share=0.6)
    plan = MODEL.fastest(table, Recovery(region="A", losses=loss, share=0.95, by=1))
    years = int(plan["years_needed"].item())
    assert years > 1
    assert plan.goal == f"output of the sectors hit back to 95 % by year {years}"


def test_several_goals_at_once(table):
    goals = [
        Goal(region="A", sectors="goods", share=0.85, by=4),
        Goal(region="A", domain=["goods", "parts"], share=0.85, by=6),
        Goal(region="A", sectors="parts", partner="B", share=0.08, by=5),
        Goal(region="A", share=0.92, by=6),
    ]
    plan = MODEL.solve(table, goals)
    assert plan.reached
    names = plan.tidy("goal_reached")["sector"].tolist()
    assert names == ["goods", "goods and parts", "parts from B", "economy"]
    reached = plan.tidy("goal_reached").set_index("sector")["value"]
    assert reached["parts from B"] <= 0.08 + 1e-6
    assert reached["economy"] >= 0.92 - 1e-6
    assert plan.parameters["years"] == 6 + Limits().tail


def test_a_ramp_is_kept_in_every_year(table):
    goal = Goal(region="A", sectors="goods", share=0.9, by=6, ramp="linear")
    prepared = MODEL.prepare(table, goal)
    one = prepared.solved()
    target = one.setting.targets[0]
    path = one.path(target)
    # Nothing can be built before the second year: the first is missed, the others are kept.
    asked = np.array([target.asked(t) or 0.0 for t in range(len(path))])
    assert (path[2:] >= asked[2:] - 1e-6).all()
    plain = MODEL.prepare(table, Goal(region="A", sectors="goods", share=0.9, by=6)).solved()
    assert one.loss > plain.loss


def test_a_partner_may_be_replaced_by_others_at_a_cost(table, base):
    goal = Goal(region="A", sectors="parts", partner="B", share=0.0, by=4)
    one = MODEL.prepare(table, goal).solved()
    assert one.reached(one.setting.targets[0]) == pytest.approx(0, abs=1e-7)
    diverted = one.best["divert_parts_from_B"][4].sum()
    at_home = one.best["instead_parts_from_B"][4].sum()
    assert diverted > 0
    part = base.suppliers[1, 1] / base.use[1]
    assert diverted + at_home == pytest.approx(part * one.best["u"][4, 1], rel=1e-6)
    assert one.loss > 0


def test_recovery_takes_years_and_the_loss_is_what_destruction_costs(table):
    loss = CapacityLoss(regions="A", sectors="goods", share=0.4)
    goal = Recovery(region="A", losses=loss, share=0.95, by=5)
    one = MODEL.prepare(table, goal).solved()
    target = one.setting.targets[0]
    path = one.path(target)
    assert path[0] <= 0.6 + 1e-9
    assert path[5] >= 0.95 - 1e-6
    assert one.loss > 0
    assert one.best["surge"].sum() > 0
    plan = MODEL.solve(table, goal)
    assert plan.reached
    worse = Recovery(
        region="A",
        losses=CapacityLoss(regions="A", sectors="goods", share=0.6),
        share=0.95,
        by=5,
    )
    assert MODEL.prepare(table, worse).solved().loss > one.loss


def test_destruction_that_leaves_nothing_to_live_on_names_what_gives_way(table):
    loss = CapacityLoss(regions="A", share=1.0)
    with pytest.raises(InfeasibleError, match="nothing meets all conditions of the plan at once"):
        MODEL.solve(table, Recovery(region="A", losses=loss, share=0.9, by=3))


# --- what must not matter -------------------------------------------------------------------------


def test_units_do_not_matter(table):
    one, two = (MODEL.prepare(t, GOODS).solved() for t in (table, three(scale=1000.0)))
    assert two.loss == pytest.approx(one.loss, rel=1e-6)
    assert two.reached(two.setting.targets[0]) == pytest.approx(0.9, abs=1e-6)


def test_the_order_of_sectors_does_not_matter(table):
    one = MODEL.prepare(table, GOODS).solved()
    two = MODEL.prepare(three(order=(2, 0, 1)), GOODS).solved()
    assert two.best.value == pytest.approx(one.best.value, rel=1e-9)


def test_a_goal_that_asks_for_hardly_more_costs_hardly_anything(table, base):
    share = float(base.home_share[0]) + 1e-6
    one = MODEL.prepare(table, Goal(region="A", sectors="goods", share=share, by=4)).solved()
    proof = MODEL.prepare(table, GOODS).replication()
    horizon = MODEL.prepare(table, Goal(region="A", sectors="goods", share=share, by=4))
    assert horizon.replication().value - one.best.value < 1e-5 * proof.value


# --- asked many times -----------------------------------------------------------------------------


def test_the_fewest_years(table):
    steep = Goal(region="A", sectors="goods", share=0.98, by=1)
    plan = MODEL.fastest(table, steep)
    assert plan["years_needed"].item() == 3
    assert plan.sentences[0] == "It takes 3 years."
    short = MODEL.prepare(table, Goal(region="A", sectors="goods", share=0.98, by=2)).solved()
    assert short.unmet(short.setting.targets[0]) > 0.5
    dear = MODEL.fastest(table, steep, max_loss=0.03)
    assert dear["years_needed"].item() > 3
    assert dear["consumption_loss"][0] <= 3
    never = MODEL.fastest(table, steep, max_loss=1e-6)
    assert not never.reached
    assert np.isnan(never["years_needed"].item())
    assert never.sentences[0] == "30 years are not enough at a loss of at most 0.0001 %."
    assert MODEL.fastest(table, GOODS).sentences[0] == "It takes 1 year."


def test_the_highest_share_within_a_loss(table):
    plan = MODEL.max_reach(table, GOODS, budget=0.005)
    share = plan["goal_share"].item()
    assert 0.742 < share < 0.9
    assert plan["consumption_loss"][0] <= 0.5 + 1e-6
    assert (
        plan.sentences[0] == f"For 0.5 % of consumption the goal can be goods {100 * share:.1f} %."
    )
    more = MODEL.prepare(
        table, Goal(region="A", sectors="goods", share=share + 0.005, by=4)
    ).solved()
    assert more.loss > 0.005
    partner = MODEL.max_reach(
        table, Goal(region="A", sectors="parts", partner="B", share=0.05, by=4), budget=0.5
    )
    assert partner["goal_share"].item() == 0.0


def test_a_curve_of_ambition_is_that_of_single_plans(table):
    shares = [0.8, 0.85, 0.9]
    curve = MODEL.ambition_curve(table, GOODS, shares)
    alone = [
        MODEL.prepare(table, Goal(region="A", sectors="goods", share=s, by=4)).solved().loss
        for s in shares
    ]
    np.testing.assert_allclose(curve["consumption_loss"][0] / 100, alone, rtol=1e-4, atol=1e-8)
    assert (np.diff(curve["consumption_loss"][0]) > 0).all()
    assert curve.tidy("goal_reached")["asked"].tolist() == ["0.8", "0.85", "0.9"]


def test_a_curve_of_years(table):
    steep = Goal(region="A", sectors="goods", share=0.98, by=1)
    curve = MODEL.speed_curve(table, steep, [2, 4, 8])
    assert curve.tidy("consumption_loss")["years"].tolist() == ["2", "4", "8"]
    assert (np.diff(curve["consumption_loss"][0][1:]) < 0).all()
    assert curve["goal_unmet"][0, 0, 0] > 0.5


def test_alternatives_enclose_the_best_plan(table):
    plan = MODEL.alternatives(table, GOODS, slack=0.05)
    low, best, high = (plan[f"alternative_{x}"][0] for x in ("low", "best", "high"))
    assert (low <= best + 1e-6).all()
    assert (best <= high + 1e-6).all()
    assert (low < high - 1e-4).any()
    wider = MODEL.alternatives(table, GOODS, slack=0.2)
    assert (wider["alternative_low"][0] <= low + 1e-6).all()
    assert (wider["alternative_high"][0] >= high - 1e-6).all()


def test_whole_plants(table, base):
    size = 5.0
    model = Pathway(band=None, growth=0.02, interest=0.06, plants={"goods": size})
    prepared = model.prepare(table, GOODS)
    one = prepared.solved()
    count = one.best["plants"]
    np.testing.assert_allclose(count, np.round(count), atol=1e-6)
    assert count.sum() >= 1
    keep = (base.delta[0] + base.growth) * (1 + base.growth) ** (base.lead - 1)
    added = one.best["v"][:, 0] - keep * one.best["k"][:-1, 0]
    assert (added <= size * count[:, 0] + 1e-6).all()
    plain = MODEL.prepare(table, GOODS).solved()
    assert one.best.value <= plain.best.value * (1 + 1e-9)
    assert model.solve(table, GOODS).reached


# --- refused --------------------------------------------------------------------------------------


def test_numbers_out_of_range(table):
    with pytest.raises(OptionError, match=r"band is \(2, 3\); it must be two factors around 1"):
        Pathway(band=(2, 3))
    with pytest.raises(OptionError, match=r"skill is 0\.9.*tiers is 2\.5.*a whole number"):
        Limits(skill=0.9, tiers=2.5)
    with pytest.raises(OptionError, match="below 1 not even the table is possible"):
        Limits(labour_limit=0.5)
    with pytest.raises(OptionError, match=r"max_loss is 1; it is a share: write 0\.01 for 1 %"):
        MODEL.fastest(table, GOODS, max_loss=1)
    with pytest.raises(OptionError, match="budget is 5; it is a share"):
        MODEL.max_reach(table, GOODS, budget=5)
    with pytest.raises(OptionError, match="slack is 0; it is a share"):
        MODEL.alternatives(table, GOODS, slack=0)
    with pytest.raises(OptionError, match="a curve needs at least one year"):
        MODEL.speed_curve(table, GOODS, [])
    with pytest.raises(OptionError, match="the capital of a plant must be above 0: goods 0"):
        Pathway(plants={"goods": 0.0}).prepare(table, GOODS)
    with pytest.raises(OptionError, match="a loss of 1e-07 % of consumption buys less than"):
        MODEL.max_reach(table, GOODS, budget=1e-9)


def test_labels_that_are_not_there(table):
    with pytest.raises(LabelError, match="unknown sector: 'part'"):
        Pathway(plants={"part": 1.0}).prepare(table, GOODS)
    with pytest.raises(LabelError, match="did you mean parts"):
        Pathway(raw=("part",)).prepare(table, GOODS)
    with pytest.raises(OptionError, match="have no value for 3 of 3 sectors"):
        Pathway(elasticity="cr2014").prepare(table, GOODS)


def test_a_frontier_has_no_whole_plants(table):
    model = Pathway(band=None, plants={"goods": 5.0})
    with pytest.raises(OptionError, match="a frontier needs a program without whole plants"):
        model.ambition_curve(table, GOODS, [0.8])
