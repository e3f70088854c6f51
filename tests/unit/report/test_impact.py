"""Stress tests as sections: every number again from the impact, and odd impacts."""

import io
import re

import numpy as np
import pytest
from rich.console import Console

from autarky import Table
from autarky.axes import Axis
from autarky.report.impact import compared, headline, pressed, sections, who_pays
from autarky.report.terminal import print_section
from autarky.report.words import percent
from autarky.shocks import Embargo, Isolation, Scenario, TradeCost, scenarios
from autarky.stress import Equilibrium, pressure


@pytest.fixture(scope="module")
def prepared(world):
    return Equilibrium().prepare(world)


@pytest.fixture(scope="module")
def cut(prepared):
    return prepared.run(
        Scenario("no-trade", [Embargo(exporters="RUS", importers="DEU", share=0.9)])
    )


@pytest.fixture(scope="module")
def sanctions(prepared, world):
    impact = prepared.run(scenarios()["russia-west-2022"])
    return pressure(impact, world, target="RUS", coalition="WEST", groups_year=2022)


def by_key(found):
    return {one.key: one for one in found}


def amount(text):
    return float(text.replace(",", ""))


# --- the sentence ---------------------------------------------------------------------------------


def test_the_headline_is_about_those_in_focus(cut, world):
    text = headline(cut, world, ["DEU", "RUS"])
    for code, name in (("DEU", "Germany"), ("RUS", "Russia")):
        loss = -cut.value("real_income", region=code)
        verb = "loses" if loss > 0 else "gains"
        assert f"{name} {verb} {percent(abs(loss) / 100, 2)}" in text
    lost = 100 * cut["income_loss"].sum() / cut["income"].sum()
    assert text.endswith(f"the world loses {percent(lost / 100, 2)}.")


def test_without_focus_it_is_about_the_greatest_loser(cut, world):
    worst = world.regions.titles[int(np.argmin(cut["real_income"]))]
    assert headline(cut, world, []).startswith(f"In the long run {worst} loses")


def test_what_rounds_to_nothing_is_no_gain(prepared, world):
    nothing = prepared.run(
        Scenario("nothing", [TradeCost(exporters="*", importers="DEU", factor=1.0)])
    )
    text = headline(nothing, world, ["DEU"])
    assert text == "In the long run Germany loses 0.00 % of real income; the world loses 0.00 %."


def test_gains_are_called_gains(prepared, world):
    cheap = TradeCost(exporters="*", importers="DEU", factor=0.8, mutual=True)
    text = headline(prepared.run(Scenario("cheap", [cheap])), world, ["DEU"])
    assert "Germany gains" in text
    assert "the world gains" in text
    assert "-" not in text


# --- sections -------------------------------------------------------------------------------------


def test_who_pays_lists_both_measures_and_the_money(cut, world):
    section = who_pays(cut, world, ["DEU", "RUS"])
    assert [row[0] for row in section.rows[:2]] == ["Germany", "Russia"]
    codes = {title: code for code, title in zip(world.regions, world.regions.titles, strict=True)}
    rest = []
    for name, income, wage, money in section.rows:
        n = world.regions.position(codes[name])
        assert income == percent(-cut["real_income"][n] / 100, 2)
        assert wage == percent(-cut["real_wage"][n] / 100, 2)
        assert amount(money) == pytest.approx(cut["income_loss"][n], abs=0.5)
        rest.append(-cut["real_income"][n])
    assert rest[2:] == sorted(rest[2:], reverse=True)
    assert section.columns[1:] == ("real income lost", "real wage lost", "million USD/yr")
    assert len(section.chart.values) == len(section.rows) == 10
    assert all(0 <= v <= section.chart.top for v in section.chart.values)


def test_who_steps_in_are_those_that_sell_more(cut, world):
    section = by_key(sections(cut, world, ["DEU"]))["steps-in"]
    n = world.regions.position("DEU")
    more = cut["imports"][n] - cut["imports_before"][n]
    order = np.argsort(-more)[:5]
    assert [row[0] for row in section.rows] == [world.regions.titles[i] for i in order]
    for row, i in zip(section.rows, order, strict=True):
        assert amount(row[1]) == pytest.approx(cut["imports_before"][n, i], abs=0.5)
        assert amount(row[2]) == pytest.approx(cut["imports"][n, i], abs=0.5)
        assert amount(row[3]) == pytest.approx(more[i], abs=0.5)
    assert "Russia" not in [row[0] for row in section.rows]


