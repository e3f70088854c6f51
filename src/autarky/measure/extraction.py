"""Hypothetical extraction: who earns less when a link, a row or a country is taken out.

Every extraction follows from one inverse by small updates (Woodbury), so all of them cost little
more than one. The economics are the kernels at the top, on bare arrays. May import `results` and
everything below; never `sources`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.leontief import safe_reciprocal
from autarky.measure import flows
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[Any]
IntArray = NDArray[np.intp]
What = Literal["links", "rows", "countries"]
Account = Literal["value_added", "output"]

DEMAND_SIDE = (
    "extraction is a demand-side measure: it counts the sales that are lost, so it shows the "
    "exposure of the seller; what a buyer suffers for want of supplies needs a stress model"
)
QUESTIONS = {
    "links": "Who would earn how much less if one country's sales to another ended "
    "and nothing took their place?",
    "rows": "Who would earn how much less if one industry's sales to one country ended "
    "and nothing took their place?",
    "countries": "Who would earn how much less if all trade of one country, both ways, ended "
    "and nothing took its place?",
}


# --- kernels ------------------------------------------------------------------------------------


def extract_link(A_ij: Array, Y_ij: Array, L_ji: Array, x_j: Array) -> Array:
    """(S_i,) sales of i that end with the link i → j: what its other sales and L act on.

    Parameters
    ----------
    A_ij : (S_i, S_j) array
        Input coefficients of the link.
    Y_ij : (S_i,) array
        Final use of j bought from i [money/yr].
    L_ji : (S_j, S_i) array
        Block of the Leontief inverse.
    x_j : (S_j,) array
        Output of j before, from L Y 1 [money/yr].

    Notes
    -----
    With q = (I + A_ij L_ji)⁻¹ A_ij (x_j − L_ji Y_ij), the outputs change by
    Δx = −L_·i (Y_ij + q): q are the intermediate sales that are lost, at the outputs of j after.
    """
    K = A_ij @ L_ji
    K.flat[:: K.shape[0] + 1] += 1.0
    return Y_ij + np.linalg.solve(K, A_ij @ (x_j - L_ji @ Y_ij))


def extract_rows(direct: Array, Y_k: Array, loop: Array) -> Array:
    """(S_i, R) sales that end when one industry k stops selling to one country j.

    Parameters
    ----------
    direct : (S_i, R) array
        a_kj x_j, what k sells to the industries of j [money/yr].
    Y_k : (S_i, R) array
        What k sells to the final users of j [money/yr].
    loop : (S_i, R) array
        a_kj L_jk, how much of a sale of k comes back to k through j.

    Notes
    -----
    q_k = Y_kj + (a_kj x_j − (a_kj L_jk) Y_kj) / (1 + a_kj L_jk) and Δx = −L_·k q_k.
    """
    return Y_k + (direct - loop * Y_k) / (1.0 + loop)


def extract_country(
    A_cc: Array, Y_cc: Array, L_cc: Array, abroad_for_abroad: Array
) -> tuple[Array, Array]:
    """Output of a country alone, and what the others lose by its absence from their chains.

    Parameters
    ----------
    A_cc, L_cc : (S_c, S_c) array
        Home blocks of A and of L.
    Y_cc : (S_c,) array
        Its own final use of its own goods [money/yr].
    abroad_for_abroad : (S_c,) array
        z_c, its output for the others' final use of the others' goods [money/yr].

    Returns
    -------
    alone : (S_c,) array
        (I − A_cc)⁻¹ Y_cc.
    missing : (S_c,) array
        L_cc⁻¹ z_c: outputs of the others without it are z − L_·c L_cc⁻¹ z_c (the Schur
        complement of the inverse).
    """
    alone = np.linalg.solve(np.eye(A_cc.shape[0]) - A_cc, Y_cc)
    missing = np.linalg.solve(L_cc, abroad_for_abroad)
    return alone, missing


# --- what all extractions start from ------------------------------------------------------------


@dataclass(frozen=True)
class _Base:
    """The table before anything is removed, and the columns of L.

    `x` (n,) is L Y 1 and never the published output: on rounded tables they differ. `H` (R, n) is
    what a sale of each industry earns in each region; `total` (R,) what the regions earn.
    """

    table: Table
    x: Array
    weight: Array
    H: Array
    total: Array
    L_of: Callable[[int], Array]
    L: Array | None
    certificates: tuple[Certificate, ...]

    @property
    def starts(self) -> IntArray:
        return self.table.industries.starts

    def A_of(self, i: int) -> Array:
        """(S_i, n) the rows of A of one region."""
        rows = self.table.Z[self.starts[i] : self.starts[i + 1]]
        return rows * safe_reciprocal(self.table.x)


def _base(table: Table, sellers: IntArray, account: Account) -> _Base:
    """The explicit inverse where most of its columns are needed, else solves for those columns."""
    starts, n = table.industries.starts, table.n
    y = table.Y_by_region.sum(axis=1)
    weight = table.v if account == "value_added" else np.ones(n)
    needed = int(np.diff(starts)[sellers].sum())
    if table.L.prefers_inverse(needed):
        L = inverse = table.L.inverse()
        x = L @ y
        H = table.industries.sum_by_region(weight[:, None] * L)
        certificates = (
            table.L.certify(x, y, method="inverse"),
            table.L.certify(H.T, _by_region(table, weight), method="inverse", transpose=True),
        )

        def L_of(i: int) -> Array:
            return np.ascontiguousarray(inverse[:, starts[i] : starts[i + 1]])

    else:
        L = None
        forward, backward = table.L.solve(y), table.L.solve_left(_by_region(table, weight))
        x, H = forward.values, np.ascontiguousarray(backward.values.T)
        certificates = (forward.certificate, backward.certificate)

        def L_of(i: int) -> Array:
            unit = np.zeros((n, starts[i + 1] - starts[i]))
            unit[starts[i] : starts[i + 1]] = np.eye(unit.shape[1])
            return table.L.solve(unit).values

    total = table.industries.sum_by_region(weight * x)
    return _Base(table, x, weight, H, total, L_of, L, certificates)


def _by_region(table: Table, weight: Array) -> Array:
    """(n, R) a weight, one column for each region's industries."""
    out = np.zeros((table.n, len(table.regions)))
    out[np.arange(table.n), table.industries.region_of] = weight
    return out


