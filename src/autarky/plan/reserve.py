"""How large a reserve of one product should be, and when to fill and to draw it (a Markov LP).

Teisberg's (1981) question. Kernels on bare arrays first, then the plan. May import `results`,
`table`, `lp` and below, and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ConvergenceError, OptionError
from autarky.lp import Draft, Solver
from autarky.plan.home import home_of
from autarky.results import Dependence, Dimension, Field
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: Largest error of Bellman's equation, relative to the largest value, that counts as an answer.
TOLERANCE = 1e-9
STATES = ("normal", "cut")
DAYS = 365.0
#: Beyond this many stocks the program is slow and no better.
MOST_LEVELS = 120


# --- kernels ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Policy:
    """The cheapest way to run a reserve.

    Parameters
    ----------
    objective : float
        Of the linear program: expected present cost over the starts.
    values : (S, I) array
        Expected present cost from each stock and state on.
    action : (S, I) int array
        The stock to go to.
    residual : float
        Largest error of Bellman's equation, relative to the largest value.
    """

    objective: float
    values: Array
    action: NDArray[np.intp]
    residual: float


def markov_policy(
    cost: Array, allowed: Bools, chances: Array, discount: float, starts: Array
) -> Policy:
    """The policy of least expected present cost, by linear programming.

    Parameters
    ----------
    cost : (S, I, S) array
        Of going from stock s in state i to stock s'.
    allowed : (S, I, S) bool array
        Which moves there are; at least one from everywhere.
    chances : (I, I) array
        Of state j after state i; rows sum to 1.
    discount : float
        Of one period, in (0, 1).
    starts : (S, I) array
        Weights of the starts, all above 0.

    Raises
    ------
    ConvergenceError
        The policy of the program does not satisfy Bellman's equation.

    Notes
    -----
    With z(s, i, s') the discounted number of times that a move is made, the program is
    min Σ c z subject to Σ_s'' z(s', j, s'') − b Σ_{s, i} pr(i, j) z(s, i, s') = start(s', j). Its
    duals are the values V, which are computed again from the policy by a linear system:
    V(s, i) = min over s' of c(s, i, s') + b Σ_j pr(i, j) V(s', j).

    References
    ----------
    Teisberg, T. J. (1981). A dynamic programming model of the U.S. strategic petroleum reserve.
    Bell Journal of Economics 12(2), 526–546. d'Epenoux, F. (1963). A probabilistic production and
    inventory problem. Management Science 10(1), 98–108.
    """
    moves = np.argwhere(allowed)
    objective, times = _program(cost[allowed], moves, chances, discount, starts)
    S, I, _ = cost.shape  # noqa: E741 - the number of states is I everywhere
    made = np.zeros_like(cost)
    made[allowed] = times
    action = made.argmax(axis=2)
    values = _values(cost, action, chances, discount)
    ahead = discount * np.einsum("ij,sj->is", chances, values)  # (I, S) after a move to s
    best = np.where(allowed, cost + ahead[None], np.inf).min(axis=2)
    scale = float(np.abs(values).max()) or 1.0
    residual = float(np.abs(best - values).max() / scale)
    if not residual <= TOLERANCE:
        raise ConvergenceError(
            f"the reserve's linear program ({S} stocks, {I} states) gave a policy that can be "
            "bettered",
            iterations=1,
            residual=residual,
        )
    return Policy(objective, values, action, residual)


def _program(
    cost: Array, moves: NDArray[np.intp], chances: Array, discount: float, starts: Array
) -> tuple[float, Array]:
    """Objective and z of the linear program, one column for each move."""
    S, I = starts.shape  # noqa: E741
    s, i, after = moves.T
    draft = Draft()
    z = draft.columns("move", [[f"{a}>{b}|{k}" for a, k, b in moves]], cost=-cost)
    labels = [[str(a) for a in range(S)], [str(k) for k in range(I)]]
    passed = draft.rows("passed", labels, low=starts, high=starts)
    draft.put(passed[s, i], z, 1.0)
    for j in range(I):
        draft.put(passed[after, j], z, -discount * chances[i, j])
    best = Solver(draft.finish(), what="the reserve").solve()
    return -best.value, best.values


def _values(cost: Array, action: NDArray[np.intp], chances: Array, discount: float) -> Array:
    """(S, I) expected present cost of a policy: (I − b P) V = c."""
    S, I = action.shape  # noqa: E741
    here, state = np.indices((S, I))
    P = np.zeros((S * I, S * I))
    for j in range(I):
        P[(here * I + state).reshape(-1), (action * I + j).reshape(-1)] += chances[
            state, j
        ].reshape(-1)
    paid = cost[here, state, action].reshape(-1)
    return np.linalg.solve(np.eye(S * I) - discount * P, paid).reshape(S, I)


def shortage_loss(short: Array, use: float, elasticity: float) -> Array:
    """What users lose beyond the price when use falls short (or exceeds) by so much [money].

    s² / (2 ε u): the triangle under a linear demand curve whose elasticity is ε at today's use u.
    """
    return short**2 / (2.0 * elasticity * use)


def reserve_costs(
    levels: Array, lost: Array, use: float, elasticity: float, holding: float
) -> Array:
    """(S, I, S) cost of a period: what is bought, what is lost for want of supplies, holding.

    Parameters
    ----------
    levels : (S,) array
        Stocks [money at today's prices].
    lost : (I,) array
        Imports that do not come in a period of each state [money].
    use : float
        Use of the product in a period [money].
    elasticity : float
        Of demand, in the short run, positive.
    holding : float
        Cost of holding a unit for a period [1].
    """
    bought = levels[None, None, :] - levels[:, None, None]
    drawn = np.maximum(-bought, 0.0)
    short = lost[None, :, None] - drawn
    return bought + shortage_loss(short, use, elasticity) + holding * levels[None, None, :]


# --- the plan -----------------------------------------------------------------------------------


def reserve(
    table: Table,
    region: str,
    sector: str,
    *,
    partners: str | Iterable[str] | None = None,
    cut: float = 1.0,
    chance: float = 0.05,
    duration: float = 6.0,
    elasticity: float = 0.1,
    holding: float = 0.06,
    interest: float = 0.05,
    period: float = 1.0,
    most: float = 365.0,
    step: float = 15.0,
) -> Dependence:
    """How large a reserve of one product pays, and how to run it.

    Parameters
    ----------
    table : Table
    region, sector : str
        The economy and the product.
    partners : str or sequence of str, optional
        Whose deliveries may stop; everybody's by default.
    cut : float
        Share of their deliveries that stops, in (0, 1].
    chance : float
        Of a cut within a year of normal supply [1/yr]; an assumption, on which everything hangs.
    duration : float
        How long a cut lasts on average [months]; an assumption.
    elasticity : float
        Of demand in the short run, positive; the default is Teisberg's for oil.
    holding : float
        Yearly cost of holding a unit, spoilage included [1/yr]; an assumption.
    interest : float
        For money tied up [1/yr].
    period : float
        Length of a period [months], at most `duration`.
    most, step : float
        Largest stock considered, and the distance between stocks [days of imports from the
        partners].

    Returns
    -------
    Dependence
        In total `reserve_target`, `reserve_days`, `reserve_worth`, `cut_loss` and `even_chance`;
        by state and stock `reserve_move` and `reserve_value`.

    Raises
    ------
    LabelError
        An unknown region, sector or partner.
    OptionError
        An option is out of range, or the partners deliver nothing of the product.
    ConvergenceError
        The linear program found no policy that satisfies Bellman's equation.

    Notes
    -----
    Supply is normal or cut, with chances of passing from one to the other. In each period the
    stock is moved from s to s': bought at today's price in normal times, drawn in a cut (it is
    not filled then). Use that falls short by q costs q²/(2εu) beyond its price. The policy of
    least expected present cost is a linear program over discounted numbers of moves
    (`markov_policy`). `reserve_target` is where the stock goes in normal times from nothing;
    `reserve_worth` is what it saves a year, its cost paid. `even_chance` is the chance of a cut a
    year above which the first step pays.

    References
    ----------
    Teisberg, T. J. (1981). A dynamic programming model of the U.S. strategic petroleum reserve.
    Bell Journal of Economics 12(2), 526–546.

    Examples
    --------
    Half of all use may stop coming. A reserve pays if that happens more often than every 45 years:

    >>> table = Table.from_arrays(
    ...     [[0, 0], [0, 0]], [[50, 50], [50, 50]], regions=["A", "B"], sectors=["s"]
    ... )
    >>> plan = reserve(table, "A", "s")
    >>> round(plan.value("even_chance", sector="s"), 3)
    0.022
    >>> plan.value("reserve_days", sector="s")
    45.0
    >>> reserve(table, "A", "s", chance=0.02).value("reserve_days", sector="s")
    0.0
    """
    options = {
        "cut": cut, "chance": chance, "duration": duration, "elasticity": elasticity,
        "holding": holding, "interest": interest, "period": period, "most": most, "step": step,
    }  # fmt: skip
    _check(options)
    home = home_of(table, region)
    p = table.sectors.position(sector)
    suppliers = _suppliers(table, region, partners)
    supplied = _delivered(table, region, p, suppliers)
    use = float(home.use[p])
    if supplied <= 0 or use <= 0:
        raise OptionError(
            f"{', '.join(suppliers[:5])} deliver no {sector} to {region}: there is nothing to "
            "hold a reserve against"
        )
    years = period / 12.0
    days = np.arange(0.0, most + step / 2, step)
    levels = supplied * days / DAYS
    lost = np.array([0.0, cut * supplied]) * years
    cost = reserve_costs(levels, lost, use * years, elasticity, holding * years)
    allowed = np.ones_like(cost, dtype=bool)
    allowed[:, 1] = np.tri(len(levels), dtype=bool)  # no filling while supply is cut
    begin = 1.0 - (1.0 - chance) ** years
    end = period / duration
    chances = np.array([[1.0 - begin, begin], [end, 1.0 - end]])
    discount = (1.0 + interest) ** -years
    starts = np.full(cost.shape[:2], 1.0 / cost[:, :, 0].size)
    policy = markov_policy(cost, allowed, chances, discount, starts)
    without = _values(cost[:1, :, :1], np.zeros((1, 2), dtype=np.intp), chances, discount)
    target = int(policy.action[0, 0])
    worth = float(without[0, 0] - policy.values[0, 0]) * (1.0 / discount - 1.0) / years
    totals = {
        "reserve_target": float(levels[target]),
        "reserve_days": float(days[target]),
        "reserve_worth": worth,
        "cut_loss": float(shortage_loss(lost[1:], use * years, elasticity)[0] / years),
        "even_chance": even_chance(supplied * cut, use, elasticity, holding, interest),
    }
    place = Dimension({"region": (region,), "sector": (sector,)})
    fields = [Field(name, np.array([v]), (place,)) for name, v in totals.items()]
    stock = Dimension({"stock_days": tuple(f"{d:g}" for d in days)})
    state = Dimension({"state": STATES})
    moved = (levels[policy.action] - levels[:, None])[None]
    fields.append(Field("reserve_move", moved, (place, stock, state)))
    fields.append(Field("reserve_value", policy.values[None], (place, stock, state)))
    return Dependence(
        "reserve",
        "How large a reserve of the product pays, and when should it be filled and drawn?",
        tuple(fields),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=(Certificate("linear program", 1, policy.residual, TOLERANCE),),
        warnings=tuple(_warnings(days, target)),
        parameters={"region": region, "sector": sector, "partners": list(suppliers), **options},
    )


def even_chance(
    lost: float, use: float, elasticity: float, holding: float, interest: float
) -> float:
    """The chance of a cut a year above which a first small reserve pays [1/yr].

    A unit in store costs h + r a year and saves the price of scarcity, q/(εu) for a loss of q,
    when a cut comes: chance · q/(εu) = h + r (time taken as continuous).
    """
    return (holding + interest) * elasticity * use / lost


def _check(options: dict[str, float]) -> None:
    ranges = {
        "cut": (0.0, 1.0, "a share above 0, at most 1"),
        "chance": (0.0, 1.0, "a chance a year above 0, at most 1"),
        "duration": (0.0, np.inf, "months, above 0"),
        "elasticity": (0.0, np.inf, "above 0 (the size of the elasticity, without its sign)"),
        "period": (0.0, np.inf, "months, above 0"),
        "most": (0.0, np.inf, "days, above 0"),
        "step": (0.0, np.inf, "days, above 0"),
        "interest": (0.0, 1.0, "a share a year above 0, at most 1"),
    }
    for name, (low, high, words) in ranges.items():
        if not (low < options[name] <= high and np.isfinite(options[name])):
            raise OptionError(f"{name} is {options[name]}; it is {words}")
    if not 0.0 <= options["holding"] < np.inf:
        raise OptionError(f"holding is {options['holding']}; it is a cost a year, at least 0")
    if options["period"] > options["duration"]:
        raise OptionError(
            f"period is {options['period']:g} months, longer than a cut lasts "
            f"({options['duration']:g}): take a shorter period"
        )
    if options["most"] / options["step"] > MOST_LEVELS:
        raise OptionError(
            f"most / step is {options['most'] / options['step']:.0f}; at most {MOST_LEVELS} stocks "
            "are compared: take a larger step"
        )


def _suppliers(table: Table, region: str, partners: str | Iterable[str] | None) -> tuple[str, ...]:
    if partners is None:
        return tuple(r for r in table.regions if r != region)
    at = np.unique(table.regions.locate(partners))
    named = tuple(table.regions[int(r)] for r in at)
    if region in named:
        raise OptionError(f"{region} is among its own partners")
    return named


def _delivered(table: Table, region: str, p: int, suppliers: tuple[str, ...]) -> float:
    """What the suppliers deliver of the product in a year [money/yr]."""
    industries = table.industries
    r = table.regions.position(region)
    rows = (industries.sector_of == p) & np.isin(
        industries.region_of, table.regions.locate(suppliers)
    )
    flows = table.Z[rows][:, industries.region_of == r].sum()
    final = np.maximum(table.Y[rows][:, table.uses.region_of == r], 0.0).sum()
    return float(flows + final)


def _warnings(days: Array, target: int) -> list[str]:
    said = [
        "the chance of a cut, how long it lasts, the elasticity of demand and the cost of holding "
        "are assumptions: a reserve is as good as they are, so try others",
        "prices are today's and the economy is too small to move them; a cut of a group is a cut "
        "of an average of its products, of which only some can be stored",
    ]
    if target == len(days) - 1:
        said.append(f"the best reserve is the largest considered ({days[-1]:g} days): raise most=")
    return said
