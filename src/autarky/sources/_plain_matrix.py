"""Labelled numbers of the plain layout: CSV or Parquet in, arrays in the order of the axes out.

Labels alone decide where a number goes, never its position. May import `axes`, `errors` and its
own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import DataError
from autarky.sources._problems import Problems
from autarky.sources._text import parse_number, parse_plain_row, read_csv

Pair = tuple[str, str]

#: Largest number [in the table's unit]: sums and ratios of such numbers are still finite.
LARGEST = 1e100
#: Most cells of one file: 20,000 industries.
MOST_CELLS = 4 * 10**8

_CORNER = ("", "region", "sector", "use", "from", "to")


@dataclass(frozen=True)
class Block:
    """The numbers of one file, in its own order, with the labels of rows and columns.

    Attributes
    ----------
    path : Path
        The file.
    rows : list of (str, str)
        Region and sector of each row, as written.
    lines : list
        Where each row is, for messages.
    columns : list of (str, str)
        Region and sector or use of each column; ("", name) for accounts.
    values : (rows, columns) array
    notes : tuple of str
        What was tolerated.
    """

    path: Path
    rows: list[Pair]
    lines: list[object]
    columns: list[Pair]
    values: NDArray[np.float64]
    notes: tuple[str, ...] = ()


def find(folder: Path, stem: str, *, required: bool) -> Path | None:
    """The file of a name, CSV or Parquet; None where there is none and none is needed.

    Raises
    ------
    DataError
        It is missing, or there in both formats.
    """
    there = [path for path in (folder / f"{stem}.csv", folder / f"{stem}.parquet") if path.exists()]
    if len(there) > 1:
        raise DataError(
            f"{stem} is there twice, as CSV and as Parquet", path=folder, hint="Remove one of them"
        )
    if there:
        return there[0]
    if not required:
        return None
    others = sorted(path.name for path in folder.glob(f"[{stem}{stem.lower()}].*"))
    hint = f"There is {', '.join(others)}: save it as {stem}.csv" if others else None
    raise DataError(
        "a file is missing", path=folder, expected=f"{stem}.csv or {stem}.parquet", hint=hint
    )


def read_matrix(path: Path, problems: Problems, *, blank: float | None) -> Block:
    """A matrix with region and sector (or use) on both sides.

    CSV: the first two rows label the columns, the first two columns label the rows. Parquet: the
    columns ``region`` and ``sector``, then one column per buyer named ``REGION:SECTOR``.
    """
    if path.suffix == ".parquet":
        block = _read_parquet(path, problems)
        columns = []
        for _, name in block.columns:
            region, mark, item = name.partition(":")
            if not mark:
                problems.add(
                    "a column is not named REGION:SECTOR", path=path, column=name, found=name
                )
            columns.append((region, item))
        return Block(path, block.rows, block.lines, columns, block.values, block.notes)
    return _read_wide_csv(path, problems, blank=blank)


def read_columns(path: Path, problems: Problems, *, blank: float | None) -> Block:
    """Columns of numbers by region and sector: ``region,sector,name,name…``."""
    if path.suffix == ".parquet":
        return _read_parquet(path, problems, nan=blank is not None and np.isnan(blank))
    sheet = read_csv(path)
    names = sheet.rows[0]
    if names[:2] != ["region", "sector"] or len(names) < 3 or "" in names:
        raise DataError(
            "the first row must name the columns",
            path=path,
            row=sheet.lines[0],
            found=",".join(names),
            expected="region,sector, then a name for each column of numbers",
        )
    columns = [("", name) for name in names[2:]]
    rows, lines, values = _body(
        path, sheet.rows[1:], sheet.lines[1:], columns, problems, blank=blank
    )
    return Block(path, rows, lines, columns, values, sheet.notes)


def _read_wide_csv(path: Path, problems: Problems, *, blank: float | None) -> Block:
    sheet = read_csv(path)
    if len(sheet.rows) < 3 or min(len(row) for row in sheet.rows[:2]) < 3:
        raise DataError(
            "there are too few rows or columns",
            path=path,
            expected="two rows and two columns of labels, then numbers",
        )
    top, second = sheet.rows[:2]
    for line, row in zip(sheet.lines, (top, second), strict=False):
        for column, cell in enumerate(row[:2], start=1):
            if cell.lower() not in _CORNER:
                problems.add(
                    "the first two rows and columns are for labels",
                    path=path,
                    row=line,
                    column=column,
                    found=cell,
                    expected="nothing, 'region' or 'sector'",
                )
    width = max(len(top), len(second))
    pairs = [
        (_at(top, column), _at(second, column))
        for column in range(2, width)
        if any(_at(row, column) for row in sheet.rows)
    ]
    rows, lines, values = _body(path, sheet.rows[2:], sheet.lines[2:], pairs, problems, blank=blank)
    return Block(path, rows, lines, pairs, values, sheet.notes)


def _at(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _body(
    path: Path,
    rows: Sequence[list[str]],
    lines: Sequence[int],
    columns: Sequence[Pair],
    problems: Problems,
    *,
    blank: float | None,
) -> tuple[list[Pair], list[object], NDArray[np.float64]]:
    width, names = len(columns), [_name(pair) for pair in columns]
    values = np.zeros((len(rows), width))
    labels: list[Pair] = []
    for i, (line, row) in enumerate(zip(lines, rows, strict=True)):
        labels.append((_at(row, 0), _at(row, 1)))
        cells = row[2:]
        if len(cells) < width or any(cells[width:]):
            problems.add(
                "a row of another length",
                path=path,
                row=line,
                found=f"{len(row)} cells",
                expected=f"{width + 2} cells",
            )
            continue
        # Most rows are plain numbers, which go ten times faster together.
        values[i] = parse_plain_row(cells[:width], largest=LARGEST) or [
            parse_number(
                cell, problems, path=path, row=line, column=name, blank=blank, largest=LARGEST
            )
            for cell, name in zip(cells, names, strict=False)
        ]
    return labels, list(lines), values


def _name(pair: Pair) -> str:
    return ":".join(part for part in pair if part)


def _read_parquet(path: Path, problems: Problems, *, nan: bool = False) -> Block:
    """Row labels and columns of numbers; `nan`: unknown numbers are allowed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if file.metadata.num_rows * max(file.metadata.num_columns, 1) > MOST_CELLS:
                raise DataError(
                    "the table is too large",
                    path=path,
                    found=f"{file.metadata.num_rows} × {file.metadata.num_columns} cells",
                    expected=f"at most {MOST_CELLS} cells",
                )
            table = file.read()
    except DataError:  # which is a ValueError too
        raise
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        raise DataError(
            f"this is not a sound Parquet file: {str(error)[:200]}", path=path
        ) from error
    names = table.column_names
    if names[:2] != ["region", "sector"] or len(names) < 3 or len(set(names)) < len(names):
        raise DataError(
            "the columns are not as they must be",
            path=path,
            found=", ".join(names[:4]),
            expected="'region', 'sector', then different columns of numbers",
        )
    labels = [_strings(table.column(i), path, names[i], problems) for i in range(2)]
    values = np.zeros((table.num_rows, len(names) - 2))
    for j, name in enumerate(names[2:]):
        values[:, j] = _numbers(table.column(j + 2), path, name, problems, nan=nan)
    rows = list(zip(*labels, strict=True))
    lines: list[object] = list(range(1, len(rows) + 1))
    return Block(path, rows, lines, [("", name) for name in names[2:]], values)


