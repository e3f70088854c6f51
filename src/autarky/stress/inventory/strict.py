"""The same days with the habits of the incumbent, BoARIO 0.7, for comparison.

Where it differs from the default mode: stocks stay as they are on a day when deliveries and use are
close everywhere, and call for nothing on a day when all of them are close to their aim; overtime
starts on the third day and shrinks with the excess where output exceeded orders; an input counts
only if its yearly purchases exceed a hundred-thousandth of daily output; stocks are not checked
against what is used; orders may follow capacity. So products are not conserved exactly. May import
`errors` and `economy` of its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.stress.inventory.economy import DAYS, Economy

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: How orders follow base flows: alone, or weighted by what is left of capacity.
Orders = Literal["fixed", "capacity"]
_COUNTS = 1e-5
#: An industry held back by less than this share is not held back.
_BOUND = 1e-9


@dataclass(frozen=True, eq=False)
class Habits:
    """Parameters of one run.

    Parameters
    ----------
    days : (S,) array
        Stock of each input that industries aim at, in days of its use; infinite for none that
        binds [days].
    tau : float
        Time in which a gap of stock is to be refilled [days].
    psi : float
        Below this share of the aim, a stock holds production back [1].
    alpha_max, alpha_tau : float
        Most that capacity can be stretched to [1], and the time in which it is [days].
    orders : {"fixed", "capacity"}
        How orders are spread over the makers of a product.
    """

    days: Array
    tau: float = 60.0
    psi: float = 0.8
    alpha_max: float = 1.25
    alpha_tau: float = 365.0
    orders: Orders = "capacity"


@dataclass(frozen=True, eq=False)
class Step:
    """What happened on one day.

    Parameters
    ----------
    stock : (S, n) array [money]
        Inputs in the hands of industries when the day began; infinite where none binds.
    x, capacity : (n,) array [money/day]
    unmet : (S, R) array [money/day]
        Final use that was not served.
    delivered : (n,) array
        Share of its orders that each industry delivered.
    binding : (n,) int array
        The input that held an industry back; −1 where none did.
    residual : float
        Largest error of the balance of any product, relative to its base output.
    """

    stock: Array
    x: Array
    capacity: Array
    unmet: Array
    delivered: Array
    binding: IntArray
    residual: float


@dataclass(eq=False)
class Strict:
    """An economy run as the incumbent does, from the state before anything happens.

    Parameters
    ----------
    economy : Economy
    habits : Habits
    """

    economy: Economy
    habits: Habits
    day: int = field(init=False, default=0)
    _stock: Array = field(init=False, repr=False)
    _orders: Array = field(init=False, repr=False)
    _weight: Array = field(init=False, repr=False)
    _alpha: Array = field(init=False, repr=False)
    _x: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        e, days = self.economy, self.habits.days
        self._endless = np.isinf(days)
        #: Days of the aim; 0 for a stock that never binds.
        self._days = np.where(self._endless, 0.0, days)[:, None]
        self._made = [np.flatnonzero(e.product == s) for s in range(e.S)]
        self._blocks = [np.ascontiguousarray(e.B[rows]) for rows in self._made]
        self._final_demand = e.B[:, e.n :].sum(axis=1)
        self._counts = DAYS * e.W[:, : e.n] > _COUNTS * e.x
        self._output = e.by_product(e.x)
        self._stock = self._days * e.W[:, : e.n]
        self._alpha, self._weight, self._x = np.ones(e.n), np.ones(e.n), e.x.copy()
        self._orders = self._relative(e.W[:, : e.n])

    def advance(self, loss: Array, rebuild: Array | None = None) -> Step:
        """The next day.

        Parameters
        ----------
        loss : (n,) array
            Share of capacity lost.
        rebuild : (n,) array, optional
            Orders of those who rebuild [money/day].

        Returns
        -------
        Step

        Raises
        ------
        OptionError
            A stock falls below zero, where the incumbent stops.
        """
        e, h = self.economy, self.habits
        asked = np.zeros(e.n) if rebuild is None else rebuild
        D = self._weight * self._demand(self._orders) + self._final_demand + asked
        self._stretch(D)
        capacity = e.x * (1.0 - loss) * self._alpha
        wanted = np.minimum(D, capacity)
        limit, binding = self._allowed(wanted)
        x = wanted * limit
        rho = np.divide(x, D, out=np.zeros_like(D), where=D > 0)
        received, use = self._received(self._weight * rho), e.a * x
        inflow = self._orders * received[:, : e.n]
        served = self._received(rho)[:, e.n :]
        before = self._stock
        if not np.allclose(inflow, use):
            self._stock = before + inflow - use
            self._refuse_negative()
        moved = (self._stock - before).sum(axis=1) - (inflow - use).sum(axis=1)
        # What those who rebuild received is no longer asked for this evening.
        wanted = np.minimum(D - rho * asked, capacity)
        orders = use + self._gap(self._days * e.a * wanted) / h.tau
        if h.orders == "capacity":
            self._weight = np.divide(capacity, e.x, out=np.zeros(e.n), where=e.x > 0)
        self._orders = self._relative(orders)
        self._x, self.day = x, self.day + 1
        scale = self._output > 0
        off = np.abs(np.divide(moved, self._output, out=np.zeros(e.S), where=scale))
        held = np.where(self._endless[:, None], np.inf, before)
        return Step(held, x, capacity, e.final - served, rho, binding, float(off.max()))

    def _demand(self, orders: Array) -> Array:
        """(n,) orders that reach each industry before they are weighted."""
        e = self.economy
        found = np.empty(e.n)
        for rows, block, relative in zip(self._made, self._blocks, orders, strict=True):
            found[rows] = block[:, : e.n] @ relative
        return found

    def _received(self, sent: Array) -> Array:
        """(S, N) Σ_{i∈s} B_ij sent_i."""
        return np.array(
            [sent[rows] @ block for rows, block in zip(self._made, self._blocks, strict=True)]
        )

    def _relative(self, orders: Array) -> Array:
        """(S, n) orders over base purchases weighted like them."""
        base = self._received(self._weight)[:, : self.economy.n]
        return np.divide(orders, base, out=np.zeros_like(base), where=base > 0)

    def _stretch(self, D: Array) -> None:
        if self.day <= 1:
            return
        h = self.habits
        short = np.divide(D - self._x, D, out=np.zeros_like(D), where=D > 0)
        up = (h.alpha_max - self._alpha) * short / h.alpha_tau
        down = (1.0 - self._alpha) / h.alpha_tau
        self._alpha = np.maximum(self._alpha + np.where(short != 0, up, down), 1.0)

    def _allowed(self, wanted: Array) -> tuple[Array, IntArray]:
        """(n,) share of the output wanted that stocks allow, and the input that decides."""
        need = self.habits.psi * self._days * self.economy.a * wanted
        use = self._counts & (need > 0)
        share = np.divide(self._stock, need, out=np.ones_like(need), where=use)
        binding = share.argmin(axis=0)
        limit = np.minimum(share.min(axis=0), 1.0)
        return limit, np.where(limit < 1.0 - _BOUND, binding, -1)

    def _gap(self, aim: Array) -> Array:
        """(S, n) what stocks lack; nothing on a day when all of them are close."""
        kept = ~self._endless
        # A stock that never binds is infinite and so is its aim, but for those who use none of it.
        alike = kept.all() or bool((self.economy.a[self._endless] > 0).all())
        if alike and np.allclose(self._stock[kept], aim[kept]):
            return np.zeros_like(aim)
        return np.where(kept[:, None], np.maximum(aim - self._stock, 0.0), 0.0)

    def _refuse_negative(self) -> None:
        below = (self._stock < 0) & ~self._endless[:, None]
        if below.any():
            reach = self.habits.psi * self.habits.days[below.any(axis=1)].min()
            raise OptionError(
                f"stocks fall below zero on day {self.day} ({int(below.sum())} of them), where the "
                f"incumbent stops: ψ × days is {reach:g}, and below 1 more may be used in a day "
                "than is there. Give more days of stock or a larger ψ; the default mode never uses "
                "more than there is"
            )
