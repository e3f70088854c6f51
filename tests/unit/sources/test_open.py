"""`open`: embedded and stored tables, each read once, and clear words for what is missing."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import autarky
from autarky import sources
from autarky.errors import MissingTableError, OptionError, StoreError
from autarky.sources import _tables, open_spec, opening, parse_spec, world
from autarky.sources.store import Store
from strategies import random_table


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A data store of its own, which `open` uses."""
    monkeypatch.setenv("AUTARKY_HOME", str(tmp_path))
    return Store(tmp_path)


def same(a, b) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("Z", "Y", "x", "value_added")
    ) and (a.industries, a.uses, a.uses.kinds, a.unit, a.year) == (
        b.industries,
        b.uses,
        b.uses.kinds,
        b.unit,
        b.year,
    )


def test_the_embedded_table_without_a_year_is_the_latest(store):
    assert autarky.open("world").year == 2011
    assert autarky.open("world", 1995).year == 1995
    assert autarky.open("world") is autarky.open("world", 2011)
    assert autarky.open("world", np.int64(2008)).year == 2008
    assert store.names() == []


def test_a_stored_table_comes_back_as_it_was(store):
    table = random_table(R=3, S=4, F=3, zero_outputs=1, negatives=True, year=2007)
    entry = _tables.put(store, "toy", table)
    found = sources.open("toy")
    assert same(found, table)
    assert found.provenance.sha256 == entry.address
    assert sources.open("toy", 2007) is found
    assert not found.Z.flags.writeable


def test_everything_a_table_can_hold_is_kept(store):
    from dataclasses import replace

    from strategies import ragged_table

    table = ragged_table()
    n = table.n
    table = replace(
        table,
        year=2001,
        capital=np.arange(n) + 1.0,
        labour=np.arange(n) + 2.0,
        accounts={"CO2 (kt)": np.where(np.arange(n) == 1, np.nan, 3.0)},
        provenance=table.provenance.then("made", {"by": "hand"}, change=0.5),
    )
    _tables.put(store, "full", table)
    found = sources.open("full")
    assert same(found, table)
    np.testing.assert_array_equal(found.capital, table.capital)
    np.testing.assert_array_equal(found.labour, table.labour)
    np.testing.assert_array_equal(found.accounts["CO2 (kt)"], table.accounts["CO2 (kt)"])
    assert [str(step) for step in found.provenance.steps] == [
        str(step) for step in table.provenance.steps
    ]


def test_the_latest_year_is_the_default(store):
    for year in (2003, 2010, 1999):
        _tables.put(store, "toy", random_table(year=year))
    assert sources.open("toy").year == 2010
    assert sources.years("toy") == [1999, 2003, 2010]
    assert sources.names() == ["world", "toy"]


def test_a_table_stored_anew_is_read_anew(store):
    _tables.put(store, "toy", random_table(seed=1, year=2000))
    first = sources.open("toy")
    _tables.put(store, "toy", random_table(seed=2, year=2000))
    second = sources.open("toy")
    assert not np.array_equal(first.Z, second.Z)


