"""The batched day against the same day with the full matrix of orders, and what must hold."""

import numpy as np
import pytest

from autarky.shocks import CapacityLoss, DemandShift, Embargo, Isolation, Scenario, StockRelease
from autarky.stress.inventory.economy import economy
from autarky.stress.inventory.events import Search, schedule
from autarky.stress.inventory.kernel import Kernel, begin, padded
from autarky.stress.inventory.network import Network
from autarky.stress.inventory.parameters import Settings
from strategies import ragged_table, random_table
from unit.stress.inventory.naive import Naive

TABLE = random_table(3, R=3, S=4, F=2)
NOTHING_LOST = 1e-12


def settings(e, *, days=(15.0,), tau=60.0, psi=0.8, alpha_tau=365.0, critical=None, **more):
    K = len(days)
    return Settings(
        np.tile(np.asarray(days), (e.S, 1)),
        np.full(K, tau),
        np.full(K, psi),
        np.full(K, 1.25),
        np.full(K, alpha_tau),
        np.ones((e.S, e.n)) if critical is None else critical,
        **more,
    )


def setup(shocks, table=TABLE, *, reorder=("none",), engine="auto", rank=None, delay=10, **more):
    e = economy(table)
    search = Search.of(reorder, delay, 1 / 20)
    plan = schedule([Scenario("a", shocks)], table, e, search)
    rank = np.zeros(e.n + e.R, dtype=int) if rank is None else rank
    network = Network(e, plan.label, rank, engine)
    parameters = settings(e, **more)
    return network, parameters, plan, begin(network, parameters)


def follow(run, days, rule="proportional", *, ahead=True):
    network, parameters, plan, state = run
    kernel = Kernel(network, parameters, rule)
    found = []
    for _ in range(days):
        tomorrow = plan.today(state.day + 1) if ahead else None
        found.append(kernel.advance(state, plan.today(state.day), tomorrow))
    return found


CASES = {
    "embargo": [Embargo(exporters="FRA", importers="DEU", share=0.6, duration=40, recovery=20)],
    "isolation": [Isolation(region="DEU", start=3, duration=50)],
    "two cuts": [
        Embargo(exporters="FRA", importers=["DEU", "USA"], share=0.4, duration=30),
        Embargo(exporters=["FRA", "USA"], importers="DEU", sectors="c1", start=30),
    ],
    "capacity": [CapacityLoss(regions="FRA", share=0.7, duration=10, recovery=20)],
    "demand": [DemandShift(regions="USA", sectors="c2", change=0.5, duration=30)],
}


@pytest.mark.parametrize("reorder", ["none", "delayed", "redirect"])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("engine", ["gemm", "fused"])
def test_a_run_is_the_run_with_all_orders_written_out(case, reorder, engine):
    run = setup(CASES[case], reorder=(reorder,), engine=engine)
    network, _, plan, _ = run
    e = network.economy
    naive = Naive(e, days=15.0, tau=60.0, psi=0.8, alpha_max=1.25, alpha_tau=365.0)
    worst = 0.0
    for t, day in enumerate(follow(run, 80)):
        today = plan.today(t)
        left = np.full(e.B.shape, np.inf)
        moved = 0.0
        for layer, (share, phi) in enumerate(zip(today.left, today.moved, strict=True), 1):
            left[plan.label == layer] = share[0]
            moved = phi[0] if np.isfinite(share[0]) else moved
        x, final = naive.day(
            capacity=today.capacity[:, 0], final=today.final[:, :, 0], left=left, moved=moved
        )
        assert day.x[:, 0] == pytest.approx(x, rel=1e-10, abs=1e-12 * e.x.sum())
        assert day.final[:, :, 0] == pytest.approx(final, rel=1e-10, abs=1e-12 * e.x.sum())
        worst = max(worst, float(np.abs(x - e.x).max()))
    assert worst > 1e-3 * e.x.min()


def test_lanes_do_not_touch_each_other():
    days = (90.0, 15.0, 4.0)
    together = follow(setup(CASES["isolation"], days=days), 60)[-1]
    for k, one in enumerate(days):
        alone = follow(setup(CASES["isolation"], days=(one,)), 60)[-1]
        assert together.x[:, k] == pytest.approx(alone.x[:, 0], rel=1e-11)


def test_a_run_goes_on_from_a_copy_of_its_state():
    run = setup(CASES["embargo"])
    follow(run, 20)
    network, parameters, plan, state = run
    again = (network, parameters, plan, state.copy())
    first, second = follow(run, 30)[-1], follow(again, 30)[-1]
    assert first.x.tobytes() == second.x.tobytes()


def test_the_same_day_whether_tomorrow_is_known_or_not():
    run, other = (setup(CASES["two cuts"], days=(15.0, 4.0)) for _ in range(2))
    one, two = follow(run, 60), follow(other, 60, ahead=False)
    for first, second in zip(one, two, strict=True):
        assert first.x == pytest.approx(second.x, rel=1e-11)
        assert first.final == pytest.approx(second.final, rel=1e-11)


