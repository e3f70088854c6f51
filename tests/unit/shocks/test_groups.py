"""Groups of regions and sectors: who belonged when, and what a table makes of them."""

import dataclasses

import numpy as np
import pytest

import autarky
from autarky import countries
from autarky.errors import LabelError, ShockError
from autarky.shocks import Embargo, Isolation, Scenario, groups, sector_groups
from autarky.shocks.groups import classifications, classify
from strategies import random_table


@pytest.mark.parametrize(
    ("name", "year", "count"),
    [
        # Published sizes: member states of the union and the alliance by year.
        ("EU", 1960, 6), ("EU", 1980, 9), ("EU", 1990, 12), ("EU", 2000, 15), ("EU", 2004, 25),
        ("EU", 2008, 27), ("EU", 2013, 28), ("EU", 2019, 28), ("EU", 2022, 27),
        ("EU27", 2011, 27), ("EU27", 2022, 27),
        ("EURO", 1999, 11), ("EURO", 2001, 12), ("EURO", 2011, 17), ("EURO", 2015, 19),
        ("EURO", 2023, 20), ("EURO", 2026, 21),
        ("NATO", 1949, 12), ("NATO", 1990, 16), ("NATO", 1999, 19), ("NATO", 2004, 26),
        ("NATO", 2009, 28), ("NATO", 2017, 29), ("NATO", 2020, 30), ("NATO", 2024, 32),
        ("OECD", 1964, 21), ("OECD", 1994, 25), ("OECD", 2000, 30), ("OECD", 2010, 34),
        ("OECD", 2021, 38),
        ("G7", 1976, 7), ("G20", 2011, 19), ("BRICS", 2009, 4), ("BRICS", 2011, 5),
        ("BRICS", 2024, 9), ("BRICS", 2025, 10), ("ASEAN", 1967, 5), ("ASEAN", 1999, 10),
        ("ASEAN", 2025, 11), ("OPEC", 2000, 11), ("OPEC", 2007, 13), ("OPEC", 2024, 12),
        ("EFTA", 1985, 6), ("EFTA", 2000, 4), ("MERCOSUR", 2013, 5), ("MERCOSUR", 2020, 4),
        ("CPTPP", 2018, 6), ("CPTPP", 2024, 12), ("RCEP", 2023, 15), ("EAEU", 2020, 5),
    ],
)  # fmt: skip
def test_memberships_have_the_published_sizes(name, year, count):
    assert len(groups()[name].members(year)) == count


@pytest.mark.parametrize(
    ("name", "count"), [("EU15", 15), ("EU25", 25), ("EU28", 28), ("EU27_2007", 27), ("GCC", 6)]
)
def test_compositions_do_not_depend_on_the_year(name, count):
    assert len(groups()[name].members()) == count


def test_compositions_agree_with_the_union_of_their_years():
    eu = groups()["EU"]
    for name, year in (("EU15", 2000), ("EU25", 2005), ("EU28", 2015), ("EU27_2007", 2010),
                       ("EU27_2020", 2021)):  # fmt: skip
        assert groups()[name].members() == eu.members(year)
    assert groups()["EU27"].members(2011) == eu.members(2011)
    assert groups()["EU27"].members(2021) == eu.members(2021)


@pytest.mark.parametrize("name", sorted(groups()))
def test_every_group_has_a_source_and_real_codes(name):
    group = groups()[name]
    assert group.title
    assert group.source
    iso = {country.code for country in countries.countries() if country.kind == "iso"}
    assert set(group.spans) <= iso
    assert name not in iso
    for spans in group.spans.values():
        years = [y for span in spans for y in span if y is not None]
        assert years == sorted(set(years))
        assert all(1945 < y < 2030 for y in years)


def test_the_year_of_the_table_counts_unless_the_scenario_names_one():
    old, new = random_table(0, 8, 1, year=2007), random_table(0, 8, 1, year=2011)
    embargo = Embargo(exporters="BRICS", importers="USA")
    assert len(embargo.links(new)) == 3  # BRA, CHN, IND
    with pytest.raises(
        ShockError, match=r"BRICS .* has no members in 2007; its first year is 2009"
    ):
        embargo.links(old)
    assert len(embargo.links(old, groups_year=2011)) == 3
    notes = Scenario("x", embargo, groups_year=2011).check(old)
    assert notes == ("BRICS: 3 of 5 members in 2011 are in the table; left out: RUS, ZAF",)


