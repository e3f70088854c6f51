"""What holds for every extraction from every table."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autarky.measure.extraction import extraction
from autarky.table import Table
from strategies import permutations, permuted, random_table, tables


def links(table, account, cells):
    """(R,) loss from a fresh solve without the cells (rows, buyers) of A and Y, and the totals."""
    A, Y = table.A.copy(), table.Y_by_region.copy()
    for rows, j in cells:
        A[rows, table.industries.block(int(j))] = 0.0
        Y[rows, j] = 0.0
    weight = table.v if account == "value_added" else np.ones(table.n)
    eye = np.eye(table.n)
    before = np.linalg.solve(eye - table.A, table.Y_by_region.sum(axis=1))
    after = np.linalg.solve(eye - A, Y.sum(axis=1))
    by_region = table.industries.sum_by_region
    return by_region(weight * (before - after)), by_region(weight * before)


@given(
    table=tables(max_regions=5, max_sectors=5),
    account=st.sampled_from(["value_added", "output"]),
    data=st.data(),
)
def test_woodbury_equals_a_fresh_solve(table, account, data):
    """Random blocks, rows and countries, with idle industries, ragged axes, negative stocks."""
    R = len(table.regions)
    assume(R > 1)
    i = data.draw(st.integers(0, R - 1), label="seller")
    j = data.draw(st.integers(0, R - 1).filter(lambda r: r != i), label="buyer")
    names, home = table.regions.labels, table.industries.block(i)
    k = data.draw(st.integers(home.start, home.stop - 1), label="row")
    abroad = [r for r in range(R) if r != i]
    cases = {
        "links": ([(home, j)], {"regions": names[i], "partners": names[j]}),
        "rows": (
            [(k, j)],
            {
                "regions": names[i],
                "partners": names[j],
                "sectors": table.sectors[table.industries.sector_of[k]],
            },
        ),
        "countries": (
            [(home, r) for r in abroad] + [(table.industries.block(r), i) for r in abroad],
            {"regions": names[i]},
        ),
    }
    for what, (cells, options) in cases.items():
        loss, total = links(table, account, cells)
        result = extraction(table, what=what, account=account, full=True, **options)
        found = result[f"{account}_loss_amount"][:, 0]
        np.testing.assert_allclose(found, loss, rtol=0, atol=1e-9 * total.sum(), err_msg=what)


@given(table=tables(negatives=False))
def test_nobody_gains_and_nobody_loses_more_than_everything(table):
    assume(len(table.regions) > 1)
    for what in ("links", "rows", "countries"):
        loss = extraction(table, what=what, full=True)["value_added_loss"]
        assert loss.min() > -1e-9
        assert loss.max() < 100 + 1e-9


@given(table=tables(ragged=False, max_sectors=3), data=st.data())
def test_order_of_regions_and_sectors_does_not_matter(table, data):
    assume(len(table.regions) > 1)
    other = permuted(
        table,
        data.draw(permutations(len(table.regions))),
        data.draw(permutations(len(table.sectors))),
    )
    for what in ("links", "rows", "countries"):
        a, b = (extraction(t, what=what).tidy() for t in (table, other))
        keys = [c for c in a.columns if c not in ("value", "time", "unit")]
        both = a.merge(b, on=keys, how="outer", suffixes=("", "_other"))
        assert len(both) == len(a)
        np.testing.assert_allclose(
            both["value"], both["value_other"], rtol=1e-8, atol=1e-9 * table.x.sum()
        )


@given(table=tables(ragged=False), factor=st.sampled_from([1e-6, 1e3, 7.0]))
def test_another_unit_changes_amounts_and_no_share(table, factor):
    assume(len(table.regions) > 1)
    other = Table.from_arrays(
        table.Z * factor,
        table.Y * factor,
        regions=table.regions,
        sectors=table.sectors,
        uses=table.uses.categories,
        x=table.x * factor,
    )
    for what, part in (("links", "seller"), ("rows", "seller"), ("countries", "own")):
        a, b = extraction(table, what=what), extraction(other, what=what)
        name = f"value_added_loss_{part}"
        np.testing.assert_allclose(a[name], b[name], rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(
            a[f"{name}_amount"] * factor,
            b[f"{name}_amount"],
            rtol=1e-8,
            atol=1e-9 * factor * table.x.sum(),
        )


@given(table=tables(ragged=False, zeros=False))
def test_an_empty_region_changes_nothing(table):
    assume(len(table.regions) > 1)
    S, K = len(table.sectors), len(table.uses.categories)
    more = Table.from_arrays(
        np.pad(table.Z, (0, S)),
        np.pad(table.Y, ((0, S), (0, K))),
        regions=[*table.regions, "NIL"],
        sectors=table.sectors,
        uses=table.uses.categories,
    )
    a = extraction(table).tidy()
    b = extraction(more).tidy()
    nil = (b["region"] == "NIL") | (b["partner"] == "NIL")
    assert (b.loc[nil, "value"].abs() < 1e-12).all()
    np.testing.assert_allclose(b.loc[~nil, "value"], a["value"], rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_rows_of_a_link_lose_at_least_what_the_link_does(seed):
    """One by one, each row's loss includes what it feeds through the others: the sum is larger."""
    table = random_table(seed, R=4, S=4)
    rows = extraction(table, what="rows").tidy("value_added_loss_world_amount")
    each = rows.groupby(["region", "partner"])["value"].sum()
    link = extraction(table).tidy("value_added_loss_world_amount")
    whole = link.set_index(["region", "partner"])["value"]
    assert (each.reindex(whole.index) >= whole * (1 - 1e-12)).all()
