"""Any measure over several years.

May import its siblings (by name, when called), `results` and below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from autarky.errors import OptionError, TableError
from autarky.results import Dependence
from autarky.results.trend import stack
from autarky.table import Table

Indicator = Callable[..., Dependence]


def trend(tables: Mapping[int, Table], indicator: str | Indicator, **options: Any) -> Dependence:
    """One measure in every year: the same result with a dimension of time.

    Parameters
    ----------
    tables : mapping of year → Table
        Same regions, sectors and unit; any years. Tables are taken one at a time in order of
        time, so the mapping may open them when asked.
    indicator : str or callable
        The name of a measure ("self_sufficiency"), or any function
        ``(table, **options) → Dependence``.
    **options
        Of the measure.

    Returns
    -------
    Dependence
        With `time` in its tidy frame; ``result.value(name, time=2008, region="DEU")``. Amounts
        are in the prices of each year, as in the tables.

    Raises
    ------
    OptionError
        No years, or no such measure.
    TableError
        A table is of another year than its key, or its labels or unit differ from the first's.

    Examples
    --------
    >>> from autarky import Table
    >>> tables = {
    ...     year: Table.from_arrays(
    ...         [[10, sold], [5, 10]], [[60, 10], [5, 80]], regions=["A", "B"], sectors=["s"]
    ...     )
    ...     for year, sold in ((2010, 20), (2011, 30))
    ... }
    >>> result = trend(tables, "self_sufficiency", regions="A")
    >>> result.tidy("self_sufficiency")[["time", "sector", "value"]].values.tolist()
    [[2010, 's', 1.25], [2011, 's', 1.375], [2010, 'total', 1.25], [2011, 'total', 1.375]]
    """
    measure = _measure(indicator) if isinstance(indicator, str) else indicator
    if not callable(measure):
        raise OptionError(f"indicator {indicator!r} is neither a measure's name nor a function")
    results: dict[int, Dependence] = {}
    first: tuple[int, Table] | None = None
    for year in sorted(tables):
        table = tables[year]
        if first is None:
            first = (year, table)
        assert_comparable(first, (year, table))
        result = measure(table, **options)
        if not isinstance(result, Dependence):
            raise OptionError(f"the indicator returned {type(result).__name__}, not a Dependence")
        results[year] = result
    return stack(results)


def assert_comparable(first: tuple[int | None, Table], other: tuple[int | None, Table]) -> None:
    """Two years have the same labels and unit, and are what their keys say.

    Raises
    ------
    TableError
        With the labels found in one year only.
    """
    (year, table), (start, base) = other, first
    problems = []
    if table.year is not None and table.year != year:
        problems.append(f"the table given for {year} is of {table.year}")
    for axis, old, new in (
        ("regions", base.regions.labels, table.regions.labels),
        ("sectors", base.sectors.labels, table.sectors.labels),
    ):
        if old == new:
            continue
        gone, added = sorted(set(old) - set(new)), sorted(set(new) - set(old))
        what = [f"only in {start}: {', '.join(gone[:5])}"] if gone else []
        what += [f"only in {year}: {', '.join(added[:5])}"] if added else []
        detail = "; ".join(what) or "the same ones in another order"
        problems.append(f"{axis} of {year} differ from {start} ({detail})")
    if not problems and table.industries != base.industries:
        problems.append(f"{year} has other sectors in some region than {start}")
    if table.unit != base.unit:
        problems.append(f"{year} is in {table.unit}, {start} in {base.unit}")
    if problems:
        raise TableError(
            f"the years are not comparable: {'; '.join(problems)}. "
            "aggregate() brings tables to the same labels",
            problems,
        )


def _measure(name: str) -> Indicator:
    package = import_module("autarky.measure")
    found = getattr(package, name, None) if not name.startswith("_") else None
    if isinstance(found, ModuleType):
        # A module that has the name of its measure may hide it.
        found = getattr(found, name, None)
    known = sorted(set(getattr(package, "__all__", ())) - {"trend"})
    if name == "trend" or not callable(found):
        listed = f"; there are {', '.join(known)}" if known else ""
        raise OptionError(f"{name!r} is not a measure{listed}")
    return found
