"""From a table to daily flows: treatments by name, refusals, a base at rest."""

import numpy as np
import pytest

from autarky import Table
from autarky.errors import TableError
from autarky.stress.inventory.economy import DAYS, economy
from strategies import ragged_table, random_table


def test_flows_are_the_table_by_day():
    table = random_table(1, R=3, S=4, F=2)
    e = economy(table)
    assert e.treatments == ()
    assert (e.n, e.R, e.S) == (12, 3, 4)
    assert e.B[:, :12] * DAYS == pytest.approx(table.Z, rel=1e-14)
    assert e.B[:, 12:] * DAYS == pytest.approx(table.Y_by_region, rel=1e-14)
    assert e.x * DAYS == pytest.approx(table.x, rel=1e-12)
    assert e.value_added * DAYS == pytest.approx(table.value_added, rel=1e-9)
    assert e.a[2, 5] == pytest.approx(table.Z[2::4, 5].sum() / table.x[5], rel=1e-12)


def test_a_ragged_table_keeps_its_products():
    table = ragged_table(4, counts=(3, 3, 2, 3))
    e = economy(table)
    assert e.W.shape == (3, table.n + 4)
    assert e.W.sum() == pytest.approx(e.B.sum(), rel=1e-12)


def test_negative_final_use_is_set_to_zero_and_said():
    table = random_table(2, R=3, S=4, F=1, negatives=True)
    count = int((table.Y_by_region < 0).sum())
    assert count > 0
    e = economy(table)
    assert e.B.min() == 0.0
    assert e.treatments[0].startswith(f"{count} negative final uses of a region")
    assert "output taken as the sum of sales" in e.treatments[1]
    assert e.x == pytest.approx(e.B.sum(axis=1), rel=1e-15)


def test_negative_cells_are_listed_when_refused():
    table = random_table(2, R=3, S=4, F=1, negatives=True)
    i, r = np.argwhere(table.Y_by_region < 0)[0]
    cell = f"{table.regions[i // 4]}:{table.sectors[i % 4]} → {table.regions[r]} final use"
    with pytest.raises(TableError, match="negative final uses") as caught:
        economy(table, faults="refuse")
    assert cell in str(caught.value)
    assert len(caught.value.problems) == 1


def test_who_sells_nothing_buys_nothing():
    table = random_table(1, R=3, S=4)
    Z, Y = table.Z.copy(), table.Y.copy()
    Z[5], Y[5] = 0.0, 0.0
    broken = Table.from_arrays(Z, Y, regions=table.regions, sectors=table.sectors)
    e = economy(broken)
    assert not e.B[:, 5].any()
    assert e.x[5] == 0.0
    assert "purchases of 1 industries without sales set to 0: FRA:c2" in e.treatments
    with pytest.raises(TableError, match="FRA:c2"):
        economy(broken, faults="refuse")


def test_an_empty_region_is_named():
    table = random_table(1, R=3, S=4)
    Y = table.Y.copy()
    Y[:, 1] = 0.0
    with pytest.raises(TableError, match="FRA"):
        economy(Table.from_arrays(table.Z, Y, regions=table.regions, sectors=table.sectors))
