"""Runs on disk: what was declared, what is done, and the numbers.

A run is a folder ``<home>/runs/<id>/`` with ``run.json`` (the ensemble and the content of its
tables), ``tasks.parquet``, ``journal.sqlite`` and ``parts/``. May import `journal`, `declare` and
`tasks` of its own folder, `sources`, `disk` and below; pandas and pyarrow inside functions.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autarky import disk
from autarky.axes import Axis
from autarky.ensemble.declare import Ensemble, parse, plain
from autarky.ensemble.journal import Journal, Record
from autarky.ensemble.tasks import Plan, expand
from autarky.errors import DataError, OptionError, StoreError
from autarky.sources.store import default_root
from autarky.stress import Elasticities

if TYPE_CHECKING:
    import pandas as pd

_RUN, _TASKS, _JOURNAL, _PARTS, _LOCK, _STOP = (
    "run.json", "tasks.parquet", "journal.sqlite", "parts", "lock", "stop",
)  # fmt: skip
_AGAIN = "Remove it ('autarky run rm') and start it again"
#: What `run.json` must have, and what it must be.
_ABOUT = {"version": str, "created": str, "tasks": int, "chunks": int, "contents": dict}
#: Seconds to wait for those who only look whether somebody works on a run.
_PATIENCE = 0.5
#: Columns of the numbers, in order.
COLUMNS = ("task", "variable", "region", "sector", "partner", "value", "unit")


@dataclass(frozen=True)
class State:
    """How far a run is.

    Parameters
    ----------
    id, name, title : str
    tasks, done, failed : int
    chunks, recorded : int
        All, and those that are done.
    created : str
        UTC, ISO 8601.
    running : bool
        Whether a process works on it now.
    """

    id: str
    name: str
    title: str
    tasks: int
    done: int
    failed: int
    chunks: int
    recorded: int
    created: str
    running: bool

    @property
    def finished(self) -> bool:
        """Whether every task is done."""
        return self.done == self.tasks


class Run:
    """One run.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    StoreError
        The folder holds no run, or what it holds is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / _RUN
        try:
            with disk.reporting(f"read the run {folder.name}", path, hint=_AGAIN):
                self.about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            self.ensemble: Ensemble = parse(self.about["ensemble"])
            _check_about(self.about)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(
                f"this is no run of this version of autarky: {error}", path=path,
                hint=_AGAIN,
            ) from error  # fmt: skip
        self.id = folder.name

    @property
    def parts(self) -> Path:
        """The folder of the files."""
        return self.folder / _PARTS

    def journal(self, *, read_only: bool = True) -> Journal:
        """The journal; close it."""
        return Journal(self.folder / _JOURNAL, self.id, read_only=read_only)

    def plan(self) -> Plan:
        """All tasks, anew from what was declared.

        Raises
        ------
        StoreError
            A table is no longer the one that the run was declared on, or another version of
            autarky names tasks in another way.
        """
        from autarky import __version__

        plan = expand(self.ensemble)
        for spec, expected in self.about["contents"].items():
            if plan.contents.get(spec) != expected:
                raise StoreError(
                    f"the table {spec} has changed since the run began", path=self.folder,
                    hint="Import the same release again, or start a new run",
                )  # fmt: skip
        if plan.run != self.id:
            version = self.about["version"]
            why = f"this run was begun by autarky {version}; another may compute other numbers"
            if version == __version__:
                why = f"{_RUN} is no longer what this run was begun with, or its folder was renamed"
            raise StoreError(why, path=self.folder, hint=_AGAIN)
        return plan

    def claimed(self) -> contextlib.AbstractContextManager[None]:
        """Nobody else works on this run while in the block; see `claimed`."""
        return claimed(self.folder)

    def running(self) -> bool:
        """Whether a process works on it."""
        try:
            with disk.held(self.folder / _LOCK):
                return False
        except BlockingIOError:
            return True
        except OSError:
            return False  # a read-only disk: nobody can work on it

    @property
    def stop_file(self) -> Path:
        """While it exists, the process that works on the run comes to an end."""
        return self.folder / _STOP

    def state(self) -> State:
        """How far it is."""
        records, failures = self._recorded()
        return State(
            id=self.id,
            name=self.ensemble.name,
            title=self.ensemble.title,
            tasks=int(self.about["tasks"]),
            done=sum(one.tasks for one in records),
            failed=len(failures),
            chunks=int(self.about["chunks"]),
            recorded=len(records),
            created=str(self.about["created"]),
            running=self.running(),
        )

    def _recorded(self) -> tuple[list[Record], list[tuple[str, str, str]]]:
        if not (self.folder / _JOURNAL).exists():
            return [], []
        with contextlib.closing(self.journal()) as journal:
            return journal.records(), journal.failures()

    def failures(self) -> list[tuple[str, str, str]]:
        """Tasks without an answer: id, kind of error, message."""
        return self._recorded()[1]

    # --- numbers ------------------------------------------------------------------------------

    def rows(self) -> pd.DataFrame:
        """All numbers so far, by task: task, variable, region, sector, partner, value, unit.

        Raises
        ------
        StoreError
            A recorded file is missing or damaged; names it.
        """
        import pandas as pd

        frame = self._arrow().to_pandas(strings_to_categorical=True)
        # By the text of a task, and then as it was written.
        task = frame["task"].cat
        rank = np.argsort(np.argsort(task.categories.to_numpy(dtype=str)))
        order = np.argsort(rank[task.codes.to_numpy()], kind="stable")
        frame = frame.take(order).reset_index(drop=True)
        frame["task"] = frame["task"].astype(str)
        return pd.DataFrame(frame[list(COLUMNS)])

    def _arrow(self) -> Any:
        import pyarrow as pa
        import pyarrow.parquet as pq

        records, _ = self._recorded()
        tables = []
        for one in records:
            path = self.parts / one.file
            data = self._checked(path, one)
            tables.append(pq.read_table(pa.BufferReader(data)))
        if not tables:
            raise OptionError(f"the run {self.id} has no numbers yet")
        return pa.concat_tables(tables).unify_dictionaries()

    @staticmethod
    def _checked(path: Path, record: Record) -> bytes:
        hint = "'autarky run resume' computes it again"
        with disk.reporting("read a part of the run", path, hint=hint):
            data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != record.sha256:
            raise StoreError(
                "a part of the run is not what was written", path=path, hint=hint
            )  # fmt: skip
        return data

    def tasks(self) -> pd.DataFrame:
        """What each task is: task, table, scenario, model, draw, and every drawn parameter."""
        import pandas as pd

        path = self.folder / _TASKS
        hint = f"'autarky run resume {self.id}' writes it again"
        with disk.reporting("read the tasks of the run", path, hint=hint):
            try:
                return pd.read_parquet(path)
            except ValueError as error:
                raise StoreError(
                    f"the list of tasks is damaged: {error}", path=path, hint=hint
                ) from error

    def write_tasks(self, plan: Plan) -> None:
        """Write what each task is, where that is not written already."""
        path, data = self.folder / _TASKS, _task_file(plan)
        with disk.reporting("write the tasks of the run", path):
            if not path.is_file() or path.read_bytes() != data:
                disk.write_bytes(path, data)

    def digest(self) -> str:
        """SHA-256 of all numbers, sorted by task, without times: equal runs have equal ones."""
        return digest(self.rows())


