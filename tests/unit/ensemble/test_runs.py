"""Runs: the same numbers however they are computed, nothing lost, nothing doubled."""

import contextlib
import json
import resource
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autarky.ensemble import Chosen, Distribution, expand, open_run, resume, start
from autarky.ensemble import runs as catalogue
from autarky.ensemble.asking import ask
from autarky.errors import DataError, OptionError, StoreError
from autarky.shocks import Embargo, Scenario
from autarky.sources import open as open_table
from autarky.stress import Equilibrium


@pytest.fixture
def inline():
    """An executor in this process: the numbers are the same, and no process has to start."""
    with ThreadPoolExecutor(1) as executor:
        yield executor


@pytest.fixture
def done(small, inline):
    return start(small, executor=inline)


def test_every_task_has_the_model_s_own_numbers(done, small):
    rows, tasks = done.rows(), done.tasks()
    assert len(tasks) == 24
    assert rows.groupby("task").size().tolist() == [3] * 24
    table = open_table("tiny", 2000)
    for _, task in tasks.iterrows():
        model = Equilibrium(elasticities=4.0 * task["elasticity_scale"])
        scenario = next(s for s in small.scenarios if s.name == task["scenario"])
        expected = model.run(table, scenario)["real_income"]
        found = rows[rows["task"] == task["task"]]
        assert found["value"].tolist() == expected.tolist()
        assert found["region"].tolist() == ["AUT", "DEU", "FRA"]
    assert set(rows["unit"]) == {"percent"}


def test_a_run_that_is_done_is_not_done_again(done, small, inline, monkeypatch):
    before = done.digest()
    monkeypatch.setattr("autarky.ensemble.execute.compute", None)
    again = start(small, executor=inline)
    assert again.id == done.id
    assert again.digest() == before
    state = again.state()
    assert (state.done, state.tasks, state.failed, state.finished) == (24, 24, 0, True)


def test_processes_and_threads_give_the_same_bytes(done, small, home, monkeypatch):
    before = done.digest()
    catalogue.remove(done.id)
    assert catalogue.names() == []
    assert start(small, workers=2).digest() == before


def test_tasks_that_fail_are_named_and_others_answer(small, inline):
    cost = Scenario("both", [Embargo(exporters=["AUT", "FRA"], importers="DEU", sectors="a"),
                             Embargo(exporters="DEU", importers="*", share=1.0)])  # fmt: skip
    model = Chosen(type="equilibrium", parameters={"elasticities": 4.0, "deficits": "fixed"})
    more = replace(small, scenarios=(*small.scenarios, cost), models=(model,))
    run = start(more, executor=inline)
    state = run.state()
    assert state.done == state.tasks == 7
    failures = run.failures()
    assert state.failed == len(failures)
    answered = set(run.rows()["task"])
    assert answered.isdisjoint({task for task, _, _ in failures})
    assert len(answered) + len(failures) == 7


def test_interrupted_anywhere_it_goes_on_where_it_was(small, inline):
    class Enough(Exception):
        pass

    def stop_after(count):
        def track(finished, _):
            if finished >= count:
                raise Enough

        return track

    seen = 0
    for count in (5, 10, 15, 20):
        with contextlib.suppress(Enough):
            start(small, executor=inline, track=stop_after(count))
        run = open_run("small")
        assert run.state().done >= max(count, seen)
        seen = run.state().done
    whole = resume(run, executor=inline)
    assert whole.state().finished
    digest = whole.digest()
    catalogue.remove(whole.id)
    assert start(small, executor=inline).digest() == digest


# --- damage -----------------------------------------------------------------------------------


def test_a_damaged_part_is_found_and_computed_again(done, inline):
    digest = done.digest()
    part = sorted(done.parts.iterdir())[1]
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(bytes(data))
    with pytest.raises(StoreError, match=part.name):
        done.rows()
    assert resume(done, executor=inline).digest() == digest
    part.unlink()
    assert resume(done, executor=inline).digest() == digest


