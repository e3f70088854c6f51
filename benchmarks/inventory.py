"""Days of the inventory model against BoARIO on tables of 1,435 industries, in one run.

    python benchmarks/inventory.py [--days 30]

Tables: the full WIOD 2013 table of 2011, treated so that both sides run (no negative final use, no
industry at rest), and one of the same size without a single empty cell. The peer runs one scenario
at a time; ours advances K lanes together. The floor is one read of Z a day.
"""

import argparse
import tracemalloc
import warnings

import numpy as np
from common import Machine, header, once, row, wiod2011

#: Lanes → times faster than the peer, for a scenario-day.
TARGETS = {"WIOD": {1: 15, 20: 100}, "dense": {1: 0, 20: 60}}
LANES = 20
#: Both sides run in turn so many times; the machine's speed drifts.
ROUNDS = 3


def treated():
    """(Z, Y) that both sides run on, with names that sort as they stand."""
    Z, Y, _, _, _ = wiod2011()
    Y = np.maximum(Y, 0.0)
    idle = np.flatnonzero(Z.sum(axis=1) + Y.sum(axis=1) <= 0)
    Z[:, idle] = 0.0
    Y[idle, 5 * (idle // 35)] = 1.0
    return Z, Y


def peer(table, days, hit):
    """CPU seconds of the loop alone, and daily output (T, n)."""
    import pandas as pd

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        from boario.event import from_series
        from boario.extended_models import ARIOPsiModel
        from boario.simulation import Simulation

        system = table.to_pymrio()
        system.calc_all()
        model = ARIOPsiModel(system, order_type="noalt")
        simulation = Simulation(model, n_temporal_units_to_sim=days)
        loss = pd.Series(hit)
        loss.index = loss.index.set_names(["region", "sector"])
        simulation.add_event(
            from_series(
                loss, event_type="arbitrary", occurrence=1, duration=10, recovery_tau=30,
                recovery_function="linear",
            )
        )  # fmt: skip
        seconds, _ = once(simulation.loop)
        return seconds, np.asarray(simulation.production_realised, dtype=float)


def dense(seed=0):
    """(Z, Y) of the same size with every cell positive, and value added in every industry."""
    rng = np.random.default_rng(seed)
    Z, Y = rng.lognormal(0, 2, (1435, 1435)), np.zeros((1435, 205))
    Y[:, ::5] = rng.lognormal(4, 2, (1435, 41))
    x = Z.sum(axis=1) + Y.sum(axis=1)
    for _ in range(50):
        Z *= np.minimum(0.6 * x / Z.sum(axis=0), 1.0)
        x = Z.sum(axis=1) + Y.sum(axis=1)
    return Z, Y


def main():
    from autarky import Table

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    days = parser.parse_args().days
    machine = Machine()
    print(machine)
    regions, sectors = [f"R{r:02}" for r in range(41)], [f"S{s:02}" for s in range(35)]
    for name, (Z, Y) in {"WIOD": treated(), "dense": dense()}.items():
        table = Table.from_arrays(
            Z, Y, regions=regions, sectors=sectors, uses=[f"u{k}" for k in range(5)]
        )
        compare(name, table, days, machine)


def compare(name, table, days, machine):
    """The rows of one table."""
    from autarky.stress.inventory.economy import economy
    from autarky.stress.inventory.strict import Habits
    from autarky.stress.inventory.strict_events import Loss, follow

    e = economy(table)
    share = np.count_nonzero(table.Z) / table.Z.size
    print(f"\n{name}: {table.n} industries, {100 * share:.0f} % of Z is not zero")
    floor = machine.floor(bytes=8.0 * np.count_nonzero(table.Z))
    size = np.zeros(e.n)
    size[10 * 35 + 8], size[10 * 35 + 14] = 0.5, 0.25
    event = Loss(size, None, occurrence=1, duration=10, tau=30)
    habits = Habits(np.full(35, 90.0), orders="fixed")
    times, held = {}, {}
    for _ in range(ROUNDS):
        seconds, expected = peer(table, days, {("R10", "S08"): 0.5, ("R10", "S14"): 0.25})
        times.setdefault("peer", []).append(seconds / days)
        strict, one = once(lambda: follow(e, habits, event, days))
        times.setdefault("strict", []).append(strict / days)
        for K in TARGETS[name]:
            ours, held[K] = lanes(table, e, K, days)
            times.setdefault(K, []).append(ours / days / K)
    header()
    gap = f"{np.abs((one.x - expected) / e.x).max():.0e}"
    paired("strict mode, one scenario-day", times, "strict", target=0, floor=floor, note=gap)
    for K, target in TARGETS[name].items():
        what = f"default mode, a scenario-day of {K} together"
        paired(what, times, K, target=target, floor=floor / K)
    size = table.Z.nbytes + table.Y.nbytes
    print(f"memory of the run at K = {LANES}: {held[LANES] / size:.2f} × the table (target ≤ 2)")


def paired(what, times, which, *, target, floor, note=""):
    """The row whose ratio is the median over rounds, in which both sides ran in turn."""
    ratios = np.array(times["peer"]) / np.array(times[which])
    middle = int(np.argsort(ratios)[len(ratios) // 2])
    row(what, times[which][middle], times["peer"][middle], target, floor=floor, note=note)


def lanes(table, e, K, days):
    """CPU seconds of some days of K lanes, and the bytes that the run holds beside the table."""
    from autarky.shocks import CapacityLoss, Scenario
    from autarky.stress.inventory.events import Search, schedule
    from autarky.stress.inventory.kernel import Kernel, begin, padded
    from autarky.stress.inventory.network import Network
    from autarky.stress.inventory.parameters import Lane, settings

    loss = CapacityLoss(regions="R10", sectors=["S08", "S14"], share=0.5, duration=10)
    plan = schedule([Scenario("loss", [loss])], table, e, Search.of(["none"], 0, 1))
    e.a, e.x, e.W  # noqa: B018 - of the table, not of the run
    tracemalloc.start()
    network = Network(e, plan.label, np.zeros(e.region.size, dtype=np.intp))
    shared = {"tau": 60.0, "alpha_max": 1.25, "alpha_tau": 365.0}
    draws = [Lane(1, 1, 0.8)] * padded(K)
    parameters = settings(draws, np.full(35, 90.0), None, table, **shared)
    state, kernel = begin(network, parameters), Kernel(network, parameters, "proportional")
    kernel.advance(state, plan.today(0), plan.today(1))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    def run():
        for _ in range(days):
            kernel.advance(state, plan.today(state.day), plan.today(state.day + 1))

    ours, _ = once(run)
    return ours, held


if __name__ == "__main__":
    main()
