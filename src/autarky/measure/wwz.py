"""The sixteen terms of Wang, Wei & Zhu (2013): every bilateral flow, by origin and end.

One exporter's sector, one importer. Needs the diagonal blocks of L applied to the bundles of each
importer, so one solve with a few columns per importer; never L itself. May import `table`,
`results`, `leontief`, `measure.exports`, `measure.kww` and below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Industries
from autarky.errors import OptionError
from autarky.leontief import safe_reciprocal
from autarky.measure import flows
from autarky.measure.economies import Economies, Group
from autarky.measure.exports import Exporter, domestic_chains, domestic_inverses, exporters_of
from autarky.measure.kww import gaps
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
Level = Literal["region", "partner", "sector"]

#: The terms in the order of the paper.
TERMS = (
    "wwz_dva_fin",
    "wwz_dva_int",
    "wwz_dva_intrex_i1",
    "wwz_dva_intrex_f",
    "wwz_dva_intrex_i2",
    "wwz_rdv_fin",
    "wwz_rdv_fin2",
    "wwz_rdv_int",
    "wwz_ddc_fin",
    "wwz_ddc_int",
    "wwz_mva_fin",
    "wwz_mva_int",
    "wwz_mdc",
    "wwz_ova_fin",
    "wwz_ova_int",
    "wwz_odc",
)

#: KWW's terms as sums of these (table E2 of the paper), counted from 0.
TO_KWW = ((0,), (1, 2), (3, 4), (5, 6), (7,), (8, 9), (10, 13), (11, 14), (12, 15))


# --- kernels: bare arrays, the field's symbols ----------------------------------------------------


@dataclass(frozen=True)
class Chains:
    """Output that final use calls for, by where the good is finished and who uses it.

    Every array is (n, E) or (n,) [money/yr]; s is the exporter of a column, r the region of a row,
    and L the block of the Leontief inverse that leads to r.

    Parameters
    ----------
    used_by, home_of, sold_by : (n, E) array
        (LYₛ)ᵣ, everything s uses; Lᵣₛ Yₛₛ, what s makes for itself; Lᵣₛ Σₜ Yₛₜ, what s makes for
        anybody. All three with the blocks of a group joined.
    finished : (n, E) array
        Σ_{t∈s} Lᵣₜ Yₜₜ: as `home_of`, region by region inside a group.
    here_used_by : (n, E) array
        Lᵣᵣ Yᵣₛ.
    home, here_home, here : (n,) array
        Σₜ Lᵣₜ Yₜₜ over all regions; Lᵣᵣ Yᵣᵣ; Lᵣᵣ Σₜ Yᵣₜ.
    all : (n,) array
        LY1.
    """

    used_by: Array
    home_of: Array
    sold_by: Array
    finished: Array
    here_used_by: Array
    home: Array
    here_home: Array
    here: Array
    all: Array

    def through(self, s: int) -> Array:
        """(n, 8) the importers' output that terms 2 to 9 trace for exporter s [money/yr]."""
        home_abroad = self.home - self.finished[:, s] - self.here_home
        back_abroad = self.used_by[:, s] - self.home_of[:, s] - self.here_used_by[:, s]
        abroad = self.all - self.sold_by[:, s] - self.here
        return np.column_stack(
            [
                self.here_home,
                home_abroad,
                self.here - self.here_home - self.here_used_by[:, s],
                abroad - home_abroad - back_abroad,
                self.here_used_by[:, s],
                back_abroad,
                self.home_of[:, s],
                self.sold_by[:, s] - self.home_of[:, s],
            ]
        )


