"""Who buys from whom, without a matrix of orders: two passes over base flows for K lanes.

With orders O_ij = B_ij H_{s(i)j}, all that a day needs is, for each lane,

    demand_i    = Σ_j B_ij H_{s(i)j}              (n, K)
    received_sj = H_sj Σ_{i∈s} B_ij ρ_i           (S, N, K)

so the n × N matrix of orders never exists. Dense tables go through one matrix product for each
product made; sparse ones through a matrix of n rows and S·N columns, where cell (i, j) stands in
column s(i)·N + j. May import nothing of the package.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]
Engine = Literal["auto", "gemm", "sparse", "fused"]

#: Above this share of cells that are not zero a dense product is faster.
DENSE = 0.4


class Flows(Protocol):
    """Base flows of some cells, from n industries to N buyers."""

    def demand(self, H: Array) -> Array:
        """(n, K) orders that reach each industry, from H (S, N, K)."""
        ...

    def received(self, sent: Array) -> Array:
        """(S, N, K) Σ_{i∈s} B_ij sent_i, from sent (n, K); times H it is what arrives."""
        ...


class Gemm:
    """Dense: a matrix product for each product made."""

    def __init__(self, B: Array, product: IntArray, S: int) -> None:
        self._rows = [np.flatnonzero(product == s) for s in range(S)]
        self._blocks = [np.ascontiguousarray(B[rows]) for rows in self._rows]
        self._shape = B.shape

    def demand(self, H: Array) -> Array:
        """As `Flows.demand`."""
        out = np.empty((self._shape[0], H.shape[2]))
        for rows, block, h in zip(self._rows, self._blocks, H, strict=True):
            out[rows] = block @ h
        return out

    def received(self, sent: Array) -> Array:
        """As `Flows.received`."""
        out = np.empty((len(self._rows), self._shape[1], sent.shape[1]))
        for s, (rows, block) in enumerate(zip(self._rows, self._blocks, strict=True)):
            np.matmul(block.T, sent[rows], out=out[s])
        return out


class Sparse:
    """Only cells that are not zero, through scipy."""

    def __init__(self, B: Array, product: IntArray, S: int) -> None:
        from scipy.sparse import csr_array

        i, j = np.nonzero(B)
        N = B.shape[1]
        columns = product[i] * N + j
        self._matrix: Any = csr_array((B[i, j], (i, columns)), shape=(B.shape[0], S * N))
        self._back: Any = self._matrix.T.tocsr()
        self._shape = (S, N)

    def demand(self, H: Array) -> Array:
        """As `Flows.demand`."""
        return self._matrix @ H.reshape(-1, H.shape[2])

    def received(self, sent: Array) -> Array:
        """As `Flows.received`."""
        return (self._back @ sent).reshape(*self._shape, sent.shape[1])


def flows(B: Array, product: IntArray, S: int, *, engine: Engine = "auto") -> Flows:
    """Base flows B (n, N) in the form that its density asks for."""
    if engine == "auto":
        engine = "gemm" if np.count_nonzero(B) > DENSE * B.size else "sparse"
    return Gemm(B, product, S) if engine == "gemm" else Sparse(B, product, S)
