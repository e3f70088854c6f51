"""What an equilibrium says about economies: welfare, volumes, and the first-order decomposition."""

from dataclasses import replace

import numpy as np
import pytest

from autarky.shocks import CapacityLoss, Embargo, Scenario, Tariff, TradeCost
from autarky.stress import Equilibrium
from autarky.stress.equilibrium.outputs import first_order, percent, picture, volumes, welfare
from autarky.stress.equilibrium.translate import wedges
from strategies import random_table

TABLE = random_table(1, R=4, S=3)
ONES = np.ones((3, 4))
SHOCKS = {
    "embargo": Embargo(exporters="FRA", importers="DEU"),
    "cost": TradeCost(exporters="*", importers="USA", factor=1.4),
    "tariff": Tariff(importers="DEU", rate=0.4),
}
every_shock = pytest.mark.parametrize("shock", SHOCKS.values(), ids=SHOCKS)


def base_tariffs():
    tau = np.random.default_rng(3).uniform(0, 0.4, (3, 4, 4))
    tau[:, range(4), range(4)] = 0.0
    return tau


@pytest.fixture(scope="module", params=["zero", "fixed"])
def prepared(request):
    return Equilibrium(deficits=request.param, tariffs=base_tariffs()).prepare(TABLE)


def after(prepared, *shocks):
    change = wedges(Scenario("test", shocks), TABLE, prepared.economies)
    trade, solved, _ = prepared.solve(change)
    return picture(prepared.economies.technology, trade, solved.state)


def test_percent_is_of_a_log():
    assert percent(np.log([1.0, 2.0, 0.5])) == pytest.approx([0.0, 100.0, -50.0])


@every_shock
def test_a_picture_pays_for_everything(prepared, shock):
    seen = after(prepared, shock)
    change = wedges(Scenario("test", [shock]), TABLE, prepared.economies)
    paid = (seen.imports * (1 + change.tau)).sum(axis=2)
    assert paid == pytest.approx(seen.state.X, rel=1e-8)
    assert seen.imports.sum(axis=1) == pytest.approx(seen.point.Y, rel=1e-8)
    revenue = (seen.imports * change.tau).sum(axis=(0, 2))
    assert seen.point.revenue == pytest.approx(revenue, rel=1e-8)
    income = seen.point.wage_bill + revenue + seen.point.transfers
    assert seen.point.income == pytest.approx(income, rel=1e-8)


@every_shock
def test_real_income_is_what_income_buys(prepared, shock):
    before, now = prepared.before, after(prepared, shock)
    beta = prepared.economies.beta
    found = welfare(beta, before, now)
    prices = np.exp(now.state.p - before.state.p)
    index = np.prod(prices**beta, axis=0)
    income = now.point.income / before.point.income
    wage = now.point.wage_bill / before.point.wage_bill
    assert found["price_index"] == pytest.approx(100 * (index - 1))
    assert found["real_income"] == pytest.approx(100 * (income / index - 1))
    assert found["real_wage"] == pytest.approx(100 * (wage / index - 1))


@every_shock
def test_real_income_is_the_mean_of_final_use(prepared, shock):
    """Cobb–Douglas: utility is the geometric mean of quantities, weighted with budget shares."""
    before, now = prepared.before, after(prepared, shock)
    beta = prepared.economies.beta
    quantity = volumes(prepared.economies.technology, before, now, ONES)["final_use"]
    utility = np.prod((1 + quantity / 100) ** beta, axis=0)
    assert welfare(beta, before, now)["real_income"] == pytest.approx(100 * (utility - 1), abs=1e-9)


@every_shock
def test_work_only_moves_between_sectors(prepared, shock):
    """Weighted with base value added, its changes sum to zero in every region."""
    tech, before = prepared.economies.technology, prepared.before
    change = volumes(tech, before, after(prepared, shock), ONES)["value_added"]
    weights = tech.labour * before.point.Y / before.point.wage_bill
    assert weights.sum(axis=0) == pytest.approx(1.0)
    assert (weights * change).sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-6)