def link_losses(base: _Base, sellers: IntArray, buyers: IntArray) -> Array:
    """(R, I, J) what each region earns less without each link from a seller to a buyer."""
    starts, Y = base.starts, base.table.Y_by_region
    losses = np.zeros((len(base.table.regions), sellers.size, buyers.size))
    for a, i in enumerate(sellers):
        rows = slice(starts[i], starts[i + 1])
        A_i, L_i = base.A_of(i), base.L_of(i)
        lost = np.zeros((L_i.shape[1], buyers.size))
        for b, j in enumerate(buyers):
            if i != j:
                block = slice(starts[j], starts[j + 1])
                lost[:, b] = extract_link(A_i[:, block], Y[rows, j], L_i[block], base.x[block])
        losses[:, a] = base.H[:, rows] @ lost
    return losses


def row_losses(base: _Base, sellers: IntArray) -> Iterator[Array]:
    """(S_i, R) per seller: the sales to each country that each of its industries loses."""
    starts, industries = base.starts, base.table.industries
    for i in sellers:
        rows = slice(starts[i], starts[i + 1])
        A_i, L_i = base.A_of(i), base.L_of(i)
        lost = extract_rows(
            industries.sum_by_region(A_i * base.x, axis=1),
            base.table.Y_by_region[rows],
            industries.sum_by_region(A_i * L_i.T, axis=1),
        )
        lost[:, i] = 0.0
        yield lost


def country_losses(base: _Base, countries: IntArray) -> Array:
    """(R, C) what each region earns less when each of some countries trades with nobody."""
    table, starts = base.table, base.starts
    Y = table.Y_by_region
    total = table.Y_by_region.sum(axis=1)
    LY = _outputs_for(base, countries)
    losses = np.zeros((len(table.regions), countries.size))
    for a, c in enumerate(countries):
        home = slice(starts[c], starts[c + 1])
        L_c = base.L_of(c)
        # z = L y with y the others' final use of the others' goods.
        z = base.x - LY[:, a] - L_c @ (total[home] - Y[home, c])
        alone, missing = extract_country(base.A_of(c)[:, home], Y[home, c], L_c[home], z[home])
        left = table.industries.sum_by_region(base.weight * z) - base.H[:, home] @ missing
        left[c] = base.weight[home] @ alone
        losses[:, a] = base.total - left
    return losses


