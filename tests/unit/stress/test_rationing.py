"""The window LP: against an LP without pools, a simulation, theory, and by hand."""

import dataclasses
import pickle

import numpy as np
import pytest
from scipy.optimize import linprog

from autarky import Table
from autarky.errors import (
    ConvergenceError,
    LabelError,
    OptionError,
    TableError,
    UnsupportedShockError,
)
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
    Tariff,
    TradeCost,
    Transfer,
)
from autarky.stress.rationing import Rationing
from autarky.stress.rationing.base import base_of
from autarky.stress.rationing.highs import solve
from autarky.stress.rationing.program import program
from autarky.stress.rationing.window import usable_stock, window
from strategies import permuted, ragged_table, random_table

TABLES = {
    "plain": random_table(1, R=4, S=3),
    "negatives": random_table(2, R=3, S=4, F=3, negatives=True),
    "zero outputs": random_table(3, R=4, S=3, zero_outputs=2),
    "sparse": random_table(5, R=5, S=4, F=2, density=0.6),
    "ragged": ragged_table(4, counts=(3, 3, 2, 3)),
}
SHOCKS = {
    "embargo": [Embargo(exporters="FRA", importers="DEU")],
    "half": [Embargo(exporters="FRA", importers="*", share=0.5, mutual=True)],
    "isolation": [Isolation(region="DEU")],
    "for a time": [Isolation(region="DEU", start=3, duration=20, recovery=10)],
    "capacity": [CapacityLoss(regions="FRA", share=0.7)],
    "capital": [
        CapitalLoss(regions="FRA", share=0.7, duration=5, rebuilding_days=30, rebuilders={"c1": 1})
    ],
    "demand": [DemandShift(regions="DEU", change=0.5)],
    "stock": [Isolation(region="DEU"), StockRelease(regions="DEU", days=5)],
    "stock of use": [
        Isolation(region="DEU"),
        StockRelease(regions="DEU", sectors="c1", days=9, of="use"),
    ],
}
TIGHT = Rationing(horizon=60, days=4, psi=1.0, alpha_max=1.0)

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
every_shock = pytest.mark.parametrize("shocks", SHOCKS.values(), ids=SHOCKS)


def least(table, shocks, model=TIGHT, **options):
    """The least loss, summed over the window [money]."""
    model = dataclasses.replace(model, **options)
    return summed(model.run(table, Scenario("s", shocks)), "least_shortage")


def summed(impact, variable):
    """What a result gives at annual rate, over its window."""
    return impact[variable] * impact.parameters["horizon"] / 365


def limits_of(model, table, shocks):
    base = base_of(table)
    stocks = np.full(len(table.sectors), model.days)
    found = window(
        Scenario("s", shocks),
        table,
        base,
        horizon=model.horizon,
        alpha_max=model.alpha_max,
        days=stocks,
        psi=model.psi,
    )
    return base, found


def without_pools(model, table, shocks, weights):
    """The same problem with one column per pair of seller and user, by another modeller."""
    base, lim = limits_of(model, table, shocks)
    n, S, R = len(base.x), len(base.sectors), len(base.regions)
    s_of, r_of = base.industries.sector_of, base.industries.region_of
    # x (n), z (n, n), f (n, R), releases to industries (S, n) and to final use (S, R)
    sizes = np.cumsum([0, n, n * n, n * R, S * n, S * R])
    x = np.arange(n)
    z = sizes[1] + np.arange(n * n).reshape(n, n)
    f = sizes[2] + np.arange(n * R).reshape(n, R)
    wj = sizes[3] + np.arange(S * n).reshape(S, n)
    wf = sizes[4] + np.arange(S * R).reshape(S, R)
    upper = np.full(sizes[5], np.inf)
    upper[x] = lim.output
    upper[z] = np.where(base.Z > 0, np.inf, 0)
    upper[f] = np.where(base.Y > 0, np.inf, 0)
    rows, sides = [], []

    def add(pairs, side):
        row = np.zeros(sizes[5])
        for columns, value in pairs:
            row[columns] += value
        rows.append(row)
        sides.append(side)

    for i in range(n):
        add([(z[i], 1), (f[i], 1), (x[i], -1)], 0)
    for s in range(S):
        of = s_of == s
        for j in range(n):
            if base.recipe[s, j] > 0:
                add([(x[j], base.recipe[s, j]), (z[of, j], -1), (wj[s, j], -1)], lim.usable[s, j])
        for r in range(R):
            add([(f[of, r], 1), (wf[s, r], 1)], lim.demand[s, r])
            add([(wj[s, r_of == r], 1), (wf[s, r], 1)], lim.release[s, r])
    for i, r in np.argwhere(lim.cut):
        add([(z[i, r_of == r], 1), (f[i, r], 1)], lim.flow[i, r])
    cost = np.zeros(sizes[5])
    cost[f] = -weights
    cost[wf] = -weights
    found = linprog(
        cost,
        A_ub=np.array(rows),
        b_ub=sides,
        bounds=np.column_stack([np.zeros(sizes[5]), upper]),
        method="highs-ds",
    )
    assert found.status == 0
    return float((lim.demand * weights).sum() + found.fun)


