"""From a scenario to the wedges of the trade equilibrium: what becomes of each link.

May import `shocks`, `errors` and its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ShockError, UnsupportedShockError
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    Embargo,
    Isolation,
    Scenario,
    Tariff,
    TradeCost,
    Transfer,
)
from autarky.shocks.base import Links, Places, Shock, Sides, Where
from autarky.stress.equilibrium.calibration import Economies
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Wedges:
    """What a scenario does to every link (sector, importer, exporter).

    Parameters
    ----------
    capacity : (S, N, N) array
        What is left of the link, 0 … 1: 1 − s.
    log_cost : (S, N, N) array
        Log of the iceberg cost of the link and of the rise of the exporter's unit cost.
    productivity : (S, N) array
        What an industry delivers for each unit of cost, relative to base: 1 − s where capacity
        is lost.
    tau : (S, N, N) array
        Tariff rates; the base's own array where none changes.
    transfers : (N,) array or None
        Received less paid [money/yr].
    cut : (S, N, N) array or None
        The shares asked for, for quotas; None where nothing is cut.
    touched : (S, N, N) bool array or None
        The links shocked, for the cut that is realised.
    notes : tuple of str
        What a reader must know.
    """

    capacity: Array
    log_cost: Array
    productivity: Array
    tau: Array
    transfers: Array | None = None
    cut: Array | None = None
    touched: Bools | None = None
    notes: tuple[str, ...] = ()


def wedges(scenario: Scenario, table: Table, economies: Economies) -> Wedges:
    """The wedges of a scenario.

    Raises
    ------
    UnsupportedShockError
        A shock needs time or stocks.
    LabelError, ShockError
        A shock does not fit the table.
    """
    shape = economies.pi.shape
    draft = _Draft(
        np.ones(shape), np.zeros(shape), np.ones(shape[:2]), economies.tau, np.zeros(shape[1])
    )
    touched = np.zeros(shape, dtype=bool)
    resolved = scenario.resolve(table, timeless=True)
    notes = [*resolved.notes]
    for effect in resolved.effects:
        shock, place = effect.shock, effect.where
        where = _cells(place, shape)
        draft.add(shock, where, place, economies.technology.wages)
        if isinstance(place, Links):
            touched |= where
        if shock.start or shock.duration is not None:
            notes.append(
                f"{shock.describe()}: timing is ignored; the long run is as if it stayed for good"
            )
    if draft.tau is not economies.tau and draft.tau.min() <= -1:
        raise ShockError("a tariff would fall to -100 % or less: goods would come with money")
    cut = np.where(touched, 1.0 - draft.capacity, 0.0)
    return Wedges(
        draft.capacity,
        draft.log_cost,
        draft.productivity,
        draft.tau,
        draft.transfers if draft.transfers.any() else None,
        cut if cut.any() else None,
        touched if touched.any() else None,
        tuple(dict.fromkeys(notes)),
    )


@dataclass
class _Draft:
    """Wedges while shocks are added."""

    capacity: Array
    log_cost: Array
    productivity: Array
    tau: Array
    transfers: Array

    def add(self, shock: Shock, where: Bools, place: Where, gdp: Array) -> None:
        """One more shock on the cells (sector, importer, exporter) where it falls."""
        match shock:
            case Embargo() | Isolation():
                # Two cuts of one link have the same share (`shocks.clashes`): it is cut once.
                self.capacity[where] = np.minimum(self.capacity[where], 1.0 - shock.share)
            case TradeCost():
                self.log_cost[where] += np.log(shock.factor)
            case Tariff(rate=float(rate)):
                self.tau = np.where(where, rate, self.tau)
            case Tariff():
                self.tau = np.where(where, self.tau + (shock.change or 0.0), self.tau)
            case CapacityLoss():
                self._lose(shock.share, where, place)
            case Transfer():
                self.transfers += _moved(place, shock.amount, gdp)
            case CapitalLoss():
                raise UnsupportedShockError(
                    f"the trade equilibrium cannot express {shock.describe()}: it has no time in "
                    "which capital could return; a model of inventories (stress.Inventory) can. "
                    "For capital that stays destroyed give a CapacityLoss of the same share"
                )
            case _:
                raise UnsupportedShockError(
                    f"the trade equilibrium cannot express {shock.describe()}: it has no time and "
                    "no stocks; a model of inventories can"
                )

    def _lose(self, share: float, where: Bools, place: Where) -> None:
        """Industries that deliver 1 − s for what they cost: their unit costs rise to 1/(1 − s)."""
        if isinstance(place, Places):
            self.productivity[np.ix_(place.sectors, place.regions)] *= 1.0 - share
        if share < 1:
            self.log_cost[where] -= np.log1p(-share)
        else:
            self.capacity[where] = 0.0


def _cells(place: Where, shape: tuple[int, ...]) -> Bools:
    """(sector, importer, exporter) cells that a shock falls on; none for transfers."""
    where = np.zeros(shape, dtype=bool)
    if isinstance(place, Links):
        where[place.sectors[:, None], place.importers[None, :], place.exporters[None, :]] = True
    elif isinstance(place, Places):
        where[place.sectors[:, None], :, place.regions[None, :]] = True
    return where


def _moved(place: Where, amount: float, gdp: Array) -> Array:
    """(N,) received less paid: a share of the payers' base GDP, shared out by receivers' GDP."""
    moved = np.zeros_like(gdp)
    if isinstance(place, Sides):
        moved[place.payers] -= amount * gdp[place.payers]
        weights = gdp[place.receivers] / gdp[place.receivers].sum()
        moved[place.receivers] -= moved.sum() * weights
    return moved
