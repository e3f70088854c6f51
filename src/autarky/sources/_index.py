"""The index of the data store: which names and years are fit, and what an entry must hold.

May import `errors` and `_objects`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from autarky.errors import OptionError, StoreError
from autarky.sources._objects import ADDRESS

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
FORMAT = 1


def checked_name(name: str) -> str:
    # The name becomes a folder: no dots, slashes or capitals (some disks ignore case).
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise OptionError(
            f"{name!r} cannot be the name of a table: use up to 64 lower-case letters, "
            "digits, '-' and '_', beginning with a letter or digit"
        )
    return name


def checked_year(year: int) -> int:
    if isinstance(year, bool) or not isinstance(year, int) or not 0 < year < 10_000:
        raise OptionError(f"{year!r} cannot be the year of a table: give a whole number, 1 to 9999")
    return year


def parse_index(text: bytes, path: Path, name: str, year: int) -> dict[str, Any]:
    """Fields of an index file, or a `StoreError` that says what is wrong with it."""
    mend = "Store the table again, or delete this file"
    try:
        fields = json.loads(text)
    except ValueError:
        raise StoreError("this entry of the index is not JSON", path=path, hint=mend) from None
    if not isinstance(fields, dict) or not {"format", "address", "nbytes", "stored"} <= set(fields):
        raise StoreError("this entry of the index is incomplete", path=path, hint=mend)
    if fields["format"] != FORMAT:
        raise StoreError(
            "this store was written by another version of autarky",
            path=path,
            found=f"format {fields['format']}",
            expected=f"format {FORMAT}",
            hint="Use that version, or another folder (AUTARKY_HOME)",
        )
    named = (fields.get("name"), fields.get("year"))
    if named != (name, year):
        raise StoreError(
            "this entry of the index names another table",
            path=path,
            found=f"{named[0]}:{named[1]}",
            expected=f"{name}:{year}",
            hint=mend,
        )
    address, nbytes = fields["address"], fields["nbytes"]
    if not isinstance(address, str) or not ADDRESS.fullmatch(address) or type(nbytes) is not int:
        raise StoreError("this entry of the index has no valid address", path=path, hint=mend)
    return fields


def ranges(years: list[int]) -> str:
    """Years in short: 1995-2000, 2005."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)
