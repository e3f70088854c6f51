"""Programs for other tools: a linopy model, for those who want to add conditions of their own.

May import `errors` and its own folder; linopy inside functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autarky.errors import MissingExtraError
from autarky.lp.program import Program


def to_linopy(program: Program) -> Any:
    """The program as a `linopy.Model` with one variable and one constraint for each block.

    Parameters
    ----------
    program : Program

    Returns
    -------
    linopy.Model
        Variables by block, with the block's labels; the objective is minus the value, which
        linopy minimises.

    Raises
    ------
    MissingExtraError
        linopy is not installed.
    """
    try:
        import linopy
        import pandas as pd
    except ImportError as error:
        raise MissingExtraError("to_linopy needs linopy: pip install linopy") from error
    model = linopy.Model()
    columns: dict[str, Any] = {}
    for name, ids in program.columns.items():
        axes = [
            pd.Index([str(label) for label in axis], name=f"{name}_{k}")
            for k, axis in enumerate(program.labels[name])
        ]
        whole = bool(program.integer[ids].any()) if ids.size else False
        columns[name] = model.add_variables(
            lower=program.lower[ids], upper=program.upper[ids], coords=axes, name=name,
            integer=whole,
        )  # fmt: skip
    labels = np.empty(len(program.cost), dtype=np.int64)
    for name, ids in program.columns.items():
        labels[ids.reshape(-1)] = np.asarray(columns[name].labels).reshape(-1)
    _objective(model, program, labels)
    _rows(model, program, labels)
    return model


def _objective(model: Any, program: Program, labels: np.ndarray) -> None:
    import linopy
    import xarray as xr

    found = np.flatnonzero(program.cost)
    terms = xr.Dataset(
        {
            "coeffs": ("_term", -program.cost[found]),
            "vars": ("_term", labels[found]),
            "const": ((), 0.0),
        }
    )
    model.add_objective(linopy.LinearExpression(terms, model))


def _rows(model: Any, program: Program, labels: np.ndarray) -> None:
    """Both sides of each block, terms filled up to the longest row."""
    import linopy
    import xarray as xr

    A = program.A.tocsr()
    lengths = np.diff(A.indptr)
    for name, ids in program.rows.items():
        flat = ids.reshape(-1)
        width = max(int(lengths[flat].max(initial=0)), 1)
        coefficients = np.full((flat.size, width), np.nan)
        variables = np.full((flat.size, width), -1, dtype=np.int64)
        for at, i in enumerate(flat):
            part = slice(A.indptr[i], A.indptr[i + 1])
            coefficients[at, : lengths[i]] = A.data[part]
            variables[at, : lengths[i]] = labels[A.indices[part]]
        row = f"{name}_row"
        terms = xr.Dataset(
            {"coeffs": ((row, "_term"), coefficients), "vars": ((row, "_term"), variables)},
            coords={row: np.arange(flat.size)},
        )
        left = linopy.LinearExpression(terms, model)
        low, high = program.low[flat], program.high[flat]
        for suffix, sign, side, which in (
            ("", "=", low, low == high),
            ("_most", "<=", high, np.isfinite(high) & (low != high)),
            ("_least", ">=", low, np.isfinite(low) & (low != high)),
        ):
            if which.any():
                mask = xr.DataArray(which, dims=[row], coords={row: np.arange(flat.size)})
                right = xr.DataArray(np.where(which, side, 0.0), dims=[row], coords=mask.coords)
                model.add_constraints(left, sign, right, name=f"{name}{suffix}", mask=mask)