@every_table
@every_shock
def test_pools_are_exact(table, shocks):
    size = float(table.x.sum())
    world = np.ones(len(table.regions))
    one = np.where(np.arange(len(table.regions)) == 0, 1.0, 0.0)
    expected = without_pools(TIGHT, table, shocks, world)
    assert least(table, shocks) == pytest.approx(expected, abs=1e-9 * size)
    expected = without_pools(TIGHT, table, shocks, one)
    code = table.regions[0]
    assert least(table, shocks, objective=code) == pytest.approx(expected, abs=1e-9 * size)


def test_the_cases_bite():
    """Most of the cases above lose something, so that being exact is no empty claim."""
    losses = [
        least(table, shocks) > 1e-6 * table.x.sum()
        for table in TABLES.values()
        for shocks in SHOCKS.values()
    ]
    assert sum(losses) >= 0.6 * len(losses)


# --- against a simulation ------------------------------------------------------------------------


def simulate(model, table, shocks, *, redirect):
    """Loss by region of adaptive inventories day by day, proportional rationing, for full cuts."""
    base = base_of(table)
    s_of, r_of = base.industries.sector_of, base.industries.region_of
    n, S, R = len(base.x), len(base.sectors), len(base.regions)
    Z, Y, x0 = base.Z / 365, base.Y / 365, base.x / 365
    T, psi, tau = int(model.horizon), model.psi, 10.0
    open_z, open_y = np.ones((n, n)), np.ones((n, R))
    for effect in Scenario("s", shocks).resolve(table).effects:
        for rows, buyers in effect.where.blocks(base.industries):
            open_y[np.ix_(rows, buyers)] = 0
            open_z[np.ix_(rows, np.flatnonzero(np.isin(r_of, buyers)))] = 0

    def shares(flows, opened):
        kept = flows * opened
        by = np.zeros((S, flows.shape[1]))
        np.add.at(by, s_of, kept if redirect else flows)
        return np.divide(kept, by[s_of], out=np.zeros_like(kept), where=by[s_of] > 0)

    zshare, yshare = shares(Z, open_z), shares(Y, open_y)
    asked = np.zeros((S, R))
    np.add.at(asked, s_of, Y)
    stock = model.days * base.recipe * x0
    goal, orders, alpha, lost = stock.copy(), Z * open_z, np.ones(n), np.zeros(R)
    final = yshare * asked[s_of]
    for _ in range(T):
        demand = orders.sum(axis=1) + final.sum(axis=1)
        wanted = np.minimum(demand, x0 * alpha)
        room = np.divide(
            stock,
            psi * model.days * base.recipe * wanted,
            out=np.full((S, n), np.inf),
            where=(base.recipe > 0) & (wanted > 0),
        )
        # Never more than there is, where ψ times the days is below one.
        most = np.divide(
            stock, base.recipe, out=np.full((S, n), np.inf), where=base.recipe > 0
        ).min(axis=0)
        x = np.minimum(wanted * np.minimum(1, room.min(axis=0)), most)
        given = np.divide(x, demand, out=np.zeros(n), where=demand > 0)
        inflow = np.zeros((S, n))
        np.add.at(inflow, s_of, orders * given[:, None])
        stock += inflow - base.recipe * x
        delivered = np.zeros((S, R))
        np.add.at(delivered, s_of, final * given[:, None])
        lost += (asked - delivered).sum(axis=0)
        need = np.maximum(goal - stock, 0) / tau + base.recipe * x0
        orders = need[s_of] * zshare
        short = np.divide(demand - x, demand, out=np.zeros(n), where=demand > 0)
        alpha = np.minimum(model.alpha_max, alpha + (model.alpha_max - 1) * short / 30)
    return lost


