"""Ensembles small enough to be run, stopped and run again many times in a test."""

import os
import sys
from pathlib import Path

import numpy as np

from autarky import Table
from autarky.ensemble import Chosen, Distribution, Ensemble
from autarky.shocks import Embargo, Scenario
from autarky.sources import _tables
from autarky.sources.store import Store

REGIONS, SECTORS = ("AUT", "DEU", "FRA"), ("a", "b")


def tiny_table():
    """Three regions, two sectors, in balance."""
    rng = np.random.default_rng(11)
    Z, Y = rng.random((6, 6)), 4 * rng.random((6, 3)) + 0.5
    return Table.from_arrays(Z, Y, regions=REGIONS, sectors=SECTORS, year=2000)


def prepare(home):
    """A data store with the tiny table in it."""
    _tables.put(Store(home), "tiny", tiny_table())


def cuts(count):
    """Embargoes of every pair in turn, each with a share of its own."""
    pairs = [(a, b) for a in REGIONS for b in REGIONS if a != b]
    found = []
    for k in range(count):
        exporter, importer = pairs[k % len(pairs)]
        share = 0.1 + 0.8 * k / count
        shock = Embargo(exporters=exporter, importers=importer, share=share)
        found.append(Scenario(f"s{k:04d}", [shock]))
    return found


def many(tasks, *, chunk=25, draws=50, name="many"):
    """An ensemble of so many tasks by the equilibrium, over draws of all elasticities.

    A task takes about 4 ms of one processor; 5,000 in chunks of 25 are 200 chunks.
    """
    scale = Distribution.of("elasticity_scale", {"loguniform": [0.5, 2.0]})
    model = Chosen(
        type="equilibrium", parameters={"elasticities": 4.0}, draw={"elasticity_scale": scale}
    )
    return Ensemble(
        name=name, tables=("tiny:2000",), scenarios=cuts(tasks // draws), models=(model,),
        draws=draws, sampling="lhs", chunk=chunk, seed=3,
    )  # fmt: skip


def child_environment(home, **more):
    """Of a process that finds the tests' helpers and the store."""
    here = str(Path(__file__).parent)
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH", ""))))
    return os.environ | {"AUTARKY_HOME": str(home), "PYTHONPATH": path} | more


PYTHON = sys.executable


def driver():
    """``python -m ensembles TASKS WORKERS LOG``: run it, and log each chunk that is begun.

    Whatever begins is one line in LOG, so that a test can count what was done again.
    """
    from autarky.ensemble import execute

    tasks, workers, log = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    execute.compute = Logged(log)

    def track(done, total):
        _append(log, f"done {done} {total}\n")

    execute.start(many(tasks), workers=workers, track=track)


class Logged:
    """`compute`, with a line in a log for each chunk that it begins."""

    def __init__(self, log):
        self.log = log

    def __call__(self, job):
        from autarky.ensemble.work import compute

        _append(self.log, f"began {job.chunk}\n")
        return compute(job)


def _append(path, line):
    """One write, so that lines of several processes do not mix."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


if __name__ == "__main__":
    # As the module that workers import: what they are sent must be known to them by this name.
    import ensembles

    ensembles.driver()
