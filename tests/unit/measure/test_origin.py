"""Value added by origin against v̂Ly with an explicit inverse."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.leontief import LeontiefOperator, operator
from autarky.measure.exports import value_added_in_exports
from autarky.measure.origin import value_added_origin
from autarky.table import Table
from strategies import ragged_table, random_table

TABLES = {
    "regular": lambda: random_table(21, R=4, S=3, F=3, negatives=True),
    "zero outputs": lambda: random_table(22, R=3, S=4, zero_outputs=3),
    "ragged": lambda: ragged_table(23, counts=(2, 4, 1, 3), F=2, zero_outputs=1),
    "one region": lambda: random_table(24, R=1, S=3),
}


@pytest.fixture(params=TABLES, ids=str)
def table(request):
    return TABLES[request.param]()


def content(table):
    """(n, n) v̂L, from numpy alone."""
    A = np.zeros_like(table.Z)
    live = table.x > 0
    A[:, live] = table.Z[:, live] / table.x[live]
    v = np.where(live, 1 - A.sum(axis=0), 0.0)
    return v[:, None] * np.linalg.inv(np.eye(table.n) - A)


def bundle(table, of, r, sectors=None):
    """(n,) the goods that region r finally uses, exports or makes for final use."""
    y = np.zeros(table.n)
    home = table.industries.region_of == r
    if of == "final_use":
        y[:] = table.Y_by_region[:, r]
    elif of == "final_output":
        y[home] = table.Y[home].sum(axis=1)
    else:
        abroad = np.delete(table.Y_by_region, r, axis=1).sum(axis=1)
        y[home] = table.Z[np.ix_(home, ~home)].sum(axis=1) + abroad[home]
    if sectors is not None:
        y[~np.isin(table.industries.sector_of, sectors)] = 0.0
    return y


@pytest.mark.parametrize("of", ["final_use", "exports", "final_output"])
def test_by_definition(table, of):
    H, sums = content(table), table.industries.sum_by_region
    regions, industries = (
        value_added_origin(table, of=of),
        value_added_origin(table, of=of, by="sector"),
    )
    for r in range(len(table.regions)):
        earned = H @ bundle(table, of, r)
        total = earned.sum()
        tight = {"rtol": 1e-10, "atol": 1e-11 * table.x.sum()}
        np.testing.assert_allclose(industries["va_origin"][:, r], earned, **tight)
        np.testing.assert_allclose(regions["va_origin"][:, r], sums(earned), **tight)
        if total == 0:
            assert not regions["va_origin_share"][:, r].any()
            continue
        shares = regions["va_origin_share"][:, r]
        np.testing.assert_allclose(shares, sums(earned) / total, rtol=1e-9, atol=1e-12)
        assert shares.sum() == pytest.approx(1.0, rel=1e-12)
        assert regions["va_foreign_share"][r] == pytest.approx(1 - shares[r], abs=1e-12)
        assert industries["va_origin_share"][:, r].sum() == pytest.approx(1.0, rel=1e-12)


def test_world_value_added_is_spent_once(table):
    result = value_added_origin(table)
    earned = table.industries.sum_by_region(table.value_added)
    np.testing.assert_allclose(result["va_origin"].sum(axis=1), earned, rtol=1e-11)


def test_exports_agree_with_their_decomposition(table):
    origin, parts = value_added_origin(table, of="exports"), value_added_in_exports(table)
    tight = {"rtol": 1e-10, "atol": 1e-10 * table.x.sum()}
    np.testing.assert_allclose(np.diag(origin["va_origin"]), parts["dc"], **tight)
    foreign = origin["va_origin"].sum(axis=0) - parts["dc"]
    np.testing.assert_allclose(foreign, parts["fc"], **tight)
    absorbed = value_added_origin(table)["va_origin"]
    np.testing.assert_allclose(absorbed.sum(axis=1) - np.diag(absorbed), parts["vax"], **tight)


@pytest.mark.parametrize("of", ["final_use", "exports", "final_output"])
def test_products_add_up(of):
    table = TABLES["ragged"]()
    whole = value_added_origin(table, of=of)["va_origin"]
    parts = sum(
        value_added_origin(table, of=of, sectors=label)["va_origin"] for label in table.sectors
    )
    np.testing.assert_allclose(parts, whole, rtol=1e-10, atol=1e-10)
    chosen = [table.sectors[0], table.sectors[2]]
    some = value_added_origin(table, of=of, sectors=chosen)
    expected = content(table) @ bundle(table, of, 1, sectors=[0, 2])
    np.testing.assert_allclose(
        some["va_origin"][:, 1], table.industries.sum_by_region(expected), rtol=1e-10, atol=1e-12
    )
    assert some.parameters["sectors"] == chosen


def test_some_partners_keep_shares_of_the_whole():
    table = TABLES["ragged"]()
    whole = value_added_origin(table, by="sector")
    some = value_added_origin(table, partners=["USA", "DEU"], by="sector")
    rows = np.r_[table.industries.block("USA"), table.industries.block("DEU")]
    np.testing.assert_array_equal(some["va_origin_share"], whole["va_origin_share"][rows])
    np.testing.assert_array_equal(some["va_foreign_share"], whole["va_foreign_share"])
    frame = some.tidy("va_origin")
    assert list(dict.fromkeys(frame["partner"])) == ["USA", "DEU"]
    one = whole.value("va_origin", region="FRA", partner="USA", partner_sector=table.sectors[0])
    assert one == some.value(
        "va_origin", region="FRA", partner="USA", partner_sector=table.sectors[0]
    )


def test_a_group_is_one_economy():
    table = TABLES["regular"]()
    inside = [1, 2]
    members = [table.regions[r] for r in inside]
    group, single = value_added_origin(table, group=members), value_added_origin(table)
    summed = single["va_origin"][:, inside].sum(axis=1)
    np.testing.assert_allclose(group["va_origin"][:, 0], summed, rtol=1e-12)
    assert group["va_foreign_share"][0] == pytest.approx(1 - summed[inside].sum() / summed.sum())
    sold = value_added_origin(table, group=members, of="exports")
    parts = value_added_in_exports(table, group=members)
    assert sold["va_origin"][inside].sum() == pytest.approx(parts["dc"][0])
    assert sold["va_foreign_share"][0] == pytest.approx(parts["vs_share"][0])


def test_large_tables_need_no_inverse(monkeypatch):
    expected = value_added_origin(TABLES["ragged"]())

    def refuse(*_):
        raise AssertionError("an explicit inverse was asked for")

    monkeypatch.setattr(operator, "DENSE_LIMIT", 0)
    monkeypatch.setattr(operator, "MANY", 1.0)
    monkeypatch.setattr(LeontiefOperator, "inverse", refuse)
    swept = value_added_origin(TABLES["ragged"]())
    assert swept.certificates[0].method == "block Gauss–Seidel"
    np.testing.assert_allclose(swept["va_origin"], expected["va_origin"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("by", ["region", "sector"])
def test_tidy_has_one_row_per_number(by):
    frame = value_added_origin(TABLES["ragged"](), by=by).tidy()
    keys = ["region", "sector", "partner", "variable"]
    keys += ["partner_sector"] if by == "sector" else []
    assert not frame.duplicated(keys).any()


# --- guards ---------------------------------------------------------------------------------------


def test_unknown_options_are_refused():
    table = TABLES["regular"]()
    with pytest.raises(OptionError, match="of='imports'"):
        value_added_origin(table, of="imports")
    with pytest.raises(OptionError, match="by='product'"):
        value_added_origin(table, by="product")
    with pytest.raises(OptionError, match="not both"):
        value_added_origin(table, regions="DEU", group=["FRA"])
    for option in ("regions", "partners", "sectors"):
        with pytest.raises(LabelError, match="'XYZ'"):
            value_added_origin(table, **{option: "XYZ"})


def test_nothing_to_trace_is_said():
    result = value_added_origin(TABLES["one region"](), of="exports")
    assert any("nothing to trace for DEU" in warning for warning in result.warnings)
    assert result["va_foreign_share"] == 0


def test_an_industry_without_output_is_counted():
    table = random_table(25, R=2, S=2)
    x = table.x.copy()
    x[0] = 0.0
    broken = Table.from_arrays(table.Z, table.Y, regions=table.regions, sectors=table.sectors, x=x)
    result = value_added_origin(broken)
    assert any(warning.startswith("no output: 1 ") for warning in result.warnings)
    assert result["va_origin"].sum() < broken.Y.sum() - 1e-3
    assert not value_added_origin(table).warnings
