"""Ensembles from files: read back exactly, and refused with the key at fault."""

import json
import tomllib
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import pytest

from autarky.ensemble import Chosen, Distribution, Ensemble, expand, load
from autarky.ensemble.declare import parse, plain
from autarky.errors import AutarkyError, DataError, LabelError, MissingTableError, OptionError
from autarky.stress import Equilibrium, elasticities

TEXT = files("autarky.ensemble").joinpath("template.toml").read_text("utf-8")


@pytest.fixture
def file(tmp_path):
    def write(text, name="e.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_template_is_an_ensemble(file):
    one = load(file(TEXT))
    assert len(one.scenarios) == 3
    assert [m.type for m in one.models] == ["equilibrium", "inventory"]
    assert len(expand(one).tasks) == 3 * (16 * 4 + 16 * 4)
    assert len({task.id for task in expand(one).tasks}) == 384


def test_plain_values_are_read_back_exactly(file):
    one = load(file(TEXT))
    assert parse(json.loads(json.dumps(plain(one)))) == one
    assert load(file(json.dumps(plain(one)), "e.json")) == one


def test_scenarios_from_files_are_found_beside_the_ensemble(file, tmp_path):
    ready = load(file(TEXT)).scenarios[2]
    (tmp_path / "mine.json").write_text(json.dumps(ready.to_dict()), encoding="utf-8")
    one = load(file('name = "x"\nscenarios = [{ file = "mine.json" }]\n'))
    assert one.scenarios == (ready,)


def test_a_run_is_named_by_what_it_computes(small):
    from dataclasses import replace

    plan = expand(small)
    assert expand(small).run == plan.run
    assert expand(replace(small, seed=4)).run != plan.run
    more = expand(replace(small, scenarios=small.scenarios[:3]))
    assert {task.id for task in more.tasks} < {task.id for task in plan.tasks}


def test_chunks_are_the_tasks_in_order(small):
    plan = expand(small)
    assert plan.chunks == 5
    assert [task for k in range(5) for task in plan.chunk(k)] == list(plan.tasks)
    groups = [task.draw for task in plan.tasks]
    # Tasks of one prepared model stand together.
    assert sum(a != b for a, b in pairwise(groups)) == 3


def test_elasticities_are_scaled_by_a_draw():
    chosen = Chosen(type="equilibrium", draw={
        "elasticity_scale": Distribution.of("s", {"uniform": [0.5, 2]})
    })  # fmt: skip
    model = chosen.build({"elasticity_scale": 2.0})
    plainly = elasticities("cr2014").values
    assert {k: v / 2 for k, v in model.elasticities.values.items()} == pytest.approx(dict(plainly))
    flat = Chosen(type="equilibrium", parameters={"elasticities": 4.0})
    assert flat.build({"elasticity_scale": 0.5}) == Equilibrium(elasticities=2.0)


HEAD = 'name = "x"\nscenarios = ["us-tariff-40"]\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["no name"]),
        ("name = 3\nscenarios = ['us-tariff-40']", ["name is 3"]),
        ('name = "a b"\nscenarios = ["us-tariff-40"]', ["a b"]),
        ('name = "x"', ["scenarios", "list"]),
        ('name = "x"\nscenarios = []', ["scenarios", "not empty"]),
        ('name = "x"\nscenarios = ["us-tarif-40"]', ["us-tarif-40", "us-tariff-40"]),
        ('name = "x"\nscenarios = [{ file = "no.toml" }]', ["no.toml"]),
        ('name = "x"\nscenarios = ["us-tariff-40", "us-tariff-40"]', ["more than once"]),
        (HEAD + "schema = 2", ["schema", "another version"]),
        (HEAD + "drawss = 3", ["drawss", "draws"]),
        (HEAD + "draws = 0", ["draws is 0"]),
        (HEAD + "draws = 2.5", ["draws is 2.5"]),
        (HEAD + "chunk = -1", ["chunk"]),
        (HEAD + "tables = []", ["tables"]),
        (HEAD + 'tables = "world"', ["tables", "list"]),
        (HEAD + "models = [3]", ["models", "type"]),
        (HEAD + '[[models]]\ntype = "equilibriun"', ["equilibriun", "equilibrium"]),
        (HEAD + '[[models]]\ntype = "inventory"\n[models.parameters]\ntaus = 3', ["taus", "tau"]),
        (HEAD + '[[models]]\ntype = "inventory"\n[models.parameters]\ntau = 0', ["tau is 0"]),
        (HEAD + '[[models]]\ntype = "inventory"\n[models.draw]\ntau = { uniform = [0, -1] }',
         ["tau", "ascend"]),
        (HEAD + '[[models]]\ntype = "inventory"\noutputs = ["final_uses"]',
         ["final_uses", "final_use"]),
        (HEAD + '[[models]]\ntype = "inventory"\n[models.parameters]\ntau = 3\n[models.draw]\n'
         "tau = { uniform = [2, 3] }", ["tau", "both"]),
        (HEAD + "name = ", ["TOML"]),
    ],
)  # fmt: skip
def test_a_faulty_file_says_where(file, text, words):
    with pytest.raises(DataError) as caught:
        load(file(text))
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_does_not_fit_its_tables_is_refused_before_anything_runs(file, small):
    from dataclasses import replace

    with pytest.raises(MissingTableError, match="tinny"):
        expand(replace(small, tables=("tinny:2000",)))
    with pytest.raises(LabelError, match="DEUU"):
        expand(replace(small, regions=("DEUU",)))
    with pytest.raises(OptionError, match="power of 2"):
        expand(replace(small, draws=3))
    wild = Distribution.of("psi", {"uniform": [0.5, 1.5]})
    with pytest.raises(AutarkyError, match="psi"):
        expand(replace(small, models=(Chosen(type="inventory", draw={"psi": wild}),), draws=8))
    assert tomllib.loads(TEXT)["schema"] == 1


def test_an_ensemble_needs_something(small):
    with pytest.raises(OptionError, match="scenarios is empty"):
        Ensemble(name="x", scenarios=())
    with pytest.raises(OptionError, match="models is empty"):
        Ensemble(name="x", scenarios=small.scenarios, models=())


def test_draws_with_the_same_values_are_tasks_of_their_own(small):
    # With one parameter, A with that column of B is B; a choice has few values; two models or two
    # names of a table may mean the same.
    (model,) = small.models
    twin = replace(model, name="twin")
    rule = Chosen(
        type="equilibrium", name="choice", parameters={"elasticities": 4.0},
        draw={"horizon": Distribution.of("horizon", {"choice": ["long", "short"]})},
    )  # fmt: skip
    more = replace(
        small, models=(model, twin, rule), sampling="saltelli", tables=("tiny", "tiny:2000")
    )
    ids = [task.id for task in expand(more).tasks]
    assert len(set(ids)) == len(ids) == 2 * 3 * 6 * 4 * 3
