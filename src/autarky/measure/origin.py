"""Value added by origin: who earns what is spent on a region's final use, exports or products.

May import `table`, `results`, `measure.flows`, `measure.economies` and below.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Industries
from autarky.errors import OptionError
from autarky.measure import flows
from autarky.measure.economies import Economies, Group, sector_parameters, sector_positions
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bundle = Literal["final_use", "exports", "final_output"]
Level = Literal["region", "sector"]

QUESTIONS = {
    "final_use": "Whose value added is in what each region finally uses?",
    "exports": "Whose value added is in what each region exports?",
    "final_output": "Whose value added is in the final products that each region makes?",
}


# --- kernels: bare arrays, the field's symbols ----------------------------------------------------


def bundles(of: Bundle, sales: Array, Y: Array, region_of: NDArray[np.intp], home: Bools) -> Array:
    """The goods that each economy uses or sells, (n, E) [money/yr].

    Parameters
    ----------
    of : {"final_use", "exports", "final_output"}
    sales : (n, R) array
        What each industry sells to each region, for any use [money/yr].
    Y : (n, R) array
        What each industry sells for final use [money/yr].
    region_of : (n,) int array
        Region of each industry.
    home : (E, R) bool array
        Which regions each economy consists of.
    """
    if of == "final_use":
        return Y @ home.T.astype(np.float64)
    own = home[:, region_of].T
    if of == "final_output":
        return np.where(own, Y.sum(axis=1)[:, None], 0.0)
    return np.where(own, sales @ (~home).T.astype(np.float64), 0.0)


def foreign_share(earned: Array, home: Bools) -> Array:
    """1 − own share of the value added in each bundle; `earned` and `home` are (R, E)."""
    total = earned.sum(axis=0)
    abroad = np.where(home, 0.0, earned).sum(axis=0)
    return np.divide(abroad, total, out=np.zeros_like(total), where=total != 0)


# --- the measure ----------------------------------------------------------------------------------


def value_added_origin(
    table: Table,
    *,
    of: Bundle = "final_use",
    regions: str | Iterable[str] | None = None,
    group: Group | None = None,
    sectors: str | Iterable[str] | None = None,
    partners: str | Iterable[str] | None = None,
    by: Level = "region",
) -> Dependence:
    """Whose value added is in what each region finally uses, exports or makes.

    Parameters
    ----------
    table : Table
    of : {"final_use", "exports", "final_output"}
        What is traced to its origins: what the region finally uses, wherever it was made; its
        gross exports (their foreign part is the foreign content, counted at every crossing); or
        the final products that its industries make, wherever they are used (the income of a
        global value chain in Timmer et al. 2014).
    regions : str or sequence of str, optional
        Users, exporters or makers; all by default.
    group : sequence of str, or mapping of label to them, optional
        Treat these regions as one economy: trade among them is not foreign.
    sectors : str or sequence of str, optional
        Only these products (the sector that sells them), added up; all by default.
    partners : str or sequence of str, optional
        Only these origins; shares remain shares of the whole.
    by : {"region", "sector"}
        One number per region of origin, or per industry of origin.

    Returns
    -------
    Dependence
        `va_origin` [money/yr] and `va_origin_share` by partner (the origin), and
        `va_foreign_share` in total.

    Raises
    ------
    LabelError
        A region, partner or sector is unknown.
    OptionError
        `of` or `by` is something else, or `regions` and `group` are both given.

    Notes
    -----
    v̂Ly with y the bundle. For final use and all regions it sums to world value added where
    x = LY1, because vL = 1. Final use is that from industries: a table's taxes and margins on
    final use, where it has them, are no industry's value added.

    References
    ----------
    Johnson & Noguera (2012), Journal of International Economics 86(2), 224–236.
    Timmer, Erumban, Los, Stehrer & de Vries (2014), Journal of Economic Perspectives 28(2), 99–118.

    Examples
    --------
    >>> Z = [[10, 5, 2, 1], [4, 20, 1, 6], [3, 2, 15, 5], [1, 8, 6, 30]]
    >>> Y = [[30, 4], [40, 9], [5, 60], [6, 70]]
    >>> table = Table.from_arrays(Z, Y, regions=["HOM", "ABR"], sectors=["raw", "made"])
    >>> origin = value_added_origin(table, regions="HOM")
    >>> origin.tidy("va_origin_share")[["region", "partner", "value"]].round(4)
      region partner   value
    0    HOM     HOM  0.7506
    1    HOM     ABR  0.2494
    """
    if of not in get_args(Bundle):
        raise OptionError(f"of={of!r} is not one of {', '.join(map(repr, get_args(Bundle)))}")
    if by not in get_args(Level):
        raise OptionError(f"by={by!r} is not one of {', '.join(map(repr, get_args(Level)))}")
    economies = Economies.of(table, regions, group)
    chosen = sector_positions(table, sectors)
    industries, sums = table.industries, table.industries.sum_by_region

    sales = flows.sales_by_region(table) if of == "exports" else table.Y_by_region
    y = bundles(of, sales, table.Y_by_region, industries.region_of, economies.home)
    y[~np.isin(industries.sector_of, chosen)] = 0.0
    solution = table.L.solve(y)
    by_industry = table.v[:, None] * solution.values
    by_region = sums(by_industry, axis=0)

    origins = flows.positions(table, partners)
    amount = by_region if by == "region" else by_industry
    total = by_region.sum(axis=0)
    share = np.divide(amount, total, out=np.zeros_like(amount), where=total != 0)
    if by == "region":
        rows = origins
        partner = Dimension.of(table.regions.select(origins), "partner")
    else:
        rows = np.concatenate([np.arange(table.n)[industries.block(int(r))] for r in origins])
        partner = _industry_dimension(industries, rows)
    user = Dimension({"region": economies.labels})
    return Dependence(
        "value_added_origin",
        QUESTIONS[of],
        (
            Field("va_origin", amount[rows], (partner, user)),
            Field("va_origin_share", share[rows], (partner, user)),
            Field("va_foreign_share", foreign_share(by_region, economies.home.T), (user,)),
        ),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=(solution.certificate,),
        warnings=(*flows.caveats(table), *_warnings(table, economies, total)),
        parameters={
            "of": of,
            **economies.parameters,
            **sector_parameters(table, chosen),
            **({} if partners is None else {"partners": [table.regions[r] for r in origins]}),
            "by": by,
        },
    )


def _industry_dimension(industries: Industries, rows: NDArray[np.intp]) -> Dimension:
    regions, sectors = industries.columns()
    return Dimension(
        {
            "partner": tuple(regions[i] for i in rows),
            "partner_sector": tuple(sectors[i] for i in rows),
        }
    )


def _warnings(table: Table, economies: Economies, total: Array) -> tuple[str, ...]:
    """Industries without output, and economies with nothing to trace."""
    found = []
    idle = int((table.x <= 0).sum())
    if idle:
        found.append(
            f"no output: {idle} industries have none; what is bought from them has no origin"
        )
    empty = [label for label, value in zip(economies.labels, total, strict=True) if value == 0]
    if empty:
        found.append(f"nothing to trace for {', '.join(empty)}; their shares read 0")
    return tuple(found)
