"""What must hold for lengths of chains and for single chains on every table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autarky.measure.linkages import linkages
from autarky.measure.paths import paths
from autarky.measure.propagation_length import propagation_length
from autarky.table import Table
from strategies import permutations, permuted, tables

CUTOFFS = st.sampled_from([0.03, 0.004, 0.0007])


def listed(result):
    """Path → value."""
    field = result.fields[0]
    return dict(zip(field.dimensions[0].columns["path"], field.values, strict=True))


@given(tables())
def test_no_length_is_below_one_step(table):
    for by in ("region", "industry"):
        values = propagation_length(table, by=by)["propagation_length"]
        assert (values[np.isfinite(values)] >= 1 - 1e-9).all()


@given(tables(ragged=False), st.data())
def test_order_does_not_matter(table, data):
    R, S = len(table.regions), len(table.sectors)
    regions, sectors = data.draw(permutations(R)), data.draw(permutations(S))
    other = permuted(table, regions, sectors)
    order = (regions[:, None] * S + sectors).reshape(-1)
    a, b = (propagation_length(t, by="industry")["propagation_length"] for t in (table, other))
    np.testing.assert_allclose(a[np.ix_(order, order)], b, rtol=1e-9)
    a, b = (propagation_length(t)["propagation_length"] for t in (table, other))
    np.testing.assert_allclose(a[np.ix_(regions, regions)], b, rtol=1e-9)


@given(tables())
def test_region_means_lie_between_those_of_their_pairs(table):
    pairs = propagation_length(table, by="industry")["propagation_length"]
    means = propagation_length(table, weights="one")["propagation_length"]
    blocks = [table.industries.block(r) for r in table.regions]
    for s, buyer in enumerate(blocks):
        for r, seller in enumerate(blocks):
            block = pairs[buyer, seller]
            if np.isfinite(means[s, r]):
                assert np.nanmin(block) - 1e-9 <= means[s, r] <= np.nanmax(block) + 1e-9
            else:
                assert np.isnan(block).all()


@given(tables(), CUTOFFS)
def test_a_cutoff_lists_all_that_a_finer_one_lists_above_it(table, cutoff):
    region = table.regions[0]
    coarse, fine = (paths(table, region=region, cutoff=c) for c in (cutoff, cutoff / 5))
    few, many = listed(coarse), listed(fine)
    assert all(many[path] == pytest.approx(value, rel=1e-12) for path, value in few.items())
    gross = float(np.abs(table.Y_by_region[:, 0]) @ _value_added_multiplier(table))
    above = {p for p, value in many.items() if abs(value) >= cutoff * gross * (1 + 1e-9)}
    assert above <= few.keys()
    assert all(abs(value) >= cutoff * gross * (1 - 1e-9) for value in few.values())


@given(tables(negatives=False), CUTOFFS)
def test_origins_share_out_the_total(table, cutoff):
    region = table.regions[0]
    whole = paths(table, region=region, cutoff=cutoff)
    parts = [paths(table, region=region, partner=p, cutoff=0.5) for p in table.regions]
    total = sum(part["paths_total"][0] for part in parts)
    np.testing.assert_allclose(total, whole["paths_total"][0], rtol=1e-11)
    assert whole["paths_coverage"][0] <= 1 + 1e-12


@given(tables(negatives=False), CUTOFFS)
def test_units_do_not_matter(table, cutoff):
    small = Table(
        **{name: getattr(table, name) * 1e-6 for name in ("Z", "Y", "x", "value_added")},
        industries=table.industries,
        uses=table.uses,
    )
    region = table.regions[-1]
    a, b = (listed(paths(t, region=region, cutoff=cutoff)) for t in (table, small))
    assert a.keys() == b.keys()
    for path, value in a.items():
        assert b[path] == pytest.approx(value * 1e-6, rel=1e-11)


@given(tables(negatives=False))
def test_paths_of_output_add_up_to_the_backward_linkage(table):
    """Output through all chains behind an industry's product is its linkage times final use."""
    live = np.flatnonzero((table.x > 0) & (table.Y.sum(axis=1) > 0))
    i = int(live[0])
    region = table.regions[table.industries.region_of[i]]
    sector = table.sectors[table.industries.sector_of[i]]
    result = paths(table, region=region, sector=sector, end="product", of="output", largest=1)
    linkage = linkages(table)["backward_linkage"][i]
    np.testing.assert_allclose(result["paths_total"][0], linkage * table.Y[i].sum(), rtol=1e-11)


def _value_added_multiplier(table):
    return np.abs(table.v) @ table.L.inverse()
