"""`Inventory`: what runs short, where, and after how many days.

May import `shocks`, `results`, `stress.base` and its own folder.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.results import Impact
from autarky.shocks import Scenario
from autarky.stress.inventory.cells import Engine
from autarky.stress.inventory.economy import Faults
from autarky.stress.inventory.events import REORDERS, Reorder
from autarky.stress.inventory.incumbent import incumbent
from autarky.stress.inventory.parameters import RULES, Paths, Rationing, refuse
from autarky.table import Table

if TYPE_CHECKING:
    from autarky.stress.inventory.runs import Runs
    from autarky.stress.inventory.simulation import Simulation

Array = NDArray[np.float64]

#: Rules that are compared by default: cheap, and far apart.
COMPARED: tuple[Rationing, ...] = ("proportional", "final_first", "intermediate_first")
#: Scenarios that advance together.
_TOGETHER = 24


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The adaptive-inventory model: fixed recipes, stocks that run down, orders, rationing.

    Parameters
    ----------
    days : float or mapping of sector → float
        Stock of each input that industries aim at and begin with, in days of its use, at least 2;
        "*" stands for all sectors not named, infinite for an input that never binds. Default 90
        [days]: the incumbent's, after Hallegatte (2013).
    tau : float
        Time in which a gap of stock is to be refilled. Default 60 [days]: Guan et al. (2020).
    psi : float
        Below this share of its aim a stock holds production back, in (0, 1]. Default 0.8 [1]:
        Hallegatte (2013).
    alpha_max : float
        Most that capacity can be stretched to by overtime. Default 1.25 [1]: Hallegatte (2013).
    alpha_tau : float
        Time in which it is stretched. Default 365 [days]: Hallegatte (2013).
    reorder : {"delayed", "none", "redirect"}
        Where orders go that a cut stops: nowhere; at once to suppliers whose links are open, in
        proportion to base flows; or there after `delay`, at `speed`.
    delay : float
        Days until the first of them finds a supplier. Default 30 [days]: a month, our choice.
    speed : float
        Share of them that does so on each further day. Default 1/60 [1/day]: as `tau`, our choice.
    orders : {"fixed", "capacity"}
        How industries spread orders of a product over its makers: as at base, or in proportion to
        base flow times the capacity that is left.
    substitution : float
        Elasticity of substitution between inputs; 0 for fixed recipes. Default 0 [1].
    rationing : str
        Who is served when a supplier is short: "proportional" (all alike), "final_first",
        "intermediate_first", "protected_first", "largest_first" (by base flow), "water_filling"
        (the smallest orders, relative to base flow, first).
    protected : tuple of str
        Regions and sectors that are served first under "protected_first".
    critical : (S, S) array, optional
        How far an input (row) holds back a sector (column): 1 fully, ½ by half, 0 not at all; all
        1 by default.
    horizon : int
        Length of the window where the scenario has none. Default 365 [days].
    paths : {"region", "industry", "none"}
        How closely the path of every day is kept.
    sensitivity : {"full", "none"}
        "full" repeats the run over stock days × τ × ψ, and over `compare` and reorder rules.
    compare : tuple of str
        Rules of rationing that the run is repeated with.
    faults : {"treat", "refuse"}
        What to do with negative flows, and with industries that buy and sell nothing.
    engine : {"auto", "gemm", "fused"}
        How flows are summed, by matrix products or in one compiled pass over the cells that are
        not zero; chosen by density by default. Results do not depend on it but for rounding.
    strict : {"boario"}, optional
        Run with the habits of BoARIO 0.7 instead, to reproduce its numbers; see `incumbent`.

    Notes
    -----
    A day: capacity x₀(1 − Δ)α; orders D_i = Σ_j O_ij + Σ Y_i; output
    x_j = min(D, capacity) · min(1, min_s Ω_sj / (ψ s_s a_sj min(D, capacity))), and never above
    Ω_sj/a_sj; each supplier shares out x_i; stocks Ω_sj grow by what came less a_sj x_j. Orders of
    the next day are the a_sj x_j used and, over τ, what the stock lacks of s_s a_sj times the
    output wanted. A link left with the share c of its capacity carries at most c times its base
    flow. Output at base is the sum of deliveries, so without a shock nothing changes.

    References
    ----------
    Hallegatte (2013), Risk Analysis 34(1), 152–167. Guan et al. (2020), Nature Human Behaviour 4,
    577–587. Pichler et al. (2022), Journal of Economic Dynamics and Control 144, 104527.
    """

    days: float | Mapping[str, float] = 90.0
    tau: float = 60.0
    psi: float = 0.8
    alpha_max: float = 1.25
    alpha_tau: float = 365.0
    reorder: Reorder = "delayed"
    delay: float = 30.0
    speed: float = 1.0 / 60.0
    orders: Literal["fixed", "capacity"] = "fixed"
    substitution: float = 0.0
    rationing: Rationing = "proportional"
    protected: tuple[str, ...] = ()
    critical: Array | None = None
    horizon: int = 365
    paths: Paths = "region"
    sensitivity: Literal["full", "none"] = "full"
    compare: tuple[Rationing, ...] = COMPARED
    faults: Faults = "treat"
    engine: Engine = "auto"
    strict: Literal["boario"] | None = None

    name: ClassVar[str] = "inventory"

    def __post_init__(self) -> None:
        rules = (self.rationing, *self.compare)
        weights = np.ones(1) if self.critical is None else np.asarray(self.critical)
        refuse(
            [
                (not 1 <= self.tau < math.inf, f"tau is {self.tau}; it must be at least 1 day"),
                (not 0 < self.psi <= 1, f"psi is {self.psi}; it must be above 0 and at most 1"),
                (
                    not 1 <= self.alpha_max < math.inf,
                    f"alpha_max is {self.alpha_max}; it must be at least 1",
                ),
                (
                    not 1 <= self.alpha_tau < math.inf,
                    f"alpha_tau is {self.alpha_tau}; it must be at least 1 day",
                ),
                (
                    not 0 <= self.delay < math.inf,
                    f"delay is {self.delay}; it must be at least 0 days",
                ),
                (
                    not 0 < self.speed < math.inf,
                    f"speed is {self.speed}; it must be above 0 [1/day]",
                ),
                (
                    not self.substitution >= 0,
                    f"substitution is {self.substitution}; it must be at least 0",
                ),
                (
                    self.orders not in ("fixed", "capacity"),
                    f"orders is {self.orders!r}; it must be one of fixed, capacity",
                ),
                (
                    self.strict not in (None, "boario"),
                    f"strict is {self.strict!r}; it must be boario, or left out",
                ),
                (self.horizon < 1, f"horizon is {self.horizon}; it must be at least 1 day"),
                (
                    bool((weights < 0).any() or (weights > 1).any()),
                    "critical has values outside 0 … 1",
                ),
                (
                    any(rule not in RULES for rule in rules),
                    f"rationing is {', '.join(rules)}; it must be one of {', '.join(RULES)}",
                ),
                (
                    self.reorder not in REORDERS,
                    f"reorder is {self.reorder!r}; it must be one of {', '.join(REORDERS)}",
                ),
                (
                    "protected_first" in rules and not self.protected,
                    "protected_first needs the regions or sectors in `protected`",
                ),
            ]
        )

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the model takes as given."""
        return (
            self._recipe(),
            f"Industries begin with full stocks ({self._days()}) and refill gaps in "
            f"{self.tau:g} days.",
            f"Suppliers that are short ration by the rule “{self.rationing}”.",
            f"Orders that a cut stops: “{self.reorder}”{self._search()}.",
            "Prices and budgets play no role; final use that is not served is lost.",
        )

    def run(self, table: Table, scenario: Scenario) -> Impact:
        """What a scenario does, day by day, against the treated table at rest.

        Parameters
        ----------
        table : Table
        scenario : Scenario
            Of `Embargo`, `Isolation`, `CapacityLoss`, `CapitalLoss`, `DemandShift` and
            `StockRelease`.

        Returns
        -------
        Impact
            Over the window: `final_use`, `output`, `value_added` in percent by region, `final_use`
            and `output` by region and sector, `shortage`, `peak_output_loss`,
            `peak_final_use_loss`, `shortage_day`, `binding_days` by input;
            `value_added_shortfall` and, where the table has labour, `jobs_idle`;
            `output_loss_by_cause` and `final_use_loss_by_cause`; `rebuilt` where capital is; by
            day `output_path` and `final_use_path`; `final_use_sensitivity` and
            `final_use_by_rule`.

        Raises
        ------
        UnsupportedShockError
            A shock works through prices.
        TableError
            The table has faults and `faults` is "refuse", or a region is empty.
        LabelError, ShockError, OptionError
            The scenario or a parameter does not fit the table.
        ConvergenceError
            A product is not conserved to 1e-9 of its base output.
        """
        if self.strict is not None:
            return incumbent(self, table, scenario)
        runs = _runs(self, table, [scenario])
        simulation = runs.simulation()
        simulation.advance(runs.horizon)
        return runs.impact(simulation)

    def run_many(self, table: Table, scenarios: Sequence[Scenario]) -> list[Impact]:
        """What each of several scenarios does; they advance side by side, as lanes of one run.

        Parameters
        ----------
        table : Table
        scenarios : sequence of Scenario
            Those of one horizon run together, a few dozen at a time.

        Returns
        -------
        list of Impact
            In the order of the scenarios, as of `run` without paths and sensitivity.

        Raises
        ------
        OptionError, UnsupportedShockError, TableError, LabelError, ShockError, ConvergenceError
            As `run`.
        """
        model = replace(self, sensitivity="none", paths="none")
        if self.strict is not None:
            return [model.run(table, one) for one in scenarios]
        found: dict[int, Impact] = {}
        horizons = [math.ceil(one.horizon or self.horizon) for one in scenarios]
        for horizon in dict.fromkeys(horizons):
            those = [k for k, days in enumerate(horizons) if days == horizon]
            for start in range(0, len(those), _TOGETHER):
                chunk = those[start : start + _TOGETHER]
                impacts = _runs(model, table, [scenarios[k] for k in chunk]).together()
                found.update(zip(chunk, impacts, strict=True))
        return [found[k] for k in range(len(horizons))]

    def start(self, table: Table, scenario: Scenario, *, store: Path | str | None = None) -> Run:
        """A run that is advanced day by day, can be saved, and goes on later exactly as it would.

        Parameters
        ----------
        table : Table
        scenario : Scenario
        store : path, optional
            A folder for ``output_path.npy`` and ``final_use_path.npy``: paths are written there day
            by day instead of being held in memory.

        Raises
        ------
        OptionError, UnsupportedShockError, TableError, LabelError, ShockError
            As `run`.
        """
        return Run.begin(self, table, scenario, store=store)

    def resume(
        self, path: Path | str, table: Table, scenario: Scenario, *, store: Path | str | None = None
    ) -> Run:
        """Go on with a run that was saved.

        Parameters
        ----------
        path : path
            A file of `Run.save`.
        table, scenario, store
            As they were in `start`.

        Raises
        ------
        StoreError
            The file cannot be read, or is of another table, scenario or model.
        """
        run = Run.begin(self, table, scenario, store=store, resumed=True)
        run.restore(Path(path))
        return run

    def _days(self) -> str:
        return "by sector" if isinstance(self.days, Mapping) else f"{self.days:g} days"

    def _search(self) -> str:
        if self.reorder != "delayed":
            return ""
        return f", after {self.delay:g} days at {100 * self.speed:.3g} % a day"

    def _recipe(self) -> str:
        if not self.substitution:
            return "Recipes are fixed: an input that is missing is not replaced by another product."
        return f"Inputs stand in for each other with an elasticity of {self.substitution:g}."


@dataclass(eq=False)
class Run:
    """A run on its way; see `Inventory.start`."""

    runs: Runs
    simulation: Simulation

    @classmethod
    def begin(
        cls,
        model: Inventory,
        table: Table,
        scenario: Scenario,
        *,
        store: Path | str | None,
        resumed: bool = False,
    ) -> Run:
        """Before the first day."""
        refuse([(model.strict is not None, f"strict={model.strict!r} runs from the first day to "
                 "the last: use run()")])  # fmt: skip
        runs = _runs(model, table, [scenario])
        folder = None if store is None else Path(store)
        return cls(runs, runs.simulation(store=folder, resumed=resumed))

    @property
    def day(self) -> int:
        """Days gone by."""
        return self.simulation.day

    @property
    def horizon(self) -> int:
        """Days in all."""
        return self.runs.horizon

    def advance(self, days: int) -> None:
        """Go on for some days, at most to the horizon.

        Raises
        ------
        OptionError
            `days` is below 1.
        """
        refuse([(days < 1, f"days is {days}; a run goes on by at least 1")])
        self.simulation.advance(days)

    def save(self, path: Path | str) -> None:
        """Write all that the days to come depend on; the run can go on from the file.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        self.simulation.save(Path(path), self.runs.identity())

    def restore(self, path: Path) -> None:
        """Go on from a file of `save`; see `Inventory.resume`."""
        self.simulation.restore(path, self.runs.identity())

    def impact(self) -> Impact:
        """The result, as of `Inventory.run`.

        Raises
        ------
        OptionError
            Days are left.
        """
        left = self.horizon - self.day
        refuse([(left > 0, f"{left} of {self.horizon} days are left: advance({left}) first")])
        return self.runs.impact(self.simulation)


def _runs(model: Inventory, table: Table, scenarios: Sequence[Scenario]) -> Runs:
    """Imported when needed: the compiler takes half a second to load."""
    from autarky.stress.inventory.runs import Runs

    return Runs(model, table, scenarios)
