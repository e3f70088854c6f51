"""How long the chains are: average propagation lengths, between industries or regions.

May import `table`, `results` and below, and its siblings' helpers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.leontief import LeontiefOperator, safe_reciprocal
from autarky.measure import flows
from autarky.measure._labels import as_list, choose, idle, rows_of
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
Certificates = tuple[Certificate, ...]

#: More pairs of industries than this are refused: nobody reads them, and WIOD alone has 2 million.
MAX_PAIRS = 250_000
#: Right-hand sides solved at a time, so that large tables need little memory beside themselves.
CHUNK = 512
#: An effect below this share of the demand behind it is rounding error, not a chain.
NOISE = 1e-15


# --- kernels ----------------------------------------------------------------------------------


def effects(L: LeontiefOperator, Z: Array, x: Array, F: Array) -> tuple[Array, Array, Certificates]:
    """(L − I)F and L(L − I)F: the effect of demand F on output, and the same times its steps.

    Parameters
    ----------
    L : LeontiefOperator
        (I − A)⁻¹.
    Z : (n, n) array
        Flows [money/yr].
    x : (n,) array
        Output [money/yr].
    F : (n, m) array
        Demands, one per column, each adding up to 1.

    Returns
    -------
    effect, steps_times_effect : (n, m) array

    Notes
    -----
    (L − I)F = L(AF) = Σₖ AᵏF, k ≥ 1, without the cancellation of a subtraction, and
    L(L − I)F = Σₖ k AᵏF.
    """
    first = L.solve(Z @ (safe_reciprocal(x)[:, None] * F))
    second = L.solve(first.values)
    return first.values, second.values, (first.certificate, second.certificate)


def ratio(steps_times_effect: Array, effect: Array, certificates: Certificates) -> Array:
    """Mean steps, NaN where there is no effect beyond the error of the solution."""
    out = np.full_like(effect, np.nan)
    noise = max(NOISE, *(100 * c.residual for c in certificates))
    return np.divide(steps_times_effect, effect, out=out, where=effect > noise)


def unit_columns(weights: Array, group_of: NDArray[np.intp], size: int) -> Array:
    """(n, size) weights by group, each column adding up to 1 (or 0 where the group has none)."""
    total = np.bincount(group_of, weights=weights, minlength=size)
    share = np.divide(
        weights, total[group_of], out=np.zeros_like(weights), where=total[group_of] > 0
    )
    columns = np.zeros((weights.size, size))
    columns[np.arange(weights.size), group_of] = share
    return columns


# --- the measure ------------------------------------------------------------------------------


def propagation_length(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    sectors: str | Iterable[str] | None = None,
    partners: str | Iterable[str] | None = None,
    partner_sectors: str | Iterable[str] | None = None,
    by: Literal["region", "industry"] = "region",
    weights: Literal["final", "output", "one"] = "final",
) -> Dependence:
    """How many steps lie, on average, between a product and the suppliers behind it.

    Parameters
    ----------
    table : Table
    regions, sectors : str or sequence of str, optional
        The products at the end of the chains: who makes them; all by default.
    partners, partner_sectors : str or sequence of str, optional
        The suppliers at the beginning of the chains; all by default.
    by : {"region", "industry"}
        "region" gives one mean for each pair of regions, and one for each region over all chosen
        suppliers (partner "total"), weighted as `weights` says: Σ wⱼ (L(L − I))ᵢⱼ over
        Σ wⱼ (L − I)ᵢⱼ, i over the partner's chosen sectors, j over the region's. "industry" gives
        every chosen pair of industries, 250,000 at most.
    weights : {"final", "output", "one"}
        With ``by="region"``, what the products of a region count by: their sales to final users
        (so that the number is the mean over the value that flows), their output, or alike.

    Returns
    -------
    Dependence
        `propagation_length` [steps], NaN where no chain links the two.

    Raises
    ------
    LabelError
        An unknown region or sector.
    OptionError
        An option has another value, or ``by="industry"`` would list too many pairs.
    NotProductiveError, ConvergenceError
        The table has no non-negative inverse, or the solution is not good enough.

    Notes
    -----
    (L − I)ᵢⱼ = Σₖ (Aᵏ)ᵢⱼ is what demand for j adds to i's output beyond the sale itself, and
    (L(L − I))ᵢⱼ = Σₖ k(Aᵏ)ᵢⱼ. Their ratio is the same read forwards, with the Ghosh inverse.

    References
    ----------
    Dietzenbacher, E., Romero, I. and Bosma, N. S. (2005), "Using average propagation lengths to
    identify production chains in the Andalusian economy", Estudios de Economía Aplicada 23,
    405-422.

    Examples
    --------
    s1 sells to s2 and s2 to s3, so s1 reaches s3 in two steps:

    >>> from autarky.table import Table
    >>> table = Table.from_arrays(
    ...     [[0, 20, 0], [0, 0, 50], [0, 0, 0]],
    ...     [[0], [0], [100]],
    ...     regions=["A"],
    ...     sectors=["s1", "s2", "s3"],
    ... )
    >>> result = propagation_length(table, by="industry", partner_sectors="s1")
    >>> result.value("propagation_length", sector="s3", partner_sector="s1")
    2.0
    """
    choose("by", by, ("region", "industry"))
    choose("weights", weights, ("final", "output", "one"))
    buyers = table.industries.locate(as_list(regions), as_list(sectors))
    sellers = table.industries.locate(as_list(partners), as_list(partner_sectors))
    warnings: tuple[str, ...] = ()
    if by == "industry":
        fields, certificates = _by_industry(table, buyers, sellers)
    else:
        w, warnings = _weights(table, weights)
        fields, certificates = _by_region(table, buyers, sellers, w)
    return Dependence(
        "propagation_length",
        "How many steps lie between a product and the suppliers behind it?",
        fields,
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=certificates,
        warnings=(
            *flows.caveats(table),
            *idle(table, "no chain begins or ends there"),
            *warnings,
        ),
        parameters={
            "regions": as_list(regions),
            "sectors": as_list(sectors),
            "partners": as_list(partners),
            "partner_sectors": as_list(partner_sectors),
            "by": by,
            "weights": weights if by == "region" else None,
        },
    )


def _by_industry(
    table: Table, buyers: NDArray[np.intp], sellers: NDArray[np.intp]
) -> tuple[tuple[Field, ...], Certificates]:
    pairs = buyers.size * sellers.size
    if pairs > MAX_PAIRS:
        raise OptionError(
            f'by="industry" would list {pairs:,} pairs, more than {MAX_PAIRS:,}: choose regions, '
            'sectors, partners or partner_sectors, or by="region"'
        )
    lengths = np.zeros((buyers.size, sellers.size))
    certificates: list[Certificate] = []
    for lo in range(0, buyers.size, CHUNK):
        chosen = buyers[lo : lo + CHUNK]
        F = np.zeros((table.n, chosen.size))
        F[chosen, np.arange(chosen.size)] = 1.0
        effect, weighted, proof = effects(table.L, table.Z, table.x, F)
        lengths[lo : lo + CHUNK] = ratio(weighted[sellers], effect[sellers], proof).T
        certificates.extend(proof)
    axes = rows_of(table.industries, buyers), rows_of(table.industries, sellers, "partner")
    worst = max(certificates, key=lambda c: c.residual, default=None)
    return (Field("propagation_length", lengths, axes),), (worst,) if worst else ()


def _by_region(
    table: Table, buyers: NDArray[np.intp], sellers: NDArray[np.intp], weights: Array
) -> tuple[tuple[Field, ...], Certificates]:
    region_of, R = table.industries.region_of, len(table.regions)
    chosen = np.zeros(table.n)
    chosen[buyers] = weights[buyers]
    columns = np.unique(region_of[buyers])
    F = unit_columns(chosen, region_of, R)[:, columns]
    effect, weighted, certificates = effects(table.L, table.Z, table.x, F)
    keep = np.zeros((table.n, 1))
    keep[sellers] = 1.0
    effect = table.industries.sum_by_region(effect * keep)
    weighted = table.industries.sum_by_region(weighted * keep)
    rows = np.unique(region_of[sellers])
    region = Dimension.of(table.regions.select(columns))
    partner = Dimension.of(table.regions.select(rows), "partner")
    pairs = ratio(weighted, effect, certificates)[rows].T
    total = ratio(weighted.sum(axis=0), effect.sum(axis=0), certificates)
    fields = (
        Field("propagation_length", pairs, (region, partner)),
        Field("propagation_length", total, (region,)),
    )
    return fields, certificates


def _weights(table: Table, kind: str) -> tuple[Array, tuple[str, ...]]:
    """(n,) what each product counts by, and what to say about it; 0 without output."""
    live = table.x > 0
    if kind == "one":
        return live.astype(np.float64), ()
    if kind == "output":
        return np.where(live, table.x, 0.0), ()
    final = np.where(live, table.Y.sum(axis=1), 0.0)
    negative = int(np.count_nonzero(final < 0))
    if not negative:
        return final, ()
    return np.maximum(final, 0.0), (
        f"{negative} products have negative final use (stocks run down): they count by 0",
    )