@pytest.mark.parametrize("redirect", [False, True])
@pytest.mark.parametrize("psi", [0.5, 1.0])
@pytest.mark.parametrize("days", [7, 40, 200])
@pytest.mark.parametrize("seed", range(4))
def test_no_simulation_loses_less(redirect, psi, days, seed):
    table = random_table(seed, R=4, S=3)
    model = Rationing(horizon=days, days=5, psi=psi, alpha_max=1.2)
    for shocks in (SHOCKS["isolation"], SHOCKS["embargo"]):
        lost = simulate(model, table, shocks, redirect=redirect)
        room = 1e-9 * table.x.sum()
        assert least(table, shocks, model) <= lost.sum() + room
        for r, code in enumerate(table.regions):
            assert least(table, shocks, model, objective=code) <= lost[r] + room


def test_the_simulation_without_a_shock_loses_nothing():
    table = random_table(0, R=3, S=3)
    nothing = [Embargo(exporters="FRA", importers="DEU", sectors="c1")]
    model = Rationing(horizon=50, days=5, psi=0.5)
    quiet = simulate(model, table, nothing, redirect=True)
    assert quiet.sum() >= 0
    Z, Y = table.Z.copy(), table.Y.copy()
    rows = table.industries.locate(["FRA"], ["c1"])
    Z[np.ix_(rows, table.industries.locate(["DEU"]))] = 0
    Y[rows, 0] = 0
    without = Table.from_arrays(Z, Y, regions=table.regions, sectors=table.sectors)
    assert simulate(model, without, nothing, redirect=False).sum() <= 1e-9 * table.x.sum()


# --- theory --------------------------------------------------------------------------------------


@every_table
@pytest.mark.parametrize(
    "shock",
    [
        Embargo(exporters="FRA", importers="*", share=0.0, mutual=True),
        CapacityLoss(regions="*", share=0.0),
        DemandShift(regions="*", change=0.0),
        StockRelease(regions="DEU", days=30),
    ],
)
@pytest.mark.parametrize("days_held", [0, 3, 90, np.inf])
def test_no_shock_no_loss(table, shock, days_held):
    impact = dataclasses.replace(TIGHT, days=days_held, psi=0.8).run(
        table, Scenario("nothing", [shock])
    )
    assert abs(float(impact["least_shortage_share"])) <= 1e-9
    known = np.isfinite(impact["final_use"])
    assert np.abs(impact["final_use"][known]).max() <= 1e-7


def rising(values, size):
    assert np.diff(values).min() >= -1e-9 * size
    assert values[-1] > values[0]


@pytest.mark.parametrize("name", ["plain", "negatives", "sparse"])
def test_loss_rises_with_share_and_days_and_falls_with_stocks(name):
    table = TABLES[name]
    size = table.x.sum()
    cuts = [
        [Embargo(exporters="*", importers="DEU", mutual=True, share=s)]
        for s in (0, 0.2, 0.5, 0.8, 0.95, 1)
    ]
    rising([least(table, cut) for cut in cuts], size)
    alone = SHOCKS["isolation"]
    rising([least(table, alone, horizon=days) for days in (1, 2, 5, 20, 60, 200, 365)], size)
    rising([least(table, alone, days=days) for days in (90, 40, 10, 3, 1, 0.5, 0)], size)
    rising([least(table, alone, alpha_max=a) for a in (1.5, 1.25, 1.1, 1.0)], size)
    rising([least(table, alone, psi=p) for p in (0.1, 0.5, 1.0)], size * 1e3)


