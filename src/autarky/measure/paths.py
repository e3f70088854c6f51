"""Through which chains it comes: structural path analysis with exact pruning.

May import `table`, `results` and below, and its siblings' helpers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Industries
from autarky.errors import OptionError, TableError
from autarky.leontief import LeontiefOperator, safe_reciprocal
from autarky.measure import flows
from autarky.measure._labels import as_list, choose, idle
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
IntArray = NDArray[np.intp]

#: How many paths are listed when neither `largest` nor `cutoff` is given.
DEFAULT_LARGEST = 50
#: Bounds are compared with a little slack, so that rounding error never prunes a path.
SLACK = 1e-9
#: Below this share of the total the search for the largest paths ends: less is rounding error.
SMALLEST = 1e-12


# --- kernels ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tree:
    """The nodes of a search, roots first, each pointing to its parent.

    `node` is the industry, `parent` the position in these arrays (−1 for a root), `weight` the
    product a⋯a y down to it, `depth` the number of steps from the root; `pruned` tells whether
    anything was left out.
    """

    node: IntArray
    parent: IntArray
    weight: Array
    depth: IntArray
    pruned: bool

    def sequence(self, at: int) -> list[int]:
        """The industries of the path that ends at a node, from there to the root."""
        out = []
        while at >= 0:
            out.append(int(self.node[at]))
            at = int(self.parent[at])
        return out


class Suppliers:
    """Who sells to each industry, sorted by how much value can come through them.

    Column i of A is sorted by aₖᵢμₖ, largest first, when the search first comes to i: the
    suppliers worth following are then a head of the list, found by binary search.

    Parameters
    ----------
    Z : (n, n) array
        Flows, non-negative [money/yr].
    x : (n,) array
        Output [money/yr].
    mu : (n,) array
        The most value that a unit of each industry's output can carry, itself included [1].
    """

    def __init__(self, Z: Array, x: Array, mu: Array) -> None:
        self.Z, self.per_output, self.mu = Z, safe_reciprocal(x), mu
        self._sorted: dict[int, tuple[NDArray[np.int32], Array]] = {}

    def of(self, i: int) -> tuple[NDArray[np.int32], Array]:
        """Suppliers k of i with aₖᵢμₖ > 0, and −aₖᵢμₖ (ascending)."""
        if i not in self._sorted:
            bound = -self.Z[:, i] * self.per_output[i] * self.mu
            some = np.flatnonzero(bound)
            order = some[np.argsort(bound[some], kind="stable")]
            self._sorted[i] = order.astype(np.int32), bound[order]
        return self._sorted[i]

    def expand(
        self, node: IntArray, weight: Array, cutoff: float
    ) -> tuple[IntArray, IntArray, Array, bool]:
        """Parent (position in `node`), industry and weight of all children worth following."""
        parents, nodes, weights, pruned = [], [], [], False
        order = np.argsort(node, kind="stable")
        heads = np.flatnonzero(np.diff(node[order], prepend=-1))
        for here in np.split(order, heads[1:]):
            i = int(node[here[0]])
            (suppliers, bound), w = self.of(i), weight[here]
            count = np.searchsorted(bound, -cutoff / np.abs(w), side="right")
            pruned |= bool(np.any(count < bound.size))
            head = np.repeat(np.cumsum(count) - count, count)
            child = suppliers[np.arange(int(count.sum())) - head].astype(np.intp)
            parents.append(np.repeat(here, count))
            nodes.append(child)
            weights.append(np.repeat(w, count) * self.Z[child, i] * self.per_output[i])
        return np.concatenate(parents), np.concatenate(nodes), np.concatenate(weights), pruned


def search(
    suppliers: Suppliers, roots: IntArray, y: Array, cutoff: float, limit: int
) -> Tree | None:
    """Every node through which |value| of at least `cutoff` can come; None beyond `limit` nodes.

    Parameters
    ----------
    suppliers : Suppliers
    roots : (m,) int array
        The industries at the end of the chains.
    y : (m,) array
        Final use of their products; may be negative [money/yr].
    cutoff : float
        Positive [money/yr].
    limit : int
        Most nodes to visit.

    Notes
    -----
    All paths through a node of weight w and industry i carry |w|μᵢ together, itself included. A
    node with |w|μᵢ < cutoff therefore has no path at or above the cut-off behind it, so no path
    is lost by leaving it out.
    """
    worth = np.abs(y) * suppliers.mu[roots] >= cutoff
    node, weight = roots[worth], y[worth]
    parent = np.full(node.size, -1, dtype=np.intp)
    pruned = bool(np.any(~worth & (y != 0) & (suppliers.mu[roots] > 0)))
    levels: list[tuple[IntArray, IntArray, Array, IntArray]] = []
    first = depth = 0
    while node.size:
        if first + node.size > limit:
            return None
        levels.append((node, parent, weight, np.full(node.size, depth, dtype=np.intp)))
        above, node, weight, cut = suppliers.expand(node, weight, cutoff)
        parent = first + above
        pruned |= cut
        first, depth = first + levels[-1][0].size, depth + 1
    if not levels:
        none = np.zeros(0, dtype=np.intp)
        return Tree(none, none, np.zeros(0), none, pruned)
    node, parent, weight, deep = (np.concatenate(part) for part in zip(*levels, strict=True))
    return Tree(node, parent, weight, deep, pruned)


def carried(L: LeontiefOperator, v: Array) -> tuple[Array, Array, tuple[Certificate, ...]]:
    """vᵀL, and an upper bound on |v|ᵀL that holds in spite of the error of the solution.

    Parameters
    ----------
    L : LeontiefOperator
        (I − A)⁻¹.
    v : (n,) array
        What a unit of output carries at its origin; 0 outside the origins asked for [1].
    """
    solution = L.solve_left(np.column_stack([v, np.abs(v), np.ones_like(v)]))
    total, mu, sums = solution.values.T
    error = solution.certificate.residual * float(sums.max(initial=0.0))
    # Where nothing can come through, the solution is exactly 0 and no slack is needed.
    mu = np.where(mu != 0, np.abs(mu) + error, 0.0)
    return total, mu, (solution.certificate,)


# --- the measure ------------------------------------------------------------------------------


def paths(
    table: Table,
    *,
    region: str,
    sector: str | Iterable[str] | None = None,
    partner: str | Iterable[str] | None = None,
    partner_sector: str | Iterable[str] | None = None,
    cutoff: float | None = None,
    largest: int | None = None,
    of: Literal["value_added", "output"] = "value_added",
    end: Literal["use", "product"] = "use",
    max_nodes: int = 2_000_000,
) -> Dependence:
    """The chains through which most comes to an economy, each with its exact value.

    A path "CHN:c14 > DEU:c15" is what Chinese electronics earn in the vehicles that Germany
    makes, by selling to the vehicle industry directly.

    Parameters
    ----------
    table : Table
    region : str
        Whose chains.
    sector : str or sequence of str, optional
        Only chains that end in products of these sectors; all by default.
    partner, partner_sector : str or sequence of str, optional
        Only chains that begin there; all by default.
    cutoff : float, optional
        List every path that carries at least this share of the total [share].
    largest : int, optional
        List the so many largest paths; with `cutoff`, those of them above it. Without either, 50.
    of : {"value_added", "output"}
        What is counted at the beginning of the chain: value added earned or output made there.
    end : {"use", "product"}
        "use": chains end in what the region uses finally, made at home or abroad. "product":
        chains end in finished products made in the region, used anywhere.
    max_nodes : int
        Refuse a search that visits more nodes.

    Returns
    -------
    Dependence
        Per path, largest first, `path_value` [money/yr], `path_share` of the exact total and
        `path_length` [steps], with columns path, region (whose), sector (of the finished
        product), partner and partner_sector (where the chain begins); and once `paths_total`
        [money/yr] and `paths_coverage`, the share of the total in the paths listed.

    Raises
    ------
    LabelError
        An unknown region or sector.
    OptionError
        An option is out of range, or the search would visit more than `max_nodes` nodes.
    TableError
        Z has negative flows: no bound holds then.
    NotProductiveError, ConvergenceError
        The table has no non-negative inverse, or the solution is not good enough.

    Notes
    -----
    The path k₀ > k₁ > … > kₘ carries v(k₀) a(k₀k₁) ⋯ a(kₘ₋₁kₘ) y(kₘ); over all paths of all
    lengths this adds up to vᵀLy, which is `paths_total`. The search is exact: a branch is left
    out only when everything behind it, wμᵢ with ``μ = |v|ᵀL``, is below the cut-off. Where final
    use is negative, the cut-off is a share of the sum without signs.

    References
    ----------
    Defourny, J. and Thorbecke, E. (1984), "Structural path analysis and multiplier decomposition
    within a social accounting matrix framework", Economic Journal 94, 111-136.

    Examples
    --------
    >>> from autarky.table import Table
    >>> table = Table.from_arrays(
    ...     [[0, 40], [0, 0]], [[10, 0], [0, 100]], regions=["A", "B"], sectors=["all"]
    ... )
    >>> frame = paths(table, region="B", largest=5).tidy("path_value")
    >>> for path, value in zip(frame["path"], frame["value"]):
    ...     print(path, value)
    B:all 60.0
    A:all > B:all 40.0
    """
    choose("of", of, ("value_added", "output"))
    choose("end", end, ("use", "product"))
    if largest is None and cutoff is None:
        largest = DEFAULT_LARGEST
    _refuse(table, cutoff, largest, max_nodes)
    table.regions.locate(region)
    roots, y = _ends(table, region, as_list(sector), end)
    origins = table.industries.locate(as_list(partner), as_list(partner_sector))
    v = np.zeros(table.n)
    v[origins] = table.v[origins] if of == "value_added" else (table.x > 0)[origins]
    per_unit, mu, certificates = carried(table.L, v)
    total, gross = float(per_unit[roots] @ y), float(mu[roots] @ np.abs(y))
    tree = _search(Suppliers(table.Z, table.x, mu), roots, y, v, gross, cutoff, largest, max_nodes)
    found, value = _best(tree, v, (cutoff or 0.0) * gross, largest)
    warnings = (
        *flows.caveats(table),
        *idle(table, "no chain runs through them"),
        *(("nothing comes through these chains: the total is 0",) if total == 0 else ()),
    )
    return Dependence(
        "paths",
        f"Through which chains does what {region} {'uses' if end == 'use' else 'makes'} come?",
        _fields(table.industries, tree, found, value, total, region),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=certificates,
        warnings=warnings,
        parameters={
            "region": region,
            "sector": as_list(sector),
            "partner": as_list(partner),
            "partner_sector": as_list(partner_sector),
            "cutoff": cutoff,
            "largest": largest,
            "of": of,
            "end": end,
        },
    )


def _refuse(table: Table, cutoff: float | None, largest: int | None, max_nodes: int) -> None:
    if cutoff is not None and not 0 < cutoff <= 1:
        raise OptionError(f"cutoff={cutoff!r} must be a share of the total, above 0 and at most 1")
    for name, count in (("largest", largest), ("max_nodes", max_nodes)):
        if count is not None and count < 1:
            raise OptionError(f"{name}={count!r} must be at least 1")
    if table.Z.size and table.Z.min() < 0:
        i, j = np.unravel_index(int(table.Z.argmin()), table.Z.shape)
        raise TableError(
            f"{int((table.Z < 0).sum())} flows are negative, the worst from "
            f"{table.industries.label(int(i))} to {table.industries.label(int(j))} "
            f"({table.Z[i, j]:.4g}): paths have no bound then; move them to final use"
        )


def _ends(table: Table, region: str, sectors: list[str] | None, end: str) -> tuple[IntArray, Array]:
    """The industries that make the finished products, and what is used of them [money/yr]."""
    if end == "use":
        roots = table.industries.locate(None, sectors)
        return roots, table.Y_by_region[roots, table.regions.position(region)]
    roots = table.industries.locate(region, sectors)
    return roots, table.Y[roots].sum(axis=1)


def _search(  # noqa: PLR0917 - the symbols of the problem, then its limits
    suppliers: Suppliers,
    roots: IntArray,
    y: Array,
    v: Array,
    gross: float,
    cutoff: float | None,
    largest: int | None,
    max_nodes: int,
) -> Tree:
    """The tree down to the cut-off; without one, down to where the largest paths are certain."""
    share = cutoff if cutoff is not None else 0.01
    tree = None
    while gross > 0:
        limit = share * gross * (1.0 - SLACK)
        deeper = search(suppliers, roots, y, limit, max_nodes)
        if deeper is None:
            how = f"raise cutoff={cutoff:g}" if cutoff is not None else f"lower largest={largest}"
            raise OptionError(
                f"at a cut-off of {share:.2g} of the total more than {max_nodes:,} nodes would "
                f"have to be visited: {how}, or narrow sector= and partner="
            )
        tree = deeper
        enough = largest is not None and (
            np.count_nonzero(np.abs(tree.weight * v[tree.node]) >= share * gross) >= largest
        )
        if cutoff is not None or enough or not tree.pruned or share <= SMALLEST:
            break
        # A finer cut-off costs about in proportion: thirds waste at most half of the work.
        share /= 3.0
    none = np.zeros(0, dtype=np.intp)
    return tree if tree is not None else Tree(none, none, np.zeros(0), none, pruned=False)


def _best(tree: Tree, v: Array, least: float, largest: int | None) -> tuple[IntArray, Array]:
    """Positions and values of the paths to list, largest first."""
    value = tree.weight * v[tree.node]
    size = np.abs(value)
    found = np.flatnonzero((size >= least) & (size > 0))
    found = found[np.argsort(-size[found], kind="stable")][:largest]
    return found, value[found]


def _fields(  # noqa: PLR0917 - what was found, then whose it is
    industries: Industries, tree: Tree, found: IntArray, value: Array, total: float, region: str
) -> tuple[Field, ...]:
    """One row per path, then the exact total and what part of it is listed."""
    axis = _path_dimension(industries, tree, found, region)
    whole = Dimension({"region": (region,)})
    safe = total if total != 0 else 1.0
    return (
        Field("path_value", value, (axis,)),
        Field("path_share", value / safe, (axis,)),
        Field("path_length", tree.depth[found].astype(np.float64), (axis,)),
        Field("paths_total", np.array([total]), (whole,)),
        Field("paths_coverage", np.array([value.sum() / safe]), (whole,)),
    )


def _path_dimension(industries: Industries, tree: Tree, found: IntArray, region: str) -> Dimension:
    regions, sectors = industries.columns()
    labels = [f"{r}:{s}" for r, s in zip(regions, sectors, strict=True)]
    ways = [tree.sequence(int(at)) for at in found]
    return Dimension(
        {
            "path": tuple(" > ".join(labels[i] for i in way) for way in ways),
            "region": (region,) * len(ways),
            "sector": tuple(sectors[way[-1]] for way in ways),
            "partner": tuple(regions[way[0]] for way in ways),
            "partner_sector": tuple(sectors[way[0]] for way in ways),
        }
    )
