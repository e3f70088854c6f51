"""Strict reading of CSV: what a spreadsheet writes, and a clear refusal of everything else.

UTF-8 with commas and decimal points. Nothing is guessed: a decimal comma, a text in a number cell,
"nan" or 1e400 are problems with a row and a column, and "NA" is Namibia. May import `errors`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autarky.errors import DataError
from autarky.sources._problems import Problems

#: Longest cell that is read [characters]: titles are shorter, damaged files are not.
LONGEST_CELL = 10_000
#: Largest file that is read as text [bytes].
LARGEST_FILE = 2 << 30

_DIGITS = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NUMBER = re.compile(_DIGITS)
# Cells are joined by zero bytes, which no text that was read can hold.
_NUMBERS = re.compile(rf"{_DIGITS}(?:\0{_DIGITS})*")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,3}(?:[. ][0-9]{3})*,[0-9]+|[+-]?[0-9]+,[0-9]+")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[, '\u00a0\u202f][0-9]{3})+(?:\.[0-9]+)?")
_SAVE_AS = "Save it as 'CSV UTF-8 (comma delimited)' with a point as decimal mark"


@dataclass(frozen=True)
class Sheet:
    """The cells of a CSV file, as text without surrounding blanks.

    Attributes
    ----------
    path : Path
        The file.
    rows : list of list of str
        All rows that are not blank; rows may differ in length.
    lines : list of int
        Line of the file on which each row begins, counted from 1.
    notes : tuple of str
        What was tolerated while reading: a byte-order mark.
    """

    path: Path
    rows: list[list[str]]
    lines: list[int]
    notes: tuple[str, ...]


def read_bytes(path: Path, *, largest: int = LARGEST_FILE) -> bytes:
    """All bytes of a file.

    Raises
    ------
    DataError
        It is missing, cannot be read, is empty or is too large.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            raise DataError(
                "the file is too large to be read",
                path=path,
                found=f"{size} bytes",
                expected=f"at most {largest} bytes",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise DataError("the file is missing", path=path) from None
    except OSError as error:
        cause = error.strerror or str(error)
        raise DataError(f"the file cannot be read: {cause}", path=path) from error
    if not data:
        raise DataError("the file is empty", path=path)
    return data


def decode(data: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    """Text of UTF-8 bytes, and a note where a byte-order mark was skipped.

    Raises
    ------
    DataError
        The bytes are not UTF-8 text; UTF-16 is named.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:200]:
        what = "UTF-16 text" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "zero bytes"
        raise DataError(
            "the file is not UTF-8 text", path=path, found=what, expected="UTF-8", hint=_SAVE_AS
        )
    notes: tuple[str, ...] = ()
    if data.startswith(b"\xef\xbb\xbf"):
        data, notes = data[3:], ("skipped a byte-order mark",)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            "the file is not UTF-8 text",
            path=path,
            row=data.count(b"\n", 0, error.start) + 1,
            found=f"byte 0x{data[error.start]:02x}",
            expected="UTF-8",
            hint=_SAVE_AS,
        ) from None
    if "\x00" in text:
        row = text.count("\n", 0, text.index("\x00")) + 1
        raise DataError("the file holds zero bytes", path=path, row=row, expected="UTF-8 text")
    return text, notes


def read_csv(path: Path) -> Sheet:
    """The cells of a CSV file.

    Raises
    ------
    DataError
        It is not UTF-8, has no rows, uses semicolons or tabs, has an unclosed quotation mark or a
        cell of more than `LONGEST_CELL` characters.
    """
    text, notes = decode(read_bytes(path), path)
    _refuse_other_delimiters(text, path)
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if any(stripped):
                rows.append(stripped)
                lines.append(line)
                _refuse_long_cells(stripped, path, line)
            line = reader.line_num + 1
    except csv.Error as error:
        problem, hint = f"the row is not valid CSV ({error})", "Look for a stray quotation mark"
        if "field limit" in str(error):
            problem, hint = "a cell is too long", "The file may be damaged there"
        raise DataError(problem, path=path, row=line, hint=hint) from None
    if not rows:
        raise DataError("the file has no rows", path=path)
    return Sheet(path, rows, lines, notes)


def _refuse_long_cells(cells: list[str], path: Path, line: int) -> None:
    if max(map(len, cells)) <= LONGEST_CELL:
        return
    for column, cell in enumerate(cells, start=1):
        if len(cell) > LONGEST_CELL:
            raise DataError(
                "a cell is too long",
                path=path,
                row=line,
                column=column,
                found=f"{len(cell)} characters",
                expected=f"at most {LONGEST_CELL}",
            )


def _refuse_other_delimiters(text: str, path: Path) -> None:
    first = text.lstrip().split("\n", 1)[0]
    for mark, name in ((";", "semicolons"), ("\t", "tabs")):
        if mark in first and "," not in first:
            raise DataError(
                f"cells are separated by {name}",
                path=path,
                row=1,
                expected="commas",
                hint=_SAVE_AS,
            )


def parse_plain_row(cells: Sequence[str], *, largest: float) -> list[float] | None:
    """All numbers of a row at once, None if one needs a closer look (see `parse_number`)."""
    if not _NUMBERS.fullmatch("\0".join(cells)):
        return None
    values = list(map(float, cells))
    return values if max(map(abs, values)) <= largest else None


def parse_number(
    cell: str,
    problems: Problems,
    *,
    path: Path,
    row: object,
    column: object,
    blank: float | None,
    largest: float = 1e300,
) -> float:
    """A finite number, or 0.0 and a problem noted.

    Parameters
    ----------
    cell : str
        Digits with a decimal point, exponent allowed: "12", "-0.5", "1e3".
    problems : Problems
        Where a problem goes.
    path, row, column
        Where the cell is, for the message.
    blank : float or None
        What an empty cell means; None: a problem.
    largest : float
        Largest size of a number.
    """
    if cell == "" and blank is not None:
        return blank
    if _NUMBER.fullmatch(cell):
        value = float(cell)
        if abs(value) <= largest:
            return value
        message, hint = "a number is too large", f"The largest that is read is {largest:g}"
    else:
        message, hint = _why_no_number(cell)
    problems.add(
        message,
        path=path,
        row=row,
        column=column,
        found=cell or None,
        expected="a number",
        hint=hint,
    )
    return 0.0


def _why_no_number(cell: str) -> tuple[str, str | None]:
    if cell == "":
        return "a cell is empty", "Write 0 where there is nothing"
    if cell.lower().lstrip("+-") in ("nan", "inf", "infinity", "#n/a", "#num!", "#div/0!"):
        return "a cell is not a finite number", "Write 0, or the number that belongs there"
    if _GROUPED.fullmatch(cell) and not re.fullmatch(r"[+-]?[0-9]{1,3},[0-9]{3}", cell):
        return "a number has marks between thousands", "Write it without them"
    if _DECIMAL_COMMA.fullmatch(cell):
        hint = "Write a point as decimal mark and nothing between thousands"
        return "a number has a comma", hint
    if cell.startswith("="):
        return "a cell holds a formula", "Paste values only, then save again"
    return "a cell is not a number", None
