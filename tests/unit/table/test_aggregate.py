"""Coarser tables: the same numbers, added up."""

from dataclasses import replace

import numpy as np
import pytest

from autarky.axes import Axis, Concordance
from autarky.errors import LabelError, OptionError, TableError
from autarky.table import Table
from autarky.table.aggregate import group_sum
from strategies import ragged_table, random_table

BLOCS = {"EUR": ["FRA", "DEU"], "USA": ["USA"]}
GOODS = {"goods": ["c1", "c3"], "services": ["c2", "c4"]}
USES = {"consumption": ["c37"], "capital": ["c42", "c41"]}


def _whole(table, seed=0):
    """The same table in whole numbers, with every optional account, so that sums are exact."""
    rng = np.random.default_rng(seed)
    n = table.n
    Z, Y = np.rint(table.Z * 100), np.rint(table.Y * 100)
    x = Z.sum(axis=1) + Y.sum(axis=1)
    return replace(
        table, Z=Z, Y=Y, x=x, value_added=x - Z.sum(axis=0),
        capital=rng.integers(0, 99, n), labour=rng.integers(0, 99, n),
        accounts={"gva": rng.integers(0, 99, n)},
    )  # fmt: skip


def _bridge(concordance):
    """(new, old) matrix of zeros and ones."""
    return (np.arange(len(concordance.new))[:, None] == concordance.to).astype(float)


def test_it_equals_the_dense_kronecker_product_exactly():
    table = _whole(random_table(0, 3, 4, 3, negatives=True))
    coarse = table.aggregate(regions=BLOCS, sectors=GOODS, uses=USES)
    by_region = _bridge(Concordance.from_groups(table.regions, BLOCS))
    rows = np.kron(by_region, _bridge(Concordance.from_groups(table.sectors, GOODS)))
    columns = np.kron(by_region, _bridge(Concordance.from_groups(table.uses.categories, USES)))
    np.testing.assert_array_equal(coarse.Z, rows @ table.Z @ rows.T)
    np.testing.assert_array_equal(coarse.Y, rows @ table.Y @ columns.T)
    for name in ("x", "value_added", "capital", "labour"):
        np.testing.assert_array_equal(getattr(coarse, name), rows @ getattr(table, name))
    np.testing.assert_array_equal(coarse.accounts["gva"], rows @ table.accounts["gva"])
    assert list(coarse.regions) == ["EUR", "USA"]
    assert list(coarse.sectors) == ["goods", "services"]
    assert coarse.industries.is_regular


@pytest.mark.parametrize("axis", ["regions", "sectors", "uses"])
def test_each_axis_alone(axis):
    table = _whole(random_table(1, 3, 4, 3))
    groups = {"regions": BLOCS, "sectors": GOODS, "uses": USES}
    coarse = table.aggregate(**{axis: groups[axis]})
    for name in ("regions", "sectors"):
        kept = getattr(coarse, name)
        assert kept == getattr(table, name) if name != axis else list(kept) == list(groups[axis])
    assert coarse.Z.sum() == table.Z.sum()
    assert coarse.Y.sum() == table.Y.sum()


def test_ragged_tables_stay_ragged():
    table = _whole(ragged_table(0, (2, 4, 1), F=2))
    groups = {f"g{i}": [label] for i, label in enumerate(table.sectors)}
    coarse = table.aggregate(regions=BLOCS, sectors=groups)
    assert not coarse.industries.is_regular
    for r, (bloc, members) in enumerate(BLOCS.items()):
        for s, ((new, (old,))) in enumerate(groups.items()):
            rows = table.industries.locate(members, old)
            found = coarse.industries.locate(bloc, new)
            assert found.size == (rows.size > 0), (r, s)
            if found.size:
                assert coarse.x[found[0]] == table.x[rows].sum()
    assert coarse.Z.sum() == table.Z.sum()
    assert coarse.value_added.sum() == table.value_added.sum()


def test_a_ragged_table_in_one_piece():
    table = _whole(ragged_table(5, (3, 1, 2)))
    one = table.aggregate(regions={"W": list(table.regions)}, sectors={"all": list(table.sectors)})
    np.testing.assert_array_equal(one.Z, [[table.Z.sum()]])
    np.testing.assert_array_equal(one.Y, [[table.Y.sum()]])
    np.testing.assert_array_equal(one.x, [table.x.sum()])


def test_regions_may_be_put_in_another_order():
    table = _whole(random_table(2, 3, 2))
    swapped = table.aggregate(regions={"USA": ["USA"], "DEU": ["DEU"], "FRA": ["FRA"]})
    order = [4, 5, 0, 1, 2, 3]
    np.testing.assert_array_equal(swapped.Z, table.Z[np.ix_(order, order)])
    np.testing.assert_array_equal(swapped.Y, table.Y[np.ix_(order, [2, 0, 1])])


def test_the_rest_is_kept_where_asked():
    table = random_table(0, 3, 4)
    coarse = table.aggregate(sectors={"goods": ["c1", "c3"]}, keep_rest=True)
    assert list(coarse.sectors) == ["goods", "c2", "c4"]
    with pytest.raises(TableError, match="'c2' is in no group; 'c4' is in no group"):
        table.aggregate(sectors={"goods": ["c1", "c3"]})


