"""What a worker does with a chunk: open the table, run the models, pack the numbers.

It gets plain values and gives bytes, so that it runs as well in another process or on another
host. Tables are opened by name there, memory-mapped, and their content is compared with what the
run was declared on. May import `declare` and `tasks` of its own folder, `sources` and below.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from autarky import sources
from autarky.ensemble.declare import Chosen
from autarky.ensemble.tasks import Plan, Task, content, identity
from autarky.errors import AutarkyError, StoreError
from autarky.results import TOTAL, Impact
from autarky.shocks import Scenario
from autarky.stress import Equilibrium
from autarky.stress.equilibrium.model import Prepared
from autarky.table import Table

#: Dimensions that are kept; a variable with others (days, inputs) is left out.
KEPT = ("region", "sector", "partner")
#: Prepared models that a worker keeps.
_PREPARED = 4
_CACHE: OrderedDict[str, Any] = OrderedDict()
#: Tables by name, each with its content: opened once, so that bases can be shared.
_TABLES: dict[str, tuple[Table, str]] = {}
_TURN = threading.Lock()


@dataclass(frozen=True)
class Done:
    """A computed chunk.

    Parameters
    ----------
    chunk : int
    data : bytes
        A Parquet file.
    sha256 : str
    rows : int
    failures : tuple of (task id, kind of error, message)
    """

    chunk: int
    data: bytes
    sha256: str
    rows: int
    failures: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Job:
    """A chunk with all that it takes to compute it, and nothing of the rest of the ensemble.

    Parameters
    ----------
    chunk : int
    tasks : tuple of Task
    scenarios : dict of position → Scenario
    models : dict of position → Chosen
    contents : dict of table → sha256
    only : dict of "region", "sector" → tuple of str
        Those kept; all where it is empty.
    """

    chunk: int
    tasks: tuple[Task, ...]
    scenarios: dict[int, Scenario]
    models: dict[int, Chosen]
    contents: dict[str, str]
    only: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, plan: Plan, chunk: int) -> Job:
        """The job of a chunk."""
        tasks, ensemble = plan.chunk(chunk), plan.ensemble
        return cls(
            chunk,
            tasks,
            {k: ensemble.scenarios[k] for k in dict.fromkeys(task.scenario for task in tasks)},
            {k: _bare(ensemble.models[k]) for k in dict.fromkeys(task.model for task in tasks)},
            {name: plan.contents[name] for name in dict.fromkeys(task.table for task in tasks)},
            {"region": ensemble.regions, "sector": ensemble.sectors},
        )


def _bare(chosen: Chosen) -> Chosen:
    """A model without what it draws from: a task has its own values."""
    bare = copy(chosen)
    object.__setattr__(bare, "draw", {})
    return bare


def compute(job: Job) -> Done:
    """The numbers of a chunk."""
    # Threads of one worker share its tables and prepared models: they take turns.
    with _TURN:
        return _compute(job)


def _compute(job: Job) -> Done:
    columns: dict[str, list[Any]] = {
        name: [] for name in ("task", "variable", *KEPT, "value", "unit")
    }
    failures: list[tuple[str, str, str]] = []
    for group in _grouped(job.tasks):
        table = _table(group[0].table, job.contents[group[0].table])
        for task, found in zip(group, _run(job, table, group), strict=True):
            if isinstance(found, Exception):
                failures.append((task.id, type(found).__name__, str(found)))
            else:
                _add(columns, task.id, found, job.models[task.model].outputs, job.only)
    data = _pack(columns)
    digest = hashlib.sha256(data).hexdigest()
    return Done(job.chunk, data, digest, len(columns["task"]), tuple(failures))


def _grouped(tasks: Sequence[Task]) -> list[list[Task]]:
    """Tasks in a row that share table, model and draw."""
    groups: list[list[Task]] = []
    for task in tasks:
        last = groups[-1][-1] if groups else None
        same = last and (last.table, last.model, last.draw) == (task.table, task.model, task.draw)
        if same:
            groups[-1].append(task)
        else:
            groups.append([task])
    return groups


def _table(spec: str, expected: str) -> Table:
    """The table, once it is known to be the one the run was declared on."""
    known = _TABLES.get(spec)
    if known is None or known[1] != expected:
        # Another release may have been imported while a cluster's worker lived on.
        table = sources.open_spec(spec)
        known = _TABLES[spec] = table, content(table)
    table, found = known
    if found != expected:
        raise StoreError(
            f"the table {spec} here is not the one this run was declared on",
            hint="Import the same release again, or start a new run",
        )
    return table


def _run(job: Job, table: Table, group: Sequence[Task]) -> list[Impact | Exception]:
    """All tasks of a group by the model's own way of running many."""
    first = group[0]
    chosen = job.models[first.model]
    scenarios = [job.scenarios[task.scenario] for task in group]
    try:
        runner = _prepared(chosen, first, table, job.contents[first.table])
    except Exception as error:
        return [_its_own(error)] * len(group)
    if hasattr(runner, "run_many"):
        try:
            return list(runner.run_many(table, scenarios))
        except Exception as error:
            _its_own(error)  # one of them fails: each for itself says which
    return [_one(runner, table, scenario) for scenario in scenarios]


