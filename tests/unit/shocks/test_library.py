"""The ready scenarios: all load, say where their numbers come from, and fit the tables."""

from importlib import resources

import pytest

import autarky
from autarky.errors import LabelError, OptionError
from autarky.shocks import Embargo, Isolation, Tariff, load_scenario, scenarios
from strategies import random_table

NAMES = [
    "blockade-japan",
    "blockade-taiwan",
    "china-west-decoupling",
    "china-west-partial",
    "cmea-collapse",
    "critical-inputs-china-euro",
    "electronics-china-taiwan-west",
    "end-of-nafta",
    "energy-russia-eu",
    "gas-stop-austria-together",
    "gas-stop-austria",
    "gas-stop-germany",
    "russia-west-2022",
    "tohoku-2011-damage",
    "tohoku-2011",
    "us-tariff-40",
    "world-tariff-20",
]
FOLDER = resources.files("autarky.shocks").joinpath("library")


def _pairs(scenario, table):
    """(exporter, importer, sector) of every link that a scenario touches."""
    r, s = table.regions.labels, table.sectors.labels
    return {
        (r[i], r[j], s[k])
        for effect in scenario.resolve(table).effects
        if hasattr(effect.where, "exporters")
        for i, j in zip(effect.where.exporters, effect.where.importers, strict=True)
        for k in effect.where.sectors
    }


def test_the_library_is_pinned():
    assert list(scenarios()) == NAMES
    assert len(scenarios()) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_files_carry_their_name_and_their_source(name):
    scenario = scenarios()[name]
    assert scenario.name == name
    assert scenario.title
    assert scenario.source
    with resources.as_file(FOLDER.joinpath(f"{name}.toml")) as path:
        assert load_scenario(path) == scenario


@pytest.mark.parametrize("year", [1995, 2000, 2005, 2008, 2011])
def test_all_fit_the_embedded_table_in_every_year(year):
    table = autarky.open("world", year)
    ready = scenarios(table.regions)
    assert len(ready) == len(NAMES) + 41
    for scenario in ready.values():
        scenario.check(table)
        scenario.check(table, timeless=True)


def test_all_fit_the_labels_of_the_full_release_and_mean_the_same():
    world = autarky.open("world", 2008)
    groups = {"food": ["c1", "c3"], "energy": ["c2", "c8", "c17"]}  # two of the table's recipe
    full = random_table(0, 1, 35).sectors
    table = autarky.Table.from_arrays(
        [[0.0] * 1435] * 1435, [[1.0] * 41] * 1435, regions=world.regions, sectors=full, year=2008
    )
    for scenario in scenarios(world.regions).values():
        coarse, fine = _pairs(scenario, world), _pairs(scenario, table)
        assert {pair[:2] for pair in coarse} == {pair[:2] for pair in fine}
        for group, members in groups.items():
            expected = {pair[:2] for pair in coarse if pair[2] == group}
            for member in members:
                assert {pair[:2] for pair in fine if pair[2] == member} == expected


def test_what_some_of_them_say():
    table = autarky.open("world", 2011)
    ready = scenarios()
    energy = _pairs(ready["energy-russia-eu"], table)
    assert {pair[0] for pair in energy} == {"RUS"}
    assert {pair[2] for pair in energy} == {"energy"}
    assert {"DEU", "BGR"} < {pair[1] for pair in energy}
    assert "GBR" not in {pair[1] for pair in energy}
    bloc = _pairs(ready["cmea-collapse"], table)
    members = {"BGR", "CZE", "EST", "HUN", "LTU", "LVA", "POL", "ROU", "RUS", "SVK"}
    assert {p[:2] for p in bloc} == {(r, s) for r in members for s in members if r != s}
    tariff = ready["us-tariff-40"].shocks[0]
    assert (tariff.rate, tariff.sectors) == (0.4, None)
    assert len({p[:2] for p in _pairs(ready["world-tariff-20"], table)}) == 41 * 40
    assert ready["blockade-taiwan"].shocks == (Isolation(region="TWN", duration=180, recovery=90),)
    assert ready["china-west-partial"].shocks[0].share == 0.5
    assert isinstance(ready["china-west-decoupling"].shocks[0], Embargo)
    assert all(isinstance(shock, Tariff) for shock in ready["end-of-nafta"].shocks)


def test_the_family_has_a_member_for_every_label():
    ready = scenarios(["DEU", "EU27"])
    assert list(ready)[-2:] == ["autarky-DEU", "autarky-EU27"]
    assert ready["autarky-DEU"].shocks == (Isolation(region="DEU"),)
    assert ready["autarky-EU27"].title == "European Union of 27 trades with nobody outside"
    assert scenarios()["autarky-MYOWN"].shocks == (Isolation(region="MYOWN"),)
    assert "autarky-FRA" in ready
    assert "autarky-" not in ready
    assert "nothing" not in ready
    assert 5 not in ready


def test_unknown_names_are_refused_with_the_nearest():
    with pytest.raises(LabelError, match=r"unknown scenario: 'us-tarif' \(did you mean us-tariff"):
        scenarios()["us-tarif"]
    for name in ("autarky-", "autarkyDEU", "", 5):
        with pytest.raises(LabelError, match="unknown scenario"):
            scenarios()[name]
    assert scenarios().get("nothing") is None
    with pytest.raises(OptionError, match="is one text"):
        scenarios("DEU")


def test_the_library_cannot_be_changed():
    with pytest.raises(TypeError):
        scenarios()["us-tariff-40"] = None
    assert repr(scenarios()) == "<Library of 17 scenarios, and autarky-X for any region X>"
