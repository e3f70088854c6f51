"""Paths to more self-sufficiency: losses, years, prices and what cannot be reached."""

import tomllib
from pathlib import Path

import pytest

from autarky.plan import Goal, Pathway
from autarky.plan.pathway.modes import fastest
from autarky.sources import wiod2013

PAPER = tomllib.loads(Path(__file__).with_name("pathways.toml").read_text(encoding="utf-8"))
MODEL = Pathway(band=None)


@pytest.fixture(scope="module")
def table(shared):
    return wiod2013.read(shared / "wiod2013", 2011).restore_rounding()


@pytest.fixture(scope="module")
def solved(table):
    """Each program once, whatever is asked of it."""
    known, bases = {}, {}

    def solve(number):
        key = (number["region"], tuple(number["sectors"]), number["share"], number["years"])
        key = (*key, number.get("factor", 1.0))
        if key not in known:
            goal = Goal(
                region=number["region"],
                sectors=number["sectors"],
                share=number["share"],
                by=number["years"],
            )
            base = bases.get(number["region"])
            prepared = MODEL.prepare(table, goal, base=base)
            bases[number["region"]] = prepared.base
            known[key] = prepared.at(number.get("factor", 1.0)).solved()
        return known[key]

    return solve


def params():
    for number in PAPER["number"]:
        missed = number.get("missed")
        marks = [pytest.mark.xfail(strict=True, reason=missed)] if missed else []
        marks += [pytest.mark.slow] if number["what"] == "years" else []
        yield pytest.param(number, id=number["name"], marks=marks)


@pytest.mark.parametrize("number", list(params()))
def test_published_number(table, solved, number):
    what = number["what"]
    if what == "years":
        goal = Goal(region=number["region"], sectors=number["sectors"], share=number["share"], by=1)
        plan = fastest(MODEL, table, goal, close=2.5, longest=12)
        assert plan["years_needed"].item() == number["value"]
        return
    one = solved(number)
    found = {
        "loss": lambda: 100 * one.loss,
        "unmet": lambda: max(one.unmet(target) for target in one.setting.targets),
        "price": lambda: one.allowance(one.setting.targets[number["place"]])[
            number["years"] + number["after"]
        ],
    }[what]()
    assert found == pytest.approx(number["value"], abs=number["tolerance"])


def test_the_bottleneck_is_skills_and_not_capital(solved):
    number = {"region": "DEU", "sectors": ["c9", "c14"], "share": 0.8, "years": 8}
    relief = solved(number).relief()
    assert relief["capital"] < 0.01 * relief["skill"]
    assert relief["skill"] == max(relief.values())


def test_the_loss_falls_with_time_and_with_the_elasticity(solved):
    number = {"region": "DEU", "sectors": ["c9", "c14"], "share": 0.8}
    by_time = [solved({**number, "years": t}).loss for t in (1, 8, 12)]
    assert by_time == sorted(by_time, reverse=True)
    by_theta = [solved({**number, "years": 12, "factor": f}).loss for f in (0.5, 1.0, 2.0)]
    assert by_theta == sorted(by_theta, reverse=True)
