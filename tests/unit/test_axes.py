"""Labels: every look-up finds the right position or lists all that is wrong."""

import numpy as np
import pytest

from autarky.axes import USE_KINDS, Axis, Concordance, Industries, Uses
from autarky.errors import LabelError, OptionError, TableError

REGIONS = Axis("region", ["DEU", "FRA", "KOR", "USA"])
TITLED = Axis("region", ["DEU", "FRA"], ["Germany", "France"])
SECTORS = Axis("sector", ["c1", "c2", "c15"], ["Farming", "Mining", "Transport equipment"])


# --- Axis ---------------------------------------------------------------------------------------


def test_an_axis_is_a_sequence_of_its_labels():
    assert len(REGIONS) == 4
    assert list(REGIONS) == ["DEU", "FRA", "KOR", "USA"]
    assert REGIONS[2] == "KOR"
    assert "KOR" in REGIONS
    assert "kor" not in REGIONS
    assert REGIONS.titles == REGIONS.labels


def test_titles_are_found_by_label():
    assert SECTORS.title("c15") == "Transport equipment"
    assert SECTORS.position("c15") == 2
    with pytest.raises(LabelError, match="unknown sector: 'c3'"):
        SECTORS.title("c3")


@pytest.mark.parametrize(
    ("labels", "titles", "problem"),
    [
        (["a", ""], (), "label 1 is ''"),
        (["a", " b"], (), "label 1 is ' b'"),
        (["a", 3], (), "label 1 is 3"),
        (["a", None], (), "label 1 is None"),
        (["a", ["b"]], (), "label 1 is ['b']"),
        (["a", "b", "a"], (), "'a' appears twice"),
        ([], (), "there are no labels"),
        (["a", "b"], ["A"], "1 titles for 2 labels"),
    ],
)
def test_unusable_labels_are_refused(labels, titles, problem):
    with pytest.raises(TableError, match="the region labels are unusable") as caught:
        Axis("region", labels, titles)
    assert problem in caught.value.problems
    assert problem in str(caught.value)


def test_all_problems_of_the_labels_are_listed():
    with pytest.raises(TableError, match="unusable") as caught:
        Axis("use", ["a", "a", ""], ["only one"])
    assert len(caught.value.problems) == 3


def test_labels_are_located_in_the_order_asked_for():
    np.testing.assert_array_equal(REGIONS.locate(["USA", "DEU", "USA"]), [3, 0, 3])
    np.testing.assert_array_equal(REGIONS.locate("KOR"), [2])
    np.testing.assert_array_equal(REGIONS.locate(np.array(["FRA", "KOR"])), [1, 2])
    empty = REGIONS.locate([])
    assert empty.shape == (0,)
    assert empty.dtype == np.intp


def test_all_unknown_labels_are_listed_once_each_with_suggestions():
    with pytest.raises(LabelError) as caught:
        REGIONS.locate(["Germny", "FRA", "nowhere-land", "South Korea", "Germny"])
    assert caught.value.unknown == ("Germny", "nowhere-land", "South Korea")
    assert caught.value.suggestions["Germny"] == ("DEU",)
    assert caught.value.suggestions["South Korea"] == ("KOR",)
    assert caught.value.suggestions["nowhere-land"] == ()
    assert "unknown regions: 'Germny' (did you mean DEU?), 'nowhere-land'" in str(caught.value)


@pytest.mark.parametrize("label", [0, None, 1.5, ["DEU"]])
def test_what_is_not_a_label_is_an_unknown_label(label):
    with pytest.raises(LabelError, match="unknown region"):
        REGIONS.locate([label])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GERMANY", "DEU"),
        ("Germny", "DEU"),
        ("germany", "DEU"),
        ("deu", "DEU"),
        (" DEU ", "DEU"),
        ("DE", "DEU"),
        ("Deutschland", "DEU"),
        ("Republic of Korea", "KOR"),
        ("United States", "USA"),
    ],
)
def test_an_economy_is_suggested_however_it_is_written(text, expected):
    assert REGIONS.suggest(text)[0] == expected


def test_only_labels_of_the_axis_are_suggested():
    for text in ("Poland", "POL", "Korea", "DEUX", "", "?", "E"):
        suggestions = REGIONS.suggest(text)
        assert set(suggestions) <= set(REGIONS)
        assert len(suggestions) <= 3


def test_titles_lead_to_labels():
    assert SECTORS.suggest("mining") == ["c2"]
    assert SECTORS.suggest("Transport equipmnt") == ["c15"]
    assert SECTORS.suggest("equipment") == ["c15"]
    assert TITLED.suggest("France") == ["FRA"]


def test_countries_are_not_suggested_for_other_axes():
    assert Axis("sector", ["DEU", "c1"]).suggest("Germany") == []


