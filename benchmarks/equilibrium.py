"""The trade equilibrium on full tables: milliseconds per scenario, against the floor and two peers.

    python benchmarks/equilibrium.py [--draws 1000] [--quick]

CPU seconds on one linear-algebra thread, a scenario's arrays and its certificate included, the
base not. The floor is one evaluation of the equilibrium's map in numpy, times the iterations of a
method without any bookkeeping. Peers, written for this benchmark from the textbook description,
stop at the same residual (1e-8): a plain damped fixed point on wages, prices and spending, and
nested loops (prices, then spending, inside; wages damped by excess demand outside). A peer that
does not get there in its limit of iterations says how far it got.
"""

import common  # first: it sets the number of threads  # isort: skip

import argparse
import sys
import time
from dataclasses import replace

import numpy as np

from autarky.errors import ConvergenceError
from autarky.stress.equilibrium.anderson import imbalance
from autarky.stress.equilibrium.components import components, fill_idle, rebalance, separate
from autarky.stress.equilibrium.sensitivity import sensitivity
from autarky.stress.equilibrium.solve import solve
from autarky.stress.equilibrium.system import (
    State,
    Technology,
    Trade,
    evaluate,
    labour_demand,
    residuals,
    spending,
)

sys.path.insert(0, str(common.ROOT / "tests"))
from random_equilibria import rebase, wiod_base

FLOOR = 1e-3
TARGET = 0.020
DRAWS_TARGET = 25.0
LIMIT = 4000
#: θ below this is not identified from prices of zero: draws at the constraint are raised to it.
LEAST = 0.1


# --- the two full tables --------------------------------------------------------------------------


def wiod2008(folder):
    """41 × 35, zero deficits."""
    base = wiod_base(folder, deficits=False)
    lines = (folder / "wiod2013" / "regions.csv").read_text(encoding="utf-8").splitlines()[1:]
    return base, [line.split(",")[1] for line in lines]


def wiod2014(folder):
    """44 × 50 with applied tariffs and observed deficits; base shares, elasticity draws."""
    with np.load(folder / "wiod2016_cp2014" / "cp2014.npz") as raw:
        data = {name: raw[name] for name in raw.files if name != "meta"}
    with np.load(folder / "wiod2016_cp2014" / "elasticity_draws.npz") as raw:
        draws = np.maximum(-raw["draws"].astype(np.float64) - 1.0, LEAST)
    pi, X = data["pi"].copy(), data["X"]
    net = 1.0 / data["tau"]
    n = np.arange(pi.shape[1])
    j, low = np.nonzero(pi[:, n, n] < FLOOR)
    pi[j, low] *= ((1.0 - FLOOR) / (1.0 - pi[j, low, low]))[:, None]
    pi[j, low, low] = FLOOR
    flows = pi * net * X[:, :, None]
    labour = data["beta"]
    inputs = np.ascontiguousarray(data["gamma"] * (1.0 - labour).T[:, None, :])
    deficits = flows.sum(axis=(0, 2)) - flows.sum(axis=(0, 1))
    wages = (labour * flows.sum(axis=1)).sum(axis=0)
    tech = Technology(labour, inputs, data["alpha"], wages, np.median(draws, axis=0))
    return rebase(tech, pi, net, deficits, X), [str(r) for r in data["regions"]], draws


# --- scenarios ------------------------------------------------------------------------------------


def scenarios(base, regions):
    """Name → what is left of capacity, added tariff, log cost, each (S, N, N) or 0 for none."""
    S, N = base.state.X.shape
    home = np.eye(N, dtype=bool)
    alone = np.array([r == "DEU" for r in regions])
    east = np.isin(regions, ["CHN", "RUS"])
    ones = np.ones((S, N, N))
    chosen = {
        "autarky of Germany": (ones * (alone[:, None] == alone), 0.0, 0.0),
        "embargo on China and Russia": (ones * (east[:, None] == east), 0.0, 0.0),
        "world tariff of 20 %": (ones, 0.2 * ones * ~home, 0.0),
    }
    if not base.deficits.any():  # those cannot be carried by a trade that hardly exists
        chosen["all trade costs × 50"] = (ones, 0.0, np.log(50.0) * ones * ~home)
    return chosen


def trade_of(base, theta, capacity=1.0, tariff=0.0, log_cost=0.0):
    """The trading world of a scenario, deficits fixed and rebalanced by component."""
    wedge = np.log1p(tariff) + log_cost
    K = base.pi * capacity
    if np.any(wedge):
        K *= np.exp(-theta[:, None, None] * wedge)
    component, _ = components(K)
    K = fill_idle(separate(K, component))
    transfers = rebalance(base.deficits, base.tech.wages, component, "fixed")
    return Trade(K, base.net / (1.0 + tariff), transfers, component)


def run(base, scenario, *, theta=None, start=None):
    theta = base.tech.theta if theta is None else theta
    tech = replace(base.tech, theta=theta)
    trade = trade_of(base, theta, *scenario)
    return tech, trade, solve(tech, trade, base.state if start is None else start)


# --- peers ----------------------------------------------------------------------------------------


def settled(trade, tech, omega):
    """Log wages at the numeraire of each component."""
    return omega - np.log(trade.sums(tech.wages * np.exp(omega)) / trade.sums(tech.wages))


def damped(tech, trade, start, *, damping=0.5, tolerance=1e-8):
    """Every unknown moves half of the way to what follows from the others."""
    state = start
    for step in range(1, LIMIT + 1):
        point = evaluate(tech, trade, state)
        paid = np.log(labour_demand(tech, point.Y) / tech.wages)
        new = State(point.log_price, paid, spending(tech, point.Y, point.income))
        state = State(
            state.p + damping * (new.p - state.p),
            settled(trade, tech, state.omega + damping * (new.omega - state.omega)),
            state.X + damping * (new.X - state.X),
        )
        if step % 10 == 0 and max(residuals(tech, trade, state).values()) <= tolerance:
            break
    return state, step


