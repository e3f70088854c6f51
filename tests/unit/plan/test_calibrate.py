"""Calibration: the table is a steady state, capital fits investment, faults are mended by name."""

import numpy as np
import pytest

import autarky
from autarky import Table
from autarky.errors import LabelError, OptionError
from autarky.plan import calibrate
from autarky.plan.priors import by_sector, data, growth_of
from autarky.sources import wiod2013


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


@pytest.fixture(scope="module")
def release(shared):
    return shared / "wiod2013"


def small(Z=None, Y=None, **more):
    """Two regions, two sectors; uses are consumption, investment, inventories."""
    if Z is None:
        Z = [[20.0, 30.0, 5.0, 5.0], [10.0, 20.0, 0, 5], [5, 5, 30, 10], [0, 5, 10, 20]]
    if Y is None:
        Y = [
            [50.0, 10, 2, 5, 5, 0],
            [60, 20, -1, 0, 0, 0],
            [10, 5, 0, 40, 10, 1],
            [5, 0, 0, 50, 20, 0],
        ]
    return Table.from_arrays(
        Z,
        Y,
        regions=["A", "B"],
        sectors=["s1", "s2"],
        uses=["c", "i", "n"],
        use_kinds=["household", "investment", "inventories"],
        **more,
    )


@pytest.mark.parametrize("region", ["DEU", "CHN", "USA", "JPN", "RUS", "LUX", "ROW"])
def test_value_added_is_labour_and_capital_and_investment_is_observed(world, region):
    one = calibrate(world, region)
    np.testing.assert_allclose(one.value_added, one.x * (1 - one.A.sum(axis=0)), rtol=1e-12)
    r, d, g, lead = one.interest, one.delta, one.growth, one.lead
    np.testing.assert_allclose(
        one.labour + (r + d) * (1 + r) ** (lead - 1) * one.capital, one.value_added, rtol=1e-12
    )
    np.testing.assert_allclose(one.investment, (g + d) * (1 + g) ** (lead - 1) * one.capital)
    columns = world.uses.of_kind("investment")
    mine = columns[world.uses.region_of[columns] == world.regions.position(region)]
    assert one.investment.sum() == pytest.approx(world.Y[:, mine].sum(), rel=1e-12)


@pytest.mark.parametrize("region", ["DEU", "CHN", "USA"])
def test_the_books_close(world, region):
    """Use is inputs, investment, consumption and the rest; output is home sales and exports."""
    one = calibrate(world, region)
    use = one.A @ one.x + one.beta * one.investment.sum() + one.consumption + one.other
    np.testing.assert_allclose(use, one.use, rtol=1e-9)
    np.testing.assert_allclose((1 - one.mu) * one.use + one.exports, one.x, rtol=1e-12)
    np.testing.assert_allclose(one.suppliers.sum(axis=0), one.imports, rtol=1e-12)
    assert one.beta.sum() == pytest.approx(1, rel=1e-12)


def test_growth_matters_for_china(release):
    """Without growth, the same investment needs a capital stock of 6.8 years of value added."""
    table = wiod2013.read(release, 2008).restore_rounding()
    one = calibrate(table, "CHN", lead=1)
    assert one.capital.sum() / one.value_added.sum() == pytest.approx(3.0, rel=0.06)
    still = calibrate(table, "CHN", lead=1, growth=0.0, interest=0.02)
    assert still.capital.sum() / still.value_added.sum() == pytest.approx(6.8, rel=0.02)


def test_a_share_made_at_home_is_not_output_over_supply(release):
    """German chemicals of 2008: 21 % of what is used, and 137 % of x + m − e."""
    table = wiod2013.read(release, 2008).restore_rounding()
    one = calibrate(table, "DEU")
    at = table.sectors.position("c9")
    assert one.home_share[at] == pytest.approx(0.21, abs=0.005)
    supply = one.x[at] + one.imports[at] - one.exports[at]
    assert one.x[at] / supply == pytest.approx(1.37, abs=0.005)


def test_a_table_with_accounts_of_capital_uses_them(release):
    table = wiod2013.read(release, 2007).restore_rounding()
    one = calibrate(table, "DEU")
    known = table.accounts["capital_stock"][table.industries.block("DEU")]
    # Where capital is known and not held back.
    inside = (one.labour > 0.1001 * one.value_added) & np.isfinite(known)
    np.testing.assert_allclose(one.capital[inside], one.scale * known[inside], rtol=1e-9)
    assert one.sources["capital"] == "the table's account"
    assert 0.7 < one.scale < 1.4


def test_capital_of_another_year(release):
    table = wiod2013.read(release, 2011).restore_rounding()
    before = wiod2013.read(release, 2007).restore_rounding()
    one = calibrate(table, "DEU", capital=before)
    assert one.sources["capital"] == "capital over output of 2007 in the accounts"
    with pytest.raises(OptionError, match="2011 has no account of capital for DEU"):
        calibrate(table, "DEU", capital=table)


def test_capital_is_held_back_where_value_added_cannot_pay(world):
    one = calibrate(world, "DEU", capital=np.eye(15)[0] + 1e-3)
    share = one.rental * one.capital / one.value_added
    assert share.max() == pytest.approx(0.9)


def test_investment_beyond_what_value_added_can_pay_stays_as_it_is():
    Y = [[5.0, 90, 0, 5, 5, 0], [60, 20, 0, 0, 0, 0], [10, 5, 0, 40, 10, 1], [5, 0, 0, 50, 20, 0]]
    one = calibrate(small(Y=Y), "A", growth=0.0, interest=0.45, depreciation=0.05)
    assert any("of investment is more than value added can pay" in w for w in one.warnings)
    use = one.A @ one.x + one.beta * one.investment.sum() + one.consumption + one.other
    np.testing.assert_allclose(use, one.use)


