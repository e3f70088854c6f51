"""`Preparedness`: the cheapest stocks, standby capacity and contracts that keep consumption up.

May import `results`, `shocks`, `stress.critical`, `lp` and below, and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.errors import InfeasibleError, OptionError
from autarky.lp import Optimum, Program, Solver
from autarky.plan.calibrate import Calibration, calibrate
from autarky.plan.preparedness.cutoffs import correlated, named
from autarky.plan.preparedness.exposure import spells
from autarky.plan.preparedness.guarantee import LEVERS, Guarantee, Lever, problems_of
from autarky.plan.preparedness.program import Setting, program
from autarky.plan.preparedness.sectors import BySector, by_sector, has_numbers, skip_of_ratings
from autarky.results import Plan
from autarky.shocks import Scenario
from autarky.stress.critical import Ratings
from autarky.table import Table

Array = NDArray[np.float64]
#: Money in the program: GDP is this many units.
_SIZE = 1e6


@dataclass(frozen=True, kw_only=True)
class Preparedness:
    """The cheapest mix of stocks, standby capacity and other suppliers for a guarantee.

    All numbers without another source are assumptions of the project.

    Parameters
    ----------
    keep : float
        Consumption to be kept, over that asked for [1].
    months : int
        How long a cut-off lasts that must be got through [months].
    levers : sequence of {"stock", "capacity", "suppliers"}
        What may be bought beforehand.
    tail : float, optional
        α in [0, 1). Without it, `keep` holds in every month of every scenario; with it, the mean
        loss of the worst 1 − α of scenarios is at most 1 − keep.
    chances : mapping of scenario to number, optional
        Chance of each scenario, given that one happens, for `tail`; all alike by default.
    draws, seed : int
        Draws of cut-offs beside the named ones, where no scenarios are given.
    exports, investment : float
        Least in any month, over base [1].
    exports_window, investment_window : float, optional
        Least over the whole window, over base: what is postponed is made up for. By default all
        exports, and as much investment as consumption (`keep`) [1].
    spare : float
        Capacity beyond base output that is there [1].
    ramp : int
        Months until standby capacity runs in full [months].
    dear : float
        φ: cost of standby capacity over that of ordinary capital [1].
    rate : float
        ρ: return asked for on standby capital [1/yr].
    premium : float
        What other suppliers are paid for keeping ready what they could add, over its price [1].
    own_share, all_share : float
        Most that a supplier can add: of what it delivers, and of all imports of the product [1].
    days : number or mapping of sector to number
        Stocks of imported inputs that are there already [days].
    holding : number or mapping, optional
        Cost of holding a stock for a year, over its value; sectors left out of a mapping cannot be
        stored [1/yr]. By default by sector.
    replace : number or mapping, optional
        ψ: part of imports that makers at home can replace at once [1]. By default by sector.
    skip : number, mapping or Ratings, optional
        Part of imports that users can do without for the time [1]: by default 0.03 of goods and
        0.6 of services; or from ratings of how critical inputs are (`stress.critical`).
    growth, interest : float, optional
    depreciation, capital : array, optional
    investment_share : float, optional
        As for `calibrate`.
    time_limit : float, optional
        Of the solver, for each program [s].

    Notes
    -----
    min Σ h_i S_i + 12 φ Σ κ_i(δ_i + ρ) K_i + 12 p Σ D_gi such that in every month of every scenario
    the economy can be supplied: u = Ax + λc + I + h, x ≥ (1 − μ)u + r + e,
    Σ_g (1 − cut_g)(m_g + D_g) + r + z + q ≥ μu, r ≤ ψμu + K, z ≤ skip μu, x ≤ (1 + spare)x₀ + K,
    and draws q from a stock add up to at most what was there. Months that are alike are one spell,
    and suppliers that no scenario tells apart one supplier, without loss.

    A guarantee that would cost more than 20 years of the consumption it protects, every year, is
    out of reach; then the answer is what can be reached, and what holds it back.

    Examples
    --------
    >>> import autarky
    >>> world = autarky.open("world", 2011)
    >>> plan = Preparedness(draws=0).solve(world, region="DEU")
    >>> plan.reached, round(plan.value("cost_share", region="DEU"), 3)
    (True, 0.05)
    """

    keep: float = 0.98
    months: int = 12
    levers: Sequence[Lever] = LEVERS
    tail: float | None = None
    chances: Mapping[str, float] | None = None
    draws: int = 6
    seed: int = 0
    exports: float = 0.7
    investment: float = 0.7
    exports_window: float = 1.0
    investment_window: float | None = None
    spare: float = 0.04
    ramp: int = 6
    dear: float = 1.3
    rate: float = 0.06
    premium: float = 0.03
    own_share: float = 0.25
    all_share: float = 0.05
    days: float | Mapping[str, float] = 30.0
    holding: BySector = None
    replace: BySector = None
    skip: BySector | Ratings = None
    growth: float | None = None
    interest: float | None = None
    depreciation: float | ArrayLike | None = None
    capital: ArrayLike | Table | None = None
    investment_share: float | None = None
    time_limit: float | None = None

    name: ClassVar[str] = "preparedness"

    def __post_init__(self) -> None:
        levers = (self.levers,) if isinstance(self.levers, str) else tuple(self.levers)
        object.__setattr__(self, "levers", levers)
        problems = problems_of(self)
        if problems:
            raise OptionError("; ".join(problems))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the model takes as given."""
        return (
            "Inputs have fixed proportions; prices are those of the table, and markets ration by "
            "plan.",
            "What is bought beforehand is there when a cut-off begins, and only one happens.",
            f"Exports and investment may fall to {100 * self.exports:.3g} % and "
            f"{100 * self.investment:.3g} % of the base in a month; over the window exports are "
            f"{100 * self.exports_window:.4g} % of the base, investment "
            f"{100 * self._investment_window:.4g} %.",
            f"Makers at home have {100 * self.spare:.3g} % of capacity to spare; standby capacity "
            f"takes {self.ramp} months to run in full.",
            "Suppliers that are not cut off deliver what they delivered, and more only where that "
            "was contracted.",
        )

    @property
    def _investment_window(self) -> float:
        return self.keep if self.investment_window is None else self.investment_window

    def solve(
        self,
        table: Table,
        scenarios: Scenario | Iterable[Scenario] | Guarantee | None = None,
        *,
        region: str | None = None,
    ) -> Plan:
        """The plan for one economy.

        Parameters
        ----------
        table : Table
        scenarios : Scenario, sequence of Scenario or Guarantee, optional
            What may happen; by default the six named cut-offs and `draws` more.
        region : str
            The economy; not needed with a Guarantee.

        Returns
        -------
        Plan
            `cost` [money/yr] in total and by product, `cost_by_lever`, `cost_share` [percent of
            GDP]; `stockpile`, `standby_capacity` and `other_supply`; `kept_share`, what is
            guaranteed, and `kept_before`, what could be kept without; `guarantee_price`, the cost
            of one point more, and the part of it that each scenario has.

        Raises
        ------
        LabelError
            Unknown regions or sectors.
        OptionError
            There is no economy, it is named twice, or a number does not fit.
        UnsupportedShockError
            A scenario works through prices.
        InfeasibleError
            Exports and investment cannot be kept at their floors, whatever is bought.
        ConvergenceError
            The solver stopped before the optimum.
        """
        return self.prepare(table, scenarios, region=region).plan()

    def prepare(
        self,
        table: Table,
        scenarios: Scenario | Iterable[Scenario] | Guarantee | None = None,
        *,
        region: str | None = None,
    ) -> Prepared:
        """The economy and its scenarios, ready for one plan or many (see `Prepared`)."""
        model, scenarios, region = self._asked(scenarios, region)
        base = calibrate(
            table,
            region,
            growth=self.growth,
            interest=self.interest,
            depreciation=self.depreciation,
            capital=self.capital,
            investment_share=self.investment_share,
        )
        notes: tuple[str, ...] = ()
        if scenarios is None:
            listed, notes = named(table, region)
            listed += correlated(table, region, draws=self.draws, seed=self.seed)
        else:
            listed = (scenarios,) if isinstance(scenarios, Scenario) else tuple(scenarios)
            if not listed or not all(isinstance(one, Scenario) for one in listed):
                raise OptionError(
                    "scenarios are one or more of Scenario(...); without them the named cut-offs "
                    "are taken"
                )
        return Prepared(model, table, base, listed, notes)

    def _asked(
        self, scenarios: Any, region: str | None
    ) -> tuple[Preparedness, Scenario | Iterable[Scenario] | None, str]:
        """(model, scenarios, region) with what a Guarantee says."""
        if not isinstance(scenarios, Guarantee):
            if region is None:
                raise OptionError(
                    "whose preparedness? Give region='DEU', or a Guarantee(region='DEU', ...)"
                )
            return self, scenarios, region
        asked = scenarios
        if region is not None and region != asked.region:
            raise OptionError(
                f"the guarantee is for {asked.region}, and region is {region}: a plan is for one "
                "economy; leave one of them out"
            )
        default = Preparedness()
        changed: dict[str, Any] = {}
        for name in ("keep", "months"):
            given, own = getattr(asked, name), getattr(self, name)
            if given is None:
                continue
            if own not in (given, getattr(default, name)):
                raise OptionError(
                    f"two goals for {asked.region} contradict each other: the guarantee has "
                    f"{name}={given:g}, the model {name}={own:g}; give one of them"
                )
            changed[name] = given
        return replace(self, **changed), asked.scenarios, asked.region

    def parameters(self) -> dict[str, Any]:
        """The options as plain values."""
        plain = (str, int, float, bool, type(None))
        found: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, Mapping):
                value = dict(value)
            elif isinstance(value, tuple):
                value = list(value)
            elif not isinstance(value, plain):
                value = "given"
            found[one.name] = value
        found["investment_window"] = self._investment_window
        return found