def _one(runner: Any, table: Table, scenario: Scenario) -> Impact | Exception:
    try:
        if hasattr(runner, "base"):
            return runner.run(scenario)
        return runner.run(table, scenario)
    except Exception as error:
        return _its_own(error)


def _its_own(error: Exception) -> Exception:
    """The error, if it is of the task and will be there again; that of a machine ends the run.

    A fault of a model is one task without an answer, named in the journal: were it to end the run,
    the run could never be finished.
    """
    machine = isinstance(error, MemoryError | OSError) and not isinstance(error, AutarkyError)
    if machine or isinstance(error, StoreError):
        raise error
    return error


def _prepared(chosen: Chosen, task: Task, table: Table, holds: str) -> Any:
    """The model, with its base solved where it has one."""
    key = json.dumps([holds, identity(chosen, task.values)], default=str)
    if key not in _CACHE:
        model = chosen.build(task.values)
        if isinstance(model, Equilibrium):
            _CACHE[key] = model.prepare(table, like=_near(model, table))
        else:
            _CACHE[key] = model
        while len(_CACHE) > _PREPARED:
            _CACHE.popitem(last=False)
    _CACHE.move_to_end(key)
    return _CACHE[key]


def _near(model: Equilibrium, table: Table) -> Prepared | None:
    """A prepared model whose economies this one can take over."""
    for one in reversed(_CACHE.values()):
        if isinstance(one, Prepared) and one.table is table and one.model.calibrates_as(model):
            return one
    return None


def _add(
    columns: dict[str, list[Any]],
    task: str,
    impact: Impact,
    outputs: Sequence[str],
    only: Mapping[str, Sequence[str]],
) -> None:
    """The kept numbers of one impact."""
    for one in impact.fields:
        names = [name for dimension in one.dimensions for name in dimension.columns]
        if one.variable not in outputs or not set(names) <= set(KEPT):
            continue
        labels = one.columns()
        values = one.values.reshape(-1)
        keep = np.ones(values.size, dtype=bool)
        for name, wanted in only.items():
            if wanted and name in labels:
                keep &= np.isin(labels[name].astype(str), list(wanted))
            elif wanted and name == "sector" and TOTAL not in wanted:
                keep[:] = False
        count = int(keep.sum())
        columns["task"] += [task] * count
        columns["variable"] += [one.variable] * count
        for name in KEPT:
            found = labels.get(name)
            columns[name] += [TOTAL] * count if found is None else found[keep].tolist()
        columns["value"] += values[keep].tolist()
        columns["unit"] += [impact.unit_of(one)] * count


def _pack(columns: dict[str, list[Any]]) -> bytes:
    """A Parquet file: the same columns give the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = pa.dictionary(pa.int32(), pa.string())
    arrays = {
        name: pa.array(values, pa.float64())
        if name == "value"
        else pa.array(values, pa.string()).dictionary_encode().cast(text)
        for name, values in columns.items()
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays), sink, compression="zstd")
    return sink.getvalue().to_pybytes()
