"""What must hold for value added in exports and by origin, in any table."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autarky.axes import Axis
from autarky.measure.exports import AMOUNTS, SHARES, value_added_in_exports
from autarky.measure.kww import TERMS as KWW
from autarky.measure.kww import kww
from autarky.measure.origin import value_added_origin
from autarky.measure.wwz import TERMS as WWZ
from autarky.measure.wwz import TO_KWW, wwz
from autarky.table import Table
from strategies import permutations, permuted, tables

#: Relative to world output: amounts of an exporter may be differences of much larger ones.
TIGHT = 1e-10


def same(got, expected, table):
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=TIGHT * float(table.x.sum()))


@given(tables())
def test_parts_sum_to_exports(table):
    for by in ("region", "sector"):
        part = value_added_in_exports(table, by=by)
        same(part["dc"] + part["fc"], part["exports"], table)
        four = part["dva"] + part["ddc"] + part["fva"] + part["fdc"]
        same(four, part["exports"], table)
        same(part["vax"] + part["ref"], part["dva"], table)


@given(tables(negatives=False))
def test_parts_are_not_negative(table):
    part = value_added_in_exports(table, by="sector")
    for name in AMOUNTS:
        assert part[name].min() >= -TIGHT * table.x.sum()
    same(np.minimum(part["davax"], part["vax"]), part["davax"], table)
    for name in SHARES:
        assert part[name].min() >= -1e-9
        assert name == "vs1_share" or part[name].max() <= 1 + 1e-9


@given(tables())
def test_world_value_added_is_spent_once(table):
    origin = value_added_origin(table)
    earned = table.industries.sum_by_region(table.value_added)
    same(origin["va_origin"].sum(axis=1), earned, table)
    same(origin["va_origin"].sum(axis=0), table.Y_by_region.sum(axis=0), table)
    assert origin["va_origin"].sum() == pytest.approx(table.value_added.sum(), rel=1e-10)


@given(tables())
def test_value_added_of_the_world_is_exported_or_used_at_home(table):
    home = np.diag(value_added_origin(table)["va_origin"])
    vax = value_added_in_exports(table)["vax"]
    same(home + vax, table.industries.sum_by_region(table.value_added), table)


@given(tables())
def test_foreign_content_is_somebodys_content(table):
    part = value_added_in_exports(table)
    assert part["vs"].sum() == pytest.approx(part["vs1"].sum(), rel=1e-9, abs=1e-9)


@given(tables())
def test_nine_and_sixteen_terms(table):
    part, nine, sixteen = value_added_in_exports(table), kww(table), wwz(table)
    same(sum(nine[name] for name in KWW), part["exports"], table)
    same(sum(nine[name] for name in KWW[:5]), part["dva"], table)
    same(sum(nine[name] for name in KWW[:6]), part["dc"], table)
    same(sum(sixteen[name] for name in WWZ), sixteen["exports"], table)
    for name, terms in zip(KWW, TO_KWW, strict=True):
        same(sum(sixteen[WWZ[k]] for k in terms).sum(axis=1), nine[name], table)


@given(tables(ragged=False), st.data())
def test_order_does_not_matter(table, data):
    regions = data.draw(permutations(len(table.regions)))
    sectors = data.draw(permutations(len(table.sectors)))
    other = permuted(table, regions, sectors)
    S = len(table.sectors)
    rows = (regions[:, None] * S + sectors).reshape(-1)
    before = value_added_in_exports(table, by="sector")
    after = value_added_in_exports(other, by="sector")
    for name in AMOUNTS:
        same(after[name], before[name][rows], table)
    origin = value_added_origin(table)["va_origin"][np.ix_(regions, regions)]
    same(value_added_origin(other)["va_origin"], origin, table)
    bilateral = wwz(table)
    again = wwz(other)
    for name in WWZ:
        same(again[name], bilateral[name][np.ix_(regions, regions)], table)


@given(tables(), st.sampled_from([1e-3, 7.0, 1e6]))
def test_the_unit_of_money_does_not_matter(table, factor):
    other = Table(
        Z=table.Z * factor,
        Y=table.Y * factor,
        x=table.x * factor,
        value_added=table.value_added * factor,
        industries=table.industries,
        uses=table.uses,
    )
    before, after = value_added_in_exports(table), value_added_in_exports(other)
    for name in AMOUNTS:
        same(after[name] / factor, before[name], table)
    for name in SHARES:
        if before["exports"].min() > 0:
            np.testing.assert_allclose(after[name], before[name], rtol=1e-9, atol=1e-9)
    one, two = value_added_origin(table), value_added_origin(other)
    np.testing.assert_allclose(two["va_origin_share"], one["va_origin_share"], atol=1e-9)
    same(two["va_origin"] / factor, one["va_origin"], table)


def split(table, share):
    """The same table with its last sector in two parts that buy and sell in proportion."""
    R, S = len(table.regions), len(table.sectors)
    weights = np.ones((R, S + 1))
    weights[:, S - 1], weights[:, S] = share, 1 - share
    weights = weights.reshape(-1)
    old = (np.arange(R)[:, None] * S + np.minimum(np.arange(S + 1), S - 1)).reshape(-1)
    return Table.from_arrays(
        table.Z[np.ix_(old, old)] * weights[:, None] * weights,
        table.Y[old] * weights[:, None],
        regions=table.regions,
        sectors=Axis("sector", [*table.sectors, "other half"]),
        uses=table.uses.categories,
        x=table.x[old] * weights,
    )


@given(tables(ragged=False), st.sampled_from([0.1, 0.5, 0.8]))
def test_splitting_a_sector_in_proportion_changes_nothing(table, share):
    other = split(table, share)
    before, after = value_added_in_exports(table), value_added_in_exports(other)
    for name in AMOUNTS:
        same(after[name], before[name], table)
    same(value_added_origin(other)["va_origin"], value_added_origin(table)["va_origin"], table)
    nine, again = kww(table), kww(other)
    for name in KWW:
        same(again[name], nine[name], table)


@given(tables(ragged=False))
def test_an_empty_region_changes_nothing(table):
    n, S = table.n, len(table.sectors)
    R, F = len(table.regions), len(table.uses.categories)
    Z, Y = np.zeros((n + S, n + S)), np.zeros((n + S, (R + 1) * F))
    Z[:n, :n], Y[:n, : R * F] = table.Z, table.Y
    other = Table.from_arrays(
        Z,
        Y,
        regions=Axis("region", [*table.regions, "ZZZ"]),
        sectors=table.sectors,
        uses=table.uses.categories,
    )
    before, after = value_added_in_exports(table), value_added_in_exports(other)
    for name in AMOUNTS:
        same(after[name][:R], before[name], table)
        assert after[name][R] == 0
    bilateral, again = wwz(table), wwz(other)
    for name in WWZ:
        same(again[name][:R, :R], bilateral[name], table)
        assert not again[name][R].any()
        same(again[name][:, R], 0.0, table)


@settings(max_examples=30)
@given(tables(), st.data())
def test_a_group_of_one_is_that_region(table, data):
    if len(table.regions) == 1:
        return
    label = data.draw(st.sampled_from(table.regions.labels))
    alone = value_added_in_exports(table, regions=label)
    group = value_added_in_exports(table, group={"alone": [label]})
    for name in AMOUNTS:
        same(group[name], alone[name], table)


@given(tables(ragged=False, zeros=False))
def test_without_trade_there_is_nothing_in_exports(table):
    home = table.industries.region_of[:, None] == table.industries.region_of
    used = table.industries.region_of[:, None] == table.uses.region_of
    closed = Table.from_arrays(
        table.Z * home,
        table.Y * used,
        regions=table.regions,
        sectors=table.sectors,
        uses=table.uses.categories,
        x=table.x,
    )
    part = value_added_in_exports(closed)
    for name in (*AMOUNTS, *SHARES):
        same(part[name], 0.0, table)
    same(value_added_origin(closed)["va_foreign_share"], 0.0, table)
