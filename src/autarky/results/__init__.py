"""What models answer: tidy frames with units and provenance, and the registry of variables.

May import everything from `table` downwards.
"""

from autarky.results.dependence import Dependence, Dimension, Field
from autarky.results.variables import VARIABLES, Variable, variable

__all__ = ["VARIABLES", "Dependence", "Dimension", "Field", "Variable", "variable"]
