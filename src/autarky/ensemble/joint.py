"""Joint draws of elasticities: sectors that were estimated together vary together.

A joint distribution is a choice among whole sets, one for each row of draws. May import `sampling`
of its own folder, `stress` and `errors`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autarky.axes import Axis
from autarky.ensemble.sampling import Distribution
from autarky.errors import OptionError
from autarky.stress import Elasticities, elasticities

#: The parameter that can be drawn jointly.
PARAMETER = "elasticities"
_KEYS = ("set", "labels", "name", "system", "horizon", "file", "key", "kind", "floor", "theta")


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
    return Distribution("joint", tuple(given.draw(k) for k in range(len(given.draws))))


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
    for key in given:
        if key not in _KEYS:
            near = Axis("key", _KEYS).suggest(str(key))
            hint = f" (did you mean {' or '.join(near)}?)" if near else f"; there is {_KEYS}"
            raise OptionError(f"unknown key of joint: {key!r}{hint}")
    for one, other in (("set", "labels"), ("file", "theta")):
        if (one in given) == (other in given):
            raise OptionError(f"joint needs {one} or {other}, and not both")
    if "file" in given:
        options = {"kind": given.get("kind"), "key": given.get("key", "draws")}
        draws: Any = folder / str(given["file"])
    else:
        options = {"kind": given.get("kind", "theta")}
        draws = _rows(given["theta"])
    return joint_draws(_source(given).with_draws(draws, floor=given.get("floor"), **options))


def _source(given: Mapping[str, Any]) -> Elasticities:
    """The sectors of the columns; their point values are in no draw."""
    if "set" in given:
        return elasticities(given["set"])
    about = {key: given[key] for key in ("system", "horizon") if key in given}
    values = dict.fromkeys(map(str, given["labels"]), 1.0)
    if len(values) != len(given["labels"]):
        raise OptionError("the labels of joint draws must differ")
    return Elasticities(name=str(given.get("name", "joint")), values=values, **about)


def _rows(theta: Any) -> Any:
    try:
        return np.array(theta, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OptionError(f"theta of joint must be rows of numbers, all as long: {error}") from None


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
