"""The fixed point of the system and its Anderson acceleration.

Prices follow from costs, spending from sales and incomes, and each wage moves with the log ratio
of what its region earns abroad to what it owes there. That ratio, unlike labour demand, still
answers to wages when hardly any trade is left. May import `stress.equilibrium.system`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autarky.stress.equilibrium.system import (
    Point,
    State,
    Technology,
    Trade,
    evaluate,
    prices_and_shares,
    spending,
)

Array = NDArray[np.float64]

#: The iteration goes on to this, so that differences between answers are exact to 1e-8.
TARGET = 1e-10
DEPTH = 14
MAX_ITERATIONS = 400
#: Steps without a new best before the iteration counts as stalled.
PATIENCE = 40
#: Steps at which to look anew at how strongly trade answers to wages.
LOOKS = frozenset({1, 9, 25})
#: Longest step in a log wage: a factor of e² is too far to trust. Prices, wages held, converge
#: from anywhere, and need no limit.
LONGEST = 2.0
#: A defect above this is too far from linear for mixing: plain steps come first.
WILD = 2.0
SMALLEST = 1e-300


def anderson(tech: Technology, trade: Trade, start: State) -> tuple[State, int]:
    """The best state found and the steps it took (Walker & Ni 2011, depth 14)."""
    layout = _Layout(tech, start.X.shape)
    z, history = layout.pack(start), _History(layout)
    gain = np.ones(start.omega.shape)
    best, best_size, since, step = z, np.inf, 0, 0
    for step in range(1, MAX_ITERATIONS + 1):
        state = layout.unpack(z)
        point = evaluate(tech, trade, state)
        ratio = imbalance(point)
        if step in LOOKS:
            new = gains(tech, trade, state, point)
            history.regain(new - gain)
            gain = new
        level = np.log(trade.sums(point.wage_bill) / trade.sums(tech.wages))
        X = spending(tech, point.Y, point.income)
        f = layout.pack(State(point.log_price, state.omega + gain * ratio - level, X)) - z
        size = max(float(np.abs(f).max()), float(np.abs(ratio).max()))
        if not np.isfinite(size):
            break
        if size < best_size:
            best, best_size, since = z, size, 0
        else:
            since += 1
        if size <= TARGET or since > PATIENCE:
            break
        wild = size > WILD and step < PATIENCE
        z = limited(z, f, layout) if wild else history.next(z, f, ratio)
    return layout.unpack(best), step


def imbalance(point: Point) -> Array:
    """Log (exports + D⁺) / (imports + D⁻) of each region, (N,): 0 in equilibrium, and alone."""
    earned = point.exports.sum(axis=0) + np.maximum(point.transfers, 0.0)
    owed = point.imports.sum(axis=0) + np.maximum(-point.transfers, 0.0)
    return np.log(np.maximum(earned, SMALLEST) / np.maximum(owed, SMALLEST))


def gains(tech: Technology, trade: Trade, state: State, point: Point) -> Array:
    """How far a log wage should move per unit of log imbalance, other wages held, (N,).

    The inverse elasticity of earnings to debts, costs following wages one to one.
    """
    theta = tech.theta[:, None]
    K, _ = trade.abroad
    with np.errstate(under="ignore"):
        if point.powers is None:
            _, pi = prices_and_shares(tech, trade, point.log_cost)
            n = np.arange(pi.shape[1])
            own = pi[:, n, n].copy()
            pi[:, n, n] = 0.0
            doubled = (pi * pi * trade.net * state.X[:, :, None]).sum(axis=1)
        else:
            u, phi = point.powers
            own = trade.home[0] * u / phi
            shares = K * u[:, None, :] / phi[:, :, None]
            doubled = np.matmul(state.X[:, None, :], shares * shares * trade.net)[:, 0, :]
        # A seller with a share π of a market loses θ(1 − π) of it per unit of cost.
        lost = (theta * (point.exports - doubled)).sum(axis=0)
        gained = ((1.0 + theta * own) * point.imports).sum(axis=0)
    earned = point.exports.sum(axis=0) + np.maximum(point.transfers, 0.0)
    owed = point.imports.sum(axis=0) + np.maximum(-point.transfers, 0.0)
    slope = lost / np.maximum(earned, SMALLEST) + gained / np.maximum(owed, SMALLEST)
    return 1.0 / np.clip(slope, 1.0, 1e3)


class _Layout:
    """Where log P, log w and X, relative to base income, lie in one vector."""

    def __init__(self, tech: Technology, shape: tuple[int, int]) -> None:
        self.shape, self.scale = shape, tech.wages
        self.cells = shape[0] * shape[1]
        self.wages = slice(self.cells, self.cells + shape[1])
        self.size = 2 * self.cells + shape[1]

    def pack(self, state: State) -> Array:
        """One vector."""
        z = np.empty(self.size)
        z[: self.cells] = state.p.ravel()
        z[self.wages] = state.omega
        np.divide(state.X, self.scale, out=z[self.wages.stop :].reshape(self.shape))
        return z

    def unpack(self, z: Array) -> State:
        """The state of a vector; spending below 0 becomes 0."""
        X = z[self.wages.stop :].reshape(self.shape)
        p, omega = z[: self.cells].reshape(self.shape), z[self.wages]
        return State(p, omega, np.maximum(X, 0.0) * self.scale)


def limited(z: Array, step: Array, layout: _Layout) -> Array:
    """After a step, its wages shortened where one would move too far."""
    jump = float(np.abs(step[layout.wages]).max())
    after = z + step
    if jump > LONGEST:
        after[layout.wages] = z[layout.wages] + step[layout.wages] * (LONGEST / jump)
    return after


class _History:
    """Differences of the last iterates and what Anderson mixing makes of them."""

    def __init__(self, layout: _Layout) -> None:
        self.layout = layout
        self.df = np.zeros((DEPTH, layout.size))
        self.dg = np.zeros((DEPTH, layout.size))  # of z + f
        self.dratio = np.zeros((DEPTH, layout.shape[1]))
        self.gram = np.zeros((DEPTH, DEPTH))
        self.count = 0
        self.last: tuple[Array, Array, Array] | None = None

    def regain(self, change: Array) -> None:
        """Restate what is known for wages that move by another gain."""
        if self.last is None:
            return
        wages = self.layout.wages
        moved = change * self.dratio
        self.df[:, wages] += moved
        self.dg[:, wages] += moved
        self.last[1][wages] += change * self.last[2]
        self.gram = self.df @ self.df.T

    def next(self, z: Array, f: Array, ratio: Array) -> Array:
        """The next iterate."""
        step = f
        if self.last is not None:
            row = self.count % DEPTH
            np.subtract(f, self.last[1], out=self.df[row])
            np.subtract(z, self.last[0], out=self.dg[row])
            self.dg[row] += self.df[row]
            np.subtract(ratio, self.last[2], out=self.dratio[row])
            self.count += 1
            used = min(self.count, DEPTH)
            # Both products at once: what costs is reading the history.
            products = self.df[:used] @ np.column_stack((self.df[row], f))
            self.gram[row, :used] = self.gram[:used, row] = products[:, 0]
            step = f - self._weights(products[:, 1], used) @ self.dg[:used]
        self.last = z, f, ratio
        return limited(z, step, self.layout)

    def _weights(self, right: Array, used: int) -> Array:
        G = self.gram[:used, :used]
        # Scaled to a unit diagonal, so that old, large steps do not drown recent, small ones.
        d = 1.0 / np.sqrt(np.maximum(np.diag(G), SMALLEST))
        G = G * np.outer(d, d)
        G.flat[:: used + 1] += 1e-13
        return d * np.linalg.solve(G, d * right)
