"""Writing a program: blocks of columns and rows, and coefficients between them.

May import `program` of its own folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from autarky.errors import OptionError
from autarky.lp.program import Array, Ints, Program


@dataclass
class Draft:
    """A program while it is written.

    Attributes
    ----------
    sense : {"max", "min"}
    unit : str
        Of the value.

    Examples
    --------
    >>> draft = Draft()
    >>> x = draft.columns("x", [["a", "b"]], upper=4.0, cost=1.0)
    >>> room = draft.rows("room", [["all"]], high=6.0)
    >>> draft.put(room, x, [1.0, 2.0])
    >>> print(draft.finish().text())
    max
      value: x(a) + x(b)
    st
      room(all): x(a) + 2 x(b) <= 6
    bounds
      0 <= x(a) <= 4
      0 <= x(b) <= 4
    end
    <BLANKLINE>
    """

    sense: Literal["max", "min"] = "max"
    unit: str = ""
    column_blocks: dict[str, Ints] = field(default_factory=dict)
    row_blocks: dict[str, Ints] = field(default_factory=dict)
    labels: dict[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    _columns: list[tuple[Array, Array, Array, NDArray[np.bool_]]] = field(default_factory=list)
    _rows: list[tuple[Array, Array, NDArray[np.bool_]]] = field(default_factory=list)
    _cells: list[tuple[Ints, Ints, Array]] = field(default_factory=list)
    _prices: list[tuple[Ints, float]] = field(default_factory=list)
    _lows: list[tuple[Ints, float]] = field(default_factory=list)
    _k: int = 0
    _m: int = 0

    def columns(
        self,
        name: str,
        axes: Sequence[Sequence[str]],
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        cost: ArrayLike = 0.0,
        integer: bool = False,
        unit: str = "",
    ) -> Ints:
        """Add a block of columns; its positions, in its shape.

        Raises
        ------
        OptionError
            There is a block of that name, or numbers do not fit or are NaN.
        """
        self._new(name, unit)
        shape = tuple(len(axis) for axis in axes)
        size = int(np.prod(shape, dtype=np.intp))
        ids = np.arange(self._k, self._k + size, dtype=np.int32).reshape(shape)
        full = [_full(v, shape, f"the bounds of {name}") for v in (lower, upper)]
        price = _full(cost, shape, f"the costs of {name}")
        self._columns.append((full[0], full[1], price, np.full(size, integer)))
        self.column_blocks[name], self.labels[name] = ids, axes
        self._k += size
        return ids

    def rows(
        self,
        name: str,
        axes: Sequence[Sequence[str]],
        *,
        low: ArrayLike = -np.inf,
        high: ArrayLike = np.inf,
        unit: str = "",
        firm: bool = False,
    ) -> Ints:
        """Add a block of rows; its positions, in its shape.

        Parameters
        ----------
        name : str
        axes : list of label lists
        low, high : number or array
            The sides.
        unit : str
            Of the sides.
        firm : bool
            An identity or a law of nature: where nothing meets all rows, the explanation looks for
            what could give way among the others.

        Raises
        ------
        OptionError
            There is a block of that name, or sides do not fit or are NaN.
        """
        self._new(name, unit)
        shape = tuple(len(axis) for axis in axes)
        size = int(np.prod(shape, dtype=np.intp))
        ids = np.arange(self._m, self._m + size, dtype=np.int32).reshape(shape)
        full = [_full(v, shape, f"the sides of {name}") for v in (low, high)]
        self._rows.append((full[0], full[1], np.full(size, firm)))
        self.row_blocks[name], self.labels[name] = ids, axes
        self._m += size
        return ids

    def _new(self, name: str, unit: str) -> None:
        if name in self.labels:
            raise OptionError(f"there is a block {name!r} already; a name stands for one block")
        self.units[name] = unit

    def put(self, rows: Ints, columns: Ints, values: ArrayLike) -> None:
        """Add coefficients; the three are broadcast against each other, zeros are left out.

        Raises
        ------
        OptionError
            A coefficient is NaN or infinite, or the three do not fit.
        """
        value = np.asarray(values, dtype=np.float64)
        if not np.isfinite(value).all():
            raise OptionError("a coefficient is NaN or infinite")
        try:
            i, j, full = np.broadcast_arrays(rows, columns, value)
        except ValueError:
            raise OptionError(
                f"coefficients of shape {value.shape} do not fit rows of shape {np.shape(rows)} "
                f"and columns of shape {np.shape(columns)}"
            ) from None
        if (value != 0).all():
            self._cells.append((i.reshape(-1), j.reshape(-1), full.reshape(-1)))
        else:
            keep = full != 0
            self._cells.append((i[keep], j[keep], full[keep]))

    def price(self, columns: Ints, value: float) -> None:
        """Set what some columns count in the objective."""
        self._prices.append((columns.reshape(-1), value))

    def side(self, rows: Ints, *, low: float) -> None:
        """Set the lower side of some rows."""
        self._lows.append((rows.reshape(-1), low))

    def finish(self) -> Program:
        """The program."""
        lower, upper, cost, integer = (
            np.concatenate(part) for part in zip(*self._columns, strict=True)
        )
        nothing = [(np.empty(0), np.empty(0), np.empty(0, dtype=bool))]
        low, high, firm = (np.concatenate(p) for p in zip(*(self._rows or nothing), strict=True))
        for ids, price in self._prices:
            cost[ids] = price
        for ids, side in self._lows:
            low[ids] = side
        empty = np.empty(0, dtype=np.intp)
        cells = self._cells or [(empty, empty, np.empty(0))]
        i, j, value = (np.concatenate(part) for part in zip(*cells, strict=True))
        A = sparse.csc_array((value, (i, j)), shape=(self._m, self._k))
        return Program(
            A=A,
            cost=cost,
            lower=lower,
            upper=upper,
            low=low,
            high=high,
            columns=self.column_blocks,
            rows=self.row_blocks,
            labels=self.labels,
            integer=integer,
            units=self.units,
            firm=firm,
            sense=self.sense,
            unit=self.unit,
        )


def _full(values: ArrayLike, shape: tuple[int, ...], what: str) -> Array:
    array = np.asarray(values, dtype=np.float64)
    if np.isnan(array).any():
        raise OptionError(f"{what} have NaN")
    try:
        return np.broadcast_to(array, shape).reshape(-1)
    except ValueError:
        raise OptionError(f"{what} have shape {array.shape}, which does not fit {shape}") from None
