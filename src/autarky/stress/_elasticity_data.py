"""Data and arithmetic behind `elasticities`: label systems, averaging, files of draws.

May import `errors`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.errors import DataError, OptionError

if TYPE_CHECKING:
    from autarky.stress.elasticities import Elasticities

Array = NDArray[np.float64]


@cache
def data() -> dict[str, Any]:
    text = files("autarky.stress").joinpath("elasticities.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def convert(source: Elasticities, sectors: tuple[str, ...]) -> Elasticities | None:
    """The set on the label system that has all these sectors; None where there is no way."""
    systems = data()["system"]
    for name, system in systems.items():
        if not set(sectors) <= set(system["labels"]):
            continue
        if source.system in system.get("from", {}):
            return _mapped(source, name, system["from"][source.system], weights=None)
        for base, groups in system.get("groups_of", {}).items():
            middle = source
            if source.system != base:
                if source.system not in systems[base].get("from", {}):
                    continue
                middle = _mapped(source, base, systems[base]["from"][source.system], weights=None)
            return _mapped(middle, name, groups, weights=data()["imports"][base])
    return None


def _mapped(
    source: Elasticities,
    system: str,
    members: Mapping[str, Sequence[str]],
    *,
    weights: Mapping[str, float] | None,
) -> Elasticities:
    """θ of each target from its members: plain means, or harmonic with weights."""
    position = {label: i for i, label in enumerate(source.labels)}
    M = np.zeros((len(members), len(position)))
    for row, names in enumerate(members.values()):
        w = np.ones(len(names)) if weights is None else np.array([weights[s] for s in names])
        M[row, [position[s] for s in names]] = w / w.sum()

    def mix(theta: Array) -> Array:
        return theta @ M.T if weights is None else 1.0 / ((1.0 / theta) @ M.T)

    # Standard errors only where a target is one source sector: means would need covariances.
    alone = {t: names[0] for t, names in members.items() if len(names) == 1}
    how = "plain means of matching sectors" if weights is None else (
        "harmonic means weighted with world imports of 2008"
    )  # fmt: skip
    return replace(
        source,
        values=dict(zip(members, mix(source.theta).tolist(), strict=True)),
        errors={t: source.errors[s] for t, s in alone.items() if s in source.errors},
        draws=None if source.draws is None else mix(source.draws),
        system=system,
        assumptions=(*source.assumptions, f"put on {system} sectors by {how}"),
    )


def numbers(values: Mapping[str, float], name: str) -> dict[str, float]:
    out = {str(k): float(v) for k, v in values.items()}
    bad = [k for k, v in out.items() if not np.isfinite(v)]
    if bad or not out:
        what = f"the value of {bad[0]} is not finite" if bad else "there are no values"
        raise OptionError(f"elasticities {name!r}: {what}")
    return out


def own_draws(draws: Array, size: int, name: str) -> Array:
    out = np.array(draws, dtype=np.float64)
    if out.ndim != 2 or out.shape[1] != size or out.shape[0] == 0:
        raise OptionError(
            f"elasticities {name!r}: draws have shape {out.shape}; one row per draw and one "
            f"column for each of {size} sectors are needed"
        )
    if not np.all(np.isfinite(out)) or out.min() <= 0:
        raise OptionError(f"elasticities {name!r}: draws of θ must be finite and above 0")
    out.setflags(write=False)
    return out


def read_draws(draws: str | Path | ArrayLike, key: str) -> Array:
    if not isinstance(draws, (str, Path)):
        return np.array(draws, dtype=np.float64)
    try:
        loaded = np.load(draws, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"no array of draws can be read ({error})", path=draws) from error
    if isinstance(loaded, np.ndarray):
        return loaded.astype(np.float64)
    with loaded:
        if key not in loaded:
            raise DataError("no such array", path=draws, found=list(loaded), expected=repr(key))
        return loaded[key].astype(np.float64)
