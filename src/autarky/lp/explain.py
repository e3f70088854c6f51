"""Why nothing meets all rows of a program: the least that would have to give way.

May import its own folder; highspy inside functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from autarky.lp.program import Program

#: What gives way by less, relative to its row, is rounding.
_ROUNDING = 1e-7


def clashes(program: Program) -> list[tuple[str, float]]:
    """Rows that have to give way, with by how much, largest first; empty if none has to.

    Notes
    -----
    Every row gets a slack on each of its sides, which costs as much as the row is small (rows in
    millions and rows in shares count alike), and the cost of all slacks is least. Bounds of
    columns stay as they are. Integer columns count as continuous.
    """
    import highspy

    from autarky.lp.solver import _model

    m, k = len(program.low), len(program.cost)
    sides = np.where(np.isfinite(program.low), np.abs(program.low), 0.0)
    sides = np.maximum(sides, np.where(np.isfinite(program.high), np.abs(program.high), 0.0))
    size = np.maximum(np.maximum(sides, abs(program.A).max(axis=1).toarray().reshape(-1)), 1e-9)
    eye = sparse.eye_array(m, format="csc")
    elastic = Program(
        A=sparse.csc_array(sparse.hstack([program.A, eye, -eye])),
        cost=np.concatenate([np.zeros(k), -1.0 / size, -1.0 / size]),
        lower=np.concatenate([program.lower, np.zeros(2 * m)]),
        upper=np.concatenate([program.upper, np.full(2 * m, np.inf)]),
        low=program.low,
        high=program.high,
        columns=program.columns,
        rows=program.rows,
        labels=program.labels,
        integer=np.zeros(k + 2 * m, dtype=bool),
    )
    highs = highspy.Highs()
    options: dict[str, Any] = {"output_flag": False, "threads": 1}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(_model(highspy, elastic))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return []
    values = np.array(highs.getSolution().col_value)
    slack = values[k : k + m] + values[k + m :]
    found = np.flatnonzero(slack > _ROUNDING * size)
    order = found[np.argsort(-slack[found] / size[found])]
    names = program.names(program.rows, m)
    return [(names[int(i)], float(slack[i])) for i in order]
