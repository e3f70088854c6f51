"""What autarky costs one economy: listed numbers, and the solver for every economy of 2008."""

import csv
import tomllib
from pathlib import Path

import numpy as np
import pytest

from autarky.errors import NotProductiveError
from autarky.stress.closed_form import autarky_cost
from autarky.stress.elasticities import elasticities
from autarky.stress.equilibrium.calibration import calibrate
from autarky.stress.equilibrium.solve import solve
from autarky.stress.equilibrium.system import Trade, evaluate, prices_and_shares
from autarky.table import Table

PAPER = tomllib.loads(Path(__file__).with_name("autarky_costs.toml").read_text(encoding="utf-8"))
SERVICES = [f"c{i}" for i in range(17, 36)]


@pytest.fixture(scope="module")
def table(shared, wiod2013_raw):
    def labels(name):
        with (shared / "wiod2013" / name).open(encoding="utf-8") as file:
            return [row["code"] for row in csv.DictReader(file)]

    raw = wiod2013_raw(2008)
    return Table.from_arrays(
        raw["Z"],
        raw["Y"],
        regions=labels("regions.csv"),
        sectors=labels("sectors.csv"),
        uses=labels("final_demand.csv"),
        year=2008,
    )


@pytest.fixture(scope="module")
def recipe(table):
    return autarky_cost(table)


def bridged(shared):
    """Elasticities put on the 35 sectors by the bridge file, services at 5."""
    path = shared / "bridges" / "trade_elasticities_on_wiod2013.csv"
    with path.open(encoding="utf-8") as file:
        rows = {row["wiod2013"]: row["theta_cp2015"] for row in csv.DictReader(file)}
    return {code: float(value or 5.0) for code, value in rows.items()}


def compute(table, number):
    region, case = number["region"], number["case"]
    if case == "floor":
        return autarky_cost(table, floor=number["floor"], regions=region)
    if case == "keep":
        return autarky_cost(table, deficits="keep", regions=region)
    sets = {
        "transport": lambda: elasticities().with_values({"c15": 8.22}),
        "full": lambda: elasticities("cp_table1_full"),
        "used": lambda: (
            elasticities("cp_used").on(table.sectors.labels).with_values(dict.fromkeys(SERVICES, 5))
        ),
    }
    return autarky_cost(table, elasticities=sets[case](), regions=region)


@pytest.mark.parametrize("number", PAPER["number"], ids=lambda n: n["name"])
def test_published_number(table, recipe, wiod2013_raw, number):
    region, case = number["region"], number["case"]
    if case == "recipe":
        result = recipe
    elif case == "restored":
        raw = wiod2013_raw(2008)
        whole = Table.from_arrays(
            raw["Z"],
            raw["Y"],
            x=raw["x"],
            regions=table.regions,
            sectors=table.sectors,
            uses=table.uses.categories,
        ).restore_rounding()
        result = autarky_cost(whole, regions=region)
    else:
        result = compute(table, number)
    got = result.value("autarky_cost", region=region)
    assert got == pytest.approx(number["value"], abs=number["tolerance"], rel=0)


def test_sixteen_cells_need_the_floor(recipe):
    floored = recipe.parameters["floored"]
    assert len(floored) == 16
    assert sum(share == 0 for _, _, share in floored) == 14
    assert {(r, s) for r, s, share in floored if share > 0} == {("LVA", "c8"), ("SVN", "c8")}


def test_the_bridge_file_says_what_the_set_says(shared, table):
    own = elasticities("cp_used").on(table.sectors.labels).with_values(dict.fromkeys(SERVICES, 5))
    assert dict(own.values) == pytest.approx(bridged(shared))


@pytest.mark.parametrize("deficits", ["zero", "keep"])
def test_closed_form_is_the_solver_for_every_economy(table, deficits):
    """Cut one economy off at a time and solve the whole world: the same real wage."""
    closed = autarky_cost(table, deficits=deficits)["autarky_cost"]
    economies = calibrate(table, elasticities().for_table(table))
    tech, N = economies.technology, len(economies.regions)
    D = economies.deficits if deficits == "keep" else np.zeros(N)
    net = 1.0 / (1.0 + economies.tau)
    base = solve(tech, Trade(economies.pi, net, D, np.zeros(N, dtype=np.intp)), economies.start)
    point = evaluate(tech, Trade(economies.pi, net, D, np.zeros(N, dtype=np.intp)), base.state)
    gaps = []
    for n in range(N):
        others = np.arange(N) != n
        K = economies.pi.copy()
        K[:, n, others], K[:, others, n] = 0.0, 0.0
        # Alone, nothing can be owed; what the others owe each other is balanced by their GDP.
        left = np.where(others, D, 0.0)
        left -= np.where(others, left.sum() * point.wage_bill / point.wage_bill[others].sum(), 0.0)
        component = (~others).astype(np.intp)
        cut = solve(tech, Trade(K, net, left, component), base.state).state
        prices = (economies.beta * (cut.p - base.state.p)).sum(axis=0)[n]
        gaps.append(-100 * np.expm1(cut.omega[n] - base.state.omega[n] - prices) - closed[n])
    assert np.abs(gaps).max() < 1e-6


def test_monopolistic_competition_is_refused_where_it_explodes(table):
    with pytest.raises(NotProductiveError, match="16 of 41") as caught:
        autarky_cost(table, structure="monopolistic")
    assert caught.value.spectral_radius > 1.5
    assert "DEU 1.02" in str(caught.value)
    fine = autarky_cost(table, structure="monopolistic", regions=["USA", "BRA"])
    assert np.all((fine["autarky_cost"] > 0) & (fine["autarky_cost"] < 100))


def test_horizons_and_sets_order_as_they_must(table):
    def cost(**options):
        return autarky_cost(table, regions="DEU", **options)["autarky_cost"][0]

    assert cost(horizon="short") > cost(horizon="medium") > cost() > cost(elasticities="cp_used")
    assert cost(structure="one_sector") < cost(structure="many_sectors") < cost()


def test_own_shares_are_those_of_a_solved_base(table, recipe):
    economies = calibrate(table, elasticities().for_table(table))
    N = len(economies.regions)
    trade = Trade(economies.pi, np.ones_like(economies.pi), np.zeros(N), np.zeros(N, dtype=np.intp))
    state = solve(economies.technology, trade, economies.start).state
    point = evaluate(economies.technology, trade, state)
    _, pi = prices_and_shares(economies.technology, trade, point.log_cost)
    assert recipe["home_purchases"] == pytest.approx(pi[:, range(N), range(N)].T, abs=1e-9)
