"""Concentration of the suppliers of each product: at face value and looked through.

Kernels on bare arrays first, then the measure. May import `table`, `results` and below.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.measure import flows
from autarky.measure.economies import (
    Economies,
    Group,
    lump_caveat,
    sector_parameters,
    sector_positions,
)
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
View = Literal["face_value", "look_through"]
Suppliers = Literal["foreign", "all"]
Uses = Literal["all", "intermediate"]

#: A supplier with more than this share is a major one.
MAJOR = 0.05


def by_origin(
    bought: Array, region_of: NDArray[np.intp], sector_of: NDArray[np.intp], shape: tuple[int, int]
) -> Array:
    """(E, S, R) what each economy buys of each product from each region.

    Parameters
    ----------
    bought : (n, E) array
        What each economy buys from each industry [money/yr].
    region_of, sector_of : (n,) int array
    shape : (S, R)
        Number of products and regions.
    """
    out = np.zeros((bought.shape[1], *shape))
    out[:, sector_of, region_of] = bought.T
    return out


def shares(purchases: Array) -> tuple[Array, Array]:
    """Totals along the last axis, and shares in them (NaN where nothing is bought)."""
    total = purchases.sum(axis=-1)
    every = np.broadcast_to(total[..., None], purchases.shape)
    part = np.divide(purchases, every, out=np.full(purchases.shape, np.nan), where=every > 0)
    return total, part


def herfindahl(purchases: Array) -> Array:
    """Σ s_r² along the last axis; NaN where nothing is bought."""
    return (shares(purchases)[1] ** 2).sum(axis=-1)


def concentration(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    sectors: str | Iterable[str] | None = None,
    group: Group | None = None,
    view: View = "face_value",
    suppliers: Suppliers = "foreign",
    uses: Uses = "all",
) -> Dependence:
    """How concentrated the suppliers of each product are, and who the largest is.

    Parameters
    ----------
    table : Table
    regions : str or sequence of str, optional
        Whose purchases; all regions by default.
    sectors : str or sequence of str, optional
        Which products; all by default. Sector "total" adds up the products asked for.
    group : sequence of str or mapping of label → regions, optional
        Regions treated as one economy, instead of `regions`. A plain list is called "group".
    view : {"face_value", "look_through"}
        Suppliers that are paid, or all that make the product somewhere along the chain.
    suppliers : {"foreign", "all"}
        Compare foreign suppliers with each other, or with those at home too.
    uses : {"all", "intermediate"}
        Purchases for intermediate and final use, or as inputs alone.

    Returns
    -------
    Dependence
        By region and product, and in total: ``hhi`` [share], ``major_suppliers`` (with more than
        5 %), ``purchases`` [money/yr]; and ``largest_supplier_share``, whose partner column names
        the supplier. NaN, and no largest supplier, where nothing is bought.

    Raises
    ------
    LabelError
        An unknown region or sector.
    OptionError
        An option has another value, or `regions` and `group` are both given.

    Notes
    -----
    HHI = Σ_r s_r², with s_r supplier r's share in purchases of the product: 1/N for N equal
    suppliers, 1 for one. A group's members count as one home economy, but each foreign region as
    one supplier. What economy c buys is u_c = (Z_c + Y_c)1 at face value; look-through takes
    L u_c, all output made anywhere for these purchases. With ``uses="intermediate"`` that is the
    look-through of `dependence`, L A x_c = (L − I) x_c. Among equal suppliers the first in the
    order of the table is named. Withdrawals from inventories, which are negative final use, count
    as no purchase; so purchases can exceed the imports of `self_sufficiency`.

    References
    ----------
    Hirschman (1964), The paternity of an index, American Economic Review 54:761–762.

    Examples
    --------
    >>> from autarky import Table
    >>> table = Table.from_arrays(
    ...     np.zeros((3, 3)),
    ...     [[50, 10, 0], [30, 40, 20], [10, 10, 60]],
    ...     regions=["A", "B", "C"],
    ...     sectors=["s"],
    ... )
    >>> result = concentration(table, regions="A")
    >>> round(result.value("hhi", region="A", sector="s"), 4)  # (3/4)² + (1/4)²
    0.625
    >>> result.value("largest_supplier_share", region="A", sector="s", partner="B")
    0.75
    """
    _check(view, suppliers, uses)
    who = Economies.of(table, regions, group)
    chosen = sector_positions(table, sectors)
    bought, certificates = _purchases(table, who, view, uses)
    industries = table.industries
    shape = (len(table.sectors), len(table.regions))
    origin = by_origin(bought, industries.region_of, industries.sector_of, shape)[:, chosen]
    if suppliers == "foreign":
        origin = np.where(who.home[:, None, :], 0.0, origin)
    # Purchases and L are non-negative; what is below zero is rounding in the solution.
    origin = np.maximum(origin, 0.0)
    products = table.sectors.select(chosen)
    region, sector = Dimension({"region": who.labels}), Dimension.of(products)
    columns = {
        "region": tuple(np.repeat(np.array(who.labels, dtype=object), len(products))),
        "sector": products.labels * len(who),
    }
    fields = [
        *_fields(table, origin, (region, sector), columns),
        *_fields(table, origin.sum(axis=1), (region,), {"region": who.labels}),
    ]
    return Dependence(
        "concentration",
        "How concentrated are the suppliers of each product, and who is the largest?",
        tuple(fields),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=certificates,
        warnings=flows.caveats(table) + lump_caveat(table.regions),
        parameters={
            "view": view,
            "suppliers": suppliers,
            "uses": uses,
            **who.parameters,
            **sector_parameters(table, chosen),
        },
    )


def _purchases(
    table: Table, who: Economies, view: View, uses: Uses
) -> tuple[Array, tuple[Certificate, ...]]:
    """(n, E) what each economy buys from each industry, at face value or look-through."""
    if uses == "all":
        each = flows.purchases_by_region(table)
    else:
        each = table.industries.sum_by_region(np.maximum(table.Z, 0.0), axis=1)
    bought = each @ who.home.T.astype(np.float64)
    if view == "face_value":
        return bought, ()
    solution = table.L.solve(bought)
    return solution.values, (solution.certificate,)


def _fields(
    table: Table,
    origin: Array,
    dimensions: tuple[Dimension, ...],
    columns: dict[str, tuple[str, ...]],
) -> list[Field]:
    """Concentration along the last axis; `columns` are the labels of all cells, flattened."""
    total, part = shares(origin)
    known = ~np.isnan(part)
    filled = np.where(known, part, 0.0)
    major = np.where(known.any(axis=-1), (filled > MAJOR).sum(axis=-1), np.nan)
    fields = [
        Field("hhi", (part**2).sum(axis=-1), dimensions),
        Field("major_suppliers", major, dimensions),
        Field("purchases", total, dimensions),
    ]
    flat = filled.reshape(-1, filled.shape[-1])
    some = np.flatnonzero(known.reshape(flat.shape).any(axis=1))
    largest = flat[some].argmax(axis=1)
    named = {name: tuple(labels[i] for i in some) for name, labels in columns.items()}
    named["partner"] = tuple(table.regions[r] for r in largest)
    fields.append(
        Field("largest_supplier_share", flat[some, largest], (Dimension(named),)),
    )
    return fields


def _check(view: str, suppliers: str, uses: str) -> None:
    for name, value, known in (
        ("view", view, ("face_value", "look_through")),
        ("suppliers", suppliers, ("foreign", "all")),
        ("uses", uses, ("all", "intermediate")),
    ):
        if value not in known:
            listed = ", ".join(repr(k) for k in known)
            raise OptionError(f"{name}={value!r} is not one of {listed}")
