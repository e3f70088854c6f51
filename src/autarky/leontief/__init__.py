"""The factorised (I − M)⁻¹ behind every model: solve, solve_left, cut, certificate.

M is A = Z x̂⁻¹ (Leontief) or B = x̂⁻¹ Z (Ghosh); it is never formed for large tables, and its
inverse never unless asked for. Arrays of any namespace of the array API standard work. May import
`units` and `errors`.
"""

from autarky.leontief.blocks import block_gauss_seidel, block_inverses
from autarky.leontief.cut import CutOperator
from autarky.leontief.operator import (
    LeontiefOperator,
    ghosh,
    leontief,
    safe_reciprocal,
)
from autarky.leontief.solution import Solution

__all__ = [
    "CutOperator",
    "LeontiefOperator",
    "Solution",
    "block_gauss_seidel",
    "block_inverses",
    "ghosh",
    "leontief",
    "safe_reciprocal",
]
