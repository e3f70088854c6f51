"""WIOD 2013: as published, every file checked, nothing added but what can be stated."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from autarky import sources
from autarky.errors import DataError, OptionError
from autarky.sources import _npz, import_path, registry, wiod2013
from autarky.sources.store import Store

LABELS = ("regions.csv", "sectors.csv", "final_demand.csv")


@pytest.fixture(scope="module")
def release(shared):
    return shared / "wiod2013"


@pytest.fixture(scope="module")
def table(release):
    return wiod2013.read(release, 2008)


@pytest.fixture
def copy(release, tmp_path):
    """The files of 2008 in a folder that can be changed."""
    folder = tmp_path / "release"
    folder.mkdir()
    for name in (*LABELS, "sea.npz", "wiod2013_2008.npz"):
        shutil.copyfile(release / name, folder / name)
    return folder


def change(path, **arrays) -> None:
    """Replace some arrays of an .npz; None removes one."""
    with np.load(path) as file:
        old = {name: file[name] for name in file.files}
    new = {name: array for name, array in (old | arrays).items() if array is not None}
    np.savez(path, **new)


def test_numbers_are_as_published(table, wiod2013_raw):
    raw = wiod2013_raw(2008)
    np.testing.assert_array_equal(table.Z, raw["Z"])
    np.testing.assert_array_equal(table.Y, raw["Y"])
    np.testing.assert_array_equal(table.x, raw["x"])
    np.testing.assert_array_equal(table.value_added, raw["x"] - raw["Z"].sum(axis=0))
    np.testing.assert_array_equal(table.accounts["value_added_basic"], raw["va"])
    np.testing.assert_array_equal(table.accounts["primary_other"], raw["primary_other"])


def test_rounding_is_reported_and_not_mended(table):
    assert "row_imbalance" in table.check()
    assert [step.verb for step in table.provenance.steps] == ["read"]
    mended = table.restore_rounding().balance()
    assert "row_imbalance" not in mended.check()


def test_labels(table):
    assert (len(table.regions), len(table.sectors)) == (41, 35)
    assert table.regions[-1] == "ROW"
    assert "ROU" in table.regions
    assert "ROM" not in table.regions
    assert list(table.sectors) == [f"c{i}" for i in range(1, 36)]
    assert table.sectors.title("c15") == "Transport Equipment"
    assert list(table.uses.categories) == ["c37", "c38", "c39", "c41", "c42"]
    kinds = ("household", "npish", "government", "investment", "inventories")
    assert table.uses.kinds == kinds
    assert (str(table.unit), table.unit.prices) == ("million USD", "current basic prices")


def test_only_what_can_be_stated(table, shared_npz):
    assert table.capital is None, "national currency at 1995 prices is not the table's unit"
    assert table.labour is None, "the rest of the world has none"
    sea = shared_npz("wiod2013/sea.npz")
    at = list(sea["variables"]).index("EMP")
    for code, there in (("DEU", "DEU"), ("ROU", "ROU" if "ROU" in sea["regions"] else "ROM")):
        row = list(sea["regions"]).index(there)
        expected = sea["values"][row, at, 1:, 2008 - 1995]
        found = table.accounts["employment"][table.industries.block(code)]
        np.testing.assert_array_equal(found, expected)
    unknown = np.isnan(table.accounts["employment"])
    assert unknown[table.industries.block("ROW")].all()
    assert unknown.sum() == 35, "industries without output employ nobody"


def test_provenance(table):
    assert "Timmer" in table.provenance.citation
    assert len(table.provenance.sha256) == 64
    assert table.provenance.steps[0].parameters["as_registered"] is True
    assert any("Rounded" in fault for fault in table.provenance.faults)


def test_without_the_accounts(copy):
    (copy / "sea.npz").unlink()
    assert "employment" not in wiod2013.read(copy, 2008).accounts


# --- what is wrong is named -----------------------------------------------------------------------


def test_a_flipped_bit(copy):
    path = copy / "wiod2013_2008.npz"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"wiod2013_2008\.npz.*sha256.*expected sha256.*--force"):
        wiod2013.read(copy, 2008)
    # Deflate notices by itself, so that force does not help.
    with pytest.raises(DataError, match=r"wiod2013_2008\.npz.*not a sound \.npz"):
        wiod2013.read(copy, 2008, force=True)


def test_force_reads_another_version_and_records_it(copy):
    path = copy / "wiod2013_2008.npz"
    change(path)
    with pytest.raises(DataError, match="sha256"):
        wiod2013.read(copy, 2008)
    table = wiod2013.read(copy, 2008, force=True)
    assert table.provenance.steps[0].parameters["as_registered"] is False


def test_all_wrong_files_are_listed_before_anything_is_stored(copy, tmp_path):
    change(copy / "wiod2013_2008.npz")
    (copy / "regions.csv").write_text("code,name\n")
    (copy / "wiod2013_2009.npz").write_bytes(b"")
    store = Store(tmp_path / "home")
    with pytest.raises(DataError, match="3 problems") as caught:
        import_path(copy, store=store)
    names = [problem.path.name for problem in caught.value.problems]
    assert names == ["wiod2013_2008.npz", "wiod2013_2009.npz", "regions.csv"]
    assert store.names() == []


@pytest.mark.parametrize(
    ("arrays", "text"),
    [
        ({"Z": None}, "no array 'Z'"),
        ({"Z": np.zeros((3, 3))}, r"array 'Z' has another shape; found \(3, 3\)"),
        ({"x": np.array(["a"] * 1435)}, "array 'x' has another type"),
        ({"x": np.full(1435, np.nan)}, "array 'x' has 1435 cells that are not finite"),
        ({"meta": np.array("nothing")}, "not JSON"),
        ({"meta": np.array("[1]")}, "not a JSON object"),
        ({"meta": np.array('{"year": 2007}')}, "another year; found 2007; expected 2008"),
        ({"x": np.array([None] * 1435, dtype=object)}, "not a sound .npz"),
    ],
)
def test_arrays_that_are_not_as_they_must_be(copy, arrays, text):
    change(copy / "wiod2013_2008.npz", **arrays)
    with pytest.raises(DataError, match=text) as caught:
        wiod2013.read(copy, 2008, force=True)
    assert "wiod2013_2008.npz" in str(caught.value)


@pytest.mark.parametrize("tenth", range(10))
def test_truncated_files(copy, tenth):
    path = copy / "wiod2013_2008.npz"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * tenth // 10])
    with pytest.raises(DataError, match=r"wiod2013_2008\.npz"):
        wiod2013.read(copy, 2008)
    with pytest.raises(DataError, match=r"wiod2013_2008\.npz"):
        wiod2013.read(copy, 2008, force=True)


@pytest.mark.parametrize(
    ("file", "old", "new", "text"),
    [
        ("regions.csv", "DEU,DEU", "XXX,XXX", "unknown economy; found 'XXX'"),
        ("final_demand.csv", "c42", "c43", "unknown final use; found 'c43'"),
        ("sectors.csv", "idx,code", "idx,kode", "no column 'code'"),
        (
            "sectors.csv",
            "34,c35,P,Private Households with Employed Persons",
            "34",
            "number of rows",
        ),
    ],
)
def test_labels_that_are_not_as_they_must_be(copy, file, old, new, text):
    path = copy / file
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(DataError, match=text) as caught:
        wiod2013.read(copy, 2008, force=True)
    assert file in str(caught.value)


def test_missing_files(copy):
    with pytest.raises(DataError, match=r"wiod2013_2007\.npz: the file is missing"):
        wiod2013.read(copy, 2007)
    (copy / "regions.csv").unlink()
    with pytest.raises(DataError, match=r"regions\.csv: the file is missing"):
        wiod2013.read(copy, 2008)


def test_capital_and_compensation_are_converted(shared_npz, release):
    """K_GFCF at prices of the year, LAB and CAP, at the rate Σx / ΣGO."""
    sea = shared_npz("wiod2013/sea.npz")
    at = {name: i for i, name in enumerate(sea["variables"])}
    table = wiod2013.read(release, 2007)
    block = table.industries.block("DEU")
    row, year = list(sea["regions"]).index("DEU"), 2007 - 1995
    values = sea["values"][row, :, 1:, year].astype(float)
    rate = table.x[block].sum() / np.nansum(values[at["GO"]])
    for name, local in (
        ("capital_stock", values[at["K_GFCF"]] * values[at["GFCF_P"]] / 100),
        ("labour_compensation", values[at["LAB"]]),
        ("capital_compensation", values[at["CAP"]]),
    ):
        np.testing.assert_allclose(table.accounts[name][block], local * rate, rtol=1e-6)


def test_capital_is_not_known_after_the_accounts_end(release):
    table = wiod2013.read(release, 2011)
    assert np.isnan(table.accounts["capital_stock"]).all()
    assert not np.isnan(table.accounts["employment"][table.industries.block("DEU")]).any()


def test_accounts_without_employment(copy):
    with np.load(copy / "sea.npz") as file:
        names = file["variables"]
    change(copy / "sea.npz", variables=np.where(names == "EMP", "EMQ", names))
    with pytest.raises(DataError, match=r"sea\.npz: the accounts have no EMP"):
        wiod2013.read(copy, 2008, force=True)


def test_arrays_that_unpack_to_too_much_are_not_read(copy, monkeypatch):
    monkeypatch.setattr(_npz, "LARGEST_ARRAY", 1_000_000)
    with pytest.raises(DataError, match="array 'Z' is too large; found '8237028 bytes'"):
        wiod2013.read(copy, 2008)


def test_files_that_cannot_be_read_or_are_not_registered(copy, tmp_path):
    (copy / "wiod2013_2007.npz").mkdir()
    with pytest.raises(DataError, match=r"wiod2013_2007\.npz: the file cannot be read"):
        wiod2013.read(copy, 2007)
    (tmp_path / "other.npz").write_bytes(b"x")
    digest, known = _npz.check_sum(tmp_path / "other.npz", registry.release("wiod2013"))
    assert (len(digest), known) == (64, False)


# --- importing ------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AUTARKY_HOME", str(tmp_path / "home"))


def test_import_and_open(copy, table, home):
    told = []
    entries = import_path(copy, progress=lambda *what: told.append(what))
    assert [(entry.name, entry.year) for entry in entries] == [("wiod2013", 2008)]
    assert told == [("wiod2013:2008", 1, 1)]
    found = sources.open("wiod2013")
    for name in ("Z", "Y", "x", "value_added"):
        np.testing.assert_array_equal(getattr(found, name), getattr(table, name))
    for name, values in table.accounts.items():
        np.testing.assert_array_equal(found.accounts[name], values)
    assert isinstance(found.Z.base, np.memmap) or isinstance(found.Z, np.ndarray)


def test_import_one_file(release, home):
    (entry,) = import_path(release / "wiod2013_1995.npz")
    assert (entry.name, entry.year) == ("wiod2013", 1995)


def test_import_a_zip(copy, tmp_path, home):
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, copy.name)
    (entry,) = import_path(archive)
    assert (entry.name, entry.year) == ("wiod2013", 2008)


def test_import_under_another_name(copy, home):
    import_path(copy, name="mine")
    assert sources.names() == ["world", "mine"]


def test_names_that_belong_to_others(copy, home):
    with pytest.raises(OptionError, match="comes with autarky"):
        import_path(copy, name="world")
    with pytest.raises(OptionError, match="name of a release"):
        import_path(copy, name="lrwiod2000")
    with pytest.raises(OptionError, match="cannot be the name"):
        import_path(copy, name="Mein Name")


def test_a_folder_above_says_what_is_in_it(release, home):
    with pytest.raises(DataError, match=r"One level down there is .*wiod2013"):
        import_path(release.parent)
    with pytest.raises(DataError, match="no such file"):
        import_path(release / "nothing")
