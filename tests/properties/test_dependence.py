"""What must hold for trade and dependence measures of any table."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autarky.measure import flows
from autarky.measure.concentration import concentration
from autarky.measure.dependence import dependence
from autarky.measure.self_sufficiency import self_sufficiency
from autarky.measure.strategic import strategic
from autarky.table import Table
from strategies import permutations, permuted, tables

SIDES = st.sampled_from(["inputs", "sales"])
BY = st.sampled_from(["partner", "sector", "product", "industry"])
#: Tidy frames take a hundred times longer to make than the numbers in them.
FRAMES = settings(max_examples=25)
SHARES = ("face_value", "look_through", "hidden")


def several(**options):
    """Tables of at least two regions."""
    return tables(**options).filter(lambda table: len(table.regions) > 1)


def scaled(table: Table, factor: float) -> Table:
    return replace(
        table,
        Z=table.Z * factor,
        Y=table.Y * factor,
        x=table.x * factor,
        value_added=table.value_added * factor,
    )


def frame_of(result, *, without=()):
    """Values by labels, for comparison whatever the order of rows."""
    frame = result.tidy()
    frame = frame[~frame["variable"].isin(without)]
    return frame.set_index([c for c in frame.columns if c not in ("value", "unit")])["value"]


def assert_same(one, other, rtol=1e-9, atol=1e-11):
    assert len(one) == len(other)
    np.testing.assert_allclose(other.reindex(one.index), one, rtol=rtol, atol=atol)


@given(several(negatives=False), SIDES)
def test_the_shares_of_all_sources_and_home_sum_to_one(table, side):
    # With home outside, the shares of economy c's partners; home as the rest of them.
    result = dependence(table, side=side)
    M = table.Z if side == "inputs" else table.Z.T
    for e, home in enumerate(table.regions):
        users = table.industries.block(home)
        every, own = M[:, users].sum(), M[users, users].sum()
        foreign = sum(
            result.value("face_value", region=home, partner=partner)
            for partner in table.regions
            if partner != home
        )
        assert abs(foreign + (own / every if every else 1.0) - 1.0) < 1e-12
        total = result.fields[5].values[e]
        assert abs(total - foreign) < 1e-12


@FRAMES
@given(several(), SIDES, BY)
def test_parts_sum_to_totals_whatever_they_are_split_by(table, side, by):
    parts, whole = dependence(table, side=side, by=by), dependence(table, side=side)
    frame = parts.tidy(["face_value_flow", "look_through_flow"])
    split = {"sector": "sector", "product": "partner_sector"}.get(by, "partner")
    for variable in ("face_value_flow", "look_through_flow"):
        rows = frame[(frame["variable"] == variable) & (frame[split] != "total")]
        sums = rows.groupby("region")["value"].sum()
        for home in table.regions:
            expected = whole.value(variable, region=home, partner="total")
            assert np.isclose(sums[home], expected, rtol=1e-9, atol=1e-9)
            stated = parts.value(variable, region=home, **{split: "total"})
            assert np.isclose(stated, expected, rtol=1e-9, atol=1e-9)


@given(several(), SIDES, BY)
def test_hidden_is_the_difference_and_shares_lie_between_zero_and_one(table, side, by):
    result = dependence(table, side=side, by=by)
    np.testing.assert_array_equal(result["hidden"], result["look_through"] - result["face_value"])
    for name in ("face_value", "look_through"):
        assert np.all(result[name] >= -1e-12)
        assert np.all(result[name] <= 1 + 1e-12)
    face, look = result["face_value_flow"], result["look_through_flow"]
    # A flow that is zero comes out of the solver as zero give or take rounding of the largest.
    rounding = 1e-12 * np.abs(look).max(initial=0.0)
    assert np.all(look >= face * (1 - 1e-9) - rounding)


@FRAMES
@given(st.data(), several(ragged=False), SIDES, BY)
def test_the_order_of_industries_does_not_matter(data, table, side, by):
    other = permuted(
        table,
        data.draw(permutations(len(table.regions))),
        data.draw(permutations(len(table.sectors))),
    )
    assert_same(
        frame_of(dependence(table, side=side, by=by)), frame_of(dependence(other, side=side, by=by))
    )
    assert_same(frame_of(self_sufficiency(table)), frame_of(self_sufficiency(other)))
    # Who is named among equal largest suppliers depends on the order; nothing else does.
    without = ("largest_supplier_share",)
    assert_same(
        frame_of(concentration(table), without=without),
        frame_of(concentration(other), without=without),
    )


@settings(max_examples=40)
@given(several(), SIDES, BY, st.sampled_from([1e-3, 7.0, 1e6]))
def test_shares_do_not_depend_on_the_unit(table, side, by, factor):
    one = dependence(table, side=side, by=by)
    other = dependence(scaled(table, factor), side=side, by=by)
    for name in SHARES:
        np.testing.assert_allclose(other[name], one[name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        other["look_through_flow"], one["look_through_flow"] * factor, rtol=1e-9, atol=1e-9 * factor
    )
    for name in ("hhi", "major_suppliers"):
        np.testing.assert_allclose(
            concentration(scaled(table, factor), view="look_through")[name],
            concentration(table, view="look_through")[name],
            rtol=1e-9,
        )


@FRAMES
@given(several(max_regions=4))
def test_a_group_is_the_region_of_the_aggregated_table(table):
    assume(len(table.regions) > 2)
    group = {"EU": list(table.regions)[:2]}
    merged = table.aggregate(regions=group, keep_rest=True)
    # Direct measures are the same to the last digit or so; look-through is not (aggregation bias).
    at = {"region": "EU", "partner": "total"}
    one, other = dependence(table, group=group), dependence(merged, regions="EU")
    assert np.isclose(one.value("face_value", **at), other.value("face_value", **at), rtol=1e-12)
    assert_same(
        frame_of(self_sufficiency(table, group=group), without=("home_share",)),
        frame_of(self_sufficiency(merged, regions="EU"), without=("home_share",)),
    )


@given(several(negatives=False))
def test_imports_of_all_are_exports_of_all_and_use_closes(table):
    result = self_sufficiency(table)
    np.testing.assert_allclose(
        result["imports"].sum(axis=0), result["exports"].sum(axis=0), rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(result["exports"].sum(), flows.exports(table).sum(), rtol=1e-9)
    supply = result["domestic_supply"]
    used = supply > 1e-9
    np.testing.assert_allclose(
        result["home_share"][used], 1 - result["import_penetration"][used], rtol=1e-7, atol=1e-9
    )
    # What is not imported is made at home and not exported.
    np.testing.assert_allclose(
        result["self_sufficiency"][used] - result["exports"][used] / supply[used],
        1 - result["import_penetration"][used],
        rtol=1e-7,
        atol=1e-9,
    )


@given(
    tables(), st.sampled_from(["face_value", "look_through"]), st.sampled_from(["foreign", "all"])
)
def test_concentration_lies_between_equal_shares_and_one(table, view, suppliers):
    result = concentration(table, view=view, suppliers=suppliers)
    hhi = result["hhi"][~np.isnan(result["hhi"])]
    count = len(table.regions) - (suppliers == "foreign")
    assert np.all(hhi <= 1 + 1e-12)
    assert np.all(hhi >= 1 / max(count, 1) - 1e-12)
    largest = result["largest_supplier_share"]
    assert largest.size == hhi.size
    # s_max² ≤ HHI ≤ s_max, since shares sum to one.
    assert np.all(largest**2 <= hhi + 1e-12)
    assert np.all(hhi <= largest + 1e-12)


@given(tables(max_regions=5).filter(lambda t: len(t.regions) > 2))
def test_strategic_needs_every_criterion(table):
    result = strategic({2011: table}, preset="eu")
    holds = result["holds"].prod(axis=-1)
    np.testing.assert_array_equal(result["strategic"], holds)
    np.testing.assert_array_equal(result["years_held"], holds)
