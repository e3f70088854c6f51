"""Make the embedded table from the full WIOD 2013 release.

``python -m autarky.sources.build_world`` reads each year as published, then applies
`restore_rounding`, `balance` and `aggregate` to 15 sector groups, and keeps 16 bits of each
number's mantissa. The same files give the same bytes. May import `table`, `errors` and its own
folder.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autarky import disk
from autarky.axes import Concordance
from autarky.sources import wiod2013, world
from autarky.table import Table

YEARS = (1995, 2000, 2005, 2008, 2011)
#: Bits of mantissa kept: a relative error of at most 2⁻¹⁷, 8e-6.
BITS = 16

#: code: (title, WIOD industries). Titles say what WIOD cannot separate.
GROUPS: dict[str, tuple[str, tuple[int, ...]]] = {
    "food": ("Food and farming", (1, 3)),
    "energy": ("Energy and mining (fuels and ores together)", (2, 8, 17)),
    "chemicals": ("Chemicals and plastics (pharmaceuticals inside)", (9, 10)),
    "metals": ("Metals", (12,)),
    "machinery": ("Machinery", (13,)),
    "electronics": ("Electronics and electrical equipment", (14,)),
    "vehicles": ("Vehicles, ships and aircraft", (15,)),
    "textiles": ("Textiles, clothing and leather", (4, 5)),
    "other_manufacturing": ("Wood, paper, glass, cement and other goods", (6, 7, 11, 16)),
    "construction": ("Construction", (18,)),
    "trade": ("Wholesale and retail trade", (19, 20, 21)),
    "transport": ("Transport and travel agencies", (23, 24, 25, 26)),
    "finance": ("Banks and insurance", (28,)),
    "public_services": (
        "Public services: administration, education, health (defence inside administration)",
        (31, 32, 33),
    ),
    "other_services": (
        "Other services: telecoms, business, property, hotels, culture, households",
        (22, 27, 29, 30, 34, 35),
    ),
}


def recipe(table: Table) -> Table:
    """The published table, repaired and in 15 groups; not yet shortened to 16 bits."""
    members = {code: [f"c{i}" for i in numbers] for code, (_, numbers) in GROUPS.items()}
    titles = {code: title for code, (title, _) in GROUPS.items()}
    groups = Concordance.from_groups(table.sectors, members, titles=titles)
    return table.restore_rounding().balance().aggregate(sectors=groups)


def blocks(table: Table) -> dict[str, bytes]:
    """The packed blocks of one year."""
    flows = np.concatenate([table.Z.reshape(-1), table.Y.reshape(-1)])
    accounts = np.concatenate([table.accounts["value_added_basic"], table.accounts["employment"]])
    return {"flows": world.pack(flows, bits=BITS), "accounts": world.pack(accounts)}


def build(folder: Path, years: Sequence[int] = YEARS) -> bytes:
    """The bytes of the embedded file, made of the release in `folder`."""
    tables = [recipe(wiod2013.read(folder, year)) for year in years]
    data = b""
    entries: dict[str, Any] = {}
    for table in tables:
        entry: dict[str, Any] = {"steps": _steps(table)}
        for name, packed in blocks(table).items():
            digest = hashlib.sha256(packed).hexdigest()
            entry[name] = {"offset": len(data), "nbytes": len(packed), "sha256": digest}
            data += packed
        entries[str(table.year)] = entry
    last = tables[-1]
    axes = {"regions": last.regions, "sectors": last.sectors, "uses": last.uses.categories}
    header: dict[str, Any] = {
        name: {"codes": axis.labels, "titles": axis.titles} for name, axis in axes.items()
    }
    header["uses"]["kinds"] = last.uses.kinds
    unit = last.unit
    header["unit"] = {
        "currency": unit.currency,
        "multiple": unit.multiple,
        "prices": unit.prices,
    }
    header["years"] = entries
    text = json.dumps(header, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return world.MAGIC + len(text).to_bytes(4, "little") + text + data


def _steps(table: Table) -> list[dict[str, Any]]:
    """The recorded steps, with numbers short enough to be the same on every machine."""
    provenance = table.provenance.then("quantise", {"mantissa_bits": BITS, "output": "row sums"})
    steps = [step.as_dict() for step in provenance.steps]
    for step in steps:
        step["effect"] = {
            key: _short(key, value) if isinstance(value, float) else value
            for key, value in step["effect"].items()
        }
    return steps


def _short(key: str, value: float) -> float:
    if key == "residual":  # rounding error: only its order is the same everywhere
        return 10.0 ** math.ceil(math.log10(max(value, 1e-15)))
    return float(f"{value:.6g}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file into the package; the release's folder may be given as an argument."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    shared = Path(os.environ.get("AUTARKY_SHARED", "../shared"))
    folder = Path(given[0]) if given else shared / "data" / "wiod2013"
    target = Path(__file__).parent.parent / "data" / world.FILE
    data = build(folder)
    disk.write_bytes(target, data)
    sys.stdout.write(f"{target}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
