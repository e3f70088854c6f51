"""Days of the inventory model against BoARIO on the full WIOD 2013 table of 2011, in one run.

    python benchmarks/inventory.py [--days 30]

The table is treated so that both sides run: no negative final use, no industry at rest. The peer
runs one scenario at a time; ours advances K lanes together. The floor is one read of Z a day.
"""

import argparse
import warnings

import numpy as np
from common import Machine, header, once, row, wiod2011

TARGETS = {1: 15, 20: 100}


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


def main():
    from autarky import Table
    from autarky.shocks import CapacityLoss, Scenario
    from autarky.stress.inventory.economy import economy
    from autarky.stress.inventory.events import Search, schedule
    from autarky.stress.inventory.kernel import advance, begin
    from autarky.stress.inventory.network import Network
    from autarky.stress.inventory.parameters import Lane, settings
    from autarky.stress.inventory.strict import Habits
    from autarky.stress.inventory.strict_events import Loss, follow

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    days = parser.parse_args().days
    Z, Y = treated()
    regions, sectors = [f"R{r:02}" for r in range(41)], [f"S{s:02}" for s in range(35)]
    table = Table.from_arrays(
        Z, Y, regions=regions, sectors=sectors, uses=[f"u{k}" for k in range(5)]
    )
    e = economy(table)
    shared = {"tau": 60.0, "alpha_max": 1.25, "alpha_tau": 365.0}
    goal = np.full(35, 90.0)
    seconds, expected = peer(table, days, {("R10", "S08"): 0.5, ("R10", "S14"): 0.25})

    size = np.zeros(e.n)
    size[10 * 35 + 8], size[10 * 35 + 14] = 0.5, 0.25
    event = Loss(size, None, occurrence=1, duration=10, tau=30)
    strict, one = once(lambda: follow(e, Habits(goal, orders="fixed"), event, days))
    gap = np.abs((one.x - expected) / e.x).max()

    machine = Machine()
    print(machine)
    floor = machine.floor(bytes=8.0 * np.count_nonzero(Z))
    header()
    per_day = seconds / days
    row("strict mode, one scenario-day", strict / days, per_day, 0, floor=floor, note=f"{gap:.0e}")
    loss = CapacityLoss(regions="R10", sectors=["S08", "S14"], share=0.5, duration=10)
    plan = schedule(Scenario("loss", [loss]), table, e, Search.of(["none"], 0, 1))
    network = Network(e, (), np.zeros(e.region.size, dtype=np.intp))
    for K, target in TARGETS.items():
        parameters = settings([Lane(1, 1, 0.8)] * K, goal, None, table, **shared)
        state = begin(e, parameters)
        advance(network, parameters, state, plan.today(0), "proportional")

        def run(state=state, parameters=parameters):
            for _ in range(days):
                advance(network, parameters, state, plan.today(state.day), "proportional")

        ours, _ = once(run)
        what = f"default mode, a scenario-day of {K} together"
        row(what, ours / days / K, per_day, target, floor=floor / K)


if __name__ == "__main__":
    main()
