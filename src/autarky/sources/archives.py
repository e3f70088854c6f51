"""Unpacking archives that may be hostile: everything is judged before anything is written.

Refused are archives that would fill the disk (a ratio above 100, more than 2 GB, more than
10,000 members), that would write elsewhere (absolute names, "..", links) or that hide something
(archives within archives, encryption, two members of one name). Zip and tar files are read,
the latter plain or packed with gzip or bzip2. May import `errors` and `disk`.
"""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import io
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from autarky import disk
from autarky.errors import ArchiveError, AutarkyError

__all__ = ["Limits", "Member", "extract", "inspect"]

# A directory record of a zip file is 46 bytes and the name; a tar header is 512 bytes and, for
# a long name, a few blocks more. What needs more room than this is not a list of data files.
_DIRECTORY_PER_MEMBER = 512
_HEADERS_BETWEEN = 1 << 20
_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)

_MAGIC = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"\x28\xb5\x2f\xfd", "zstandard"),
    (257, b"ustar", "tar"),
)
_MAGIC_BYTES = 262
_NESTED = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|gz|bz2|xz|lzma|7z|rar|zst|jar|whl)$", re.I)
# Workbooks and .npz files are zip files inside. They are data, and their readers judge them.
_DATA = re.compile(r"\.(xlsx|xlsm|xlsb|ods|npz)$", re.I)
_DAMAGED = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    UnicodeError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an archive may ask for.

    Attributes
    ----------
    ratio : float
        Unpacked over packed size [-], of the whole and of any one member.
    ratio_from : int
        Unpacked size [bytes] below which the ratio is not asked: a short file of zeros packs
        well and harms nobody.
    nbytes : int
        Unpacked size of all members together [bytes].
    members : int
        Files and folders in it.
    """

    ratio: float = 100.0
    ratio_from: int = 1 << 20
    nbytes: int = 2_000_000_000
    members: int = 10_000


_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an archive: its name, with forward slashes, and unpacked size [bytes]."""

    name: str
    nbytes: int


@dataclass(slots=True)
class _Item:
    """One entry as the archive describes it; `packed` is None where it is not known."""

    name: str
    nbytes: int
    packed: int | None
    is_folder: bool
    refusal: str  # why this kind of entry is refused; empty if it is a plain file or folder
    open: Callable[[], IO[bytes]]
    start: bytes = b""
    rest: IO[bytes] = field(default_factory=io.BytesIO)

    def begin(self) -> None:
        """Read its first bytes; only after its name and size have been accepted."""
        self.rest = self.open()
        self.start = self.rest.read(_MAGIC_BYTES)


def inspect(path: Path, *, limits: Limits = _DEFAULT) -> list[Member]:
    """List the files of an archive, or refuse it; nothing is written.

    Parameters
    ----------
    path : Path
        A zip or tar file.
    limits : Limits, optional
        What it may ask for.

    Returns
    -------
    list of Member

    Raises
    ------
    ArchiveError
        If it is damaged, not an archive, or would not be safe to unpack; says which member.
    """
    path = Path(path)
    if not path.is_file():
        raise ArchiveError("there is no such file", path=path)
    with _reading(path):
        judge = _Judge(path, limits)
        with contextlib.closing(_items(path, limits)) as items:
            for item in items:
                judge.weigh(item)
    judge.conclude()
    return judge.members


