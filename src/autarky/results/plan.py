"""Plan: what it takes to reach a goal, by one model, with the proof that it was solved.

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
class Plan(Result):
    """What it takes to reach a goal.

    Parameters
    ----------
    goal : str
        What was asked for, in words.
    model : str
        The model; it stands in the tidy frame.
    reached : bool
        Whether the plan meets its goal.
    sentences : tuple of str
        The answer in words: what it costs, what binds, what one more of it would be worth.
    treatments : tuple of str
        What was done to the data before the model could run, in order.
    assumptions : tuple of str
        What the model takes as given.
    residuals : dict
        The largest error of every condition of the model.
    """

    goal: str = ""
    model: str = ""
    reached: bool = True
    sentences: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    residuals: dict[str, float] = field(default_factory=dict)

    def tidy(self, variables: str | Iterable[str] | None = None) -> pd.DataFrame:
        """One row per number, with the column model (see `Result.tidy`)."""
        frame = super().tidy(variables)
        at = 1 if "time" in frame.columns else 0
        frame.insert(at, "model", self.model)
        return frame
