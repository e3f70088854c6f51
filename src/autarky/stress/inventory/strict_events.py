"""Events as the incumbent times them, and a run with some: for comparison (see `strict`).

Days are steps, the first is 0. May import `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from autarky.errors import UnsupportedShockError
from autarky.stress.inventory.economy import Economy
from autarky.stress.inventory.strict import Habits, Step, Strict

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]
Curve = Literal["linear", "convex", "concave"]

#: Shares of capacity lost are kept to so many decimals.
SHARE_DECIMALS = 6
#: Steepness of the concave return.
_STEEP = 1e-6


class Event(Protocol):
    """What happens to capacity and demand; it may remember what was delivered."""

    @property
    def of_capital(self) -> bool:
        """Whether capital is lost; losses of it add up, of given capacity the largest counts."""
        ...

    def loss(self, day: int) -> Array:
        """(n,) share of capacity lost."""
        ...

    def active(self, day: int) -> bool:
        """Whether it has happened and is not over."""
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
    curve : {"linear", "convex", "concave"}
        What is left after k days: 1 − k/τ, (1 − 1/τ)^(4k), or τ/(τ + 10⁻⁶ k^p) with
        p = (log τ + 6 log 10) / (log τ − log 2).
    decimals : int
        Capital that is left is rounded to so many, from the first day of its return.
    """

    size: Array
    capital: Array | None
    occurrence: int
    duration: int
    tau: int
    curve: Curve = "linear"
    decimals: int = 7

    @property
    def of_capital(self) -> bool:
        """As `Event.of_capital`."""
        return self.capital is not None

    def loss(self, day: int) -> Array:
        """As `Event.loss`."""
        first = self.occurrence + (not self.of_capital)
        if day < first:
            return np.zeros_like(self.size)
        k = day - (first + self.duration + 1)
        lost = self.size
        if k >= 0:
            lost = np.round(
                lost * self._left(k), self.decimals if self.of_capital else SHARE_DECIMALS
            )
        if self.capital is None:
            return lost
        return np.divide(lost, self.capital, out=np.zeros_like(lost), where=lost > 0)

    def active(self, day: int) -> bool:
        """As `Event.active`; a loss given as a share is known a day before it counts."""
        known = day if self.of_capital else day + 1
        return day >= self.occurrence and bool(self.loss(known).any())

    def _left(self, k: int) -> float:
        tau = self.tau
        if self.curve == "linear":
            return max(1.0 - k / tau, 0.0)
        if self.curve == "convex":
            return (1.0 - 1.0 / tau) ** (4 * k)
        power = (np.log(tau) - np.log(_STEEP)) / (np.log(tau) - np.log(2.0))
        with np.errstate(over="ignore"):
            return float(tau / (tau + _STEEP * np.float64(k) ** power))

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
    decimals : int
        What a supplier still owes one of those hit is rounded to so many, every day.
    """

    economy: Economy
    size: Array
    capital: Array
    sectors: Array
    occurrence: int
    duration: int
    tau: int
    decimals: int = 7
    of_capital: bool = field(init=False, default=True)
    _left: Array = field(init=False, repr=False)
    _hit: IntArray = field(init=False, repr=False)
    _asked: Array | None = field(init=False, default=None, repr=False)
    _begun: bool = field(init=False, default=False, repr=False)

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
            # Damage that nobody is asked to mend is forgotten with the first delivery.
            lost = self._left.sum(axis=0) if self._begun else self.size[self._hit]
            loss[self._hit] = lost / self.capital[self._hit]
        return loss

    def active(self, day: int) -> bool:
        """As `Event.active`."""
        return day >= self.occurrence and bool(self._left.any() or not self._begun)

    def rebuild(self, day: int) -> Array | None:
        """As `Event.rebuild`."""
        started = day >= self.occurrence + self.duration
        self._asked = self._left / self.tau if started else None
        return None if self._asked is None else self._asked.sum(axis=1)

    def deliver(self, rho: Array) -> None:
        """As `Event.deliver`."""
        if self._asked is not None:
            left = np.round(self._left - self._asked * rho[:, None], self.decimals)
            self._left, self._begun = np.maximum(left, 0.0), True


@dataclass(frozen=True, eq=False)
class Several:
    """Events together: shares of capital add up, of given losses the largest counts.

    Parameters
    ----------
    events : sequence of Event
    n : int
        Number of industries.
    """

    events: Sequence[Event]
    n: int

    def loss(self, day: int) -> Array:
        """(n,) share of capacity lost.

        Raises
        ------
        UnsupportedShockError
            The incumbent stops: more capital is lost than there is, or capital and given capacity
            are lost at the same time.
        """
        kinds = {event.of_capital for event in self.events if event.active(day)}
        if len(kinds) > 1:
            raise UnsupportedShockError(
                f"on day {day} a loss of capital and a loss of capacity are both in force, which "
                "the incumbent cannot express: it stops. The default mode of the inventory model "
                "can; or let one end before the other begins"
            )
        capital, given = np.zeros(self.n), np.zeros(self.n)
        for event in self.events:
            if event.of_capital:
                capital += event.loss(day)
            else:
                given = np.maximum(given, event.loss(day))
        if (capital > 1.0 + 1e-12).any():
            raise UnsupportedShockError(
                f"on day {day} losses of capital add up to {100 * capital.max():.6g} % of what an "
                "industry has, which the incumbent cannot express: it stops. The default mode of "
                "the inventory model can, and counts all of it at most"
            )
        return np.maximum(np.minimum(capital, 1.0), given)

    def rebuild(self, day: int) -> Array | None:
        """(n,) orders of those who rebuild [money/day]."""
        asked = [orders for event in self.events if (orders := event.rebuild(day)) is not None]
        return sum(asked[1:], asked[0]) if asked else None

    def deliver(self, rho: Array) -> None:
        """Tell every event the share (n,) of orders that each industry delivered today."""
        for event in self.events:
            event.deliver(rho)


def steps(economy: Economy, habits: Habits, events: Sequence[Event], days: int) -> Iterator[Step]:
    """One day after the other."""
    strict, several = Strict(economy, habits), Several(events, economy.n)
    for day in range(days):
        step = strict.advance(several.loss(day), several.rebuild(day))
        several.deliver(step.delivered)
        yield step


@dataclass(frozen=True, eq=False)
class Course:
    """All of a run: x, capacity (T, n), unmet (T, S, R) [money/day], stock (T, S, n) [money].

    Stocks are those at the beginning of each day.
    """

    x: Array
    capacity: Array
    unmet: Array
    stock: Array


def follow(economy: Economy, habits: Habits, events: Event | Sequence[Event], days: int) -> Course:
    """All days with some events."""
    listed = events if isinstance(events, Sequence) else [events]
    seen = list(steps(economy, habits, listed, days))
    return Course(
        np.array([step.x for step in seen]),
        np.array([step.capacity for step in seen]),
        np.array([step.unmet for step in seen]),
        np.array([step.stock for step in seen]),
    )
