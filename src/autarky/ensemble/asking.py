"""Questions to a run: its numbers read once, every answer signed with where it comes from.

May import `runs` and `answers` of its own folder, `sources` and below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autarky import sources
from autarky.ensemble import answers
from autarky.ensemble.answers import Answer
from autarky.ensemble.runs import Run, digest
from autarky.units import Provenance

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Questions:
    """What can be asked of a run; see `ask`."""

    run: Run
    rows: pd.DataFrame
    tasks: pd.DataFrame
    provenance: Provenance
    warnings: tuple[str, ...]

    def quantiles(self, **options: Any) -> Answer:
        """Bands over the draws; see `answers.quantiles`."""
        return self._signed(answers.quantiles, options)

    def exceedance(self, **options: Any) -> Answer:
        """Share of the draws beyond a threshold; see `answers.exceedance`."""
        return self._signed(answers.exceedance, options)

    def tornado(self, **options: Any) -> Answer:
        """Which assumption moves an answer; see `answers.tornado`."""
        ensemble = self.run.ensemble
        given = {"sampling": ensemble.sampling, "seed": ensemble.seed, **options}
        return self._signed(answers.tornado, given)

    def ranking(self, **options: Any) -> Answer:
        """The costliest scenarios; see `answers.ranking`."""
        return self._signed(answers.ranking, options)

    def _signed(self, call: Callable[..., Answer], options: dict[str, Any]) -> Answer:
        found = call(self.rows, self.tasks, **options)
        return replace(
            found,
            provenance=self.provenance,
            warnings=(*self.warnings, *found.warnings),
            parameters={**found.parameters, "run": self.run.id},
        )


def ask(run: Run) -> Questions:
    """A run's numbers, ready for questions.

    Parameters
    ----------
    run : Run
        One that is not finished is answered from what is done, with a warning.

    Returns
    -------
    Questions
        Answers carry the provenance of the first table, with the run as its last step: id,
        sampling, seed, and the SHA-256 of all numbers.

    Raises
    ------
    StoreError
        A recorded file is missing or damaged.
    OptionError
        The run has no numbers yet.
    MissingTableError
        The table is no longer here.
    """
    rows, state, ensemble = run.rows(), run.state(), run.ensemble
    first = sources.open_spec(ensemble.tables[0])
    step = {
        "run": run.id, "version": run.about.get("version", ""), "tables": list(ensemble.tables),
        "sampling": ensemble.sampling, "draws": ensemble.draws, "seed": ensemble.seed,
    }  # fmt: skip
    provenance = first.provenance.then("ensemble", step, tasks=state.done, sha256=digest(rows))
    warnings: list[str] = []
    if not state.finished:
        warnings.append(
            f"the run is not finished: {state.done} of {state.tasks} tasks are done; "
            f"'autarky run resume {run.id}' goes on"
        )
    kinds = Counter(kind for _, kind, _ in run.failures())
    if kinds:
        listed = ", ".join(f"{count} × {kind}" for kind, count in kinds.most_common())
        warnings.append(f"tasks that failed: {listed}; 'autarky run show {run.id}' says why")
    return Questions(run, rows, run.tasks(), provenance, tuple(warnings))
