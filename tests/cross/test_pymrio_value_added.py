"""Value added by origin against pymrio's footprint accounts, computed by its own path."""

import numpy as np
import pytest

from autarky.measure.exports import value_added_in_exports
from autarky.measure.origin import value_added_origin
from autarky.table import Table
from strategies import random_table

pymrio = pytest.importorskip("pymrio", reason="pymrio is in the test group")
pd = pytest.importorskip("pandas")


def footprints(table, arithmetic):
    """(R, R) value added of each region (rows) in the final use of each (columns), by pymrio."""
    with arithmetic():
        system = table.to_pymrio()
        rows = np.where(
            np.arange(len(table.regions))[:, None] == table.industries.region_of,
            table.value_added,
            0.0,
        )
        system.value_added = pymrio.Extension(
            name="value_added",
            F=pd.DataFrame(rows, index=list(table.regions), columns=system.Z.columns),
        )
        system.calc_all()
        found = system.value_added.D_cba_reg
    return found.loc[list(table.regions), list(table.regions)].to_numpy()


def compare(table, arithmetic):
    expected = footprints(table, arithmetic)
    result = value_added_origin(table)
    np.testing.assert_allclose(
        result["va_origin"], expected, rtol=1e-9, atol=1e-10 * float(table.x.sum())
    )
    abroad = expected.sum(axis=1) - np.diag(expected)
    np.testing.assert_allclose(value_added_in_exports(table)["vax"], abroad, rtol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_made_up_tables(seed, peer_arithmetic):
    compare(random_table(seed, R=5, S=6, F=3, zero_outputs=2), peer_arithmetic)


def test_lrwiod2000(shared_npz, peer_arithmetic):
    raw = shared_npz("lrwiod2000/lrwiod2000.npz")
    table = Table.from_arrays(
        raw["Z"], raw["Y"], regions=raw["regions"].tolist(), sectors=raw["sectors"].tolist(),
        uses=raw["fd"].tolist(),
    )  # fmt: skip
    compare(table, peer_arithmetic)
