"""Joint draws of elasticities: sectors move together, and a run needs no file to go on."""

import json
from dataclasses import replace

import numpy as np
import pytest

from autarky import sources
from autarky.ensemble import Chosen, expand, joint_draws, load, start
from autarky.ensemble.asking import ask
from autarky.ensemble.declare import parse, plain
from autarky.errors import DataError, OptionError
from autarky.shocks import Embargo, Scenario
from autarky.stress import Elasticities, Equilibrium, elasticities
from autarky.stress.bands import draws_band

THETA = np.array([[2.0, 8.0], [3.0, 6.0], [4.0, 5.0], [8.0, 2.0]])


@pytest.fixture
def own():
    return Elasticities.from_theta({"a": 4.0, "b": 5.0}).with_draws(THETA, kind="theta")


@pytest.fixture
def drawn(small, own):
    model = Chosen(type="equilibrium", draw={"elasticities": joint_draws(own)})
    return replace(small, models=(model,), draws=4)


def test_each_draw_is_one_row_of_the_set(drawn):
    values = {task.draw: task.values["elasticities"] for task in expand(drawn).tasks}
    rows = sorted(one.theta.tolist() for one in values.values())
    # Four points of a Sobol sequence fall into four quarters: every row once.
    assert rows == THETA.tolist()
    assert len({task.id for task in expand(drawn).tasks}) == 24


def test_quantiles_are_those_of_the_model_run_over_the_rows(drawn, own):
    run = start(drawn, workers=1)
    assert run.state().failed == 0
    assert set(run.tasks()["elasticities"]) == {f"own[{k}]" for k in range(4)}
    frame = ask(run).quantiles(variable="real_income", at=(0.1, 0.5, 0.9)).tidy()
    table = sources.open_spec("tiny:2000")
    for scenario in drawn.scenarios:
        alone = draws_band(
            Equilibrium(elasticities=own), table, scenario, own.draws, quantiles=(0.1, 0.9)
        )["real_income_quantile"]
        mine = frame[frame["scenario"] == scenario.name]
        wide = mine.pivot(index="quantile", columns="region", values="value")
        assert wide[list(table.regions)].to_numpy() == pytest.approx(alone, rel=1e-12)


def test_a_base_taken_over_gives_the_same_bits(small):
    table = sources.open_spec("tiny:2000")
    first = Equilibrium(elasticities=4.0).prepare(table)
    cut = small.scenarios[0]
    for other in (Equilibrium(elasticities=2.0), Equilibrium(elasticities=2.0, floor=0.01),
                  Equilibrium(horizon="short", elasticities=6.0, deficits="zero")):  # fmt: skip
        fresh, taken = other.prepare(table), other.prepare(table, like=first)
        assert (taken.economies.pi is first.economies.pi) == (other.floor == 1e-3)
        for name in ("real_income", "output"):
            assert np.array_equal(fresh.run(cut)[name], taken.run(cut)[name])


def test_a_run_of_joint_draws_needs_no_file_to_go_on(drawn, home):
    again = parse(json.loads(json.dumps(plain(drawn))))
    assert [task.id for task in expand(again).tasks] == [task.id for task in expand(drawn).tasks]
    assert expand(again).run == expand(drawn).run
    changed = replace(drawn.models[0].draw["elasticities"].values[0], values={"a": 2.0, "b": 8.5})
    values = (changed, *drawn.models[0].draw["elasticities"].values[1:])
    dist = replace(drawn.models[0].draw["elasticities"], values=values)
    other = replace(drawn, models=(replace(drawn.models[0], draw={"elasticities": dist}),))
    assert expand(other).run != expand(drawn).run
    ids = ({task.id for task in expand(one).tasks} for one in (other, drawn))
    assert len(set.intersection(*ids)) == 18  # one draw of four is another


HEAD = """name = "x"
tables = ["tiny:2000"]
draws = 4
scenarios = [{ name = "c", shocks = [{ type = "embargo", exporters = ["AUT"], importers = ["FRA"] }] }]
[[models]]
type = "equilibrium"
[models.draw]
"""  # noqa: E501


def file(tmp_path, text):
    path = tmp_path / "e.toml"
    path.write_text(HEAD + text, encoding="utf-8")
    return path


def test_draws_from_a_file_of_coefficients(tmp_path, home):
    np.savez(tmp_path / "d.npz", beta=-THETA - 1)
    text = (
        'elasticities = { joint = { labels = ["a", "b"], file = "d.npz", key = "beta", '
        'kind = "tariff_net" } }'
    )
    one = load(file(tmp_path, text))
    assert [v.theta.tolist() for v in one.models[0].draw["elasticities"].values] == THETA.tolist()
    assert start(one, workers=1).state().failed == 0


