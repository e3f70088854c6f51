"""Coarser tables: two grouped sums, one read of Z.

May import `axes`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis, Concordance, Industries, IntArray, Uses
from autarky.errors import OptionError, TableError
from autarky.table.core import Table

Groups = Mapping[str, Sequence[str]]

#: Cells of an intermediate result that fit into a processor's second cache (2 MiB).
CACHE = 2**18


def aggregate(
    table: Table,
    *,
    regions: Groups | Concordance | None = None,
    sectors: Groups | Concordance | None = None,
    uses: Groups | Concordance | None = None,
    keep_rest: bool = False,
) -> Table:
    """A coarser table: groups of regions, sectors and uses added up.

    Parameters
    ----------
    table : Table
    regions, sectors, uses : mapping of new label → old labels, or Concordance
        What is added up; None leaves an axis as it is.
    keep_rest : bool
        Keep labels that are in no group as they are; by default they are an error.

    Returns
    -------
    Table
        With the step in its provenance. Totals of every account are unchanged.

    Raises
    ------
    LabelError
        A group names an unknown label.
    TableError
        A label is in two groups or in none, or a group is empty.

    Examples
    --------
    >>> table = Table.from_arrays(
    ...     np.ones((4, 4)), np.ones((4, 2)), regions=["A", "B"], sectors=["s1", "s2"]
    ... )
    >>> table.aggregate(sectors={"all": ["s1", "s2"]}).Z
    array([[4., 4.],
           [4., 4.]])
    """
    by_region = _concordance(table.regions, regions, keep_rest=keep_rest)
    by_sector = _concordance(table.sectors, sectors, keep_rest=keep_rest)
    by_use = _concordance(table.uses.categories, uses, keep_rest=keep_rest)
    rows, region_of, sector_of = _group(table.industries, by_region, by_sector)
    columns, use_region, use_category = _group(table.uses, by_region, by_use)
    industries = Industries(by_region.new, by_sector.new, region_of, sector_of)
    kinds = _kinds(table.uses, by_use)
    n = len(industries)
    total = _sums(rows, n)
    new = {
        name: total(getattr(table, name))
        for name in ("x", "value_added", "capital", "labour")
        if getattr(table, name) is not None
    }
    return replace(
        table,
        Z=group_sum(table.Z, rows, rows, (n, n)),
        Y=group_sum(table.Y, rows, columns, (n, use_region.size)),
        **new,
        industries=industries,
        uses=Uses(by_region.new, by_use.new, use_region, use_category, kinds),
        accounts={name: total(values) for name, values in table.accounts.items()},
        provenance=table.provenance.then(
            "aggregate",
            {
                name: f"{len(c.old)} to {len(c.new)}"
                for name, c in (("regions", by_region), ("sectors", by_sector), ("uses", by_use))
                if len(c.old) != len(c.new)
            },
        ),
    )


def select(
    table: Table,
    *,
    regions: Iterable[str] | None = None,
    sectors: Iterable[str] | None = None,
    rest: str = "rest",
) -> Table:
    """Some regions or sectors as they are, all others folded into one called `rest`.

    Nothing is dropped, so the accounts still close: what the selected economies buy from and sell
    to the others becomes their trade with `rest`.

    Raises
    ------
    LabelError
        An unknown region or sector.
    OptionError
        `rest` is the label of something selected, or nothing is selected.
    """
    groups: dict[str, Groups | None] = {}
    for name, axis, wanted in (
        ("regions", table.regions, regions),
        ("sectors", table.sectors, sectors),
    ):
        if wanted is None:
            groups[name] = None
            continue
        keep = list(dict.fromkeys([wanted] if isinstance(wanted, str) else wanted))
        axis.locate(keep)
        if not keep:
            raise OptionError(f"no {name} are selected; leave {name}= out to keep all")
        others = [label for label in axis if label not in keep]
        if others and rest in keep:
            raise OptionError(f"rest={rest!r} is also one of the selected {name}")
        groups[name] = {label: [label] for label in keep} | ({rest: others} if others else {})
    return aggregate(table, regions=groups["regions"], sectors=groups["sectors"])


def group_sum(
    M: NDArray[np.float64], rows: IntArray, columns: IntArray, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Sums of a matrix over groups of rows and columns.

    Parameters
    ----------
    M : (n, m) array
    rows, columns : (n,) and (m,) int array
        The group of each row and column.
    shape : (int, int)
        Number of groups.
    """
    from scipy.sparse import csr_array

    by_row, by_column = (
        csr_array((np.ones(g.size), (g, np.arange(g.size))), shape=(size, g.size))
        for g, size in zip((rows, columns), shape, strict=True)
    )
    total = np.empty(shape)
    # A few rows of the result at a time: what lies between the two sums stays in the cache.
    step = max(1, CACHE // max(1, M.shape[1]))
    for lo in range(0, shape[0], step):
        part = by_row[lo : lo + step] @ M
        total[lo : lo + step] = (by_column @ np.ascontiguousarray(part.T)).T
    return total


def _sums(groups: IntArray, size: int):  # noqa: ANN202
    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(groups, weights=values, minlength=size).astype(np.float64, copy=False)

    return total


def _concordance(
    axis: Axis, groups: Groups | Concordance | None, *, keep_rest: bool
) -> Concordance:
    if groups is None:
        return Concordance.identity(axis)
    if isinstance(groups, Concordance):
        if groups.old.labels != axis.labels:
            raise TableError(f"the concordance is for other {axis.name} labels than the table's")
        return groups
    titles = dict(zip(axis.labels, axis.titles, strict=True))
    return Concordance.from_groups(axis, groups, titles=titles, keep_rest=keep_rest)


def _group(pairs, by_region: Concordance, by_item: Concordance):  # noqa: ANN001, ANN202
    """New position of each old pair, and region and item of each new one (ragged stays ragged)."""
    key = by_region.to[pairs.region_of] * len(by_item.new) + by_item.to[pairs.item_of]
    flat, position = np.unique(key, return_inverse=True)
    region, item = np.divmod(flat, len(by_item.new))
    return position.reshape(-1), region, item


def _kinds(uses: Uses, by_use: Concordance) -> tuple[str, ...]:
    kinds = []
    for new in range(len(by_use.new)):
        found = {kind for kind, to in zip(uses.kinds, by_use.to, strict=True) if to == new}
        kinds.append(found.pop() if len(found) == 1 else "final")
    return tuple(kinds)