def test_nobody_steps_in_for_who_is_alone(prepared, world):
    impact = prepared.run(Scenario("alone", [Isolation(region="DEU")]))
    assert "steps-in" not in by_key(sections(impact, world, ["DEU"]))


def test_sectors_are_those_that_move_most(cut, world):
    section = by_key(sections(cut, world, ["DEU"]))["sectors"]
    output = cut["output"][world.regions.position("DEU")]
    shown = [float(row[1].removesuffix(" %")) for row in section.rows]
    assert shown[0] == round(float(output.min()), 1)
    assert shown[-1] == round(float(output.max()), 1)
    assert shown == sorted(shown)


def test_without_focus_only_who_pays(cut, world):
    assert list(by_key(sections(cut, world, []))) == ["who-pays"]


def test_pressure_in_words(sanctions, world):
    section = pressed(sanctions, world)
    assert f"the coalition loses {float(sanctions['cost_of_pressure']):.2f}." in section.answer
    assert section.answer.startswith("For each USD")
    names = [row[0] for row in section.rows]
    assert names == ["The target", "The coalition", "Everybody else"]
    for row, share, money in zip(
        section.rows, sanctions["side_loss_share"], sanctions["side_loss"], strict=True
    ):
        assert row[1] == percent(share / 100, 2)
        assert amount(row[2]) == pytest.approx(money, abs=0.5)
    losses = sanctions.tidy("member_loss_share").sort_values("value", ascending=False)
    worst = losses["region"].iloc[0]
    assert f"it costs {world.regions.title(worst)}," in section.answer


def test_pressure_that_costs_the_target_nothing(prepared, world):
    cheap = TradeCost(exporters="RUS", importers="*", factor=0.8, mutual=True)
    gain = prepared.run(Scenario("gift", [cheap]))
    found = pressed(pressure(gain, world, target="RUS", coalition="DEU"), world)
    assert found.answer == "The target loses nothing."


def test_compared_is_the_difference(prepared, world, cut):
    other = prepared.run(Scenario("alone", [Isolation(region="DEU")]))
    section = compared(cut, other, world)
    assert section.columns == ("Economy", "no-trade", "alone", "difference, points")
    assert section.rows[0][0] == "Germany"
    n = world.regions.position("DEU")
    a, b = -cut["real_income"][n], -other["real_income"][n]
    assert section.rows[0][1:3] == (percent(a / 100, 2), percent(b / 100, 2))
    assert float(section.rows[0][3]) == pytest.approx(b - a, abs=0.005)
    assert section.rows[0][3].startswith("+")


# --- odd tables -----------------------------------------------------------------------------------


def odd_table(make_table):
    """An idle product, names that would write on a terminal, and money without a currency."""
    table = make_table(3, 3, empty=(0, 3, 6))
    regions = Axis("region", ["DEU", "FRA", "USA"], titles=["De\x1b[2Ju", "Fr\x07a", "U:s:A"])
    sectors = Axis("sector", ["c1", "c2", "c3"], titles=["[b]a\x1b[0m", "b (x)", "c"])
    return Table.from_arrays(table.Z, table.Y, regions=regions, sectors=sectors)


def test_odd_tables_print_plainly(make_table, cut):
    table = odd_table(make_table)
    impact = Equilibrium().run(
        table, Scenario("odd", [Embargo(exporters="FRA", importers="DEU", mutual=True)])
    )
    impact = pressure(impact, table, target="FRA", coalition="DEU")
    found = [pressed(impact, table), *sections(impact, table, ["DEU"])]
    found.append(compared(impact, impact, table))
    console = Console(file=io.StringIO(), width=80, markup=False)
    for section in found:
        print_section(section, console)
    text = console.file.getvalue() + headline(impact, table, ["DEU"])
    assert "\x1b" not in text
    assert "\x07" not in text
    assert not re.search(r"\bnan\b|\binf\b|-0\.0+ ", text)
    assert "For each unit of money" in text
    assert by_key(found)["compared"].rows[0][3] == "0.00"


def test_a_product_nobody_uses_has_a_dash(make_table):
    table = odd_table(make_table)
    impact = Equilibrium().run(table, Scenario("odd", [Embargo(exporters="FRA", importers="DEU")]))
    assert np.isnan(impact["output"][0, 0])
    section = by_key(sections(impact, table, ["DEU"]))["sectors"]
    assert all("nan" not in cell for row in section.rows for cell in row)
