"""Blocks of variables and the terms they make in rows; dimensions are matched by name.

May import `axes` and `errors`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from autarky.axes import Axis
from autarky.errors import OptionError

Array = NDArray[np.float64]
Ints = NDArray[np.int32]
Dims = dict[str, tuple[str, ...]]
#: (row, column, value) of coefficients.
Cells = tuple[Ints, Ints, Array]


@dataclass(frozen=True, eq=False)
class Block:
    """Positions of variables or rows, one axis for each labelled dimension.

    Attributes
    ----------
    name : str
    dims : dict of str to tuple of str
        Labels of each axis.
    index : int array
        Position of each entry in the program.
    unit : str
    rows : bool
        Whether it is a block of rows; those make no terms.

    Notes
    -----
    `each`, `through` and `at` turn a block into terms. ``2 * block`` is ``block.each(2)``.
    """

    name: str
    dims: Dims
    index: Ints
    unit: str = "1"
    rows: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Entries along each dimension."""
        return self.index.shape

    @property
    def size(self) -> int:
        """Number of entries."""
        return self.index.size

    def each(self, coefficient: ArrayLike = 1.0, *, lag: int = 0, over: str = "time") -> Term:
        """Every entry times a coefficient, in the row with the same labels.

        Where the rows have a dimension that the block does not have, the entry stands in each of
        those rows; where the block has one that the rows do not have, its entries are added up.

        Parameters
        ----------
        coefficient : number or array
            Broadcast against the dimensions of the rows, then those of the block alone.
        lag : int
            The row at place t of dimension `over` takes the entry at t − lag; where there is none
            the row has no such term.
        over : str
            The dimension of the lag.
        """
        value = _finite(coefficient, f"a coefficient of {self.name}")
        return Term(self, _Each(value, lag, over))

    def through(
        self,
        matrix: ArrayLike | sparse.sparray,
        dim: str,
        to: str | None = None,
        *,
        weights: ArrayLike = 1.0,
        lag: int = 0,
        over: str = "time",
    ) -> Term:
        """A matrix applied along one dimension: Σ_j M_ij w_j z_j in row i.

        Parameters
        ----------
        matrix : (I, J) array or sparse array
            Rows are labels of `to` in the rows, columns labels of `dim` in the block.
        dim, to : str
            Dimension of the block that is summed over, and of the rows that it leads to; the same
            name if `to` is not given. All other dimensions are matched as by `each`.
        weights : number or array
            w, broadcast against the dimensions of the block.
        lag, over
            As in `each`.
        """
        self._needs(dim)
        coo = sparse.coo_array(matrix)
        if coo.ndim != 2 or coo.shape[1] != len(self.dims[dim]):
            raise OptionError(
                f"the matrix of {self.name} along {dim!r} has shape {coo.shape}; it needs "
                f"{len(self.dims[dim])} columns"
            )
        values = _finite(coo.data, f"the matrix of {self.name}")
        scales = _finite(weights, f"the weights of {self.name}")
        kind = _Through(
            rows=coo.coords[0].astype(np.int32),
            columns=coo.coords[1].astype(np.int32),
            values=values,
            count=int(coo.shape[0]),
            dim=dim,
            to=to or dim,
            weights=_broadcast(scales, self.shape, f"the weights of {self.name}"),
            plain=scales.ndim == 0 and float(scales) == 1.0,
            lag=lag,
            over=over,
        )
        return Term(self, kind)

    def at(self, rows: ArrayLike, columns: ArrayLike, values: ArrayLike) -> Term:
        """Coefficients by flat positions inside the rows' block and inside this one.

        Parameters
        ----------
        rows, columns : int arrays
            Positions in row-major order of the labels.
        values : array
        """
        row, column, value = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        _finite(value, f"a coefficient of {self.name}")
        return Term(self, _At(row.ravel(), column.ravel(), value.ravel()))

    def only(self, **labels: str | Iterable[str]) -> Block:
        """The part with some labels: one label drops its dimension, several keep it.

        Examples
        --------
        ``capital.only(time="2011")``, ``imports.only(sector=("c2", "c8"))``
        """
        dims, index = dict(self.dims), self.index
        for dim, wanted in labels.items():
            self._needs(dim)
            axis = list(dims).index(dim)
            found = Axis(dim, dims[dim]).locate(_texts(wanted))
            if isinstance(wanted, str | int):
                index = index.take(int(found[0]), axis=axis)
                del dims[dim]
            else:
                index = index.take(found, axis=axis)
                dims[dim] = tuple(dims[dim][int(i)] for i in found)
        return replace(self, dims=dims, index=np.asarray(index))

    def label(self, flat: int) -> str:
        """Name and labels of one entry: "output[2011, c14]"."""
        if not self.dims:
            return self.name
        at = np.unravel_index(flat, self.shape)
        labels = (names[int(i)] for names, i in zip(self.dims.values(), at, strict=True))
        return f"{self.name}[{', '.join(labels)}]"

    def _needs(self, dim: str) -> None:
        if dim not in self.dims:
            Axis(f"dimension of {self.name}", self.dims or ["(none)"]).locate(dim)

    def __mul__(self, coefficient: ArrayLike) -> Term:
        return self.each(coefficient)

    __rmul__ = __mul__
    # Otherwise numpy would take an array times a block apart, entry by entry.
    __array_ufunc__ = None

    def __neg__(self) -> Term:
        return self.each(-1.0)