def chains(
    table: Table, exporters: list[Exporter], home: Array
) -> tuple[Chains, tuple[Certificate, ...]]:
    """Solve for `Chains`: one solve for all exporters, and one per importing region."""
    Y, n, m = table.Y_by_region, table.n, len(exporters)
    total = Y.sum(axis=1)
    by_user = np.column_stack([Y[:, one.regions].sum(axis=1) for one in exporters])
    inside = np.zeros((n, m))
    for s, one in enumerate(exporters):
        inside[one.block, s] = 1.0
    needs = np.hstack(
        [
            by_user,
            by_user * inside,
            total[:, None] * inside,
            home[:, None] * inside,
            np.column_stack([home, total]),
        ]
    )
    solution = table.L.solve(needs)
    certificates, q = [solution.certificate], solution.values

    own = np.column_stack([by_user, home, total])
    here = np.empty_like(own)
    for r in range(len(table.regions)):
        block = table.industries.block(r)
        only = np.zeros_like(own)
        only[block] = own[block]
        part = table.L.solve(only)
        here[block] = part.values[block]
        certificates.append(part.certificate)
    worst = max(certificates, key=lambda c: c.residual)
    return (
        Chains(
            used_by=q[:, :m],
            home_of=q[:, m : 2 * m],
            sold_by=q[:, 2 * m : 3 * m],
            finished=q[:, 3 * m : 4 * m],
            here_used_by=here[:, :m],
            home=q[:, 4 * m],
            here_home=here[:, m],
            here=here[:, m + 1],
            all=q[:, 4 * m + 1],
        ),
        (solution.certificate, worst),
    )


def sixteen_terms(
    own: Array,
    h: Array,
    *,
    partners: Array,
    others: Array,
    final: Array,
    sold: Array,
) -> Array:
    """The terms of one exporter of m industries to R importers, (16, m, R) [money/yr].

    Parameters
    ----------
    own, h : (m,) array
        vₛ L̃ₛₛ, and vₛ Lₛₛ.
    partners, others : (m, R) array
        vᵣ Lᵣₛ of each importer, and Σ_{t≠s,r} vₜ Lₜₛ of all others.
    final : (m, R) array
        Yₛᵣ [money/yr].
    sold : (11, m, R) array
        Aₛᵣ times what the importer makes for the eight ends of terms 2 to 9, Aₛᵣ L̃ᵣᵣ Yᵣᵣ,
        Aₛᵣ L̃ᵣᵣ eᵣ and Aₛᵣ xᵣ [money/yr].
    """
    foreign = np.stack([final, sold[8], sold[9]])
    return np.concatenate(
        [
            (h[:, None] * final)[None],
            own[:, None] * sold[:8],
            ((h - own)[:, None] * sold[10])[None],
            partners * foreign,
            others * foreign,
        ]
    )


# --- the measure ----------------------------------------------------------------------------------


def wwz(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    group: Group | None = None,
    by: Level = "partner",
) -> Dependence:
    """Every bilateral flow in the sixteen terms of Wang, Wei & Zhu.

    Parameters
    ----------
    table : Table
    regions : str or sequence of str, optional
        Exporters to measure; all by default.
    group : sequence of str, or mapping of label to them, optional
        Measure these regions as one exporter instead.
    by : {"region", "partner", "sector"}
        Totals of each exporter; by importing partner; or by exporting sector and partner.

    Returns
    -------
    Dependence
        `exports` and the sixteen variables `wwz_…` [money/yr] in the order of the paper. The
        partner is the direct importer; the exporter's own entries are 0.

    Raises
    ------
    LabelError
        A region is unknown.
    OptionError
        `by` is something else, `regions` and `group` are both given, or a group is empty or the
        whole table.

    Notes
    -----
    Equation 37 of the paper. The terms sum to bilateral exports, and over partners and sectors to
    the nine of `kww`, where x = LY1 (a warning says by how much they do not). Value is counted
    again here only when it crosses the same bilateral border, so sums over partners mix what is
    new for one importer with what is not for another: for totals of a country use
    `value_added_in_exports`.

    References
    ----------
    Wang, Wei & Zhu (2013), NBER Working Paper 19677.

    Examples
    --------
    >>> Z = [[10, 5, 2, 1], [4, 20, 1, 6], [3, 2, 15, 5], [1, 8, 6, 30]]
    >>> Y = [[30, 4], [40, 9], [5, 60], [6, 70]]
    >>> table = Table.from_arrays(Z, Y, regions=["HOM", "ABR"], sectors=["raw", "made"])
    >>> terms = wwz(table, regions="HOM")
    >>> parts = [terms.value(name, region="HOM", partner="ABR") for name in terms.variables[1:]]
    >>> len(parts), round(sum(parts), 2)
    (16, 23.0)
    """
    if by not in get_args(Level):
        raise OptionError(f"by={by!r} is not one of {', '.join(map(repr, get_args(Level)))}")
    economies = Economies.of(table, regions, group)
    exporters = exporters_of(table, economies)
    terms, exports, certificates = _all_terms(table, exporters)
    warnings = gaps(
        economies.labels,
        np.array([one.sum() for one in exports]),
        np.array([one.sum() for one in terms]),
    )
    stacked = [np.concatenate([e[None], t]) for e, t in zip(exports, terms, strict=True)]
    dimensions, values = _at_level(table, exporters, stacked, by)
    return Dependence(
        "wwz",
        "What is each bilateral flow of exports made of, and where does it end?",
        tuple(
            Field(name, one, dimensions)
            for name, one in zip(("exports", *TERMS), values, strict=True)
        ),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=certificates,
        warnings=(*flows.caveats(table), *warnings),
        parameters={**economies.parameters, "by": by},
    )


