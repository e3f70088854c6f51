"""To and from pymrio, for people whose data already live there.

May import `axes`, `units`, `errors` and its own folder; pymrio and pandas only inside functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autarky.axes import Axis, Industries, Uses
from autarky.errors import MissingExtraError, TableError
from autarky.table.core import Table
from autarky.units import Provenance, Unit

if TYPE_CHECKING:
    import pandas as pd

    from autarky.axes import _Pairs


#: How units that pymrio's readers write begin.
_MULTIPLES = {
    "thousand": "thousand",
    "mill": "million",
    "million": "million",
    "bill": "billion",
    "billion": "billion",
}


def from_pymrio(system: Any, *, year: int | None = None) -> Table:
    """Build a table from a `pymrio.IOSystem`.

    Parameters
    ----------
    system : pymrio.IOSystem
        With Z and Y, indexed by (region, sector) and (region, category); output is taken from
        `x` where present, else it is the row sums.
    year : int, optional
        Of the flows.

    Raises
    ------
    TableError
        Z or Y is missing, rows and columns of Z carry other labels, labels of Y or x do not fit,
        labels do not have two levels or appear twice, or amounts are in several units.
    """
    Z, Y = getattr(system, "Z", None), getattr(system, "Y", None)
    if Z is None or Y is None:
        raise TableError("the pymrio system has no Z or no Y; call calc_all() or load them first")
    for name, index in (("Z", Z.index), ("Z", Z.columns), ("Y", Y.index), ("Y", Y.columns)):
        _refuse_unusable(f"labels of the pymrio {name}", index)
    if list(Z.index) != list(Z.columns):
        raise TableError("rows and columns of the pymrio Z carry other labels or another order")
    regions = Axis("region", _unique(Z.index.get_level_values(0)))
    order_z = _order(Z.index, regions)
    if set(Y.index) != set(Z.index):
        raise TableError("the rows of the pymrio Y are not those of Z")
    if set(_unique(Y.columns.get_level_values(0))) != set(regions):
        raise TableError("the columns of the pymrio Y have other regions than Z")
    labels = Z.index[order_z]
    industries = Industries(regions, *_codes(labels, regions, "sector"))
    order_y = _order(Y.columns, regions)
    uses = Uses(regions, *_codes(Y.columns[order_y], regions, "use"))
    flows = Z.to_numpy(dtype=np.float64)[np.ix_(order_z, order_z)]
    final = Y.loc[labels].to_numpy(dtype=np.float64)[:, order_y]
    x = flows.sum(axis=1) + final.sum(axis=1)
    if getattr(system, "x", None) is not None:
        _refuse_unusable("labels of the pymrio x", system.x.index)
        if set(system.x.index) != set(Z.index):
            raise TableError("the rows of the pymrio x are not those of Z")
        x = system.x.loc[labels].to_numpy(dtype=np.float64).reshape(-1)
    return Table(
        Z=flows,
        Y=final,
        x=x,
        value_added=x - flows.sum(axis=0),
        industries=industries,
        uses=uses,
        unit=_unit(system),
        year=year,
        provenance=Provenance(source=getattr(system, "name", None) or "pymrio").then(
            "from_pymrio", {}
        ),
    )


def to_pymrio(table: Table) -> Any:
    """The same table as a `pymrio.IOSystem` with Z, Y, x and unit.

    Raises
    ------
    MissingExtraError
        pymrio is not installed.
    """
    try:
        import pymrio
    except ImportError as error:
        raise MissingExtraError("to_pymrio needs pymrio: pip install pymrio") from error
    import pandas as pd

    index = _index(table.industries, "sector")
    return pymrio.IOSystem(
        Z=pd.DataFrame(table.Z.copy(), index=index, columns=index),
        Y=pd.DataFrame(table.Y.copy(), index=index, columns=_index(table.uses, "category")),
        x=pd.DataFrame({"indout": table.x.copy()}, index=index),
        unit=pd.DataFrame({"unit": [str(table.unit)] * table.n}, index=index),
        name=table.provenance.source,
    )


def _refuse_unusable(what: str, index: Any) -> None:
    if index.nlevels != 2:
        raise TableError(f"the {what} need two levels, not {index.nlevels}")
    if not index.is_unique:
        twice = list(dict.fromkeys(map(str, index[index.duplicated()])))
        raise TableError(f"in the {what}, {', '.join(twice[:5])} appear twice", twice)


def _unique(values: Any) -> list[str]:
    return list(dict.fromkeys(str(v) for v in values))


def _order(index: pd.MultiIndex, regions: Axis) -> np.ndarray:
    """Stable region-major order of an index."""
    return np.argsort(regions.locate(map(str, index.get_level_values(0))), kind="stable")


def _codes(index: pd.MultiIndex, regions: Axis, name: str) -> tuple[Axis, np.ndarray, np.ndarray]:
    items = Axis(name, _unique(index.get_level_values(1)))
    region_of = regions.locate(map(str, index.get_level_values(0)))
    return items, region_of, items.locate(map(str, index.get_level_values(1)))


def _index(pairs: _Pairs, item: str) -> pd.MultiIndex:
    import pandas as pd

    return pd.MultiIndex.from_arrays(pairs.columns(), names=["region", item])


def _unit(system: Any) -> Unit:
    frame = getattr(system, "unit", None)
    if frame is None or not len(frame):
        return Unit()
    units = _unique(frame.iloc[:, 0])
    if len(units) > 1:
        raise TableError(
            f"the pymrio system is in several units: {', '.join(units)}; a table has one", units
        )
    first, _, rest = units[0].partition(" ")
    if units[0].startswith("M."):
        return Unit(units[0][2:], "million")
    multiple = _MULTIPLES.get(first.lower())
    return Unit(rest, multiple) if multiple and rest else Unit(units[0])
