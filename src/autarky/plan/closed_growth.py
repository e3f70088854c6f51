"""Whether an economy could stand alone, how fast it could grow, and what it would need more of.

Von Neumann's (1937) growing economy with one technique for each product and nothing durable.
Kernels on bare arrays first, then the plan. May import `results`, `table`, and its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError, NotProductiveError, OptionError
from autarky.leontief import safe_reciprocal
from autarky.plan.calibrate import calibrate
from autarky.plan.home import Home, home_of
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Basket = Literal["consumption", "households"]

BASKETS: dict[str, tuple[str, ...]] = {
    "consumption": ("household", "npish", "government"),
    "households": ("household", "npish"),
}
#: Largest residual of the eigenvectors that counts as an answer.
TOLERANCE = 1e-9
#: Share of all use below which a product without technique is done without: sources leave an
#: industry empty where they count its few firms elsewhere.
NEGLIGIBLE = 1e-3
#: Own share of use below which a technique rests on little.
THIN = 0.1


# --- kernels ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Growth:
    """The balanced growth of a closed economy.

    Parameters
    ----------
    radius : float
        ρ, the spectral radius of what a unit of each output uses up.
    mix : (S,) array
        Right eigenvector: shares of output, summing to 1.
    prices : (S,) array
        Left eigenvector, with mean 1 over the mix.
    residual : float
        Of both, relative to their largest entries.
    """

    radius: float
    mix: Array
    prices: Array
    residual: float


def used_up(A: Array, v: Array, basket: Array) -> Array:
    """(S, S) inputs and what those who work live on, per unit of output: A + b vᵀ.

    Parameters
    ----------
    A : (S, S) array
        Inputs per unit of output [1].
    v : (S,) array
        Value added per unit of output [1].
    basket : (S,) array
        Consumption of each product per unit of value added [1].
    """
    return A + np.outer(basket, v)


def balanced_growth(M: Array) -> Growth:
    """The largest α with x ≥ α M x for some x ≥ 0 that makes everything: 1/ρ(M).

    Raises
    ------
    ConvergenceError
        The eigenvectors are not those of a non-negative matrix, or not exact enough.
    """
    radius, mix = _perron(M)
    again, prices = _perron(M.T)
    mix = mix / mix.sum()
    worth = float(prices @ mix)
    prices = prices / (worth or 1.0)
    residual = max(
        float(np.abs(M @ mix - radius * mix).max() / mix.max()),
        float(np.abs(prices @ M - radius * prices).max() / prices.max()),
        abs(radius - again),
        # What grows is worth nothing: no common rate.
        0.0 if worth > 0 else float("inf"),
    )
    if not residual <= TOLERANCE:
        raise ConvergenceError(
            "the growth path has no exact answer: what a unit of output uses up is negative "
            "somewhere, or falls into parts that do not need each other",
            iterations=1,
            residual=residual,
        )
    return Growth(radius, mix, prices, residual)


def _perron(M: Array) -> tuple[float, Array]:
    values, vectors = np.linalg.eig(M)
    k = int(np.argmax(values.real))
    vector = vectors[:, k].real
    vector = vector * np.sign(vector.sum() or 1.0)
    # Rounding leaves tiny negatives where a product is not needed.
    return float(values[k].real), np.maximum(vector, 0.0)


def growth_with_capital(M: Array, beta: Array, kappa: Array, delta: Array) -> float:
    """Growth of everything at once where output needs capital: g with x = M x + β κᵀ(δ̂ + g) x.

    Parameters
    ----------
    M : (S, S) array
        What a unit of each output uses up [1].
    beta : (S,) array
        What investment is made of; adds up to 1.
    kappa : (S,) array
        Capital per unit of output [yr].
    delta : (S,) array
        Depreciation [1/yr].

    Notes
    -----
    All that is left over is invested. With z = (I − M)⁻¹β the mix of output is that of z, and
    g = (1 − (κδ)ᵀz) / κᵀz [1/yr].

    Examples
    --------
    A quarter is left over, a unit takes two units of capital, of which 5 % wear out:

    >>> one = np.ones(1)
    >>> round(growth_with_capital(np.array([[0.75]]), one, 2 * one, 0.05 * one), 3)
    0.075
    """
    z = np.linalg.solve(np.eye(len(beta)) - M, beta)
    return float((1.0 - (kappa * delta) @ z) / (kappa @ z))


def alone_output(A: Array, y: Array) -> Array:
    """(S,) output that final use y takes if nothing is imported: (I − A)⁻¹ y [money/yr]."""
    x = np.linalg.solve(np.eye(len(y)) - A, y)
    return np.maximum(x, 0.0)


def needed(A: Array, basket: Array, live: Bools) -> Bools:
    """(S,) products that somebody lives on or that go, by any chain, into one."""
    links = (A > 0) & live[None, :]
    wanted = basket > 0
    while True:
        more = wanted | (links & wanted[None, :]).any(axis=1)
        if (more == wanted).all():
            return wanted
        wanted = more


# --- the plan -----------------------------------------------------------------------------------


def closed_growth(
    table: Table,
    region: str,
    *,
    basket: Basket = "consumption",
    level: float = 1.0,
    borrow: str | None = None,
) -> Dependence:
    """Whether an economy could reproduce itself alone, and the fastest it could then grow.

    Parameters
    ----------
    table : Table
    region : str
        The economy.
    basket : {"consumption", "households"}
        What those who work live on: all consumption, or that of households alone.
    level : float
        Share of today's basket per unit of value added.
    borrow : str, optional
        Where the technique of a product comes from that is not made at home: another region, or
        "world" for the mean of all others. Without it such a product cannot be made.

    Returns
    -------
    Dependence
        In total `stands_alone`, `spectral_radius`, `growth_limit` and `growth_with_capital`
        (NaN where nothing is left to invest, or the table does not tell investment from other
        uses); by product
        `technique_known`, `home_share`, `alone_output`, `alone_scale`, `growth_mix` and
        `growth_price`. All but the first of each are NaN where a product that is needed has no
        technique.

    Raises
    ------
    LabelError
        An unknown region.
    OptionError
        An option is out of range, or the table does not tell consumption from other final use.
    NotProductiveError
        The techniques use up more than they make, whatever people live on.

    Notes
    -----
    M = A + b vᵀ is what a unit of each output uses up: inputs, wherever they come from today, and
    the basket b per unit of value added v. With one technique for each product and all inputs
    advanced by one year, the largest rate at which everything can grow is α = 1/ρ(M); output then
    has the mix of the right eigenvector and prices that of the left one. ρ < 1: the economy
    reproduces itself. `growth_with_capital` is the growth where output needs capital as well, with
    the capital, depreciation and mix of investment of `calibrate`, and all that is left over is
    invested. In prices of today ρ < 1 whenever an economy saves: what binds is that a
    technique, a deposit or a skill is missing. `alone_scale` says of what it would have to make
    more, (I − A)⁻¹ y over present output, for its present final use without exports.

    References
    ----------
    von Neumann, J. (1937), translated as A model of general economic equilibrium, Review of
    Economic Studies 13(1), 1–9 (1945). Kemeny, J. G., Morgenstern, O. and Thompson, G. L. (1956),
    A generalization of the von Neumann model of an expanding economy, Econometrica 24(2),
    115–135.

    Examples
    --------
    One product: half of it is used up to make it, a quarter is eaten, so it could grow by a third.

    >>> table = Table.from_arrays(
    ...     [[50, 0], [0, 50]],
    ...     [[25, 25, 0, 0], [0, 0, 25, 25]],
    ...     regions=["A", "B"],
    ...     sectors=["s"],
    ...     uses=["c", "i"],
    ...     use_kinds=["household", "investment"],
    ... )
    >>> alone = closed_growth(table, "A")
    >>> (
    ...     alone.value("spectral_radius", region="A"),
    ...     round(alone.value("growth_limit", region="A"), 9),
    ... )
    (0.75, 33.333333333)
    """
    if basket not in BASKETS:
        raise OptionError(f"basket={basket!r} is not one of 'consumption', 'households'")
    if not (np.isfinite(level) and level > 0):
        raise OptionError(f"level is {level}; it must be above 0 (1: the basket of today)")
    home = home_of(table, region)
    A, known = _techniques(table, home, borrow)
    v = np.where(known, 1.0 - A.sum(axis=0), 0.0)
    eaten = _consumption(table, region, basket)
    earned = float((1.0 - home.techniques.sum(axis=0)) @ home.output)
    b = level * eaten / earned
    lacking = needed(A, b, known) & ~known
    small = lacking & (home.use < NEGLIGIBLE * home.use.sum())
    A[small], b[small] = 0.0, 0.0
    lacking &= ~small
    y = np.where(small, 0.0, home.final_use)
    totals, by_product, certificates = _answers(home, A, v, b=b, y=y, lacking=lacking)
    left = not lacking.any() and dict(totals)["spectral_radius"] < 1.0 - TOLERANCE
    grown, said = _with_capital(table, region, used_up(A, v, b)) if left else (float("nan"), ())
    totals.append(("growth_with_capital", grown))
    rows = Dimension({"region": (region,) * len(known), "sector": tuple(table.sectors.labels)})
    values = {
        "technique_known": known.astype(float),
        "home_share": home.home_share,
        **by_product,
    }
    fields = [Field(n, np.array([one]), (Dimension({"region": (region,)}),)) for n, one in totals]
    fields += [Field(n, np.asarray(one, dtype=float), (rows,)) for n, one in values.items()]
    return Dependence(
        "closed_growth",
        "Could the economy stand alone at all, and how fast could it grow?",
        tuple(fields),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=certificates,
        warnings=(
            *_warnings(table, home, known=known, lacking=lacking, small=small, borrow=borrow),
            *said,
        ),
        parameters={"region": region, "basket": basket, "level": level, "borrow": borrow},
    )


def _answers(
    home: Home, A: Array, v: Array, *, b: Array, y: Array, lacking: Bools
) -> tuple[list[tuple[str, float]], dict[str, Array], tuple[Certificate, ...]]:
    """Totals, values by product, and the proof."""
    if lacking.any():
        nothing = np.full(len(v), np.nan)
        totals = [("stands_alone", 0.0), ("spectral_radius", np.nan), ("growth_limit", np.nan)]
        names = ("alone_output", "alone_scale", "growth_mix", "growth_price")
        return totals, dict.fromkeys(names, nothing), ()
    inputs = float(np.abs(np.linalg.eigvals(A)).max())
    if inputs >= 1.0:
        raise NotProductiveError(
            f"the techniques of {home.region} use up more than they make (spectral radius "
            f"{inputs:.3f}), even if nobody lived on it; table.check() lists columns above 1",
            spectral_radius=inputs,
        )
    grown = balanced_growth(used_up(A, v, b))
    x = alone_output(A, y)
    scale = np.divide(x, home.output, out=np.full_like(x, np.inf), where=home.output > 0)
    totals = [
        ("stands_alone", float(grown.radius < 1.0)),
        ("spectral_radius", grown.radius),
        ("growth_limit", 100.0 * (1.0 / grown.radius - 1.0)),
    ]
    by_product = {
        "alone_output": x,
        "alone_scale": np.where((x == 0) & (home.output <= 0), np.nan, scale),
        "growth_mix": grown.mix,
        "growth_price": grown.prices,
    }
    proof = Certificate("eigenvectors", 1, grown.residual, TOLERANCE)
    return totals, by_product, (proof,)


def _with_capital(table: Table, region: str, M: Array) -> tuple[float, tuple[str, ...]]:
    """Growth with capital [percent], and what must be known about it."""
    try:
        base = calibrate(table, region)
    except OptionError as error:
        return float("nan"), (f"no growth with capital: {error}",)
    grown = 100.0 * growth_with_capital(M, base.beta, base.kappa, base.delta)
    said = " and ".join(dict.fromkeys(base.sources[name] for name in ("capital", "depreciation")))
    return grown, (f"growth with capital rests on capital and depreciation from {said}",)


def _techniques(table: Table, home: Home, borrow: str | None) -> tuple[Array, Bools]:
    """(S, S) inputs per unit of output, and which columns are known."""
    A, known = home.techniques.copy(), home.output > 0
    if borrow is None:
        return A, known
    if borrow == home.region:
        raise OptionError(f"borrow={borrow!r} is the economy itself")
    if borrow != "world":
        other = home_of(table, borrow)
        lent, makes = other.techniques, other.output > 0
    else:
        lent, makes = _mean_techniques(table, home.region)
    take = ~known & makes
    A[:, take] = lent[:, take]
    return A, known | take


def _mean_techniques(table: Table, region: str) -> tuple[Array, Bools]:
    """The mean techniques of all other regions, weighted with output."""
    S = len(table.sectors)
    flows, output = np.zeros((S, S)), np.zeros(S)
    for other in table.regions:
        if other != region:
            one: Home = home_of(table, other)
            flows += one.techniques * one.output
            output += one.output
    return flows * safe_reciprocal(output), output > 0


def _consumption(table: Table, region: str, basket: str) -> Array:
    """(S,) what is consumed of each product, whatever its origin [money/yr]."""
    kinds = set(table.uses.kinds)
    if not kinds & set(BASKETS[basket]):
        raise OptionError(
            f"final use of this table is {', '.join(sorted(kinds))}: it does not tell consumption "
            "from investment, so what those who work live on is unknown. Give use_kinds= when "
            "you make the table"
        )
    columns = np.intersect1d(
        table.uses.of_kind(*BASKETS[basket]),
        np.flatnonzero(table.uses.region_of == table.regions.position(region)),
    )
    eaten = np.zeros(len(table.sectors))
    np.add.at(eaten, table.industries.sector_of, table.Y[:, columns].sum(axis=1))
    return np.maximum(eaten, 0.0)


def _warnings(
    table: Table, home: Home, *, known: Bools, lacking: Bools, small: Bools, borrow: str | None
) -> list[str]:
    def named(which: Bools) -> str:
        return ", ".join(table.sectors[int(p)] for p in np.flatnonzero(which))

    said = []
    if lacking.any():
        more = "" if borrow else " borrow= takes the technique of another region"
        said.append(
            f"{home.region} does not make {named(lacking)}, which it needs: with what it knows it "
            f"cannot stand alone.{more}"
        )
    if small.any():
        said.append(
            f"{named(small)}: not made in {home.region}, and less than {NEGLIGIBLE:.1%} of all it "
            "uses; done without"
        )
    lent = known & (home.output <= 0)
    if lent.any():
        said.append(f"techniques borrowed from {borrow}: {named(lent)}")
    thin = (home.home_share < THIN) & (home.output > 0)
    if thin.any():
        said.append(
            f"{named(thin)}: less than {THIN:.0%} of use is made in {home.region}; its technique "
            "may be that of a niche"
        )
    said.append(
        "the limit to growth knows nothing durable: plants, skills and deposits are there at any "
        "scale, and all inputs are advanced by one year; neither rate is a forecast"
    )
    return said
