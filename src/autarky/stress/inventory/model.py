"""`Inventory`: what runs short, where, and after how many days.

May import `shocks`, `results`, `stress.base` and its own folder.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError
from autarky.results import Dimension, Field, Impact
from autarky.shocks import Scenario
from autarky.stress.inventory.economy import DAYS, Economy, Faults, economy
from autarky.stress.inventory.events import REORDERS, Reorder, Schedule, Search, schedule
from autarky.stress.inventory.flows import Engine
from autarky.stress.inventory.kernel import Settings, advance, begin
from autarky.stress.inventory.network import Network
from autarky.stress.inventory.parameters import (
    Lane,
    lanes,
    plain,
    ranks,
    refuse,
    settings,
    stock_days,
)
from autarky.stress.inventory.rationing import RULES, Rationing
from autarky.stress.inventory.record import Paths, Record
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]

#: Every product is conserved on every day to this share of its base output.
TOLERANCE = 1e-9
#: Rules that are compared by default: cheap, and far apart.
COMPARED: tuple[Rationing, ...] = ("proportional", "final_first", "intermediate_first")


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
    engine : {"auto", "gemm", "sparse"}
        How flows are summed; chosen by density by default. Results do not depend on it.

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
    rationing: Rationing = "proportional"
    protected: tuple[str, ...] = ()
    critical: Array | None = None
    horizon: int = 365
    paths: Paths = "region"
    sensitivity: Literal["full", "none"] = "full"
    compare: tuple[Rationing, ...] = COMPARED
    faults: Faults = "treat"
    engine: Engine = "auto"

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
            "Recipes are fixed: an input that is missing is not replaced by another product.",
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
            Of `Embargo`, `Isolation`, `CapacityLoss`, `DemandShift` and `StockRelease`.

        Returns
        -------
        Impact
            Over the window: `final_use`, `output`, `value_added` in percent by region, `final_use`
            and `output` by region and sector, `shortage`, `peak_output_loss`,
            `peak_final_use_loss`, `shortage_day`, `binding_days` by input; by day `output_path`
            and `final_use_path`; `final_use_sensitivity` and `final_use_by_rule`.

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
        return _Run(self, table, scenario).impact()

    def _days(self) -> str:
        return "by sector" if isinstance(self.days, Mapping) else f"{self.days:g} days"

    def _search(self) -> str:
        if self.reorder != "delayed":
            return ""
        return f", after {self.delay:g} days at {100 * self.speed:.3g} % a day"


class _Run:
    """A model, a table and a scenario: the runs of all lanes and rules, and the result."""

    def __init__(self, model: Inventory, table: Table, scenario: Scenario) -> None:
        self.model, self.table, self.scenario = model, table, scenario
        # The scenario first: its faults are the user's to mend.
        scenario.check(table)
        self.economy = economy(table, faults=model.faults)
        self.horizon = math.ceil(scenario.horizon or model.horizon)
        self.days = stock_days(model.days, table)
        full = model.sensitivity == "full"
        self.draws = lanes(model.psi) if full else [Lane(1.0, 1.0, model.psi)]
        if model.critical is not None:
            size = len(table.sectors)
            wrong = np.shape(model.critical) != (size, size)
            refuse([(wrong, f"critical has shape {np.shape(model.critical)}, not {(size, size)}")])

    def impact(self) -> Impact:
        model, table = self.model, self.table
        plan = self._schedule([model.reorder])
        record = self.follow(plan, self.draws, model.rationing, paths=model.paths)
        fields = [*_totals(record, table), *_details(record, table), *_paths(record, table)]
        residual = record.residual
        if model.sensitivity == "full":
            fields.append(_sensitivity(record, self.draws))
            by_rule, worst = self._by_rule()
            fields.append(by_rule)
            residual = max(residual, worst)
        if residual > TOLERANCE:
            raise ConvergenceError(
                "a product is not conserved", iterations=self.horizon, residual=residual
            )
        certificate = Certificate(
            "every product conserved on every day", self.horizon, residual, TOLERANCE
        )
        return Impact(
            indicator="inventory",
            question=f"What does “{self.scenario.title or self.scenario.name}” do in "
            f"{self.horizon} days?",
            fields=tuple(fields),
            unit=table.unit,
            year=table.year,
            provenance=table.provenance,
            certificates=(certificate,),
            warnings=plan.notes,
            parameters=self._parameters(),
            scenario=self.scenario.name,
            model=Inventory.name,
            treatments=self.economy.treatments,
            assumptions=model.assumptions,
            residuals={"conservation": residual},
        )

    def follow(
        self, plan: Schedule, draws: list[Lane], rule: Rationing, *, paths: Paths = "none"
    ) -> Record:
        """All days of some lanes under one rule."""
        lanes = max(len(draws), plan.search.start.size)
        network = self.network(plan, rule)
        parameters = self.settings(draws * (lanes // len(draws)))
        record = Record(self.economy, self.horizon, lanes, paths)
        state = begin(self.economy, parameters)
        for day in range(self.horizon):
            today = plan.today(day)
            record.see(advance(network, parameters, state, today, rule), today)
        return record

    def network(self, plan: Schedule, rule: Rationing) -> Network:
        rank = ranks(rule, self.model.protected, self.table, self.economy)
        cells = tuple(layer.cells for layer in plan.layers)
        return Network(self.economy, cells, rank, self.model.engine)

    def settings(self, draws: list[Lane]) -> Settings:
        model = self.model
        shared = {"tau": model.tau, "alpha_max": model.alpha_max, "alpha_tau": model.alpha_tau}
        return settings(draws, self.days, model.critical, self.table, **shared)

    def _schedule(self, rules: list[Reorder]) -> Schedule:
        search = Search.of(rules, self.model.delay, self.model.speed)
        return schedule(self.scenario, self.table, self.economy, search)

    def _by_rule(self) -> tuple[Field, float]:
        """World final use for every rule compared and every reorder rule, all in one batch each."""
        plan = self._schedule(list(REORDERS))
        rules = tuple(dict.fromkeys((self.model.rationing, *self.model.compare)))
        records = [self.follow(plan, self.draws[:1], rule) for rule in rules]
        values = np.array([record.world_loss for record in records])
        axes = (Dimension({"rationing": rules}), Dimension({"reorder": REORDERS}))
        return Field("final_use_by_rule", values, axes), max(r.residual for r in records)

    def _parameters(self) -> dict[str, Any]:
        names = ("days", "tau", "psi", "alpha_max", "alpha_tau", "reorder", "delay", "speed")
        names += ("rationing", "protected", "faults")
        shown = {name: plain(getattr(self.model, name)) for name in names}
        shown["critical"] = "all inputs" if self.model.critical is None else "given"
        return shown | {"horizon": self.horizon}


# --- fields ---------------------------------------------------------------------------------------


def _totals(record: Record, table: Table) -> list[Field]:
    """Changes by region over the window, in percent, and the worst day."""
    e, T = record.economy, record.days
    region = (Dimension.of(table.regions),)
    output, final = record.by_region(e.x), e.final.sum(axis=0)
    ratio = np.divide(record.output, T * e.x, out=np.ones(e.n), where=e.x > 0)
    value_added = record.by_region(e.value_added)
    after = record.by_region(e.value_added * ratio)
    change = {
        "final_use": _percent(record.final.sum(axis=0), T * final),
        "output": _percent(record.by_region(record.output), T * output),
        "value_added": _percent(after, value_added),
        "peak_output_loss": -_percent(record.worst_output, output),
        "peak_final_use_loss": -_percent(record.worst_final, final),
    }
    return [Field(name, values, region, unit="percent") for name, values in change.items()]


def _details(record: Record, table: Table) -> list[Field]:
    """By region and sector."""
    e, T = record.economy, record.days
    place = (Dimension.of(table.regions), Dimension.of(table.sectors))
    made, base = (_grid(e, values, table) for values in (record.output, e.x))
    lost = np.maximum(record.wanted - record.final, 0.0)
    binding = np.zeros((e.R, e.S, e.S))
    np.add.at(binding, (e.region[: e.n], e.product), record.binding)
    return [
        Field("final_use", _percent(record.final.T, T * e.final.T), place, unit="percent"),
        Field("output", _percent(made, T * base), place, unit="percent"),
        Field("shortage", DAYS / T * lost.T, place),
        Field("shortage_day", record.first.T, place),
        Field("binding_days", binding, (*place, Dimension({"input": table.sectors.labels}))),
    ]


def _paths(record: Record, table: Table) -> list[Field]:
    """By day and region, or industry; at annual rates."""
    if record.paths == "none":
        return []
    day = Dimension({"day": tuple(str(t) for t in range(record.days))})
    region = Dimension.of(table.regions)
    if record.paths == "region":
        output = Field("output_path", DAYS * record.output_path, (day, region))
        return [output, Field("final_use_path", DAYS * record.final_path, (day, region))]
    final = DAYS * record.final_path.transpose(0, 2, 1)
    return [
        Field("output_path", DAYS * record.output_path, (day, Dimension.of(table.industries))),
        Field("final_use_path", final, (day, region, Dimension.of(table.sectors))),
    ]


def _sensitivity(record: Record, draws: list[Lane]) -> Field:
    """World final use of every lane, over stock days × τ × ψ."""
    labels = [lane.labels for lane in draws]
    axes = [tuple(dict.fromkeys(column)) for column in zip(*labels, strict=True)]
    values = np.empty([len(axis) for axis in axes])
    found = dict(zip(labels, record.world_loss, strict=True))
    for at, key in enumerate(itertools.product(*axes)):
        values.flat[at] = found[key]
    names = ("stock_days", "tau", "psi")
    dimensions = tuple(Dimension({n: axis}) for n, axis in zip(names, axes, strict=True))
    return Field("final_use_sensitivity", values, dimensions)


def _grid(e: Economy, values: Array, table: Table) -> Array:
    """(R, S) of values by industry; 0 where there is none."""
    grid = np.zeros((len(table.regions), len(table.sectors)))
    grid[e.region[: e.n], e.product] = values
    return grid


def _percent(after: Array, before: Array) -> Array:
    """Change in percent; NaN where there was nothing."""
    out = np.full(before.shape, np.nan)
    np.divide(after, before, out=out, where=before > 0)
    return 100.0 * (out - 1.0)
