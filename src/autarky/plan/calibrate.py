"""`calibrate`: capital, labour and investment of an economy such that its table is a steady state.

May import `table`, `errors` and below, and `books` and `priors` of its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.axes import Axis
from autarky.errors import OptionError
from autarky.plan.books import Books, books_of
from autarky.plan.priors import by_sector, growth_of
from autarky.table import Table
from autarky.units import Provenance, Unit

Array = NDArray[np.float64]

#: Time preference behind the default of `interest` [1/yr]: an assumption.
TIME_PREFERENCE = 0.035
#: Most of a sector's value added that may be the cost of capital: an assumption.
CAPITAL_SHARE = 0.9
#: A scale of given capital beyond these says that its source and the table do not fit.
_PLAUSIBLE = (0.4, 2.5)


@dataclass(frozen=True, eq=False, kw_only=True)
class Calibration:
    """An economy whose table is a steady state: what every plan starts from.

    Prices are 1. Value added is labour plus the cost of capital in every sector, and steady-state
    investment is what the table's economy invests.

    Attributes
    ----------
    region : str
    sectors : Axis
        The S products.
    regions : Axis
        The R regions of the table, which are the suppliers.
    year : int or None
    unit : Unit
        Of money.
    A : (S, S) array
        Inputs of every product, home or foreign, per unit of output [1].
    x, use, imports, exports : (S,) array
        Output, domestic use, imports and exports [money/yr].
    suppliers : (R, S) array
        Imports by region [money/yr].
    mu : (S,) array
        Share of imports in domestic use [1].
    consumption, other : (S,) array
        Final consumption; inventories and investment that does not follow capital [money/yr].
    beta : (S,) array
        What investment is made of; adds up to 1.
    capital, labour, investment : (S,) array
        Capital stock [money], income of labour and steady-state investment [money/yr].
    kappa, wage : (S,) array
        Capital [yr] and income of labour [1] per unit of output.
    delta : (S,) array
        Depreciation [1/yr].
    growth, interest : float
        g and r [1/yr].
    lead : int
        Years from spending on capital to having it.
    persons : (S,) array or None
        Persons engaged [thousand].
    scale : float
        What capital of the source was multiplied by so that investment fits.
    sources : dict of str to str
        Where each quantity comes from.
    treatments, warnings : tuple of str
    provenance : Provenance
        Of the table.
    """

    region: str
    sectors: Axis
    regions: Axis
    year: int | None
    unit: Unit
    A: Array
    x: Array
    use: Array
    imports: Array
    exports: Array
    suppliers: Array
    mu: Array
    consumption: Array
    other: Array
    beta: Array
    capital: Array
    labour: Array
    investment: Array
    kappa: Array
    wage: Array
    delta: Array
    growth: float
    interest: float
    lead: int
    persons: Array | None
    scale: float
    sources: Mapping[str, str] = field(default_factory=dict)
    treatments: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def discount(self) -> float:
        """What a year later counts, b = (1 + g)/(1 + r), in units that grow with it."""
        return (1.0 + self.growth) / (1.0 + self.interest)

    @property
    def rental(self) -> Array:
        """(S,) yearly cost of a unit of capital, interest while it is built included [1/yr]."""
        return (self.interest + self.delta) * (1.0 + self.interest) ** (self.lead - 1)

    @property
    def value_added(self) -> Array:
        """(S,) labour plus the cost of capital [money/yr]."""
        return self.labour + self.rental * self.capital

    @property
    def active(self) -> NDArray[np.bool_]:
        """(S,) whether a sector makes anything."""
        return self.x > 0

    @property
    def home_share(self) -> Array:
        """(S,) share of domestic use that is made at home; 1 where nothing is used."""
        return 1.0 - self.mu


def calibrate(
    table: Table,
    region: str,
    *,
    growth: float | None = None,
    interest: float | None = None,
    depreciation: float | ArrayLike | None = None,
    capital: ArrayLike | Table | None = None,
    lead: int = 2,
    investment_share: float | None = None,
) -> Calibration:
    """Capital, labour, depreciation and investment mix that make the table a steady state.

    Parameters
    ----------
    table : Table
    region : str
        The economy.
    growth : float, optional
        g [1/yr]. By default the growth of its real GDP from 1995 to 2011 (Penn World Table).
    interest : float, optional
        r [1/yr]. By default (1 + ρ)(1 + g) − 1 with a time preference ρ of 0.035 (assumption):
        what consumers with logarithmic utility ask for in an economy that grows at g.
    depreciation : float or (S,) array, optional
        δ [1/yr]. By default that of the sectors in the WIOD accounts.
    capital : (S,) array or Table, optional
        Capital stock [money], up to a common factor; or the table of another year whose account
        of capital gives the ratio to output. By default the table's own, or a prior by sector.
    lead : int
        Years from spending on capital to having it; 2 (assumption).
    investment_share : float, optional
        For tables with one column of final use: the part that is investment.

    Returns
    -------
    Calibration

    Raises
    ------
    LabelError
        There is no such region.
    OptionError
        A number lies outside its range, capital does not fit, or the table has no investment.

    Notes
    -----
    With capital k of the source and a scale s, K = min(s k, 0.9 v / ρ), where v is value added
    and ρ = (r + δ)(1 + r)^(lead − 1) the yearly cost of capital, interest while it is built
    included. The scale solves Σ (g + δ)(1 + g)^(lead − 1) K = GFCF, so that steady-state
    investment is what the economy invests, and labour is the rest, v − ρK. Without g, capital of
    an economy that grows fast comes out at twice what it has.

    Examples
    --------
    >>> table = Table.from_arrays(
    ...     [[20.0, 30.0], [10.0, 20.0]],
    ...     [[60.0, 10.0], [40.0, 20.0]],
    ...     regions=["A"],
    ...     sectors=["goods", "services"],
    ...     uses=["consumption", "investment"],
    ...     use_kinds=["household", "investment"],
    ... )
    >>> one = calibrate(table, "A", growth=0.02, interest=0.05, depreciation=0.06)
    >>> round(float(one.investment.sum()), 9)
    30.0
    >>> bool(abs(one.value_added - table.value_added).max() < 1e-9)
    True
    """
    g, said_g = (growth, "given") if growth is not None else growth_of(region)
    r = interest if interest is not None else (1.0 + TIME_PREFERENCE) * (1.0 + g) - 1.0
    _refuse_rates(g, r, lead)
    books = books_of(table, region, investment_share=investment_share)
    delta, said_d = _depreciation(table, depreciation)
    kappa, said_k, notes = _capital_ratio(table, region, books, capital)
    rental = (r + delta) * (1.0 + r) ** (lead - 1)
    need = (g + delta) * (1.0 + g) ** (lead - 1)
    x, added = books.output, books.value_added
    most = CAPITAL_SHARE * np.maximum(added, 0.0) / rental
    scale, stock = _fit(kappa * x, most, need, float(books.investment.sum()))
    investment = need * stock
    beta = books.investment / books.investment.sum()
    use = books.use
    return Calibration(
        region=region,
        sectors=table.sectors,
        regions=table.regions,
        year=table.year,
        unit=table.unit,
        A=_ratio(books.Z, x),
        x=x,
        use=use,
        imports=books.imports,
        exports=books.exports,
        suppliers=books.suppliers,
        mu=_ratio(books.imports, use),
        consumption=books.consumption,
        other=books.other + books.investment - beta * investment.sum(),
        beta=beta,
        capital=stock,
        labour=added - rental * stock,
        investment=investment,
        kappa=_ratio(stock, x),
        wage=_ratio(added - rental * stock, x),
        delta=delta,
        growth=g,
        interest=r,
        lead=lead,
        persons=books.persons,
        scale=scale,
        sources={
            "capital": said_k,
            "depreciation": said_d,
            "growth": said_g,
            "interest": "given"
            if interest is not None
            else f"(1 + g)(1 + {TIME_PREFERENCE:g}) − 1 (assumption)",
            "lead": "assumption" if lead == 2 else "given",
        },
        treatments=books.treatments,
        warnings=(*notes, *_warn(table, books, scale, said_k, investment)),
        provenance=table.provenance,
    )


def _refuse_rates(g: float, r: float, lead: int) -> None:
    problems = []
    if not -0.1 < g < 0.3:
        problems.append(f"growth is {g}; it must lie in (−0.1, 0.3)")
    if not 0 < r < 0.5:
        problems.append(f"interest is {r}; it must lie in (0, 0.5)")
    if not (isinstance(lead, int) and 1 <= lead <= 10):
        problems.append(f"lead is {lead}; it must be a whole number of years from 1 to 10")
    if problems:
        raise OptionError("; ".join(problems))


def _depreciation(table: Table, given: float | ArrayLike | None) -> tuple[Array, str]:
    if given is None:
        return by_sector("depreciation", table.sectors)
    delta = np.asarray(given, dtype=np.float64)
    S = len(table.sectors)
    if delta.shape not in ((), (S,)) or not ((delta > 0) & (delta < 1)).all():
        raise OptionError(f"depreciation must be a number in (0, 1), or {S} of them")
    return np.broadcast_to(delta, (S,)).copy(), "given"


def _capital_ratio(
    table: Table, region: str, books: Books, given: ArrayLike | Table | None
) -> tuple[Array, str, tuple[str, ...]]:
    """(capital over output up to a factor, source, notes)."""
    prior, said = by_sector("capital", table.sectors)
    if isinstance(given, Table):
        if given.sectors.labels != table.sectors.labels:
            raise OptionError("the table that gives capital has other sectors than this one")
        other = books_of(given, region)
        if other.capital is None:
            raise OptionError(
                f"the table of {given.year} has no account of capital for {region}; wiod2013 has "
                "it for 1995 to 2007, and for some economies to 2009"
            )
        found, output = other.capital, other.output
        said = f"capital over output of {given.year} in the accounts"
    elif given is not None:
        found, output = np.asarray(given, dtype=np.float64), books.output
        if found.shape != prior.shape or (found < 0).any() or not np.isfinite(found).all():
            raise OptionError(f"capital must be {prior.size} numbers of 0 or more, or a table")
        said = "given"
    elif books.capital is not None:
        found, output = books.capital, books.output
        said = "the table's account"
    else:
        return prior, said, ()
    known = np.isfinite(found) & (output > 0) & (found >= 0)
    ratio = np.where(known, _ratio(np.where(known, found, 0.0), output), np.nan)
    if not np.nansum(ratio) > 0:
        raise OptionError(f"the capital given for {region} is 0 in every sector with output")
    return _filled(ratio, prior, books.output, table.sectors, said)


def _filled(
    ratio: Array, prior: Array, output: Array, sectors: Axis, said: str
) -> tuple[Array, str, tuple[str, ...]]:
    """Holes of the ratio from the prior, at the level of the known ones."""
    holes = np.isnan(ratio) & (output > 0)
    known = np.isfinite(ratio)
    level = np.nansum(np.where(known, ratio * output, 0.0)) / max(
        float((prior * output)[known].sum()), 1e-300
    )
    filled = np.where(known, ratio, level * prior)
    if not holes.any():
        return filled, said, ()
    named = ", ".join(sectors[int(i)] for i in np.flatnonzero(holes)[:6])
    note = f"no account of capital for {named}: the prior by sector was taken there"
    return filled, said, (note,)


def _fit(capital: Array, most: Array, need: Array, investment: float) -> tuple[float, Array]:
    """The scale s with Σ need·min(s·capital, most) = investment, and the stock.

    Exact: the sum is linear in s between the scales at which a sector reaches its most.
    """
    at = np.where(capital > 0, most / np.where(capital > 0, capital, 1.0), np.inf)
    order = np.argsort(at)
    free, full = float(need @ np.where(np.isfinite(at), capital, 0.0)), 0.0
    for i in order:
        if not np.isfinite(at[i]):
            break
        if full + free * at[i] >= investment:
            break
        full += float(need[i] * most[i])
        free -= float(need[i] * capital[i])
    scale = (investment - full) / free if free > 1e-12 * investment else float(at[order[-1]])
    if not np.isfinite(scale):
        scale = float(at[np.isfinite(at)].max())
    return scale, np.minimum(scale * capital, most)


def _ratio(values: Array, by: Array) -> Array:
    """Quotients along the last axis; 0 where there is nothing to divide by."""
    return np.divide(values, by, out=np.zeros_like(values, dtype=np.float64), where=by > 0)


def _warn(
    table: Table, books: Books, scale: float, said: str, investment: Array
) -> tuple[str, ...]:
    notes = []
    low, high = _PLAUSIBLE
    if not low <= scale <= high:
        notes.append(
            f"capital ({said}) was multiplied by {scale:.2g} to fit investment: it may belong to "
            "another economy, currency or year"
        )
    left = float(books.investment.sum() - investment.sum())
    if left > 1e-6 * float(books.investment.sum()):
        share = left / float(books.investment.sum())
        notes.append(
            f"{share:.0%} of investment is more than value added can pay for as capital; it is "
            "kept as it is, whatever the plan"
        )
    below = np.flatnonzero(books.value_added < 0)
    if below.size:
        named = ", ".join(table.sectors[int(i)] for i in below[:6])
        notes.append(f"value added is negative in {named}: labour is a negative cost there")
    return tuple(notes)