def test_titles_stay_with_labels_that_stay():
    table = Table.from_arrays(
        np.ones((2, 2)), np.ones((2, 1)), regions=["A"],
        sectors=Axis("sector", ["s", "t"], ["Steel", "Trade"]),
    )  # fmt: skip
    assert table.aggregate(sectors={"t": ["t"], "m": ["s"]}).sectors.titles == ("Trade", "m")


def test_uses_keep_their_kind_where_all_members_share_it():
    table = random_table(0, 2, 2, 5)
    uses = {"private": ["c37", "c38"], "investment": ["c41"], "stocks": ["c42"], "state": ["c39"]}
    coarse = table.aggregate(uses=uses)
    assert coarse.uses.kinds == ("final", "investment", "inventories", "government")
    np.testing.assert_array_equal(coarse.uses.of_kind("inventories"), [2, 6])


def test_a_concordance_is_as_good_as_groups():
    table = random_table(0, 3, 4)
    concordance = Concordance.from_groups(table.sectors, GOODS)
    np.testing.assert_array_equal(
        table.aggregate(sectors=concordance).Z, table.aggregate(sectors=GOODS).Z
    )
    other = Concordance.identity(Axis("sector", ["c1", "c2", "c3", "c5"]))
    with pytest.raises(TableError, match="the concordance is for other sector labels"):
        table.aggregate(sectors=other)


def test_unknown_and_doubled_labels_are_refused():
    table = random_table(0, 3, 4)
    with pytest.raises(LabelError, match="unknown region: 'Germany'"):
        table.aggregate(regions={"EUR": ["Germany"]}, keep_rest=True)
    with pytest.raises(TableError, match="'c1' is in 'a' and in 'b'"):
        table.aggregate(sectors={"a": ["c1"], "b": ["c1"]}, keep_rest=True)


def test_the_step_is_recorded_and_the_old_table_unchanged():
    table = random_table(0, 3, 4, 3)
    before = table.Z.copy()
    coarse = table.aggregate(regions=BLOCS, sectors=GOODS)
    (step,) = coarse.provenance.steps
    assert step.verb == "aggregate"
    assert dict(step.parameters) == {"regions": "3 to 2", "sectors": "4 to 2"}
    np.testing.assert_array_equal(table.Z, before)
    assert table.provenance.steps == ()
    assert (coarse.unit, coarse.year) == (table.unit, table.year)


def test_an_unknown_account_stays_unknown():
    table = random_table(0, 3, 2)
    gaps = np.array([1.0, 2, np.nan, 4, 5, 6])
    coarse = replace(table, accounts={"gva": gaps}).aggregate(regions=BLOCS)
    np.testing.assert_array_equal(coarse.accounts["gva"], [np.nan, 6, 5, 6])


def test_group_sum_is_c_ordered():
    M = np.arange(12.0).reshape(3, 4)
    found = group_sum(M, np.array([1, 0, 1]), np.array([0, 0, 1, 1]), (2, 2))
    np.testing.assert_array_equal(found, [[9, 13], [18, 26]])
    assert found.flags.c_contiguous


# --- select -------------------------------------------------------------------------------------


def test_what_is_not_selected_is_folded_into_rest():
    table = _whole(random_table(0, 4, 3))
    some = table.select(regions=["USA", "DEU"], sectors="c2")
    assert list(some.regions) == ["USA", "DEU", "rest"]
    assert list(some.sectors) == ["c2", "rest"]
    usa, others = (
        table.industries.locate("USA", "c2"),
        table.industries.locate(["FRA", "CHN"], "c2"),
    )
    assert some.Z[0, 4] == table.Z[np.ix_(usa, others)].sum()
    assert some.Z.sum() == table.Z.sum()
    assert some.Y.sum() == table.Y.sum()
    np.testing.assert_array_equal(some.x, some.Z.sum(axis=1) + some.Y.sum(axis=1))


def test_selecting_everything_leaves_no_rest():
    table = random_table(0, 2, 2)
    same = table.select(regions=["DEU", "FRA"])
    assert list(same.regions) == ["DEU", "FRA"]
    np.testing.assert_array_equal(same.Z, table.Z)


def test_the_rest_may_have_another_name():
    table = random_table(0, 3, 2)
    assert list(table.select(regions="DEU", rest="ROW").regions) == ["DEU", "ROW"]
    with pytest.raises(OptionError, match="rest='DEU' is also one of the selected regions"):
        table.select(regions="DEU", rest="DEU")


def test_all_unknown_selected_labels_are_listed():
    with pytest.raises(LabelError, match=r"unknown regions: 'Germny' .*, 'XX'"):
        random_table(0, 3, 2).select(regions=["Germny", "USA", "XX"])
    with pytest.raises(LabelError, match="unknown sector: 'c9'"):
        random_table(0, 3, 2).select(sectors=["c9"])


def test_selecting_nothing_is_refused():
    with pytest.raises(OptionError, match="no regions are selected"):
        random_table(0, 3, 2).select(regions=[])
