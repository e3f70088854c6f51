"""A run, day by day: what scenarios do, what is rebuilt, when nothing moves any more; saved states.

May import `shocks`, `errors` and its own folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.errors import StoreError
from autarky.stress.inventory.damage import Damages
from autarky.stress.inventory.events import Schedule, Today
from autarky.stress.inventory.kernel import Kernel, State, begin
from autarky.stress.inventory.network import Network
from autarky.stress.inventory.parameters import Rationing, Settings
from autarky.stress.inventory.record import Record
from autarky.table import Table

Array = NDArray[np.float64]

#: Where no stock [days of use], output or capacity [base] moves by more in a day, later days are
#: taken to be alike: gaps close by a τ-th a day, so that all that is left out is τ times this.
REST = 1e-11
#: Arrays of a state, as they are saved.
_STATE = ("stock", "wish", "alpha", "x", "reserve", "weight", "demand")


@dataclass(eq=False)
class Simulation:
    """All lanes of a run on the way.

    Parameters
    ----------
    network : Network
    settings : Settings
    rule : {"proportional", "final_first", ...}
    plan : Schedule
        Of one course for all lanes, or of a course for each.
    record : Record
    table : Table
        For labels and capital.
    """

    network: Network
    settings: Settings
    rule: Rationing
    plan: Schedule
    record: Record
    table: Table

    def __post_init__(self) -> None:
        self.kernel = Kernel(self.network, self.settings, self.rule)
        self.state: State = begin(self.network, self.settings)
        one = len(self.plan.courses) == 1
        K = self.settings.lanes
        self.damages = [
            (lanes, Damages.of(course.damages, self.table, self.network.economy, lanes.size))
            for number, course in enumerate(self.plan.courses)
            for lanes in [np.arange(K) if one else np.flatnonzero(self.plan.lane == number)]
            if course.damages
        ]
        self._today: Today | None = None

    @property
    def day(self) -> int:
        """Days gone by."""
        return self.state.day

    def advance(self, days: int) -> None:
        """Go on for some days, at most to the horizon of the record."""
        end = min(self.day + days, self.record.horizon)
        while self.day < end:
            moved = self._step()
            if moved <= REST and self.day > self.plan.last_change and not self.damages:
                self._repeat(end - self.day)

    def _step(self) -> float:
        """One day; the largest change of any lane."""
        t, e = self.day, self.network.economy
        today = self._today or self.plan.today(t)
        self._today = self.plan.today(t + 1)
        wanted = today.final * e.final[:, :, None]
        asked = None
        if self.damages:
            lost, asked = self._damaged(t)
            capacity = today.capacity * (1.0 - lost)
            final = today.final
            if asked is not None:
                added = np.zeros_like(asked)
                base = e.final[:, :, None]
                np.divide(asked, base, out=added, where=base > 0)
                final = final + added
            today = replace(today, capacity=capacity, final=final)
        day = self.kernel.advance(self.state, today, self._today)
        rebuilt = None
        if asked is not None:
            rebuilt = self._rebuilt(t, day.final, wanted, asked)
        self._last = (day, np.broadcast_to(wanted, day.final.shape), rebuilt)
        self.record.see(*self._last)
        return float(day.drift.max())

    def _damaged(self, t: int) -> tuple[Array, Array | None]:
        """(n, K) share of capacity that is missing, (S, R, K) orders of those who rebuild."""
        e, K = self.network.economy, self.settings.lanes
        lost = np.zeros((e.n, K))
        asked = None
        for lanes, books in self.damages:
            lost[:, lanes] = books.loss(t)
            orders = books.orders(t)
            if orders is not None:
                asked = np.zeros((e.S, e.R, K)) if asked is None else asked
                asked[..., lanes] = orders
        return lost, asked

    def _rebuilt(self, t: int, given: Array, wanted: Array, asked: Array) -> Array:
        """What of the deliveries to a region went to those who rebuild, who are served alike."""
        total = wanted + asked
        share = np.divide(given, total, out=np.zeros_like(total), where=total > 0)
        share = np.minimum(share, 1.0)
        for lanes, books in self.damages:
            books.deliver(t, share[..., lanes])
        return asked * share

    def _repeat(self, days: int) -> None:
        """Days that are like the last one."""
        if days > 0:
            self.record.see(*self._last, times=days)
            self.state.day += days
            self._today = None

    # --- saved and read again -----------------------------------------------------------------

    def save(self, path: Path, identity: str) -> None:
        """All that the days to come depend on, and what is recorded, in one file.

        Parameters
        ----------
        path : Path
            A file for numpy's ``.npz``; what was there before stays until the new one is whole.
        identity : str
            Whose run it is.
        """
        found: dict[str, Any] = {f"state.{a}": getattr(self.state, a) for a in _STATE}
        found |= {f"record.{a}": value for a, value in self.record.saved().items()}
        found |= {"state.day": self.state.day, "identity": identity}
        for b, (_, books) in enumerate(self.damages):
            for p, part in enumerate(books.parts):
                if part.left is not None:
                    found[f"damage.{b}.{p}"] = part.left
        partial = path.with_name(path.name + ".part")
        with partial.open("wb") as stream:
            arrays: dict[str, Any] = {k: np.asarray(v) for k, v in found.items() if v is not None}
            np.savez(stream, **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)

    def restore(self, path: Path, identity: str) -> None:
        """Go on from a file of `save`.

        Raises
        ------
        StoreError
            The file cannot be read, or is of another table, scenario or model.
        """
        try:
            with np.load(path, allow_pickle=False) as file:
                found = {name: file[name] for name in file.files}
            owner = str(found.pop("identity"))
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise StoreError(
                f"{path} cannot be read as a saved run of the inventory model: {error}"
            ) from error
        if owner != identity:
            raise StoreError(
                f"{path} was saved by a run with another table, scenario or other parameters; go "
                "on with those, or start anew"
            )
        arrays: list[Any] = [found.get(f"state.{name}") for name in _STATE]
        self.state = State(int(found["state.day"]), *arrays)
        prefix = "record."
        self.record.restore(
            {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}
        )
        for b, (_, books) in enumerate(self.damages):
            for p, part in enumerate(books.parts):
                part.left = found.get(f"damage.{b}.{p}")
        self._today = None
