"""`Inoperability`: how a loss of demand or capacity spreads through who buys from whom.

May import `shocks`, `results`, `leontief`, `errors` and `units`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.errors import ConvergenceError, NotProductiveError, OptionError, UnsupportedShockError
from autarky.leontief import safe_reciprocal
from autarky.results import Dimension, Field, Impact
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Effect,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
)
from autarky.shocks.base import Places
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
Mode = Literal["static", "dynamic"]

TOLERANCE = 1e-9


@dataclass(frozen=True, kw_only=True)
class Inoperability:
    """The inoperability input–output model: shares of planned output that are not made.

    Parameters
    ----------
    mode : {"static", "dynamic"}
        Where it ends up with the shock in full force, or the way there and back by day.
    resilience : float or mapping of str to float
        K in (0, 1]: the part of the gap to A*q + c* that closes in a day; by sector if a mapping,
        with 0.05 for sectors it does not name. A lone industry closes 90 % of its gap in 45 days at
        0.05, a choice of ours: estimate it where you can [1/day].
    horizon : int
        Length of the path where the scenario has none; for "dynamic" [days].

    Notes
    -----
    q = A*q + c*, A*_ij = Z_ij / x_i: industry i loses the sales to j that j no longer buys. A shift
    of final demand gives c*_i = −ΔY_i / x_i; a loss of capacity counts as the direct inoperability
    c*_j = s. No industry loses more than all: q ≤ 1. The path is
    q(t+1) = q + K(A*q + c*(t) − q) from q(0) = 0.

    A loss of capacity is passed on to suppliers, as a loss of orders, and not to customers, who go
    short in `Inventory` and `Rationing`.

    References
    ----------
    Haimes & Jiang (2001), Journal of Infrastructure Systems 7(1), 1–12. Santos & Haimes (2004),
    Risk Analysis 24(6), 1437–1451. Lian & Haimes (2006), Systems Engineering 9(3), 241–258.

    Examples
    --------
    >>> from autarky import CapacityLoss, Scenario, Table
    >>> table = Table.from_arrays(
    ...     [[0.0, 80.0], [20.0, 0.0]], [[20.0], [80.0]], regions=["A"], sectors=["s1", "s2"]
    ... )
    >>> outage = Scenario("outage", [CapacityLoss(regions="A", sectors="s2", share=0.6)])
    >>> Inoperability().run(table, outage)["inoperability"].round(3)
    array([0.571, 0.714])
    """

    mode: Mode = "static"
    resilience: float | Mapping[str, float] = 0.05
    horizon: int = 365

    name: ClassVar[str] = "inoperability"

    def __post_init__(self) -> None:
        if self.mode not in ("static", "dynamic"):
            raise OptionError(f"mode={self.mode!r} is not one of 'static', 'dynamic'")
        rates = self.resilience
        values = rates.values() if isinstance(rates, Mapping) else [rates]
        if not all(0 < value <= 1 for value in values):
            raise OptionError("resilience must lie in (0, 1]: the part of a gap closed in a day")
        if not 1 <= self.horizon < np.inf:
            raise OptionError(f"horizon is {self.horizon}; it must be at least 1 day")

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the model takes as given."""
        said = (
            "Who buys from whom, and in what proportions, does not change.",
            "There are no stocks, no substitutes, no prices and no spare capacity.",
            "Losses spread from buyers to suppliers; customers of a lost industry lose nothing.",
        )
        if self.mode == "static":
            return (*said, "Time is ignored: shocks are in full force for good.")
        return (*said, "Every industry closes a fixed part of its gap in a day.")

    def run(self, table: Table, scenario: Scenario) -> Impact:
        """What a scenario does.

        Parameters
        ----------
        table : Table
        scenario : Scenario
            Of `CapacityLoss` and `DemandShift`.

        Returns
        -------
        Impact
            `inoperability`, `direct_inoperability` and `output` [percent] by region and sector,
            and `inoperable_output` [money/yr]. If dynamic: `inoperability` by day, region and
            sector (day 0 is before the shock), `cumulative_inoperability` [days of output] and
            `inoperable_output` on average [money/yr].

        Raises
        ------
        UnsupportedShockError
            A shock on trade links, prices or stocks.
        LabelError, ShockError
            A shock does not fit the table.
        NotProductiveError
            Some industries sell more to others than they make.
        """
        dynamic = self.mode == "dynamic"
        resolved = scenario.resolve(table, timeless=not dynamic)
        for effect in resolved.effects:
            _refuse(effect)
        A_star = table.Z * safe_reciprocal(table.x)[:, None]
        if dynamic:
            days = math.ceil(scenario.horizon or self.horizon)
            fields, certificate = self._path(table, resolved.effects, A_star, days)
            notes = resolved.notes
        else:
            fields, certificate = _rest(table, resolved.effects, A_star)
            timed = [e.shock for e in resolved.effects if e.shock.start or e.shock.duration]
            late = [f"{shock.describe()}: timing is ignored" for shock in timed]
            notes = (*resolved.notes, *late)
        return Impact(
            indicator="inoperability",
            question=f"How far does “{scenario.title or scenario.name}” spread through suppliers?",
            fields=tuple(fields),
            unit=table.unit,
            year=table.year,
            provenance=table.provenance,
            certificates=(certificate,),
            warnings=notes,
            parameters={"mode": self.mode, "resilience": self.resilience, "horizon": self.horizon},
            scenario=scenario.name,
            model=Inoperability.name,
            assumptions=self.assumptions,
            residuals={"q = min(1, A*q + c*)": certificate.residual},
        )

    def _path(
        self, table: Table, effects: Sequence[Effect], A_star: Array, days: int
    ) -> tuple[list[Field], Certificate]:
        direct = [
            _direct(table, effects, [float(e.shock.strength(t)) for e in effects])
            for t in range(days)
        ]
        rates = self._rates(table)
        q = recovery_path(A_star, np.array(direct), rates)
        industries = Dimension.of(table.industries)
        day = Dimension({"day": tuple(str(t) for t in range(days + 1))})
        lost = q[:-1].sum(axis=0)
        fields = [
            Field("inoperability", q, (day, industries)),
            Field("cumulative_inoperability", lost, (industries,)),
            Field("inoperable_output", lost / days * table.x, (industries,)),
        ]
        residual = _path_residual(A_star, np.array(direct), rates, q)
        return fields, Certificate("steps", days, residual, TOLERANCE)

    def _rates(self, table: Table) -> Array:
        """(n,) K of each industry [1/day]."""
        if not isinstance(self.resilience, Mapping):
            return np.full(table.n, float(self.resilience))
        rates = np.full(len(table.sectors), 0.05)
        rates[table.sectors.locate(list(self.resilience))] = list(self.resilience.values())
        return rates[table.industries.sector_of]


