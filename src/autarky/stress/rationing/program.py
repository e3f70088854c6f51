"""The window LP as arrays with names: who may deliver to whom, out of what.

May import `errors`, and `base` and `window` of its own folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from autarky.lp.program import linear, number
from autarky.stress.rationing.base import Base
from autarky.stress.rationing.window import Window

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

#: Digits of numbers in the text of a program.
_DIGITS = 10
#: What may pass from a maker to a user: nothing, anything, or what is left of a limited flow.
_NONE, _FREE, _LIMITED = 0, 1, 2


@dataclass(frozen=True)
class Program:
    """min cᵀz + c0 with low ≤ Az ≤ high, 0 ≤ z ≤ upper; rows and columns have names.

    Attributes
    ----------
    A : (m, k) sparse array
    cost, upper : (k,) array
    low, high : (m,) array
    columns, rows : tuple of str
        "output(DEU,c1)", "supply(DEU,c1)".
    shortage : (S, R) int array
        Column of each shortage; −1 where nothing is asked for.
    cuts : (C, 2) int array
        (maker, buying region) of each limited flow, in the order of `cut_rows`.
    cut_rows : (C,) int array
        Row of each limited flow.
    """

    A: sparse.csc_array
    cost: Array
    upper: Array
    low: Array
    high: Array
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    shortage: Ints
    cuts: Ints
    cut_rows: Ints

    def text(self, kind: str = "") -> str:
        """The program for reading, in the LP format; of the rows only those of a kind, if given.

        Parameters
        ----------
        kind : str
            "supply", "pool", "input", "cut" or "release".
        """
        chosen = [i for i, name in enumerate(self.rows) if name.startswith(kind)]
        A = sparse.csr_array(self.A)
        lines = ["min", f"  loss: {linear(self.cost, self.columns, _DIGITS)}", "st"]
        for i in chosen:
            row = slice(A.indptr[i], A.indptr[i + 1])
            names = [self.columns[j] for j in A.indices[row]]
            sign, side = ("<=", self.high[i]) if np.isfinite(self.high[i]) else (">=", self.low[i])
            body = linear(A.data[row], names, _DIGITS)
            lines.append(f"  {self.rows[i]}: {body} {sign} {number(side, _DIGITS)}")
        lines.append("bounds")
        for name, upper in zip(self.columns, self.upper, strict=True):
            if np.isfinite(upper):
                lines.append(f"  0 <= {name} <= {number(upper, _DIGITS)}")
        return "\n".join([*lines, "end", ""])


@dataclass
class _Draft:
    """Rows and columns while they are added."""

    rows: list[str] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    cells: list[tuple[int, int, float]] = field(default_factory=list)

    def row(self, name: str, *, low: float = -np.inf, high: float = np.inf) -> int:
        self.rows.append(name)
        self.low.append(low)
        self.high.append(high)
        return len(self.rows) - 1

    def column(self, name: str, entries: Sequence[tuple[int, float]], upper: float = np.inf) -> int:
        self.columns.append(name)
        self.upper.append(upper)
        at = len(self.columns) - 1
        self.cells += [(row, at, value) for row, value in entries]
        return at


@dataclass(frozen=True)
class _Pool:
    """Users of a product that have the same suppliers, free and limited alike."""

    product: int
    number: int
    suppliers: Ints
    codes: NDArray[np.int8]
    industries: Ints
    regions: Ints
    home: int  # the region of all users where it matters, else −1


def program(base: Base, limits: Window, weights: Array, scale: float) -> Program:
    """The window LP.

    Parameters
    ----------
    base, limits
    weights : (R,) array
        Weight of each region's shortage in the loss [1].
    scale : float
        Money that one unit of a column stands for; sizes near 1 keep the solver accurate.

    Notes
    -----
    Free links have neither cost nor limit, so users of a product with the same set of suppliers
    share one pool that each supplier delivers to: any split of the pool is a set of flows on
    existing links, and the reverse. A dense table has one pool per product, however many buyers;
    users of a limited flow, or of a strategic stock, have pools by region.
    """
    draft = _Draft()
    builder = _Builder(base, limits, scale, draft)
    builder.industries()
    for pool in _pools(base, limits, builder.inputs):
        builder.pool(pool)
    return _finish(draft, weights, builder.shortage, builder.cut_rows)


class _Builder:
    """Adds what industries and pools mean to a draft."""

    def __init__(self, base: Base, limits: Window, scale: float, draft: _Draft) -> None:
        self.base, self.limits, self.scale, self.draft = base, limits, scale, draft
        self.names = [f"{r},{s}" for r, s in zip(*base.industries.columns(), strict=True)]
        self.regions, self.sectors = base.regions.labels, base.sectors.labels
        self.shortage = np.full((len(self.sectors), len(self.regions)), -1, dtype=np.intp)
        self.cut_rows: dict[tuple[int, int], int] = {}
        self.supply: dict[int, int] = {}
        self.inputs: dict[tuple[int, int], int] = {}
        self.releases = {
            (int(s), int(r)): draft.row(
                f"release({self.regions[r]},{self.sectors[s]})", high=limits.release[s, r] / scale
            )
            for s, r in np.argwhere(limits.release > 0)
        }

    def industries(self) -> None:
        """Supply, inputs and output of every industry."""
        base, limits, draft = self.base, self.limits, self.draft
        made: dict[int, list[tuple[int, float]]] = {}
        for s, j in _needs(base, limits):
            name = f"input({self.sectors[s]}->{self.names[j]})"
            row = draft.row(name, high=limits.usable[s, j] / self.scale)
            self.inputs[s, j] = row
            made.setdefault(j, []).append((row, float(base.recipe[s, j])))
        for j in map(int, np.flatnonzero(base.x > 0)):
            self.supply[j] = draft.row(f"supply({self.names[j]})", high=0.0)
            entries = [(self.supply[j], -1.0), *made.get(j, [])]
            draft.column(f"output({self.names[j]})", entries, limits.output[j] / self.scale)

    def pool(self, pool: _Pool) -> None:
        """Deliveries to a pool, and what its users draw or go short of."""
        draft, s = self.draft, pool.product
        called = f"{self.sectors[s]}#{pool.number}"
        asked = self.limits.demand[s, pool.regions] / self.scale
        row = draft.row(f"pool({called})", low=float(asked.sum()))
        for i, code in zip(map(int, pool.suppliers), pool.codes, strict=True):
            entries = [(self.supply[i], 1.0), (row, 1.0)]
            if code == _LIMITED:
                entries.append((self._cut(i, pool.home), 1.0))
            draft.column(f"deliver({self.names[i]}->{called})", entries)
        for j in map(int, pool.industries):
            entries = [(self.inputs[s, j], -1.0), (row, -1.0)]
            draft.column(f"draw({self.sectors[s]}->{self.names[j]})", entries)
        for r, amount in zip(map(int, pool.regions), asked, strict=True):
            name = f"shortage({self.regions[r]},{self.sectors[s]})"
            self.shortage[s, r] = draft.column(name, [(row, 1.0)], float(amount))
        if (s, pool.home) in self.releases:
            entries = [(self.releases[s, pool.home], 1.0), (row, 1.0)]
            draft.column(f"use_stock({called})", entries)

    def _cut(self, maker: int, buyer: int) -> int:
        """The row of a limited flow."""
        if (maker, buyer) not in self.cut_rows:
            name = f"cut({self.names[maker]}->{self.regions[buyer]})"
            high = self.limits.flow[maker, buyer] / self.scale
            self.cut_rows[maker, buyer] = self.draft.row(name, high=high)
        return self.cut_rows[maker, buyer]


def _finish(
    draft: _Draft, weights: Array, shortage: Ints, cut_rows: dict[tuple[int, int], int]
) -> Program:
    cost = np.zeros(len(draft.columns))
    s, r = np.nonzero(shortage >= 0)
    cost[shortage[s, r]] = weights[r]
    i, j, value = (np.array(part) for part in zip(*draft.cells, strict=True))
    A = sparse.csc_array((value, (i, j)), shape=(len(draft.rows), len(draft.columns)))
    return Program(
        A=A,
        cost=cost,
        upper=np.array(draft.upper),
        low=np.array(draft.low),
        high=np.array(draft.high),
        columns=tuple(draft.columns),
        rows=tuple(draft.rows),
        shortage=shortage,
        cuts=np.array(list(cut_rows), dtype=np.intp).reshape(-1, 2),
        cut_rows=np.array(list(cut_rows.values()), dtype=np.intp),
    )


def _needs(base: Base, limits: Window) -> list[tuple[int, int]]:
    """(product, industry) where the input can bind: stocks do not cover the most that is made."""
    most = base.recipe * limits.output
    return [(int(s), int(j)) for s, j in np.argwhere((most > limits.usable) & (base.recipe > 0))]


def _pools(base: Base, limits: Window, inputs: dict[tuple[int, int], int]) -> Iterator[_Pool]:
    """Users of every product, grouped by whom they can buy from."""
    R, n = len(base.regions), len(base.x)
    region = np.concatenate([base.industries.region_of, np.arange(R)])
    for s in range(len(base.sectors)):
        makers = np.flatnonzero((base.industries.sector_of == s) & (base.x > 0))
        wanted = [j for j in range(n) if (s, j) in inputs]
        users = np.array([*wanted, *(n + np.flatnonzero(limits.demand[s] > 0))], dtype=np.intp)
        if not users.size:
            continue
        linked = np.hstack([base.Z[makers], base.Y[makers]])[:, users] > 0
        limited = limits.cut[makers][:, region[users]]
        codes = np.where(linked, np.where(limited, _LIMITED, _FREE), _NONE).astype(np.int8)
        # The region matters to a user of a limited flow and to one with a strategic stock.
        apart = (codes == _LIMITED).any(axis=0) | (limits.release[s, region[users]] > 0)
        home = np.where(apart, region[users], -1)
        kinds, group = np.unique(np.vstack([home, codes]), axis=1, return_inverse=True)
        for k in range(kinds.shape[1]):
            code = kinds[1:, k].astype(np.int8)
            members = users[group.reshape(-1) == k]
            yield _Pool(
                product=s,
                number=k + 1,
                suppliers=makers[code > _NONE],
                codes=code[code > _NONE],
                industries=members[members < n],
                regions=members[members >= n] - n,
                home=int(kinds[0, k]),
            )
