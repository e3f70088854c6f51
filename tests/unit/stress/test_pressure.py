"""Who pays for pressure: sides, members, and the price of a unit."""

import numpy as np
import pytest

from autarky.errors import LabelError, ShockError
from autarky.shocks import Embargo, Scenario, TradeCost
from autarky.stress import Equilibrium, pressure
from strategies import random_table

TABLE = random_table(1, R=5, S=3)
CUT = Embargo(exporters="DEU", importers=["FRA", "USA"], mutual=True, share=0.8)
DEU, FRA, USA, CHN, KOR = range(5)


@pytest.fixture(scope="module")
def impact():
    return Equilibrium().run(TABLE, Scenario("sanctions", [CUT]))


@pytest.fixture(scope="module")
def sides(impact):
    return pressure(impact, TABLE, target="DEU", coalition=["USA", "FRA"])


def test_the_sides_sum_to_the_loss_of_the_world(impact, sides):
    assert sides["side_loss"].sum() == pytest.approx(impact["income_loss"].sum(), rel=1e-12)
    loss = impact["income_loss"]
    assert sides["side_loss"] == pytest.approx([loss[DEU], loss[[FRA, USA]].sum(), loss[3:].sum()])


def test_shares_are_of_each_side_s_income(impact, sides):
    income = impact["income"]
    earned = np.array([income[DEU], income[[FRA, USA]].sum(), income[3:].sum()])
    assert sides["side_loss_share"] == pytest.approx(100 * sides["side_loss"] / earned)
    assert sides.value("side_loss_share", side="target") == pytest.approx(
        -impact["real_income"][DEU]
    )


def test_members_are_named(impact, sides):
    for code, n in (("FRA", FRA), ("USA", USA)):
        assert sides.value("member_loss_share", region=code) == pytest.approx(
            -impact["real_income"][n]
        )
    assert set(sides.tidy("member_loss_share")["region"]) == {"FRA", "USA"}


def test_the_price_of_a_unit(sides):
    target, coalition, _ = sides["side_loss"]
    assert target > 0
    assert float(sides["cost_of_pressure"]) == pytest.approx(coalition / target)


def test_everything_else_stays(impact, sides):
    for field in impact.fields:
        assert sides[field.variable] is field.values
    assert sides.certificates == impact.certificates
    assert sides.parameters["target"] == ["DEU"]
    assert sides.parameters["coalition"] == ["USA", "FRA"]
    assert sides.parameters["elasticities"] == impact.parameters["elasticities"]
    assert sides.tidy()["variable"].nunique() == impact.tidy()["variable"].nunique() + 4


def test_sides_may_be_anything_that_yields_labels(impact, sides):
    lazily = pressure(impact, TABLE, target=iter(["DEU"]), coalition=(c for c in ("USA", "FRA")))
    assert lazily.parameters == sides.parameters
    assert lazily.tidy().equals(sides.tidy())


def test_everybody_may_be_on_a_side(impact):
    whole = pressure(impact, TABLE, target="DEU", coalition=["FRA", "USA", "CHN", "KOR"])
    assert whole["side_loss"][2] == 0.0
    assert whole["side_loss_share"][2] == 0.0


def test_groups_stand_for_their_members(impact):
    found = pressure(impact, TABLE, target="DEU", coalition="NAFTA")
    assert set(found.tidy("member_loss_share")["region"]) == {"USA"}
    assert any("NAFTA" in note and "left out" in note for note in found.warnings)


def test_membership_is_that_of_a_year(impact):
    with pytest.raises(ShockError, match="NAFTA"):
        pressure(impact, TABLE, target="DEU", coalition="NAFTA", groups_year=1970)


def test_a_target_that_gains_has_no_price():
    cheap = TradeCost(exporters="DEU", importers="*", factor=0.8, mutual=True)
    gain = Equilibrium().run(TABLE, Scenario("gift", [cheap]))
    assert gain["income_loss"][DEU] < 0
    assert np.isnan(pressure(gain, TABLE, target="DEU", coalition="FRA")["cost_of_pressure"])


def test_one_region_on_both_sides_is_refused(impact):
    with pytest.raises(ShockError, match="FRA is in the target and in the coalition"):
        pressure(impact, TABLE, target=["DEU", "FRA"], coalition=["FRA", "USA"])


def test_unknown_labels_of_both_sides_at_once(impact):
    with pytest.raises(LabelError) as caught:
        pressure(impact, TABLE, target="DUE", coalition=["FRX"])
    assert set(caught.value.unknown) == {"DUE", "FRX"}
