"""`Equilibrium`: what a cut-off costs once prices, wages and suppliers have adjusted.

May import `shocks`, `results`, `stress.base`, `stress.elasticities` and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from autarky.errors import NoEquilibriumError
from autarky.results import Dimension, Field, Impact
from autarky.shocks import Scenario
from autarky.stress.elasticities import Elasticities, Horizon, elasticities_of
from autarky.stress.equilibrium.calibration import Economies, Mixes, calibrate, check_floor
from autarky.stress.equilibrium.components import (
    CutFlow,
    Deficits,
    components,
    fill_idle,
    missing_suppliers,
    rebalance,
    separate,
)
from autarky.stress.equilibrium.outputs import Picture, first_order, picture, volumes, welfare
from autarky.stress.equilibrium.quotas import held
from autarky.stress.equilibrium.sensitivity import sensitivity
from autarky.stress.equilibrium.solve import Solved, solve
from autarky.stress.equilibrium.system import Trade
from autarky.stress.equilibrium.translate import Wedges, wedges
from autarky.table import Table

Array = NDArray[np.float64]

#: Trade shares may not rise by more than e to this: beyond it there is hardly room in a float.
MAX_LOG_POWER = 600.0


@dataclass(frozen=True, kw_only=True)
class Equilibrium:
    """The Caliendo–Parro (2015) model on the whole table, solved exactly in changes.

    Parameters
    ----------
    elasticities : str, float, mapping or Elasticities
        Trade elasticities θ by sector: the name of a set, one number, or your own.
    horizon : {"long", "medium", "short"}
        Scales all θ: suppliers are harder to replace at short notice.
    deficits : {"zero", "fixed", "proportional"}
        "zero" ends all trade deficits before the base is taken; "fixed" keeps them in units of
        the GDP of those still trading with each other; "proportional" lets them move with wages.
        What a component of the world cannot finance is removed in proportion to base GDP.
    floor : float
        Smallest share of its own spending that an economy supplies itself, in [0, 0.5).
    mixes : {"actual", "cr2014"}
        Input coefficients of the table, or proportions of total expenditure for every sector.
    tariffs : (S, N, N) array, optional
        Base tariff rates by sector, importer and exporter; none by default.
    quota : bool
        Read the share of an embargo as the cut of trade that is realised, not of capacity: at
        least this part, more where trade falls further for other reasons.

    Notes
    -----
    Time is ignored: the result is where the world ends up. A share s of an embargo removes s of
    the link's base capacity, K(1 − s); what trade then falls by is reported as `realised_cut`.

    References
    ----------
    Caliendo & Parro (2015), Review of Economic Studies 82(1), 1–44. Dekle, Eaton & Kortum (2008),
    IMF Staff Papers 55(3), 511–540.
    """

    elasticities: str | float | Mapping[str, float] | Elasticities = "cr2014"
    horizon: Horizon = "long"
    deficits: Deficits = "zero"
    floor: float = 1e-3
    mixes: Mixes = "actual"
    tariffs: Array | None = None
    quota: bool = False

    name: ClassVar[str] = "equilibrium"

    def __post_init__(self) -> None:
        check_floor(self.floor)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the model takes as given."""
        return (
            "Time is ignored: prices, wages and suppliers have adjusted.",
            "Labour moves freely between sectors of a region and never abroad; all work.",
            "Shares of inputs in cost and of products in final use are fixed (Cobb–Douglas).",
            f"Trade elasticities: {_name(self.elasticities)}, horizon {self.horizon}.",
            f"Deficits: {self.deficits}; the wage bill of those who trade with each other is the "
            "unit of account.",
        )

    def run(self, table: Table, scenario: Scenario) -> Impact:
        """What a scenario does, against the treated table solved without it.

        Parameters
        ----------
        table : Table
        scenario : Scenario
            Of `Embargo`, `Isolation`, `TradeCost`, `Tariff`, `CapacityLoss` and `Transfer`.

        Returns
        -------
        Impact
            `real_income`, `real_wage`, `price_index`, `income_loss`, `tariff_revenue`,
            `terms_of_trade` and `volume_of_trade` by region; `output`, `value_added` and
            `final_use` in percent by region and sector; `imports` and `imports_before` by region
            and partner; `realised_cut`.

        Raises
        ------
        UnsupportedShockError
            A shock has no meaning without time.
        LabelError, ShockError
            The scenario does not fit the table.
        ConvergenceError
            No equilibrium exists (somebody needs a product that nobody left can supply) or none
            was found; the message says which.
        """
        return self.prepare(table).run(scenario)

    def prepare(self, table: Table, *, like: Prepared | None = None) -> Prepared:
        """The base of many scenarios on one table, solved once.

        Parameters
        ----------
        table : Table
        like : Prepared, optional
            Of this table and a model that differs in its elasticities: its economies are taken
            over, and only the base is solved anew. The numbers are the same to the last bit.
        """
        theta = self.theta(table)
        if like is not None and like.table is table and like.model.calibrates_as(self):
            return Prepared.of(self, table, like.economies.with_theta(theta))
        economies = calibrate(
            table, theta, tariffs=self.tariffs, floor=self.floor, mixes=self.mixes
        )
        return Prepared.of(self, table, economies)

    def theta(self, table: Table) -> Array:
        """(S,) trade elasticities of the table's sectors at the horizon.

        Raises
        ------
        OptionError, LabelError
            There is no such set, or it has no value for a sector.
        """
        return elasticities_of(self.elasticities).at_horizon(self.horizon).for_table(table)

    def calibrates_as(self, other: Equilibrium) -> bool:
        """Whether both make the same economies of a table, their elasticities apart."""
        same = (self.floor, self.mixes) == (other.floor, other.mixes)
        return same and self.tariffs is other.tariffs


