"""What to make first: every step against a fresh computation from the table."""

import numpy as np
import pytest

import autarky
from autarky import plan
from autarky.errors import LabelError, NotProductiveError, OptionError
from autarky.plan.first import greedy, groups, need_graph, next_steps, start
from autarky.plan.home import home_of
from autarky.table import Table


@pytest.fixture(scope="module")
def world():
    return autarky.open("world", 2011)


def embodied(home, at_home):
    """Embodied imports of home use, with some products made at home: computed afresh."""
    rows = np.isin(np.arange(len(home.output)), at_home)
    A_d = home.domestic + np.where(rows[:, None], home.imported, 0.0)
    A_m = np.where(rows[:, None], 0.0, home.imported)
    y_d = home.use_domestic + np.where(rows, home.use_imported, 0.0)
    y_m = np.where(rows, 0.0, home.use_imported)
    return A_m.sum(axis=0) @ np.linalg.solve(np.eye(len(rows)) - A_d, y_d) + y_m.sum()


# --- the accounts ---------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["DEU", "KOR", "ROW"])
def test_the_accounts_of_an_economy_close(world, region):
    home = home_of(world, region)
    made = home.domestic @ home.output + home.use_domestic + home.exports
    np.testing.assert_allclose(made, home.output, rtol=1e-9)
    measured = autarky.measure.self_sufficiency(world, regions=region)
    np.testing.assert_allclose(home.imports, measured["imports"][0], rtol=1e-9)
    np.testing.assert_allclose(home.exports, measured["exports"][0], rtol=1e-9)
    np.testing.assert_allclose(home.home_share, measured["home_share"][0], rtol=1e-9)


def test_embodied_imports_are_the_foreign_part_of_final_use(world):
    """Per unit of final use: imports at the border count once, whatever is behind them."""
    home = home_of(world, "DEU")
    result = plan.first(world, "DEU")
    assert result.value("embodied_imports", region="DEU") == pytest.approx(embodied(home, []))


# --- the order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["DEU", "KOR", "USA", "LUX"])
def test_each_step_is_the_fall_of_a_fresh_computation(world, region):
    home = home_of(world, region)
    rows = plan.first(world, region).tidy()
    wide = rows[rows["sector"] != "total"].pivot(index="sector", columns="variable", values="value")
    wide = wide.sort_values("first_rank")
    taken, before = [], embodied(home, [])
    for sector, row in wide.iterrows():
        taken.append(world.sectors.position(sector))
        after = embodied(home, taken)
        assert row["imports_left"] == pytest.approx(after, abs=1e-9 * embodied(home, []))
        assert row["import_fall"] == pytest.approx(before - after, abs=1e-9 * embodied(home, []))
        before = after
    assert before == pytest.approx(0.0, abs=1e-9 * embodied(home, []))


def test_the_best_next_product_is_taken(world):
    home = home_of(world, "DEU")
    at = np.arange(len(world.sectors))
    order, _ = greedy(home, at, "imports")
    taken = []
    for step in order[:6]:
        falls = {
            p: embodied(home, taken) - embodied(home, [*taken, p]) for p in at if p not in taken
        }
        assert step["fall"] == pytest.approx(max(falls.values()))
        assert falls[step["product"]] == max(falls.values())
        taken.append(step["product"])


def test_by_output_takes_most_imports_per_unit_of_new_output(world):
    home = home_of(world, "DEU")
    now = start(home)
    at = range(len(world.sectors))
    steps = next_steps(home, now, at)
    best = int(np.argmax(steps.fall / (steps.output * steps.spread)))
    result = plan.first(world, "DEU", by="output")
    assert result.value("first_rank", sector=world.sectors[best]) == 1.0


def test_new_output_is_that_of_a_fresh_computation(world):
    home = home_of(world, "DEU")
    result = plan.first(world, "DEU", products=["electronics"])
    e = world.sectors.position("electronics")
    rows = np.arange(len(home.output)) == e
    A = home.domestic + np.where(rows[:, None], home.imported, 0.0)
    y = home.use_domestic + np.where(rows, home.use_imported, 0.0)
    before = np.linalg.solve(np.eye(len(rows)) - home.domestic, home.use_domestic)
    after = np.linalg.solve(np.eye(len(rows)) - A, y)
    new = result.value("output_needed", sector="electronics")
    assert new == pytest.approx(after.sum() - before.sum())


def test_only_some_products(world):
    result = plan.first(world, "DEU", products=["metals", "electronics"])
    assert set(result.tidy(["first_rank"])["sector"]) == {"metals", "electronics"}


