"""Dependence against the explicit inverse, summed cell by cell."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.measure.dependence import dependence
from autarky.table import Table
from strategies import ragged_table, random_table

TABLES = {
    "regular": random_table(1, R=3, S=4, F=2),
    "idle": random_table(5, R=3, S=3, zero_outputs=2),
    "ragged": ragged_table(2, counts=(2, 4, 1)),
    "sparse": random_table(3, R=4, S=2, density=0.6),
}


def chains(table, side):
    """Face-value and look-through flows (source or buyer i, user or seller j), from an inverse."""
    n, x = table.n, table.x
    inverse_x = np.array([1 / value if value > 0 else 0.0 for value in x])
    if side == "inputs":
        A = table.Z * inverse_x
        return A * x, (np.linalg.inv(np.eye(n) - A) - np.eye(n)) * x
    B = table.Z * inverse_x[:, None]
    through = x[:, None] * (np.linalg.inv(np.eye(n) - B) - np.eye(n))
    return (x[:, None] * B).T, through.T


def shares(flow, table, *, home, partners, users, products=None):
    """Foreign over all, added up over the cells asked for."""
    region, sector = table.industries.columns()
    part = total = 0.0
    for j in range(table.n):
        if region[j] not in home or sector[j] not in users:
            continue
        for i in range(table.n):
            total += flow[i, j]
            if region[i] in partners and (products is None or sector[i] in products):
                part += flow[i, j] * (region[i] not in home)
    return (part / total if total > 0 else 0.0), part


def assert_matches(result, table, side, at, **which):
    face, look = chains(table, side)
    direct, bought = shares(face, table, **which)
    through, embodied = shares(look, table, **which)
    assert result.value("face_value", **at) == pytest.approx(direct, abs=1e-13)
    assert result.value("look_through", **at) == pytest.approx(through, abs=1e-13)
    assert result.value("hidden", **at) == pytest.approx(through - direct, abs=1e-13)
    assert result.value("face_value_flow", **at) == pytest.approx(bought)
    assert result.value("look_through_flow", **at) == pytest.approx(embodied)


@pytest.mark.parametrize("side", ["inputs", "sales"])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
class TestAgainstTheInverse:
    def test_by_partner_and_in_total(self, table, side):
        result = dependence(table, side=side)
        every = list(table.sectors)
        for home in table.regions:
            for partner in table.regions:
                if partner != home:
                    assert_matches(
                        result, table, side, {"region": home, "partner": partner},
                        home=[home], partners=[partner], users=every,
                    )  # fmt: skip
            assert_matches(
                result, table, side, {"region": home, "partner": "total"},
                home=[home], partners=list(table.regions), users=every,
            )  # fmt: skip

    def test_by_using_sector(self, table, side):
        result = dependence(table, side=side, by="sector")
        regions, sectors = table.industries.columns()
        for home, sector in zip(regions, sectors, strict=True):
            assert_matches(
                result, table, side, {"region": home, "sector": sector},
                home=[home], partners=list(table.regions), users=[sector],
            )  # fmt: skip

    def test_by_source_industry_and_product(self, table, side):
        users = list(table.sectors)[:2]
        options = {"side": side, "regions": "DEU", "sectors": users}
        industries = dependence(table, by="industry", **options)
        products = dependence(table, by="product", **options)
        which = {"home": ["DEU"], "users": users}
        for partner, product in zip(*table.industries.columns(), strict=True):
            if partner == "DEU":
                continue
            at = {"region": "DEU", "partner": partner, "partner_sector": product}
            assert_matches(
                industries, table, side, at, partners=[partner], products=[product], **which
            )
            del at["partner"]
            assert_matches(
                products, table, side, at,
                partners=list(table.regions), products=[product], **which,
            )  # fmt: skip

    def test_a_group_is_one_economy(self, table, side):
        home, every = ["DEU", "USA"], list(table.sectors)
        which = {"home": home, "partners": list(table.regions)}
        by_partner = dependence(table, side=side, group={"both": home})
        assert_matches(
            by_partner, table, side, {"region": "both", "partner": "FRA"},
            home=home, partners=["FRA"], users=every,
        )  # fmt: skip
        by_sector = dependence(table, side=side, group={"both": home}, by="sector")
        for sector in {s for r, s in zip(*table.industries.columns(), strict=True) if r in home}:
            at = {"region": "both", "sector": sector}
            assert_matches(by_sector, table, side, at, users=[sector], **which)


def test_partners_limit_the_totals():
    table = TABLES["regular"]
    both = dependence(table, regions="DEU", partners=["FRA", "DEU"])
    every = dependence(table, regions="DEU")
    at = {"region": "DEU"}
    assert both.value("look_through", partner="total", **at) == every.value(
        "look_through", partner="FRA", **at
    )
    by_sector = dependence(table, regions="DEU", partners="FRA", by="sector")
    assert by_sector.value("look_through", sector="total", **at) == pytest.approx(
        every.value("look_through", partner="FRA", **at), rel=1e-12
    )
    assert both.parameters["partners"] == ["FRA", "DEU"]


@pytest.mark.parametrize("by", ["partner", "sector", "product", "industry"])
def test_no_row_appears_twice(by):
    frame = dependence(TABLES["ragged"], by=by).tidy()
    keys = [c for c in frame.columns if c not in ("value", "unit")]
    assert not frame.duplicated(keys).any()
    assert frame["value"].notna().all()


def test_industries_without_output_or_inputs_read_zero_and_are_reported():
    # A:s2 has inputs and sales but no output (it sells from inventories); B:s2 buys nothing.
    Z = np.array([[1.0, 2, 3, 0], [0, 0, 4, 0], [5, 1, 1, 0], [0, 0, 1, 0]])
    table = Table.from_arrays(
        Z, np.full((4, 2), 9.0), regions=["A", "B"], sectors=["s1", "s2"], x=[24, 0, 25, 19]
    )
    result = dependence(table, by="sector")
    for region, sector in (("A", "s2"), ("B", "s2")):
        assert result.value("look_through", region=region, sector=sector) == 0.0
    texts = " ".join(result.warnings)
    assert "no output (such as A:s2)" in texts
    assert "buy no inputs (such as B:s2)" in texts
    at = {"region": "A", "partner": "B"}
    assert_matches(
        dependence(table), table, "inputs", at, home=["A"], partners=["B"], users=["s1", "s2"]
    )
    sales = dependence(table, side="sales")
    assert_matches(sales, table, "sales", at, home=["A"], partners=["B"], users=["s1", "s2"])


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"by": "country"}, OptionError, "by='country' is not one of 'partner'"),
        ({"side": "both"}, OptionError, "side='both'"),
        ({"partners": "XXX"}, LabelError, "XXX"),
        ({"sectors": "c77"}, LabelError, "c77"),
        ({"regions": "USA", "partners": "USA"}, OptionError, "no foreign partner is left for USA"),
    ],
)
def test_unusable_options_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        dependence(TABLES["regular"], **options)


def test_one_region_has_nobody_to_depend_on():
    with pytest.raises(OptionError, match="at least two regions"):
        dependence(random_table(1, R=1))


def test_the_certificate_and_question_travel_along():
    result = dependence(TABLES["regular"], side="sales")
    assert result.certificates[0].residual < 1e-12
    assert "goes abroad" in result.question
