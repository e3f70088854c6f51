"""Who is served when an industry cannot deliver all that is ordered.

Rules by rank share out what is left rank by rank, in proportion within each; rules by client look
at every order of a supplier that is short. Whatever the rule, deliveries add up to output. May
import its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.network import Network

Array = NDArray[np.float64]

Rationing = Literal[
    "proportional",
    "final_first",
    "intermediate_first",
    "protected_first",
    "largest_first",
    "water_filling",
]
RULES: tuple[Rationing, ...] = get_args(Rationing)
#: Rules that look at each client of a supplier that is short.
BY_CLIENT = ("largest_first", "water_filling")
#: A supplier this close to its orders is not short.
_SHORT = 1.0 - 1e-12


def shares(x: Array, demand: Sequence[Array]) -> list[Array]:
    """The share ρ (n, K) of its orders that each rank of buyers gets.

    Parameters
    ----------
    x : (n, K) array
        What is delivered in all; at most the sum of demand.
    demand : sequence of (n, K) array
        Orders, by rank.

    Examples
    --------
    >>> [rho.item() for rho in shares(np.array([[6.0]]), [np.array([[4.0]]), np.array([[8.0]])])]
    [1.0, 0.25]
    """
    if len(demand) == 1:
        return [_ratio(x, demand[0])]
    left, found = x, []
    for wanted in demand:
        rho = np.minimum(_ratio(left, wanted), 1.0)
        left = np.maximum(left - rho * wanted, 0.0)
        found.append(rho)
    return found


def serve(
    network: Network, rule: Rationing, x: Array, demand: Sequence[Array], H: Sequence[Array]
) -> Array:
    """(S, N, K) deliveries of each product to each buyer under a rule."""
    if rule not in BY_CLIENT:
        return network.received(H, shares(x, demand))
    total = demand[0]
    short = x < _SHORT * total
    # Suppliers who are not short deliver all; the others one by one.
    received = network.received(H, [np.where(short, 0.0, _ratio(x, total))])
    split = largest_first if rule == "largest_first" else water_filling
    for lane in np.flatnonzero(short.any(axis=0)):
        rows = np.flatnonzero(short[:, lane])
        base = network.economy.B[rows]
        sent = split(network.orders(rows, H, int(lane)), base, x[rows, lane])
        np.add.at(received[:, :, lane], network.economy.product[rows], sent)
    return received


def largest_first(orders: Array, base: Array, x: Array) -> Array:
    """Clients with the largest base flow are served in full, one after the other.

    Parameters
    ----------
    orders, base : (m, N) array
        Of m suppliers to N clients.
    x : (m,) array
        What each supplier has.

    Examples
    --------
    >>> largest_first(np.array([[4.0, 4.0]]), np.array([[1.0, 3.0]]), np.array([5.0]))
    array([[1., 4.]])
    """
    order = np.argsort(-base, axis=1, kind="stable")
    wanted = np.take_along_axis(orders, order, axis=1)
    before = np.cumsum(wanted, axis=1) - wanted
    given = np.clip(x[:, None] - before, 0.0, wanted)
    sent = np.zeros_like(orders)
    np.put_along_axis(sent, order, given, axis=1)
    return sent


def water_filling(orders: Array, base: Array, x: Array) -> Array:
    """Every client gets min(order, λ × base flow), with the level λ that uses up what there is.

    Those who order little relative to base are served in full first.

    Parameters
    ----------
    orders, base : (m, N) array
    x : (m,) array

    Examples
    --------
    >>> water_filling(np.array([[1.0, 8.0]]), np.array([[2.0, 4.0]]), np.array([5.0]))
    array([[1., 4.]])
    """
    level = np.divide(orders, base, out=np.zeros_like(orders), where=base > 0)
    order = np.argsort(level, axis=1, kind="stable")
    level = np.take_along_axis(level, order, axis=1)
    wanted = np.take_along_axis(orders, order, axis=1)
    weight = np.take_along_axis(base, order, axis=1)
    full = np.cumsum(wanted, axis=1) - wanted
    rest = np.cumsum(weight[:, ::-1], axis=1)[:, ::-1]
    # Supply needed to lift everybody to the level of client q: all before it in full.
    needed = full + level * rest
    q = np.argmax(needed >= x[:, None] * (1.0 - 1e-15), axis=1)[:, None]
    full_q, rest_q = (np.take_along_axis(a, q, axis=1)[:, 0] for a in (full, rest))
    lam = np.divide(x - full_q, rest_q, out=np.zeros_like(x), where=rest_q > 0)
    return np.minimum(orders, np.maximum(lam, 0.0)[:, None] * base)


def _ratio(x: Array, demand: Array) -> Array:
    return np.divide(x, demand, out=np.zeros_like(demand), where=demand > 0)
