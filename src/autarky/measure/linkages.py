"""Which industries carry an economy: backward and forward linkages, and key sectors.

May import `table`, `results` and below, and its siblings' helpers.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.axes import IntArray
from autarky.leontief import ghosh, leontief, safe_reciprocal
from autarky.measure import flows
from autarky.measure._labels import as_list, choose, idle, rows_of
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
Certificates = tuple[Certificate, ...]
Levels = dict[str, Array]

#: An industry is above average only by more than rounding error.
AVERAGE = 1.0 + 1e-12


# --- kernels ----------------------------------------------------------------------------------


def direct(Z: Array, x: Array, I: Array) -> tuple[Array, Array]:  # noqa: E741
    """AᵀI and BI: purchases and sales per unit of output, by the groups of industries in I.

    Parameters
    ----------
    Z : (n, n) array
        Flows [money/yr].
    x : (n,) array
        Output [money/yr].
    I : (n, m) array
        One column of 0 and 1 per group of industries on the other side.

    Returns
    -------
    backward, forward : (n, m) array [1]
    """
    per_output = safe_reciprocal(x)[:, None]
    return per_output * (Z.T @ I), per_output * (Z @ I)


def normalised(linkage: Array, live: NDArray[np.bool_], group_of: IntArray) -> Array:
    """Each linkage over the mean of its group's live members; 0 for the others.

    Parameters
    ----------
    linkage : (n,) array [1]
    live : (n,) bool array
        Industries with output.
    group_of : (n,) int array
        The group whose mean counts: one for the world, or the own region.
    """
    count = np.bincount(group_of, weights=live)
    total = np.bincount(group_of, weights=np.where(live, linkage, 0.0))
    mean = np.divide(total, count, out=np.zeros_like(total), where=count > 0)[group_of]
    return np.divide(linkage, mean, out=np.zeros_like(linkage), where=live & (mean > 0))


def domestic_totals(Z: Array, x: Array, starts: IntArray) -> tuple[Array, Array, Certificates]:
    """1ᵀ(I − A_rr)⁻¹ and (I − B_rr)⁻¹1 of every region r on its own.

    Parameters
    ----------
    Z : (n, n) array
        Flows [money/yr].
    x : (n,) array
        Output [money/yr].
    starts : (R + 1,) int array
        First position of each region, and n.
    """
    backward, forward = np.ones_like(x), np.ones_like(x)
    certificates = []
    for lo, hi in pairwise(starts):
        block, own = Z[lo:hi, lo:hi], x[lo:hi]
        one, edge = np.ones(hi - lo), [0, hi - lo]
        b = leontief(block, own, edge).solve_left(one)
        f = ghosh(block, own, edge).solve(one)
        backward[lo:hi], forward[lo:hi] = b.values, f.values
        certificates += [b.certificate, f.certificate]
    return backward, forward, (max(certificates, key=lambda c: c.residual),)


# --- the measure ------------------------------------------------------------------------------


def linkages(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    sectors: str | Iterable[str] | None = None,
    scope: Literal["world", "domestic"] = "world",
    kind: Literal["total", "direct"] = "total",
    by: Literal["total", "partner"] = "total",
    partners: str | Iterable[str] | None = None,
) -> Dependence:
    """How much an industry pulls on its suppliers, and how much its buyers depend on it.

    Parameters
    ----------
    table : Table
    regions, sectors : str or sequence of str, optional
        Whose numbers; all by default. Means are always over all industries in scope.
    scope : {"world", "domestic"}
        "world" follows chains across borders and compares with all industries of the world;
        "domestic" keeps to the own region's block (I − A_rr)⁻¹ and compares inside it.
    kind : {"total", "direct"}
        Which linkages are normalised and decide about key sectors.
    by : {"total", "partner"}
        "partner" splits the linkages of scope "world" by the region on the other side: with
        partner = region the intraregional effect, with all others the interregional one.
    partners : str or sequence of str, optional
        Which of them to list; all by default. Only with ``by="partner"``.

    Returns
    -------
    Dependence
        `backward_linkage_direct`, `backward_linkage`, `forward_linkage_direct`,
        `forward_linkage`, `power_of_dispersion`, `sensitivity_of_dispersion` [1] and
        `key_sector` (0 or 1) by industry. Industries without output have 0.

    Raises
    ------
    LabelError
        An unknown region, sector or partner.
    OptionError
        An option has another value, or ``by="partner"`` meets ``scope="domestic"``.
    NotProductiveError, ConvergenceError
        The table has no non-negative inverse, or the solution is not good enough.

    Notes
    -----
    Backward: 1ᵀA and 1ᵀL, L = (I − A)⁻¹. Forward: B1 and G1, G = (I − B)⁻¹ (the supply side; the
    row sums of L, which older work uses, weight all final uses alike). Normalised: over the
    mean, so that 1 is the average industry.

    References
    ----------
    Rasmussen, P. N. (1956), Studies in inter-sectoral relations. Miller, R. E. and Blair, P. D.
    (2009), Input-output analysis, 2nd ed., chapter 12.

    Examples
    --------
    >>> from autarky.table import Table
    >>> table = Table.from_arrays(
    ...     [[150, 500], [200, 100]], [[350], [1700]], regions=["A"], sectors=["s1", "s2"]
    ... )
    >>> linkages(table)["backward_linkage"].round(4)
    array([1.5182, 1.4521])
    """
    choose("scope", scope, ("world", "domestic"))
    choose("kind", kind, ("total", "direct"))
    choose("by", by, ("total", "partner"))
    if by == "partner":
        choose('with by="partner", scope', scope, ("world",))
    elif partners is not None:
        choose("with partners=, by", by, ("partner",))
    industries = table.industries
    rows = industries.locate(as_list(regions), as_list(sectors))
    others = flows.positions(table, as_list(partners))
    values, split, certificates = _levels(table, scope, by)
    values |= _judgement(values, table, scope, kind)
    axis = rows_of(industries, rows)
    fields = [Field(name, v[rows], (axis,)) for name, v in values.items()]
    if by == "partner":
        other = Dimension.of(table.regions.select(others), "partner")
        fields += [Field(name, v[np.ix_(rows, others)], (axis, other)) for name, v in split.items()]
    return Dependence(
        "linkages",
        "Which industries pull on most suppliers, and on which do most buyers depend?",
        tuple(fields),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=certificates,
        warnings=(
            *flows.caveats(table),
            *idle(table, "their linkages read 0 and are in no mean"),
        ),
        parameters={
            "regions": as_list(regions),
            "sectors": as_list(sectors),
            "scope": scope,
            "kind": kind,
            "by": by,
            "partners": as_list(partners),
        },
    )


def _levels(table: Table, scope: str, by: str) -> tuple[Levels, Levels, Certificates]:
    """The four linkages (n,), their split by the other side's region (n, R), and the proofs."""
    industries, live = table.industries, table.x > 0
    own = (industries.region_of[:, None] == np.arange(len(table.regions))).astype(np.float64)
    backward, forward = direct(table.Z, table.x, own)
    split = {"backward_linkage_direct": backward, "forward_linkage_direct": forward}
    if scope == "domestic":
        at_home = np.arange(table.n), industries.region_of
        values = {name: v[at_home] for name, v in split.items()}
        backward, forward, certificates = domestic_totals(table.Z, table.x, industries.starts)
        values |= {"backward_linkage": backward * live, "forward_linkage": forward * live}
        return values, split, certificates
    ends = own if by == "partner" else np.ones((table.n, 1))
    b, f = table.L.solve_left(ends), table.G.solve(ends)
    split["backward_linkage"] = b.values * live[:, None]
    split["forward_linkage"] = f.values * live[:, None]
    values = {name: v.sum(axis=1) for name, v in split.items()}
    return values, split, (b.certificate, f.certificate)


def _judgement(values: Levels, table: Table, scope: str, kind: str) -> Levels:
    """The normalised linkages, and who is key."""
    suffix = "_direct" if kind == "direct" else ""
    one_group = np.zeros(table.n, dtype=np.intp)
    group = table.industries.region_of if scope == "domestic" else one_group
    live = table.x > 0
    power = normalised(values[f"backward_linkage{suffix}"], live, group)
    sensitivity = normalised(values[f"forward_linkage{suffix}"], live, group)
    key = (power > AVERAGE) & (sensitivity > AVERAGE)
    return {
        "power_of_dispersion": power,
        "sensitivity_of_dispersion": sensitivity,
        "key_sector": key.astype(np.float64),
    }
