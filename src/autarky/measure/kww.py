"""The nine terms of Koopman, Wang & Wei (2014): gross exports of a country, by origin and end.

Needs the rows vₛL and domestic inverses, never L. May import `table`, `results`, `leontief`,
`measure.exports` and below.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from autarky.leontief import safe_reciprocal
from autarky.measure import flows
from autarky.measure.economies import Economies, Group
from autarky.measure.exports import GAP, domestic_chains, domestic_inverses, exporters_of
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: The terms in the order of the paper.
TERMS = (
    "kww_dva_fin",
    "kww_dva_int",
    "kww_dva_intrex",
    "kww_rdv_fin",
    "kww_rdv_int",
    "kww_ddc",
    "kww_fva_fin",
    "kww_fva_int",
    "kww_fdc",
)


def nine_terms(
    A: Array,
    v: Array,
    e: Array,
    *,
    Y: Array,
    inside: Bools,
    back: Array,
    home: Array,
    h: Array,
    f: Array,
    used: Array,
    resold: Array,
) -> Array:
    """T₁ … T₉ of one exporter of m industries, (9,) [money/yr].

    Parameters
    ----------
    A : (m, n) array
        Its rows of input coefficients: what anyone buys from it per unit of output.
    v, e : (m,) array
        Its value added per unit of output, and its exports [money/yr].
    Y : (n,) array
        Final use of everybody [money/yr].
    inside : (n,) bool array
        Its industries.
    back : (n,) array
        Final use by the exporter [money/yr].
    home : (n,) array
        Final use by the region that the good was made in [money/yr].
    h : (n,) array
        vₛL: its value added per unit of every product.
    f : (n,) array
        Σ_{t≠s} vₜL: everybody else's.
    used, resold : (n,) array
        L̃ᵣᵣ Yᵣᵣ and L̃ᵣᵣ eᵣ: output of each region by domestic chains alone, for its own final
        use and for its exports [money/yr].
    """
    abroad = ~inside
    own = np.linalg.solve(np.eye(len(v)) - A[:, inside].T, v)
    # h(I − A) = vₛ, so what came home once, Σ_{r≠s} vₛ Lₛᵣ Aᵣₛ L̃ₛₛ, is hₛ − vₛ L̃ₛₛ.
    again = h[inside] - own
    final = (Y - back)[inside]
    third = Y - home - back
    return np.array(
        [
            h[inside] @ final,
            h[abroad] @ home[abroad],
            h[abroad] @ third[abroad],
            h[abroad] @ back[abroad],
            again @ back[inside],
            again @ e,
            f[inside] @ final,
            f[inside] @ (A[:, abroad] @ used[abroad]),
            f[inside] @ (A[:, abroad] @ resold[abroad]),
        ]
    )


# --- the measure ----------------------------------------------------------------------------------


def kww(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    group: Group | None = None,
) -> Dependence:
    """Gross exports of each region in the nine terms of Koopman, Wang & Wei.

    Parameters
    ----------
    table : Table
    regions : str or sequence of str, optional
        Exporters to measure; all by default.
    group : sequence of str, or mapping of label to them, optional
        Measure these regions as one exporter instead.

    Returns
    -------
    Dependence
        `exports`, and `kww_dva_fin`, `kww_dva_int`, `kww_dva_intrex` (1–3: value added absorbed
        abroad), `kww_rdv_fin`, `kww_rdv_int` (4–5: returned home), `kww_ddc` (6), `kww_fva_fin`,
        `kww_fva_int` (7–8) and `kww_fdc` (9) [money/yr].

    Raises
    ------
    LabelError
        A region is unknown.
    OptionError
        `regions` and `group` are both given, or a group is empty or the whole table.

    Notes
    -----
    Equation 36 of the paper. Terms 1 to 5 are domestic value added and terms 1 to 6 domestic
    content; the nine sum to exports where x = LY1 (a warning says by how much they do not). Terms
    7 to 9 part foreign content by what the direct importer does with it, not by how often it
    crossed the exporter's border: for that use `value_added_in_exports`.

    References
    ----------
    Koopman, Wang & Wei (2014), American Economic Review 104(2), 459–494.

    Examples
    --------
    >>> Z = [[10, 5, 2, 1], [4, 20, 1, 6], [3, 2, 15, 5], [1, 8, 6, 30]]
    >>> Y = [[30, 4], [40, 9], [5, 60], [6, 70]]
    >>> table = Table.from_arrays(Z, Y, regions=["HOM", "ABR"], sectors=["raw", "made"])
    >>> terms = kww(table, regions="HOM")
    >>> parts = [terms.value(name, region="HOM") for name in terms.variables[1:]]
    >>> round(terms.value("exports", region="HOM"), 2), round(sum(parts), 2)
    (23.0, 23.0)
    >>> round(sum(parts[:5]), 2)  # domestic value added
    19.4
    """
    economies = Economies.of(table, regions, group)
    exporters = exporters_of(table, economies)
    Z, Y, region_of = table.Z, table.Y_by_region, table.industries.region_of
    n, m, per_output = table.n, len(exporters), safe_reciprocal(table.x)

    earned = np.zeros((n, m + 1))
    earned[:, -1] = table.v
    for s, one in enumerate(exporters):
        earned[one.block, s] = table.v[one.block]
    solution = table.L.solve_left(earned)
    starts = table.industries.starts
    inverses = domestic_inverses(Z, table.x, starts)
    home, total, sales = Y[np.arange(n), region_of], Y.sum(axis=1), flows.sales_by_region(table)
    used = domestic_chains(home, starts, inverses)
    resold = domestic_chains(flows.exports(table), starts, inverses)

    terms, exports = np.empty((len(TERMS), m)), np.empty(m)
    for s, one in enumerate(exporters):
        inside = np.zeros(n, dtype=bool)
        inside[one.block] = True
        h = solution.values[:, s]
        e = np.delete(sales[one.block], one.regions, axis=1).sum(axis=1)
        exports[s] = e.sum()
        terms[:, s] = nine_terms(
            Z[one.block] * per_output,
            table.v[one.block],
            e,
            Y=total,
            inside=inside,
            back=Y[:, one.regions].sum(axis=1),
            home=home,
            h=h,
            f=solution.values[:, -1] - h,
            used=used,
            resold=resold,
        )
    dimension = Dimension({"region": economies.labels})
    return Dependence(
        "kww",
        "How much of its exports did each region make itself, and where do the parts end?",
        (
            Field("exports", exports, (dimension,)),
            *(Field(name, terms[k], (dimension,)) for k, name in enumerate(TERMS)),
        ),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=(solution.certificate,),
        warnings=(*flows.caveats(table), *gaps(economies.labels, exports, terms.sum(axis=0))),
        parameters=dict(economies.parameters),
    )


def gaps(labels: tuple[str, ...], exports: Array, explained: Array) -> tuple[str, ...]:
    """A warning where the terms miss exports by more than rounding error."""
    size = np.where(exports > 0, exports, 1.0)
    gap = np.abs(exports - explained) / size
    worst = int(np.argmax(gap))
    if gap[worst] <= GAP:
        return ()
    return (
        f"the terms miss exports by up to {gap[worst]:.1e} of them ({labels[worst]}): output is "
        "not what final use calls for (x is not LY1), or an industry sells without output; "
        "restore_rounding() and balance() mend it",
    )
