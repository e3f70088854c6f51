"""The plain layout: a folder that a person can fill from a spreadsheet.

::

    header.json       what it is: name, title, year, unit, citation, licence
    regions.csv       code,name
    sectors.csv       code,name
    uses.csv          code,name,kind
    Z.csv             flows between industries: two rows and two columns of labels, then numbers
    Y.csv             final use: the same, with uses instead of sectors on top
    x.csv             optional: region,sector,x; row sums of Z and Y without it
    value_added.csv   optional: region,sector,value_added; x less the column sums of Z without it
    accounts.csv      optional: region,sector,capital,labour, and any other account

Z, Y and the optional files may be Parquet instead. `template` writes an empty one. May import
`table`, `axes`, `units`, `countries`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Industries, Uses
from autarky.errors import DataError, TableError
from autarky.sources import _plain_matrix as matrix
from autarky.sources._plain_checks import refuse_what_does_not_close
from autarky.sources._plain_header import HEADER, Header, Labels, read_header, read_labels
from autarky.sources._plain_matrix import Block, Pair
from autarky.sources._plain_write import write_plain
from autarky.sources._problems import Problems
from autarky.sources.template import write_template
from autarky.table import Table

__all__ = ["HEADER", "matches", "read_name", "read_plain", "write_plain", "write_template"]

FloatArray = NDArray[np.float64]


def matches(folder: Path) -> bool:
    """Whether a folder has a header of this layout."""
    return (folder / HEADER).is_file()


def read_name(folder: Path) -> str:
    """The name that the header gives the table."""
    return read_header(folder).name


def read_plain(folder: Path | str) -> Table:
    """Read and validate a table in the plain layout.

    Rows and columns are found by their labels, in any order. ``header.json`` may say:

    * ``treatment``: "none" (the default: rows must add up to output within 0.1 %, output and value
      added must not be negative), "balance" (flows are scaled until rows add up, which is
      recorded), "as_published" (kept as it is; ``table.check()`` reports the gaps);
    * ``region_codes``: "canonical" (the default: ROM becomes ROU, recorded) or "as_given";
    * ``missing``: "refuse" (the default) or "zero" (an empty cell is 0, recorded);
    * ``complete``: false where some regions lack some sectors.

    Parameters
    ----------
    folder : path
        The folder.

    Returns
    -------
    Table
        What was done on reading is the last steps of its provenance.

    Raises
    ------
    DataError
        Something is missing, misspelt, not a number or does not add up. All problems of a phase
        (header and labels, numbers, accounts) are collected; the message says where they are.
    BalanceError
        Balancing was asked for and is not possible.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataError("this is not a folder", path=folder)
    header = read_header(folder)
    labels = read_labels(folder, header)
    numbers = _read_numbers(folder, header, labels)
    problems = Problems()
    parts = _place(numbers, labels, header, problems)
    problems.raise_any()
    table = _build(folder, header, labels, parts)
    files = {name: block.path for name, block in numbers.columns.items()}
    files |= {"Z": numbers.Z.path, "Y": numbers.Y.path}
    return refuse_what_does_not_close(table, folder, header.treatment, files=files)


@dataclass(frozen=True)
class _Numbers:
    """All files of numbers, in their own order."""

    Z: Block
    Y: Block
    columns: dict[str, Block]  # x, value_added, accounts: those that are there


@dataclass(frozen=True)
class _Parts:
    """All numbers in the order of the axes."""

    industries: Industries
    uses: Uses
    Z: FloatArray
    Y: FloatArray
    columns: dict[str, FloatArray]
    notes: tuple[str, ...]


def _read_numbers(folder: Path, header: Header, labels: Labels) -> _Numbers:
    problems = Problems()
    blank = 0.0 if header.missing == "zero" else None
    spelling = {code: code for code in labels.regions} | labels.renamed
    blocks: dict[str, Block] = {}
    readers: tuple[tuple[str, bool, Callable[..., Block], float | None], ...] = (
        ("Z", True, matrix.read_matrix, blank),
        ("Y", True, matrix.read_matrix, blank),
        ("x", False, matrix.read_columns, blank),
        ("value_added", False, matrix.read_columns, blank),
        # An account may be unknown for some industries: an empty cell says so.
        ("accounts", False, matrix.read_columns, float("nan")),
    )
    for stem, required, read, empty in readers:
        try:
            path = matrix.find(folder, stem, required=required)
            if path is not None:
                blocks[stem] = _respell(read(path, problems, blank=empty), spelling)
        except DataError as error:
            problems.include(error)
    problems.raise_any()
    return _Numbers(blocks.pop("Z"), blocks.pop("Y"), blocks)


