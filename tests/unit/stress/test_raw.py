"""WIOD as published: the models of quantities name what they do to it, or refuse it cell by cell.

It has 352 negative cells of final use, of which 43 are left once the uses of a region are added
up, and 21 industries without output.
"""

import numpy as np
import pytest

from autarky.errors import TableError
from autarky.shocks import Embargo, Scenario
from autarky.sources import wiod2013
from autarky.stress import Inventory, Rationing
from autarky.stress.treated import refuse_faults, treated

CUT = Embargo(exporters="RUS", importers=["DEU", "FRA", "POL"], sectors=["c2", "c8", "c17"])
SCENARIO = Scenario("no-russian-energy", [CUT], horizon=60)
MODEL = Inventory(days=15, reorder="none", sensitivity="none")


@pytest.fixture(scope="module")
def raw(shared):
    return wiod2013.read(shared / "wiod2013", 2011)


def negative(raw):
    """(industry, region) labels of what final users of a region take less than nothing of."""
    final = raw.Y.reshape(raw.n, len(raw.regions), -1).sum(axis=2)
    return [
        f"{raw.industries.label(int(i))} → {raw.regions[int(r)]} final use"
        for i, r in np.argwhere(final < 0)
    ]


def test_the_table_is_as_bad_as_that(raw):
    assert (raw.Y < 0).sum() == 352
    assert (raw.Z >= 0).all()
    assert len(negative(raw)) == 43
    assert (raw.x == 0).sum() == 21


def test_the_inventory_model_runs_on_it_and_names_what_it_did(raw):
    impact = MODEL.run(raw, SCENARIO)
    assert impact.residuals["conservation"] <= 1e-9
    said = "; ".join(impact.treatments)
    assert "final uses of a region added up, 352 of them negative" in said
    assert "43 negative final uses of a region (1.125e+04 million USD) set to 0" in said
    assert "output taken as the sum of sales" in said
    assert np.isfinite(impact["output_path"]).all()
    by_region = [f for f in impact.fields if f.variable in {"output", "final_use"}]
    assert all(np.isfinite(f.values).all() for f in by_region if f.values.ndim == 1)
    # Percent of nothing is the only thing that is left open.
    (output,) = (f for f in by_region if f.variable == "output" and f.values.ndim == 2)
    idle = treated(raw)[0].x.reshape(output.values.shape) == 0
    assert np.array_equal(np.isnan(output.values), idle)
    assert idle.sum() == 22  # and MLT:c8, whose published output of half a million nobody buys


def test_the_inventory_model_refuses_it_with_every_cell(raw):
    model = Inventory(days=15, sensitivity="none", faults="refuse")
    with pytest.raises(TableError, match="43 negative final uses of a region") as caught:
        model.run(raw, SCENARIO)
    assert "AUT:c5 → AUT final use" in str(caught.value)
    assert "and 37 more" in str(caught.value)
    (problem,) = caught.value.problems
    assert problem.partition("): ")[2].split(", ") == negative(raw)


def test_the_treated_table_is_not_refused(raw):
    table, _ = treated(raw)
    refuse_faults(table, "inventory model")
    assert (
        Inventory(faults="refuse", sensitivity="none", horizon=2)
        .run(table, Scenario("cut", [CUT], horizon=2))
        .treatments
        == ()
    )


def test_the_window_program_starts_from_the_same_treatment(raw):
    program = Rationing(horizon=60).program(raw, SCENARIO)
    clean = Rationing(horizon=60).program(treated(raw)[0], SCENARIO)
    assert program.A.shape == clean.A.shape
    assert np.allclose(program.upper, clean.upper, rtol=1e-12)
    assert np.allclose(program.high, clean.high, rtol=1e-12)