def _outputs_for(base: _Base, countries: IntArray) -> Array:
    """(n, C) output for the final use of each of some countries."""
    Y = np.ascontiguousarray(base.table.Y_by_region[:, countries])
    return base.L @ Y if base.L is not None else base.table.L.solve(Y).values


# --- the measure --------------------------------------------------------------------------------


def extraction(
    table: Table,
    *,
    what: What = "links",
    regions: str | Iterable[str] | None = None,
    partners: str | Iterable[str] | None = None,
    sectors: str | Iterable[str] | None = None,
    account: Account = "value_added",
    full: bool = False,
) -> Dependence:
    """What everyone earns less when a link, an industry's sales to a country, or a country ends.

    Parameters
    ----------
    table : Table
    what : {"links", "rows", "countries"}
        What is taken out, one at a time: all sales of one country to another; one industry's
        sales to another country; all trade of one country, both ways.
    regions : str or sequence of str, optional
        The sellers (links, rows) or the countries taken out; all by default.
    partners : str or sequence of str, optional
        The buyers; all by default. Not for countries.
    sectors : str or sequence of str, optional
        With rows: the seller's sectors.
    account : {"value_added", "output"}
        What is counted.
    full : bool
        The loss of every region from every extraction, instead of the seller's, the buyer's and
        the world's (with countries: its own, the others' and the world's).

    Returns
    -------
    Dependence
        `value_added_loss_seller` (region sells, partner buys), `value_added_loss_buyer` (region
        buys, partner sells) and `value_added_loss_world`, or `…_own`, `…_rest`, `…_world` for
        countries, in percent; with `_amount`, in money. With `full`, `value_added_loss` by
        region and exporter, importer (or extracted). `output_…` for the other account. Losses are
        positive.

    Raises
    ------
    LabelError
        An unknown region, partner or sector.
    OptionError
        `what` or `account` is not one of those; `partners` with countries; `sectors` without
        rows; no link is left.

    Notes
    -----
    A demand-side measure: sales that end and are not replaced. It tells how exposed the *seller*
    is. Without A_ij and Y_ij the outputs are x′, from x⁰ = LY1, and the loss of region g is
    Σ_{i∈g} v_i (x⁰ − x′)_i. See `extract_link`, `extract_rows`, `extract_country`.

    References
    ----------
    Los, B., Timmer, M. P. and de Vries, G. J. (2016). Tracing value-added and double counting in
    gross exports: comment. American Economic Review 106(7), 1958–1966.

    Examples
    --------
    >>> table = Table.from_arrays(
    ...     [[10.0, 20.0], [30.0, 5.0]],
    ...     [[60.0, 10.0], [0.0, 65.0]],
    ...     regions=["A", "B"],
    ...     sectors=["all"],
    ... )
    >>> result = extraction(table, regions="A", partners="B")
    >>> round(result.value("value_added_loss_seller", region="A", partner="B"), 2)
    33.33
    """
    regions, partners, sectors = _listed(regions), _listed(partners), _listed(sectors)
    _check(what, account, partners=partners, sectors=sectors)
    sellers = flows.positions(table, regions)
    base = _base(table, sellers, account)
    name = f"{account}_loss"
    if what == "countries":
        fields = _country_fields(base, sellers, name, full=full)
    else:
        buyers = flows.positions(table, partners)
        if not np.any(sellers[:, None] != buyers[None, :]):
            raise OptionError("a link needs two countries: regions and partners name the same one")
        if what == "links":
            fields = _link_fields(base, sellers, buyers, name, full=full)
        else:
            kept = table.industries.locate(None, sectors)
            fields = _row_fields(base, sellers, buyers, kept, name, full=full)
    return Dependence(
        "extraction",
        QUESTIONS[what],
        fields,
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=base.certificates,
        warnings=(DEMAND_SIDE, *_no_output(table), *flows.caveats(table)),
        parameters={
            "what": what,
            "regions": regions,
            "partners": partners,
            "sectors": sectors,
            "account": account,
            "full": full,
        },
    )


def _check(what: str, account: str, *, partners: object, sectors: object) -> None:
    if what not in QUESTIONS:
        raise OptionError(f"what={what!r} is not one of 'links', 'rows', 'countries'")
    if account not in ("value_added", "output"):
        raise OptionError(f"account={account!r} is not one of 'value_added', 'output'")
    if what == "countries" and partners is not None:
        raise OptionError("partners= has no meaning for countries: each is cut off from all others")
    if what != "rows" and sectors is not None:
        raise OptionError(f"sectors= has no meaning for {what}; use what='rows'")


