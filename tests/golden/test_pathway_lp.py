"""The pathway LP of an economy of two sectors over two years: one file per kind of row.

A change of a file is a change of the model: read the difference before renewing one
(``RENEW_GOLDEN=1`` writes the files).
"""

import os
from pathlib import Path

import pytest

from autarky import CapacityLoss, Table
from autarky.plan import Goal, Limits, Pathway, Recovery

HERE = Path(__file__).parent
LIMITS = Limits(tiers=2, export_tiers=2, tail=1, lead=2)
OPTIONS = {"growth": 0.0, "interest": 0.25, "depreciation": 0.1, "band": None, "limits": LIMITS}

#: Of the program with a goal for home supply.
HOME = (
    "utility",
    "consumption",
    "bundle_high",
    "bundle_low",
    "use",
    "home",
    "import",
    "tier",
    "export_floor",
    "capacity",
    "stock",
    "absorption",
    "investment",
    "skill",
    "labour",
    "raw",
    "exchange",
    "goal_s1",
    "terminal",
)
#: Of those with a partner, a recovery and whole plants: what they have besides.
PARTNER = (
    "replaced_s1_from_B",
    "left_s1_from_B",
    "divert_tier_s1_from_B",
    "goal_s1_from_B",
    "exchange",
)
RECOVERY = ("home", "import", "surge_tier", "skill_kept", "absorption", "goal_s1")
PLANTS = ("whole",)


def table():
    """Three regions; A makes 100 of s1 and 200 of s2, and buys a fifth of s1 abroad."""
    Z = [
        [20.0, 20, 0, 0, 10, 0],
        [10, 40, 10, 0, 10, 0],
        [10, 0, 20, 10, 0, 0],
        [0, 20, 10, 20, 0, 0],
        [5, 0, 0, 0, 10, 10],
        [0, 0, 0, 0, 10, 10],
    ]
    Y = [
        [20.0, 20, 5, 0, 5, 0],
        [100, 20, 10, 0, 0, 0],
        [5, 0, 40, 15, 0, 0],
        [20, 0, 60, 20, 0, 0],
        [5, 0, 0, 0, 30, 10],
        [0, 0, 0, 0, 50, 10],
    ]
    return Table.from_arrays(
        Z,
        Y,
        regions=["A", "B", "C"],
        sectors=["s1", "s2"],
        uses=["consumption", "investment"],
        use_kinds=["household", "investment"],
        year=2000,
    )


@pytest.fixture(scope="module")
def programs():
    data = table()
    goal = Goal(region="A", sectors="s1", share=0.9, by=1)
    buyers = Goal(region="A", sectors="s1", partner="B", share=0.05, by=1)
    loss = CapacityLoss(regions="A", sectors="s1", share=0.5)
    back = Recovery(region="A", losses=loss, share=0.9, by=1)
    model = Pathway(raw=("s2",), **OPTIONS)
    plants = Pathway(raw=("s2",), plants={"s1": 5.0}, **OPTIONS)
    return {
        "": model.prepare(data, goal).program(),
        "partner": model.prepare(data, buyers).program(),
        "recovery": model.prepare(data, back).program(),
        "plants": plants.prepare(data, goal).program(),
    }


CASES = [
    *[("", kind) for kind in HOME],
    *[("partner", kind) for kind in PARTNER],
    *[("recovery", kind) for kind in RECOVERY],
    *[("plants", kind) for kind in PLANTS],
]


def check(name, text):
    path = HERE / f"pathway_{name}.lp"
    if os.environ.get("RENEW_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("which", "kind"), CASES)
def test_the_program_reads_as_before(programs, which, kind):
    lines = programs[which].text(kind).splitlines(keepends=True)
    # The value is that of the whole program: it has a file of its own.
    check("_".join(part for part in (which, kind) if part), "".join(lines[2:]))


def test_the_value_reads_as_before(programs):
    parts = programs[""].text("goal_s1").splitlines()[1].strip().split(" + ")
    check("value", "\n+ ".join(parts) + "\n")


def test_every_row_is_of_a_kind_with_a_file(programs):
    assert set(programs[""].rows) == set(HOME)
    assert set(programs["partner"].rows) <= set(HOME) | set(PARTNER)
    assert set(programs["recovery"].rows) <= set(HOME) | set(RECOVERY)
    assert set(programs["plants"].rows) == set(HOME) | set(PLANTS)


def test_names_are_unique(programs):
    for one in programs.values():
        rows, columns = one.names(one.rows, len(one.low)), one.names(one.columns, len(one.cost))
        assert len(set(rows)) == len(rows)
        assert len(set(columns)) == len(columns)
