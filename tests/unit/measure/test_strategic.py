"""Strategic dependencies against loops over trade flows; presets as data; refusals."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError, TableError
from autarky.measure.presets import Criterion, Preset, members, presets
from autarky.measure.strategic import strategic
from autarky.table import Table
from strategies import ragged_table, random_table

EU = ("DEU", "FRA")  # of the regions DEU, FRA, USA, CHN, KOR of the random tables


def trade(table):
    """{(product, seller, buyer): flow} across borders, for all uses."""
    out = {}
    for i, (seller, product) in enumerate(zip(*table.industries.columns(), strict=True)):
        for axis, row in ((table.industries, table.Z[i]), (table.uses, table.Y[i])):
            for region, value in zip(axis.region_of, row, strict=True):
                key = (product, seller, table.regions[region])
                out[key] = out.get(key, 0.0) + value
    return {key: max(value, 0.0) for key, value in out.items() if key[1] != key[2]}


def hhi(amounts):
    total = sum(amounts)
    return sum((a / total) ** 2 for a in amounts) if total > 0 else float("nan")


def by_hand(table, home, product, *, exports):
    """The four criteria of one economy and product."""
    flows = {(s, b): v for (p, s, b), v in trade(table).items() if p == product}
    origin, sellers = {}, {}
    external = internal = sold_out = 0.0
    for (seller, buyer), value in flows.items():
        ours, theirs = seller in home, buyer in home
        external += value * (theirs and not ours)
        internal += value * (theirs and ours)
        sold_out += value * (ours and not theirs)
        if theirs and not ours:
            origin[seller] = origin.get(seller, 0.0) + value
        if not (ours and theirs):
            name = "home" if ours else seller
            sellers[name] = sellers.get(name, 0.0) + value
    below = sold_out + (internal if exports == "all" else 0.0)
    return {
        "import_hhi": hhi(origin.values()),
        "external_import_share": external / (external + internal),
        "import_export_ratio": external / below if below else float("nan"),
        "export_hhi": hhi(sellers.values()),
    }


def lopsided_table(year):
    """Final trade alone, a few flows far above the rest, and some change from year to year."""
    lasting, passing = np.random.default_rng(1), np.random.default_rng(year)
    Y = lasting.lognormal(sigma=3, size=(20, 5)) * passing.lognormal(sigma=1, size=(20, 5))
    regions, sectors = ["DEU", "FRA", "USA", "CHN", "KOR"], ["c1", "c2", "c3", "c4"]
    return Table.from_arrays(np.zeros((20, 20)), Y, regions=regions, sectors=sectors, year=year)


@pytest.mark.parametrize(
    "table",
    [random_table(1, R=5, S=3, F=3, negatives=True), ragged_table(6, counts=(3, 3, 3, 2, 3))],
)
def test_the_eu_preset_matches_loops_over_flows(table):
    result = strategic(table)
    limits = {"import_hhi": 0.4, "external_import_share": 0.5, "import_export_ratio": 1.0}
    for product in table.sectors:
        expected = by_hand(table, EU, product, exports="all")
        at = {"region": "EU", "sector": product}
        held = []
        for name, limit in limits.items():
            assert result.value(name, **at) == pytest.approx(expected[name], nan_ok=True)
            held.append(expected[name] > limit)
            assert result.value("holds", criterion=name, **at) == held[-1]
            assert result.value("threshold", criterion=name) == limit
        assert result.value("strategic", **at) == all(held)
    assert result.year == 2011
    assert set(result.tidy()["region"]) == {"EU", "total"}


def test_the_cepii_preset_matches_loops_over_flows_in_three_years():
    tables = {year: lopsided_table(year) for year in (2009, 2010, 2011)}
    result = strategic(tables, preset="cepii")
    flags = []
    for region in tables[2009].regions:
        for product in tables[2009].sectors:
            at = {"region": region, "sector": product}
            years = 0
            for year, table in tables.items():
                expected = by_hand(table, [region], product, exports="external")
                held = []
                for name, limit in (
                    ("import_hhi", 0.4), ("export_hhi", 0.4), ("import_export_ratio", 1.0)
                ):  # fmt: skip
                    got = result.value(name, time=year, **at)
                    assert got == pytest.approx(expected[name], nan_ok=True)
                    held.append(expected[name] > limit)
                    assert result.value("holds", time=year, criterion=name, **at) == held[-1]
                years += all(held)
            assert result.value("years_held", **at) == years
            assert result.value("strategic", **at) == (years >= 2)
            flags.append(years)
    assert set(flags) == {0, 1, 2, 3}, "the example should tell the cases apart"
    frame = result.tidy()
    assert not frame.duplicated(["time", "region", "sector", "criterion", "variable"]).any()
    assert set(frame["time"]) == {2009, 2010, 2011}


def test_a_group_exports_as_one():
    table = random_table(8, R=5, S=2)
    result = strategic(
        {y: random_table(8, R=5, S=2, year=y) for y in (1, 2, 3)},
        preset="cepii",
        group={"bloc": iter(["USA", "KOR"])},
    )
    for product in table.sectors:
        expected = by_hand(table, ["USA", "KOR"], product, exports="external")
        for name in ("import_hhi", "export_hhi", "import_export_ratio"):
            got = result.value(name, region="bloc", sector=product, time=2)
            assert got == pytest.approx(expected[name])
    assert result.parameters["group"] == {"bloc": ["USA", "KOR"]}


def test_imports_without_exports_are_above_any_ratio():
    # FRA and DEU buy s2 from CHN alone and export none of it.
    Y = [[5, 1, 1], [4, 0, 0], [1, 5, 1], [0, 4, 0], [1, 1, 5], [3, 3, 5]]
    table = Table.from_arrays(
        np.zeros((6, 6)), Y, regions=["DEU", "FRA", "CHN"], sectors=["s1", "s2"], year=2011
    )
    result = strategic(table)
    at = {"region": "EU", "sector": "s2"}
    assert np.isnan(result.value("import_export_ratio", **at))
    assert result.value("holds", criterion="import_export_ratio", **at) == 1
    assert result.value("strategic", **at) == 1
    assert result.value("strategic", region="EU", sector="s1") == 0


def test_no_imports_are_no_dependence():
    Y = [[5, 0, 1], [4, 0, 0], [0, 5, 1], [0, 4, 0], [1, 1, 5], [0, 0, 5]]
    table = Table.from_arrays(
        np.zeros((6, 6)), Y, regions=["DEU", "FRA", "CHN"], sectors=["s1", "s2"], year=2011
    )
    result = strategic(table, sectors="s2")
    assert np.isnan(result.value("import_hhi", region="EU", sector="s2"))
    assert result["holds"].sum() == 0
    assert result.value("strategic", region="EU", sector="s2") == 0


def test_members_come_from_the_year_and_missing_ones_are_named():
    result = strategic(random_table(1, R=4))
    assert result.parameters["group"] == {"EU": ["DEU", "FRA"]}
    assert any("AUT" in text and "left out" in text for text in result.warnings)
    assert "GBR" in members("EU", 2019)
    assert "GBR" not in members("EU", 2020)
    assert "HRV" not in members("EU", 2012)


def test_the_level_of_the_thresholds_is_said():
    assert any("6-digit" in text for text in strategic(random_table(1, R=4)).warnings)


def test_own_criteria_can_be_given():
    own = Preset(
        name="own", criteria=(Criterion(variable="import_hhi", threshold=0.99),), citation="me"
    )
    table = random_table(1, R=4)
    result = strategic(table, preset=own, regions="DEU", sectors="c1")
    assert result.value("strategic", region="DEU", sector="c1") == 0
    assert result.value("threshold", criterion="import_hhi") == 0.99
    low = Preset(name="own", criteria=(Criterion(variable="import_hhi", threshold=0.01),))
    assert strategic(table, preset=low).value("strategic", region="DEU", sector="c1") == 1


def test_presets_are_complete():
    for preset in presets().values():
        assert preset.citation
        assert preset.url.startswith("https://")
        assert preset.level


YEARS = {y: random_table(1, R=4, S=2, year=y) for y in (2008, 2009, 2010, 2011)}


@pytest.mark.parametrize(
    ("tables", "options", "match"),
    [
        (YEARS[2011], {"preset": "nato"}, "preset='nato' is not one of 'eu', 'cepii'"),
        (YEARS[2011], {"preset": "cepii"}, "3 consecutive years; it got 2011"),
        (YEARS, {"preset": "cepii"}, "it got 2008, 2009, 2010, 2011"),
        ({y: YEARS[y] for y in (2008, 2009, 2011)}, {"preset": "cepii"}, "needs consecutive years"),
        ({y: YEARS[y] for y in (2010, 2011)}, {}, "1 consecutive year; it got 2010, 2011"),
        ({}, {}, "1 consecutive year"),
        (YEARS[2011], {"regions": "DEU"}, "treats EU as one economy"),
        (random_table(1, year=None), {}, "the table has no year"),
        (random_table(1, year=1900), {}, "EU had no members in 1900"),
    ],
)
def test_unusable_years_and_options_are_refused(tables, options, match):
    with pytest.raises(OptionError, match=match):
        strategic(tables, **options)


def test_a_table_without_members_is_refused():
    table = Table.from_arrays(
        np.ones((2, 2)), np.ones((2, 2)), regions=["USA", "CHN"], sectors=["s"], year=2011
    )
    with pytest.raises(OptionError, match="none of the members of EU"):
        strategic(table)
    assert strategic(table, group={"bloc": ["USA"]}).variables


def test_tables_of_other_labels_and_unknown_sectors_are_refused():
    tables = {y: YEARS[y] for y in (2009, 2010)} | {2011: random_table(1, R=3, S=2, year=2011)}
    with pytest.raises(TableError, match="only in 2009: CHN"):
        strategic(tables, preset="cepii")
    with pytest.raises(LabelError, match="c55"):
        strategic(YEARS[2011], sectors="c55")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"criteria": ()}, "needs criteria"),
        ({"criteria": (Criterion(variable="import_hhi", threshold=1),) * 2}, "different variables"),
        (
            {"criteria": (Criterion(variable="import_hhi", threshold=1),), "required": 2},
            "requires 2 of 1 years",
        ),
    ],
)
def test_unusable_presets_are_refused(options, match):
    with pytest.raises(OptionError, match=match):
        Preset(name="own", **options)


def test_unusable_criteria_and_blocs_are_refused():
    with pytest.raises(OptionError, match="'gini' is not one of"):
        Criterion(variable="gini", threshold=1)
    with pytest.raises(OptionError, match="exports='some'"):
        Criterion(variable="import_export_ratio", threshold=1, exports="some")
    with pytest.raises(OptionError, match="bloc 'ASEAN' is not one of EU"):
        members("ASEAN", 2011)


def test_without_a_year_there_is_no_time():
    result = strategic(random_table(1, year=None), group={"EU": ["DEU", "FRA"]})
    assert "time" not in result.tidy().columns
