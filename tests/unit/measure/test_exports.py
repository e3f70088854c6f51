"""Value added in exports against the papers' formulas with explicit inverses."""

import numpy as np
import pytest

from autarky.axes import Axis, Industries, Uses
from autarky.errors import ConvergenceError, LabelError, OptionError
from autarky.leontief import LeontiefOperator, operator
from autarky.measure.exports import (
    AMOUNTS,
    SHARES,
    domestic_inverses,
    value_added_in_exports,
    value_without,
)
from autarky.table import Table
from strategies import ragged_table, random_table

TABLES = {
    "regular": lambda: random_table(1, R=4, S=5, F=2, negatives=True),
    "zero outputs": lambda: random_table(2, R=3, S=4, zero_outputs=3),
    "ragged": lambda: ragged_table(3, counts=(2, 5, 1, 3), F=3, zero_outputs=1, negatives=True),
    "sparse": lambda: random_table(4, R=5, S=3, density=0.4),
    "one region": lambda: random_table(5, R=1, S=4),
    "one sector": lambda: random_table(6, R=5, S=1),
}


@pytest.fixture(params=TABLES, ids=str)
def table(request):
    return TABLES[request.param]()


def coefficients(table):
    A = np.zeros_like(table.Z)
    live = table.x > 0
    A[:, live] = table.Z[:, live] / table.x[live]
    v = np.where(live, 1 - A.sum(axis=0), 0.0)
    return A, v, np.linalg.inv(np.eye(table.n) - A)


def by_definition(table, s):
    """Every amount of exporter s by sector, from Borin & Mancini's definitions, no shortcut."""
    A, v, L = coefficients(table)
    R, Y = len(table.regions), table.Y_by_region
    block = [np.arange(table.n)[table.industries.block(r)] for r in range(R)]
    b, others = block[s], [r for r in range(R) if r != s]
    abroad = np.setdiff1d(np.arange(table.n), b)

    def exports(t):
        rows = block[t]
        out = np.zeros(table.n)
        for r in range(R):
            if r != t:
                out[rows] += table.Z[np.ix_(rows, block[r])].sum(axis=1) + Y[rows, r]
        return out

    e = exports(s)[b]
    home = np.linalg.inv(np.eye(b.size) - A[np.ix_(b, b)])
    own = v[b] @ home
    dc = (v[b] @ L[np.ix_(b, b)]) * e
    fc = (v[abroad] @ L[np.ix_(abroad, b)]) * e
    # The inverse of the table in which nobody buys inputs from s but s itself.
    cut = A.copy()
    cut[np.ix_(b, abroad)] = 0.0
    fva = (v[abroad] @ np.linalg.inv(np.eye(table.n) - cut)[np.ix_(abroad, b)]) * e

    def traced(final_user):
        """Exports of s that end in the final use of one region, by exporting sector."""
        q = L @ Y[:, final_user]
        direct = Y[b, final_user] if final_user != s else 0.0
        return direct + A[np.ix_(b, abroad)] @ q[abroad]

    davax = np.zeros(b.size)
    vs1 = np.zeros(b.size)
    for r in others:
        c = block[r]
        inverse = np.linalg.inv(np.eye(c.size) - A[np.ix_(c, c)])
        davax += own * (Y[b, r] + A[np.ix_(b, c)] @ inverse @ Y[c, r])
        vs1 += own * (A[np.ix_(b, abroad)] @ (L @ exports(r))[abroad])
    dva = own * e
    return {
        "exports": e,
        "dc": dc,
        "dva": dva,
        "vax": own * sum((traced(k) for k in others), start=np.zeros(b.size)),
        "ref": own * traced(s),
        "ddc": dc - dva,
        "fc": fc,
        "fva": fva,
        "fdc": fc - fva,
        "davax": davax,
        "vs": fc,
        "vs1": vs1,
    }


def close(got, expected, scale):
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-11 * scale)


def test_by_sector_follows_the_definitions(table):
    result = value_added_in_exports(table, by="sector")
    for s in range(len(table.regions)):
        block = table.industries.block(s)
        for name, expected in by_definition(table, s).items():
            close(result[name][block], expected, table.x.sum())


def test_totals_of_vax_and_vs1_are_those_of_johnson_noguera_and_koopman_wang_wei(table):
    _, v, L = coefficients(table)
    sums, R = table.industries.sum_by_region, len(table.regions)
    exported = np.zeros((table.n, R))
    for s in range(R):
        block = table.industries.block(s)
        exported[block, s] = by_definition(table, s)["exports"]
    absorbed = sums(v[:, None] * (L @ table.Y_by_region))
    passed_on = sums(v[:, None] * (L @ exported))
    result = value_added_in_exports(table)
    close(result["vax"], absorbed.sum(axis=1) - np.diag(absorbed), table.x.sum())
    close(result["vs1"], passed_on.sum(axis=1) - np.diag(passed_on), table.x.sum())


