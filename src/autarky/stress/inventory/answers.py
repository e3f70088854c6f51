"""Fields of a result, from the sums of a run. May import `results`, `table` and its own folder."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.results import Dimension, Field
from autarky.stress.inventory.economy import DAYS, Economy
from autarky.stress.inventory.parameters import Lane
from autarky.table import Table

Array = NDArray[np.float64]

#: Why output is below base; together they are all of it.
CAUSES = ("fewer orders", "capacity", "cut input", "other input", "above base")


@dataclass(frozen=True, eq=False)
class Sums:
    """What one lane did over a window, all in money a day times days.

    Parameters
    ----------
    economy : Economy
    days : int
        T.
    output : (n,) array
        Sum over days.
    final, missing : (S, R) array
        Final use served, and wanted but not served.
    worst_output, worst_final : (R,) array
        Of the worst day.
    first : (S, R) array
        First day of shortage; T where there is none.
    binding : (n, S) array
        Days on which each input held an industry back.
    """

    economy: Economy
    days: int
    output: Array
    final: Array
    missing: Array
    worst_output: Array
    worst_final: Array
    first: Array
    binding: Array


def totals(sums: Sums, table: Table) -> list[Field]:
    """Changes by region over the window, in percent, and the worst day."""
    e, T = sums.economy, sums.days
    region = (Dimension.of(table.regions),)
    output, final = by_region(e, e.x), e.final.sum(axis=0)
    value_added = by_region(e, e.value_added)
    after = by_region(e, e.value_added * _ratio(sums))
    change = {
        "final_use": _percent(sums.final.sum(axis=0), T * final),
        "output": _percent(by_region(e, sums.output), T * output),
        "value_added": _percent(after, value_added),
        "peak_output_loss": -_percent(sums.worst_output, output),
        "peak_final_use_loss": -_percent(sums.worst_final, final),
    }
    return [Field(name, values, region, unit="percent") for name, values in change.items()]


def details(sums: Sums, table: Table) -> list[Field]:
    """By region and sector; income and, where the table has labour, jobs."""
    e, T = sums.economy, sums.days
    region = (Dimension.of(table.regions),)
    place = (*region, Dimension.of(table.sectors))
    binding = np.zeros((e.R, e.S, e.S))
    np.add.at(binding, (e.region[: e.n], e.product), sums.binding)
    idle = 1.0 - _ratio(sums)
    found = [
        Field("final_use", _percent(sums.final.T, T * e.final.T), place, unit="percent"),
        Field("output", _percent(_grid(e, sums.output), T * _grid(e, e.x)), place, unit="percent"),
        Field("shortage", DAYS / T * sums.missing.T, place),
        Field("shortage_day", sums.first.T, place),
        Field("binding_days", binding, (*place, Dimension({"input": table.sectors.labels}))),
        Field("value_added_shortfall", DAYS * by_region(e, e.value_added * idle), region),
    ]
    if table.labour is not None:
        found.append(Field("jobs_idle", by_region(e, table.labour * idle), region))
    return found


def by_cause(days: int, output: Array, final: Array, table: Table) -> list[Field]:
    """Losses by cause, at annual rates.

    Parameters
    ----------
    output : (5, R) array
        In the order of `CAUSES`, summed over days [money].
    final : (2, S, R) array
        Cut on the spot, and through others.
    """
    region, product = Dimension.of(table.regions), Dimension.of(table.sectors)
    rate = DAYS / days
    return [
        Field("output_loss_by_cause", rate * output.T, (region, Dimension({"cause": CAUSES}))),
        Field(
            "final_use_loss_by_cause",
            rate * final.transpose(2, 1, 0),
            (region, product, Dimension({"cause": ("direct", "indirect")})),
        ),
    ]


def paths(kind: str, output: Any, final: Any, table: Table) -> list[Field]:
    """By day and region, or industry; at annual rates."""
    region = Dimension.of(table.regions)
    day = Dimension({"day": tuple(str(t) for t in range(len(output)))})
    if kind == "region":
        return [
            Field("output_path", output, (day, region)),
            Field("final_use_path", final, (day, region)),
        ]
    return [
        Field("output_path", output, (day, Dimension.of(table.industries))),
        Field("final_use_path", final, (day, region, Dimension.of(table.sectors))),
    ]


def sensitivity(world_loss: Array, draws: list[Lane]) -> Field:
    """World final use of every lane, over stock days × τ × ψ."""
    labels = [lane.labels for lane in draws]
    axes = [tuple(dict.fromkeys(column)) for column in zip(*labels, strict=True)]
    values = np.empty([len(axis) for axis in axes])
    found = dict(zip(labels, world_loss, strict=True))
    for at, key in enumerate(itertools.product(*axes)):
        values.flat[at] = found[key]
    names = ("stock_days", "tau", "psi")
    dimensions = tuple(Dimension({n: axis}) for n, axis in zip(names, axes, strict=True))
    return Field("final_use_sensitivity", values, dimensions)


def by_region(e: Economy, values: Array) -> Array:
    """Sum of (n, …) over the industries of each region: (R, …)."""
    total = np.zeros((e.R, *values.shape[1:]))
    np.add.at(total, e.region[: e.n], values)
    return total


def _ratio(sums: Sums) -> Array:
    """(n,) output over base; 1 where nothing is made."""
    e = sums.economy
    return np.divide(sums.output, sums.days * e.x, out=np.ones(e.n), where=e.x > 0)


def _grid(e: Economy, values: Array) -> Array:
    """(R, S) of values by industry; 0 where there is none."""
    grid = np.zeros((e.R, e.S))
    grid[e.region[: e.n], e.product] = values
    return grid


def _percent(after: Array, before: Array) -> Array:
    """Change in percent; NaN where there was nothing."""
    out = np.full(before.shape, np.nan)
    np.divide(after, before, out=out, where=before > 0)
    return 100.0 * (out - 1.0)
