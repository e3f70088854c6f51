"""Draws of parameters: distributions, and designs that fill their space evenly.

May import `errors`; scipy inside functions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError

Array = NDArray[np.float64]

Design = Literal["sobol", "lhs", "random", "saltelli"]
DESIGNS: tuple[Design, ...] = get_args(Design)
_FIELDS = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "choice": ("values",),
}
#: The smallest and largest share of a distribution that is drawn: no infinite value.
_EDGE = 1e-6


@dataclass(frozen=True)
class Distribution:
    """How one parameter varies.

    Parameters
    ----------
    kind : {"uniform", "loguniform", "triangular", "normal", "choice", "joint"}
    values : tuple
        In the order of the kind's fields: (low, high), (low, mode, high), (mean, sd), or the
        values to choose from; "joint" (see `joint`) chooses among elasticity sets.

    Examples
    --------
    >>> Distribution.of("tau", {"uniform": [30, 90]}).at(0.5)
    60.0
    """

    kind: str
    values: tuple[Any, ...]

    @classmethod
    def of(cls, name: str, given: Any) -> Distribution:
        """From a table of a file: ``{uniform = [30, 90]}``.

        Raises
        ------
        OptionError
            It is none, with the parameter's name.
        """
        known = f"{', '.join(_FIELDS)} (elasticities: joint)"
        if not isinstance(given, Mapping) or len(given) != 1:
            raise OptionError(
                f"how {name} is drawn must be one of {known} with its values, such as "
                "{ uniform = [30, 90] }"
            )
        ((kind, values),) = given.items()
        if kind not in _FIELDS:
            near = get_close_matches(str(kind), [*_FIELDS, "joint"], n=1)
            hint = f"did you mean {near[0]}?" if near else f"it can be one of {known}"
            raise OptionError(f"{name} is drawn from {kind!r}; {hint}")
        if not isinstance(values, list | tuple) or not values:
            raise OptionError(f"{name}: {kind} needs a list of values")
        if kind == "choice":
            if any(isinstance(v, float) and not math.isfinite(v) for v in values):
                raise OptionError(f"{name}: choice has a value that is no finite number")
            return cls(kind, tuple(values))
        fields = _FIELDS[kind]
        if len(values) != len(fields) or not all(_finite(v) for v in values):
            raise OptionError(f"{name}: {kind} needs the numbers {', '.join(fields)}")
        numbers = tuple(float(v) for v in values)
        rising = all(a <= b for a, b in pairwise(numbers))
        if kind == "normal" and not numbers[1] > 0:
            raise OptionError(f"{name}: sd is {numbers[1]:g}; it must be above 0")
        if kind != "normal" and (not rising or numbers[0] == numbers[-1]):
            raise OptionError(f"{name}: {', '.join(fields)} must ascend")
        if kind == "loguniform" and not numbers[0] > 0:
            raise OptionError(f"{name}: low is {numbers[0]:g}; for loguniform it must be above 0")
        return cls(kind, numbers)

    def at(self, share: float) -> Any:
        """The value below which a share of the distribution lies."""
        share = min(max(share, _EDGE), 1 - _EDGE)
        v = self.values
        if self.kind == "uniform":
            return float(v[0] + share * (v[1] - v[0]))
        if self.kind == "loguniform":
            return float(v[0] * (v[1] / v[0]) ** share)
        if self.kind == "triangular":
            return _triangular(share, *v)
        if self.kind == "normal":
            from scipy.special import ndtri

            return float(v[0] + v[1] * ndtri(share))
        return v[min(int(share * len(v)), len(v) - 1)]


def _finite(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _triangular(share: float, low: float, mode: float, high: float) -> float:
    width = high - low
    if share * width <= mode - low:
        return low + math.sqrt(share * width * (mode - low))
    return high - math.sqrt((1 - share) * width * (high - mode))


def points(design: Design, draws: int, dimensions: int, seed: int) -> Array:
    """(D, d) points of the unit cube: the same for the same seed.

    Parameters
    ----------
    design : {"sobol", "lhs", "random", "saltelli"}
        Sobol and saltelli need a power of 2; saltelli gives draws · (d + 2) points: two
        independent sets A and B, and for each dimension A with that column of B.
    draws : int
    dimensions : int
    seed : int

    Raises
    ------
    OptionError
        The number of draws does not fit the design.
    """
    if design not in DESIGNS:
        raise OptionError(f"sampling is {design!r}; it can be one of {', '.join(DESIGNS)}")
    if draws < 1:
        raise OptionError(f"draws is {draws}; it must be at least 1")
    if dimensions == 0:
        return np.zeros((draws, 0))
    if design in ("sobol", "saltelli") and draws & (draws - 1):
        below = 1 << (draws.bit_length() - 1)
        raise OptionError(
            f"draws is {draws}; {design} needs a power of 2, such as {below} or {2 * below}"
        )
    from scipy.stats import qmc

    if design == "lhs":
        return qmc.LatinHypercube(dimensions, seed=np.random.default_rng(seed)).random(draws)
    if design == "random":
        return np.random.default_rng(seed).random((draws, dimensions))
    if design == "sobol":
        return qmc.Sobol(dimensions, seed=np.random.default_rng(seed)).random(draws)
    both = qmc.Sobol(2 * dimensions, seed=np.random.default_rng(seed)).random(draws)
    A, B = both[:, :dimensions], both[:, dimensions:]
    mixed = []
    for k in range(dimensions):
        one = A.copy()
        one[:, k] = B[:, k]
        mixed.append(one)
    return np.concatenate([A, B, *mixed])


def drawn(
    given: Mapping[str, Distribution], design: Design, draws: int, seed: int
) -> list[dict[str, Any]]:
    """The values of every draw, by parameter."""
    names: Sequence[str] = list(given)
    cube = points(design, draws, len(names), seed)
    return [{name: given[name].at(float(row[k])) for k, name in enumerate(names)} for row in cube]