def _all_terms(
    table: Table, exporters: list[Exporter]
) -> tuple[list[Array], list[Array], tuple[Certificate, ...]]:
    """(16, m_s, R) terms and (m_s, R) exports of each exporter."""
    Z, Y, industries = table.Z, table.Y_by_region, table.industries
    R, starts, per_output = len(table.regions), industries.starts, safe_reciprocal(table.x)
    home = Y[np.arange(table.n), industries.region_of]
    traced, certificates = chains(table, exporters, home)
    earned = np.zeros((table.n, R))
    earned[np.arange(table.n), industries.region_of] = table.v
    left = table.L.solve_left(earned)
    H, everybody = left.values, left.values.sum(axis=1)
    inverses = domestic_inverses(Z, table.x, starts)
    used = domestic_chains(home, starts, inverses)
    resold = domestic_chains(flows.exports(table), starts, inverses)

    terms, exports = [], []
    for s, one in enumerate(exporters):
        b = one.block
        A = Z[b] * per_output
        ends = np.column_stack([traced.through(s), used, resold, table.x])
        sold = np.stack([_by_importer(A * end, industries) for end in ends.T])
        final = Y[b].copy()
        final[:, one.regions] = 0.0
        sold[:, :, one.regions] = 0.0
        own = np.linalg.solve(np.eye(b.size) - A[:, b].T, table.v[b])
        h = H[np.ix_(b, one.regions)].sum(axis=1)
        others = (everybody[b] - h)[:, None] - H[b]
        terms.append(sixteen_terms(own, h, partners=H[b], others=others, final=final, sold=sold))
        intermediate = _by_importer(Z[b], industries)
        intermediate[:, one.regions] = 0.0
        exports.append(intermediate + final)
    return terms, exports, (*certificates, left.certificate)


def _by_importer(values: Array, industries: Industries) -> Array:
    return industries.sum_by_region(values, axis=1)


def _at_level(
    table: Table, exporters: list[Exporter], values: list[Array], by: Level
) -> tuple[tuple[Dimension, ...], list[Array]]:
    """Dimensions, and one array per variable: (E,), (E, R) or (industries, R)."""
    partner = Dimension.of(table.regions, "partner")
    labels = tuple(one.label for one in exporters)
    if by != "sector":
        sums = np.stack([one.sum(axis=1) for one in values], axis=1)
        if by == "region":
            return (Dimension({"region": labels}),), list(sums.sum(axis=2))
        return (Dimension({"region": labels}), partner), list(sums)
    names: list[tuple[str, str]] = []
    chunks = []
    for one, part in zip(exporters, values, strict=True):
        sectors, summed = one.by_sector(table.industries.sector_of, part, axis=1)
        names += [(one.label, table.sectors[i]) for i in sectors]
        chunks.append(summed)
    regions, sectors = zip(*names, strict=True)
    exporter = Dimension({"region": regions, "sector": sectors})
    return (exporter, partner), list(np.concatenate(chunks, axis=1))