def inoperability(A_star: ArrayLike, c_star: ArrayLike) -> Array:
    """The share of its output that each industry loses: q = min(1, A*q + c*).

    Parameters
    ----------
    A_star : (n, n) array
        What a full loss of industry j takes from industry i [1]; not negative.
    c_star : (n,) array
        Direct loss; below 0 for a gain [1].

    Returns
    -------
    (n,) array
        (I − A*)⁻¹c* where no industry loses more than all; where some would, those stand at 1.

    Raises
    ------
    OptionError
        Shapes do not fit, or a cell of A* is negative.
    NotProductiveError
        Losses would feed on themselves without end.

    Examples
    --------
    >>> inoperability([[0.0, 0.8], [0.2, 0.0]], [0.0, 0.6]).round(3)
    array([0.571, 0.714])
    """
    A, c = np.asarray(A_star, dtype=np.float64), np.asarray(c_star, dtype=np.float64)
    if c.ndim != 1 or A.shape != (c.size, c.size):
        raise OptionError(f"A* has shape {A.shape} where c* of shape {c.shape} needs a square one")
    if A.size and A.min() < 0:
        raise OptionError(f"A* has a negative cell ({A.min():.3g}): it holds shares of sales")
    # min(1, A*q + c*) is concave and rises with q, so Newton's steps fall to the answer and end.
    full = np.zeros(c.size, dtype=bool)
    for _ in range(c.size + 2):
        q = _solve(A, c, full)
        wanted = A @ q + c
        over = wanted > 1.0 + 1e-12
        if np.array_equal(over, full):
            break
        full = over
    else:
        raise ConvergenceError(
            "no set of full losses is stable", iterations=c.size + 2, residual=np.inf
        )
    residual = _residual(A, c, q)
    if not residual <= TOLERANCE:
        raise ConvergenceError("inoperability is inexact", iterations=1, residual=residual)
    return q