def test_the_scale_is_warned_about(world):
    one = calibrate(world, "IRL")
    assert any("multiplied by 0.3" in warning for warning in one.warnings)


def test_priors_have_every_classification():
    for name in ("capital", "depreciation"):
        for known in ("wiod2013", "world", "lrwiod2000"):
            values = np.array(list(data()[known][name].values()))
            assert (values > 0).all()
    values, said = by_sector("capital", ["a", "b"])
    assert said == "assumption: 1.39 in every sector"
    np.testing.assert_array_equal(values, 1.39)
    assert growth_of("XXX") == (0.0357, "assumption: growth of the world 1995–2011 (feenstra2015)")


def test_the_priors_of_a_classification_are_for_its_sectors(world):
    assert tuple(data()["world"]["capital"]) == tuple(world.sectors)


def test_depreciation_is_what_the_accounts_say(shared_npz):
    """The prior of electronics, from K and GFCF at constant prices."""
    sea = shared_npz("wiod2013/sea.npz")
    at = {name: i for i, name in enumerate(sea["variables"])}
    with np.errstate(all="ignore"):
        K = sea["values"][:, at["K_GFCF"], 14, :13].astype(float)
        real = sea["values"][:, at["GFCF"], 14, :13] / sea["values"][:, at["GFCF_P"], 14, :13] * 100
        lost = (real[:, 1:] - K[:, 1:] + K[:, :-1]) / K[:, :-1]
    lost = lost[np.isfinite(lost).all(axis=1)]
    found = np.median(np.median(lost, axis=1))
    assert data()["wiod2013"]["depreciation"]["c14"] == pytest.approx(found, abs=6e-4)


# --- guards ---------------------------------------------------------------------------------------


def test_sales_that_are_negative_are_mended_by_name():
    Y = [[50.0, 10, 2, 5, 5, 0], [60, 20, -120, 0, 0, 0], [10, 5, -30, 40, 10, 1]]
    Y.append([5, 0, 0, 50, -3, 0])
    one = calibrate(small(Y=Y), "A", growth=0.02)
    assert one.treatments == (
        "negative home sales (inventories) set to 0: s2 (10 money)",
        "negative imports (inventories) set to 0: s1 (5 money)",
    )
    two = calibrate(small(Y=Y), "B", growth=0.02)
    assert two.treatments == (
        "negative investment counted with inventories: s2 (3 money)",
        "negative exports (inventories abroad) set to 0: s1 (5 money)",
    )
    for found in (one, two):
        assert (found.use >= 0).all()
        assert ((found.mu >= 0) & (found.mu <= 1)).all()


def test_negative_exports_are_mended_by_name():
    Y = [
        [50.0, 10, 2, 5, 5, -30],
        [60, 20, 0, 0, 0, 0],
        [10, 5, 0, 40, 10, 1],
        [5, 0, 0, 50, 20, 0],
    ]
    one = calibrate(small(Y=Y), "A", growth=0.02)
    assert "negative exports (inventories abroad) set to 0: s1 (10 money)" in one.treatments


def test_sectors_without_output_have_no_inputs():
    Z = [[20.0, 30.0, 5, 5], [0, 0, 0, 0], [5, 5, 30, 10], [0, 5, 10, 20]]
    Y = [[50.0, 10, 2, 5, 5, 0], [0, 0, 0, 0, 0, 0], [10, 5, 0, 40, 10, 1], [5, 0, 0, 50, 20, 0]]
    one = calibrate(small(Z=Z, Y=Y), "A", growth=0.02)
    assert one.treatments == ("inputs of sectors without output left out: s2 (40 money)",)
    assert not one.active[1]
    assert one.kappa[1] == one.wage[1] == 0


def test_a_table_without_investment_asks_for_its_share():
    table = Table.from_arrays([[20.0]], [[80.0]], regions=["A"], sectors=["s"])
    with pytest.raises(OptionError, match="does not say what A invests: its final uses are final"):
        calibrate(table, "A")
    one = calibrate(table, "A", investment_share=0.25)
    assert one.investment.sum() == pytest.approx(20)
    assert one.consumption.sum() == pytest.approx(60)
    with pytest.raises(OptionError, match=r"investment_share is 1\.5"):
        calibrate(table, "A", investment_share=1.5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"growth": 3.0}, r"growth is 3\.0; it must lie in"),
        ({"interest": 0.0}, r"interest is 0\.0; it must lie in"),
        ({"lead": 0}, "lead is 0; it must be a whole number of years"),
        ({"depreciation": [0.1]}, "depreciation must be a number in"),
        ({"capital": [1.0]}, "capital must be 2 numbers of 0 or more"),
        ({"capital": [0.0, 0.0]}, "the capital given for A is 0 in every sector"),
    ],
)
def test_options_out_of_range(options, said):
    with pytest.raises(OptionError, match=said):
        calibrate(small(), "A", **options)


def test_an_unknown_region_is_suggested(world):
    with pytest.raises(LabelError, match="did you mean DEU"):
        calibrate(world, "Germany")


def test_a_region_that_invests_nothing():
    Y = [[50.0, 0, 2, 5, 5, 0], [60, 0, 0, 0, 0, 0], [10, 0, 0, 40, 10, 1], [5, 0, 0, 50, 20, 0]]
    with pytest.raises(OptionError, match="A invests nothing"):
        calibrate(small(Y=Y), "A")