def test_output_is_what_inputs_make():
    """The change of output is the Cobb–Douglas mean of the changes of work and inputs."""
    prepared = Equilibrium().prepare(TABLE)
    tech, before, now = prepared.economies.technology, prepared.before, None
    now = after(prepared, SHOCKS["cost"])
    found = volumes(tech, before, now, ONES)
    sold = now.point.Y / before.point.Y
    prices = np.exp(now.state.p - before.state.p)
    # Each industry buys γ of its sales of every input, so the quantity moves by sales over price.
    inputs = np.log(sold)[None] - np.log(prices)[:, None]  # (k, j, n)
    made = tech.labour * np.log1p(found["value_added"] / 100)
    made += (tech.inputs.transpose(1, 2, 0) * inputs).sum(axis=0)
    assert np.log1p(found["output"] / 100) == pytest.approx(made, abs=1e-9)


def test_output_of_what_cannot_be_made_is_less():
    prepared = Equilibrium().prepare(TABLE)
    now = after(prepared, CapacityLoss(regions="FRA", sectors="c1", share=0.4))
    productivity = ONES.copy()
    productivity[0, 1] = 0.6
    full = volumes(prepared.economies.technology, prepared.before, now, ONES)["output"]
    less = volumes(prepared.economies.technology, prepared.before, now, productivity)["output"]
    assert 1 + less[0, 1] / 100 == pytest.approx(0.6 * (1 + full[0, 1] / 100))
    others = productivity == 1
    assert np.array_equal(full[others], less[others])


def test_nothing_before_has_no_change():
    table = random_table(3, R=4, S=3, zero_outputs=2)
    prepared = Equilibrium(floor=0.0).prepare(table)
    seen = prepared.before
    found = volumes(prepared.economies.technology, seen, seen, ONES)
    idle = seen.point.Y <= 0
    assert idle.sum() == 2
    assert np.isnan(found["output"][idle]).all()
    assert np.all(found["output"][~idle] == 0)


# --- the first-order decomposition ---------------------------------------------------------------


def gap_of_first_order(prepared, step):
    shocks = [
        Tariff(importers="DEU", exporters="*", change=0.3 * step),
        Tariff(importers="FRA", exporters=["USA", "CHN"], sectors="c2", change=-0.1 * step),
    ]
    before, now = prepared.before, after(prepared, *shocks)
    parts = first_order(prepared.economies.tau, before, now, ONES)
    exact = welfare(prepared.economies.beta, before, now)["real_income"]
    return np.abs(parts["terms_of_trade"] + parts["volume_of_trade"] - exact).max()


def test_first_order_is_exact_to_first_order():
    """The gap to the exact change falls with the square of the tariffs."""
    prepared = Equilibrium(tariffs=base_tariffs()).prepare(TABLE)
    gaps = [gap_of_first_order(prepared, step) for step in (0.04, 0.02, 0.01)]
    assert gaps[0] / gaps[1] == pytest.approx(4, abs=0.2)
    assert gaps[1] / gaps[2] == pytest.approx(4, abs=0.2)
    assert gaps[2] < 1e-3


def test_terms_of_trade_are_nobody_s_at_large():
    """What exporters earn more importers pay more: in money they sum to zero."""
    prepared = Equilibrium(tariffs=base_tariffs()).prepare(TABLE)
    for shock in SHOCKS.values():
        parts = first_order(prepared.economies.tau, prepared.before, after(prepared, shock), ONES)
        income = prepared.before.point.income
        assert (parts["terms_of_trade"] * income).sum() == pytest.approx(0, abs=1e-9 * income.sum())


def test_without_base_tariffs_there_is_no_volume_term():
    prepared = Equilibrium().prepare(TABLE)
    for shock in SHOCKS.values():
        parts = first_order(prepared.economies.tau, prepared.before, after(prepared, shock), ONES)
        assert np.all(parts["volume_of_trade"] == 0)


def test_what_an_exporter_cannot_make_is_dearer():
    prepared = Equilibrium().prepare(TABLE)
    shock = CapacityLoss(regions="FRA", sectors="c1", share=0.4)
    now = after(prepared, shock)
    lost = replace(wedges(Scenario("t", [shock]), TABLE, prepared.economies)).productivity
    found = first_order(prepared.economies.tau, prepared.before, now, lost)["terms_of_trade"]
    without = first_order(prepared.economies.tau, prepared.before, now, ONES)["terms_of_trade"]
    exports = prepared.before.imports[0, :, 1].sum() - prepared.before.imports[0, 1, 1]
    dc = np.exp(now.point.log_cost - prepared.before.point.log_cost)[0, 1]
    more = 100 * exports * dc * (1 / 0.6 - 1) / prepared.before.point.income[1]
    assert found[1] - without[1] == pytest.approx(more)
