"""The table that comes with autarky: all 41 regions of WIOD 2013 in 15 sector groups, five years.

Made by `build_world` from the full release and kept in one file inside the package::

    8 bytes   magic
    4 bytes   length of the header, little-endian
    header    JSON: labels, unit, and for each year where its blocks are, their SHA-256, the recipe
    blocks    per year: flows Z and Y, and the accounts; float32, bytes shuffled, deflated

Output is the row sums of Z and Y, so that the accounts close exactly. May import `table`, `axes`,
`units`, `errors` and its own folder.
"""

from __future__ import annotations

import functools
import hashlib
import json
import zlib
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis
from autarky.errors import DataError, MissingTableError
from autarky.sources.registry import release
from autarky.table import Table
from autarky.units import Provenance, Step, Unit

NAME = "world"
MAGIC = b"autarky1"
FILE = "world.bin"

_MEND = "Install autarky again"


def years() -> list[int]:
    """The years there are, ascending."""
    return sorted(int(year) for year in _file()[0]["years"])


def read(year: int) -> Table:
    """One year of the embedded table.

    Parameters
    ----------
    year : int
        1995, 2000, 2005, 2008 or 2011.

    Returns
    -------
    Table
        41 regions × 15 sector groups, 5 final uses, million USD at current basic prices; balanced
        (x is the row sums). Accounts: `value_added_basic` (value added at basic prices; not known
        for ROW), `primary_other` (value added less that: taxes less subsidies on products and
        transport margins) and `employment` [thousand persons; not known for ROW].

    Raises
    ------
    MissingTableError
        There is no such year; the message lists those there are.
    DataError
        The file in the package is damaged.

    Examples
    --------
    >>> table = read(2011)
    >>> table.n, table.sectors.title("energy")
    (615, 'Energy and mining (fuels and ores together)')
    """
    header, data = _file()
    entry = _entry(header, year)
    regions, sectors, uses = (_axis(name, header[f"{name}s"]) for name in _AXES)
    n, k = len(regions) * len(sectors), len(regions) * len(uses)
    flows = _block(data, entry["flows"]).astype(np.float64)
    Z, Y = flows[: n * n].reshape(n, n), flows[n * n :].reshape(n, k)
    basic, employment = _block(data, entry["accounts"]).astype(np.float64).reshape(2, n)
    x = Z.sum(axis=1) + Y.sum(axis=1)
    value_added = x - Z.sum(axis=0)
    return Table.from_arrays(
        Z.copy(),
        Y.copy(),
        regions=regions,
        sectors=sectors,
        uses=uses,
        use_kinds=header["uses"]["kinds"],
        x=x,
        value_added=value_added,
        unit=Unit(**header["unit"]),
        year=year,
        provenance=_provenance(entry),
        accounts={
            "value_added_basic": basic,
            "primary_other": value_added - basic,
            "employment": employment,
        },
    )


def _entry(header: dict[str, Any], year: int) -> dict[str, Any]:
    entry = header["years"].get(str(year))
    if entry is None:
        there = ", ".join(sorted(header["years"]))
        raise MissingTableError(
            f"{NAME}:{year} does not exist; {NAME} has {there}. wiod2013 has every year from 1995 "
            "to 2011: autarky data get wiod2013 says how to get it"
        )
    return entry


_AXES = ("region", "sector", "use")


def _axis(name: str, labels: dict[str, Any]) -> Axis:
    return Axis(name, labels["codes"], labels["titles"])


def _provenance(entry: dict[str, Any]) -> Provenance:
    source = release(NAME)
    return Provenance(
        source=source.title,
        citation=source.citation,
        licence=f"{source.licence}. {source.licence_note}",
        url=source.landing,
        sha256=entry["flows"]["sha256"],
        steps=tuple(Step(**step) for step in entry["steps"]),
        faults=source.faults,
    )


@functools.cache
def _file() -> tuple[dict[str, Any], bytes]:
    """The header and the blocks."""
    data = resources.files("autarky").joinpath("data", FILE).read_bytes()
    return split(data)


def split(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and blocks of the bytes of the file.

    Raises
    ------
    DataError
        They do not begin as they must.
    """
    start = len(MAGIC) + 4
    if data[: len(MAGIC)] != MAGIC or len(data) < start:
        raise DataError("the embedded table is damaged", path=FILE, hint=_MEND)
    end = start + int.from_bytes(data[len(MAGIC) : start], "little")
    try:
        return json.loads(data[start:end]), data[end:]
    except ValueError:
        raise DataError("the embedded table is damaged", path=FILE, hint=_MEND) from None


def _block(data: bytes, place: dict[str, Any]) -> NDArray[np.float32]:
    packed = data[place["offset"] : place["offset"] + place["nbytes"]]
    found = hashlib.sha256(packed).hexdigest()
    if found != place["sha256"]:
        raise DataError(
            "the embedded table is damaged",
            path=FILE,
            found=f"sha256 {found[:16]}",
            expected=f"sha256 {place['sha256'][:16]}",
            hint=_MEND,
        )
    return unpack(packed)


def pack(values: NDArray[np.float64], *, bits: int | None = None) -> bytes:
    """Numbers as float32, with `bits` bits of mantissa if given, bytes shuffled and deflated.

    The lowest bytes of all numbers come first, then the next; bytes of one significance resemble
    each other, so that they compress.
    """
    words = values.astype("<f4").reshape(-1).view("<u4")
    if bits is not None:
        # To nearest, ties to even; a carry into the exponent is right too.
        drop = 23 - bits
        odd = (words >> np.uint32(drop)) & np.uint32(1)
        half = np.uint32((1 << (drop - 1)) - 1)
        words = (words + half + odd) >> np.uint32(drop) << np.uint32(drop)
    planes = np.ascontiguousarray(words.view(np.uint8).reshape(-1, 4).T)
    return zlib.compress(planes.tobytes(), 9)


def unpack(packed: bytes) -> NDArray[np.float32]:
    """The inverse of `pack`."""
    planes = np.frombuffer(zlib.decompress(packed), dtype=np.uint8).reshape(4, -1)
    return np.ascontiguousarray(planes.T).view("<f4").reshape(-1)
