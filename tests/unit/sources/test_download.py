"""Downloads, against a server on this machine that fails in every way a server can."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from autarky.errors import ChecksumError, DownloadError, MissingTableError, StoreError
from autarky.sources import download
from autarky.sources.download import fetch
from autarky.sources.registry import Release, ReleaseFile, release

DATA = {
    "toy_2000.csv": b"2000," * 40_000,
    "sub/toy_2001.csv": b"2001," * 50_000,
    "regions.csv": b"DEU\nKOR\n",
}
YEARS = {"toy_2000.csv": 2000, "sub/toy_2001.csv": 2001}


def toy(**changes) -> Release:
    files = tuple(
        ReleaseFile(
            path=path,
            year=YEARS.get(path),
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
        for path, data in DATA.items()
    )
    fields = {"name": "toy", "access": "download", "base": "https://example.org/", "files": files}
    return replace(release("wiod2013"), years=(2000, 2001), **(fields | changes))


class Handler(BaseHTTPRequestHandler):
    """Serves DATA; the first part of the path chooses how it misbehaves."""

    def do_GET(self):
        _, mode, path = self.path.split("/", 2)
        self.server.asked.append(path)
        data = DATA[path]
        if mode == "missing":
            self.send_error(404)
        elif mode == "broken" or (mode == "recovers" and len(self.server.asked) == 1):
            self.send_error(503)
        elif mode == "redirect":
            self.send_response(302)
            self.send_header("Location", f"/good/{path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif mode == "truncated":
            self.answer(data[: len(data) // 2], len(data))
        elif mode == "short":
            self.answer(data[:-1], len(data) - 1)
        elif mode == "long":
            self.answer(data + b"!", len(data) + 1)
        elif mode == "endless":
            self.answer(data * 20, None)
        elif mode == "changed":
            self.answer(data[:-1] + b"!", len(data))
        else:
            self.server.languages.append(self.headers["Accept-Encoding"])
            self.answer(data, len(data))

    def answer(self, data: bytes, length: int | None):
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the client may have had enough
            self.wfile.write(data)

    def log_message(self, *_args):
        """Nothing on stderr."""


class Server(ThreadingHTTPServer):
    daemon_threads = False  # all are joined when the server closes

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.languages: list[str] = []

    def handle_error(self, _request, _address):
        """A client that hangs up is what some tests are about."""

    def url(self, mode: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{mode}/"


@pytest.fixture
def server(monkeypatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def everything(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize("mode", ["good", "redirect"])
def test_files_arrive_as_published(server, tmp_path, mode):
    paths = fetch(toy(), base_url=server.url(mode), folder=tmp_path)
    assert paths == [tmp_path / path for path in DATA]
    assert [path.read_bytes() for path in paths] == list(DATA.values())
    assert everything(tmp_path) == sorted(DATA)
    assert set(server.languages) == {"identity"}


def test_what_is_there_is_not_downloaded_again(server, tmp_path):
    fetch(toy(), base_url=server.url("good"), folder=tmp_path)
    assert len(server.asked) == 3
    fetch(toy(), base_url=server.url("good"), folder=tmp_path)
    assert len(server.asked) == 3
    (tmp_path / "regions.csv").write_bytes(b"damaged")
    fetch(toy(), base_url=server.url("good"), folder=tmp_path)
    assert server.asked[3:] == ["regions.csv"]
    assert (tmp_path / "regions.csv").read_bytes() == DATA["regions.csv"]


def test_single_years_bring_the_common_files(server, tmp_path):
    paths = fetch(toy(), base_url=server.url("good"), folder=tmp_path, years=[2001])
    assert [path.name for path in paths] == ["toy_2001.csv", "regions.csv"]
    with pytest.raises(MissingTableError, match=r"toy has no year 1999, 2002; it has 2000, 2001"):
        fetch(toy(), base_url=server.url("good"), folder=tmp_path, years=[1999, 2000, 2002])


def test_progress_counts_every_byte(server, tmp_path):
    calls: list[tuple[str, int, int | None]] = []
    fetch(
        toy(),
        base_url=server.url("good"),
        folder=tmp_path,
        progress=lambda *call: calls.append(call),
    )
    for path, data in DATA.items():
        done = [count for name, count, _ in calls if name == path]
        assert done == sorted(done)
        assert done[-1] == len(data)
        assert {total for name, _, total in calls if name == path} == {len(data)}
    calls.clear()
    fetch(
        toy(),
        base_url=server.url("good"),
        folder=tmp_path,
        progress=lambda *call: calls.append(call),
    )
    assert calls == [(path, len(data), len(data)) for path, data in DATA.items()]


def test_the_default_folder_is_in_the_store(server, tmp_path, monkeypatch):
    monkeypatch.setenv("AUTARKY_HOME", str(tmp_path))
    paths = fetch(toy(), base_url=server.url("good"))
    assert paths[0] == tmp_path / "downloads" / "toy" / "toy_2000.csv"


def test_a_failure_that_passes_is_tried_again(server, tmp_path):
    paths = fetch(toy(), base_url=server.url("recovers"), folder=tmp_path, retries=1)
    assert paths[0].read_bytes() == DATA["toy_2000.csv"]
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("mode", "kind", "problem"),
    [
        ("missing", DownloadError, r"the server answered 404 Not Found.*autarky data import"),
        ("broken", DownloadError, r"the server answered 503 Service Unavailable"),
        ("truncated", DownloadError, r"the connection broke off before the end"),
        ("short", ChecksumError, r"199999 bytes, expected 200000"),
        ("long", ChecksumError, r"200001 bytes, expected 200000"),
        ("endless", ChecksumError, r"more than 200000 bytes, expected 200000"),
        ("changed", ChecksumError, r"is not the file that was published: sha256 [0-9a-f]{16}, exp"),
    ],
)
def test_failures_are_explained_and_leave_nothing(server, tmp_path, mode, kind, problem):
    with pytest.raises(DownloadError, match=problem) as caught:
        fetch(toy(), base_url=server.url(mode), folder=tmp_path, retries=0)
    assert type(caught.value) is kind
    assert caught.value.exit_code == 5
    assert "toy_2000.csv" in str(caught.value)
    assert everything(tmp_path) == []


def test_a_checksum_alone_is_enough(server, tmp_path):
    files = tuple(replace(file, bytes=None) for file in toy().files)
    with pytest.raises(ChecksumError, match="sha256"):
        fetch(toy(files=files), base_url=server.url("short"), folder=tmp_path, retries=0)
    assert everything(tmp_path) == []
    with pytest.raises(DownloadError, match="broke off"):
        fetch(toy(files=files), base_url=server.url("truncated"), folder=tmp_path, retries=0)
    assert everything(tmp_path) == []


def test_a_size_alone_is_checked(server, tmp_path):
    files = tuple(replace(file, sha256=None) for file in toy().files)
    with pytest.raises(ChecksumError, match="199999 bytes"):
        fetch(toy(files=files), base_url=server.url("short"), folder=tmp_path, retries=0)
    assert everything(tmp_path) == []
    fetch(toy(files=files), base_url=server.url("good"), folder=tmp_path, retries=0)
    assert everything(tmp_path) == sorted(DATA)


def test_a_known_bad_answer_is_not_asked_for_twice(server, tmp_path):
    with pytest.raises(DownloadError, match="404"):
        fetch(toy(), base_url=server.url("missing"), folder=tmp_path, retries=2)
    assert len(server.asked) == 1


def test_a_refused_connection_is_explained(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(DownloadError, match="no connection") as caught:
        fetch(toy(), base_url=f"http://127.0.0.1:{port}/", folder=tmp_path, retries=0)
    assert caught.value.exit_code == 5
    assert everything(tmp_path) == []


def test_a_server_that_stays_silent_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "_TIMEOUT", (0.3, 0.3))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(DownloadError, match="did not answer in time"):
            fetch(toy(), base_url=url, folder=tmp_path, retries=0)
    assert everything(tmp_path) == []


def test_a_protected_address_may_not_lead_to_an_unprotected_one():
    class Answer:
        def __init__(self, url, history=()):
            self.url, self.history, self.status_code = url, history, 200

    receiver = download._Receiver(toy().files[0], None)
    first = Answer("https://example.org/toy")
    with pytest.raises(DownloadError, match=r"unprotected address, http://example\.net/toy"):
        receiver._inspect(Answer("http://example.net/toy", [first]))


@pytest.mark.parametrize("name", ["world", "wiod2013", "lrwiod2000"])
def test_what_cannot_be_downloaded_says_what_to_do(name, tmp_path):
    with pytest.raises(MissingTableError) as caught:
        fetch(release(name), folder=tmp_path)
    assert str(caught.value) == release(name).how_to_get()


def test_a_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot download toy: .*file"):
        fetch(toy(), base_url=server.url("good"), folder=tmp_path / "file" / "toy")


def test_a_full_disk_leaves_nothing(server, tmp_path):
    pytest.importorskip("resource")
    program = textwrap.dedent(
        """
        import resource, sys
        from dataclasses import replace
        from pathlib import Path
        from autarky.errors import StoreError
        from autarky.sources.download import fetch
        from autarky.sources.registry import ReleaseFile, release
        toy = replace(release("wiod2013"), name="toy", files=(ReleaseFile(path="toy_2000.csv"),))
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
        try:
            fetch(toy, base_url=sys.argv[1], folder=Path(sys.argv[2]), retries=0)
        except StoreError as error:
            print(error)
            sys.exit(error.exit_code)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, server.url("good"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert "size limit" in done.stdout
    assert everything(tmp_path) == []


def test_nothing_is_written_to_the_terminal(server, tmp_path, capfd):
    import pooch

    level = pooch.get_logger().level
    fetch(toy(), base_url=server.url("good"), folder=tmp_path)
    assert capfd.readouterr() == ("", "")
    assert pooch.get_logger().level == level != logging.WARNING
