"""LR-WIOD 2000: unrounded, complete, and refused if its accounts do not close."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from autarky import sources
from autarky.errors import DataError
from autarky.sources import import_path, lrwiod2000


@pytest.fixture(scope="module")
def release(shared):
    return shared / "lrwiod2000"


@pytest.fixture(scope="module")
def table(release):
    return lrwiod2000.read(release)


@pytest.fixture
def copy(release, tmp_path):
    shutil.copyfile(release / lrwiod2000.FILE, tmp_path / lrwiod2000.FILE)
    return tmp_path


def change(path, **arrays) -> None:
    with np.load(path) as file:
        old = {name: file[name] for name in file.files}
    np.savez(path, **(old | arrays))


def test_numbers_are_as_published(table, shared_npz):
    raw = shared_npz("lrwiod2000/lrwiod2000.npz")
    for name in ("Z", "Y", "x"):
        np.testing.assert_array_equal(getattr(table, name), raw[name])
    np.testing.assert_array_equal(table.accounts["value_added_basic"], raw["primary"][0])
    np.testing.assert_array_equal(table.accounts["transport_margins"], raw["primary"][5])


def test_it_is_balanced_both_ways(table):
    rows = table.x - table.Z.sum(axis=1) - table.Y.sum(axis=1)
    assert np.abs(rows).max() < 1e-8
    primary = sum(table.accounts.values())
    assert np.abs(table.value_added - primary).max() < 6e-4
    assert len(table.accounts) == 6
    assert {finding.severity for finding in table.check()} == {"note"}


def test_labels(table):
    assert (len(table.regions), len(table.sectors)) == (26, 23)
    assert "NLD" in table.regions
    assert "NDL" not in table.regions
    assert table.regions[-1] == "ROW"
    assert table.regions.title("TWN") == "Taiwan"
    assert table.sectors[0] == "AtB"
    assert table.uses.kinds == ("household", "government", "investment", "inventories")
    steps = {step.verb: step.parameters for step in table.provenance.steps}
    assert steps["rename_regions"] == {"NDL": "NLD"}


def test_import_and_open(copy, tmp_path, monkeypatch, table):
    monkeypatch.setenv("AUTARKY_HOME", str(tmp_path / "home"))
    for path in (copy, copy / lrwiod2000.FILE):
        (entry,) = import_path(path)
        assert (entry.name, entry.year) == ("lrwiod2000", 2000)
    np.testing.assert_array_equal(sources.open("lrwiod2000").Z, table.Z)


def test_accounts_that_do_not_close(copy, shared_npz):
    primary = shared_npz("lrwiod2000/lrwiod2000.npz")["primary"].copy()
    primary[0, 23 * 6 + 12] += 5.0
    change(copy / lrwiod2000.FILE, primary=primary)
    with pytest.raises(DataError, match="sha256"):
        lrwiod2000.read(copy)
    with pytest.raises(DataError, match=r"column DEU:D34t35: inputs and primary.*a gap of 5"):
        lrwiod2000.read(copy, force=True)


@pytest.mark.parametrize(
    ("name", "position", "text"),
    [
        ("regions", 3, "an unknown economy; found 'QQQ'"),
        ("fd", 1, "an unknown final use; found 'QQQ'"),
        ("primary_names", 2, "an unknown account; found 'QQQ'"),
    ],
)
def test_unknown_labels(copy, shared_npz, name, position, text):
    labels = shared_npz("lrwiod2000/lrwiod2000.npz")[name].copy()
    labels[position] = "QQQ"
    change(copy / lrwiod2000.FILE, **{name: labels})
    with pytest.raises(DataError, match=text):
        lrwiod2000.read(copy, force=True)


def test_force_is_recorded(copy):
    change(copy / lrwiod2000.FILE)
    table = lrwiod2000.read(copy, force=True)
    assert table.provenance.steps[0].parameters["as_registered"] is False
