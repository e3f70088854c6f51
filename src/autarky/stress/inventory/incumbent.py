"""`Inventory(strict="boario")`: what the incumbent, BoARIO 0.7, would answer, as a result of ours.

A table goes through the same treatment as in the default mode; days go through `strict`. May import
`shocks`, `results`, `errors`, `table` and its own folder.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ShockError, UnsupportedShockError
from autarky.results import Field, Impact
from autarky.shocks import CapacityLoss, CapitalLoss, Damage, Effect, Places, Scenario
from autarky.shocks.local import ReturningShock
from autarky.stress.inventory import answers
from autarky.stress.inventory.damage import without_capital
from autarky.stress.inventory.economy import DAYS, Economy, economy
from autarky.stress.inventory.parameters import plain, refuse, stock_days
from autarky.stress.inventory.strict import Habits, Orders
from autarky.stress.inventory.strict_events import Event, Loss, Rebuild, steps
from autarky.table import Table

if TYPE_CHECKING:
    from autarky.stress.inventory.model import Inventory

Array = NDArray[np.float64]

#: Final use is short where less than this share of what is wanted is missing nothing.
_MISSING = 1e-6
_DEFAULT = "the default mode of the inventory model can"


def incumbent(model: Inventory, table: Table, scenario: Scenario) -> Impact:
    """What a scenario does, with the incumbent's habits instead of conservation.

    Parameters
    ----------
    model : Inventory
        Its `days`, `tau`, `psi`, `alpha_max`, `alpha_tau`, `orders`, `horizon`, `faults` and
        `paths` count. `rationing` must be "proportional" and `critical` None: the incumbent has
        no others.
    table : Table
    scenario : Scenario
        Of `CapacityLoss` and `CapitalLoss`, in whole days.

    Returns
    -------
    Impact
        The fields of `Inventory.run` but for the sensitivity; no certificate, as products are not
        conserved exactly: by how much not is in `residuals`.

    Raises
    ------
    UnsupportedShockError
        A shock, or its timing, that the incumbent cannot express or stops at.
    OptionError
        A parameter that the incumbent does not have, or stocks below zero.
    TableError
        The table has faults and `faults` is "refuse", or a region is empty.
    LabelError, ShockError
        The scenario does not fit the table.
    """
    orders = model.orders
    refuse(
        [
            (
                model.rationing != "proportional",
                f"rationing is {model.rationing!r}, but the incumbent rations in proportion to "
                "orders: strict='boario' needs 'proportional'",
            ),
            (model.critical is not None, "critical is given, which strict='boario' has not"),
            (
                model.substitution > 0,
                f"substitution is {model.substitution}, but strict='boario' has fixed recipes",
            ),
        ]
    )
    resolved = scenario.resolve(table)
    for effect in resolved.effects:
        _refuse(effect)
    e = economy(table, faults=model.faults)
    horizon = math.ceil(scenario.horizon or model.horizon)
    found = [_event(effect, table, e, horizon) for effect in resolved.effects]
    habits = Habits(
        stock_days(model.days, table),
        model.tau,
        model.psi,
        model.alpha_max,
        model.alpha_tau,
        orders,
    )
    run = _follow(e, habits, found, horizon)
    return Impact(
        indicator="inventory",
        question=f"What does “{scenario.title or scenario.name}” do in {horizon} days?",
        fields=tuple(_fields(run, table, model.paths)),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        warnings=(*resolved.notes, *_warnings(resolved.effects, run.residual)),
        parameters=_parameters(model, orders, horizon),
        scenario=scenario.name,
        model=model.name,
        treatments=e.treatments,
        assumptions=(*_assumptions(habits, resolved.effects, table),),
        residuals={"conservation": run.residual},
    )


# --- what is said ---------------------------------------------------------------------------------


def _assumptions(habits: Habits, effects: Sequence[Effect], table: Table) -> list[str]:
    said = [
        "Recipes are fixed: an input that is missing is not replaced by another product.",
        "Suppliers that are short serve everybody the same share of their orders.",
        "Prices and budgets play no role; final use that is not served is lost.",
        "As BoARIO 0.7 has it: stocks stay as they are on a day when all deliveries are close to "
        "what is used, and call for nothing on a day when all of them are close to their aim.",
        "As BoARIO 0.7 has it: overtime begins on the third day, and shrinks where more was made "
        "than ordered.",
        "As BoARIO 0.7 has it: an input counts only if a year of it exceeds 1/100,000 of a day's "
        "output, and stocks are not checked against what is used.",
        "As BoARIO 0.7 has it: a loss that returns by itself is full for two days more than its "
        "duration, and one of capacity comes a day late; what is left of a loss is rounded.",
    ]
    if habits.orders == "capacity":
        said.append("Orders follow what is left of the capacity of the makers of a product.")
    else:
        said.append("Orders are spread over the makers of a product as at base.")
    curves = {"convex": "(1 − 1/τ)^(4k)", "concave": "τ/(τ + 10⁻⁶ k^p)"}
    for curve in sorted({e.shock.curve for e in effects if isinstance(e.shock, ReturningShock)}):
        if curve in curves:
            said.append(f"The {curve} return is BoARIO's, {curves[curve]} after k days.")
    for effect in effects:
        if isinstance(effect.shock, CapitalLoss):
            own = effect.shock.capital_ratio is None and table.capital is not None
            ratio = f"{effect.shock.ratio:g} times value added of a year"
            said.append(f"Capital of {effect.shock.describe()}: "
                        f"{'as the table has it' if own else ratio}.")  # fmt: skip
    return said


def _warnings(effects: Sequence[Effect], residual: float) -> list[str]:
    said = [
        f"products are not conserved exactly: up to {residual:.2g} of a product's base output a "
        "day, as the incumbent leaves stocks alone on days when deliveries are close to what is "
        "used",
        "strict='boario' has no sensitivity table",
    ]
    early = [effect.shock.describe() for effect in effects if effect.shock.start < 1]
    if early:
        said.append(
            f"{'; '.join(early)}: the incumbent has no events on day 0; its rules are carried over"
        )
    return said


def _parameters(model: Inventory, orders: Orders, horizon: int) -> dict[str, Any]:
    names = ("days", "tau", "psi", "alpha_max", "alpha_tau", "rationing", "faults")
    shown = {name: plain(getattr(model, name)) for name in names}
    return {"strict": "boario", **shown, "orders": orders, "horizon": horizon}


# --- shocks ---------------------------------------------------------------------------------------


def _refuse(effect: Effect) -> None:
    """Only losses of capacity and capital, in whole days."""
    shock = effect.shock
    says = f"the inventory model with strict='boario' cannot express {shock.describe()}"
    if not isinstance(shock, CapacityLoss | CapitalLoss):
        raise UnsupportedShockError(
            f"{says}: BoARIO knows losses of capacity and of capital alone; {_DEFAULT}, or else "
            "the trade equilibrium (stress.Equilibrium)"
        )
    times = [shock.start, shock.duration, shock.recovery]
    if isinstance(shock, CapitalLoss):
        times.append(shock.rebuilding_days)
    if any(time is not None and not float(time).is_integer() for time in times):
        raise UnsupportedShockError(f"{says}: BoARIO counts whole days; {_DEFAULT}")
    if shock.curve == "concave" and (shock.recovery or 0.0) <= 2.0:
        raise UnsupportedShockError(
            f"{says}: BoARIO's concave return has no meaning in two days or less; {_DEFAULT}"
        )


def _event(effect: Effect, table: Table, e: Economy, horizon: int) -> Event:
    """A shock as the incumbent's event."""
    shock, where = effect.shock, effect.where
    if not isinstance(shock, CapacityLoss | CapitalLoss) or not isinstance(where, Places):
        raise AssertionError  # `_refuse` has been here
    rows = where.industries(table.industries)
    timing = {
        "occurrence": int(shock.start),
        "duration": int(shock.duration or horizon),
        "decimals": int(math.log10(table.unit.scale)) + 1,
    }
    size = np.zeros(e.n)
    size[rows] = shock.share
    tau = max(int(shock.recovery or 1), 1)
    if isinstance(shock, CapacityLoss):
        return Loss(size, None, tau=tau, curve=shock.curve, **timing)
    capital = np.maximum(shock.capital(DAYS * e.value_added, table.capital), 0.0)
    problems = without_capital(shock, rows[(capital[rows] <= 0) & (e.x[rows] > 0)], table)
    if problems:
        raise ShockError("; ".join(problems), problems)
    size *= capital
    if shock.rebuilding_days is None or not isinstance(where, Damage) or where.rebuilders is None:
        return Loss(size, capital, tau=tau, curve=shock.curve, **timing)
    return Rebuild(e, size, capital, where.rebuilders, tau=int(shock.rebuilding_days), **timing)


