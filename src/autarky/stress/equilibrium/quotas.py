"""Capacities at which every link under a quota carries the trade it is left with, or less.

A fixed point on log capacities with Anderson acceleration: where everybody cuts at once, prices
rise everywhere and a plain step gets only a small part of the way. May import `errors`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError

Array = NDArray[np.float64]

#: Quotas need not be met to more digits than data have.
QUOTA_GAP = 1e-7
QUOTA_STEPS = 400
DEPTH = 8


def held(carries: Callable[[Array], Array], start: Array) -> tuple[Array, int]:
    """Capacities at most 1 that meet quotas, and how many quotas do not bind.

    A quota is a ceiling: where trade falls below it for other reasons the link keeps its whole
    capacity. More than that would be a subsidy.

    Parameters
    ----------
    carries : callable
        From capacities (L,) to the trade of each link relative to its quota (L,), above 0.
    start : (L,) array
        Capacities in (0, 1].

    Raises
    ------
    ConvergenceError
        The quotas are not met after `QUOTA_STEPS`.

    Examples
    --------
    >>> import numpy as np
    >>> capacity, slack = held(lambda c: c**0.1 * np.array([2.0, 0.5]), np.full(2, 0.5))
    >>> float(round(capacity[0], 5)), float(capacity[1]), slack
    (0.00098, 1.0, 1)
    """
    x = np.log(start)
    xs: list[Array] = []
    steps: list[Array] = []
    gap, best = np.inf, np.inf
    for _ in range(QUOTA_STEPS):
        excess = np.log(carries(np.exp(x)))
        # Nothing is missing where all capacity is back and trade is still below the quota.
        step = np.minimum(x - excess, 0.0) - x
        gap = float(np.abs(step).max())
        if gap <= QUOTA_GAP:
            return np.exp(x), int((excess < -10 * QUOTA_GAP).sum())
        if gap > 2.0 * best:
            # The past misleads, as where a quota begins to bind: start again from here.
            xs, steps = [], []
        best = min(best, gap)
        xs, steps = [*xs, x][-DEPTH:], [*steps, step][-DEPTH:]
        x = np.minimum(_mixed(xs, steps), 0.0)
    raise ConvergenceError(
        "no capacities were found that meet the quotas; try a smaller share, or read it as a "
        "share of capacity (without quota)",
        iterations=QUOTA_STEPS,
        residual=gap,
    )


def _mixed(xs: list[Array], steps: list[Array]) -> Array:
    """The next point: a step from the mix of past points whose steps cancel best."""
    x, f = xs[-1], steps[-1]
    if len(xs) == 1:
        return x + f
    dx = np.diff(np.array(xs), axis=0).T
    df = np.diff(np.array(steps), axis=0).T
    gamma = np.linalg.lstsq(df, f, rcond=1e-10)[0]
    return x + f - (dx + df) @ gamma
