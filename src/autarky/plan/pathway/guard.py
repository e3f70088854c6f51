"""The proof that a plan starts from the table: no policy reproduces it, at prices of 1.

The no-policy point and its prices are written down in closed form and put into every row of the
program. If all hold, the point is optimal by duality: what a plan shows is policy alone. May
import `lp`, and `parameters` and `program` of its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from autarky.lp import Program, proof
from autarky.plan.pathway.parameters import LEVELS, slopes
from autarky.plan.pathway.program import Setting, program

Array = NDArray[np.float64]

#: Largest accepted error of the no-policy point, relative to what each row adds up.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Replication:
    """How well no policy reproduces the table.

    Attributes
    ----------
    value : float
        The objective in closed form.
    residuals : dict of str to float
        Largest relative error of rows, bounds, prices, and the gap.
    """

    value: float
    residuals: dict[str, float]

    @property
    def holds(self) -> bool:
        """Whether all are within 1e-9."""
        return max(self.residuals.values()) <= TOLERANCE


def no_policy(setting: Setting) -> Setting:
    """The same setting without goals, losses and plants."""
    return replace(setting, targets=(), lost=np.zeros_like(setting.lost), plants={})


def replicate(setting: Setting) -> Replication:
    """Put the closed-form point and prices into the program without goals."""
    still = no_policy(setting)
    built = program(still)
    point, prices = closed_form(still, built)
    return Replication(float(built.cost @ point), proof(built, point, prices))


def closed_form(setting: Setting, built: Program) -> tuple[Array, Array]:
    """(columns, row prices) of the steady state that the table is.

    Notes
    -----
    All prices of goods, labour and exchange are b^t. Capital in place is worth (1 + r)^lead, its
    yearly rent is ρ = (r + δ)(1 + r)^(lead − 1); skills, absorption, tiers and limits are free.
    """
    base, b = setting.base, setting.weights
    z, pi = np.zeros(len(built.cost)), np.zeros(len(built.low))
    C = float(base.consumption.sum())
    columns = {
        "level": 1.0,
        "piece": np.clip(np.minimum(LEVELS[1:], 1.0) - LEVELS[:-1], 0.0, None),
        "c": base.consumption,
        "u": base.use,
        "y": base.x,
        "m": base.mu * base.use,
        "v": base.investment,
        "V": base.investment.sum(),
        "k": base.capital,
    }
    for name, values in columns.items():
        z[built.columns[name]] = values
    late = (1.0 + base.interest) ** (base.lead - 1)
    prices = {
        "utility": -C * b,
        "consumption": -b,
        "use": -b[:, None],
        "home": -b[:, None],
        "import": -b[:, None],
        "capacity": b[:, None] * base.rental,
        "stock": b[:, None] * late,
        "investment": -b,
        "labour": b,
        "exchange": b,
    }
    for name, values in prices.items():
        pi[built.rows[name]] = values
    return z, pi


def value(setting: Setting) -> float:
    """The objective of no policy in closed form, without the program."""
    base = setting.base
    H, b = setting.horizon, base.discount
    pieces = np.clip(np.minimum(LEVELS[1:], 1.0) - LEVELS[:-1], 0.0, None)
    lived = float(base.consumption.sum()) * float(slopes() @ pieces) * float(setting.weights.sum())
    kept = b**H * (1.0 + base.interest) ** base.lead * float(base.capital.sum())
    underway = sum(b**t for t in range(max(H - base.lead + 1, 0), H))
    return lived + kept + underway * float(base.investment.sum())
