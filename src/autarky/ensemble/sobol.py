"""Variance-based sensitivity from answers that are already there.

May import `errors`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError

Array = NDArray[np.float64]

#: Resamples behind a band, and what lies outside of it on either side.
RESAMPLES = 200
_TAIL = 0.025


@dataclass(frozen=True, eq=False)
class Indices:
    """Sobol indices of d parameters, each (d,), with the ends of 95 % bootstrap bands.

    Parameters
    ----------
    first, total : (d,) array
    first_band, total_band : (2, d) array
    used : int
        Points of the base sample whose d + 2 answers are all there.
    """

    first: Array
    total: Array
    first_band: Array
    total_band: Array
    used: int


def indices(answers: Array, parameters: int, *, seed: int = 0) -> Indices:
    """First-order and total indices of a sample of the design "saltelli".

    Parameters
    ----------
    answers : (n (d + 2),) array
        At the n points of A, then of B, then of A with column i of B for each parameter i; NaN
        where a task has no answer. Points without all d + 2 are left out.
    parameters : int
        d, at least 1.
    seed : int
        Of the resampling behind the bands.

    Raises
    ------
    OptionError
        The number of answers is no multiple of d + 2, or fewer than two points are complete.

    Notes
    -----
    V = Var(f_A, f_B); S_i = mean(f_B (f_ABi − f_A)) / V (Saltelli et al. 2010, Table 2 b) and
    S_Ti = mean((f_A − f_ABi)²) / 2V (Jansen 1999). Answers are centred first, which changes neither
    expectation and lowers the noise of S_i. An answer that does not vary has no indices: NaN.

    References
    ----------
    Saltelli et al. (2010), Computer Physics Communications 181(2), 259–270.
    """
    width = parameters + 2
    answers = np.asarray(answers, dtype=np.float64)
    if parameters < 1 or answers.ndim != 1 or answers.size % width or not answers.size:
        raise OptionError(
            f"{answers.size} answers are no sample of {parameters} parameters: the design "
            f"“saltelli” has a multiple of {width}"
        )
    table = answers.reshape(width, -1)
    table = table[:, np.isfinite(table).all(axis=0)]
    n = table.shape[1]
    if n < 2:
        raise OptionError(f"{n} points have all their {width} answers; at least 2 are needed")
    first, total = _estimate(table)
    rng = np.random.default_rng(seed)
    drawn = [_estimate(table[:, rng.integers(0, n, n)]) for _ in range(RESAMPLES)]
    bands = [_band(np.array([one[k] for one in drawn])) for k in (0, 1)]
    return Indices(first, total, bands[0], bands[1], n)


def _estimate(table: Array) -> tuple[Array, Array]:
    both = table[:2]
    f = table - both.mean()
    variance = float(both.var())
    if variance <= (1e-12 * float(np.abs(both).max())) ** 2:
        nothing = np.full(len(table) - 2, np.nan)
        return nothing, nothing
    first = (f[1] * (f[2:] - f[0])).mean(axis=1) / variance
    total = ((f[0] - f[2:]) ** 2).mean(axis=1) / (2.0 * variance)
    return first, total


def _band(drawn: Array) -> Array:
    """(2, d) ends of the band; a resample in which nothing varies says nothing."""
    kept = drawn[np.isfinite(drawn).all(axis=1)]
    if not len(kept):
        return np.full((2, drawn.shape[1]), np.nan)
    return np.quantile(kept, [_TAIL, 1.0 - _TAIL], axis=0)


def rank_correlation(values: Array, answers: Array) -> float:
    """Spearman's rank correlation; NaN where either does not vary.

    Parameters
    ----------
    values, answers : (n,) array
    """
    x, y = _ranks(values), _ranks(answers)
    x, y = x - x.mean(), y - y.mean()
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else float("nan")


def _ranks(values: Array) -> Array:
    """Ranks from 0; equal values share the mean of theirs."""
    found, back, count = np.unique(values, return_inverse=True, return_counts=True)
    first = np.cumsum(count) - count
    return (first + (count - 1) / 2.0)[back.reshape(-1)] if found.size else np.zeros(0)


def swing(values: Array, answers: Array) -> tuple[float, float]:
    """Mean answer in the third of the draws with the lowest and with the highest values."""
    third = max(1, len(values) // 3)
    order = np.argsort(values, kind="stable")
    return float(answers[order[:third]].mean()), float(answers[order[-third:]].mean())
