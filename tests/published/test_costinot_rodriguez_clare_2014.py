"""Costinot and Rodríguez-Clare (2014), table 4.2: a US tariff on everything, and who pays."""

import csv
import tomllib
from pathlib import Path

import numpy as np
import pytest

from autarky.stress.elasticities import elasticities
from autarky.stress.equilibrium.calibration import calibrate
from autarky.stress.equilibrium.solve import solve
from autarky.stress.equilibrium.system import Trade, evaluate
from autarky.table import Table

FILE = Path(__file__).with_name("costinot_rodriguez_clare_2014.toml")
PAPER = tomllib.loads(FILE.read_text(encoding="utf-8"))
FOLDED = ["BGR", "CYP", "EST", "LTU", "LUX", "LVA", "MLT"]
MERGED = {"c4": ["c4", "c5"], "c19": ["c19", "c20"], "c31": ["c31", "c34", "c35"]}
ALIASES = {"ROM": "ROU", "RoW": "ROW"}


@pytest.fixture(scope="module")
def real_income(shared, wiod2013_raw):
    """Percent change of real income by region, and the certificates of both solves."""

    def labels(name):
        with (shared / "wiod2013" / name).open(encoding="utf-8") as file:
            return [row["code"] for row in csv.DictReader(file)]

    raw = wiod2013_raw(2008)
    table = Table.from_arrays(
        raw["Z"],
        raw["Y"],
        regions=[ALIASES.get(code, code) for code in labels("regions.csv")],
        sectors=labels("sectors.csv"),
        uses=labels("final_demand.csv"),
    ).aggregate(regions={"ROW": ["ROW", *FOLDED]}, sectors=MERGED, keep_rest=True)
    assert (len(table.regions), len(table.sectors)) == (34, 31)
    theta = elasticities("cr2014").for_table(table)
    economies = calibrate(table, theta, mixes="cr2014", floor=0.0)
    tech, N = economies.technology, 34
    whole = np.zeros(N, dtype=np.intp)
    base = Trade(economies.pi, np.ones_like(economies.pi), np.zeros(N), whole)
    before = solve(tech, base, economies.start)
    tau = np.zeros_like(economies.pi)
    usa = table.regions.position("USA")
    tau[:, usa, :] = 0.4
    tau[:, usa, usa] = 0.0
    K = economies.pi * (1 + tau) ** -theta[:, None, None]
    tariff = Trade(K, 1 / (1 + tau), np.zeros(N), whole)
    after = solve(tech, tariff, before.state)
    income = np.log(
        evaluate(tech, tariff, after.state).income / evaluate(tech, base, before.state).income
    )
    prices = (economies.beta * (after.state.p - before.state.p)).sum(axis=0)
    change = 100 * np.expm1(income - prices)
    assert max(before.certificate.residual, after.certificate.residual) <= 1e-8
    return dict(zip(table.regions, change.tolist(), strict=True))


def marked(number):
    missed = number.get("missed")
    marks = [pytest.mark.xfail(strict=True, reason=missed)] if missed else []
    return pytest.param(number, id=number["name"], marks=marks)


@pytest.mark.parametrize("number", [marked(n) for n in PAPER["number"]])
def test_published_number(real_income, number):
    got = real_income[number["region"]]
    assert got == pytest.approx(number["value"], abs=number["tolerance"], rel=0)


def test_the_table_as_a_whole(real_income):
    published = np.array([n["value"] for n in PAPER["number"]])
    got = np.array([real_income[n["region"]] for n in PAPER["number"]])
    gap = np.abs(got - published)
    assert len(PAPER["number"]) == 34
    assert np.corrcoef(got, published)[0, 1] >= PAPER["correlation"]
    assert np.median(gap) <= PAPER["median_gap"]
    assert gap.max() <= PAPER["worst_gap"]
    assert PAPER["number"][gap.argmax()]["region"] == "CHN"
