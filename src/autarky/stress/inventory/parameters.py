"""The parameters of the inventory model: checks, labels, and the lanes of the sensitivity table.

May import `axes`, `errors`, `table` and its own folder.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autarky.errors import LabelError, OptionError
from autarky.stress.inventory.economy import Economy
from autarky.table import Table

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: Who is served when an industry cannot deliver all that is ordered.
Rationing = Literal[
    "proportional",
    "final_first",
    "intermediate_first",
    "protected_first",
    "largest_first",
    "water_filling",
]
RULES: tuple[Rationing, ...] = get_args(Rationing)
#: Rules that look at each client of a supplier that is short.
BY_CLIENT = ("largest_first", "water_filling")
#: How closely the path of every day is kept.
Paths = Literal["none", "region", "industry"]

#: Stocks shorter than this cannot carry production to the next delivery.
SHORTEST = 2.0
#: Factors on stock days and refill time, and thresholds ψ, of the sensitivity table.
DAYS_FACTORS = (1.0, 1.0 / 3.0, 1.0 / 6.0)
TAU_FACTORS = (1.0, 0.25)
PSI_VALUES = (1.0, 0.8, 0.3)


@dataclass(frozen=True, eq=False)
class Settings:
    """Parameters of K lanes.

    Parameters
    ----------
    days : (S, K) array
        Stock of each input that industries aim at, in days of its use; infinite for none that
        binds.
    tau : (K,) array
        Time in which a gap of stock is to be refilled [days].
    psi : (K,) array
        Below this share of the aim, a stock holds production back.
    alpha_max : (K,) array
        Most that capacity can be stretched to, relative to base.
    alpha_tau : (K,) array
        Time in which it is [days].
    critical : (S, n) array
        How far an input holds production back: 1 fully, ½ by half, 0 not at all.
    sigma : float
        Elasticity of substitution between inputs; 0 for fixed recipes.
    by_capacity : bool
        Orders of industries go to suppliers in proportion to base flow times capacity left.
    """

    days: Array
    tau: Array
    psi: Array
    alpha_max: Array
    alpha_tau: Array
    critical: Array
    sigma: float = 0.0
    by_capacity: bool = False

    @property
    def lanes(self) -> int:
        """K."""
        return self.tau.size


@dataclass(frozen=True)
class Lane:
    """One draw: factors on stock days and refill time, and ψ."""

    days: float
    tau: float
    psi: float

    @property
    def labels(self) -> tuple[str, str, str]:
        """As in tidy frames."""
        return f"×{self.days:.3g}", f"×{self.tau:.3g}", f"{self.psi:g}"


def lanes(psi: float) -> list[Lane]:
    """The chosen parameters first, then the rest of the grid."""
    chosen = Lane(1.0, 1.0, psi)
    values = dict.fromkeys((*PSI_VALUES, psi))
    grid = itertools.product(DAYS_FACTORS, TAU_FACTORS, values)
    return [chosen, *(lane for lane in (Lane(*g) for g in grid) if lane != chosen)]


def stock_days(days: float | Mapping[str, float], table: Table) -> Array:
    """(S,) days of stock of each product.

    Raises
    ------
    LabelError
        A sector that the table does not have.
    OptionError
        A sector without a number, or one below two days.
    """
    sectors = table.sectors
    if not isinstance(days, Mapping):
        found = np.full(len(sectors), float(days))
    else:
        unknown = [label for label in days if label != "*" and label not in sectors.labels]
        if unknown:
            raise LabelError("sector", unknown, {u: sectors.suggest(u) for u in unknown})
        missing = [s for s in sectors if s not in days and "*" not in days]
        if missing:
            raise OptionError(
                f"days has no number for {', '.join(missing[:6])}; give one, or one for all others "
                "under '*'"
            )
        found = np.array([float(days.get(s, days.get("*", math.nan))) for s in sectors])
    short = ~(found >= SHORTEST)
    if short.any():
        label = sectors[int(np.flatnonzero(short)[0])]
        raise OptionError(
            f"stocks of {label} last {found[short][0]:g} days; a stock must last at least "
            f"{SHORTEST:g}, as what is delivered on a day can be used on the next"
        )
    return found


def settings(
    draws: Sequence[Lane],
    days: Array,
    critical: Array | None,
    table: Table,
    *,
    tau: float,
    alpha_max: float,
    alpha_tau: float,
    sigma: float = 0.0,
    by_capacity: bool = False,
) -> Settings:
    """Parameters of every lane.

    Parameters
    ----------
    draws : sequence of Lane
    days : (S,) array
    critical : (S, S) array or None
        By input and using sector.
    table : Table
    tau, alpha_max, alpha_tau, sigma : float
        Of every lane.
    by_capacity : bool
    """
    K = len(draws)
    scale = np.array([lane.days for lane in draws])
    goal = np.maximum(days[:, None] * scale, SHORTEST)
    weights = np.ones((days.size, table.n))
    if critical is not None:
        weights = np.asarray(critical, dtype=np.float64)[:, table.industries.sector_of]
    return Settings(
        goal,
        tau * np.array([lane.tau for lane in draws]),
        np.array([lane.psi for lane in draws]),
        np.full(K, alpha_max),
        np.full(K, alpha_tau),
        weights,
        sigma,
        by_capacity,
    )


def ranks(rule: Rationing, protected: Sequence[str], table: Table, economy: Economy) -> IntArray:
    """(N,) who is served first under a rule: 0, then 1.

    Raises
    ------
    LabelError
        Somebody protected is neither a region nor a sector of the table.
    """
    rank = np.zeros(economy.region.size, dtype=np.intp)
    final = np.arange(rank.size) >= economy.n
    if rule == "final_first":
        rank[~final] = 1
    elif rule == "intermediate_first":
        rank[final] = 1
    elif rule == "protected_first":
        rank[~_protected(protected, table, economy)] = 1
    return rank


def _protected(labels: Sequence[str], table: Table, e: Economy) -> NDArray[np.bool_]:
    regions, sectors = table.regions.labels, table.sectors.labels
    unknown = [label for label in labels if label not in regions and label not in sectors]
    if unknown:
        near = {u: [*table.regions.suggest(u), *table.sectors.suggest(u)] for u in unknown}
        raise LabelError("protected region or sector", unknown, near)
    found = np.isin(e.region, [regions.index(x) for x in labels if x in regions])
    chosen = [sectors.index(x) for x in labels if x in sectors]
    found[: e.n] |= np.isin(e.product, chosen)
    return found


def refuse(problems: Sequence[tuple[bool, str]]) -> None:
    """Raise one error that lists everything wrong.

    Raises
    ------
    OptionError
        Any condition holds.
    """
    texts = [text for wrong, text in problems if wrong]
    if texts:
        raise OptionError("; ".join(texts))


def plain(value: Any) -> Any:
    """A parameter as a result shows it."""
    return dict(value) if isinstance(value, Mapping) else value
