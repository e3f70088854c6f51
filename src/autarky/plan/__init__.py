"""Plans: what it would take to depend less, at what cost, by when.

A plan starts from a calibration that reproduces the table, so that every deviation is policy. May
import `shocks`, `results`, `measure`, `stress` and everything below; never the report above.
"""

from autarky.plan.calibrate import Calibration, calibrate
from autarky.plan.goals import Goal, Recovery
from autarky.plan.pathway import Limits, Pathway

__all__ = ["Calibration", "Goal", "Limits", "Pathway", "Recovery", "calibrate"]
