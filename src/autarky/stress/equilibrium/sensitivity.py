"""What real income answers to: every trade cost, tariff and elasticity, by one transposed solve.

The adjoint of the linearised system. For a region of interest the cost does not depend on how many
trade costs there are: one backward solve with the factorisations of `linear` gives them all.
May import `stress.equilibrium.{system,linear}` and `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.stress.equilibrium.linear import Linearisation
from autarky.stress.equilibrium.system import State, Technology, Trade

Array = NDArray[np.float64]

Objective = Literal["real_income", "real_wage"]


@dataclass(frozen=True)
class Sensitivity:
    """Derivatives of the log real income (or real wage) of m regions at one equilibrium.

    Parameters
    ----------
    regions : (m,) int array
        Positions of the regions of interest.
    cost : (m, S, N, N) array
        By log κ, the cost of sector, importer, exporter; summed over importers, by the log unit
        cost of the exporter.
    tariff : (m, S, N, N) array
        By log (1 + τ'): the cost and the revenue together.
    theta : (m, S) array
        By the elasticity θ itself, costs κ held.
    """

    regions: NDArray[np.intp]
    cost: Array
    tariff: Array
    theta: Array

    @property
    def unit_cost(self) -> Array:
        """By the log unit cost of sector and producer (S, N): minus its productivity, (m, S, N)."""
        return self.cost.sum(axis=2)


@dataclass(frozen=True)
class Seeds:
    """Weights on the residuals and on income, m of each; what is pulled back.

    Parameters
    ----------
    p, X : (S, N, m) array
        On the residuals of prices and of goods.
    w, income : (N, m) array
        On the residuals of labour markets, and on income.
    """

    p: Array
    X: Array
    w: Array
    income: Array


@dataclass(frozen=True)
class Pulled:
    """Seeds carried back: to the state (p, ω, X), and to prices, sales and net spending."""

    p: Array
    omega: Array
    X: Array
    price: Array
    sales: Array
    net: Array


def sensitivity(
    tech: Technology,
    trade: Trade,
    state: State,
    *,
    beta: Array,
    regions: Sequence[int] | NDArray[np.intp],
    log_kappa: Array | None = None,
    objective: Objective = "real_income",
) -> Sensitivity:
    """How the real income of some regions answers to every trade cost, tariff and elasticity.

    Parameters
    ----------
    tech, trade, state : Technology, Trade, State
        A solved equilibrium.
    beta : (S, N) array
        Weights of the price index.
    regions : sequence of int
        Positions of the regions of interest.
    log_kappa : (S, N, N) array, optional
        Log κ̂ of this equilibrium against the base, tariffs included; 0 by default. Only θ needs it.
    objective : {"real_income", "real_wage"}
        Log I' − Σ β log P, or log w − Σ β log P.

    Raises
    ------
    OptionError
        `objective` is neither, or a region is out of range.

    Notes
    -----
    With r(z, a) = 0 the system and W(z, a) the objective, dW/da = ∂W/∂a − λᵀ ∂r/∂a where
    (∂r/∂z)ᵀ λ = ∂W/∂z. The derivative by θ is that of the equilibrium at hand: where the base
    answers to θ as well, subtract the base's own.
    """
    chosen = np.asarray(regions, dtype=np.intp)
    if objective not in {"real_income", "real_wage"}:
        raise OptionError(f"objective={objective!r} is not one of 'real_income', 'real_wage'")
    if chosen.ndim != 1 or np.any(chosen < 0) or np.any(chosen >= state.X.shape[1]):
        raise OptionError(f"regions must be positions from 0 to {state.X.shape[1] - 1}")
    linear = Linearisation(tech, trade, state)
    S, N, m = linear.S, linear.N, len(chosen)
    column = np.arange(m)
    none = Seeds(*(np.zeros(shape) for shape in ((S, N, m), (S, N, m), (N, m), (N, m))))
    income = np.zeros((N, m))
    if objective == "real_income":
        income[chosen, column] = 1.0 / linear.point.income[chosen]
    wanted = pull(linear, Seeds(none.p, none.X, none.w, income))
    wanted.p[:, chosen, column] -= beta[:, chosen]
    if objective == "real_wage":
        wanted.omega[chosen, column] += 1.0
    lam = adjoint(linear, wanted)
    back = pull(linear, Seeds(-lam.p, -lam.X, -lam.w, income))
    return _by_parameters(linear, chosen, -lam.p, back, log_kappa)


def pull(linear: Linearisation, seeds: Seeds) -> Pulled:
    """The transpose of `Linearisation.apply`, income among its results."""
    tech, point = linear.tech, linear.point
    theta = tech.theta[:, None, None]
    X = linear.state.X[:, :, None]
    sales = tech.labour[:, :, None] * seeds.w - np.einsum(
        "nkj,knm->jnm", tech.inputs, seeds.X, optimize=True
    )
    income = seeds.income - (tech.alpha[:, :, None] * seeds.X).sum(axis=0)
    net = -income
    spent = np.matmul(linear.pi_net, sales)
    spent += linear.pi_net.sum(axis=2)[:, :, None] * net
    price = theta * X * spent - seeds.p
    cost = np.matmul(linear.pi.transpose(0, 2, 1), price)
    cost -= theta * point.Y[:, :, None] * sales
    cost -= theta * np.matmul(linear.pi_net.transpose(0, 2, 1), X * net)
    p = seeds.p + np.einsum("nkj,jnm->knm", tech.inputs, cost, optimize=True)
    omega = point.wage_bill[:, None] * (income - seeds.w) + linear.transfers.T @ income
    omega += (tech.labour[:, :, None] * cost).sum(axis=0)
    spending = seeds.X + spent + income
    return Pulled(p, omega, spending, price, sales, net)


def adjoint(linear: Linearisation, wanted: Pulled) -> Seeds:
    """λ with (∂r/∂z)ᵀ λ = the wanted gradient: the block elimination of `newton`, transposed."""
    dp, dX, _ = linear.wage_columns
    right = wanted.omega + np.einsum("jnv,jnm->vm", dp, wanted.p, optimize=True)
    right += np.einsum("jnv,jnm->vm", dX, wanted.X, optimize=True)
    w = np.linalg.solve(linear.wage_system.T, right)
    # The numeraire's equation holds only wages: nothing else answers to its weight.
    for inside in linear.trade.members:
        w[inside[0]] = 0.0
    zero, none = np.zeros_like(wanted.p), np.zeros_like(w)
    by_wages = pull(linear, Seeds(zero, zero, w, none))
    X = linear.goods(wanted.X - by_wages.X, transposed=True)
    by_goods = pull(linear, Seeds(zero, X, w, none))
    p = linear.prices(wanted.p - by_goods.p, transposed=True)
    return Seeds(p, X, w, none)


def _by_parameters(
    linear: Linearisation,
    regions: NDArray[np.intp],
    p: Array,
    back: Pulled,
    log_kappa: Array | None,
) -> Sensitivity:
    """From pulled weights to every trade cost, tariff and elasticity."""
    tech, point = linear.tech, linear.point
    flows = linear.pi_net * linear.state.X[:, :, None]
    shape = (len(regions), *flows.shape)
    cost, tariff, theta = np.empty(shape), np.empty(shape), np.empty(shape[:2])
    relative = point.log_cost[:, None, :] + (0.0 if log_kappa is None else log_kappa)
    relative = np.where(linear.pi > 0, relative, 0.0)
    mean = (linear.pi * relative).sum(axis=2)
    by_price = (mean - point.log_price) / tech.theta[:, None]
    moved = flows * (mean[:, :, None] - relative)
    for k in range(len(regions)):
        both = back.sales[:, None, :, k] + back.net[None, :, None, k]
        reached = flows * both
        cost[k] = back.price[:, :, None, k] * linear.pi
        cost[k] -= tech.theta[:, None, None] * reached
        tariff[k] = cost[k] - reached
        theta[k] = (moved * both).sum(axis=(1, 2)) - (p[:, :, k] * by_price).sum(axis=1)
    return Sensitivity(regions, cost, tariff, theta)
