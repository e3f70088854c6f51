"""Bad input is refused with its place named, or mended by a step that is recorded."""

from __future__ import annotations

import numpy as np
import pytest

from autarky.cli import run
from autarky.errors import AutarkyError, DataError, TableError
from autarky.sources import import_path, open, read_plain
from autarky.sources.store import Store
from bad_input.corpus import CASES, MENDED, sound

ids = lambda case: case.name.replace(" ", "_")  # noqa: E731


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A data store of its own for each test."""
    monkeypatch.setenv("AUTARKY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_corpus_is_as_large_as_promised():
    assert len(CASES) + len(MENDED) >= 40
    names = [case.name for case in CASES + MENDED]
    assert len(set(names)) == len(names)


def test_the_table_that_is_broken_is_sound(tmp_path, home):
    assert [entry.name for entry in import_path(sound(tmp_path))] == ["mine"]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_refused_with_the_place_named(case, tmp_path, home):
    path = case.make(tmp_path)
    with pytest.raises((DataError, TableError)) as caught:
        import_path(path)
    message = str(caught.value)
    assert caught.value.exit_code == 3
    missing = [text for text in case.says if text not in message]
    assert not missing, message
    assert len(message) < 2000, "a person must be able to read it"
    assert Store().names() == [], "nothing of it is stored"


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_the_command_line_says_it_without_a_traceback(case, tmp_path, home, capsys):
    path = case.make(tmp_path)
    assert run(["data", "import", str(path)]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert "Traceback" not in captured.err
    assert all(text in captured.err for text in case.says)


@pytest.mark.parametrize("case", MENDED, ids=ids)
def test_mended_by_a_recorded_step(case, tmp_path, home):
    (entry,) = import_path(case.make(tmp_path))
    table = open(entry.name, entry.year)
    verb, text = case.step
    steps = [str(step) for step in table.provenance.steps if step.verb == verb]
    assert steps, table.provenance.steps
    assert any(text in step for step in steps), steps
    assert table.check().ok


def test_rows_in_another_order_are_the_same_table(tmp_path):
    path = sound(tmp_path)
    table = read_plain(path)
    for file in ("Z.csv", "Y.csv", "x.csv"):
        lines = (path / file).read_text().splitlines()
        head = 1 if file == "x.csv" else 2
        (path / file).write_text("\n".join(lines[:head] + lines[: head - 1 : -1]) + "\n")
    again = read_plain(path)
    for name in ("Z", "Y", "x", "value_added"):
        np.testing.assert_array_equal(getattr(again, name), getattr(table, name))


def test_every_class_of_refusal_can_be_caught_at_once(tmp_path, home):
    with pytest.raises(AutarkyError, match="missing"):
        read_plain(next(case for case in CASES if case.name == "missing file").make(tmp_path))
