"""Killed again and again, an ensemble loses nothing, does nothing twice, and ends alike.

20 kills of the whole process group here; `AUTARKY_KILLS=200` (the nightly set) for more.
"""

import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from autarky import Table
from autarky.ensemble import Chosen, Distribution, Ensemble, open_run
from autarky.ensemble.declare import plain
from autarky.shocks import Embargo, Scenario
from autarky.sources import _tables
from autarky.sources.store import Store

KILLS = int(os.environ.get("AUTARKY_KILLS", "20"))
TASKS = 5_000
REGIONS = ["AUT", "DEU", "FRA"]


def table():
    rng = np.random.default_rng(11)
    Z, Y = rng.random((6, 6)), 4 * rng.random((6, 3)) + 0.5
    return Table.from_arrays(Z, Y, regions=REGIONS, sectors=["a", "b"], year=2000)


def ensemble(tasks):
    """So many tasks of a few milliseconds."""
    pairs = [(s, b) for s in REGIONS for b in REGIONS if s != b]
    scenarios = [
        Scenario(f"s{k:03d}", [Embargo(exporters=s, importers=b, share=0.1 + 0.8 * k / tasks)])
        for k in range(tasks // 4)
        for s, b in [pairs[k % 6]]
    ]
    scale = Distribution.of("elasticity_scale", {"loguniform": [0.5, 2.0]})
    model = Chosen(
        type="equilibrium", parameters={"elasticities": 4.0}, draw={"elasticity_scale": scale}
    )
    return Ensemble(
        name="killed", tables=("tiny:2000",), scenarios=scenarios, models=(model,), draws=4, seed=3
    )


def prepare(home, tasks=TASKS):
    _tables.put(Store(home), "tiny", table())
    path = home / "killed.json"
    path.write_text(json.dumps(plain(ensemble(tasks))), encoding="utf-8")
    return path


def begin(home, *args):
    environment = os.environ | {"AUTARKY_HOME": str(home)}
    return subprocess.Popen(
        [sys.executable, "-m", "autarky", "run", *map(str, args), "--workers", "2", "--quiet"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def folder_of(home):
    """The folder of the run, once there is one."""
    return next(iter(home.glob("runs/killed-*")), None)


def recorded(folder):
    """Chunk → everything recorded of it, once SQLite has found its file sound."""
    path = folder / "journal.sqlite"
    if not path.exists():
        return {}
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name='chunks'").fetchone():
            return {}
        found = {row[0]: row for row in db.execute("SELECT * FROM chunks")}
    db.close()
    return found


@pytest.mark.timeout(3600 if KILLS > 20 else 900)
def test_nothing_is_lost_and_nothing_done_twice(tmp_path, monkeypatch):
    home = tmp_path / "home"
    file = prepare(home)
    rng = random.Random(1)
    seen, lengths = {}, []
    folder = None
    for _ in range(KILLS):
        process = begin(home, file)
        time.sleep(rng.uniform(0.5, 6.0))
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        if not alive:
            assert process.returncode == 0, (out, err)
        folder = (
            next(iter((home / "runs").glob("killed-*")), None) if (home / "runs").exists() else None
        )
        if folder is None:
            continue
        now = recorded(folder)
        # What was recorded stays as it was recorded: nothing shrinks, nothing is done again.
        assert {k: now.get(k) for k in seen} == seen
        for _, name, digest, *_ in now.values():
            assert hashlib.sha256((folder / "parts" / name).read_bytes()).hexdigest() == digest
        # Beyond the records there is at most the file that was being recorded, and a half one.
        files = {path.name for path in (folder / "parts").iterdir()}
        assert len(files - {row[1] for row in now.values()}) <= 2
        seen = now
        lengths.append(len(now))
    assert lengths == sorted(lengths)
    last = begin(home, file)
    _, err = last.communicate(timeout=300)
    assert last.returncode == 0, err
    monkeypatch.setenv("AUTARKY_HOME", str(home))
    run = open_run("killed")
    state = run.state()
    assert (state.done, state.failed, state.tasks) == (TASKS, 0, TASKS)
    assert {k: recorded(run.folder)[k] for k in seen} == seen
    assert not [path for path in run.folder.rglob(".new-*")]
    assert len(list(run.parts.iterdir())) == state.chunks
    rows = run.rows()
    assert rows.groupby("task").size().tolist() == [len(REGIONS)] * TASKS
    # As a run that nobody disturbed.
    calm = tmp_path / "calm"
    undisturbed = begin(calm, prepare(calm))
    _, err = undisturbed.communicate(timeout=300)
    assert undisturbed.returncode == 0, err
    digest = run.digest()
    monkeypatch.setenv("AUTARKY_HOME", str(calm))
    assert open_run("killed").digest() == digest


def test_ctrl_c_says_how_to_go_on(tmp_path):
    home = tmp_path / "home"
    file = prepare(home, 1_000)
    process = begin(home, file)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        folder = (
            next(iter((home / "runs").glob("killed-*")), None) if (home / "runs").exists() else None
        )
        if folder is not None and len(recorded(folder)) >= 2:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    text = err.decode()
    assert "autarky run resume killed-" in text
    assert "Traceback" not in text
    assert not list(folder.rglob(".new-*"))
    run_id = text.split("run resume ")[1].strip().rstrip("'")
    resumed = begin(home, "resume", run_id)
    _, err = resumed.communicate(timeout=300)
    assert resumed.returncode == 0, err
