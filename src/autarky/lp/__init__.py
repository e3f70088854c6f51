"""Linear programs in named blocks: variables and rows with labels, solved by HiGHS and proven here.

Declare blocks of variables and rows over labelled dimensions, and get values, prices and an
explanation back under the same names. May import `axes`, `units`, `errors`; highspy and linopy
inside functions.
"""

from autarky.lp.blocks import Block, Term
from autarky.lp.program import Program
from autarky.lp.solution import Binding, Solution

__all__ = ["Binding", "Block", "Program", "Solution", "Term"]