def test_an_axis_is_selected_by_position():
    assert SECTORS.select([2, 0]) == Axis(
        "sector", ["c15", "c1"], ["Transport equipment", "Farming"]
    )


def test_axes_compare_and_hash_by_value():
    assert Axis("region", ["a"]) == Axis("region", ["a"])
    assert Axis("region", ["a"]) != Axis("sector", ["a"])
    assert len({Axis("region", ["a"]), Axis("region", ["a"])}) == 1


def test_an_axis_is_frozen():
    with pytest.raises(AttributeError):
        REGIONS.labels = ()


# --- Industries ---------------------------------------------------------------------------------


@pytest.fixture
def ragged():
    return Industries(
        Axis("region", ["DEU", "FRA", "KOR"]), SECTORS, [0, 0, 1, 2, 2, 2], [0, 2, 1, 0, 1, 2]
    )


def test_a_product_is_region_major():
    industries = Industries.product(REGIONS, SECTORS)
    assert len(industries) == 12
    assert industries.is_regular
    assert industries.label(4) == "FRA:c2"
    assert industries.block("KOR") == industries.block(2) == slice(6, 9)
    np.testing.assert_array_equal(industries.starts, [0, 3, 6, 9, 12])
    np.testing.assert_array_equal(industries.sector_of, np.tile([0, 1, 2], 4))
    assert industries.sectors is SECTORS


def test_ragged_industries(ragged):
    assert not ragged.is_regular
    np.testing.assert_array_equal(ragged.starts, [0, 2, 3, 6])
    assert ragged.block("FRA") == slice(2, 3)
    assert [ragged.label(i) for i in range(3)] == ["DEU:c1", "DEU:c15", "FRA:c2"]
    np.testing.assert_array_equal(ragged.sum_by_region(np.arange(6.0)), [1, 2, 12])
    regions, sectors = ragged.columns()
    assert list(zip(regions, sectors, strict=True))[3] == ("KOR", "c1")


def test_pairs_are_located_by_region_and_item(ragged):
    np.testing.assert_array_equal(ragged.locate("KOR", ["c15", "c1"]), [3, 5])
    np.testing.assert_array_equal(ragged.locate(["KOR", "DEU"], "c1"), [0, 3])
    np.testing.assert_array_equal(ragged.locate(items="c2"), [2, 4])
    np.testing.assert_array_equal(ragged.locate(), np.arange(6))
    assert ragged.locate("FRA", "c1").size == 0
    with pytest.raises(LabelError, match="unknown region: 'POL'"):
        ragged.locate("POL")
    with pytest.raises(LabelError, match="unknown sector: 'c9'"):
        ragged.locate(None, "c9")


@pytest.mark.parametrize("region", [3, -1])
def test_a_block_of_no_region_is_refused(ragged, region):
    with pytest.raises(LabelError, match=f"unknown region: '{region}'"):
        ragged.block(region)


def test_sums_by_region_along_the_other_axis():
    industries = Industries.product(Axis("region", ["A", "B"]), Axis("sector", ["s", "t"]))
    M = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(industries.sum_by_region(M, axis=1), [[1, 5], [9, 13], [17, 21]])


@pytest.mark.parametrize(
    ("region_of", "sector_of", "problem"),
    [
        ([0, 0, 1], [0, 1], "(3,) region and (2,) sector codes"),
        ([[0, 1]], [[0, 1]], "(1, 2) region and (1, 2) sector codes"),
        ([1, 0], [0, 0], "not sorted by region (region-major order is required)"),
        ([0, 0, 1], [1, 1, 0], "a region has the same sector twice"),
        ([0, 0], [0, 1], "a region has no sector at all"),
        ([0, 1], [0, 3], "a sector code lies outside 0 … 2"),
        ([0, 1], [-1, 0], "a sector code lies outside 0 … 2"),
        ([-1, 0], [0, 0], "a region code lies outside 0 … 1"),
        ([0, 1, 2], [0, 0, 0], "a region code lies outside 0 … 1"),
    ],
)
def test_unusable_industries_are_refused(region_of, sector_of, problem):
    with pytest.raises(TableError, match="the industries are unusable") as caught:
        Industries(TITLED, SECTORS, region_of, sector_of)
    assert problem in caught.value.problems


def test_codes_are_copied_and_read_only():
    codes = np.array([0, 1])
    industries = Industries(TITLED, SECTORS, codes, [0, 0])
    codes[0] = 1
    np.testing.assert_array_equal(industries.region_of, [0, 1])
    with pytest.raises(ValueError, match="read-only"):
        industries.region_of[0] = 1