def _respell(block: Block, spelling: dict[str, str]) -> Block:
    def respell(pairs: list[Pair]) -> list[Pair]:
        return [(spelling.get(region, region), item) for region, item in pairs]

    return replace(block, rows=respell(block.rows), columns=respell(block.columns))


def _place(numbers: _Numbers, labels: Labels, header: Header, problems: Problems) -> _Parts:
    industries, uses = _axes(numbers, labels, header)
    rows = dict(zip(zip(*industries.columns(), strict=True), range(len(industries)), strict=True))
    buyers = dict(zip(zip(*uses.columns(), strict=True), range(len(uses)), strict=True))
    Z = matrix.align(numbers.Z, rows, rows, problems)
    Y = matrix.align(numbers.Y, rows, buyers, problems)
    columns: dict[str, FloatArray] = {}
    notes = [*labels.notes, *_notes(numbers.Z), *_notes(numbers.Y)]
    for stem, block in numbers.columns.items():
        names = [name for _, name in block.columns]
        for name in sorted({"x", "value_added"} & set(names)) if stem == "accounts" else ():
            problems.add("an account has a name that is taken", path=block.path, column=name)
        wanted = names if stem == "accounts" else [stem]
        at = {("", name): i for i, name in enumerate(wanted)}
        values = matrix.align(block, rows, at, problems)
        columns |= {name: values[:, i].copy() for i, name in enumerate(wanted)}
        notes += _notes(block)
    return _Parts(industries, uses, Z, Y, columns, tuple(notes))


def _notes(block: Block) -> list[str]:
    return [f"{block.path.name}: {note}" for note in block.notes]


def _axes(numbers: _Numbers, labels: Labels, header: Header) -> tuple[Industries, Uses]:
    """The industries and uses there must be: all combinations, or those found if incomplete."""
    if header.complete:
        return (
            Industries.product(labels.regions, labels.sectors),
            Uses.product(labels.regions, labels.uses, kinds=labels.use_kinds),
        )
    flat = []
    for pairs, items in ((numbers.Z.rows, labels.sectors), (numbers.Y.columns, labels.uses)):
        known = {pair for pair in pairs if pair[0] in labels.regions and pair[1] in items}
        places = sorted(
            (labels.regions.position(region), items.position(item)) for region, item in known
        )
        flat.append(np.array(places, dtype=np.intp).reshape(-1, 2).T)
    try:
        return (
            Industries(labels.regions, labels.sectors, *flat[0]),
            Uses(labels.regions, labels.uses, *flat[1], labels.use_kinds),
        )
    except TableError as error:
        raise DataError(str(error), path=numbers.Z.path) from error


def _build(folder: Path, header: Header, labels: Labels, parts: _Parts) -> Table:
    columns = dict(parts.columns)
    x = columns.pop("x", None)
    x = parts.Z.sum(axis=1) + parts.Y.sum(axis=1) if x is None else x
    value_added = columns.pop("value_added", None)
    value_added = x - parts.Z.sum(axis=0) if value_added is None else value_added
    provenance = header.provenance.then(
        "read",
        {"layout": "plain", "missing": header.missing},
        **({"notes": "; ".join(parts.notes)} if parts.notes else {}),
    )
    if labels.renamed:
        provenance = provenance.then("rename_regions", labels.renamed)
    try:
        return Table(
            Z=parts.Z,
            Y=parts.Y,
            x=x,
            value_added=value_added,
            industries=parts.industries,
            uses=parts.uses,
            unit=header.unit,
            year=header.year,
            provenance=provenance,
            capital=columns.pop("capital", None),
            labour=columns.pop("labour", None),
            accounts=columns,
        )
    except TableError as error:
        raise DataError(str(error), path=folder / "accounts.csv") from error
