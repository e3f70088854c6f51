"""``autarky stress … --model``: the first months, the best case, and all models side by side."""

import csv
import json

import numpy as np
import pytest

from autarky.shocks import CapitalLoss, Embargo, Scenario, TradeCost
from autarky.stress import Equilibrium, Inventory, Rationing
from autarky.stress.critical import ratings_for
from autarky.stress.treated import treated
from refusals import fails

CUT = ("stress", "cut", "DEU", "--from", "RUS", "--days", "120")
QUICK = ("--sensitivity", "none")


@pytest.fixture(scope="module")
def scenario():
    return Scenario("cut", [Embargo(exporters="RUS", importers="DEU", duration=120)])


def rows(done, variable, **labels):
    return [
        r for r in done.json["data"]
        if r["variable"] == variable and all(r[key] == value for key, value in labels.items())
    ]  # fmt: skip


def test_the_first_months_are_the_model_s(run, world, scenario):
    expected = Inventory(horizon=120, sensitivity="none").run(world, scenario)
    done = run(*CUT, "--model", "inventory", *QUICK, "--json")
    assert done.code == 0
    found = rows(done, "final_use", sector="total")
    assert [r["value"] for r in found] == expected["final_use"].tolist()
    assert {r["model"] for r in done.json["data"]} == {"inventory"}
    assert len(rows(done, "output_path", region="DEU")) == 120
    assert done.json["parameters"]["horizon"] == 120
    assert done.json["residuals"]["conservation"] <= 1e-9


def test_the_page_says_who_what_when_and_how_sure(run):
    done = run(*CUT, "--model", "inventory")
    assert done.code == 0
    text = " ".join(done.out.split())
    for words in (
        "In 120 days Germany goes without", "What users miss most is energy", "Who runs short?",
        "How does the loss of Germany unfold?", "Why does Germany lose?",
        "How fragile is the answer?", "What does the rule of rationing change?",
        "intermediate first", "redirected at once",
    ):  # fmt: skip
        assert words in text, words
    assert "every product conserved on every day" in done.err


def test_options_reach_the_models(run, world, scenario):
    done = run(
        *CUT, "--model", "inventory", *QUICK, "--json", "--window", "60", "--stock-days", "20",
        "--psi", "0.9", "--tau", "15", "--rationing", "protected_first", "--protect", "DEU",
        "--reorder", "none", "--orders", "capacity", "--critical", "rated",
    )  # fmt: skip
    expected = Inventory(
        horizon=60, days=20, psi=0.9, tau=15, rationing="protected_first", protected=("DEU",),
        reorder="none", orders="capacity", critical=ratings_for(world).values, sensitivity="none",
    ).run(world, scenario)  # fmt: skip
    found = rows(done, "final_use", sector="total")
    assert [r["value"] for r in found] == expected["final_use"].tolist()


def test_the_best_case_is_that_of_the_economy(run, world, scenario):
    done = run(*CUT, "--model", "rationing", "--stock-days", "2", "--psi", "1", "--json")
    model = Rationing(objective="DEU", days=2, psi=1, horizon=120)
    expected = model.run(world, scenario)
    (found,) = rows(done, "least_shortage_share")
    assert found["value"] == pytest.approx(float(expected["least_shortage_share"]), abs=1e-9)
    text = " ".join(run(*CUT, "--model", "rationing").out.split())
    assert "Germany" in text
    assert "at best" in text or "at least" in text


def test_all_models_on_one_treated_table(run, world, scenario):
    done = run(*CUT, "--model", "all", *QUICK, "--json")
    assert done.code == 0, done.err
    table, said = treated(world)
    beside = {r["model"]: r for r in done.json["side_by_side"]}
    soon = Inventory(horizon=120, sensitivity="none").run(table, scenario)
    best = Rationing(objective="DEU", horizon=120).run(table, scenario)
    last = Equilibrium().run(table, scenario)
    n = table.regions.position("DEU")
    assert beside["inventory"]["loss_percent"] == pytest.approx(-soon["final_use"][n])
    assert beside["rationing"]["loss_percent"] == pytest.approx(
        float(best["least_shortage_share"]), abs=1e-9
    )
    assert beside["equilibrium"]["loss_percent"] == pytest.approx(-last["real_income"][n])
    # No allocation does better than the best one.
    assert beside["rationing"]["loss_percent"] <= beside["inventory"]["loss_percent"] + 1e-9
    assert {r["model"] for r in done.json["data"]} == {"inventory", "rationing", "equilibrium"}
    assert set(done.json["parameters"]) == {"inventory", "rationing", "equilibrium"}
    assert said
    text = run(*CUT, "--model", "all", *QUICK)
    words = " ".join(text.out.split())
    for one in ("First months:", "Best case:", "Long run:", "do not subtract", "World"):
        assert one in words
    assert words.index("Germany goes without") < words.index("First months:")
    for one in said:
        assert one in text.err


