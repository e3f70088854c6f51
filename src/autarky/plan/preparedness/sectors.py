"""What is assumed about every product: cost of holding it, how far it can be replaced or skipped.

May import `table`, `stress.critical`, `shocks` and below.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.plan.calibrate import Calibration
from autarky.shocks.groups import classify
from autarky.stress.critical import Ratings

Array = NDArray[np.float64]
BySector = float | Mapping[str, float] | None

_WHAT = {
    "holding": "the cost of holding a stock for a year, over its value; products left out cannot "
    "be stored",
    "replace": "the part of imports that makers at home can replace at once",
    "skip": "the part of imports that users can do without for the time",
}


@functools.cache
def data() -> Mapping[str, Any]:
    """The file of assumptions."""
    home = resources.files("autarky.plan.preparedness")
    return tomllib.loads(home.joinpath("sectors.toml").read_text(encoding="utf-8"))


def by_sector(name: str, base: Calibration, given: BySector) -> tuple[Array, str]:
    """(S,) numbers of every product, and where they come from; NaN where holding has none.

    Parameters
    ----------
    name : {"holding", "replace", "skip"}
    base : Calibration
    given : number or mapping of sector to number, optional
        "*" in a mapping stands for all others; sectors left out keep the project's numbers, but
        for holding, where they cannot be stored.

    Raises
    ------
    LabelError
        The mapping names a sector that does not exist.
    OptionError
        A number is out of range, or the project has none for these sectors.
    """
    S = len(base.sectors)
    if isinstance(given, Mapping):
        named = {key: value for key, value in given.items() if key != "*"}
        base.sectors.locate(list(named))
        if "*" in given or name == "holding" or all(label in named for label in base.sectors):
            values = np.full(S, float(given.get("*", np.nan)))
        else:
            values = _known(name, base)
        for key, value in named.items():
            values[base.sectors.position(key)] = float(value)
        source = "given"
    elif given is not None:
        values, source = np.full(S, float(given)), "given"
    else:
        values, source = _known(name, base), "assumption by sector"
    _check(name, values, base)
    return values, source


def skip_of_ratings(ratings: Ratings, base: Calibration, skip: Array) -> Array:
    """(S,) part of imports that can be skipped by the ratings of users: inputs not rated critical.

    Notes
    -----
    Σ_j (1 − c_ij) a_ij x_j over use of product i as input, times the share of inputs in its use;
    what goes to final use is skipped as `skip` says.
    """
    if ratings.values.shape != (len(skip), len(skip)):
        raise OptionError("the ratings are for other sectors than the table's")
    flows = base.A * base.x
    inputs = flows.sum(axis=1)
    spared = ((1.0 - ratings.values) * flows).sum(axis=1)
    final = np.maximum(base.use - inputs, 0.0) * skip
    total = np.maximum(base.use, inputs)
    return np.divide(spared + final, total, out=np.zeros_like(skip), where=total > 0)


def named_sectors(base_sectors: Any, name: str) -> tuple[str, ...]:
    """The sectors that a named cut-off speaks of; none where the classification is unknown."""
    known = classify(base_sectors)
    if known is None or known not in data():
        return ()
    return tuple(data()[known]["named"][name])


def has_numbers(sectors: Iterable[str]) -> bool:
    """Whether the project has numbers for these sectors."""
    return classify(sectors) in data()


def _known(name: str, base: Calibration) -> Array:
    labels = list(base.sectors)
    known = classify(labels)
    if known is None or known not in data():
        shown = ", ".join(labels[:3])
        raise OptionError(
            f"there are no numbers for {name!r} for these sectors ({shown}, …): it is "
            f"{_WHAT[name]}. Give {name}={{sector: number, '*': number}}, or one number for all"
        )
    entry = data()[known]
    if name == "holding":
        return np.array([entry["holding"].get(label, np.nan) for label in labels])
    own = entry.get(name, {})
    kind = {label: kind for kind, listed in entry["kinds"].items() for label in listed}
    general = data()["kinds"][name]
    return np.array([own[x] if x in own else general[kind[x]] for x in labels])


def _check(name: str, values: Array, base: Calibration) -> None:
    highest = np.inf if name == "holding" else 1.0
    known = values[~np.isnan(values)] if name == "holding" else values
    wrong = ~((known >= 0) & (known <= highest) & np.isfinite(known))
    if wrong.any():
        at = base.sectors[int(np.flatnonzero(~np.isnan(values))[wrong][0])]
        bound = "at least 0" if name == "holding" else "a share from 0 to 1"
        raise OptionError(
            f"{name} of {at} is {float(known[wrong][0]):g}; it is {_WHAT[name]}, {bound}"
        )
