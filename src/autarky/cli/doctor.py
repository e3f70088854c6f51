"""``autarky doctor``: whether everything that a result depends on works here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from autarky.cli.options import Output, output_options
from autarky.errors import AutarkyError

Check = tuple[str, bool, str]


@click.command()
@output_options
def doctor(output: Output) -> int:
    """Check the installation, the table, the store, the solvers, runs, workers and the disk.

    Exit code 0 when all is well, 3 when something is not.
    """
    from autarky.cli.output import write_rows

    found: list[Check] = []
    for name, check in CHECKS.items():
        try:
            found += list(check())
        except Exception as error:
            found.append((name, False, f"{type(error).__name__}: {error}"))
    rows = [{"check": name, "ok": ok, "message": message} for name, ok, message in found]
    if not write_rows(rows, output):
        for name, ok, message in found:
            click.echo(f"{'ok ' if ok else 'BAD'}  {name:<20} {message}")
    return 0 if all(ok for _, ok, _ in found) else 3


def _versions() -> Iterator[Check]:
    import platform
    from importlib.metadata import version

    from autarky import __version__

    parts = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas", "click"))
    yield "install", True, f"autarky {__version__}, Python {platform.python_version()}, {parts}"


def _embedded() -> Iterator[Check]:
    from autarky import sources

    years = sources.years("world")
    table = sources.open("world")
    health = table.check()
    yield "world table", health.ok, f"{table!r}, years {', '.join(map(str, years))}"


def _store() -> Iterator[Check]:
    from autarky.sources.store import Store

    store = Store()
    findings = store.verify()
    bad = [finding for finding in findings if finding.severity == "error"]
    for finding in bad:
        mend = "import it again ('autarky data import')"
        yield "data store", False, f"{finding}; {mend}"
    if not bad:
        count = len(store.entries())
        stored = f"{count} stored table{'' if count == 1 else 's'}, checksums right"
        yield "data store", True, f"{store.root}: {stored if count else 'nothing stored yet'}"


def _solver() -> Iterator[Check]:
    import numpy as np

    from autarky import sources
    from autarky.leontief import leontief

    table = sources.open("world")
    demand = table.Y.sum(axis=1)
    answers = []
    for method in ("lu", "gauss-seidel"):
        operator = leontief(table.Z, table.x, list(table.industries.starts), method=method)
        solution = operator.solve(demand)
        answers.append(solution.values)
        yield f"solver {method}", True, str(solution.certificate)
    gap = float(np.abs(answers[0] - answers[1]).max() / np.abs(answers[0]).max())
    yield "solvers agree", gap < 1e-9, f"largest relative gap {gap:.1e}"


def _programs() -> Iterator[Check]:
    from autarky.lp import Draft, Solver

    draft = Draft()
    x = draft.columns("x", [["a", "b"]], upper=[4.0, 6.0], cost=[3.0, 2.0])
    draft.put(draft.rows("room", [["all"]], high=8.0), x, 1.0)
    best = Solver(draft.finish()).solve()
    right = abs(best.value - 20.0) < 1e-9
    yield "linear programs", right, f"{best.method}, residual {best.certificate.residual:.1e}"
    hipo = Solver(best.program).solve(method="hipo").method
    installed = "not installed" not in hipo
    yield "interior points", True, "HiPO is there" if installed else f"{hipo}; nothing needs it"


def _runs() -> Iterator[Check]:
    import contextlib

    from autarky.ensemble.runs import names, open_run, root

    bad = 0
    for name in names():
        try:
            one = open_run(name)
            if (one.folder / "journal.sqlite").exists():
                with contextlib.closing(one.journal()) as journal:
                    if journal.sound():
                        continue
                yield "runs", False, f"{name}: the journal is damaged; 'autarky run rm {name}'"
                bad += 1
        except AutarkyError as error:
            yield "runs", False, str(error)
            bad += 1
    if not bad:
        yield "runs", True, f"{root()}: {len(names())} runs, journals sound"


def _workers() -> Iterator[Check]:
    import multiprocessing
    import os
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        answer = pool.submit(abs, -7).result(timeout=60)
    yield "workers", answer == 7, f"a process starts and answers; {os.cpu_count()} processors"


def _disk() -> Iterator[Check]:
    import shutil

    from autarky import disk
    from autarky.sources.store import default_root

    folder = default_root()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    # A year of the full release takes some 25 MB, a run of 10,000 tasks some 5 MB.
    enough = free > 200e6
    with disk.reporting("write to the home of autarky", folder):
        probe = disk.scratch(folder)
        probe.touch()
        probe.unlink()
    yield "disk", enough, f"{folder}: can be written, {free / 1e9:,.1f} GB free"


CHECKS: dict[str, Callable[[], Iterator[Check]]] = {
    "install": _versions,
    "world table": _embedded,
    "data store": _store,
    "solver": _solver,
    "linear programs": _programs,
    "runs": _runs,
    "workers": _workers,
    "disk": _disk,
}
