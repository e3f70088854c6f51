"""The system linearised around a state: Newton steps and adjoints from two factorisations.

Prices solve (I − C) dp = …, spending (I − H) dX = …, and what is left is one small system in the
wages of the regions. May import `stress.equilibrium.system`.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from autarky.stress.equilibrium.system import (
    Point,
    State,
    Technology,
    Trade,
    evaluate,
    labour_demand,
    prices_and_shares,
    spending,
)

Array = NDArray[np.float64]


class Linearisation:
    """The derivative of the residuals at a state.

    Residuals: r_p = p − log P(p, ω), r_X = X − Γ Y − α I, r_w = γᵀY − ŵ w L. Directions carry a
    trailing axis of m columns. Because X answers linearly, H is the same with and without prices.

    Parameters
    ----------
    tech, trade, state : Technology, Trade, State
    """

    def __init__(self, tech: Technology, trade: Trade, state: State) -> None:
        self.tech, self.trade, self.state = tech, trade, state
        self.point: Point = evaluate(tech, trade, state)
        self.S, self.N = state.X.shape
        _, self.pi = prices_and_shares(tech, trade, self.point.log_cost)
        self.pi_net = self.pi * trade.net

    # --- the map of a direction to a change of the residuals -----------------------------------

    def costs(self, dp: Array, dw: Array) -> Array:
        """Changes of log costs, γ dω + Γᵀ dp, (S, N, m)."""
        through = np.einsum("nkj,knm->jnm", self.tech.inputs, dp, optimize=True)
        return self.tech.labour[:, :, None] * dw + through

    def flows(self, dp: Array, dw: Array, dX: Array) -> tuple[Array, Array]:
        """Changes of sales and net spending, (S, N, m), at the prices P(p, ω) that costs imply."""
        dc = self.costs(dp, dw)
        theta = self.tech.theta[:, None, None]
        dP = np.matmul(self.pi, dc)
        X = self.state.X[:, :, None]
        sold = self.pi_net.transpose(0, 2, 1)
        dY = np.matmul(sold, dX + theta * X * dP) - theta * self.point.Y[:, :, None] * dc
        share = self.pi_net.sum(axis=2)[:, :, None]
        dN = share * (dX + theta * X * dP) - theta * X * np.matmul(self.pi_net, dc)
        return dY, dN

    def apply(self, dp: Array, dw: Array, dX: Array) -> tuple[Array, Array, Array]:
        """The change of (r_p, r_X, r_w) in a direction (dp, dω, dX)."""
        dP = np.matmul(self.pi, self.costs(dp, dw))
        dY, dN = self.flows(dp, dw, dX)
        bill = self.point.wage_bill[:, None] * dw
        income = bill + (dX - dN).sum(axis=0) + self.transfers @ dw
        used = np.einsum("nkj,jnm->knm", self.tech.inputs, dY, optimize=True)
        goods = dX - used - self.tech.alpha[:, :, None] * income
        labour = np.einsum("jn,jnm->nm", self.tech.labour, dY) - bill
        return dp - dP, goods, labour

    @cached_property
    def transfers(self) -> Array:
        """Derivative of D' by ω, (N, N): zero where transfers are amounts."""
        tech, trade, bill = self.tech, self.trade, self.point.wage_bill
        if not trade.indexed:
            return np.zeros((self.N, self.N))
        asked = trade.transfers * bill / tech.wages
        total, asked_total = trade.sums(bill), trade.sums(asked)
        same = trade.component[:, None] == trade.component[None, :]
        spread = bill / total
        T = -spread[:, None] * (asked[None, :] - (asked_total / total)[:, None] * bill[None, :])
        T = np.where(same, T, 0.0)
        T[np.diag_indices(self.N)] += asked - bill * asked_total / total
        return T

    # --- factorisations -------------------------------------------------------------------------

    @cached_property
    def _prices_lu(self) -> tuple[Array, NDArray[np.int32]]:
        """LU of I − C, C[(j, n), (k, i)] = π'ₙᵢʲ γᵢᵏʲ: price equations in prices, wages held."""
        from scipy.linalg import lu_factor

        size = self.S * self.N
        C = np.einsum("jni,ikj->jnki", self.pi, self.tech.inputs).reshape(size, size)
        C *= -1.0
        C.flat[:: size + 1] += 1.0
        return lu_factor(C, overwrite_a=True, check_finite=False)

    @cached_property
    def _goods_lu(self) -> tuple[Array, NDArray[np.int32]]:
        """LU of I − H: spending answers itself through inputs and through tariff revenue."""
        from scipy.linalg import lu_factor

        size = self.S * self.N
        H = np.einsum("nkj,jmn->knjm", self.tech.inputs, self.pi_net, optimize=True)
        lost = 1.0 - self.pi_net.sum(axis=2)  # share of spending that is tariff revenue, (S, N)
        for n in range(self.N):
            H[:, n, :, n] += self.tech.alpha[:, n, None] * lost[None, :, n]
        H = H.reshape(size, size)
        H *= -1.0
        H.flat[:: size + 1] += 1.0
        return lu_factor(H, overwrite_a=True, check_finite=False)

    def prices(self, b: Array, *, transposed: bool = False) -> Array:
        """(I − C)⁻¹ b or its transpose, b (S, N, m)."""
        return self._solve(self._prices_lu, b, transposed)

    def goods(self, b: Array, *, transposed: bool = False) -> Array:
        """(I − H)⁻¹ b or its transpose, b (S, N, m). Without tariffs H is the transpose of C."""
        if self.trade.free:
            return self._solve(self._prices_lu, b, not transposed)
        return self._solve(self._goods_lu, b, transposed)

    def _solve(self, lu: tuple[Array, NDArray[np.int32]], b: Array, transposed: int) -> Array:
        from scipy.linalg import lu_solve

        flat = b.reshape(self.S * self.N, -1)
        return lu_solve(lu, flat, trans=1 if transposed else 0, check_finite=False).reshape(b.shape)

    # --- solves -----------------------------------------------------------------------------------

    @cached_property
    def wage_columns(self) -> tuple[Array, Array, Array]:
        """Changes of p, X and r_w per unit of each log wage, prices and goods following."""
        dw = np.eye(self.N)
        zero = np.zeros((self.S, self.N, self.N))
        dp = self.prices(-self.apply(zero, dw, zero)[0])
        goods = self.apply(dp, dw, zero)[1]
        dX = self.goods(-goods)
        return dp, dX, self.apply(dp, dw, dX)[2]

    @cached_property
    def wage_system(self) -> Array:
        """Derivative of r_w by ω (N, N), prices and goods following; a numeraire per component.

        By Walras' law one labour market of each component follows from the others; its place is
        taken by the component's wage bill relative to its base value.
        """
        J = self.wage_columns[2].copy()
        for inside in self.trade.members:
            J[inside[0]] = 0.0
            J[inside[0], inside] = self.point.wage_bill[inside] / self.tech.wages[inside].sum()
        return J

    def newton(self) -> State:
        """The state after one full Newton step, each component's wage bill held."""
        tech, state, point = self.tech, self.state, self.point
        rp = state.p - point.log_price
        rX = state.X - spending(tech, point.Y, point.income)
        rw = labour_demand(tech, point.Y) - point.wage_bill
        none = np.zeros((self.N, 1))
        zero = np.zeros((self.S, self.N, 1))
        dp0 = self.prices(-rp[:, :, None])
        goods = self.apply(dp0, none, zero)[1]
        dX0 = self.goods(-rX[:, :, None] - goods)
        left = rw + self.apply(dp0, none, dX0)[2][:, 0]
        dp1, dX1, _ = self.wage_columns
        J, left = self.wage_system.copy(), -left
        for inside in self.trade.members:
            first, scale = inside[0], tech.wages[inside].sum()
            left[first] = 1.0 - point.wage_bill[inside].sum() / scale
        rows = np.maximum(np.abs(J).max(axis=1), 1e-300)
        dw = np.linalg.solve(J / rows[:, None], left / rows)
        return State(
            state.p + dp0[:, :, 0] + dp1 @ dw,
            state.omega + dw,
            state.X + dX0[:, :, 0] + dX1 @ dw,
        )
