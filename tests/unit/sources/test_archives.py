"""Archives: good ones come out whole, hostile ones are refused before anything is written."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import stat
import struct
import subprocess
import sys
import tarfile
import textwrap
import zipfile
from pathlib import Path

import pytest

from autarky import disk
from autarky.errors import ArchiveError, StoreError
from autarky.sources.archives import Limits, Member, extract, inspect

GOOD = {
    "tables/a.csv": b"1,2\n3,4\n",
    "tables/deep/b.csv": bytes(range(256)) * 40,
    "empty.txt": b"",
    "umlaut-ö.txt": "Größe\n".encode(),
}


def make_zip(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def make_tar(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def make(path: Path, files: dict[str, bytes]) -> Path:
    return make_zip(path, files) if path.suffix == ".zip" else make_tar(path, files)


def refused(path: Path, problem: str, **limits) -> ArchiveError:
    """Assert that an archive is refused, by name, and that nothing was written."""
    target = path.parent / "out"
    before = sorted(path.parent.iterdir())
    options = {"limits": Limits(**limits)} if limits else {}
    with pytest.raises(ArchiveError, match=problem) as caught:
        extract(path, target, **options)
    assert caught.value.path == path
    assert caught.value.exit_code == 3
    assert sorted(path.parent.iterdir()) == before
    with pytest.raises(ArchiveError, match=problem):
        inspect(path, **options)
    return caught.value


# Good archives.


@pytest.mark.parametrize("kind", ["stored", "deflated", "bzip2", "tar", "tar.gz", "tar.bz2"])
def test_a_good_archive_comes_out_whole(tmp_path, kind):
    path = tmp_path / "good"
    methods = {"stored": 0, "deflated": zipfile.ZIP_DEFLATED, "bzip2": zipfile.ZIP_BZIP2}
    if kind in methods:
        make_zip(path, GOOD, methods[kind])
    else:
        make_tar(path, GOOD, {"tar": "w", "tar.gz": "w:gz", "tar.bz2": "w:bz2"}[kind])
    assert inspect(path) == [Member(name, len(data)) for name, data in GOOD.items()]
    files = extract(path, tmp_path / "out")
    assert files == [tmp_path / "out" / name for name in GOOD]
    assert {str(f.relative_to(tmp_path / "out")): f.read_bytes() for f in files} == GOOD
    assert sorted(p.name for p in tmp_path.iterdir()) == ["good", "out"]


def test_large_members_come_out_whole(tmp_path):
    data = random.Random(1).randbytes(3 * disk.CHUNK // 2)
    for path in (tmp_path / "a.zip", tmp_path / "a.tar"):
        make(path, {"big": data, "after": b"x"})
        big, after = extract(path, tmp_path / f"out{path.suffix}")
        assert big.read_bytes() == data
        assert after.read_bytes() == b"x"


def test_folders_and_leading_dots_are_fine(tmp_path):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name in ("./", "./data"):
            info = tarfile.TarInfo(name)
            info.type = tarfile.DIRTYPE
            archive.addfile(info)
        info = tarfile.TarInfo("./data/a.csv")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"1"))
    assert inspect(path) == [Member("data/a.csv", 1)]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.mkdir("data")
        archive.writestr("data/a.csv", b"1")
    assert inspect(tmp_path / "a.zip") == [Member("data/a.csv", 1)]


def test_long_names_in_tar_are_fine(tmp_path):
    name = "/".join(["folder" * 10] * 6) + "/a.csv"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        path = tmp_path / f"{form}.tar"
        with tarfile.open(path, "w", format=form) as archive:
            info = tarfile.TarInfo(name)
            info.size = 1
            archive.addfile(info, io.BytesIO(b"1"))
        assert inspect(path) == [Member(name, 1)]


@pytest.mark.parametrize("suffix", [".xlsx", ".xlsb", ".npz"])
def test_workbooks_are_data_not_archives(tmp_path, suffix):
    inner = make_zip(tmp_path / "inner", {"a": b"1"}).read_bytes()
    path = make_zip(tmp_path / "a.zip", {f"table{suffix}": inner})
    assert [member.name for member in inspect(path)] == [f"table{suffix}"]


def test_a_short_file_of_zeros_may_pack_well(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.csv": b"0" * 1_000_000})
    assert path.stat().st_size < 10_000
    assert inspect(path) == [Member("a.csv", 1_000_000)]


# Too much.


@pytest.mark.parametrize("mode", ["zip", "gz", "bz2"])
def test_a_bomb_is_refused_by_its_ratio(tmp_path, mode):
    path = tmp_path / f"a.{mode}"
    files = {"a.csv": b"0" * 3_000_000}
    make_zip(path, files) if mode == "zip" else make_tar(path, files, f"w:{mode}")
    error = refused(path, "unpacks to far more than its size")
    assert error.found == "a.csv"


def test_many_small_members_are_weighed_together(tmp_path):
    path = make_zip(tmp_path / "a.zip", {f"{i}.csv": b"0" * 900_000 for i in range(4)})
    refused(path, "unpacks to far more than its size")


def test_one_bomb_among_honest_files_is_refused(tmp_path):
    honest = random.Random(1).randbytes(1_000_000)
    path = make_zip(tmp_path / "a.zip", {"honest": honest, "bomb": b"0" * 5_000_000})
    assert refused(path, "unpacks to far more than its size").found == "bomb"


def test_more_than_two_gigabytes_are_refused_unread(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.csv": b"0" * 100}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02")
    struct.pack_into("<LL", data, at + 20, 2_000_000_001, 2_000_000_001)
    path.write_bytes(data)
    assert "2000000000 bytes" in str(refused(path, "unpacks to more than allowed"))
    path = tmp_path / "a.tar"
    info = tarfile.TarInfo("a.csv")
    info.size = 2_000_000_001
    path.write_bytes(info.tobuf() + b"0" * 1024)
    refused(path, "unpacks to more than allowed")


def test_members_are_counted(tmp_path):
    for path in (tmp_path / "a.zip", tmp_path / "a.tar"):
        make(path, {f"{i}.csv": b"1" for i in range(11)})
        refused(path, "more members than allowed", members=10)
        assert len(inspect(path, limits=Limits(members=11))) == 11


def test_ten_thousand_members_are_the_limit(tmp_path):
    path = make_zip(tmp_path / "a.zip", {f"{i}.csv": b"" for i in range(10_001)})
    refused(path, "more members than allowed")


def test_a_directory_that_lies_about_its_count_is_refused_unread(tmp_path):
    path = make_zip(tmp_path / "a.zip", {f"{i}.csv": b"" for i in range(2_000)})
    data = bytearray(path.read_bytes())
    struct.pack_into("<HH", data, data.rfind(b"PK\x05\x06") + 8, 1, 1)
    path.write_bytes(data)
    refused(path, "more members than allowed", members=10)


def test_a_64_bit_directory_is_counted_too(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.csv": b"1"})
    data = path.read_bytes()
    at = data.rfind(b"PK\x05\x06")
    record = b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, 10**6, 10**6, 50, 0)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, at, 1)
    path.write_bytes(data[:at] + record + locator + data[at:])
    refused(path, "more members than allowed")


def test_an_extended_header_cannot_fill_the_memory(tmp_path):
    path = tmp_path / "a.tar.gz"
    info = tarfile.TarInfo("././@PaxHeader")
    info.type = tarfile.XHDTYPE
    info.size = 60_000_000
    with gzip.open(path, "wb") as stream:
        stream.write(info.tobuf())
        stream.write(b"0" * 60_000_000)
    refused(path, "headers of an unusual length")


def test_bombs_cost_little_time_and_memory(tmp_path):
    """Two seconds and 500 MB are promised; a process of its own is measured."""
    if not Path("/proc/self/status").exists():
        pytest.skip("the peak of one process is read from /proc")
    with gzip.open(tmp_path / "a.tar.gz", "wb", compresslevel=1) as stream:
        info = tarfile.TarInfo("a.csv")
        info.size = 1_900_000_000
        stream.write(info.tobuf())
        for _ in range(100):
            stream.write(bytes(1_000_000))
    make_zip(tmp_path / "b.zip", {"a.csv": bytes(100_000_000)})
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from autarky.errors import ArchiveError
        from autarky.sources.archives import extract
        for name in ("a.tar.gz", "b.zip"):
            try:
                extract(Path(sys.argv[1]) / name, Path(sys.argv[1]) / "out")
            except ArchiveError:
                continue
            sys.exit("not refused")
        status = Path("/proc/self/status").read_text()
        print(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
        """
    )
    # getrusage would count the peak of the parent before the program was loaded, and of siblings.
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=True,
        timeout=30,
        capture_output=True,
        text=True,
    )
    assert int(done.stdout) * 1024 / 1e6 < 500


