"""Questions to a run on the command line."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import ensembles
from autarky.ensemble import start


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run of three scenarios by eight base points of one parameter: 72 tasks."""
    home = tmp_path_factory.mktemp("answers")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as executor:
        patch.setenv("AUTARKY_HOME", str(home))
        ensembles.prepare(home)
        declared = replace(
            ensembles.many(6, draws=2), scenarios=tuple(ensembles.cuts(3)), draws=8,
            sampling="saltelli",
        )  # fmt: skip
        return home, start(declared, executor=executor)


@pytest.fixture
def ask(run, finished, monkeypatch):
    monkeypatch.setenv("AUTARKY_HOME", str(finished[0]))
    return lambda what, *options: run("run", what, finished[1].id, *options)


def test_bands(ask, finished):
    done = ask("quantiles", "--at", "0,1", "--region", "DEU", "--scenario", "s0001", "--json")
    assert done.code == 0
    data = done.json["data"]
    assert [row["quantile"] for row in data] == ["0", "1"]
    rows, tasks = finished[1].rows(), finished[1].tasks()
    ids = set(tasks.loc[tasks["scenario"] == "s0001", "task"])
    there = rows[rows["task"].isin(ids) & (rows["region"] == "DEU")]["value"]
    assert [row["value"] for row in data] == [there.min(), there.max()]
    last = done.json["provenance"]["steps"][-1]
    assert last["verb"] == "ensemble"
    assert last["parameters"]["run"] == finished[1].id
    assert last["effect"]["sha256"] == finished[1].digest()


def test_chances(ask):
    options = ("--variable", "real_income", "--region", "DEU", "--json")
    never = ask("exceedance", *options, "--threshold", "-99")
    always = ask("exceedance", *options, "--threshold", "99")
    assert {row["value"] for row in never.json["data"]} == {0.0}
    assert {row["value"] for row in always.json["data"]} == {1.0}


def test_the_tornado_with_its_picture(ask, tmp_path):
    picture = tmp_path / "tornado.svg"
    done = ask("tornado", "--variable", "real_income", "--region", "DEU", "--picture", str(picture))
    assert done.code == 0
    assert "elasticity_scale" in done.out
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert f"wrote {picture}" in done.err


def test_the_ranking_as_rows(ask, tmp_path):
    file = tmp_path / "ranking.csv"
    done = ask("ranking", "--variable", "real_income", "--top", "2", "--csv", str(file))
    assert done.code == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("rank,table,scenario,model,region")
    assert len(lines) == 1 + 2 * 3


@pytest.mark.parametrize(
    ("what", "options", "code", "says"),
    [
        ("quantiles", ("--at", "0.5,x"), 2, "no list of numbers"),
        ("quantiles", ("--at", "nan"), 2, "within [0, 1]"),
        ("quantiles", ("--rows", "-3"), 2, "--rows"),
        ("quantiles", ("--region", "DEUX"), 2, "did you mean DEU"),
        ("tornado", ("--variable", "real_incme"), 2, "did you mean real_income"),
        ("exceedance", ("--variable", "real_income", "--threshold", "nan"), 2, "a number"),
        ("ranking", ("--variable", "real_income", "--picture", "a.pdf"), 3, ".svg"),
        ("ranking", ("--variable", "real_income", "--picture", ""), 2, "empty"),
    ],
)
def test_what_cannot_be_answered_is_one_paragraph(ask, what, options, code, says):
    done = ask(what, *options)
    assert done.code == code
    assert says in done.err
    assert done.out == ""


def test_a_slip_in_the_name_of_a_command_is_no_file(run):
    done = run("run", "lst")
    assert done.code == 2
    assert "did you mean list" in done.err


def test_an_unfinished_run_says_so(ask, finished, monkeypatch):
    from autarky.ensemble import runs

    whole = finished[1].state()
    half = replace(whole, done=whole.tasks // 2)
    monkeypatch.setattr(runs.Run, "state", lambda _: half)
    done = ask("ranking", "--variable", "real_income")
    assert "not finished" in done.err
    assert f"autarky run resume {finished[1].id}" in done.err