def recovery_path(A_star: ArrayLike, c_star: ArrayLike, K: ArrayLike) -> Array:
    """Inoperability day by day: q(t+1) = q + K(A*q + c*(t) − q), q ≤ 1, from q(0) = 0.

    Parameters
    ----------
    A_star : (n, n) array
        As for `inoperability` [1].
    c_star : (T, n) array
        Direct loss on each day [1].
    K : (n,) array
        Part of the gap closed in a day [1/day].

    Returns
    -------
    (T + 1, n) array
        Row t is q(t).

    Examples
    --------
    >>> recovery_path([[0.0, 0.8], [0.2, 0.0]], [[0.0, 0.6]] * 2, [0.5, 0.5])
    array([[0.  , 0.  ],
           [0.  , 0.3 ],
           [0.12, 0.45]])
    """
    A, c, rates = (np.asarray(a, dtype=np.float64) for a in (A_star, c_star, K))
    q = np.zeros((len(c) + 1, len(A)))
    for t in range(len(c)):
        q[t + 1] = np.minimum(1.0, q[t] + rates * (A @ q[t] + c[t] - q[t]))
    return q


def _solve(A: Array, c: Array, full: NDArray[np.bool_]) -> Array:
    """The linear answer with industries at full loss held at 1."""
    q = np.ones(c.size)
    rest = ~full
    inner = np.eye(int(rest.sum())) - A[np.ix_(rest, rest)]
    base = c[rest] + A[np.ix_(rest, full)].sum(axis=1)
    try:
        q[rest] = np.linalg.solve(inner, base)
        gains = np.linalg.solve(inner, np.ones_like(base))
    except np.linalg.LinAlgError:
        gains = -np.ones(1)
    # A non-negative inverse takes a vector of ones to 1 or more in every row.
    if gains.size and gains.min() < 1.0 - 1e-9:
        raise NotProductiveError(
            "(I − A*) has no non-negative inverse: losses feed on themselves; some industries sell "
            "more to others than they make (`table.check()`)"
        )
    return q


def _residual(A: Array, c: Array, q: Array) -> float:
    error = np.abs(q - np.minimum(1.0, A @ q + c)).max(initial=0.0)
    return float(error / max(1.0, np.abs(c).max(initial=0.0)))


def _path_residual(A: Array, c: Array, rates: Array, q: Array) -> float:
    """The largest error of any day's equation, all days put in again at once."""
    today = q[:-1]
    next_ = np.minimum(1.0, today + rates * (today @ A.T + c - today))
    return float(np.abs(q[1:] - next_).max(initial=0.0))


def _rest(
    table: Table, effects: Sequence[Effect], A_star: Array
) -> tuple[list[Field], Certificate]:
    """The static answer."""
    direct = _direct(table, effects, [1.0] * len(effects))
    q = inoperability(A_star, direct)
    industries = Dimension.of(table.industries)
    fields = [
        Field("inoperability", q, (industries,)),
        Field("direct_inoperability", direct, (industries,)),
        Field("output", np.where(table.x > 0, -100.0 * q, np.nan), (industries,), unit="percent"),
        Field("inoperable_output", q * table.x, (industries,)),
    ]
    return fields, Certificate("LU", 1, _residual(A_star, direct, q), TOLERANCE)


def _direct(table: Table, effects: Sequence[Effect], strengths: Sequence[float]) -> Array:
    """(n,) c*: what the shocks take by themselves at given strengths."""
    left = np.ones(table.n)
    asked = np.ones((len(table.sectors), len(table.regions)))
    for effect, strength in zip(effects, strengths, strict=True):
        shock, where = effect.shock, effect.where
        if isinstance(shock, CapacityLoss) and isinstance(where, Places):
            left[where.industries(table.industries)] *= 1.0 - shock.share * strength
        elif isinstance(shock, DemandShift) and isinstance(where, Places):
            asked[np.ix_(where.sectors, where.regions)] *= 1.0 + shock.change * strength
    fall = (table.Y_by_region * (1.0 - asked[table.industries.sector_of])).sum(axis=1)
    return np.where(table.x > 0, 1.0 - left + fall * safe_reciprocal(table.x), 0.0)


def _refuse(effect: Effect) -> None:
    shock = effect.shock
    if isinstance(shock, CapacityLoss | DemandShift):
        return
    can = "the trade equilibrium (stress.Equilibrium) can"
    if isinstance(shock, Embargo | Isolation):
        can = "the inventory, rationing and equilibrium models can"
    elif isinstance(shock, StockRelease | CapitalLoss):
        can = "the inventory and rationing models can"
    raise UnsupportedShockError(
        f"the inoperability model cannot express {shock.describe()}: it knows losses of capacity "
        f"and of demand, no cut links, prices, stocks or rebuilding; {can}"
    )
