"""Does a plain table close? What does not is refused, unless its header names a treatment.

May import `table`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autarky.sources._plain_header import HEADER, Treatment
from autarky.sources._problems import Problems
from autarky.table import Table

#: Largest gap that is let pass: a share of the row's output, or of the largest output.
ROW_GAP, TOTAL_GAP = 1e-3, 1e-6

_TREAT = (
    f'Correct it; or set "treatment" in {HEADER}: "balance" scales flows until rows add up to '
    'output, "as_published" keeps the gap, which table.check() then reports'
)
_KEEP = (
    f'Correct it; or set "treatment": "as_published" in {HEADER} to keep it as it is; '
    "table.check() then reports it"
)
_UNITS = "A row or region may be in another unit, thousands against millions. "


def refuse_what_does_not_close(
    table: Table, folder: Path, treatment: Treatment, *, files: Mapping[str, Path]
) -> Table:
    """The table, balanced if that is the treatment.

    Parameters
    ----------
    table : Table
        As read.
    folder : Path
        Named in messages.
    treatment : {"none", "balance", "as_published"}
        From the header.
    files : mapping of str to Path
        The files of numbers there are: "Z", "Y" and maybe "x", "value_added".

    Raises
    ------
    DataError
        Rows or columns do not add up, output is negative, or similar; all are listed.
    BalanceError, ConvergenceError
        Balancing was asked for and is not possible.
    """
    if treatment == "as_published":
        return table
    problems = Problems()
    # Sums of numbers up to 1e100 over outputs near 0 may be infinite: a finding, not a fault.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        _outputs(table, files, problems)
        if treatment == "balance":
            problems.raise_any()
            table = table.balance()
        else:
            _rows(table, files, problems)
            _columns(table, files, problems)
        _value_added(table, files, problems)
        _health(table, folder, problems)
    problems.raise_any()
    return table


def closes(table: Table) -> bool:
    """Whether a table would be read back without a treatment."""
    problems = Problems()
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        files = {name: Path(name) for name in ("Z", "Y", "x", "value_added")}
        for check in (_outputs, _rows, _columns, _value_added):
            check(table, files, problems)
        _health(table, Path(), problems)
    return not len(problems)


def _allowed(table: Table) -> NDArray[np.float64]:
    x = np.abs(table.x)
    return np.maximum(ROW_GAP * x, TOTAL_GAP * x.max())


def _outputs(table: Table, files: Mapping[str, Path], problems: Problems) -> None:
    where = files.get("x", files["Z"])
    for i in np.flatnonzero(table.x < 0):
        problems.add(
            "output is negative",
            path=where,
            row=table.industries.label(i),
            found=f"{table.x[i]:.6g}",
            expected="0 or more",
            hint=_KEEP,
        )
    bought = np.abs(table.Z).sum(axis=0)
    idle = (table.x == 0) & (bought > TOTAL_GAP * np.abs(table.x).max())
    for j in np.flatnonzero(idle):
        problems.add(
            "an industry makes nothing and yet buys",
            path=where,
            row=table.industries.label(j),
            found=f"output 0, purchases {bought[j]:.6g}",
            hint=_KEEP,
        )


def _rows(table: Table, files: Mapping[str, Path], problems: Problems) -> None:
    sums = table.Z.sum(axis=1) + table.Y.sum(axis=1)
    bad = np.flatnonzero(np.abs(table.x - sums) > _allowed(table))
    for i in bad:
        problems.add(
            "a row does not add up to output",
            path=files.get("x", files["Z"]),
            row=table.industries.label(i),
            found=f"output {table.x[i]:.10g}, sum of Z and Y {sums[i]:.10g}",
            expected=f"a gap of at most {ROW_GAP:.1%}",
            hint=_slip(table.x, sums) + _TREAT,
        )


def _slip(x: NDArray[np.float64], sums: NDArray[np.float64]) -> str:
    """What to say if one side is a thousand or a million times the other."""
    both = (x > 0) & (sums > 0)
    if both.any():
        ratio = float(np.median(x[both] / sums[both]))
        for power in (1e-6, 1e-3, 1e3, 1e6):
            if abs(ratio / power - 1) < 0.05:
                return f"Output is {power:g} times the sums: they are in different units. "
    return ""


def _columns(table: Table, files: Mapping[str, Path], problems: Problems) -> None:
    if "value_added" not in files:
        return
    residual = table.x - table.Z.sum(axis=0)
    bad = np.flatnonzero(np.abs(table.value_added - residual) > _allowed(table))
    for j in bad:
        problems.add(
            "inputs and value added do not add up to output",
            path=files["value_added"],
            row=table.industries.label(j),
            found=f"value added {table.value_added[j]:.10g}, output less inputs {residual[j]:.10g}",
            expected=f"a gap of at most {ROW_GAP:.1%} of output",
            hint="Taxes and margins belong to value added here; value added at basic prices goes "
            f"into accounts.csv. {_KEEP}",
        )


def _value_added(table: Table, files: Mapping[str, Path], problems: Problems) -> None:
    residual = table.x - table.Z.sum(axis=0)
    live = table.x > 0
    for j in np.flatnonzero(live & (residual < -_allowed(table))):
        problems.add(
            "an industry buys more than its output is worth: value added is negative",
            path=files["Z"],
            column=table.industries.label(j),
            found=f"{residual[j]:.6g}",
            expected="0 or more",
            hint=_UNITS + _KEEP,
        )


def _health(table: Table, folder: Path, problems: Problems) -> None:
    """Findings of `table.check` that make results wrong and are not refused above."""
    named = {"row_imbalance", "negative_output"}
    for finding in table.check():
        if finding.severity == "error" and finding.code not in named:
            place, value = finding.worst[0]
            problems.add(
                finding.message,
                path=folder,
                row=place,
                found=f"{value:.6g}",
                hint=_KEEP,
            )
