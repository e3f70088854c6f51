"""What must hold for every trade equilibrium, on small made-up worlds."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from autarky.stress.equilibrium.components import components, rebalance, separate
from autarky.stress.equilibrium.solve import solve
from autarky.stress.equilibrium.system import State, Technology, Trade, evaluate
from random_equilibria import rebase, toy

SEEDS = st.integers(0, 2**31 - 1)
CLOSE = 1e-8


@st.composite
def worlds(draw, max_regions=5, *, tariffs=None, deficits=None):
    S, N = draw(st.integers(1, 4)), draw(st.integers(2, max_regions))
    tariffs = draw(st.booleans()) if tariffs is None else tariffs
    deficits = draw(st.sampled_from([0.0, 0.05])) if deficits is None else deficits
    return toy(draw(SEEDS), S, N, tariffs=tariffs, deficits=deficits)


def costs(base, seed, size=0.3):
    """Log iceberg costs, 0 at home."""
    rng = np.random.default_rng(seed)
    return rng.normal(0.0, size, base.pi.shape) * ~np.eye(base.pi.shape[1], dtype=bool)


def world(base, log_kappa):
    N = base.pi.shape[1]
    K = base.pi * np.exp(-base.tech.theta[:, None, None] * log_kappa)
    return Trade(K, base.net, base.deficits, np.zeros(N, dtype=np.intp))


def shocked(base, log_kappa):
    return solve(base.tech, world(base, log_kappa), base.state)


def welfare(base, trade, state):
    """Log real income against the base."""
    flat = Trade(base.pi, base.net, base.deficits, np.zeros(base.pi.shape[1], dtype=np.intp))
    before = evaluate(base.tech, flat, base.state).income
    after = evaluate(base.tech, trade, state).income
    return np.log(after / before) - (base.tech.alpha * state.p).sum(axis=0)


@given(worlds())
def test_no_shock_changes_nothing(base):
    solved = shocked(base, np.zeros_like(base.pi))
    for hat in (solved.state.p, solved.state.omega, np.log(solved.state.X / base.state.X)):
        assert np.abs(hat).max() < 1e-9


@given(worlds(), SEEDS)
def test_every_residual_is_certified(base, seed):
    solved = shocked(base, costs(base, seed))
    assert set(solved.residuals) == {"prices", "goods", "labour", "trade", "income"}
    assert max(solved.residuals.values()) == solved.certificate.residual <= CLOSE


@given(worlds(), SEEDS)
def test_walras(base, seed):
    trade = world(base, costs(base, seed))
    point = evaluate(base.tech, trade, solve(base.tech, trade, base.state).state)
    np.testing.assert_allclose(point.exports.sum(), point.imports.sum(), rtol=1e-12)
    # Trade balances follow from the other conditions, and all incomes add up to what is made.
    made = (base.tech.labour * point.Y).sum() + point.revenue.sum()
    np.testing.assert_allclose(point.income.sum(), made, rtol=1e-8)


@given(worlds(tariffs=False), SEEDS)
def test_tariffs_of_zero_are_no_tariffs(base, seed):
    free, general = world(base, costs(base, seed)), world(base, costs(base, seed))
    general.__dict__["free"] = False
    a = solve(base.tech, free, base.state).state
    b = solve(base.tech, general, base.state).state
    np.testing.assert_allclose(a.omega, b.omega, atol=CLOSE)
    np.testing.assert_allclose(a.p, b.p, atol=CLOSE)


@given(worlds(), SEEDS, st.floats(1e-6, 1e6))
def test_units_do_not_matter(base, seed, unit):
    kappa = costs(base, seed)
    a = shocked(base, kappa).state
    tech = replace(base.tech, wages=unit * base.tech.wages)
    state = replace(base.state, X=unit * base.state.X)
    b = shocked(replace(base, tech=tech, state=state, deficits=unit * base.deficits), kappa).state
    np.testing.assert_allclose(a.omega, b.omega, atol=CLOSE)
    np.testing.assert_allclose(a.X * unit, b.X, rtol=1e-7)


@given(worlds(), SEEDS, st.data())
def test_order_does_not_matter(base, seed, data):
    S, N = base.state.X.shape
    r = np.array(data.draw(st.permutations(range(N))))
    s = np.array(data.draw(st.permutations(range(S))))
    tech = base.tech
    other = replace(
        base,
        tech=Technology(
            tech.labour[s][:, r],
            tech.inputs[r][:, s][:, :, s],
            tech.alpha[s][:, r],
            tech.wages[r],
            tech.theta[s],
        ),
        pi=base.pi[s][:, r][:, :, r],
        net=base.net[s][:, r][:, :, r],
        deficits=base.deficits[r],
        state=State(base.state.p[s][:, r], base.state.omega[r], base.state.X[s][:, r]),
    )
    kappa = costs(base, seed)
    a, b = shocked(base, kappa).state, shocked(other, kappa[s][:, r][:, :, r]).state
    np.testing.assert_allclose(a.omega[r], b.omega, atol=CLOSE)
    np.testing.assert_allclose(a.p[s][:, r], b.p, atol=CLOSE)


@given(worlds(max_regions=6, tariffs=False, deficits=0.05), SEEDS)
def test_two_blocs_are_two_worlds(base, seed):
    """Cut in two, deficits rebalanced, each half gets what it gets when solved alone."""
    N = base.pi.shape[1]
    half = (N + 1) // 2
    kappa = costs(base, seed)
    K = world(base, kappa).K.copy()
    K[:, :half, half:] = K[:, half:, :half] = 0.0
    component, cut = components(K)
    assert cut == []
    D = rebalance(base.deficits, base.tech.wages, component, "fixed")
    whole = solve(base.tech, Trade(K, base.net, D, component), base.state).state
    for part in (slice(0, half), slice(half, N)):
        tech = Technology(
            base.tech.labour[:, part],
            base.tech.inputs[part],
            base.tech.alpha[:, part],
            base.tech.wages[part],
            base.tech.theta,
        )
        alone = Trade(
            K[:, part, part], base.net[:, part, part], D[part], np.zeros(component[part].size, int)
        )
        start = State(base.state.p[:, part], base.state.omega[part], base.state.X[:, part])
        state = solve(tech, alone, start).state
        np.testing.assert_allclose(state.omega, whole.omega[part], atol=CLOSE)
        np.testing.assert_allclose(state.p, whole.p[:, part], atol=CLOSE)


@given(worlds(tariffs=False, deficits=0.0))
def test_autarky_has_a_closed_form(base):
    """1 − exp(βᵀ(I − Γᵀ)⁻¹ log λ / θ), each region alone."""
    S, N = base.state.X.shape
    component = np.arange(N)
    trade = Trade(separate(base.pi, component), base.net, np.zeros(N), component)
    state = solve(base.tech, trade, base.state).state
    for n in range(N):
        lam = np.log(base.pi[:, n, n]) / base.tech.theta
        p = -np.linalg.solve(np.eye(S) - base.tech.inputs[n].T, lam)
        np.testing.assert_allclose(state.p[:, n], p, atol=CLOSE)
        assert state.omega[n] == 0.0


@given(worlds(tariffs=False, deficits=0.0), SEEDS)
def test_an_empty_region_changes_nothing(base, seed):
    """A region of a billionth of the world, added at the end."""
    S, N = base.state.X.shape
    tiny, tech = 1e-9, base.tech
    pi = np.full((S, N + 1, N + 1), 1.0 / (N + 1))
    pi[:, :N, :N] = base.pi * (1 - tiny)
    pi[:, :N, N] = tiny
    grown = rebase(
        Technology(
            np.column_stack([tech.labour, tech.labour[:, 0]]),
            np.concatenate([tech.inputs, tech.inputs[:1]]),
            np.column_stack([tech.alpha, tech.alpha[:, 0]]),
            np.append(tech.wages, tiny),
            tech.theta,
        ),
        pi,
        np.ones_like(pi),
        np.zeros(N + 1),
        np.column_stack([base.state.X, np.full(S, tiny)]),
    )
    kappa = costs(base, seed)
    wider = np.zeros_like(pi)
    wider[:, :N, :N] = kappa
    a = welfare(base, world(base, kappa), shocked(base, kappa).state)
    b = welfare(grown, world(grown, wider), shocked(grown, wider).state)
    np.testing.assert_allclose(a, b[:N], atol=1e-6)


@given(worlds(tariffs=False, deficits=0.0), st.lists(st.floats(0.01, 0.99), min_size=2, max_size=4))
def test_a_small_importer_loses_more_the_more_is_cut(base, shares):
    N = base.pi.shape[1]
    tech = replace(base.tech, wages=np.append(1e-4, base.tech.wages[1:]))
    pi = base.pi.copy()
    pi[:, 1:, 0] *= 1e-4
    pi /= pi.sum(axis=2, keepdims=True)
    X = base.state.X * np.append(1e-4, np.ones(N - 1))
    small = rebase(tech, pi, base.net, np.zeros(N), X)
    losses = []
    for share in sorted(set(shares)):
        K = small.pi.copy()
        K[:, 0, 1:] *= 1.0 - share
        trade = Trade(K, small.net, np.zeros(N), np.zeros(N, dtype=np.intp))
        losses.append(welfare(small, trade, solve(small.tech, trade, small.state).state)[0])
    assert np.all(np.diff(losses) <= 1e-9)
    assert losses[0] < 0


@settings(max_examples=25)
@given(worlds(), SEEDS)
def test_the_start_does_not_matter(base, seed):
    rng = np.random.default_rng(seed)
    trade = world(base, costs(base, seed))
    a = solve(base.tech, trade, base.state).state
    start = State(
        rng.normal(0, 0.3, a.p.shape), rng.normal(0, 0.3, a.omega.shape), a.X * rng.uniform(0.5, 2)
    )
    b = solve(base.tech, trade, start).state
    np.testing.assert_allclose(a.omega, b.omega, atol=CLOSE)
    np.testing.assert_allclose(a.p, b.p, atol=CLOSE)
