"""Adjoint derivatives against central differences, and their integral against exact changes."""

from dataclasses import replace

import numpy as np
import pytest

from autarky.errors import OptionError
from autarky.stress.equilibrium.sensitivity import sensitivity
from autarky.stress.equilibrium.solve import solve
from autarky.stress.equilibrium.system import Trade, evaluate
from random_equilibria import toy

REGIONS = [0, 2]


def solved(base, log_kappa, *, theta=None, log_tariff=0.0, indexed=False, component=None):
    """Tech, trade and state with costs κ, other elasticities and tariffs changed."""
    theta = base.tech.theta if theta is None else theta
    N = base.pi.shape[1]
    component = np.zeros(N, dtype=np.intp) if component is None else component
    K = base.pi * np.exp(-theta[:, None, None] * (log_kappa + log_tariff))
    K = np.where(component[:, None] == component, K, 0.0)
    trade = Trade(K, base.net * np.exp(-log_tariff), base.deficits, component, indexed)
    tech = replace(base.tech, theta=theta)
    return tech, trade, solve(tech, trade, base.state, method="newton").state


def objective(base, world, name):
    tech, trade, state = world
    top = state.omega if name == "real_wage" else np.log(evaluate(tech, trade, state).income)
    return top - (base.tech.alpha * state.p).sum(axis=0)


def slope(f, h=1e-4):
    """Central difference of the fourth order."""
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h)


@pytest.mark.parametrize("name", ["real_income", "real_wage"])
@pytest.mark.parametrize(("tariffs", "indexed"), [(False, False), (True, False), (True, True)])
def test_against_central_differences(name, tariffs, indexed):
    base = toy(1, tariffs=tariffs, deficits=0.05)
    S, N = base.state.X.shape
    rng = np.random.default_rng(5)
    off = ~np.eye(N, dtype=bool)
    kappa = rng.normal(0.0, 0.2, (S, N, N)) * off
    found = sensitivity(
        *solved(base, kappa, indexed=indexed),
        beta=base.tech.alpha,
        regions=REGIONS,
        log_kappa=kappa,
        objective=name,
    )
    cost, tariff, theta = (
        rng.normal(size=(S, N, N)),
        rng.normal(size=(S, N, N)) * off,
        rng.normal(size=S),
    )
    ways = {
        "cost": lambda h: solved(base, kappa + h * cost, indexed=indexed),
        "tariff": lambda h: solved(base, kappa, log_tariff=h * tariff, indexed=indexed),
        "theta": lambda h: solved(base, kappa, theta=base.tech.theta + h * theta, indexed=indexed),
    }
    for direction, way in ways.items():
        size = {"cost": cost, "tariff": tariff, "theta": theta}[direction]
        exact = (getattr(found, direction) * size).reshape(len(REGIONS), -1).sum(axis=1)
        differences = slope(lambda h, way=way: objective(base, way(h), name))[REGIONS]
        np.testing.assert_allclose(differences, exact, rtol=1e-5)


def test_single_links_against_central_differences():
    base = toy(2, S=2, N=3)
    zero = np.zeros_like(base.pi)
    found = sensitivity(*solved(base, zero), beta=base.tech.alpha, regions=[1])
    for link in [(0, 1, 2), (1, 1, 0), (0, 0, 1), (1, 2, 0), (1, 1, 1)]:
        unit = np.zeros_like(zero)
        unit[link] = 1.0
        differences = slope(
            lambda h, unit=unit: objective(base, solved(base, h * unit), "real_income")
        )
        np.testing.assert_allclose(found.cost[0][link], differences[1], rtol=1e-5)


def test_disconnected_regions_do_not_matter():
    base = toy(3, N=4)
    component = np.array([0, 0, 1, 1])
    world = solved(base, np.zeros_like(base.pi), component=component)
    found = sensitivity(*world, beta=base.tech.alpha, regions=[0])
    assert not found.cost[0][:, 2:, :].any()
    assert not found.cost[0][:, :, 2:].any()
    assert found.cost[0][:, :2, :2].min() < 0


def test_unit_costs_sum_trade_costs():
    base = toy(4)
    world = solved(base, np.zeros_like(base.pi))
    found = sensitivity(*world, beta=base.tech.alpha, regions=[3, 1])
    np.testing.assert_array_equal(found.unit_cost, found.cost.sum(axis=2))
    # One unit cost up by 1 % is all its trade costs up by 1 %.
    every = np.zeros_like(base.pi)
    every[1, :, 2] = 1.0
    differences = slope(lambda h: objective(base, solved(base, h * every), "real_income"))[[3, 1]]
    np.testing.assert_allclose(found.unit_cost[:, 1, 2], differences, rtol=1e-5)


def test_small_changes_are_first_order():
    """Hulten: without deficits or tariffs a cost matters by the value that bears it, on average."""
    base = toy(5)
    world = solved(base, np.zeros_like(base.pi))
    point = evaluate(*world)
    found = sensitivity(*world, beta=base.tech.alpha, regions=range(4))
    flows = base.pi * base.state.X[:, :, None]
    weighted = np.einsum("r,rjni->jni", point.income, found.cost)
    np.testing.assert_allclose(weighted, -flows, rtol=1e-8)


@pytest.mark.parametrize("tariffs", [False, True])
def test_the_integral_along_a_path_is_the_exact_change(tariffs):
    base = toy(6, tariffs=tariffs, deficits=0.05)
    rng = np.random.default_rng(6)
    S, N = base.state.X.shape
    whole = rng.uniform(0.0, 0.4, (S, N, N)) * ~np.eye(N, dtype=bool)
    ends = [objective(base, solved(base, t * whole), "real_income")[1] for t in (0.0, 1.0)]
    exact = ends[1] - ends[0]
    errors = []
    for n in (2, 4, 8, 16):
        total = 0.0
        for t in (np.arange(n) + 0.5) / n:
            found = sensitivity(*solved(base, t * whole), beta=base.tech.alpha, regions=[1])
            total += (found.cost[0] * whole).sum() / n
        errors.append(abs(total - exact))
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert errors[-1] < 1e-3 * abs(exact)
    np.testing.assert_allclose(orders, 2.0, atol=0.15)


def test_options_out_of_range():
    base = toy(7)
    world = solved(base, np.zeros_like(base.pi))
    with pytest.raises(OptionError, match="'real_income', 'real_wage'"):
        sensitivity(*world, beta=base.tech.alpha, regions=[0], objective="output")
    with pytest.raises(OptionError, match="positions from 0 to 3"):
        sensitivity(*world, beta=base.tech.alpha, regions=[4])
