"""What an ensemble says in sentences and tables: the numbers of the answer, named and sorted."""

import re

import numpy as np
import pandas as pd
import pytest

from autarky import Table
from autarky.ensemble import answers
from autarky.ensemble.answers import Answer
from autarky.report.ensembles import dependences, told

SCENARIOS = ("small", "big")


def frames(values, **drawn):
    """Tasks of two scenarios over draws; the second loses ten times as much as the first."""
    parts, rows = [], []
    for scale, scenario in zip((1.0, 10.0), SCENARIOS, strict=True):
        count = len(values)
        names = [f"{scenario}{k}" for k in range(count)]
        parts.append(
            pd.DataFrame({"task": names, "table": "t", "scenario": scenario, "model": "m",
                          "draw": range(count), **drawn})
        )  # fmt: skip
        rows.append(
            pd.DataFrame({"task": names, "variable": "real_income", "region": "A",
                          "sector": "total", "partner": "total",
                          "value": scale * np.asarray(values, dtype=float), "unit": "percent"})
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True), pd.concat(parts, ignore_index=True)


VALUES = -np.arange(1.0, 12.0) / 10


@pytest.fixture
def drawn():
    return frames(VALUES, theta=np.arange(11.0))


def test_the_widest_band_is_named(drawn):
    (one,) = told(answers.quantiles(*drawn, at=(0, 0.5, 1)))
    assert one.title == "In what band does real income lie, in %?"
    assert one.answer.startswith("big: from -11.00 to -1.00 %, the widest of 2 bands")
    assert one.columns == ("scenario", "p0", "median", "p100")
    assert one.rows == (
        ("small", "-1.10", "-0.60", "-0.10"), ("big", "-11.00", "-6.00", "-1.00"),
    )  # fmt: skip


def test_without_draws_there_is_one_number():
    rows, tasks = frames([-1.0])
    (one,) = told(answers.quantiles(rows, tasks))
    assert "nothing that moves real income was drawn" in one.answer
    (rank,) = told(answers.ranking(rows, tasks, variable="real_income"))
    assert rank.answer == "big costs A most: real income -10.00 %."
    assert rank.columns == ("scenario · region", "real income, %")


def test_chances_are_counted_and_sorted(drawn):
    (one,) = told(answers.exceedance(*drawn, variable="real_income", threshold=-0.95))
    assert one.title == "How often is real income below -0.95 %?"
    assert one.answer == "In every draw for 1 of 2 numbers, in none for 0, in some for 1."
    assert [row[0] for row in one.rows] == ["big", "small"]
    assert one.chart.values == pytest.approx((100.0, 100 * 2 / 11))


def test_the_ranking_names_who_loses_most(drawn):
    (one,) = told(answers.ranking(*drawn, variable="real_income", band=(0.0, 1.0)))
    assert one.answer == "big costs A most: real income -6.00 % (-11.00 to -1.00 over the draws)."
    assert [row[0] for row in one.rows] == ["1  big · A", "2  small · A"]


def test_swings_say_which_way(drawn):
    (one,) = told(answers.tornado(*drawn, variable="real_income", sampling="lhs"))
    assert one.title == "How does theta move real income?"
    assert one.answer == "theta moves it most in 2 of 2 cases, of 1 drawn."
    assert one.rows[0] == ("small", "-1.00", "-0.20 → -1.00")


def test_choices_are_named_in_their_swings():
    rows, tasks = frames(VALUES[:6], rule=["none"] * 3 + ["redirect"] * 3)
    (one,) = told(answers.tornado(rows, tasks, variable="real_income", sampling="random"))
    assert one.rows[0][-1] == "redirect -0.50 → none -0.20"
    assert one.rows[0][-2] == "–"


def saltelli(n, weight):
    rng = np.random.default_rng(0)
    A, B = rng.random((n, 2)), rng.random((n, 2))
    mixed = [np.column_stack([B[:, 0], A[:, 1]]), np.column_stack([A[:, 0], B[:, 1]])]
    x = np.concatenate([A, B, *mixed])
    return frames(-x @ np.array([1.0, weight]), a=np.tile(x[:, 0], 1), b=np.tile(x[:, 1], 1))


def test_shares_of_variance_and_when_they_say_little():
    many = answers.tornado(*saltelli(2048, 3.0), variable="real_income", sampling="saltelli")
    (one,) = told(many)
    # Of a sum of uniform numbers with weights 1 and 3 the second explains 9/10.
    said = re.match(r"b moves it most in 2 of 2 cases: it has a hand in (\d+) % of the", one.answer)
    assert float(said[1]) == pytest.approx(90, abs=5)
    assert one.columns == ("scenario · parameter", "alone, %", "all, %", "band", "rank",
                           "low → high")  # fmt: skip
    few = answers.tornado(*saltelli(4, 3.0), variable="real_income", sampling="saltelli")
    (one,) = told(few)
    assert "the draws are too few to say by how much" in one.answer


def test_worst_links_and_those_that_look_bad():
    table = Table.from_arrays(
        np.ones((4, 4)), np.full((4, 2), 9.0), regions=["AUT", "DEU"], sectors=["a", "b"]
    )
    rows = []
    for listed, model, loss in (
        ("worst", "one", -2.0), ("looks bad", "one", -0.01), ("looks bad", "two", -0.02),
    ):  # fmt: skip
        link = {"list": listed, "rank": 1, "region": "AUT", "partner": "DEU", "sector": "a",
                "model": model}  # fmt: skip
        rows.append(link | {"variable": "supply_share", "value": 0.25, "unit": "share"})
        rows.append(link | {"variable": "real_income", "value": loss, "unit": "percent"})
    answer = Answer("dependences", "On whom?", pd.DataFrame(rows), parameters={"harmless": 0.1})
    worst, quiet = dependences(answer, table)
    assert worst.title == "Which links cost most, by the model “one”?"
    assert "25.0 % of supply, and 2.00 % of real income without it" in worst.answer
    assert worst.rows == (("AUT ← DEU, a", "25.0", "-2.00"),)
    assert quiet.rows == (("AUT ← DEU, a", "25.0", "-0.01", "-0.02"),)
    none = Answer("dependences", "On whom?", pd.DataFrame(rows[:2]), parameters={"harmless": 0.1})
    assert dependences(none, table)[1].answer == "None costs at most 0.1 % by every model."
