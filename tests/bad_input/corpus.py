"""Broken tables and files, each made from a sound one: what must be refused, and what is mended.

A case changes a small table in the plain layout (or makes a file of another layout) and says what
the refusal must name, or which recorded step mends it. Nothing is kept as data: every file is made
when a test runs.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np

from bad_input.making import (
    CASES,
    MENDED,
    all_numbers,
    as_parquet,
    cell,
    cells,
    header,
    mended,
    refused,
    replace_column,
    scale,
    sound,
    write,
)

__all__ = ["CASES", "MENDED", "as_parquet", "sound"]

# --- cells ----------------------------------------------------------------------------------------

cell("NaN in a cell", "NaN", "column FRA:goods", "'NaN'", "not a finite number")
cell("inf in a cell", "inf", "column FRA:goods", "'inf'", "not a finite number")
cell("minus infinity", "-Infinity", "'-Infinity'", "not a finite number")
cell("1e400", "1e400", "column FRA:goods", "'1e400'", "too large")
cell("1e200, finite and absurd", "1e200", "'1e200'", "too large")
cell("text in a cell", "n.a.", "column FRA:goods", "'n.a.'", "not a number")
cell("a spreadsheet's #N/A", "#N/A", "'#N/A'", "not a finite number")
cell("a formula", "=SUM(A1:A3)", "formula", "Paste values")
cell("decimal comma", "12,5", "'12,5'", "comma", "point as decimal mark")
cell("comma between thousands", "1,234,567.0", "thousands")
cell("decimal comma and points between thousands", "1.234,5", "comma")
cell("underscore, which Python would read", "1_000", "'1_000'", "not a number")
cell("digits of another script, which Python would read", "١٢", "not a number")
cell("hexadecimal", "0x10", "'0x10'", "not a number")
cell("empty cell", "", "column FRA:goods", "a cell is empty", "Write 0")
cell("NaN in output", "nan", "column x", "not a finite number", file="x.csv", row=2, column=2)
cell("a cell of 10 MB", "9" * 10_000_000, "too long")
cell("a label of 10 MB in quotation marks", "x" * 10_000_000, "too long", column=0)
cell("a cell of 20,000 digits", "9" * 20_000, "column 5", "too long", "20000 characters")
cell("decimal comma in final use", "3,75", "column DEU:government", file="Y.csv", column=3)


# --- labels ---------------------------------------------------------------------------------------


@refused("duplicate row label", "Z.csv", "row 5", "there twice", "DEU:services", "First at row 4")
def _(table):
    rows = cells(table / "Z.csv")
    rows[4][:2] = rows[3][:2]
    write(table / "Z.csv", rows)


@refused("duplicate column label", "Z.csv", "column DEU:goods", "there twice")
def _(table):
    rows = cells(table / "Z.csv")
    rows[0][3], rows[1][3] = rows[0][2], rows[1][2]
    write(table / "Z.csv", rows)


@refused("duplicate region code", "regions.csv", "row 4", "'DEU'", "line 2")
def _(table):
    rows = cells(table / "regions.csv")
    rows[3] = rows[1]
    write(table / "regions.csv", rows)


@refused("two spellings of one economy", "regions.csv", "same economy", "'DEU'", "Germany")
def _(table):
    fields = json.loads((table / "header.json").read_text()) | {"region_codes": "canonical"}
    (table / "header.json").write_text(json.dumps(fields))
    rows = cells(table / "regions.csv")
    rows[2][0] = "Germany"
    write(table / "regions.csv", rows)


@refused("missing region", "Z.csv", "a row is missing", "FRA:goods", "4 problems")
def _(table):
    rows = cells(table / "Z.csv")
    write(table / "Z.csv", [row for row in rows if row[0] != "FRA"])
    rows = cells(table / "Y.csv")
    write(table / "Y.csv", [row for row in rows if row[0] != "FRA"])


@refused("missing sector in the columns", "Z.csv", "a column is missing", "DEU:goods")
def _(table):
    rows = cells(table / "Z.csv")
    write(table / "Z.csv", [row[:2] + row[3:] for row in rows])


@refused("unknown region", "Z.csv", "row 3", "unknown region", "'GER:goods'", "regions.csv")
def _(table):
    rows = cells(table / "Z.csv")
    rows[2][0] = "GER"
    write(table / "Z.csv", rows)


@refused("unknown sector", "x.csv", "row 2", "unknown sector", "'DEU:godos'")
def _(table):
    rows = cells(table / "x.csv")
    rows[1][1] = "godos"
    write(table / "x.csv", rows)


@refused("empty region code", "regions.csv", "row 3", "column code", "empty")
def _(table):
    rows = cells(table / "regions.csv")
    rows[2][0] = ""
    write(table / "regions.csv", rows)


@refused("unknown kind of use", "uses.csv", "row 2", "'houshold'", "household")
def _(table):
    rows = cells(table / "uses.csv")
    rows[1][2] = "houshold"
    write(table / "uses.csv", rows)


@refused("no column of kinds", "uses.csv", "row 1", "code,name,kind")
def _(table):
    rows = cells(table / "uses.csv")
    write(table / "uses.csv", [row[:2] for row in rows])


@refused("final use transposed", "Y.csv", "unknown", "Sellers are rows")
def _(table):
    rows = cells(table / "Y.csv")
    write(table / "Y.csv", [list(row) for row in zip(*rows, strict=True)])


@refused("one row of labels only", "Z.csv", "row 2", "labels")
def _(table):
    rows = cells(table / "Z.csv")
    write(table / "Z.csv", [rows[0], *rows[2:]])


@refused("a short row", "Z.csv", "row 4", "another length", "7 cells", "8 cells")
def _(table):
    rows = cells(table / "Z.csv")
    rows[3].pop()
    write(table / "Z.csv", rows)


@refused("a long row", "Z.csv", "row 4", "another length", "9 cells")
def _(table):
    rows = cells(table / "Z.csv")
    rows[3].append("1.0")
    write(table / "Z.csv", rows)


# --- files ----------------------------------------------------------------------------------------


@refused("empty file", "Z.csv", "empty")
def _(table):
    (table / "Z.csv").write_bytes(b"")


@refused("blank file", "Y.csv", "no rows")
def _(table):
    (table / "Y.csv").write_bytes(b"\n , , \n\n")


@refused("missing file", "Y.csv or Y.parquet", "missing")
def _(table):
    (table / "Y.csv").unlink()


@refused("a workbook where CSV is needed", "Z.csv", "Z.xlsx", "save it as")
def _(table):
    (table / "Z.csv").rename(table / "Z.xlsx")


@refused("the same file in two formats", "twice", "CSV and as Parquet")
def _(table):
    (table / "Z.parquet").write_bytes(b"PAR1")


@refused("UTF-16", "Z.csv", "UTF-16", "UTF-8")
def _(table):
    text = (table / "Z.csv").read_text(encoding="utf-8")
    (table / "Z.csv").write_bytes(text.encode("utf-16"))


@refused("Latin-1", "regions.csv", "row 2", "0xfc", "UTF-8")
def _(table):
    text = (table / "regions.csv").read_text(encoding="utf-8").replace("Germany", "Süd")
    (table / "regions.csv").write_bytes(text.encode("latin-1"))


@refused("zero bytes", "Y.csv", "zero bytes")
def _(table):
    data = bytearray((table / "Y.csv").read_bytes())
    data[len(data) // 2] = 0
    (table / "Y.csv").write_bytes(bytes(data))


@refused("semicolons", "Z.csv", "semicolons", "comma delimited")
def _(table):
    text = (table / "Z.csv").read_text(encoding="utf-8")
    (table / "Z.csv").write_text(text.replace(".", "@").replace(",", ";").replace("@", ","))


@refused("unclosed quotation mark", "Z.csv", "quotation mark")
def _(table):
    path = table / "Z.csv"
    path.write_text(path.read_text().replace("FRA,goods,", '"FRA,goods,', 1))


@refused("header that is not JSON", "header.json", "row 3", "not valid JSON")
def _(table):
    path = table / "header.json"
    lines = path.read_text().splitlines()
    lines[1] = lines[1].rstrip(",")
    path.write_text("\n".join(lines))


@refused("header with NaN", "header.json", "NaN")
def _(table):
    path = table / "header.json"
    path.write_text(path.read_text().replace("2020", "NaN"))


@refused("header with a field twice", "header.json", "'year' is there twice")
def _(table):
    path = table / "header.json"
    path.write_text(path.read_text().replace("{", '{"year": 1999,', 1))


@refused("header that is a list", "header.json", "not a JSON object")
def _(table):
    (table / "header.json").write_text("[1, 2]")


@refused("header with 100,000 brackets", "header.json", "not valid JSON")
def _(table):
    (table / "header.json").write_text("[" * 100_000)


@refused("header with a field missing", "header.json", "'unit'")
def _(table):
    path = table / "header.json"
    fields = json.loads(path.read_text())
    del fields["unit"]
    path.write_text(json.dumps(fields))


header("misspelt multiple", "unit", {"currency": "USD", "multiple": "milion"}, "'million'")
header("multiple inside the currency", "unit", {"currency": "million USD"}, "multiple")
header("currency in small letters", "unit", {"currency": "usd"}, "'USD'")
header("unit as a text", "unit", "million USD", "currency")
header("year as a text", "year", "2020", "whole number")
header("year that is no year", "year", 20200, "1 to 9999")
header("misspelt field", "yaer", 2020, "'year'")
header("misspelt treatment", "treatment", "balanced", "'balance'")
header("another schema", "schema_version", 99, "99")
header("a name that leads out of the folder", "name", "../../x", "lower-case")
header("a name with capitals", "name", "Mine", "lower-case")


# --- accounts -------------------------------------------------------------------------------------


@refused("1 % imbalance", "x.csv", "row FRA:goods", "does not add up", "balance")
def _(table):
    scale(table, "x.csv", slice(3, 4), slice(2, 3), 1.01)


@refused("output 1000 times too large", "x.csv", "1000 times", "different units")
def _(table):
    scale(table, "x.csv", *all_numbers(table, "x.csv"), 1000.0)


@refused("flows 1000 times too large", "x.csv", "0.001 times", "different units")
def _(table):
    scale(table, "Z.csv", *all_numbers(table, "Z.csv"), 1000.0)
    scale(table, "Y.csv", *all_numbers(table, "Y.csv"), 1000.0)


@refused("one region 1000 times too large", "Z.csv", "value added is negative", "another unit")
def _(table):
    (table / "x.csv").unlink()
    (table / "value_added.csv").unlink()
    for file in ("Z.csv", "Y.csv"):
        scale(table, file, slice(4, 6), slice(2, None), 1000.0)


@refused("exports above output", "row DEU", "export more than they make", "unit")
def _(table):
    # A flow at home is negative, so that rows add up and value added is positive.
    (table / "value_added.csv").unlink()
    for file, column, more in (("Z.csv", 2, -3000.0), ("Y.csv", 5, 3000.0)):
        rows = cells(table / file)
        rows[2][column] = repr(float(rows[2][column]) + more)
        write(table / file, rows)


@refused("swapped rows of output", "x.csv", "row DEU:goods", "row DEU:services", "add up")
def _(table):
    rows = cells(table / "x.csv")
    rows[1][2], rows[2][2] = rows[2][2], rows[1][2]
    write(table / "x.csv", rows)


@refused("negative output", "x.csv", "row DEU:goods", "output is negative", "-846")
def _(table):
    scale(table, "x.csv", slice(1, 2), slice(2, 3), -1.0)


@refused("output zero beside purchases", "x.csv", "row DEU:goods", "makes nothing and yet buys")
def _(table):
    scale(table, "x.csv", slice(1, 2), slice(2, 3), 0.0)


@refused("value added that does not fit", "value_added.csv", "row FRA:goods", "do not add up")
def _(table):
    scale(table, "value_added.csv", slice(3, 4), slice(2, 3), 0.9)


@refused("inputs above output", "Z.csv", "column DEU:services", "value added is negative")
def _(table):
    (table / "x.csv").unlink()
    (table / "value_added.csv").unlink()
    rows = cells(table / "Z.csv")
    rows[2][3] = "5000.0"
    write(table / "Z.csv", rows)


@refused("an account called x", "accounts.csv", "column x", "taken")
def _(table):
    rows = cells(table / "x.csv")
    write(table / "accounts.csv", rows)


@refused("a hole in labour", "accounts.csv", "labour", "not finite")
def _(table):
    rows = cells(table / "x.csv")
    rows[0][2], rows[2][2] = "labour", ""
    write(table / "accounts.csv", rows)


@refused("a balance that cannot be", "FRA:goods", "sells nothing")
def _(table):
    fields = json.loads((table / "header.json").read_text()) | {"treatment": "balance"}
    (table / "header.json").write_text(json.dumps(fields))
    for file in ("Z.csv", "Y.csv"):
        scale(table, file, slice(4, 5), slice(2, None), 0.0)


# --- binary files ---------------------------------------------------------------------------------


for _tenth in range(10):

    @refused(f"Parquet truncated at {_tenth}/10", "Z.parquet")
    def _(table, tenth=_tenth):
        path = as_parquet(table) / "Z.parquet"
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * tenth // 10])

    @refused(f".npz truncated at {_tenth}/10", "lrwiod2000.npz")
    def _(table, tenth=_tenth):
        path = table / "lrwiod2000.npz"
        np.savez_compressed(path, Z=np.eye(598))
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * tenth // 10])
        return path


@refused("Parquet with text for numbers", "Z.parquet", "column DEU:goods", "not numbers")
def _(table):
    replace_column(as_parquet(table) / "Z.parquet", "DEU:goods", ["1,5"] * 6)


@refused("Parquet with an empty cell", "Z.parquet", "row 2", "column DEU:goods", "empty")
def _(table):
    replace_column(as_parquet(table) / "Z.parquet", "DEU:goods", [1.0, None, 1.0, 1.0, 1.0, 1.0])


@refused("Parquet with NaN", "Y.parquet", "row 1", "column DEU:household", "nan")
def _(table):
    numbers = [float("nan"), 1.0, 1.0, 1.0, 1.0, 1.0]
    replace_column(as_parquet(table) / "Y.parquet", "DEU:household", numbers)


@refused("Parquet column without a colon", "Z.parquet", "DEUgoods", "REGION:SECTOR")
def _(table):
    import pyarrow.parquet as pq

    path = as_parquet(table) / "Z.parquet"
    found = pq.read_table(path)
    names = ["region", "sector", "DEUgoods", *found.column_names[3:]]
    pq.write_table(found.rename_columns(names), path)


@refused("a flipped bit in a release", "lrwiod2000.npz", "sha256", "--force")
def _(table):
    path = table / "lrwiod2000.npz"
    np.savez_compressed(path, Z=np.eye(3))
    return path


@refused("one year of a release that is something else", "wiod2013_2008.npz", "sha256", "--force")
def _(table):
    path = table / "wiod2013_2008.npz"
    path.write_bytes(b"nothing")
    return table


@refused("an archive within an archive", "inner.zip", "archive")
def _(table):
    inner, outer = table / "inner.zip", table / "outer.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("Z.csv", "1")
    with zipfile.ZipFile(outer, "w") as archive:
        archive.write(inner, "inner.zip")
    return outer


@refused("an archive that writes elsewhere", "evil.zip", "..")
def _(table):
    path = table / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.csv", "1")
    return path


@refused("a file of no known layout", "notes.txt", "not a table")
def _(table):
    (table / "notes.txt").write_text("hello")
    return table / "notes.txt"


@refused("an empty folder", "nothing", "empty")
def _(table):
    (table / "nothing").mkdir()
    return table / "nothing"


# --- what is mended, by a step that the provenance keeps ------------------------------------------


@mended("byte-order mark", "read", "Z.csv: skipped a byte-order mark")
def _(table):
    data = (table / "Z.csv").read_bytes()
    (table / "Z.csv").write_bytes(b"\xef\xbb\xbf" + data)


def _respelt(table: Path, old: str, new: str) -> None:
    fields = json.loads((table / "header.json").read_text()) | {"region_codes": "canonical"}
    (table / "header.json").write_text(json.dumps(fields))
    for path in table.glob("*.csv"):
        text = path.read_text().replace(f"{old},", f"{new},")
        path.write_text(text.replace(f"{old}\n", f"{new}\n"))


@mended("ROM is Romania", "rename_regions", "ROU")
def _(table):
    _respelt(table, "FRA", "ROM")


@mended("RoW is the rest of the world", "rename_regions", "ROW")
def _(table):
    _respelt(table, "ROW", "RoW")


@mended("NA is Namibia", "rename_regions", "NAM")
def _(table):
    _respelt(table, "FRA", "NA")


@mended("1 % imbalance, balanced by name", "balance", "GRAS")
def _(table):
    scale(table, "x.csv", slice(3, 4), slice(2, 3), 1.01)
    (table / "value_added.csv").unlink()
    fields = json.loads((table / "header.json").read_text()) | {"treatment": "balance"}
    (table / "header.json").write_text(json.dumps(fields))


@mended("empty cells, zero by name", "read", "zero")
def _(table):
    rows = cells(table / "Y.csv")
    rows[2][3] = ""
    write(table / "Y.csv", rows)
    fields = json.loads((table / "header.json").read_text()) | {"missing": "zero"}
    (table / "header.json").write_text(json.dumps(fields))
