"""`Pathway`: how to depend less by a year, at the least loss of consumption.

May import `stress` elasticities, `results`, `shocks` and below, `calibrate` and `goals`, and its
own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.errors import OptionError
from autarky.lp import Optimum, Program, Solver
from autarky.plan.calibrate import Calibration, calibrate
from autarky.plan.goals import FARTHEST, Goal, Goals, Recovery, Target, listed, lost_share, targets
from autarky.plan.pathway.answer import Solved, plan_of
from autarky.plan.pathway.guard import Replication, replicate
from autarky.plan.pathway.parameters import Limits
from autarky.plan.pathway.program import Setting, program
from autarky.plan.pathway.suppliers import ALONE, Blocs, blocs_of
from autarky.results import Dimension, Field, Plan
from autarky.shocks.groups import classify
from autarky.stress.elasticities import Elasticities, elasticities_of
from autarky.table import Table

Array = NDArray[np.float64]

#: Sectors whose output nature limits, by classification of sectors.
RAW = {"wiod2013": ("c2",), "world": ("energy",), "lrwiod2000": ("C",)}


@dataclass(frozen=True, kw_only=True)
class Pathway:
    """The path to less dependence with the least loss of consumption, as a linear program.

    Parameters
    ----------
    elasticity : float, mapping, str or Elasticities
        Trade elasticity θ, which says how dear home substitutes are: one number, θ by sector, or
        a named set as in the equilibrium model. 4, about what Simonovska and Waugh (2014) find
        for all trade.
    band : (float, float) or None
        Factors of θ between which the loss is given as a band; (0.5, 2). None leaves it out.
    limits : Limits
        How fast and how far the economy can change.
    raw : tuple of str, optional
        Sectors or groups that make raw materials; mining by default, where the sectors are known.
    growth : float, optional
        g; by default that of the economy [1/yr], see `calibrate`.
    interest : float, optional
        r; by default from g and a time preference of 0.035 [1/yr], see `calibrate`.
    depreciation : float or (S,) array, optional
        δ; by default a prior by sector [1/yr], see `calibrate`.
    capital : (S,) array or Table, optional
        Capital, or a table whose account gives its proportions [money]; see `calibrate`.
    investment_share : float, optional
        For tables with one column of final use: the part that is investment.
    plants : mapping of str to float, optional
        Sectors whose new capacity comes in whole plants: capital of one [money]. Makes the
        program a mixed-integer one, which takes longer; prices are those with the plants fixed.
    blocs : int or mapping of str to regions
        Suppliers that imports are reported by: so many of the largest, or named blocs of regions
        and groups; the rest are "others".
    seek : bool
        Whether a plan that misses a goal says how many years it would take, up to 20; this solves
        one more program or some.
    workers : int
        Processes for the band; 1.
    time_limit : float, optional
        Of the solver for one program [s].

    Notes
    -----
    The equations are those of `program`. Without a goal the plan is the table, which is proved on
    every run, so all that a plan shows is policy.

    References
    ----------
    Chenery & MacEwan (1966) and Manne (1974) for multi-sector planning by linear programs;
    Simonovska & Waugh (2014), Journal of International Economics 92(1), 34–50.

    Examples
    --------
    >>> import autarky
    >>> from autarky.plan import Goal, Pathway
    >>> goal = Goal(region="DEU", domain="electronics", share=0.45, by=3)
    >>> plan = Pathway(band=None).solve(autarky.open("world", 2011), goal)
    >>> plan.reached
    True
    """

    elasticity: float | Mapping[str, float] | str | Elasticities = 4.0
    band: tuple[float, float] | None = (0.5, 2.0)
    limits: Limits = field(default_factory=Limits)
    raw: tuple[str, ...] | None = None
    growth: float | None = None
    interest: float | None = None
    depreciation: float | ArrayLike | None = None
    capital: ArrayLike | Table | None = None
    investment_share: float | None = None
    plants: Mapping[str, float] | None = None
    blocs: int | Mapping[str, str | Sequence[str]] = ALONE
    seek: bool = True
    workers: int = 1
    time_limit: float | None = None

    name: ClassVar[str] = "pathway"

    def __post_init__(self) -> None:
        if self.band is not None:
            low, high = self.band
            if not 0 < low <= 1 <= high <= 100:
                raise OptionError(
                    f"band is {self.band}; it must be two factors around 1, such as (0.5, 2)"
                )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the model takes as given."""
        limits = self.limits
        return (
            "One planner knows the whole path in advance and wants the least loss of consumption, "
            "with the utility of its logarithm.",
            "Every sector has a fixed recipe; home substitutes for imports cost what the trade "
            "elasticity says.",
            f"Capital takes {limits.lead} years from spending to use and can be added at "
            f"{limits.absorption:.0%} a year beyond its steady state; skilled work of a sector "
            f"grows by at most {limits.skill - 1:.0%} a year.",
            f"Labour and foreign exchange are those of the table; raw materials are at most "
            f"{limits.raw_limit:g} times its output.",
            f"Sectors with a goal keep {limits.export_floor:.0%} of their exports; other exports "
            "can be cut, at rising cost.",
            f"A goal that is missed counts {limits.penalty:g} times as much as consumption: "
            "beyond that it is not worth it.",
            "Amounts are of the size of the economy in the table's year.",
        )

    # --- asking -------------------------------------------------------------------------------

    def solve(self, table: Table, goal: Goals) -> Plan:
        """The plan with the least loss.

        Parameters
        ----------
        table : Table
        goal : Goal, Recovery or sequence of them
            All for one economy.

        Returns
        -------
        Plan
            Over years and sectors `investment`, `capacity`, `output`, `imports`, `exports`,
            `home_share`, and `jobs` where persons are known; `imports` by bloc of suppliers in the
            year of the last goal; `consumption_loss` by year and in total, with its band; for
            every goal `goal_today`, `goal_share`, `goal_reached`, `goal_unmet` and
            `allowance_price`; `relief` by limit; `years_needed` where a goal is missed.

        Raises
        ------
        LabelError, OptionError, ShockError
            The goals do not fit the table, contradict each other or ask for what is there.
        ConvergenceError
            The solver stopped before the optimum.
        """
        return self.prepare(table, goal).plan()

    def least_loss(self, table: Table, goal: Goals) -> Plan:
        """The same as `solve`: a share and a year are given, the loss is least."""
        return self.solve(table, goal)

    def fastest(
        self,
        table: Table,
        goal: Goal | Recovery,
        *,
        max_loss: float | None = None,
        close: float = 0.5,
    ) -> Plan:
        """The plan with the fewest years; see `modes.fastest`."""
        from autarky.plan.pathway.modes import fastest

        return fastest(self, table, goal, max_loss=max_loss, close=close)

    def max_reach(self, table: Table, goal: Goal, *, budget: float) -> Plan:
        """The plan with the highest share within a loss; see `modes.max_reach`."""
        from autarky.plan.pathway.modes import max_reach

        return max_reach(self, table, goal, budget=budget)

    def ambition_curve(self, table: Table, goal: Goal, shares: Iterable[float]) -> Plan:
        """Loss against the share asked for; see `modes.ambition_curve`."""
        from autarky.plan.pathway.modes import ambition_curve

        return ambition_curve(self, table, goal, shares)

    def speed_curve(self, table: Table, goal: Goal, years: Iterable[int]) -> Plan:
        """Loss against the years allowed; see `modes.speed_curve`."""
        from autarky.plan.pathway.modes import speed_curve

        return speed_curve(self, table, goal, years)

    def alternatives(self, table: Table, goal: Goals, *, slack: float = 0.05) -> Plan:
        """How far the path can differ at nearly the same loss; see `modes.alternatives`."""
        from autarky.plan.pathway.modes import alternatives

        return alternatives(self, table, goal, slack=slack)

    def prepare(self, table: Table, goal: Goals, *, base: Calibration | None = None) -> Prepared:
        """The program of some goals on a table, ready to be solved.

        Parameters
        ----------
        table : Table
        goal : Goal, Recovery or sequence of them
        base : Calibration, optional
            Of the same table and economy, where it is known already.
        """
        goals = listed(goal)
        if base is None:
            base = calibrate(
                table,
                goals[0].region,
                growth=self.growth,
                interest=self.interest,
                depreciation=self.depreciation,
                capital=self.capital,
                lead=self.limits.lead,
                investment_share=self.investment_share,
            )
        found, notes = targets(goals, table, base)
        lost = np.zeros(len(base.sectors))
        for one in goals:
            if isinstance(one, Recovery):
                lost = 1.0 - (1.0 - lost) * (1.0 - lost_share(one, table, base))
        setting = Setting(
            base=base,
            limits=self.limits,
            theta=self._theta(table),
            targets=found,
            horizon=max(one.by for one in found) + self.limits.tail,
            lost=lost,
            raw=self._raw(table),
            plants=self._plants(table),
        )
        return Prepared(self, goals, setting, notes, blocs_of(table, base, self.blocs))

    def _theta(self, table: Table) -> Array:
        """(S,) trade elasticities of the table's sectors."""
        return elasticities_of(self.elasticity).for_table(table)

    def _raw(self, table: Table) -> NDArray[np.intp]:
        """Positions of raw materials."""
        if self.raw is None:
            known = classify(table.sectors)
            return table.sectors.locate(list(RAW.get(known or "", ())))
        from autarky.shocks.groups import Finder

        finder = Finder(table)
        found = finder.sectors(self.raw)
        finder.raise_any()
        return found

    def _plants(self, table: Table) -> dict[int, float]:
        if not self.plants:
            return {}
        bad = [f"{k} {v:g}" for k, v in self.plants.items() if not v > 0]
        if bad:
            raise OptionError(f"the capital of a plant must be above 0: {', '.join(bad)}")
        return {table.sectors.position(k): float(v) for k, v in self.plants.items()}

    def parameters(self) -> dict[str, Any]:
        """What the plan ran with, for its record."""
        limits = {k: getattr(self.limits, k) for k in Limits.__dataclass_fields__}
        given = self.elasticity
        return {
            "elasticity": given.name if isinstance(given, Elasticities) else given,
            "band": self.band,
            **limits,
        }


