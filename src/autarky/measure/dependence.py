"""Foreign inputs (or sales) of an economy: at face value and looked through.

Kernels on bare arrays first, then the measure. The sales side is the same arithmetic on the
transposed table: (I − A)⁻¹ becomes (I − B)⁻ᵀ. May import `table`, `results` and below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.leontief import Solution, safe_reciprocal
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
from autarky.units import Certificate

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Solve = Callable[[Array], Solution]
By = Literal["partner", "sector", "product", "industry"]
Side = Literal["inputs", "sales"]


def flows_by_source(Z: Array, users: Bools, solve: Solve) -> tuple[Array, Array, Certificate]:
    """What some users take from each industry, at face value and through all chains.

    With b_j = x_j for the users j and 0 for all others, face value is A b and look-through is
    (L − I) b = L (A b): one right-hand side per economy, no inverse.

    Parameters
    ----------
    Z : (n, n) array
        Flows, source to user [money/yr].
    users : (E, n) bool array
        The using industries of each economy; they have output.
    solve : callable
        (I − A)⁻¹ on (n, E) arrays.

    Returns
    -------
    face, look : (n, E) array [money/yr]
    certificate : Certificate
    """
    face = np.stack([Z[:, np.flatnonzero(mask)].sum(axis=1) for mask in users], axis=1)
    solution = solve(face)
    return face, solution.values, solution.certificate


def flows_by_user(
    Z: Array, x: Array, starts: NDArray[np.intp], solve_left: Solve
) -> tuple[Array, Array, Certificate]:
    """What each user takes from each region, at face value and through all chains.

    Per unit of the user's output the rows 1_rᵀ(L − I) = (1_rᵀA) L: one right-hand side per region.

    Parameters
    ----------
    Z : (n, n) array
        Flows, source to user [money/yr].
    x : (n,) array
        Output [money/yr].
    starts : (R + 1,) int array
        First position of each region.
    solve_left : callable
        Transposed (I − A)⁻¹ on (n, R) arrays.

    Returns
    -------
    face, look : (R, n) array [money/yr]
    certificate : Certificate
    """
    unit = np.add.reduceat(Z, starts[:-1], axis=0) * safe_reciprocal(x)
    solution = solve_left(np.ascontiguousarray(unit.T))
    return unit * x, solution.values.T * x, solution.certificate


def share(part: Array, total: Array) -> Array:
    """Part of total, 0 where the total is 0."""
    part, total = np.broadcast_arrays(part, total)
    return np.divide(part, total, out=np.zeros(part.shape), where=total > 0)


@dataclass(frozen=True)
class _Problem:
    """The table as seen from one side, and whose flows are asked for."""

    table: Table
    side: Side
    who: Economies
    #: (E, n) the using (or selling) industries of each economy that have output.
    users: Bools
    #: (E, R) the foreign partners of each economy that were asked for.
    foreign: Bools
    #: Positions of the using sectors asked for.
    sectors: NDArray[np.intp]

    @property
    def Z(self) -> Array:
        """Flows, source to user; on the sales side buyers stand where sources do."""
        return self.table.Z if self.side == "inputs" else self.table.Z.T

    def by_source(self) -> tuple[Array, Array, Certificate]:
        solve = self.table.L.solve if self.side == "inputs" else self.table.G.solve_left
        return flows_by_source(self.Z, self.users, solve)

    def by_user(self) -> tuple[Array, Array, Certificate]:
        solve = self.table.L.solve_left if self.side == "inputs" else self.table.G.solve
        return flows_by_user(self.Z, self.table.x, self.table.industries.starts, solve)


def dependence(
    table: Table,
    *,
    regions: str | Iterable[str] | None = None,
    sectors: str | Iterable[str] | None = None,
    partners: str | Iterable[str] | None = None,
    group: Group | None = None,
    by: By = "partner",
    side: Side = "inputs",
) -> Dependence:
    """How much of an economy's inputs (or sales) is foreign, directly and inside other goods.

    Parameters
    ----------
    table : Table
    regions : str or sequence of str, optional
        Whose inputs; all regions by default.
    sectors : str or sequence of str, optional
        Inputs of which using sectors (side "sales": sales of which sectors); all by default.
    partners : str or sequence of str, optional
        Which foreign partners; all by default. Totals add up the partners asked for.
    group : sequence of str or mapping of label → regions, optional
        Regions treated as one economy, instead of `regions`. A plain list is called "group".
    by : {"partner", "sector", "product", "industry"}
        What the foreign part is split by: the partner; the using sector (column sector); the
        source's product (column partner_sector); the partner and its product together.
    side : {"inputs", "sales"}
        Where inputs come from, or where intermediate sales go to (Ghosh inverse).

    Returns
    -------
    Dependence
        ``face_value``, ``look_through`` and ``hidden`` = look-through − face value [share], with
        ``face_value_flow`` and ``look_through_flow`` [money/yr]; and the same in total for each
        region (partner "total" = all foreign partners asked for).

    Raises
    ------
    LabelError
        An unknown region, sector or partner.
    OptionError
        `by` or `side` has another value, `regions` and `group` are both given, or no foreign
        partner is left.

    Notes
    -----
    Of economy c with using industries J, every share is a ratio of sums over J, weighted by
    output, with *all* sources in the denominator, those at home included:

    * face value of partner r: Σ_{i∈r, j∈J} a_ij x_j / Σ_{i, j∈J} a_ij x_j
    * look-through: the same with (L − I)_ij in place of a_ij, gross output made by the partner
      in one unit of the user's output (FIR; on the sales side the same with x̂B and x̂(G − I), FMR).

    The shares of all partners and of home sum to one. Look-through flows count gross output at
    every stage and may exceed what was bought: compare shares, not flows. A user without output
    or inputs has shares of 0 (and is counted in a warning).

    References
    ----------
    Baldwin, Freeman & Theodorakopoulos (2022), Horses for courses: measuring foreign supply
    chain exposure, NBER working paper 30525. Feenstra & Hanson (1999), Quarterly Journal of
    Economics 114:907–940 (face value).

    Examples
    --------
    >>> from autarky import Table
    >>> table = Table.from_arrays(
    ...     [[10, 20], [5, 30]], [[60, 10], [5, 80]], regions=["A", "B"], sectors=["s"]
    ... )
    >>> result = dependence(table, regions="A")
    >>> round(result.value("face_value", region="A", partner="B"), 4)  # 5 / 15
    0.3333
    >>> round(result.value("look_through", region="A", partner="B"), 4)
    0.375
    """
    _check(by, side)
    who = Economies.of(table, regions, group)
    chosen = sector_positions(table, sectors)
    industries = table.industries
    wanted = np.isin(industries.sector_of, chosen)
    users = who.home[:, industries.region_of] & wanted
    foreign = _foreign(table, who, partners)
    problem = _Problem(table, side, who, users & (table.x > 0), foreign, chosen)
    pieces = _by_user(problem) if by == "sector" else _by_source(problem, by)
    words = "inputs is foreign" if side == "inputs" else "intermediate sales goes abroad"
    parameters = {"by": by, "side": side, **who.parameters, **sector_parameters(table, chosen)}
    if partners is not None:
        parameters["partners"] = [partners] if isinstance(partners, str) else list(partners)
    return Dependence(
        "dependence",
        f"How much of an economy's {words}, on paper and looked through?",
        pieces.fields(),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=(pieces.certificate,),
        warnings=flows.caveats(table) + _idle(table, users, problem),
        parameters=parameters,
    )


@dataclass(frozen=True)
class _Pieces:
    """Foreign flows, what they are shares of, and their labels; then the totals by economy."""

    face: Array
    look: Array
    face_of: Array
    look_of: Array
    dimensions: tuple[Dimension, ...]
    #: Foreign and all flows of each economy: face, look, face_of, look_of, each (E,).
    totals: tuple[Array, Array, Array, Array]
    economies: Dimension
    certificate: Certificate

    def fields(self) -> tuple[Field, ...]:
        return (
            *_variables(self.face, self.look, self.face_of, self.look_of, self.dimensions),
            *_variables(*self.totals, (self.economies,)),
        )


def _variables(
    face: Array, look: Array, face_of: Array, look_of: Array, dimensions: tuple[Dimension, ...]
) -> tuple[Field, ...]:
    direct, through = share(face, face_of), share(look, look_of)
    values = {
        "face_value": direct,
        "look_through": through,
        "hidden": through - direct,
        "face_value_flow": face,
        "look_through_flow": look,
    }
    return tuple(Field(name, value, dimensions) for name, value in values.items())


def _by_source(problem: _Problem, by: By) -> _Pieces:
    """Foreign flows by source: partner, product or both."""
    table, who = problem.table, problem.who
    regions, industries = table.regions, table.industries
    face, look, certificate = problem.by_source()
    abroad = problem.foreign[:, industries.region_of]  # (E, n)
    both = np.stack([face.T, look.T])  # (2, E, n)
    of = both.sum(axis=2)
    totals = np.where(abroad, both, 0.0).sum(axis=2)
    if by == "product":
        # Only products that some industry makes: a ragged table may lack some.
        made = np.unique(industries.sector_of)
        parts = np.stack(
            [
                by_sector(np.where(abroad, one, 0.0).T, industries.sector_of, len(table.sectors))
                for one in both
            ]
        )[:, :, made]
        products = table.sectors.select(made)
        dimensions = (Dimension({"region": who.labels}), Dimension.of(products, "partner_sector"))
        of_parts = of[:, :, None]
    else:
        if by == "partner":
            parts, pairs = industries.sum_by_region(both, axis=2), problem.foreign
        else:
            parts, pairs = both, abroad
        e, source = np.nonzero(pairs)
        columns = {"region": tuple(who.labels[k] for k in e)}
        region_of = source if by == "partner" else industries.region_of[source]
        columns["partner"] = tuple(regions[r] for r in region_of)
        if by == "industry":
            sector_of = industries.sector_of[source]
            columns["partner_sector"] = tuple(table.sectors[k] for k in sector_of)
        dimensions = (Dimension(columns),)
        parts, of_parts = parts[:, e, source], of[:, e]
    return _Pieces(
        *parts,
        *of_parts,
        dimensions,
        (*totals, *of),
        Dimension({"region": who.labels}),
        certificate,
    )


def _by_user(problem: _Problem) -> _Pieces:
    """Foreign flows by using sector, all partners asked for together."""
    table, who = problem.table, problem.who
    sector_of, size = table.industries.sector_of, len(table.sectors)
    face, look, certificate = problem.by_user()
    both = np.stack([face, look])  # (2, R, n)
    # A user belongs to one economy, but economies differ in who is foreign to them.
    abroad = problem.users * (problem.foreign.astype(np.float64) @ both)  # (2, E, n)
    every = problem.users * both.sum(axis=1)[:, None, :]
    parts = np.stack([by_sector(one.T, sector_of, size) for one in abroad])
    of = np.stack([by_sector(one.T, sector_of, size) for one in every])
    exists = by_sector((who.home[:, table.industries.region_of]).T.astype(float), sector_of, size)
    asked = np.zeros(size, dtype=bool)
    asked[problem.sectors] = True
    e, k = np.nonzero((exists > 0) & asked)
    columns = {
        "region": tuple(who.labels[i] for i in e),
        "sector": tuple(table.sectors[i] for i in k),
    }
    return _Pieces(
        *parts[:, e, k],
        *of[:, e, k],
        (Dimension(columns),),
        (*abroad.sum(axis=2), *every.sum(axis=2)),
        Dimension({"region": who.labels}),
        certificate,
    )


def _check(by: str, side: str) -> None:
    if by not in ("partner", "sector", "product", "industry"):
        raise OptionError(f"by={by!r} is not one of 'partner', 'sector', 'product', 'industry'")
    if side not in ("inputs", "sales"):
        raise OptionError(f"side={side!r} is not one of 'inputs', 'sales'")


def _foreign(table: Table, who: Economies, partners: str | Iterable[str] | None) -> Bools:
    """(E, R) which regions count as foreign partners of each economy."""
    wanted = np.zeros(len(table.regions), dtype=bool)
    wanted[flows.positions(table, partners)] = True
    foreign = ~who.home & wanted
    if not foreign.any():
        raise OptionError(
            f"no foreign partner is left for {', '.join(who.labels)}: name partners other than "
            "the economy itself, in a table of at least two regions"
        )
    return foreign


def _idle(table: Table, users: Bools, problem: _Problem) -> tuple[str, ...]:
    idle = np.flatnonzero((users & ~problem.users).any(axis=0))
    found = []
    if idle.size:
        found.append(
            f"{idle.size} industries have no output (such as {table.industries.label(idle[0])}): "
            "their flows are left out and their shares are 0"
        )
    bare = problem.users.any(axis=0) & (problem.Z.sum(axis=0) <= 0)
    if bare.any():
        what = "buy no inputs" if problem.side == "inputs" else "sell nothing to industries"
        first = table.industries.label(int(np.flatnonzero(bare)[0]))
        found.append(
            f"{int(bare.sum())} industries with output {what} (such as {first}): their shares are 0"
        )
    return tuple(found)
