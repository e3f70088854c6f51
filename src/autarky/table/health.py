"""The data-health report of a table: what is odd, how much of it, and the worst cells.

May import its own folder and `errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import LabelError, OptionError
from autarky.table.core import Table

if TYPE_CHECKING:
    import pandas as pd

Severity = Literal["note", "warning", "error"]
Array = NDArray[np.float64]
#: How many of the worst cells a finding lists.
WORST = 5


@dataclass(frozen=True)
class Finding:
    """One kind of oddity.

    Parameters
    ----------
    code : str
        Short name, such as "row_imbalance".
    severity : {"note", "warning", "error"}
        "error": results are wrong or undefined; "warning": some are affected; "note": to know.
    message : str
        What it is and what it does to results, in one sentence.
    count : int
        How many cells or industries.
    worst : tuple of (str, float)
        The worst places and their values, largest first.
    """

    code: str
    severity: Severity
    message: str
    count: int
    worst: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        cells = ", ".join(f"{place} {value:.4g}" for place, value in self.worst)
        return f"{self.severity}: {self.message} (worst: {cells})"


@dataclass(frozen=True)
class Health:
    """All findings about a table, errors first; empty when there is nothing to say."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether no finding is an error."""
        return all(f.severity != "error" for f in self.findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.findings)

    def __len__(self) -> int:
        return len(self.findings)

    def __getitem__(self, code: str) -> Finding:
        for finding in self.findings:
            if finding.code == code:
                return finding
        codes = [f.code for f in self.findings]
        raise LabelError("finding", [code], {code: get_close_matches(code, codes)})

    def __contains__(self, code: object) -> bool:
        return any(f.code == code for f in self.findings)

    def __str__(self) -> str:
        return "\n".join(map(str, self.findings)) or "nothing found"

    def tidy(self) -> pd.DataFrame:
        """One row per finding and worst place."""
        import pandas as pd

        rows = [
            (f.code, f.severity, f.message, f.count, place, value)
            for f in self.findings
            for place, value in f.worst
        ]
        return pd.DataFrame(
            rows, columns=["code", "severity", "message", "count", "place", "value"]
        )


def check(table: Table, *, tolerance: float = 1e-6) -> Health:
    """The data-health report.

    Parameters
    ----------
    table : Table
    tolerance : float
        Gaps below this share of the largest output are not reported.

    Returns
    -------
    Health
        Findings by severity: row and column imbalance, negative flows, final use, output and
        value added, zero outputs with and without flows, missing domestic suppliers, column sums
        above 1, suspicious magnitudes between regions.

    Raises
    ------
    OptionError
        `tolerance` is negative or not finite.

    Examples
    --------
    >>> table = Table.from_arrays([[1.0]], [[8.0]], x=[10.0], regions=["A"], sectors=["s"])
    >>> print(table.check())
    warning: 1 rows do not add up to output, 10 % of it in total (worst: A:s 1)
    """
    if not 0 <= tolerance < np.inf:
        raise OptionError(f"tolerance is {tolerance}; it must be finite and at least 0")
    gap = float(np.abs(table.x).max()) * tolerance
    found = [finding for one in _CHECKS for finding in one(table, gap)]
    order = ("error", "warning", "note").index
    return Health(tuple(sorted(found, key=lambda f: order(f.severity))))


def _at(  # noqa: PLR0917 (a line each where it is used reads best)
    table: Table,
    code: str,
    severity: Severity,
    message: str,
    values: Array,
    mask: NDArray[np.bool_],
) -> Iterator[Finding]:
    """A finding about industries: nothing where the mask is empty."""
    where = np.flatnonzero(mask)
    if where.size:
        worst = where[np.argsort(-np.abs(values[where]), kind="stable")][:WORST]
        cells = tuple((table.industries.label(i), float(values[i])) for i in worst)
        yield Finding(code, severity, message.format(count=where.size), where.size, cells)


def _rows(table: Table, gap: float) -> Iterator[Finding]:
    open_ = table.x - table.Z.sum(axis=1) - table.Y.sum(axis=1)
    total = table.x.sum() or 1.0
    share = np.abs(open_).sum() / total * 100
    text = f"{{count}} rows do not add up to output, {share:.2g} % of it in total"
    severity: Severity = "error" if share > 20 else "warning"
    yield from _at(table, "row_imbalance", severity, text, open_, np.abs(open_) > gap)


def _columns(table: Table, gap: float) -> Iterator[Finding]:
    open_ = table.x - table.Z.sum(axis=0) - table.value_added
    text = "{count} columns: inputs and value added do not add up to output"
    yield from _at(table, "column_imbalance", "warning", text, open_, np.abs(open_) > gap)


