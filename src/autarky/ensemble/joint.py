"""Joint draws of elasticities: sectors that were estimated together vary together.

A joint distribution is a choice among whole sets, one for each row of draws. May import `sampling`
of its own folder, `stress` and `errors`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from autarky.axes import Axis
from autarky.ensemble.sampling import Distribution
from autarky.errors import OptionError
from autarky.stress import Elasticities, elasticities
from autarky.stress.elasticities import PLAUSIBLE, elasticity_systems, horizon_factor

#: The parameter that can be drawn jointly.
PARAMETER = "elasticities"
_KEYS = ("set", "labels", "name", "system", "horizon", "file", "key", "kind", "floor", "theta")
#: Keys that say more about another one.
_WITH = {"name": "labels", "system": "labels", "horizon": "labels", "key": "file"}


def joint_draws(given: Elasticities) -> Distribution:
    """The joint draws of a set, each as likely as the others.

    Examples
    --------
    >>> rows = [[2.0, 8.0], [3.0, 6.0]]
    >>> own = Elasticities.from_theta({"food": 2.5, "cars": 7.0}).with_draws(rows, kind="theta")
    >>> [one.name for one in joint_draws(own).values]
    ['own[0]', 'own[1]']

    Raises
    ------
    OptionError
        The set has no draws.
    """
    if given.draws is None:
        raise OptionError(
            f"elasticities {given.name!r} ship no joint draws: give their file, as in "
            f'elasticities = {{ joint = {{ set = "{given.name}", file = "draws.npz", '
            'kind = "theta" } }, or draw elasticity_scale'
        )
    if given.everywhere is not None:
        raise OptionError(
            f"elasticities {given.name!r} have one value for all other sectors, which is in no "
            "draw: give a column of draws for each sector"
        )
    low, high = PLAUSIBLE
    beyond = int(((given.draws < low) | (given.draws > high)).sum())
    if beyond:
        raise OptionError(
            f"{beyond} joint draws of θ lie outside [{low:g}, {high:g}]: give a floor, or look at "
            "kind, which says what the numbers are"
        )
    # Of one-sector models, which no ensemble runs.
    rows = (replace(given.draw(k), aggregate=None) for k in range(len(given.draws)))
    return Distribution("joint", tuple(rows))


def read(given: Any, folder: Path) -> Distribution:
    """From a table of a file.

    Parameters
    ----------
    given : str or mapping
        The name of a set that ships draws; or `set` (a named one) or `labels` (sectors of the
        columns), with `file` (.npy or .npz, there the array `key`) or `theta` (rows of draws), and
        `kind` and `floor` as `Elasticities.with_draws`.
    folder : Path
        Where files are looked for.

    Raises
    ------
    OptionError, LabelError, DataError
        It is none; names what is wrong.
    """
    if isinstance(given, str):
        return joint_draws(elasticities(given))
    if not isinstance(given, Mapping):
        raise OptionError("joint takes the name of a set, or a table of keys")
    _check_keys(given)
    options = {"kind": given.get("kind", "theta" if "theta" in given else None)}
    if "file" in given:
        draws: Any = folder / given["file"]
        options["key"] = given.get("key", "draws")
    else:
        draws = _rows(given["theta"])
    return joint_draws(_source(given).with_draws(draws, floor=given.get("floor"), **options))


def _check_keys(given: Mapping[str, Any]) -> None:
    """Refuse keys that are unknown, of the wrong kind, or do not go together."""
    for key, value in given.items():
        if key not in _KEYS:
            near, listed = Axis("key", _KEYS).suggest(str(key)), ", ".join(_KEYS)
            hint = f" (did you mean {' or '.join(near)}?)" if near else f"; there is {listed}"
            raise OptionError(f"unknown key of joint: {key!r}{hint}")
        if key in _WITH and _WITH[key] not in given:
            raise OptionError(f"{key} of joint goes with {_WITH[key]}, which is not there")
        if key == "floor" and not _is_number(value):
            raise OptionError(f"floor of joint is {value!r}; it must be a number")
        if key not in ("labels", "theta", "floor") and not isinstance(value, str):
            raise OptionError(f"{key} of joint is {value!r}; it must be text")
    for one, other in (("set", "labels"), ("file", "theta")):
        if one in given and other in given:
            raise OptionError(f"joint has {one} and {other}; it can have one of them")
        if one not in given and other not in given:
            raise OptionError(f"joint needs {one} or {other}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _source(given: Mapping[str, Any]) -> Elasticities:
    """The sectors of the columns; their point values are in no draw."""
    if "set" in given:
        return elasticities(given["set"])
    labels = given["labels"]
    if not isinstance(labels, list) or not all(isinstance(v, str) and v for v in labels):
        raise OptionError(f"labels of joint are {labels!r}; they must be a list of sectors")
    if len(set(labels)) != len(labels):
        raise OptionError("the labels of joint draws must differ")
    system, horizon = given.get("system", ""), given.get("horizon", "long")
    if system and system not in elasticity_systems():
        listed = ", ".join(elasticity_systems())
        raise OptionError(f"system of joint is {system!r}; there is {listed}")
    horizon_factor(horizon)  # refuses one that is unknown
    return Elasticities(
        name=given.get("name", "joint"), values=dict.fromkeys(labels, 1.0), system=system,
        horizon=horizon,
    )  # fmt: skip


def _rows(theta: Any) -> Any:
    rows = theta if isinstance(theta, list) and theta else [None]
    width = len(rows[0]) if isinstance(rows[0], list) else 0
    for row in rows:
        if not isinstance(row, list) or len(row) != width or not all(map(_is_number, row)):
            raise OptionError(f"theta of joint has {row!r}; it must be rows of numbers, as long")
    return np.array(theta, dtype=np.float64)


def plain(given: Distribution) -> dict[str, Any]:
    """Joint draws as plain values, which `read` reads back without any file."""
    first: Elasticities = given.values[0]
    return {
        "labels": list(first.labels),
        "name": first.name.rpartition("[")[0],
        "system": first.system,
        "horizon": first.horizon,
        "theta": [one.theta.tolist() for one in given.values],
    }


def digest(one: Elasticities) -> str:
    """SHA-256 of everything that numbers depend on, to the last bit."""
    values = list(one.values.items())
    whole = [one.system, one.horizon, values, one.everywhere, one.aggregate]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()
