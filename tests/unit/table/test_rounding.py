"""What rounding dropped comes back: as in the reference code, and as the step says."""

import importlib.util

import numpy as np
import pytest

from autarky.errors import OptionError
from autarky.table import Table
from strategies import ragged_table, random_table


def _rounded(table, step=1.0):
    """The table as a source that rounds to whole units would publish it, with exact output."""
    Z, Y = np.rint(table.Z / step) * step, np.rint(table.Y / step) * step
    kept = Table(
        Z=Z, Y=Y, x=table.x, value_added=table.x - Z.sum(axis=0),
        industries=table.industries, uses=table.uses, unit=table.unit,
    )  # fmt: skip
    return kept


@pytest.fixture(scope="session")
def reference(shared):
    path = shared / "wiod2013" / "unround.py"
    if not path.is_file():
        pytest.skip("no reference code beside the real data")
    spec = importlib.util.spec_from_file_location("unround", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.unround


@pytest.fixture(scope="session")
def wiod(wiod2013_raw, reference):
    """1995 as published, restored here, and restored by the reference."""
    raw = wiod2013_raw(1995)
    published = Table.from_arrays(
        raw["Z"], raw["Y"], x=raw["x"],
        regions=[f"R{i}" for i in range(41)], sectors=[f"c{i}" for i in range(35)],
        uses=[f"f{i}" for i in range(5)],
    )  # fmt: skip
    return published, published.restore_rounding(), reference(raw["Z"], raw["Y"], raw["x"])


def test_a_real_year_equals_the_reference_where_there_is_output(wiod):
    published, restored, (Z, Y) = wiod
    live = published.x > 0
    assert (~live).sum() > 10
    np.testing.assert_allclose(restored.Z[live], Z[live], rtol=0, atol=1e-9)
    np.testing.assert_allclose(restored.Y[live], Y[live], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(restored.Z[~live], published.Z[~live])
    np.testing.assert_array_equal(restored.Y[~live], published.Y[~live])


def test_a_real_year_gets_back_what_the_step_says(wiod):
    published, restored, _ = wiod
    (step,) = restored.provenance.steps
    added = restored.Z.sum() + restored.Y.sum() - published.Z.sum() - published.Y.sum()
    assert step.effect["restored"] == pytest.approx(added, rel=1e-9)
    need = published.x - published.Z.sum(axis=1) - published.Y.sum(axis=1)
    assert step.effect["restored"] == pytest.approx(need[need > 0].sum(), rel=1e-3)
    gaps = restored.x - restored.Z.sum(axis=1) - restored.Y.sum(axis=1)
    assert step.effect["largest_row_still_open"] == pytest.approx(np.abs(gaps).max(), rel=1e-12)


def test_a_real_year_keeps_every_published_cell(wiod):
    published, restored, _ = wiod
    for name in ("Z", "Y"):
        old, new = getattr(published, name), getattr(restored, name)
        np.testing.assert_array_equal(new[old != 0], old[old != 0])
        assert new[old == 0].min() >= 0
        assert new[old == 0].max() <= 0.5
    np.testing.assert_array_equal(restored.x, published.x)
    np.testing.assert_array_equal(restored.value_added, published.x - restored.Z.sum(axis=0))


@pytest.mark.parametrize("make", [random_table, ragged_table])
@pytest.mark.parametrize("power", [0.0, 0.25, 1.0])
def test_rows_come_closer_to_output_and_cells_stay_below_half_a_unit(make, power):
    table = _rounded(make(3, F=2, zero_outputs=1), step=8.0)
    restored = table.restore_rounding(step=8.0, power=power)
    before = table.x - table.Z.sum(axis=1) - table.Y.sum(axis=1)
    after = restored.x - restored.Z.sum(axis=1) - restored.Y.sum(axis=1)
    short = before > 1e-9
    assert np.mean(after[short] < before[short]) > 0.5
    assert np.all(after[short] <= before[short])
    assert np.all(after[short] > -1e-8)
    np.testing.assert_array_equal(after[~short], before[~short])
    added = restored.Z - table.Z
    assert added.min() >= 0
    assert added.max() <= 4.0
    assert np.all(added[table.Z != 0] == 0)
    idle = table.x == 0
    assert np.all(restored.Z[:, idle] == 0)


def test_the_step_and_its_parameters_are_recorded():
    step = _rounded(random_table(0), 4.0).restore_rounding(step=4.0, power=0.5).provenance.steps[-1]
    assert step.verb == "restore_rounding"
    assert dict(step.parameters) == {"step": 4.0, "power": 0.5}
    assert step.effect["restored"] > 0


def test_a_row_by_hand():
    # Row s1 is short by 0.8; its zero cells are Z[0, 1] and Y[0, 0] (of region A), and the other
    # buyers of s1 take 0, so all goes by the use of product s1: 16 by s2 and 1 by final use.
    table = Table.from_arrays(
        [[5.0, 0.0, 0.0, 0.0], [1.0] * 4, [0.0, 16.0, 1.0, 1.0], [1.0] * 4],
        [[0.0, 9.0], [5.0, 5.0], [1.0, 4.0], [5.0, 5.0]],
        x=[14.51, 14.0, 23.0, 14.0], regions=["A", "B"], sectors=["s1", "s2"],
    )  # fmt: skip
    restored = table.restore_rounding()
    # Weights (16, 1, 1, 1)^(1/4) = (2, 1, 1, 1): shares of 0.51.
    np.testing.assert_allclose(restored.Z[0], [5.0, 0.204, 0.102, 0.102], rtol=1e-12)
    np.testing.assert_allclose(restored.Y[0], [0.102, 9.0], rtol=1e-12)
    np.testing.assert_array_equal(restored.Z[1:], table.Z[1:])


@pytest.mark.parametrize("step", [0.0, -1.0, float("nan"), float("inf")])
def test_a_step_out_of_range_is_refused(step):
    with pytest.raises(OptionError, match="step is"):
        random_table(0).restore_rounding(step=step)


@pytest.mark.parametrize("power", [-0.1, 1.1, float("nan")])
def test_a_power_out_of_range_is_refused(power):
    with pytest.raises(OptionError, match=r"power is .*\[0, 1\]"):
        random_table(0).restore_rounding(power=power)
