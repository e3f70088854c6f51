"""One day of the economy, in the order of the equations, for K lanes at once.

Time runs in days, flows are money a day. Lanes are draws of parameters (or scenarios) that advance
together. May import its own folder.

References
----------
Hallegatte (2013), Risk Analysis 34(1), 152–167. Guan et al. (2020), Nature Human Behaviour 4,
577–587. Pichler et al. (2022), Journal of Economic Dynamics and Control 144, 104527.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.economy import Economy
from autarky.stress.inventory.network import Network
from autarky.stress.inventory.rationing import Rationing, serve

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Orders that exceed output by less than this share call for no overtime.
_SCARCE = 1e-9
#: An industry held back by less than this share is not held back.
BOUND = 1e-9


@dataclass(frozen=True, eq=False)
class Settings:
    """Parameters of K lanes.

    Parameters
    ----------
    days : (S, K) array
        Stock of each input that industries aim at, in days of its use; infinite for none that
        binds.
    tau : (K,) array
        Time in which a gap of stock is to be refilled [days].
    psi : (K,) array
        Below this share of the aim, a stock holds production back.
    alpha_max : (K,) array
        Most that capacity can be stretched to, relative to base.
    alpha_tau : (K,) array
        Time in which it is [days].
    critical : (S, n) array
        How far an input holds production back: 1 fully, ½ by half, 0 not at all.
    """

    days: Array
    tau: Array
    psi: Array
    alpha_max: Array
    alpha_tau: Array
    critical: Array

    @property
    def lanes(self) -> int:
        """K."""
        return self.tau.size


@dataclass(eq=False)
class State:
    """All that tomorrow depends on; a run that goes on from a copy is exactly the same run.

    Parameters
    ----------
    day : int
        Days gone by.
    stock : (S, n, K) array [money]
        Inputs in the hands of industries.
    orders : (S, n, K) array [money/day]
        What industries want of each product today.
    alpha : (n, K) array
        Capacity stretched, relative to base.
    x : (n, K) array [money/day]
        Output yesterday.
    reserve : (S, R, K) array [money]
        Strategic stocks.
    """

    day: int
    stock: Array
    orders: Array
    alpha: Array
    x: Array
    reserve: Array

    def copy(self) -> State:
        """A state of its own, to go on from later."""
        arrays = (self.stock, self.orders, self.alpha, self.x, self.reserve)
        return State(self.day, *(array.copy() for array in arrays))


@dataclass(frozen=True, eq=False)
class Today:
    """What shocks do on one day; last axes are K or 1.

    Parameters
    ----------
    capacity : (n, ·) array
        What is left of the capacity of industries, 0 … 1.
    final : (S, R, ·) array
        Wanted final use, relative to base.
    left, moved : list of (·,) array
        Of each layer of cut links, as in `Network.split`.
    reserve : (S, R) array or None
        Strategic stocks that are opened today [money].
    shut : (S, R) bool array or None
        Where what is left of one may no longer be used.
    """

    capacity: Array
    final: Array
    left: Sequence[Array] = ()
    moved: Sequence[Array] = ()
    reserve: Array | None = None
    shut: NDArray[np.bool_] | None = None


@dataclass(eq=False)
class Day:
    """What happened on one day.

    Parameters
    ----------
    x : (n, K) array [money/day]
    demand : (n, K) array [money/day]
    final : (S, R, K) array [money/day]
        Final use that was served, strategic stocks included.
    binding : (n, K) int array
        The input that held an industry back; −1 where none did.
    released : (S, R, K) array or None [money/day]
    residual : float
        Largest error of the balance of any product, relative to its base output.
    """

    x: Array
    demand: Array
    final: Array
    binding: IntArray
    released: Array | None
    residual: float = field(default=0.0)


def begin(economy: Economy, settings: Settings) -> State:
    """The state before anything happens: full stocks, orders as at base."""
    K = settings.lanes
    use = economy.W[:, : economy.n, None]
    held = np.where(np.isinf(settings.days), 0.0, settings.days)
    return State(
        0,
        use * held[:, None, :],
        np.repeat(use, K, axis=2),
        np.ones((economy.n, K)),
        np.repeat(economy.x[:, None], K, axis=1),
        np.zeros((economy.S, economy.R, K)),
    )


def advance(
    network: Network, settings: Settings, state: State, today: Today, rule: Rationing
) -> Day:
    """One day; changes the state.

    Parameters
    ----------
    network : Network
    settings : Settings
    state : State
        After the day before.
    today : Today
    rule : {"proportional", ...}
    """
    e = network.economy
    n, x0 = e.n, e.x[:, None]
    before = state.stock.sum(axis=1)

    # Orders of yesterday evening, on the links that are open today.
    wish = np.empty((*e.W.shape, settings.lanes))
    _share(state.orders, e.W[:, :n, None], wish[:, :n])
    wish[:, n:] = today.final * (e.final > 0)[:, :, None]
    H = network.split(wish, today.left, today.moved)
    demand = network.demand(H)
    D = sum(demand[1:], demand[0])

    # Overtime where orders exceed what was made.
    stretch(state, settings, D)
    capacity = x0 * today.capacity * state.alpha
    wanted = np.minimum(D, capacity)

    # Production, held back by the input that is scarcest.
    limit, binding = scarcest(e, settings, state.stock, wanted)
    x = wanted * limit
    received = serve(network, rule, x, demand, H)
    released = _release(state, today, e, wish, received)

    # Stocks: what came less what was used. Only an input that is not critical, or rounding, can
    # call for more than is there.
    use = e.a[:, :, None] * x
    held = state.stock + received[:, :n]
    endless = np.isinf(settings.days)[:, None, :]
    used = np.where(endless, use, np.minimum(use, held))
    state.stock = held - used

    # Orders for tomorrow: what was used, and what the stock lacks for the output that is wanted.
    aim = np.where(endless, 0.0, settings.days[:, None, :]) * e.a[:, :, None] * wanted
    gap = np.where(endless, 0.0, np.maximum(aim - state.stock, 0.0))
    state.orders = use + gap / settings.tau
    state.x, state.day = x, state.day + 1

    final = received[:, n:]
    made = e.by_product(x)
    supply = made if released is None else made + released.sum(axis=1)
    error = supply - used.sum(axis=1) - (state.stock.sum(axis=1) - before) - final.sum(axis=1)
    scale = e.by_product(e.x[:, None])
    off = np.divide(np.abs(error), scale, out=np.zeros_like(error), where=scale > 0)
    return Day(x, D, final, binding, released, float(off.max()))


def stretch(state: State, settings: Settings, D: Array) -> None:
    """Capacity grows towards its maximum with the share of orders not met, else falls to base."""
    short = np.divide(D - state.x, D, out=np.zeros_like(D), where=D > 0)
    up = (settings.alpha_max - state.alpha) * short / settings.alpha_tau
    down = (1.0 - state.alpha) / settings.alpha_tau
    state.alpha = np.maximum(state.alpha + np.where(short > _SCARCE, up, down), 1.0)


def scarcest(e: Economy, settings: Settings, stock: Array, wanted: Array) -> tuple[Array, IntArray]:
    """(n, K) share of the wanted output that stocks allow, and the input that decides.

    An input holds back output below ψ × its aim, and always where it is not there: x ≤ Ω/a.
    """
    aim = settings.days[:, None, :]
    endless = np.isinf(aim)
    reach = np.maximum(settings.psi * np.where(endless, 0.0, aim), 1.0)
    need = reach * e.a[:, :, None] * wanted
    needed = (need > 0) & ~endless
    there = np.minimum(np.divide(stock, need, out=np.ones_like(need), where=needed), 1.0)
    allowed = 1.0 - settings.critical[:, :, None] * (1.0 - there)
    binding = allowed.argmin(axis=0)
    limit = np.take_along_axis(allowed, binding[None], axis=0)[0]
    return limit, np.where(limit < 1.0 - BOUND, binding, -1)


def _release(state: State, today: Today, e: Economy, wish: Array, received: Array) -> Array | None:
    """Strategic stocks fill what buyers of their region lack; changes `received`."""
    if today.reserve is not None:
        state.reserve = state.reserve + today.reserve[:, :, None]
    if today.shut is not None:
        state.reserve = np.where(today.shut[:, :, None], 0.0, state.reserve)
    if not state.reserve.any():
        return None
    lack = np.maximum(wish * e.W[:, :, None] - received, 0.0)
    region = np.zeros((e.S, e.R, lack.shape[2]))
    np.add.at(region.swapaxes(0, 1), e.region, lack.swapaxes(0, 1))
    released = np.minimum(state.reserve, region)
    share = np.divide(released, region, out=np.zeros_like(region), where=region > 0)
    received += share[:, e.region] * lack
    state.reserve = state.reserve - released
    return released


def _share(orders: Array, base: Array, out: Array) -> None:
    out[:] = 0.0
    np.divide(orders, base, out=out, where=base > 0)