@dataclass(frozen=True, eq=False)
class Term:
    """What a block of variables adds to a block of rows."""

    block: Block
    kind: _Each | _Through | _At
    factor: float = 1.0

    def cells(self, rows: Block) -> Cells:
        """Its coefficients in the rows.

        Raises
        ------
        OptionError
            The dimensions of block and rows do not fit.
        """
        row, column, value = self.kind.cells(self.block, rows)
        return row, column, value if self.factor == 1.0 else self.factor * value

    def __mul__(self, factor: float) -> Term:
        return replace(self, factor=self.factor * float(factor))

    __rmul__ = __mul__

    def __neg__(self) -> Term:
        return self * -1.0


@dataclass(frozen=True, eq=False)
class _Each:
    coefficient: Array
    lag: int
    over: str

    def cells(self, block: Block, rows: Block) -> Cells:
        _same_labels(block, rows)
        joint = [*rows.dims, *(dim for dim in block.dims if dim not in rows.dims)]
        row = _spread(rows, joint)
        column = _spread(block, joint)
        shape = np.broadcast_shapes(row.shape, column.shape)
        what = f"a coefficient of {block.name} in {rows.name}"
        value = _broadcast(self.coefficient, shape, what)
        keep = _lagged(block, rows, joint, self.lag, self.over)
        row, column = np.broadcast_to(row, shape), np.broadcast_to(column, shape)
        # Of a lag, rows lose their first places and variables their last.
        row, column, value = row[keep[0]].ravel(), column[keep[1]].ravel(), value[keep[0]].ravel()
        if self.coefficient.ndim:
            full = value != 0.0
            if not full.all():
                row, column, value = row[full], column[full], value[full]
        return row, column, value


@dataclass(frozen=True, eq=False)
class _Through:
    rows: Ints
    columns: Ints
    values: Array
    count: int
    dim: str
    to: str
    weights: Array
    plain: bool
    lag: int
    over: str

    def cells(self, block: Block, rows: Block) -> Cells:
        self._refuse(block, rows)
        others = [dim for dim in rows.dims if dim != self.to]
        others += [dim for dim in block.dims if dim != self.dim and dim not in others]
        row = _spread(rows, [*others, self.to]).take(self.rows, axis=-1)
        column = _spread(block, [*others, self.dim]).take(self.columns, axis=-1)
        shape = np.broadcast_shapes(row.shape, column.shape)
        value = np.broadcast_to(self.values, shape)
        if not self.plain:
            weights = _moved(self.weights, block.dims, [*others, self.dim])
            value = value * weights.take(self.columns, axis=-1)
        keep = _lagged(block, rows, [*others, ""], self.lag, self.over)
        row, column = np.broadcast_to(row, shape)[keep[0]], np.broadcast_to(column, shape)[keep[1]]
        return row.ravel(), column.ravel(), value[keep[1]].ravel()

    def _refuse(self, block: Block, rows: Block) -> None:
        if self.to not in rows.dims:
            raise OptionError(f"{block.name} leads to {self.to!r}, which {rows.name} does not have")
        if self.count != len(rows.dims[self.to]):
            raise OptionError(
                f"the matrix of {block.name} has {self.count} rows; {self.to!r} of {rows.name} has "
                f"{len(rows.dims[self.to])} labels"
            )
        if self.dim != self.to and (self.to in block.dims or self.dim in rows.dims):
            raise OptionError(
                f"{block.name} in {rows.name}: {self.dim!r} and {self.to!r} stand on both sides, "
                "so it is not clear what the matrix sums over; rename one"
            )
        _same_labels(block, rows, but=(self.dim, self.to) if self.dim == self.to else ())