@pytest.mark.parametrize("engine", ["gemm", "fused"])
def test_nothing_crosses_a_link_that_is_cut(engine):
    """Cut off from all others, an economy makes exactly what it uses and stores."""
    table = ragged_table(4, counts=(3, 3, 2, 3))
    network, parameters, plan, state = setup(
        [Isolation(region="DEU")], table, days=(5.0,), engine=engine
    )
    e = network.economy
    kernel, home = Kernel(network, parameters, "proportional"), e.region[: e.n] == 0
    for _ in range(30):
        before = state.stock[:, home].sum()
        day = kernel.advance(state, plan.today(state.day))
        used = (e.a[:, home] * day.x[home, 0]).sum() + state.stock[:, home].sum() - before
        assert day.x[home].sum() == pytest.approx(used + day.final[:, 0].sum(), rel=1e-12)


def test_redirected_orders_are_all_there_where_a_supplier_is_left():
    cut = [Embargo(exporters="FRA", importers="DEU", share=0.3)]
    network, parameters, plan, state = setup(cut, reorder=("redirect",))
    e = network.economy
    day = Kernel(network, parameters, "proportional").advance(state, plan.today(0))
    assert e.by_product(day.made.orders)[:, 0] == pytest.approx(e.by_product(e.x), rel=1e-12)
    assert day.made.orders[3:6, 0].sum() < 0.99 * e.x[3:6].sum()


def test_wide_runs_are_filled_up_with_lanes_that_change_nothing():
    assert [padded(K) for K in (1, 4, 5, 18, 24)] == [1, 4, 8, 24, 24]
    days = tuple(np.linspace(3, 30, 8))
    wide = follow(setup(CASES["isolation"], days=days), 40)[-1]
    few = follow(setup(CASES["isolation"], days=days[:3]), 40)[-1]
    assert wide.x[:, :3] == pytest.approx(few.x, rel=1e-11)


def test_a_stock_that_has_run_out_stops_those_who_need_it():
    run = setup([Isolation(region="DEU")], days=(3.0,), psi=0.3)
    days = follow(run, 30)
    network, _, _, state = run
    assert state.stock.min() >= 0.0
    need = network.economy.a[:, :, None] * days[-1].x
    assert np.all(need <= state.stock + need * (1 + 1e-9))
    assert (days[-1].made.binding[:4] >= 0).any()


def test_an_input_that_never_binds_has_no_stock_to_run_out():
    e = economy(TABLE)
    free = setup([Embargo(exporters="*", importers="DEU", sectors="c1")], days=(np.inf,))
    held = setup([Embargo(exporters="*", importers="DEU", sectors="c1")], days=(2.0,))
    assert follow(free, 40)[-1].x.sum() > follow(held, 40)[-1].x.sum()
    assert np.all(follow(free, 5)[-1].made.binding == -1)
    assert e.n == 12


def test_inputs_that_are_not_critical_hold_nobody_back():
    e = economy(TABLE)
    shock = [Embargo(exporters="*", importers="DEU", sectors="c1")]
    output = {}
    for weight in (0.0, 0.5, 1.0):
        critical = np.ones((e.S, e.n))
        critical[0] = weight
        days = follow(setup(shock, days=(4.0,), critical=critical), 40)
        assert max(day.residual for day in days) <= NOTHING_LOST
        output[weight] = sum(day.x.sum() for day in days)
    assert output[0.0] > output[0.5] > output[1.0]


def test_overtime_grows_with_demand_and_goes_again():
    shift = [DemandShift(regions="*", change=0.2, duration=20)]
    run = setup(shift, alpha_tau=20.0)
    follow(run, 20)
    stretched = run[3].alpha.copy()
    assert np.all(stretched > 1.0)
    assert np.all(stretched <= 1.25)
    follow(run, 200)
    assert np.all(run[3].alpha <= stretched)


def test_a_reserve_bridges_a_cut_and_is_used_up():
    cut = Embargo(exporters="*", importers="DEU", sectors="c1", duration=200)
    stock = StockRelease(regions="DEU", sectors="c1", days=20)
    bare, bridged = (setup(s, days=(3.0,)) for s in ([cut], [cut, stock]))
    without, with_stock = follow(bare, 60), follow(bridged, 60)
    e = bare[0].economy
    size = 20 * np.where(e.region[:12, None] != 0, e.B, 0.0)[e.product == 0][:, e.region == 0].sum()
    released = sum(day.released.sum() for day in with_stock if day.released is not None)
    assert released == pytest.approx(size, rel=1e-12)
    assert max(day.residual for day in with_stock) <= NOTHING_LOST
    served = [sum(day.final.sum() for day in days) for days in (without, with_stock)]
    assert served[1] > served[0]
    for day in with_stock[:15]:
        assert day.final[:, 0, 0] == pytest.approx(e.final[:, 0], rel=1e-9)
    assert without[0].final[0, 0, 0] < 0.99 * e.final[0, 0]


def test_what_a_reserve_has_left_stays_when_the_release_ends():
    cut = Embargo(exporters="*", importers="DEU", sectors="c1")
    stock = StockRelease(regions="DEU", sectors="c1", days=200, start=5, duration=10)
    days = follow(setup([cut, stock], days=(3.0,)), 30)
    used = [day.released is not None for day in days]
    assert used == [5 <= t < 15 for t in range(30)]
