"""Open a table by name and year: the embedded one, or one from the data store.

Every table is opened once per process and shared: tables cannot change. May import `table`,
`errors` and its own folder.
"""

from __future__ import annotations

import difflib
import operator
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import SupportsIndex

from autarky.errors import MissingTableError, OptionError
from autarky.sources import world
from autarky.sources.registry import releases
from autarky.sources.store import Store, default_root
from autarky.table import Table

#: Tables kept open; a table holds on to its factorised inverse.
KEPT = 8

_SPEC = re.compile(r"([^:\s]+)(?::([0-9]{1,4}))?")


def open(name: str, year: int | None = None) -> Table:
    """A table by name: "world" comes with autarky, others are in the data store.

    Parameters
    ----------
    name : str
        "world", a release ("wiod2013") or a name given on importing.
    year : int, optional
        The latest there is by default.

    Returns
    -------
    Table
        The same object on every call: tables are immutable.

    Raises
    ------
    MissingTableError
        No such table or year; says which there are and how to get them.
    OptionError
        The year is not a whole number.

    Examples
    --------
    >>> open("world", 2008).n
    615
    >>> open("wold")
    Traceback (most recent call last):
    ...
    autarky.errors.MissingTableError: there is no table 'wold' (did you mean world?)...
    """
    year = None if year is None else _whole(year)
    if name == world.NAME:
        chosen = world.years()[-1] if year is None else year
        return _CACHE.get((world.NAME, chosen), lambda: world.read(chosen))
    store = _store()
    there = store.years(name) if name in store.names() else []
    if not there or (year is not None and year not in there):
        raise MissingTableError(_how_to_get(name, year, there, store))
    from autarky.sources import _tables

    entry = store.entry(name, there[-1] if year is None else year)
    return _CACHE.get(
        (str(store.root), name, entry.year, entry.address), lambda: _tables.get(store, entry)
    )


def open_spec(spec: str) -> Table:
    """A table by "NAME" or "NAME:YEAR", as the command line writes it.

    Raises
    ------
    OptionError
        The text is neither.
    MissingTableError
        No such table or year.

    Examples
    --------
    >>> open_spec("world:1995").year
    1995
    """
    return open(*parse_spec(spec))


def parse_spec(spec: str) -> tuple[str, int | None]:
    """Name and year of "NAME" or "NAME:YEAR".

    Raises
    ------
    OptionError
        The text is neither.

    Examples
    --------
    >>> parse_spec("wiod2013:2008"), parse_spec("world")
    (('wiod2013', 2008), ('world', None))
    """
    match = _SPEC.fullmatch(spec.strip())
    if match is None:
        raise OptionError(f"{spec!r} is not a table: write NAME or NAME:YEAR, such as world:2011")
    return match[1], int(match[2]) if match[2] else None


def years(name: str) -> list[int]:
    """The years that `open` has of a table, ascending.

    Raises
    ------
    MissingTableError
        There is no such table; says how to get it.

    Examples
    --------
    >>> years("world")
    [1995, 2000, 2005, 2008, 2011]
    """
    if name == world.NAME:
        return world.years()
    store = _store()
    there = store.years(name) if name in store.names() else []
    if not there:
        raise MissingTableError(_how_to_get(name, None, there, store))
    return there


def names() -> list[str]:
    """Every name that `open` has, "world" first."""
    return [world.NAME, *(name for name in _store().names() if name != world.NAME)]


def _whole(year: object) -> int:
    if isinstance(year, bool) or not isinstance(year, SupportsIndex):
        raise OptionError(f"year is {year!r}; it must be a whole number, such as 2011")
    return operator.index(year)


def _how_to_get(name: str, year: int | None, there: Sequence[int], store: Store) -> str:
    """What is missing, what there is, and what to do: the text of a `MissingTableError`."""
    known = releases().get(name)
    wanted = name if year is None else f"{name}:{year}"
    here = f"stored here: {ranges(there)}" if there else "none of its years is stored here yet"
    if known is not None:
        have = f"{wanted} is known, but {here}"
        if year is not None and year not in known.years:
            have = f"{wanted} does not exist: {name} has {ranges(known.years)} ({here})"
        return have if there == list(known.years) else f"{have}. {known.how_to_get()}"
    if there:
        return (
            f"{wanted} does not exist: {name} has {ranges(there)}. "
            f"'autarky data import PATH --name {name}' adds a year"
        )
    choice = list(dict.fromkeys([world.NAME, *store.names(), *releases()]))
    near = difflib.get_close_matches(name.strip().lower(), choice, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return (
        f"there is no table {name!r}{hint}; there are {', '.join(choice)}. 'autarky data list' "
        "shows them, 'autarky data import PATH --name NAME' adds your own"
    )


def ranges(years: Sequence[int]) -> str:
    """Years in short.

    Examples
    --------
    >>> ranges([1995, 1996, 1997, 2000])
    '1995-1997, 2000'
    """
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)


class _Cache:
    """The tables opened last; several threads that want the same one wait for one reading."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._tables: OrderedDict[tuple[object, ...], Table] = OrderedDict()
        self._reading: dict[tuple[object, ...], threading.Lock] = {}

    def get(self, key: tuple[object, ...], read: Callable[[], Table]) -> Table:
        """The table of a key, read now if it is not held."""
        with self._lock:
            if key in self._tables:
                self._tables.move_to_end(key)
                return self._tables[key]
            reading = self._reading.setdefault(key, threading.Lock())
        with reading:
            with self._lock:
                if key in self._tables:
                    return self._tables[key]
            # A failure is not kept: the next caller tries again.
            table = read()
            with self._lock:
                self._tables[key] = table
                self._reading.pop(key, None)
                while len(self._tables) > self._size:
                    self._tables.popitem(last=False)
            return table

    def clear(self) -> None:
        """Forget all tables."""
        with self._lock:
            self._tables.clear()


_CACHE = _Cache(KEPT)
_STORES: dict[str, Store] = {}


def _store() -> Store:
    """One `Store` per root, because a store remembers what it has checked."""
    root = str(default_root())
    return _STORES.setdefault(root, Store(root))
