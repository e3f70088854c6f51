"""A model, a table and scenarios: the simulations that it takes, and the results.

May import `shocks`, `results`, `errors`, `table` and its own folder.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError
from autarky.results import Dimension, Field, Impact
from autarky.shocks import Scenario, to_dict
from autarky.stress.inventory import answers
from autarky.stress.inventory.economy import economy
from autarky.stress.inventory.events import REORDERS, Reorder, Schedule, Search, schedule
from autarky.stress.inventory.kernel import padded
from autarky.stress.inventory.network import Network
from autarky.stress.inventory.parameters import (
    Lane,
    Paths,
    Rationing,
    Settings,
    lanes,
    plain,
    ranks,
    refuse,
    settings,
    stock_days,
)
from autarky.stress.inventory.record import Record
from autarky.stress.inventory.simulation import Simulation
from autarky.table import Table
from autarky.units import Certificate

if TYPE_CHECKING:
    from autarky.stress.inventory.model import Inventory

Array = NDArray[np.float64]

#: Every product is conserved on every day to this share of its base output.
TOLERANCE = 1e-9
#: Parameters that a result shows.
_SHOWN = (
    "days", "tau", "psi", "alpha_max", "alpha_tau", "substitution", "reorder", "delay", "speed",
    "orders", "rationing", "protected", "faults",
)  # fmt: skip


class Runs:
    """What a model does with scenarios on a table.

    Parameters
    ----------
    model : Inventory
    table : Table
    scenarios : sequence of Scenario
        Of the same horizon.
    """

    def __init__(self, model: Inventory, table: Table, scenarios: Sequence[Scenario]) -> None:
        self.model, self.table, self.scenarios = model, table, tuple(scenarios)
        # The scenarios first: their faults are the user's to mend.
        for scenario in scenarios:
            scenario.check(table)
        horizons = {math.ceil(one.horizon or model.horizon) for one in scenarios}
        refuse([(len(horizons) != 1, f"the scenarios have horizons of {sorted(horizons)} days: "
                 "run those of one horizon together")])  # fmt: skip
        self.horizon = horizons.pop()
        self.economy = economy(table, faults=model.faults)
        self.days = stock_days(model.days, table)
        full = model.sensitivity == "full"
        self.draws = lanes(model.psi) if full else [Lane(1.0, 1.0, model.psi)]
        if model.critical is not None:
            size = len(table.sectors)
            wrong = np.shape(model.critical) != (size, size)
            refuse([(wrong, f"critical has shape {np.shape(model.critical)}, not {(size, size)}")])

    # --- simulations --------------------------------------------------------------------------

    def simulation(
        self, *, store: Path | None = None, resumed: bool = False, paths: Paths | None = None
    ) -> Simulation:
        """The run of the first scenario under all draws, before its first day."""
        plan = self._schedule(self.scenarios[:1], [self.model.reorder])
        paths = self.model.paths if paths is None else paths
        return self._simulation(
            plan, self.draws, self.model.rationing, paths=paths, store=store, resumed=resumed
        )

    def _simulation(
        self,
        plan: Schedule,
        draws: list[Lane],
        rule: Rationing,
        *,
        kept: int = 1,
        paths: Paths = "none",
        store: Path | None = None,
        resumed: bool = False,
    ) -> Simulation:
        model = self.model
        rank = ranks(rule, model.protected, self.table, self.economy)
        network = Network(self.economy, plan.label, rank, model.engine)
        wide = padded(len(draws))
        filled = draws + draws[-1:] * (wide - len(draws))
        record = Record(
            network, self.horizon, len(draws), kept=kept, paths=paths, store=store, resumed=resumed
        )
        return Simulation(network, self._settings(filled), rule, plan, record, self.table)

    def _settings(self, draws: list[Lane]) -> Settings:
        model = self.model
        return settings(
            draws, self.days, model.critical, self.table,
            tau=model.tau, alpha_max=model.alpha_max, alpha_tau=model.alpha_tau,
            sigma=model.substitution, by_capacity=model.orders == "capacity",
        )  # fmt: skip

    def _schedule(self, scenarios: Sequence[Scenario], rules: list[Reorder]) -> Schedule:
        search = Search.of(rules, self.model.delay, self.model.speed)
        return schedule(scenarios, self.table, self.economy, search)

    def _by_rule(self) -> tuple[Field, float]:
        """World final use for every rule compared and every reorder rule, all in one batch each."""
        plan = self._schedule(self.scenarios[:1], list(REORDERS))
        rules = tuple(dict.fromkeys((self.model.rationing, *self.model.compare)))
        values, residual = np.empty((len(rules), len(REORDERS))), 0.0
        for at, rule in enumerate(rules):
            run = self._simulation(plan, self.draws[:1] * len(REORDERS), rule)
            run.advance(self.horizon)
            values[at] = run.record.world_loss
            residual = max(residual, run.record.residual)
        axes = (Dimension({"rationing": rules}), Dimension({"reorder": REORDERS}))
        return Field("final_use_by_rule", values, axes), residual

    # --- results ------------------------------------------------------------------------------

    def impact(self, run: Simulation) -> Impact:
        """The result of a simulation that has reached its horizon."""
        record, table = run.record, self.table
        fields = self._fields(record, 0)
        if record.paths != "none":
            fields += answers.paths(record.paths, record.output_path, record.final_path, table)
        residual = record.residual
        if self.model.sensitivity == "full":
            fields.append(answers.sensitivity(record.world_loss, self.draws))
            by_rule, worst = self._by_rule()
            fields.append(by_rule)
            residual = max(residual, worst)
        return self._impact(self.scenarios[0], fields, residual, run.plan.courses[0].notes)

    def together(self) -> list[Impact]:
        """Results of all scenarios, which advance as lanes of one run."""
        plan = self._schedule(self.scenarios, [self.model.reorder])
        count = len(self.scenarios)
        wide = padded(count)
        lane = np.concatenate([plan.lane, np.repeat(plan.lane[-1:], wide - count)])
        plan = Schedule(plan.economy, plan.courses, lane, plan.search)
        run = self._simulation(plan, self.draws[:1] * count, self.model.rationing, kept=count)
        run.advance(self.horizon)
        return [
            self._impact(
                scenario, self._fields(run.record, k), run.record.residual, plan.courses[k].notes
            )
            for k, scenario in enumerate(self.scenarios)
        ]

    def identity(self) -> str:
        """Whose run it is: table, scenario and parameters, as a sha256."""
        digest = hashlib.sha256(np.ascontiguousarray(self.economy.B).tobytes())
        shown = {name: plain(getattr(self.model, name)) for name in (*_SHOWN, "paths")}
        critical = self.model.critical
        told = [to_dict(self.scenarios[0]), shown, self.model.sensitivity, self.horizon]
        digest.update(json.dumps(told, sort_keys=True, default=str).encode())
        digest.update(b"" if critical is None else np.ascontiguousarray(critical).tobytes())
        return digest.hexdigest()

    def _fields(self, record: Record, k: int) -> list[Field]:
        sums, table = record.sums(k), self.table
        fields = [*answers.totals(sums, table), *answers.details(sums, table)]
        fields += answers.by_cause(
            record.days, record.causes[..., k], record.final_causes[..., k], table
        )
        if record.rebuilt[..., k].any():
            place = (Dimension.of(table.regions), Dimension.of(table.sectors))
            rate = answers.DAYS / record.days
            fields.append(Field("rebuilt", rate * record.rebuilt[..., k].T, place))
        return fields

    def _impact(
        self, scenario: Scenario, fields: list[Field], residual: float, notes: tuple[str, ...]
    ) -> Impact:
        model, table = self.model, self.table
        if residual > TOLERANCE:
            raise ConvergenceError(
                "a product is not conserved", iterations=self.horizon, residual=residual
            )
        certificate = Certificate(
            "every product conserved on every day", self.horizon, residual, TOLERANCE
        )
        return Impact(
            indicator="inventory",
            question=f"What does “{scenario.title or scenario.name}” do in {self.horizon} days?",
            fields=tuple(fields),
            unit=table.unit,
            year=table.year,
            provenance=table.provenance,
            certificates=(certificate,),
            warnings=notes,
            parameters=self._parameters(),
            scenario=scenario.name,
            model=model.name,
            treatments=self.economy.treatments,
            assumptions=model.assumptions,
            residuals={"conservation": residual},
        )

    def _parameters(self) -> dict[str, Any]:
        shown = {name: plain(getattr(self.model, name)) for name in _SHOWN}
        shown["critical"] = "all inputs" if self.model.critical is None else "given"
        return shown | {"horizon": self.horizon}