def test_what_was_being_written_is_cleared_away(done, inline):
    digest = done.digest()
    (done.parts / ".new-1-abc").write_bytes(b"half")
    (done.parts / "999999.parquet").write_bytes(b"nobody recorded it")
    resume(done, executor=inline)
    assert sorted(p.name for p in done.parts.iterdir()) == [f"{k:06d}.parquet" for k in range(5)]
    assert done.digest() == digest


@pytest.mark.parametrize(
    "change",
    [
        {"tasks": "x"}, {"tasks": None}, {"created": None}, {"contents": []}, {"chunks": 1.5},
        {"ensemble": 3}, "{", "[]",
    ],
)  # fmt: skip
def test_a_damaged_run_is_named_listed_and_can_be_removed(done, change, inline):
    path = done.folder / "run.json"
    if isinstance(change, str):
        path.write_text(change, encoding="utf-8")
    else:
        about = json.loads(path.read_text(encoding="utf-8"))
        for key, value in change.items():
            about.pop(key)
            about |= {} if value is None else {key: value}
        path.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(StoreError, match=r"run\.json.*autarky run rm"):
        open_run(done.id)
    assert catalogue.names() == [done.id]
    catalogue.remove(catalogue.full_id("small"))
    assert catalogue.names() == []


def test_a_changed_declaration_is_not_blamed_on_the_version(done, inline):
    path = done.folder / "run.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    about["ensemble"]["seed"] = 99
    path.write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(StoreError, match="no longer what this run was begun with"):
        resume(open_run(done.id), executor=inline)


@pytest.mark.parametrize("data", [None, b"no parquet"])
def test_a_lost_list_of_tasks_is_written_again(done, data, inline):
    before = done.tasks()
    path = done.folder / "tasks.parquet"
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(StoreError, match=r"tasks\.parquet.*resume"):
        done.tasks()
    pd.testing.assert_frame_equal(resume(done, executor=inline).tasks(), before)


def test_choices_of_any_kind_can_be_asked_about_and_exported(small, inline, tmp_path):
    draw = {"elasticities": Distribution.of("e", {"choice": [4.0, {"a": 3.0, "b": 8.0}]})}
    model = Chosen(type="equilibrium", draw=draw)
    run = start(replace(small, models=(model,), draws=8), executor=inline)
    assert set(run.tasks()["elasticities"]) == {"4.0", '{"a": 3.0, "b": 8.0}'}
    found = ask(run).tornado(variable="real_income", region="DEU").tidy()
    assert set(found["variable"]) == {"swing_low", "swing_high"}
    catalogue.export(run, tmp_path / "x.csv")
    assert "3.0" in (tmp_path / "x.csv").read_text(encoding="utf-8")


def test_whoever_only_looks_stops_nobody(done, small, inline):
    def look():
        for _ in range(300):
            done.running()

    with ThreadPoolExecutor(2) as readers:
        looking = [readers.submit(look) for _ in range(2)]
        for _ in range(20):
            resume(done, executor=inline)
        for one in looking:
            one.result()


def test_a_foreign_journal_is_refused(done, inline):
    path = done.folder / "journal.sqlite"
    for kept in (path, *done.folder.glob("journal.sqlite-*")):
        kept.unlink()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE mine (x)")
    for call in (done.state, done.rows, lambda: resume(done, executor=inline)):
        with pytest.raises(StoreError, match="not a journal"):
            call()
    path.write_bytes(b"no database at all, but long enough to look like one" * 40)
    with pytest.raises(StoreError, match=r"journal\.sqlite"):
        resume(done, executor=inline)


def test_the_journal_of_another_run_is_refused(done, small, inline):
    other = start(replace(small, seed=9), executor=inline)
    for kept in other.folder.glob("journal.sqlite*"):
        kept.unlink()
    (other.folder / "journal.sqlite").write_bytes((done.folder / "journal.sqlite").read_bytes())
    with pytest.raises(StoreError, match=done.id):
        resume(other, executor=inline)


def test_two_at_once_on_the_same_run_are_refused(done, inline):
    with done.claimed():
        for call in (lambda: resume(done, executor=inline), lambda: catalogue.remove(done.id)):
            with pytest.raises(StoreError, match="another process works on"):
                call()
        assert done.running()
        assert catalogue.cancel(done)
    assert not done.running()
    assert not catalogue.cancel(done)
    resume(done, executor=inline)  # the wish to stop is gone with the process it was meant for


