"""The data-health report: each finding fires, with the worst places first."""

from dataclasses import replace

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.table import Finding, Health, Table
from strategies import ragged_table, random_table

CODES = {
    "row_imbalance": "warning",
    "column_imbalance": "warning",
    "negative_Z": "warning",
    "negative_Y": "note",
    "negative_output": "error",
    "negative_value_added": "warning",
    "zero_output": "note",
    "flows_without_output": "warning",
    "no_domestic_supplier": "note",
    "column_sum_above_one": "warning",
    "exports_above_output": "error",
}


def _two(Z, Y, **more):
    """Regions A and B with one sector each; output is the row sums unless given."""
    return Table.from_arrays(Z, Y, regions=["A", "B"], sectors=["s"], **more)


SOUND = {"Z": [[2.0, 1.0], [1.0, 2.0]], "Y": [[5.0, 2.0], [1.0, 6.0]]}
#: One broken table per finding: the changes to `SOUND`, and the worst places with their values.
BROKEN = {
    "row_imbalance": ({"x": [12.0, 9.5]}, (("A:s", 2.0), ("B:s", -0.5))),
    "column_imbalance": ({"value_added": [7.0, 6.5]}, (("B:s", 0.5),)),
    "negative_Z": ({"Z": [[2.0, -0.5], [-1.5, 2.0]]}, (("(B:s, A:s)", -1.5), ("(A:s, B:s)", -0.5))),
    "negative_Y": (
        {"Y": [[5.0, -2.0], [-3.0, 9.0]]},
        (("(B:s, A:final)", -3.0), ("(A:s, B:final)", -2.0)),
    ),
    "negative_output": ({"x": [10.0, -1.0]}, (("B:s", -1.0),)),
    "negative_value_added": ({"Y": [[0.5, -1.0], [9.0, 9.0]]}, (("A:s", -0.5),)),
    "zero_output": (
        {"Z": [[2.0, 0.0], [0.0, 0.0]], "Y": [[5.0, 2.0], [0.0, 0.0]]},
        (("B:s", 0.0),),
    ),
    "flows_without_output": ({"x": [10.0, 0.0]}, (("B:s", 13.0),)),
    "no_domestic_supplier": (
        {"Y": [[5.0, 2.0], [1.0, 0.0]], "Z": [[2.0, 1.0], [1.0, 0.0]]},
        (("B:s", 3.0),),
    ),
    "column_sum_above_one": ({"Y": [[0.5, -1.0], [9.0, 9.0]]}, (("A:s", 1.2),)),
    "exports_above_output": ({"x": [2.0, 10.0]}, (("A", 1.5),)),
}


def test_a_sound_table_has_no_findings():
    health = _two(**SOUND).check()
    assert health.ok
    assert len(health) == 0
    assert str(health) == "nothing found"
    assert health.tidy().empty
    for make in (random_table, ragged_table):
        assert {f.code for f in make(0, F=2).check()} <= {"no_domestic_supplier"}


def test_every_finding_is_listed_here():
    assert set(BROKEN) == set(CODES)


@pytest.mark.parametrize("code", CODES)
def test_each_finding_fires_with_its_worst_places(code):
    changes, worst = BROKEN[code]
    health = _two(**SOUND | changes).check()
    assert code in health
    finding = health[code]
    assert finding.severity == CODES[code]
    assert finding.count == len(worst)
    assert [place for place, _ in finding.worst] == [place for place, _ in worst]
    np.testing.assert_allclose([v for _, v in finding.worst], [v for _, v in worst], rtol=1e-12)
    assert str(finding).startswith(f"{finding.severity}: {finding.message} (worst: {worst[0][0]} ")
    assert "{" not in finding.message


@pytest.mark.parametrize("code", CODES)
def test_each_finding_is_silent_about_a_sound_table(code):
    assert code not in _two(**SOUND).check()


def test_a_large_imbalance_is_an_error():
    assert _two(**SOUND, x=[20.0, 10.0]).check()["row_imbalance"].severity == "error"
    assert not _two(**SOUND, x=[20.0, 10.0]).check().ok


def test_errors_come_first():
    changes = BROKEN["negative_output"][0]
    order = [f.severity for f in _two(**SOUND | changes).check()]
    assert order == sorted(order, key=["error", "warning", "note"].index)


