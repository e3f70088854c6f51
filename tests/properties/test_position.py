"""What must hold for position and linkages on every table."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autarky.axes import Axis
from autarky.measure.linkages import linkages
from autarky.measure.position import position
from autarky.table import Table
from strategies import permutations, permuted, random_table, tables

TREATMENTS = st.sampled_from(["correct", "ignore"])


def rebuilt(table, factor=1.0, **changes):
    """The same table with every amount times a factor, and some arrays replaced."""
    arrays = {name: getattr(table, name) * factor for name in ("Z", "Y", "x", "value_added")}
    return Table(
        **(arrays | changes), industries=table.industries, uses=table.uses, unit=table.unit
    )


def split(table, sector):
    """The table with one sector of every region divided into two identical halves."""
    S = len(table.sectors)
    position = table.sectors.position(sector)
    copies = np.where(np.arange(S) == position, 2, 1)
    old = np.concatenate(
        [r * S + np.repeat(np.arange(S), copies) for r in range(len(table.regions))]
    )
    share = np.tile(np.repeat(1 / copies, copies), len(table.regions))
    labels = [x for x, c in zip(table.sectors, copies, strict=True) for x in [x, f"{x}b"][:c]]
    new = Table.from_arrays(
        table.Z[np.ix_(old, old)] * share[:, None] * share,
        table.Y[old] * share[:, None],
        x=table.x[old] * share,
        regions=table.regions,
        sectors=Axis("sector", labels),
        uses=table.uses.categories,
        use_kinds=table.uses.kinds,
    )
    return new, old


@given(tables(), TREATMENTS)
def test_the_world_has_one_length(table, treatment):
    result = position(table, inventories=treatment)
    at = {"region": "total", "sector": "total"}
    up, down = (result.value(name, **at) for name in ("upstreamness", "downstreamness"))
    np.testing.assert_allclose(up, down, rtol=1e-12)
    assert up >= 1


@given(tables(), TREATMENTS)
def test_no_length_is_below_one_where_there_is_output(table, treatment):
    result, live = position(table, inventories=treatment), table.x > 0
    for name in ("upstreamness", "downstreamness"):
        assert (result[name][live] >= 1 - 1e-12).all()
        assert not result[name][~live].any()


@given(tables())
def test_rows_and_columns_close(table):
    """F/GO is 1 − B1 and VA/GO is 1 − 1ᵀA, so mean steps add up: Σ x F/GO = Σ x VA/GO."""
    result = position(table, inventories="ignore")
    x = table.x
    np.testing.assert_allclose(x @ result["f_go"], x @ result["va_go"], rtol=1e-11)
    sold = table.Z.sum(axis=1)
    np.testing.assert_allclose(x * result["f_go"] + sold, x, rtol=1e-11)


@given(tables(), TREATMENTS)
def test_units_do_not_matter(table, treatment):
    big = rebuilt(table, 1e-3)
    a, b = position(table, inventories=treatment), position(big, inventories=treatment)
    for name in a.variables:
        np.testing.assert_allclose(a[name], b[name], rtol=1e-10, atol=1e-13)
    for scope in ("world", "domestic"):
        a, b = linkages(table, scope=scope), linkages(big, scope=scope)
        np.testing.assert_allclose(a["forward_linkage"], b["forward_linkage"], rtol=1e-10)


@given(tables(ragged=False), st.data())
def test_order_does_not_matter(table, data):
    R, S = len(table.regions), len(table.sectors)
    regions, sectors = data.draw(permutations(R)), data.draw(permutations(S))
    other = permuted(table, regions, sectors)
    order = (regions[:, None] * S + sectors).reshape(-1)
    for measure in (position, linkages):
        a, b = measure(table), measure(other)
        for name in a.variables:
            if name != "key_sector":  # a tie may fall either way
                np.testing.assert_allclose(a[name][order], b[name], rtol=1e-10, atol=1e-13)


@given(st.integers(0, 10**6), st.sampled_from(["c1", "c2", "c3"]), TREATMENTS)
def test_splitting_a_sector_in_halves_changes_nobody(seed, sector, treatment):
    table = random_table(seed, R=2, S=3, F=2, negatives=True)
    new, old = split(table, sector)
    a, b = position(table, inventories=treatment), position(new, inventories=treatment)
    for name in a.variables:
        np.testing.assert_allclose(a[name][old], b[name], rtol=1e-10)
    a, b = linkages(table), linkages(new)
    for name in ("backward_linkage", "forward_linkage", "backward_linkage_direct"):
        np.testing.assert_allclose(a[name][old], b[name], rtol=1e-10)


@given(tables())
def test_domestic_linkages_are_at_most_those_with_the_world(table):
    world, home = linkages(table), linkages(table, scope="domestic")
    for name in ("backward_linkage", "forward_linkage", "backward_linkage_direct"):
        assert (home[name] <= world[name] * (1 + 1e-12)).all()


@given(tables())
def test_normalised_linkages_have_mean_one(table):
    live = table.x > 0
    world = linkages(table)
    np.testing.assert_allclose(world["power_of_dispersion"][live].mean(), 1, rtol=1e-12)
    home = linkages(table, scope="domestic")["sensitivity_of_dispersion"]
    for region in table.regions:
        at = table.industries.block(region)
        if live[at].any():
            np.testing.assert_allclose(home[at][live[at]].mean(), 1, rtol=1e-12)


@given(tables())
def test_forward_linkage_is_upstreamness_without_correction(table):
    """Both are (I − B)⁻¹1, reached through two functions."""
    U = position(table, inventories="ignore")["upstreamness"]
    np.testing.assert_allclose(linkages(table)["forward_linkage"], U, rtol=1e-12)
