"""Run the command line in this process, and look at what it printed."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from autarky import cli
from autarky.sources import open as open_table


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self):
        """The one object on stdout; NaN and Infinity, which JSON has not, fail."""

        def refuse(name):
            raise AssertionError(f"{name} is not JSON")

        return json.loads(self.out, parse_constant=refuse)


@pytest.fixture
def run(capsys):
    """``run("brief", "DEU")`` gives exit code, stdout and stderr."""

    def call(*args):
        capsys.readouterr()
        code = cli.run([str(a) for a in args])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Done(code, out, err)

    return call


@pytest.fixture(scope="session")
def world():
    """The embedded table that commands use by default."""
    return open_table("world", 2011)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty data store of this test's own."""
    path = tmp_path / "home"
    monkeypatch.setenv("AUTARKY_HOME", str(path))
    return path


@pytest.fixture
def process():
    """Run the command line as a process of its own."""

    def call(*args, env=None, python=()):
        command = [sys.executable, *python, *(() if python else ("-m", "autarky")), *args]
        done = subprocess.run(
            command,
            capture_output=True,
            env=os.environ | (env or {}),
            encoding="utf-8",
            errors="replace",
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return call
