"""What an economy wants to be sure of, and which numbers of a preparedness plan make sense.

May import `shocks` and `errors`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from autarky.errors import OptionError
from autarky.shocks import Scenario

if TYPE_CHECKING:
    from autarky.plan.preparedness.model import Preparedness

Lever = Literal["stock", "capacity", "suppliers"]

LEVERS: tuple[Lever, ...] = ("stock", "capacity", "suppliers")
#: Longest window [months].
_LONGEST = 120


@dataclass(frozen=True, kw_only=True)
class Guarantee:
    """What an economy wants to be sure of: a share of consumption, for some months.

    Parameters
    ----------
    region : str
        The economy.
    keep : float, optional
        Consumption over that of the base, above 0, at most 1; the model's if not given.
    months : int, optional
        How long cut-offs last that must be got through; the model's if not given.
    scenarios : Scenario or sequence of Scenario, optional
        What may happen; by default the six named cut-offs and draws.

    Raises
    ------
    OptionError
        A number is out of range.
    """

    region: str
    keep: float | None = None
    months: int | None = None
    scenarios: Scenario | Iterable[Scenario] | None = None

    def __post_init__(self) -> None:
        problems = [
            *([] if self.keep is None else _keep_problem(self.keep)),
            *([] if self.months is None else _months_problem(self.months)),
        ]
        if problems:
            raise OptionError("; ".join(problems))


def problems_of(model: Preparedness) -> list[str]:
    """What is wrong with the parameters of a model, a sentence each."""
    return [
        *_keep_problem(model.keep),
        *_months_problem(model.months),
        *_range_problems(model),
        *_contradictions(model),
    ]


def _keep_problem(keep: float) -> list[str]:
    if 0 < keep <= 1:
        return []
    hint = f": write {keep / 100:g} for {keep:g} %" if 1 < keep <= 100 else ""
    return [f"keep is {keep:g}; it must be a share of consumption above 0, at most 1{hint}"]


def _months_problem(months: int) -> list[str]:
    whole = isinstance(months, (int, np.integer)) and not isinstance(months, bool)
    if whole and 1 <= months <= _LONGEST:
        return []
    return [f"months is {months}; a cut-off lasts a whole number of months, from 1 to {_LONGEST}"]


def _range_problems(model: Preparedness) -> list[str]:
    problems = []
    unknown = [lever for lever in model.levers if lever not in LEVERS]
    if unknown or len(set(model.levers)) < len(tuple(model.levers)):
        problems.append(f"levers are some of {', '.join(LEVERS)}, each once; not {model.levers}")
    shares = {
        "exports": 1.0, "investment": 1.0, "exports_window": 1.0, "spare": np.inf,
        "premium": np.inf, "own_share": np.inf, "all_share": np.inf, "rate": np.inf, "dear": np.inf,
    }  # fmt: skip
    for name, most in shares.items():
        value = getattr(model, name)
        if not (0 <= value <= most and np.isfinite(value)):
            bound = f"from 0 to {most:g}" if most < np.inf else "0 or more"
            problems.append(f"{name} is {value:g}; it must be {bound}")
    window = model.investment_window
    if window is not None and not 0 <= window <= 1:
        problems.append(f"investment_window is {window:g}; it must be from 0 to 1")
    if model.tail is not None and not 0 <= model.tail < 1:
        problems.append(f"tail is {model.tail:g}; it is a share of luck from 0 to below 1")
    if not (isinstance(model.ramp, int) and model.ramp >= 0):
        problems.append(f"ramp is {model.ramp}; it is a number of months, 0 or more")
    if model.chances is not None and model.tail is None:
        problems.append("chances are given, but without tail every scenario counts in full")
    return problems


def _contradictions(model: Preparedness) -> list[str]:
    """Floors of a month that already break what is asked of the window."""
    pairs = (
        ("exports", model.exports, model.exports_window),
        ("investment", model.investment, model.investment_window),
    )
    return [
        f"{name} of at least {100 * floor:.4g} % in every month and {100 * window:.4g} % over the "
        f"window contradict each other: lower {name} or raise {name}_window"
        for name, floor, window in pairs
        if window is not None and floor > window
    ]
