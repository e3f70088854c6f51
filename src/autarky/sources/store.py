"""The data store: tables parsed once, then opened in milliseconds by any number of processes.

A table is a set of arrays and a JSON header. They are kept in a folder whose name is the
SHA-256 of what is in it, so that a file which changed by itself cannot pass for the one stored::

    <root>/index/<name>/<year>.json       name and year -> address
    <root>/objects/<ab>/<address>/        header.json and one .npy file per array

The address is the SHA-256 of ``header.json``, which lists the SHA-256 of every array file.
This module knows arrays and JSON, not tables. May import `errors` and `disk`.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from autarky import disk
from autarky.errors import MissingTableError, OptionError, StoreError
from autarky.sources._index import (
    FORMAT,
    NAME,
    checked_name,
    checked_year,
    parse_index,
    ranges,
)
from autarky.sources._objects import (
    ADDRESS,
    canonical_json,
    object_problems,
    open_arrays,
    read_manifest,
    write_object,
)

__all__ = ["Entry", "Finding", "Store", "default_root"]

_LEFTOVER_AGE = 3600.0  # seconds: no writer takes longer between two files


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored table.

    Attributes
    ----------
    name, year : str, int
        What it is asked for by.
    address : str
        SHA-256 of its contents, which is also the name of its folder.
    folder : Path
        Where its files are.
    nbytes : int
        Size of its files [bytes].
    stored : str
        When it was stored, UTC, ISO 8601.
    """

    name: str
    year: int
    address: str
    folder: Path
    nbytes: int
    stored: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that `Store.verify` found.

    Attributes
    ----------
    severity : {"error", "note"}
        An error: the table cannot be trusted. A note: space that can be freed by `prune`.
    name, year : str or None, int or None
        The table concerned, if it is known.
    path : Path
        The file or folder.
    problem : str
        What is wrong with it.
    """

    severity: Literal["error", "note"]
    name: str | None
    year: int | None
    path: Path
    problem: str

    def __str__(self) -> str:
        which = "" if self.name is None else f"{self.name}:{self.year}: "
        return f"{which}{self.path}: {self.problem}"


def default_root() -> Path:
    """Where the store lies: ``AUTARKY_HOME`` if set, else the user's data folder."""
    home = os.environ.get("AUTARKY_HOME", "").strip()
    if home:
        return Path(home).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir("autarky", appauthor=False))


