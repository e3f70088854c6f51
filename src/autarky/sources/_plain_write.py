"""Write a table in the plain layout (see `plain`), so that reading it gives the same numbers.

May import `table`, `axes`, `errors` and its own folder.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autarky import disk
from autarky.axes import Axis
from autarky.errors import DataError, OptionError
from autarky.sources._plain_checks import closes
from autarky.sources._plain_header import HEADER, NAME, SCHEMA_VERSION
from autarky.table import Table

Format = Literal["csv", "parquet"]


def write_plain(
    table: Table,
    folder: Path | str,
    *,
    format: Format = "csv",
    name: str = "table",
) -> Path:
    """Write a table as a folder in the plain layout.

    Parameters
    ----------
    table : Table
        With a year.
    folder : path
        New, or empty.
    format : {"csv", "parquet"}
        Of the files with numbers.
    name : str
        Under which it is stored when it is imported.

    Returns
    -------
    Path
        The folder. `read_plain` gives exactly the same numbers and labels.

    Raises
    ------
    OptionError
        The format or name cannot be used, or the table has no year.
    DataError
        The folder has something in it.
    StoreError
        It cannot be written; nothing is left half written.
    """
    folder = Path(folder)
    _refuse(table, format, name)
    refuse_full(folder)
    files: dict[str, bytes] = {HEADER: _header(table, name)}
    files |= _labels(table)
    parts = _csv_parts(table) if format == "csv" else _parquet_parts(table)
    write_files(folder, files | parts)
    return folder


def refuse_full(folder: Path) -> None:
    """Raise `DataError` if there is something where the folder is to be."""
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise DataError(
            "there is something here already", path=folder, hint="Name a new or an empty folder"
        )


def write_files(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write files into a new folder, all or none; names may have one subfolder."""
    with disk.reporting("write the folder", folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = disk.scratch(folder.parent)
        try:
            for name, data in files.items():
                path = temporary / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            if folder.exists():
                folder.rmdir()
            temporary.replace(folder)
        finally:
            if temporary.exists():
                disk.discard(temporary)
    return [folder / name for name in files]


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV, the shortest digits that read back as the same number."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue().encode()


def json_bytes(value: Any) -> bytes:
    """A value as JSON for people."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _refuse(table: Table, format: Format, name: str) -> None:
    if format not in get_args(Format):
        raise OptionError(f"format is {format!r}; it can be 'csv' or 'parquet'")
    if not NAME.fullmatch(name):
        raise OptionError(f"name is {name!r}; use lower-case letters, digits, '-' and '_'")
    if table.year is None:
        raise OptionError("the table has no year; dataclasses.replace(table, year=…) gives it one")
    if format == "parquet" and any(":" in code for code in table.regions):
        raise OptionError("a region code has ':' in it, which separates codes in Parquet columns")


def _header(table: Table, name: str) -> bytes:
    origin = table.provenance.as_dict()
    industries, uses = table.industries, table.uses
    return json_bytes(
        {
            "schema_version": SCHEMA_VERSION,
            "name": name,
            "title": table.provenance.source,
            "year": table.year,
            "unit": asdict(table.unit),
            "citation": origin["citation"],
            "licence": origin["licence"],
            "url": origin["url"],
            "treatment": "none" if closes(table) else "as_published",
            "region_codes": "as_given",
            "missing": "refuse",
            "complete": industries.is_regular and uses.is_regular,
            "faults": origin["faults"],
            "steps": origin["steps"],
        }
    )


def _labels(table: Table) -> dict[str, bytes]:
    def rows(axis: Axis) -> list[tuple[str, str]]:
        return list(zip(axis.labels, axis.titles, strict=True))

    uses = [
        (*row, kind)
        for row, kind in zip(rows(table.uses.categories), table.uses.kinds, strict=True)
    ]
    return {
        "regions.csv": csv_bytes([("code", "name"), *rows(table.regions)]),
        "sectors.csv": csv_bytes([("code", "name"), *rows(table.sectors)]),
        "uses.csv": csv_bytes([("code", "name", "kind"), *uses]),
    }


def _columns(table: Table) -> dict[str, dict[str, NDArray[np.float64]]]:
    """The files with columns of numbers: file → name → numbers."""
    accounts = {
        name: values
        for name in ("capital", "labour")
        if (values := getattr(table, name)) is not None
    } | dict(table.accounts)
    files = {"x": {"x": table.x}, "value_added": {"value_added": table.value_added}}
    return files | ({"accounts": accounts} if accounts else {})


def _csv_parts(table: Table) -> dict[str, bytes]:
    regions, sectors = table.industries.columns()
    use_regions, categories = table.uses.columns()
    parts = {
        "Z.csv": wide_csv(regions, sectors, (regions, sectors), table.Z.tolist()),
        "Y.csv": wide_csv(regions, sectors, (use_regions, categories), table.Y.tolist()),
    }
    for stem, columns in _columns(table).items():
        lists = [
            # An unknown number of an account is an empty cell.
            ["" if value != value else value for value in values.tolist()]  # noqa: PLR0124
            for values in columns.values()
        ]
        rows = zip(regions, sectors, *lists, strict=True)
        parts[f"{stem}.csv"] = csv_bytes([("region", "sector", *columns), *rows])
    return parts


def wide_csv(
    regions: Sequence[str],
    sectors: Sequence[str],
    columns: tuple[Sequence[str], Sequence[str]],
    values: Sequence[Sequence[object]],
) -> bytes:
    """A matrix with two rows and two columns of labels."""
    body = [
        (region, sector, *row) for region, sector, row in zip(regions, sectors, values, strict=True)
    ]
    return csv_bytes([("", "region", *columns[0]), ("region", "sector", *columns[1]), *body])


def _parquet_parts(table: Table) -> dict[str, bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    regions, sectors = table.industries.columns()

    def packed(columns: Mapping[str, NDArray[np.float64]]) -> bytes:
        stream = io.BytesIO()
        numbers = {name: pa.array(values) for name, values in columns.items()}
        table = pa.table({"region": regions, "sector": sectors, **numbers})
        # With a checksum for each page, a flipped bit is noticed on reading.
        pq.write_table(table, stream, write_page_checksum=True)
        return stream.getvalue()

    def named(axis: Any, M: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        return {axis.label(j): np.ascontiguousarray(M[:, j]) for j in range(len(axis))}

    return {
        "Z.parquet": packed(named(table.industries, table.Z)),
        "Y.parquet": packed(named(table.uses, table.Y)),
    } | {f"{stem}.parquet": packed(columns) for stem, columns in _columns(table).items()}