def _strings(column: Any, path: Path, name: str, problems: Problems) -> list[str]:
    found = column.to_pylist()
    for row, value in enumerate(found, start=1):
        if not isinstance(value, str):
            problems.add("a label is not text", path=path, row=row, column=name, found=value)
    return [str(value).strip() for value in found]


def _numbers(
    column: Any, path: Path, name: str, problems: Problems, *, nan: bool
) -> NDArray[np.float64]:
    import pyarrow as pa

    kind = column.type
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        problems.add(
            "a column is not numbers", path=path, column=name, found=kind, expected="float64"
        )
        return np.zeros(len(column))
    values = np.asarray(column.to_numpy(), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(values) <= LARGEST)
    if nan:
        bad &= ~np.isnan(values)
    if column.null_count and not nan:
        bad |= column.is_null().to_numpy().astype(bool)
    for row in np.flatnonzero(bad):
        problems.add(
            "a cell is empty, not finite or too large",
            path=path,
            row=int(row) + 1,
            column=name,
            found=values[row],
            expected=f"a number, at most {LARGEST:g}",
        )
    return np.where(bad, 0.0, values)


def align(
    block: Block,
    rows: Mapping[Pair, int],
    columns: Mapping[Pair, int],
    problems: Problems,
) -> NDArray[np.float64]:
    """The numbers in the order of the axes.

    Parameters
    ----------
    block : Block
        With labels already in the spelling of the axes.
    rows, columns : mapping of (region, sector) to position
        What must be there, all of it and once.
    problems : Problems
        Gets every label that is unknown, missing or there twice.
    """
    names = [_name(pair) for pair in block.columns]
    to_column = _positions(block, "column", block.columns, names, wanted=columns, problems=problems)
    to_row = _positions(block, "row", block.rows, block.lines, wanted=rows, problems=problems)
    values = np.zeros((len(rows), len(columns)))
    if not len(problems):
        values[np.ix_(to_row, to_column)] = block.values
    return values


def _positions(
    block: Block,
    side: Literal["row", "column"],
    labels: Sequence[Pair],
    places: Sequence[object],
    *,
    wanted: Mapping[Pair, int],
    problems: Problems,
) -> list[int]:
    seen: dict[Pair, object] = {}
    positions = []
    regions = {region for region, _ in wanted}
    for label, place in zip(labels, places, strict=True):
        if label not in wanted:
            part = "region" if label[0] not in regions else "sector or use" if label[0] else "name"
            problems.add(
                f"an unknown {part} labels a {side}",
                path=block.path,
                **{side: place},
                found=_name(label) or "nothing",
                hint="Codes must be those of regions.csv, sectors.csv and uses.csv. Sellers are "
                "rows, buyers are columns",
            )
        elif label in seen:
            problems.add(
                f"a {side} is there twice",
                path=block.path,
                **{side: place},
                found=_name(label),
                hint=f"First at {side} {seen[label]}",
            )
        else:
            seen[label] = place
            positions.append(wanted[label])
    for label in wanted:
        if label not in seen:
            problems.add(f"a {side} is missing", path=block.path, expected=_name(label))
    return positions