class Store:
    """Tables by name and year, as read-only memory maps.

    Parameters
    ----------
    root : Path or str, optional
        Folder of the store; created when something is first stored. Default: `default_root`.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(folder)
    ...     entry = store.put("toy", 2000, {"Z": np.eye(2)}, {"title": "a toy"})
    ...     arrays, header = store.get("toy", 2000)
    ...     store.years("toy"), header["title"], float(arrays["Z"].sum())
    ([2000], 'a toy', 2.0)
    """

    def __init__(self, root: Path | str | None = None) -> None:
        self.root = default_root() if root is None else Path(root)
        self._seen: dict[str, tuple[tuple[int, int, int], ...]] = {}

    # Reading: none of these writes, so that a store on a read-only disk serves.

    def names(self) -> list[str]:
        """Names under which something is stored, in alphabetical order."""
        listed = self._listing(self._index)
        return [name for name in listed if NAME.fullmatch(name) and self.years(name)]

    def years(self, name: str) -> list[int]:
        """Years stored under a name, ascending; empty if there are none."""
        stems = (file[:-5] for file in self._listing(self._index / checked_name(name), ".json"))
        return sorted(int(stem) for stem in stems if re.fullmatch("[1-9][0-9]{0,3}", stem))

    def entries(self, name: str | None = None) -> list[Entry]:
        """Everything stored, or everything under one name, by name and year.

        Raises
        ------
        StoreError
            If an entry of the index is damaged; `verify` lists all that are.
        """
        names = self.names() if name is None else [checked_name(name)]
        return [self.entry(each, year) for each in names for year in self.years(each)]

    def entry(self, name: str, year: int) -> Entry:
        """Where a table is, without opening it.

        Raises
        ------
        MissingTableError
            If it is not stored; the message says which names and years are.
        StoreError
            If its entry in the index is damaged.
        """
        path = self._index_file(checked_name(name), checked_year(year))
        with disk.reporting(f"read the entry of {name}:{year}", path):
            try:
                text = path.read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                raise MissingTableError(self._what_there_is(name, year)) from None
        fields = parse_index(text, path, name, year)
        address = fields["address"]
        folder = self._object(address)
        return Entry(name, year, address, folder, int(fields["nbytes"]), str(fields["stored"]))

    def get(
        self, name: str, year: int, *, check: Literal["full", "size"] = "full"
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Open a stored table.

        Parameters
        ----------
        name, year : str, int
            Which table.
        check : {"full", "size"}, optional
            "full" recomputes the checksum of every file, once per process and as long as
            the files do not change; "size" compares sizes, types and shapes only, for many
            workers that open what their parent has already checked.

        Returns
        -------
        arrays : dict of str to ndarray
            Read-only memory maps.
        header : dict
            The header it was stored with.

        Raises
        ------
        MissingTableError
            If it is not stored.
        StoreError
            If a file is missing, truncated or changed; names the file.
        """
        if check not in ("full", "size"):
            raise OptionError(f"check is {check!r}; it can be 'full' or 'size'")
        entry = self.entry(name, year)
        while True:
            try:
                return self._open(entry, check)
            except StoreError:
                # Another process may have replaced the table since its entry was read.
                again = self.entry(name, year)
                if again == entry:
                    raise
                entry = again

    def path(self, name: str | None = None, year: int | None = None) -> Path:
        """Folder of the store, or of one table in it; a single year need not be named."""
        if name is None:
            return self.root
        if year is None:
            years = self.years(name)
            if len(years) != 1:
                raise MissingTableError(self._what_there_is(name, None))
            year = years[0]
        return self.entry(name, year).folder

    def verify(self, name: str | None = None) -> list[Finding]:
        """Recompute every checksum and list what is wrong, without changing anything.

        Parameters
        ----------
        name : str, optional
            Only the tables under this name. Without it, files that belong to no table are
            listed too, as notes.

        Returns
        -------
        list of Finding
            Empty if all is well.
        """
        findings: list[Finding] = []
        used: set[str] = set()
        for each in self._listing(self._index) if name is None else [checked_name(name)]:
            for year in self.years(each) if NAME.fullmatch(each) else []:
                try:
                    entry = self.entry(each, year)
                except MissingTableError:
                    continue  # removed meanwhile
                except StoreError as error:
                    path = self._index_file(each, year)
                    findings.append(Finding("error", each, year, path, error.message))
                    continue
                used.add(entry.address)
                for error in object_problems(entry.folder, entry.address):
                    path = Path(str(error.path))
                    findings.append(Finding("error", each, year, path, error.message))
        return findings if name is not None else findings + self._strays(used)

    # Writing.

    def put(
        self,
        name: str,
        year: int,
        arrays: Mapping[str, np.ndarray],
        header: Mapping[str, Any],
    ) -> Entry:
        """Store a table, whole or not at all; replaces what was stored under name and year.

        Parameters
        ----------
        name : str
            Lower-case letters, digits, "-" and "_".
        year : int
            Each year of a name is an entry of its own.
        arrays : mapping of str to ndarray
            Numbers or truth values; NaN is kept as it is.
        header : mapping
            What JSON can hold: labels, units, provenance.

        Returns
        -------
        Entry

        Raises
        ------
        OptionError
            If name or year cannot be used.
        StoreError
            If the arrays or header cannot be stored, or the disk is full or read-only.
        """
        checked_name(name)
        checked_year(year)
        what = f"store {name}:{year}"
        with disk.reporting(what, self.root):
            self._objects.mkdir(parents=True, exist_ok=True)
            temporary = disk.scratch(self._objects)
            try:
                address, nbytes = write_object(temporary, arrays, header)
                with disk.locked(self._lock):
                    return self._publish(temporary, name, year, address, nbytes)
            finally:
                if temporary.exists():
                    disk.discard(temporary)

    def remove(self, name: str, year: int | None = None) -> list[int]:
        """Remove one year of a table, or all of them; damaged entries can be removed too.

        Returns
        -------
        list of int
            The years removed.

        Raises
        ------
        MissingTableError
            If nothing is stored under that name or year.
        """
        checked_name(name)
        with disk.reporting(f"remove {name}", self._index / name), self._exclusive():
            years = self.years(name)
            chosen = years if year is None else [y for y in years if y == year]
            if not chosen:
                raise MissingTableError(self._what_there_is(name, year))
            addresses = []
            for each in chosen:
                with contextlib.suppress(StoreError):
                    addresses.append(self.entry(name, each).address)
                self._index_file(name, each).unlink()
            disk.sync_folder(self._index / name)
            with contextlib.suppress(OSError):  # other years are still there
                (self._index / name).rmdir()
            for address in set(addresses):
                self._release(address)
        return chosen

    def prune(self) -> int:
        """Delete files that belong to no table: left by a killed process. Returns bytes freed.

        Raises
        ------
        StoreError
            If an entry of the index is damaged: then it is not known what belongs to it.
        """
        freed = 0
        with disk.reporting("clean up the store", self.root), self._exclusive():
            used = {entry.address for entry in self.entries()}
            for finding in self._strays(used):
                files = [finding.path, *finding.path.rglob("*")]
                freed += sum(file.stat().st_size for file in files if file.is_file())
                disk.discard(finding.path)
        return freed

    # Inside.

    @property
    def _index(self) -> Path:
        return self.root / "index"

    @property
    def _objects(self) -> Path:
        return self.root / "objects"

    @property
    def _lock(self) -> Path:
        return self.root / "lock"

    def _index_file(self, name: str, year: int) -> Path:
        return self._index / name / f"{year}.json"

    def _object(self, address: str) -> Path:
        return self._objects / address[:2] / address

    @contextlib.contextmanager
    def _exclusive(self) -> Generator[None]:
        """The lock, without creating a store where there is none."""
        if not self.root.is_dir():
            yield
            return
        with disk.locked(self._lock):
            yield

    def _listing(self, folder: Path, suffix: str = "") -> list[str]:
        try:
            with disk.reporting("list the store", folder):
                names = sorted(path.name for path in folder.iterdir())
        except StoreError as error:
            if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
                return []
            raise
        return [name for name in names if name.endswith(suffix) and name[0] != "."]

    def _open(
        self, entry: Entry, check: Literal["full", "size"]
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        with disk.reporting(f"open {entry.name}:{entry.year}", entry.folder):
            manifest = read_manifest(entry.folder, entry.address)
            files = [entry.folder / f"{name}.npy" for name in manifest["arrays"]]
            state = tuple(
                (stat.st_size, stat.st_mtime_ns, stat.st_ino)
                for stat in (file.stat() for file in files if file.exists())
            )
            if check == "full" and self._seen.get(entry.address) != state:
                problems = object_problems(entry.folder, entry.address)
                if problems:
                    raise problems[0]
                self._seen[entry.address] = state
            return open_arrays(entry.folder, manifest), manifest["header"]

    def _publish(self, temporary: Path, name: str, year: int, address: str, nbytes: int) -> Entry:
        """Give a finished folder its final name and enter it in the index; the lock is held."""
        final = self._object(address)
        final.parent.mkdir(parents=True, exist_ok=True)
        if final.exists() and object_problems(final, address):
            # Damaged since it was stored: out of the way, then the good copy goes in.
            broken = disk.scratch(self._objects)
            final.replace(broken)
            disk.discard(broken)
        if not final.exists():
            temporary.replace(final)
            disk.sync_folder(final.parent)
        previous = None
        with contextlib.suppress(StoreError, MissingTableError):
            previous = self.entry(name, year).address
        fields = {
            "format": FORMAT,
            "name": name,
            "year": year,
            "address": address,
            "nbytes": nbytes,
            "stored": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        disk.write_bytes(self._index_file(name, year), canonical_json(fields))
        if previous not in (None, address):
            self._release(previous)
        return self.entry(name, year)

    def _release(self, address: str) -> None:
        """Delete a folder that no entry points to any more; the lock is held."""
        try:
            used = {entry.address for entry in self.entries()}
        except StoreError:
            return  # a damaged entry might point to it: keep it
        if address not in used:
            folder = self._object(address)
            disk.discard(folder)
            with contextlib.suppress(OSError):
                folder.parent.rmdir()

    def _strays(self, used: set[str]) -> list[Finding]:
        findings = []
        too_young = time.time() - _LEFTOVER_AGE
        for path in self._objects.glob("*"):
            if disk.is_scratch(path):
                with contextlib.suppress(FileNotFoundError):
                    if path.stat().st_mtime < too_young:
                        problem = "left by a write that did not finish"
                        findings.append(Finding("note", None, None, path, problem))
                continue
            for folder in path.glob("*"):
                if ADDRESS.fullmatch(folder.name) and folder.name not in used:
                    problem = "belongs to no table in the index"
                    findings.append(Finding("note", None, None, folder, problem))
        return findings

    def _what_there_is(self, name: str, year: int | None) -> str:
        years = self.years(name)
        if years:
            wanted = name if year is None else f"{name}:{year}"
            verb = "needs a year" if year is None else "is not in the data store"
            return f"{wanted} {verb}; stored under {name}: {ranges(years)}"
        names = ", ".join(self.names()) or "nothing"
        return (
            f"nothing is stored under {name!r} in {self.root}; stored: {names}. "
            "'autarky data get NAME' or 'autarky data import PATH' brings tables in"
        )
