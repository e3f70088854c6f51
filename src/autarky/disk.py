"""Writing to disk so that a crash, a full disk or a second process leaves no half-written file.

The order is always: a temporary file beside the target, fsync, rename over the target, fsync of
the folder. May import `errors`.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import sys
import time
import uuid
from collections.abc import Generator
from pathlib import Path

from autarky.errors import AutarkyError, StoreError

CHUNK = 1 << 22  # bytes read or written at a time: large enough to be fast, small in memory

_CAUSES = {
    errno.ENOSPC: ("the disk is full", "Free some space"),
    errno.EDQUOT: ("the disk quota is used up", "Free some space"),
    errno.EFBIG: ("the file would exceed a size limit", "Raise the limit on file sizes"),
    errno.EROFS: ("the disk is read-only", "Use a folder that can be written"),
    errno.EACCES: ("no permission", "Use a folder that you may write"),
    errno.EPERM: ("no permission", "Use a folder that you may write"),
    errno.ENOTDIR: ("a file stands where a folder should", "Move that file away"),
    errno.EEXIST: ("a file stands where a folder should", "Move that file away"),
}


@contextlib.contextmanager
def reporting(action: str, path: Path, *, hint: str = "") -> Generator[None]:
    """Turn an operating-system error inside the block into a `StoreError` that says what to do.

    Parameters
    ----------
    action : str
        What was being done, to follow "cannot": "store wiod2013:2008".
    path : Path
        Named where the system does not name a file itself.
    hint : str
        What mends it, instead of what mends a store that cannot be written.
    """
    try:
        yield
    except AutarkyError:  # some of them are operating-system errors too
        raise
    except OSError as error:
        cause, remedy = _CAUSES.get(
            error.errno or 0, (error.strerror or str(error), "Look at that file or folder")
        )
        named = Path(error.filename) if isinstance(error.filename, str) else path
        raise StoreError(
            f"cannot {action}: {cause}",
            path=path if is_scratch(named) else named,
            hint=hint
            or f"{remedy}, or set AUTARKY_HOME to another folder. Nothing was left half written.",
        ) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system offers that."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def scratch(folder: Path) -> Path:
    """A fresh name in `folder` for a temporary file or folder; `is_scratch` knows it again."""
    return folder / f".new-{os.getpid()}-{uuid.uuid4().hex}"


def is_scratch(path: Path) -> bool:
    """Whether a name is one that `scratch` gave: left over if its writer is gone."""
    return path.name.startswith(".new-")


def write_bytes(path: Path, data: bytes) -> None:
    """Write a small file under its final name, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = scratch(path.parent)
    try:
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def discard(path: Path) -> None:
    """Remove a file or folder; what cannot be removed now is left for a later tidying."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def held(path: Path, *, patience: float = 0.0) -> Generator[None]:
    """Hold a lock while in the block, or raise `BlockingIOError` if somebody has it.

    The system releases it when the holder dies, so that no stale lock can block others.

    Parameters
    ----------
    path : Path
    patience : float
        How long to ask again [s]: others may hold it for a moment only to see who has it.
    """
    until = time.monotonic() + patience
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(_lock(path, wait=False))
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise
                time.sleep(0.02)
        yield


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold an exclusive lock between processes and threads while in the block.

    The system releases it when the holder dies, so that no stale lock can block others.
    """
    with _lock(path, wait=True):
        yield


@contextlib.contextmanager
def _lock(path: Path, *, wait: bool) -> Generator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as stream:
        if sys.platform == "win32":
            import msvcrt

            stream.seek(0)
            while True:
                try:
                    msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                    break
                except OSError as error:  # waiting gives up after ten seconds; ask again
                    if not wait:
                        raise BlockingIOError(errno.EAGAIN, "locked", str(path)) from error
            try:
                yield
            finally:
                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_UNLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield  # closing the file releases the lock
