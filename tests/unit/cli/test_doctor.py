"""``autarky doctor`` and ``autarky completion``."""

import shutil
import subprocess

import pytest


def test_all_is_well(run, home):
    done = run("doctor")
    assert done.code == 0
    assert "BAD" not in done.out
    checks = ("install", "world table", "data store", "solver lu", "solvers agree",
              "linear programs", "interior points", "runs", "workers", "disk")  # fmt: skip
    for check in checks:
        assert f"ok   {check}" in done.out


def test_as_data(run, home, tmp_path):
    values = run("doctor", "--json").json
    assert values["schema_version"] == 1
    assert all(row["ok"] is True for row in values["data"])
    assert run("doctor", "--csv", "-").out.startswith("check,ok,message\n")


def test_a_check_that_fails_is_reported_and_the_others_run(run, home, monkeypatch):
    from autarky import sources

    def fail(name):
        raise OSError("the disk is gone")

    monkeypatch.setattr(sources, "years", fail)
    done = run("doctor")
    assert done.code == 3
    assert "BAD  world table" in done.out
    assert "the disk is gone" in done.out
    assert "ok   solvers agree" in done.out


def test_a_damaged_run_is_found(run, home):
    folder = home / "runs" / "x-12345678"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("{", encoding="utf-8")
    done = run("doctor")
    assert done.code == 3
    assert "BAD  runs" in done.out
    assert "x-12345678" in done.out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(run, shell):
    done = run("completion", shell)
    assert (done.code, done.err) == (0, "")
    assert "_AUTARKY_COMPLETE" in done.out
    if shutil.which(shell):
        checked = subprocess.run(
            [shell, "-n"], input=done.out, text=True, capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("autarky br", {"brief"}),
        ("autarky ", {"brief", "measure", "stress", "plan", "run", "data", "doctor", "completion"}),
        ("autarky measure pro", {"propagation-length"}),
        ("autarky data ve", {"verify"}),
        ("autarky measure position --by ", {"industry", "region"}),
        ("autarky brief DEU --ht", {"--html"}),
    ],
)
def test_completion_completes(run, monkeypatch, words, expected):
    parts = words.split(" ")
    monkeypatch.setenv("_AUTARKY_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(parts) - 1))
    done = run()
    assert done.code == 0
    assert {line.split(",")[1] for line in done.out.split()} == expected
