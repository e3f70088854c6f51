"""The linearisation against finite differences and its own transpose."""

from dataclasses import replace

import numpy as np
import pytest

from autarky.stress.equilibrium.linear import Linearisation
from autarky.stress.equilibrium.sensitivity import Pulled, Seeds, adjoint, pull
from autarky.stress.equilibrium.system import State, Trade, evaluate, labour_demand, spending
from random_equilibria import toy

CASES = [(t, i) for t in (False, True) for i in (False, True)]


def linearised(seed, *, tariffs, indexed):
    base = toy(seed, tariffs=tariffs, deficits=0.1)
    N = base.pi.shape[1]
    trade = Trade(base.pi, base.net, base.deficits, np.zeros(N, dtype=np.intp), indexed)
    rng = np.random.default_rng(seed)
    S = base.pi.shape[0]
    state = State(
        rng.normal(0, 0.1, (S, N)),
        rng.normal(0, 0.1, N),
        base.state.X * rng.uniform(0.9, 1.1, (S, N)),
    )
    return base.tech, trade, state, rng


def equations(tech, trade, state):
    point = evaluate(tech, trade, state)
    return (
        state.p - point.log_price,
        state.X - spending(tech, point.Y, point.income),
        labour_demand(tech, point.Y) - point.wage_bill,
    )


@pytest.mark.parametrize(("tariffs", "indexed"), CASES)
def test_directions_against_central_differences(tariffs, indexed):
    tech, trade, state, rng = linearised(1, tariffs=tariffs, indexed=indexed)
    d = State(*(rng.normal(size=a.shape) for a in (state.p, state.omega, state.X)))
    h = 1e-5

    def at(k):
        moved = (state.p + k * d.p, state.omega + k * d.omega, state.X + k * d.X)
        return equations(tech, trade, State(*moved))

    linear = Linearisation(tech, trade, state).apply(
        d.p[:, :, None], d.omega[:, None], d.X[:, :, None]
    )
    for up, down, exact in zip(at(h), at(-h), linear, strict=True):
        np.testing.assert_allclose((up - down) / (2 * h), exact[..., 0], rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(("tariffs", "indexed"), CASES)
def test_pull_is_the_transpose_of_apply(tariffs, indexed):
    tech, trade, state, rng = linearised(2, tariffs=tariffs, indexed=indexed)
    linear = Linearisation(tech, trade, state)
    S, N = state.X.shape
    dp, dw, dX = rng.normal(size=(S, N, 1)), rng.normal(size=(N, 1)), rng.normal(size=(S, N, 1))
    rp, rX, rw = linear.apply(dp, dw, dX)
    lp, lX, lw = rng.normal(size=rp.shape), rng.normal(size=rX.shape), rng.normal(size=rw.shape)
    back = pull(linear, Seeds(lp, lX, lw, np.zeros_like(lw)))
    left = (lp * rp).sum() + (lX * rX).sum() + (lw * rw).sum()
    right = (back.p * dp).sum() + (back.omega * dw).sum() + (back.X * dX).sum()
    np.testing.assert_allclose(left, right, rtol=1e-11)


@pytest.mark.parametrize(("tariffs", "indexed"), CASES)
def test_the_adjoint_solves_the_transposed_system(tariffs, indexed):
    """In a solved state, for any gradient: pulled back λ gives it again, up to the numeraire."""
    base = toy(3, tariffs=tariffs, deficits=0.1)
    S, N = base.state.X.shape
    trade = Trade(base.pi, base.net, base.deficits, np.zeros(N, dtype=np.intp), indexed)
    linear = Linearisation(base.tech, trade, base.state)
    rng = np.random.default_rng(3)
    none = np.zeros((S, N, 1))
    wanted = Pulled(
        rng.normal(size=none.shape),
        rng.normal(size=(N, 1)),
        rng.normal(size=none.shape),
        *[none] * 3,
    )
    lam = adjoint(linear, wanted)
    back = pull(linear, lam)
    np.testing.assert_allclose(back.p, wanted.p, atol=1e-9)
    np.testing.assert_allclose(back.X, wanted.X, atol=1e-9)
    # What is left falls on the numeraire: in proportion to wage bills.
    left = (wanted.omega - back.omega)[:, 0] / base.tech.wages
    np.testing.assert_allclose(left, left[0], atol=1e-8)


@pytest.mark.parametrize("tariffs", [False, True])
def test_newton_converges_quadratically(tariffs):
    tech, trade, state, _ = linearised(4, tariffs=tariffs, indexed=False)
    sizes = []
    for _ in range(5):
        sizes.append(max(np.abs(r).max() for r in equations(tech, trade, state)))
        state = Linearisation(tech, trade, state).newton()
    assert sizes[-1] < 1e-11
    assert sizes[2] < 0.05 * sizes[1]


def test_one_factorisation_serves_goods_without_tariffs():
    tech, trade, state, rng = linearised(5, tariffs=False, indexed=False)
    one, two = Linearisation(tech, trade, state), Linearisation(tech, replace(trade), state)
    b = rng.normal(size=(*state.X.shape, 2))
    two.trade.__dict__["free"] = False
    for transposed in (False, True):
        a = one.goods(b, transposed=transposed)
        np.testing.assert_allclose(a, two.goods(b, transposed=transposed), rtol=1e-9)
    assert "_goods_lu" not in one.__dict__