@dataclass(frozen=True, eq=False)
class _At:
    rows: NDArray[Any]
    columns: NDArray[Any]
    values: Array

    def cells(self, block: Block, rows: Block) -> Cells:
        for places, of in ((self.rows, rows), (self.columns, block)):
            if places.size and (places.min() < 0 or places.max() >= of.size):
                raise OptionError(f"a position in {of.name} lies outside 0 … {of.size - 1}")
        return rows.index.ravel()[self.rows], block.index.ravel()[self.columns], self.values


def read_dims(dims: Mapping[str, Iterable[Any]] | None, what: str) -> Dims:
    """Labels as text, checked: unique and not empty.

    Raises
    ------
    OptionError
        A dimension has no labels, or one twice.
    """
    found: Dims = {}
    for name, labels in (dims or {}).items():
        texts = tuple(_texts(labels))
        if not texts or len(set(texts)) < len(texts):
            raise OptionError(
                f"dimension {name!r} of {what} needs labels, each once; it has {texts}"
            )
        found[name] = texts
    return found


def _texts(labels: Any) -> list[str]:
    return [str(labels)] if isinstance(labels, str | int) else [str(one) for one in labels]


def finite_or(value: ArrayLike, shape: tuple[int, ...], what: str) -> Array:
    """Numbers broadcast to a shape; infinite ones pass, NaN does not."""
    array = np.asarray(value, dtype=np.float64)
    if np.isnan(array).any():
        raise OptionError(f"{what} has NaN")
    return _broadcast(array, shape, what)


def _finite(value: ArrayLike, what: str) -> Array:
    array = np.asarray(value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise OptionError(f"{what} is not finite")
    return array


def _broadcast(value: Array, shape: tuple[int, ...], what: str) -> Array:
    try:
        return np.broadcast_to(value, shape)
    except ValueError:
        raise OptionError(f"{what} has shape {value.shape}, which does not fit {shape}") from None


def _spread(block: Block, joint: list[str]) -> Ints:
    """Positions with the axes of `joint`, of length 1 where the block has no such dimension."""
    return _moved(block.index, block.dims, joint)


def _moved(values: NDArray[Any], dims: Dims, joint: list[str]) -> NDArray[Any]:
    names = list(dims)
    order = [names.index(dim) for dim in joint if dim in dims]
    moved = values.transpose(order)
    sizes = iter(moved.shape)
    return moved.reshape([next(sizes) if dim in dims else 1 for dim in joint])


def _same_labels(block: Block, rows: Block, but: Iterable[str] = ()) -> None:
    skipped = set(but)
    for dim, labels in block.dims.items():
        if dim in rows.dims and dim not in skipped and rows.dims[dim] != labels:
            raise OptionError(
                f"{dim!r} of {block.name} has other labels than {dim!r} of {rows.name}: "
                f"{_few(labels)} against {_few(rows.dims[dim])}"
            )


def _few(labels: tuple[str, ...]) -> str:
    return ", ".join(labels[:4]) + (f", … ({len(labels)})" if len(labels) > 4 else "")


def _lagged(
    block: Block, rows: Block, joint: list[str], lag: int, over: str
) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Slices of the rows and of the variables that a lag leaves."""
    row, column = [slice(None)] * len(joint), [slice(None)] * len(joint)
    if lag:
        if over not in joint or over not in block.dims or over not in rows.dims:
            raise OptionError(
                f"the lag of {block.name} in {rows.name} is over {over!r}, which must be a "
                "dimension of both"
            )
        axis = joint.index(over)
        row[axis] = slice(lag, None) if lag > 0 else slice(None, lag)
        column[axis] = slice(None, -lag) if lag > 0 else slice(-lag, None)
    return tuple(row), tuple(column)
