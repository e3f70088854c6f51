"""A small sound table, the ways to change it, and what a case of the corpus is."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autarky.sources import read_plain, write_plain, write_template


@dataclass(frozen=True)
class Case:
    """One broken input.

    Attributes
    ----------
    name : str
        What is wrong.
    make : callable
        Makes it in an empty folder and returns the path to import.
    says : tuple of str
        What the refusal names: file, place, what was found. Empty: the input is mended.
    step : str
        Verb of the step that mends it, and a text that its parameters or effects must hold.
    """

    name: str
    make: Callable[[Path], Path]
    says: tuple[str, ...] = ()
    step: tuple[str, str] = ("", "")


CASES: list[Case] = []
MENDED: list[Case] = []


def sound(folder: Path) -> Path:
    """A sound table of 3 regions, 2 sectors and 3 uses, with x and value added."""
    write_template(folder / "template")
    table = read_plain(folder / "template" / "example")
    write_plain(table, folder / "table", name="mine")
    shutil.rmtree(folder / "template")
    header = folder / "table" / "header.json"
    fields = json.loads(header.read_text())
    fields.pop("steps")
    header.write_text(json.dumps(fields, indent=1))
    return folder / "table"


def cells(path: Path) -> list[list[str]]:
    """All cells of a CSV file."""
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def write(path: Path, rows: list[list[str]]) -> None:
    """Write cells as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def refused(name: str, *says: str):
    """Register a change of the sound table that must be refused."""

    def register(change: Callable[[Path], object]):
        def make(folder: Path) -> Path:
            table = sound(folder)
            other = change(table)
            return other if isinstance(other, Path) else table

        CASES.append(Case(name, make, says))
        return change

    return register


def mended(name: str, verb: str, text: str):
    """Register a change of the sound table that is mended by a recorded step."""

    def register(change: Callable[[Path], object]):
        def make(folder: Path) -> Path:
            table = sound(folder)
            change(table)
            return table

        MENDED.append(Case(name, make, step=(verb, text)))
        return change

    return register


def cell(name: str, value: str, *says: str, file: str = "Z.csv", row: int = 3, column: int = 4):
    """Register one cell (counted from 0) that must be refused."""

    @refused(name, file, f"row {row + 1}", *says)
    def change(table: Path) -> None:
        rows = cells(table / file)
        rows[row][column] = value
        write(table / file, rows)


def header(name: str, key: str, value: object, *says: str):
    """Register a header field that must be refused."""

    @refused(name, "header.json", key, *says)
    def change(table: Path) -> None:
        path = table / "header.json"
        fields = json.loads(path.read_text())
        fields[key] = value
        path.write_text(json.dumps(fields))


def scale(table: Path, file: str, rows: slice, columns: slice, factor: float) -> None:
    """Multiply cells (counted from 0) by a factor."""
    found = cells(table / file)
    for row in found[rows]:
        row[columns] = [repr(float(cell) * factor) for cell in row[columns]]
    write(table / file, found)


def all_numbers(table: Path, file: str) -> tuple[slice, slice]:
    return (slice(1, None), slice(2, None)) if file == "x.csv" else (slice(2, None), slice(2, None))


def as_parquet(table: Path) -> Path:
    """The same table with Parquet files, in place."""
    found = read_plain(table)
    shutil.rmtree(table)
    return write_plain(found, table, format="parquet", name="mine")


def replace_column(path: Path, name: str, values: list) -> None:
    """Put other values, of any type, into one column of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    found = pq.read_table(path)
    place = found.column_names.index(name)
    pq.write_table(found.set_column(place, name, pa.array(values)), path)
