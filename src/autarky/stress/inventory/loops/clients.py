"""Who is served when an industry cannot deliver all that is ordered.

Rules by rank share out what is left rank by rank, in proportion within each (`production.shares`);
rules by client look at every order of a supplier that is short. Whatever the rule, deliveries add
up to output. May import its own folder.
"""

from __future__ import annotations

import numpy as np

from autarky.stress.inventory.loops.compiling import compiled
from autarky.stress.inventory.loops.deliveries import Links, link_order, pooled_orders
from autarky.stress.inventory.loops.production import SHORT


@compiled
def by_client(cells, rows, recipe, links, wish, made, largest, extra):
    """Deliveries of suppliers that are short, client by client, added to `extra` (S, N, K).

    With `largest`, clients are served in full in the order of their base flow; else everybody gets
    at most the same multiple of the base flow, so that small increases are served in full.
    """
    S, N, K = wish.shape
    orders = np.empty(cells.flow.size)
    for s in range(S):
        for k in range(K):
            _orders(s, k, cells, recipe, links, wish[s], orders)
            for i in range(rows.bounds[s], rows.bounds[s + 1]):
                j = rows.industry[i]
                if made.x[j, k] >= SHORT * made.orders[j, k] or made.orders[j, k] <= 0.0:
                    continue
                chosen = rows.cell[rows.start[i] : rows.start[i + 1]]
                sent = share_out(orders[chosen], cells.flow[chosen], made.x[j, k], largest)
                for at in range(chosen.size):
                    extra[s, rows.pair[chosen[at]] - s * N, k] += sent[at]


@compiled
def _orders(s, k, cells, recipe, links, wish, orders):
    """Orders on every link for product s in lane k, into `orders` (c,) [money/day]."""
    lane = Links(
        np.ascontiguousarray(links.left[:, k : k + 1]),
        np.ascontiguousarray(links.moved[:, k : k + 1]),
        np.ascontiguousarray(links.weight[:, k : k + 1]),
    )
    level, pooled, one = np.empty(1), np.empty(1), np.empty(1)
    N, n = wish.shape[0], recipe.x.size
    for b in range(N):
        if recipe.W[s, b] <= 0.0:
            continue
        one[0] = wish[b, k]
        q, weighted = s * N + b, lane.weight.shape[0] > 0 and b < n
        pooled_orders(cells, lane, q, recipe.W[s, b], one, weighted, level, pooled)
        for c in range(cells.start[q], cells.start[q + 1]):
            orders[c] = link_order(cells, lane, c, 0, weighted, level, pooled)


@compiled
def share_out(orders, base, x, largest):
    """(m,) what each client of one supplier gets of x.

    Parameters
    ----------
    orders, base : (m,) array [money/day]
        With `largest`, those with the largest base flow first.
    x : float [money/day]
    largest : bool
        In full, one after the other; else everybody up to the same multiple of the base flow.

    Examples
    --------
    >>> share_out(np.array([4.0, 4.0]), np.array([3.0, 1.0]), 5.0, True)
    array([4., 1.])
    >>> share_out(np.array([1.0, 8.0]), np.array([2.0, 4.0]), 5.0, False)
    array([1., 4.])
    """
    m = orders.size
    sent = np.zeros(m)
    if largest:
        for c in range(m):
            sent[c] = min(orders[c], x)
            x -= sent[c]
        return sent
    ratio = np.empty(m)
    for c in range(m):
        ratio[c] = orders[c] / base[c]
    rest = base.sum()
    for c in np.argsort(ratio):
        if ratio[c] * rest <= x:
            sent[c] = orders[c]
        else:
            sent[c] = min(orders[c], base[c] * max(x, 0.0) / rest)
        x -= sent[c]
        rest -= base[c]
    return sent
