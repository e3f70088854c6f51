"""Store what is already on disk: find out what it is, read it, validate it, keep it.

May import `table`, `errors` and its own folder.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from autarky.errors import DataError, OptionError
from autarky.sources import _tables, archives, lrwiod2000, plain, wiod2013, world
from autarky.sources.registry import releases
from autarky.sources.store import Entry, Store
from autarky.table import Table

__all__ = ["Progress", "import_path"]

#: Called as ``progress("wiod2013:2008", done, total)``, counting tables.
Progress = Callable[[str, int, int | None], None]

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".tbz2", ".bz2", ".xz", ".7z", ".rar")
_EXPECTED = (
    "a folder with header.json (our plain layout: 'autarky data template FOLDER' writes one), "
    "wiod2013_YYYY.npz or lrwiod2000.npz, or a zip of one"
)


def import_path(
    path: Path | str,
    *,
    name: str | None = None,
    force: bool = False,
    store: Store | None = None,
    progress: Progress | None = None,
) -> list[Entry]:
    """Read, validate and store a table that is on disk.

    Parameters
    ----------
    path : path
        A folder, one of its files, or an archive of a folder.
    name : str, optional
        What to call it; by default the release's name, or the name in ``header.json``.
    force : bool
        Accept files whose checksum is not the registry's; recorded in the provenance.
    store : Store, optional
        The user's by default.
    progress : callable, optional
        Called after each table stored.

    Returns
    -------
    list of Entry
        One per year stored.

    Raises
    ------
    DataError
        It is not a known layout, or something in it is not as it must be.
    ArchiveError
        The archive is not safe to unpack.
    OptionError
        The name cannot be used.
    StoreError
        It cannot be stored.
    """
    path = Path(path)
    store = Store() if store is None else store
    if path.is_file() and path.name.lower().endswith(_ARCHIVES):
        with tempfile.TemporaryDirectory(prefix="autarky-") as folder:
            archives.extract(path, Path(folder) / "unpacked")
            return _import(_only(Path(folder) / "unpacked"), name, store, progress, force=force)
    if not path.exists():
        raise DataError("there is no such file or folder", path=path)
    return _import(path, name, store, progress, force=force)


def _import(
    path: Path, name: str | None, store: Store, progress: Progress | None, *, force: bool
) -> list[Entry]:
    found = _tables_at(path, force=force)
    chosen = _checked(name or found.name, found)
    entries = []
    for table in found.tables:
        entries.append(_tables.put(store, chosen, table))
        if progress is not None:
            progress(f"{chosen}:{table.year}", len(entries), found.total)
    return entries


class _Found(NamedTuple):
    """What is at a path: its own name, the tables, read in turn, and whether it is a release."""

    name: str
    total: int
    tables: Iterator[Table]
    is_release: bool = True


def _tables_at(path: Path, *, force: bool) -> _Found:
    if path.is_file() and path.parent.is_dir():
        if year := wiod2013.year_of(path):
            one = iter([wiod2013.read(path.parent, year, force=force)])
            return _Found(wiod2013.NAME, 1, one)
        if path.name in (lrwiod2000.FILE, plain.HEADER):
            return _tables_at(path.parent, force=force)
        raise DataError("this is not a table that autarky can read", path=path, expected=_EXPECTED)
    if wiod2013.matches(path):
        years = len(wiod2013.years(path))
        return _Found(wiod2013.NAME, years, wiod2013.read_all(path, force=force))
    if lrwiod2000.matches(path):
        return _Found(lrwiod2000.NAME, 1, lrwiod2000.read_all(path, force=force))
    if plain.matches(path):
        return _Found(plain.read_name(path), 1, iter([plain.read_plain(path)]), is_release=False)
    raise DataError(
        "there is no table here that autarky can read",
        path=path,
        expected=_EXPECTED,
        hint=_nearby(path),
    )


def _nearby(folder: Path) -> str | None:
    readers = (wiod2013, lrwiod2000, plain)
    folders = [each for each in sorted(folder.iterdir()) if each.is_dir()]
    found = [each.name for each in folders if any(reader.matches(each) for reader in readers)]
    if found:
        return f"One level down there is {', '.join(found)}: import one of these"
    names = sorted(each.name for each in folder.iterdir())
    return f"There is {', '.join(names[:8])}" if names else "The folder is empty"


def _only(folder: Path) -> Path:
    """The folder, or the one folder that is all there is in it."""
    inside = [each for each in folder.iterdir() if each.name != "__MACOSX"]
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _checked(name: str, found: _Found) -> str:
    if name == world.NAME:
        raise OptionError(f"{name!r} is the table that comes with autarky; give another --name")
    if name in releases() and not (found.is_release and name == found.name):
        raise OptionError(f"{name!r} is the name of a release, and this is not it; give another")
    return name
