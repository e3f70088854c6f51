"""What models answer: tidy frames with units and provenance, and the registry of variables.

May import everything from `table` downwards.
"""

from autarky.results.dependence import Dependence
from autarky.results.impact import Impact
from autarky.results.plan import Plan
from autarky.results.result import TOTAL, Dimension, Field, Result
from autarky.results.variables import VARIABLES, Variable, variable

__all__ = [
    "TOTAL",
    "VARIABLES",
    "Dependence",
    "Dimension",
    "Field",
    "Impact",
    "Plan",
    "Result",
    "Variable",
    "variable",
]
