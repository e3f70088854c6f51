"""World Input-Output Database, 2013 release: 41 regions × 35 industries, 1995 to 2011.

Reads a folder with ``wiod2013_YYYY.npz``, ``regions.csv``, ``sectors.csv``, ``final_demand.csv``
and, where it is there, ``sea.npz`` (the socio-economic accounts). Everything is given as
published: flows in whole million USD, output x unrounded, so that rows fall short of output. May
import `table`, `axes`, `units`, `countries`, `errors` and its own folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autarky import countries
from autarky.axes import Axis
from autarky.errors import DataError
from autarky.sources._npz import Field, check_sum, check_sums, load_npz, parse_meta, provenance
from autarky.sources._problems import Problems
from autarky.sources._text import read_csv
from autarky.sources.registry import Release, release
from autarky.table import Table
from autarky.units import Unit

NAME = "wiod2013"
UNIT = Unit("USD", "million", "current basic prices")

#: Of the socio-economic accounts, what becomes accounts of the table.
_SEA = ("GO", "EMP", "LAB", "CAP", "K_GFCF", "GFCF_P")

_FILE = re.compile(r"wiod2013_([0-9]{4})\.npz")
_KINDS = {
    "c37": "household",
    "c38": "npish",
    "c39": "government",
    "c41": "investment",
    "c42": "inventories",
}
_SIZES = {"regions": 41, "sectors": 35, "final_demand": 5}


def matches(folder: Path) -> bool:
    """Whether a folder looks like this release."""
    return folder.is_dir() and any(_FILE.fullmatch(path.name) for path in folder.iterdir())


def years(folder: Path) -> list[int]:
    """Years there are files for, ascending."""
    found = (_FILE.fullmatch(path.name) for path in folder.iterdir())
    return sorted(int(match[1]) for match in found if match)


def year_of(path: Path) -> int | None:
    """The year of a file of this release, None if it is none."""
    match = _FILE.fullmatch(path.name)
    return int(match[1]) if match else None


def read_all(folder: Path, *, force: bool = False) -> Iterator[Table]:
    """Every year in a folder, one table at a time, ascending; all checksums are compared first."""
    files = [folder / f"{NAME}_{year}.npz" for year in years(folder)]
    others = [folder / f"{stem}.csv" for stem in _SIZES]
    sea = [folder / "sea.npz"] if (folder / "sea.npz").is_file() else []
    check_sums([*files, *others, *sea], release(NAME), force=force)
    for year in years(folder):
        yield read(folder, year, force=force)


def read(folder: Path, year: int, *, force: bool = False) -> Table:
    """One year as published.

    Parameters
    ----------
    folder : Path
        Folder with the files.
    year : int
        1995 to 2011.
    force : bool
        Read files whose checksum is not the registry's; recorded in the provenance.

    Returns
    -------
    Table
        Z, Y in whole million USD, x as published (rows fall short of it: see
        ``table.check()``), value added = x − 1ᵀZ. Accounts: `value_added_basic` (value added at
        basic prices; not known for ROW), `primary_other` (taxes less subsidies on products,
        transport margins and what rounding dropped, as published) and, with ``sea.npz``,
        `employment` [thousand persons; 0 in industries without output, not known for ROW],
        `capital_stock` (K_GFCF at the industry's investment prices of the year),
        `labour_compensation` and `capital_compensation`, converted at the rate that makes the
        accounts' output the table's. Capital ends in 2007, for some in 2009, compensation in 2009:
        later years are not known.

        `capital` and `labour` stay empty, because they may have no holes and ROW has none.

    Raises
    ------
    DataError
        A file is missing, damaged, another version, or not laid out as described.
    """
    source = release(NAME)
    path = folder / f"wiod2013_{year}.npz"
    regions, sectors, uses = _labels(folder, source, force=force)
    n, k = len(regions) * len(sectors), len(regions) * len(uses)
    digest, known = check_sum(path, source, force=force)
    arrays = load_npz(path, _fields(n, k))
    meta = parse_meta(path, arrays["meta"])
    if meta.get("year") != year:
        raise DataError(
            "the file holds another year", path=path, found=meta.get("year"), expected=year
        )
    accounts = {
        "value_added_basic": arrays["va"].astype(np.float64),
        "primary_other": arrays["primary_other"].astype(np.float64),
    }
    if (folder / "sea.npz").is_file():
        accounts |= _accounts(folder / "sea.npz", year, regions, arrays["x"], force=force)
    return Table.from_arrays(
        arrays["Z"],
        arrays["Y"],
        regions=regions,
        sectors=sectors,
        uses=uses,
        use_kinds=[_KINDS[code] for code in uses],
        x=arrays["x"],
        unit=UNIT,
        year=year,
        provenance=provenance(source, path, digest, known),
        accounts=accounts,
    )


def _fields(n: int, k: int) -> dict[str, Field]:
    return {
        "Z": Field("if", (n, n)),
        "Y": Field("if", (n, k)),
        "x": Field("if", (n,)),
        "va": Field("f", (n,), finite=False),
        "primary_other": Field("f", (n,), finite=False),
        "meta": Field("U", ()),
    }


def _labels(folder: Path, source: Release, *, force: bool) -> tuple[Axis, Axis, Axis]:
    axes = []
    problems = Problems()
    for stem, size in _SIZES.items():
        path = folder / f"{stem}.csv"
        check_sum(path, source, force=force)
        sheet = read_csv(path)
        header = sheet.rows[0]
        missing = [name for name in ("code", "name") if name not in header]
        if missing:
            raise DataError(f"there is no column {missing[0]!r}", path=path, row=1, found=header)
        code, title = header.index("code"), header.index("name")
        rows = [row for row in sheet.rows[1:] if len(row) == len(header)]
        if len(rows) != size or len(sheet.rows) != size + 1:
            problems.add("another number of rows", path=path, found=len(rows), expected=size)
        axes.append(([row[code] for row in rows], [row[title] for row in rows]))
    problems.raise_any()
    (region_codes, _), (sector_codes, sector_titles), (use_codes, use_titles) = axes
    known = [countries.canonical(code) for code in region_codes]
    for code, found in zip(region_codes, known, strict=True):
        if found is None:
            problems.add(
                "an unknown economy", path=folder / "regions.csv", found=code, expected="ISO 3166"
            )
    for code in use_codes:
        if code not in _KINDS:
            problems.add(
                "an unknown final use",
                path=folder / "final_demand.csv",
                found=code,
                expected=", ".join(_KINDS),
            )
    problems.raise_any()
    codes = [str(code) for code in known]
    return (
        Axis("region", codes, [countries.name(code) for code in codes]),
        Axis("sector", sector_codes, sector_titles),
        Axis("use", use_codes, use_titles),
    )


def _accounts(
    path: Path, year: int, regions: Axis, x: NDArray[np.float64], *, force: bool
) -> dict[str, NDArray[np.float64]]:
    """Accounts (n,) beside the table, NaN where there are none."""
    check_sum(path, release(NAME), force=force)
    fields = {
        "values": Field("f", (40, 25, 36, 17), finite=False),
        "regions": Field("U", (40,)),
        "variables": Field("U", (25,)),
        "years": Field("iu", (17,)),
    }
    sea = load_npz(path, fields)
    at_year = np.flatnonzero(sea["years"] == year)
    missing = [name for name in _SEA if name not in sea["variables"]]
    if missing:
        raise DataError(f"the accounts have no {', '.join(missing)}", path=path)
    if at_year.size != 1:
        raise DataError("no accounts of that year", path=path, expected=year)
    found: dict[str, NDArray[np.float64]] = {}
    for name in _SEA:
        variable = int(np.flatnonzero(sea["variables"] == name)[0])
        values = np.full((len(regions), 35), np.nan)
        for row, code in enumerate(sea["regions"]):
            region = countries.canonical(str(code))
            if region is not None and region in regions:
                # The first of the 36 industries is the total.
                values[regions.position(region)] = sea["values"][row, variable, 1:, at_year[0]]
        found[name] = values
    output = np.asarray(x, dtype=np.float64).reshape(len(regions), 35)
    made = np.nansum(found["GO"], axis=1)
    rate = np.full(len(regions), np.nan)
    np.divide(output.sum(axis=1), made, out=rate, where=made > 0)
    money = {
        "capital_stock": found["K_GFCF"] * found["GFCF_P"] / 100.0 * rate[:, None],
        "labour_compensation": found["LAB"] * rate[:, None],
        "capital_compensation": found["CAP"] * rate[:, None],
    }
    # The accounts leave industries without output empty: nobody works there.
    persons = np.where(np.isnan(found["EMP"]) & (output == 0), 0.0, found["EMP"])
    return {name: values.reshape(-1) for name, values in {"employment": persons, **money}.items()}