# Elsewhere.

BAD_NAMES = [
    "../a.csv",
    "data/../../a.csv",
    "data/..",
    "/etc/passwd",
    "//server/share",
    "..\\a.csv",
    "data\\a.csv",
    "C:a.csv",
    "c:/a.csv",
    "a\x1b[2J.csv",
    "a\n.csv",
    "x" * 256,
    "/".join(["x" * 200] * 6),
]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_names_that_lead_elsewhere_are_refused(tmp_path, suffix, name):
    path = make(tmp_path / f"a{suffix}", {"fine.csv": b"1", name: b"1"})
    assert refused(path, "written outside the folder").found == name


def test_a_name_cut_short_by_a_nul_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.csvX/../../b": b"1"})
    path.write_bytes(path.read_bytes().replace(b"a.csvX/", b"a.csv\0/"))
    refused(path, "written outside the folder")


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_tar_are_refused(tmp_path, kind):
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("link")
        info.type = kind
        info.linkname = "/etc/passwd"
        archive.addfile(info)
    assert refused(path, "link or a device").found == "link"


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_zip_are_refused(tmp_path, mode):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (mode | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert refused(path, "link or a device").found == "link"


# Hidden.


@pytest.mark.parametrize("name", ["inner.zip", "inner.csv", "inner"])
@pytest.mark.parametrize("kind", ["zip", "tar", "gzip", "bzip2"])
@pytest.mark.parametrize("suffix", [".zip", ".tar"])
def test_archives_in_archives_are_refused(tmp_path, suffix, kind, name):
    inner = {
        "zip": lambda: make_zip(tmp_path / "i", {"a": b"1"}).read_bytes(),
        "tar": lambda: make_tar(tmp_path / "i", {"a": b"1"}).read_bytes(),
        "gzip": lambda: gzip.compress(b"1"),
        "bzip2": lambda: bz2.compress(b"1"),
    }[kind]()
    path = make(tmp_path / f"a{suffix}", {"fine.csv": b"1", name: inner})
    assert refused(path, "archive inside the archive").found == name


def test_an_archive_by_name_is_refused_too(tmp_path):
    refused(make_zip(tmp_path / "a.zip", {"a.7z": b"not really"}), "archive inside the archive")


@pytest.mark.parametrize(
    "names", [("a.csv", "A.csv"), ("a/b", "A/B"), ("\u00e9.csv", "e\u0301.csv"), ("./a", "a")]
)
def test_two_members_of_one_name_are_refused(tmp_path, names):
    for suffix in (".zip", ".tar"):
        path = make(tmp_path / f"a{suffix}", dict.fromkeys(names, b"1"))
        assert refused(path, "two members have one name").found == names[1]


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("A/b/c", "a/B")])
def test_a_file_that_is_also_a_folder_is_refused(tmp_path, names):
    for suffix in (".zip", ".tar"):
        refused(make(tmp_path / f"a{suffix}", dict.fromkeys(names, b"1")), "itself a file|one name")


