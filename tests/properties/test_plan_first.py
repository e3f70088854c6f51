"""What holds for every order of what to make first, and every closed economy."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from autarky.errors import AutarkyError
from autarky.plan.closed_growth import balanced_growth
from autarky.plan.first import first, greedy, residual, start
from autarky.plan.home import home_of
from autarky.table import Table
from strategies import tables


def order_of(table, region):
    """The order, or no example where there is none: one region, nothing imported or made."""
    try:
        return first(table, region, elasticities=4.0)
    except AutarkyError:
        assume(False)


@given(table=tables(max_regions=4, max_sectors=5, zeros=True), r=st.integers(0, 3))
def test_steps_add_up_and_end_where_a_fresh_computation_ends(table, r):
    assume(len(table.regions) > 1)
    region = table.regions[r % len(table.regions)]
    home = home_of(table, region)
    able = np.flatnonzero((home.output > 0) & (home.imports > 0))
    assume(able.size > 0)
    steps, end = greedy(home, able, "imports")
    before = start(home).left
    scale = abs(before) + home.output.sum()
    assert abs(before - sum(s["fall"] for s in steps) - end.left) <= 1e-9 * scale
    assert residual(home, end, able) <= 1e-9
    # What is used takes imports in; what is taken from stock (negative) may put some back.
    if min(home.use_domestic.min(), home.use_imported.min(), home.final_use.min()) >= 0:
        assert all(s["left"] <= before + 1e-9 * scale for s in steps)


@given(table=tables(max_regions=4, max_sectors=4), factor=st.sampled_from([1e-3, 7.0, 1e6]))
def test_the_unit_of_money_does_not_matter(table, factor):
    region = table.regions[0]
    one = order_of(table, region)
    scaled = Table(
        Z=factor * table.Z,
        Y=factor * table.Y,
        x=factor * table.x,
        value_added=factor * table.value_added,
        industries=table.industries,
        uses=table.uses,
        year=table.year,
    )
    other = first(scaled, region, elasticities=4.0)
    np.testing.assert_allclose(other["break_even"], one["break_even"], rtol=1e-6)
    np.testing.assert_allclose(
        other["embodied_imports"], factor * one["embodied_imports"], rtol=1e-9
    )
    np.testing.assert_allclose(other["home_content"], one["home_content"], rtol=1e-9)
    np.testing.assert_array_equal(other["starts_with"], one["starts_with"])


@given(table=tables(max_regions=4, max_sectors=4, negatives=False))
def test_nothing_made_at_home_takes_more_than_all_imports_out(table):
    one = order_of(table, table.regions[0])
    whole = one["embodied_imports"][0]
    assert (one["import_fall_alone"] <= whole * (1 + 1e-9)).all()
    assert (one["import_fall_alone"] >= -1e-9 * whole).all()
    assert (one["home_content"] > -1e-12).all()
    assert (one["home_content"] <= 1 + 1e-12).all()


@given(seed=st.integers(0, 2**31 - 1), size=st.integers(1, 8))
def test_growth_lies_between_the_extremes_of_any_plan(seed, size):
    """Collatz and Wielandt: min (Mx)/x ≤ ρ ≤ max (Mx)/x for any x > 0."""
    rng = np.random.default_rng(seed)
    M = rng.random((size, size)) * 0.5 + 1e-3
    radius = balanced_growth(M).radius
    x = rng.random(size) + 0.1
    ratio = (M @ x) / x
    assert ratio.min() - 1e-9 <= radius <= ratio.max() + 1e-9
