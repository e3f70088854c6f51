"""How far an answer moves when what nobody knows well is changed: bands over elasticities.

May import `shocks`, `results`, `stress.equilibrium`, `stress.elasticities` and below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.results import Dimension, Field, Impact
from autarky.shocks import Scenario
from autarky.stress.elasticities import Elasticities, elasticities, elasticity_sets
from autarky.stress.equilibrium.model import Equilibrium, Prepared
from autarky.table import Table

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Band:
    """Lowest, middle and highest answer over elasticities, by region [percent]."""

    low: Array
    middle: Array
    high: Array
    over: tuple[str, ...]


def usable_sets(table: Table) -> tuple[str, ...]:
    """Names of the elasticity sets that have a value for every sector of the table."""
    found = []
    for name in elasticity_sets():
        try:
            elasticities(name).for_table(table)
        except OptionError:
            continue
        found.append(name)
    return tuple(found)


def across_sets(
    model: Equilibrium, table: Table, sets: Iterable[str | Elasticities] | None = None
) -> list[Prepared]:
    """The model prepared once for each elasticity set, for any number of scenarios."""
    chosen = usable_sets(table) if sets is None else tuple(sets)
    if not chosen:
        raise OptionError(
            "no named elasticity set covers the sectors of this table; give your own values"
        )
    return [replace(model, elasticities=one).prepare(table) for one in chosen]


def band(prepared: Sequence[Prepared], scenario: Scenario, variable: str = "real_income") -> Band:
    """Lowest, median and highest change over prepared models."""
    values = np.stack([one.run(scenario)[variable] for one in prepared])
    names = tuple(_name(one) for one in prepared)
    return Band(values.min(axis=0), np.median(values, axis=0), values.max(axis=0), names)


def draws_band(
    model: Equilibrium,
    table: Table,
    scenario: Scenario,
    draws: Array,
    *,
    quantiles: tuple[float, float] = (0.05, 0.95),
) -> Impact:
    """Real income and real wage over joint draws of elasticities, with quantiles.

    Parameters
    ----------
    model, table, scenario
        As for `Equilibrium.run`; its own elasticities give the central answer.
    draws : (D, S) array
        θ > 0 by draw and sector of the table.
    quantiles : (float, float)
        Lower and upper, in (0, 1).

    Returns
    -------
    Impact
        `real_income`, `real_wage` of the central answer, and their quantiles in fields with a
        column `quantile`.
    """
    low, high = quantiles
    if not 0 < low < high < 1:
        raise OptionError(f"quantiles are {quantiles}; they must rise within (0, 1)")
    draws = np.asarray(draws, dtype=np.float64)
    fits = draws.ndim == 2 and draws.shape[0] > 0 and draws.shape[1] == len(table.sectors)
    if not fits or not (np.isfinite(draws) & (draws > 0)).all():
        raise OptionError(
            f"draws must be (D, {len(table.sectors)}) finite numbers above 0, one row for each "
            f"draw; the shape is {draws.shape}"
        )
    base = model.prepare(table)
    central = base.run(scenario)
    runs = [base.with_theta(theta).run(scenario) for theta in draws]
    at = Dimension({"quantile": (f"{low:g}", "0.5", f"{high:g}")})
    region = Dimension.of(table.regions)
    fields = list(central.fields)
    for name in ("real_income", "real_wage"):
        stack = np.stack([run[name] for run in runs])
        values = np.quantile(stack, [low, 0.5, high], axis=0)
        fields.append(Field(f"{name}_quantile", values, (at, region)))
    parameters: dict[str, Any] = central.parameters | {"draws": len(draws)}
    return replace(central, fields=tuple(fields), parameters=parameters)


def _name(prepared: Prepared) -> str:
    chosen = prepared.model.elasticities
    return chosen if isinstance(chosen, str) else getattr(chosen, "name", str(chosen))