def digest(rows: pd.DataFrame) -> str:
    """SHA-256 of the rows of a run: labels in their order with where they stand, and numbers."""
    import pandas as pd

    found = hashlib.sha256()
    for name in COLUMNS:
        if name == "value":
            found.update(rows[name].to_numpy().astype("<f8").tobytes())
            continue
        codes, labels = pd.factorize(rows[name].astype(str), sort=True)
        found.update(json.dumps(list(labels)).encode())
        found.update(codes.astype("<i8").tobytes())
    return found.hexdigest()


# --- where runs are -----------------------------------------------------------------------------


def root() -> Path:
    """The folder of all runs."""
    return default_root() / "runs"


def create(plan: Plan) -> Run:
    """The run of a plan: a new folder, or the one that is there already.

    Raises
    ------
    StoreError
        The disk is full or read-only.
    """
    from autarky import __version__

    folder = root() / plan.run
    if not (folder / _RUN).exists():
        about = {
            "version": __version__,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "tasks": len(plan.tasks),
            "chunks": plan.chunks,
            "contents": plan.contents,
            "ensemble": plain(plan.ensemble),
        }
        with disk.reporting(f"begin the run {plan.run}", folder):
            (folder / _PARTS).mkdir(parents=True, exist_ok=True)
            # Last: a folder with this file is a run.
            disk.write_bytes(folder / _RUN, json.dumps(about, indent=1).encode())
    return Run(folder)


def _check_about(about: Mapping[str, Any]) -> None:
    for key, kind in _ABOUT.items():
        if not isinstance(about[key], kind):
            raise TypeError(f"{key} is {about[key]!r}")


