"""An ensemble that is killed at any moment loses nothing, doubles nothing, and goes on.

The whole process group gets SIGKILL, so that nothing can tidy up. Kills fall at random times:
half of them anywhere from the start of the process on, the others while chunks come in. How many
there are is in AUTARKY_KILLS (20 by default; the nightly run takes 200).
"""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

import ensembles
from autarky.ensemble import open_run
from autarky.ensemble.execute import _AHEAD

KILLS = int(os.environ.get("AUTARKY_KILLS", "20"))
TASKS, WORKERS = 5000, 2
#: Seconds after which a process that shows nothing new has failed.
PATIENCE = 240.0

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="there are no process groups to kill"),
    pytest.mark.timeout(300 + 30 * KILLS),
]


@pytest.fixture
def home(tmp_path, monkeypatch):
    path = tmp_path / "home"
    monkeypatch.setenv("AUTARKY_HOME", str(path))
    ensembles.prepare(path)
    return path


class Killed:
    """Processes that work on one run, one after the other, and what they leave on disk."""

    def __init__(self, home, folder):
        self.home, self.log, self.errors = home, folder / "log", folder / "errors"
        self.log.touch()

    def begin(self):
        """A process group of its own that works on the run."""
        command = [sys.executable, "-m", "ensembles", str(TASKS), str(WORKERS), str(self.log)]
        with self.errors.open("ab") as errors:
            return subprocess.Popen(
                command,
                env=ensembles.child_environment(self.home),
                start_new_session=True,
                stdout=errors,
                stderr=errors,
            )

    def kill(self, process):
        """The whole group, and wait until none of it is left."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + 30
        with contextlib.suppress(ProcessLookupError):
            while time.monotonic() < deadline:
                os.killpg(process.pid, 0)
                time.sleep(0.01)

    def lines(self):
        """The log: chunks begun by number, and numbers of tasks done."""
        words = [line.split() for line in self.log.read_text().splitlines()]
        begun = [int(w[1]) for w in words if w[0] == "began"]
        return begun, [int(w[1]) for w in words if w[0] == "done"]

    def wait_for_progress(self, process, before):
        """Until a chunk is recorded that was not when the process began, or it ends."""
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            done = self.lines()[1]
            if done and done[-1] > before:
                return
            time.sleep(0.02)
        assert process.poll() in (0, None), self.errors.read_text()
        assert process.poll() == 0 or done[-1] > before, "no progress in time"

    def recorded(self):
        """What the journal holds, read by SQLite alone: chunk → (file, sha256, rows, tasks)."""
        folders = list(self.home.glob("runs/*/journal.sqlite"))
        if not folders:
            return {}
        with contextlib.closing(sqlite3.connect(folders[0])) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            there = db.execute("SELECT 1 FROM sqlite_master WHERE name='chunks'").fetchone()
            if not there:
                return {}  # killed before the first transaction
            rows = db.execute("SELECT chunk, file, sha256, rows, tasks FROM chunks").fetchall()
        assert len({row[0] for row in rows}) == len(rows)
        return {row[0]: row[1:] for row in rows}


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory):
    """The SHA-256 of the same ensemble, run to its end undisturbed."""
    home = tmp_path_factory.mktemp("unkilled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTARKY_HOME", str(home))
        ensembles.prepare(home)
        killed = Killed(home, home)
        assert killed.begin().wait(PATIENCE) == 0, killed.errors.read_text()
        begun, _ = killed.lines()
        assert sorted(begun) == list(range(TASKS // 25))
        return open_run("many").digest()


def test_killed_at_any_moment_nothing_is_lost(home, tmp_path, unkilled):
    random.seed(os.environ.get("AUTARKY_KILL_SEED", "6"))
    killed = Killed(home, tmp_path)
    held, startup = {}, 3.0
    for number in range(KILLS):
        begun_before = len(killed.lines()[0])
        started = time.monotonic()
        process = killed.begin()
        if number % 2:
            time.sleep(random.uniform(0.0, 1.5 * startup))
        else:
            killed.wait_for_progress(process, sum(one[3] for one in held.values()))
            startup = time.monotonic() - started
            time.sleep(random.uniform(0.0, 0.5))
        killed.kill(process)
        now = killed.recorded()
        # Whatever was recorded is still recorded, and is the same.
        assert held.items() <= now.items()
        begun = killed.lines()[0][begun_before:]
        # Nothing that was recorded is begun again; what is begun and not recorded was in flight.
        assert not set(begun) & set(held)
        assert len(begun) - len(now.keys() - held.keys()) <= _AHEAD * WORKERS
        held = now
    assert held, "no kill came after a record: the test shows nothing"

    last = killed.begin()
    assert last.wait(PATIENCE) == 0, killed.errors.read_text()
    run = open_run("many")
    state, tasks = run.state(), run.tasks()
    assert (state.done, state.tasks, state.failed) == (TASKS, TASKS, 0)
    assert tasks["task"].is_unique
    # Each task once: three regions, one number each.
    assert run.rows().groupby("task").size().eq(3).all()
    assert set(run.rows()["task"]) == set(tasks["task"])
    assert run.digest() == unkilled
    assert killed.recorded().keys() == set(range(state.chunks))
    left = [path.name for path in run.folder.rglob("*") if path.name.startswith(".")]
    assert left == []
    parts = {path.name for path in run.parts.iterdir()}
    assert parts == {one[0] for one in killed.recorded().values()}