@dataclass(frozen=True)
class Prepared:
    """A table ready for any number of scenarios: its economies and the base equilibrium."""

    model: Equilibrium
    table: Table
    economies: Economies
    trade: Trade
    base: Solved
    isolated: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, model: Equilibrium, table: Table, economies: Economies) -> Prepared:
        """Solve the base."""
        trade, cut = _trade(model, economies, economies.pi, economies.tau)
        names = economies.regions.labels
        solved = solve(economies.technology, trade, economies.start, names=names)
        return cls(model, table, economies, trade, solved, _say_cut(economies, cut))

    @cached_property
    def before(self) -> Picture:
        """The base seen from outside."""
        return picture(self.economies.technology, self.trade, self.base.state)

    def with_theta(self, theta: Array) -> Prepared:
        """The same economies with other elasticities, their base solved again."""
        return Prepared.of(self.model, self.table, self.economies.with_theta(theta))

    def run(self, scenario: Scenario) -> Impact:
        """What a scenario does (see `Equilibrium.run`)."""
        change = self.held_to(wedges(scenario, self.table, self.economies))
        trade, solved, cut = self._solve(change)
        after = picture(self.economies.technology, trade, solved.state)
        return self._impact(scenario, change, after, solved, cut)

    def sensitivities(self, region: str, scenario: Scenario | None = None) -> Impact:
        """How a region's real income answers to every trade cost, tariff and elasticity.

        One transposed solve gives all of them, at the base or under a scenario.

        Parameters
        ----------
        region : str
            Whose real income.
        scenario : Scenario, optional
            Where the derivatives are taken; the base by default.

        Returns
        -------
        Impact
            `cost_sensitivity` and `tariff_sensitivity`, percent of real income per percent of the
            cost (or of one plus the tariff) of sector, importer and exporter; and
            `elasticity_sensitivity`, percentage points of the scenario's change of real income per
            unit of θ, 0 at the base.
        """
        economies, tech = self.economies, self.economies.technology
        n = economies.regions.position(region)
        trade, solved, log_kappa = self.trade, self.base, np.zeros_like(economies.pi)
        if scenario is not None:
            change = self.held_to(wedges(scenario, self.table, economies))
            trade, solved, _ = self._solve(change)
            rates = np.log1p(change.tau) - np.log1p(economies.tau)
            log_kappa = change.log_cost + rates
        here = sensitivity(
            tech, trade, solved.state, beta=economies.beta, regions=[n], log_kappa=log_kappa
        )
        base = sensitivity(tech, self.trade, self.base.state, beta=economies.beta, regions=[n])
        who = Dimension({"region": (region,)})
        link = (
            who,
            Dimension.of(economies.sectors),
            Dimension.of(economies.regions, "importer"),
            Dimension.of(economies.regions, "exporter"),
        )
        name = "base" if scenario is None else scenario.name
        # Derivatives are of the log; the level is what the scenario has left of real income.
        after = picture(tech, trade, solved.state)
        left = 100.0 + welfare(economies.beta, self.before, after)["real_income"][n]
        theta = left * (here.theta - base.theta)
        return Impact(
            indicator="sensitivities",
            question=f"Which trade costs and elasticities move the real income of {region}?",
            fields=(
                Field("cost_sensitivity", here.cost, link),
                Field("tariff_sensitivity", here.tariff, link),
                Field("elasticity_sensitivity", theta, (who, Dimension.of(economies.sectors))),
            ),
            unit=self.table.unit,
            year=self.table.year,
            provenance=self.table.provenance,
            certificates=(self.base.certificate, solved.certificate),
            parameters=self._parameters() | {"region": region},
            scenario=name,
            model=Equilibrium.name,
            treatments=economies.treatments,
            assumptions=self.model.assumptions,
            residuals=solved.residuals,
        )

    def solve(self, change: Wedges) -> tuple[Trade, Solved, list[CutFlow]]:
        """The equilibrium under some wedges, from the base."""
        return self._solve(self.held_to(change))

    def held_to(self, change: Wedges) -> Wedges:
        """The wedges at which the quotas hold, where shares are quotas."""
        if not self.model.quota or change.cut is None:
            return change
        return self._quota(change, change.cut)

    def _solve(self, change: Wedges) -> tuple[Trade, Solved, list[CutFlow]]:
        economies = self.economies
        log_kappa = change.log_cost
        if change.tau is not economies.tau:
            log_kappa = log_kappa + np.log((1.0 + change.tau) / (1.0 + economies.tau))
        log_power = -economies.technology.theta[:, None, None] * log_kappa
        self._check_range(log_power)
        with np.errstate(under="ignore"):
            K = economies.pi * change.capacity * np.exp(log_power)
        trade, cut = _trade(self.model, economies, K, change.tau, change.transfers)
        names = economies.regions.labels
        return trade, solve(economies.technology, trade, self.base.state, names=names), cut

    def _check_range(self, log_power: Array) -> None:
        """Refuse costs that fall so far that κ^−θ has no number."""
        at = np.unravel_index(int(np.argmax(log_power)), log_power.shape)
        j, n, i = map(int, at)
        if log_power[j, n, i] <= MAX_LOG_POWER:
            return
        economies = self.economies
        theta = economies.technology.theta[j]
        regions = economies.regions
        raise NoEquilibriumError(
            f"the cost of {economies.sectors[j]} from {regions[i]} to {regions[n]} falls to "
            f"{np.exp(-log_power[j, n, i] / theta):.3g} of its base, and with θ = {theta:.4g} its "
            f"share would be beyond all numbers: a factor above "
            f"{np.exp(-MAX_LOG_POWER / theta):.2g} can be solved",
            regions=[regions[n]],
        )

    def _quota(self, change: Wedges, cut: Array) -> Wedges:
        """The wedges with capacities at which each cut link carries what it is left with."""
        base = self.before.imports
        links = (cut > 0) & (cut < 1) & (base > 0)
        if not links.any():
            return replace(change, cut=None)
        allowed = (1.0 - cut[links]) * base[links]

        def with_capacity(at: Array) -> Wedges:
            capacity = change.capacity.copy()
            capacity[links] = at
            return replace(change, capacity=capacity, cut=None)

        def carries(at: Array) -> Array:
            trade, solved, _ = self._solve(with_capacity(at))
            return picture(self.economies.technology, trade, solved.state).imports[links] / allowed

        capacity, slack = held(carries, change.capacity[links])
        notes = (*change.notes, *_say_slack(slack, len(allowed)))
        return replace(with_capacity(capacity), notes=notes)

    def _impact(
        self,
        scenario: Scenario,
        change: Wedges,
        after: Picture,
        solved: Solved,
        cut: list[CutFlow],
    ) -> Impact:
        economies, before = self.economies, self.before
        region, sector = Dimension.of(economies.regions), Dimension.of(economies.sectors)
        partner = Dimension.of(economies.regions, "partner")
        changes = welfare(economies.beta, before, after)
        loss = -before.point.income * changes["real_income"] / 100.0
        by_region: dict[str, Array] = {
            **changes,
            "income": before.point.income,
            "income_loss": loss,
            "tariff_revenue": after.point.revenue,
            **first_order(economies.tau, before, after, change.productivity),
        }
        fields = [Field(name, values, (region,)) for name, values in by_region.items()]
        fields += [
            Field(name, values.T, (region, sector), unit="percent")
            for name, values in volumes(
                economies.technology, before, after, change.productivity
            ).items()
        ]
        fields += [
            Field("imports", _abroad(after.imports), (region, partner)),
            Field("imports_before", _abroad(before.imports), (region, partner)),
        ]
        realised = _realised(change, before.imports, after.imports)
        fields.append(Field("realised_cut", np.array(realised), ()))
        return Impact(
            indicator="equilibrium",
            question=f"What does “{scenario.title or scenario.name}” cost {_when(self.model)}?",
            fields=tuple(fields),
            unit=self.table.unit,
            year=self.table.year,
            provenance=self.table.provenance,
            certificates=(self.base.certificate, solved.certificate),
            warnings=(*change.notes, *self.isolated, *_say_cut(economies, cut)),
            parameters=self._parameters(),
            scenario=scenario.name,
            model=Equilibrium.name,
            treatments=economies.treatments,
            assumptions=self.model.assumptions,
            residuals=solved.residuals,
        )

    def _parameters(self) -> dict[str, Any]:
        model = self.model
        return {
            "elasticities": _name(model.elasticities),
            "horizon": model.horizon,
            "deficits": model.deficits,
            "floor": model.floor,
            "floored": [f"{r}:{s}" for r, s, _ in self.economies.floored],
            "mixes": model.mixes,
            "base_tariffs": "none" if model.tariffs is None else "given",
            "quota": model.quota,
        }