class Prepared:
    """One economy and its scenarios: plans, and how their cost moves with what is asked.

    Parameters
    ----------
    model : Preparedness
    table : Table
    base : Calibration
    scenarios : tuple of Scenario
    notes : tuple of str
        What was decided on the way.
    """

    def __init__(
        self,
        model: Preparedness,
        table: Table,
        base: Calibration,
        scenarios: Sequence[Scenario],
        notes: tuple[str, ...] = (),
    ) -> None:
        self.model, self.table, self.base, self.scenarios = model, table, base, tuple(scenarios)
        self.sources: dict[str, str] = {}
        self._arrays = {name: self._by_sector(name) for name in ("holding", "replace", "skip")}
        self._days = self._existing_days()
        self.setting = self.at()
        self.notes = (*notes, *self.setting.spells.notes)

    def at(
        self,
        *,
        keep: float | None = None,
        months: int | None = None,
        levers: Sequence[str] | None = None,
    ) -> Setting:
        """The setting of a program; what is not given is the model's."""
        model = self.model
        if keep is not None:
            model = replace(model, keep=keep)
        if months is not None:
            model = replace(model, months=months)
        if levers is not None:
            model = replace(model, levers=tuple(levers))
        found = spells(self.scenarios, self.table, self.base, months=model.months, ramp=model.ramp)
        return Setting(
            base=self.base,
            spells=found,
            holding=self._arrays["holding"],
            replace=self._arrays["replace"],
            skip=self._arrays["skip"],
            levers=tuple(model.levers),
            keep=model.keep,
            tail=model.tail,
            chances=self._chances([one.name for one in found.scenarios]),
            exports=model.exports,
            investment=min(model.investment, model._investment_window),
            exports_window=model.exports_window,
            investment_window=model._investment_window,
            spare=model.spare,
            dear=model.dear,
            rate=model.rate,
            premium=model.premium,
            own_share=model.own_share,
            all_share=model.all_share,
            days=self._days,
            money=float(self.base.value_added.sum()) / _SIZE,
        )

    def program(self) -> Program:
        """The LP in the table's money, for reading (`.text()`)."""
        return program(replace(self.setting, money=1.0))

    def solver(self, setting: Setting, *, before: bool = False) -> Solver:
        """HiGHS with the program of a setting."""
        return Solver(
            program(setting, before=before),
            time_limit=self.model.time_limit,
            what=f"the preparedness of {self.base.region}",
        )

    def plan(self) -> Plan:
        """The plan of the model's guarantee."""
        from autarky.plan.preparedness.answer import plan_of

        # Simplex by name: the vertex, and with it the prices, must not hang on the size.
        best = self.solved(self.solver(self.setting))
        return plan_of(self, self.setting, best, self.before())

    def solved(self, solver: Solver) -> Optimum:
        """The optimum of a solver, or why there is none.

        Raises
        ------
        InfeasibleError
            Nothing keeps up the floors of exports and investment.
        """
        try:
            return solver.solve(method="simplex")
        except InfeasibleError as error:
            model, names = self.model, [name for name, _ in error.clashes]
            hit = [
                one.title or one.name
                for one in self.scenarios
                if any(f"({one.name}:" in name or f"({one.name}," in name for name in names)
            ]
            allowed = [lever for lever in LEVERS if lever not in model.levers]
            hint = f", allow {' and '.join(allowed)}" if allowed else ""
            raise InfeasibleError(
                f"nothing that may be bought lets {self.base.region} export "
                f"{100 * model.exports:.3g} % and invest {100 * model.investment:.3g} % of the "
                f"base in every month of {' and of '.join(hit) or 'the scenarios'}: lower exports= "
                f"or investment={hint}. What cannot be met: {', '.join(names[:4])}",
                error.clashes,
                error.against,
            ) from error

    def before(self) -> Array:
        """(N,) what each scenario leaves without anything bought beforehand [1]."""
        found = self.solver(self.setting, before=True).solve(method="simplex")
        return np.clip(found["least"], 0.0, 1.0)

    def security_curve(self, keep: Iterable[float]) -> Plan:
        """The price of security: cost and marginal cost for several shares of consumption."""
        from autarky.plan.preparedness.curves import by_keep

        return by_keep(self, keep)

    def over_months(
        self,
        months: Iterable[int],
        measures: Mapping[str, Sequence[str]] | None = None,
    ) -> Plan:
        """Cost against how long a cut-off lasts, for all measures and for some alone."""
        from autarky.plan.preparedness.curves import by_months

        return by_months(self, months, measures)

    def steps(self, count: int = 3) -> Plan:
        """The way to the guarantee in steps, the cheapest first."""
        from autarky.plan.preparedness.curves import in_steps

        return in_steps(self, count)

    # --- what the setting needs -------------------------------------------------------------------

    def _by_sector(self, name: str) -> Array:
        given = getattr(self.model, name)
        if isinstance(given, Ratings):
            known = has_numbers(self.base.sectors)
            final = by_sector(name, self.base, None if known else 0.0)[0]
            said = "assumption by sector" if known else "nothing"
            self.sources[name] = f"inputs: {given.source}; final use: {said}"
            return skip_of_ratings(given, self.base, final)
        values, self.sources[name] = by_sector(name, self.base, given)
        return values

    def _existing_days(self) -> Array:
        given, sectors = self.model.days, self.base.sectors
        if not isinstance(given, Mapping):
            values = np.full(len(sectors), float(given))
        else:
            named_days = {key: value for key, value in given.items() if key != "*"}
            values = np.full(len(sectors), float(given.get("*", 0.0)))
            values[sectors.locate(list(named_days))] = list(named_days.values())
        if not ((values >= 0) & np.isfinite(values)).all():
            raise OptionError("days of stocks that are there must be 0 or more")
        return values

    def _chances(self, names: Sequence[str]) -> Array:
        given = self.model.chances
        if given is None:
            return np.full(len(names), 1.0 / len(names))
        from autarky.axes import Axis

        Axis("scenario", [one.name for one in self.scenarios]).locate(list(given))
        values = np.array([float(given.get(name, 0.0)) for name in names])
        if not ((values >= 0).all() and values.sum() > 0):
            raise OptionError("chances of scenarios must be 0 or more, and some above 0")
        return values / values.sum()
