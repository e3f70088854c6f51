"""Value added in exports: how much of what a country sells abroad it made itself.

Borin & Mancini's exporter perspective, with the indicators of Johnson & Noguera, Hummels, Ishii &
Yi and Koopman, Wang & Wei beside it. Needs domestic inverses and a few solves per exporter; never
L itself. May import `table`, `results`, `leontief`, `measure.flows`, `measure.economies` and below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError, OptionError
from autarky.leontief import block_inverses, safe_reciprocal
from autarky.measure import flows
from autarky.measure.economies import Economies, Group
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: What the amounts are, in the order of the result; each is an (n,) or (exporters,) array.
AMOUNTS = ("exports", "dc", "dva", "vax", "ref", "ddc", "fc", "fva", "fdc", "davax", "vs", "vs1")
#: Share of exports → the amounts it sums, with their signs.
SHARES = {
    "dva_share": {"dva": 1},
    "vax_ratio": {"vax": 1},
    "vs_share": {"vs": 1},
    "vs1_share": {"vs1": 1},
    "gvc": {"fc": 1, "ddc": 1, "dva": 1, "davax": -1},
    "gvc_backward": {"fc": 1, "ddc": 1},
    "gvc_forward": {"dva": 1, "davax": -1},
}
#: A gap of DVA − VAX − REF above this share of exports is worth a warning.
GAP = 1e-6


@dataclass(frozen=True)
class Exporter:
    """One economy whose exports are measured: a region, or several as one.

    Parameters
    ----------
    label : str
        "DEU", or the name of a group.
    regions : int array
        Positions of its regions.
    block : int array
        Positions of its industries.
    """

    label: str
    regions: IntArray
    block: IntArray

    def by_sector(
        self, sector_of: IntArray, values: Array, axis: int = 0
    ) -> tuple[IntArray, Array]:
        """Positions of its sectors, and values by them: a group's members are added up.

        Parameters
        ----------
        sector_of : (n,) int array
            Sector of each industry.
        values : array
            With an axis over the industries of `block`.
        axis : int
            Which one.
        """
        sectors = sector_of[self.block]
        if self.regions.size == 1:
            return sectors, values
        order = np.argsort(sectors, kind="stable")
        present, first = np.unique(sectors[order], return_index=True)
        return present, np.add.reduceat(np.take(values, order, axis=axis), first, axis=axis)


# --- kernels: bare arrays, the field's symbols ----------------------------------------------------


def domestic_inverses(Z: Array, x: Array, starts: IntArray) -> list[Array]:
    """L̃ᵣᵣ = (I − Aᵣᵣ)⁻¹ of every region, each (S_r, S_r)."""
    return block_inverses(Z, np.ones_like(x), safe_reciprocal(x), [int(s) for s in starts])


def value_without(
    Z: Array,
    x: Array,
    v: Array,
    starts: IntArray,
    *,
    inverses: Sequence[Array],
    without: NDArray[np.bool_],
    tolerance: float = 1e-10,
    max_sweeps: int = 500,
) -> tuple[Array, Certificate]:
    """Value added per unit of output in the table without some regions, once for each exporter.

    Column s solves p' = v' + p'A over the industries outside exporter s, with p = 0 inside it:
    what reaches s from there has never been in s before. All columns are swept at once by block
    Gauss–Seidel: their matrices differ only in the block held at zero.

    Parameters
    ----------
    Z : (n, n) array
        Flows [money/yr].
    x, v : (n,) array
        Output [money/yr]; value added per unit of it.
    starts : (R + 1,) int array
        First position of each region, and n.
    inverses : sequence of (S_r, S_r) array
        From `domestic_inverses`.
    without : (R, m) bool array
        Whether region r belongs to exporter s.
    tolerance : float
        Largest residual, relative to the largest right-hand side, that counts as an answer.
    max_sweeps : int
        Give up after so many.

    Returns
    -------
    p : (n, m) array
    certificate : Certificate

    Raises
    ------
    ConvergenceError
        The sweeps do not settle: the table is not productive, or nearly so.
    """
    per_output = safe_reciprocal(x)
    held = np.repeat(without, np.diff(starts), axis=0)
    p = np.where(held, 0.0, v[:, None])
    sweeps = 0
    while sweeps < max_sweeps:
        sweeps, change = sweeps + 1, 0.0
        for r, (lo, hi) in enumerate(pairwise(starts)):
            inflow = Z[:, lo:hi].T @ p - Z[lo:hi, lo:hi].T @ p[lo:hi]
            new = inverses[r].T @ (v[lo:hi, None] + per_output[lo:hi, None] * inflow)
            new[:, without[r]] = 0.0
            change = max(change, float(np.abs(new - p[lo:hi]).max(initial=0.0)))
            p[lo:hi] = new
        size = float(np.abs(p).max(initial=0.0)) or 1.0
        # Three digits beyond the tolerance: a sweep gains about one, and costs little here.
        if change <= tolerance / 1000 * size or not size < 1e9:  # the latter catches NaN too
            break
    error = np.where(held, 0.0, v[:, None] + per_output[:, None] * (Z.T @ p) - p)
    residual = float(np.abs(error).max(initial=0.0)) / (float(np.abs(v).max()) or 1.0)
    if residual <= tolerance:
        return p, Certificate("block Gauss–Seidel", sweeps, residual, tolerance)
    raise ConvergenceError(
        "the sweeps over the table without each exporter did not settle: column sums of A at or "
        "above 1 make a table unproductive (table.check() lists them)",
        iterations=sweeps,
        residual=residual,
    )


def decompose(
    A: Array, v: Array, e: Array, *, Y: Array, q: Array, h: Array, inflow: Array
) -> dict[str, Array]:
    """The exports of one economy by exporting sector.

    Parameters
    ----------
    A : (m, m) array
        Its domestic input coefficients.
    v, e : (m,) array
        Its value added per unit of output, and exports [money/yr].
    Y : (m,) array
        Its own final use of its own goods [money/yr].
    q : (m, 4) array
        Its rows of L times: its own final use; everybody else's; other regions' exports; and the
        exports that direct importers turn into their own final use, not multiplied by L.
    h : (m, 2) array
        Its columns of vₛL (own value added) and of vL (everybody's: 1, unless a supplier has
        no output).
    inflow : (m,) array
        Foreign value per unit of output that enters directly, and never was here before.

    Returns
    -------
    dict of (m,) array
        The `AMOUNTS` [money/yr].
    """
    domestic = np.eye(len(e)) - A
    own, foreign = np.linalg.solve(domestic.T, np.column_stack([v, inflow])).T
    # What leaves the country, by what becomes of it: (I − A)q is what home does not need of q.
    absorbed = domestic @ q[:, :3]
    dva, dc, fc, fva = own * e, h[:, 0] * e, (h[:, 1] - h[:, 0]) * e, foreign * e
    return {
        "exports": e,
        "dc": dc,
        "dva": dva,
        "vax": own * absorbed[:, 1],
        "ref": own * (absorbed[:, 0] - Y),
        "ddc": dc - dva,
        "fc": fc,
        "fva": fva,
        "fdc": fc - fva,
        "davax": own * q[:, 3],
        "vs": fc,
        "vs1": own * absorbed[:, 2],
    }


def domestic_chains(y: Array, starts: IntArray, inverses: Sequence[Array]) -> Array:
    """L̃ᵣᵣ yᵣ of every region: output for y that needs no round trip across a border, (n,)."""
    pairs = zip(pairwise(starts), inverses, strict=True)
    return np.concatenate([L @ y[lo:hi] for (lo, hi), L in pairs])


# --- the measure ----------------------------------------------------------------------------------


def value_added_in_exports(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    group: Group | None = None,
    by: Literal["region", "sector"] = "region",
) -> Dependence:
    """How much of each region's exports is its own value added, and whose the rest is.

    Parameters
    ----------
    table : Table
    regions : str or sequence of str, optional
        Exporters to measure; all by default.
    group : sequence of str, or mapping of label to them, optional
        Measure these regions as one exporter instead: trade among them is not exports, and value
        that moves among them has not left home.
    by : {"region", "sector"}
        Totals of each exporter, or one number per exporting sector. Value added is always that of
        the whole economy: `dva` of cars holds the steel and the services made at home.

    Returns
    -------
    Dependence
        Amounts `exports`, `dc`, `dva`, `vax`, `ref`, `ddc`, `fc`, `fva`, `fdc`, `davax`, `vs`,
        `vs1` [money/yr] and shares of exports `dva_share`, `vax_ratio`, `vs_share`, `vs1_share`,
        `gvc`, `gvc_backward`, `gvc_forward`; 0 where there are no exports.

    Raises
    ------
    LabelError
        A region is unknown.
    OptionError
        `by` is something else, `regions` and `group` are both given, a region is asked for twice,
        or a group is empty or the whole table.
    ConvergenceError
        The table is not productive, or nearly so.

    Notes
    -----
    With L̃ₛₛ = (I − Aₛₛ)⁻¹ and eₛ the exports of s: DC = vₛ Lₛₛ eₛ, DVA = vₛ L̃ₛₛ eₛ,
    FC = Σₜ vₜ Lₜₛ eₛ and FVA = Σₜ vₜ Lₜₛ Lₛₛ⁻¹ L̃ₛₛ eₛ over t ≠ s; DDC = DC − DVA and
    FDC = FC − FVA are counted again. DC + FC = DVA + DDC + FVA + FDC = exports always;
    DVA = VAX + REF where output is what final use calls for, x = LY1 (a warning says by how much
    it is not). Lₛₛ⁻¹ L̃ₛₛ is never formed: Σₜ vₜ Lₜₛ Lₛₛ⁻¹ = p'Aₛ, p the value added in the table
    without s.

    References
    ----------
    Borin & Mancini (2023), Economic Systems Research 35(4), 586–613.
    Johnson & Noguera (2012), Journal of International Economics 86(2), 224–236.
    Koopman, Wang & Wei (2014), American Economic Review 104(2), 459–494.

    Examples
    --------
    >>> Z = [[10, 5, 2, 1], [4, 20, 1, 6], [3, 2, 15, 5], [1, 8, 6, 30]]
    >>> Y = [[30, 4], [40, 9], [5, 60], [6, 70]]
    >>> table = Table.from_arrays(Z, Y, regions=["HOM", "ABR"], sectors=["raw", "made"])
    >>> result = value_added_in_exports(table, regions="HOM")
    >>> result.tidy(["exports", "dva", "fva"])[["region", "variable", "value"]].round(2)
      region variable  value
    0    HOM  exports  23.00
    1    HOM      dva  19.40
    2    HOM      fva   3.35
    """
    if by not in ("region", "sector"):
        raise OptionError(f"by={by!r} is not one of 'region', 'sector'")
    economies = Economies.of(table, regions, group)
    exporters = exporters_of(table, economies)
    parts, certificates = _decompose_all(table, exporters)
    warnings = (*flows.caveats(table), *_warnings(table, exporters, parts))
    if by == "region":
        dimension = Dimension({"region": tuple(one.label for one in exporters)})
        amounts = {name: np.array([part[name].sum() for part in parts]) for name in AMOUNTS}
    else:
        dimension, amounts = _by_sector(table, exporters, parts)
    shares = {name: _share(amounts, signs) for name, signs in SHARES.items()}
    return Dependence(
        "value_added_in_exports",
        "How much of its exports did each region make itself, and how much came from abroad?",
        tuple(Field(name, values, (dimension,)) for name, values in (amounts | shares).items()),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=certificates,
        warnings=warnings,
        parameters={**economies.parameters, "by": by},
    )


def exporters_of(table: Table, economies: Economies) -> list[Exporter]:
    """The economies with the positions of their regions and industries."""
    return [
        Exporter(label, np.flatnonzero(home), np.flatnonzero(home[table.industries.region_of]))
        for label, home in zip(economies.labels, economies.home, strict=True)
    ]


def _decompose_all(
    table: Table, exporters: list[Exporter]
) -> tuple[list[dict[str, Array]], tuple[Certificate, ...]]:
    """`decompose` for each exporter: two solves and one sweep for all of them together."""
    Z, x, v, Y, starts = table.Z, table.x, table.v, table.Y_by_region, table.industries.starts
    n, m, per_output = table.n, len(exporters), safe_reciprocal(table.x)
    sales = flows.sales_by_region(table)
    every = flows.exports(table)

    without = np.zeros((len(table.regions), m), dtype=bool)
    needs, earned = np.empty((n, 2 * m + 1)), np.zeros((n, m + 1))
    needs[:, -1], earned[:, -1] = Y.sum(axis=1), v
    for s, one in enumerate(exporters):
        without[one.regions, s] = True
        needs[:, s] = Y[:, one.regions].sum(axis=1)
        needs[:, m + s] = every
        needs[one.block, m + s] = 0.0
        earned[one.block, s] = v[one.block]
    right, left = table.L.solve(needs), table.L.solve_left(earned)
    inverses = domestic_inverses(Z, x, starts)
    p, swept = value_without(Z, x, v, starts, inverses=inverses, without=without)
    used = per_output * domestic_chains(
        Y[np.arange(n), table.industries.region_of], starts, inverses
    )

    parts = []
    for s, one in enumerate(exporters):
        b = one.block
        rows, own = Z[b], right.values[b, s]
        others = np.delete(np.arange(len(table.regions)), one.regions)
        direct = Y[np.ix_(b, others)].sum(axis=1) + rows @ np.where(
            np.isin(table.industries.region_of, others), used, 0.0
        )
        q = np.column_stack([own, right.values[b, -1] - own, right.values[b, m + s], direct])
        parts.append(
            decompose(
                rows[:, b] * per_output[b],
                v[b],
                sales[np.ix_(b, others)].sum(axis=1),
                Y=Y[np.ix_(b, one.regions)].sum(axis=1),
                q=q,
                h=left.values[b][:, [s, m]],
                inflow=per_output[b] * (p[:, s] @ Z[:, b]),
            )
        )
    return parts, (right.certificate, left.certificate, swept)


def _by_sector(
    table: Table, exporters: list[Exporter], parts: list[dict[str, Array]]
) -> tuple[Dimension, dict[str, Array]]:
    """One entry per exporter and sector; a group's members are added up by sector."""
    labels: list[tuple[str, str]] = []
    chunks = []
    for one, part in zip(exporters, parts, strict=True):
        stacked = np.stack([part[name] for name in AMOUNTS])
        sectors, values = one.by_sector(table.industries.sector_of, stacked, axis=1)
        labels += [(one.label, table.sectors[i]) for i in sectors]
        chunks.append(values)
    regions, sectors = zip(*labels, strict=True)
    return (
        Dimension({"region": regions, "sector": sectors}),
        dict(zip(AMOUNTS, np.concatenate(chunks, axis=1), strict=True)),
    )


