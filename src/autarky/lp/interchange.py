"""A program for reading, and for other tools: the LP format and linopy.

May import `errors` and its own folder; linopy and xarray inside functions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from autarky.errors import MissingExtraError
from autarky.lp.arrays import Arrays
from autarky.lp.blocks import Block

if TYPE_CHECKING:
    from autarky.lp.program import Program

Array = NDArray[np.float64]


def text(program: Program, rows: Block | None) -> str:
    """The program in the LP format, with labels for names; of the rows only those of a block."""
    arrays = program.arrays()
    A = sparse.csr_array(arrays.A)
    A.sort_indices()
    names = [b.label(i) for b in program.variable_blocks.values() for i in range(b.size)]
    titles = [b.label(i) for b in program.row_blocks.values() for i in range(b.size)]
    lines = ["min" if arrays.sign > 0 else "max", f"  {_sum(arrays.cost, names)}", "st"]
    chosen = range(A.shape[0]) if rows is None else rows.index.ravel()
    for i in map(int, chosen):
        part = slice(A.indptr[i], A.indptr[i + 1])
        left = _sum(A.data[part], [names[j] for j in A.indices[part]])
        lines.append(f"  {titles[i]}: {_between(arrays.low[i], left, arrays.high[i])}")
    lines.append("bounds")
    for name, low, high in zip(names, arrays.lower, arrays.upper, strict=True):
        if low != 0 or np.isfinite(high):
            lines.append(f"  {_between(low, name, high)}")
    whole = [name for name, is_whole in zip(names, arrays.integer, strict=True) if is_whole]
    if whole:
        lines += ["general", f"  {' '.join(whole)}"]
    return "\n".join([*lines, "end", ""])


def to_linopy(program: Program) -> Any:
    """The same program as a `linopy.Model`: variables and rows by block, with their labels.

    Raises
    ------
    MissingExtraError
        linopy is not installed.
    """
    try:
        linopy, xarray = import_module("linopy"), import_module("xarray")
    except ImportError:
        raise MissingExtraError(
            "to_linopy needs linopy and xarray, which are not installed: pip install linopy"
        ) from None
    arrays = program.arrays()
    model = linopy.Model()

    def labelled(values: Array, block: Block) -> Any:
        coords = {name: list(labels) for name, labels in block.dims.items()}
        return xarray.DataArray(values, coords=coords, dims=list(block.dims))

    for block in program.variable_blocks.values():
        model.add_variables(
            labelled(arrays.lower[block.index], block),
            labelled(arrays.upper[block.index], block),
            name=block.name,
            integer=bool(block.size and arrays.integer[block.index.flat[0]]),
        )
    # Blocks follow each other here as there: the place of a variable gives its number there.
    numbers = np.concatenate([one.labels.values.ravel() for _, one in model.variables.items()])
    A = sparse.csr_array(arrays.A)
    for block in program.row_blocks.values():
        data = xarray.Dataset(*_padded(A[block.index.ravel()], block, numbers))
        left = linopy.LinearExpression(data, model)
        for name, sign, side in _one_sided(arrays, block):
            there = np.isfinite(side)
            model.add_constraints(
                left,
                sign,
                labelled(np.where(there, side, 0.0), block),
                name=name,
                mask=labelled(there, block),
            )
    used = np.flatnonzero(arrays.cost)
    terms = {"coeffs": ("_term", arrays.cost[used]), "vars": ("_term", numbers[used])}
    objective = linopy.LinearExpression(xarray.Dataset(terms), model)
    model.add_objective(objective, sense="min" if arrays.sign > 0 else "max")
    return model


def _one_sided(arrays: Arrays, block: Block) -> list[tuple[str, str, Array]]:
    """(name, sign, side): rows with two different sides become two blocks."""
    low, high = arrays.low[block.index], arrays.high[block.index]
    if np.array_equal(low, high):
        return [(block.name, "=", low)]
    if not np.isfinite(low).any():
        return [(block.name, "<=", high)]
    if not np.isfinite(high).any():
        return [(block.name, ">=", low)]
    return [(block.name, ">=", low), (f"{block.name}_at_most", "<=", high)]


def _padded(rows: Any, block: Block, numbers: NDArray[Any]) -> tuple[dict, dict]:
    """Variables and coordinates of the terms of a block of rows, padded to the longest row."""
    counts = np.diff(rows.indptr)
    width = max(int(counts.max(initial=0)), 1)
    coefficients = np.full((block.size, width), np.nan)
    variables = np.full((block.size, width), -1, dtype=np.int64)
    row = np.repeat(np.arange(block.size), counts)
    place = np.arange(rows.nnz) - np.repeat(rows.indptr[:-1], counts)
    coefficients[row, place], variables[row, place] = rows.data, numbers[rows.indices]
    shape, dims = (*block.shape, width), [*block.dims, "_term"]
    found = {
        "coeffs": (dims, coefficients.reshape(shape)),
        "vars": (dims, variables.reshape(shape)),
    }
    return found, {name: list(labels) for name, labels in block.dims.items()}


def _between(low: float, left: str, high: float) -> str:
    if low == high:
        return f"{left} = {_number(low)}"
    if np.isfinite(low) and np.isfinite(high):
        return f"{_number(low)} <= {left} <= {_number(high)}"
    if np.isfinite(low):
        return f"{left} >= {_number(low)}"
    return f"{left} <= {_number(high)}" if np.isfinite(high) else f"{left} free"


def _sum(values: Array, names: list[str]) -> str:
    parts = []
    for value, name in zip(values, names, strict=True):
        if value == 0:
            continue
        sign = "-" if value < 0 else "+"
        size = "" if abs(value) == 1 else f"{_number(abs(value))} "
        parts.append(f"{sign} {size}{name}")
    return " ".join(parts).removeprefix("+ ") or "0"


def _number(value: float) -> str:
    return f"{value:.10g}"
