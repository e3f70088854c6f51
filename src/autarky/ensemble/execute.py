"""Running an ensemble: chunks to workers, files to disk, then one record each.

Workers are processes of one linear-algebra thread (the last bits of a product may change with
their number), or any `concurrent.futures.Executor`, such as that of a cluster. Only this process
writes. May import its own folder, `disk` and `errors`.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)

from autarky import disk
from autarky.ensemble import runs
from autarky.ensemble.declare import Ensemble
from autarky.ensemble.journal import Journal, Record
from autarky.ensemble.runs import Run
from autarky.ensemble.tasks import Plan, expand
from autarky.ensemble.work import Done, Job, compute
from autarky.errors import AutarkyError, OptionError, StoreError

#: Chunks that wait for each worker: enough that none is idle, few enough to stop soon.
_AHEAD = 2
#: Pools that may break one after the other before a run gives up.
_TRIES = 3
_THREADS = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip
Track = Callable[[int, int], None]


def start(
    ensemble: Ensemble,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    track: Track | None = None,
) -> Run:
    """Run an ensemble to its end; what an earlier run of it has done is not done again.

    Parameters
    ----------
    ensemble : Ensemble
    workers : int, optional
        Processes; by default as many as there are processors.
    executor : Executor, optional
        Where chunks are computed instead, such as ``distributed.Client(...).get_executor()``. The
        tables must have the same names there.
    track : callable, optional
        Called with the tasks done and all tasks, as they get done.

    Raises
    ------
    StoreError
        The disk is full or read-only, somebody else works on the run, or a file is damaged. What
        was recorded stays.
    LabelError, ShockError, OptionError, MissingTableError
        The ensemble does not fit its tables.
    """
    plan = expand(ensemble)
    run = runs.create(plan)
    execute(run, plan, workers=workers, executor=executor, track=track)
    return run


def resume(
    run: Run,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    track: Track | None = None,
) -> Run:
    """Go on with a run where it stopped; damaged parts are computed again.

    Raises
    ------
    StoreError
        As `start`, or a table has changed since the run began.
    """
    execute(run, run.plan(), workers=workers, executor=executor, track=track)
    return run


def execute(
    run: Run, plan: Plan, *, workers: int | None, executor: Executor | None, track: Track | None
) -> None:
    """Compute what a run lacks of its plan; see `start`."""
    if workers is not None and workers < 1:
        raise OptionError(f"workers is {workers}; it must be at least 1")
    with run.claimed():
        run.stop_file.unlink(missing_ok=True)
        run.write_tasks(plan)
        with contextlib.closing(run.journal(read_only=False)) as journal:
            done = _tidied(run, journal, plan)
            todo = [k for k in range(plan.chunks) if k not in done]
            finished = sum(len(plan.chunk(k)) for k in done)
            book = _Book(run, journal, plan, finished, track)
            if track is not None:
                track(finished, len(plan.tasks))
            if not todo:
                return
            if executor is not None:
                _spread(executor, todo, book, workers or 4)
            else:
                _pools(todo, book, workers or os.cpu_count() or 1)


def _tidied(run: Run, journal: Journal, plan: Plan) -> set[int]:
    """The chunks that are done; what was being written, or is damaged, is cleared away."""
    parts = run.parts
    done: set[int] = set()
    kept: set[str] = set()
    for record in journal.records():
        path = parts / record.file
        good = (
            record.chunk < plan.chunks
            and path.is_file()
            and disk.sha256(path) == record.sha256
            and record.tasks == len(plan.chunk(record.chunk))
        )
        if good:
            done.add(record.chunk)
            kept.add(record.file)
        else:
            journal.drop(record.chunk)
    with disk.reporting(f"tidy the run {run.id}", parts):
        parts.mkdir(parents=True, exist_ok=True)
        for path in parts.iterdir():
            if path.name not in kept:
                path.unlink()
        for path in run.folder.iterdir():
            if disk.is_scratch(path):
                disk.discard(path)
    return done


class _Book:
    """Writes what workers give: the file, and then the record."""

    def __init__(
        self, run: Run, journal: Journal, plan: Plan, finished: int, track: Track | None
    ) -> None:
        self.run, self.journal, self.plan, self.track = run, journal, plan, track
        self.finished = finished

    def submit(self, executor: Executor, chunk: int) -> Future[Done]:
        """Give a chunk to a worker."""
        return executor.submit(compute, Job.of(self.plan, chunk))

    def enter(self, done: Done, seconds: float) -> None:
        """A computed chunk becomes a file with its final name, and then a record."""
        file = f"{done.chunk:06d}.parquet"
        with disk.reporting("write a part of the run", self.run.parts / file):
            disk.write_bytes(self.run.parts / file, done.data)
        tasks = len(self.plan.chunk(done.chunk))
        record = Record(done.chunk, file, done.sha256, done.rows, tasks, seconds)
        self.journal.add(record, done.failures)
        self.finished += tasks
        if self.track is not None:
            self.track(self.finished, len(self.plan.tasks))

    @property
    def stopped(self) -> bool:
        """Whether somebody has asked for the end."""
        return self.run.stop_file.exists()


def _pools(todo: list[int], book: _Book, workers: int) -> None:
    """Processes; a pool whose worker was killed is replaced."""
    left = list(todo)
    for tried in range(1, _TRIES + 1):
        try:
            with _one_thread(), _pool(min(workers, len(left))) as pool:
                _spread(pool, left, book, workers)
                return
        except BrokenExecutor as error:
            recorded = {one.chunk for one in book.journal.records()}
            left = [k for k in left if k not in recorded]
            if not left:
                return
            if tried == _TRIES:
                raise AutarkyError(
                    f"workers were killed {_TRIES} times, perhaps for want of memory: use fewer "
                    f"(--workers) or smaller chunks. What was done is kept; go on with 'autarky "
                    f"run resume {book.run.id}'"
                ) from error


def _spread(executor: Executor, todo: list[int], book: _Book, workers: int) -> None:
    """Keep every worker busy, and enter what they give as it comes."""
    waiting = iter(todo)
    flying: dict[Future[Done], float] = {}
    try:
        for chunk in _some(waiting, _AHEAD * workers):
            flying[book.submit(executor, chunk)] = time.monotonic()
        while flying:
            ready, _ = wait(flying, timeout=1.0, return_when=FIRST_COMPLETED)
            for future in ready:
                began = flying.pop(future)
                book.enter(future.result(), time.monotonic() - began)
                for chunk in _some(waiting, 0 if book.stopped else 1):
                    flying[book.submit(executor, chunk)] = time.monotonic()
            if book.stopped:
                _give_back(flying)
                raise StoreError(
                    f"the run {book.run.id} was cancelled", path=book.run.folder,
                    hint=f"What was done is kept; go on with 'autarky run resume {book.run.id}'",
                )  # fmt: skip
    except BaseException:
        _give_back(flying)
        raise


def _some(waiting: Iterator[int], count: int) -> Iterator[int]:
    for _ in range(count):
        try:
            yield next(waiting)
        except StopIteration:
            return


def _give_back(flying: dict[Future[Done], float]) -> None:
    for future in flying:
        future.cancel()


@contextlib.contextmanager
def _pool(workers: int) -> Generator[ProcessPoolExecutor]:
    import multiprocessing

    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_quiet,
        initargs=(os.getpid(),),
    )
    try:
        yield pool
    except BaseException:
        # Nobody waits for a chunk that will not be entered.
        processes = list((getattr(pool, "_processes", None) or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        raise
    pool.shutdown()


def _quiet(parent: int) -> None:
    """In a worker: Ctrl-C is the parent's to handle, and nobody works on once it is gone."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def _one_thread() -> Generator[None]:
    """Processes that begin in the block have one linear-algebra thread each."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
