"""What an ensemble is: tables × scenarios × models × draws, from a file or from Python.

May import `shocks`, `stress`, `sources`, `errors` and below, and `joint`, `sampling`,
`sweep` and `typed` of its own folder.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from autarky import sources, stress
from autarky.axes import Axis
from autarky.ensemble import joint, typed
from autarky.ensemble.sampling import DESIGNS, Design, Distribution
from autarky.ensemble.sweep import Sweep
from autarky.errors import AutarkyError, DataError, OptionError
from autarky.shocks import Scenario, load_scenario, scenarios
from autarky.shocks.files import from_dict
from autarky.table import Table

#: The models that an ensemble can run, by name.
MODELS: dict[str, Any] = {
    "equilibrium": stress.Equilibrium,
    "inventory": stress.Inventory,
    "rationing": stress.Rationing,
    "inoperability": stress.Inoperability,
}
#: What is kept of each task where nothing is said.
OUTPUTS = {
    "equilibrium": ("real_income",),
    "inventory": ("final_use", "output"),
    "rationing": ("least_shortage_share",),
    "inoperability": ("inoperability",),
}
#: Variables by region, sector and partner that a model can give.
GIVES = {
    "equilibrium": (
        "final_use", "imports", "imports_before", "income", "income_loss", "output", "price_index",
        "real_income", "real_wage", "realised_cut", "tariff_revenue", "terms_of_trade",
        "value_added", "volume_of_trade",
    ),
    "inventory": (
        "final_use", "jobs_idle", "output", "peak_final_use_loss", "peak_output_loss", "rebuilt",
        "shortage", "shortage_day", "value_added", "value_added_shortfall",
    ),
    "rationing": ("cut_price", "final_use", "least_shortage", "least_shortage_share", "shortage"),
    "inoperability": (
        "cumulative_inoperability", "direct_inoperability", "inoperability", "inoperable_output",
        "output",
    ),
}  # fmt: skip
#: A drawn parameter of the equilibrium: all θ of its set, times this.
SCALE = "elasticity_scale"
SCHEMA = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_KEYS = {
    "schema", "name", "title", "seed", "draws", "sampling", "tables", "scenarios", "models",
    "regions", "sectors", "chunk",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """One model with its fixed and its drawn parameters.

    Parameters
    ----------
    type : str
        A name of `MODELS`.
    parameters : dict
        Fixed ones; others stand at the model's default.
    draw : dict of str to Distribution
    outputs : tuple of str
        Variables kept, by region, sector and partner.
    name : str
        In results; the type by default.
    """

    type: str
    parameters: dict[str, Any] = field(default_factory=dict)
    draw: dict[str, Distribution] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.type, str) or self.type not in MODELS:
            raise OptionError(_unknown("model", self.type, MODELS))
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name or self.type):
            raise OptionError(
                f"the name of a model is {self.name!r}; use letters, digits, '-' and '_'"
            )
        known = {f.name for f in fields(MODELS[self.type])}
        extra = {SCALE} if self.type == "equilibrium" else set()
        for name in (*self.parameters, *self.draw):
            if name not in known | extra:
                every = sorted(known | extra)
                raise OptionError(_unknown(f"parameter of {self.type}", name, every))
        both = set(self.parameters) & set(self.draw)
        if both:
            raise OptionError(f"{', '.join(sorted(both))} is both fixed and drawn")
        for name in self.outputs:
            if name not in GIVES[self.type]:
                raise OptionError(_unknown(f"output of {self.type}", name, GIVES[self.type]))
        self._check_values()
        if isinstance(self.parameters.get(joint.PARAMETER), stress.Elasticities):
            raise OptionError(
                "elasticities of an ensemble are the name of a set, one number, θ by sector, or "
                "joint draws; an object cannot be written down"
            )
        object.__setattr__(self, "outputs", self.outputs or OUTPUTS[self.type])
        object.__setattr__(self, "name", self.name or self.type)
        self.build({name: one.at(0.5) for name, one in self.draw.items()})

    def _check_values(self) -> None:
        """Refuse what a parameter cannot be, by what the model declares."""
        model = MODELS[self.type]
        for name, value in self.parameters.items():
            if name != SCALE:
                typed.refuse(model, name, value)
        for name, one in self.draw.items():
            if one.kind == "joint" and name != joint.PARAMETER:
                raise OptionError(f"only {joint.PARAMETER} can be drawn jointly, not {name}")
            if name == SCALE:
                if not all(isinstance(v, int | float) for v in one.values):
                    raise OptionError(f"{SCALE} is drawn from {list(one.values)}: no numbers")
                continue
            for value in one.values if one.kind == "choice" else [one.at(0.5)]:
                typed.refuse(model, name, value)

    def build(self, drawn: Mapping[str, Any]) -> Any:
        """The model with a draw's values.

        Raises
        ------
        OptionError
            A value is not one that the model takes.
        """
        values = {**self.parameters, **drawn}
        scale = values.pop(SCALE, None)
        if self.type == "inventory":
            # A run of thousands keeps neither paths nor a grid of its own.
            values = {"sensitivity": "none", "paths": "none", **values}
        if "critical" in values:
            raise OptionError("critical is a matrix: it cannot stand in an ensemble's file")
        try:
            model = MODELS[self.type](**values)
        except AutarkyError:
            raise
        except (TypeError, ValueError) as error:
            raise OptionError(f"{self.type} cannot be made with {values}: {error}") from error
        if scale is None:
            return model
        if isinstance(scale, bool) or not isinstance(scale, int | float) or not scale > 0:
            raise OptionError(f"{SCALE} is {scale!r}; it must be a number above 0")
        return replace(model, elasticities=_scaled(model.elasticities, float(scale)))

    def check(self, table: Table) -> None:
        """Refuse elasticities that do not fit a table, before anything is computed.

        Raises
        ------
        OptionError, LabelError
            There is no such set, or it lacks a sector of the table.
        """
        if self.type != "equilibrium":
            return
        middle = {name: one.at(0.5) for name, one in self.draw.items()}
        self.build(middle).theta(table)
        drawn = self.draw.get(joint.PARAMETER)
        if drawn is not None and drawn.kind == "choice":
            for value in drawn.values:
                self.build({**middle, joint.PARAMETER: value}).theta(table)


def _scaled(given: Any, scale: float) -> Any:
    """Elasticities times a number."""
    if isinstance(given, int | float):
        return float(given) * scale
    if isinstance(given, Mapping):
        return {name: value * scale for name, value in given.items()}
    found = stress.elasticities(given) if isinstance(given, str) else given
    return replace(
        found,
        values={name: value * scale for name, value in found.values.items()},
        everywhere=None if found.everywhere is None else found.everywhere * scale,
        aggregate=None if found.aggregate is None else found.aggregate * scale,
        draws=None,
    )


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """A declared set of tasks.

    Parameters
    ----------
    name : str
        Letters, digits, "-" and "_"; the run's id begins with it.
    tables : tuple of str
        As on the command line: "world:2011".
    scenarios : tuple of Scenario
    models : tuple of Chosen
    draws : int
        Draws of each model that has drawn parameters; the same draws for every scenario.
    sampling : {"sobol", "lhs", "random", "saltelli"}
    seed : int
    regions, sectors : tuple of str
        Only these are kept; all by default. The sector "total" is what has no sectors, or is a sum
        over them.
    chunk : int
        Tasks that are computed, written and recorded together. Part of what makes the numbers:
        models that batch may differ in the last bits with the width of a batch.
    title : str

    Raises
    ------
    OptionError
        A value cannot be used; names it.
    """

    name: str
    tables: tuple[str, ...] = ("world:2011",)
    scenarios: tuple[Scenario, ...]
    models: tuple[Chosen, ...] = (Chosen(type="equilibrium"),)
    draws: int = 1
    sampling: Design = "sobol"
    seed: int = 0
    regions: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    chunk: int = 50
    title: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.title, str):
            raise OptionError(f"title is {self.title!r}; it must be text")
        if self.sampling not in DESIGNS:
            raise OptionError(_unknown("sampling", self.sampling, DESIGNS))
        for key in ("tables", "scenarios", "models", "regions", "sectors"):
            object.__setattr__(self, key, tuple(getattr(self, key)))
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise OptionError(f"name is {self.name!r}; use letters, digits, '-' and '_'")
        for key in ("tables", "scenarios", "models"):
            if not getattr(self, key):
                raise OptionError(f"{key} is empty: an ensemble needs at least one")
        self._check_numbers()

    def _check_numbers(self) -> None:
        for key, least in (("draws", 1), ("chunk", 1), ("seed", 0)):
            value = getattr(self, key)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise OptionError(f"{key} is {value!r}; it must be a whole number from {least} up")
        for key, names in (
            ("scenarios", [one.name for one in self.scenarios]),
            ("models", [one.name for one in self.models]),
            ("tables", list(self.tables)),
        ):
            twice = sorted(name for name, count in Counter(names).items() if count > 1)
            if twice:
                raise OptionError(f"{key} has {', '.join(twice)} more than once")


def load(path: str | Path) -> Ensemble:
    """The ensemble of a TOML or JSON file.

    Raises
    ------
    DataError
        The file cannot be read, or is not an ensemble; with the key at fault.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read the ensemble: {error}", path=path) from error
    try:
        values = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"not a TOML or JSON file: {error}", path=path) from error
    return parse(values, path=path)


