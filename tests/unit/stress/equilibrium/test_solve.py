"""The solver: what it finds, by which method, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

from autarky.errors import ConvergenceError, NoEquilibriumError, OptionError
from autarky.stress.equilibrium import solve as module
from autarky.stress.equilibrium.anderson import anderson
from autarky.stress.equilibrium.solve import TOLERANCE, solve
from autarky.stress.equilibrium.system import State, Trade, evaluate, residuals
from random_equilibria import draw, outcome, tally, toy, wiod_base, world_base, wrong


def shocked(base, factor, *, share=1.0, indexed=False):
    """All foreign trade costs times a factor; a share of base deficits."""
    N = base.pi.shape[1]
    kappa = np.where(np.eye(N, dtype=bool), 1.0, factor)
    K = base.pi * kappa ** -base.tech.theta[:, None, None]
    return Trade(K, base.net, share * base.deficits, np.zeros(N, dtype=np.intp), indexed)


@pytest.fixture(scope="module")
def wiod(shared):
    return wiod_base(shared)


@pytest.fixture(scope="module")
def world():
    return world_base()


def test_both_methods_find_the_same_state():
    base = toy(3, tariffs=True, deficits=0.05)
    trade = shocked(base, 1.4)
    a = solve(base.tech, trade, base.state, method="anderson")
    b = solve(base.tech, trade, base.state, method="newton")
    assert (a.certificate.method, b.certificate.method) == ("Anderson", "Newton")
    for name in ("p", "omega", "X"):
        np.testing.assert_allclose(getattr(a.state, name), getattr(b.state, name), atol=1e-8)
    assert a.certificate.residual == max(a.residuals.values()) <= TOLERANCE


def test_unknown_method():
    base = toy(0)
    with pytest.raises(OptionError, match="'auto', 'anderson', 'newton'"):
        solve(base.tech, shocked(base, 1.0), base.state, method="guess")


def test_auto_turns_to_newton_where_anderson_stops(monkeypatch):
    base = toy(4)
    monkeypatch.setattr(module, "anderson", lambda tech, trade, start: (start, 0))
    solved = solve(base.tech, shocked(base, 2.0), base.state)
    assert solved.certificate.method == "Newton"
    assert solved.certificate.residual <= TOLERANCE


def test_no_answer_is_an_error_with_the_residuals(monkeypatch):
    base = toy(5)
    monkeypatch.setattr(module, "anderson", lambda tech, trade, start: (start, 0))
    with pytest.raises(ConvergenceError, match="residuals: prices") as caught:
        solve(base.tech, shocked(base, 2.0), base.state, method="anderson")
    assert caught.value.residual > TOLERANCE


def test_transfers_that_nobody_can_pay_are_refused_by_name():
    base = toy(6)
    D = np.array([3.0, 0.0, 0.0, -3.0]) * base.tech.wages[3]
    trade = replace(shocked(base, 1.0), transfers=D)
    names = ["AAA", "BBB", "CCC", "DDD"]
    with pytest.raises(NoEquilibriumError, match=r"income of DDD .* would be negative") as caught:
        solve(base.tech, trade, base.state, names=names)
    assert caught.value.regions == ("DDD",)
    # What would help does help.
    solve(base.tech, replace(trade, transfers=0.0 * D), base.state)


def test_transfers_that_can_be_paid_are_brought_in_step_by_step(monkeypatch):
    base = toy(6, deficits=0.3)
    trade = shocked(base, 1.3)
    direct = solve(base.tech, trade, base.state)
    real, calls = module.anderson, []

    def stubborn(tech, now, start):
        calls.append(np.abs(now.transfers).sum())
        return (start, 0) if len(calls) == 1 else real(tech, now, start)

    monkeypatch.setattr(module, "anderson", stubborn)
    monkeypatch.setattr(module, "_newton", lambda tech, now, start: (start, 1))
    stepped = solve(base.tech, trade, base.state)
    assert calls[1] == 0.0
    assert calls[2] < calls[-1] == calls[0]
    np.testing.assert_allclose(stepped.state.omega, direct.state.omega, atol=1e-8)


def test_transfers_in_step_with_wages():
    base = toy(7, deficits=0.1)
    solved = solve(base.tech, shocked(base, 1.5, indexed=True), base.state)
    point = evaluate(base.tech, shocked(base, 1.5, indexed=True), solved.state)
    rate = point.transfers / point.wage_bill - base.deficits / base.tech.wages
    np.testing.assert_allclose(rate, rate[0], atol=1e-12)
    np.testing.assert_allclose(point.transfers.sum(), 0.0, atol=1e-12)
    assert abs(rate[0]) > 1e-6


@pytest.mark.parametrize("factor", [20.0, 100.0, 1e4])
def test_hardly_any_trade_left(factor):
    base = toy(8)
    solved = solve(base.tech, shocked(base, factor), base.state)
    assert max(solved.residuals.values()) <= TOLERANCE


def test_sums_in_logs_are_the_same():
    base = toy(9, tariffs=True, deficits=0.05)
    fast, slow = shocked(base, 1.5), shocked(base, 1.5)
    slow.__dict__["in_range"] = False
    a, b = evaluate(base.tech, fast, base.state), evaluate(base.tech, slow, base.state)
    assert a.powers is not None
    assert b.powers is None
    for name in ("log_price", "home", "exports", "imports", "income"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol=1e-12)
    x, y = solve(base.tech, fast, base.state), solve(base.tech, slow, base.state)
    np.testing.assert_allclose(x.state.omega, y.state.omega, atol=1e-9)


def test_elasticities_without_a_cap():
    base = toy(10)
    tech = replace(base.tech, theta=np.array([0.2, 65.0, 325.0]))
    base = replace(base, tech=tech)
    for factor in (1.1, 30.0):
        solved = solve(tech, shocked(base, factor), base.state)
        assert max(solved.residuals.values()) <= TOLERANCE


@pytest.mark.parametrize("off", [1e6, np.nan])
@pytest.mark.parametrize("method", ["anderson", "newton", "auto"])
def test_overflow_on_the_way_is_no_answer(off, method):
    """Whatever the caller lets numpy do; warnings are errors here."""
    base = toy(11)
    far = State(base.state.p, base.state.omega + off * np.arange(4), base.state.X)
    with np.errstate(all="warn"), pytest.raises(ConvergenceError):
        solve(base.tech, shocked(base, 1.0), far, method=method)


def test_step_by_step_ends_with_newton_where_income_is_left(monkeypatch):
    base = toy(6, deficits=0.3)
    trade = shocked(base, 1.3)
    direct = solve(base.tech, trade, base.state)
    real = module.anderson

    def poor(tech, now, start):
        return real(tech, now, start) if not now.transfers.any() else (start, 0)

    monkeypatch.setattr(module, "anderson", poor)
    solved = solve(base.tech, trade, base.state)
    assert solved.certificate.method == "Newton"
    np.testing.assert_allclose(solved.state.omega, direct.state.omega, atol=1e-8)

    monkeypatch.setattr(module, "_newton", lambda tech, now, start: (start, 1))
    with pytest.raises(NoEquilibriumError, match="no way on was found") as caught:
        solve(base.tech, trade, base.state)
    assert caught.value.regions[0].startswith("region ")


def test_wages_stay_at_the_value_of_their_component():
    base = toy(12, N=5)
    component = np.array([0, 0, 1, 1, 1])
    K = np.where(component[:, None] == component, base.pi, 0.0)
    trade = Trade(K, base.net, np.zeros(5), component)
    solved = solve(base.tech, trade, base.state)
    bill = base.tech.wages * np.exp(solved.state.omega)
    np.testing.assert_allclose(trade.sums(bill), trade.sums(base.tech.wages), rtol=1e-9)


def test_a_residual_finds_every_kind_of_error():
    base = toy(13)
    trade, state = shocked(base, 1.0), base.state
    assert max(residuals(base.tech, trade, state).values()) < 1e-9
    for name in ("p", "omega", "X"):
        field = getattr(state, name)
        off = field + 1e-3 * np.arange(field.size).reshape(field.shape)
        assert max(residuals(base.tech, trade, replace(state, **{name: off})).values()) > 1e-4


def test_anderson_alone_solves_the_full_table(wiod):
    state, steps = anderson(wiod.tech, shocked(wiod, 1.2, share=0.0), wiod.state)
    assert steps < 120
    found = residuals(wiod.tech, shocked(wiod, 1.2, share=0.0), state)
    assert max(found.values()) <= TOLERANCE


def refused_for_a_reason(kinds):
    return all("fixed: refused: NoEquilibriumError" in kind for kind in kinds)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_scenarios_of_the_embedded_table(world, seed):
    ends, kinds, _, faults = tally(world, 12, seed)
    assert faults == []
    assert refused_for_a_reason(kinds)
    assert sum(count for word, count in ends.items() if word.startswith("solved")) >= 8


def test_random_scenarios_of_the_full_table(wiod):
    rng = np.random.default_rng(5)
    for kind in ("embargo", "lognormal", "tariff", "elasticities", "one-way"):
        drawn = draw(rng, wiod, [kind])
        word, answer = outcome(wiod, drawn)
        assert word.startswith("solved"), (kind, answer)
        assert wrong(wiod, answer) == []


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("which", ["wiod", "world"])
def test_five_hundred_random_scenarios(which, request):
    """Every one is solved, or its fixed deficits are refused with the income that they use up."""
    base = request.getfixturevalue(which)
    said = []
    ends, kinds, _, faults = tally(base, 500, 0, said.append)
    assert faults == []
    assert sum(ends.values()) == 500
    assert refused_for_a_reason(kinds)
    assert all("would be negative" in line for line in said)
    assert sum(count for word, count in ends.items() if word.startswith("solved")) >= 450
