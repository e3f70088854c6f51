"""`Rationing`: the least loss that any allocation of what is left could reach in a window.

May import `shocks`, `results`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.results import Dimension, Field, Impact
from autarky.shocks import Scenario
from autarky.stress.rationing.base import Base, base_of
from autarky.stress.rationing.highs import Optimum, solve
from autarky.stress.rationing.program import Program, program
from autarky.stress.rationing.window import YEAR, Window, window
from autarky.table import Table

Array = NDArray[np.float64]

#: Columns of the program add up to about this: solvers work with absolute tolerances.
_SIZE = 1e4


@dataclass(frozen=True)
class _Answer:
    """A solved window, with what it was built from."""

    base: Base
    limits: Window
    built: Program
    best: Optimum


@dataclass(frozen=True, kw_only=True)
class Rationing:
    """The best case: a window LP that allocates all goods and stocks for the least unmet final use.

    Parameters
    ----------
    objective : str or tuple of str
        Whose unmet final use is least: "world", a region, or several regions as one.
    horizon : int
        Length of the window where the scenario has none [days].
    days : float or mapping of str to float
        Opening stock of every input, in days of its use; by product if a mapping, with "*" for all
        others; infinite for a product that never stops production [days].
    psi : float
        ψ in (0, 1]: output falls once a stock is below this share of its opening level [1].
    alpha_max : float
        Most output over base output, at least 1 [1].
    critical : (S, S) array, optional
        How far an input (row) holds back a sector (column); one below 1 never binds here, so that
        the answer stays a bound. All 1 by default.
    time_limit : float, optional
        Of the solver [s].

    Notes
    -----
    Flows are summed over the window. Production is Leontief in products, a_sj x_j ≤ what j draws
    plus what its stock yields; a link exists where the base has a flow, without limit unless it
    is cut; a cut flow carries at most Σ_t (1 − s_t) of its base, final use included; output is at
    most Σ_t α_max x0 (1 − Δ_t); final deliveries by region and product are at most the demand. The
    loss is final demand less deliveries, at base prices. Capital that is rebuilt comes back as fast
    as it is ordered, Δ_t = share (1 − 1/τ)^k, and its orders take nothing from final use.

    Whatever a simulation of the same window with the same recipes, stocks, ψ and α_max does is an
    allocation that this program knows, so its loss is at least this one. The world's least loss
    bounds the world's loss only; for one economy's, make that economy the objective.

    References
    ----------
    Koks & Thissen (2016), Economic Systems Research 28(4), 429–449, without its bilinear term.

    Examples
    --------
    >>> from autarky import Scenario, Embargo, Table
    >>> Z = [[10.0, 20.0], [20.0, 10.0]]
    >>> Y = [[50.0, 20.0], [20.0, 50.0]]
    >>> table = Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s"])
    >>> cut = Scenario("cut", [Embargo(exporters="B", importers="A")])
    >>> impact = Rationing(days=0, alpha_max=1).run(table, cut)
    >>> round(float(impact["least_shortage"]), 6)
    0.0
    """

    objective: str | tuple[str, ...] = "world"
    horizon: int = 365
    days: float | Mapping[str, float] = 90.0
    psi: float = 0.8
    alpha_max: float = 1.25
    critical: Array | None = None
    time_limit: float | None = None

    name: ClassVar[str] = "rationing"

    def __post_init__(self) -> None:
        if not 1 <= self.horizon < np.inf:
            raise OptionError(f"horizon is {self.horizon}; it must be at least 1 day")
        if not 0 < self.psi <= 1:
            raise OptionError(f"psi is {self.psi}; it must lie in (0, 1]")
        if not 1 <= self.alpha_max < np.inf:
            raise OptionError(f"alpha_max is {self.alpha_max}; it must be at least 1")
        held = self.days.values() if isinstance(self.days, Mapping) else [self.days]
        if not all(value >= 0 for value in held):
            raise OptionError("days must be 0 or more; infinite where stocks never run out")
        if not isinstance(self.objective, str):
            object.__setattr__(self, "objective", tuple(self.objective))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the model takes as given."""
        who = self.objective if isinstance(self.objective, str) else ", ".join(self.objective)
        return (
            "One planner knows the whole window in advance and allocates all goods and stocks.",
            f"The planner minimises unmet final use at base prices: {who}.",
            "Every product has a fixed recipe; makers of a product in all regions are alike to a "
            "buyer that buys from them at base.",
            "Deliveries can move between existing links without delay; no new link opens.",
            f"Output can rise to {self.alpha_max:g} times base output from the first day.",
            "Timing inside the window is ignored, but for the days on which a shock is in force.",
        )

    def run(self, table: Table, scenario: Scenario) -> Impact:
        """The least loss.

        Parameters
        ----------
        table : Table
        scenario : Scenario
            Of `Embargo`, `Isolation`, `CapacityLoss`, `CapitalLoss`, `DemandShift` and
            `StockRelease`.

        Returns
        -------
        Impact
            `least_shortage` [money/yr, on average over the window] and `least_shortage_share`
            [percent of what is asked for] of the objective; `final_use` by region, and `shortage`
            and `final_use` by region and product, in one best allocation (others may be as good);
            `cut_price` by region, sector and partner, where flows are cut.

        Raises
        ------
        UnsupportedShockError
            A shock works through prices.
        LabelError, ShockError, TableError, OptionError
            The scenario or an option does not fit the table.
        ConvergenceError
            The solver stopped before the optimum.
        """
        base, limits, weights = self._prepare(table, scenario)
        asked = float(limits.demand.sum())
        if asked <= 0:
            raise OptionError("final demand is 0 in the whole window: nothing can be lost")
        built = program(base, limits, weights, asked / _SIZE)
        best = solve(built, size=_SIZE, time_limit=self.time_limit)
        answer = _Answer(base, limits, built, best)
        return self._impact(table, scenario, answer)

    def program(self, table: Table, scenario: Scenario) -> Program:
        """The LP of a scenario in the table's money, for reading (`.text()`)."""
        base, limits, weights = self._prepare(table, scenario)
        return program(base, limits, weights, 1.0)

    def _prepare(self, table: Table, scenario: Scenario) -> tuple[Base, Window, Array]:
        base = base_of(table)
        limits = window(
            scenario,
            table,
            base,
            horizon=self.horizon,
            alpha_max=self.alpha_max,
            days=self._days(table),
            psi=self.psi,
            critical=self._critical(table),
        )
        return base, limits, self._weights(table)

    def _days(self, table: Table) -> Array:
        """(S,) opening stock in days."""
        if not isinstance(self.days, Mapping):
            return np.full(len(table.sectors), float(self.days))
        named = {sector: days for sector, days in self.days.items() if sector != "*"}
        table.sectors.locate(list(named))
        missing = [sector for sector in table.sectors if sector not in named]
        if missing and "*" not in self.days:
            raise OptionError(
                f"days has no number for {', '.join(missing[:6])}; give one, or one for all others "
                "under '*'"
            )
        return np.array([float(named.get(s, self.days.get("*", 0.0))) for s in table.sectors])

    def _critical(self, table: Table) -> Array | None:
        """(S, S) ratings, checked."""
        if self.critical is None:
            return None
        critical, S = np.asarray(self.critical, dtype=np.float64), len(table.sectors)
        if critical.shape != (S, S) or not ((critical >= 0) & (critical <= 1)).all():
            raise OptionError(f"critical must be {S} × {S} numbers from 0 to 1")
        return critical

    def _weights(self, table: Table) -> Array:
        """(R,) whose loss counts."""
        if self.objective == "world":
            return np.ones(len(table.regions))
        chosen = [self.objective] if isinstance(self.objective, str) else list(self.objective)
        weights = np.zeros(len(table.regions))
        weights[table.regions.locate(chosen)] = 1.0
        return weights

    def _impact(
        self,
        table: Table,
        scenario: Scenario,
        answer: _Answer,
    ) -> Impact:
        base, limits, built, best = answer.base, answer.limits, answer.built, answer.best
        money = float(limits.demand.sum()) / _SIZE
        counted = np.flatnonzero(self._weights(table) > 0)
        asked = float(limits.demand[:, counted].sum())
        loss = max(best.loss, 0.0) * money
        at = built.shortage
        short = np.where(at >= 0, best.values[at], 0.0) * money
        given = limits.demand - short
        before = base.by_product(base.Y) * limits.days / YEAR
        regions = Dimension({"region": tuple(table.regions[int(r)] for r in counted)})
        sectors, rate = Dimension.of(table.sectors), YEAR / limits.days
        total = _percent(given.sum(axis=0), before.sum(axis=0))
        fields = [
            Field("least_shortage", np.array(rate * loss), ()),
            Field("least_shortage_share", np.array(100.0 * loss / asked if asked else 0.0), ()),
            Field("final_use", total[counted], (regions,), unit="percent"),
            Field("shortage", rate * short.T[counted], (regions, sectors)),
            Field(
                "final_use", _percent(given, before).T[counted], (regions, sectors), unit="percent"
            ),
        ]
        if len(built.cuts):
            fields.append(_prices(base, built, best))
        return Impact(
            indicator="rationing",
            question=f"What is the least that “{scenario.title or scenario.name}” must cost in "
            f"{limits.days} days?",
            fields=tuple(fields),
            unit=table.unit,
            year=table.year,
            provenance=table.provenance,
            certificates=(best.certificate,),
            warnings=(*limits.notes, *_say(limits)),
            parameters=self._parameters(limits, built, best, money),
            scenario=scenario.name,
            model=Rationing.name,
            treatments=base.treatments,
            assumptions=self.assumptions,
            residuals=best.residuals,
        )

    def _parameters(
        self, limits: Window, built: Program, best: Optimum, money: float
    ) -> dict[str, Any]:
        days = self.days
        return {
            "objective": self.objective,
            "horizon": limits.days,
            "days": dict(days) if isinstance(days, Mapping) else days,
            "psi": self.psi,
            "alpha_max": self.alpha_max,
            "critical": "all inputs" if self.critical is None else "given",
            "rows": len(built.rows),
            "columns": len(built.columns),
            "lower_bound": best.bound * money * YEAR / limits.days,
        }


def _percent(after: Array, before: Array) -> Array:
    """Change in percent; NaN where there was nothing."""
    ratio = np.full(before.shape, np.nan)
    np.divide(after, before, out=ratio, where=before > 0)
    return 100.0 * (ratio - 1.0)


def _prices(base: Base, built: Program, best: Optimum) -> Field:
    """Loss avoided for each unit of a cut flow that would pass, never below 0."""
    makers, buyers = built.cuts.T
    industries = base.industries
    links = Dimension(
        {
            "region": tuple(base.regions[int(r)] for r in buyers),
            "sector": tuple(base.sectors[int(s)] for s in industries.sector_of[makers]),
            "partner": tuple(base.regions[int(r)] for r in industries.region_of[makers]),
        }
    )
    return Field("cut_price", np.maximum(-best.prices[built.cut_rows], 0.0), (links,))


def _say(limits: Window) -> tuple[str, ...]:
    said = [
        "the total is the answer; who goes short of what is one of many allocations that reach it"
    ]
    if limits.cut.any() and (limits.flow[limits.cut] > 0).any():
        said.append(
            "a cut flow is limited for a buying region as a whole, and on days without a cut by "
            "what its maker can make"
        )
    return tuple(said)