def parse(values: Any, *, path: Path | None = None) -> Ensemble:
    """The ensemble of plain values; raises what `load` raises."""
    if not isinstance(values, Mapping):
        raise DataError("not an ensemble", path=path, expected="a table of keys")
    unknown = [key for key in values if key not in _KEYS]
    if unknown:
        raise DataError(_unknown("key", unknown[0], sorted(_KEYS)), path=path, column=unknown[0])
    if values.get("schema", SCHEMA) != SCHEMA or isinstance(values.get("schema"), bool):
        raise DataError(
            "an ensemble of another version", path=path, column="schema",
            found=str(values["schema"]), expected=str(SCHEMA),
        )  # fmt: skip
    if "name" not in values:
        raise DataError("the ensemble has no name", path=path, column="name")
    given = dict(values)
    given.pop("schema", None)
    folder = path.parent if path is not None else Path()
    key = "ensemble"
    try:
        typed.refuse_unwritable("", {k: v for k, v in given.items() if k != "scenarios"})
        for key in ("tables", "regions", "sectors"):
            if key in given:
                given[key] = tuple(_texts(given[key], key))
        key = "scenarios"
        tables = given.get("tables", ["world:2011"])
        given["scenarios"] = tuple(_scenarios(given.get("scenarios"), folder, tables))
        key = "models"
        if "models" in given:
            given["models"] = tuple(
                _chosen(one, folder) for one in _listed(given["models"], "models")
            )
        key = "ensemble"
        return Ensemble(**given)
    except DataError:
        raise
    except (AutarkyError, TypeError) as error:
        raise DataError(f"{key}: {error}", path=path) from error