@every_table
def test_each_for_itself_loses_no_more_than_in_the_world_s_best(table):
    shocks = SHOCKS["half"]
    each = [least(table, shocks, objective=code) for code in table.regions]
    world = least(table, shocks)
    assert sum(each) <= world + 1e-9 * table.x.sum()
    assert least(table, shocks, objective=tuple(table.regions)) == pytest.approx(world)
    two = least(table, shocks, objective=tuple(table.regions[:2]))
    assert sum(each[:2]) <= two + 1e-9 * table.x.sum()


@every_table
def test_order_and_units_do_not_matter_for_the_total(table):
    size = table.x.sum()
    for shocks in SHOCKS.values():
        loss = least(table, shocks)
        if table.industries.is_regular:
            rng = np.random.default_rng(0)
            regions = rng.permutation(len(table.regions))
            other = permuted(table, regions, rng.permutation(len(table.sectors)))
            assert least(other, shocks) == pytest.approx(loss, abs=1e-9 * size)
        scaled = dataclasses.replace(
            table, Z=1e6 * table.Z, Y=1e6 * table.Y, x=1e6 * table.x, value_added=table.x
        )
        assert least(scaled, shocks) == pytest.approx(1e6 * loss, abs=1e-3 * size)


def test_a_shadow_price_is_the_slope_of_the_loss():
    table, shocks = random_table(1, R=4, S=3), [Isolation(region="DEU")]
    base, limits = limits_of(TIGHT, table, shocks)
    asked = limits.demand.sum()

    def best(flow):
        built = program(
            base, dataclasses.replace(limits, flow=flow), np.ones(len(base.regions)), asked / 1e4
        )
        return built, solve(built, size=1e4)

    # Away from the kink at 0, where the price is one of many.
    flow = np.where(limits.cut, 1e-3 * asked * np.random.default_rng(0).random(limits.cut.shape), 0)
    built, now = best(flow)
    prices = -now.prices[built.cut_rows]
    for c, (i, r) in enumerate(built.cuts):
        step = 1e-6 * asked
        more = flow.copy()
        more[i, r] += step
        saved = (now.loss - best(more)[1].loss) * asked / 1e4 / step
        assert saved == pytest.approx(prices[c], abs=1e-4)
    assert prices.max() > 0.1
    assert prices.min() >= -1e-9


def test_the_bound_from_prices_alone_is_the_loss():
    for shocks in SHOCKS.values():
        impact = TIGHT.run(TABLES["sparse"], Scenario("s", shocks))
        loss = float(impact["least_shortage"])
        assert impact.parameters["lower_bound"] == pytest.approx(
            loss, abs=1e-8 * TABLES["sparse"].x.sum()
        )
        assert max(impact.residuals.values()) <= 1e-8


# --- by hand -------------------------------------------------------------------------------------


def two_by_two():
    """A makes s1 for both, B makes s2 for both; nobody else."""
    return Table.from_arrays(
        [[0, 0, 0, 73], [0, 0, 0, 0], [0, 0, 0, 0], [36.5, 0, 0, 0]],
        [[73, 146], [0, 0], [0, 0], [109.5, 219]],
        regions=["A", "B"],
        sectors=["s1", "s2"],
        year=2011,
    )


BY_HAND = Rationing(days=4, psi=1.0, alpha_max=1.0)
#: Days of base output that 4 days of stock give in 10, where a day draws at most a quarter.
DRAWN = 4 * (1 - 0.75**10)


def test_a_cut_by_hand():
    """Daily: A makes 0.8 of s1 (0.2 to B's s2, final 0.2 and 0.4), B 1 of s2 (0.1, 0.3, 0.6)."""
    cut = Scenario("cut", [Embargo(exporters="A", importers="B")], horizon=10)
    impact = BY_HAND.run(two_by_two(), cut)
    # B loses 10 × 0.4 of s1; of s2 it makes as many days as its stock of s1 gives, for final use
    # of 10 × 0.9. A needs 10 × 0.2 × 0.125 of s2 and has more in stock.
    assert summed(impact, "least_shortage") == pytest.approx(4 + 9 - DRAWN)
    assert summed(impact, "shortage")[1, 0] == pytest.approx(4)
    assert summed(impact, "shortage")[:, 1].sum() == pytest.approx(9 - DRAWN)
    assert float(impact["least_shortage_share"]) == pytest.approx(100 * (13 - DRAWN) / 15)
    # A unit of s1 makes 5 of s2.
    assert impact.value("cut_price", region="B", sector="s1", partner="A") == pytest.approx(5)


