"""Critical-input ratings: the figures, the bridge, and what is refused."""

import csv

import numpy as np
import pytest

import autarky
from autarky import Table
from autarky.errors import DataError, LabelError, OptionError
from autarky.stress.critical import ratings_for, read_bridge
from autarky.stress.critical.ratings import _rated


def table_of(sectors):
    S = len(sectors)
    return Table.from_arrays(np.eye(S), np.ones((S, 1)), regions=["DEU"], sectors=sectors)


def test_every_figure_is_the_source_s(shared):
    """Read from the source again, cell by cell: 55 inputs, 54 rated users."""
    with (shared / "critical_inputs/IHS_Markit_results_compact.csv").open() as file:
        head, *rows = csv.reader(file)
    industries, values = _rated()
    assert list(industries) == [row[0] for row in rows]
    users = industries.locate(head[1:])
    theirs = np.array([[np.nan if c == "NA" else float(c) for c in row[1:]] for row in rows])
    assert values.shape == (55, 55)
    np.testing.assert_array_equal(values[:, users], theirs)
    assert np.isnan(values[:, industries.position("T")]).all()
    assert np.isnan(theirs).sum() == 11


def test_the_counts_of_the_survey():
    _, values = _rated()
    counts = [int((values == v).sum()) for v in (0.0, 0.5, 1.0)]
    assert counts == [2206, 315, 438]


def test_the_bridge_of_wiod_is_the_shared_one(shared):
    """But for leather, which the shared file folds into textiles, and what nobody rated."""
    ratings = ratings_for(table_of([f"c{i}" for i in range(1, 36)]))
    with (shared / "bridges/isic4_56_to_wiod2013_35.csv").open() as file:
        pairs = {(row["isic4_wiod2016"], row["wiod2013"]) for row in csv.DictReader(file)}
    ours = {(code, sector) for sector, codes in ratings.bridge.items() for code in codes}
    assert ours - pairs == {("C13-C15", "c5")}
    assert pairs - ours == {("U", "c34")}


def test_world_groups_hold_the_industries_of_their_wiod_members():
    from autarky.sources.build_world import GROUPS

    fine = ratings_for(table_of([f"c{i}" for i in range(1, 36)])).bridge
    coarse = ratings_for(autarky.open("world", year=2011)).bridge
    assert list(coarse) == list(GROUPS)
    for code, (_, members) in GROUPS.items():
        assert set(coarse[code]) == {x for i in members for x in fine[f"c{i}"]}, code


def test_a_cell_is_the_mean_or_the_highest_of_its_pairs():
    industries, rated = _rated()
    pairs = rated[np.ix_(industries.locate(["C24", "C25"]), industries.locate(["C28", "C33"]))]
    world = autarky.open("world", year=2011)
    i, j = world.sectors.locate(["metals", "machinery"])
    assert 0 < pairs.mean() < pairs.max()
    assert ratings_for(world).values[i, j] == pairs.mean()
    assert ratings_for(world, combine="max").values[i, j] == pairs.max()


def test_what_anybody_would_say():
    """Steel stops without power, banks go on without food."""
    ratings = ratings_for(table_of([f"c{i}" for i in range(1, 36)]))
    power, steel, banks, food = ratings.sectors.locate(["c17", "c12", "c28", "c3"])
    assert ratings.values[power, steel] >= 0.5
    assert ratings.values[food, banks] == 0


@pytest.mark.parametrize("name", ["wiod2013", "world"])
def test_values_are_ratings_and_holes_are_listed(name):
    table = (
        autarky.open("world", year=2011)
        if name == "world"
        else table_of([f"c{i}" for i in range(1, 36)])
    )
    low, high = ratings_for(table), ratings_for(table, unrated=1.0)
    assert low.values.min() >= 0
    assert low.values.max() <= 1
    assert low.sectors == table.sectors
    holes = {(table.sectors[i], table.sectors[j]) for i, j in np.argwhere(low.values < high.values)}
    assert holes == set(low.unrated)
    if name == "wiod2013":
        assert {user for _, user in holes} >= {"c35"}
    else:
        assert not holes
    assert not low.values.flags.writeable


def test_the_rated_industries_need_no_bridge():
    industries, rated = _rated()
    ratings = ratings_for(table_of(["C24", "A01", "D35"]))
    chosen = industries.locate(["C24", "A01", "D35"])
    np.testing.assert_array_equal(ratings.values, rated[np.ix_(chosen, chosen)])


def test_the_bridge_can_be_edited(tmp_path):
    world = autarky.open("world", year=2011)
    first = ratings_for(world)
    file = tmp_path / "bridge.toml"
    file.write_text(first.bridge_toml(), encoding="utf-8")
    np.testing.assert_array_equal(ratings_for(world, bridge=file).values, first.values)
    assert read_bridge(file) == dict(first.bridge)
    narrow = ratings_for(world, bridge={**first.bridge, "energy": ["D35"]})
    assert narrow.bridge["energy"] == ("D35",)
    assert (narrow.values != first.values).any()


def test_an_unknown_sector_system_is_refused_with_what_to_do():
    with pytest.raises(OptionError, match=r"no bridge .* \(s1, s2, …\): known are wiod2013, world"):
        ratings_for(table_of(["s1", "s2"]))


def test_a_bridge_with_faults_is_refused():
    table = table_of(["s1", "s2"])
    with pytest.raises(OptionError, match="no industries for the sectors s2"):
        ratings_for(table, bridge={"s1": ["B"]})
    with pytest.raises(OptionError, match="no industries for the sectors s2"):
        ratings_for(table, bridge={"s1": ["B"], "s2": []})
    with pytest.raises(OptionError, match="not a list of industries: 's2': 'B'"):
        ratings_for(table, bridge={"s1": ["B"], "s2": "B"})
    with pytest.raises(LabelError, match="unknown rated code: 'C77'"):
        ratings_for(table, bridge={"s1": ["B"], "s2": ["C77"]})
    with pytest.raises(LabelError, match="unknown sector: 's3'"):
        ratings_for(table, bridge={"s1": ["B"], "s2": ["B"], "s3": ["B"]})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[one\n", "not TOML"),
        ("", "not a bridge"),
        ('[a]\ns1 = ["B"]\n[b]\ns1 = ["B"]\n', "not a bridge"),
        ("[a]\ns1 = 3\n", "sector 's1'"),
        ("[a]\ns1 = [3]\n", "sector 's1'"),
        ("[a]\ns1 = ['\udcff']\n", "not TOML"),
    ],
)
def test_a_file_that_is_no_bridge_is_refused(tmp_path, text, words):
    file = tmp_path / "b.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=words):
        read_bridge(file)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        ratings_for(table_of(["s1"]), bridge=tmp_path / "none.toml")


def test_options_are_checked():
    with pytest.raises(OptionError, match="combine"):
        ratings_for(table_of(["B"]), combine="median")
    with pytest.raises(OptionError, match="unrated"):
        ratings_for(table_of(["B"]), unrated=float("nan"))
