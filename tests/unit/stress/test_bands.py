"""Answers over elasticities: bands over named sets, and quantiles over joint draws."""

import numpy as np
import pytest

from autarky.errors import OptionError
from autarky.shocks import Embargo, Isolation, Scenario
from autarky.stress import Equilibrium, elasticity_sets
from autarky.stress.bands import across_sets, band, draws_band, usable_sets
from strategies import random_table

#: The 35 sectors of WIOD 2013 have a value in named sets; other labels have none.
WIOD = random_table(1, R=3, S=35)
OWN = random_table(2, R=3, S=3)
CUT = Scenario("cut", [Embargo(exporters="FRA", importers="DEU", mutual=True)])
ALONE = Scenario("alone", [Isolation(region="DEU")])


def renamed(table):
    from autarky import Table

    labels = [f"product {j}" for j in range(len(table.sectors))]
    return Table.from_arrays(table.Z, table.Y, regions=table.regions, sectors=labels)


@pytest.fixture(scope="module")
def prepared():
    return across_sets(Equilibrium(), WIOD)


def test_sets_are_those_that_know_every_sector():
    assert usable_sets(WIOD) == tuple(elasticity_sets())
    assert usable_sets(renamed(OWN)) == ()


def test_without_any_set_one_is_asked_for():
    with pytest.raises(OptionError, match="give your own values"):
        across_sets(Equilibrium(), renamed(OWN))
    assert len(across_sets(Equilibrium(), renamed(OWN), [4.0, 8.0])) == 2


@pytest.mark.parametrize("variable", ["real_income", "real_wage", "price_index"])
@pytest.mark.parametrize("scenario", [CUT, ALONE], ids=lambda s: s.name)
def test_low_middle_high(prepared, scenario, variable):
    found = band(prepared, scenario, variable)
    runs = np.array([one.run(scenario)[variable] for one in prepared])
    assert np.all(found.low <= found.middle)
    assert np.all(found.middle <= found.high)
    assert np.array_equal(found.low, runs.min(axis=0))
    assert np.array_equal(found.high, runs.max(axis=0))
    assert np.array_equal(found.middle, np.median(runs, axis=0))
    assert found.over == tuple(elasticity_sets())


def test_each_is_the_model_with_that_set(prepared):
    for name, one in zip(elasticity_sets(), prepared, strict=True):
        alone = Equilibrium(elasticities=name).run(WIOD, CUT)
        assert one.run(CUT)["real_income"] == pytest.approx(alone["real_income"], abs=1e-10)


def test_a_band_of_one_is_the_answer():
    found = band(across_sets(Equilibrium(), OWN, ["cr2014"]), ALONE)
    answer = Equilibrium().run(OWN, ALONE)["real_income"]
    for value in (found.low, found.middle, found.high):
        assert np.array_equal(value, answer)


# --- joint draws ---------------------------------------------------------------------------


def draws(count=21, seed=0):
    return np.random.default_rng(seed).uniform(2.0, 9.0, (count, 3))


def test_draws_give_quantiles_around_the_centre():
    model = Equilibrium(elasticities=5.0)
    found = draws_band(model, OWN, ALONE, draws())
    central = model.run(OWN, ALONE)
    for field in central.fields:
        assert np.array_equal(found[field.variable], field.values, equal_nan=True)
    runs = [
        Equilibrium(elasticities=dict(zip(OWN.sectors, theta.tolist(), strict=True))).run(
            OWN, ALONE
        )
        for theta in draws()
    ]
    for name in ("real_income", "real_wage"):
        stack = np.array([one[name] for one in runs])
        expected = np.quantile(stack, [0.05, 0.5, 0.95], axis=0)
        assert found[f"{name}_quantile"] == pytest.approx(expected, abs=1e-7)
        assert np.all(np.diff(found[f"{name}_quantile"], axis=0) >= 0)
    assert found.parameters["draws"] == 21


def test_the_frame_says_which_quantile():
    frame = draws_band(Equilibrium(), OWN, CUT, draws(5), quantiles=(0.1, 0.9)).tidy()
    part = frame[frame["variable"] == "real_income_quantile"]
    assert list(part["quantile"].unique()) == ["0.1", "0.5", "0.9"]
    assert len(part) == 3 * 3
    assert set(frame[frame["variable"] == "real_income"]["quantile"]) == {"total"}
    keys = [c for c in frame.columns if c not in ("value", "unit")]
    assert not frame[keys].duplicated().any()


def test_the_same_draws_give_the_same_bytes():
    first, second = (draws_band(Equilibrium(), OWN, CUT, draws(6)) for _ in range(2))
    assert first["real_income_quantile"].tobytes() == second["real_income_quantile"].tobytes()
    assert first.tidy().to_csv() == second.tidy().to_csv()


def test_draws_that_agree_have_no_width():
    found = draws_band(Equilibrium(elasticities=4.0), OWN, CUT, np.full((3, 3), 4.0))
    for row in found["real_income_quantile"]:
        assert row == pytest.approx(found["real_income"], abs=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        np.ones(3),
        np.ones((2, 4)),
        np.ones((0, 3)),
        np.array([[1.0, 2.0, 0.0]]),
        np.array([[1.0, 2.0, np.nan]]),
        np.array([[1.0, 2.0, np.inf]]),
    ],
    ids=["1-d", "4 sectors", "none", "zero", "NaN", "infinite"],
)
def test_draws_that_are_none(wrong):
    with pytest.raises(OptionError, match="finite numbers above 0"):
        draws_band(Equilibrium(), OWN, CUT, wrong)


@pytest.mark.parametrize("quantiles", [(0.9, 0.1), (0.0, 0.5), (0.5, 1.0), (0.5, 0.5)])
def test_quantiles_out_of_order(quantiles):
    with pytest.raises(OptionError, match="rise within"):
        draws_band(Equilibrium(), OWN, CUT, draws(3), quantiles=quantiles)
