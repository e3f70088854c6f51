"""The window LP of a table of two regions and two sectors, in words: one file per constraint.

A change of a file is a change of the model: read the difference before renewing one
(``RENEW_GOLDEN=1`` writes the files).
"""

import os
from pathlib import Path

import pytest

from autarky import Table
from autarky.shocks import CapacityLoss, Embargo, Scenario, StockRelease
from autarky.stress.rationing import Rationing

HERE = Path(__file__).parent
KINDS = ("supply", "pool", "input", "cut", "release")


@pytest.fixture(scope="module")
def program():
    """Flows of 365 a year are 1 a day; a window of 10 days, 4 days of stock, a quarter a day."""
    table = Table.from_arrays(
        [[36.5, 73, 36.5, 73], [73, 0, 73, 0], [0, 36.5, 36.5, 73], [73, 73, 0, 36.5]],
        [[146, 73], [219, 73], [73, 146], [73, 219]],
        regions=["A", "B"],
        sectors=["s1", "s2"],
    )
    scenario = Scenario(
        "golden",
        [
            Embargo(exporters="A", importers="B", sectors="s1", share=0.5),
            CapacityLoss(regions="A", sectors="s2", share=0.2),
            StockRelease(regions="B", sectors="s2", days=2, of="use"),
        ],
        horizon=10,
    )
    model = Rationing(days=4, psi=1.0, alpha_max=1.25)
    return model.program(table, scenario)


@pytest.mark.parametrize("kind", KINDS)
def test_the_program_reads_as_before(program, kind):
    path = HERE / f"rationing_{kind}.lp"
    text = program.text(kind)
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_row_is_of_a_kind_with_a_file(program):
    assert {name.split("(")[0] for name in program.rows} == set(KINDS)


def test_names_are_unique(program):
    assert len(set(program.rows)) == len(program.rows)
    assert len(set(program.columns)) == len(program.columns)
