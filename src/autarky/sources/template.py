"""An empty table in the plain layout, with instructions and a small example that works.

May import `countries`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from autarky import countries
from autarky.sources._plain_header import SCHEMA_VERSION
from autarky.sources._plain_write import csv_bytes, json_bytes, refuse_full, wide_csv, write_files

_REGIONS = ("DEU", "FRA", "ROW")
_SECTORS: Mapping[str, str] = {"goods": "Goods", "services": "Services"}
_USES = (
    ("household", "Consumption of households", "household"),
    ("government", "Consumption of government", "government"),
    ("investment", "Investment", "investment"),
)

_README = """\
A table of your own, for autarky
================================

Fill these files with a spreadsheet, save each as "CSV UTF-8 (comma delimited)" with a point as
decimal mark, and run

    autarky data import FOLDER --name mine

The folder "example" holds a small table that is complete; look there for how it is meant:

    autarky data import FOLDER/example
    autarky brief DEU --table example

header.json
    name      under which the table is stored: lower-case letters, digits, "-" and "_"
    title     what it is, for people
    year      a whole number
    unit      currency ("USD"), multiple ("", "thousand", "million", "billion" or "trillion")
              and prices ("current basic prices"); the same for every number
    citation, licence, url
              where it comes from and what may be done with it
    treatment "none": rows must add up to output within 0.1 %. "balance": flows are scaled until
              they do. "as_published": kept as it is
    missing   "refuse": an empty cell is a mistake. "zero": it is 0
    region_codes
              "canonical": ROM becomes ROU, Germany becomes DEU. "as_given": kept as they are
    complete  false if some regions lack some sectors (leave their rows and columns out)

regions.csv, sectors.csv, uses.csv
    Your codes and their names. The kind of a final use is one of household, npish, government,
    investment, inventories, final ("final" if you have one column for everything).
    Three-letter ISO codes for economies let autarky find "Germany"; ROW is the rest of the world.

Z.csv   what industries sell to industries
Y.csv   what industries sell to final uses
    The first row is the buyer's region, the second the buyer's sector (in Y: the use).
    The first column is the seller's region, the second the seller's sector.
    Every combination must be there once; the order does not matter. Write 0 where there is nothing.

Optional files
    x.csv            region,sector,x             output; the row sums of Z and Y without it
    value_added.csv  region,sector,value_added   output less inputs (taxes and margins are inside)
    accounts.csv     region,sector,capital,labour,...   further numbers for each industry; an empty
                     cell is "not known" (not allowed for capital and labour)

Z, Y and the optional files may also be Parquet: the columns "region" and "sector", then one column
for each buyer, named REGION:SECTOR.
"""


def write_template(
    folder: Path | str,
    *,
    regions: Sequence[str] = _REGIONS,
    sectors: Mapping[str, str] | Sequence[str] = _SECTORS,
    name: str = "mine",
    year: int = 2020,
) -> list[Path]:
    """Write an empty table with instructions, and a complete one beside it in ``example/``.

    Parameters
    ----------
    folder : path
        New, or empty.
    regions : sequence of str
        Codes to begin with.
    sectors : mapping of code to name, or sequence of codes
        The same for sectors.
    name, year : str, int
        For the header.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    DataError
        The folder has something in it.
    StoreError
        It cannot be written.
    """
    folder = Path(folder)
    refuse_full(folder)
    titles = dict(sectors) if isinstance(sectors, Mapping) else {code: code for code in sectors}
    empty = _files(name, "What this table is", year, regions, titles, treatment="none")
    industries, uses = len(regions) * len(titles), len(regions) * len(_USES)
    empty |= _matrices(
        regions, titles, [[""] * industries] * industries, [[""] * uses] * industries
    )
    example = _files("example", "A small example, not real", 2020, _REGIONS, dict(_SECTORS))
    example |= _matrices(_REGIONS, dict(_SECTORS), *_example())
    files = {"README.txt": _README.encode(), **empty}
    files |= {f"example/{file}": data for file, data in example.items()}
    return write_files(folder, files)


def _files(
    name: str,
    title: str,
    year: int,
    regions: Sequence[str],
    sectors: Mapping[str, str],
    *,
    treatment: str = "none",
) -> dict[str, bytes]:
    header = {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "title": title,
        "year": year,
        "unit": {"currency": "USD", "multiple": "million", "prices": "current basic prices"},
        "citation": "",
        "licence": "",
        "url": "",
        "treatment": treatment,
        "missing": "refuse",
        "region_codes": "canonical",
        "complete": True,
    }
    return {
        "header.json": json_bytes(header),
        "regions.csv": csv_bytes([("code", "name"), *((r, countries.name(r)) for r in regions)]),
        "sectors.csv": csv_bytes([("code", "name"), *sectors.items()]),
        "uses.csv": csv_bytes([("code", "name", "kind"), *_USES]),
    }


def _matrices(
    regions: Sequence[str],
    sectors: Mapping[str, str],
    Z: Sequence[Sequence[object]],
    Y: Sequence[Sequence[object]],
) -> dict[str, bytes]:
    rows = ([r for r in regions for _ in sectors], [s for _ in regions for s in sectors])
    uses = ([r for r in regions for _ in _USES], [use for _ in regions for use, _, _ in _USES])
    return {"Z.csv": wide_csv(*rows, rows, Z), "Y.csv": wide_csv(*rows, uses, Y)}


def _example() -> tuple[list[list[int]], list[list[int]]]:
    """Made-up flows of three regions that trade goods and few services."""
    size = (30, 25, 300)  # of the regions
    Z, Y = [], []
    for seller, own in enumerate(size):
        for goods in (True, False):
            flows, final = [], []
            for buyer, other in enumerate(size):
                home = seller == buyer
                open_ = (own * other) // (60 if goods else 300)
                base = own * 10 if home else open_
                flows += [base * 3 // 10, base // 5] if goods else [base // 5, base * 3 // 10]
                final += [base, base // 4 if home and not goods else 0, base // 3 if goods else 0]
            Z.append(flows)
            Y.append(final)
    return Z, Y
