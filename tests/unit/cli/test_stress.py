"""``autarky stress``: what it prints, what it writes, and what it says to bad questions."""

import csv
import io
import json
import re

import numpy as np
import pytest

from autarky import sources
from autarky.shocks import CapitalLoss, Embargo, Scenario, scenarios
from autarky.stress import Equilibrium, autarky_cost
from refusals import fails


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# --- what it prints -------------------------------------------------------------------------------


def test_cut_prints_the_answer_and_how_it_was_found(run):
    done = run("stress", "cut", "DEU", "--from", "RUS")
    assert done.code == 0
    for words in ("Who pays?", "real income lost", "Who sells more to Germany?", "Russia"):
        assert words in done.out.replace("\n", " ")
    for words in ("Time is ignored", "cr2014", "Deficits: zero", "own share raised", "solved to"):
        assert words in done.err
    quiet = run("stress", "cut", "DEU", "--from", "RUS", "--quiet")
    assert (quiet.code, quiet.out, quiet.err) == (0, done.out, "")


def test_cut_is_the_model_s_answer(run, world):
    shock = Embargo(exporters=["RUS", "CHN"], importers="DEU", sectors=["energy"], share=0.5)
    expected = Equilibrium(elasticities=6.0, horizon="medium", deficits="fixed", floor=0.01).run(
        world, Scenario("cut", [shock])
    )
    done = run(
        *("stress", "cut", "DEU", "--from", "RUS,CHN", "--sectors", "energy", "--share", "0.5"),
        *("--elasticities", "6", "--horizon", "medium", "--deficits", "fixed"),
        *("--floor", "0.01", "--json"),
    )
    assert done.code == 0
    rows = [r for r in done.json["data"] if r["variable"] == "real_income"]
    assert [r["region"] for r in rows] == list(world.regions)
    assert [r["value"] for r in rows] == expected["real_income"].tolist()
    assert {r["unit"] for r in rows} == {"percent"}
    parameters = done.json["parameters"]
    assert parameters["elasticities"] == "flat(6)"
    assert parameters["horizon"] == "medium"
    assert parameters["deficits"] == "fixed"
    assert parameters["floor"] == 0.01


def test_a_result_lists_floors_deficits_elasticities_and_certificate(run):
    values = run("stress", "run", "autarky-DEU", "--deficits", "fixed", "--json").json
    assert values["schema_version"] == 1
    parameters = values["parameters"]
    assert parameters["floored"] == ["MLT:machinery", "LUX:vehicles"]
    assert parameters["floor"] == 0.001
    assert parameters["deficits"] == "fixed"
    assert parameters["elasticities"] == "cr2014"
    assert len(values["certificates"]) == 2
    assert all(c["residual"] <= 1e-8 for c in values["certificates"])
    assert set(values["residuals"]) >= {"prices", "goods", "labour", "trade"}
    assert max(values["residuals"].values()) <= 1e-8
    assert any("own share raised" in one for one in values["treatments"])
    assert values["assumptions"]
    assert values["provenance"]["steps"]


def test_real_wage_and_real_income_are_both_there_where_deficits_end(run):
    done = run("stress", "run", "autarky-DEU", "--deficits", "fixed", "--json")
    found = {
        r["variable"]: r["value"]
        for r in done.json["data"]
        if r["region"] == "DEU" and r["sector"] == "total"
    }
    assert found["real_wage"] < found["real_income"] < 0  # its surplus is gone
    text = run("stress", "run", "autarky-DEU", "--deficits", "fixed").out
    assert "real wage lost" in text
    assert f"{-found['real_wage']:.2f} %" in text
    assert f"{-found['real_income']:.2f} %" in text