# --- the run --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Run:
    """What fields are made of: x (T, n), served and unmet (T, S, R), binding days (n, S)."""

    economy: Economy
    x: Array
    unmet: Array
    binding: Array
    residual: float

    @property
    def days(self) -> int:
        """T."""
        return self.x.shape[0]

    def by_region(self, values: Array) -> Array:
        """Sum of (…, n) over the industries of each region: (…, R)."""
        e = self.economy
        return values @ (e.region[: e.n, None] == np.arange(e.R)).astype(np.float64)


def _follow(e: Economy, habits: Habits, events: list[Event], horizon: int) -> _Run:
    x, unmet = np.empty((horizon, e.n)), np.empty((horizon, e.S, e.R))
    binding, residual = np.zeros((e.n, e.S)), 0.0
    for day, step in enumerate(steps(e, habits, events, horizon)):
        x[day], unmet[day] = step.x, step.unmet
        held = np.flatnonzero(step.binding >= 0)
        binding[held, step.binding[held]] += 1.0
        residual = max(residual, step.residual)
    return _Run(e, x, unmet, binding, residual)


def _fields(run: _Run, table: Table, kind: Literal["none", "region", "industry"]) -> list[Field]:
    """The fields of a result of the default mode, from every day of the run."""
    e, T = run.economy, run.days
    served, made = e.final - run.unmet, run.by_region(run.x)
    used = served.sum(axis=1)
    short = run.unmet > _MISSING * e.final
    first = np.where(short.any(axis=0), short.argmax(axis=0), T).astype(np.float64)
    sums = answers.Sums(
        e, T, run.x.sum(axis=0), served.sum(axis=0), np.maximum(run.unmet, 0.0).sum(axis=0),
        made.min(axis=0), used.min(axis=0), first, run.binding,
    )  # fmt: skip
    found = [*answers.totals(sums, table), *answers.details(sums, table)]
    if kind == "region":
        found += answers.paths(kind, DAYS * made, DAYS * used, table)
    elif kind == "industry":
        found += answers.paths(kind, DAYS * run.x, DAYS * served.transpose(0, 2, 1), table)
    return found
