"""What industries make on a day, compiled: overtime, output, shares delivered, causes of a loss.

Arrays end in K lanes, so that inner loops run over lanes side by side in memory. Every function
changes the arrays that its docstring names. May import its own folder.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.loops.compiling import compiled

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Orders that exceed output by less than this share call for no overtime.
SCARCE = 1e-9
#: An industry held back by less than this share is not held back.
BOUND = 1e-9
#: A supplier this close to its orders is not short.
SHORT = 1.0 - 1e-12


class Recipe(NamedTuple):
    """What does not change from day to day; S products, n industries, N buyers, K lanes.

    Attributes
    ----------
    x : (n,) array [money/day]
        Output at base.
    a : (S, n) array
        Input of each product for a unit of output.
    W : (S, N) array [money/day]
        Base purchases.
    product : (n,) int array
    place : (n,) int array
        Where an industry stands among those sorted by product.
    rank : (N,) int array
        Who is served first.
    region : (N,) int array
    days, tau, psi, alpha_max, alpha_tau, critical, sigma
        As in `Settings`.
    """

    x: Array
    a: Array
    W: Array
    product: IntArray
    place: IntArray
    rank: IntArray
    region: IntArray
    days: Array
    tau: Array
    psi: Array
    alpha_max: Array
    alpha_tau: Array
    critical: Array
    sigma: float


class Made(NamedTuple):
    """What industries make on a day.

    Attributes
    ----------
    orders, wanted, x : (n, K) array [money/day]
        Orders, what could be made of them, output.
    binding : (n, K) int array
        The input that held an industry back; −1 where none did.
    rho : (P, n, K) array
        Share of its orders from each rank of buyers that a supplier (sorted by product) delivers.
    """

    orders: Array
    wanted: Array
    x: Array
    binding: NDArray[np.int32]
    rho: Array


@compiled
def produce(recipe, capacity, before, alpha, stock, demand, made, by_client, drift):
    """Overtime, output and shares delivered of a day: changes `alpha`, `drift` and all of `made`.

    Parameters
    ----------
    recipe : Recipe
    capacity : (n, K) array
        What is left of capacity, 0 … 1.
    before : (n, K) array [money/day]
        Output of the day before.
    alpha : (n, K) array
    stock : (S, n, K) array [money]
    demand : (P, n, K) array [money/day]
        Orders by rank of buyer, suppliers sorted by product.
    made : Made
    by_client : bool
        Suppliers that are short deliver nothing here: each of their clients is looked at.
    drift : (K,) array
        Raised to the largest change of output or capacity [base].
    """
    n, K = alpha.shape
    P = demand.shape[0]
    for j in range(n):
        i = recipe.place[j]
        for k in range(K):
            D = demand[0, i, k]
            for p in range(1, P):
                D += demand[p, i, k]
            made.orders[j, k] = D
            short = (D - before[j, k]) / D if D > 0.0 else 0.0
            if short > SCARCE:
                step = (recipe.alpha_max[k] - alpha[j, k]) * short
            else:
                step = 1.0 - alpha[j, k]
            stretched = max(alpha[j, k] + step / recipe.alpha_tau[k], 1.0)
            drift[k] = max(drift[k], abs(stretched - alpha[j, k]))
            alpha[j, k] = stretched
            made.wanted[j, k] = min(D, recipe.x[j] * capacity[j, k] * alpha[j, k])
    if recipe.sigma > 0.0:
        _ces(recipe, stock, made)
    else:
        _scarcest(recipe, stock, made)
    for j in range(n):
        i = recipe.place[j]
        for k in range(K):
            if made.x[j, k] >= 1.0 - BOUND:
                made.binding[j, k] = -1
            x = made.wanted[j, k] * made.x[j, k]
            made.x[j, k] = x
            if recipe.x[j] > 0.0:
                drift[k] = max(drift[k], abs(x - before[j, k]) / recipe.x[j])
            D = made.orders[j, k]
            if by_client:
                made.rho[0, i, k] = x / D if D > 0.0 and x >= SHORT * D else 0.0
            elif P == 1:
                made.rho[0, i, k] = x / D if D > 0.0 else 0.0
            else:
                shares(x, demand, made.rho, i, k)


@compiled
def shares(x, demand, rho, i, k):
    """ρ of each rank, into `rho` (P, n, K): what is left after the ranks before, in proportion."""
    left = x
    for p in range(demand.shape[0]):
        D = demand[p, i, k]
        share = min(left / D, 1.0) if D > 0.0 else 0.0
        left = max(left - share * D, 0.0)
        rho[p, i, k] = share


@compiled
def _scarcest(recipe, stock, made):
    """Share of the wanted output that stocks allow, in `made.x`, and the input that decides.

    An input holds back output below ψ × its aim, and always where it is not there: x ≤ Ω/a. An
    endless stock never binds.
    """
    S, n, K = stock.shape
    made.x[:] = 1.0
    made.binding[:] = -1
    reach = np.empty(K)
    for s in range(S):
        for k in range(K):
            reach[k] = max(recipe.psi[k] * recipe.days[s, k], 1.0)
        for j in range(n):
            a, c = recipe.a[s, j], recipe.critical[s, j]
            if a <= 0.0 or c <= 0.0:
                continue
            short = 0
            for k in range(K):
                short += stock[s, j, k] < reach[k] * a * made.wanted[j, k]
            if short == 0:
                continue
            for k in range(K):
                need = reach[k] * a * made.wanted[j, k]
                if stock[s, j, k] < need < np.inf:
                    allowed = 1.0 - c * (1.0 - max(stock[s, j, k], 0.0) / need)
                    if allowed < made.x[j, k]:
                        made.x[j, k] = allowed
                        made.binding[j, k] = s


@compiled
def _ces(recipe, stock, made):
    """As `_scarcest`, but inputs stand in for each other with the elasticity σ.

    The share of output is the CES mean, weighted with the value of inputs, of the shares that each
    of them alone would allow; of every input an industry uses the share that it has.
    """
    S, n, K = stock.shape
    sigma = recipe.sigma
    power = 1.0 if sigma == np.inf else (sigma - 1.0) / sigma
    made.binding[:] = -1
    for j in range(n):
        for k in range(K):
            total, mean, least = 0.0, 0.0, 1.0
            for s in range(S):
                a, c = recipe.a[s, j], recipe.critical[s, j]
                if a <= 0.0 or c <= 0.0 or recipe.days[s, k] == np.inf:
                    continue
                allowed = share_allowed(recipe, stock, made, s, j, k)
                if allowed < least:
                    least, made.binding[j, k] = allowed, s
                total += a
                if power == 0.0:
                    mean += a * np.log(allowed)
                else:
                    mean += a * allowed**power
            if least >= 1.0 or total <= 0.0:
                made.x[j, k] = 1.0
            elif least <= 0.0 and power <= 0.0:
                made.x[j, k] = 0.0
            elif power == 0.0:
                made.x[j, k] = np.exp(mean / total)
            else:
                made.x[j, k] = (mean / total) ** (1.0 / power)


@compiled
def share_allowed(recipe, stock, made, s, j, k):
    """Share of the wanted output that the stock of one input alone allows."""
    need = max(recipe.psi[k] * recipe.days[s, k], 1.0) * recipe.a[s, j] * made.wanted[j, k]
    if not 0.0 < need < np.inf or stock[s, j, k] >= need:
        return 1.0
    return 1.0 - recipe.critical[s, j] * (1.0 - max(stock[s, j, k], 0.0) / need)


@compiled
def supply(product, x, made):
    """Add output x (n, K) to `made` (S, K), by product."""
    n, K = x.shape
    for j in range(n):
        s = product[j]
        for k in range(K):
            made[s, k] += x[j, k]


@compiled
def causes(x0, region, cells, left, made, found):
    """Why output is below base, added to `found`.

    x₀ − x = (x₀ − D)⁺ + (min(D, x₀) − w)⁺ + (w − x) − (w − x₀)⁺ with w what could be made of the
    orders D: orders that are missing, capacity, and the input that binds; it is “cut” where one of
    the buyer's links for it is cut on that day. What could be made above base is taken off.

    Parameters
    ----------
    x0 : (n,) array [money/day]
    region : (N,) int array
    cells : Cells
    left : (1 + L, K) array
        As in `Links`.
    made : Made
    found : (5, R, K) array [money/day]
        In the order of `answers.CAUSES`.
    """
    n, K = made.x.shape
    N = region.size
    for j in range(n):
        r = region[j]
        for k in range(K):
            D, w = made.orders[j, k], made.wanted[j, k]
            found[0, r, k] += max(x0[j] - D, 0.0)
            found[1, r, k] += max(min(D, x0[j]) - w, 0.0)
            found[4, r, k] -= max(w - x0[j], 0.0)
            s = made.binding[j, k]
            cause = 3
            if s >= 0 and cells.mixed[s * N + j]:
                for c in range(cells.start[s * N + j], cells.start[s * N + j + 1]):
                    if left[cells.layer[c], k] < np.inf:
                        cause = 2
                        break
            found[cause, r, k] += w - made.x[j, k]
