"""Deliveries, stocks and orders of a day, compiled: product by product, one pass over its buyers.

Arrays end in K lanes, so that inner loops run over lanes side by side in memory; suppliers stand
sorted by product, so that one product's deliveries and orders stay in the cache while its buyers
pass. Every function changes the arrays that its docstring names. May import its own folder.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.loops.compiling import compiled
from autarky.stress.inventory.loops.production import share_allowed

Array = NDArray[np.float64]


class Links(NamedTuple):
    """What is open on a day; layer 0 is the flows that nothing cuts, always open.

    Attributes
    ----------
    left : (1 + L, K) array
        Share of base capacity that each layer is left with; infinite where it is open.
    moved : (1 + L, K) array
        Share of its lost orders that is placed elsewhere.
    weight : (n, K) or (0, 0) array
        Weight of each supplier (sorted by product) in orders of industries; empty for base flows.
    """

    left: Array
    moved: Array
    weight: Array


@compiled
def pooled_orders(cells, links, q, base, wish, weighted, level, pooled):
    """Orders of a pair over base flows: before cuts (`level`), and on open links (`pooled`).

    Orders that a cut stops move, as far as `moved` says, to the links that are open, in
    proportion to their flows.
    """
    first, last = cells.start[q], cells.start[q + 1]
    for k in range(level.size):
        flows = base
        if weighted:
            flows = 0.0
            for c in range(first, last):
                flows += cells.flow[c] * links.weight[cells.row[c], k]
        level[k] = wish[k] * base / flows if flows > 0.0 else 0.0
        extra, still = 0.0, 0.0
        for c in range(first, last):
            flow = cells.flow[c]
            if weighted:
                flow *= links.weight[cells.row[c], k]
            left = links.left[cells.layer[c], k]
            if left == np.inf:
                still += flow
            else:
                order = flow * level[k]
                lost = order - min(order, left * cells.flow[c])
                extra += links.moved[cells.layer[c], k] * lost
        pooled[k] = level[k] + extra / still if still > 0.0 else level[k]


@compiled
def link_order(cells, links, c, k, weighted, level, pooled):
    """Orders on one link [money/day]."""
    flow = cells.flow[c]
    if weighted:
        flow *= links.weight[cells.row[c], k]
    left = links.left[cells.layer[c], k]
    if left == np.inf:
        return flow * pooled[k]
    return min(flow * level[k], left * cells.flow[c])


@compiled
def _gather(cells, links, q, base, wish, weighted, rho, got, level, pooled):
    """What a buyer gets of a product from all its suppliers, into `got` (K,) [money/day]."""
    pooled_orders(cells, links, q, base, wish, weighted, level, pooled)
    got[:] = 0.0
    for c in range(cells.start[q], cells.start[q + 1]):
        for k in range(got.size):
            order = link_order(cells, links, c, k, weighted, level, pooled)
            got[k] += order * rho[cells.row[c], k]


@compiled
def _scatter(cells, links, q, base, wish, weighted, demand, level, pooled):
    """Add the orders of a buyer for a product to its suppliers' `demand` (n, K)."""
    pooled_orders(cells, links, q, base, wish, weighted, level, pooled)
    for c in range(cells.start[q], cells.start[q + 1]):
        for k in range(wish.size):
            demand[cells.row[c], k] += link_order(cells, links, c, k, weighted, level, pooled)


@compiled
def place(cells, recipe, links, wish, first, last, dense, demand):
    """Add the orders of buyers first … last − 1, from `wish` (S, N, K), to `demand` (P, n, K).

    With `dense` only those of pairs that a cut touches.
    """
    S, N, K = wish.shape
    n, W, rank = recipe.x.size, recipe.W, recipe.rank
    start, row, flow, mixed = cells.start, cells.row, cells.flow, cells.mixed
    weight = links.weight.shape[0] > 0
    level, pooled = np.empty(K), np.empty(K)
    for s in range(S):
        for b in range(first, last):
            q, p = s * N + b, rank[b]
            if W[s, b] <= 0.0:
                continue
            if mixed[q] or (weight and b < n):
                _scatter(
                    cells, links, q, W[s, b], wish[s, b], weight and b < n, demand[p], level,
                    pooled,
                )  # fmt: skip
            elif not dense:
                for c in range(start[q], start[q + 1]):
                    size, i = flow[c], row[c]
                    for k in range(K):
                        demand[p, i, k] += size * wish[s, b, k]


