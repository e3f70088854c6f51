"""What holds for every test of the project, the doctests in ``src`` included.

Floating-point errors raise, nothing outside this machine can be reached (the options are in
``pyproject.toml``), and no test sees or writes the user's own data store.
"""

import os

import hypothesis
import numpy as np
import pytest

hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)


@pytest.fixture(scope="session", autouse=True)
def floating_point_errors_raise():
    """A division by zero, an overflow or an invalid operation fails the test it happens in."""
    with np.errstate(all="raise", under="ignore"):
        yield


@pytest.fixture(scope="session", autouse=True)
def autarky_home(tmp_path_factory):
    """The folder that serves as data store and cache for this session: empty at its start."""
    home = tmp_path_factory.mktemp("autarky-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTARKY_HOME", str(home))
        yield home
