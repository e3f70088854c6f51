"""The registry of releases: every entry is complete, and a broken file says where."""

from __future__ import annotations

import hashlib

import pytest

from autarky.errors import DataError, MissingTableError
from autarky.sources import registry
from autarky.sources.registry import load, release, releases

BLOCK = """
schema = 1
[release.toy]
title = "Toy"
what = "A toy."
years = [2000, 2001]
regions = 2
sectors = 3
uses = 1
kind = "industry by industry"
unit = "million USD, current basic prices"
access = "download"
landing = "https://example.org/"
base = "https://example.org/files"
licence = "CC0"
redistribution = "full"
citation = "Nobody (2000)."
reader = "toy"
files = [
  { path = "a/toy_2000.csv", year = 2000, bytes = 3 },
  { path = "toy_2001.csv", year = 2001, bytes = 4 },
]
"""


def load_text(tmp_path, text: str):
    path = tmp_path / "registry.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_the_releases_of_this_version():
    assert sorted(releases()) == ["lrwiod2000", "wiod2013", "world"]
    for name, entry in releases().items():
        assert entry.name == name
        assert entry.title
        assert entry.what.endswith(".")
        assert entry.citation.endswith(".")
        assert entry.faults
        assert entry.licence_note


def test_facts_of_the_releases():
    world, full, long = (release(name) for name in ("world", "wiod2013", "lrwiod2000"))
    assert (world.regions, world.sectors, world.years) == (41, 15, (1995, 2000, 2005, 2008, 2011))
    assert (full.regions, full.sectors, full.uses) == (41, 35, 5)
    assert full.years == tuple(range(1995, 2012))
    assert (long.regions, long.sectors, long.uses, long.years) == (26, 23, 4, (2000,))
    assert {file.year for file in full.files if file.role == "table"} == set(full.years)
    assert full.redistribution == "aggregate"
    assert long.redistribution == "none"


def test_every_listed_file_has_size_and_checksum():
    for entry in releases().values():
        for file in entry.files:
            assert file.bytes, file
            assert file.sha256, file


@pytest.mark.parametrize("name", ["wiod2013", "lrwiod2000"])
def test_the_listed_files_are_the_ones_at_hand(shared, name):
    for file in release(name).files:
        data = (shared / name / file.path).read_bytes()
        assert len(data) == file.bytes, file.path
        assert hashlib.sha256(data).hexdigest() == file.sha256, file.path


def test_how_to_get_is_plain():
    assert "nothing to download" in release("world").how_to_get()
    text = release("wiod2013").how_to_get()
    assert "cannot be downloaded automatically" in text
    assert "https://doi.org/10.34894/XDTAUZ" in text
    assert "autarky data import FOLDER --name wiod2013" in text


def test_an_unknown_release_is_suggested():
    with pytest.raises(MissingTableError, match=r"'wiod2O13' \(did you mean wiod2013\?\)"):
        release("wiod2O13")
    with pytest.raises(MissingTableError, match=r"autarky knows lrwiod2000, wiod2013, world"):
        release("exiobase")


def test_the_releases_cannot_be_changed():
    with pytest.raises(TypeError):
        releases()["world"] = release("wiod2013")
    with pytest.raises(AttributeError):
        release("world").name = "x"


def test_load(tmp_path):
    toy = load_text(tmp_path, BLOCK)["toy"]
    assert toy.years == (2000, 2001)
    assert toy.nbytes == 7
    assert toy.file("a/toy_2000.csv") is toy.file("toy_2000.csv") is toy.files[0]
    assert toy.file("toy_2002.csv") is None
    assert toy.how_to_get().startswith("autarky data get toy downloads it (0.0 MB)")


def test_the_size_is_unknown_if_that_of_a_file_is(tmp_path):
    toy = load_text(tmp_path, BLOCK.replace(", bytes = 4", ""))["toy"]
    assert toy.nbytes is None
    assert "MB" not in toy.how_to_get()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("schema = 1", "schema = 2", "another schema"),
        ("schema = 1", "", "another schema"),
        ("schema = 1", "schema = ", "not valid TOML"),
        ('title = "Toy"', "", "toy: missing 1 required keyword-only argument: 'title'"),
        ('title = "Toy"', "title = 3", "toy: 'title' is 3, not text"),
        ("regions = 2", 'regions = "2"', "toy: 'regions' is '2', not a number"),
        ("regions = 2", "regions = true", "toy: 'regions' is True, not a number"),
        ("regions = 2", "regions = 0", "must be positive"),
        ("regions = 2", "regions = 2\ncolour = 1", "toy: unknown field 'colour'"),
        ("[2000, 2001]", "[2001, 2000]", "years must be"),
        ("[2000, 2001]", "[]", "years must be"),
        ("[2000, 2001]", '[2000, 2001, "2002"]', "years must be"),
        ('"download"', '"magic"', "access must be one of"),
        ('"download"', '"manual"', "access 'manual' needs 'how'"),
        ('"full"', '"maybe"', "redistribution must be one of"),
        ('"https://example.org/"', '"http://example.org/"', "landing must be an https address"),
        ('"https://example.org/files"', '"file:///etc"', "base must be an https address"),
        ('base = "https://example.org/files"', "", "needs an address"),
        ("a/toy_2000.csv", "../toy_2000.csv", "path must be relative"),
        ("a/toy_2000.csv", "/toy_2000.csv", "path must be relative"),
        ("a/toy_2000.csv", "C:/toy_2000.csv", "path must be relative"),
        ("a/toy_2000.csv", "toy_2001.csv", "different paths"),
        ("year = 2001", "year = 2002", "year is not one of the release"),
        ("bytes = 3", "bytes = -3", "bytes must be positive"),
        ("bytes = 3", 'sha256 = "abc"', "sha256 must be 64"),
        ("bytes = 3", 'role = "joke"', "role must be one of"),
        ("bytes = 3", 'url = "ftp://x/y"', "url must be an https address"),
        ("bytes = 3", "size = 3", r"toy\.files\[0\]: unknown field 'size'"),
        ("[release.toy]", '[release."Toy Table"]', "name must be lower-case"),
    ],
)
def test_a_broken_registry_says_what_is_wrong(tmp_path, old, new, problem):
    assert old in BLOCK
    with pytest.raises(DataError, match=problem) as caught:
        load_text(tmp_path, BLOCK.replace(old, new))
    assert caught.value.path == str(tmp_path / "registry.toml")


def test_all_problems_are_listed_at_once(tmp_path):
    text = BLOCK.replace("regions = 2", "regions = 0").replace('"full"', '"maybe"')
    with pytest.raises(DataError, match=r"positive.*redistribution"):
        load_text(tmp_path, text)


def test_a_registry_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "none.toml")
    (tmp_path / "utf16.toml").write_text(BLOCK, encoding="utf-16")
    with pytest.raises(DataError, match="not UTF-8"):
        load(tmp_path / "utf16.toml")


def test_the_built_in_registry_is_read_once():
    assert registry.releases() is registry.releases()
