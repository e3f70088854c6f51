"""An economy's flows as buyers of several ranks see them, some links of which can be cut.

May import its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.cells import Engine, Flows
from autarky.stress.inventory.economy import Economy

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Network:
    """Flows of an economy, layers of links that can be cut, and ranks of buyers.

    Parameters
    ----------
    economy : Economy
    label : (n, N) int array or None
        The layer of cuts of each link: 0 where nothing cuts it, else 1 …
    rank : (N,) int array
        Who is served first: 0, then 1, and so on.
    engine : {"auto", "gemm", "fused"}
    """

    economy: Economy
    label: NDArray[np.int16] | None
    rank: IntArray
    engine: Engine = "auto"

    @property
    def N(self) -> int:
        """Number of buyers."""
        return self.economy.B.shape[1]

    @property
    def ranks(self) -> int:
        """P, the number of ranks."""
        return int(self.rank.max()) + 1

    @cached_property
    def flows(self) -> Flows:
        """The cells of a day's pass."""
        e = self.economy
        return Flows(e.B, e.product, e.S, self.label, self.engine)

    @cached_property
    def columns(self) -> list[IntArray | slice]:
        """The buyers of each rank; a slice where they stand together."""
        found: list[IntArray | slice] = []
        for rank in range(self.ranks):
            at = np.flatnonzero(self.rank == rank)
            together = at.size and at[-1] - at[0] + 1 == at.size
            found.append(slice(int(at[0]), int(at[-1]) + 1) if together else at)
        return found

    @cached_property
    def industries(self) -> list[IntArray | slice]:
        """The industries of each rank, among buyers."""
        return self._within(0, self.economy.n)

    @cached_property
    def final_users(self) -> list[IntArray | slice]:
        """The final users of each rank, among buyers."""
        return self._within(self.economy.n, self.N)

    def _within(self, first: int, last: int) -> list[IntArray | slice]:
        found: list[IntArray | slice] = []
        for columns in self.columns:
            if isinstance(columns, slice):
                found.append(slice(max(columns.start, first), min(columns.stop, last)))
            else:
                found.append(columns[(columns >= first) & (columns < last)])
        return found

    @cached_property
    def final_layers(self) -> tuple[IntArray, IntArray, IntArray]:
        """(layer, product, region) of final users with a link in a layer of cuts, each once."""
        if self.label is None:
            none = np.zeros(0, dtype=np.intp)
            return none, none, none
        e = self.economy
        layers = self.label[:, e.n :]
        i, r = np.nonzero(layers)
        found = np.unique(np.stack([layers[i, r], e.product[i], r]), axis=1)
        return found[0], found[1], found[2]

    def imbalance(self, error: Array) -> float:
        """Largest of the errors (S, K) of balances of products, relative to their base output."""
        scale = self.economy.by_product(self.economy.x[:, None])
        off = np.divide(np.abs(error), scale, out=np.zeros_like(error), where=scale > 0)
        return float(off.max(initial=0.0))
