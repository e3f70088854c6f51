"""The modules in ``docs`` that write pages, loaded by path: they are no part of the package."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def load(name):
    spec = importlib.util.spec_from_file_location(f"docs_{Path(name).stem}", DOCS / name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def generate():
    return load("_ext/generate.py")


@pytest.fixture(scope="session")
def examples():
    return load("_ext/examples.py")


@pytest.fixture(scope="session")
def picture():
    return load("picture.py")


@pytest.fixture(scope="session")
def episodes():
    return load("episodes.py")


@pytest.fixture(scope="session")
def filled(generate):
    """Give a page as a reader sees it: ``filled("notation.md")``."""

    def fill(name):
        return generate.fill((DOCS / name).read_text(encoding="utf-8"), name)

    return fill
