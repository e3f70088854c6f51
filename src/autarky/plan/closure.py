"""Which products pay together: the closure of greatest weight, by a minimum cut, exactly.

A set of products is closed when it holds whatever its members need. Weights become whole numbers
first (every float is one over a power of two), so that there is no rounding in a cut. May import
`errors`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
#: Arcs of the residual network: node → node → what may still flow.
Network = list[dict[int, int]]


def max_closure(weights: Sequence[float | Fraction], needs: Bools) -> Bools:
    """(n,) the closed set of greatest total weight; the largest of them where several tie.

    Parameters
    ----------
    weights : (n,) sequence of float or Fraction
        What each member is worth; negative where it costs more than it brings.
    needs : (n, n) bool array
        ``needs[p, q]``: a set with p in it must hold q.

    Notes
    -----
    A source feeds every positive weight, every negative one drains into a sink, and p → q carries
    without limit where p needs q. What the sink cannot be reached from after a maximum flow is
    the largest best closure (Picard 1976).

    References
    ----------
    Picard, J.-C. (1976). Maximal closure of a graph and applications to combinatorial problems.
    Management Science 22(11), 1268–1272.

    Examples
    --------
    Worth 3, but it needs something that costs 2; the third costs more than it brings:

    >>> needs = np.zeros((3, 3), dtype=bool)
    >>> needs[0, 1] = True
    >>> max_closure([3.0, -2.0, -1.0], needs)
    array([ True,  True, False])
    """
    whole = _whole(weights)
    n = len(whole)
    source, sink = n, n + 1
    unlimited = sum(abs(w) for w in whole) + 1
    network: Network = [{} for _ in range(n + 2)]
    for p, weight in enumerate(whole):
        if weight > 0:
            _arc(network, source, p, weight)
        elif weight < 0:
            _arc(network, p, sink, -weight)
    for p, q in np.argwhere(needs):
        if p != q:
            _arc(network, int(p), int(q), unlimited)
    _saturate(network, source, sink)
    lost = _reaching(network, sink)
    return np.array([p not in lost for p in range(n)], dtype=bool)


def break_even(
    gains: Sequence[float], costs: Sequence[float], needs: Bools
) -> tuple[list[Fraction | None], list[int]]:
    """Price of a unit of gain from which each product is in the best closure, and with whom.

    Parameters
    ----------
    gains, costs : (n,) sequence of float
        Both at least 0; at price w a product is worth w · gain − cost.
    needs : (n, n) bool array
        As in `max_closure`.

    Returns
    -------
    prices : list of Fraction or None
        None where nothing in reach brings a gain.
    steps : list of int
        1, 2, …: products of the same step enter together.

    Notes
    -----
    Best closures grow with the price, so the next step is the closed set of what is left with the
    smallest cost per gain. Dinkelbach's iteration finds it in exact fractions: from any set, the
    best closure at its price has a smaller one or proves that there is none.
    """
    g, c = ([Fraction(v) for v in values] for values in (gains, costs))
    left = list(range(len(g)))
    prices: list[Fraction | None] = [None] * len(g)
    steps = [0] * len(g)
    step = 0
    while left:
        step += 1
        inside = needs[np.ix_(left, left)]
        chosen, price = _cheapest([g[p] for p in left], [c[p] for p in left], inside)
        for k in chosen:
            prices[left[k]], steps[left[k]] = price, step
        left = [p for k, p in enumerate(left) if k not in chosen]
    return prices, steps


def _cheapest(
    g: list[Fraction], c: list[Fraction], needs: Bools
) -> tuple[set[int], Fraction | None]:
    """The closed set with the smallest cost per gain, and that ratio (None: no gain at all)."""
    zero = Fraction(0)
    gain = sum(g, zero)
    if not gain:
        return set(range(len(g))), None
    price = sum(c, zero) / gain
    while True:
        weights = [price * a - b for a, b in zip(g, c, strict=True)]
        # Sets that tie with doing nothing are found too: never none, as the last one ties.
        found = {int(k) for k in np.flatnonzero(max_closure(weights, needs))}
        better = sum((c[k] for k in found), zero) / sum((g[k] for k in found), zero)
        if better >= price:
            return found, price
        price = better


def _whole(weights: Sequence[float | Fraction]) -> list[int]:
    """The weights times a common denominator."""
    exact = [Fraction(w) for w in weights]
    common = 1
    for one in exact:
        common = lcm(common, one.denominator)
    return [int(one * common) for one in exact]


def _arc(network: Network, tail: int, head: int, capacity: int) -> None:
    network[tail][head] = network[tail].get(head, 0) + capacity
    network[head].setdefault(tail, 0)


def _saturate(network: Network, source: int, sink: int) -> None:
    """Send as much as can flow, along shortest paths (Edmonds and Karp), in place."""
    while True:
        came: dict[int, int] = {source: source}
        queue = deque([source])
        while queue and sink not in came:
            tail = queue.popleft()
            for head, capacity in network[tail].items():
                if capacity > 0 and head not in came:
                    came[head] = tail
                    queue.append(head)
        if sink not in came:
            return
        path = [sink]
        while path[-1] != source:
            path.append(came[path[-1]])
        arcs = list(zip(path[1:], path, strict=False))
        flow = min(network[a][b] for a, b in arcs)
        for a, b in arcs:
            network[a][b] -= flow
            network[b][a] += flow


def _reaching(network: Network, sink: int) -> set[int]:
    """The nodes from which something could still flow to the sink."""
    found = {sink}
    queue = deque([sink])
    while queue:
        head = queue.popleft()
        for tail in network[head]:
            if tail not in found and network[tail].get(head, 0) > 0:
                found.add(tail)
                queue.append(tail)
    return found