@dataclass(frozen=True, eq=False)
class Prepared:
    """Goals on a table, calibrated; programs are made and solved from it.

    Attributes
    ----------
    model : Pathway
    goals : tuple of Goal and Recovery
    setting : Setting
    notes : tuple of str
    blocs : tuple of (name, positions)
        Of suppliers.
    """

    model: Pathway
    goals: tuple[Goal | Recovery, ...]
    setting: Setting
    notes: tuple[str, ...] = ()
    blocs: Blocs = ()

    @property
    def base(self) -> Calibration:
        """The economy as a steady state."""
        return self.setting.base

    @property
    def targets(self) -> tuple[Target, ...]:
        """The goals as positions."""
        return self.setting.targets

    def program(self) -> Program:
        """The linear program, for reading (`.text()`)."""
        return program(self.setting)

    def replication(self) -> Replication:
        """The proof that no policy is the table."""
        return replicate(self.setting)

    def solver(self) -> Solver:
        """HiGHS with the program."""
        return _solver(self.model, self.program())

    def optimum(self) -> Optimum:
        """The solved program; with whole plants, solved again with these fixed, for its prices."""
        built = self.program()
        if not self.setting.plants:
            return _solver(self.model, built).solve(method="ipm")
        best = _solver(self.model, built).solve()
        return _solver(self.model, _fixed(built, best)).solve(method="ipm")

    def at(self, factor: float) -> Prepared:
        """The same with other trade elasticities."""
        return replace(self, setting=replace(self.setting, theta=factor * self.setting.theta))

    def due(self, years: int) -> Prepared:
        """The same goals, all due in some year."""
        _refuse_years(years)
        setting = self.setting
        moved = tuple(replace(one, by=years) for one in setting.targets)
        later = replace(setting, targets=moved, horizon=years + setting.limits.tail)
        goals = tuple(replace(one, by=years) for one in self.goals)
        return replace(self, setting=later, goals=goals)

    def plan(self, *, proof: Replication | None = None) -> Plan:
        """The plan of least loss, with its band."""
        best = self.optimum()
        found = Solved(self, best, proof or self.replication())
        plan = plan_of(found, self.band())
        return plan if plan.reached or not self.model.seek else self._seek(plan)

    def _seek(self, plan: Plan) -> Plan:
        """The plan with the years that its goals would need."""
        from autarky.plan.pathway.modes import SOUGHT, search

        last = max(one.by for one in self.targets)
        longest = max(SOUGHT, last + 5)
        years, _ = search(self, low=last, longest=longest)
        needed = np.array([np.nan if years is None else float(years)])
        region = Dimension({"region": (self.base.region,)})
        said = (
            f"{longest} years would not be enough either."
            if years is None
            else f"It would take {years} years."
        )
        place = 1 + sum(found > 0 for found in plan["goal_unmet"].reshape(-1))
        return replace(
            plan,
            fields=(*plan.fields, Field("years_needed", needed, (region,))),
            sentences=(*plan.sentences[:place], said, *plan.sentences[place:]),
        )

    def band(self) -> tuple[tuple[float, Solved], ...]:
        """The same goals at other elasticities: (factor, solved)."""
        if self.model.band is None:
            return ()
        factors = [f for f in self.model.band if f != 1.0]
        jobs = [self.at(factor) for factor in factors]
        if self.model.workers > 1 and len(jobs) > 1:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            context = get_context("spawn")
            with ProcessPoolExecutor(min(self.model.workers, len(jobs)), context) as pool:
                solved = list(pool.map(Prepared.roughly, jobs))
        else:
            solved = [job.roughly() for job in jobs]
        return tuple(zip(factors, solved, strict=True))

    def roughly(self) -> Solved:
        """The same without a corner: the loss is right to a millionth, prices are not wanted."""
        if self.setting.plants:
            return self.solved()
        solver = self.solver()
        solver.highs.setOptionValue("run_crossover", "off")
        return Solved(self, solver.solve(method="ipm"), None)

    def solved(self) -> Solved:
        """The solved program with what it was made from."""
        return Solved(self, self.optimum(), None)


def _refuse_years(years: int) -> None:
    if not 1 <= years <= FARTHEST:
        raise OptionError(
            f"{years} years: a goal lies in the future, from 1 to {FARTHEST} years ahead"
        )


def _solver(model: Pathway, built: Program) -> Solver:
    return Solver(built, time_limit=model.time_limit, what="the plan")


def _fixed(built: Program, best: Optimum) -> Program:
    """The program with its whole numbers fixed where the optimum has them."""
    ids = np.flatnonzero(built.integer)
    lower, upper = built.lower.copy(), built.upper.copy()
    lower[ids] = upper[ids] = np.round(best.values[ids])
    return replace(built, lower=lower, upper=upper, integer=np.zeros_like(built.integer))