def test_a_cancelled_run_keeps_what_is_done(small, inline):
    plan = expand(small)
    run = catalogue.create(plan)

    def track(finished, _):
        if finished >= 5:
            run.stop_file.touch()

    with pytest.raises(StoreError, match="cancelled"):
        start(small, executor=inline, track=track)
    state = run.state()
    assert 5 <= state.done < 24
    assert resume(run, executor=inline).state().finished


def test_a_table_that_changed_is_refused(done, home, inline):
    from autarky.sources import _tables
    from autarky.sources.store import Store

    table = open_table("tiny", 2000)
    more = 0.01 * table.Z
    left = table.value_added - more.sum(axis=0)
    changed = replace(table, Z=table.Z + more, value_added=left)
    _tables.put(Store(home), "tiny", changed)
    with pytest.raises(StoreError, match="has changed"):
        resume(done, executor=inline)


# --- full and read-only disks -------------------------------------------------------------------


@contextlib.contextmanager
def largest_file(size):
    """Files of this process can grow to so many bytes only."""
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)


@pytest.mark.parametrize("size", [0, 200, 2_000, 5_000, 20_000, 45_000])
def test_a_full_disk_is_an_error_and_loses_nothing(small, inline, home, size):
    with largest_file(size), contextlib.suppress(StoreError):
        start(small, executor=inline)
    for path in (home / "runs").rglob("*"):
        assert not path.name.startswith(".new-")
    whole = start(small, executor=inline)
    assert whole.state().finished
    digest = whole.digest()
    catalogue.remove(whole.id)
    assert start(small, executor=inline).digest() == digest


def test_a_full_disk_says_so(small, inline):
    with largest_file(200), pytest.raises(StoreError, match=r"size limit|full") as caught:
        start(small, executor=inline)
    assert "\n" not in str(caught.value)


# --- names, exports -------------------------------------------------------------------------------


def test_runs_are_found_by_the_beginning_of_their_name(done, small, inline):
    assert open_run(done.id).id == done.id
    assert open_run("small").id == done.id
    other = start(replace(small, seed=9), executor=inline)
    assert catalogue.names() == sorted([done.id, other.id])
    with pytest.raises(OptionError, match=other.id):
        open_run("small")
    with pytest.raises(OptionError, match="did you mean"):
        open_run(done.id.replace("small", "smal"))
    with pytest.raises(OptionError, match="no run"):
        open_run("")


def test_exports_are_exact(done, tmp_path):
    frame = done.rows()
    for name in ("x.csv", "x.parquet"):
        catalogue.export(done, tmp_path / name)
    read = pd.read_csv(tmp_path / "x.csv")
    assert read["value"].tolist() == frame["value"].tolist()
    assert list(read.columns)[:7] == list(frame.columns)
    assert {"scenario", "draw", "elasticity_scale"} <= set(read.columns)
    again = pd.read_parquet(tmp_path / "x.parquet")
    assert np.array_equal(again["value"], frame["value"])
    with pytest.raises(DataError, match=r"\.csv"):
        catalogue.export(done, tmp_path / "x.xlsx")


def test_no_text_of_an_export_is_run_as_a_formula(tmp_path):
    from autarky.ensemble.export import safe_csv

    names = ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "plain", "a,b", 'say "x"']
    frame = pd.DataFrame({"name": names, "value": [-0.02, 1e-300, 0.1, -1, 2, 3, np.nan, 1 / 3, 0]})
    path = tmp_path / "x.csv"
    path.write_bytes(safe_csv(frame))
    read = pd.read_csv(path)
    assert read["name"].tolist() == [f"'{n}" for n in names[:6]] + names[6:]
    np.testing.assert_array_equal(read["value"], frame["value"])
    assert b"-0.02" in path.read_bytes()


def test_a_run_without_numbers_says_so(small):
    run = catalogue.create(expand(small))
    assert run.state().done == 0
    with pytest.raises(OptionError, match="no numbers yet"):
        run.rows()
    (run.folder / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match="no run of this version"):
        open_run("small")