def test_totals_are_sums_of_sectors_and_shares_are_shares(table):
    total, sectors = value_added_in_exports(table), value_added_in_exports(table, by="sector")
    for name in AMOUNTS:
        sums = table.industries.sum_by_region(sectors[name])
        np.testing.assert_allclose(total[name], sums, rtol=1e-12, atol=1e-12 * table.x.sum())
    sold = total["exports"]
    for name, signs in SHARES.items():
        expected = sum(sign * total[amount] for amount, sign in signs.items())
        np.testing.assert_allclose(total[name] * sold, expected, atol=1e-9, rtol=1e-12)
    np.testing.assert_allclose(
        total["gvc"], total["gvc_backward"] + total["gvc_forward"], atol=1e-14
    )


def test_some_regions_are_those_of_all(table):
    everybody = value_added_in_exports(table, by="sector")
    label = table.regions[len(table.regions) - 1]
    one = value_added_in_exports(table, regions=label, by="sector")
    block = table.industries.block(label)
    for name in (*AMOUNTS, *SHARES):
        np.testing.assert_allclose(one[name], everybody[name][block], rtol=1e-10, atol=1e-10)


def joined(table, members):
    """The same table with some regions as one, their industries side by side: nothing summed."""
    region_of, labels = table.industries.region_of, table.regions.labels
    inside = np.isin(region_of, table.regions.locate(members))
    order = np.concatenate([np.flatnonzero(inside), np.flatnonzero(~inside)])
    others = [label for label in labels if label not in members]
    regions = Axis("region", ["both", *others])
    sectors = Axis("sector", [table.industries.label(i) for i in range(table.n)])
    to = {label: others.index(label) + 1 if label in others else 0 for label in labels}
    industries = Industries(regions, sectors, [to[labels[region_of[i]]] for i in order], order)
    Y = np.zeros((table.n, len(regions)))
    for r, label in enumerate(labels):
        Y[:, to[label]] += table.Y_by_region[:, r]
    return Table(
        Z=table.Z[np.ix_(order, order)],
        Y=Y[order],
        x=table.x[order],
        value_added=table.value_added[order],
        industries=industries,
        uses=Uses.product(regions, Axis("use", ["final"])),
    )


@pytest.mark.parametrize("name", ["regular", "ragged", "sparse"])
def test_a_group_is_one_exporter(name):
    table = TABLES[name]()
    members = [table.regions[1], table.regions[3]]
    group = value_added_in_exports(table, group={"both": members})
    whole = value_added_in_exports(joined(table, members), regions="both")
    for amount in set(AMOUNTS) - {"vs1"}:
        np.testing.assert_allclose(group[amount], whole[amount], rtol=1e-10, atol=1e-9)
    # A customer's exports to the group are exports of another country either way.
    np.testing.assert_allclose(group["vs1"], whole["vs1"], rtol=1e-10)
    assert group.parameters["group"] == {"both": members}


def test_a_group_by_sector_adds_up_its_members():
    table = TABLES["ragged"]()
    members = [table.regions[0], table.regions[1]]
    group = value_added_in_exports(table, group=members, by="sector")
    total = value_added_in_exports(table, group=members)
    frame = group.tidy("dva")
    assert not frame.duplicated(["region", "sector", "variable"]).any()
    assert set(frame["region"]) == {"group"}
    chosen = table.industries.region_of <= 1
    present = np.unique(table.industries.sector_of[chosen])
    assert list(frame["sector"]) == [table.sectors[i] for i in present]
    assert frame["value"].sum() == pytest.approx(total["dva"][0], rel=1e-12)
    sold = np.zeros(len(table.sectors))
    abroad = table.industries.region_of > 1
    rows = table.Z[np.ix_(chosen, abroad)].sum(axis=1) + table.Y_by_region[chosen, 2:].sum(axis=1)
    np.add.at(sold, table.industries.sector_of[chosen], rows)
    np.testing.assert_allclose(group["exports"], sold[present])


def test_large_tables_need_no_inverse(monkeypatch):
    table = TABLES["regular"]()
    expected = value_added_in_exports(table, by="sector")

    def refuse(*_):
        raise AssertionError("an explicit inverse was asked for")

    monkeypatch.setattr(operator, "DENSE_LIMIT", 0)
    monkeypatch.setattr(operator, "MANY", 1.0)
    monkeypatch.setattr(LeontiefOperator, "inverse", refuse)
    swept = value_added_in_exports(TABLES["regular"](), by="sector", regions=["DEU", "CHN"])
    assert {c.method for c in swept.certificates} == {"block Gauss–Seidel"}
    chosen = np.isin(table.industries.region_of, [0, 3])
    for name in AMOUNTS:
        np.testing.assert_allclose(swept[name], expected[name][chosen], rtol=1e-9, atol=1e-9)


