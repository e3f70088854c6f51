"""Concentration against loops over suppliers, and look-through against the explicit inverse."""

import numpy as np
import pytest

from autarky.axes import Axis
from autarky.errors import LabelError, OptionError
from autarky.measure.concentration import concentration, herfindahl
from autarky.measure.dependence import dependence
from autarky.table import Table
from strategies import ragged_table, random_table

TABLES = [
    random_table(1, R=4, S=3, F=2),
    random_table(4, R=3, S=3, F=3, negatives=True, zero_outputs=1),
    ragged_table(2, counts=(2, 4, 1, 3)),
]


def bought_by(table, home, view, uses):
    """(n,) purchases of some regions from each industry, one column at a time."""
    u = np.zeros(table.n)
    for j, region in enumerate(table.industries.region_of):
        if table.regions[region] in home:
            u += np.maximum(table.Z[:, j], 0)
    for k, region in enumerate(table.uses.region_of):
        if table.regions[region] in home and uses == "all":
            u += np.maximum(table.Y[:, k], 0)
    if view == "face_value":
        return u
    A = np.divide(table.Z, table.x, out=np.zeros_like(table.Z), where=table.x > 0)
    return np.linalg.inv(np.eye(table.n) - A) @ u


def by_supplier(table, home, products, *, view="face_value", suppliers="foreign", uses="all"):
    """{supplier: purchases} of some regions, in some products."""
    u = bought_by(table, home, view, uses)
    out = {}
    for i, (supplier, product) in enumerate(zip(*table.industries.columns(), strict=True)):
        if product in products and (suppliers == "all" or supplier not in home):
            out[supplier] = out.get(supplier, 0.0) + u[i]
    return {name: value for name, value in out.items() if value > 0}


def assert_matches(result, at, bought):
    total = sum(bought.values())
    assert result.value("purchases", **at) == pytest.approx(total)
    if not bought:
        assert np.isnan(result.value("hhi", **at))
        assert np.isnan(result.value("major_suppliers", **at))
        return
    share = {name: value / total for name, value in bought.items()}
    largest = max(share, key=share.get)
    assert result.value("hhi", **at) == pytest.approx(sum(s * s for s in share.values()))
    assert result.value("major_suppliers", **at) == sum(s > 0.05 for s in share.values())
    assert result.value("largest_supplier_share", **at, partner=largest) == pytest.approx(
        share[largest]
    )


@pytest.mark.parametrize("view", ["face_value", "look_through"])
@pytest.mark.parametrize("suppliers", ["foreign", "all"])
@pytest.mark.parametrize("uses", ["all", "intermediate"])
@pytest.mark.parametrize("table", TABLES)
def test_every_number_matches_loops_over_suppliers(table, view, suppliers, uses):
    options = {"view": view, "suppliers": suppliers, "uses": uses}
    result = concentration(table, **options)
    for home in table.regions:
        for sector in [*table.sectors, "total"]:
            products = list(table.sectors) if sector == "total" else [sector]
            bought = by_supplier(table, [home], products, **options)
            assert_matches(result, {"region": home, "sector": sector}, bought)


@pytest.mark.parametrize("view", ["face_value", "look_through"])
def test_a_group_buys_as_one(view):
    table = TABLES[0]
    result = concentration(table, group={"EU": ["DEU", "FRA"]}, sectors=["c1", "c2"], view=view)
    for sector, products in (("c1", ["c1"]), ("total", ["c1", "c2"])):
        bought = by_supplier(table, ["DEU", "FRA"], products, view=view)
        assert_matches(result, {"region": "EU", "sector": sector}, bought)


def test_look_through_of_inputs_is_that_of_dependence():
    table = TABLES[0]
    seen = concentration(table, regions="DEU", view="look_through", uses="intermediate")
    flows = dependence(table, regions="DEU", by="product")
    for sector in table.sectors:
        assert seen.value("purchases", region="DEU", sector=sector) == pytest.approx(
            flows.value("look_through_flow", region="DEU", partner_sector=sector)
        )


def test_herfindahl_of_equal_suppliers_and_of_none():
    np.testing.assert_allclose(herfindahl(np.array([[1.0, 1, 1, 1], [0, 3, 0, 0]])), [0.25, 1])
    assert np.isnan(herfindahl(np.zeros(3)))


def test_without_purchases_nobody_is_the_largest():
    table = Table.from_arrays(
        np.zeros((4, 4)),
        [[5, 0], [5, 0], [2, 1], [0, 1]],
        regions=["A", "B"],
        sectors=["s1", "s2"],
    )
    result = concentration(table)
    assert np.isnan(result.value("hhi", region="A", sector="s2"))
    frame = result.tidy("largest_supplier_share")
    assert frame[["region", "sector", "partner"]].values.tolist() == [
        ["A", "s1", "B"],
        ["A", "total", "B"],
    ]


def test_a_rest_of_the_world_is_warned_about():
    table = Table.from_arrays(
        np.ones((2, 2)), np.ones((2, 2)), regions=Axis("region", ["DEU", "ROW"]), sectors=["s"]
    )
    assert any("ROW" in text and "one supplier" in text for text in concentration(table).warnings)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"view": "hidden"}, OptionError, "view='hidden' is not one of 'face_value'"),
        ({"suppliers": "home"}, OptionError, "suppliers='home'"),
        ({"uses": "final"}, OptionError, "uses='final'"),
        ({"regions": "XXX"}, LabelError, "XXX"),
    ],
)
def test_unusable_options_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        concentration(TABLES[0], **options)