def test_industries_compare_by_value(ragged):
    again = Industries(ragged.regions, ragged.sectors, ragged.region_of, ragged.sector_of)
    assert again == ragged
    assert ragged != Industries.product(ragged.regions, ragged.sectors)
    assert ragged != Uses(ragged.regions, ragged.items, ragged.region_of, ragged.item_of)


# --- Uses ---------------------------------------------------------------------------------------


def test_uses_are_chosen_by_kind():
    uses = Uses.product(
        TITLED, Axis("use", ["c37", "c41", "c42"]), kinds=("household", "investment", "inventories")
    )
    np.testing.assert_array_equal(uses.of_kind("inventories"), [2, 5])
    np.testing.assert_array_equal(uses.of_kind("household", "investment"), [0, 1, 3, 4])
    assert uses.of_kind("government").size == 0
    assert uses.categories is uses.items
    np.testing.assert_array_equal(uses.category_of, [0, 1, 2, 0, 1, 2])


def test_uses_are_for_everything_unless_said_otherwise():
    assert Uses.product(TITLED, Axis("use", ["a", "b"])).kinds == ("final", "final")


@pytest.mark.parametrize("kinds", [("houshold",), ("household", "npish"), "final"])
def test_unknown_kinds_are_refused(kinds):
    with pytest.raises(TableError, match="must be 1 of"):
        Uses.product(TITLED, Axis("use", ["a"]), kinds=kinds)


def test_a_misspelt_kind_is_not_an_empty_answer():
    uses = Uses.product(TITLED, Axis("use", ["a"]))
    with pytest.raises(OptionError, match="'houshold' is not one of household, npish"):
        uses.of_kind("household", "houshold")


def test_uses_with_other_kinds_are_other_uses():
    make = lambda kind: Uses.product(TITLED, Axis("use", ["a"]), kinds=(kind,))  # noqa: E731
    assert make("household") == make("household")
    assert make("household") != make("government")


def test_errors_about_uses_speak_of_uses():
    with pytest.raises(TableError, match="the uses are unusable: a region has no use at all"):
        Uses(TITLED, Axis("use", ["a"]), [0], [0])


def test_the_kinds_are_those_models_choose_by():
    assert USE_KINDS == ("household", "npish", "government", "investment", "inventories", "final")


# --- Concordance --------------------------------------------------------------------------------


def test_groups_become_a_concordance():
    found = Concordance.from_groups(
        SECTORS, {"primary": ["c2", "c1"], "c15": "c15"}, titles={"primary": "Farming, mining"}
    )
    np.testing.assert_array_equal(found.to, [0, 0, 1])
    assert found.new == Axis("sector", ["primary", "c15"], ["Farming, mining", "c15"])


def test_the_rest_stays_with_its_title():
    found = Concordance.from_groups(SECTORS, {"goods": ["c2", "c15"]}, keep_rest=True)
    np.testing.assert_array_equal(found.to, [1, 0, 0])
    assert found.new == Axis("sector", ["goods", "c1"], ["goods", "Farming"])


def test_identity_leaves_everything():
    found = Concordance.identity(SECTORS)
    assert found.new == found.old == SECTORS
    np.testing.assert_array_equal(found.to, [0, 1, 2])


@pytest.mark.parametrize(
    ("groups", "problems"),
    [
        ({"a": ["c1", "c2"]}, ["'c15' is in no group"]),
        ({"a": ["c1", "c2"], "b": ["c2", "c15"]}, ["'c2' is in 'a' and in 'b'"]),
        (
            {"a": ["c1"], "b": ["c1"]},
            ["'c1' is in 'a' and in 'b'", "'c2' is in no group", "'c15' is in no group"],
        ),
        ({"a": ["c1", "c2", "c15"], "b": []}, ["'b' has no members"]),
    ],
)
def test_groups_must_be_a_partition(groups, problems):
    with pytest.raises(TableError, match="the sector groups are not a partition") as caught:
        Concordance.from_groups(SECTORS, groups)
    assert caught.value.problems == tuple(problems)


def test_all_unknown_members_are_listed():
    with pytest.raises(LabelError, match="unknown sectors: 'c8', 'c9'"):
        Concordance.from_groups(SECTORS, {"a": ["c8", "c1"], "b": ["c9"]})


def test_a_group_may_not_take_the_name_of_a_label_that_stays():
    with pytest.raises(TableError, match="'c1' appears twice"):
        Concordance.from_groups(SECTORS, {"c1": ["c2", "c15"]}, keep_rest=True)


@pytest.mark.parametrize("to", [[0, 0], [0, 0, 2], [0, 0, -1], [0, 0, 0], [[0, 0, 1]]])
def test_a_concordance_by_hand_must_map_every_label_and_use_every_new_one(to):
    with pytest.raises(TableError, match="the sector concordance is unusable"):
        Concordance(SECTORS, Axis("sector", ["a", "b"]), np.array(to))
