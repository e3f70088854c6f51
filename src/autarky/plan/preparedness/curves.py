"""The price of security: cost against what is guaranteed, for how long, by which measures.

May import `results`, `lp` and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.lp import Solver
from autarky.plan.preparedness.answer import Solved, certificate_residuals
from autarky.plan.preparedness.guarantee import LEVERS
from autarky.plan.preparedness.program import Setting
from autarky.plan.preparedness.words import LEVER_NAMES, money, products, warnings
from autarky.results import Dimension, Field, Plan
from autarky.units import Certificate

if TYPE_CHECKING:
    from autarky.plan.preparedness.model import Prepared

Array = NDArray[np.float64]

#: Measures that are put side by side.
MEASURES: dict[str, tuple[str, ...]] = {
    "stock": ("stock",),
    "capacity": ("capacity",),
    "stock and capacity": ("stock", "capacity"),
    "all": LEVERS,
}


def by_keep(prepared: Prepared, keep: Iterable[float]) -> Plan:
    """Cost and its slope for several shares of consumption, from one warm program.

    Raises
    ------
    OptionError
        A share is out of range.
    """
    shares = sorted({float(one) for one in keep})
    if not shares or shares[0] <= 0 or not shares[-1] <= 1:
        raise OptionError("keep needs one or more shares of consumption above 0, at most 1")
    setting, solver = prepared.setting, prepared.solver(prepared.setting)
    found = []
    for share in shares:
        setting = _ask(prepared, solver, setting, share)
        found.append(_solved(prepared, solver, setting))
    last = found[-1]
    costs = np.array([one.cost if one.reached else np.nan for one in found])
    slopes = np.array([one.guarantee_price if one.reached else np.nan for one in found])
    axis = Dimension({"keep": tuple(f"{share:.10g}" for share in shares)})
    said = [
        f"Keeping {100 * share:.4g} % costs {money(one, one.cost)} a year, and one point more "
        f"{money(one, one.guarantee_price)}."
        for share, one in zip(shares, found, strict=True)
        if one.reached
    ]
    return _plan(
        prepared,
        found,
        "What does a share of consumption cost to guarantee?",
        (
            ("security_cost", costs, (axis,)),
            ("security_share", 100.0 * costs / last.gdp, (axis,)),
            ("security_price", slopes, (axis,)),
        ),
        said,
    )


def by_months(
    prepared: Prepared,
    months: Iterable[int],
    measures: Mapping[str, Sequence[str]] | None = None,
) -> Plan:
    """Cost against how long a cut-off lasts, for several sets of measures.

    Raises
    ------
    OptionError
        Months or measures are out of range.
    """
    lengths = sorted({int(one) for one in months})
    chosen = dict(measures if measures is not None else MEASURES)
    if not lengths or not chosen:
        raise OptionError("a curve over time needs months and measures")
    costs = np.full((len(chosen), len(lengths)), np.nan)
    found: list[Solved] = []
    for k, levers in enumerate(chosen.values()):
        warm: Solver | None = None
        for t, length in enumerate(lengths):
            setting = prepared.at(months=length, levers=levers)
            solver = prepared.solver(setting)
            if warm is not None:
                solver.start_from(warm)
            one = _solved(prepared, solver, setting)
            warm = solver
            found.append(one)
            if one.reached:
                costs[k, t] = one.cost
    measure = Dimension({"measures": tuple(chosen)})
    time = Dimension({"months": tuple(str(one) for one in lengths)})
    return _plan(
        prepared,
        found,
        "What does a guarantee cost against how long a cut-off lasts, and by which measures?",
        (
            ("security_cost", costs, (measure, time)),
            ("security_share", 100.0 * costs / found[-1].gdp, (measure, time)),
        ),
        _compare(tuple(chosen), lengths, costs),
    )


def in_steps(prepared: Prepared, count: int) -> Plan:
    """The way from nothing bought to the guarantee in steps of equal size, the cheapest first.

    Raises
    ------
    OptionError
        There is no step to take.
    """
    if not (isinstance(count, int) and count >= 1):
        raise OptionError(f"count is {count}; it is a number of steps, at least 1")
    setting = prepared.setting
    start = float(prepared.before().min())
    solver = prepared.solver(setting)
    found = []
    for k in range(1, count + 1):
        found.append(_solved(prepared, solver, _toward(prepared, solver, start, k / count)))
    costs = np.array([one.costs for one in found])
    added = np.diff(costs, axis=0, prepend=0.0)
    kept = np.array([one.kept for one in found])
    step = Dimension({"step": tuple(str(k) for k in range(1, count + 1))})
    lever, sector = Dimension({"lever": LEVERS}), Dimension.of(setting.base.sectors)
    said = [
        _step(k, one, added[k], start if k == 0 else float(kept[k - 1]))
        for k, one in enumerate(found)
    ]
    return _plan(
        prepared,
        found,
        f"What would {count} steps to the guarantee be, the cheapest first?",
        (
            ("step_cost", added.sum(axis=(1, 2)), (step,)),
            ("step_level", 100.0 * kept, (step,)),
            ("step_measure", added, (step, lever, sector)),
        ),
        said,
    )


def _ask(prepared: Prepared, solver: Solver, setting: Setting, keep: float) -> Setting:
    """Another share of consumption in the solver."""
    rows = solver.program.rows
    if setting.tail is None:
        solver.change_sides(rows["guarantee"], low=keep)
    else:
        solver.change_sides(rows["guarantee"], high=1.0 - keep)
    changed = replace(setting, keep=keep)
    if prepared.model.investment_window is None:
        old = solver.program.low[rows["invest_window"]]
        solver.change_sides(rows["invest_window"], low=old * keep / setting.investment_window)
        changed = replace(changed, investment_window=keep)
        # The floor of a month cannot lie above what is asked of the window.
        floor = min(prepared.model.investment, keep)
        columns = solver.program.columns["invest"]
        lower = solver.program.lower[columns]
        scale = floor / setting.investment if setting.investment > 0 else 1.0
        if scale != 1.0:
            solver.change_bounds(columns, lower=lower * scale)
        changed = replace(changed, investment=floor)
    return changed


def _toward(prepared: Prepared, solver: Solver, start: float, part: float) -> Setting:
    """The guarantee some part of the way: consumption, exports and investment alike."""
    setting = prepared.setting
    rows, columns = solver.program.rows, solver.program.columns
    fresh = prepared.solver(setting).program
    scale = start + (1.0 - start) * part
    keep = min(start, setting.keep) + (setting.keep - min(start, setting.keep)) * part
    if setting.tail is None:
        solver.change_sides(rows["guarantee"], low=keep)
    else:
        solver.change_sides(rows["guarantee"], high=1.0 - keep)
    for window, column in (("export_window", "export"), ("invest_window", "invest")):
        solver.change_sides(rows[window], low=scale * fresh.low[rows[window]])
        floor = min(1.0, scale * _room(setting, column))
        solver.change_bounds(columns[column], lower=floor * fresh.lower[columns[column]])
    return replace(
        setting,
        keep=keep,
        exports_window=scale * setting.exports_window,
        investment_window=scale * setting.investment_window,
    )


def _room(setting: Setting, column: str) -> float:
    """What is asked of the window over the floor of a month."""
    floor, window = (
        (setting.exports, setting.exports_window)
        if column == "export"
        else (setting.investment, setting.investment_window)
    )
    return window / floor if floor > 0 else 1.0


def _solved(prepared: Prepared, solver: Solver, setting: Setting) -> Solved:
    best = prepared.solved(solver)
    return Solved(setting, best, prepared.model.investment_window is None)


def _plan(
    prepared: Prepared,
    found: Sequence[Solved],
    question: str,
    values: Sequence[tuple[str, Array, tuple[Dimension, ...]]],
    said: Sequence[str],
) -> Plan:
    """A curve as a result; the proof is that of its worst point."""
    base, model = prepared.base, prepared.model
    residuals: dict[str, float] = {}
    for one in found:
        for name, value in certificate_residuals(one.best).items():
            residuals[name] = max(residuals.get(name, 0.0), value)
    steps = sum(one.best.iterations for one in found)
    region = Dimension({"region": (base.region,)})
    return Plan(
        indicator="preparedness",
        question=question,
        fields=tuple(Field(name, array[None], (region, *dims)) for name, array, dims in values),
        unit=base.unit,
        year=base.year,
        provenance=base.provenance,
        certificates=(Certificate("HiGHS simplex", steps, max(residuals.values()), 1e-6),),
        warnings=warnings(prepared, found[-1]),
        parameters={
            "region": base.region,
            **model.parameters(),
            "scenarios": [one.name for one in prepared.setting.spells.scenarios],
            "sources": {**base.sources, **prepared.sources},
        },
        goal=f"at least {100 * model.keep:.4g} % of consumption for {model.months} months",
        model="preparedness",
        reached=all(one.reached for one in found),
        sentences=tuple(said),
        treatments=base.treatments,
        assumptions=model.assumptions,
        residuals=residuals,
    )


def _compare(names: tuple[str, ...], lengths: Sequence[int], costs: Array) -> list[str]:
    """Where stock becomes dearer than capacity, and what the two together save."""
    if "stock" not in names or "capacity" not in names:
        return []
    stock, capacity = costs[names.index("stock")], costs[names.index("capacity")]
    said = []
    at = crossing(np.array(lengths, dtype=float), stock, capacity)
    if at is not None:
        said.append(f"Stocks alone are cheaper than standby capacity alone up to {at:.3g} months.")
    if "stock and capacity" in names:
        saved = 1.0 - costs[names.index("stock and capacity")] / np.fmin(stock, capacity)
        if np.isfinite(saved).any():
            best = int(np.nanargmax(saved))
            said.append(
                f"The two together save most at {lengths[best]} months: "
                f"{100 * saved[best]:.0f} % of the cheaper one."
            )
    return said


def crossing(at: Array, one: Array, two: Array) -> float | None:
    """Where one curve first rises above another, between points in a straight line; None if never.

    Examples
    --------
    >>> crossing(np.array([1.0, 2.0]), np.array([0.0, 4.0]), np.array([1.0, 1.0]))
    1.25
    """
    gap = one - two
    for k in range(1, len(gap)):
        if gap[k - 1] <= 0 < gap[k]:
            return float(at[k - 1] - gap[k - 1] * (at[k] - at[k - 1]) / (gap[k] - gap[k - 1]))
    return None


def _step(k: int, one: Solved, added: Array, before: float) -> str:
    """What a step buys."""
    cost = float(added.sum())
    flat = np.argsort(-added.reshape(-1))[:3]
    parts = []
    for place in flat:
        lever, product = divmod(int(place), added.shape[1])
        if added[lever, product] > 0.1 * max(cost, 0.0) and added[lever, product] > 0:
            title = products(one, np.array([product]))
            parts.append(f"{LEVER_NAMES[LEVERS[lever]]} for {title}")
    what = f", mostly {' and '.join(parts)}" if parts else ""
    return (
        f"Step {k + 1}: {money(one, cost)} a year more keeps {100 * one.kept:.3g} % instead of "
        f"{100 * before:.3g} %{what}."
    )
