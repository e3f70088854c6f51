"""How loops are compiled: at their first call, into a cache that later runs read.

May import nothing of the package.
"""

from __future__ import annotations

from numba import njit

#: Products may be fused with sums (one rounding instead of two); nothing is reordered, so that a
#: run gives the same bits wherever its lanes stand. Division by zero follows IEEE.
compiled = njit(cache=True, error_model="numpy", fastmath={"contract"})
