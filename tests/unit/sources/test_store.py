"""The data store: what goes in comes out, and nothing damaged ever does."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from autarky import disk
from autarky.errors import MissingTableError, OptionError, StoreError
from autarky.sources import store as module
from autarky.sources.store import Store, default_root

FIELDS = (
    '{"address": "ADDRESS", "format": 1, "name": "toy", "stored": "", "year": 2000, "nbytes": 1}'
)
HEADER = {"title": "toy", "regions": ["DEU", "KOR"], "unit": {"currency": "USD"}, "x": 0.1}


def toy(scale: float = 1.0) -> dict[str, np.ndarray]:
    return {"Z": scale * np.arange(12.0).reshape(3, 4), "x": scale * np.ones(3)}


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "home")


def files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def break_file(path: Path, how: str) -> None:
    data = bytearray(path.read_bytes())
    if how == "truncated":
        path.write_bytes(data[:-5])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "grown":
        path.write_bytes(data + b"\0")
    elif how == "flipped":
        data[-3] ^= 0x10
        path.write_bytes(data)
    elif how == "missing":
        path.unlink()
    else:
        raise ValueError(how)


# What goes in comes out.


def test_round_trip(store):
    entry = store.put("toy", 2000, toy(), HEADER)
    arrays, header = store.get("toy", 2000)
    assert header == HEADER
    assert sorted(arrays) == ["Z", "x"]
    for name, array in toy().items():
        np.testing.assert_array_equal(arrays[name], array)
        assert arrays[name].dtype == array.dtype
    assert (entry.name, entry.year) == ("toy", 2000)
    assert entry.folder == store.path("toy", 2000)
    assert entry.nbytes == sum(path.stat().st_size for path in files_below(entry.folder))
    assert store.verify() == []


def test_arrays_are_read_only_maps_of_the_files(store):
    store.put("toy", 2000, toy(), HEADER)
    array = store.get("toy", 2000)[0]["Z"]
    assert type(array) is np.ndarray
    assert isinstance(array.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 1.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        array.flags.writeable = True


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    array=arrays_of.arrays(
        dtype=st.sampled_from(["<f8", ">f8", "<f4", "<i4", "<i8", "u1", "?"]),
        shape=arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5),
    )
)
def test_any_array_of_numbers_comes_back_bit_for_bit(store, array):
    store.put("any", 2000, {"a": array}, {})
    back = store.get("any", 2000)[0]["a"]
    assert back.shape == array.shape
    np.testing.assert_array_equal(back, array)  # NaN equals NaN here
    assert not back.flags.writeable


def test_column_order_and_slices_come_back_in_row_order(store):
    array = np.arange(20.0).reshape(4, 5)
    store.put("toy", 2000, {"f": np.asfortranarray(array), "s": array[::2, ::-1]}, {})
    back = store.get("toy", 2000)[0]
    np.testing.assert_array_equal(back["f"], array)
    np.testing.assert_array_equal(back["s"], array[::2, ::-1])
    assert back["f"].flags.c_contiguous
    assert back["s"].flags.c_contiguous


def test_the_address_is_the_checksum_of_the_contents(store, tmp_path):
    entry = store.put("toy", 2000, toy(), HEADER)
    header = (entry.folder / "header.json").read_bytes()
    assert hashlib.sha256(header).hexdigest() == entry.address == entry.folder.name
    listed = json.loads(header)["arrays"]
    for name, fields in listed.items():
        data = (entry.folder / f"{name}.npy").read_bytes()
        assert hashlib.sha256(data).hexdigest() == fields["sha256"]
        assert len(data) == fields["nbytes"]
    reordered = dict(reversed(HEADER.items()))
    assert Store(tmp_path / "other").put("b", 7, toy(), reordered).address == entry.address
    assert Store(tmp_path / "third").put("b", 7, toy(2.0), HEADER).address != entry.address


def test_numpy_alone_can_read_what_is_stored(store):
    entry = store.put("toy", 2000, toy(), HEADER)
    np.testing.assert_array_equal(np.load(entry.folder / "Z.npy"), toy()["Z"])


# Names and years.


def test_years_are_separate_entries(store):
    for year in (2005, 1999, 2000):
        store.put("toy", year, toy(year), HEADER)
    assert store.years("toy") == [1999, 2000, 2005]
    assert store.names() == ["toy"]
    assert [entry.year for entry in store.entries()] == [1999, 2000, 2005]
    assert store.get("toy", 1999)[0]["x"][0] == 1999.0
    assert store.get("toy", 2005)[0]["x"][0] == 2005.0


def test_equal_contents_are_kept_once(store):
    first = store.put("toy", 2000, toy(), HEADER)
    second = store.put("other", 1990, toy(), HEADER)
    assert first.folder == second.folder
    store.remove("toy")
    assert store.get("other", 1990)[1] == HEADER


def test_replacing_an_entry_frees_the_old_contents(store):
    old = store.put("toy", 2000, toy(), HEADER)
    new = store.put("toy", 2000, toy(2.0), HEADER)
    assert not old.folder.exists()
    assert new.folder.exists()
    assert store.get("toy", 2000)[0]["x"][0] == 2.0
    assert store.verify() == []


def test_what_was_opened_outlives_its_removal(store):
    store.put("toy", 2000, toy(), HEADER)
    array = store.get("toy", 2000)[0]["Z"]
    store.remove("toy", 2000)
    np.testing.assert_array_equal(array, toy()["Z"])


def test_remove(store):
    store.put("toy", 2000, toy(), HEADER)
    store.put("toy", 2001, toy(2.0), HEADER)
    assert store.remove("toy", 2000) == [2000]
    assert store.years("toy") == [2001]
    assert store.remove("toy") == [2001]
    assert store.names() == []
    assert files_below(store.root / "objects") == []
    with pytest.raises(MissingTableError, match="nothing is stored under 'toy'"):
        store.remove("toy")


def test_a_missing_table_says_what_there_is(store):
    with pytest.raises(MissingTableError, match=r"'toy'.*stored: nothing.*autarky data get"):
        store.get("toy", 2000)
    for year in (1995, 1996, 1997, 2005):
        store.put("toy", year, toy(), HEADER)
    with pytest.raises(MissingTableError, match=r"toy:1066 .*1995-1997, 2005"):
        store.get("toy", 1066)
    with pytest.raises(MissingTableError, match=r"'tyo'.*stored: toy"):
        store.get("tyo", 1995)


def test_reading_an_absent_store_creates_nothing(store):
    assert store.names() == store.years("toy") == store.entries() == store.verify() == []
    assert store.prune() == 0
    with pytest.raises(MissingTableError):
        store.remove("toy")
    assert not store.root.exists()


def test_path(store):
    assert store.path() == store.root
    entry = store.put("toy", 2000, toy(), HEADER)
    assert store.path("toy") == entry.folder
    store.put("toy", 2001, toy(), HEADER)
    with pytest.raises(MissingTableError, match="toy needs a year"):
        store.path("toy")


def test_the_root_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("AUTARKY_HOME", str(tmp_path))
    assert default_root() == Store().root == tmp_path
    monkeypatch.setenv("AUTARKY_HOME", "~/x")
    assert default_root() == Path.home() / "x"
    monkeypatch.setenv("AUTARKY_HOME", " ")
    assert default_root().name == "autarky"
    monkeypatch.delenv("AUTARKY_HOME")
    assert default_root().name == "autarky"


# What cannot be stored.


@pytest.mark.parametrize(
    "name", ["", "../x", "a/b", "A", "a b", ".a", "a.b", "-a", "a:b", "é", "a" * 65, "a\n", None, 3]
)
def test_unfit_names_are_refused(store, name):
    with pytest.raises(OptionError, match="cannot be the name"):
        store.put(name, 2000, toy(), HEADER)
    with pytest.raises(OptionError, match="cannot be the name"):
        store.get(name, 2000)
    with pytest.raises(OptionError, match="cannot be the name"):
        store.years(name)
    with pytest.raises(OptionError, match="cannot be the name"):
        store.remove(name)
    assert not store.root.exists()


@pytest.mark.parametrize("year", [0, -1, 10_000, 2000.0, "2000", True, None])
def test_unfit_years_are_refused(store, year):
    with pytest.raises(OptionError, match="cannot be the year"):
        store.put("toy", year, toy(), HEADER)
    with pytest.raises(OptionError, match="cannot be the year"):
        store.get("toy", year)


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"a": np.array(["x"])}, "'a' holds <U1"),
        ({"a": np.array([object()])}, "'a' holds object"),
        ({"a": np.array([1j])}, "'a' holds complex128"),
        ({"a": [1.0, 2.0]}, "'a' holds list"),
        ({"../a": np.ones(2)}, "'../a' cannot name an array"),
        ({"a": np.ones(2), "A": np.ones(2)}, "'A' differs .* in case only"),
    ],
)
def test_arrays_that_cannot_be_kept_exactly_are_refused(store, arrays, problem):
    with pytest.raises(StoreError, match=problem):
        store.put("toy", 2000, arrays, {})
    assert store.names() == []
    assert files_below(store.root) == []


@pytest.mark.parametrize(
    ("header", "where"),
    [
        ({"a": {"b": [1, float("nan")]}}, r"header\['a'\]\['b'\]\[1\]"),
        ({"a": float("inf")}, r"header\['a'\]"),
        ({"a": np.float64(1.0)}, r"header\['a'\]"),
        ({"a": {1: 2}}, r"header\['a'\] has a key that is not text"),
        ({"a": Path("x")}, r"header\['a'\]"),
    ],
)
def test_headers_that_json_would_change_are_refused(store, header, where):
    with pytest.raises(StoreError, match=where):
        store.put("toy", 2000, toy(), header)
    assert files_below(store.root) == []


# Damage.


@pytest.mark.parametrize("how", ["truncated", "empty", "grown", "flipped", "missing"])
@pytest.mark.parametrize("file", ["Z.npy", "header.json"])
def test_a_damaged_file_is_never_opened(store, file, how):
    folder = store.put("toy", 2000, toy(), HEADER).folder
    store.get("toy", 2000)  # a file that was good once is checked again when it changes
    break_file(folder / file, how)
    with pytest.raises(StoreError, match=file) as caught:
        store.get("toy", 2000)
    assert caught.value.path == folder / file
    assert caught.value.exit_code == 3
    findings = store.verify("toy")
    assert [(f.severity, f.name, f.year, f.path) for f in findings] == [
        ("error", "toy", 2000, folder / file)
    ]
    assert "toy:2000" in str(findings[0])


@pytest.mark.parametrize("offset", range(10))
def test_truncation_anywhere_is_noticed(store, offset):
    path = store.put("toy", 2000, toy(), HEADER).folder / "Z.npy"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * offset // 10])
    with pytest.raises(StoreError, match=r"Z\.npy.*truncated"):
        store.get("toy", 2000, check="size")


def test_a_flipped_bit_passes_the_size_check_but_not_the_full_one(store):
    path = store.put("toy", 2000, toy(), HEADER).folder / "Z.npy"
    break_file(path, "flipped")
    store.get("toy", 2000, check="size")
    with pytest.raises(StoreError, match=r"Z\.npy: a stored array has changed"):
        store.get("toy", 2000, check="full")
    with pytest.raises(OptionError, match="'full' or 'size'"):
        store.get("toy", 2000, check="none")


def test_an_array_of_another_shape_is_noticed_by_the_size_check(store):
    path = store.put("toy", 2000, toy(), HEADER).folder / "Z.npy"
    np.save(path, toy()["Z"].T.copy())
    with pytest.raises(StoreError, match=r"found .*\(4, 3\)'; expected .*\(3, 4\)"):
        store.get("toy", 2000, check="size")
    path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(StoreError, match=r"not a \.npy file"):
        store.get("toy", 2000, check="size")


def test_checksums_are_computed_once_per_process(store, monkeypatch):
    store.put("toy", 2000, toy(), HEADER)
    store.get("toy", 2000)
    hashed = []
    true_hash = disk.sha256
    monkeypatch.setattr(disk, "sha256", lambda path: hashed.append(path) or true_hash(path))
    store.get("toy", 2000)
    assert hashed == []
    os.utime(store.path("toy") / "Z.npy", ns=(1, 1))
    store.get("toy", 2000)
    assert len(hashed) == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not JSON"),
        ("\N{DEGREE SIGN}", "not JSON"),
        ("[]", "incomplete"),
        ('{"format": 1}', "incomplete"),
        ('{"format": 2, "address": "", "nbytes": 1, "stored": ""}', "another version"),
        (FIELDS.replace("ADDRESS", "../.."), "no valid address"),
        (FIELDS.replace("ADDRESS", "0" * 64).replace("1}", "true}"), "no valid address"),
        (FIELDS.replace("2000", "2001"), "names another table"),
    ],
)
def test_a_damaged_index_is_an_error_that_can_be_removed(store, text, problem):
    store.put("toy", 2000, toy(), HEADER)
    store.put("fine", 2000, toy(2.0), HEADER)
    path = store.root / "index" / "toy" / "2000.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(StoreError, match=problem) as caught:
        store.get("toy", 2000)
    assert caught.value.path == path
    with pytest.raises(StoreError, match=problem):
        store.entries()
    with pytest.raises(StoreError, match=problem):
        store.prune()
    errors = [finding for finding in store.verify() if finding.severity == "error"]
    assert [finding.path for finding in errors] == [path]
    assert store.get("fine", 2000)[1] == HEADER
    assert store.remove("toy") == [2000]
    assert [finding.severity for finding in store.verify()] == ["note"]
    assert store.prune() > 0
    assert store.verify() == []


def test_storing_again_mends_damage(store):
    folder = store.put("toy", 2000, toy(), HEADER).folder
    break_file(folder / "Z.npy", "flipped")
    store.put("toy", 2000, toy(), HEADER)
    np.testing.assert_array_equal(store.get("toy", 2000)[0]["Z"], toy()["Z"])
    (store.root / "index" / "toy" / "2000.json").write_bytes(b"?")
    store.put("toy", 2000, toy(), HEADER)
    assert store.get("toy", 2000)[1] == HEADER
    assert store.verify() == []


def test_prune_takes_old_leftovers_only(store):
    store.put("toy", 2000, toy(), HEADER)
    leftovers = [store.root / "objects" / f".new-1-{age}" for age in ("old", "young")]
    for leftover in leftovers:
        leftover.mkdir()
        (leftover / "Z.npy").write_bytes(b"1234")
    os.utime(leftovers[0], (time.time() - 7200,) * 2)
    assert [finding.path for finding in store.verify()] == leftovers[:1]
    assert store.prune() == 4
    assert not leftovers[0].exists()
    assert leftovers[1].exists()
    assert store.get("toy", 2000)[1] == HEADER


# A disk that is full or cannot be written.


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", range(4))
def test_a_failing_disk_leaves_the_old_table(store, monkeypatch, number, call):
    # One fsync per array, one for the header, and one for the entry: each may fail.
    store.put("toy", 2000, toy(), HEADER)
    before = files_below(store.root)
    calls = iter(range(100))
    true_fsync = os.fsync

    def fsync(handle):
        if Path(f"/proc/self/fd/{handle}").is_dir():
            return true_fsync(handle)
        if next(calls) == call:
            raise OSError(number, os.strerror(number))
        return true_fsync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StoreError, match=r"cannot store toy:2000.*AUTARKY_HOME"):
        store.put("toy", 2000, toy(2.0), HEADER)
    monkeypatch.undo()
    assert store.get("toy", 2000)[0]["x"][0] == 1.0
    assert [finding.severity for finding in store.verify()] in ([], ["note"])
    assert store.prune() >= 0
    assert files_below(store.root) == before
    store.put("toy", 2000, toy(2.0), HEADER)
    assert store.get("toy", 2000)[0]["x"][0] == 2.0


def test_a_full_disk_in_earnest(store):
    """The system itself refuses to write past a limit on file sizes, as it would when full."""
    pytest.importorskip("resource")
    program = textwrap.dedent(
        """
        import resource, sys
        import numpy as np
        from autarky.errors import StoreError
        from autarky.sources.store import Store
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            Store(sys.argv[1]).put("big", 2000, {"Z": np.ones((100, 100))}, {})
        except StoreError as error:
            print(error)
            sys.exit(error.exit_code)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(store.root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "size limit" in done.stdout
    assert "big:2000" in done.stdout
    assert files_below(store.root) == []
    store.put("big", 2000, {"Z": np.ones((100, 100))}, {})
    assert store.verify() == []


def test_a_file_where_the_store_should_be(tmp_path):
    (tmp_path / "home").write_text("not a folder")
    store = Store(tmp_path / "home")
    with pytest.raises(StoreError, match="a file stands where a folder should"):
        store.put("toy", 2000, toy(), HEADER)
    assert store.names() == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user whom modes bind")
def test_a_folder_that_may_not_be_written(store):
    store.put("toy", 2000, toy(), HEADER)
    folders = [store.root, *(path for path in store.root.rglob("*") if path.is_dir())]
    try:
        for folder in folders:
            folder.chmod(0o500)
        with pytest.raises(StoreError, match="no permission"):
            store.put("toy", 2001, toy(2.0), HEADER)
        assert store.get("toy", 2000)[1] == HEADER
        assert store.verify() == []
    finally:
        for folder in folders:
            folder.chmod(0o700)


def test_reading_writes_nothing(store, monkeypatch):
    store.put("toy", 2000, toy(), HEADER)

    def refuse(*_args, **_kwargs):
        raise AssertionError("a reader wrote")

    for name in ("write_bytes", "locked", "scratch", "discard", "sync_folder"):
        monkeypatch.setattr(disk, name, refuse)
    store.get("toy", 2000)
    store.entries()
    store.verify()
    store.path("toy")


# Several processes.


WRITE_MANY = """
import sys
import numpy as np
from autarky.sources.store import Store
store, worker = Store(sys.argv[1]), int(sys.argv[2])
for step in range(25):
    store.put("shared", 2000, {"x": np.full(500, worker * 1000.0 + step)}, {"by": worker})
    store.put("own", 1000 + worker, {"x": np.full(500, float(step))}, {"by": worker})
"""

WRITE_FOREVER = """
import itertools, sys
import numpy as np
from autarky.sources.store import Store
store = Store(sys.argv[1])
print("ready", flush=True)
for step in itertools.count(int(sys.argv[2])):
    store.put("toy", 2000, {"x": np.full(20_000, float(step))}, {"step": step})
"""


def run(program: str, *arguments: object, **options) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, "-c", program, *map(str, arguments)], **options)