def test_a_table_without_a_year_needs_one_named():
    table = random_table(0, 3, 1, year=None)
    with pytest.raises(ShockError, match=r"members of G7 depend on the year.*set groups_year"):
        Isolation(region="G7").links(table)
    with pytest.raises(ShockError, match="reaches nothing"):  # DEU, FRA, USA: all of the table
        Isolation(region="G7").links(table, groups_year=2000)
    assert len(Isolation(region="EU15").links(table)) == 4  # no year needed


def test_a_year_between_two_meanings_says_what_to_name():
    with pytest.raises(ShockError, match="EU27_2007, EU27_2020 or EU28"):
        groups()["EU27"].members(2015)


def test_a_group_without_a_member_in_the_table_is_an_error():
    with pytest.raises(ShockError, match="no member of GCC is a region of the table: ARE, BHR"):
        Isolation(region="GCC").links(random_table(0, 3, 1))


def test_a_region_of_the_table_goes_before_a_group():
    table = random_table(0, 4, 1).aggregate(regions={"EU15": ["DEU", "FRA"]}, keep_rest=True)
    links = Isolation(region="EU15").links(table)
    assert len(links) == 4
    assert links.notes == ("EU15 is taken as the table's region of that name",)


def test_members_named_again_count_once():
    table = random_table(0, 4, 1)
    one = Embargo(exporters=["EU15", "DEU"], importers="USA").links(table)
    np.testing.assert_array_equal(one.exporters, [0, 1])


# --- sectors ------------------------------------------------------------------------------------

WORLD = "food energy chemicals metals machinery electronics vehicles textiles other_manufacturing "
WORLD += "construction trade transport finance public_services other_services"


def test_the_world_groups_split_every_classification():
    for name, known in classifications().items():
        parts = [sector_groups()[group].sectors[name] for group in WORLD.split()]
        found = [label for part in parts for label in part]
        assert sorted(found) == sorted(known), name
        goods, services = (sector_groups()[g].sectors[name] for g in ("goods", "services"))
        assert sorted(goods + services) == sorted(known)
        capital = {x for g in ("machinery", "electronics", "vehicles")
                   for x in sector_groups()[g].sectors[name]}  # fmt: skip
        assert set(sector_groups()["capital_goods"].sectors[name]) == capital
        assert capital < set(sector_groups()["manufactures"].sectors[name]) < set(goods)


def test_goods_are_those_of_the_source(shared):
    import csv

    with (shared / "wiod2013" / "sectors.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["code"] for row in rows if row["is_goods_or_energy"] == "1"] == list(
        sector_groups()["goods"].sectors["wiod2013"]
    )
    assert {row["code"] for row in rows} == classifications()["wiod2013"]


def test_the_embedded_table_has_its_classification():
    table = autarky.open("world")
    assert classify(table.sectors) == "world"
    links = Embargo(exporters="RUS", importers="DEU", sectors=["goods"]).links(table)
    assert len(links.sectors) == 9


def test_sector_groups_are_found_by_the_labels_of_the_table():
    table = random_table(0, 2, 35)  # c1 … c35
    links = Embargo(exporters="DEU", importers="FRA", sectors=["energy", "c1"]).links(table)
    assert [table.sectors[s] for s in links.sectors] == ["c1", "c2", "c8", "c17"]


def test_a_table_of_ones_own_has_no_sector_groups():
    table = random_table(0, 2, 34)  # nearly wiod2013, but not it: nothing is guessed
    with pytest.raises(
        ShockError, match=r"'energy' is known for tables with the sectors of lrwiod"
    ):
        Embargo(exporters="DEU", importers="FRA", sectors="energy").links(table)
    with pytest.raises(LabelError, match=r"'enrgy' \(did you mean energy\?\)"):
        Embargo(exporters="DEU", importers="FRA", sectors="enrgy").links(table)


def test_groups_cannot_be_changed():
    with pytest.raises(TypeError):
        groups()["X"] = None
    with pytest.raises(TypeError):
        groups()["EU"].spans["DEU"] = ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        groups()["EU"].name = "X"
