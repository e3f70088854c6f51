"""Downloading the files of a release, each checked against its published size and checksum.

Nothing is unpacked or parsed here. May import `errors`, `disk`, `registry` and `store`.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO, Any

from autarky import disk
from autarky.errors import ChecksumError, DownloadError, MissingTableError
from autarky.sources.registry import Release, ReleaseFile
from autarky.sources.store import default_root

__all__ = ["Progress", "fetch"]

Progress = Callable[[str, int, int | None], None]
"""Called as ``progress(path, done, total)`` [bytes]; the total is None where it is unknown."""

_TIMEOUT = (10.0, 60.0)  # seconds to connect, and to wait for the next bytes


def fetch(
    release: Release,
    *,
    base_url: str | None = None,
    folder: Path | None = None,
    years: list[int] | None = None,
    progress: Progress | None = None,
    retries: int = 2,
) -> list[Path]:
    """Download the files of a release that are not there yet, and return where all of them are.

    Parameters
    ----------
    release : Release
        From the registry.
    base_url : str, optional
        Take the files from here instead of the address in the registry: a mirror.
    folder : Path, optional
        Where to put them. Default: ``downloads/<name>`` in the store.
    years : list of int, optional
        Only the files of these years, and those that belong to no single year.
    progress : callable, optional
        Called with the path of the file, the bytes received and the bytes to come.
    retries : int, optional
        How often to try again after a lost connection or a wrong checksum.

    Returns
    -------
    list of Path
        One per file, in the order of the registry. A file that is already there and has the
        right checksum is not downloaded again.

    Raises
    ------
    MissingTableError
        If the release cannot be downloaded automatically, or a year is not in it; says what
        to do by hand.
    DownloadError
        If the network or the server failed.
    ChecksumError
        If what arrived is not what was published.
    StoreError
        If it cannot be written.
    """
    if release.access != "download" and base_url is None:
        raise MissingTableError(release.how_to_get())
    files = _chosen(release, years)
    target = default_root() / "downloads" / release.name if folder is None else Path(folder)
    return [
        _fetch_file(file, release, base_url, target, progress=progress, retries=retries)
        for file in files
    ]


def _chosen(release: Release, years: list[int] | None) -> list[ReleaseFile]:
    if years is None:
        return list(release.files)
    unknown = [str(year) for year in years if year not in release.years]
    if unknown:
        raise MissingTableError(
            f"{release.name} has no year {', '.join(unknown)}; "
            f"it has {', '.join(map(str, release.years))}"
        )
    return [file for file in release.files if file.year is None or file.year in years]


def _fetch_file(
    file: ReleaseFile,
    release: Release,
    base_url: str | None,
    folder: Path,
    *,
    progress: Progress | None,
    retries: int,
) -> Path:
    import pooch
    import requests

    base = base_url or release.base
    url = file.url if file.url and not base_url else f"{base.rstrip('/')}/{file.path}"
    manager = pooch.create(
        path=folder,
        base_url="",
        registry={file.path: f"sha256:{file.sha256}" if file.sha256 else None},
        urls={file.path: url},
        retry_if_failed=retries,
    )
    receiver = _Receiver(file, progress)
    with disk.reporting(f"download {release.name}", folder), _quiet(pooch.get_logger()):
        try:
            path = Path(manager.fetch(file.path, downloader=receiver))
        except requests.RequestException as error:
            raise DownloadError(
                f"{url} could not be downloaded: {_cause(error)}. Nothing was stored. "
                "Check the connection and try again; finished files are kept"
            ) from error
        except ValueError as error:  # how pooch reports a checksum
            raise ChecksumError(
                f"{url} is not the file that was published: sha256 {receiver.digest[:16]}, "
                f"expected {str(file.sha256)[:16]}. It was deleted. Try again; if it happens "
                "again, the publisher has changed the file and the registry must follow"
            ) from error
        if progress is not None and not receiver.used:
            size = path.stat().st_size
            progress(file.path, size, size)
    return path


class _Receiver:
    """A pooch downloader that counts and hashes what arrives, and stops at the published size."""

    def __init__(self, file: ReleaseFile, progress: Progress | None) -> None:
        self.file = file
        self.progress = progress
        self.used = False
        self.total: int | None = None
        self._response: Any = None
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what arrived last."""
        return self._hash.hexdigest()

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        import pooch

        self.used = True
        self._hash = hashlib.sha256()
        # The bytes as published: no compression on the way that would be undone on arrival.
        get = pooch.HTTPDownloader(
            chunk_size=1 << 16,
            timeout=_TIMEOUT,
            headers={"Accept-Encoding": "identity"},
            hooks={"response": self._inspect},
        )
        with Path(output_file).open("wb") as stream:
            counter = _Counter(stream, self, url)
            try:
                get(url, counter, None)
            finally:  # pooch does not hang up when it is interrupted
                if self._response is not None:
                    self._response.close()
            stream.flush()
            os.fsync(stream.fileno())
        if self.file.bytes is not None and counter.done != self.file.bytes:
            raise _wrong_size(url, counter.done, self.file.bytes)

    def _inspect(self, response: Any, **_options: Any) -> None:
        """Refuse an answer before its body is read: an error, plain http, another size."""
        self._response = response
        url = response.url
        asked = response.history[0].url if response.history else url
        if asked.startswith("https:") and not url.startswith("https:"):
            raise DownloadError(f"{asked} leads to an unprotected address, {url}: refused")
        if 400 <= response.status_code < 500:  # asking again would not help
            raise DownloadError(
                f"{url} could not be downloaded: the server answered {response.status_code} "
                f"{response.reason}. Nothing was stored. The publisher may have moved it: "
                "see the landing page ('autarky data list'), then 'autarky data import'"
            )
        self.total = _content_length(response)
        size = self.file.bytes
        final = response.ok and not response.is_redirect
        if final and None not in (size, self.total) and size != self.total:
            raise _wrong_size(url, self.total, size)


class _Counter:
    """The file that pooch writes to: passes on, counts, hashes, reports and stops in time."""

    def __init__(self, stream: IO[bytes], receiver: _Receiver, url: str) -> None:
        self.stream, self.receiver, self.url = stream, receiver, url
        self.done = 0

    def write(self, data: bytes) -> int:
        self.done += len(data)
        receiver = self.receiver
        limit = receiver.file.bytes
        if limit is not None and self.done > limit:
            raise _wrong_size(self.url, f"more than {limit}", limit)
        receiver._hash.update(data)
        if receiver.progress is not None:
            receiver.progress(receiver.file.path, self.done, limit or receiver.total)
        return self.stream.write(data)

    def flush(self) -> None:
        """Not after every piece: once, at the end."""


def _content_length(response: Any) -> int | None:
    text = response.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else None


def _wrong_size(url: str, found: object, expected: object) -> ChecksumError:
    return ChecksumError(
        f"{url} is not the file that was published: {found} bytes, expected {expected}. "
        "Nothing was stored. Try again; if it happens again, the publisher has changed the file"
    )


def _cause(error: Exception) -> str:
    """Why a request failed, in words; the chain of library exceptions says little."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off before the end"
    if isinstance(error, requests.ConnectionError):
        broken = "IncompleteRead" in str(error) or "broken" in str(error).lower()
        return "the connection broke off before the end" if broken else "no connection"
    return str(error) or type(error).__name__


@contextlib.contextmanager
def _quiet(logger: logging.Logger) -> Generator[None]:
    """Keep pooch's own messages off stderr: progress is reported through the callback."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