def test_concurrent_writers_and_readers_see_whole_tables(store):
    store.put("shared", 2000, {"x": np.full(500, 1000.0)}, {"by": 1})
    workers = [run(WRITE_MANY, store.root, worker) for worker in (1, 2, 3)]
    reads = 0
    while any(worker.poll() is None for worker in workers):
        arrays, header = Store(store.root).get("shared", 2000)
        assert np.unique(arrays["x"]).size == 1
        assert int(arrays["x"][0]) // 1000 == header["by"]
        reads += 1
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert reads > 0
    assert store.years("own") == [1001, 1002, 1003]
    assert all(store.get("own", 1000 + w)[0]["x"][0] == 24.0 for w in (1, 2, 3))
    assert store.verify() == []


def test_killing_a_writer_at_any_moment_leaves_a_whole_table(store, monkeypatch):
    monkeypatch.setattr(module, "_LEFTOVER_AGE", -1.0)
    random = np.random.default_rng(7)
    seen = [0]
    for turn in range(8):
        with run(WRITE_FOREVER, store.root, seen[-1] + 1, stdout=subprocess.PIPE) as writer:
            writer.stdout.readline()
            # The first turn must get something stored; the others are cut off anywhere.
            while turn == 0 and not store.years("toy"):
                time.sleep(0.01)
            time.sleep(float(random.uniform(0.0, 0.1)))
            writer.kill()
        arrays, header = Store(store.root).get("toy", 2000)
        assert np.all(arrays["x"] == header["step"])
        assert not [finding for finding in store.verify() if finding.severity == "error"]
        seen.append(header["step"])
    assert seen == sorted(seen)
    store.prune()
    assert store.verify() == []
    assert len(files_below(store.root / "objects")) == 2
