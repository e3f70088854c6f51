"""``autarky plan prepare``: as the library has it, and what mistakes say."""

import pytest

from autarky.plan import Preparedness
from refusals import fails


def words(text):
    return " ".join(text.split())


@pytest.fixture(scope="module")
def expected(world):
    return Preparedness(keep=0.98, months=12).solve(world, region="DEU")


def test_prepare_answers_in_its_first_sentence(run, expected):
    done = run("plan", "prepare", "DEU", "--keep", "98%", "--months", "12")
    assert done.code == 0
    assert words(done.out).startswith(expected.sentences[0])
    assert "What should be ready beforehand?" in done.out
    assert "Against what?" in done.out
    assert "only one happens" in done.err
    quiet = run("plan", "prepare", "DEU", "--quiet")  # the same by default
    assert (quiet.code, quiet.out, quiet.err) == (0, done.out, "")


def test_scripts_find_the_cost_in_total(run, expected):
    done = run("plan", "prepare", "DEU", "--keep", "98%", "--months", "12", "--json")
    costs = {r["sector"]: r for r in done.json["data"] if r["variable"] == "cost"}
    assert costs["total"]["value"] == pytest.approx(expected.fields[0].values[0])
    assert costs["total"]["unit"] == "million USD/yr"
    parts = sum(r["value"] for sector, r in costs.items() if sector != "total")
    assert parts == pytest.approx(costs["total"]["value"])
    assert done.json["reached"] is True
    assert done.json["sentences"] == list(expected.sentences)


def test_levers_months_and_draws(run, world):
    model = Preparedness(keep=0.95, months=6, levers=("stock",), draws=2)
    cost = model.solve(world, region="DEU").fields[0].values[0]
    done = run(
        *("plan", "prepare", "DEU", "--keep", "95%", "--months", "6", "--levers", "stock"),
        *("--draws", "2", "--json"),
    )
    (total,) = [
        r["value"] for r in done.json["data"] if r["variable"] == "cost" and r["sector"] == "total"
    ]
    assert total == pytest.approx(cost)


def test_a_scenario_from_a_file(run, tmp_path):
    file = tmp_path / "cut.toml"
    file.write_text(
        'schema = 1\nname = "cut"\n[[shocks]]\ntype = "embargo"\nexporters = ["CHN"]\n'
        'importers = ["DEU"]\nsectors = ["electronics"]\n',
        encoding="utf-8",
    )
    done = run("plan", "prepare", "DEU", "--scenarios", file, "--json")
    assert done.code == 0, done.err
    assert done.json["parameters"]["scenarios"] == ["cut"]


def test_the_price_of_security(run):
    done = run("plan", "prepare", "DEU", "--draws", "0", "--curve", "--quiet")
    assert "What is the price of security?" in done.out
    asked = run("plan", "prepare", "DEU", "--draws", "0", "--curve", "--json")
    found = [r for r in asked.json["data"] if r["variable"] == "security_cost"]
    costs = [r["value"] for r in sorted(found, key=lambda r: float(r["keep"]))]
    assert len(costs) == 5
    assert costs == sorted(costs)  # more is never cheaper


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("GERMANY",), "did you mean DEU?"),
        (("DEU", "--keep", "98"), "write 98%"),
        (("DEU", "--months", "0"), "from 1 to 120"),
        (("DEU", "--levers", "stock,magic"), "levers are some of"),
        (("DEU", "--scenarios", "nothing"), "autarky stress list"),
    ],
)
def test_mistakes_get_one_paragraph(run, args, said):
    assert said in fails(run("plan", "prepare", *args), 2)


def test_a_missing_file_is_bad_data(run):
    assert "nowhere.toml" in fails(run("plan", "prepare", "DEU", "--scenarios", "nowhere.toml"), 3)
