"""The inventory model on random tables and scenarios: conservation, rest, order, growth."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autarky.shocks import CapacityLoss, DemandShift, Embargo, Scenario, StockRelease
from autarky.stress.inventory.economy import economy
from autarky.stress.inventory.events import REORDERS, Search, schedule
from autarky.stress.inventory.kernel import Kernel, begin
from autarky.stress.inventory.network import Network
from autarky.stress.inventory.parameters import RULES, Settings, ranks
from strategies import random_table, tables

shares = st.floats(0.0, 1.0)
days = st.integers(1, 40)


def empty(table):
    """Whether a region makes or uses nothing: such tables are refused."""
    made = np.bincount(table.industries.region_of, table.x, len(table.regions))
    used = np.maximum(table.Y_by_region, 0).sum(axis=0)
    return (made <= 0).any() or (used <= 0).any()


@st.composite
def scenarios(draw, table):
    regions = table.regions.labels
    one, *others = draw(st.permutations(regions))
    start, duration, recovery = draw(st.integers(0, 20)), draw(days), draw(days)
    shocks = [CapacityLoss(regions=one, share=draw(shares), duration=duration, recovery=recovery)]
    if others:
        shocks.append(
            Embargo(
                exporters=one, importers=others[0], share=draw(shares), start=start,
                duration=duration, mutual=draw(st.booleans()),
            )
        )  # fmt: skip
        shocks.append(StockRelease(regions=others[0], days=draw(days), start=start))
    shocks.append(DemandShift(regions=regions[0], change=draw(st.floats(-1, 2)), start=start))
    return Scenario("a", shocks)


def parameters(e, draw, K=2):
    def numbers(low, high):
        return np.array([draw(st.floats(low, high)) for _ in range(K)])

    goal = np.tile(numbers(2, 60), (e.S, 1))
    sigma = draw(st.sampled_from([0.0, 0.0, 0.5, 1.0, 2.0, np.inf]))
    return Settings(
        goal, numbers(1, 60), numbers(0.1, 1), numbers(1, 2), numbers(1, 365),
        np.ones((e.S, e.n)), sigma, draw(st.booleans()),
    )  # fmt: skip


@settings(max_examples=60)
@given(data=st.data())
def test_every_product_is_conserved_on_every_day(data):
    table = data.draw(tables(zeros=False))
    assume(not empty(table))
    e = economy(table)
    scenario = data.draw(scenarios(table))
    rule = data.draw(st.sampled_from(RULES))
    search = Search.of([data.draw(st.sampled_from(REORDERS))], 5, 0.1)
    plan = schedule([scenario], table, e, search)
    rank = ranks(rule, (table.regions[0],), table, e)
    engine = data.draw(st.sampled_from(["gemm", "fused"]))
    network = Network(e, plan.label, rank, engine)
    p = parameters(e, data.draw)
    state, kernel = begin(network, p), Kernel(network, p, rule)
    reserve = 0.0
    for t in range(50):
        today = plan.today(t)
        reserve += 0.0 if today.reserve is None else float(today.reserve.sum())
        day = kernel.advance(state, today, plan.today(t + 1))
        assert day.residual <= 1e-9
        assert state.stock.min() >= 0.0
        assert np.all(day.x >= 0)
        assert np.all(day.x <= day.made.orders * (1 + 1e-12))
        assert np.all(day.final >= 0)
        if day.released is not None:
            reserve -= float(day.released[:, :, 0].sum())
    assert reserve >= -1e-9 * e.x.sum()


@given(table=tables(negatives=False), lanes=st.integers(1, 3))
@settings(max_examples=30)
def test_nothing_changes_without_a_shock(table, lanes):
    assume(not empty(table))
    e = economy(table)
    plan = schedule(
        [Scenario("a", [CapacityLoss(regions="*", share=0.0)])], table, e, Search.of(["none"], 0, 1)
    )
    network = Network(e, None, np.zeros(e.region.size, dtype=int))
    ones = np.ones(lanes)
    p = Settings(
        np.full((e.S, lanes), 30.0), 60 * ones, 0.8 * ones, 1.25 * ones, 365 * ones,
        np.ones((e.S, e.n)),
    )  # fmt: skip
    state, kernel = begin(network, p), Kernel(network, p, "proportional")
    for t in range(60):
        day = kernel.advance(state, plan.today(t), plan.today(t + 1))
    assert np.abs(day.x - e.x[:, None]).max() <= 1e-12 * e.x.sum()


@given(low=shares, high=shares, seed=st.integers(0, 50))
@settings(max_examples=25)
def test_final_use_on_the_cut_links_falls_with_the_share(low, high, seed):
    """On the first day stocks are full: only what final users are cut from is missing."""
    table = random_table(seed, R=3, S=3)
    e = economy(table)
    served = []
    for share in sorted((low, high)):
        cut = Embargo(exporters="FRA", importers="DEU", share=share)
        plan = schedule([Scenario("a", [cut])], table, e, Search.of(["none"], 0, 1))
        network = Network(e, plan.label, np.zeros(e.n + e.R, int))
        one = np.ones(1)
        p = Settings(np.full((3, 1), 30.0), 60 * one, one, one, 365 * one, np.ones((3, e.n)))
        day = Kernel(network, p, "proportional").advance(begin(network, p), plan.today(0))
        lost = share * e.B[3:6, e.n].sum()
        assert e.final[:, 0].sum() - day.final[:, 0].sum() == pytest.approx(lost, abs=1e-12 * e.n)
        served.append(day.final.sum())
    assert served[1] <= served[0] * (1 + 1e-13)