def _negatives(table: Table, gap: float) -> Iterator[Finding]:
    for name, M, axis in (("Z", table.Z, table.industries), ("Y", table.Y, table.uses)):
        where = np.argwhere(M < 0)
        if not len(where):
            continue
        values = M[tuple(where.T)]
        order = np.argsort(values, kind="stable")[:WORST]
        cells = tuple(
            (f"({table.industries.label(i)}, {axis.label(j)})", float(M[i, j]))
            for i, j in where[order]
        )
        what = "intermediate flows" if name == "Z" else "final uses (mostly inventories)"
        severity: Severity = "warning" if name == "Z" else "note"
        text = f"{len(where)} {what} are negative, {values.sum():.4g} in total"
        yield Finding(f"negative_{name}", severity, text, len(where), cells)
    text = "{count} industries have negative output"
    yield from _at(table, "negative_output", "error", text, table.x, table.x < 0)
    text = "{count} industries have negative value added: they use up more than they make"
    va = table.x - table.Z.sum(axis=0)
    yield from _at(table, "negative_value_added", "warning", text, va, va < -gap)


def _zeros(table: Table, _gap: float) -> Iterator[Finding]:
    zero = table.x <= 0
    flows = np.abs(table.Z).sum(axis=0) + np.abs(table.Z).sum(axis=1) + np.abs(table.Y).sum(axis=1)
    text = "{count} industries have no output; their indicators are 0 with status 'no output'"
    yield from _at(table, "zero_output", "note", text, flows, zero & (flows == 0))
    text = "{count} industries have no output and yet buy or sell"
    yield from _at(table, "flows_without_output", "warning", text, flows, zero & (flows > 0))


def _suppliers(table: Table, gap: float) -> Iterator[Finding]:
    """Products a region uses and does not supply to itself."""
    industries = table.industries
    R, S = len(table.regions), len(table.sectors)
    use = np.zeros((S, R))
    # Sales out of inventories are negative final use; they are not a lack of suppliers.
    bought = industries.sum_by_region(np.maximum(table.Z, 0.0), axis=1)
    bought += table.uses.sum_by_region(np.maximum(table.Y, 0.0), axis=1)
    np.add.at(use, industries.sector_of, bought)
    home = np.zeros((S, R))
    own = bought[np.arange(table.n), industries.region_of]
    np.add.at(home, (industries.sector_of, industries.region_of), own)
    missing = np.argwhere((use > gap) & (home <= 0))
    if len(missing):
        values = use[tuple(missing.T)]
        order = np.argsort(-values, kind="stable")[:WORST]
        cells = tuple(
            (f"{table.regions[r]}:{table.sectors[s]}", float(use[s, r])) for s, r in missing[order]
        )
        text = (
            f"{len(missing)} products are used in a region and not supplied from within: cut off, "
            "their price has no limit"
        )
        yield Finding("no_domestic_supplier", "note", text, len(missing), cells)


def _column_sums(table: Table, _gap: float) -> Iterator[Finding]:
    sums = np.where(table.x > 0, table.Z.sum(axis=0) / np.where(table.x > 0, table.x, 1.0), 0.0)
    text = (
        "{count} industries spend more on inputs than their output is worth (column sum of A > 1)"
    )
    yield from _at(table, "column_sum_above_one", "warning", text, sums, sums > 1 + 1e-9)


def _magnitudes(table: Table, gap: float) -> Iterator[Finding]:
    """A region whose exports exceed its output: mostly its scale is a thousand times off."""
    industries = table.industries
    bought = industries.sum_by_region(table.Z, axis=1) + table.Y_by_region
    own = bought[np.arange(table.n), industries.region_of]
    exports = industries.sum_by_region(bought.sum(axis=1) - own)
    output = industries.sum_by_region(table.x)
    # What comes out of inventories (negative final use) can be exported beside this year's output.
    stocks = industries.sum_by_region(np.maximum(-table.Y, 0.0).sum(axis=1))
    odd = np.flatnonzero(exports > output + stocks + gap)
    if odd.size:
        made = output > 0
        ratio = np.divide(exports, output, out=np.full(output.size, np.inf), where=made)
        worst = odd[np.argsort(-ratio[odd], kind="stable")]
        cells = tuple((table.regions[int(r)], float(ratio[r])) for r in worst)
        text = (
            f"{odd.size} regions export more than they make: a unit (thousands against millions) "
            "or a row is wrong"
        )
        yield Finding("exports_above_output", "error", text, odd.size, cells[:WORST])


_CHECKS: tuple[Callable[[Table, float], Iterator[Finding]], ...] = (
    _rows,
    _columns,
    _negatives,
    _zeros,
    _suppliers,
    _column_sums,
    _magnitudes,
)
