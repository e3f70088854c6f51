"""Ensembles: what a task costs beyond its model, what workers hold, and 10,000 scenarios.

    python benchmarks/ensemble.py [--scenarios 10000] [--workers 2] [--quick] [--no-dask]

Three parts, each beside a plain `multiprocessing.Pool` that gets the table with its tasks, and
beside Dask:

* dispatch: wall time of 1,000 tasks that compute nothing, from job to result, pool already
  running. What durability costs is per chunk and is measured apart.
* memory: what a worker holds for itself alone after it has used a table, for tables that grow.
* equilibrium: scenarios on the full 41 × 35 table, with everything that `autarky run` does. The
  floor is the model alone, in one process that prepares once and records nothing.
"""

import common  # first: it sets the number of threads  # isort: skip

import argparse
import contextlib
import multiprocessing
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from autarky import Table, sources
from autarky.ensemble import Chosen, Ensemble, execute, expand, runs, start
from autarky.ensemble.journal import Journal, Record
from autarky.ensemble.work import Done, Job
from autarky.shocks import Embargo, Scenario
from autarky.sources import _tables
from autarky.sources.store import Store
from autarky.stress import Equilibrium
from autarky.units import Provenance

TASKS = 1000
TARGET_MS = 0.2


# --- what workers are sent: functions of this module ----------------------------------------------


def nothing(job):
    """A chunk whose models take no time."""
    return Done(job.chunk, b"", "", 0, ())


def nothing_of(task):
    """One task, as a user would write it: the table comes with it."""
    Z, k = task
    return k + len(Z)


def nothing_at(k):
    return k


def held(name):
    """Open a table from the store, use a row of it; the private bytes of this process."""
    table = sources.open(name, 2000)
    table.Z[0].sum()
    return private()


def held_array(Z):
    Z[0].sum()
    return private()


def private():
    """Bytes that this process alone holds, without what it maps from files."""
    rows = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    kib = {row.split(":")[0]: int(row.split()[1]) for row in rows}
    # Pages of a file that one process alone has mapped count as private too, but are the cache's.
    return 1024 * (kib["Private_Dirty"] + kib.get("Private_Hugetlb", 0))


# --- tables ---------------------------------------------------------------------------------------


def full_table():
    """41 × 35 of 2011."""
    Z, Y, regions, sectors, uses = common.wiod2011()
    source = Provenance(source="WIOD 2013")
    return Table.from_arrays(
        Z, Y, regions=regions, sectors=sectors, uses=uses, year=2011, provenance=source
    )


