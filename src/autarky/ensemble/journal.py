"""The journal of a run: which chunks are done, in SQLite, one transaction for each.

A chunk is recorded only after its file has its final name and is on disk. So a recorded chunk is
there, and a file without a record is one that was being written. May import `errors` and `disk`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from autarky.errors import StoreError

#: "auta" as a number: how the file says whose journal it is.
_MINE = 0x61757461
_VERSION = 1
_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE chunks (
    chunk INTEGER PRIMARY KEY, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL, tasks INTEGER NOT NULL, seconds REAL NOT NULL
);
CREATE TABLE failures (
    task TEXT PRIMARY KEY, chunk INTEGER NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL
);
"""


@dataclass(frozen=True)
class Record:
    """A chunk that is done."""

    chunk: int
    file: str
    sha256: str
    rows: int
    tasks: int
    seconds: float = 0.0


class Journal:
    """The journal in a run's folder.

    Parameters
    ----------
    path : Path
    run : str
        The id of the run: a journal of another one is refused.

    Raises
    ------
    StoreError
        The file is not a journal, is that of another run, is damaged, or cannot be written.
    """

    def __init__(self, path: Path, run: str, *, read_only: bool = False) -> None:
        self.path, self.run, self.read_only = path, run, read_only
        fresh = not path.exists()
        if fresh and read_only:
            raise StoreError("there is no journal", path=path, hint="Start the run again")
        with self._reporting("open the journal"):
            mode = "ro" if read_only else "rwc"
            self._db = _connected(f"{path.absolute().as_uri()}?mode={mode}", read_only=read_only)
            try:
                self._begin(fresh=fresh)
            except BaseException:
                self._db.close()
                raise

    def _begin(self, *, fresh: bool) -> None:
        mine = self._db.execute("PRAGMA application_id").fetchone()[0]
        if fresh or (mine == 0 and not self._db.execute("SELECT 1 FROM sqlite_master").fetchone()):
            if self.read_only:
                raise StoreError("the journal is empty", path=self.path, hint="Resume the run")
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            with self._transaction():
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
                self._db.execute("INSERT INTO about VALUES ('run', ?)", (self.run,))
                self._db.execute(f"PRAGMA user_version={_VERSION}")
                self._db.execute(f"PRAGMA application_id={_MINE}")
            return
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if mine != _MINE or version != _VERSION:
            raise StoreError(
                "the file is not a journal of this version of autarky", path=self.path,
                hint="Move it away and start the run again",
            )  # fmt: skip
        if not self.read_only:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
        owner = self._db.execute("SELECT value FROM about WHERE key='run'").fetchone()
        if owner is None or owner[0] != self.run:
            raise StoreError(
                f"the journal is that of the run {owner[0] if owner else '?'}, not of {self.run}",
                path=self.path, hint="Put the folders of the two runs back where they were",
            )  # fmt: skip

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def add(self, record: Record, failures: Sequence[tuple[str, str, str]]) -> None:
        """Record a chunk: all of it or nothing."""
        with self._reporting("record a chunk"), self._transaction():
            self._db.execute("DELETE FROM failures WHERE chunk=?", (record.chunk,))
            self._db.execute(
                "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?)",
                astuple(record),
            )
            self._db.executemany(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)",
                [(task, record.chunk, kind, message) for task, kind, message in failures],
            )

    def drop(self, chunk: int) -> None:
        """Forget a chunk whose file is damaged: it will be computed again."""
        with self._reporting("drop a chunk"), self._transaction():
            self._db.execute("DELETE FROM failures WHERE chunk=?", (chunk,))
            self._db.execute("DELETE FROM chunks WHERE chunk=?", (chunk,))

    def records(self) -> list[Record]:
        """Every chunk that is done, in order."""
        with self._reporting("read the journal"):
            found = self._db.execute(
                "SELECT chunk, file, sha256, rows, tasks, seconds FROM chunks ORDER BY chunk"
            )
            return [Record(*row) for row in found]

    def failures(self) -> list[tuple[str, str, str]]:
        """Tasks without an answer: id, kind of error, message."""
        with self._reporting("read the journal"):
            found = self._db.execute("SELECT task, kind, message FROM failures ORDER BY task")
            return [tuple(row) for row in found]

    def sound(self) -> bool:
        """SQLite's own check of the file."""
        with self._reporting("check the journal"):
            return self._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _reporting(self, what: str) -> Generator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            text = str(error)
            full = "full" in text or "disk I/O" in text
            hint = "Look at the file and its folder; what was recorded is kept"
            if full:
                hint = "Free some space, or raise the limit on file sizes, and resume the run"
            elif "not a database" in text or "malformed" in text:
                hint = "Put a copy of it back, or remove the run ('autarky run rm') and start again"
            raise StoreError(f"cannot {what}: {text}", path=self.path, hint=hint) from error


def _connected(uri: str, *, read_only: bool) -> sqlite3.Connection:
    """A connection that has read something; a journal on a read-only disk opens as it lies."""

    def opened(address: str) -> sqlite3.Connection:
        db = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)
        try:
            db.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.Error:
            db.close()
            raise
        return db

    if not read_only:
        return opened(uri)
    try:
        return opened(uri)
    except sqlite3.OperationalError:
        return opened(f"{uri}&immutable=1")
