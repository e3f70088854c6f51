"""The wheel, built and installed where nothing of the repository is in reach."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UV = shutil.which("uv")

pytestmark = pytest.mark.skipif(UV is None, reason="builds with uv, which is not here")


def _run(*command: object, cwd: Path) -> str:
    """Run a command without this session's environment; give what it printed."""
    # Isolated from the session's interpreter, but the package caches and the like stay in reach.
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=keep,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _run(UV, "build", "--quiet", "--out-dir", folder, ROOT, cwd=ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """Path of a Python that has the wheel, its requirements, and nothing else."""
    folder = tmp_path_factory.mktemp("empty")
    _run(UV, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    python = folder / "venv" / "bin" / "python"
    pins = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(pins["constraint-dependencies"]), "utf-8")
    # The same versions as in this session: their files are in uv's cache already.
    install = (UV, "pip", "install", "--quiet", "--python", python)
    _run(*install, "--constraints", constraints, wheel, cwd=folder)
    return python


def test_holds_every_file_of_the_package_and_no_other(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/autarky"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    expected = {name.removeprefix("src/") for name in tracked if (ROOT / name).is_file()}
    held = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    assert held == expected
    assert "autarky/py.typed" in held


def test_is_small_enough_to_download_without_thought(wheel):
    assert wheel.stat().st_size < 12e6


def test_command_answers(python, tmp_path):
    assert "brief" in _run(python.parent / "autarky", "--help", cwd=tmp_path)


def test_embedded_table_opens_and_is_measured(python, tmp_path):
    code = """
import json, autarky
table = autarky.open("world", 2011)
frame = autarky.measure.self_sufficiency(table).tidy()
print(json.dumps({"n": table.n, "rows": len(frame), "file": autarky.__file__}))
"""
    found = json.loads(_run(python, "-I", "-c", code, cwd=tmp_path))
    assert found["n"] == 41 * 15
    assert found["rows"] > 0
    assert str(ROOT) not in found["file"]


def test_brief_is_printed(python, tmp_path):
    assert "Germany" in _run(python.parent / "autarky", "brief", "DEU", cwd=tmp_path)