def _share(amounts: dict[str, Array], signs: dict[str, int]) -> Array:
    total = sum(sign * amounts[name] for name, sign in signs.items())
    exports = amounts["exports"]
    return np.divide(total, exports, out=np.zeros_like(exports), where=exports != 0)


def _warnings(
    table: Table, exporters: list[Exporter], parts: list[dict[str, Array]]
) -> tuple[str, ...]:
    """Industries without output or exports, and accounts in which DVA is not VAX + REF."""
    found = []
    idle = sum(int((table.x[one.block] <= 0).sum()) for one in exporters)
    if idle:
        found.append(f"no output: {idle} industries have none; their numbers are 0")
    lost = sum(float((part["exports"] - part["dc"] - part["fc"]).sum()) for part in parts)
    sold = sum(float(part["exports"].sum()) for part in parts)
    if abs(lost) > GAP * abs(sold):
        found.append(
            f"no output: {lost / sold:.1e} of exports come from industries without output, whose "
            "content is unknown: DC + FC falls short by that much"
        )
    below = sum(int((part["exports"] < 0).sum()) for part in parts)
    if below:
        found.append(
            f"negative exports: {below} industries, where others drew down their inventories of "
            "what these make; shares of such exports mean nothing"
        )
    silent = [
        one.label for one, part in zip(exporters, parts, strict=True) if not np.any(part["exports"])
    ]
    if silent:
        found.append(f"no exports: {', '.join(silent)}; their shares read 0")
    gaps = [
        abs(float((part["dva"] - part["vax"] - part["ref"]).sum()))
        / (abs(float(part["exports"].sum())) or 1.0)
        for part in parts
    ]
    worst = int(np.argmax(gaps))
    if gaps[worst] > GAP:
        found.append(
            f"DVA differs from VAX + REF by up to {gaps[worst]:.2%} of exports "
            f"({exporters[worst].label}): output is not what final use calls for (x is not LY1); "
            "restore_rounding() and balance() mend it"
        )
    return tuple(found)
