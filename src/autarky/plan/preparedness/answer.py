"""The plan as a result: what to hold, build and contract, what it costs, and what decides.

May import `results`, `lp` and its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autarky.lp import Optimum, proof
from autarky.plan.preparedness.guarantee import LEVERS
from autarky.plan.preparedness.program import Contract, Setting
from autarky.results import Dimension, Field, Plan
from autarky.units import Certificate

if TYPE_CHECKING:
    from autarky.plan.preparedness.model import Prepared

Array = NDArray[np.float64]

#: What is missed of a guarantee by less is rounding.
CLOSE = 1e-6


@dataclass(frozen=True, eq=False)
class Solved:
    """An optimum of a setting, in the table's money a year.

    Attributes
    ----------
    setting : Setting
    best : Optimum
    follows : bool
        Whether investment over the window follows consumption.
    """

    setting: Setting
    best: Optimum
    follows: bool

    @cached_property
    def contracts(self) -> tuple[Contract, ...]:
        """Of the program, in its order."""
        return self.setting.contracts()

    @cached_property
    def added(self) -> Array:
        """(R, S) what suppliers keep ready [money/yr].

        Suppliers that nothing tells apart share what is needed as they could add.
        """
        base, money = self.setting.base, self.setting.money
        out = np.zeros((len(base.regions), len(base.sectors)))
        for contract, amount in zip(self.contracts, self.best["supply"], strict=True):
            part = contract.limits / contract.limits.sum()
            out[contract.members, contract.product] += 12.0 * money * amount * part
        return out

    @cached_property
    def stock(self) -> Array:
        """(S,) [money]."""
        return self.setting.money * self.best["stock"]

    @cached_property
    def capacity(self) -> Array:
        """(S,) [money/yr]."""
        return 12.0 * self.setting.money * self.best["capacity"]

    @cached_property
    def costs(self) -> Array:
        """(3, S) cost a year by lever and product [money/yr]."""
        s = self.setting
        return np.array(
            [
                np.where(s.storable, s.holding, 0.0) * self.stock,
                s.capacity_cost * self.capacity / 12.0,
                s.premium * self.added.sum(axis=0),
            ]
        )

    @property
    def cost(self) -> float:
        """All of it [money/yr]."""
        return float(self.costs.sum())

    @property
    def gdp(self) -> float:
        """[money/yr]."""
        return float(self.setting.base.value_added.sum())

    @property
    def missed(self) -> float:
        """What is missed of the guarantee [1]."""
        found = float(self.best["missed"].max())
        return found if found > CLOSE else 0.0

    @property
    def reached(self) -> bool:
        """Whether the guarantee is met."""
        return self.missed == 0.0

    @property
    def kept(self) -> float:
        """Consumption that is guaranteed [1]."""
        return self.setting.keep - self.missed

    @cached_property
    def guarantee_price(self) -> float:
        """Cost of one percentage point more of consumption [money/yr]."""
        best, s = self.best, self.setting
        # Asking for more raises a lower side, and lowers an upper one.
        slope = float(best.price("guarantee").sum()) * (1.0 if s.tail is None else -1.0)
        if self.follows:
            slope += float((best.price("invest_window") * self._invested()).sum())
        return 0.01 * s.money * slope

    @cached_property
    def scenario_price(self) -> Array:
        """(N,) cost of one point more of everything in each scenario [money/yr]."""
        best, s = self.best, self.setting
        spells = s.spells
        if s.tail is None:
            slope = np.bincount(
                spells.scenario, weights=best.price("guarantee"), minlength=len(spells.scenarios)
            )
        else:
            slope = best.price("loss")
        for name in ("export_window", "invest_window"):
            rows = best.program.rows[name]
            slope = slope + (best.price(name) * best.program.low[rows]).sum(axis=1)
        return 0.01 * s.money * slope

    @cached_property
    def import_worth(self) -> Array:
        """(S,) cost saved by one more unit of imports that nothing cuts [1]."""
        return self.best.price("import").sum(axis=0) / 12.0

    @cached_property
    def import_need(self) -> Array:
        """(S,) worth of all imports needed, where they are short [money/yr]."""
        used = self.best["used"] * self.setting.base.mu
        return self.setting.money * (self.best.price("import") * used).sum(axis=0)

    def _invested(self) -> Array:
        """(N, S) investment of the base over each window [units of the program]."""
        s = self.setting
        months = np.bincount(s.spells.scenario, weights=s.spells.months)
        return months[:, None] * s.invested


def certificate_residuals(best: Optimum) -> dict[str, float]:
    """Errors of an optimum, prices measured without the ceiling on what is missed."""
    missed = best.program.columns.get("missed")
    if missed is None or best.values[missed].max() > 0:
        return best.residuals
    cost, upper = best.program.cost.copy(), best.program.upper.copy()
    cost[missed] = upper[missed] = 0.0
    return proof(replace(best.program, cost=cost, upper=upper), best.values, best.prices)


def plan_of(prepared: Prepared, setting: Setting, best: Optimum, before: Array) -> Plan:
    """The plan as a result."""
    from autarky.plan.preparedness.words import sentences, warnings

    solved = Solved(setting, best, prepared.model.investment_window is None)
    residuals = certificate_residuals(best)
    model, base = prepared.model, setting.base
    worst = max(residuals.values())
    return Plan(
        indicator="preparedness",
        question=f"What is the cheapest way for {base.region} to keep "
        f"{100 * model.keep:.4g} % of its consumption through {model.months} months of any of "
        f"these cut-offs?",
        fields=tuple(_fields(solved, before)),
        unit=base.unit,
        year=base.year,
        provenance=base.provenance,
        certificates=(Certificate(best.method, best.iterations, worst, 1e-6),),
        warnings=warnings(prepared, solved),
        parameters=_parameters(prepared, solved),
        goal=f"at least {100 * model.keep:.4g} % of consumption for {model.months} months",
        model="preparedness",
        reached=solved.reached,
        sentences=sentences(prepared, solved, before),
        treatments=base.treatments,
        assumptions=model.assumptions,
        residuals=residuals,
    )


def _fields(solved: Solved, before: Array) -> list[Field]:
    s, base = solved.setting, solved.setting.base
    region, sector = Dimension({"region": (base.region,)}), Dimension.of(base.sectors)
    lever = Dimension({"lever": LEVERS})
    scenario = Dimension({"scenario": tuple(one.name for one in s.spells.scenarios)})
    money = str(base.unit)
    days = np.full(len(base.sectors), np.nan)
    np.divide(365.0 * solved.stock, base.imports, out=days, where=base.imports > 0)
    suppliers = [r for r in range(len(base.regions)) if base.regions[r] != base.region]
    partner = Dimension({"partner": tuple(base.regions[r] for r in suppliers)})

    def one(name: str, values: Any, *dimensions: Dimension, unit: str = "") -> Field:
        return Field(name, np.asarray(values, dtype=float)[None], (region, *dimensions), unit=unit)

    return [
        one("cost", solved.cost),
        one("cost", solved.costs.sum(axis=0), sector),
        one("cost_share", 100.0 * solved.cost / solved.gdp),
        one("kept_share", 100.0 * solved.kept),
        one("guarantee_price", solved.guarantee_price),
        one("cost_by_lever", solved.costs.sum(axis=1), lever),
        one("cost_by_lever", solved.costs, lever, sector),
        one("kept_before", 100.0 * before, scenario),
        one("scenario_price", solved.scenario_price, scenario),
        one("stockpile", solved.stock, sector, unit=money),
        one("stockpile_days", days, sector),
        one("standby_capacity", solved.capacity, sector),
        one("other_supply", solved.added[suppliers].T, sector, partner),
        one("import_worth", solved.import_worth, sector),
    ]


def _parameters(prepared: Prepared, solved: Solved) -> dict[str, Any]:
    base = solved.setting.base
    return {
        "region": base.region,
        **prepared.model.parameters(),
        "scenarios": [one.name for one in solved.setting.spells.scenarios],
        "sources": {**base.sources, **prepared.sources},
        "growth": base.growth,
        "interest": base.interest,
        "rows": len(solved.best.program.low),
        "columns": len(solved.best.program.cost),
    }
