"""From a table to the arrays of the trade equilibrium, every treatment named and listed.

Order of treatments: negative flows, output from the remaining final use, floors for missing
domestic suppliers, deficits. The base that all changes refer to is the treated table, solved
again. May import `table`, `stress.equilibrium.system` and below.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis
from autarky.errors import OptionError, TableError
from autarky.leontief import leontief, safe_reciprocal
from autarky.stress.equilibrium.system import State, Technology
from autarky.table import Table

Array = NDArray[np.float64]

Mixes = Literal["actual", "cr2014"]


@dataclass(frozen=True)
class Economies:
    """N economies and S sectors as the trade equilibrium sees them, before any scenario.

    Parameters
    ----------
    regions, sectors : Axis
    pi : (S, N, N) array
        Share of exporter i (last axis) in what importer n spends on a sector, tariffs included.
    tau : (S, N, N) array
        Tariff rates of importer n on exporter i.
    technology : Technology
    beta : (S, N) array
        Weights of the price index (final-use shares).
    deficits : (N,) array
        Imports less exports, before tariffs [money/yr].
    spending : (S, N) array
        Total spending X, tariffs included [money/yr]: where the solver starts.
    treatments : tuple of str
        What was done to the data to get here, in words, in order.
    floored : tuple of (str, str, float)
        Region, sector and own share of every cell raised to the floor.
    """

    regions: Axis
    sectors: Axis
    pi: Array
    tau: Array
    technology: Technology
    beta: Array
    deficits: Array
    spending: Array
    treatments: tuple[str, ...] = ()
    floored: tuple[tuple[str, str, float], ...] = ()
    unit: str = ""
    final: Array = field(default_factory=lambda: np.zeros(0))

    @property
    def start(self) -> State:
        """Where every base solve starts: no change, spending as in the data."""
        S, N = self.spending.shape
        return State(np.zeros((S, N)), np.zeros(N), self.spending)

    def with_theta(self, theta: Array) -> Economies:
        """The same economies with other elasticities."""
        return replace(self, technology=replace(self.technology, theta=theta))


def calibrate(
    table: Table,
    theta: Array,
    *,
    tariffs: Array | None = None,
    floor: float = 1e-3,
    mixes: Mixes = "actual",
) -> Economies:
    """The economies of a table.

    Parameters
    ----------
    table : Table
    theta : (S,) array
        Trade elasticities by sector of the table.
    tariffs : (S, N, N) array, optional
        Rates by sector, importer, exporter, on values before tariffs; none by default.
    floor : float
        Smallest share of its own spending that an economy supplies itself, in [0, 0.5); an economy
        without any supplier of its own would have no price in autarky.
    mixes : {"actual", "cr2014"}
        Input coefficients of the table, or Costinot and Rodríguez-Clare's (2014) assumption that
        every sector buys inputs in the proportions of total expenditure.

    Raises
    ------
    OptionError
        An option is out of range.
    TableError
        Value added is negative in an industry, or a region uses nothing.

    Notes
    -----
    Negative final use is set to zero cell by cell, and output follows from what remains with input
    coefficients unchanged, x = LY1. Trade shares are by sector, all uses together.
    """
    S, N = len(table.sectors), len(table.regions)
    _check_options(theta, tariffs, floor=floor, mixes=mixes, shape=(S, N, N))
    tau = np.zeros((S, N, N)) if tariffs is None else np.asarray(tariffs, dtype=np.float64)
    Y, x, treatments = _treat_negatives(table)
    A = table.Z * safe_reciprocal(table.x)
    industries, r, s = table.industries, table.industries.region_of, table.industries.sector_of

    Z = np.maximum(A, 0.0) * x
    inputs = _by_buyer(Z, tau, industries, S)  # (S, n): of each product, tariffs included
    final = np.zeros((S, N))
    gross = 1.0 + tau[s, :, r]  # (n, N): 1 + tariff of buyer n on industry (i, j)
    sales = industries.sum_by_region(Z, axis=1) + Y
    np.add.at(final, s, Y * gross)
    flows = np.zeros((S, N, N))
    np.add.at(flows, (s[:, None], np.arange(N)[None, :], r[:, None]), sales)

    spending = (flows * (1.0 + tau)).sum(axis=2)
    Gamma = np.zeros((N, S, S))
    Gamma[r, :, s] = (inputs * safe_reciprocal(x)).T
    treatments += _treat_negative_value_added(table, Gamma)
    labour = 1.0 - Gamma.sum(axis=1).T
    pi = _shares(flows * (1.0 + tau), spending)
    pi, floored = _floor(table, pi, spending, floor)
    if final.sum(axis=0).min() <= 0:
        n = int(np.argmin(final.sum(axis=0)))
        raise TableError(f"{table.regions[n]} has no final use: its income buys nothing")
    beta = final / final.sum(axis=0)
    alpha = beta
    if mixes == "cr2014":
        alpha = spending / spending.sum(axis=0)
        Gamma = (1.0 - labour).T[:, None, :] * alpha.T[:, :, None]
        treatments.append("input mixes: every sector buys in proportion to total expenditure")
    output = np.zeros((S, N))
    np.add.at(output, (s, r), x)
    traded = flows.sum(axis=0)
    return Economies(
        regions=table.regions,
        sectors=table.sectors,
        pi=pi,
        tau=tau,
        technology=Technology(labour, Gamma, alpha, (labour * output).sum(axis=0), theta),
        beta=beta,
        deficits=traded.sum(axis=1) - traded.sum(axis=0),
        spending=spending,
        treatments=(*treatments, *_say_floor(floored, floor)),
        floored=floored,
        unit=str(table.unit),
        final=final,
    )


def check_floor(floor: float) -> None:
    """Refuse a floor that is none."""
    if not 0 <= floor < 0.5:
        raise OptionError(f"floor is {floor}; it must lie in [0, 0.5)")


def _check_options(
    theta: Array,
    tariffs: Array | None,
    *,
    floor: float,
    mixes: str,
    shape: tuple[int, int, int],
) -> None:
    S = shape[0]
    if theta.shape != (S,) or not np.all(np.isfinite(theta)) or np.any(theta <= 0):
        raise OptionError(f"theta must be {S} finite numbers above 0, one per sector")
    check_floor(floor)
    if mixes not in ("actual", "cr2014"):
        raise OptionError(f"mixes={mixes!r} is not one of 'actual', 'cr2014'")
    if tariffs is not None:
        rates = np.asarray(tariffs)
        if rates.shape != shape or not np.all(np.isfinite(rates)) or np.any(rates <= -1):
            raise OptionError(f"tariffs must be {shape} finite rates above -1")
        if rates.size and rates.min() >= 1:
            raise OptionError(
                "every tariff is 100 % or more, even at home: give rates (0.1), not factors (1.1)"
            )


def _treat_negatives(table: Table) -> tuple[Array, Array, list[str]]:
    """Final use by region without negatives, the output it calls for, and what was done."""
    said = []
    negative = table.Y < 0
    Y = table.uses.sum_by_region(np.maximum(table.Y, 0.0), axis=1)
    if negative.any():
        said.append(
            f"{int(negative.sum())} negative final uses ({-table.Y[negative].sum():.4g} "
            f"{table.unit}) set to 0, output recomputed as x = LY1"
        )
    if (table.Z < 0).any():
        said.append(f"{int((table.Z < 0).sum())} negative intermediate flows set to 0")
    operator = table.L
    if (table.Z < 0).any():
        operator = leontief(np.maximum(table.Z, 0.0), table.x, list(table.industries.starts))
    x = np.maximum(operator.solve(Y.sum(axis=1)).values, 0.0)
    # An industry that buys inputs but has no output in the data stays without output.
    return Y, np.where(table.x > 0, x, 0.0), said


def _by_buyer(Z: Array, tau: Array, industries, S: int) -> Array:  # noqa: ANN001
    """(S, n) what each industry buys of each product, tariffs included."""
    r, s = industries.region_of, industries.sector_of
    inputs = np.zeros((S, Z.shape[1]))
    rates = tau[s][:, :, :]  # (n, N importer, N exporter)
    own = rates[np.arange(len(r)), :, r]  # (n, N): tariff of importer n on industry i
    np.add.at(inputs, s, Z * (1.0 + own[:, r]))
    return inputs


def _shares(values: Array, spending: Array) -> Array:
    """π, with home as only supplier where nothing is bought at all."""
    safe = np.where(spending > 0, spending, 1.0)
    pi = values / safe[:, :, None]
    j, n = np.nonzero(spending <= 0)
    pi[j, n, n] = 1.0
    return pi


def _floor(
    table: Table, pi: Array, spending: Array, floor: float
) -> tuple[Array, tuple[tuple[str, str, float], ...]]:
    N = pi.shape[1]
    own = pi[:, np.arange(N), np.arange(N)]
    low = (own < floor) & (spending > 0)
    pi = pi.copy()
    listed = []
    for j, n in np.argwhere(low):
        listed.append((table.regions[n], table.sectors[j], float(own[j, n])))
        pi[j, n] *= (1.0 - floor) / (1.0 - own[j, n])
        pi[j, n, n] = floor
    return pi, tuple(listed)


def _say_floor(floored: tuple[tuple[str, str, float], ...], floor: float) -> list[str]:
    if not floored:
        return []
    named = ", ".join(f"{r}:{s}" for r, s, _ in floored[:5])
    return [
        f"own share raised to {floor:.2%} in {len(floored)} cells without enough domestic supply "
        f"({named}{', …' if len(floored) > 5 else ''})"
    ]


def _treat_negative_value_added(table: Table, Gamma: Array) -> list[str]:
    """Scale inputs that cost more than output to just use it up; labour's share is then 0."""
    cost = Gamma.sum(axis=1)  # (N, S)
    over = np.argwhere(cost > 1.0)
    if not len(over):
        return []
    for n, j in over:
        Gamma[n, :, j] /= cost[n, j]
    named = ", ".join(f"{table.regions[n]}:{table.sectors[j]}" for n, j in over[:5])
    return [
        f"inputs scaled down to the value of output in {len(over)} industries with negative "
        f"value added ({named}{', …' if len(over) > 5 else ''})"
    ]
