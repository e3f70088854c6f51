"""Imports along a path by bloc of suppliers."""

import numpy as np
import pytest

import autarky
from autarky.errors import LabelError, OptionError
from autarky.plan import Goal, Pathway, calibrate
from autarky.plan.pathway.suppliers import blocs_of, imports_by_region
from small_economies import three

MODEL = Pathway(band=None, growth=0.02, interest=0.06, seek=False)


@pytest.fixture(scope="module")
def table():
    return three()


def test_suppliers_keep_their_shares_where_no_goal_names_them(table):
    one = MODEL.prepare(table, Goal(region="A", sectors="goods", share=0.9, by=3)).solved()
    base = one.setting.base
    found = imports_by_region(one, 3)
    np.testing.assert_allclose(found.sum(axis=0), one.best["m"][3], rtol=1e-9)
    share = base.suppliers / base.imports
    np.testing.assert_allclose(found / found.sum(axis=0), share, rtol=1e-9)


def test_a_goal_takes_from_its_partner_alone(table):
    goal = Goal(region="A", sectors="parts", partner="B", share=0.05, by=3)
    one = MODEL.prepare(table, goal).solved()
    found = imports_by_region(one, 3)
    used = one.best["u"][3, 1]
    assert found[1, 1] / used == pytest.approx(one.reached(one.setting.targets[0]), rel=1e-9)
    assert found[2, 1] > one.setting.base.suppliers[2, 1]
    np.testing.assert_allclose(found.sum(axis=0), one.best["m"][3], rtol=1e-9)


def test_blocs_are_the_largest_suppliers_and_the_others():
    world = autarky.open("world", 2011)
    base = calibrate(world, "DEU")
    blocs = blocs_of(world, base, 8)
    assert len(blocs) == 9
    assert blocs[-1][0] == "others"
    everyone = np.sort(np.concatenate([where for _, where in blocs]))
    assert len(everyone) == len(world.regions) - 1
    largest = [base.suppliers[where].sum() for _, where in blocs[:-1]]
    assert largest == sorted(largest, reverse=True)


def test_named_blocs_and_the_plan_by_partner(table):
    model = Pathway(band=None, growth=0.02, interest=0.06, blocs={"west": "B"})
    plan = model.solve(table, Goal(region="A", sectors="goods", share=0.85, by=3))
    found = plan.tidy("imports")
    by_bloc = found[found["partner"] != "total"]
    assert set(by_bloc["partner"]) == {"west", "others"}
    assert set(by_bloc["time"]) == {2003}
    for sector, part in by_bloc.groupby("sector"):
        whole = plan.value("imports", sector=sector, time=2003, partner="total")
        assert part["value"].sum() == pytest.approx(whole)


def test_blocs_that_overlap_or_are_unknown(table):
    base = calibrate(table, "A", growth=0.02)
    with pytest.raises(OptionError, match="may not share a region or hold A itself: B"):
        blocs_of(table, base, {"one": "B", "two": ["B", "C"]})
    with pytest.raises(OptionError, match="may not share a region or hold A itself: A"):
        blocs_of(table, base, {"one": "A"})
    with pytest.raises(LabelError, match="unknown region or group: 'D'"):
        blocs_of(table, base, {"one": "D"})
    with pytest.raises(OptionError, match="blocs is -1"):
        blocs_of(table, base, -1)
    assert [name for name, _ in blocs_of(table, base, {"all": ["B", "C"]})] == ["all"]
    assert [name for name, _ in blocs_of(table, base, 0)] == ["others"]


def test_jobs_go_with_output():
    world = autarky.open("world", 2011)
    plan = MODEL.solve(world, Goal(region="DEU", domain="electronics", share=0.4, by=2))
    base = calibrate(world, "DEU")
    at = world.sectors.position("electronics")
    jobs = plan.value("jobs", sector="electronics", time=2013)
    made = plan.value("output", sector="electronics", time=2013)
    assert jobs / base.persons[at] == pytest.approx(made / base.x[at])
