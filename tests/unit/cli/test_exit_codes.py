"""Every exit code of the contract, with the words that go with it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from autarky import cli
from autarky.errors import (
    ChecksumError,
    ConvergenceError,
    DataError,
    DownloadError,
    MissingExtraError,
    NotProductiveError,
    UnsupportedShockError,
)


def one_paragraph(text):
    return "\n\n" not in text.strip() and text.startswith("error: ")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["brief", "GERMANY"], ["GERMANY", "DEU"]),
        (["brief", "Germny"], ["DEU"]),
        (["measure", "position", "--regions", "DEU,FRNACE,XQX"], ["FRNACE", "XQX"]),
        (["measure", "position", "--regions", "DEU,,FRA"], ["empty part"]),
        (["measure", "position", "--regions", ""], ["empty part"]),
        (["measure", "position", "--nix"], ["--nix"]),
        (["measure", "position", "--by", "sector"], ["industry", "region"]),
        (["measure", "position", "--rows", "many"], ["--rows"]),
        (["measure", "position", "--sort", "upstreamnes"], ["upstreamness"]),
        (["measure", "position", "--json", "--csv", "-"], ["--json", "--csv -", "stdout"]),
        (["brief", "DEU", "--json", "--csv", "-"], ["--json", "--csv -", "stdout"]),
        (["data", "list", "--json", "--csv", "-"], ["--json", "--csv -", "stdout"]),
        (["brief", "DEU", "--table", "a b"], ["NAME:YEAR", "world:2011"]),
        (["brief", "DEU", "--table", "world:latest"], ["NAME:YEAR"]),
        (["brief"], ["ECONOMY"]),
        (["measure", "paths"], ["--region"]),
        (["measure", "trend"], ["--indicator"]),
        (["measure", "trend", "--indicator", "posit"], ["posit", "position"]),
        (["measure", "trend", "--indicator", "position", "--years", "1995,x"], ["whole numbers"]),
        (["measure", "trend", "--indicator", "position", "--nix", "1"], ["--nix"]),
        (["completion", "tcsh"], ["bash", "zsh", "fish"]),
        (["data", "import", "nowhere/at/all"], ["nowhere/at/all"]),
    ],
    ids=" ".join,
)
def test_usage_is_2(run, args, words):
    done = run(*args)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith("error: ")
    for word in words:
        assert word in done.err


@pytest.mark.parametrize(
    ("args", "suggested"),
    [
        (["braef"], "'brief'"),
        (["mesure"], "'measure'"),
        (["measure", "positoin"], "'position'"),
        (["measure", "value_added_in_export"], "'value-added-in-exports'"),
    ],
)
def test_a_misspelt_command_gets_a_suggestion(run, args, suggested):
    done = run(*args)
    assert done.code == 2
    assert f"Did you mean {suggested}?" in done.err


def test_a_command_like_no_other_gets_the_list(run):
    done = run("xyzzy")
    assert done.code == 2
    assert "Did you mean" not in done.err
    for name in cli.COMMANDS:
        assert name in done.err


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("world:1066", ["1995, 2000, 2005, 2008, 2011", "autarky data get wiod2013"]),
        ("wrold", ["did you mean world?", "data list"]),
        ("wiod2013", ["wiod2013", "Landing page", "autarky data import"]),
        ("wiod2013:1066", ["1995-2011", "does not exist", "autarky data import"]),
        ("wiod2013:2008", ["known", "autarky data import"]),
    ],
)
@pytest.mark.parametrize("command", [["brief", "DEU"], ["measure", "position"]], ids=" ".join)
def test_a_missing_table_is_3_and_says_how_to_get_it(run, home, command, spec, words):
    done = run(*command, "--table", spec)
    assert done.code == 3
    assert done.out == ""
    for word in words:
        assert word in done.err


def test_a_file_that_cannot_be_written_is_no_traceback(run, tmp_path):
    for option in ("--html", "--csv"):
        done = run("brief", "DEU", option, tmp_path / "not" / "there.x")
        assert done.code == 3
        assert one_paragraph(done.err)
        assert "not" in done.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError("broken", path="a.csv", row=3), 3),
        (NotProductiveError("uses up more than it makes"), 3),
        (ConvergenceError("stopped", iterations=7, residual=1e-3), 4),
        (DownloadError("no connection"), 5),
        (ChecksumError("changed"), 5),
        (MissingExtraError("install it"), 2),
        (UnsupportedShockError("another model can"), 2),
        (OSError(28, "No space left on device", "store"), 3),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_errors_inside_a_command(run, monkeypatch, error, code):
    from autarky import sources

    def fail(spec):
        raise error

    monkeypatch.setattr(sources, "open_spec", fail)
    done = run("measure", "position")
    assert done.code == code
    assert done.out == ""
    assert str(error.args[-1] if error.args else "interrupted") in done.err


class TestFault:
    @pytest.fixture(autouse=True)
    def fault(self, monkeypatch):
        from autarky import sources

        def fail(spec):
            raise ZeroDivisionError("one by none")

        monkeypatch.setattr(sources, "open_spec", fail)

    def test_is_70_and_ours(self, run, monkeypatch):
        monkeypatch.delenv("AUTARKY_DEBUG", raising=False)
        done = run("brief", "DEU")
        assert done.code == 70
        assert one_paragraph(done.err)
        for word in ("ZeroDivisionError", "one by none", "AUTARKY_DEBUG=1", "not of yours"):
            assert word in done.err

    def test_shows_itself_when_asked(self, monkeypatch):
        monkeypatch.setenv("AUTARKY_DEBUG", "1")
        with pytest.raises(ZeroDivisionError, match="one by none"):
            cli.run(["brief", "DEU"])


def test_main_leaves_with_the_code():
    with pytest.raises(SystemExit) as left:
        cli.main(["brief", "GERMANY"])
    assert left.value.code == 2


def test_interrupt_of_a_process(tmp_path):
    """Ctrl-C while it computes: exit code 130 and one word."""
    code = (
        "import sys, time\n"
        "from autarky import sources\n"
        "def slow(spec):\n"
        "    print('ready', file=sys.stderr, flush=True)\n"
        "    time.sleep(60)\n"
        "sources.open_spec = slow\n"
        "from autarky.cli import main\n"
        "main(['brief', 'DEU'])\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as child:
        assert child.stderr.readline() == "ready\n"
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        rest = child.stderr.read()
        assert child.wait(timeout=30) == 130
    assert rest.startswith("interrupted")


@pytest.mark.parametrize(
    "args",
    [
        ["brief", "DEU"],
        ["brief", "DEU", "--json"],
        ["brief", "DEU", "--csv", "-"],
        ["measure", "dependence", "--quiet", "--rows", "0"],
        ["measure", "dependence", "--quiet", "--csv", "-"],
        ["data", "list"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_a_reader_that_leaves_is_no_error(args):
    """As in ``autarky … | head -0``: the pipe is closed before anything is written."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "autarky", *args],
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