def extract(path: Path, folder: Path, *, limits: Limits = _DEFAULT) -> list[Path]:
    """Unpack an archive into a new folder: all of it, or nothing.

    Parameters
    ----------
    path : Path
        A zip or tar file; judged by `inspect` first.
    folder : Path
        Created; must not exist yet.
    limits : Limits, optional
        What the archive may ask for.

    Returns
    -------
    list of Path
        The files, in the order of the archive.

    Raises
    ------
    ArchiveError
        If it is refused; the folder is not created.
    StoreError
        If the disk is full or not writable; the folder is not created.
    """
    path, folder = Path(path), Path(folder)
    members = inspect(path, limits=limits)
    if folder.exists():
        raise ArchiveError(
            "there is a folder of this name already", path=folder, hint="Move it away"
        )
    with _reading(path), disk.reporting(f"unpack {path.name}", folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = disk.scratch(folder.parent)
        try:
            temporary.mkdir()
            judge = _Judge(path, limits)  # the file is read a second time: trust nothing
            with contextlib.closing(_items(path, limits)) as items:
                for item in items:
                    if judge.weigh(item):
                        _copy(item, temporary / judge.members[-1].name, path)
            # Not synced file by file: what a power cut takes can be unpacked again.
            temporary.replace(folder)
        finally:
            disk.discard(temporary)
    return [folder / member.name for member in members]


class _Judge:
    """Weighs one entry after the other; raises at the first that cannot be accepted."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path, self.limits = path, limits
        self.members: list[Member] = []
        self.packed = path.stat().st_size
        self.total = 0
        self.count = 0
        self.seen: dict[str, str] = {}  # name without case -> "file" or "folder"

    def weigh(self, item: _Item) -> bool:
        """Accept an entry; True if it is a file, which is then the last of `members`."""
        self.count += 1
        if self.count > self.limits.members:
            raise self._refuse("more members than allowed", expected=self.limits.members)
        name = self._clean(item)
        if item.refusal:
            raise self._refuse(item.refusal, item)
        self._claim(name, item)
        if item.is_folder:
            return False
        self.total += item.nbytes
        self._weigh_size(item)
        self._weigh_content(item)
        self.members.append(Member(name, item.nbytes))
        return True

    def conclude(self) -> None:
        """Refuse an archive without a file in it."""
        if not self.members:
            raise self._refuse("there are no files in it")

    def _clean(self, item: _Item) -> str:
        name = item.name
        parts = [part for part in name.split("/") if part not in ("", ".")]
        bad = (
            (not parts and not item.is_folder)
            or name.startswith("/")
            or ".." in parts
            or "\\" in name
            or re.match("[A-Za-z]:", name)
            or any(unicodedata.category(char) in ("Cc", "Cs") for char in name)
            or len(name) > 1024
            or any(len(part.encode(errors="replace")) > 255 for part in parts)
        )
        if bad:
            raise self._refuse(
                "a member would be written outside the folder, or has no fit name", item
            )
        return "/".join(parts)

    def _claim(self, name: str, item: _Item) -> None:
        """Refuse a name that another member has, also on a disk that ignores case."""
        parts = unicodedata.normalize("NFC", name).casefold().split("/")
        folders = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
        key = "/".join(parts)
        if item.is_folder:
            folders.append(key)
        elif key in self.seen:
            raise self._refuse("two members have one name", item)
        else:
            self.seen[key] = "file"
        for folder in folders:
            if self.seen.setdefault(folder, "folder") == "file":
                raise self._refuse("a member lies in a folder that is itself a file", item)

    def _weigh_size(self, item: _Item) -> None:
        limits = self.limits
        if self.total > limits.nbytes:
            raise self._refuse("it unpacks to more than allowed", item, f"{limits.nbytes} bytes")
        whole = self.total > limits.ratio_from and self.total > limits.ratio * self.packed
        single = (
            item.packed is not None
            and item.nbytes > limits.ratio_from
            and item.nbytes > limits.ratio * item.packed
        )
        if whole or single:
            raise self._refuse(
                "it unpacks to far more than its size", item, f"at most {limits.ratio:g} times"
            )

    def _weigh_content(self, item: _Item) -> None:
        item.begin()
        kind = "" if _DATA.search(item.name) else _kind_of(item.start)
        if kind or _NESTED.search(item.name):
            raise self._refuse("there is an archive inside the archive", item)

    def _refuse(
        self, message: str, item: _Item | None = None, expected: object = None
    ) -> ArchiveError:
        return ArchiveError(
            f"this archive is refused: {message}",
            path=self.path,
            found=None if item is None else item.name,
            expected=expected,
            hint="If you trust it, unpack it yourself and import the folder",
        )


def _items(path: Path, limits: Limits) -> Generator[_Item]:
    """The entries of an archive one after the other; each must be read before the next."""
    with path.open("rb") as stream:
        kind = _kind_of(stream.read(_MAGIC_BYTES))
    if kind == "zip":
        return _zip_items(path, limits)
    if kind in ("tar", "gzip", "bzip2"):
        return _tar_items(path, kind)
    raise ArchiveError(
        "this is not an archive that can be read",
        path=path,
        found=kind or "none of them",
        expected="zip, tar, tar.gz or tar.bz2",
        hint="Unpack it yourself and import the folder",
    )


def _kind_of(start: bytes) -> str:
    for offset, magic, kind in _MAGIC:
        if start[offset : offset + len(magic)] == magic:
            return kind
    return ""


def _zip_items(path: Path, limits: Limits) -> Generator[_Item]:
    _check_directory(path, limits)
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            mode = info.external_attr >> 16
            refusal = ""
            if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
                refusal = "a member is a link or a device"
            elif info.flag_bits & 0x1:
                refusal = "a member is encrypted"
            elif info.compress_type not in _ZIP_METHODS:
                refusal = "a member is packed in an unusual way"
            item = _Item(
                info.orig_filename,  # zipfile cuts the other at a NUL: judge what is there
                info.file_size,
                info.compress_size,
                info.is_dir(),
                refusal,
                functools.partial(archive.open, info),
            )
            try:
                yield item
            finally:
                item.rest.close()


def _check_directory(path: Path, limits: Limits) -> None:
    """Refuse a zip file for the length of its directory, before zipfile reads all of that."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - 65_557))  # the end record and the longest comment
        tail = stream.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            raise _damaged(path, "it has no end record: truncated")
        count, length = struct.unpack_from("<HL", tail, at + 10)
        locator = tail[max(0, at - 20) : at]
        if len(locator) == 20 and locator[:4] == b"PK\x06\x07":
            stream.seek(min(struct.unpack_from("<Q", locator, 8)[0], size))
            record = stream.read(56)
            if len(record) < 56 or record[:4] != b"PK\x06\x06":
                raise _damaged(path, "its 64-bit end record is missing")
            count, length = struct.unpack_from("<QQ", record, 32)
    if count > limits.members or length > limits.members * _DIRECTORY_PER_MEMBER:
        raise ArchiveError(
            "this archive is refused: more members than allowed",
            path=path,
            found=f"{count} members, {length} bytes to list them",
            expected=f"at most {limits.members} members",
            hint="If you trust it, unpack it yourself and import the folder",
        )


def _tar_items(path: Path, kind: str) -> Generator[_Item]:
    with contextlib.ExitStack() as stack:
        raw = stack.enter_context(path.open("rb"))
        plain: IO[bytes] = raw
        if kind == "gzip":
            plain = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw)))
        elif kind == "bzip2":
            plain = stack.enter_context(bz2.BZ2File(raw))
        stream = _Allowance(plain, path)
        archive = stack.enter_context(tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|"))
        while (info := archive.next()) is not None:
            refusal = "" if info.isreg() or info.isdir() else "a member is a link or a device"
            if info.issparse():
                refusal = "a member is packed in an unusual way"
            nbytes = info.size if info.isreg() else 0
            stream.allowed = info.offset_data + nbytes + _HEADERS_BETWEEN
            opener = functools.partial(_member, archive, info)
            yield _Item(info.name, nbytes, None, info.isdir(), refusal, opener)
        # Up to the checksum that gzip and bzip2 have at their end.
        while stream.read(tarfile.RECORDSIZE):
            pass


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    return archive.extractfile(info) or io.BytesIO()


class _Allowance:
    """A stream that stops when more is read than the members seen so far account for.

    tarfile reads an extended header into memory whatever its length; this bounds it.
    """

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        self.stream, self.path = stream, path
        self.done = 0
        self.allowed = _HEADERS_BETWEEN

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.done += len(data)
        if self.done > self.allowed + tarfile.RECORDSIZE:
            raise ArchiveError(
                "this archive is refused: it has headers of an unusual length", path=self.path
            )
        return data


def _copy(item: _Item, target: Path, path: Path) -> None:
    """Write one member, no more and no less than the size it was accepted for."""
    target.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    data = item.start
    with target.open("xb") as stream:
        while data:
            done += len(data)
            if done > item.nbytes:
                break
            stream.write(data)
            data = item.rest.read(disk.CHUNK)
    if done != item.nbytes:
        raise _damaged(path, f"{item.name} does not have the size it declares")


@contextlib.contextmanager
def _reading(path: Path) -> Generator[None]:
    """Turn what the standard library says of a damaged archive into an `ArchiveError`."""
    with disk.reporting(f"read {path.name}", path):
        try:
            yield
        except AutarkyError:
            raise
        except _DAMAGED as error:
            raise _damaged(path, error) from error
        except OSError as error:
            # The decompressors report damage as an OSError without a number.
            if error.errno is None:
                raise _damaged(path, error) from error
            raise


def _damaged(path: Path, cause: object) -> ArchiveError:
    return ArchiveError(
        f"this archive is damaged: {str(cause).rstrip('.') or type(cause).__name__}",
        path=path,
        hint="Download it again",
    )