def test_a_stock_release_by_hand():
    """Two days of imports are 1.2 of s1: first to the recipe of s2, what is left to final use."""
    shocks = [
        Embargo(exporters="A", importers="B"),
        StockRelease(regions="B", sectors="s1", days=2),
    ]
    impact = BY_HAND.run(two_by_two(), Scenario("cut", shocks, horizon=10))
    assert summed(impact, "least_shortage") == pytest.approx(4 - (1.2 - (9 - DRAWN) / 5))
    late = Scenario("late", [shocks[0], dataclasses.replace(shocks[1], start=10)])
    later = dataclasses.replace(BY_HAND, horizon=10).run(two_by_two(), late)
    assert summed(later, "least_shortage") == pytest.approx(13 - DRAWN)


def test_capital_is_back_as_soon_as_it_is_ordered():
    """A bound: what is missing falls by all that is ordered, and its orders cost nothing."""
    table, days = two_by_two(), np.arange(60)
    loss = CapitalLoss(
        regions="A", share=0.5, start=2, duration=3, rebuilding_days=10, rebuilders={"s2": 1}
    )
    _, limits = limits_of(TIGHT, table, [loss])
    missing = np.where(days < 2, 0, np.where(days < 5, 1, 0.9 ** (days - 5.0)))
    _, base = limits_of(TIGHT, table, [CapitalLoss(regions="A", share=0.0)])
    full = 60 - 0.5 * missing.sum()
    np.testing.assert_allclose(limits.output[:2], full / 60 * base.output[:2])
    np.testing.assert_array_equal(limits.output[2:], base.output[2:])
    (note,) = limits.notes
    assert note.endswith("at best all that is ordered is delivered, and the orders take nothing "
                         "from final use")  # fmt: skip
    alone = dict(regions="A", share=0.5, start=2, duration=3, recovery=10, curve="convex")
    assert least(table, [CapitalLoss(**alone)]) == least(table, [CapacityLoss(**alone)])


def test_a_cut_for_a_time_by_hand():
    """Four days without a limit but what A can make, then six at half of the base flow."""
    shocks = [Embargo(exporters="A", importers="B", start=4, share=0.5)]
    table = two_by_two()
    _, limits = limits_of(dataclasses.replace(BY_HAND, horizon=10), table, shocks)
    assert limits.flow[0, 1] == pytest.approx(6 * 0.5 * 0.6 + 4 * 0.8)
    assert limits.cut[0, 1]
    assert not limits.cut[:, 0].any()


# --- results and refusals ------------------------------------------------------------------------


def test_a_result_says_what_it_is():
    table = TABLES["negatives"]
    impact = TIGHT.run(table, Scenario("cut", SHOCKS["isolation"], title="Alone"))
    assert "Alone" in impact.question
    assert "60 days" in impact.question
    assert impact.model == "rationing"
    assert any("negative" in one for one in impact.treatments)
    frame = impact.tidy()
    assert {"scenario", "model", "region", "sector", "partner", "variable", "value", "unit"} <= set(
        frame.columns
    )
    assert not frame["value"].isna().any()
    total = frame[frame.variable == "least_shortage"].value.item()
    parts = frame[frame.variable == "shortage"].value.sum()
    assert parts == pytest.approx(total)
    assert set(frame[frame.variable == "least_shortage"].unit) == {f"{table.unit}/yr"}
    assert pickle.loads(pickle.dumps(impact)).tidy().equals(frame)
    again = TIGHT.run(table, Scenario("cut", SHOCKS["isolation"], title="Alone"))
    assert again.tidy().equals(frame)


def test_one_economy_s_result_holds_only_that_economy():
    table = TABLES["plain"]
    impact = dataclasses.replace(TIGHT, objective="FRA").run(table, Scenario("s", SHOCKS["half"]))
    frame = impact.tidy("final_use")
    assert set(frame.region) == {"FRA"}


