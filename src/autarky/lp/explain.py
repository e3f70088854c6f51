"""Why a program has no optimum: who asks for how much too much, or what grows without end.

May import its own folder; highspy inside functions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from autarky.lp.program import Array, Program

#: What gives way by less, relative to its row, is rounding.
_ROUNDING = 1e-7


@dataclass(frozen=True)
class Explanation:
    """The least that would have to give way.

    Attributes
    ----------
    clashes : tuple of (name, amount)
        Rows that give way and by how much, in the unit of their sides, largest first.
    sentences : tuple of str
        One for each: what it asks for, and what can be had.
    against : tuple of str
        Rows and bounds that hold them back, one line a block, tightest first.
    """

    clashes: tuple[tuple[str, float], ...]
    sentences: tuple[str, ...]
    against: tuple[str, ...]


def clashes(program: Program) -> list[tuple[str, float]]:
    """Rows that have to give way, with by how much, largest first; empty if none has to."""
    return list(explain(program).clashes)


def explain(program: Program) -> Explanation:
    """What would have to give way so that something meets all rows.

    Notes
    -----
    Every row gets a slack on each of its sides, which costs as much as the row is small (rows in
    millions and rows in shares count alike), and the cost of all slacks is least. Firm rows get
    none, unless they contradict each other. Bounds of columns stay as they are. Integer columns
    count as continuous. What has a price in this relaxation holds back those that give way.
    """
    crossed = _crossed(program)
    if crossed.clashes:
        return crossed
    size = _sizes(program)
    found = _relaxed(program, size, program.firm) if program.firm.any() else None
    found = found or _relaxed(program, size, np.zeros_like(program.firm))
    if found is None:
        return Explanation((), (), ())
    given, prices = found
    gives = np.flatnonzero(np.abs(given) > _ROUNDING * size)
    order = gives[np.argsort(-np.abs(given[gives]) / size[gives])]
    return Explanation(
        tuple((program.row_name(int(i)), float(abs(given[i]))) for i in order),
        tuple(_asks(program, int(i), float(given[i])) for i in order),
        _against(program, prices, gives) if order.size else (),
    )


def endless(program: Program) -> tuple[str, ...]:
    """Columns along which the value improves for ever, those that move most first.

    Notes
    -----
    The best direction d with |d| ≤ 1 that no row and no bound ever stops.
    """
    import highspy

    from autarky.lp.solver import pass_program

    def cone(low: Array, high: Array, most: float) -> tuple[Array, Array]:
        return np.where(np.isfinite(low), 0.0, -most), np.where(np.isfinite(high), 0.0, most)

    low, high = cone(program.low, program.high, np.inf)
    lower, upper = cone(program.lower, program.upper, 1.0)
    whole = np.zeros_like(program.integer)
    cone_of = replace(program, low=low, high=high, lower=lower, upper=upper, integer=whole)
    highs = highspy.Highs()
    pass_program(highs, cone_of)
    highs.run()
    direction = np.array(highs.getSolution().col_value)
    moved = np.flatnonzero(np.abs(direction) > _ROUNDING)
    order = moved[np.argsort(-np.abs(direction[moved]), kind="stable")]
    return tuple(program.column_name(int(j)) for j in order)


def _crossed(program: Program) -> Explanation:
    """Bounds and sides that exclude each other on their own."""
    pairs = (
        (program.lower, program.upper, program.column_name, program.column_unit),
        (program.low, program.high, program.row_name, program.row_unit),
    )
    found: list[tuple[str, float, str]] = []
    for low, high, name, unit in pairs:
        for i in map(int, np.flatnonzero(low > high)):
            words = f"must be at least {low[i]:.6g} and at most {high[i]:.6g}{_unit(unit(i))}"
            found.append((name(i), float(low[i] - high[i]), words))
    return Explanation(
        tuple((name, size) for name, size, _ in found), tuple(words for *_, words in found), ()
    )


def _sizes(program: Program) -> Array:
    """How large each row is: its sides, or its largest coefficient."""
    sides = np.where(np.isfinite(program.low), np.abs(program.low), 0.0)
    sides = np.maximum(sides, np.where(np.isfinite(program.high), np.abs(program.high), 0.0))
    if program.A.nnz:
        sides = np.maximum(sides, abs(program.A).max(axis=1).toarray().reshape(-1))
    return np.maximum(sides, 1e-9)


def _relaxed(program: Program, size: Array, firm: NDArray[np.bool_]) -> tuple[Array, Any] | None:
    """(by how much each row gives way, prices); None where firm rows leave no point.

    What is given is above 0 where less than the lower side is had, below 0 where the upper side is
    overrun.
    """
    import highspy

    from autarky.lp.solver import pass_program

    m, k = len(program.low), len(program.cost)
    eye = sparse.eye_array(m, format="csc")
    most = np.where(firm, 0.0, np.inf)
    elastic = replace(
        program,
        A=sparse.csc_array(sparse.hstack([program.A, eye, -eye], format="csc")),
        cost=np.concatenate([np.zeros(k), 1.0 / size, 1.0 / size]),
        lower=np.concatenate([program.lower, np.zeros(2 * m)]),
        upper=np.concatenate([program.upper, most, most]),
        integer=np.zeros(k + 2 * m, dtype=bool),
        sense="min",
    )
    highs = highspy.Highs()
    pass_program(highs, elastic)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    solution = highs.getSolution()
    values = np.array(solution.col_value)
    duals = np.array(solution.row_dual)
    return values[k : k + m] - values[k + m :], (duals, -(program.A.T @ duals))


def _asks(program: Program, i: int, given: float) -> str:
    unit = _unit(program.row_unit(i))
    if given > 0:
        side = program.low[i]
        return f"asks for at least {side:.6g}{unit}, and {side - given:.6g} can be had"
    side = program.high[i]
    return f"allows at most {side:.6g}{unit}, and {side - given:.6g} is needed"


def _against(program: Program, prices: Any, gives: NDArray[np.intp]) -> tuple[str, ...]:
    """Rows and bounds with a price, dearest first, one line for each block."""
    duals, reduced = prices
    duals = np.array(duals)
    duals[gives] = 0.0
    side = np.where(reduced > 0, program.lower, program.upper)
    # A price on a bound of 0 only says that nothing can be less than nothing.
    reduced = np.where(np.isfinite(side) & (side != 0), reduced, 0.0)
    found: list[tuple[float, str]] = []
    for blocks, values, name, words in (
        (program.rows, np.abs(duals), program.row_name, ""),
        (program.columns, -np.minimum(reduced, 0.0), program.column_name, "the upper bound of "),
        (program.columns, np.maximum(reduced, 0.0), program.column_name, "the lower bound of "),
    ):
        for ids in blocks.values():
            flat = ids.reshape(-1)
            priced = flat[values[flat] > _ROUNDING]
            if priced.size:
                tightest = int(priced[np.argmax(values[priced])])
                more = f" (and {priced.size - 1} more)" if priced.size > 1 else ""
                found.append((float(values[tightest]), f"{words}{name(tightest)}{more}"))
    return tuple(text for _, text in sorted(found, key=lambda one: -one[0]))


def _unit(unit: str) -> str:
    return f" {unit}" if unit not in ("", "1") else ""
