"""Table: refuses what is no table, keeps what it is given, derives what follows."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from autarky.axes import Axis, Industries, Uses
from autarky.errors import LabelError, TableError
from autarky.table import Table
from autarky.units import Provenance, Unit
from strategies import ragged_table, random_table

MILLER_BLAIR = {"Z": [[150, 500], [200, 100]], "Y": [[350], [1700]], "regions": ["A"]}
ARRAYS = ("Z", "Y", "x", "value_added", "capital", "labour")


def _parts(n=4, k=2):
    """Everything `Table` needs, for two regions with two sectors."""
    regions = Axis("region", ["A", "B"])
    Z, Y = np.ones((n, n)), np.full((n, k), 3.0)
    x = Z.sum(axis=1) + Y.sum(axis=1)
    return {
        "Z": Z,
        "Y": Y,
        "x": x,
        "value_added": x - Z.sum(axis=0),
        "industries": Industries.product(regions, Axis("sector", ["s", "t"])),
        "uses": Uses.product(regions, Axis("use", ["final"])),
    }


# --- what it refuses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shape", "text"),
    [
        ("Z", (4, 3), "Z has shape (4, 3) where the labels make (4, 4)"),
        ("Y", (4, 3), "Y has shape (4, 3) where the labels make (4, 2)"),
        ("x", (4, 1), "x has shape (4, 1) where the labels make (4,)"),
        ("value_added", (3,), "value_added has shape (3,) where the labels make (4,)"),
        ("capital", (5,), "capital has shape (5,) where the labels make (4,)"),
        ("labour", (), "labour has shape () where the labels make (4,)"),
    ],
)
def test_a_shape_that_does_not_fit_the_labels_is_refused(name, shape, text):
    with pytest.raises(TableError, match="not an input–output table") as caught:
        Table(**_parts() | {name: np.ones(shape)})
    assert text in caught.value.problems


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("name", "index", "place"),
    [
        ("Z", (2, 1), "(B:s, A:t)"),
        ("Y", (1, 1), "(A:t, B:final)"),
        ("x", (3,), "B:t"),
        ("value_added", (0,), "A:s"),
    ],
)
def test_a_cell_that_is_not_finite_is_refused_and_named(name, index, place, bad):
    parts = _parts()
    parts[name][index] = bad
    with pytest.raises(TableError, match="not an input–output table") as caught:
        Table(**parts)
    assert caught.value.problems == (f"{name} has 1 cells that are not finite: {place}",)


@pytest.mark.parametrize("name", ["capital", "labour"])
def test_capital_and_labour_are_checked_like_the_rest(name):
    with pytest.raises(TableError, match=f"{name} has 1 cells that are not finite: A:t"):
        Table(**_parts(), **{name: np.array([1.0, np.nan, 1.0, 1.0])})


def test_an_account_of_the_same_name_does_not_hide_a_hole():
    parts = _parts()
    parts["x"][0] = np.nan
    with pytest.raises(TableError, match="x has 1 cells that are not finite"):
        Table(**parts, accounts={"x": np.ones(4)})


def test_all_problems_are_listed_at_once():
    parts = _parts() | {"Y": np.ones((4, 5)), "x": np.array([1.0, np.nan, np.inf, 1.0])}
    parts["uses"] = Uses.product(Axis("region", ["A", "C"]), Axis("use", ["final"]))
    with pytest.raises(TableError, match="not an input–output table") as caught:
        Table(**parts, accounts={"gva": np.ones(3)}, labour=["many"] * 4)
    text = str(caught.value)
    assert len(caught.value.problems) == 5
    for part in (
        "final uses and industries have different regions",
        "Y has shape (4, 5)",
        "x has 2 cells that are not finite: A:t, B:s",
        "labour is not numeric",
        "gva has shape (3,)",
    ):
        assert part in text


def test_only_the_first_three_bad_cells_are_spelt_out():
    with pytest.raises(TableError, match="Z has 16 cells") as caught:
        Table(**_parts() | {"Z": np.full((4, 4), np.nan)})
    assert caught.value.problems[0].count("(A:s") == 3


def test_an_account_may_have_holes_and_nothing_worse():
    gaps = np.array([1.0, np.nan, 2.0, 3.0])
    table = Table(**_parts(), accounts={"value_added_basic": gaps})
    assert np.isnan(table.accounts["value_added_basic"][1])
    with pytest.raises(TableError, match="gva has 1 infinite cells: A:t"):
        Table(**_parts(), accounts={"gva": np.array([1.0, np.inf, 2.0, 3.0])})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"Z": [[1, 2], [3]]}, "Z is not numeric"),
        ({"Z": [["a", 1], [1, 1]]}, "Z is not numeric"),
        ({"Z": [1.0, 2.0]}, "Z has 1 dimensions where 2 are needed"),
        ({"Y": [350, 1700]}, "Y has 1 dimensions where 2 are needed"),
        ({"Y": [[350]]}, r"Y has shape \(1, 1\) where the labels make \(2, 1\)"),
        ({"Z": [[1, 2, 3], [4, 5, 6]]}, r"Z has shape \(2, 3\) where the labels make \(2, 2\)"),
        ({"x": [[1000], [2000]]}, "x has 2 dimensions where 1 are needed"),
        ({"x": [1000]}, r"x has shape \(1,\)"),
        ({"value_added": [1.0]}, r"value_added has shape \(1,\)"),
        ({"sectors": ["s", "s"]}, "'s' appears twice"),
        ({"sectors": ["s"]}, r"Z has shape \(2, 2\) where the labels make \(1, 1\)"),
        ({"regions": []}, "there are no labels"),
        ({"uses": ["c37", "c38"]}, r"Y has shape \(2, 1\) where the labels make \(2, 2\)"),
        ({"use_kinds": ["household", "final"]}, "must be 1 of"),
        ({"Y": [[np.inf], [1.0]]}, r"Y has 1 cells that are not finite: \(A:s1, A:final\)"),
        ({"Z": [[np.nan, 1], [1, 1]]}, r"Z has 1 cells that are not finite: \(A:s1, A:s1\)"),
    ],
)
def test_from_arrays_refuses_what_makes_no_table(changes, text):
    arguments = MILLER_BLAIR | {"sectors": ["s1", "s2"]} | changes
    with pytest.raises(TableError, match=text):
        Table.from_arrays(arguments.pop("Z"), arguments.pop("Y"), **arguments)


# --- what it keeps ------------------------------------------------------------------------------


def test_it_takes_ownership_of_its_arrays():
    parts = _parts()
    before = {name: parts[name].copy() for name in ("Z", "Y", "x", "value_added")}
    table = Table(**parts)
    for name, values in before.items():
        assert getattr(table, name) is parts[name], "no copy where none is needed"
        assert not parts[name].flags.writeable
        np.testing.assert_array_equal(parts[name], values)


def test_arrays_of_another_type_or_order_are_copied_and_left_alone():
    parts = _parts()
    Z, Y = np.asfortranarray(parts["Z"]), parts["Y"].astype(np.int32)
    table = Table(**parts | {"Z": Z, "Y": Y})
    assert Z.flags.writeable
    assert Y.flags.writeable
    for name in ("Z", "Y"):
        array = getattr(table, name)
        assert array.dtype == np.float64
        assert array.flags.c_contiguous
        assert not array.flags.writeable


def test_a_refused_table_leaves_the_arrays_writable():
    parts = _parts()
    parts["x"][1] = np.nan
    with pytest.raises(TableError, match="x has 1 cells"):
        Table(**parts)
    parts["x"][1] = 10.0
    assert all(parts[name].flags.writeable for name in ("Z", "Y", "value_added"))
    Table(**parts)


def test_everything_is_read_only():
    table = random_table(0)
    table = replace(table, capital=np.ones(table.n), accounts={"gva": np.ones(table.n)})
    for name in ("Z", "Y", "x", "value_added", "capital", "A", "v", "Y_by_region"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(table, name)[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        table.accounts["gva"][0] = 2.0
    with pytest.raises(TypeError):
        table.accounts["new"] = np.ones(table.n)
    with pytest.raises(FrozenInstanceError):
        table.Z = np.ones((1, 1))


@pytest.mark.parametrize("trip", [copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_tables_travel_between_processes_and_stay_read_only(trip):
    table = replace(ragged_table(3, F=2), accounts={"gva": np.arange(7.0)}).balance()
    other = trip(table)
    for name in ("Z", "Y", "x", "value_added"):
        np.testing.assert_array_equal(getattr(other, name), getattr(table, name))
        assert not getattr(other, name).flags.writeable
    np.testing.assert_array_equal(other.accounts["gva"], table.accounts["gva"])
    assert other.industries == table.industries
    assert other.uses == table.uses
    assert (other.unit, other.year, other.provenance) == (table.unit, table.year, table.provenance)


def test_from_arrays_fills_in_output_and_value_added():
    table = Table.from_arrays(**MILLER_BLAIR, sectors=["s1", "s2"])
    np.testing.assert_array_equal(table.x, [1000, 2000])
    np.testing.assert_array_equal(table.value_added, [650, 1400])
    assert list(table.regions) == ["A"]
    assert list(table.sectors) == ["s1", "s2"]
    assert list(table.uses.categories) == ["final"]
    assert (table.n, table.year, table.unit) == (2, None, Unit())


def test_from_arrays_takes_axes_and_all_the_rest():
    sectors = Axis("sector", ["s1", "s2"], ["Goods", "Services"])
    table = Table.from_arrays(
        MILLER_BLAIR["Z"], [[300, 50], [1700, 0]], regions=Axis("region", ["A"]), sectors=sectors,
        uses=["c", "i"], use_kinds=["household", "investment"], x=[1001, 2000], value_added=[1, 2],
        unit=Unit("USD", "million"), year=2011, provenance=Provenance("toy"),
        capital=[5, 6], labour=[7, 8], accounts={"gva": [9, 10]},
    )  # fmt: skip
    assert table.sectors is sectors
    assert table.uses.kinds == ("household", "investment")
    np.testing.assert_array_equal(table.x, [1001, 2000])
    np.testing.assert_array_equal(table.value_added, [1, 2])
    np.testing.assert_array_equal(table.capital, [5, 6])
    np.testing.assert_array_equal(table.labour, [7, 8])
    np.testing.assert_array_equal(table.accounts["gva"], [9, 10])
    assert repr(table) == "<Table toy, 2011: 1 regions × 2 sectors, 2 final uses, million USD>"


def test_tables_compare_by_identity():
    assert random_table(0) != random_table(0)


# --- what follows -------------------------------------------------------------------------------


def test_miller_and_blair():
    # Miller & Blair (2009), chapter 2, tables 2.3 to 2.5.
    table = Table.from_arrays(**MILLER_BLAIR, sectors=["s1", "s2"])
    np.testing.assert_allclose(table.A, [[0.15, 0.25], [0.2, 0.05]], rtol=1e-15)
    L = [[1.25412541, 0.330033], [0.2640264, 1.12211221]]
    np.testing.assert_allclose(table.L.inverse(), L, atol=5e-9)
    np.testing.assert_allclose(table.v, [0.65, 0.7], rtol=1e-15)


@pytest.mark.parametrize("make", [random_table, ragged_table])
def test_operators_are_the_inverses_of_their_definitions(make):
    table = make(1, F=2, zero_outputs=2)
    live = table.x > 0
    assert (~live).sum() == 2
    reciprocal = np.divide(1.0, table.x, out=np.zeros(table.n), where=live)
    A, B = table.Z * reciprocal, reciprocal[:, None] * table.Z
    eye = np.eye(table.n)
    np.testing.assert_array_equal(table.A, A)
    np.testing.assert_allclose(table.L @ eye, np.linalg.inv(eye - A), atol=1e-12)
    np.testing.assert_allclose(table.G @ eye, np.linalg.inv(eye - B), atol=1e-12)
    np.testing.assert_allclose(table.L @ table.Y.sum(axis=1), table.x, rtol=1e-12)
    np.testing.assert_allclose(table.v * table.x, table.value_added, atol=1e-10)
    assert np.all(table.v[~live] == 0)
    assert np.all(table.A[:, ~live] == 0)
    np.testing.assert_allclose(table.v @ np.linalg.inv(eye - A), live, atol=1e-12)


def test_final_use_by_region():
    table = ragged_table(2, F=3)
    expected = np.stack(
        [table.Y[:, table.uses.region_of == r].sum(axis=1) for r in range(3)], axis=1
    )
    np.testing.assert_allclose(table.Y_by_region, expected, rtol=1e-14)


def test_operators_are_made_once():
    table = random_table(0)
    assert table.L is table.L
    assert table.G is table.G
    assert table.A is table.A


def test_verbs_are_methods():
    table = random_table(0)
    with pytest.raises(LabelError, match="unknown region: 'Frnce'"):
        table.select(regions=["Frnce"])


@pytest.mark.parametrize("which", ["Z", "Y"])
def test_masked_cells_are_refused_for_what_lies_under_a_mask_is_no_number(which):
    arrays = {"Z": np.ones((2, 2)), "Y": np.ones((2, 1))}
    arrays[which] = np.ma.array(arrays[which], mask=np.eye(2, arrays[which].shape[1]))
    with pytest.raises(TableError, match=rf"{which}.*masked"):
        Table.from_arrays(*arrays.values(), regions=["A"], sectors=["s1", "s2"])


def test_a_masked_array_without_masked_cells_is_an_array():
    table = Table.from_arrays(
        np.ma.array([[1.0]], mask=[[False]]), [[2.0]], regions=["A"], sectors=["s"]
    )
    assert table.x.tolist() == [3.0]


def test_complex_numbers_are_refused_and_not_cut_to_their_real_part():
    with pytest.raises(TableError, match="Z is not numeric: the numbers are complex"):
        Table.from_arrays([[1 + 1j]], [[2.0]], regions=["A"], sectors=["s"])


@pytest.mark.parametrize(
    ("regions", "sectors", "which"),
    [(["total", "B"], ["s1", "s2"], "region"), (["A", "B"], ["s1", "total"], "sector")],
)
def test_labels_that_stand_for_sums_are_refused(regions, sectors, which):
    with pytest.raises(TableError, match=f"a {which} is called 'total'"):
        Table.from_arrays(np.ones((4, 4)), np.ones((4, 2)), regions=regions, sectors=sectors)


def test_a_lone_sector_may_be_called_total():
    table = Table.from_arrays([[1.0]], [[2.0]], regions=["A"], sectors=["total"])
    assert table.sectors.labels == ("total",)


def test_the_reserved_label_is_that_of_results():
    from autarky.results import TOTAL
    from autarky.table import core

    assert core.RESERVED == TOTAL


class TestLabelledInput:
    """Data frames are taken by position, so their labels must agree among themselves."""

    def frames(self):
        import pandas as pd

        labels = ["A:s", "B:s"]
        Z = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], index=labels, columns=labels)
        Y = pd.DataFrame([[10.0, 5.0], [5.0, 10.0]], index=labels, columns=["A", "B"])
        return Z, Y

    def test_agreeing_labels(self):
        Z, Y = self.frames()
        table = Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s"])
        assert table.x.tolist() == [18.0, 22.0]

    @pytest.mark.parametrize("what", ["columns of Z", "rows of Y", "rows of x"])
    def test_another_order_is_refused(self, what):
        Z, Y = self.frames()
        x = Z.sum(axis=1) + Y.sum(axis=1)
        if what == "columns of Z":
            Z = Z[["B:s", "A:s"]]
        elif what == "rows of Y":
            Y = Y.iloc[::-1]
        else:
            x = x.iloc[::-1]
        with pytest.raises(TableError, match=what):
            Table.from_arrays(Z, Y, x=x, regions=["A", "B"], sectors=["s"])