def made_up(n):
    rng = np.random.default_rng(n)
    Z = rng.random((n, n))
    Y = np.full((n, 10), 0.2 * n)
    regions = [f"r{k}" for k in range(10)]
    return Table.from_arrays(
        Z, Y, regions=regions, sectors=[f"s{k}" for k in range(n // 10)], year=2000
    )


def cuts(table, count):
    """Every importer and exporter in turn, at shares that differ."""
    labels = table.regions.labels
    pairs = [(a, b) for a in labels for b in labels if a != b]
    turns = -(-count // len(pairs))
    return [
        Scenario(
            f"{b}-from-{a}-{turn}",
            [Embargo(exporters=a, importers=b, share=(turn + 1) / turns)],
        )
        for turn in range(turns)
        for a, b in pairs
    ][:count]


# --- parts ----------------------------------------------------------------------------------------


def dispatch(chosen):
    """Milliseconds for each of 1,000 tasks of no work."""
    print(
        f"\nDispatch of {TASKS:,} tasks that compute nothing, {chosen.workers} workers, ms a task"
    )
    print(f"{'':<58} {'median':>8} {'best':>8}")
    table = sources.open("wiod", 2011)
    scenarios = cuts(table, TASKS)
    found = {}
    for chunk in (50, 1):
        plan = expand(Ensemble(name="d", tables=("wiod:2011",), scenarios=scenarios, chunk=chunk))
        jobs = range(plan.chunks)
        with execute._one_thread(), execute._pool(chosen.workers) as pool:
            warm(pool, chosen.workers)

            def ours(plan=plan, jobs=jobs, pool=pool):
                for future in [pool.submit(nothing, Job.of(plan, k)) for k in jobs]:
                    future.result()

            found[chunk] = line(f"ours, chunks of {chunk}", ours)
    mark = "ok" if found[50] <= TARGET_MS else "MISSED"
    print(f"{'':<58} target {TARGET_MS} ms: {mark}")
    Z = np.array(table.Z)
    with multiprocessing.get_context("spawn").Pool(chosen.workers) as pool:
        pool.map(nothing_at, range(100))
        line("multiprocessing.Pool, no table", lambda: pool.map(nothing_at, range(TASKS)))
        line(
            "multiprocessing.Pool, the table pickled for each chunk of 50",
            lambda: pool.map(nothing_of, ((Z, k) for k in range(TASKS)), chunksize=50),
            repeats=3,
        )
        few = TASKS // 20
        line(
            "multiprocessing.Pool, the table pickled for each task",
            lambda: [pool.apply(nothing_of, ((Z, k),)) for k in range(few)],
            tasks=few,
            repeats=3,
        )
    if chosen.dask:
        with dask_client(chosen.workers) as client:
            line(
                "Dask, a future for each task",
                lambda: client.gather(client.map(nothing_at, range(TASKS), pure=False)),
                repeats=3,
            )
            plan = expand(Ensemble(name="d", tables=("wiod:2011",), scenarios=scenarios))
            executor = client.get_executor(pure=False)

            def by_chunk():
                for future in [
                    executor.submit(nothing, Job.of(plan, k)) for k in range(plan.chunks)
                ]:
                    future.result()

            line("ours through Dask, chunks of 50", by_chunk, repeats=3)


def warm(pool, workers):
    """Every worker has started and imported what it needs."""
    for future in [pool.submit(time.sleep, 0.5) for _ in range(workers)]:
        future.result()
    for future in [pool.submit(nothing_at, 0) for _ in range(10 * workers)]:
        future.result()


def line(what, function, *, tasks=TASKS, repeats=7):
    function()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        function()
        times.append(1e3 * (time.perf_counter() - began) / tasks)
    print(f"{what:<58} {statistics.median(times):>8.4f} {min(times):>8.4f}")
    return statistics.median(times)


@contextlib.contextmanager
def dask_client(workers):
    import distributed

    with (
        distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None,
            host="127.0.0.1",
        ) as cluster,
        distributed.Client(cluster) as client,
    ):  # fmt: skip
        yield client


def durability(folder):
    """Milliseconds to make a chunk last: file, fsync, rename, one transaction."""
    from autarky import disk

    data = os.urandom(40_000)
    journal = Journal(folder / "journal.sqlite", "bench")
    files, rows = [], []
    for k in range(50):
        began = time.perf_counter()
        disk.write_bytes(folder / f"{k}.parquet", data)
        files.append(time.perf_counter() - began)
        began = time.perf_counter()
        journal.add(Record(k, f"{k}.parquet", "0" * 64, 100, 50, 0.0), ())
        rows.append(time.perf_counter() - began)
    journal.close()
    a, b = (1e3 * statistics.median(x) for x in (files, rows))
    print(f"\nDurability of a chunk: file {a:.2f} ms, journal {b:.2f} ms; {(a + b) / 50:.3f} ms a "
          "task in chunks of 50")  # fmt: skip


def memory(chosen):
    """MiB that a worker holds for itself."""
    if sys.platform != "linux":
        print("\nMemory is measured through /proc: on Linux only")
        return
    print("\nMemory that one worker holds for itself, MiB")
    print(f"{'industries':>10} {'table':>8} {'ours':>8} {'pickled':>8}" + ("   Dask" * chosen.dask))
    context = multiprocessing.get_context("spawn")
    for n in (600, 1500, 3000) if chosen.quick else (600, 1500, 3000, 6000):
        name = f"n{n}"
        _tables.put(Store(), name, made_up(n))
        with execute._one_thread(), execute._pool(1) as pool:
            ours = pool.submit(held, name).result()
        Z = np.array(sources.open(name, 2000).Z)
        with context.Pool(1) as peer:
            pickled = peer.apply(held_array, (Z,))
        row = f"{n:>10} {Z.nbytes / common.MIB:>8.0f} {ours / common.MIB:>8.0f} "
        row += f"{pickled / common.MIB:>8.0f}"
        if chosen.dask:
            with dask_client(1) as client:
                row += f" {client.submit(held, name).result() / common.MIB:>6.0f}"
        print(row)
        sources.opening._CACHE.clear()
        Store().remove(name)


def equilibrium(chosen):
    """So many scenarios on the full table, recorded; and the model alone."""
    table = sources.open("wiod", 2011)
    scenarios = cuts(table, chosen.scenarios)
    began, cpu = time.perf_counter(), time.process_time()
    prepared = Equilibrium().prepare(table)
    prepared.before  # noqa: B018 - the base is part of preparing
    prepare_s = time.process_time() - cpu
    sample = scenarios[:: max(1, len(scenarios) // 100)][:100]
    prepared.run(sample[0])
    cpu = time.process_time()
    for one in sample:
        prepared.run(one)
    floor = (time.process_time() - cpu) / len(sample)
    print(f"\n{len(scenarios):,} equilibrium scenarios on {len(table.regions)} × "
          f"{len(table.sectors)}, {chosen.workers} workers")  # fmt: skip
    print(f"model alone, one process: {1e3 * floor:.1f} ms CPU a scenario; base {prepare_s:.1f} s")
    ensemble = Ensemble(
        name="bench", tables=("wiod:2011",), scenarios=scenarios,
        models=(Chosen(type="equilibrium"),),
    )  # fmt: skip
    spent = processor_seconds()
    began = time.perf_counter()
    first = []

    def track(done, _):
        if done and not first:
            first.append(time.perf_counter() - began)

    run = start(ensemble, workers=chosen.workers, track=track)
    wall = time.perf_counter() - began
    used = processor_seconds() - spent
    n = len(scenarios)
    state = run.state()
    size = sum(path.stat().st_size for path in run.parts.iterdir())
    print(f"wall {wall:.1f} s, {1e3 * wall / n:.2f} ms a scenario; first chunk after "
          f"{first[0]:.1f} s; {state.failed} failed")  # fmt: skip
    print(f"CPU {used:.1f} s, {1e3 * used / n:.1f} ms a scenario, {used / n / floor:.2f} × the "
          f"model alone; ideal wall on {chosen.workers} free processors "
          f"{floor * n / chosen.workers:.1f} s")  # fmt: skip
    print(f"on disk {size / n:.0f} bytes a scenario")
    print(f"load of this machine over the last minutes: {os.getloadavg()}")
    runs.remove(run)


def processor_seconds():
    """Of this process and of its children that have ended."""
    here, gone = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return here.ru_utime + here.ru_stime + gone.ru_utime + gone.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenarios", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="500 scenarios, smaller tables")
    parser.add_argument("--no-dask", dest="dask", action="store_false")
    parser.add_argument("--only", choices=["dispatch", "memory", "equilibrium"])
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.scenarios = min(chosen.scenarios, 500)
    folder = Path(tempfile.mkdtemp(prefix="autarky-bench-"))
    os.environ["AUTARKY_HOME"] = str(folder)
    try:
        _tables.put(Store(), "wiod", full_table())
        if chosen.only in (None, "dispatch"):
            dispatch(chosen)
            durability(folder)
        if chosen.only in (None, "memory"):
            memory(chosen)
        if chosen.only in (None, "equilibrium"):
            equilibrium(chosen)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
