"""Whatever the files hold, the plain reader gives a table or one of our errors."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autarky.errors import AutarkyError
from autarky.sources import read_plain
from autarky.table import Table
from bad_input.corpus import as_parquet, sound

FILES = (
    "header.json",
    "regions.csv",
    "sectors.csv",
    "uses.csv",
    "Z.csv",
    "Y.csv",
    "x.csv",
    "value_added.csv",
)
#: What tends to break readers: separators, quotation marks, numbers that are none, odd letters.
PIECES = st.sampled_from(
    [b",", b";", b'"', b"\n", b"\r", b"\r\n", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"nan", b"-",
     b"1e999", b"-1e308", b"1e-320", b"0", b"00", b".", b"=", b"\xc2\xa0", b"DEU", b"NA", b"{}",
     b"[", b"null", b"true", b"1_0", b"\xd9\xa1", b"\x1a", b"9" * 400, b"goods", b""]
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The sound table as bytes, by file."""
    folder = sound(tmp_path_factory.mktemp("sound"))
    return {name: (folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory):
    """The sound table with Parquet files, as bytes."""
    folder = as_parquet(sound(tmp_path_factory.mktemp("sound")))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@st.composite
def damage(draw, names=FILES):
    """Up to four changes: which file, where (a share of its length), how much goes, what comes."""
    changes = st.tuples(
        st.sampled_from(names),
        st.floats(0, 1),
        st.integers(0, 40),
        st.one_of(PIECES, st.binary(max_size=12)),
    )
    return draw(st.lists(changes, min_size=1, max_size=4))


def read_damaged(files: dict[str, bytes], changes) -> None:
    damaged = dict(files)
    for name, share, gone, new in changes:
        data = damaged[name]
        at = int(share * len(data))
        damaged[name] = data[:at] + new + data[at + gone :]
    with tempfile.TemporaryDirectory() as folder:
        for name, data in damaged.items():
            (Path(folder) / name).write_bytes(data)
        # Any other exception, a warning included, fails the test.
        with contextlib.suppress(AutarkyError):
            table = read_plain(folder)
            assert isinstance(table, Table)
            assert np.isfinite(table.Z).all()


HEALTH = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)


@given(changes=damage())
@settings(max_examples=200, suppress_health_check=HEALTH)
def test_text_files(files, changes):
    read_damaged(files, changes)


@pytest.mark.slow
@given(changes=damage())
@settings(max_examples=2000, suppress_health_check=HEALTH)
def test_text_files_thoroughly(files, changes):
    read_damaged(files, changes)


@given(changes=damage(names=("Z.parquet", "Y.parquet", "x.parquet")))
@settings(max_examples=60, suppress_health_check=HEALTH)
def test_parquet_files(parquet, changes):
    read_damaged(parquet, changes)


@given(data=st.binary(max_size=200), name=st.sampled_from(FILES))
@settings(max_examples=100, suppress_health_check=HEALTH)
def test_any_bytes(files, data, name):
    read_damaged(files, [(name, 0.0, 1 << 20, data)])
