"""What every stress model is: parameters, assumptions, and run(table, scenario) → Impact.

May import `shocks`, `results` and below. Stress models do not know each other.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from autarky.results import Impact
from autarky.shocks import Scenario
from autarky.table import Table


@runtime_checkable
class StressModel(Protocol):
    """A frozen set of parameters that turns a table and a scenario into an `Impact`."""

    @property
    def name(self) -> str:
        """As in results: "equilibrium"."""
        ...

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the model takes as given, one sentence each."""
        ...

    def run(self, table: Table, scenario: Scenario) -> Impact:
        """What the scenario does.

        Raises
        ------
        UnsupportedShockError
            The model cannot express a shock; the message names one that can.
        ConvergenceError
            No answer within the tolerance.
        """
        ...
