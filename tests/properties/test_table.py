"""What holds for every table: order, units, empty regions, aggregation and balancing."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from autarky.axes import Axis
from autarky.table import Table
from autarky.units import Provenance
from strategies import permutations, permuted, tables

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
seeds = st.integers(0, 2**31 - 1)


def _remade(table, **changes):
    """The table with other arrays (value added is the residual)."""
    Z, Y = changes.get("Z", table.Z), changes.get("Y", table.Y)
    x = changes.get("x", table.x)
    return Table(
        Z=Z, Y=Y, x=x, value_added=x - Z.sum(axis=0), industries=table.industries, uses=table.uses,
        unit=table.unit, year=table.year, provenance=Provenance(),
    )  # fmt: skip


def _groups(data, axis, label):
    """A drawn partition of an axis, as aggregate takes it."""
    size = len(axis)
    to = data.draw(st.lists(st.integers(0, size - 1), min_size=size, max_size=size), label=label)
    return {f"g{g}": [axis[i] for i in range(size) if to[i] == g] for g in sorted(set(to))}


# --- the builders themselves ----------------------------------------------------------------------


@given(tables())
def test_made_up_tables_are_balanced_and_productive(table):
    scale = table.x.max()
    np.testing.assert_allclose(
        table.Z.sum(axis=1) + table.Y.sum(axis=1), table.x, atol=1e-9 * scale
    )
    assert np.all(table.Z >= 0)
    assert np.all((table.value_added > 0) | (table.x == 0))
    assert np.all(table.x >= 0)
    np.testing.assert_allclose(table.value_added.sum(), table.Y.sum(), rtol=1e-9)
    np.testing.assert_allclose(table.L @ table.Y.sum(axis=1), table.x, atol=1e-9 * scale)
    assert table.L.inverse().min() >= -1e-12
    assert table.check().ok


# --- order, units, empty regions ------------------------------------------------------------------


@given(tables(ragged=False), st.data())
def test_the_order_of_regions_and_sectors_does_not_matter(table, data):
    regions = data.draw(permutations(len(table.regions)), label="regions")
    sectors = data.draw(permutations(len(table.sectors)), label="sectors")
    other = permuted(table, regions, sectors)
    back = [other.industries.locate(*_pair(table, i))[0] for i in range(table.n)]
    np.testing.assert_array_equal(other.x[back], table.x)
    np.testing.assert_array_equal(other.A[np.ix_(back, back)], table.A)
    np.testing.assert_allclose(other.v[back], table.v, atol=1e-12)
    L = table.L.inverse()
    np.testing.assert_allclose(other.L.inverse()[np.ix_(back, back)], L, **CLOSE)
    found, expected = other.check(), table.check()
    assert {(f.code, f.count, f.severity) for f in found} == {
        (f.code, f.count, f.severity) for f in expected
    }


def _pair(table, i):
    regions, sectors = table.industries.columns()
    return regions[i], sectors[i]


@given(tables(), st.sampled_from([1e-6, 1e-3, 7.0, 1e3, 1e6]))
def test_the_unit_does_not_matter(table, factor):
    other = _remade(table, Z=table.Z * factor, Y=table.Y * factor, x=table.x * factor)
    np.testing.assert_allclose(other.A, table.A, rtol=1e-12)
    np.testing.assert_allclose(other.v, table.v, atol=1e-12)
    np.testing.assert_allclose(other.L.inverse(), table.L.inverse(), **CLOSE)
    assert {(f.code, f.count) for f in other.check()} == {(f.code, f.count) for f in table.check()}


@given(tables(ragged=False))
def test_an_empty_region_changes_nothing_for_the_others(table):
    R, S, F = len(table.regions), len(table.sectors), len(table.uses.categories)
    Z = np.pad(table.Z, ((0, S), (0, S)))
    Y = np.pad(table.Y, ((0, S), (0, F)))
    wider = Table.from_arrays(
        Z, Y, regions=[*table.regions, "XXX"], sectors=table.sectors, uses=table.uses.categories,
        use_kinds=table.uses.kinds, x=np.pad(table.x, (0, S)),
    )  # fmt: skip
    n = table.n
    np.testing.assert_array_equal(wider.A[:n, :n], table.A)
    np.testing.assert_array_equal(wider.v[:n], table.v)
    np.testing.assert_allclose(wider.L.inverse()[:n, :n], table.L.inverse(), **CLOSE)
    assert not wider.v[n:].any()
    assert not wider.A[n:].any()
    assert wider.check().ok
    assert wider.check()["zero_output"].count == S + np.sum(table.x == 0)
    together = wider.aggregate(regions={r: [r] for r in table.regions} | {"XXX": ["XXX"]})
    np.testing.assert_array_equal(together.Z, wider.Z)
    assert len(wider.regions) == R + 1


# --- aggregation ----------------------------------------------------------------------------------


@given(tables(), st.data())
def test_aggregation_conserves_every_total_and_keeps_the_accounts_closed(table, data):
    coarse = table.aggregate(
        regions=_groups(data, table.regions, "regions"),
        sectors=_groups(data, table.sectors, "sectors"),
        uses=_groups(data, table.uses.categories, "uses"),
    )
    scale = max(table.x.sum(), 1.0)
    for name in ("Z", "Y", "x", "value_added"):
        total = getattr(table, name).sum()
        np.testing.assert_allclose(
            getattr(coarse, name).sum(), total, rtol=1e-12, atol=1e-12 * scale
        )
    tolerance = {"rtol": 1e-10, "atol": 1e-10 * scale}
    np.testing.assert_allclose(coarse.Z.sum(axis=1) + coarse.Y.sum(axis=1), coarse.x, **tolerance)
    np.testing.assert_allclose(coarse.x - coarse.Z.sum(axis=0), coarse.value_added, **tolerance)
    for name in ("regions", "sectors"):
        assert len(getattr(coarse, name)) <= len(getattr(table, name))


@given(tables(), st.data())
def test_aggregating_in_two_steps_is_aggregating_at_once(table, data):
    regions = _groups(data, table.regions, "regions")
    sectors = _groups(data, table.sectors, "sectors")
    once = table.aggregate(regions=regions, sectors=sectors)
    twice = table.aggregate(regions=regions).aggregate(sectors=sectors)
    assert once.industries == twice.industries
    assert once.uses == twice.uses
    for name in ("Z", "Y", "x", "value_added"):
        np.testing.assert_allclose(getattr(once, name), getattr(twice, name), rtol=1e-12, atol=1e-9)


@given(tables(), st.data())
def test_aggregation_is_the_product_with_two_bridges(table, data):
    regions = _groups(data, table.regions, "regions")
    sectors = _groups(data, table.sectors, "sectors")
    coarse = table.aggregate(regions=regions, sectors=sectors)
    rows = np.zeros((coarse.n, table.n))
    for i in range(table.n):
        region, sector = _pair(table, i)
        bloc = next(g for g, members in regions.items() if region in members)
        group = next(g for g, members in sectors.items() if sector in members)
        rows[coarse.industries.locate(bloc, group), i] = 1
    np.testing.assert_array_equal(rows.sum(axis=0), 1)
    np.testing.assert_allclose(coarse.Z, rows @ table.Z @ rows.T, rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(
        coarse.Y.sum(axis=1), rows @ table.Y.sum(axis=1), rtol=1e-9, atol=1e-9
    )


@given(tables(), st.data())
def test_selecting_folds_the_rest_and_drops_nothing(table, data):
    wanted = data.draw(st.lists(st.sampled_from(list(table.regions)), min_size=1), label="wanted")
    some = table.select(regions=wanted)
    for region in set(wanted):
        np.testing.assert_allclose(
            some.x[some.industries.block(region)], table.x[table.industries.block(region)]
        )
    np.testing.assert_allclose(some.x.sum(), table.x.sum(), rtol=1e-12)
    np.testing.assert_allclose(some.Y.sum(), table.Y.sum(), rtol=1e-10)


# --- balancing ------------------------------------------------------------------------------------


def _shaken(table, seed, spread):
    rng = np.random.default_rng(seed)
    low, high = 1 - spread, 1 + spread
    Z = table.Z * rng.uniform(low, high, table.Z.shape)
    return _remade(table, Z=Z, Y=table.Y * rng.uniform(low, high, table.Y.shape))


@given(tables(), seeds)
def test_balancing_keeps_signs_zeros_and_output(table, seed):
    shaken = _shaken(table, seed, 0.05)
    closed = shaken.balance()
    np.testing.assert_array_equal(closed.x, table.x)
    np.testing.assert_array_equal(np.sign(closed.Z), np.sign(table.Z))
    np.testing.assert_array_equal(np.sign(closed.Y), np.sign(table.Y))
    scale = table.x.max()
    np.testing.assert_allclose(
        closed.Z.sum(axis=1) + closed.Y.sum(axis=1), table.x, rtol=0, atol=1.1e-9 * scale
    )
    assert closed.value_added.min() >= -1e-9 * scale


@given(tables(), seeds)
def test_balancing_twice_is_balancing_once(table, seed):
    once = _shaken(table, seed, 0.05).balance()
    twice = once.balance()
    np.testing.assert_allclose(twice.Z, once.Z, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(twice.Y, once.Y, rtol=1e-7, atol=1e-9)


@given(tables(), seeds, st.sampled_from([1e-3, 1e3]))
def test_balancing_does_not_depend_on_the_unit(table, seed, factor):
    shaken = _shaken(table, seed, 0.05)
    scaled = _remade(shaken, Z=shaken.Z * factor, Y=shaken.Y * factor, x=shaken.x * factor)
    np.testing.assert_allclose(
        scaled.balance().Z, shaken.balance().Z * factor, rtol=1e-9, atol=1e-12
    )


@given(tables(negatives=False), seeds)
def test_column_targets_are_met_where_they_can_be(table, seed):
    assume(table.Z.any(axis=0)[table.x > 0].all())
    assume(((table.Y > 0).any(axis=1) | (table.x == 0)).all())
    targets = table.Z.sum(axis=0)
    closed = _shaken(table, seed, 0.05).balance(column_targets=targets, max_iterations=20_000)
    scale = table.x.max()
    np.testing.assert_allclose(closed.Z.sum(axis=0), targets, rtol=0, atol=1.1e-9 * scale)
    np.testing.assert_allclose(closed.value_added, table.value_added, rtol=0, atol=1.1e-9 * scale)


# --- rounding -------------------------------------------------------------------------------------


@given(tables(negatives=False), st.sampled_from([0.5, 4.0, 32.0]))
def test_restoring_never_overshoots_a_row_or_half_a_unit(table, step):
    Z, Y = np.floor(table.Z / step) * step, np.floor(table.Y / step) * step
    rounded = _remade(table, Z=Z, Y=Y)
    restored = rounded.restore_rounding(step=step)
    scale = table.x.max()
    after = restored.x - restored.Z.sum(axis=1) - restored.Y.sum(axis=1)
    assert after.min() >= -1e-9 * scale
    for name in ("Z", "Y"):
        old, new = getattr(rounded, name), getattr(restored, name)
        np.testing.assert_array_equal(new[old != 0], old[old != 0])
        assert np.all((new[old == 0] >= 0) & (new[old == 0] <= step / 2))
    said = restored.provenance.steps[-1].effect
    added = restored.Z.sum() + restored.Y.sum() - Z.sum() - Y.sum()
    np.testing.assert_allclose(said["restored"], added, rtol=1e-9, atol=1e-9 * scale)
    np.testing.assert_allclose(
        said["largest_row_still_open"], np.abs(after).max(), atol=1e-12 * scale
    )


# --- labels ---------------------------------------------------------------------------------------

labels = st.lists(
    st.text("abcXYZ019.-", min_size=1, max_size=5), min_size=1, max_size=8, unique=True
)


@given(labels, st.data())
def test_locating_is_the_inverse_of_indexing(names, data):
    axis = Axis("sector", names)
    wanted = data.draw(st.lists(st.sampled_from(names)))
    assert [axis[i] for i in axis.locate(wanted)] == wanted


@given(labels, st.text())
def test_suggestions_are_labels_of_the_axis(names, text):
    for name in ("sector", "region"):
        found = Axis(name, names).suggest(text)
        assert set(found) <= set(names)
        assert len(found) == len(set(found)) <= 3