def test_a_named_set_with_the_draws_of_its_authors(tmp_path, shared):
    path = shared / "wiod2016_cp2014" / "elasticity_draws.npz"
    text = (
        f'elasticities = {{ joint = {{ set = "fgh2022", file = "{path}", kind = "tariff_net", '
        "floor = 0.1 } }"
    )
    one = load(file(tmp_path, text).rename(tmp_path / "f.toml"))
    one = replace(
        one, tables=("world:2011",), draws=2,
        scenarios=[Scenario("c", [Embargo(exporters="CHN", importers="DEU", sectors="textiles")])],
    )  # fmt: skip
    values = one.models[0].draw["elasticities"].values
    assert len(values) == 1000
    assert values[0].labels == elasticities("fgh2022").labels
    run = start(one, workers=1)
    assert run.state().failed == 0
    lost = run.rows().query("region == 'DEU' and variable == 'real_income'")["value"]
    assert len(set(lost)) == 2
    assert (lost < 0).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('elasticities = { joint = "fgh2022" }', ["fgh2022", "ship no joint draws", "file"]),
        ('elasticities = { joint = "fgh2020" }', ["fgh2020", "fgh2022"]),
        ("elasticities = { joint = 3 }", ["name of a set"]),
        ('floor = { joint = "fgh2022" }', ["ship no joint"]),
        ('elasticities = { joint = { sett = "fgh2022" } }', ["sett", "did you mean set"]),
        ("elasticities = { joint = {} }", ["needs set or labels"]),
        ('elasticities = { joint = { set = "fgh2022" } }', ["needs file or theta"]),
        ("elasticities = { joint = { theta = [[1, 2]] } }", ["needs set or labels"]),
        ('elasticities = { joint = { set = "a", labels = ["a"], theta = [[1]] } }',
         ["set and labels"]),
        ('elasticities = { joint = { labels = "ab", theta = [[1, 2]] } }', ["'ab'", "list"]),
        ('elasticities = { joint = { labels = ["a"], theta = [["1"]] } }', ["rows of numbers"]),
        ('elasticities = { joint = { labels = ["a"], theta = [[true]] } }', ["rows of numbers"]),
        ('elasticities = { joint = { labels = ["a"], theta = [[1e9]] } }', ["outside [0.1, 100]"]),
        ('elasticities = { joint = { labels = ["a"], theta = [[1]], floor = "x" } }', ["floor"]),
        ('elasticities = { joint = { labels = ["a"], theta = [[1]], key = "x" } }',
         ["key of joint goes with file"]),
        ('elasticities = { joint = { labels = ["a"], theta = [[1]], system = "x" } }',
         ["system", "wiod2013"]),
        ('elasticities = { joint = { labels = ["a"], theta = [[1]], horizon = "x" } }',
         ["horizon"]),
        ('elasticities = { joint = { set = ["fgh2022"], theta = [[1]] } }', ["set", "text"]),
        ('elasticities = { joint = { labels = ["a", "a"], theta = [[1, 2]] } }', ["differ"]),
        ('elasticities = { joint = { labels = ["a", "b"], theta = [[1, 2], [1]] } }', ["rows"]),
        ('elasticities = { joint = { labels = ["a", "b"], theta = [[1, 0]] } }', ["above 0"]),
        ('elasticities = { joint = { labels = ["a"], theta = [[1, 2]] } }', ["shape"]),
        ('elasticities = { joint = { labels = ["a"], file = "no.npz", kind = "theta" } }',
         ["no.npz"]),
        ('elasticities = { joint = { labels = ["a"], file = "no.npz" } }', ["no.npz"]),
        ('floor = { joint = { labels = ["a"], theta = [[1.0]] } }', ["floor", "jointly"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_joint_draws_is_said(tmp_path, home, text, words):
    with pytest.raises(DataError) as caught:
        load(file(tmp_path, text))
    for word in words:
        assert word in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sectors_that_the_table_has_and_the_draws_have_not_are_named(tmp_path, home):
    text = 'elasticities = { joint = { labels = ["a", "zz"], theta = [[1, 2]] } }'
    with pytest.raises(OptionError, match=r"model equilibrium on tiny:2000: .*sectors: b"):
        expand(load(file(tmp_path, text)))


def test_a_set_with_one_value_for_all_trade_survives_being_written_down(small):
    # Sets with an aggregate θ, and one with a value for all other sectors.
    cr2014 = elasticities("cr2014")
    drawn = cr2014.with_draws(np.vstack([cr2014.theta, cr2014.theta * 1.1]), kind="theta")
    model = Chosen(type="equilibrium", draw={"elasticities": joint_draws(drawn)})
    one = replace(small, tables=("world:2011",), models=(model,), draws=2)
    again = parse(json.loads(json.dumps(plain(one))))
    assert [task.id for task in expand(again).tasks] == [task.id for task in expand(one).tasks]
    with pytest.raises(OptionError, match="one value for all other sectors"):
        joint_draws(replace(drawn, everywhere=5.0))


def test_an_object_cannot_stand_in_a_file(own):
    with pytest.raises(OptionError, match="cannot be written down"):
        Chosen(type="equilibrium", parameters={"elasticities": own})
