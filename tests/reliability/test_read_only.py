"""A run on a disk that cannot be written: read as ever, and never half changed."""

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

import ensembles
from autarky.ensemble import open_run, resume, runs, start
from autarky.errors import StoreError

#: Whom no file belongs to.
NOBODY = 65534


@contextlib.contextmanager
def read_only(folder):
    """Nothing in the folder can be changed while in the block, not even by root."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path in list(modes):
        path.chmod(0o555 if path.is_dir() else 0o444)
    # Root is bound by no mode: become somebody who is, and may enter what lies above.
    root = os.geteuid() == 0
    if root:
        for path in folder.parents:
            modes[path] = path.stat().st_mode
            path.chmod(modes[path] | 0o055)
            if path.name.startswith("pytest-of-"):
                break
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)


@pytest.fixture
def home(tmp_path, monkeypatch):
    path = tmp_path / "home"
    monkeypatch.setenv("AUTARKY_HOME", str(path))
    ensembles.prepare(path)
    return path


@pytest.fixture
def inline():
    with ThreadPoolExecutor(1) as executor:
        executor.submit(int).result()
        yield executor


@pytest.fixture
def half(home, inline):
    """A run that stopped after some chunks."""

    class Enough(Exception):
        pass

    def stop(done, _):
        if done >= 50:
            raise Enough

    with contextlib.suppress(Enough):
        start(ensembles.many(200), executor=inline, track=stop)
    run = open_run("many")
    assert 0 < run.state().done < 200
    run.rows()
    return run


def test_what_is_there_can_be_read(half, home):
    before = half.state(), half.digest()
    with read_only(home):
        again = open_run(half.id)
        assert (again.state(), again.digest()) == before


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda run, how: resume(run, executor=how), id="resume"),
        pytest.param(lambda run, _: runs.remove(run.id), id="remove"),
        pytest.param(lambda _, how: start(ensembles.many(100), executor=how), id="another run"),
    ],
)
def test_what_cannot_be_written_is_refused_in_one_paragraph(half, home, inline, change):
    before = half.digest()
    with read_only(home), pytest.raises(StoreError, match=r"permission|read-only") as caught:
        change(half, inline)
    assert "\n" not in str(caught.value)
    assert half.digest() == before
    assert resume(half, executor=inline).state().finished
