"""What is assumed where a table does not say: capital, its depreciation, growth. Data with source.

May import `shocks`, `errors` and below.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky.shocks.groups import classify

Array = NDArray[np.float64]

#: For sectors of an unknown classification: the ratio and the loss of all sectors together in the
#: accounts that the priors come from, 2007 (medians over economies).
ANY_SECTOR = {"capital": 1.39, "depreciation": 0.048}


@functools.cache
def data() -> Mapping[str, Any]:
    """The file of priors."""
    text = resources.files("autarky.plan").joinpath("priors.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def by_sector(name: str, sectors: Iterable[str]) -> tuple[Array, str]:
    """Prior of every sector, and where it comes from.

    Parameters
    ----------
    name : {"capital", "depreciation"}
        Capital over output [yr], or what is lost of it in a year [1/yr].
    sectors : sequence of str
        Labels of a table.

    Examples
    --------
    >>> values, source = by_sector("depreciation", [f"c{i}" for i in range(1, 36)])
    >>> float(values[13]), source
    (0.091, 'prior by sector (timmer2015)')
    """
    labels = list(sectors)
    known = classify(labels)
    if known is None or known not in data():
        value = ANY_SECTOR[name]
        return np.full(len(labels), value), f"assumption: {value:g} in every sector"
    row = data()[known][name]
    return np.array([row[label] for label in labels]), f"prior by sector ({data()['key']})"


def growth_of(region: str) -> tuple[float, str]:
    """Yearly growth of an economy, and where it comes from.

    Examples
    --------
    >>> growth_of("CHN")
    (0.0755, 'growth of real GDP 1995–2011 (feenstra2015)')
    """
    entry = data()["growth"]
    if region in entry["values"]:
        return float(entry["values"][region]), f"growth of real GDP 1995–2011 ({entry['key']})"
    world = float(entry["values"]["ROW"])
    return world, f"assumption: growth of the world 1995–2011 ({entry['key']})"
