"""Stress models: what happens when an economy is cut off.

Each takes a table and a scenario and returns an `Impact`. May import `shocks`, `results` and
everything below; stress models do not know each other.
"""

from autarky.stress.base import StressModel
from autarky.stress.closed_form import autarky_cost
from autarky.stress.elasticities import Elasticities, elasticities, elasticity_sets
from autarky.stress.equilibrium.model import Equilibrium, Prepared
from autarky.stress.inoperability import Inoperability
from autarky.stress.inventory.model import Inventory
from autarky.stress.pressure import pressure
from autarky.stress.rationing.model import Rationing

__all__ = [
    "Elasticities",
    "Equilibrium",
    "Inoperability",
    "Inventory",
    "Prepared",
    "Rationing",
    "StressModel",
    "autarky_cost",
    "elasticities",
    "elasticity_sets",
    "pressure",
]
