"""Ensembles: what dispatch, durability and memory cost, and 10,000 scenarios of the full table.

    python benchmarks/ensemble.py [--scenarios 10000] [--workers 2]

Wall seconds, since work happens in other processes. Dispatch is what a task costs beyond its own
computing: chunks of 50 to one process that answers at once. Peers: a plain `multiprocessing.Pool`
whose tasks carry the table (as scripts do), and a Dask cluster of one worker with one task each.
Memory is what a worker has written (private dirty pages) once it has read the table. The full table
is WIOD 2013 of 2011, 41 regions × 35 sectors; its floor is the time of the same solves in a loop
in this process, over the number of workers.
"""

import common  # first: it sets the number of threads  # isort: skip

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from autarky import Table, sources
from autarky.ensemble import Chosen, Ensemble, expand, start
from autarky.ensemble.declare import plain
from autarky.ensemble.work import Done
from autarky.shocks import Embargo, Scenario
from autarky.sources import _tables
from autarky.sources.store import Store
from autarky.stress import Equilibrium

TASKS = 1_000
TARGET = 0.2e-3
DATA = b"x" * 2_000


def answer_at_once(_declared, _contents, chunk, tasks):
    """What a worker does, without the work."""
    return Done(chunk, DATA, hashlib.sha256(DATA).hexdigest(), len(tasks), ())


def with_table(table, task):
    """What a script does: the table travels with the task."""
    return task.id, float(table.Z[0, 0])


def private(spec):
    """Bytes that this process holds for itself before and after it has read a table's flows."""
    before = _private()
    table = sources.open_spec(spec)
    total = float(table.Z.sum()) + float(table.Y.sum())
    return before, _private(), total


def _private():
    # Pages of a mapped file count as the file's, not the worker's, while nobody writes to them.
    text = Path("/proc/self/smaps_rollup").read_text()
    fields = dict(line.split(":") for line in text.splitlines()[1:])
    return int(fields["Private_Dirty"].split()[0]) * 1024


def carried(table):
    """The same, for a table that came through a pipe."""
    return _private(), float(table.Z.sum())


def idle(_):
    return os.getpid()


def pairs(table, count):
    """So many embargoes: every exporter and importer, in rising shares."""
    found = []
    shares = [0.1 * k for k in range(10, 0, -1)]
    for share in shares:
        for buyer in table.regions:
            for seller in table.regions:
                if seller != buyer and len(found) < count:
                    name = f"{buyer}-{seller}-{share:.1f}"
                    cut = Embargo(exporters=seller, importers=buyer, share=share)
                    found.append(Scenario(name, [cut]))
    return found


def spawned(workers):
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def dispatch(home, full):
    """Seconds of a task beyond its computing: ours, a plain pool, Dask."""
    world = sources.open("world", 2011)
    plan = expand(Ensemble(name="tiny", scenarios=pairs(world, TASKS)))
    declared = json.dumps(plain(plan.ensemble))
    with spawned(1) as pool:
        pool.submit(idle, 0).result()
        pool.submit(answer_at_once, declared, plan.contents, 0, plan.chunk(0)).result()
        began = time.perf_counter()
        futures = [
            pool.submit(answer_at_once, declared, plan.contents, k, plan.chunk(k))
            for k in range(plan.chunks)
        ]
        for future in futures:
            future.result()
        ours = (time.perf_counter() - began) / TASKS
    few = plan.tasks[:40]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.apply(idle, (0,))
        began = time.perf_counter()
        pool.starmap(with_table, [(full, task) for task in few], chunksize=1)
        theirs = (time.perf_counter() - began) / len(few)
    return ours, theirs, dask(plan), durability(home)


def dask(plan):
    """One task each, through a local cluster of one worker."""
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        return None
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        client.submit(idle, 0).result()
        began = time.perf_counter()
        futures = [
            client.submit(answer_at_once, "", {}, k, [task], pure=False)
            for k, task in enumerate(plan.tasks)
        ]
        client.gather(futures)
        return (time.perf_counter() - began) / len(plan.tasks)


