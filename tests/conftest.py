"""Fixtures that lead to real data, and skip with a reason where there are none.

The data live outside the repository, in the folder that the environment variable
``AUTARKY_SHARED`` names (default: ``../shared`` beside the repository). With
``AUTARKY_REQUIRE_SHARED=1`` a test that misses them fails instead of being skipped.
"""

import contextlib
import functools
import json
import os
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
WIOD2013_YEARS = range(1995, 2012)


def _missing(reason: str) -> None:
    """Skip the test, or fail it where the environment says that the data must be there."""
    if os.environ.get("AUTARKY_REQUIRE_SHARED", "") not in {"", "0"}:
        pytest.fail(f"{reason}, and AUTARKY_REQUIRE_SHARED is set", pytrace=False)
    pytest.skip(reason)


@functools.cache
def _load_npz(path: Path) -> dict:
    """Read every array of a file once per process; nobody may write to what all tests share."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    for array in arrays.values():
        array.flags.writeable = False
    return arrays


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the real data sets, one subfolder each."""
    # A relative path counts from the repository, wherever pytest was started.
    path = (ROOT / os.environ.get("AUTARKY_SHARED", "../shared") / "data").resolve()
    if not path.is_dir():
        _missing(f"no real data at {path} (set AUTARKY_SHARED to the folder that holds data/)")
    return path


@pytest.fixture(scope="session")
def shared_npz(shared):
    """Give the arrays of a file below ``shared`` as a dict; ``meta`` is parsed where present.

    ``shared_npz("lrwiod2000/lrwiod2000.npz")["Z"]`` is a read-only array, read once per process.
    """

    def load(name: str) -> dict:
        path = shared / name
        if not path.is_file():
            _missing(f"no file {name} in {shared}")
        arrays = dict(_load_npz(path))
        if "meta" in arrays:
            arrays["meta"] = json.loads(str(arrays["meta"]))
        return arrays

    return load


@pytest.fixture(scope="session")
def wiod2013_raw(shared_npz):
    """Give one year of WIOD 2013 exactly as stored: ``wiod2013_raw(2008)["Z"]`` is int32."""

    def load(year: int) -> dict:
        if year not in WIOD2013_YEARS:
            pytest.fail(f"WIOD 2013 has 1995 to 2011, not {year}", pytrace=False)
        return shared_npz(f"wiod2013/wiod2013_{year}.npz")

    return load


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium that playwright can drive (``executable_path=chromium``)."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if path is None:
        pytest.skip("no chromium on this machine")
    return path


@pytest.fixture
def peer_arithmetic():
    """Let other people's packages divide by zero and warn, as they do outside of tests.

    Only for the part of a cross test that runs the peer: our own code never needs it.
    """

    @contextlib.contextmanager
    def relaxed():
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield

    return relaxed
