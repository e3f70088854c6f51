"""Upstreamness and downstreamness against the equations, and each guard."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.measure.position import inventory_scale, position, steps
from autarky.table import Table
from strategies import ragged_table, random_table


def by_hand(table, N):
    """U, D, F/GO and VA/GO with an explicit inverse, where every industry has output."""
    x, eye = table.x, np.eye(table.n)
    Z = table.Z * (x / (x - N))[:, None]
    F = (table.Y.sum(axis=1) - N) * x / (x - N)
    U = np.linalg.inv(eye - Z / x[:, None]) @ np.ones(table.n)
    D = np.ones(table.n) @ np.linalg.inv(eye - Z / x)
    return U, D, F / x, 1 - Z.sum(axis=0) / x


@pytest.mark.parametrize("build", [random_table, ragged_table])
@pytest.mark.parametrize("treatment", ["correct", "ignore"])
def test_agrees_with_the_explicit_inverse(build, treatment):
    table = build(3, F=3, negatives=True)
    N = table.Y[:, table.uses.of_kind("inventories")].sum(axis=1)
    assert (N < 0).any()
    result = position(table, inventories=treatment)
    want = by_hand(table, N if treatment == "correct" else np.zeros(table.n))
    for name, values in zip(("upstreamness", "downstreamness", "f_go", "va_go"), want, strict=True):
        np.testing.assert_allclose(result[name], values, rtol=1e-12)


def test_correction_makes_rows_and_columns_close():
    table = random_table(5, F=3, negatives=True)
    N = table.Y[:, table.uses.of_kind("inventories")].sum(axis=1)
    scale = inventory_scale(table.x, N)
    result = position(table)
    sold = scale * table.Z.sum(axis=1) / table.x
    np.testing.assert_allclose(result["f_go"] + sold, 1.0, rtol=1e-12)


def test_by_region_is_the_position_of_the_collapsed_table():
    table = random_table(1, R=4, F=2)
    collapsed = table.aggregate(sectors={"all": table.sectors.labels})
    a, b = position(table, by="region"), position(collapsed)
    np.testing.assert_array_equal(a["upstreamness"], b["upstreamness"])
    frame = a.tidy()
    assert set(frame["sector"]) == {"total"}
    assert not frame.duplicated(["region", "sector", "variable"]).any()
    assert a.provenance.steps[-1].verb == "aggregate"


def test_world_is_the_mean_by_output():
    table = random_table(2, F=2)
    result = position(table)
    world = result.value("upstreamness", region="total", sector="total")
    assert world == pytest.approx(table.x @ result["upstreamness"] / table.x.sum(), rel=1e-14)


def test_a_selection_keeps_the_numbers():
    table = random_table(2, F=2)
    everything, some = position(table), position(table, regions="USA", sectors=["c2", "c4"])
    for sector in ("c2", "c4"):
        at = {"region": "USA", "sector": sector}
        assert some.value("downstreamness", **at) == everything.value("downstreamness", **at)
    assert some["upstreamness"].shape == (2,)


def test_an_industry_without_output_reads_zero_and_is_counted():
    table = random_table(7, zero_outputs=2, F=2)
    dead = table.x <= 0
    result = position(table)
    for name in result.variables:
        assert not result[name][dead].any()
    assert result["upstreamness"][~dead].min() >= 1
    assert any("no output in 2 industries" in w for w in result.warnings)


def test_sales_of_an_industry_without_output_do_not_break_the_identity():
    Z = np.array([[10.0, 20.0, 5.0], [30.0, 5.0, 5.0], [2.0, 3.0, 1.0]])
    x = np.array([100.0, 90.0, 0.0])
    U, D, _ = steps(Z, x, inventory_scale(x, np.zeros(3)), [0, 3])
    assert U[2] == D[2] == 0
    assert x @ U == pytest.approx(x @ D, rel=1e-14)


def test_says_when_there_are_no_inventories_to_correct():
    table = random_table(1, F=1)
    assert any("no column of inventories" in w for w in position(table).warnings)
    assert not position(table, inventories="ignore").warnings


def test_says_when_all_output_goes_into_stock():
    table = Table.from_arrays(
        [[10, 0], [0, 5]], [[60, 30], [5, 10]], regions=["A"], sectors=["s1", "s2"],
        uses=["c", "n"], use_kinds=["final", "inventories"], x=[100, 10],
    )  # fmt: skip
    result = position(table)
    assert any("1 industries put all they make into stock (A:s2)" in w for w in result.warnings)
    assert result.value("upstreamness", region="A", sector="s2") == pytest.approx(1 / (1 - 0.5))


def test_a_row_that_only_builds_stocks_keeps_its_size():
    scale = inventory_scale(np.array([10.0, 10, 10, 0, 10]), np.array([5.0, 10, 12, 3, -10]))
    np.testing.assert_array_equal(scale, [2, 1, 1, 0, 0.5])


def test_guards():
    table = random_table()
    with pytest.raises(OptionError, match="by='sector' is not one of"):
        position(table, by="sector")
    with pytest.raises(OptionError, match="inventories='yes' is not one of"):
        position(table, inventories="yes")
    with pytest.raises(OptionError, match="leave sectors= out"):
        position(table, by="region", sectors="c1")
    with pytest.raises(LabelError, match="unknown region: 'Germny'"):
        position(table, regions="Germny")
    with pytest.raises(LabelError, match="unknown sectors: 'c98', 'c99'"):
        position(table, sectors=["c98", "c99"])