def _listed(value: Any, key: str) -> Sequence[Any]:
    if not isinstance(value, list) or not value:
        raise OptionError(f"{key} must be a list that is not empty")
    return value


def _texts(value: Any, key: str) -> Sequence[str]:
    for one in _listed(value, key):
        if not isinstance(one, str):
            raise OptionError(f"{key} has {one!r}; each must be text")
    return value


def _chosen(value: Any, folder: Path) -> Chosen:
    if not isinstance(value, Mapping) or "type" not in value:
        raise OptionError("a model is a table with a type")
    known = ("type", "name", "parameters", "draw", "outputs")
    for key in value:
        if key not in known:
            raise OptionError(_unknown("key of a model", key, known))
    for key in ("parameters", "draw"):
        if not isinstance(value.get(key, {}), Mapping):
            raise OptionError(f"{key} of {value['type']} is {value[key]!r}; it must be a table")
    draw = {name: _drawn(name, one, folder) for name, one in value.get("draw", {}).items()}
    parameters = {
        name: tuple(one) if isinstance(one, list) else one
        for name, one in value.get("parameters", {}).items()
    }
    return Chosen(
        type=value["type"], parameters=parameters, draw=draw, name=value.get("name", ""),
        outputs=tuple(_texts(value["outputs"], "outputs")) if value.get("outputs", []) else (),
    )  # fmt: skip


def _drawn(name: str, given: Any, folder: Path) -> Distribution:
    if isinstance(given, Mapping) and set(given) == {"joint"}:
        return joint.read(given["joint"], folder)
    return Distribution.of(name, given)


def _scenarios(value: Any, folder: Path, tables: Any) -> list[Scenario]:
    """Names of ready ones, files, scenarios in full, or every cut of a sweep."""
    found: list[Scenario] = []
    ready = scenarios()
    for one in _listed(value, "scenarios"):
        if isinstance(one, Mapping) and set(one) == {"file"}:
            found.append(load_scenario(folder / str(one["file"])))
        elif isinstance(one, Mapping) and set(one) == {"every_cut"}:
            found += _swept(one["every_cut"], tables)
        elif isinstance(one, Mapping):
            found.append(from_dict({"schema": 1, **one}))
        elif isinstance(one, str):
            found.append(ready[one])
        else:
            raise OptionError(f"scenarios has {one!r}; each is a name or a table")
    return found


def _swept(given: Any, tables: Any) -> list[Scenario]:
    """Every cut on the first table."""
    known = [f.name for f in fields(Sweep)]
    if not isinstance(given, Mapping):
        raise OptionError("every_cut is a table of keys, and may be empty: { every_cut = {} }")
    for key in given:
        if key not in known:
            raise OptionError(_unknown("key of every_cut", key, known))
    table = sources.open_spec(str(tables[0]))
    return Sweep(**given).scenarios(table)


def plain(ensemble: Ensemble) -> dict[str, Any]:
    """The ensemble as plain values, which `parse` reads back."""
    values = {
        "schema": SCHEMA,
        "name": ensemble.name,
        "title": ensemble.title,
        "seed": ensemble.seed,
        "draws": ensemble.draws,
        "sampling": ensemble.sampling,
        "tables": list(ensemble.tables),
        "scenarios": [one.to_dict() for one in ensemble.scenarios],
        "models": [
            {
                "type": one.type,
                "name": one.name,
                "parameters": {
                    name: list(v) if isinstance(v, tuple) else v
                    for name, v in one.parameters.items()
                },
                "draw": {
                    name: {d.kind: joint.plain(d) if d.kind == "joint" else list(d.values)}
                    for name, d in one.draw.items()
                },
                "outputs": list(one.outputs),
            }
            for one in ensemble.models
        ],
        "regions": list(ensemble.regions),
        "sectors": list(ensemble.sectors),
        "chunk": ensemble.chunk,
    }
    for key in ("regions", "sectors"):
        if not values[key]:
            del values[key]
    return values


def _unknown(what: str, name: Any, known: Any) -> str:
    near = Axis("name", [str(k) for k in known]).suggest(str(name))
    hint = f" (did you mean {' or '.join(near)}?)" if near else f"; there is {', '.join(known)}"
    return f"unknown {what}: {name!r}{hint}"
