"""What a pathway takes as given, each with its unit, default and source.

May import `stress` elasticities, `errors` and below.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError

Array = NDArray[np.float64]

#: Levels of consumption at which the slope of its utility changes: 19 pieces of log λ, close
#: together near 1, where the middle piece has slope 1 exactly.
_LEVELS = (
    "0.3 0.5 0.6 0.7 0.75 0.8 0.85 0.88 0.9 0.92 0.94 0.955 0.965 0.975 0.985 0.995 1.005 1.02 "
    "1.05 1.2"
)
LEVELS = np.array([float(level) for level in _LEVELS.split()])


def slopes(levels: Array = LEVELS) -> Array:
    """Slope of each piece of log λ; the piece around 1 has slope 1.

    Examples
    --------
    >>> found = slopes()
    >>> len(found), float(found[15]), bool((np.diff(found) < 0).all())
    (19, 1.0, True)
    """
    out = np.diff(np.log(levels)) / np.diff(levels)
    out[int(np.searchsorted(levels, 1.0)) - 1] = 1.0
    return out


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How fast and how far an economy can change.

    Parameters
    ----------
    bundle : float
        f: how far the mix of consumption may move from the base's; 0.05 (assumption) [1].
    absorption : float
        a: most that capital of a sector can be added in a year beyond its steady state; 0.10
        (assumption) [1/yr].
    skill : float
        Most that the skilled work of a sector can grow to in a year; 1.08 (assumption) [1].
    raw_limit : float
        Most output of raw materials over that of the base; 1.1 (assumption): resources cannot be
        decreed [1].
    labour_limit : float
        Labour over that of the base; 1 [1].
    export_floor : float
        Least exports of the sectors with a goal, over those of the base; 0.9 (assumption): a
        goal may not be met by diverting them [1].
    export_tiers : int
        Steps in which what the exports of a sector earn rises as they are cut; 2 (assumption).
    tiers : int
        Steps of substitution of home for foreign supply; 8.
    penalty : float
        P: what a unit of a goal that is missed counts, in units of consumption; 8 (assumption).
    lead : int
        Years from spending on capital to having it; 2 (assumption).
    tail : int
        Years that are planned from the deadline on, so that its end is not the end; 5.
    """

    bundle: float = 0.05
    absorption: float = 0.10
    skill: float = 1.08
    raw_limit: float = 1.1
    labour_limit: float = 1.0
    export_floor: float = 0.9
    export_tiers: int = 2
    tiers: int = 8
    penalty: float = 8.0
    lead: int = 2
    tail: int = 5

    def __post_init__(self) -> None:
        ranges = {
            "bundle": (0.0, 0.5, "a share"),
            "absorption": (0.0, 10.0, "a rate a year"),
            "skill": (1.0, 10.0, "a factor a year"),
            "raw_limit": (1.0, 100.0, "a factor: below 1 not even the table is possible"),
            "labour_limit": (1.0, 100.0, "a factor: below 1 not even the table is possible"),
            "export_floor": (0.0, 1.0, "a share"),
            "penalty": (1e-6, 1e6, "consumption for a unit of a goal missed"),
            "export_tiers": (1, 100, "a whole number of steps"),
            "tiers": (1, 100, "a whole number of steps"),
            "lead": (1, 10, "a whole number of years"),
            "tail": (1, 60, "a whole number of years"),
        }
        problems = []
        for name, (low, high, what) in ranges.items():
            value = getattr(self, name)
            whole = not isinstance(low, int) or isinstance(value, (int, np.integer))
            if not (whole and low <= value <= high):
                problems.append(f"{name} is {value}; it must lie in [{low:g}, {high:g}], {what}")
        if problems:
            raise OptionError("; ".join(problems))


def substitution_cost(mu: Array, theta: Array, tiers: int) -> Array:
    """(S, Q) units of output that replace a unit of imports, tier by tier.

    Parameters
    ----------
    mu : (S,) array
        Import share of domestic use.
    theta : (S,) array
        Trade elasticity.
    tiers : int
        Q.

    Notes
    -----
    φ_q = [(μ/μ')((1 − μ')/(1 − μ))]^{1/θ} with μ' = μ(1 − (q − ½)/Q), the import share at the
    middle of tier q: what relative prices must be for buyers to leave that much of their imports,
    by the same elasticity as in the equilibrium model. Where nothing is made at home, or nothing
    imported, there is nothing to replace by, and φ = 1.

    Examples
    --------
    >>> substitution_cost(np.array([0.5]), np.array([4.0]), 2).round(3)
    array([[1.136, 1.627]])
    """
    middle = (np.arange(tiers) + 0.5) / tiers
    after = mu[:, None] * (1.0 - middle)
    inner = (mu > 0) & (mu < 1)
    safe = np.where(inner, mu, 0.5)[:, None]
    after = np.where(inner[:, None], after, 0.25)
    ratio = (safe / after) * ((1.0 - after) / (1.0 - safe))
    return np.where(inner[:, None], ratio ** (1.0 / theta[:, None]), 1.0)


def export_revenue(theta: Array, tiers: int) -> Array:
    """(S, E) what a unit of exports earns at the margin, tier by tier of what is cut.

    Notes
    -----
    With demand abroad of elasticity θ, marginal revenue after a share a is cut is (1 − a)^(−1/θ)
    of the base's. Tier e begins at a = (e − 1)/E: the first earns what the base does.

    Examples
    --------
    >>> export_revenue(np.array([4.0]), 2).round(3)
    array([[1.   , 1.189]])
    """
    cut = np.arange(tiers) / tiers
    return (1.0 - cut[None, :]) ** (-1.0 / theta[:, None])
