"""One day of the economy, in the order of the equations, for K lanes at once.

Time runs in days, flows are money a day. Lanes are draws of parameters or scenarios that advance
together. May import its own folder.

References
----------
Hallegatte (2013), Risk Analysis 34(1), 152–167. Guan et al. (2020), Nature Human Behaviour 4,
577–587. Pichler et al. (2022), Journal of Economic Dynamics and Control 144, 104527.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.events import Today
from autarky.stress.inventory.loops import deliveries
from autarky.stress.inventory.loops.clients import by_client
from autarky.stress.inventory.loops.deliveries import Links
from autarky.stress.inventory.loops.production import Made, Recipe, produce, supply
from autarky.stress.inventory.network import Network
from autarky.stress.inventory.parameters import BY_CLIENT, Rationing, Settings

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Wide runs go in lanes of this many, which fill the processor's registers.
_WIDE = 8
#: Up to so many lanes are not filled up.
_FEW = 4


@dataclass(eq=False)
class State:
    """All that tomorrow depends on; a run that goes on from a copy is exactly the same run.

    Parameters
    ----------
    day : int
        Days gone by.
    stock : (S, n, K) array [money]
        Inputs in the hands of industries.
    wish : (S, N, K) array
        What buyers want of each product today, relative to base purchases.
    alpha : (n, K) array
        Capacity stretched, relative to base.
    x : (n, K) array [money/day]
        Output yesterday.
    reserve : (S, R, K) array [money]
        Strategic stocks.
    weight : (n, K) or (0, 0) array
        Capacity left of suppliers, sorted by product, when today's orders were placed.
    demand : (P, n, K) array or None [money/day]
        Orders of industries that wait for today, suppliers sorted by product; None where nobody
        has placed them.
    """

    day: int
    stock: Array
    wish: Array
    alpha: Array
    x: Array
    reserve: Array
    weight: Array
    demand: Array | None = None

    def copy(self) -> State:
        """A state of its own, to go on from later."""
        names = ("stock", "wish", "alpha", "x", "reserve", "weight")
        demand = None if self.demand is None else self.demand.copy()
        return State(self.day, *(getattr(self, name).copy() for name in names), demand)


@dataclass(eq=False)
class Day:
    """What happened on one day.

    Parameters
    ----------
    made : Made
        Orders, output and what held it back.
    final : (S, R, K) array [money/day]
        What final users and those who rebuild got, strategic stocks included.
    released : (S, R, K) array or None [money/day]
    links : Links
        What was open.
    residual : float
        Largest error of the balance of any product, relative to its base output.
    drift : (K,) array
        Largest change of any stock [days of use], output or capacity [base].
    """

    made: Made
    final: Array
    released: Array | None
    links: Links
    residual: float = 0.0
    drift: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def x(self) -> Array:
        """(n, K) output [money/day]."""
        return self.made.x


def padded(K: int) -> int:
    """Lanes that a run of K lanes is filled up to.

    Examples
    --------
    >>> padded(1), padded(3), padded(18), padded(24)
    (1, 3, 24, 24)
    """
    return K if K <= _FEW else -(-K // _WIDE) * _WIDE


def begin(network: Network, settings: Settings) -> State:
    """The state before anything happens: full stocks, orders as at base."""
    e, K = network.economy, settings.lanes
    held = np.where(np.isinf(settings.days), 0.0, settings.days)
    return State(
        0,
        e.W[:, : e.n, None] * held[:, None, :],
        np.repeat((e.W > 0)[:, :, None].astype(np.float64), K, axis=2),
        np.ones((e.n, K)),
        np.repeat(e.x[:, None], K, axis=1),
        np.zeros((e.S, e.R, K)),
        np.ones((e.n, K)) if settings.by_capacity else np.zeros((0, 0)),
    )


class Kernel:
    """A network with the parameters of K lanes and a rule of rationing: what days are made with.

    Parameters
    ----------
    network : Network
    settings : Settings
    rule : {"proportional", "largest_first", ...}
        Rules by rank follow the ranks of the network.
    """

    def __init__(self, network: Network, settings: Settings, rule: Rationing) -> None:
        self.network, self.settings, self.rule = network, settings, rule
        e, p = network.economy, settings
        per_lane = (p.days, p.tau, p.psi, p.alpha_max, p.alpha_tau, p.critical)
        places = (e.product, network.flows.place, network.rank)
        product, place, rank = (where.astype(np.intp) for where in places)
        self.recipe = Recipe(
            e.x, e.a, e.W, product, place, rank, e.region,
            *(np.ascontiguousarray(a, dtype=np.float64) for a in per_lane), float(p.sigma),
        )  # fmt: skip
        #: Whether matrix products do the work; orders weighted by capacity are never so.
        self.dense = network.flows.dense and not settings.by_capacity
        #: Whether one lane runs alone, supplier by supplier.
        self.alone = settings.lanes == 1 and not self.dense and not settings.by_capacity
        every = not (self.dense or self.alone) or rule in BY_CLIENT
        self.cells = network.flows.cells if every else network.flows.touched

    def advance(self, state: State, today: Today, tomorrow: Today | None = None) -> Day:
        """One day; changes the state.

        Parameters
        ----------
        state : State
            After the day before; made with `begin`.
        today : Today
        tomorrow : Today, optional
            Whose links the next call has: orders of industries are then placed in the same pass.
        """
        network, e = self.network, self.network.economy
        self._open(state, today)
        links = self._links(today, state.weight)
        state.wish[:, e.n :] = today.final
        if state.demand is None:
            state.demand = np.zeros((network.ranks, e.n, self.settings.lanes))
            self._place(state, links, 0, e.n)
        self._place(state, links, e.n, network.N)
        capacity, drift = self._wide(today.capacity), np.zeros(self.settings.lanes)
        made = self._make(state, capacity, drift)
        extra = _NONE
        if self.rule in BY_CLIENT:
            extra = np.zeros_like(state.wish)
            by_client(
                self.cells, network.flows.rows, self.recipe, links, state.wish, made,
                self.rule == "largest_first", extra,
            )  # fmt: skip
        released = np.zeros_like(state.reserve) if state.reserve.any() else None
        if self.settings.by_capacity:
            state.weight = np.ascontiguousarray((capacity * state.alpha)[network.flows.order])
        then = None if tomorrow is None else self._links(tomorrow, state.weight)
        error, final = self._settle(
            state, links, then, made=made, extra=extra, released=released, drift=drift
        )
        state.x, state.day = made.x, state.day + 1
        supply(e.product, made.x, error)
        if released is not None:
            error += released.sum(axis=1)
        return Day(made, final, released, links, network.imbalance(error), drift)

    def _open(self, state: State, today: Today) -> None:
        """Reserves open or close."""
        if today.reserve is not None:
            state.reserve = state.reserve + today.reserve
        if today.shut is not None:
            state.reserve = np.where(today.shut, 0.0, state.reserve)

    def _wide(self, values: Array) -> Array:
        """Values (m, 1 or K) for every lane."""
        shape = (*values.shape[:-1], self.settings.lanes)
        return np.ascontiguousarray(np.broadcast_to(values, shape), dtype=np.float64)

    def _links(self, day: Today, weight: Array) -> Links:
        shape = (1 + len(day.left), self.settings.lanes)
        left, moved = np.full(shape, np.inf), np.zeros(shape)
        left[1:], moved[1:] = day.left, day.moved
        return Links(left, moved, weight)

    def _place(self, state: State, links: Links, first: int, last: int) -> None:
        """Orders of industries (first = 0) or of final users reach their suppliers."""
        network, wish, demand = self.network, state.wish, state.demand
        assert demand is not None
        if self.dense:
            those = network.final_users if first else network.industries
            for s in range(network.economy.S):
                self._order(s, wish[s], those, demand)
        elif self.alone:
            deliveries.place_one(network.flows.sales, self.recipe, wish, first, last, demand)
        rest = self.dense or self.alone
        deliveries.place(self.cells, self.recipe, links, wish, first, last, rest, demand)

    def _order(self, s: int, wish: Array, those: list[IntArray | slice], demand: Array) -> None:
        """Orders of one product over links that no cut touches, by matrix products."""
        flows = self.network.flows
        rows, block = slice(flows.bounds[s], flows.bounds[s + 1]), flows.blocks[s]
        for rank, columns in enumerate(those):
            demand[rank, rows] += block[:, columns] @ wish[columns]

    def _make(self, state: State, capacity: Array, drift: Array) -> Made:
        n, K = state.alpha.shape
        made = Made(
            *(np.empty((n, K)) for _ in range(3)),
            np.empty((n, K), dtype=np.int32),
            np.empty((self.network.ranks, n, K)),
        )
        by_each = self.rule in BY_CLIENT
        produce(
            self.recipe, capacity, state.x, state.alpha, state.stock, state.demand, made, by_each,
            drift,
        )  # fmt: skip
        return made

    def _settle(
        self,
        state: State,
        links: Links,
        then: Links | None,
        *,
        made: Made,
        extra: Array,
        released: Array | None,
        drift: Array,
    ) -> tuple[Array, Array]:
        """Deliveries, stocks, orders of tomorrow: less what is gone (S, K), final (S, R, K)."""
        e, K = self.network.economy, self.settings.lanes
        gone = (np.zeros((e.S, K)), np.zeros((e.S, e.R, K)), drift)
        assert state.demand is not None
        held = _NONE if released is None else released
        arguments = (
            self.cells, self.recipe, links, links if then is None else then, made,
            (state.stock, state.wish, state.demand), state.reserve, held, extra, gone,
            0 if then is None else 2,
        )  # fmt: skip
        if self.dense:
            self._settle_dense(arguments)
        elif self.alone:
            deliveries.settle_one(self.network.flows.sales, *arguments)
        else:
            deliveries.settle_all(*arguments)
        if then is None:
            state.demand = None
        return -gone[0], gone[1]

    def _settle_dense(self, arguments: tuple[Any, ...]) -> None:
        """As `deliveries.settle_all`, with matrix products where no cut touches a link."""
        flows, network = self.network.flows, self.network
        made, (_, wish, demand), scatter = arguments[4], arguments[5], arguments[-1]
        demand[:] = 0.0
        got = np.empty(wish.shape[1:])
        for s in range(network.economy.S):
            block, rows = flows.blocks[s], slice(flows.bounds[s], flows.bounds[s + 1])
            for rank, columns in enumerate(network.columns):
                if isinstance(columns, slice):
                    np.matmul(block[:, columns].T, made.rho[rank, rows], out=got[columns])
                else:
                    got[columns] = block[:, columns].T @ made.rho[rank, rows]
            deliveries.settle_product(s, *arguments, got)
            if scatter:
                self._order(s, wish[s], network.industries, demand)


#: Of no products: nothing to add.
_NONE = np.zeros((0, 0, 0))
