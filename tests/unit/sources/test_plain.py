"""The plain layout: written and read back exactly, mended only where the header says so."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autarky.axes import Axis
from autarky.errors import AutarkyError, DataError, OptionError
from autarky.sources import (
    _plain_matrix,
    _text,
    import_path,
    plain,
    read_plain,
    world,
    write_plain,
    write_template,
)
from autarky.sources._problems import Problems
from autarky.sources._text import parse_number, parse_plain_row
from autarky.sources.store import Store
from autarky.table import Table
from autarky.units import Unit
from strategies import ragged_table, random_table, tables

FORMATS = ("csv", "parquet")


def assert_same(found: Table, table: Table) -> None:
    for name in ("Z", "Y", "x", "value_added"):
        np.testing.assert_array_equal(getattr(found, name), getattr(table, name), strict=True)
    for name in ("capital", "labour"):
        if getattr(table, name) is None:
            assert getattr(found, name) is None
        else:
            np.testing.assert_array_equal(getattr(found, name), getattr(table, name))
    assert list(found.accounts) == list(table.accounts)
    for name, values in table.accounts.items():
        np.testing.assert_array_equal(found.accounts[name], values)
    assert found.industries == table.industries
    assert found.regions.titles == table.regions.titles
    assert found.sectors.titles == table.sectors.titles
    assert found.uses == table.uses
    assert found.uses.kinds == table.uses.kinds
    assert found.unit == table.unit
    assert found.year == table.year
    steps = [str(step) for step in found.provenance.steps]
    assert steps[:-1] == [str(step) for step in table.provenance.steps]
    assert steps[-1].startswith("read(layout=plain")
    for name in ("source", "citation", "licence", "url", "faults"):
        assert getattr(found.provenance, name) == getattr(table.provenance, name)


@pytest.mark.parametrize("format", FORMATS)
@given(table=tables(), tiny=st.booleans())
@settings(max_examples=25)
def test_round_trip(format, table, tiny):
    table = replace(table, year=table.year or 2000)
    if tiny:  # numbers whose shortest digits are long
        table = replace(
            table, **{name: getattr(table, name) / 3e7 for name in ("Z", "Y", "x", "value_added")}
        )
    with tempfile.TemporaryDirectory() as folder:
        written = write_plain(table, Path(folder) / "t", format=format)
        assert_same(read_plain(written), table)


@pytest.mark.parametrize("format", FORMATS)
def test_round_trip_of_everything_a_table_can_hold(format, tmp_path):
    table = ragged_table()
    n = table.n
    table = replace(
        table,
        year=1,
        capital=np.linspace(1, 2, n) / 3,
        labour=np.arange(n) + 0.1,
        unit=Unit("money", "", "prices of 1950"),
        accounts={'CO2, "kt"': np.where(np.arange(n) == 1, np.nan, 1e-300), "z": np.full(n, -0.0)},
        provenance=replace(
            table.provenance.then("made", {"by": "hand", "n": 3}, change=0.5),
            source='A "title", with commas',
            citation="Somebody (2020)",
            licence="CC0",
            url="https://example.org",
            faults=("one", "two"),
        ),
    )
    write_plain(table, tmp_path / "t", format=format)
    assert_same(read_plain(tmp_path / "t"), table)


@pytest.mark.parametrize("format", FORMATS)
def test_round_trip_of_the_embedded_table(format, tmp_path):
    table = world.read(2005)
    write_plain(table, tmp_path / "t", format=format)
    assert_same(read_plain(tmp_path / "t"), table)


def test_a_table_that_does_not_add_up_keeps_its_gap_by_name(tmp_path):
    table = random_table()
    table = replace(table, x=table.x * 1.02, year=2000)
    write_plain(table, tmp_path / "t")
    assert json.loads((tmp_path / "t" / "header.json").read_text())["treatment"] == "as_published"
    assert_same(read_plain(tmp_path / "t"), table)


def test_codes_that_only_look_like_others_stay(tmp_path):
    table = replace(random_table(R=2), year=2000)
    regions = Axis("region", ["NA", "ROM"], ["North America", "Rome"])
    table = Table.from_arrays(table.Z, table.Y, regions=regions, sectors=table.sectors, year=2000)
    write_plain(table, tmp_path / "t")
    assert list(read_plain(tmp_path / "t").regions) == ["NA", "ROM"]


# --- writing --------------------------------------------------------------------------------------


def test_writing_refuses_what_it_cannot_do(tmp_path):
    table = random_table()
    with pytest.raises(OptionError, match="'csv' or 'parquet'"):
        write_plain(table, tmp_path / "t", format="xlsx")
    with pytest.raises(OptionError, match="lower-case"):
        write_plain(table, tmp_path / "t", name="My Table")
    with pytest.raises(OptionError, match="no year"):
        write_plain(replace(table, year=None), tmp_path / "t")
    colon = Table.from_arrays([[1.0]], [[1.0]], regions=["A:B"], sectors=["s"], year=2000)
    with pytest.raises(OptionError, match="':'"):
        write_plain(colon, tmp_path / "t", format="parquet")
    assert not (tmp_path / "t").exists()
    write_plain(colon, tmp_path / "t")
    assert list(read_plain(tmp_path / "t").regions) == ["A:B"]


@pytest.mark.parametrize(
    "write", [lambda folder: write_plain(random_table(), folder), write_template]
)
def test_nothing_is_overwritten(write, tmp_path):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(DataError, match="something here already"):
        write(tmp_path)
    with pytest.raises(DataError, match="something here already"):
        write(tmp_path / "mine.txt")
    (tmp_path / "empty").mkdir()
    write(tmp_path / "empty")
    assert (tmp_path / "empty" / "header.json").is_file()


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DataError, match="the disk is full"):
        write_plain(random_table(), tmp_path / "t")
    assert list(tmp_path.iterdir()) == []


# --- the template ---------------------------------------------------------------------------------


def test_the_template_has_instructions_and_an_example_that_imports(tmp_path):
    files = write_template(tmp_path / "mine")
    assert all(path.is_file() for path in files)
    text = (tmp_path / "mine" / "README.txt").read_text()
    for path in files:
        if path.parent.name == "mine" and path.suffix == ".csv":
            assert path.name in text
    fields = json.loads((tmp_path / "mine" / "header.json").read_text())
    assert all(key in text for key in fields if key != "schema_version")
    assert max(map(len, text.splitlines())) <= 100
    store = Store(tmp_path / "home")
    (entry,) = import_path(tmp_path / "mine" / "example", store=store)
    assert (entry.name, entry.year) == ("example", 2020)


def test_the_example_is_a_sound_table(tmp_path):
    write_template(tmp_path / "mine")
    table = read_plain(tmp_path / "mine" / "example")
    assert len(table.check()) == 0
    assert table.regions.title("DEU") == "Germany"
    assert table.value_added.sum() == pytest.approx(table.Y.sum())


def test_the_empty_template_says_which_cells_are_empty(tmp_path):
    write_template(tmp_path / "mine", regions=["DEU", "FRA"], sectors=["a", "b", "c"])
    with pytest.raises(DataError, match=r"Z\.csv, row 3, column DEU:a: a cell is empty") as caught:
        read_plain(tmp_path / "mine")
    assert len(caught.value.problems) == 6 * 6 + 6 * 6


def test_a_filled_template_imports(tmp_path):
    write_template(tmp_path / "mine", regions=["DEU"], sectors={"s1": "One", "s2": "Two"})
    folder = tmp_path / "mine"
    (folder / "Z.csv").write_text(
        ",region,DEU,DEU\nregion,sector,s1,s2\nDEU,s1,150,500\nDEU,s2,200,100\n"
    )
    (folder / "Y.csv").write_text(
        ",region,DEU,DEU,DEU\nregion,sector,investment,household,government\n"
        "DEU,s1,50,300,0\nDEU,s2,0,1700,0\n"
    )
    (entry,) = import_path(folder, name="miller-blair", store=Store(tmp_path / "home"))
    table = read_plain(folder)
    assert entry.name == "miller-blair"
    np.testing.assert_array_equal(table.x, [1000.0, 2000.0])
    np.testing.assert_array_equal(table.Y[0], [300.0, 0.0, 50.0])
    np.testing.assert_allclose(
        np.asarray(table.L.solve(np.eye(2)).values),
        [[1.25412541, 0.330033], [0.2640264, 1.12211221]],
        rtol=1e-7,
    )


# --- reading --------------------------------------------------------------------------------------


def test_not_a_folder(tmp_path):
    with pytest.raises(DataError, match="not a folder"):
        read_plain(tmp_path / "nothing")
    with pytest.raises(DataError, match=r"header\.json: the file is missing"):
        read_plain(tmp_path)


def test_all_problems_of_a_phase_are_collected(tmp_path):
    write_template(tmp_path / "mine")
    folder = tmp_path / "mine" / "example"
    text = (folder / "Z.csv").read_text().replace("90,", "ninety,", 1)
    (folder / "Z.csv").write_text(text)
    (folder / "Y.csv").write_text((folder / "Y.csv").read_text().replace("300", "3e999", 1))
    (folder / "x.csv").write_text("region,sector,x\nDEU,goods,nan\n")
    with pytest.raises(DataError, match="3 problems") as caught:
        read_plain(folder)
    files = [problem.path.name for problem in caught.value.problems]
    assert files == ["Z.csv", "Y.csv", "x.csv"]


def test_a_million_problems_do_not_fill_the_memory(tmp_path):
    write_template(tmp_path / "mine", regions=["DEU"], sectors=[f"s{i}" for i in range(60)])
    with pytest.raises(DataError, match="3780 problems") as caught:
        read_plain(tmp_path / "mine")
    assert len(caught.value.problems) == 1000


@pytest.mark.parametrize("name", ["world", "wiod2013"])
def test_a_table_of_ones_own_cannot_pass_for_a_release(name, tmp_path):
    write_plain(random_table(), tmp_path / "t", name=name)
    with pytest.raises(OptionError, match="give another"):
        import_path(tmp_path / "t", store=Store(tmp_path / "home"))


def test_the_name_is_in_the_header(tmp_path):
    write_plain(random_table(), tmp_path / "t", name="some-name")
    assert plain.read_name(tmp_path / "t") == "some-name"


def test_an_industry_that_neither_makes_nor_trades_is_no_fault(tmp_path):
    table = random_table(zero_outputs=2)
    write_plain(table, tmp_path / "t")
    assert json.loads((tmp_path / "t" / "header.json").read_text())["treatment"] == "none"
    assert "zero_output" in read_plain(tmp_path / "t").check()


def test_trailing_separators_of_a_spreadsheet_do_no_harm(tmp_path):
    write_template(tmp_path / "mine")
    folder = tmp_path / "mine" / "example"
    before = read_plain(folder)
    for name in ("Z.csv", "Y.csv", "regions.csv"):
        path = folder / name
        path.write_text("".join(f"{line},,\n" for line in path.read_text().splitlines()) + ",,,\n")
    after = read_plain(folder)
    np.testing.assert_array_equal(after.Z, before.Z)
    np.testing.assert_array_equal(after.Y, before.Y)


def test_a_flipped_bit_in_parquet_is_noticed_or_changes_nothing(tmp_path):
    table = random_table(R=4, S=6)
    folder = write_plain(table, tmp_path / "t", format="parquet")
    path = folder / "Z.parquet"
    data = path.read_bytes()
    refused = 0
    for place in np.random.default_rng(3).integers(0, len(data), 150):
        broken = bytearray(data)
        broken[place] ^= 1 << int(place % 8)
        path.write_bytes(broken)
        try:
            found = read_plain(folder)
        except AutarkyError:
            refused += 1
        else:
            np.testing.assert_array_equal(found.Z, table.Z)
    assert refused > 50


def test_rows_read_together_are_the_rows_read_one_by_one():
    problems = Problems()
    texts = ["1", "-2.5e-3", ".5", "7.", "+0", "1e-320", "123456789.123456789"]
    one_by_one = [
        parse_number(text, problems, path=Path(), row=1, column=1, blank=None) for text in texts
    ]
    assert parse_plain_row(texts, largest=1e100) == one_by_one
    assert not len(problems)
    for text in ["1e101", "", "nan", "1_0", "1,5", " 1", "0x1", "infinity"]:
        assert parse_plain_row([*texts, text], largest=1e100) is None


# --- guards ---------------------------------------------------------------------------------------


def test_a_file_that_is_too_large_is_not_read(tmp_path, monkeypatch):
    folder = write_plain(random_table(), tmp_path / "t")
    monkeypatch.setattr(_text.read_bytes, "__kwdefaults__", {"largest": 100})
    with pytest.raises(DataError, match=r"too large to be read.*expected at most 100 bytes"):
        read_plain(folder)


def test_a_header_that_is_too_large_is_not_read(tmp_path):
    folder = write_plain(random_table(), tmp_path / "t")
    (folder / "header.json").write_text(" " * (2 << 20) + "{}")
    with pytest.raises(DataError, match=r"header\.json: the file is too large"):
        read_plain(folder)


def test_a_parquet_file_that_unpacks_to_too_much_is_not_read(tmp_path, monkeypatch):
    folder = write_plain(random_table(R=2, S=2), tmp_path / "t", format="parquet")
    monkeypatch.setattr(_plain_matrix, "MOST_CELLS", 10)
    with pytest.raises(DataError, match=r"Z\.parquet: the table is too large; found '4 × 6 cells'"):
        read_plain(folder)


def test_parquet_columns_in_another_order_are_refused(tmp_path):
    import pyarrow.parquet as pq

    folder = write_plain(random_table(R=1, S=2), tmp_path / "t", format="parquet")
    found = pq.read_table(folder / "x.parquet")
    pq.write_table(found.select(["x", "region", "sector"]), folder / "x.parquet")
    with pytest.raises(DataError, match=r"x\.parquet: the columns are not as they must be"):
        read_plain(folder)


def test_parquet_labels_must_be_text(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = write_plain(random_table(R=1, S=2), tmp_path / "t", format="parquet")
    found = pq.read_table(folder / "x.parquet")
    broken = found.set_column(1, "sector", pa.array([1, 2]))
    pq.write_table(broken, folder / "x.parquet")
    with pytest.raises(DataError, match=r"row 1, column sector: a label is not text; found 1"):
        read_plain(folder)


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("faults", "one", "a list of texts"),
        ("steps", {}, "a list of"),
        ("steps", [{"verb": 1}], "a list of"),
        ("steps", [{"verb": "x", "parameters": []}], "a list of"),
        ("steps", ["x"], "a list of"),
        ("complete", "yes", "true or false"),
        ("missing", "zeros", "Did you mean 'zero'"),
        ("missing", ["zero"], "one of 'refuse', 'zero'"),
        ("region_codes", 1, "one of 'canonical', 'as_given'"),
        ("citation", 7, "expected text"),
        ("title", " ", "text that is not empty"),
        ("year", True, "whole number"),
        ("schema_version", True, "expected 1"),
        ("unit", {"currency": ""}, "currency"),
        ("unit", {"currency": "USD", "multiple": 1e6}, "one of"),
        ("unit", {"curency": "USD"}, "currency"),
    ],
)
def test_header_fields_of_another_kind(key, value, text, tmp_path):
    folder = write_plain(random_table(), tmp_path / "t")
    path = folder / "header.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(DataError, match=text) as caught:
        read_plain(folder)
    assert f"header field '{key}' cannot be used" in str(caught.value)


def test_a_region_without_any_sector_is_refused_even_where_some_may_lack(tmp_path):
    folder = write_plain(ragged_table(), tmp_path / "t")
    header = json.loads((folder / "header.json").read_text())
    assert header["complete"] is False
    with (folder / "regions.csv").open("a") as stream:
        stream.write("ZZZ,Nowhere\n")
    with pytest.raises(DataError, match="a region has no sector at all"):
        read_plain(folder)


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("x.csv", "DEU,s1,1\n", r"x\.csv, row 1: the first row must name the columns"),
        (
            "x.csv",
            "region,sector,y\nDEU,s1,1\n",
            r"x\.csv, column y: an unknown name labels a column",
        ),
        ("Z.csv", "a\n", r"Z\.csv: there are too few rows or columns"),
        ("regions.csv", "code,name\nDEU\n", r"regions\.csv, row 2: a row of another length"),
        ("regions.csv", "code,name\n", r"regions\.csv: there are no codes"),
    ],
)
def test_files_of_another_shape(file, text, says, tmp_path):
    folder = write_plain(random_table(), tmp_path / "t")
    (folder / file).write_text(text)
    with pytest.raises(DataError, match=says):
        read_plain(folder)


def test_a_file_that_cannot_be_opened(tmp_path):
    folder = write_plain(random_table(), tmp_path / "t")
    (folder / "Z.csv").unlink()
    (folder / "Z.csv").mkdir()
    with pytest.raises(DataError, match=r"Z\.csv: the file cannot be read"):
        read_plain(folder)
