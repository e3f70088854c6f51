"""What is kept of a run: sums, peaks, first days and, if asked for, the path of every day.

Lane 0 is the run that is reported; of the others only the world's final use is kept. May import
its own folder.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.economy import Economy
from autarky.stress.inventory.kernel import Day, Today

Array = NDArray[np.float64]

#: How closely the path of every day is kept.
Paths = Literal["none", "region", "industry"]
#: Final use is short where less than this share of what is wanted is missing nothing.
_MISSING = 1e-6


class Record:
    """Sums over the days of a run.

    Parameters
    ----------
    economy : Economy
    horizon : int
        Days that will be seen.
    lanes : int
    paths : {"none", "region", "industry"}
    """

    def __init__(self, economy: Economy, horizon: int, lanes: int, paths: Paths) -> None:
        e = self.economy = economy
        self.horizon, self.days = horizon, 0
        self.paths = paths
        self.output = np.zeros(e.n)
        self.worst = np.full(e.n, np.inf)
        self.final = np.zeros((e.S, e.R))
        self.wanted = np.zeros((e.S, e.R))
        self.worst_final = np.full(e.R, np.inf)
        self.worst_output = np.full(e.R, np.inf)
        self.first = np.full((e.S, e.R), horizon, dtype=np.float64)
        self.binding = np.zeros((e.n, e.S))
        self.world = np.zeros(lanes)
        self.residual = 0.0
        rows = {"none": 0, "region": e.R, "industry": e.n}[paths]
        final = {"none": (0,), "region": (e.R,), "industry": (e.S, e.R)}[paths]
        self.output_path = np.zeros((horizon if rows else 0, rows))
        self.final_path = np.zeros((horizon if rows else 0, *final))

    def see(self, day: Day, today: Today) -> None:
        """Add a day."""
        e, t = self.economy, self.days
        x, final = day.x[:, 0], day.final[:, :, 0]
        wanted = today.final[:, :, 0] * e.final
        output = self.by_region(x)
        self.output += x
        self.worst = np.minimum(self.worst, x)
        self.final += final
        self.wanted += wanted
        self.worst_final = np.minimum(self.worst_final, final.sum(axis=0))
        self.worst_output = np.minimum(self.worst_output, output)
        short = (final < wanted * (1.0 - _MISSING)) & (self.first >= self.horizon)
        self.first[short] = t
        held = np.flatnonzero(day.binding[:, 0] >= 0)
        self.binding[held, day.binding[held, 0]] += 1.0
        self.world += day.final.sum(axis=(0, 1))
        self.residual = max(self.residual, day.residual)
        if self.paths != "none":
            self.output_path[t] = output if self.paths == "region" else x
            self.final_path[t] = final.sum(axis=0) if self.paths == "region" else final
        self.days += 1

    def by_region(self, values: Array) -> Array:
        """Sum of (n, …) over the industries of each region."""
        e = self.economy
        total = np.zeros((e.R, *values.shape[1:]))
        np.add.at(total, e.region[: e.n], values)
        return total

    @property
    def world_loss(self) -> Array:
        """(lanes,) change of the world's final use over the window, in percent of base."""
        base = self.economy.final.sum() * self.days
        return 100.0 * (self.world / base - 1.0)
