"""What the command line says about itself, and that asking costs no imports."""

import inspect
import re

import pytest

from autarky import __version__, measure
from autarky.cli import COMMANDS
from autarky.cli.measure import MEASURES

DATA = ("list", "get", "import", "verify", "path", "template", "check")
ALL = [
    *([name] for name in COMMANDS),
    *(["measure", name.replace("_", "-")] for name in MEASURES),
    *(["data", name] for name in DATA),
]


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_top_help(run, flag):
    done = run(flag)
    assert done.code == 0
    assert done.err == ""
    for name in COMMANDS:
        assert f"  {name} " in done.out


def test_no_arguments_is_a_usage_error_with_the_help(run):
    done = run()
    assert done.code == 2
    assert "Usage: autarky" in done.out


@pytest.mark.parametrize("group", ["data", "measure"])
def test_a_group_alone_prints_its_help_without_calling_it_an_error(run, group):
    done = run(group)
    assert done.code == 2
    assert done.err.startswith(f"Usage: autarky {group}")


def test_top_help_imports_neither_click_nor_numpy(process):
    code = (
        "import sys\n"
        "from autarky.cli import run\n"
        "assert run(['--help']) == 0\n"
        "heavy = {'click', 'rich', 'numpy', 'pandas', 'scipy'} & set(sys.modules)\n"
        "sys.exit(','.join(heavy) or 0)\n"
    )
    done = process(python=["-c", code])
    assert (done.code, done.err) == (0, "")
    assert "brief" in done.out


def test_both_top_helps_are_the_same_text(run):
    """Without click (fast) and through click (behind another option)."""
    from autarky.cli.app import cli

    assert cli.get_help(None) == run("--help").out.rstrip()


def test_version(run):
    done = run("--version")
    assert (done.code, done.out, done.err) == (0, f"autarky {__version__}\n", "")


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_command_has_help(run, command):
    done = run(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: autarky {' '.join(command)}")
    # Every option says what it is for.
    options = [line for line in done.out.splitlines() if line.startswith("  --")]
    for line in options:
        name = line.split()[0]
        at = done.out.index(line)
        rest = done.out[at + len(name) :].split("\n  -")[0]
        words = [w for w in rest.split() if w.isalpha() and w.islower()]
        assert words, f"{name} has no help"


def test_every_measure_of_the_library_is_a_subcommand():
    functions = {n for n in measure.__all__ if inspect.isfunction(getattr(measure, n))}
    assert set(MEASURES) <= functions
    assert functions - set(MEASURES) <= {"preset_of", "presets"}


def test_python_dash_m(process):
    done = process("--version")
    assert (done.code, done.out) == (0, f"autarky {__version__}\n")


@pytest.mark.parametrize("name", [n.replace("_", "-") for n in MEASURES])
def test_help_of_a_measure_says_nothing_that_cannot_be_typed(run, name):
    said = " ".join(run("measure", name, "--help").out.split())
    assert "of your own" not in said
    assert "A plain list" not in said
    for option in re.findall(r"--([a-z-]+)", said):
        assert f"`{option.replace('-', '_')}`" not in said


def test_phrases_that_are_replaced_in_help_are_still_in_a_docstring():
    from autarky.cli.measure import _ONLY_PYTHON, _descriptions

    texts = "".join(inspect.getdoc(getattr(measure, n)) for n in MEASURES)
    for phrase in _ONLY_PYTHON:
        assert phrase.strip() in " ".join(texts.split())
    assert _descriptions(measure.strategic)["group"] == (
        "Regions treated as one economy, instead of --regions or the preset's own bloc. Results "
        'call them "group".'
    )