def _trade(
    model: Equilibrium,
    economies: Economies,
    K: Array,
    tau: Array,
    transfers: Array | None = None,
) -> tuple[Trade, list[CutFlow]]:
    """The trading world of K: components, flows that had to go, deficits each can finance."""
    technology = economies.technology
    component, cut = components(K)
    K = separate(K, component)
    missing = missing_suppliers(technology, K)
    if missing:
        cells = [f"{economies.regions[n]}:{economies.sectors[j]}" for n, j in missing]
        listed = ", ".join(cells[:6]) + (", …" if len(cells) > 6 else "")
        # With a floor everybody supplies itself, unless its capacity is gone altogether.
        advice = "A share of capacity lost below 1 leaves some supply"
        if model.floor == 0:
            advice = (
                "A floor above 0 gives every economy some supply of its own, and a share below 1 "
                "leaves some trade"
            )
        raise NoEquilibriumError(
            f"no equilibrium exists: nobody left can supply {listed}. {advice}",
            regions=list(dict.fromkeys(economies.regions[n] for n, _ in missing)),
        )
    deficits = economies.deficits if transfers is None else economies.deficits + transfers
    if model.deficits == "zero" and transfers is not None:
        held = rebalance(transfers, technology.wages, component, "fixed")
    else:
        held = rebalance(deficits, technology.wages, component, model.deficits)
    moving = model.deficits == "proportional"
    return Trade(fill_idle(K), 1.0 / (1.0 + tau), held, component, indexed=moving), cut