def durability(home):
    """Seconds of a chunk's file and record."""
    from autarky import disk
    from autarky.ensemble.journal import Journal, Record

    folder = Path(home) / "durable"
    folder.mkdir()
    journal = Journal(folder / "journal.sqlite", "x")
    began = time.perf_counter()
    for k in range(50):
        disk.write_bytes(folder / f"{k}.parquet", DATA)
        journal.add(Record(k, f"{k}.parquet", "0" * 64, 1, 1, 0.0), ())
    spent = (time.perf_counter() - began) / 50
    journal.close()
    return spent


def memory(full):
    """Bytes a worker has written: after a tiny table, the full one, and a pickled one."""
    with spawned(1) as pool:
        low, small, _ = pool.submit(private, "tiny:2000").result()
    with spawned(1) as pool:
        _, large, _ = pool.submit(private, "wiod:2011").result()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pickled, _ = pool.apply(carried, (full,))
    return low, small, large, pickled


def whole(full, count, workers):
    """Seconds of an ensemble of so many scenarios on the full table, and of a plain loop."""
    scenarios = pairs(full, count)
    ensemble = Ensemble(
        name="whole",
        tables=("wiod:2011",),
        scenarios=scenarios,
        models=(Chosen(type="equilibrium"),),
    )
    began = time.perf_counter()
    plan = expand(ensemble)
    declared = time.perf_counter() - began
    run = start(ensemble, workers=workers)
    spent = time.perf_counter() - began
    few = scenarios[:: max(count // 60, 1)]
    prepared = Equilibrium().prepare(full)
    prepared.run(few[0])
    began = time.perf_counter()
    for scenario in few:
        prepared.run(scenario)
    floor = (time.perf_counter() - began) / len(few) * count / workers
    state = run.state()
    rows = run.rows()
    size = sum(path.stat().st_size for path in run.folder.rglob("*") if path.is_file())
    return spent, declared, floor, state, len(rows), size, plan.chunks


def line(what, seconds, note):
    """One line of times."""
    print(f"{what:<46}{1e3 * seconds:9.3f} ms   {note}")


def report(full, count, workers):
    """The whole run, in words."""
    spent, declared, floor, state, rows, size, chunks = whole(full, count, workers)
    each = 1e3 * spent * workers / count
    print(f"{count:,d} equilibrium scenarios, 41 × 35, {workers} workers: {spent:.0f} s, of which")
    print(f"  {declared:.1f} s to declare; {each:.1f} ms of a worker each; {state.failed} failed")
    print(f"  floor {floor:.0f} s, × {spent / floor:.2f}; {rows:,d} numbers, {chunks} chunks,")
    print(f"  {size / 1e6:.1f} MB on disk")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["AUTARKY_HOME"] = home
        Z, Y, regions, sectors, uses = common.wiod2011()
        full = Table.from_arrays(Z, Y, regions=regions, sectors=sectors, uses=uses, year=2011)
        tiny = Table.from_arrays(
            np.ones((2, 2)), np.ones((2, 2)) * 5, regions=["AUT", "DEU"], sectors=["a"], year=2000
        )
        store = Store(Path(home))
        _tables.put(store, "wiod", full)
        _tables.put(store, "tiny", tiny)
        ours, theirs, by_dask, durable = dispatch(home, full)
        verdict = "ok" if ours <= TARGET else "MISSED"
        line("dispatch of a task, chunks of 50", ours, f"target 0.2: {verdict}")
        line("  a pool whose tasks carry the table", theirs, f"× {theirs / ours:,.0f}")
        if by_dask is not None:
            line("  Dask, a task each", by_dask, f"× {by_dask / ours:,.0f}")
        line("durability of a chunk: file, fsync, record", durable, "")
        line("  of a task", durable / 50, "")
        low, small, large, pickled = (v / common.MIB for v in memory(full))
        print(f"a worker writes {low:.0f} MiB at its start, {small:.0f} with a tiny table,")
        print(f"  {large:.0f} with the full one mapped, {pickled:.0f} where it came through a pipe")
        report(full, given.scenarios, given.workers)
    return 0 if ours <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
