"""The Caliendo–Parro system in changes: one evaluation, its linearisation, its residuals.

Bare arrays in the paper's symbols, sectors first: K, π, τ (S, N, N) by sector, importer n,
exporter i; P, c, X, Y (S, N); w (N,). p = log P̂ and ω = log ŵ; an embargo is an exact zero in K.
May import `errors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: A sum of K c^−θ below this may have lost digits to underflow: then it is summed in logs.
TINY = 1e-150
#: And K above this would bring back what underflowed.
HUGE = 1e100


@dataclass(frozen=True)
class Technology:
    """What a scenario does not change.

    Parameters
    ----------
    labour : (S, N) array
        γ: share of value added in unit cost.
    inputs : (N, S, S) array
        γᵏʲ: share of input k (axis 1) in the unit cost of j (axis 2).
    alpha : (S, N) array
        Shares of final use.
    wages : (N,) array
        Base value added w L [money/yr].
    theta : (S,) array
        Trade elasticities θ > 0: the exponent of costs in trade shares.
    """

    labour: Array
    inputs: Array
    alpha: Array
    wages: Array
    theta: Array


@dataclass(frozen=True)
class Trade:
    """What a scenario changes.

    Parameters
    ----------
    K : (S, N, N) array
        Base trade shares times κ̂^−θ; exactly 0 where nothing can be traded.
    net : (S, N, N) array
        1 / (1 + τ').
    transfers : (N,) array
        Deficits and transfers received, D' [money/yr]; they sum to 0 within each component.
    component : (N,) int array
        Which regions trade with each other, directly or through others.
    indexed : bool
        Transfers move with the wage bill of each region, what is left over being shared in
        proportion to wage bills; otherwise they are amounts.
    """

    K: Array
    net: Array
    transfers: Array
    component: NDArray[np.intp]
    indexed: bool = False

    @cached_property
    def free(self) -> bool:
        """Nowhere a tariff: all spending reaches the sellers."""
        return bool(np.all(self.net == 1.0))

    @cached_property
    def home(self) -> tuple[Array, Array]:
        """The diagonals of K and K / (1 + τ'), (S, N)."""
        n = np.arange(self.K.shape[1])
        return self.K[:, n, n], self.K[:, n, n] * self.net[:, n, n]

    @cached_property
    def abroad(self) -> tuple[Array, Array]:
        """K and K / (1 + τ') with zeros on the diagonal, (S, N, N)."""
        n = np.arange(self.K.shape[1])
        K = self.K.copy()
        K[:, n, n] = 0.0
        return K, K if self.free else K * self.net

    @cached_property
    def taxed(self) -> tuple[NDArray[np.intp], Array]:
        """Sectors with tariffs, and their K / (1 + τ') off the diagonal."""
        sectors = np.flatnonzero(np.any(self.net != 1.0, axis=(1, 2)))
        return sectors, self.abroad[1][sectors]

    @cached_property
    def log_K(self) -> Array:
        """Log K, −inf where nothing can be traded."""
        with np.errstate(divide="ignore"):
            return np.log(self.K)

    @cached_property
    def in_range(self) -> bool:
        """Whether K leaves room for powers of costs on both sides of 1."""
        return bool(self.K.max() < HUGE)

    @cached_property
    def members(self) -> list[NDArray[np.intp]]:
        """Positions of the regions of each component."""
        return [np.flatnonzero(self.component == c) for c in np.unique(self.component)]

    @cached_property
    def _codes(self) -> NDArray[np.intp]:
        return np.unique(self.component, return_inverse=True)[1]

    def sums(self, values: Array) -> Array:
        """The sum of values (N,) over the component of each region, (N,)."""
        if len(self.members) == 1:
            return np.full(values.shape, values.sum())
        total = np.zeros(len(self.members))
        np.add.at(total, self._codes, values)
        return total[self._codes]

    def received(self, tech: Technology, wage_bill: Array) -> Array:
        """D' at a wage bill, (N,)."""
        if not self.indexed:
            return self.transfers
        asked = self.transfers * wage_bill / tech.wages
        return asked - wage_bill * self.sums(asked) / self.sums(wage_bill)


@dataclass(frozen=True)
class State:
    """A candidate equilibrium: p (S, N), ω (N,), X (S, N)."""

    p: Array
    omega: Array
    X: Array


@dataclass(frozen=True)
class Point:
    """Everything that follows from a state; (S, N), and from revenue on (N,).

    Sales are net of tariffs: `home` to the own region, `exports` and `imports` abroad. They are
    kept apart because their sums would drown trade that is a millionth of output.
    """

    log_cost: Array
    log_price: Array
    home: Array
    exports: Array
    imports: Array
    revenue: Array
    income: Array
    wage_bill: Array
    transfers: Array
    powers: tuple[Array, Array] | None = None
    """c^−θ relative to the cheapest of the component and its sums over K, where in range."""

    @cached_property
    def Y(self) -> Array:
        """Sales, (S, N)."""
        return self.home + self.exports

    @cached_property
    def net_spending(self) -> Array:
        """Spending before tariffs, (S, N)."""
        return self.home + self.imports


def log_costs(tech: Technology, p: Array, omega: Array) -> Array:
    """Log c = γ log w + Γᵀ log P, (S, N)."""
    through = np.matmul(tech.inputs.transpose(0, 2, 1), p.T[:, :, None])[:, :, 0]
    return tech.labour * omega + through.T


def evaluate(tech: Technology, trade: Trade, state: State) -> Point:
    """Prices, sales, revenue and income that a state implies."""
    log_cost = log_costs(tech, state.p, state.omega)
    # Costs relative to the cheapest of the component, so that no power of them overflows.
    shift = np.empty_like(log_cost)
    for inside in trade.members:
        shift[:, inside] = log_cost[:, inside].min(axis=1, keepdims=True)
    K, Kn = trade.abroad
    with np.errstate(under="ignore"):
        u = np.exp(-tech.theta[:, None] * (log_cost - shift))
        bought = np.matmul(K, u[:, :, None])[:, :, 0]
        phi = bought + trade.home[0] * u
    powers = (u, phi) if trade.in_range and phi.min() > TINY else None
    if powers:
        log_price = shift - np.log(phi) / tech.theta[:, None]
        demand = state.X / phi
        with np.errstate(under="ignore"):
            exports = u * np.matmul(demand[:, None, :], Kn)[:, 0, :]
            home = trade.home[1] * u * demand
            if not trade.free:
                sectors, Kn_taxed = trade.taxed
                bought[sectors] = np.matmul(Kn_taxed, u[sectors, :, None])[:, :, 0]
            imports = bought * demand
    else:
        log_price, pi = prices_and_shares(tech, trade, log_cost)
        with np.errstate(under="ignore"):
            sold = pi * trade.net * state.X[:, :, None]
        n = np.arange(sold.shape[1])
        home = sold[:, n, n]
        sold[:, n, n] = 0.0
        exports, imports = sold.sum(axis=1), sold.sum(axis=2)
    wage_bill = tech.wages * np.exp(state.omega)
    nothing = np.zeros_like(wage_bill)
    revenue = nothing if trade.free else (state.X - home - imports).sum(axis=0)
    transfers = trade.received(tech, wage_bill)
    income = wage_bill + revenue + transfers
    return Point(
        log_cost,
        log_price,
        home,
        exports,
        imports,
        revenue,
        income,
        wage_bill,
        transfers,
        powers,
    )


def prices_and_shares(tech: Technology, trade: Trade, log_cost: Array) -> tuple[Array, Array]:
    """Log P (S, N) and π' (S, N, N), summed in logs: right however far costs lie apart."""
    exponent = trade.log_K - (tech.theta[:, None] * log_cost)[:, None, :]
    top = exponent.max(axis=2, keepdims=True)
    with np.errstate(under="ignore"):
        pi = np.exp(exponent - top)
    total = pi.sum(axis=2, keepdims=True)
    log_price = -(top + np.log(total))[:, :, 0] / tech.theta[:, None]
    return log_price, pi / total


def spending(tech: Technology, Y: Array, income: Array) -> Array:
    """X = Γ Y + α I, (S, N)."""
    return np.matmul(tech.inputs, Y.T[:, :, None])[:, :, 0].T + tech.alpha * income


def labour_demand(tech: Technology, Y: Array) -> Array:
    """Value added paid, γᵀY (N,)."""
    return (tech.labour * Y).sum(axis=0)


def residuals(tech: Technology, trade: Trade, state: State) -> dict[str, float]:
    """The largest error of every equilibrium condition: the certificate.

    prices: log points. goods: relative to the income of the region. labour and trade: relative to
    the wage bill. income: that each region spends what it earns.
    """
    point = evaluate(tech, trade, state)
    goods = state.X - spending(tech, point.Y, point.income)
    labour = labour_demand(tech, point.Y) - point.wage_bill
    balance = (point.imports - point.exports).sum(axis=0) - point.transfers
    inputs = np.matmul(tech.inputs, point.Y.T[:, :, None])[:, :, 0].T
    final = (state.X - inputs).sum(axis=0)
    return {
        "prices": _largest(state.p - point.log_price),
        "goods": _largest(goods / point.income),
        "labour": _largest(labour / point.wage_bill),
        "trade": _largest(balance / point.wage_bill),
        "income": _largest((final - point.income) / point.income),
    }


def _largest(values: Array) -> float:
    return float(np.abs(values).max()) if np.all(np.isfinite(values)) else float("inf")
