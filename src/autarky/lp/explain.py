"""Why a program has no solution, in words: who asks for how much too much, and what holds it back.

May import `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from autarky.errors import AutarkyError, ConvergenceError, InfeasibleError, UnboundedError
from autarky.lp.arrays import Arrays
from autarky.lp.blocks import Block

if TYPE_CHECKING:
    from autarky.lp.program import Program

Array = NDArray[np.float64]

_SHOWN = 4
_SMALL = 1e-7


def infeasible(
    program: Program,
    arrays: Arrays,
    *,
    otherwise: Callable[[Program, Arrays], AutarkyError] | None = None,
) -> AutarkyError:
    """The error of a program that no point satisfies.

    Parameters
    ----------
    program, arrays
    otherwise : callable, optional
        Makes the error if there is such a point after all.

    Notes
    -----
    Elastic relaxation: the least Σ_i w_i (p_i + q_i) with low ≤ Az + p − q ≤ high, where w_i is one
    over the largest coefficient of the row; firm rows have neither p nor q. Rows with p or q above
    0 ask for too much; rows and bounds with a price are what they conflict with.
    """
    crossed = _crossed(program, arrays)
    if crossed:
        return InfeasibleError(
            f"program {program.name!r} has no solution: {'; '.join(crossed[:_SHOWN])}",
            asks=crossed,
        )
    found = _elastic(arrays, firm=program.firm())
    # Identities that contradict each other leave no point: then they are relaxed too.
    found = found or _elastic(arrays, firm=np.zeros(len(arrays.low), dtype=bool))
    if found is None:
        return ConvergenceError(
            f"program {program.name!r} has no solution, and HiGHS found no reason",
            iterations=0,
            residual=float("inf"),
        )
    values, duals, reduced = found
    count = arrays.A.shape[0]
    missing = values[-2 * count : -count] - values[-count:]
    asks = _asks(program, arrays, missing)
    if not asks:
        if otherwise is not None:
            return otherwise(program, arrays)
        return ConvergenceError(
            f"HiGHS calls program {program.name!r} infeasible, but a point meets all its rows; "
            "state the program in units in which its numbers are nearer to 1",
            iterations=0,
            residual=float("inf"),
        )
    against = _against(program, arrays, missing, duals, reduced)
    text = f"program {program.name!r} has no solution: {'; '.join(asks[:_SHOWN])}"
    if len(asks) > _SHOWN:
        text += f"; and {len(asks) - _SHOWN} more"
    if against:
        text += f". Held back by {', '.join(against[: 2 * _SHOWN])}"
        text += f" and {len(against) - 2 * _SHOWN} more" if len(against) > 2 * _SHOWN else ""
    return InfeasibleError(
        f"{text}. Ask for less, or relax one of these", asks=asks, against=against
    )


def unbounded(program: Program, arrays: Arrays) -> UnboundedError:
    """The error of a program whose objective improves without end.

    Notes
    -----
    The way is the best ray: min cᵀr with Ar and r on the finite sides only and |r| ≤ 1.
    """
    ray = _ray(arrays)
    order = np.argsort(-np.abs(ray))
    along = [program.column_label(int(j)) for j in order if abs(ray[j]) > _SMALL]
    verb = "fall" if arrays.sign > 0 else "rise"
    more = f" and {len(along) - 2 * _SHOWN} more" if len(along) > 2 * _SHOWN else ""
    return UnboundedError(
        f"the objective of program {program.name!r} can {verb} without end, along "
        f"{', '.join(along[: 2 * _SHOWN])}{more}; one of them needs a bound",
        along=along,
    )


def _crossed(program: Program, arrays: Arrays) -> list[str]:
    """Bounds and sides that exclude each other on their own."""
    found = []
    pairs = (
        (arrays.lower, arrays.upper, program.variable_blocks),
        (arrays.low, arrays.high, program.row_blocks),
    )
    for low, high, blocks in pairs:
        for position in map(int, np.flatnonzero(low > high)):
            block, flat = _locate(blocks, position)
            found.append(
                f"{block.label(flat)} must be at least {low[position]:.6g} and at most "
                f"{high[position]:.6g}{'' if block.unit == '1' else ' ' + block.unit}"
            )
    return found


def _elastic(arrays: Arrays, firm: NDArray[np.bool_]) -> tuple[Array, Array, Array] | None:
    """Values, prices of rows and reduced costs of the relaxation; no prices with whole numbers."""
    rows, columns = arrays.A.shape
    biggest = abs(arrays.A).max(axis=1).toarray().ravel() if arrays.A.nnz else np.zeros(rows)
    weight = 1.0 / np.where(biggest > 0, biggest, 1.0)
    eye = sparse.eye_array(rows, format="csc")
    relaxed = Arrays(
        A=sparse.csc_array(sparse.hstack([arrays.A, eye, -eye], format="csc")),
        cost=np.concatenate([np.zeros(columns), weight, weight]),
        lower=np.concatenate([arrays.lower, np.zeros(2 * rows)]),
        upper=np.concatenate(
            [
                arrays.upper,
                np.where(np.isfinite(arrays.low) & ~firm, np.inf, 0.0),
                np.where(np.isfinite(arrays.high) & ~firm, np.inf, 0.0),
            ]
        ),
        low=arrays.low,
        high=arrays.high,
        integer=np.concatenate([arrays.integer, np.zeros(2 * rows, dtype=bool)]),
        sign=1,
    )
    import highspy

    from autarky.lp.highs import new_highs

    highs = new_highs(relaxed)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = highs.getSolution()
    duals = np.zeros(rows) if relaxed.mixed else np.array(found.row_dual)
    reduced = relaxed.cost - relaxed.A.T @ duals
    return np.array(found.col_value), duals, reduced[:columns]


def _ray(arrays: Arrays) -> Array:
    """The direction of the steepest improvement that all rows and bounds allow for ever."""

    def cone(low: Array, high: Array) -> tuple[Array, Array]:
        return np.where(np.isfinite(low), 0.0, -np.inf), np.where(np.isfinite(high), 0.0, np.inf)

    low, high = cone(arrays.low, arrays.high)
    lower, upper = cone(arrays.lower, arrays.upper)
    directions = replace(
        arrays,
        lower=np.maximum(lower, -1.0),
        upper=np.minimum(upper, 1.0),
        low=low,
        high=high,
        integer=np.zeros_like(arrays.integer),
    )
    from autarky.lp.highs import new_highs

    highs = new_highs(directions)
    highs.run()
    return np.array(highs.getSolution().col_value)


def _asks(program: Program, arrays: Arrays, missing: Array) -> list[str]:
    found = []
    size = np.maximum(1.0, np.abs(missing).max(initial=0.0))
    order = np.argsort(-np.abs(missing), kind="stable")
    for i in map(int, order[np.abs(missing[order]) > _SMALL * size]):
        block, flat = _locate(program.row_blocks, i)
        amount, side = missing[i], arrays.low[i] if missing[i] > 0 else arrays.high[i]
        unit = "" if block.unit == "1" else f" {block.unit}"
        said = f"{block.label(flat)} asks for at least {side:.6g}{unit}, and {side - amount:.6g} is"
        if amount > 0:
            said += " the most that can be had"
        else:
            said = said.replace("asks for at least", "allows at most") + " the least that is needed"
        found.append(said)
    return found


def _against(
    program: Program, arrays: Arrays, missing: Array, duals: Array, reduced: Array
) -> list[str]:
    """Rows and bounds with a price in the relaxation, dearest first, one line a block."""
    found: list[tuple[float, str]] = []
    rows = np.flatnonzero((np.abs(duals) > _SMALL) & (np.abs(missing) <= _SMALL))
    # A price on a bound of 0 only says that nothing is made of what cannot be less than nothing.
    side = np.where(reduced > 0, arrays.lower, arrays.upper)
    columns = np.flatnonzero((np.abs(reduced) > _SMALL) & np.isfinite(side) & (side != 0))
    lower = columns[reduced[columns] > 0]
    upper = columns[reduced[columns] < 0]
    groups = (
        (rows, duals, program.row_blocks, ""),
        (upper, reduced, program.variable_blocks, "the upper bound of "),
        (lower, reduced, program.variable_blocks, "the lower bound of "),
    )
    for positions, prices, blocks, prefix in groups:
        for block in blocks.values():
            if not block.size:
                continue
            first = int(block.index.flat[0])
            inside = positions[(positions >= first) & (positions < first + block.size)]
            if inside.size:
                price = np.abs(prices[inside])
                label = block.label(int(inside[np.argmax(price)]) - first)
                more = f" (and {inside.size - 1} more)" if inside.size > 1 else ""
                found.append((float(price.max()), f"{prefix}{label}{more}"))
    return [text for _, text in sorted(found, key=lambda one: -one[0])]


def _locate(blocks: dict[str, Block], position: int) -> tuple[Block, int]:
    for block in blocks.values():
        first = int(block.index.flat[0]) if block.size else -1
        if first <= position < first + block.size:
            return block, position - first
    raise IndexError(position)