def test_all_as_csv_has_every_number_of_every_model(run, tmp_path):
    file = tmp_path / "all.csv"
    done = run(*CUT, "--model", "all", *QUICK, "--json", "--csv", file)
    with file.open(encoding="utf-8", newline="") as stream:
        found = list(csv.DictReader(stream))
    assert len(found) == len(done.json["data"])
    assert {r["model"] for r in found} == {"inventory", "rationing", "equilibrium"}
    assert all(r["region"] for r in found)


def write(path, one):
    path.write_text(json.dumps(one.to_dict()), encoding="utf-8")
    return path


def test_a_scenario_that_one_model_cannot_express_is_told_and_the_others_answer(run, tmp_path):
    cost = Scenario("cost", [TradeCost(exporters="CHN", importers="DEU", factor=1.2)])
    file = write(tmp_path / "cost.json", cost)
    done = run("stress", "run", file, "--model", "all", *QUICK)
    assert done.code == 1
    assert "Long run:" in done.out
    assert "First months:" not in done.out
    assert "error:" in done.err
    assert "equilibrium" in done.err
    assert "equilibrium" in fails(run("stress", "run", file, "--model", "inventory", *QUICK))


def test_capital_that_is_destroyed_and_rebuilt(run, tmp_path):
    loss = CapitalLoss(
        regions="JPN", sectors="vehicles", share=0.2, duration=5, rebuilding_days=100,
        rebuilders={"construction": 0.6, "machinery": 0.4},
    )  # fmt: skip
    file = write(tmp_path / "quake.json", Scenario("quake", [loss], horizon=150))
    done = run("stress", "run", file, "--model", "inventory", *QUICK, "--json")
    assert done.code == 0, done.err
    assert done.json["parameters"]["horizon"] == 150
    assert sum(r["value"] for r in rows(done, "rebuilt")) > 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--model", "inventory", "--elasticities", "5"], ["--elasticities", "equilibrium"]),
        (["--model", "equilibrium", "--stock-days", "5"], ["--stock-days", "inventory"]),
        (["--model", "rationing", "--reorder", "none"], ["--reorder", "inventory"]),
        (["--model", "inventori"], ["inventori", "inventory"]),
        (["--model", "inventory", "--rationing", "fair"], ["fair", "water_filling"]),
        (["--model", "inventory", "--window", "0"], ["window", "1"]),
        (["--model", "inventory", "--stock-days", "1"], ["days", "2"]),
        (["--model", "inventory", "--stock-days", "nan"], ["days"]),
        (["--model", "inventory", "--psi", "0"], ["psi", "0"]),
        (["--model", "inventory", "--tau", "0"], ["tau", "1 day"]),
        (["--model", "inventory", "--rationing", "protected_first"], ["protected"]),
        (
            ["--model", "inventory", "--rationing", "protected_first", "--protect", "DEUU"],
            ["DEUU", "DEU"],
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_questions_are_2(run, args, words):
    text = fails(run(*CUT, *args))
    for word in words:
        assert word in text
    assert text.removesuffix("\n").split("\nTry '")[0].count("\n") == 0


def test_pressure_needs_real_income(run):
    args = ("--target", "RUS", "--coalition", "EU,USA", "--model", "inventory")
    assert "real income" in fails(run("stress", "run", "russia-west-2022", *args))


def test_a_window_follows_the_cut_unless_asked_otherwise(run):
    for more, days in (((), 120), (("--window", "40"), 40)):
        done = run(*CUT, "--model", "inventory", *QUICK, *more, "--json", "--quiet")
        assert done.json["parameters"]["horizon"] == days
        values = [r["value"] for r in done.json["data"]]
        assert all(v is None or np.isfinite(v) for v in values)
    for_good = run(
        "stress", "cut", "DEU", "--from", "RUS", "--model", "inventory", *QUICK, "--json"
    )
    assert for_good.json["parameters"]["horizon"] == 365