def _listed(labels: str | Iterable[str] | None) -> list[str] | None:
    if labels is None:
        return None
    return [labels] if isinstance(labels, str) else list(dict.fromkeys(labels))


def _no_output(table: Table) -> tuple[str, ...]:
    idle = int(np.count_nonzero(table.x <= 0))
    return (f"{idle} industries have no output: their coefficients are 0",) if idle else ()


# --- from losses to fields ----------------------------------------------------------------------


def _pair(
    name: str, losses: Array, total: Array | float, dimensions: tuple[Dimension, ...]
) -> list[Field]:
    """A loss in percent of a total, and the same in money."""
    total = np.broadcast_to(total, losses.shape)
    share = np.divide(100.0 * losses, total, out=np.zeros_like(losses), where=total > 0)
    return [Field(name, share, dimensions), Field(f"{name}_amount", losses, dimensions)]


def _labels(names: tuple[str, ...], positions: IntArray) -> tuple[str, ...]:
    return tuple(names[p] for p in positions)


def _link_fields(
    base: _Base, sellers: IntArray, buyers: IntArray, name: str, *, full: bool
) -> tuple[Field, ...]:
    names, total = base.table.regions.labels, base.total
    a, b = np.nonzero(sellers[:, None] != buyers[None, :])
    i, j = sellers[a], buyers[b]
    losses = link_losses(base, sellers, buyers)[:, a, b]
    seller, buyer = _labels(names, i), _labels(names, j)
    if full:
        links = Dimension({"exporter": seller, "importer": buyer})
        everyone = Dimension.of(base.table.regions)
        return tuple(_pair(name, losses, total[:, None], (everyone, links)))
    links = Dimension({"region": seller, "partner": buyer})
    back = Dimension({"region": buyer, "partner": seller})
    each = np.arange(i.size)
    return (
        *_pair(f"{name}_seller", losses[i, each], total[i], (links,)),
        *_pair(f"{name}_buyer", losses[j, each], total[j], (back,)),
        *_pair(f"{name}_world", losses.sum(axis=0), total.sum(), (links,)),
    )


def _row_fields(
    base: _Base, sellers: IntArray, buyers: IntArray, kept: IntArray, name: str, *, full: bool
) -> tuple[Field, ...]:
    industries, total = base.table.industries, base.total
    ks = np.concatenate([np.arange(base.starts[i], base.starts[i + 1]) for i in sellers])
    lost = np.concatenate(list(row_losses(base, sellers)))
    used = np.isin(ks, kept)
    ks, lost = ks[used], lost[used]
    a, b = np.nonzero(industries.region_of[ks][:, None] != buyers[None, :])
    k, j, q = ks[a], buyers[b], lost[a, buyers[b]]
    i = industries.region_of[k]
    seller, buyer = (_labels(base.table.regions.labels, p) for p in (i, j))
    sector = _labels(base.table.sectors.labels, industries.sector_of[k])
    if full:
        links = Dimension({"exporter": seller, "exporter_sector": sector, "importer": buyer})
        everyone = Dimension.of(base.table.regions)
        return tuple(_pair(name, base.H[:, k] * q, total[:, None], (everyone, links)))
    links = Dimension({"region": seller, "sector": sector, "partner": buyer})
    back = Dimension({"region": buyer, "partner": seller, "partner_sector": sector})
    return (
        *_pair(f"{name}_seller", base.H[i, k] * q, total[i], (links,)),
        *_pair(f"{name}_buyer", base.H[j, k] * q, total[j], (back,)),
        *_pair(f"{name}_world", base.H.sum(axis=0)[k] * q, total.sum(), (links,)),
    )


def _country_fields(
    base: _Base, countries: IntArray, name: str, *, full: bool
) -> tuple[Field, ...]:
    regions, total = base.table.regions, base.total
    losses = country_losses(base, countries)
    out = _labels(regions.labels, countries)
    if full:
        cut = Dimension({"extracted": out})
        return tuple(_pair(name, losses, total[:, None], (Dimension.of(regions), cut)))
    own = losses[countries, np.arange(countries.size)]
    world = losses.sum(axis=0)
    dimension = (Dimension({"region": out}),)
    return (
        *_pair(f"{name}_own", own, total[countries], dimension),
        *_pair(f"{name}_rest", world - own, total.sum() - total[countries], dimension),
        *_pair(f"{name}_world", world, total.sum(), dimension),
    )
