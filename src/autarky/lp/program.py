"""A linear program as arrays, with a name for every row and column.

May import `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]


@dataclass(frozen=True, eq=False)
class Program:
    """max or min cost·z with low ≤ Az ≤ high, lower ≤ z ≤ upper.

    Attributes
    ----------
    A : (m, k) sparse array
    cost, lower, upper : (k,) array
    low, high : (m,) array
    columns, rows : mapping of block → int array
        Positions of each block, in the block's shape.
    labels : mapping of block → list of label lists
        One per axis of the block.
    integer : (k,) bool array
    units : mapping of block → str
        Of the columns, and of the sides of the rows; for the words around prices.
    firm : (m,) bool array
        Rows that an explanation of why there is no solution never gives up; none if not given.
    sense : {"max", "min"}
    unit : str
        Of the value.
    """

    A: sparse.csc_array
    cost: Array
    lower: Array
    upper: Array
    low: Array
    high: Array
    columns: Mapping[str, Ints]
    rows: Mapping[str, Ints]
    labels: Mapping[str, Sequence[Sequence[str]]]
    integer: NDArray[np.bool_]
    units: Mapping[str, str] = field(default_factory=dict)
    firm: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=bool))
    sense: Literal["max", "min"] = "max"
    unit: str = ""

    def __post_init__(self) -> None:
        missing = len(self.low) - self.firm.size
        if missing > 0:
            firm = np.concatenate([self.firm, np.zeros(missing, dtype=bool)])
            object.__setattr__(self, "firm", firm)

    @property
    def sign(self) -> int:
        """1 for a maximum, −1 for a minimum."""
        return 1 if self.sense == "max" else -1

    def column_name(self, position: int) -> str:
        """Of a column: “block(label,label)”."""
        return self._named(self.columns, position)[1]

    def row_name(self, position: int) -> str:
        """Of a row: “block(label,label)”."""
        return self._named(self.rows, position)[1]

    def column_unit(self, position: int) -> str:
        """Of a column."""
        return self.units.get(self._named(self.columns, position)[0], "")

    def row_unit(self, position: int) -> str:
        """Of the sides of a row."""
        return self.units.get(self._named(self.rows, position)[0], "")

    def row_labels(self, position: int) -> tuple[str, tuple[str, ...]]:
        """(block, labels) of a row."""
        block, _ = self._named(self.rows, position)
        return block, self._labels(self.rows, block, position)

    def _named(self, blocks: Mapping[str, Ints], position: int) -> tuple[str, str]:
        for block, ids in blocks.items():
            # Blocks are contiguous: each was written at once.
            first = int(ids.flat[0]) if ids.size else -1
            if first <= position < first + ids.size:
                inner = ",".join(self._labels(blocks, block, position))
                return block, f"{block}({inner})" if inner else block
        raise IndexError(position)

    def _labels(self, blocks: Mapping[str, Ints], block: str, position: int) -> tuple[str, ...]:
        ids = blocks[block]
        at = np.unravel_index(position - int(ids.flat[0]), ids.shape)
        axes = self.labels[block]
        return tuple(str(axis[int(i)]) for axis, i in zip(axes, at, strict=True))

    def names(self, blocks: Mapping[str, Ints], size: int) -> list[str]:
        """Of each position: “block(label,label)”."""
        out = [""] * size
        for name, ids in blocks.items():
            axes = self.labels[name]
            for index in np.ndindex(ids.shape):
                inner = ",".join(str(axis[i]) for axis, i in zip(axes, index, strict=True))
                out[int(ids[index])] = f"{name}({inner})" if inner else name
        return out

    def text(self, *kinds: str) -> str:
        """The program for reading, in the LP format; of the rows only some blocks, if given."""
        columns = self.names(self.columns, len(self.cost))
        rows = self.names(self.rows, len(self.low))
        chosen = np.concatenate([self.rows[k].reshape(-1) for k in kinds or self.rows])
        A = sparse.csr_array(self.A)
        lines = [self.sense, f"  value: {linear(self.cost, columns)}", "st"]
        used: set[int] = set()
        for i in chosen:
            part = slice(A.indptr[i], A.indptr[i + 1])
            used |= set(A.indices[part].tolist())
            body = linear(A.data[part], [columns[j] for j in A.indices[part]])
            for sign, side in _sides(self.low[i], self.high[i]):
                lines.append(f"  {rows[i]}: {body} {sign} {number(side)}")
        lines.append("bounds")
        for j in sorted(used):
            lower, upper = self.lower[j], self.upper[j]
            if lower != 0 or np.isfinite(upper):
                high = f" <= {number(upper)}" if np.isfinite(upper) else ""
                lines.append(f"  {number(lower)} <= {columns[j]}{high}")
        return "\n".join([*lines, "end", ""])


def _sides(low: float, high: float) -> Iterator[tuple[str, float]]:
    if low == high:
        yield "=", low
        return
    if np.isfinite(high):
        yield "<=", high
    if np.isfinite(low):
        yield ">=", low


def linear(values: Array, names: Sequence[str], digits: int = 8) -> str:
    """A sum of columns as text: "a + 2 b"."""
    parts = []
    for value, name in zip(values, names, strict=True):
        if value == 0:
            continue
        sign = "-" if value < 0 else "+"
        size = "" if abs(value) == 1 else f"{number(abs(value), digits)} "
        parts.append(f"{sign} {size}{name}")
    return " ".join(parts).removeprefix("+ ")


def number(value: float, digits: int = 8) -> str:
    """A number as text, with so many digits."""
    return f"{value:.{digits}g}"
