"""Tables to and from what the store keeps: arrays and a header of plain values.

May import `table`, `axes`, `units`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis, Industries, Uses
from autarky.errors import StoreError
from autarky.sources.store import Entry, Store
from autarky.table import Table
from autarky.units import Provenance, Unit

_SCHEMA = 1
_ACCOUNT = "account_"
_MEND = "Store the table again with 'autarky data import'"


def put(store: Store, name: str, table: Table) -> Entry:
    """Store a table under a name and its year."""
    arrays, header = pack(table)
    return store.put(name, int(table.year or 0), arrays, header)


def get(store: Store, entry: Entry) -> Table:
    """The stored table, its arrays memory-mapped.

    Raises
    ------
    StoreError
        What is stored is not a table of this version.
    """
    arrays, header = store.get(entry.name, entry.year)
    table = unpack(arrays, header, entry)
    return replace(table, provenance=replace(table.provenance, sha256=entry.address))


def pack(table: Table) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays and header that hold a table completely."""
    arrays: dict[str, NDArray[Any]] = {
        "Z": table.Z,
        "Y": table.Y,
        "x": table.x,
        "value_added": table.value_added,
        "region_of": table.industries.region_of,
        "sector_of": table.industries.sector_of,
        "use_region_of": table.uses.region_of,
        "use_category_of": table.uses.category_of,
    }
    for name in ("capital", "labour"):
        if getattr(table, name) is not None:
            arrays[name] = getattr(table, name)
    accounts = list(table.accounts)
    # Account names are free text; file names are not.
    arrays |= {f"{_ACCOUNT}{i}": table.accounts[name] for i, name in enumerate(accounts)}
    axes = {
        "regions": table.regions,
        "sectors": table.sectors,
        "uses": table.uses.categories,
    }
    header: dict[str, Any] = {
        "schema": _SCHEMA,
        **{
            name: {"codes": list(axis.labels), "titles": list(axis.titles)}
            for name, axis in axes.items()
        },
        "use_kinds": list(table.uses.kinds),
        "unit": asdict(table.unit),
        "year": table.year,
        "accounts": accounts,
        "provenance": table.provenance.as_dict(),
    }
    return arrays, header


def unpack(arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any], entry: Entry) -> Table:
    """The inverse of `pack`."""
    if header.get("schema") != _SCHEMA:
        raise StoreError(
            "this was stored by another version of autarky, or is not a table",
            path=entry.folder,
            found=f"schema {header.get('schema')}",
            expected=f"schema {_SCHEMA}",
            hint=_MEND,
        )
    regions, sectors, uses = (
        Axis(name, header[f"{name}s"]["codes"], header[f"{name}s"]["titles"])
        for name in ("region", "sector", "use")
    )
    return Table(
        Z=arrays["Z"],
        Y=arrays["Y"],
        x=arrays["x"],
        value_added=arrays["value_added"],
        industries=Industries(regions, sectors, arrays["region_of"], arrays["sector_of"]),
        uses=Uses(
            regions,
            uses,
            arrays["use_region_of"],
            arrays["use_category_of"],
            tuple(header["use_kinds"]),
        ),
        unit=Unit(**header["unit"]),
        year=header["year"],
        provenance=Provenance.from_dict(header["provenance"]),
        capital=arrays.get("capital"),
        labour=arrays.get("labour"),
        accounts={
            name: np.asarray(arrays[f"{_ACCOUNT}{i}"]) for i, name in enumerate(header["accounts"])
        },
    )