@compiled
def deliver(s, cells, recipe, links, wish, rho, extra, dense, got):
    """Deliveries of product s to every buyer, into `got` (N, K).

    With `dense` it holds Σ_i B_ib ρ_i already, for pairs that no cut touches; `extra` (S, N, K) or
    (0, 0, 0) is what suppliers that are short deliver, client by client.
    """
    N, K = wish.shape
    n, W, rank = recipe.x.size, recipe.W, recipe.rank
    start, row, flow, mixed = cells.start, cells.row, cells.flow, cells.mixed
    weight = links.weight.shape[0] > 0
    level, pooled = np.empty(K), np.empty(K)
    for b in range(N):
        q, p = s * N + b, rank[b]
        if W[s, b] <= 0.0:
            for k in range(K):
                got[b, k] = 0.0
            continue
        if mixed[q] or (weight and b < n):
            _gather(
                cells, links, q, W[s, b], wish[b], weight and b < n, rho[p], got[b], level,
                pooled,
            )  # fmt: skip
        else:
            if not dense:
                for k in range(K):
                    got[b, k] = 0.0
                for c in range(start[q], start[q + 1]):
                    size, i = flow[c], row[c]
                    for k in range(K):
                        got[b, k] += size * rho[p, i, k]
            for k in range(K):
                got[b, k] *= wish[b, k]
        if extra.shape[0] > 0:
            for k in range(K):
                got[b, k] += extra[s, b, k]


@compiled
def release(s, recipe, wish, reserve, got, released):
    """Strategic stocks fill what buyers of their region lack of product s.

    Changes `reserve` (S, R, K) [money], `got` (N, K) and `released` (S, R, K) [money/day].
    """
    N, K = got.shape
    R = reserve.shape[1]
    lack = np.zeros((R, K))
    for b in range(N):
        r = recipe.region[b]
        for k in range(K):
            lack[r, k] += max(wish[b, k] * recipe.W[s, b] - got[b, k], 0.0)
    for r in range(R):
        for k in range(K):
            out = min(reserve[s, r, k], lack[r, k])
            released[s, r, k] = out
            reserve[s, r, k] -= out
            lack[r, k] = out / lack[r, k] if lack[r, k] > 0.0 else 0.0
    for b in range(N):
        r = recipe.region[b]
        for k in range(K):
            missing = max(wish[b, k] * recipe.W[s, b] - got[b, k], 0.0)
            got[b, k] += lack[r, k] * missing