def nested(tech, trade, start, *, gain=0.2, tolerance=1e-8):
    """Prices to convergence, spending to convergence, then wages by excess demand for labour."""
    state = start
    for step in range(1, LIMIT // 4 + 1):  # noqa: B007 - how many it took
        for _ in range(500):
            point = evaluate(tech, trade, state)
            gap = np.abs(point.log_price - state.p).max()
            state = State(point.log_price, state.omega, state.X)
            if gap <= 0.1 * tolerance:
                break
        for _ in range(500):
            point = evaluate(tech, trade, state)
            X = spending(tech, point.Y, point.income)
            gap = np.abs((X - state.X) / tech.wages).max()
            state = State(state.p, state.omega, X)
            if gap <= 0.1 * tolerance:
                break
        point = evaluate(tech, trade, state)
        excess = labour_demand(tech, point.Y) / point.wage_bill - 1.0
        if np.abs(excess).max() <= tolerance:
            break
        omega = settled(trade, tech, state.omega + np.log1p(np.clip(gain * excess, -0.5, 0.5)))
        state = State(state.p, omega, state.X)
    return state, step


# --- the table of results -------------------------------------------------------------------------


def floor_of(base):
    """CPU seconds of one evaluation of the map at the base."""
    trade = trade_of(base, base.tech.theta)

    def once():
        for _ in range(200):
            point = evaluate(base.tech, trade, base.state)
            imbalance(point)
            spending(base.tech, point.Y, point.income)

    return common.cpu(once, repeats=3)[0] / 200


def compare(title, base, regions, peers):
    floor = floor_of(base)
    S, N = base.state.X.shape
    print(f"\n{title}: {N} × {S}; one evaluation of the map {1e6 * floor:.0f} µs")
    head = f"{'CPU ms a scenario':<30}{'ours':>7}{'steps':>7}{'× floor':>9}{'target':>8}"
    print(f"{head}{'residual':>10}{'damped':>9}{'ratio':>7}{'nested':>9}{'ratio':>7}")
    for name, scenario in scenarios(base, regions).items():
        ours, (tech, trade, solved) = common.cpu(lambda s=scenario: run(base, s), repeats=5)
        steps = solved.certificate.iterations
        mark = "ok" if ours <= TARGET else "MISSED"
        mark = "" if "costs" in name else mark
        line = f"{name:<30}{1e3 * ours:7.1f}{steps:7d}{ours / (steps * floor):9.1f}{mark:>8}"
        line += f"{solved.certificate.residual:10.0e}"
        notes = []
        for peer in (damped, nested) if peers else ():
            begun = time.process_time()
            state, taken = peer(tech, trade, base.state)
            spent = time.process_time() - begun
            worst = max(residuals(tech, trade, state).values())
            apart = np.abs(state.omega - solved.state.omega).max()
            line += f"{1e3 * spent:9.0f}{spent / ours:7.0f}"
            notes.append(f"{peer.__name__}: {taken} steps, residual {worst:.0e}, log w {apart:.0e}")
        print(line)
        for note in notes:
            print(f"    {note}")


def many(base, regions, draws, count):
    """One scenario under many elasticities, the base held: its shares are data."""
    scenario = scenarios(base, regions)["embargo on China and Russia"]
    centre = run(base, scenario)[2].state
    failed, steps, methods = [], [], {}
    begun = time.process_time()
    for k in range(count):
        try:
            solved = run(base, scenario, theta=draws[k % len(draws)], start=centre)[2]
        except ConvergenceError as error:
            failed.append(f"draw {k}: {error}")
            continue
        steps.append(solved.certificate.iterations)
        methods[solved.certificate.method] = methods.get(solved.certificate.method, 0) + 1
    spent = time.process_time() - begun
    mark = "ok" if spent <= DRAWS_TARGET * count / 1000 and not failed else "MISSED"
    print(f"\n{count} elasticity draws, embargo on China and Russia, deficits fixed: {spent:.1f} s")
    print(
        f"    {1e3 * spent / count:.1f} ms a draw (target {DRAWS_TARGET:.0f} ms: {mark}), ", end=""
    )
    print(
        f"steps median {np.median(steps):.0f}, most {max(steps)}; {methods}; {len(failed)} failed"
    )
    for line in failed[:5]:
        print(f"    {line}")


def adjoints(base):
    """All sensitivities of one region and of all."""
    S, N = base.state.X.shape
    trade = trade_of(base, base.tech.theta)
    beta = base.tech.alpha
    for regions in ([0], list(range(N))):
        spent, _ = common.cpu(
            lambda r=regions: sensitivity(base.tech, trade, base.state, beta=beta, regions=r),
            repeats=1,
        )
        print(f"    {len(regions)} regions by {S * N * N} trade costs, {S} θ: {spent:.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="no peers, 50 draws")
    chosen = parser.parse_args()
    folder = common.shared_data()
    print(common.Machine())
    base, regions = wiod2008(folder)
    compare("WIOD 2013 release, 2008, no deficits", base, regions, not chosen.quick)
    print("sensitivities at the base, factorisations included:")
    adjoints(base)
    base, regions, draws = wiod2014(folder)
    compare("WIOD 2016 release, 2014, tariffs and deficits", base, regions, not chosen.quick)
    many(base, regions, draws, 50 if chosen.quick else chosen.draws)


if __name__ == "__main__":
    with np.errstate(all="raise", under="ignore"):
        main()
