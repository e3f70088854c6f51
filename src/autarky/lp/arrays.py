"""The program as bare arrays: what a solver, a proof or an interchange file needs.

May import nothing from the package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Arrays:
    """min or max cᵀz with low ≤ Az ≤ high and lower ≤ z ≤ upper.

    Attributes
    ----------
    A : (m, k) sparse array, by column
    cost, lower, upper : (k,) array
    low, high : (m,) array
    integer : (k,) bool array
    sign : int
        1 for a minimum, −1 for a maximum.
    """

    A: sparse.csc_array
    cost: Array
    lower: Array
    upper: Array
    low: Array
    high: Array
    integer: NDArray[np.bool_]
    sign: int

    @property
    def mixed(self) -> bool:
        """Whether any variable must be whole."""
        return bool(self.integer.any())