@compiled
def settle(s, cells, recipe, links, then, made, state, got, filled, gone, scatter):
    """Stocks of product s after the day, and orders for the next: one pass over its buyers.

    The loops of the ordinary case stand here and not in functions of their own: passing arrays
    costs more than what is done with them.

    Parameters
    ----------
    s : int
    cells : Cells
    recipe : Recipe
    links, then : Links
        Of this day and of the next; of the next only to scatter.
    made : Made
    state : (stock, wish, demand)
        Stocks of industries (S, n, K) and, for industries, what buyers want (S, N, K) are changed;
        demand (P, n, K) grows by their orders.
    got : (N, K) array [money/day]
        With `filled` 2 deliveries; with 1 Σ_i B_ib ρ_i of pairs that no cut touches.
    gone : (S, K), (S, R, K), (K,) array
        Used, stored and delivered by product; delivered to final users; the largest change of a
        stock [days of use].
    scatter : {0, 1, 2}
        Orders that are added to `demand`: none, those of pairs that a cut touches, all.
    """
    stock, wish, demand = state[0][s], state[1][s], state[2]
    used_up, given, drift = gone[0][s], gone[1][s], gone[2]
    N, K = wish.shape
    W, rank, x, wanted, rho = recipe.W[s], recipe.rank, made.x, made.wanted, made.rho
    coefficient, n = recipe.a[s], recipe.x.size
    start, row, flow, mixed = cells.start, cells.row, cells.flow, cells.mixed
    weight = links.weight.shape[0] > 0
    plain = recipe.sigma <= 0.0 and not (recipe.days[s] == np.inf).any()
    aim, pace = recipe.days[s], 1.0 / recipe.tau
    level, pooled, one = np.empty(K), np.empty(K), np.empty(K)
    held, used = np.empty(K), np.empty(K)
    for b in range(N):
        base, q = W[b], s * N + b
        if base <= 0.0:
            continue
        p, touched = rank[b], mixed[q] or (weight and b < n)
        first, last = start[q], start[q + 1]
        if filled == 2:
            for k in range(K):
                one[k] = got[b, k]
        elif filled == 1 and not touched:
            for k in range(K):
                one[k] = got[b, k] * wish[b, k]
        elif touched:
            _gather(cells, links, q, base, wish[b], weight and b < n, rho[p], one, level, pooled)
        else:
            for k in range(K):
                one[k] = 0.0
            c = first
            while c + 4 <= last:
                f0, f1, f2, f3 = flow[c], flow[c + 1], flow[c + 2], flow[c + 3]
                i0, i1, i2, i3 = row[c], row[c + 1], row[c + 2], row[c + 3]
                for k in range(K):
                    one[k] += (f0 * rho[p, i0, k] + f1 * rho[p, i1, k]) + (
                        f2 * rho[p, i2, k] + f3 * rho[p, i3, k]
                    )
                c += 4
            while c < last:
                f0, i0 = flow[c], row[c]
                for k in range(K):
                    one[k] += f0 * rho[p, i0, k]
                c += 1
            for k in range(K):
                one[k] *= wish[b, k]
        if b >= n:
            for k in range(K):
                given[b - n, k] = one[k]
                used_up[k] += one[k]
            continue
        if plain:
            a, per = coefficient[b], 1.0 / base
            # Four short loops: the compiler gives up on one with so many arrays.
            for k in range(K):
                held[k] = stock[b, k] + one[k]
                used[k] = min(a * x[b, k], held[k])
            for k in range(K):
                left = held[k] - used[k]
                used_up[k] += used[k] + (left - stock[b, k])
                stock[b, k] = left
            for k in range(K):
                drift[k] = max(drift[k], abs(one[k] - used[k]) * per)
            for k in range(K):
                gap = max(aim[k] * a * wanted[b, k] - stock[b, k], 0.0)
                wish[b, k] = (a * x[b, k] + gap * pace[k]) * per
        else:
            _stock(s, b, recipe, made, state[0], wish, one, used_up, drift)
        if scatter == 2 and not touched:
            for k in range(K):
                one[k] = wish[b, k]
            for c in range(first, last):
                f0, i0 = flow[c], row[c]
                for k in range(K):
                    demand[p, i0, k] += f0 * one[k]
        elif scatter > 0 and touched:
            _scatter(cells, then, q, base, wish[b], weight, demand[p], level, pooled)


@compiled
def _stock(s, j, recipe, made, stock, wish, got, used_up, drift):
    """As in `settle`, where inputs stand in for each other or an endless stock never binds.

    Only an input that is not critical, or rounding, can call for more than is there. Where inputs
    stand in for each other, orders are what would have been used of it.
    """
    a, per = recipe.a[s, j], 1.0 / recipe.W[s, j]
    for k in range(got.size):
        held = stock[s, j, k] + got[k]
        use, order = a * made.x[j, k], a * made.x[j, k]
        if recipe.sigma > 0.0:
            order = a * made.wanted[j, k]
            use = order * share_allowed(recipe, stock, made, s, j, k)
        used, gap = use, 0.0
        if recipe.days[s, k] < np.inf:
            used = min(use, held)
            gap = max(recipe.days[s, k] * a * made.wanted[j, k] - (held - used), 0.0)
        used_up[k] += used + (held - used - stock[s, j, k])
        drift[k] = max(drift[k], abs(got[k] - used) * per)
        stock[s, j, k] = held - used
        wish[j, k] = (order + gap / recipe.tau[k]) * per


