"""Events as the incumbent times them, and a run with one: for comparison alone (see `strict`).

Days are steps, the first is 0. May import its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.economy import Economy
from autarky.stress.inventory.flows import flows
from autarky.stress.inventory.kernel import Settings, begin
from autarky.stress.inventory.strict import Orders, Strict

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]
Curve = Literal["linear", "convex"]

#: Capital lost is kept to one decimal more than the table's unit has digits (millions).
DECIMALS = 7
#: Shares of capacity lost are kept to so many.
SHARE_DECIMALS = 6


class Event(Protocol):
    """What happens to capacity and demand; it may remember what was delivered."""

    def loss(self, day: int) -> Array:
        """(n,) share of capacity lost."""
        ...

    def rebuild(self, day: int) -> Array | None:
        """(n,) orders of those who rebuild [money/day]."""
        ...

    def deliver(self, rho: Array) -> None:
        """Take in the share (n,) of orders that each industry delivered today."""
        ...


@dataclass(frozen=True, eq=False)
class Loss:
    """A loss that is full for duration + 2 days and then shrinks on its own.

    Parameters
    ----------
    size : (n,) array
        Capital lost [money], or share of capacity lost where `capital` is None.
    capital : (n,) array or None
        Capital of industries [money].
    occurrence, duration, tau : int
        First day, days in full, time of the return. A loss given as a share comes a day later.
    curve : {"linear", "convex"}
        What is left after k days: 1 − k/τ, or (1 − 1/τ)^(4k).
    """

    size: Array
    capital: Array | None
    occurrence: int
    duration: int
    tau: int
    curve: Curve = "linear"

    def loss(self, day: int) -> Array:
        """As `Event.loss`."""
        first = self.occurrence + (self.capital is None)
        if day < first:
            return np.zeros_like(self.size)
        k = max(day - (first + self.duration + 1), 0)
        left = (1.0 - 1.0 / self.tau) ** (4 * k)
        if self.curve == "linear":
            left = max(1.0 - k / self.tau, 0.0)
        if self.capital is None:
            return np.round(self.size * left, SHARE_DECIMALS)
        lost = np.round(self.size * left, DECIMALS)
        return np.divide(lost, self.capital, out=np.zeros_like(lost), where=lost > 0)

    def rebuild(self, day: int) -> None:
        """Nobody rebuilds."""

    def deliver(self, rho: Array) -> None:
        """Nothing to remember."""


@dataclass(eq=False)
class Rebuild:
    """Capital that comes back only as it is rebuilt, by orders to some sectors.

    Parameters
    ----------
    economy : Economy
    size : (n,) array
        Capital lost [money].
    capital : (n,) array
        Capital of industries [money].
    sectors : (S,) array
        Share of what is ordered that goes to each product; sums to 1.
    occurrence, duration, tau : int
        First day, days until orders begin, time over which what remains is ordered.
    """

    economy: Economy
    size: Array
    capital: Array
    sectors: Array
    occurrence: int
    duration: int
    tau: int
    _left: Array = field(init=False, repr=False)
    _hit: IntArray = field(init=False, repr=False)
    _asked: Array | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        e = self.economy
        self._hit = np.flatnonzero(self.size)
        bought, total = e.B[:, self._hit], e.W[e.product][:, self._hit]
        share = np.divide(bought, total, out=np.zeros_like(bought), where=total > 0)
        self._left = self.sectors[e.product, None] * share * self.size[self._hit]

    def loss(self, day: int) -> Array:
        """As `Event.loss`."""
        loss = np.zeros(self.economy.n)
        if day >= self.occurrence:
            lost = np.round(self._left.sum(axis=0), DECIMALS)
            loss[self._hit] = lost / self.capital[self._hit]
        return loss

    def rebuild(self, day: int) -> Array | None:
        """As `Event.rebuild`."""
        started = day >= self.occurrence + self.duration
        self._asked = self._left / self.tau if started else None
        return None if self._asked is None else self._asked.sum(axis=1)

    def deliver(self, rho: Array) -> None:
        """As `Event.deliver`."""
        if self._asked is not None:
            self._left = self._left - self._asked * rho[:, None]


@dataclass(frozen=True, eq=False)
class Course:
    """A run of one lane: x, capacity (T, n), unmet (T, S, R) [money/day], stock (T, S, n) [money].

    Stocks are those at the beginning of each day.
    """

    x: Array
    capacity: Array
    unmet: Array
    stock: Array


def follow(
    economy: Economy, settings: Settings, event: Event, days: int, *, orders: Orders = "alt"
) -> Course:
    """All days of one lane with one event."""
    e, n = economy, economy.n
    inputs, final = (flows(B, e.product, e.S) for B in (e.B[:, :n], e.B[:, n:]))
    strict = Strict(e, inputs, final, orders, settings)
    state, r = begin(e, settings), np.ones((n, 1))
    H = strict.relative(state, r)
    seen: list[Sequence[Array]] = []
    for day in range(days):
        stock, loss, rebuild = state.stock[:, :, 0].copy(), event.loss(day), event.rebuild(day)
        asked = None if rebuild is None else rebuild[:, None]
        unmet, rho, H, r = strict.advance(state, H, r, loss[:, None], asked)
        event.deliver(rho[:, 0])
        capacity = e.x * (1.0 - loss) * state.alpha[:, 0]
        seen.append((state.x[:, 0], capacity, unmet[:, :, 0], stock))
    return Course(*(np.array(column) for column in zip(*seen, strict=True)))
