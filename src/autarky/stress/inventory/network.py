"""Links that are open, links that are cut, and buyers by rank: an embargo as a second layer.

Cells that a cut touches leave the main flows and form a layer of their own, with their own H:
a link left with the share c of its base capacity carries O_ij = B_ij min(H_sj, c). Nothing is
subtracted from a large number, so a full cut is exactly zero. May import its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.stress.inventory.economy import Economy
from autarky.stress.inventory.flows import Engine, Flows, Sparse, flows

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Network:
    """Flows of an economy by layer and by rank of the buyer.

    Parameters
    ----------
    economy : Economy
    cuts : tuple of (n, N) bool array
        The cells of each layer that can be cut; layers share no cell.
    rank : (N,) int array
        Who is served first: 0, then 1, and so on.
    engine : {"auto", "gemm", "sparse"}
    """

    economy: Economy
    cuts: tuple[Bools, ...]
    rank: IntArray
    engine: Engine = "auto"

    @cached_property
    def main(self) -> Array:
        """(n, N) base flows that nothing cuts [money/day]."""
        B = self.economy.B
        if not self.cuts:
            return B
        B = B.copy()
        for cut in self.cuts:
            B[cut] = 0.0
        return B

    @cached_property
    def W(self) -> tuple[Array, ...]:
        """(S, N) base purchases through the main flows, then through each layer."""
        e = self.economy
        layers = [np.where(cut, e.B, 0.0) for cut in self.cuts]
        return tuple(e.by_product(B) for B in (self.main, *layers))

    @cached_property
    def columns(self) -> list[IntArray | slice]:
        """The buyers of each rank; a slice where they stand together."""
        found: list[IntArray | slice] = []
        for rank in range(int(self.rank.max()) + 1):
            at = np.flatnonzero(self.rank == rank)
            if at.size and at[-1] - at[0] + 1 == at.size:
                found.append(slice(int(at[0]), int(at[-1]) + 1))
            elif at.size:
                found.append(at)
        return found

    @cached_property
    def flows(self) -> list[list[Flows]]:
        """By layer (main flows first) and rank."""
        e = self.economy
        main = [
            flows(self.main[:, cols], e.product, e.S, engine=self.engine) for cols in self.columns
        ]
        cut: list[list[Flows]] = [
            [Sparse(np.where(c, e.B, 0.0)[:, cols], e.product, e.S) for cols in self.columns]
            for c in self.cuts
        ]
        return [main, *cut]

    @cached_property
    def _cut_rows(self) -> list[Any]:
        from scipy.sparse import csr_array

        return [csr_array(np.where(cut, self.economy.B, 0.0)) for cut in self.cuts]

    def split(self, wish: Array, left: Sequence[Array], moved: Sequence[Array]) -> list[Array]:
        """H of the main flows and of each layer.

        Parameters
        ----------
        wish : (S, N, K) array
            What buyers want of each product, relative to base.
        left : sequence of (K,) or (1,) array
            The share of base capacity that each layer is left with; infinite where it is open.
        moved : sequence of (K,) or (1,) array
            The share of lost orders that is placed elsewhere, on links that are open.
        """
        if not left:
            return [wish]
        extra, still = np.zeros_like(wish), self.W[0][:, :, None]
        capped = []
        for W, c, phi in zip(self.W[1:], left, moved, strict=True):
            H = np.minimum(wish, c)
            capped.append(H)
            extra += (phi * W[:, :, None]) * (wish - H)
            still = still + W[:, :, None] * np.isinf(c)
        still = np.broadcast_to(still, wish.shape)
        pooled = wish + np.divide(extra, still, out=np.zeros_like(extra), where=still > 0)
        layers = [np.where(np.isinf(c), pooled, H) for H, c in zip(capped, left, strict=True)]
        return [pooled, *layers]

    def demand(self, H: Sequence[Array]) -> list[Array]:
        """(n, K) orders that reach each industry, from the buyers of each rank."""
        total = []
        for p, cols in enumerate(self.columns):
            parts = [layer[p].demand(h[:, cols]) for layer, h in zip(self.flows, H, strict=True)]
            total.append(sum(parts[1:], parts[0]))
        return total

    def received(self, H: Sequence[Array], rho: Sequence[Array]) -> Array:
        """(S, N, K) what each buyer gets of each product, from the shares ρ of each rank."""
        out = np.empty(H[0].shape)
        for p, cols in enumerate(self.columns):
            parts = [
                layer[p].received(rho[p]) * h[:, cols]
                for layer, h in zip(self.flows, H, strict=True)
            ]
            out[:, cols] = sum(parts[1:], parts[0])
        return out

    def orders(self, rows: IntArray, H: Sequence[Array], lane: int) -> Array:
        """(m, N) orders that some industries hold, buyer by buyer."""
        product = self.economy.product[rows]
        found = self.main[rows] * H[0][product, :, lane]
        for cut, h in zip(self._cut_rows, H[1:], strict=True):
            found += cut[rows].toarray() * h[product, :, lane]
        return found