# --- groups and prices ----------------------------------------------------------------------------


def test_products_that_need_each_other_start_together():
    needs = np.zeros((5, 5), dtype=bool)
    needs[0, 1] = needs[1, 2] = needs[2, 0] = True  # a circle
    needs[3, 0] = True  # needs the circle, is not needed by it
    assert groups(needs).tolist() == [1, 1, 1, 2, 3]


def test_a_need_is_a_share_of_imports_in_cost(world):
    home = home_of(world, "KOR")
    needs = need_graph(home, 0.02)
    s = world.sectors.position
    assert needs[s("energy"), s("transport")] == (
        home.imported[s("transport"), s("energy")] >= 0.02
    )
    together = plan.first(world, "KOR")
    assert together.value("starts_with", sector="energy") == together.value(
        "starts_with", sector="transport"
    )


def test_break_even_on_a_hand_made_economy():
    """One product, half of its use made abroad: u (λ^(−1/θ) − 1) over imports."""
    table = Table.from_arrays(
        [[0, 0], [0, 0]], [[50, 50], [50, 50]], regions=["A", "B"], sectors=["s"]
    )
    result = plan.first(table, "A", elasticities=5.0)
    assert result.value("break_even", sector="s") == pytest.approx(100 * (2 ** (1 / 5) - 1) / 50)


def test_harder_to_replace_costs_more(world):
    short = plan.first(world, "DEU", horizon="short")["break_even"]
    assert (short >= plan.first(world, "DEU")["break_even"] - 1e-12).all()


# --- guards ---------------------------------------------------------------------------------------


def test_unknown_labels_suggest_the_nearest(world):
    with pytest.raises(LabelError, match="DEU"):
        plan.first(world, "GERMANY")
    with pytest.raises(LabelError, match="metals"):
        plan.first(world, "DEU", products=["metal"])


@pytest.mark.parametrize("need", [0.0, -0.1, 1.5])
def test_need_is_a_share(world, need):
    with pytest.raises(OptionError, match="share of cost"):
        plan.first(world, "DEU", need=need)


def test_by_has_two_values(world):
    with pytest.raises(OptionError, match="'imports', 'output'"):
        plan.first(world, "DEU", by="jobs")


def test_one_region_has_no_abroad():
    table = Table.from_arrays([[1.0]], [[9.0]], regions=["A"], sectors=["s"])
    with pytest.raises(OptionError, match="one region"):
        plan.first(table, "A")


def two_products(made):
    """A uses s and t; t is made at home only if asked."""
    return Table.from_arrays(
        np.zeros((4, 4)),
        [[90, 10], [made, 0], [0, 60], [40, 60]],
        regions=["A", "B"],
        sectors=["s", "t"],
    )


def test_a_product_not_made_at_home_is_named_and_left_out():
    with pytest.raises(OptionError, match="imports nothing that it could make"):
        plan.first(two_products(0.0), "A", elasticities=5.0)
    with pytest.raises(OptionError, match="t: not made in A"):
        plan.first(two_products(0.0), "A", products="t", elasticities=5.0)
    table = Table.from_arrays(
        [[0, 0, 0, 0], [0, 0, 0, 0], [10, 0, 0, 0], [0, 0, 0, 0]],
        [[90, 10], [0, 0], [0, 60], [40, 60]],
        regions=["A", "B"],
        sectors=["s", "t"],
    )
    result = plan.first(table, "A", elasticities=5.0)
    assert any("t: used but not made in A" in one for one in result.warnings)
    assert result.value("imports_left", sector="s") == pytest.approx(40.0)


def test_a_niche_is_named():
    result = plan.first(two_products(1.0), "A", elasticities=5.0)
    assert any("less than 10% of use is made" in one for one in result.warnings)


def test_industries_that_eat_more_than_they_make_are_refused():
    table = Table.from_arrays(
        [[150, 0], [0, 0]], [[-40, 0], [10, 50]], x=[100, 60], value_added=[-50, 60],
        regions=["A", "B"], sectors=["s"],
    )  # fmt: skip
    with pytest.raises(NotProductiveError, match="use up more than they make"):
        plan.first(table, "A", elasticities=5.0)


def test_a_product_that_would_eat_itself_is_refused():
    table = Table.from_arrays(
        [[50, 0], [60, 0]], [[50, 0], [10, 50]], x=[100, 120], value_added=[-10, 120],
        regions=["A", "B"], sectors=["s"],
    )  # fmt: skip
    with pytest.raises(NotProductiveError, match="if it made all of it at home"):
        plan.first(table, "A", elasticities=5.0)
