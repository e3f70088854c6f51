"""``autarky doctor``: whether everything that a result depends on works here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click

from autarky.cli.options import Output, output_options

Check = tuple[str, bool, str]


@click.command()
@output_options
def doctor(output: Output) -> int:
    """Check the installation, the embedded table, the data store and the solver.

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


CHECKS: dict[str, Callable[[], Iterator[Check]]] = {
    "install": _versions,
    "world table": _embedded,
    "data store": _store,
    "solver": _solver,
}