def test_encrypted_and_oddly_packed_members_are_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"a.csv": b"1"}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    refused(path, "encrypted")
    refused(make_zip(tmp_path / "b.zip", {"a": b"1" * 99}, zipfile.ZIP_LZMA), "unusual way")


# Damaged, or no archive.


@pytest.mark.parametrize("suffix", [".zip", ".tar", ".tar.gz", ".tar.bz2"])
def test_a_truncated_archive_is_never_unpacked(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    files = {"a.csv": random.Random(1).randbytes(50_000), "b.csv": b"1" * 3000}
    if suffix == ".zip":
        make_zip(path, files)
    else:
        make_tar(path, files, {".tar": "w", ".tar.gz": "w:gz", ".tar.bz2": "w:bz2"}[suffix])
    data = path.read_bytes()
    for tenth in range(10):
        path.write_bytes(data[: len(data) * tenth // 10])
        out = tmp_path / "out"
        try:
            extracted = extract(path, out)
        except ArchiveError:
            assert sorted(p.name for p in tmp_path.iterdir()) == [path.name]
            continue
        # A tar file has no end that could be missed: whole members may be all there is.
        assert suffix == ".tar"
        assert all(file.read_bytes() == files[file.name] for file in extracted)
        for file in extracted:
            file.unlink()
        out.rmdir()


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tar.bz2"])
def test_flipped_bits_never_change_a_member(tmp_path, suffix):
    files = {"a.csv": random.Random(1).randbytes(2_000), "b.csv": b"1,2\n" * 300}
    path = tmp_path / f"a{suffix}"
    make_zip(path, files) if suffix == ".zip" else make_tar(path, files, f"w:{suffix[5:]}")
    data = path.read_bytes()
    choose = random.Random(3)
    for turn in range(150):
        broken = bytearray(data)
        broken[choose.randrange(len(data))] ^= 1 << choose.randrange(8)
        path.write_bytes(broken)
        try:
            extracted = extract(path, tmp_path / f"out{turn}")
        except (ArchiveError, StoreError):
            continue
        contents = sorted(file.read_bytes() for file in extracted)
        assert contents == sorted(files.values())


@pytest.mark.parametrize("data", [b"", b"PK", b"hello" * 100, b"PK\x03\x04", b"\x1f\x8b\x08\0\0"])
def test_what_is_no_archive_is_refused(tmp_path, data):
    (tmp_path / "a.zip").write_bytes(data)
    refused(tmp_path / "a.zip", "not an archive|damaged")


def test_an_unknown_kind_is_named(tmp_path):
    (tmp_path / "a.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + b"0" * 100)
    assert refused(tmp_path / "a.7z", "not an archive that can be read").found == "7z"


def test_an_empty_archive_is_refused(tmp_path):
    refused(make_zip(tmp_path / "a.zip", {}), "no files in it")
    refused(make_tar(tmp_path / "a.tar.gz", {}, "w:gz"), "no files in it|damaged|not an archive")


def test_a_missing_archive_is_an_error(tmp_path):
    with pytest.raises(ArchiveError, match=r"none\.zip: there is no such file"):
        extract(tmp_path / "none.zip", tmp_path / "out")


def test_an_existing_folder_is_not_touched(tmp_path):
    path = make_zip(tmp_path / "a.zip", GOOD)
    (tmp_path / "out").mkdir()
    with pytest.raises(ArchiveError, match="a folder of this name"):
        extract(path, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path):
    pytest.importorskip("resource")
    make_zip(tmp_path / "a.zip", {"a.csv": random.Random(1).randbytes(50_000)})
    program = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from autarky.errors import StoreError
        from autarky.sources.archives import extract
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            extract(Path(sys.argv[1]) / "a.zip", Path(sys.argv[1]) / "out")
        except StoreError as error:
            print(error)
            sys.exit(error.exit_code)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3, done.stderr
    assert "size limit" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
