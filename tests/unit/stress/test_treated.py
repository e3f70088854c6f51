"""One treated table for all models: what is done to it, and that no model does more."""

import numpy as np
import pytest

from autarky import Table, sources
from autarky.shocks import Embargo, Scenario
from autarky.stress import Equilibrium, Inventory, Rationing
from autarky.stress.treated import treated

CUT = Scenario("cut", [Embargo(exporters="B", importers="A", share=0.5)], horizon=20)


def table_of(Z, Y, **options):
    return Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["c1", "c2", "c3"], **options)


@pytest.fixture
def faulty():
    """Negative flows, netted inventories, an industry that buys and never sells, and its maker."""
    rng = np.random.default_rng(7)
    Z, Y = rng.random((6, 6)), 5 * rng.random((6, 4))
    Z[0, 1] = -0.25  # a negative flow
    Y[0, 1] = -0.1  # less than what A uses otherwise
    Y[1, 2:] = 0.5, -2.0  # more than what B uses otherwise
    Z[5], Y[5] = 0.0, 0.0  # buys and never sells
    Z[4, :5], Y[4] = 0.0, 0.0  # sells to the idle one alone
    x = np.maximum(Z, 0).sum(axis=1) + Y.sum(axis=1) + 1.0
    return table_of(Z, Y, uses=["c", "i"], x=x)


def test_a_sound_table_stays_itself():
    rng = np.random.default_rng(1)
    table = table_of(rng.random((6, 6)), 5 * rng.random((6, 2)))
    assert treated(table) == (table, ())
    assert treated(table)[0] is table


def test_faults_are_mended_by_the_rules_and_told(faulty):
    table, said = treated(faulty)
    Z = np.maximum(faulty.Z, 0.0)
    Z[:, 4:] = 0.0  # the idle one, and then the one that sold to it alone
    Y = np.maximum(faulty.Y.reshape(6, 2, 2).sum(axis=2), 0.0)
    assert np.array_equal(table.Z, Z)
    assert np.array_equal(table.Y, Y)
    assert np.allclose(table.x, Z.sum(axis=1) + Y.sum(axis=1), rtol=1e-15)
    assert np.allclose(table.value_added, table.x - Z.sum(axis=0), rtol=1e-15)
    assert table.uses.categories.labels == ("final",)
    text = "; ".join(said)
    for words in (
        "2 of them negative",
        "1 negative intermediate flows (0.25 money",
        "1 negative final uses of a region (1.5 money",
        "purchases of 2 industries",
        "sum of sales",
    ):
        assert words in text
    step = table.provenance.steps[-1]
    assert step.verb == "treated"
    assert step.effect["negative intermediate flows"] == 0.25
    assert step.effect["industries emptied"] == 2
    assert treated(table) == (table, ())


def test_the_table_given_is_left_alone(faulty):
    before = faulty.Z.copy(), faulty.Y.copy(), faulty.provenance
    treated(faulty)
    assert np.array_equal(faulty.Z, before[0])
    assert np.array_equal(faulty.Y, before[1])
    assert faulty.provenance == before[2]


def quantities(table):
    return Inventory(sensitivity="none").run(table, CUT), Rationing().run(table, CUT)


def test_models_of_quantities_find_nothing_left_to_do(faulty):
    table, _ = treated(faulty)
    assert all(one.treatments for one in quantities(faulty))
    assert [one.treatments for one in quantities(table)] == [(), ()]


def test_and_say_the_same_as_without_it(faulty):
    for raw, clean in zip(quantities(faulty), quantities(treated(faulty)[0]), strict=True):
        for one, other in zip(raw.fields, clean.fields, strict=True):
            assert np.allclose(one.values, other.values, rtol=1e-9, atol=1e-9, equal_nan=True)


def test_on_the_embedded_table_the_equilibrium_has_no_negatives_left():
    world = sources.open("world", 2011)
    table, said = treated(world)
    assert any("17 negative final uses of a region" in one for one in said)
    cut = Scenario("cut", [Embargo(exporters="RUS", importers="DEU")], horizon=20)
    for model in (Inventory(sensitivity="none"), Rationing()):
        assert model.run(table, cut).treatments == ()
    left = Equilibrium().run(table, cut).treatments
    assert not any("negative" in one for one in left)


@pytest.mark.slow
def test_raw_wiod_is_treated_for_all(shared):
    from autarky.sources import wiod2013

    raw = wiod2013.read(shared / "wiod2013", 2011)
    table, said = treated(raw)
    assert any("43 negative final uses of a region" in one for one in said)
    cut = Scenario("cut", [Embargo(exporters="RUS", importers="DEU")], horizon=5)
    for model in (Inventory(sensitivity="none"), Rationing()):
        assert model.run(table, cut).treatments == ()
    assert not any("negative final" in one for one in Equilibrium().run(table, cut).treatments)