def test_tidy_has_one_row_per_number():
    frame = value_added_in_exports(TABLES["regular"]()).tidy()
    assert not frame.duplicated(["region", "sector", "variable"]).any()
    assert set(frame["sector"]) == {"total"}
    assert set(frame["variable"]) == {*AMOUNTS, *SHARES}
    units = frame.groupby("variable")["unit"].first()
    assert units["dva"] == "million USD/yr"
    assert units["dva_share"] == "share"


def test_every_solve_is_certified(table):
    result = value_added_in_exports(table)
    assert len(result.certificates) == 3
    assert all(c.residual <= c.tolerance for c in result.certificates)


# --- guards ---------------------------------------------------------------------------------------


def test_unknown_options_are_refused():
    table = TABLES["regular"]()
    with pytest.raises(OptionError, match="by='country'"):
        value_added_in_exports(table, by="country")
    with pytest.raises(LabelError, match="'XYZ'"):
        value_added_in_exports(table, regions=["DEU", "XYZ"])
    with pytest.raises(OptionError, match="not both"):
        value_added_in_exports(table, regions="DEU", group=["FRA"])


def test_an_industry_without_output_is_counted():
    table = TABLES["zero outputs"]()
    result = value_added_in_exports(table, by="sector")
    idle = table.x == 0
    assert f"no output: {idle.sum()} industries" in " ".join(result.warnings)
    for name in (*AMOUNTS, *SHARES):
        assert not result[name][idle].any()


def test_exports_without_output_are_named_not_spread():
    table = random_table(7, R=2, S=2)
    x = table.x.copy()
    x[0] = 0.0
    broken = Table.from_arrays(table.Z, table.Y, regions=table.regions, sectors=table.sectors, x=x)
    result = value_added_in_exports(broken)
    lost = result["exports"] - result["dc"] - result["fc"]
    assert lost[0] > 0
    assert any("industries without output, whose content is unknown" in w for w in result.warnings)


def test_a_table_that_does_not_close_says_by_how_much():
    table = random_table(8, R=3, S=3)
    short = Table.from_arrays(
        table.Z, table.Y, regions=table.regions, sectors=table.sectors, x=table.x * 1.05
    )
    result = value_added_in_exports(short)
    gap = np.abs(result["dva"] - result["vax"] - result["ref"]) / result["exports"]
    assert gap.max() > 1e-3
    said = next(w for w in result.warnings if "VAX + REF" in w)
    assert f"{gap.max():.2%}" in said
    assert table.regions[int(gap.argmax())] in said
    np.testing.assert_allclose(result["dc"] + result["fc"], result["exports"])
    assert not any("VAX + REF" in w for w in value_added_in_exports(table).warnings)


def test_negative_exports_are_counted():
    table = random_table(9, R=2, S=2)
    Y = table.Y.copy()
    moved = 2 * Y[0, 1] + 2 * table.Z[0, 2:].sum()
    Y[0, 0] += moved
    Y[0, 1] -= moved
    odd = Table.from_arrays(table.Z, Y, regions=table.regions, sectors=table.sectors)
    result = value_added_in_exports(odd, by="sector")
    assert result["exports"][0] < 0
    assert any(w.startswith("negative exports: 1 industries") for w in result.warnings)
    warnings = value_added_in_exports(table, by="sector").warnings
    assert not any(w.startswith("negative exports") for w in warnings)


def test_no_exports_is_said():
    result = value_added_in_exports(random_table(5, R=1, S=4))
    assert any(w.startswith("no exports: DEU") for w in result.warnings)
    assert result["dva_share"] == 0


def test_sweeps_that_do_not_settle_are_an_error():
    Z = np.array([[0.0, 8.0, 8.0], [9.0, 0.0, 9.0], [9.0, 9.0, 0.0]])
    x, v, starts = np.full(3, 10.0), np.full(3, 0.1), np.array([0, 1, 2, 3])
    inverses = domestic_inverses(Z, x, starts)
    alone = np.eye(3, dtype=bool)
    value_without(Z, x, v, starts, inverses=inverses, without=alone)
    with pytest.raises(ConvergenceError, match="did not settle"):
        value_without(Z * 2, x, v, starts, inverses=inverses, without=alone)
    with pytest.raises(ConvergenceError, match="did not settle"):
        value_without(Z, x, v, starts, inverses=inverses, without=alone, max_sweeps=2)
