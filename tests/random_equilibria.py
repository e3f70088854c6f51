"""Random scenarios for the trade equilibrium, as arrays, and the tally of how they end.

    python tests/random_equilibria.py [--count 500] [--seed 0] [--world]

Kinds: embargoes of random blocs and sectors, lognormal icebergs, tariffs of 0 to 100 %, deficits
scaled by −1 to 2, elasticities × 0.2 to 5 without a cap, icebergs × 20 to 100, one-way isolations;
half of the scenarios combine two of them.
"""

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from autarky.errors import ConvergenceError
from autarky.stress.equilibrium.components import (
    components,
    fill_idle,
    missing_suppliers,
    rebalance,
    separate,
)
from autarky.stress.equilibrium.solve import solve
from autarky.stress.equilibrium.system import (
    State,
    Technology,
    Trade,
    evaluate,
    prices_and_shares,
)

#: Costinot and Rodríguez-Clare (2014) on the 35 sectors of WIOD 2013; services 5.
CR2014 = np.array(
    [8.11, 15.72, 2.55, 5.56, 5.56, 10.83, 9.07, 51.08, 4.75, 1.66, 2.76, 7.99, 1.52, 10.6, 0.37]
    + [5.0] * 20
)
KINDS = ("embargo", "lognormal", "tariff", "deficits", "elasticities", "iceberg", "one-way")


@dataclass(frozen=True)
class Base:
    """A solved base at which all hats are 1: shares, deficits, spending."""

    tech: Technology
    pi: np.ndarray
    net: np.ndarray
    deficits: np.ndarray
    state: State


def rebase(tech, pi, net, deficits, spending):
    """Solve the base and make its shares, wages and spending the data; hats start from 1."""
    N = pi.shape[1]
    trade = Trade(pi, net, deficits, np.zeros(N, dtype=np.intp))
    start = State(np.zeros_like(spending), np.zeros(N), spending)
    solved = solve(tech, trade, start)
    point = evaluate(tech, trade, solved.state)
    _, shares = prices_and_shares(tech, trade, point.log_cost)
    tech = replace(tech, wages=point.wage_bill)
    state = State(np.zeros_like(spending), np.zeros(N), solved.state.X)
    return Base(tech, shares, net, deficits, state)


def toy(seed, S=3, N=4, *, tariffs=False, deficits=0.0):
    """A small made-up world, solved."""
    rng = np.random.default_rng(seed)
    pi = rng.random((S, N, N)) + 2.0 * np.eye(N)
    pi /= pi.sum(axis=2, keepdims=True)
    labour = rng.uniform(0.3, 0.7, (S, N))
    inputs = rng.random((N, S, S))
    inputs *= ((1.0 - labour).T / inputs.sum(axis=1))[:, None, :]
    alpha = rng.random((S, N))
    alpha /= alpha.sum(axis=0)
    wages = rng.uniform(1.0, 5.0, N)
    tau = np.where(np.eye(N, dtype=bool), 0.0, rng.uniform(0, 0.4, pi.shape)) * tariffs
    D = rng.normal(0.0, deficits, N)
    tech = Technology(labour, inputs, alpha, wages, rng.uniform(1.0, 9.0, S))
    return rebase(tech, pi, 1.0 / (1.0 + tau), D - D.mean(), wages * np.ones((S, 1)))


def wiod_base(folder: Path, year=2008, deficits=True):
    """The full release of a year, 41 × 35."""
    from autarky.stress.equilibrium.calibration import calibrate
    from autarky.table import Table

    with np.load(folder / "wiod2013" / f"wiod2013_{year}.npz") as raw:
        Z, Y = raw["Z"].astype(np.float64), raw["Y"].astype(np.float64)
    lines = (folder / "wiod2013" / "regions.csv").read_text(encoding="utf-8").splitlines()[1:]
    regions = [line.split(",")[1] for line in lines]
    table = Table.from_arrays(
        Z, Y, regions=regions, sectors=[f"c{i}" for i in range(1, 36)], uses=list("abcde")
    )
    return economies_base(calibrate(table, CR2014), deficits=deficits)


def world_base(year=2008):
    """The embedded table, 41 × 15."""
    import autarky
    from autarky.stress.equilibrium.calibration import calibrate

    table = autarky.open("world", year=year)
    theta = np.geomspace(0.4, 51.0, len(table.sectors))
    return economies_base(calibrate(table, theta))


def economies_base(economies, *, deficits=True):
    D = economies.deficits if deficits else np.zeros_like(economies.deficits)
    tech, net = economies.technology, 1.0 / (1.0 + economies.tau)
    return rebase(tech, economies.pi, net, D, economies.spending)


@dataclass(frozen=True)
class Drawn:
    """A scenario as arrays: factors of K and of costs, tariffs, scale of deficits and of θ."""

    kind: str
    capacity: np.ndarray
    cost: np.ndarray
    tau: np.ndarray
    deficits: float
    theta: np.ndarray
    rule: str


