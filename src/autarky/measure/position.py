"""How far from final use, and how far from primary inputs: upstreamness and downstreamness.

May import `table`, `results` and below, and its siblings' helpers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.leontief import LeontiefOperator, safe_reciprocal
from autarky.measure import flows
from autarky.measure._labels import as_list, choose, idle, rows_of
from autarky.results import Dependence, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]

VARIABLES = ("upstreamness", "downstreamness", "f_go", "va_go")


# --- kernels ----------------------------------------------------------------------------------


def inventory_scale(x: Array, N: Array) -> Array:
    """(n,) x / (x − N): what scales a row so that all sales but stock-building add up to output.

    Parameters
    ----------
    x : (n,) array
        Output [money/yr].
    N : (n,) array
        Net inventory use of each row [money/yr].

    Notes
    -----
    A row without output has scale 0: it sells nothing. A row that sells nothing but stocks
    (x ≤ N) has no such scale and keeps 1.
    """
    rest = x - N
    scale = np.divide(x, rest, out=np.ones_like(x), where=rest > 0)
    return np.where(x > 0, scale, 0.0)


def steps(
    Z: Array, x: Array, scale: Array, starts: Sequence[int]
) -> tuple[Array, Array, tuple[Certificate, Certificate]]:
    """U = (I − B)⁻¹1 and D = (I − Aᵀ)⁻¹1 with B = x̂⁻¹ŝZ and A = ŝZx̂⁻¹; 0 without output.

    Parameters
    ----------
    Z : (n, n) array
        Flows [money/yr].
    x, scale : (n,) array
        Output [money/yr]; the factor s of every row.
    starts : (R + 1,) sequence of int
        First position of each region, and n.

    Returns
    -------
    U, D : (n,) array [steps]
    certificates : of the two systems

    Notes
    -----
    A and B are similar, B = x̂⁻¹Ax̂, so xᵀU = 1ᵀ(I − A)⁻¹x = xᵀD: the world has one length. For
    this to hold exactly, industries without output are left out as buyers and as sellers.
    """
    live = (x > 0).astype(np.float64)
    per_output = safe_reciprocal(x)
    one = np.ones_like(x)
    U = LeontiefOperator(Z, scale * per_output, live, starts).solve(one)
    D = LeontiefOperator(Z, scale, per_output, starts).solve_left(one)
    return U.values * live, D.values * live, (U.certificate, D.certificate)


def shares(Z: Array, F: Array, x: Array, scale: Array) -> tuple[Array, Array]:
    """F/GO and VA/GO: scaled final use over output, and 1 − 1ᵀA; 0 without output.

    Parameters
    ----------
    Z : (n, n) array
        Flows [money/yr].
    F, x, scale : (n,) array
        Final use of each row without inventories [money/yr], output [money/yr], row factors.
    """
    per_output = safe_reciprocal(x)
    value_added = np.where(x > 0, 1.0 - (scale @ Z) * per_output, 0.0)
    return F * scale * per_output, value_added


# --- the measure ------------------------------------------------------------------------------


def position(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    sectors: str | Iterable[str] | None = None,
    by: Literal["industry", "region"] = "industry",
    inventories: Literal["correct", "ignore"] = "correct",
) -> Dependence:
    """How many steps an industry stands from final use, and how many from primary inputs.

    Parameters
    ----------
    table : Table
    regions, sectors : str or sequence of str, optional
        Whose numbers; all by default. The chains always run through the whole table.
    by : {"industry", "region"}
        "region" first adds up each region to one industry, as the tables by country of Antràs
        and Chor do: trade inside a country then counts as one step each time.
    inventories : {"correct", "ignore"}
        "correct" takes net inventory use N out and scales each row by x / (x − N), so that stock
        that is built up has the same uses as the rest; "ignore" counts it as final use.

    Returns
    -------
    Dependence
        `upstreamness`, `downstreamness` [steps], `f_go`, `va_go` [share] by industry, and each
        once for the world (region and sector "total"), weighted by output, where upstreamness
        and downstreamness are equal. Industries without output have 0.

    Raises
    ------
    LabelError
        An unknown region or sector.
    OptionError
        `by` or `inventories` has another value, or `sectors` is given with ``by="region"``.
    NotProductiveError, ConvergenceError
        The table has no non-negative inverse, or the solution is not good enough.

    Notes
    -----
    U = (I − B)⁻¹1, bᵢⱼ = zᵢⱼ/xᵢ; D = (I − Aᵀ)⁻¹1, aᵢⱼ = zᵢⱼ/xⱼ.

    References
    ----------
    Antràs, P. and Chor, D. (2018), "On the measurement of upstreamness and downstreamness in
    global value chains", in World Trade Evolution, Routledge; NBER working paper 24185 (2017).

    Examples
    --------
    Everything that s1 makes goes into s2, and s2 sells to final users alone:

    >>> from autarky.table import Table
    >>> table = Table.from_arrays(
    ...     [[0, 40], [0, 0]], [[0], [100]], regions=["A"], sectors=["s1", "s2"]
    ... )
    >>> result = position(table, inventories="ignore")
    >>> result.value("upstreamness", region="A", sector="s1")
    2.0
    >>> result.value("downstreamness", region="A", sector="s2")
    1.4
    """
    choose("by", by, ("industry", "region"))
    choose("inventories", inventories, ("correct", "ignore"))
    if by == "region":
        if sectors is not None:
            raise OptionError('by="region" adds up all sectors: leave sectors= out')
        table = table.aggregate(sectors={"total": table.sectors.labels})
    industries, x = table.industries, table.x
    rows = industries.locate(as_list(regions), as_list(sectors))
    N, warnings = _inventories(table, inventories)
    scale = inventory_scale(x, N)
    U, D, certificates = steps(table.Z, x, scale, industries.starts.tolist())
    f_go, va_go = shares(table.Z, table.Y.sum(axis=1) - N, x, scale)
    values = dict(zip(VARIABLES, (U, D, f_go, va_go), strict=True))
    total = x.sum()
    world = {n: (x @ v / total if total > 0 else 0.0) for n, v in values.items()}
    return Dependence(
        "position",
        "How many steps is an industry from final use, and how many from primary inputs?",
        (
            *(Field(n, v[rows], (rows_of(industries, rows),)) for n, v in values.items()),
            *(Field(n, np.asarray(v), ()) for n, v in world.items()),
        ),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=certificates,
        warnings=(
            *flows.caveats(table),
            *idle(table, "their steps and shares read 0, and they are in nobody's chain"),
            *warnings,
        ),
        parameters={
            "regions": as_list(regions),
            "sectors": as_list(sectors),
            "by": by,
            "inventories": inventories,
        },
    )


def _inventories(table: Table, treatment: str) -> tuple[Array, tuple[str, ...]]:
    """(n,) net inventory use of each row (0 when ignored), and what to say about it."""
    columns = table.uses.of_kind("inventories")
    if treatment == "ignore":
        return np.zeros(table.n), ()
    if not columns.size:
        return np.zeros(table.n), (
            "the table has no column of inventories: nothing was corrected, and any stock-building "
            "counts as final use",
        )
    N = table.Y[:, columns].sum(axis=1)
    stuck = np.flatnonzero((table.x > 0) & (table.x <= N))
    if not stuck.size:
        return N, ()
    named = ", ".join(table.industries.label(i) for i in stuck[:3])
    return N, (
        f"{stuck.size} industries put all they make into stock ({named}"
        f"{', …' if stuck.size > 3 else ''}): their rows are not scaled for inventories",
    )
