"""``autarky run``: ensembles of scenarios, which can be stopped and gone on with."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Generator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from autarky.cli.options import Output, named_file, output_options
from autarky.cli.run_answers import COMMANDS

if TYPE_CHECKING:
    from autarky.ensemble import Run
    from autarky.ensemble.tasks import Plan

#: Seconds between two lines where there is no terminal.
_EVERY = 60.0
#: Exit code of a run with tasks that have no answer, and of one that was interrupted.
SOME_FAILED, INTERRUPTED = 1, 130


class _FileOrCommand(click.Group):
    """``run FILE`` is ``run start FILE``."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """What is no command is a file."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.commands, n=1, cutoff=0.7)
            if near and not Path(args[0]).exists():
                raise click.UsageError(f"no command or file {args[0]!r}; did you mean {near[0]}?")
            args = ["start", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_FileOrCommand)
def run() -> None:
    """Run thousands of scenarios from a FILE; stop and go on as you like.

    For example:  autarky run template > my.toml && autarky run my.toml
    """


for _command in COMMANDS:
    run.add_command(_command)

_WORKERS = click.option(
    "--workers", type=click.IntRange(min=1), help="Processes; as many as processors by default."
)
_CLUSTER = click.option(
    "--cluster", metavar="ADDRESS", help="Use the workers of a Dask cluster: tcp://host:8786."
)
_ID = click.argument("run_id", metavar="ID")


@run.command()
@click.argument("file", type=click.Path(exists=False, dir_okay=False))
@_WORKERS
@_CLUSTER
@output_options
def start(file: str, workers: int | None, cluster: str | None, output: Output) -> int:
    """Run the ensemble of FILE; what an earlier run of it has done is not done again."""
    from autarky.ensemble import expand, load
    from autarky.ensemble.runs import create

    plan = expand(load(file))
    return _go(create(plan), plan, workers, cluster, output)


@run.command()
@_ID
@_WORKERS
@_CLUSTER
@output_options
def resume(run_id: str, workers: int | None, cluster: str | None, output: Output) -> int:
    """Go on with a run where it stopped."""
    from autarky.ensemble import open_run

    one = open_run(run_id)
    return _go(one, one.plan(), workers, cluster, output)


@run.command("list")
@output_options
def list_(output: Output) -> None:
    """List all runs."""
    from autarky.cli.output import write_rows
    from autarky.ensemble.runs import names, open_run
    from autarky.errors import AutarkyError

    rows = []
    for name in names():
        try:
            rows.append(_row(open_run(name)))
        except AutarkyError:
            said = f"damaged: 'autarky run show {name}' says how"
            rows.append({"id": name, "tasks": 0, "done": 0, "failed": 0, "state": said})
    if write_rows(rows, output):
        return
    if not rows:
        click.echo("no runs yet; 'autarky run template' prints an example to begin with")
    for row in rows:
        click.echo(f"{row['id']:<32} {row['done']:>8,d} of {row['tasks']:>8,d}  {row['state']}")


@run.command()
@_ID
@output_options
def show(run_id: str, output: Output) -> None:
    """What a run is, how far it has come, and what failed."""
    from autarky.cli.output import write_rows
    from autarky.ensemble import open_run

    one = open_run(run_id)
    if write_rows([_row(one)], output):
        return
    row = _row(one)
    ensemble = one.ensemble
    click.echo(f"{row['id']}: {row['done']:,d} of {row['tasks']:,d} tasks done, {row['state']}")
    if ensemble.title:
        click.echo(ensemble.title)
    click.echo(
        f"tables {len(ensemble.tables)} × scenarios {len(ensemble.scenarios)} × models "
        f"{len(ensemble.models)}; draws {ensemble.draws} ({ensemble.sampling}, seed "
        f"{ensemble.seed}); begun {row['created']}"
    )
    failures = one.failures()
    for task, kind, message in failures[:10]:
        click.echo(f"failed {task[:12]}: {kind}: {message}")
    if len(failures) > 10:
        click.echo(f"and {len(failures) - 10} more that failed")


@run.command()
@_ID
def cancel(run_id: str) -> None:
    """Ask the process that works on a run to stop; what is done stays."""
    from autarky.ensemble import open_run
    from autarky.ensemble.runs import cancel as ask

    asked = ask(open_run(run_id))
    click.echo("asked to stop" if asked else "nobody works on it", err=True)


