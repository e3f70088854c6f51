"""Impact: what a scenario does to economies, by one stress model.

May import `units` and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from autarky.results.result import Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Impact(Result):
    """What a scenario does, with the proof that the model was solved.

    Parameters
    ----------
    scenario, model : str
        Names; both stand in the tidy frame.
    treatments : tuple of str
        What was done to the data before the model could run, in order.
    assumptions : tuple of str
        What the model takes as given.
    residuals : dict
        The largest error of every condition of the model.
    """

    scenario: str = ""
    model: str = ""
    treatments: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    residuals: dict[str, float] = field(default_factory=dict)

    def tidy(self, variables: str | Iterable[str] | None = None) -> pd.DataFrame:
        """One row per number, with the columns scenario and model (see `Result.tidy`)."""
        frame = super().tidy(variables)
        at = 1 if "time" in frame.columns else 0
        frame.insert(at, "scenario", self.scenario)
        frame.insert(at + 1, "model", self.model)
        return frame
