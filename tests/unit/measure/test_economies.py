"""Who an economy is: regions or groups, each guard firing."""

import numpy as np
import pytest

from autarky.axes import Axis
from autarky.errors import LabelError, OptionError
from autarky.measure.economies import Economies, lump_caveat, lumps, sector_positions
from strategies import random_table

TABLE = random_table(1, R=3, S=2)  # DEU, FRA, USA


def test_regions_are_economies_of_one():
    who = Economies.of(TABLE, ["USA", "DEU"])
    assert who.labels == ("USA", "DEU")
    np.testing.assert_array_equal(who.home, [[False, False, True], [True, False, False]])
    assert who.parameters == {"regions": ["USA", "DEU"]}
    assert Economies.of(TABLE).parameters == {}


def test_groups_are_named_or_called_group():
    assert Economies.of(TABLE, group=["DEU", "FRA"]).labels == ("group",)
    who = Economies.of(TABLE, group={"EU": iter(["DEU", "FRA"]), "NA": "USA"})
    assert who.labels == ("EU", "NA")
    assert who.parameters == {"group": {"EU": ["DEU", "FRA"], "NA": ["USA"]}}
    assert len(who) == 2


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"regions": ["DEU", "DEU"]}, "each region once"),
        ({"regions": []}, "at least one"),
        ({"regions": "DEU", "group": ["FRA"]}, "not both"),
        ({"group": {}}, "names no group"),
        ({"group": []}, "has no regions"),
        ({"group": {"USA": ["DEU"]}}, "name of a region that is not in it"),
        ({"group": ["DEU", "FRA", "USA"]}, "whole table"),
    ],
)
def test_unusable_economies_are_refused(options, match):
    with pytest.raises(OptionError, match=match):
        Economies.of(TABLE, **options)


def test_unknown_labels_are_named():
    with pytest.raises(LabelError, match="XYZ"):
        Economies.of(TABLE, group={"EU": ["DEU", "XYZ"]})
    with pytest.raises(OptionError, match="nothing to measure"):
        sector_positions(TABLE, [])
    np.testing.assert_array_equal(sector_positions(TABLE, ["c2", "c1", "c2"]), [0, 1])


def test_a_rest_of_the_world_is_a_lump():
    assert lumps(Axis("region", ["DEU", "ROW", "rest"])) == ["ROW", "rest"]
    assert lump_caveat(TABLE.regions) == ()
    assert "ROW" in lump_caveat(Axis("region", ["DEU", "ROW"]))[0]


def test_a_group_cannot_have_the_name_of_sums():
    table = random_table(seed=1, R=3, S=2)
    with pytest.raises(OptionError, match="'total', which stands for sums"):
        Economies.of(table, group={"total": ["DEU", "FRA"]})