def test_json_and_csv_are_the_same_rows(run, tmp_path):
    done = run("stress", "cut", "DEU", "--from", "RUS", "--json", "--csv", tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(done.json["data"]) > 1000
    for row, record in zip(rows, done.json["data"], strict=True):
        value = record.pop("value")
        assert (float(row["value"]) if row["value"] else None) == value
        assert all(row[key] == str(text) for key, text in record.items())
    plain = run("stress", "cut", "DEU", "--from", "RUS", "--csv", "-", "--quiet")
    assert list(csv.DictReader(io.StringIO(plain.out, newline=""))) == rows


def test_days_change_nothing_and_that_is_said(run):
    done = run("stress", "cut", "DEU", "--from", "RUS", "--days", "90", "--json", "--quiet")
    assert any("timing is ignored" in one for one in done.json["warnings"])
    without = run("stress", "cut", "DEU", "--from", "RUS", "--json", "--quiet")
    assert done.json["data"] == without.json["data"]


def test_mutual_and_quota_are_passed_on(run):
    def cut(*more):
        args = ("stress", "cut", "DEU", "--from", "RUS", "--share", "0.5", "--json", "--quiet")
        data = run(*args, *more).json["data"]
        return next(r["value"] for r in data if r["variable"] == "realised_cut")

    assert cut("--quota") == pytest.approx(50.0, abs=1e-4)
    assert cut() != pytest.approx(50.0, abs=0.1)
    assert cut("--mutual") != cut()


def test_a_group_can_be_cut_off(run):
    done = run("stress", "cut", "EU27", "--from", "RUS", "--sectors", "energy")
    assert done.code == 0
    assert "Russia loses" in done.out


# --- scenarios ------------------------------------------------------------------------------------


def test_list_has_every_ready_scenario(run):
    done = run("stress", "list")
    assert (done.code, done.err) == (0, "")
    for name, one in scenarios().items():
        assert any(line.startswith(name) and one.title in line for line in done.out.splitlines())
    rows = run("stress", "list", "--json").json["data"]
    assert rows == [{"name": n, "title": s.title} for n, s in scenarios().items()]


@pytest.mark.parametrize("name", list(scenarios()))
def test_every_ready_scenario_ends_in_an_answer(run, name):
    # What is destroyed and rebuilt is nothing for a model without time: it says which one knows.
    if any(isinstance(shock, CapitalLoss) for shock in scenarios()[name].shocks):
        assert "stress.Inventory" in fails(run("stress", "run", name), 2)
        done = run("stress", "run", name, "--model", "inventory", "--sensitivity", "none", "--json")
        variable = "final_use"
    else:
        done = run("stress", "run", name, "--json", "--quiet")
        variable = "real_income"
    assert done.code == 0, done.err
    values = [
        r["value"] for r in done.json["data"]
        if r["variable"] == variable and r["sector"] == "total"
    ]  # fmt: skip
    assert len(values) == 41
    assert np.all(np.isfinite(values))
    assert max(abs(v) for v in values) > 1e-3


@pytest.mark.parametrize("syntax", ["toml", "json"])
def test_a_file_is_run(run, world, tmp_path, syntax):
    shock = Embargo(exporters="RUS", importers="DEU", share=0.5)
    one = Scenario("my-own", [shock], title="Half of it")
    text = one.to_toml() if syntax == "toml" else json.dumps(one.to_dict())
    done = run("stress", "run", write(tmp_path / f"s.{syntax}", text), "--json")
    rows = [r for r in done.json["data"] if r["variable"] == "real_income"]
    assert {r["scenario"] for r in rows} == {"my-own"}
    assert "Half of it" in done.json["question"]
    expected = Equilibrium().run(world, one)["real_income"]
    assert [r["value"] for r in rows] == expected.tolist()


def test_pressure_says_who_pays(run):
    args = ("stress", "run", "russia-west-2022", "--target", "RUS", "--coalition", "EU,USA")
    done = run(*args)
    assert done.code == 0
    assert "What does pressure cost, and whom?" in done.out
    values = run(*args, "--json").json
    sides = {r["side"]: r["value"] for r in values["data"] if r["variable"] == "side_loss"}
    losses = [r["value"] for r in values["data"] if r["variable"] == "income_loss"]
    assert sum(sides.values()) == pytest.approx(sum(losses))
    members = {r["region"] for r in values["data"] if r["variable"] == "member_loss_share"}
    # The scenario counts the Union of 2022: without the United Kingdom.
    assert "GBR" not in members
    assert {"DEU", "USA"} <= members


def test_a_coalition_that_gains_does_not_lose_less_than_nothing(run):
    args = ("stress", "run", "us-tariff-40", "--target")
    out = run(*args, "CHN", "--coalition", "USA").out.replace("\n", " ")
    assert re.search(r"For each USD that the target loses, the coalition gains \d\.\d\d\.", out)
    assert "loses -" not in out
    assert "Of its members" not in out  # it costs none of them anything
    assert "A negative number is a gain." in out


def test_nobody_is_named_twice(run):
    out = run("stress", "cut", "DEU", "--from", "DEU,FRA").out.replace("\n", " ")
    assert out.count("Germany loses") == 1
    who = out.split("Who pays?")[1].split("Who sells more")[0]
    assert who.count("Germany") == 1


def test_nothing_is_no_negative_nothing(run):
    out = run("stress", "cut", "DEU", "--from", "CHN", "--share", "0").out
    assert "-0" not in out


def test_a_short_horizon_is_not_called_the_long_run(run):
    for args in (("cut", "DEU", "--from", "CHN"), ("autarky", "DEU"), ("autarky",)):
        done = run("stress", *args, "--horizon", "short")
        out = (done.out + done.err).replace("\n", " ")
        assert "elasticities of the short run" in " ".join(out.split())
        assert "for good." not in out
        assert "in the long run?" not in out
        assert "In the long run" not in out
        assert "note: the long run:" not in out


def test_files_of_one_name_are_told_apart(run, tmp_path):
    text = 'schema = 1\nname = "x"\n[[shocks]]\ntype = "isolation"\nregion = ["{}"]\n'
    files = [write(tmp_path / f"{r}.toml", text.format(r)) for r in ("DEU", "FRA")]
    values = run("stress", "compare", *files, "--json").json
    assert {r["scenario"] for r in values["data"]} == {str(f) for f in files}
    assert "name two scenarios" in fails(run("stress", "compare", files[0], files[0]), 2)


def test_an_unknown_scenario_says_where_to_look(run, tmp_path):
    assert "autarky stress list" in fails(run("stress", "run", "nope"), 2)
    plain = write(tmp_path / "plan", "schema = 1")
    assert ".toml or .json" in fails(run("stress", "run", plain), 2)


def test_a_sector_unlike_all_others_gets_the_list(run):
    text = fails(run("stress", "cut", "DEU", "--from", "CHN", "--sectors", "nope"), 2)
    for word in ("'nope'", "electronics", "capital_goods"):
        assert word in text


def test_the_list_is_csv_too(run):
    rows = list(csv.DictReader(io.StringIO(run("stress", "list", "--csv", "-").out)))
    assert [row["name"] for row in rows] == list(scenarios())


def test_compare_puts_two_side_by_side(run):
    done = run("stress", "compare", "us-tariff-40", "world-tariff-20")
    assert done.code == 0
    assert "us-tariff-40 against world-tariff-20" in done.out
    assert done.err.count("solved to") == 2
    assert done.err.count("Time is ignored") == 1
    values = run("stress", "compare", "us-tariff-40", "china-west-partial", "--json").json
    names = {r["scenario"] for r in values["data"]}
    assert names == {"us-tariff-40", "china-west-partial"}
    alone = run("stress", "run", "china-west-partial", "--json").json
    part = [r for r in values["data"] if r["scenario"] == "china-west-partial"]
    assert part == alone["data"]
    assert set(alone["warnings"]) <= set(values["warnings"])
    assert alone["question"] in values["question"]


def test_autarky_is_the_closed_form(run, world):
    rows = run("stress", "autarky", "--json").json["data"]
    found = {
        r["region"]: r["value"]
        for r in rows
        if r["variable"] == "autarky_cost" and r["sector"] == "total"
    }
    expected = autarky_cost(world)["autarky_cost"]
    assert list(found.values()) == expected.tolist()
    text = run("stress", "autarky", "DEU")
    assert text.code == 0
    assert f"{found['DEU']:.1f} % of real income" in text.out
    assert run("stress", "autarky").code == 0


# --- bad questions ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["cut", "DEU", "--from", "RUSS"], ["RUSS", "RUS"]),
        (["cut", "Germany", "--from", "RUS"], ["Germany", "DEU"]),
        (["cut", "DEUU", "--from", "RUSS"], ["DEUU", "RUSS"]),
        (["cut", "DEU,FRA", "--from", "RUS"], ["DEU,FRA"]),
        (["cut", "DEU", "--from", "RUS", "--share", "1.2"], ["1.2", "at most 1", "0.5 for 50 %"]),
        (["cut", "DEU", "--from", "RUS", "--share", "nan"], ["share", "at most 1"]),
        (["cut", "DEU", "--from", "DEU"], ["DEU", "itself"]),
        (["cut", "DEU", "--from", "RUS", "--sectors", "energi"], ["energi", "energy"]),
        (["cut", "DEU", "--from", "RUS", "--sectors", "oil"], ["oil"]),
        (["cut", "DEU", "--from", "RUS", "--sectors", "energy,"], ["empty part"]),
        (["cut", "DEU", "--from", "RUS", "--days", "0"], ["duration", "above 0"]),
        (["cut", "DEU"], ["--from"]),
        (["cut", "DEU", "--from", "RUS", "--floor", "0.7"], ["0.7", "[0, 0.5)"]),
        (["cut", "DEU", "--from", "RUS", "--elasticities", "cr2041"], ["cr2041", "cr2014"]),
        (["cut", "DEU", "--from", "RUS", "--elasticities", "-4"], ["-4", "[0.1, 100]"]),
        (["cut", "DEU", "--from", "RUS", "--elasticities", "nan"], ["nan", "[0.1, 100]"]),
        (["cut", "DEU", "--from", "RUS", "--deficits", "none"], ["zero", "proportional"]),
        (["cut", "DEU", "--from", "RUS", "--json", "--csv", "-"], ["--json", "stdout"]),
        (["run", "us-tariff-4"], ["us-tariff-4", "us-tariff-40"]),
        (["run", "autarky-DEUU"], ["DEUU", "DEU"]),
        (["run", "us-tariff-40", "--target", "USA"], ["--target", "--coalition"]),
        (
            ["run", "us-tariff-40", "--target", "USA", "--coalition", "USA,DEU"],
            ["USA", "one side"],
        ),
        (["run", "us-tariff-40", "--target", "USS", "--coalition", "DEU"], ["USS", "USA"]),
        (["autarky", "DEUU"], ["DEUU", "DEU"]),
        (["compare", "us-tariff-40", "world-tarif-20"], ["world-tariff-20"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_questions_are_2(run, args, words):
    text = fails(run("stress", *args), 2)
    for word in words:
        assert word in text


HEAD = 'schema = 1\nname = "bad"\n'
SHOCK = '[[shocks]]\ntype = "embargo"\nexporters = ["RUS"]\nimporters = ["DEU"]\n'


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (HEAD + "shocks = []\n", 2, ["row 3", "empty", "at least one shock"]),
        (HEAD, 3, ["shocks", "missing"]),
        (HEAD + SHOCK + "share = 1.2\n", 2, ["row 7", "1.2", "at most 1"]),
        (HEAD + SHOCK + 'share = "all"\n', 3, ["row 7", "all", "number"]),
        (HEAD + SHOCK + "shar = 0.5\n", 3, ["row 7", "shar", "share"]),
        (HEAD + SHOCK.replace("DEU", "RUS"), 2, ["RUS", "itself"]),
        (HEAD + SHOCK.replace("DEU", "DEX"), 2, ["DEX", "DEU"]),
        (HEAD + SHOCK + 'sectors = ["oil"]\n', 2, ["oil"]),
        (HEAD + SHOCK.replace("embargo", "embrago"), 3, ["embrago", "embargo"]),
        (
            HEAD + SHOCK + "share = 0.5\n" + SHOCK + "share = 0.7\n",
            2,
            ["shock 1", "shock 2", "RUS → DEU", "different shares"],
        ),
        (
            HEAD + SHOCK + "share = 0.5\n" + SHOCK.replace("DEU", "EU27") + "share = 0.7\n",
            2,
            ["RUS → DEU", "different shares"],
        ),
        (HEAD + SHOCK + SHOCK, 2, ["the same"]),
        ("schema = 99\n" + SHOCK, 3, ["schema", "99"]),
        ("schema = \n", 3, ["row 1"]),
        (
            HEAD + '[[shocks]]\ntype = "demand_shift"\nregions = ["DEU"]\nchange = -0.1\n',
            2,
            ["demand shift", "cannot express", "inventories"],
        ),
    ],
    ids=[
        "no shocks", "shocks missing", "share 1.2", "share in words", "misspelt field",
        "from itself", "unknown country", "unknown sector", "unknown type", "contradiction",
        "contradiction on the table", "twice", "future schema", "syntax", "unsupported",
    ],
)  # fmt: skip
def test_bad_files_are_one_paragraph(run, tmp_path, text, code, words):
    said = fails(run("stress", "run", write(tmp_path / "bad.toml", text)), code)
    for word in words:
        assert word in said


def test_a_missing_file_is_3(run, tmp_path):
    assert "missing" in fails(run("stress", "run", tmp_path / "none.toml"), 3)


def test_a_product_lost_everywhere_is_4_and_says_what_would_help(run, tmp_path):
    text = HEAD + '[[shocks]]\ntype = "capacity_loss"\nregions = ["*"]\nsectors = ["electronics"]\n'
    said = fails(run("stress", "run", write(tmp_path / "gone.toml", text + "share = 1\n")), 4)
    for word in ("no equilibrium exists", "electronics", "below 1"):
        assert word in said
    assert run("stress", "run", write(tmp_path / "less.toml", text + "share = 0.9\n")).code == 0


def test_a_country_without_supplier_is_4_and_a_floor_helps(run, world, monkeypatch):
    """Austria makes no vehicles in this world, and is cut off: without a floor, no price."""
    Z, Y = world.Z.copy(), world.Y.copy()
    industries = world.industries
    gone = np.flatnonzero(
        (industries.region_of == world.regions.position("AUT"))
        & (industries.sector_of == world.sectors.position("vehicles"))
    )
    Z[gone], Z[:, gone], Y[gone] = 0.0, 0.0, 0.0
    table = type(world).from_arrays(
        Z, Y, regions=world.regions, sectors=world.sectors, uses=world.uses.categories,
        unit=world.unit, year=2011,
    )  # fmt: skip
    monkeypatch.setattr(sources, "open_spec", lambda _: table)
    said = fails(run("stress", "run", "autarky-AUT", "--floor", "0"), 4)
    for word in ("no equilibrium exists", "AUT:vehicles", "floor above 0", "share below 1"):
        assert word in said
    helped = run("stress", "run", "autarky-AUT", "--json")
    assert helped.code == 0
    assert "AUT:vehicles" in helped.json["parameters"]["floored"]


def test_transfers_that_cannot_be_paid_are_4(run, tmp_path):
    text = (
        HEAD
        + '[[shocks]]\ntype = "transfer"\npayers = ["DEU"]\nreceivers = ["FRA"]\namount = 1\n'
        + '[[shocks]]\ntype = "trade_cost"\nexporters = ["*"]\nimporters = ["*"]\nfactor = 50\n'
    )
    said = fails(run("stress", "run", write(tmp_path / "pay.toml", text)), 4)
    assert "DEU" in said
    assert "proportional" in said or "smaller" in said
