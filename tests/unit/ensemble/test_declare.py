"""Ensembles from files: read back exactly, and refused with the key at fault."""

import json
import tomllib
from dataclasses import replace
from importlib.resources import files
from itertools import pairwise

import pytest

from autarky.ensemble import Chosen, Distribution, Ensemble, expand, load
from autarky.ensemble.declare import GIVES, OUTPUTS, parse, plain
from autarky.ensemble.work import KEPT
from autarky.errors import AutarkyError, DataError, LabelError, MissingTableError, OptionError
from autarky.shocks import CapacityLoss, Embargo, Scenario
from autarky.sources import open_spec
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
        (HEAD + "tables = [3]", ["tables has 3", "text"]),
        (HEAD + "title = 3", ["title is 3"]),
        (HEAD + "title = 2020-01-01", ["title is 2020-01-01"]),
        (HEAD + "schema = true", ["another version"]),
        (HEAD + 'sampling = "sobl"', ["sobl", "sobol"]),
        (HEAD + "seed = 1" + 400 * "0", ["seed has a number"]),
        ('name = "x"\nscenarios = [[]]', ["scenarios has []"]),
        (HEAD + 'models = [{ type = ["equilibrium"] }]', ["unknown model"]),
        (HEAD + 'models = [{ type = "equilibrium", name = "a:b" }]', ["a:b"]),
        (HEAD + 'models = [{ type = "equilibrium", parameters = 3 }]', ["parameters", "table"]),
        (HEAD + 'models = [{ type = "equilibrium", draw = [] }]', ["draw", "table"]),
        (HEAD + 'models = [{ type = "equilibrium", outputs = "real_income" }]',
         ["outputs", "list"]),
        (HEAD + 'models = [{ type = "equilibrium", outputs = ["inoperability"] }]',
         ["output of equilibrium", "inoperability"]),
        (HEAD + 'models = [{ type = "equilibrium", parameters = { deficits = "zro" } }]',
         ["deficits is 'zro'", "zero"]),
        (HEAD + 'models = [{ type = "equilibrium", parameters = { floor = "x" } }]',
         ["floor is 'x'", "a number"]),
        (HEAD + 'models = [{ type = "equilibrium", parameters = { floor = -1 } }]',
         ["floor is -1"]),
        (HEAD + 'models = [{ type = "equilibrium", parameters = { quota = "x" } }]',
         ["quota", "true or false"]),
        (HEAD + 'models = [{ type = "equilibrium", parameters = { elasticities = true } }]',
         ["elasticities is True"]),
        (HEAD + 'models = [{ type = "equilibrium", parameters = { tariffs = "x" } }]', ["tariffs"]),
        (HEAD + 'models = [{ type = "inventory", parameters = { horizon = 1.5 } }]',
         ["horizon is 1.5", "whole number"]),
        (HEAD + 'models = [{ type = "inventory", draw = { horizon = { uniform = [5, 9] } } }]',
         ["horizon", "whole number"]),
        (HEAD + 'models = [{ type = "inventory", draw = { days = { unifrom = [5, 9] } } }]',
         ["unifrom", "did you mean uniform"]),
        (HEAD + 'models = [{ type = "equilibrium", draw = { elasticity_scale = '
         '{ choice = ["a"] } } }]', ["elasticity_scale", "no numbers"]),
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


def test_files_nested_beyond_all_measure_are_refused(tmp_path):
    deep = tmp_path / "deep.json"
    deep.write_text("[" * 60_000, encoding="utf-8")
    with pytest.raises(DataError):
        load(deep)


def test_what_does_not_fit_says_which_scenario_or_model(small):
    (model,) = small.models
    wrong = Scenario("odd", [Embargo(exporters="FRX", importers="AUT")])
    with pytest.raises(LabelError, match=r"scenario odd on tiny:2000: .*FRX"):
        expand(replace(small, scenarios=(wrong,)))
    nope = Chosen(type="equilibrium", parameters={"elasticities": "cr2041"})
    with pytest.raises(LabelError, match=r"model equilibrium on tiny:2000: .*cr2014"):
        expand(replace(small, models=(nope,)))
    draw = {"elasticity_scale": Distribution.of("s", {"normal": [1, 5]})}
    with pytest.raises(OptionError, match=r"model equilibrium, draw [0-9]+: elasticity_scale"):
        expand(replace(small, models=(replace(model, draw=draw),)))


def test_too_many_tasks_are_refused_before_they_are_drawn(small):
    with pytest.raises(OptionError, match=r"6,442,450,944 tasks; at most 10,000,000"):
        expand(replace(small, draws=2**30))


def test_the_order_of_parameters_in_a_file_changes_nothing(small):
    scale = Distribution.of("elasticity_scale", {"loguniform": [0.5, 2.0]})
    floor = Distribution.of("floor", {"loguniform": [1e-4, 1e-2]})
    one, other = (
        Chosen(type="equilibrium", parameters={"elasticities": 4.0}, draw=draw)
        for draw in ({"elasticity_scale": scale, "floor": floor},
                     {"floor": floor, "elasticity_scale": scale})
    )  # fmt: skip
    plans = [expand(replace(small, models=(model,))) for model in (one, other)]
    assert plans[0].run == plans[1].run
    assert [task.id for task in plans[0].tasks] == [task.id for task in plans[1].tasks]


@pytest.mark.parametrize("name", list(GIVES))
def test_what_a_model_gives_is_what_it_gave(name, home):
    table = open_spec("tiny:2000")
    cut = Embargo(exporters="AUT", importers="FRA", share=0.3)
    shock = CapacityLoss(regions="AUT", share=0.1) if name == "inoperability" else cut
    options = {"equilibrium": {"elasticities": 4.0}, "rationing": {"objective": "FRA"}}
    variants = [options.get(name, {})]
    if name == "inoperability":
        variants = [{}, {"mode": "dynamic", "horizon": 5}]
    if name == "inventory":
        variants = [{"horizon": 5}]
    given = set()
    for parameters in variants:
        model = Chosen(type=name, parameters=parameters).build({})
        impact = model.run(table, Scenario("s", [shock]))
        for one in impact.fields:
            columns = {column for dimension in one.dimensions for column in dimension.columns}
            if columns <= set(KEPT):
                given.add(one.variable)
    # Jobs need a table with labour, rebuilding a loss of capital.
    assert given == set(GIVES[name]) - {"jobs_idle", "rebuilt"}
    assert set(OUTPUTS[name]) <= set(GIVES[name])


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
