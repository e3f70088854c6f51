"""Sensitivities of a prepared model against differences of whole runs."""

import numpy as np
import pytest

import autarky
from autarky.shocks import Scenario, TradeCost
from autarky.stress import Equilibrium


@pytest.fixture(scope="module")
def prepared():
    return Equilibrium().prepare(autarky.open("world"))


def dearer(extra=0.0):
    """Chinese goods a third dearer in Germany, electronics by a little more."""
    rest = [s for s in autarky.open("world").sectors if s != "electronics"]
    sides = {"exporters": "CHN", "importers": "DEU"}
    return Scenario(
        "dearer",
        [
            TradeCost(**sides, factor=1.3 * np.exp(extra), sectors="electronics"),
            TradeCost(**sides, factor=1.3, sectors=rest),
        ],
    )


def test_a_trade_cost(prepared):
    h = 1e-4
    runs = [prepared.run(dearer(e)).value("real_income", region="DEU") for e in (h, -h)]
    difference = (np.log1p(runs[0] / 100) - np.log1p(runs[1] / 100)) / (2 * h)
    found = prepared.sensitivities("DEU", dearer()).value(
        "cost_sensitivity", region="DEU", sector="electronics", importer="DEU", exporter="CHN"
    )
    assert found == pytest.approx(difference, rel=1e-5)
    assert found < 0


def test_an_elasticity(prepared):
    h, j = 1e-3, prepared.economies.sectors.position("electronics")
    step = h * (np.arange(len(prepared.economies.sectors)) == j)
    theta = prepared.economies.technology.theta
    runs = [
        prepared.with_theta(theta + sign * step).run(dearer()).value("real_income", region="DEU")
        for sign in (1, -1)
    ]
    found = prepared.sensitivities("DEU", dearer()).value(
        "elasticity_sensitivity", region="DEU", sector="electronics"
    )
    assert found == pytest.approx((runs[0] - runs[1]) / (2 * h), rel=1e-4)


def test_nothing_answers_to_an_elasticity_at_the_base(prepared):
    assert not prepared.sensitivities("DEU")["elasticity_sensitivity"].any()


def test_an_unknown_region(prepared):
    with pytest.raises(autarky.errors.LabelError, match="DEU"):
        prepared.sensitivities("GERMANY")
