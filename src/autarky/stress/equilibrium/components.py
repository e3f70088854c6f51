"""Who can still trade with whom, what that does to deficits, and who is left without a supplier.

Regions stay in one world only if each can sell to and buy from the others, directly or through
third parties: a region that exports but cannot import has no equilibrium (its wage would grow for
ever). So flows between strongly connected components are set to zero, and listed. Kernels on bare
arrays, labels are the caller's: K (S, N, N) is by sector, importer, exporter.
May import `stress.equilibrium.system` and `errors`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.stress.equilibrium.system import Technology

Array = NDArray[np.float64]
Positions = NDArray[np.intp]

#: What happens to deficits: "zero" ends them; "fixed" holds them in units of the component's base
#: GDP; "proportional" lets them move with the wage bill of the region.
Deficits = Literal["zero", "fixed", "proportional"]


@dataclass(frozen=True)
class CutFlow:
    """Trade from exporter to importer that had to go, and the sectors it was in (positions)."""

    importer: int
    exporter: int
    sectors: tuple[int, ...]


def components(
    K: Array, *, mode: Literal["strong", "weak"] = "strong"
) -> tuple[Positions, list[CutFlow]]:
    """Component of each region, and the flows between components that must be set to zero.

    Parameters
    ----------
    K : (S, N, N) array
        Trade shares after the shock, not normalised; only where they are positive matters.
    mode : {"strong", "weak"}
        "strong" asks for trade both ways, directly or through others, as an equilibrium does;
        "weak" only asks for some trade, and then nothing lies between components.

    Returns
    -------
    component : (N,) int array
        Numbered from 0 in the order of their first region.
    cut : list of CutFlow
        By importer, then exporter.

    Raises
    ------
    OptionError
        `mode` is neither.

    Examples
    --------
    Region 1 sells to 0 but buys nothing from it:

    >>> K = np.array([[[0.9, 0.1], [0.0, 1.0]]])
    >>> components(K)
    (array([0, 1]), [CutFlow(importer=0, exporter=1, sectors=(0,))])
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if mode not in {"strong", "weak"}:
        raise OptionError(f"mode={mode!r} is not one of 'strong', 'weak'")
    positive = K > 0
    links = positive.any(axis=0)
    _, raw = connected_components(csr_array(links), directed=True, connection=mode)
    _, first, inverse = np.unique(raw, return_index=True, return_inverse=True)
    component = np.argsort(np.argsort(first))[inverse].astype(np.intp)
    crossing = np.argwhere(links & (component[:, None] != component[None, :]))
    return component, [
        CutFlow(int(n), int(i), tuple(np.flatnonzero(positive[:, n, i]).tolist()))
        for n, i in crossing
    ]


def separate(K: Array, component: Positions) -> Array:
    """K without the flows between components, (S, N, N)."""
    return np.where(component[:, None] == component[None, :], K, 0.0)


def rebalance(deficits: Array, base_gdp: Array, component: Positions, rule: Deficits) -> Array:
    """Deficits that each component can run: they sum to zero in it.

    Parameters
    ----------
    deficits, base_gdp : (N,) array [money/yr]
        Imports less exports, and value added, at base.
    component : (N,) int array
    rule : {"zero", "fixed", "proportional"}
        What is left of a component's net deficit is taken from its regions in proportion to base
        GDP. "proportional" gives the same amounts as "fixed", at base wages: the system then moves
        them (``Trade(indexed=True)``).

    Returns
    -------
    transfers : (N,) array [money/yr]
        In units of money of a component whose total wage bill is at its base value.

    Raises
    ------
    OptionError
        `rule` is none of the three.

    Examples
    --------
    >>> rebalance(
    ...     np.array([5.0, -2.0, -3.0]), np.array([30.0, 20.0, 50.0]), np.array([0, 0, 1]), "fixed"
    ... )
    array([ 3.2, -3.2,  0. ])
    """
    if rule not in {"zero", "fixed", "proportional"}:
        raise OptionError(f"deficits={rule!r} is not one of 'zero', 'fixed', 'proportional'")
    if rule == "zero":
        return np.zeros_like(deficits)
    count = int(component.max()) + 1
    net = np.bincount(component, weights=deficits, minlength=count)
    gdp = np.bincount(component, weights=base_gdp, minlength=count)
    balanced = deficits - base_gdp * (net / gdp)[component]
    # A region alone cannot run any: what is left is rounding.
    alone = np.bincount(component, minlength=count)[component] == 1
    return np.where(alone, 0.0, balanced)


def demanded(tech: Technology, K: Array) -> NDArray[np.bool_]:
    """Where spending can be positive, (S, N): final use, or inputs of what is sold somewhere."""
    wanted = tech.alpha > 0
    uses = tech.inputs > 0
    open_ = K > 0
    while True:
        sells = np.matmul(wanted[:, None, :], open_)[:, 0, :]
        more = wanted | np.matmul(uses, sells.T[:, :, None])[:, :, 0].T
        if np.array_equal(more, wanted):
            return wanted
        wanted = more


def missing_suppliers(tech: Technology, K: Array) -> list[tuple[int, int]]:
    """Cells (region, sector) that somebody needs and nobody supplies: their price has no bound.

    Parameters
    ----------
    tech : Technology
    K : (S, N, N) array
        After `separate`.

    Returns
    -------
    list of (int, int)
        Positions of region and sector, by region; empty if an equilibrium can have finite prices.
    """
    without = ~(K > 0).any(axis=2) & demanded(tech, K)
    return [(int(n), int(j)) for n, j in np.argwhere(without.T)]


def fill_idle(K: Array) -> Array:
    """K with home as the supplier of cells without any: only right where nothing is demanded.

    Call `missing_suppliers` before; such cells then only need some finite price that nobody pays.
    """
    j, n = np.nonzero(~(K > 0).any(axis=2))
    if not len(j):
        return K
    K = K.copy()
    K[j, n, n] = 1.0
    return K
