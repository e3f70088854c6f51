"""From a solved program to the answer: losses, shares, prices, what binds, and the `Plan`.

May import `results`, `lp` and below, `goals`, and its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autarky.lp import Optimum
from autarky.plan.goals import Target
from autarky.plan.pathway.guard import Replication
from autarky.plan.pathway.program import Setting
from autarky.plan.pathway.suppliers import imports_by_region
from autarky.results import Dimension, Field, Plan

if TYPE_CHECKING:
    from autarky.plan.pathway.model import Prepared

Array = NDArray[np.float64]

#: Points short of a goal that still count as reaching it: what a solver leaves.
CLOSE = 0.01


@dataclass(frozen=True, eq=False)
class Solved:
    """A solved program with what it was made from, and what follows from both.

    Attributes
    ----------
    prepared : Prepared
    best : Optimum
    proof : Replication or None
    """

    prepared: Prepared
    best: Optimum
    proof: Replication | None

    @property
    def setting(self) -> Setting:
        """What the program was made from."""
        return self.prepared.setting

    @cached_property
    def losses(self) -> Array:
        """(H,) consumption given up in each year [1]."""
        return 1.0 - self.best["level"]

    @cached_property
    def loss(self) -> float:
        """Discounted mean over all years planned [1]."""
        b = self.setting.weights
        return float(self.losses @ b / b.sum())

    @cached_property
    def discounted_loss(self) -> float:
        """Σ b^t (1 − λ_t) C [money]."""
        return float(self.losses @ self.setting.weights) * float(
            self.setting.base.consumption.sum()
        )

    def path(self, one: Target) -> Array:
        """(H,) the share of a goal in every year."""
        best, at = self.best, one.sectors
        if one.kind == "output":
            return best["y"][:, at].sum(axis=1) / self.setting.base.x[at].sum()
        used = best["u"][:, at].sum(axis=1)
        if one.kind == "home":
            return 1.0 - best["m"][:, at].sum(axis=1) / used
        base, name = self.setting.base, one.key
        bought = base.suppliers[np.ix_(one.partners, at)].sum(axis=0)
        part = np.divide(bought, base.use[at], out=np.zeros(at.size), where=bought > 0)
        left = (best["u"][:, at] * part).sum(axis=1) - best[f"instead_{name}"].sum(axis=1)
        return (left - best[f"divert_{name}"].sum(axis=(1, 2))) / used

    def reached(self, one: Target) -> float:
        """The share in the year of the goal."""
        return float(self.path(one)[one.by])

    def unmet(self, one: Target) -> float:
        """Percentage points short in the year of the goal."""
        short = one.share - self.reached(one)
        return 100.0 * max(-short if one.kind == "partner" else short, 0.0)

    @property
    def all_reached(self) -> bool:
        """Whether every goal is met in its year."""
        return all(self.unmet(one) <= CLOSE for one in self.setting.targets)

    def allowance(self, one: Target) -> Array:
        """(H,) worth of one more unit of imports allowed, 0 before the goal."""
        out = np.zeros(self.setting.horizon)
        rows = self.best.price(f"goal_{one.key}")
        active = [t for t in range(self.setting.horizon) if one.asked(t) is not None]
        out[active] = rows / self.setting.weights[active]
        return out

    def relief(self) -> dict[str, float]:
        """What relaxing each limit is worth to the plan [money, discounted]; see `RELIEFS`.

        Prices of labour, exchange and the first capital count above those of no policy, as these
        are worth something in any economy; where the plan makes them cheaper, relief is 0.
        """
        best, setting, base = self.best, self.setting, self.setting.base
        b, y, k = setting.weights, best["y"], best["k"][:-1]
        made = np.flatnonzero(base.active & (setting.lost == 0))
        skill = best.price("skill")
        before = np.vstack([base.x[made], y[:-1][:, made]])
        early = best.price("capacity")[: base.lead] - b[: base.lead, None] * base.rental
        early = early[:, self._concerned()] * k[: base.lead, self._concerned()]
        out = {
            "skill": float((skill * before).sum()),
            "capital": float((best.price("absorption") * k).sum()),
            "lead": float(early.sum()),
            "labour": float((best.price("labour") - b).sum() * base.labour.sum()),
            "exchange": float((best.price("exchange") - b).sum() * base.imports.sum()),
            "raw": float((best.price("raw") * base.x[self._raw()]).sum()),
        }
        if "export_floor" in best.program.rows:
            aimed = setting.aimed[base.exports[setting.aimed] > 0]
            out["export_floor"] = float((best.price("export_floor") * base.exports[aimed]).sum())
        return {name: 0.01 * max(value, 0.0) for name, value in out.items()}

    def _concerned(self) -> NDArray[np.intp]:
        """Sectors that a goal names."""
        return np.unique(np.concatenate([one.sectors for one in self.setting.targets]))

    def _raw(self) -> NDArray[np.intp]:
        raw = self.setting.raw
        return raw[self.setting.base.active[raw]]


#: What each limit is called, and what is relaxed.
RELIEFS = {
    "skill": "one point more growth a year of skilled work",
    "capital": "one point more capital that a sector can take up in a year",
    "lead": "1 % more capital of the sectors with a goal before new capital is ready",
    "labour": "1 % more labour",
    "exchange": "1 % more foreign exchange",
    "raw": "1 % more output of raw materials",
    "export_floor": "one point less of exports kept by the sectors with a goal",
}
LIMIT_NAMES = {
    "skill": "skills",
    "capital": "capital",
    "lead": "the time until new capital is ready",
    "labour": "labour",
    "exchange": "foreign exchange",
    "raw": "raw materials",
    "export_floor": "exports that must go on",
}


def plan_of(solved: Solved, band: Sequence[tuple[float, Solved]] = ()) -> Plan:
    """The plan as a result."""
    from autarky.plan.pathway.words import sentences, warnings

    base, best = solved.setting.base, solved.best
    prepared = solved.prepared
    relief = solved.relief()
    losses = [solved.loss, *(one.loss for _, one in band)]
    region = Dimension({"region": (base.region,)})
    fields = (
        *_totals(solved, losses if band else [], region),
        *_goals(solved, region),
        Field(
            "relief",
            np.array([list(relief.values())]),
            (region, Dimension({"limit": tuple(relief)})),
        ),
        *_paths(solved, region),
        _suppliers(solved, region),
    )
    residuals = dict(best.residuals)
    if solved.proof is not None:
        residuals |= {f"no policy: {k}": v for k, v in solved.proof.residuals.items()}
    return Plan(
        indicator="pathway",
        question=f"What does it take {base.region} to have "
        f"{' and '.join(g.describe() for g in prepared.goals)}?",
        fields=fields,
        unit=base.unit,
        year=base.year,
        provenance=base.provenance,
        certificates=(best.certificate,),
        warnings=warnings(solved),
        parameters=_parameters(solved, band),
        goal=" and ".join(goal.describe() for goal in prepared.goals),
        model="pathway",
        reached=solved.all_reached,
        sentences=sentences(solved, relief, losses if band else []),
        treatments=base.treatments,
        assumptions=prepared.model.assumptions,
        residuals=residuals,
    )


def _totals(solved: Solved, losses: Sequence[float], region: Dimension) -> list[Field]:
    """Loss in percent and money, its band, and by year."""
    setting = solved.setting
    C = float(setting.base.consumption.sum())
    time = Dimension({"time": _calendar(setting)})
    fields = [
        Field("consumption_loss", np.array([100.0 * solved.loss]), (region,)),
        Field("consumption_loss_amount", np.array([solved.loss * C]), (region,)),
        Field("consumption_loss", 100.0 * solved.losses[None, :], (region, time)),
    ]
    if losses:
        fields.insert(1, Field("consumption_loss_low", np.array([100.0 * min(losses)]), (region,)))
        fields.insert(2, Field("consumption_loss_high", np.array([100.0 * max(losses)]), (region,)))
    return fields


def _goals(solved: Solved, region: Dimension) -> list[Field]:
    setting = solved.setting
    found = setting.targets
    goal = Dimension({"sector": tuple(one.name for one in found)})
    time = Dimension({"time": _calendar(setting)})
    columns = {
        "goal_today": [one.today for one in found],
        "goal_share": [one.share for one in found],
        "goal_reached": [solved.reached(one) for one in found],
        "goal_unmet": [solved.unmet(one) for one in found],
    }
    fields = [Field(name, np.array([values]), (region, goal)) for name, values in columns.items()]
    prices = np.array([[solved.allowance(one) for one in found]])
    fields.append(Field("allowance_price", prices, (region, goal, time)))
    return fields


def _paths(solved: Solved, region: Dimension) -> list[Field]:
    """Sector by year, from the table's year to that of the last goal: the tail is not reported."""
    setting, base, best = solved.setting, solved.setting.base, solved.best
    last = setting.horizon - setting.limits.tail + 1
    time = Dimension({"time": _calendar(setting)[:last]})
    sector = Dimension.of(base.sectors)
    used = best["u"][:last]
    share = np.full(used.shape, np.nan)
    np.divide(best["m"][:last], used, out=share, where=used > 0)
    room = np.zeros(used.shape)
    np.divide(best["k"][:last], base.kappa, out=room, where=base.kappa > 0)
    paths = {
        "investment": best["v"][:last],
        "capacity": room,
        "output": best["y"][:last],
        "imports": best["m"][:last],
        "exports": base.exports - best["cut"][:last].sum(axis=2),
        "home_share": 1.0 - share,
    }
    if base.persons is not None:
        workers = np.divide(base.persons, base.x, out=np.zeros(base.x.size), where=base.x > 0)
        paths["jobs"] = workers * best["y"][:last]
    return [Field(name, values[None], (region, time, sector)) for name, values in paths.items()]


def _suppliers(solved: Solved, region: Dimension) -> Field:
    """Imports by bloc of suppliers in the year of the last goal."""
    setting = solved.setting
    t = setting.horizon - setting.limits.tail
    found = imports_by_region(solved, t)
    blocs = solved.prepared.blocs
    values = np.array([[[found[where].sum(axis=0) for _, where in blocs]]])
    partner = Dimension({"partner": tuple(name for name, _ in blocs)})
    time = Dimension({"time": _calendar(setting)[t : t + 1]})
    return Field("imports", values, (region, time, partner, Dimension.of(setting.base.sectors)))


def _calendar(setting: Setting) -> tuple[Any, ...]:
    first = setting.base.year or 0
    return tuple(first + t for t in range(setting.horizon))


def _parameters(solved: Solved, band: Sequence[tuple[float, Solved]]) -> dict[str, Any]:
    base = solved.setting.base
    return {
        **solved.prepared.model.parameters(),
        "growth": base.growth,
        "interest": base.interest,
        "sources": dict(base.sources),
        "capital_scale": base.scale,
        "years": solved.setting.horizon,
        "band_reached": {factor: one.all_reached for factor, one in band},
        "rows": len(solved.best.program.low),
        "columns": len(solved.best.program.cost),
    }
