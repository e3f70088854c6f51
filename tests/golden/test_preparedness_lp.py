"""The preparedness LP of two regions and two sectors, in words: one file per constraint.

A change of a file is a change of the model: read the difference before renewing one
(``RENEW_GOLDEN=1`` writes the files).
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from autarky import CapacityLoss, Embargo, Scenario, Table
from autarky.plan import Preparedness
from autarky.plan.preparedness.program import program

HERE = Path(__file__).parent
ROBUST = (
    "use", "home", "import", "replace", "skip", "make", "store", "guarantee", "export_window",
    "invest_window",
)  # fmt: skip
TAIL = ("loss", "tail")
BEFORE = ("reach",)


@pytest.fixture(scope="module")
def prepared():
    """Flows of 12 a year are 1 a month; three months, standby capacity in full in the second."""
    table = Table.from_arrays(
        [[24, 12, 0, 12], [12, 24, 12, 0], [24, 12, 24, 12], [0, 12, 12, 24]],
        [[96, 24, 12, 12], [60, 12, 0, 12], [24, 12, 96, 24], [12, 0, 72, 36]],
        regions=["A", "B"],
        sectors=["goods", "services"],
        uses=["consumption", "investment"],
        use_kinds=["household", "investment"],
    )
    scenario = Scenario(
        "cut",
        [
            Embargo(exporters="B", importers="A", share=0.5),
            CapacityLoss(regions="A", sectors="goods", share=0.1),
        ],
    )
    model = Preparedness(
        months=3,
        ramp=2,
        holding={"goods": 0.1},
        replace={"goods": 0.2, "services": 0.8},
        skip={"goods": 0.05, "services": 0.5},
        growth=0.02,
        interest=0.05,
        depreciation=0.05,
        capital=[2.0, 3.0],
    )
    return model.prepare(table, scenario, region="A")


def programs(prepared):
    in_money = replace(prepared.setting, money=1.0)
    return {
        "robust": program(in_money),
        "tail": program(replace(in_money, tail=0.5)),
        "before": program(in_money, before=True),
    }


@pytest.mark.parametrize("kind", [*ROBUST, *TAIL, *BEFORE])
def test_the_program_reads_as_before(prepared, kind):
    which = "robust" if kind in ROBUST else "tail" if kind in TAIL else "before"
    block = "guarantee" if kind == "tail" else kind
    text = programs(prepared)[which].text(block)
    path = HERE / f"preparedness_{kind}.lp"
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_row_is_of_a_kind_with_a_file(prepared):
    found = programs(prepared)
    assert set(found["robust"].rows) == set(ROBUST)
    assert set(found["tail"].rows) - set(ROBUST) == {"loss"}
    assert set(found["before"].rows) - set(ROBUST) == set(BEFORE)