@compiled
def _fill(s, cells, recipe, links, wish, made, reserve, released, extra, dense, got):
    """2 where a strategic stock is open or clients are looked at, with `got` filled; else 0."""
    held = released.shape[0] > 0 and (reserve[s] > 0.0).any()
    if not held and extra.shape[0] == 0:
        return 0
    deliver(s, cells, recipe, links, wish, made.rho, extra, dense, got)
    if held:
        release(s, recipe, wish, reserve, got, released)
    return 2


@compiled
def settle_product(
    s, cells, recipe, links, then, made, state, reserve, released, extra, gone, scatter, got
):
    """`deliver`, `release` and `settle` for one product, with Σ_i B_ib ρ_i in `got` already."""
    wish = state[1][s]
    filled = max(1, _fill(s, cells, recipe, links, wish, made, reserve, released, extra, True, got))
    settle(s, cells, recipe, links, then, made, state, got, filled, gone, min(scatter, 1))


@compiled
def settle_all(cells, recipe, links, then, made, state, reserve, released, extra, gone, scatter):
    """`deliver`, `release` and `settle` for every product; changes what they change."""
    _, wish, demand = state
    S, N, K = wish.shape
    demand[:] = 0.0
    got = np.empty((N, K))
    for s in range(S):
        filled = _fill(s, cells, recipe, links, wish[s], made, reserve, released, extra, False, got)
        settle(s, cells, recipe, links, then, made, state, got, filled, gone, scatter)


@compiled
def settle_one(
    sales, cells, recipe, links, then, made, state, reserve, released, extra, gone, scatter
):
    """As `settle_all` for one lane: long sums over the buyers of each supplier.

    `cells` are those of pairs that a cut touches; `sales` all others.
    """
    _, wish, demand = state
    S, N, _ = wish.shape
    n, rank, start = recipe.x.size, recipe.rank, sales.start
    buyer, flow = sales.buyer, sales.flow
    demand[:] = 0.0
    got = np.empty((N, 1))
    for s in range(S):
        got[:, 0] = 0.0
        for i in range(sales.bounds[s], sales.bounds[s + 1]):
            if made.rho.shape[0] == 1:
                share = made.rho[0, i, 0]
                for c in range(start[i], start[i + 1]):
                    got[buyer[c], 0] += flow[c] * share
                continue
            for c in range(start[i], start[i + 1]):
                got[buyer[c], 0] += flow[c] * made.rho[rank[buyer[c]], i, 0]
        settle_product(
            s, cells, recipe, links, then, made, state, reserve, released, extra, gone, scatter, got
        )
        if scatter > 0:
            _place_one(s, sales, wish[s], rank, 0, n, demand)


@compiled
def _place_one(s, sales, wish, rank, first, last, demand):
    """Add the orders for product s of buyers first … last − 1 to `demand` (P, n, 1).

    Buyers of a supplier are sorted, so that those asked for stand together at one of its ends.
    """
    buyer, flow = sales.buyer, sales.flow
    for i in range(sales.bounds[s], sales.bounds[s + 1]):
        begin, end = sales.start[i], sales.start[i + 1]
        middle = begin + np.searchsorted(buyer[begin:end], first if first > 0 else last)
        begin, end = (middle, end) if first > 0 else (begin, middle)
        if demand.shape[0] > 1:
            for c in range(begin, end):
                demand[rank[buyer[c]], i, 0] += flow[c] * wish[buyer[c], 0]
            continue
        even, odd, c = 0.0, 0.0, begin
        while c + 2 <= end:
            even += flow[c] * wish[buyer[c], 0]
            odd += flow[c + 1] * wish[buyer[c + 1], 0]
            c += 2
        if c < end:
            even += flow[c] * wish[buyer[c], 0]
        demand[0, i, 0] += even + odd


@compiled
def place_one(sales, recipe, wish, first, last, demand):
    """As `place` for one lane, of pairs that no cut touches."""
    for s in range(wish.shape[0]):
        _place_one(s, sales, wish[s], recipe.rank, first, last, demand)
