"""Killed again and again, an ensemble loses nothing, does nothing twice, and ends alike.

20 kills of the whole process group here; `AUTARKY_KILLS=200` (the nightly set) for more.
"""

import hashlib
import json
import os
import random
import shutil
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


def finished(home, monkeypatch):
    """The run of a home that has come to its end, each task of it answered once."""
    monkeypatch.setenv("AUTARKY_HOME", str(home))
    run = open_run("killed")
    state = run.state()
    assert (state.done, state.failed, state.tasks) == (TASKS, 0, TASKS)
    assert not [path for path in run.folder.rglob(".new-*")]
    assert len(list(run.parts.iterdir())) == state.chunks
    assert run.rows().groupby("task").size().tolist() == [len(REGIONS)] * TASKS
    return run


def disturbed(home, moments):
    """Kill a run at these moments of its processes' lives, until it ends by itself or they end.

    Returns how many kills met a living process, and how many of those found more recorded than the
    kill before.
    """
    file = prepare(home)
    seen, kills, grown = {}, 0, 0
    for moment in moments:
        process = begin(home, file)
        time.sleep(moment)
        alive = process.poll() is None
        if alive:
            os.killpg(process.pid, signal.SIGKILL)
            kills += 1
        out, err = process.communicate()
        folder = folder_of(home)
        now = recorded(folder) if folder is not None else {}
        # What was recorded stays as it was recorded: nothing shrinks, nothing is done again.
        assert {k: now.get(k) for k in seen} == seen
        if not alive:
            assert process.returncode == 0, (out, err)
            return kills, grown
        for _, name, digest, *_ in now.values():
            assert hashlib.sha256((folder / "parts" / name).read_bytes()).hexdigest() == digest
        if now:
            # Beyond the records there is at most the file that was being recorded, and a half one.
            files = {path.name for path in (folder / "parts").iterdir()}
            assert len(files - {row[1] for row in now.values()}) <= 2
        grown += len(now) > len(seen)
        seen = now
    last = begin(home, file)
    _, err = last.communicate(timeout=300)
    assert last.returncode == 0, err
    assert {k: recorded(folder_of(home))[k] for k in seen} == seen
    return kills, grown


@pytest.mark.timeout(7200 if KILLS > 20 else 900)
def test_nothing_is_lost_and_nothing_done_twice(tmp_path, monkeypatch):
    calm = tmp_path / "calm"
    file, began = prepare(calm), time.monotonic()
    undisturbed = begin(calm, file)
    _, err = undisturbed.communicate(timeout=300)
    life = time.monotonic() - began
    assert undisturbed.returncode == 0, err
    digest = finished(calm, monkeypatch).digest()
    # Kills fall on any moment of a process's life, whatever the machine. A run survives a few of
    # them before it is done; then the next one begins.
    rng = random.Random(1)
    kills = grown = runs = 0
    while kills < KILLS:
        home = tmp_path / f"home{runs}"
        moments = [rng.uniform(0.2, 0.75) * life for _ in range(KILLS - kills)]
        more = disturbed(home, moments)
        kills, grown, runs = kills + more[0], grown + more[1], runs + 1
        assert finished(home, monkeypatch).digest() == digest
        shutil.rmtree(home)
    said = f"{kills} kills over {runs} runs of {TASKS} tasks, {grown} of them after new records"
    sys.stdout.write(said + "\n")
    assert kills == KILLS
    assert grown >= KILLS // 4


def test_ctrl_c_says_how_to_go_on(tmp_path):
    home = tmp_path / "home"
    file = prepare(home, 1_000)
    process = begin(home, file)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        folder = folder_of(home)
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