def test_only_the_five_worst_places_are_listed_and_all_are_counted():
    table = random_table(0, 3, 4)
    x = table.x + np.arange(12.0) * 1e-3 * table.x.max()
    finding = replace(table, x=x).check()["row_imbalance"]
    assert finding.count == 11
    assert [place for place, _ in finding.worst] == [
        table.industries.label(i) for i in (11, 10, 9, 8, 7)
    ]


def test_regions_that_export_too_much_are_listed_worst_first():
    R = 7
    Z, Y = np.zeros((R, R)), np.eye(R) + np.eye(R, k=1) * 50 + np.eye(R, k=1 - R) * 50
    x = 50.0 - np.arange(1.0, R + 1)
    table = Table.from_arrays(Z, Y, x=x, regions=[f"R{i}" for i in range(R)], sectors=["s"])
    finding = table.check()["exports_above_output"]
    assert finding.count == R
    assert [place for place, _ in finding.worst] == ["R6", "R5", "R4", "R3", "R2"]
    np.testing.assert_allclose(finding.worst[0][1], 50 / 43)


def test_exports_out_of_inventories_are_no_fault():
    # B makes 6, exports 8 and takes 4 out of its stocks.
    table = _two([[2.0, 1.0], [1.0, 1.0]], [[5.0, 2.0], [7.0, 1.0 - 4.0]])
    assert table.x[1] == 6
    assert table.check().ok


def test_exports_of_a_region_without_output_are_infinitely_too_large():
    table = _two([[2.0, 0.0], [0.0, 0.0]], [[5.0, 2.0], [3e12, 0.0]], x=[9.0, 0.0])
    assert table.check()["exports_above_output"].worst == (("B", np.inf),)


def test_a_product_that_is_made_only_for_export_has_no_domestic_supplier():
    table = _two([[2.0, 1.0], [1.0, 0.0]], [[5.0, 2.0], [4.0, 0.0]])
    assert table.x[1] == 5
    finding = table.check()["no_domestic_supplier"]
    assert finding.worst == (("B:s", 3.0),)
    assert "not supplied from within" in finding.message


def test_missing_suppliers_of_ragged_tables():
    table = ragged_table(0, (1, 3, 2))
    found = dict(table.check()["no_domestic_supplier"].worst)
    have = {table.industries.label(i) for i in range(table.n)}
    assert found
    assert not set(found) & have


def test_gaps_below_the_tolerance_are_not_reported():
    table = _two(**SOUND, x=[10.001, 10.0])
    assert "row_imbalance" in table.check()
    assert "row_imbalance" not in table.check(tolerance=1e-3)


@pytest.mark.parametrize("tolerance", [-1e-6, float("nan"), float("inf")])
def test_a_tolerance_that_hides_everything_is_refused(tolerance):
    with pytest.raises(OptionError, match="tolerance is"):
        _two(**SOUND).check(tolerance=tolerance)


def test_the_tidy_frame_has_one_row_per_place():
    frame = _two(**SOUND | BROKEN["row_imbalance"][0]).check().tidy()
    assert list(frame.columns) == ["code", "severity", "message", "count", "place", "value"]
    rows = frame[frame["code"] == "row_imbalance"]
    assert rows["place"].tolist() == ["A:s", "B:s"]
    assert rows["value"].tolist() == [2.0, -0.5]


def test_findings_are_asked_for_by_code():
    health = Health((Finding("negative_Y", "note", "m", 1, (("a", 1.0),)),))
    assert "negative_Y" in health
    assert "negative_Z" not in health
    with pytest.raises(
        LabelError, match=r"unknown finding: 'negative_y' \(did you mean negative_Y"
    ):
        health["negative_y"]


def test_wiod_2011_has_the_known_faults(wiod2013_raw):
    raw = wiod2013_raw(2011)
    table = Table.from_arrays(
        raw["Z"], raw["Y"], x=raw["x"], regions=[f"R{i}" for i in range(41)],
        sectors=[f"c{i}" for i in range(35)], uses=[f"f{i}" for i in range(5)],
    )  # fmt: skip
    health = table.check()
    assert health.ok
    # data/README: 18 to 22 industries without output, 186 to 824 negative final uses a year.
    idle = sum(health[c].count for c in ("zero_output", "flows_without_output") if c in health)
    assert 18 <= idle <= 22
    assert 186 <= health["negative_Y"].count <= 824
    assert "negative_Z" not in health
    assert "negative_value_added" not in health
    assert "column_sum_above_one" not in health
