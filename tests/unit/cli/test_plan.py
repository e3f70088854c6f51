"""``autarky plan``: the answer first, every number for scripts, one paragraph for mistakes."""

import csv
import json

import numpy as np
import pytest

from autarky import plan, sources
from autarky.table import Table
from refusals import fails

# --- first ----------------------------------------------------------------------------------------


def test_first_answers_in_its_first_sentence(run):
    done = run("plan", "first", "DEU")
    assert done.code == 0
    first = " ".join(done.out.split("\n\n")[0].split())
    assert first.startswith("Electronics and electrical equipment first: made at home, they would")
    assert "imports in what Germany uses" in first
    assert "at present prices and without limit" in done.err
    quiet = run("plan", "first", "DEU", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, done.out, "")


def test_first_is_the_plan_s_answer(run, world):
    expected = plan.first(
        world, "KOR", products=["metals", "energy"], by="output", need=0.05, elasticities=6.0,
        horizon="short",
    )  # fmt: skip
    done = run(
        *("plan", "first", "KOR", "--products", "metals,energy", "--by", "output"),
        *("--need", "0.05", "--elasticities", "6", "--horizon", "short", "--json"),
    )
    rows = done.json["data"]
    assert done.json["indicator"] == "first"
    frame = expected.tidy()
    assert len(rows) == len(frame)
    for row, (_, other) in zip(rows, frame.iterrows(), strict=True):
        assert (row["sector"], row["variable"]) == (other["sector"], other["variable"])
        assert row["value"] == pytest.approx(other["value"], nan_ok=True)


def test_products_of_one_group_are_shown_together(run):
    done = run("plan", "first", "KOR", "--quiet")
    assert "must start together" in " ".join(done.out.split())
    assert "must start together" not in " ".join(run("plan", "first", "DEU", "--quiet").out.split())


def test_first_writes_csv(run, tmp_path):
    file = tmp_path / "first.csv"
    assert run("plan", "first", "DEU", "--csv", file).code == 0
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert {"region", "sector", "variable", "value", "unit"} <= set(rows[0])
    assert {r["variable"] for r in rows} >= {"first_rank", "import_fall", "break_even"}
    assert run("plan", "first", "DEU", "--csv", "-", "-q").out == file.read_text(encoding="utf-8")


# --- alone ----------------------------------------------------------------------------------------


def test_alone_answers_in_its_first_sentence(run):
    done = run("plan", "alone", "KOR")
    assert done.code == 0
    first = " ".join(done.out.split("\n\n")[0].split())
    assert first.startswith("South Korea could stand alone in principle")
    assert "2.2 times its energy and mining" in first
    assert "autarky stress autarky KOR" in " ".join(done.out.split())
    assert "neither rate is a forecast" in done.err


def test_alone_says_where_little_is_known(run):
    text = " ".join(run("plan", "alone", "LUX", "-q").out.split())
    assert "that may not scale" in text


def test_alone_is_the_plan_s_answer(run, world):
    expected = plan.closed_growth(world, "DEU", basket="households", level=0.9)
    done = run("plan", "alone", "DEU", "--basket", "households", "--level", "0.9", "--json")
    (growth,) = [r["value"] for r in done.json["data"] if r["variable"] == "growth_limit"]
    assert growth == pytest.approx(expected.value("growth_limit", region="DEU"))


def test_alone_says_what_is_missing(run, monkeypatch):
    Y = np.array([[60.0, 20], [0, 0], [0, 60], [20, 30]])
    Z = np.zeros((4, 4))
    Z[3, 0] = 10.0
    table = Table.from_arrays(
        Z, Y, regions=["A", "B"], sectors=["s", "t"], uses=["c"], use_kinds=["household"]
    )
    monkeypatch.setattr(sources, "open_spec", lambda _: table)
    done = run("plan", "alone", "A")
    assert done.code == 0
    assert done.out.startswith("With what it knows, A could not stand alone: nobody there makes t.")
    assert "no technique" in done.out
    assert "borrow=" in done.err
    answer = run("plan", "alone", "A", "--borrow", "world", "--json").json
    assert any("borrowed from world" in w for w in answer["warnings"])
    assert json.dumps(answer)


# --- reserve --------------------------------------------------------------------------------------


def test_reserve_answers_in_its_first_sentence(run, world):
    done = run("plan", "reserve", "KOR", "energy")
    assert done.code == 0
    expected = plan.reserve(world, "KOR", "energy")
    days = expected.value("reserve_days", sector="energy")
    assert done.out.startswith(f"A reserve of {days:.0f} days of imports of energy and mining")
    assert "are assumptions" in done.err
    never = run("plan", "reserve", "KOR", "energy", "--chance", "1%", "-q")
    assert never.out.startswith("No reserve of energy and mining would pay South Korea")


def test_reserve_is_the_plan_s_answer(run, world):
    expected = plan.reserve(
        world, "DEU", "energy", partners=["RUS", "ROW"], cut=0.5, chance=0.2, duration=12.0,
        elasticity=0.15, holding=0.03,
    )  # fmt: skip
    done = run(
        *("plan", "reserve", "DEU", "energy", "--partners", "RUS,ROW", "--cut", "50%"),
        *("--chance", "20%", "--months", "12", "--elasticity", "0.15", "--holding", "3%", "--json"),
    )
    got = {r["variable"]: r["value"] for r in done.json["data"] if r["variable"] != "reserve_move"}
    for name in ("reserve_days", "reserve_worth", "even_chance"):
        assert got[name] == pytest.approx(expected.value(name, sector="energy"))


# --- mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("first", "GERMANY"), "did you mean DEU?"),
        (("first", "DEU", "--products", "metal"), "did you mean metals?"),
        (("first", "DEU", "--need", "5"), "share of cost"),
        (("first", "DEU", "--elasticities", "none"), "none"),
        (("first", "DEU", "--by", "jobs"), "'--by'"),
        (("alone", "GERMANY"), "did you mean DEU?"),
        (("alone", "DEU", "--level", "0"), "above 0"),
        (("alone", "DEU", "--borrow", "DEU"), "economy itself"),
        (("alone", "DEU", "--borrow", "FRN"), "did you mean FRA or"),
        (("first", "DEU", "--csv", "-", "--json"), "both want stdout"),
        (("reserve", "DEU", "energi"), "did you mean energy?"),
        (("reserve", "DEU", "energy", "--chance", "7"), "write 7%"),
        (("reserve", "DEU", "energy", "--months", "0"), "duration is 0"),
    ],
)
def test_mistakes_get_one_paragraph(run, args, words):
    assert words in fails(run("plan", *args), 2)


def test_help_lists_the_commands(run):
    done = run("plan", "--help")
    assert done.code == 0
    for name in ("first", "alone"):
        assert f"  {name} " in done.out
        assert run("plan", name, "--help").code == 0
