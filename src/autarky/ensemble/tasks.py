"""From an ensemble to tasks: what is computed, named by its content, in fixed chunks.

A task's id is the SHA-256 of everything its numbers depend on: the table's content, the scenario,
the model with all its parameters, and what is kept; and of its place in the ensemble (the names of
table and model, the number of the draw), because two draws may have the same values.

Tasks of one table and model stand together (a model prepares a table once for all of them), in the
order of their ids; a chunk is so many of them in a row. Neither workers nor an interruption change
that. May import `declare` and `sampling` of its own folder, `sources` and below.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autarky import __version__, sources
from autarky.ensemble import joint
from autarky.ensemble.declare import Chosen, Ensemble, plain
from autarky.ensemble.sampling import drawn
from autarky.errors import AutarkyError, OptionError
from autarky.results import TOTAL
from autarky.stress import Elasticities
from autarky.table import Table

#: Tasks of one run at most: each takes a kilobyte before anything is computed.
MOST = 10_000_000
#: Characters of an id: 128 bits.
LENGTH = 32


@dataclass(frozen=True)
class Task:
    """One scenario on one table by one model with one draw.

    Parameters
    ----------
    id : str
    table : str
        Its name, as given.
    scenario, model : int
        Positions in the ensemble.
    draw : int
        −1 where the model has no drawn parameters.
    values : dict
        The drawn parameters.
    """

    id: str
    table: str
    scenario: int
    model: int
    draw: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """All tasks of an ensemble, in order, with the run's id.

    Parameters
    ----------
    ensemble : Ensemble
    tasks : tuple of Task
    run : str
        Name and content of the ensemble: the same ensemble is the same run.
    contents : dict of table → sha256
    """

    ensemble: Ensemble
    tasks: tuple[Task, ...]
    run: str
    contents: dict[str, str]

    @property
    def chunks(self) -> int:
        """Number of chunks."""
        return -(-len(self.tasks) // self.ensemble.chunk)

    def chunk(self, k: int) -> tuple[Task, ...]:
        """The tasks of a chunk."""
        size = self.ensemble.chunk
        return self.tasks[k * size : (k + 1) * size]


def expand(ensemble: Ensemble) -> Plan:
    """All tasks.

    Raises
    ------
    MissingTableError
        A table is not there.
    LabelError, ShockError, OptionError
        A scenario does not fit a table, a region or sector is unknown, or a draw is no value of a
        model.
    """
    _refuse_too_many(ensemble)
    contents: dict[str, str] = {}
    for spec in ensemble.tables:
        table = sources.open_spec(spec)
        table.regions.locate(list(ensemble.regions))
        table.sectors.locate([sector for sector in ensemble.sectors if sector != TOTAL])
        for scenario in ensemble.scenarios:
            with _about(f"scenario {scenario.name} on {spec}"):
                scenario.check(table, timeless=True)
        for chosen in ensemble.models:
            with _about(f"model {chosen.name} on {spec}"):
                chosen.check(table)
        contents[spec] = content(table)
    draws = {k: _draws(ensemble, one) for k, one in enumerate(ensemble.models)}
    keys = [_digest(one.to_dict()) for one in ensemble.scenarios]
    groups: list[tuple[str, list[Task]]] = []
    for spec in ensemble.tables:
        for k, chosen in enumerate(ensemble.models):
            for number, values in draws[k]:
                kept = [list(ensemble.regions), list(ensemble.sectors)]
                group = _digest([contents[spec], identity(chosen, values), kept])
                place = [group, spec, chosen.name, number]
                tasks = [
                    Task(_digest([*place, keys[i]])[:LENGTH], spec, i, k, number, values)
                    for i in range(len(keys))
                ]
                groups.append((group, sorted(tasks, key=lambda task: task.id)))
    groups.sort(key=lambda pair: pair[0])
    ordered = tuple(task for _, tasks in groups for task in tasks)
    whole = _digest([plain(ensemble), contents, __version__])
    return Plan(ensemble, ordered, f"{ensemble.name}-{whole[:8]}", contents)


def _draws(ensemble: Ensemble, chosen: Chosen) -> list[tuple[int, dict[str, Any]]]:
    if not chosen.draw:
        return [(-1, {})]
    # By name: in which order a file lists its parameters is no part of what it says.
    draw = {name: chosen.draw[name] for name in sorted(chosen.draw)}
    found = drawn(draw, ensemble.sampling, ensemble.draws, ensemble.seed)
    for number, values in enumerate(found):
        with _about(f"model {chosen.name}, draw {number}"):
            chosen.build(values)
    return list(enumerate(found))


def _refuse_too_many(ensemble: Ensemble) -> None:
    """Refuse an ensemble before its draws fill the memory."""
    widths = [
        1 if not one.draw else len(one.draw) + 2 if ensemble.sampling == "saltelli" else 1
        for one in ensemble.models
    ]
    draws = sum(
        width * (ensemble.draws if one.draw else 1)
        for width, one in zip(widths, ensemble.models, strict=True)
    )
    tasks = draws * len(ensemble.tables) * len(ensemble.scenarios)
    if tasks > MOST:
        raise OptionError(
            f"the ensemble comes to {tasks:,d} tasks; at most {MOST:,d} can stand in one run: take "
            "fewer draws, or make several"
        )


@contextlib.contextmanager
def _about(where: str) -> Generator[None]:
    """Begin the message of an error with where it is."""
    try:
        yield
    except AutarkyError as error:
        error.args = (f"{where}: {error.args[0]}", *error.args[1:])
        raise


def identity(chosen: Chosen, values: Mapping[str, Any]) -> list[Any]:
    """Plain values that are equal where a model's numbers are."""
    parameters = {**chosen.parameters, **values}
    return [chosen.type, {k: _exact(v) for k, v in parameters.items()}, list(chosen.outputs)]


def _exact(value: Any) -> Any:
    """A number to its last bit."""
    if isinstance(value, Elasticities):
        return joint.digest(value)
    return value.hex() if isinstance(value, float) else value


def content(table: Table) -> str:
    """SHA-256 of a table's numbers and labels."""
    digest = hashlib.sha256()
    labels = [list(table.regions), list(table.sectors), list(table.uses.categories)]
    where = [table.industries.region_of.tolist(), table.industries.sector_of.tolist()]
    digest.update(json.dumps([labels, where, str(table.unit), table.year]).encode())
    for array in (table.Z, table.Y, table.x, table.value_added):
        # Read where it lies: a table that is mapped from disk stays there.
        digest.update(np.ascontiguousarray(array).data.cast("B"))
    return digest.hexdigest()


def _digest(values: Any) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