def test_many_threads_read_a_table_once(monkeypatch):
    monkeypatch.setattr(opening, "_CACHE", opening._Cache(4))
    calls = []

    def slow(year):
        calls.append(year)
        time.sleep(0.05)
        return random_table(year=year)

    monkeypatch.setattr(world, "read", slow)
    found = []
    threads = [
        threading.Thread(target=lambda y=y: found.append(sources.open("world", y)))
        for y in [1995, 2008] * 10
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(calls) == [1995, 2008]
    assert len({id(table) for table in found}) == 2


def test_a_failure_is_not_kept(monkeypatch):
    cache = opening._Cache(2)

    def fail():
        raise StoreError("the disk is gone")

    with pytest.raises(StoreError):
        cache.get(("a",), fail)
    table = random_table()
    assert cache.get(("a",), lambda: table) is table


def test_the_cache_is_bounded():
    cache = opening._Cache(2)
    tables = {key: random_table(seed=key) for key in range(3)}
    for key in (0, 1, 0, 2):
        cache.get((key,), lambda key=key: tables[key])
    other = random_table(seed=9)
    assert cache.get((0,), lambda: other) is tables[0], "used again, so it stayed"
    assert cache.get((1,), lambda: other) is other, "the one used least went"
    cache.clear()
    assert cache.get((0,), lambda: other) is other


# --- what is missing ------------------------------------------------------------------------------


def test_the_years_of_what_is_not_there(store):
    assert sources.years("world") == [1995, 2000, 2005, 2008, 2011]
    with pytest.raises(MissingTableError, match="none of its years is stored here"):
        sources.years("lrwiod2000")


def test_an_unknown_name_gets_suggestions(store):
    _tables.put(store, "mytable", random_table())
    with pytest.raises(MissingTableError, match=r"no table 'mytabel' \(did you mean mytable\?\)"):
        sources.open("mytabel")
    with pytest.raises(MissingTableError, match=r"did you mean wiod2013\?.*autarky data import"):
        sources.open("WIOD2013")


@pytest.mark.parametrize("name", ["", "a/b", "../world", "Ärger", "world ", "a" * 100])
def test_a_name_that_cannot_be_is_just_missing(store, name):
    with pytest.raises(MissingTableError, match="there is no table"):
        sources.open(name)
    with pytest.raises(MissingTableError, match="there is no table"):
        sources.years(name)


def test_a_release_that_is_not_stored_says_how_to_get_it(store):
    with pytest.raises(MissingTableError) as caught:
        sources.open("wiod2013")
    message = str(caught.value)
    assert "none of its years is stored here" in message
    assert "autarky data import" in message
    assert "doi.org" in message
    assert caught.value.exit_code == 3


def test_a_year_that_no_release_has(store):
    with pytest.raises(MissingTableError) as caught:
        open_spec("wiod2013:1066")
    message = str(caught.value)
    assert message.startswith("wiod2013:1066 does not exist: wiod2013 has 1995-2011")
    assert "autarky data import" in message


def test_a_year_that_is_not_stored(store):
    _tables.put(store, "wiod2013", random_table(year=2008))
    with pytest.raises(MissingTableError, match=r"wiod2013:2007 is known, but stored here: 2008\."):
        sources.open("wiod2013", 2007)
    _tables.put(store, "toy", random_table(year=2008))
    with pytest.raises(MissingTableError, match=r"toy:2007 does not exist: toy has 2008\..*--name"):
        sources.open("toy", 2007)


def test_a_year_the_embedded_table_lacks(store):
    with pytest.raises(MissingTableError, match=r"world:1066 does not exist.*1995, 2000, 2005"):
        open_spec("world:1066")


@pytest.mark.parametrize("year", ["2011", 2011.0, True])
def test_a_year_that_is_no_number(store, year):
    with pytest.raises(OptionError, match="whole number"):
        sources.open("world", year)


def test_something_else_in_the_store(store):
    store.put("other", 2000, {"Z": np.eye(2)}, {"schema": 7})
    with pytest.raises(StoreError, match=r"schema 7.*expected schema 1"):
        sources.open("other")


# --- NAME:YEAR ------------------------------------------------------------------------------------


def test_specs():
    assert parse_spec("wiod2013:2008") == ("wiod2013", 2008)
    assert parse_spec(" world ") == ("world", None)
    assert open_spec("world:2000").year == 2000


@pytest.mark.parametrize("spec", ["", ":", "world:", ":2011", "world:two", "world:2011:1", "a b"])
def test_specs_that_are_none(spec):
    with pytest.raises(OptionError, match="NAME:YEAR") as caught:
        parse_spec(spec)
    assert caught.value.exit_code == 2


def test_the_public_surface():
    for name in sources.__all__:
        assert callable(getattr(sources, name))
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        _ = sources.opne