def _task_file(plan: Plan) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    ensemble = plan.ensemble
    names = sorted({name for one in ensemble.models for name in one.draw})
    columns: dict[str, list[Any]] = {
        "task": [task.id for task in plan.tasks],
        "table": [task.table for task in plan.tasks],
        "scenario": [ensemble.scenarios[task.scenario].name for task in plan.tasks],
        "model": [ensemble.models[task.model].name for task in plan.tasks],
        "draw": [task.draw for task in plan.tasks],
    }
    for name in names:
        values = [task.values.get(name) for task in plan.tasks]
        columns[name] = _column(values)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def _column(values: list[Any]) -> list[Any]:
    """Drawn values as numbers, or, where one is no number, as text."""
    there = [v for v in values if v is not None]
    if all(isinstance(v, bool) for v in there):
        return values
    if all(isinstance(v, int | float) and not isinstance(v, bool) for v in there):
        return [None if v is None else float(v) for v in values]
    return [None if v is None else _text(v) for v in values]


def _text(value: Any) -> str:
    if isinstance(value, Elasticities):
        return value.name
    return value if isinstance(value, str) else json.dumps(value)


def names() -> list[str]:
    """The ids of all runs."""
    folder = root()
    if not folder.is_dir():
        return []
    return sorted(one.name for one in folder.iterdir() if (one / _RUN).exists())


def open_run(run: str) -> Run:
    """A run by its id, or by the beginning of it that no other has.

    Raises
    ------
    OptionError
        There is none, or more than one; suggests the nearest.
    """
    return Run(root() / full_id(run))


def full_id(run: str) -> str:
    """The id of a run that begins so; raises what `open_run` raises, but not for a damaged one."""
    known = names()
    near = [one for one in known if run and one.startswith(run)]
    found = [one for one in known if one == run] or near
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise OptionError(f"{run!r} is the beginning of {', '.join(found)}: write one of them")
    near = Axis("run", known).suggest(run) if known else []
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    raise OptionError(f"there is no run {run!r}{hint}; 'autarky run list' shows all")


def cancel(run: Run) -> bool:
    """Ask the process that works on a run to stop; whether there is one."""
    if not run.running():
        return False
    with disk.reporting(f"cancel the run {run.id}", run.folder):
        run.stop_file.touch()
    return True


@contextlib.contextmanager
def claimed(folder: Path) -> Generator[None]:
    """Nobody else works on the run of a folder while in the block.

    Raises
    ------
    StoreError
        Somebody does.
    """
    with contextlib.ExitStack() as stack:
        try:
            with disk.reporting(f"lock the run {folder.name}", folder / _LOCK):
                try:
                    stack.enter_context(disk.held(folder / _LOCK, patience=_PATIENCE))
                except BlockingIOError:
                    raise StoreError(
                        f"another process works on the run {folder.name}", path=folder,
                        hint="Wait for it, or stop it with 'autarky run cancel'",
                    ) from None  # fmt: skip
        except BaseException:
            stack.close()
            raise
        yield


def remove(run: str) -> None:
    """Remove a run and its numbers, damaged or not.

    Parameters
    ----------
    run : str
        Its full id.

    Raises
    ------
    StoreError
        A process works on it, or the disk is read-only.
    """
    folder = root() / run
    with claimed(folder), disk.reporting(f"remove the run {run}", folder):
        # First what makes it a run: half a removal leaves no run with half its numbers.
        (folder / _RUN).unlink(missing_ok=True)
        shutil.rmtree(folder)


def export(run: Run, path: Path) -> None:
    """Write all numbers, with what each task is, as CSV or Parquet (by the file's ending).

    Raises
    ------
    DataError
        Another ending.
    StoreError
        A part is damaged, or the disk is full.
    """
    frame = run.rows().merge(run.tasks(), on="task", how="left", validate="many_to_one")
    if path.suffix.lower() == ".parquet":
        import io

        stream = io.BytesIO()
        frame.to_parquet(stream, index=False)
        with disk.reporting("export the run", path, hint="Write it to another folder"):
            disk.write_bytes(path, stream.getvalue())
        return
    if path.suffix.lower() != ".csv":
        raise DataError("an export is a .csv or a .parquet file", path=path)
    from autarky.ensemble.export import safe_csv

    with disk.reporting("export the run", path, hint="Write it to another folder"):
        disk.write_bytes(path, safe_csv(frame))
