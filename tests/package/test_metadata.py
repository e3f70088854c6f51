"""What the package says about itself is the same in every place that says it."""

import re
import tomllib
from importlib.metadata import entry_points, version
from pathlib import Path

import autarky

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_one_version_everywhere():
    citation = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text("utf-8"), re.M)
    assert citation is not None
    stated = {
        "pyproject.toml": PROJECT["project"]["version"],
        "autarky.__version__": autarky.__version__,
        "CITATION.cff": citation[1],
        "installed": version("autarky"),
    }
    assert len(set(stated.values())) == 1, stated


def test_changelog_knows_this_version():
    assert autarky.__version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_command_starts_the_command_line():
    (script,) = (e for e in entry_points(group="console_scripts") if e.name == "autarky")
    assert callable(script.load())


def _names(requirements: list) -> set[str]:
    """Give the names of the packages in a list of requirements."""
    plain = (r for r in requirements if isinstance(r, str))
    return {re.split(r"[\s<>=!~;\[]", r, maxsplit=1)[0].lower() for r in plain}


def test_every_requirement_is_pinned():
    project = PROJECT["project"]
    asked = _names(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        asked |= _names(extra)
    for group in PROJECT["dependency-groups"].values():
        asked |= _names(group)
    pinned = _names(PROJECT["tool"]["uv"]["constraint-dependencies"])
    assert asked - pinned == set()


def test_each_pin_is_one_version():
    pins = PROJECT["tool"]["uv"]["constraint-dependencies"]
    assert [p for p in pins if not re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", p)] == []
