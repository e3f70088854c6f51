"""Preparedness: stocks, standby capacity and other suppliers against cut-offs.

May import `results`, `shocks`, `stress.critical`, `lp` and below, and `calibrate`.
"""

from autarky.plan.preparedness.cutoffs import correlated, named
from autarky.plan.preparedness.guarantee import Guarantee
from autarky.plan.preparedness.model import Prepared, Preparedness

__all__ = ["Guarantee", "Prepared", "Preparedness", "correlated", "named"]
