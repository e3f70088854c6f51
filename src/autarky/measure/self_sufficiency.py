"""How much of what an economy uses does it make? Self-sufficiency and import penetration.

Kernels on bare arrays first, then the measure. May import `table`, `results` and below.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis
from autarky.measure import flows
from autarky.measure.economies import (
    Economies,
    Group,
    by_sector,
    sector_parameters,
    sector_positions,
)
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


def product_accounts(
    sales: Array, x: Array, home: Bools, region_of: NDArray[np.intp], sector_of: NDArray[np.intp]
) -> dict[str, Array]:
    """Output, imports M, exports E and home sales D of each economy and product.

    Parameters
    ----------
    sales : (n, R) array
        What each industry sells to each region, for all uses [money/yr].
    x : (n,) array
        Output [money/yr].
    home : (E, R) bool array
        The regions inside each economy.
    region_of, sector_of : (n,) int array

    Returns
    -------
    dict of (E, S) array [money/yr]
        "output", "imports", "exports", "home_sales".
    """
    size = int(sector_of.max()) + 1
    inside = home[:, region_of].T.astype(np.float64)  # (n, E) is this industry one of ours?
    bought = sales @ home.T.astype(np.float64)  # (n, E) what we buy from it
    ours = inside * bought
    sold = inside * sales.sum(axis=1)[:, None]
    parts = {
        "output": inside * x[:, None],
        "imports": bought - ours,
        "exports": sold - ours,
        "home_sales": ours,
    }
    return {name: by_sector(part, sector_of, size) for name, part in parts.items()}


def ratios(output: Array, imports: Array, exports: Array) -> dict[str, Array]:
    """Self-sufficiency x/(x + M − E) and import penetration M/(x − E + M).

    NaN where the denominator is not positive: nothing is used, so there is nothing to measure.
    """
    supply = output + imports - exports
    return {
        "domestic_supply": supply,
        "self_sufficiency": _ratio(output, supply),
        "import_penetration": _ratio(imports, supply),
    }


def _ratio(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def self_sufficiency(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    sectors: str | Iterable[str] | None = None,
    group: Group | None = None,
) -> Dependence:
    """How much of each product an economy makes of what it uses, and how much it imports.

    Parameters
    ----------
    table : Table
    regions : str or sequence of str, optional
        Whose numbers; all regions by default.
    sectors : str or sequence of str, optional
        Which products; all by default. The rows of sector "total" add up the products asked for.
    group : sequence of str or mapping of label → regions, optional
        Regions treated as one economy, instead of `regions`: trade inside is at home. A plain
        list is called "group".

    Returns
    -------
    Dependence
        ``self_sufficiency``, ``import_penetration`` and ``home_share`` [share], and ``output``,
        ``imports``, ``exports``, ``domestic_supply`` [money/yr] by region and product, and in
        total. Imports of a product are those of all its users, final ones included.

    Raises
    ------
    LabelError
        An unknown region or sector.
    OptionError
        `regions` and `group` together, or an unusable group.

    Notes
    -----
    x output, M imports, E exports, D = sales at home:

    * self-sufficiency ratio x / (x + M − E). It may exceed 1: a net exporter makes more than it
      uses. A ratio of 1 does not mean no imports, since exports are counted against them.
    * import penetration M / (x − E + M), of what is used at home how much is imported.
    * home share D / (D + M), of what is bought how much is bought from producers at home. The
      same as 1 − import penetration where rows add up to output and nothing is taken from
      inventories: withdrawals, which are negative final use, count as no purchase here, so that
      the home share always lies in [0, 1].

    A ratio is NaN where nothing is used. In a year of large withdrawals import penetration can
    leave [0, 1]; the home share is the safer number then.

    References
    ----------
    FAO (2001), Food balance sheets: a handbook, Rome (self-sufficiency ratio). OECD (2010),
    Measuring Globalisation: OECD Economic Globalisation Indicators (import penetration).

    Examples
    --------
    >>> from autarky import Table
    >>> table = Table.from_arrays(
    ...     [[10, 20], [5, 10]], [[60, 10], [5, 80]], regions=["A", "B"], sectors=["s"]
    ... )
    >>> result = self_sufficiency(table)
    >>> result.value("self_sufficiency", region="A", sector="total")  # 100 / (100 + 10 − 30)
    1.25
    >>> result.value("import_penetration", region="A", sector="s")  # 10 / 80
    0.125
    """
    who = Economies.of(table, regions, group)
    chosen = sector_positions(table, sectors)
    industries = table.industries
    labels = (who.home, industries.region_of, industries.sector_of)
    accounts = product_accounts(flows.sales_by_region(table), table.x, *labels)
    bought = product_accounts(flows.purchases_by_region(table), table.x, *labels)
    accounts["bought_home"], accounts["bought_abroad"] = bought["home_sales"], bought["imports"]
    accounts = {name: values[:, chosen] for name, values in accounts.items()}
    totals = {name: values.sum(axis=1) for name, values in accounts.items()}
    region = Dimension({"region": who.labels})
    sector = Dimension.of(table.sectors.select(chosen))
    fields = []
    for values, dimensions in ((accounts, (region, sector)), (totals, (region,))):
        wanted = {name: values[name] for name in ("output", "imports", "exports")}
        wanted |= ratios(**wanted)
        home, abroad = values["bought_home"], values["bought_abroad"]
        wanted["home_share"] = _ratio(home, home + abroad)
        fields += [Field(name, value, dimensions) for name, value in wanted.items()]
    return Dependence(
        "self_sufficiency",
        "How much of what is used at home is made at home?",
        tuple(fields),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        warnings=flows.caveats(table) + _undefined(who, table.sectors.select(chosen), fields),
        parameters={**who.parameters, **sector_parameters(table, chosen)},
    )


def _undefined(who: Economies, sectors: Axis, fields: list[Field]) -> tuple[str, ...]:
    first = next(one for one in fields if one.variable == "self_sufficiency").values
    unused = np.argwhere(np.isnan(first))
    if not unused.size:
        return ()
    e, k = unused[0]
    return (
        f"{len(unused)} products are not used where they were looked for (such as "
        f"{who.labels[e]}:{sectors[k]}): their ratios are undefined (NaN)",
    )
