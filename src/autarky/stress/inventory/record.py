"""What is kept of a run: sums, peaks, first days, causes and, if asked for, the path of every day.

Of lanes that are not reported only the world's final use is kept. Paths may stream to files. May
import its own folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.errors import TableError
from autarky.stress.inventory.answers import CAUSES, Sums, by_region
from autarky.stress.inventory.economy import DAYS
from autarky.stress.inventory.kernel import Day
from autarky.stress.inventory.loops.production import Made, causes
from autarky.stress.inventory.network import Network
from autarky.stress.inventory.parameters import Paths

Array = NDArray[np.float64]

#: Final use is short where less than this share of what is wanted is missing nothing.
_MISSING = 1e-6
#: What is saved of a record, paths apart.
_SUMS = (
    "output", "final", "wanted", "rebuilt", "missing", "worst_final", "worst_output", "first",
    "binding", "causes", "final_causes", "world",
)  # fmt: skip


class Record:
    """Sums over the days of a run.

    Parameters
    ----------
    network : Network
    horizon : int
        Days that will be seen.
    lanes : int
        Of which the world's final use is kept.
    kept : int
        Lanes that are reported, the first ones.
    paths : {"none", "region", "industry"}
        Only with one lane that is reported.
    store : Path, optional
        A folder for files of paths, which are then not held in memory.
    resumed : bool
        Whether these files are there already, and gone on with.

    Raises
    ------
    TableError
        They are not there, or are those of another run.
    """

    def __init__(
        self,
        network: Network,
        horizon: int,
        lanes: int,
        *,
        kept: int = 1,
        paths: Paths = "none",
        store: Path | None = None,
        resumed: bool = False,
    ) -> None:
        e = self.economy = network.economy
        self.network, self.horizon, self.days = network, horizon, 0
        self.kept, self.paths, self.store = kept, paths, store
        self.output = np.zeros((e.n, kept))
        self.final, self.wanted, self.rebuilt, self.missing = (
            np.zeros((e.S, e.R, kept)) for _ in range(4)
        )
        self.worst_final = np.full((e.R, kept), np.inf)
        self.worst_output = np.full((e.R, kept), np.inf)
        self.first = np.full((e.S, e.R, kept), horizon, dtype=np.float64)
        self.binding = np.zeros((e.n, e.S, kept))
        self.causes = np.zeros((len(CAUSES), e.R, kept))
        self.final_causes = np.zeros((2, e.S, e.R, kept))
        self.world = np.zeros(lanes)
        self.residual = 0.0
        shapes = {
            "none": None,
            "region": ((horizon, e.R), (horizon, e.R)),
            "industry": ((horizon, e.n), (horizon, e.R, e.S)),
        }[paths]
        if shapes is not None:
            self.output_path, self.final_path = (
                self._room(name, shape, resumed=resumed)
                for name, shape in zip(("output", "final_use"), shapes, strict=True)
            )

    def see(self, day: Day, wanted: Array, rebuilt: Array | None, times: int = 1) -> None:
        """Add a day, or several that are alike.

        Parameters
        ----------
        day : Day
        wanted : (S, R, K) array [money/day]
            By final users.
        rebuilt : (S, R, K) array or None [money/day]
            What went to those who rebuild.
        times : int
        """
        e, t, kept = self.economy, self.days, self.kept
        final = day.final if rebuilt is None else day.final - rebuilt
        self.world += times * final.sum(axis=(0, 1))[: self.world.size]
        final, wanted, x = final[..., :kept], wanted[..., :kept], day.x[:, :kept]
        output = by_region(e, x)
        self.output += times * x
        self.final += times * final
        self.wanted += times * wanted
        if rebuilt is not None:
            self.rebuilt += times * rebuilt[..., :kept]
        lost = np.maximum(wanted - final, 0.0)
        self.missing += times * lost
        self.worst_final = np.minimum(self.worst_final, final.sum(axis=0))
        self.worst_output = np.minimum(self.worst_output, output)
        short = (final < wanted * (1.0 - _MISSING)) & (self.first >= self.horizon)
        self.first[short] = t
        self._bound(day, lost, times)
        self.residual = max(self.residual, day.residual)
        if self.paths != "none":
            region = self.paths == "region"
            rows = slice(t, t + times)
            self.output_path[rows] = DAYS * (output if region else x)[:, 0]
            served = final[..., 0]
            self.final_path[rows] = DAYS * (served.sum(axis=0) if region else served.T)
        self.days += times

    def _bound(self, day: Day, lost: Array, times: int) -> None:
        """What held industries back, and whether final users lack what they were cut from."""
        kept = self.kept
        arrays: list[Any] = [np.ascontiguousarray(a[..., :kept]) for a in day.made]
        made = Made(*arrays)
        j, k = np.nonzero(made.binding >= 0)
        self.binding[j, made.binding[j, k], k] += times
        left = np.ascontiguousarray(day.links.left[:, :kept])
        found = np.zeros_like(self.causes)
        e = self.economy
        causes(e.x, e.region, self.network.flows.touched, left, made, found)
        self.causes += times * found
        cut = np.zeros(lost.shape, dtype=bool)
        layer, s, r = self.network.final_layers
        if layer.size:
            np.logical_or.at(cut, (s, r), left[layer] < np.inf)
        self.final_causes[0] += times * np.where(cut, lost, 0.0)
        self.final_causes[1] += times * np.where(cut, 0.0, lost)

    def sums(self, k: int) -> Sums:
        """What lane k, one of those reported, did."""
        return Sums(
            self.economy, self.days, self.output[:, k], self.final[..., k], self.missing[..., k],
            self.worst_output[:, k], self.worst_final[:, k], self.first[..., k],
            self.binding[..., k],
        )  # fmt: skip

    @property
    def world_loss(self) -> Array:
        """(lanes,) change of the world's final use over the window, in percent of base."""
        base = self.economy.final.sum() * self.days
        return 100.0 * (self.world / base - 1.0)

    # --- saved and read again -----------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """All that a run that goes on needs."""
        found: dict[str, Any] = {name: getattr(self, name) for name in _SUMS}
        found |= {"days": self.days, "residual": self.residual}
        if self.paths != "none" and self.store is None:
            found |= {"output_path": self.output_path, "final_path": self.final_path}
        elif self.paths != "none":
            for path in (self.output_path, self.final_path):
                path.flush()
        return found

    def restore(self, found: dict[str, Any]) -> None:
        """Go on from what was saved."""
        for name in (*_SUMS, "output_path", "final_path"):
            if name in found:
                setattr(self, name, np.array(found[name]))
        self.days, self.residual = int(found["days"]), float(found["residual"])

    def _room(self, name: str, shape: tuple[int, ...], *, resumed: bool) -> Any:
        """A path in memory, or in a file."""
        if self.store is None:
            return np.zeros(shape)
        file = self.store / f"{name}_path.npy"
        if not resumed:
            self.store.mkdir(parents=True, exist_ok=True)
            return np.lib.format.open_memmap(file, mode="w+", dtype=np.float64, shape=shape)
        found = np.lib.format.open_memmap(file, mode="r+")
        if found.shape != shape:
            raise TableError(f"{file} has shape {found.shape}, not {shape}: it is of another run")
        return found