@pytest.mark.parametrize(
    "shock",
    [
        TradeCost(exporters="FRA", importers="DEU", factor=1.2),
        Tariff(importers="DEU", rate=0.1),
        Transfer(payers="DEU", receivers="FRA", amount=0.1),
    ],
)
def test_prices_are_refused_with_the_model_that_has_them(shock):
    with pytest.raises(UnsupportedShockError, match="equilibrium") as caught:
        TIGHT.run(TABLES["plain"], Scenario("s", [shock]))
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"horizon": 0}, "horizon"),
        ({"psi": 0}, "psi"),
        ({"psi": 1.2}, "psi"),
        ({"alpha_max": 0.9}, "alpha_max"),
        ({"days": -1}, "days must be 0"),
        ({"days": {"c1": float("nan")}}, "days must be 0"),
    ],
)
def test_options_out_of_range_are_refused(options, words):
    with pytest.raises(OptionError, match=words):
        Rationing(**options)


def test_labels_of_options_are_checked():
    with pytest.raises(LabelError, match="DEUX"):
        least(TABLES["plain"], SHOCKS["half"], objective="DEUX")
    with pytest.raises(LabelError, match="c9"):
        least(TABLES["plain"], SHOCKS["half"], days={"*": 9, "c9": 3})
    with pytest.raises(OptionError, match="no number for c2, c3"):
        least(TABLES["plain"], SHOCKS["half"], days={"c1": 3})
    with pytest.raises(OptionError, match="critical must be 3 × 3"):
        least(TABLES["plain"], SHOCKS["half"], critical=np.ones((2, 2)))
    with pytest.raises(OptionError, match="critical must be 3 × 3"):
        least(TABLES["plain"], SHOCKS["half"], critical=np.full((3, 3), 1.5))


def test_stocks_by_product():
    table, alone = TABLES["plain"], SHOCKS["isolation"]
    same = dict.fromkeys(table.sectors, 4)
    assert least(table, alone, days=same) == least(table, alone)
    assert least(table, alone, days={"*": 4}) == least(table, alone)
    spared = least(table, alone, days={**same, "c1": np.inf})
    assert spared < least(table, alone)
    critical = np.ones((3, 3))
    critical[0] = 0.5
    assert least(table, alone, critical=critical) == pytest.approx(spared)
    assert usable_stock(base_of(table), np.array([2.0, 3.0, np.inf]), 0.5, 9)[2].min() == np.inf


def test_a_solver_that_stops_early_gives_no_answer():
    with pytest.raises(ConvergenceError, match=r"[Tt]ime limit") as caught:
        least(TABLES["plain"], SHOCKS["isolation"], time_limit=0.0)
    assert caught.value.exit_code == 4


def test_wrong_prices_fail_the_proof(monkeypatch):
    from autarky.stress.rationing import highs

    monkeypatch.setattr(highs, "_dual_bound", lambda program, prices: -5.0)
    with pytest.raises(ConvergenceError, match="fails its proof"):
        least(TABLES["plain"], SHOCKS["isolation"])


def test_a_region_without_final_use_is_named():
    table = TABLES["plain"]
    Y = table.Y.copy()
    Y[:, 1] = 0
    other = Table.from_arrays(table.Z, Y, regions=table.regions, sectors=table.sectors)
    with pytest.raises(TableError, match=f"{table.regions[1]}: a region that makes nothing"):
        least(other, SHOCKS["half"])


def test_demand_that_vanishes_altogether_is_refused():
    with pytest.raises(OptionError, match="final demand is 0"):
        least(TABLES["plain"], [DemandShift(regions="*", change=-1.0)])


def test_an_industry_without_sales_buys_nothing():
    table = TABLES["plain"]
    Z, Y = table.Z.copy(), table.Y.copy()
    Z[0], Y[0] = 0, 0
    other = Table.from_arrays(Z, Y, regions=table.regions, sectors=table.sectors)
    base = base_of(other)
    assert base.Z[:, 0].sum() == 0
    assert "1 industries without sales" in base.treatments[0]
    assert least(other, [CapacityLoss(regions="DEU", share=0.0)]) == pytest.approx(0.0, abs=1e-9)
