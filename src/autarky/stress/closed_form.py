"""What autarky costs one economy, in closed form: no scenario to solve, every sector's part exact.

An economy that stops trading buys everything from itself, so its own shares λ become 1 and
nothing abroad matters any more: one linear system per economy gives its prices (Arkolakis,
Costinot and Rodríguez-Clare 2012; Costinot and Rodríguez-Clare 2014). May import `results`,
`table`, `stress.elasticities` and `stress.equilibrium`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import NotProductiveError, OptionError
from autarky.results import Dependence, Dimension, Field
from autarky.stress.elasticities import Elasticities, Horizon, elasticities_of, flat
from autarky.stress.equilibrium.calibration import Economies, Mixes, calibrate
from autarky.stress.equilibrium.solve import solve
from autarky.stress.equilibrium.system import Trade, evaluate, prices_and_shares
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]

Structure = Literal["intermediates", "one_sector", "many_sectors", "monopolistic"]
Deficits = Literal["zero", "keep"]

STRUCTURES = {
    "intermediates": "1 − exp(βᵀ(I − Γᵀ)⁻¹ log λ / θ)",
    "one_sector": "1 − λ^(1/θ)",
    "many_sectors": "1 − Π λ_s^(β_s/θ_s)",
    "monopolistic": "entry of firms: (I − (1 + 1/θ)Γᵀ) log P = −(log λ + log R'/R)/θ",
}


@dataclass(frozen=True)
class _Base:
    """The base that autarky is compared with; arrays (S, N)."""

    economies: Economies
    own: Array
    spending: Array
    output: Array
    certificate: Certificate


@dataclass(frozen=True)
class _Costs:
    """Per region of interest: logs of the loss, and what they are made of; (m,) and (m, S)."""

    log_loss: Array
    contribution: Array
    exposure: Array
    slope: Array


def autarky_cost(
    table: Table,
    *,
    elasticities: str | float | Mapping[str, float] | Elasticities = "cr2014",
    structure: Structure = "intermediates",
    regions: Iterable[str] | str | None = None,
    deficits: Deficits = "zero",
    floor: float = 1e-3,
    horizon: Horizon = "long",
    mixes: Mixes = "actual",
    band: tuple[float, float] | None = None,
) -> Dependence:
    """Percent of real income that each economy loses if it alone stops all trade.

    Parameters
    ----------
    table : Table
    elasticities : str, float, mapping or Elasticities
        A named set, one θ for every sector, θ by sector, or a set.
    structure : {"intermediates", "one_sector", "many_sectors", "monopolistic"}
        Inputs from all sectors and perfect competition; all trade as one sector; sectors without
        inputs; inputs and free entry of firms under monopolistic competition.
    regions : sequence of str, optional
        Only these economies; all by default.
    deficits : {"zero", "keep"}
        Balance all trade first, so that the cost is one of real income; or keep the deficits of
        the data: then the closed form gives the loss of the *real wage*, and real income also
        loses the deficit that nobody finances any more.
    floor : float
        Smallest share that an economy supplies itself in any sector, in (0, 0.5): without a
        supplier at home the cost has no bound.
    horizon : {"short", "medium", "long"}
        Time after the change: scales every θ (`Elasticities.at_horizon`).
    mixes : {"actual", "cr2014"}
        Input coefficients of the table, or Costinot and Rodríguez-Clare's (2014) assumption that
        every sector buys inputs in the proportions of total expenditure.
    band : (low, high), optional
        Percentiles of the cost over the joint draws of the elasticities, such as (5, 95); the
        shares λ of the base are held.

    Returns
    -------
    Dependence
        `autarky_cost`, by region, positive where trade is worth something; `home_purchases`, the
        share λ; and by sector, except for one sector, `autarky_cost_log` (adds up exactly to
        −log(1 − G)), `autarky_cost_share`, `autarky_exposure` and `autarky_cost_slope`.

    Raises
    ------
    OptionError
        An option is out of range, or elasticities are missing for a sector, for one-sector trade,
        or draws for a band.
    NotProductiveError
        Under monopolistic competition, the spectral radius of Γ(1 + 1/θ) is 1 or more in some
        economies: entry would feed on itself without end; the message lists them.
    LabelError
        An unknown region or set.

    Notes
    -----
    With λ the own shares of the base and Γ input shares, log P = (I − Γᵀ)⁻¹(−log λ / θ) at
    unchanged wages, and G = 1 − exp(−βᵀ log P). Under free entry firms pay their fixed cost in
    the input bundle, so the number of firms is R/c: log P = (1 + 1/θ)Γᵀ log P −
    (log λ + log R'/R)/θ, with R' = (I − Γ)⁻¹β wL the revenues in autarky. Without inputs
    (`many_sectors`) β are shares of total spending, because then all spending is final.

    References
    ----------
    Arkolakis, Costinot and Rodríguez-Clare (2012), American Economic Review 102(1), 94–130;
    Costinot and Rodríguez-Clare (2014), Handbook of International Economics 4, 197–261.

    Examples
    --------
    >>> table = Table.from_arrays(
    ...     [[0, 0], [0, 0]], [[90, 10], [10, 90]], regions=["A", "B"], sectors=["s"]
    ... )
    >>> result = autarky_cost(table, elasticities=5.0)
    >>> bool(abs(result.value("autarky_cost", region="A") - 100 * (1 - 0.9**0.2)) < 1e-9)
    True
    """
    _check(structure, deficits, floor, band)
    chosen = elasticities_of(elasticities).at_horizon(horizon)
    at = _positions(table, regions)
    on_table = _as_one(chosen) if structure == "one_sector" else chosen
    on_table = on_table.on(table.sectors.labels)
    base = _base(calibrate(table, on_table.theta, floor=floor, mixes=mixes), deficits)
    if structure == "one_sector":
        costs, home = _one_sector(base, on_table.theta[0], at)
    else:
        costs, home = _by_sector(base, on_table.theta, structure, at), base.own[:, at].T
    region = Dimension({"region": tuple(table.regions[int(n)] for n in at)})
    fields = _fields(costs, home, region, Dimension.of(table.sectors))
    said = _warnings(base, chosen, on_table, deficits)
    if band is not None:
        ends = _band(costs, on_table, band, region)
        fields += ends
        said += _outside(fields[0].values, *(end.values for end in ends))
    return Dependence(
        indicator="autarky_cost",
        question="How much real income would each economy lose if it stopped all trade?",
        fields=tuple(fields),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=(base.certificate,),
        warnings=said,
        parameters={
            "structure": structure,
            "formula": STRUCTURES[structure],
            "elasticities": chosen.name,
            "elasticities_source": chosen.citation,
            "deficits": deficits,
            "mixes": mixes,
            "floor": floor,
            "floored": base.economies.floored,
            "horizon": chosen.horizon,
            "treatments": base.economies.treatments,
        },
    )


def own_share_costs(own: Array, theta: Array, inputs: Array, beta: Array) -> tuple[Array, Array]:
    """The kernel with intermediates: contributions to −log(1 − G) and exposures of one economy.

    Parameters
    ----------
    own, theta, beta : (S,) array
        Own shares λ in (0, 1], elasticities, final-use shares.
    inputs : (S, S) array
        Γ: share of input k (axis 0) in the unit cost of j (axis 1).

    Examples
    --------
    >>> part, exposure = own_share_costs(
    ...     np.array([0.5]), np.array([4.0]), np.array([[0.5]]), np.array([1.0])
    ... )
    >>> bool(np.allclose(np.exp(-part.sum()), 0.5 ** (2 / 4))), float(exposure[0])
    (True, 2.0)
    """
    exposure = np.asarray(np.linalg.solve(np.eye(len(own)) - inputs, beta), dtype=np.float64)
    return -exposure * np.log(own) / theta, exposure


# --- steps ----------------------------------------------------------------------------------------


def _check(structure: str, deficits: str, floor: float, band: tuple[float, float] | None) -> None:
    if structure not in STRUCTURES:
        known = ", ".join(repr(one) for one in STRUCTURES)
        raise OptionError(f"structure={structure!r} is not one of {known}")
    if deficits not in ("zero", "keep"):
        raise OptionError(f"deficits={deficits!r} is not one of 'zero', 'keep'")
    if not 0 < floor < 0.5:
        raise OptionError(
            f"floor is {floor}; it must lie in (0, 0.5): an economy without a supplier of its own "
            "has no price in autarky"
        )
    if band is not None:
        low, high = band
        if not 0 <= low < high <= 100:
            raise OptionError(f"band is ({low}, {high}); percentiles must rise from 0 to 100")
        if structure not in ("intermediates", "many_sectors"):
            raise OptionError(f"there is no band for structure={structure!r}")


def _positions(table: Table, regions: Iterable[str] | str | None) -> NDArray[np.intp]:
    if regions is None:
        return np.arange(len(table.regions))
    wanted = [regions] if isinstance(regions, str) else list(regions)
    if not wanted:
        raise OptionError("regions is empty: name at least one economy, or leave it out for all")
    return table.regions.locate(dict.fromkeys(wanted))


def _base(economies: Economies, deficits: Deficits) -> _Base:
    """The treated table, solved again: nothing is compared with data that are no equilibrium."""
    N = len(economies.regions)
    kept = economies.deficits if deficits == "keep" else np.zeros(N)
    trade = Trade(economies.pi, 1.0 / (1.0 + economies.tau), kept, np.zeros(N, dtype=np.intp))
    solved = solve(economies.technology, trade, economies.start)
    point = evaluate(economies.technology, trade, solved.state)
    _, pi = prices_and_shares(economies.technology, trade, point.log_cost)
    diagonal = np.arange(N)
    return _Base(economies, pi[:, diagonal, diagonal], solved.state.X, point.Y, solved.certificate)


def _as_one(chosen: Elasticities) -> Elasticities:
    """One θ for all trade."""
    if chosen.aggregate is None:
        raise OptionError(
            f"elasticities {chosen.name!r} have no value for all trade together: give one number, "
            "or a set with aggregate="
        )
    return flat(chosen.aggregate, name=chosen.name)


def _one_sector(base: _Base, theta: float, at: NDArray[np.intp]) -> tuple[_Costs, Array]:
    home = ((base.own * base.spending).sum(axis=0) / base.spending.sum(axis=0))[at]
    empty = np.zeros((len(at), 0))
    return _Costs(-np.log(home) / theta, empty, empty, empty), home


def _by_sector(base: _Base, theta: Array, structure: str, at: NDArray[np.intp]) -> _Costs:
    if structure == "monopolistic":
        _refuse_explosive(base, theta, at)
    rows = [_economy(base, theta, structure, int(n)) for n in at]
    contribution, exposure, slope = (np.array(part) for part in zip(*rows, strict=True))
    return _Costs(contribution.sum(axis=1), contribution, exposure, slope)


def _economy(base: _Base, theta: Array, structure: str, n: int) -> tuple[Array, Array, Array]:
    """Contributions, exposures and d(−log(1 − G))/dθ of one economy, (S,) each."""
    own, beta = base.own[:, n], base.economies.beta[:, n]
    inputs = base.economies.technology.inputs[n]
    if structure == "many_sectors":
        beta = base.spending[:, n] / base.spending[:, n].sum()
        contribution = -beta * np.log(own) / theta
        return contribution, beta, -contribution / theta
    if structure == "intermediates":
        contribution, exposure = own_share_costs(own, theta, inputs, beta)
        return contribution, exposure, -contribution / theta
    # Free entry: log P = (1 + 1/θ)Γᵀ log P + g/θ, g = −log λ − log R'/R.
    growth = _entry(base, n)
    gain = 1.0 + 1.0 / theta
    matrix = np.eye(len(theta)) - gain[:, None] * inputs.T
    exposure = np.linalg.solve(matrix.T, beta)
    pull = -np.log(own) - growth
    prices = np.linalg.solve(matrix, pull / theta)
    # The equation differentiated: dlog P = (…)⁻¹ (−1/θ²)(Γᵀ log P + g) dθ.
    slope = -exposure * (inputs.T @ prices + pull) / theta**2
    return exposure * pull / theta, exposure, slope


def _entry(base: _Base, n: int) -> Array:
    """(S,) log R'/R: how revenues of each sector change when income is spent at home only."""
    technology = base.economies.technology
    autarky = np.linalg.solve(
        np.eye(len(base.own)) - technology.inputs[n], base.economies.beta[:, n]
    )
    now = base.output[:, n]
    # Per unit of value added: autarky spends exactly the wage bill.
    now = now / (technology.labour[:, n] * now).sum()
    live = (now > 0) & (autarky > 0)
    return np.log(np.where(live, autarky, 1.0) / np.where(live, now, 1.0))


def _refuse_explosive(base: _Base, theta: Array, at: NDArray[np.intp]) -> None:
    inputs = base.economies.technology.inputs[at]
    matrices = inputs * (1.0 + 1.0 / theta)
    radius = np.abs(np.linalg.eigvals(matrices)).max(axis=1)
    bad = [(base.economies.regions[int(n)], r) for n, r in zip(at, radius, strict=True) if r >= 1]
    if not bad:
        return
    listed = ", ".join(f"{name} {r:.2f}" for name, r in bad)
    raise NotProductiveError(
        "monopolistic competition with intermediates has no answer with these elasticities in "
        f"{len(bad)} of {len(at)} economies: entry of firms would feed on itself, the spectral "
        f"radius of Γ(1 + 1/θ) is 1 or more ({listed}). Leave them out with regions=, use "
        "larger θ, structure='intermediates', or mixes='cr2014'",
        spectral_radius=float(max(r for _, r in bad)),
    )


def _fields(costs: _Costs, home: Array, region: Dimension, sector: Dimension) -> list[Field]:
    lost = -np.expm1(-costs.log_loss)
    fields = [Field("autarky_cost", 100.0 * lost, (region,))]
    if home.ndim == 1:
        return [*fields, Field("home_purchases", home, (region,))]
    both = (region, sector)
    total = costs.log_loss[:, None]
    share = np.divide(
        costs.contribution, total, out=np.full_like(costs.contribution, np.nan), where=total != 0
    )
    slope = 100.0 * (1.0 - lost)[:, None] * costs.slope
    parts: dict[str, Any] = {
        "autarky_cost_log": costs.contribution,
        "autarky_cost_share": share,
        "autarky_exposure": costs.exposure,
        "autarky_cost_slope": slope,
        "home_purchases": home,
    }
    return [*fields, *(Field(name, values, both) for name, values in parts.items())]


def _band(
    costs: _Costs, on_table: Elasticities, band: tuple[float, float], region: Dimension
) -> list[Field]:
    if on_table.draws is None:
        raise OptionError(f"elasticities {on_table.name!r} have no draws: see with_draws")
    # Contributions at the point values, times θ, are the part that no draw changes.
    weight = costs.contribution * on_table.theta
    lost = -np.expm1(-(weight @ (1.0 / on_table.draws).T))  # (m, D)
    low, high = np.percentile(100.0 * lost, band, axis=1)
    return [
        Field("autarky_cost_low", low, (region,)),
        Field("autarky_cost_high", high, (region,)),
    ]


def _outside(cost: Array, low: Array, high: Array) -> tuple[str, ...]:
    count = int(((cost < low) | (cost > high)).sum())
    if not count:
        return ()
    return (
        f"the cost at the point values lies outside the band in {count} of {len(cost)} economies: "
        "costs go with 1/θ, so draws with a low θ weigh more than their mean",
    )


def _warnings(
    base: _Base, chosen: Elasticities, on_table: Elasticities, deficits: Deficits
) -> tuple[str, ...]:
    said = [f"elasticities {chosen.name}: {one}" for one in on_table.assumptions]
    said += base.economies.treatments
    if deficits == "keep":
        said.append(
            "deficits are kept: the cost is the loss of the real wage; real income changes "
            "further, by the deficit or surplus that ends"
        )
    else:
        said.append("the base has balanced trade: all deficits set to zero and solved again")
    when = "long run" if chosen.horizon == "long" else f"elasticities of the {chosen.horizon} run"
    said.append(f"the {when}: prices, wages and sourcing have adjusted; the way there costs more")
    return tuple(said)
