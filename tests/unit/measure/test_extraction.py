"""extraction: every number against a table solved afresh, what it says, and its guards."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.leontief import operator
from autarky.measure.extraction import DEMAND_SIDE, extraction
from autarky.results import VARIABLES
from autarky.table import Table
from strategies import ragged_table, random_table

KEYS = ["region", "sector", "partner", "partner_sector", "variable"]
TABLES = {
    "regular": lambda: random_table(1, R=4, S=3, F=2),
    "idle": lambda: random_table(2, R=3, S=4, zero_outputs=2),
    "ragged": lambda: ragged_table(3, (2, 4, 1, 3), F=2, zero_outputs=1, negatives=True),
}


@pytest.fixture(params=TABLES)
def table(request):
    return TABLES[request.param]()


@pytest.fixture(params=["inverse", "lu", "sweeps"])
def way(request, monkeypatch):
    """Each way to the columns of L gives the same numbers."""
    if request.param == "sweeps":
        monkeypatch.setattr(operator, "DENSE_LIMIT", 0)
        monkeypatch.setattr(operator, "MANY", 2.0)
    elif request.param == "lu":
        monkeypatch.setattr(operator.LeontiefOperator, "prefers_inverse", lambda self, m: False)
    return request.param


def afresh(table, links, account="value_added"):
    """(R,) loss of each region when the cells (rows, buyer) are removed from A and Y."""
    A, Y = table.A.copy(), table.Y_by_region.copy()
    for rows, j in links:
        A[rows, table.industries.block(j)] = 0.0
        Y[rows, j] = 0.0
    weight = table.v if account == "value_added" else np.ones(table.n)
    eye = np.eye(table.n)
    before = np.linalg.solve(eye - table.A, table.Y_by_region.sum(axis=1))
    after = np.linalg.solve(eye - A, Y.sum(axis=1))
    total = table.industries.sum_by_region(weight * before)
    return table.industries.sum_by_region(weight * (before - after)), total


def percent(loss, total):
    return np.divide(100 * loss, total, out=np.zeros_like(total), where=total > 0)


def check(result, name, expected, scale, **labels):
    found = result.value(name, **labels)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * scale), (name, labels)


@pytest.mark.parametrize("account", ["value_added", "output"])
def test_every_link_equals_a_fresh_solve(table, account, way):
    result = extraction(table, account=account)
    everyone = extraction(table, account=account, full=True)
    names = table.regions.labels
    loss_of = f"{account}_loss"
    for i, seller in enumerate(names):
        for j, buyer in enumerate(names):
            if i == j:
                continue
            loss, total = afresh(table, [(table.industries.block(i), j)], account)
            share, scale = percent(loss, total), total.sum()
            there = {"region": seller, "partner": buyer}
            back = {"region": buyer, "partner": seller}
            check(result, f"{loss_of}_seller", share[i], 100, **there)
            check(result, f"{loss_of}_seller_amount", loss[i], scale, **there)
            check(result, f"{loss_of}_buyer", share[j], 100, **back)
            check(result, f"{loss_of}_buyer_amount", loss[j], scale, **back)
            check(result, f"{loss_of}_world", 100 * loss.sum() / total.sum(), 100, **there)
            check(result, f"{loss_of}_world_amount", loss.sum(), scale, **there)
            for g, region in enumerate(names):
                link = {"region": region, "exporter": seller, "importer": buyer}
                check(everyone, loss_of, share[g], 100, **link)
                check(everyone, f"{loss_of}_amount", loss[g], scale, **link)


def test_every_row_equals_a_fresh_solve(table, way):
    result = extraction(table, what="rows")
    everyone = extraction(table, what="rows", full=True)
    industries = table.industries
    for k in range(table.n):
        i = int(industries.region_of[k])
        seller, sector = industries.label(k).split(":")
        for j, buyer in enumerate(table.regions):
            if i == j:
                continue
            loss, total = afresh(table, [(k, j)])
            share, scale = percent(loss, total), total.sum()
            there = {"region": seller, "sector": sector, "partner": buyer}
            back = {"region": buyer, "partner": seller, "partner_sector": sector}
            check(result, "value_added_loss_seller", share[i], 100, **there)
            check(result, "value_added_loss_buyer", share[j], 100, **back)
            check(result, "value_added_loss_world_amount", loss.sum(), scale, **there)
            for g, region in enumerate(table.regions):
                link = {"exporter": seller, "exporter_sector": sector, "importer": buyer}
                check(everyone, "value_added_loss", share[g], 100, region=region, **link)


def test_every_country_equals_a_fresh_solve(table, way):
    result = extraction(table, what="countries")
    everyone = extraction(table, what="countries", full=True)
    R = len(table.regions)
    for c, country in enumerate(table.regions):
        home = table.industries.block(c)
        links = [(home, j) for j in range(R) if j != c]
        links += [(table.industries.block(r), c) for r in range(R) if r != c]
        loss, total = afresh(table, links)
        share, scale = percent(loss, total), total.sum()
        rest = loss.sum() - loss[c]
        check(result, "value_added_loss_own", share[c], 100, region=country)
        check(result, "value_added_loss_rest_amount", rest, scale, region=country)
        check(result, "value_added_loss_rest", 100 * rest / (scale - total[c]), 100, region=country)
        check(result, "value_added_loss_world", 100 * loss.sum() / scale, 100, region=country)
        for g, region in enumerate(table.regions):
            check(everyone, "value_added_loss", share[g], 100, region=region, extracted=country)


@pytest.mark.parametrize("what", ["links", "rows", "countries"])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("account", ["value_added", "output"])
def test_a_result_says_each_thing_once_in_registered_words(what, full, account):
    table = TABLES["ragged"]()
    result = extraction(table, what=what, full=full, account=account)
    frame = result.tidy()
    keys = [
        c for c in (*KEYS, "exporter", "exporter_sector", "importer", "extracted") if c in frame
    ]
    assert not frame.duplicated(keys).any()
    assert frame["value"].notna().all()
    assert set(frame["variable"]) <= set(VARIABLES)
    assert set(frame.loc[frame["variable"].str.endswith("amount"), "unit"]) == {"million USD/yr"}
    assert set(frame.loc[~frame["variable"].str.endswith("amount"), "unit"]) == {"percent"}
    assert "seller" in DEMAND_SIDE
    assert result.warnings[0] == DEMAND_SIDE
    assert result.question.endswith("?")
    assert len(result.certificates) == 2
    assert all(c.residual <= c.tolerance for c in result.certificates)
    assert result.parameters["what"] == what


@pytest.mark.parametrize("what", ["links", "rows"])
def test_regions_and_partners_choose_without_changing_numbers(what):
    table = TABLES["regular"]()
    whole = extraction(table, what=what).tidy()
    some = extraction(table, what=what, regions=["USA", "DEU"], partners="FRA").tidy()
    keys = [c for c in KEYS if c in whole]
    both = some.merge(whole, on=keys, how="left", suffixes=("", "_whole"))
    assert len(some) == 6 * 2 * (3 if what == "rows" else 1)
    np.testing.assert_allclose(both["value"], both["value_whole"], rtol=1e-9)
    sold = some[some["variable"].str.contains("seller")]
    assert set(sold["region"]) == {"USA", "DEU"}
    assert set(sold["partner"]) == {"FRA"}
    bought = some[some["variable"].str.contains("buyer")]
    assert set(bought["region"]) == {"FRA"}


def test_sectors_choose_rows():
    table = TABLES["ragged"]()
    frame = extraction(table, what="rows", sectors=["c1"]).tidy("value_added_loss_seller")
    assert set(frame["sector"]) == {"c1"}
    has = [r for r, s in zip(*table.industries.columns(), strict=True) if s == "c1"]
    assert set(frame["region"]) == set(has)


def test_regions_choose_countries_and_repeats_count_once():
    table = TABLES["regular"]()
    result = extraction(table, what="countries", regions=iter(["USA", "DEU", "USA"]))
    frame = result.tidy("value_added_loss_own")
    assert list(frame["region"]) == ["USA", "DEU"]
    assert result.parameters["regions"] == ["USA", "DEU"]


def test_it_starts_from_LY1_and_not_from_the_published_output():
    table = TABLES["regular"]()
    # Same coefficients, another published output: nothing moves.
    scaled = Table.from_arrays(
        table.Z * 1.1,
        table.Y,
        regions=table.regions,
        sectors=table.sectors,
        uses=table.uses.categories,
        x=table.x * 1.1,
        value_added=table.value_added * 1.1,
    )
    for what in ("links", "rows", "countries"):
        frames = [extraction(t, what=what).tidy() for t in (table, scaled)]
        np.testing.assert_allclose(frames[0]["value"], frames[1]["value"], rtol=1e-8, atol=1e-12)
    assert any("do not add up to output" in w for w in extraction(scaled).warnings)


def test_industries_without_output_are_counted():
    warnings = extraction(TABLES["idle"]()).warnings
    assert "2 industries have no output: their coefficients are 0" in warnings


def test_an_economy_without_output_loses_nothing():
    table = Table.from_arrays(
        [[0.0, 0.0], [0.0, 2.0]], [[0.0, 0.0], [3.0, 5.0]], regions=["A", "B"], sectors=["s"]
    )
    result = extraction(table)
    assert result.value("value_added_loss_seller", region="A", partner="B") == 0.0
    assert result.value("value_added_loss_buyer", region="A", partner="B") == 0.0
    assert result.value("value_added_loss_seller_amount", region="B", partner="A") == pytest.approx(
        3.0
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"what": "cells"}, "what='cells' is not one of"),
        ({"account": "jobs"}, "account='jobs' is not one of"),
        ({"what": "countries", "partners": "DEU"}, "no meaning for countries"),
        ({"what": "links", "sectors": "c1"}, "no meaning for links"),
        ({"what": "countries", "sectors": "c1"}, "no meaning for countries"),
        ({"regions": "DEU", "partners": "DEU"}, "needs two countries"),
        ({"what": "rows", "regions": "DEU", "partners": ["DEU"]}, "needs two countries"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        extraction(TABLES["regular"](), **options)


@pytest.mark.parametrize("option", ["regions", "partners", "sectors"])
def test_unknown_labels_are_refused(option):
    with pytest.raises(LabelError, match="Atlantis"):
        extraction(TABLES["regular"](), what="rows", **{option: ["Atlantis"]})


def test_one_region_has_no_links():
    with pytest.raises(OptionError, match="two countries"):
        extraction(random_table(0, R=1))


def test_russia_and_germany_2011(wiod2013_raw, shared):
    """Cutting Russia → Germany costs Russia 0.80 % of GDP and Germany 0.004 %."""
    raw = wiod2013_raw(2011)
    lines = (shared / "wiod2013" / "regions.csv").read_text().splitlines()[1:]
    table = Table.from_arrays(
        raw["Z"].astype(float),
        raw["Y"].astype(float),
        regions=[line.split(",")[1] for line in lines],
        sectors=[f"c{i}" for i in range(1, 36)],
        uses=[f"c{i}" for i in range(37, 42)],
        x=raw["x"],
    )
    result = extraction(table)
    assert len(result.tidy("value_added_loss_seller")) == 1640
    seller = result.value("value_added_loss_seller", region="RUS", partner="DEU")
    buyer = result.value("value_added_loss_buyer", region="DEU", partner="RUS")
    assert seller == pytest.approx(0.80, abs=0.005)
    assert buyer == pytest.approx(0.004, abs=0.0005)
    # One link solved afresh from the real table, and one asked for alone.
    i, j = table.regions.locate(["RUS", "DEU"])
    loss, total = afresh(table, [(table.industries.block(i), j)])
    assert seller == pytest.approx(100 * loss[i] / total[i], rel=1e-9)
    alone = extraction(table, regions="RUS", partners="DEU")
    assert alone["value_added_loss_seller"][0] == pytest.approx(seller, rel=1e-9)
    rows = extraction(table, what="rows")
    assert rows["value_added_loss_seller"].size == 57400
