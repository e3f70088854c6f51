"""Plans: what it would take to depend less, at what cost, by when.

A plan starts from a calibration that reproduces the table, so that every deviation is policy. May
import `shocks`, `results`, `measure`, `stress` and everything below; never the report above.
"""

from autarky.plan.calibrate import Calibration, calibrate
from autarky.plan.closed_growth import closed_growth
from autarky.plan.first import first
from autarky.plan.goals import Goal, Recovery
from autarky.plan.pathway import Limits, Pathway
from autarky.plan.preparedness import Guarantee, Preparedness
from autarky.plan.reserve import reserve

__all__ = [
    "Calibration",
    "Goal",
    "Guarantee",
    "Limits",
    "Pathway",
    "Preparedness",
    "Recovery",
    "calibrate",
    "closed_growth",
    "first",
    "reserve",
]
