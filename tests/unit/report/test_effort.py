"""The sections of the brief on what it would take: every number from a plan of its own."""

import numpy as np
import pytest

import autarky
from autarky.plan import Goal, Pathway, Preparedness, first
from autarky.report import brief, effort
from autarky.report.sections import Case
from autarky.table import Table


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


@pytest.fixture(scope="module")
def case_of(world):
    found = {}

    def make(region):
        if region not in found:
            found[region] = Case.of(world, region, {})
        return found[region]

    return make


# --- the price of security ------------------------------------------------------------------------


def test_the_price_of_security_is_that_of_the_plan(world, case_of):
    section, (both,) = effort.security(case_of("DEU"))
    plan = Preparedness(draws=0).solve(world, region="DEU")
    assert f"at least {plan['cost_share'][0]:.3f} % of GDP" in section.answer
    assert f"could keep {plan['kept_before'].min():.0f} % at worst" in section.answer
    assert {"cost", "security_cost"} <= set(both.variables)
    at = [row[0] for row in section.rows].index("98 %")
    assert section.rows[at][2] == f"{plan['cost'][0]:,.0f}"


# --- the cheapest steps ---------------------------------------------------------------------------


def test_the_cheapest_steps_are_those_of_the_plan(world, case_of):
    section, (order,) = effort.cheapest(case_of("DEU"))
    expected = first(world, "DEU")
    np.testing.assert_array_equal(order["break_even"], expected["break_even"])
    frame = expected.tidy("break_even").sort_values("value", kind="stable")
    titles = [case_of("DEU").product(code) for code in frame["sector"]]
    assert [row[0] for row in section.rows] == titles
    for title in titles[:3]:
        assert title.lower() in section.answer.lower()
    assert f"{100 * frame['value'].iloc[0]:.0f}" in section.answer
    saved = expected.value("import_fall_alone", sector=frame["sector"].iloc[0])
    whole = expected.value("embodied_imports", region="DEU")
    assert section.rows[0][1] == f"{100 * saved / whole:.1f} %"


# --- the weakest product --------------------------------------------------------------------------


def test_the_weakest_product_is_the_one_least_made_at_home_among_those_made(case_of):
    case = case_of("DEU")
    section, (plan,) = effort.weakest(case)
    goal = Goal(region="DEU", sectors="chemicals", share=0.8, by=14)
    assert plan.goal == goal.describe()
    expected = Pathway().solve(case.table, goal)
    assert section.answer.startswith("Yes: of the chemicals and plastics it uses")
    loss = expected.fields[0].values[0]
    assert f"cost {loss:.2f} % of consumption" in section.answer
    low = expected.value("consumption_loss_low", region="DEU")
    high = expected.value("consumption_loss_high", region="DEU")
    assert f"({low:.2f} to {high:.2f} %" in section.answer
    assert section.rows[-1][:2] == ("2025", "80 %")
    assert section.chart.years == tuple(range(2011, 2026, 2))


def test_what_is_out_of_reach_is_said_with_what_holds_it_back(case_of):
    section, (plan,) = effort.weakest(case_of("KOR"))
    assert not plan.reached
    assert section.answer.startswith("Not within 14 years: of the energy and mining it uses")
    assert "held back by raw materials" in section.answer


def test_what_is_nearly_there_is_asked_for_more(case_of):
    section, (plan,) = effort.weakest(case_of("CHN"))
    assert plan["goal_share"][0, 0] > effort.SHARE
    assert "89 %" in section.answer


# --- what cannot be said --------------------------------------------------------------------------


def test_nothing_is_said_where_nothing_is_imported():
    table = Table.from_arrays(np.eye(2), 2 * np.eye(2), regions=["A", "B"], sectors=["s"])
    case = Case.of(table, "A", {})
    assert effort.cheapest(case) == (None, ())
    assert effort.weakest(case) == (None, ())
    assert effort.security(case) == (None, ())


def test_a_table_without_answer_gets_one_line_that_says_why():
    table = Table.from_arrays([[1, 1], [1, 1]], [[2, 1], [1, 2]], regions=["A", "B"], sectors=["s"])
    case = Case.of(table, "A", {})
    for build in (effort.cheapest, effort.weakest):
        section, results = build(case)
        assert section.answer.startswith("The plans cannot say for this table: ")
        assert (section.rows, section.chart, results) == ((), None, ())


def test_the_brief_has_them_at_its_end(world):
    page = brief(world, "AUT")
    assert [one.key for one in page.sections][-3:] == ["security", "cheapest", "weakest"]
    assert {"first", "pathway", "preparedness"} <= {one.indicator for one in page.results}
    assert {"break_even", "goal_reached"} <= set(page.tidy()["variable"])
