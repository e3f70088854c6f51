"""Preparedness of Germany against six cut-offs: costs by measure, and how they cross over time."""

import dataclasses
import tomllib
from pathlib import Path

import numpy as np
import pytest

from autarky.plan import Preparedness
from autarky.plan.preparedness import named
from autarky.plan.preparedness.curves import crossing
from autarky.sources import wiod2013

PAPER = tomllib.loads(Path(__file__).with_name("preparedness.toml").read_text(encoding="utf-8"))
ALONE = {"stock": ("stock",), "capacity": ("capacity",), "both": ("stock", "capacity")}


@pytest.fixture(scope="module")
def table(shared):
    return wiod2013.read(shared / "wiod2013", 2011)


@pytest.fixture(scope="module")
def prepared(table):
    scenarios, notes = named(table, "DEU")
    assert len(scenarios) == 6
    assert notes == ()
    return Preparedness().prepare(table, scenarios, region="DEU")


@pytest.fixture(scope="module")
def over_months(prepared):
    """{measures: {months: cost}} [million USD a year]."""
    months = [16, 18, 20, 22, 24]
    costs = prepared.over_months(months, ALONE)["security_cost"][0]
    return {
        name: dict(zip(months, row, strict=True)) for name, row in zip(ALONE, costs, strict=True)
    }


def params():
    for number in PAPER["number"]:
        missed = number.get("missed")
        marks = [pytest.mark.xfail(strict=True, reason=missed)] if missed else []
        yield pytest.param(number, id=number["name"], marks=marks)


@pytest.mark.parametrize("number", list(params()))
def test_published_number(table, prepared, request, number):
    if number["what"] in {"cost", "share"}:
        model = dataclasses.replace(prepared.model, levers=number["levers"])
        plan = model.solve(table, prepared.scenarios, region="DEU")
        assert plan.reached
        found = {
            "cost": plan.value("cost", region="DEU", sector="total") / 1000,
            "share": plan.value("cost_share", region="DEU"),
        }[number["what"]]
    else:
        by = request.getfixturevalue("over_months")
        if number["what"] == "crossing":
            months = np.array(list(by["stock"]), dtype=float)
            lines = (np.array(list(by[name].values())) for name in ("stock", "capacity"))
            found = crossing(months, *lines)
        else:
            at = number["months"]
            cheaper = min(by["stock"][at], by["capacity"][at])
            found = 100 * (1 - by["both"][at] / cheaper)
    assert found == pytest.approx(number["value"], abs=number["tolerance"])


def test_stocks_cost_more_the_longer_and_capacity_hardly(over_months):
    stock, capacity = over_months["stock"], over_months["capacity"]
    assert stock[24] > 1.35 * stock[16]
    assert capacity[24] < 1.1 * capacity[16]


def test_without_the_windows_the_guarantee_is_nearly_free(table, prepared):
    """Why they are there: it would be cheapest to stop exporting and investing."""
    model = dataclasses.replace(prepared.model, exports_window=0.7, investment_window=0.7)
    total = {"region": "DEU", "sector": "total"}
    free = model.solve(table, prepared.scenarios, region="DEU").value("cost", **total)
    assert free < 0.1 * prepared.plan().value("cost", **total)
