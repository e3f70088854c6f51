"""Base flows in the order in which a day reads them: product by product, buyer by buyer.

With orders O_ij = B_ij H_{s(i)j} the matrix of orders never exists: one number H for each product
and buyer stands for all orders of that pair, and a day is one pass over the cells of B that are
not zero. May import nothing of the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

Engine = Literal["auto", "gemm", "fused"]

#: Above this share of cells that are not zero matrix products are faster than one pass (measured).
DENSE = 0.6


class Cells(NamedTuple):
    """Cells of the (n, N) base flows that are not zero, sorted by product, then by buyer.

    Attributes
    ----------
    start : (S·N + 1,) int array
        Where the cells of product s and buyer b begin, at s·N + b.
    row : (c,) int array
        The supplier, among suppliers sorted by product.
    flow : (c,) array [money/day]
    layer : (c,) int array
        0 for a flow that nothing cuts, else 1 + its layer of cuts.
    mixed : (S·N,) bool array
        Pairs of product and buyer with a cell in a layer of cuts.
    """

    start: NDArray[np.int64]
    row: NDArray[np.int32]
    flow: Array
    layer: NDArray[np.int16]
    mixed: NDArray[np.bool_]


class Rows(NamedTuple):
    """The same cells by supplier, those with the largest flow first.

    Attributes
    ----------
    bounds : (S + 1,) int array
        Where the suppliers of each product begin, among those sorted by product.
    industry : (n,) int array
        Which they are.
    start : (n + 1,) int array
        Where the cells of a supplier begin in `cell`.
    cell : (c,) int array
        Positions in `Cells`.
    pair : (c,) int array
        s·N + b of each cell of `Cells`.
    """

    bounds: IntArray
    industry: IntArray
    start: NDArray[np.int64]
    cell: NDArray[np.int64]
    pair: NDArray[np.int64]


class Sales(NamedTuple):
    """Cells of pairs that no cut touches, supplier by supplier, sorted by product: for one lane.

    Attributes
    ----------
    bounds : (S + 1,) int array
        Where the suppliers of each product begin.
    start : (n + 1,) int array
        Where the cells of a supplier begin.
    buyer : (c,) int array
    flow : (c,) array [money/day]
    """

    bounds: IntArray
    start: NDArray[np.int64]
    buyer: NDArray[np.int32]
    flow: Array


@dataclass(frozen=True, eq=False)
class Flows:
    """Who buys what from whom.

    Parameters
    ----------
    B : (n, N) array [money/day]
        Base flows to N buyers, the n industries first.
    product : (n,) int array
        What each industry makes.
    S : int
    label : (n, N) int array or None
        The layer of cuts of each cell: 0 where nothing cuts it, else 1 …
    engine : {"auto", "gemm", "fused"}
    """

    B: Array
    product: IntArray
    S: int
    label: NDArray[np.int16] | None = None
    engine: Engine = "auto"

    @cached_property
    def order(self) -> IntArray:
        """(n,) suppliers sorted by product."""
        return np.argsort(self.product, kind="stable")

    @cached_property
    def place(self) -> IntArray:
        """(n,) where each supplier stands among those sorted by product."""
        place = np.empty_like(self.order)
        place[self.order] = np.arange(self.order.size)
        return place

    @cached_property
    def bounds(self) -> IntArray:
        """(S + 1,) where the suppliers of each product begin among those sorted by product."""
        counts = np.bincount(self.product, minlength=self.S)
        return np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def cells(self) -> Cells:
        """All cells, compressed."""
        return self._compressed(self.B)

    @cached_property
    def touched(self) -> Cells:
        """Cells of pairs of product and buyer that a cut touches."""
        kept = np.zeros_like(self.B)
        if self.label is not None:
            for s in range(self.S):
                rows = self.order[self.bounds[s] : self.bounds[s + 1]]
                buyers = np.flatnonzero(self.label[rows].any(axis=0))
                kept[np.ix_(rows, buyers)] = self.B[np.ix_(rows, buyers)]
        return self._compressed(kept)

    def _compressed(self, B: Array) -> Cells:
        N, label = self.B.shape[1], self.label
        counts, rows, flow, layers = [], [], [], []
        for s in range(self.S):
            members = self.order[self.bounds[s] : self.bounds[s + 1]]
            block = B[members].T
            buyer, at = np.nonzero(block)
            counts.append(np.bincount(buyer, minlength=N))
            rows.append((self.bounds[s] + at).astype(np.int32))
            flow.append(block[buyer, at])
            found = np.zeros(at.size, dtype=np.int16)
            layers.append(found if label is None else label[members].T[buyer, at])
        start = np.concatenate([[0], np.cumsum(np.concatenate(counts))]).astype(np.int64)
        cut_cells = np.concatenate(layers)
        mixed = np.zeros(self.S * N, dtype=np.bool_)
        at = np.searchsorted(start, np.flatnonzero(cut_cells), side="right") - 1
        mixed[at] = True
        return Cells(start, np.concatenate(rows), np.concatenate(flow), cut_cells, mixed)

    @cached_property
    def rows(self) -> Rows:
        """The cells of every supplier."""
        start, row, flow = self.cells.start, self.cells.row, self.cells.flow
        cell = np.lexsort((-flow, row)).astype(np.int64)
        counts = np.bincount(row, minlength=self.product.size)
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        pair = np.repeat(np.arange(start.size - 1, dtype=np.int64), np.diff(start))
        return Rows(self.bounds, self.order, first, cell, pair)

    @cached_property
    def sales(self) -> Sales:
        """The cells that no cut touches, by supplier."""
        mixed = self.touched.mixed.reshape(self.S, -1)
        block = np.where(mixed[self.product[self.order]], 0.0, self.B[self.order])
        supplier, buyer = np.nonzero(block)
        counts = np.bincount(supplier, minlength=self.order.size)
        start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return Sales(self.bounds, start, buyer.astype(np.int32), block[supplier, buyer])

    @cached_property
    def dense(self) -> bool:
        """Whether matrix products do the work."""
        if self.engine != "auto":
            return self.engine == "gemm"
        return bool(np.count_nonzero(self.B) > DENSE * self.B.size)

    @cached_property
    def blocks(self) -> list[Array]:
        """(n_s, N) flows of the makers of each product to buyers no cut touches, for `gemm`.

        Views of `B` where its rows are evenly spaced and nothing is cut.
        """
        N = self.B.shape[1]
        found = []
        for s in range(self.S):
            members = self.order[self.bounds[s] : self.bounds[s + 1]]
            steps = np.unique(np.diff(members))
            even = steps.size == 1
            block = self.B[members[0] : members[-1] + 1 : steps[0]] if even else self.B[members]
            mixed = self.touched.mixed[s * N : (s + 1) * N]
            if mixed.any():
                block = np.where(mixed, 0.0, block)
            found.append(block)
        return found
