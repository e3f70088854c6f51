"""Linear programs: blocks of rows and columns with names, solved by HiGHS, proven here.

A `Draft` collects blocks and coefficients and becomes a `Program` of plain sparse arrays; `Solver`
gives an `Optimum` whose values and prices prove it. May import `errors` and `units`.
"""

from autarky.lp.draft import Draft
from autarky.lp.explain import Explanation, clashes, explain
from autarky.lp.interchange import to_linopy
from autarky.lp.program import Program
from autarky.lp.proof import primal_residuals, proof
from autarky.lp.solver import Binding, Optimum, Solver, has_hipo

__all__ = [
    "Binding",
    "Draft",
    "Explanation",
    "Optimum",
    "Program",
    "Solver",
    "clashes",
    "explain",
    "has_hipo",
    "primal_residuals",
    "proof",
    "to_linopy",
]
