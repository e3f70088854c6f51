"""Long-run World Input-Output Database, year 2000: 26 regions × 23 industries, unrounded.

Reads ``lrwiod2000.npz``. Accounts are complete and close to 0.0006 million USD, which makes this
the tightest table to test with. May import `table`, `axes`, `units`, `countries`, `errors` and its
own folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky import countries
from autarky.axes import Axis
from autarky.errors import DataError
from autarky.sources._npz import Field, check_sum, load_npz, parse_meta, provenance
from autarky.sources._problems import Problems
from autarky.sources.registry import release
from autarky.table import Table
from autarky.units import Unit

NAME = "lrwiod2000"
FILE = "lrwiod2000.npz"
YEAR = 2000
UNIT = Unit("USD", "million", "current basic prices")

#: The file's spelling of one economy, which is no code of anything.
_MISSPELT = {"NDL": "NLD"}
_USES = {
    "Household consumption": ("household", "household"),
    "Government consumption": ("government", "government"),
    "GFCF": ("gfcf", "investment"),
    "Stock variation": ("stocks", "inventories"),
}
_ACCOUNTS = {
    "Total value added": "value_added_basic",
    "Taxes less subsides on products": "taxes_less_subsidies",
    "Statistical discrepancy": "statistical_discrepancy",
    "Domestic purchases by non-residents": "purchases_by_non_residents",
    "Direct purchases abroad by residents": "purchases_abroad",
    "Internation transport margins": "transport_margins",
}
#: Columns must add up to output this well [million USD]; the file does to 0.0006.
_TOLERANCE = 0.01


def matches(folder: Path) -> bool:
    """Whether a folder holds this release."""
    return (folder / FILE).is_file()


def read_all(folder: Path, *, force: bool = False) -> Iterator[Table]:
    """The one year there is."""
    yield read(folder, force=force)


def read(folder: Path, *, force: bool = False) -> Table:
    """The table of 2000 as published.

    Parameters
    ----------
    folder : Path
        Folder with ``lrwiod2000.npz``.
    force : bool
        Read a file whose checksum is not the registry's; recorded in the provenance.

    Returns
    -------
    Table
        Value added = x − 1ᵀZ. Accounts: `value_added_basic` and the five rows between it and
        output. What final use pays of taxes, purchases abroad and margins is not in the table:
        those rows have no industry.

    Raises
    ------
    DataError
        The file is missing, damaged, another version, or its accounts do not close.
    """
    path = folder / FILE
    source = release(NAME)
    digest, known = check_sum(path, source, force=force)
    arrays = load_npz(path, _fields(source.regions, source.sectors, source.uses))
    parse_meta(path, arrays["meta"])
    problems = Problems()
    regions = _regions(path, arrays["regions"], problems)
    uses = _known(path, "final use", arrays["fd"], _USES, problems)
    accounts = _known(path, "account", arrays["primary_names"], _ACCOUNTS, problems)
    problems.raise_any()
    sectors = Axis("sector", map(str, arrays["sectors"]), map(str, arrays["sector_names"]))
    origin = provenance(source, path, digest, known)
    origin = origin.then("rename_regions", {old: new for old, new in _MISSPELT.items()})
    table = Table.from_arrays(
        arrays["Z"],
        arrays["Y"],
        regions=regions,
        sectors=sectors,
        uses=Axis("use", [code for code, _ in uses], map(str, arrays["fd"])),
        use_kinds=[kind for _, kind in uses],
        x=arrays["x"],
        unit=UNIT,
        year=YEAR,
        provenance=origin,
        accounts={name: arrays["primary"][i].copy() for i, name in enumerate(accounts)},
    )
    _check_columns(path, table, arrays["primary"])
    return table


def _fields(r: int, s: int, f: int) -> dict[str, Field]:
    return {
        "meta": Field("U", ()),
        "Z": Field("f", (r * s, r * s)),
        "Y": Field("f", (r * s, r * f)),
        "x": Field("f", (r * s,)),
        "primary": Field("f", (len(_ACCOUNTS), r * s)),
        "primary_names": Field("U", (len(_ACCOUNTS),)),
        "regions": Field("U", (r,)),
        "sectors": Field("U", (s,)),
        "sector_names": Field("U", (s,)),
        "fd": Field("U", (f,)),
    }


def _regions(path: Path, found: NDArray[Any], problems: Problems) -> Axis:
    codes = []
    for text in map(str, found):
        code = countries.canonical(_MISSPELT.get(text, text))
        if code is None:
            problems.add("an unknown economy", path=path, found=text, expected="ISO 3166")
        codes.append(code or text)
    return Axis("region", codes, [countries.name(code) for code in codes])


def _known(
    path: Path, what: str, found: NDArray[Any], names: dict[str, Any], problems: Problems
) -> list[Any]:
    for text in map(str, found):
        if text not in names:
            problems.add(f"an unknown {what}", path=path, found=text, expected=", ".join(names))
    return [names.get(str(text)) for text in found]


def _check_columns(path: Path, table: Table, primary: NDArray[np.float64]) -> None:
    gap = np.abs(table.value_added - primary.sum(axis=0))
    worst = int(gap.argmax())
    if gap[worst] > _TOLERANCE:
        raise DataError(
            "inputs and primary inputs do not add up to output",
            path=path,
            column=table.industries.label(worst),
            found=f"a gap of {gap[worst]:.6g}",
            expected=f"at most {_TOLERANCE}",
        )
