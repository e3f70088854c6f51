"""To and from pymrio: the same numbers in both, and refusal of what would be mixed up."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from autarky.errors import MissingExtraError, TableError
from autarky.table import Table
from autarky.units import Unit
from strategies import ragged_table, random_table

pd = pytest.importorskip("pandas")


@pytest.fixture
def system(peer_arithmetic):
    pymrio = pytest.importorskip("pymrio")
    with peer_arithmetic():
        return pymrio.load_test()


def _made(Z=None, Y=None, **more):
    """A small system as pymrio lays it out, without pymrio."""
    rows = pd.MultiIndex.from_product([["A", "B"], ["s", "t"]], names=["region", "sector"])
    columns = pd.MultiIndex.from_product([["A", "B"], ["c", "i"]], names=["region", "category"])
    Z = pd.DataFrame(np.arange(16.0).reshape(4, 4), rows, rows) if Z is None else Z
    Y = pd.DataFrame(np.arange(16.0).reshape(4, 4) + 100, rows, columns) if Y is None else Y
    return SimpleNamespace(**{"Z": Z, "Y": Y, "x": None, "unit": None, "name": "made"} | more)


def test_the_round_trip_is_exact(system):
    table = Table.from_pymrio(system)
    again = table.to_pymrio()
    pd.testing.assert_frame_equal(again.Z, system.Z)
    pd.testing.assert_frame_equal(again.Y, system.Y, check_dtype=False)
    assert again.Z.index.names == ["region", "sector"]
    assert again.Y.columns.names == ["region", "category"]
    np.testing.assert_allclose(again.x.to_numpy()[:, 0], table.x, rtol=1e-15)
    third = Table.from_pymrio(again)
    for name in ("Z", "Y", "x", "value_added"):
        np.testing.assert_array_equal(getattr(third, name), getattr(table, name))
    assert third.unit == table.unit == Unit("USD", "million")
    assert table.provenance.source == "testmrio"
    assert [s.verb for s in table.provenance.steps] == ["from_pymrio"]


def test_our_inverses_are_pymrios(system, peer_arithmetic):
    import pymrio

    with peer_arithmetic():
        system.calc_all()
    table = Table.from_pymrio(system, year=2008)
    np.testing.assert_allclose(table.A, system.A, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(table.L.inverse(), system.L, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(table.x, system.x.to_numpy()[:, 0], rtol=1e-12)
    with peer_arithmetic():
        G = pymrio.calc_G(None, L=system.L, x=system.x)
    np.testing.assert_allclose(table.G.inverse(), G, rtol=1e-9, atol=1e-12)
    assert table.year == 2008


def test_pymrio_computes_the_same_from_ours(peer_arithmetic):
    pytest.importorskip("pymrio")
    table = random_table(5, 3, 4, 2)
    theirs = table.to_pymrio()
    theirs.x = None
    with peer_arithmetic():
        theirs.calc_all()
    np.testing.assert_allclose(theirs.L, table.L.inverse(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(theirs.x.to_numpy()[:, 0], table.x, rtol=1e-12)


def test_ragged_tables_make_the_trip():
    pytest.importorskip("pymrio")
    table = ragged_table(2, F=2)
    again = Table.from_pymrio(table.to_pymrio(), year=table.year)
    for name in ("Z", "Y", "x"):
        np.testing.assert_array_equal(getattr(again, name), getattr(table, name))
    labels = [again.industries.label(i) for i in range(again.n)]
    assert labels == [table.industries.label(i) for i in range(table.n)]


def test_what_pymrio_gets_is_its_own():
    pytest.importorskip("pymrio")
    table = random_table(0)
    theirs = table.to_pymrio()
    theirs.Z.iloc[0, 0] += 1
    assert theirs.Z.iloc[0, 0] != table.Z[0, 0]


def test_rows_in_another_order_are_put_in_order():
    made = _made()
    order = [3, 0, 2, 1]
    shuffled = _made(
        made.Z.iloc[order, order], made.Y.iloc[[1, 0, 3, 2], [3, 2, 0, 1]],
        x=(made.Z.sum(axis=1) + made.Y.sum(axis=1)).iloc[[2, 3, 0, 1]].to_frame("indout"),
    )  # fmt: skip
    table = Table.from_pymrio(shuffled)
    labels = [table.industries.label(i) for i in range(4)]
    assert labels == ["B:t", "B:s", "A:s", "A:t"]
    for i, row in enumerate(labels):
        for j, column in enumerate(labels):
            expected = made.Z.loc[tuple(row.split(":")), tuple(column.split(":"))]
            assert table.Z[i, j] == expected
        for k in range(4):
            expected = made.Y.loc[tuple(row.split(":")), tuple(table.uses.label(k).split(":"))]
            assert table.Y[i, k] == expected
    np.testing.assert_array_equal(table.x, table.Z.sum(axis=1) + table.Y.sum(axis=1))


def test_output_is_taken_where_it_is_given():
    x = _made().Z.sum(axis=1) + 500.0
    np.testing.assert_array_equal(Table.from_pymrio(_made(x=x.to_frame("indout"))).x, x)


@pytest.mark.parametrize("missing", ["Z", "Y"])
def test_a_system_without_flows_is_refused(missing):
    system = _made()
    setattr(system, missing, None)
    with pytest.raises(TableError, match="has no Z or no Y"):
        Table.from_pymrio(system)


def test_other_labels_in_columns_are_refused():
    made = _made()
    with pytest.raises(TableError, match="rows and columns of the pymrio Z"):
        Table.from_pymrio(_made(made.Z.iloc[:, ::-1]))


def test_other_rows_of_final_use_are_refused():
    made = _made()
    with pytest.raises(TableError, match="the rows of the pymrio Y are not those of Z"):
        Table.from_pymrio(_made(Y=made.Y.iloc[:3]))


def test_rows_that_appear_twice_are_refused():
    made = _made()
    twice = [0, 1, 2, 3, 3]
    with pytest.raises(TableError, match="twice"):
        Table.from_pymrio(_made(made.Z.iloc[twice, twice], made.Y.iloc[twice]))
    with pytest.raises(TableError, match="twice"):
        Table.from_pymrio(_made(Y=made.Y.iloc[twice]))


def test_final_use_of_an_unknown_region_is_refused():
    made = _made()
    Y = made.Y.rename(columns={"B": "C"}, level=0)
    with pytest.raises(TableError, match="the columns of the pymrio Y have other regions"):
        Table.from_pymrio(_made(Y=Y))


def test_output_of_other_industries_is_refused():
    x = _made().Z.sum(axis=1).to_frame("indout").iloc[:3]
    with pytest.raises(TableError, match="the rows of the pymrio x are not those of Z"):
        Table.from_pymrio(_made(x=x))


def test_labels_of_one_level_are_refused():
    made = _made()
    flat = made.Y.droplevel(1, axis=1)
    with pytest.raises(TableError, match="two levels"):
        Table.from_pymrio(_made(Y=flat))


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("M.EUR", Unit("EUR", "million")),
        ("Mill USD", Unit("USD", "million")),
        ("million USD", Unit("USD", "million")),
        ("Thousand USD", Unit("USD", "thousand")),
        ("EUR", Unit("EUR")),
        ("1000 t", Unit("1000 t")),
    ],
)
def test_the_unit_is_read(text, unit):
    rows = _made().Z.index
    frame = pd.DataFrame({"unit": [text] * 4}, index=rows)
    assert Table.from_pymrio(_made(unit=frame)).unit == unit
    assert Table.from_pymrio(_made()).unit == Unit()


def test_a_table_in_several_units_is_refused():
    frame = pd.DataFrame({"unit": ["M.EUR", "M.EUR", "t", "M.EUR"]}, index=_made().Z.index)
    with pytest.raises(TableError, match=r"several units: M\.EUR, t;"):
        Table.from_pymrio(_made(unit=frame))


def test_holes_are_refused():
    made = _made()
    made.Z.iloc[1, 2] = np.nan
    with pytest.raises(TableError, match=r"Z has 1 cells that are not finite: \(A:t, B:s\)"):
        Table.from_pymrio(made)


def test_without_pymrio_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymrio", None)
    with pytest.raises(MissingExtraError, match="pip install pymrio"):
        random_table(0).to_pymrio()


def test_the_table_does_not_import_pymrio_or_pandas():
    code = "import sys, autarky.table.interchange; print(sorted({'pandas', 'pymrio'} & set(sys.modules)))"  # noqa: E501
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