def draw(rng, base, kinds=None):
    """One scenario."""
    S, N, _ = base.pi.shape
    if kinds is None:
        kinds = rng.choice(KINDS, size=1 + int(rng.random() < 0.5), replace=False)
    made = Drawn(
        "+".join(sorted(kinds)),
        np.ones_like(base.pi),
        np.ones_like(base.pi),
        np.zeros_like(base.pi),
        rng.uniform(-1.0, 2.0) if "deficits" in kinds else 1.0,
        np.ones(S),
        "fixed" if "deficits" in kinds else str(rng.choice(["zero", "fixed", "proportional"])),
    )
    for kind in kinds:
        bloc = rng.permutation(N)[: rng.integers(1, max(2, N // 2))]
        _add(kind, rng, made, np.isin(np.arange(N), bloc))
    if len(kinds) == 1 and "elasticities" in kinds:
        made.cost[:] = np.where(np.eye(N, dtype=bool), 1.0, 1.3)
    return made


def _add(kind, rng, made, inside):
    S, N, _ = made.cost.shape
    home = np.eye(N, dtype=bool)
    between = inside[:, None] & ~inside[None, :]
    both = between | between.T
    if kind == "embargo":
        share = rng.choice([1.0, 1.0, rng.random()])
        pairs = both if rng.random() < 0.5 else between
        for j in rng.permutation(S)[: rng.integers(1, S + 1)]:
            made.capacity[j][pairs] *= 1.0 - share
    elif kind == "lognormal":
        noise = rng.normal(0.0, rng.choice([0.1, 0.5, 1.0]), made.cost.shape)
        made.cost[:] *= np.where(home, 1.0, np.exp(noise))
    elif kind == "tariff":
        none = home | (rng.random((N, 1)) < 0.3)
        made.tau[:] += np.where(none, 0.0, rng.random(made.cost.shape))
    elif kind == "elasticities":
        made.theta[:] *= np.exp(rng.uniform(np.log(0.2), np.log(5.0), S))
    elif kind == "iceberg":
        pairs = both if rng.random() < 0.5 else ~home
        made.cost[:] *= np.where(pairs, rng.uniform(20.0, 100.0), 1.0)
    elif kind == "one-way":
        way = between if rng.random() < 0.5 else between.T
        made.capacity[:] *= np.where(way, 0.0, 1.0)


def arrays(base, drawn):
    """Technology and trade of a scenario; None with the missing cells where suppliers are gone."""
    tech = replace(base.tech, theta=base.tech.theta * drawn.theta)
    theta = tech.theta[:, None, None]
    with np.errstate(under="ignore"):
        K = base.pi * drawn.capacity * (drawn.cost * (1 + drawn.tau)) ** -theta
    component, cut = components(K)
    K = separate(K, component)
    missing = missing_suppliers(tech, K)
    if missing:
        return tech, None, missing
    transfers = rebalance(drawn.deficits * base.deficits, base.tech.wages, component, drawn.rule)
    indexed = drawn.rule == "proportional"
    net = base.net / (1 + drawn.tau)
    return tech, Trade(fill_idle(K), net, transfers, component, indexed), cut


def outcome(base, drawn):
    """How a scenario ends: a word, and the solution if there is one."""
    tech, trade, _ = arrays(base, drawn)
    if trade is None:
        return "refused: no supplier", None
    try:
        solved = solve(tech, trade, base.state)
    except ConvergenceError as error:
        return f"refused: {type(error).__name__}", error
    return f"solved: {solved.certificate.method}", (tech, trade, solved)


def wrong(base, answer):
    """What is wrong with a solution; empty if nothing is."""
    tech, trade, solved = answer
    state, said = solved.state, []
    if not all(np.isfinite(a).all() for a in (state.p, state.omega, state.X)):
        said.append("not finite")
    if not max(solved.residuals.values()) <= 1e-8:
        said.append(f"residuals {solved.residuals}")
    if evaluate(tech, trade, state).income.min() <= 0:
        said.append("income not positive")
    if np.array_equal(state.X, base.state.X):
        said.append("the baseline came back")
    return said


def tally(base, count, seed, say=lambda line: None):
    """How `count` scenarios end: words, refusals by kind, CPU seconds, and what is wrong."""
    rng = np.random.default_rng(seed)
    ends, kinds, seconds, faults = Counter(), Counter(), [], []
    for number in range(count):
        drawn = draw(rng, base)
        begun = time.process_time()
        word, answer = outcome(base, drawn)
        seconds.append(time.process_time() - begun)
        ends[word] += 1
        where = f"{number} {drawn.kind}, deficits {drawn.rule}, {seconds[-1]:.2f} s"
        if word.startswith("refused"):
            kinds[f"{drawn.kind}, deficits {drawn.rule}: {word}"] += 1
            say(f"{where}: {word}: {answer}")
        else:
            faults += [f"{where}: {fault}" for fault in wrong(base, answer)]
    return ends, kinds, seconds, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--world", action="store_true", help="the embedded table, 41 × 15")
    chosen = parser.parse_args()
    root = Path(__file__).resolve().parent.parent
    folder = (root / os.environ.get("AUTARKY_SHARED", "../shared") / "data").resolve()
    base = world_base() if chosen.world else wiod_base(folder)

    def say(line):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    ends, kinds, seconds, faults = tally(base, chosen.count, chosen.seed, say)
    for fault in faults:
        say(f"WRONG: {fault}")
    for words in (ends, kinds):
        for word, count in words.most_common():
            say(f"{count:5d} {word}")
    low, high = np.percentile(seconds, [50, 95])
    say(f"{len(faults)} wrong; CPU median {1e3 * low:.1f} ms, 95 % below {1e3 * high:.1f} ms")


if __name__ == "__main__":
    with np.errstate(all="raise", under="ignore"):
        main()
