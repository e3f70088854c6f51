"""The registry of variables: complete, without doubles, in known units."""

import re
import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from autarky.errors import DataError, LabelError
from autarky.results import VARIABLES, Variable, variable
from autarky.results.variables import read_registry

UNITS = {"money/yr", "money", "share", "percent", "points", "1", "steps", "days", "years"}
UNITS |= {"thousand", "1/yr"}
NEEDED = {"title", "unit", "symbol", "definition"}
FOLDER = files("autarky.results").joinpath("registry")
FILES = sorted((f for f in FOLDER.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)


def _rows(file):
    return tomllib.loads(file.read_text(encoding="utf-8"))


def test_names_are_unique_across_all_files():
    names = Counter(name for file in FILES for name in _rows(file))
    assert [name for name, count in names.items() if count > 1] == []
    assert set(VARIABLES) == set(names)
    assert len(VARIABLES) == sum(names.values()) > 5


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.name)
def test_every_entry_is_complete(file):
    faults = []
    for name, row in _rows(file).items():
        faults += [f"{name}: {key} is missing" for key in NEEDED - set(row)]
        faults += [f"{name}: {key} is no key" for key in set(row) - NEEDED - {"source"}]
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            faults.append(f"{name} is not a plain name")
        if row.get("unit") not in UNITS:
            faults.append(f"{name}: unit {row.get('unit')!r} is not one of {sorted(UNITS)}")
        if not row.get("definition", "").endswith("."):
            faults.append(f"{name}: the definition is not a sentence")
        if row.get("title", "a")[0].islower():
            faults.append(f"{name}: the title begins in lower case")
    assert faults == []


def test_an_entry_is_found_by_name():
    entry = variable("output")
    assert entry is VARIABLES["output"]
    assert isinstance(entry, Variable)
    assert (entry.name, entry.title, entry.unit) == ("output", "Output", "money/yr")


def test_an_unknown_name_is_answered_with_a_suggestion():
    with pytest.raises(LabelError, match=r"unknown variable: 'ouput' \(did you mean output"):
        variable("ouput")
    assert "ouput" not in VARIABLES
    with pytest.raises(KeyError):
        VARIABLES["ouput"]


ENTRY = '[{name}]\ntitle = "T"\nunit = "1"\nsymbol = "t"\ndefinition = "D."\n'


def test_a_name_in_two_files_is_refused(tmp_path):
    (tmp_path / "a.toml").write_text(ENTRY.format(name="one"))
    (tmp_path / "b.toml").write_text(ENTRY.format(name="two") + ENTRY.format(name="one"))
    with pytest.raises(DataError, match=r"b\.toml: the variable 'one' is already in a\.toml"):
        read_registry(tmp_path)


def test_all_files_of_a_folder_are_read(tmp_path):
    (tmp_path / "a.toml").write_text(ENTRY.format(name="one"))
    (tmp_path / "b.toml").write_text(ENTRY.format(name="two") + 'source = "Key2020"\n')
    (tmp_path / "note.txt").write_text("not a registry")
    found = read_registry(tmp_path)
    assert list(found) == ["one", "two"]
    assert found["two"].source == "Key2020"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.format(name="one") + 'colour = "red"\n', "entry 'one'"),
        ('[one]\ntitle = "T"\n', "entry 'one'"),
        ("[one\n", "not TOML"),
    ],
)
def test_an_entry_of_another_shape_is_refused(tmp_path, text, message):
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(DataError, match=message):
        read_registry(tmp_path)