def _when(model: Equilibrium) -> str:
    """Elasticities of a shorter horizon do not speak for the long run."""
    if model.horizon == "long":
        return "in the long run"
    return f"with the elasticities of the {model.horizon} run"


def _say_slack(slack: int, links: int) -> tuple[str, ...]:
    if not slack:
        return ()
    return (
        f"on {slack} of {links} links with a quota trade falls below it for other reasons: there "
        "it does not bind",
    )


def _say_cut(economies: Economies, cut: Sequence[CutFlow]) -> tuple[str, ...]:
    if not cut:
        return ()
    regions = economies.regions
    named = ", ".join(f"{regions[c.exporter]} → {regions[c.importer]}" for c in cut[:4])
    return (
        f"{len(cut)} one-way flows between parts of the world that no longer trade both ways were "
        f"set to zero ({named}{', …' if len(cut) > 4 else ''}): without imports there is nothing "
        "to export for",
    )


def _abroad(imports: Array) -> Array:
    """(N, N) imports by importer and exporter, home left out."""
    total = imports.sum(axis=0)
    np.fill_diagonal(total, 0.0)
    return total


def _realised(change: Wedges, before: Array, after: Array) -> float:
    """By how much trade on the shocked links falls, in percent; NaN where no link was cut."""
    if change.touched is None or not before[change.touched].sum() > 0:
        return float("nan")
    return float(100.0 * (1.0 - after[change.touched].sum() / before[change.touched].sum()))


def _name(chosen: str | float | Mapping[str, float] | Elasticities) -> str:
    return elasticities_of(chosen).name