@run.command()
@_ID
def rm(run_id: str) -> None:
    """Remove a run and its numbers."""
    from autarky.ensemble.runs import full_id, remove

    name = full_id(run_id)
    remove(name)
    click.echo(f"removed {name}", err=True)


@run.command()
@_ID
@click.argument("file", type=click.Path(dir_okay=False), callback=named_file)
def export(run_id: str, file: str) -> None:
    """Write all numbers of a run to FILE (.csv or .parquet), with what each task is."""
    from autarky.ensemble import open_run
    from autarky.ensemble.runs import export as write

    write(open_run(run_id), Path(file))
    click.echo(f"wrote {file}", err=True)


@run.command()
@click.option("--sweep", is_flag=True, help="Every economy × every partner × every product.")
def template(*, sweep: bool) -> None:
    """Print an example file, which runs in under a minute on the embedded table."""
    from importlib.resources import files

    name = "sweep.toml" if sweep else "template.toml"
    click.echo(files("autarky.ensemble").joinpath(name).read_text("utf-8"), nl=False)


# --- one run --------------------------------------------------------------------------------


def _go(one: Run, plan: Plan, workers: int | None, cluster: str | None, output: Output) -> int:
    from autarky.ensemble.execute import execute

    try:
        with _executor(cluster) as executor, _progress(output) as track:
            execute(one, plan, workers=workers, executor=executor, track=track)
    except KeyboardInterrupt:
        state = one.state()
        click.echo(
            f"interrupted: {state.done:,d} of {state.tasks:,d} tasks are done and kept; go on with "
            f"'autarky run resume {one.id}'",
            err=True,
        )
        return INTERRUPTED
    return _tell(one, output)


def _tell(one: Run, output: Output) -> int:
    from autarky.cli.output import write_rows

    row = _row(one)
    if not write_rows([row], output):
        click.echo(f"{row['id']}: {row['done']:,d} of {row['tasks']:,d} tasks done, {row['state']}")
    if not output.quiet:
        click.echo(f"note: 'autarky run export {one.id} FILE.csv' writes the numbers", err=True)
    if row["failed"]:
        click.echo(f"error: {row['failed']} tasks have no answer; 'autarky run show {one.id}' "
                   "says why", err=True)  # fmt: skip
        return SOME_FAILED
    return 0


def _row(one: Run) -> dict[str, Any]:
    state = one.state()
    said = "finished" if state.finished else "running" if state.running else "can be resumed"
    if state.failed:
        said += f", {state.failed} failed"
    return {
        "id": state.id, "name": state.name, "tasks": state.tasks, "done": state.done,
        "failed": state.failed, "state": said, "created": state.created,
    }  # fmt: skip


@contextlib.contextmanager
def _executor(cluster: str | None) -> Generator[Any]:
    """The workers of a Dask cluster, where one is named."""
    if cluster is None:
        yield None
        return
    from autarky.errors import MissingExtraError, OptionError

    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtraError("--cluster needs dask: pip install 'autarky[cluster]'") from error
    try:
        client = Client(cluster, timeout=10)
    except (OSError, ValueError) as error:
        raise OptionError(f"no Dask cluster answers at {cluster}: {error}") from error
    with client:
        yield client.get_executor()


@contextlib.contextmanager
def _progress(output: Output) -> Generator[Callable[[int, int], None]]:
    """A bar with rate and time left on a terminal; elsewhere a line a minute."""
    if output.quiet:
        yield lambda _done, _all: None
    elif sys.stderr.isatty():
        with _bar() as track:
            yield track
    else:
        yield _lines()


@contextlib.contextmanager
def _bar() -> Generator[Callable[[int, int], None]]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from autarky.cli.output import console

    columns = (
        TextColumn("tasks"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console(stderr=True)) as bar:
        task = bar.add_task("tasks", total=None, rate="")
        began: list[float] = []
        first: list[int] = []

        def track(done: int, total: int) -> None:
            if not began:
                began.append(time.monotonic())
                first.append(done)
            spent = time.monotonic() - began[0]
            rate = f"{(done - first[0]) / spent:,.0f} a second" if spent > 1 else ""
            bar.update(task, completed=done, total=total, rate=rate)

        yield track


def _lines() -> Callable[[int, int], None]:
    began, said = time.monotonic(), [time.monotonic()]

    def track(done: int, total: int) -> None:
        now = time.monotonic()
        if now - said[0] >= _EVERY:
            said[0] = now
            click.echo(f"{done:,d} of {total:,d} tasks after {now - began:.0f} s", err=True)

    return track
