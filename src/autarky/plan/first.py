"""What to make first: the products whose production at home takes most imports out of use.

Kernels on bare arrays first, then the plan. May import `results`, `table`, the elasticities of
`stress`, and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import NotProductiveError, OptionError
from autarky.plan.closure import break_even
from autarky.plan.home import Home, home_of
from autarky.results import Dependence, Dimension, Field
from autarky.stress.elasticities import Elasticities, Horizon, elasticities_of
from autarky.table import Table
from autarky.units import Certificate

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
By = Literal["imports", "output"]

#: Residual of the last step, relative to output, up to which the updates count as exact.
TOLERANCE = 1e-9
#: Own share of use below which a technique rests on little.
THIN = 0.1
#: Own share below which replacing all imports is taken to be no dearer than at this share.
FLOOR = 1e-3


# --- kernels ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class State:
    """An economy on its way: L (S, S), output x, imports per unit of output w, imports left."""

    L: Array
    x: Array
    w: Array
    left: float


@dataclass(frozen=True, eq=False)
class Steps:
    """What each product would bring if it were next; all (S,).

    Parameters
    ----------
    output : (S,) array
        New output of the product [money/yr].
    content : (S,) array
        What of a unit of it is not imported [1].
    spread : (S,) array
        Output of all home industries per unit of it [1].
    """

    output: Array
    content: Array
    spread: Array

    @property
    def fall(self) -> Array:
        """(S,) embodied imports that fall away [money/yr]."""
        return self.output * self.content


def start(home: Home) -> State:
    """The economy as it is: L = (I − A_d)⁻¹, x = L y_d, w = 1ᵀA_m.

    Raises
    ------
    NotProductiveError
        Home industries together use up what they make.
    """
    S = len(home.output)
    try:
        L = np.asarray(np.linalg.inv(np.eye(S) - home.domestic), dtype=np.float64)
    except np.linalg.LinAlgError:
        L = np.full((S, S), -1.0)
    if L.min() < -1e-9:
        raise NotProductiveError(
            f"the home industries of {home.region} use up more than they make; table.check() lists "
            "columns above 1"
        )
    x, w = L @ home.use_domestic, home.imported.sum(axis=0)
    return State(L, x, w, float(w @ x + home.use_imported.sum()))


def next_steps(home: Home, now: State, left: Sequence[int]) -> Steps:
    """What each product left would bring if its imports were made at home from now on.

    Notes
    -----
    Making p at home moves its imports a_p (a row of A_m) and y_p into A_d and y_d, so
    (I − A_d − e_p a_pᵀ)⁻¹ = L + L e_p a_pᵀ L / (1 − a_pᵀ L e_p) (Woodbury, rank one). The new
    output of p is q_p = (y_p + a_pᵀx) / (1 − a_pᵀ L e_p), output grows by q_p L e_p, and
    embodied imports fall by q_p (1 − wᵀ L e_p): new output times what of it is made at home.
    """
    at = list(left)
    loop = np.einsum("pi,ip->p", home.imported[at], now.L[:, at])
    if loop.max(initial=0.0) >= 1.0:
        worst = at[int(loop.argmax())]
        raise NotProductiveError(
            f"{home.region} would use up more of product number {worst + 1} than it makes, if it "
            "made all of it at home: columns of its inputs sum to more than one"
        )
    output = np.zeros_like(now.x)
    output[at] = (home.use_imported + home.imported @ now.x)[at] / (1.0 - loop)
    return Steps(output, 1.0 - now.w @ now.L, now.L.sum(axis=0))


def take(home: Home, now: State, p: int, steps: Steps) -> State:
    """The economy after p is made at home."""
    a = home.imported[p]
    column = now.L[:, p]
    loop = float(a @ column)
    return State(
        L=now.L + np.outer(column, a @ now.L) / (1.0 - loop),
        x=now.x + steps.output[p] * column,
        w=now.w - a,
        left=now.left - float(steps.fall[p]),
    )


def greedy(home: Home, products: NDArray[np.intp], by: By) -> tuple[list[dict[str, float]], State]:
    """The order in which the best next step is always taken: one dict per step, and the end."""
    now = start(home)
    order: list[dict[str, float]] = []
    left = [int(p) for p in products]
    while left:
        steps = next_steps(home, now, left)
        score = steps.fall if by == "imports" else steps.content / steps.spread
        p = max(left, key=lambda k: (score[k], -k))
        after = take(home, now, p, steps)
        order.append(
            {
                "product": p,
                "fall": now.left - after.left,
                "left": after.left,
                "output": float(steps.output[p] * steps.spread[p]),
            }
        )
        left.remove(p)
        now = after
    return order, now


def residual(home: Home, now: State, taken: Iterable[int]) -> float:
    """How far the last step is from a fresh computation, over the largest output."""
    rows = np.zeros(len(now.x), dtype=bool)
    rows[list(taken)] = True
    A = home.domestic + np.where(rows[:, None], home.imported, 0.0)
    y = home.use_domestic + np.where(rows, home.use_imported, 0.0)
    scale = float(np.abs(now.x).max()) or 1.0
    return float(np.abs(now.x - A @ now.x - y).max() / scale)


def need_graph(home: Home, need: float) -> Bools:
    """(S, S) whether p needs q: imports of q are at least this share of the cost of p."""
    needs = np.greater_equal(home.imported.T, need)
    np.fill_diagonal(needs, val=False)
    return needs


def groups(needs: Bools) -> NDArray[np.intp]:
    """(S,) number of the group of products that need each other, in a circle, from 1 on."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    _, labels = connected_components(csr_array(needs), directed=True, connection="strong")
    first = {label: k for k, label in reversed(list(enumerate(labels)))}
    rank = {label: n + 1 for n, label in enumerate(sorted(first, key=first.__getitem__))}
    return np.array([rank[label] for label in labels])


def replacement_cost(home: Home, theta: Array) -> Array:
    """(S,) what users would pay more if all they use were made at home [money/yr].

    u (λ^(−1/θ) − 1) with λ the own share: the price of a bundle of home and foreign varieties
    when the foreign ones are gone, at unchanged cost at home.
    """
    share = np.where(np.isnan(home.home_share), 1.0, home.home_share)
    own = np.maximum(share, FLOOR)
    return np.where(share >= 1.0, 0.0, home.use * np.expm1(-np.log(own) / theta))


# --- the plan -----------------------------------------------------------------------------------


def first(
    table: Table,
    region: str,
    *,
    products: str | Iterable[str] | None = None,
    by: By = "imports",
    need: float = 0.02,
    elasticities: str | float | Mapping[str, float] | Elasticities = "cr2014",
    horizon: Horizon = "long",
) -> Dependence:
    """What an economy should make first to take imports out of what it uses.

    Parameters
    ----------
    table : Table
    region : str
        The economy.
    products : str or sequence of str, optional
        Which products may be brought home; all that are made at home already by default.
    by : {"imports", "output"}
        Take next what removes most imports, or most imports per unit of new output at home.
    need : float
        A product needs another where imports of that one are at least this share of its cost; an
        assumption.
    elasticities : str, float, mapping or Elasticities
        How hard foreign varieties are to replace, for the break-even price.
    horizon : {"short", "medium", "long"}
        Time after the change: scales every θ.

    Returns
    -------
    Dependence
        By product: `first_rank`, `import_fall`, `imports_left`, `output_needed`, `home_content`,
        `import_fall_alone`, `starts_with` and `break_even`; in total `embodied_imports`.

    Raises
    ------
    LabelError
        An unknown region, product or set of elasticities.
    OptionError
        An option is out of range, or a product asked for is not made at home.
    NotProductiveError
        Home industries use up what they make.

    Notes
    -----
    Embodied imports of home use are 1ᵀA_m (I − A_d)⁻¹ y_d + 1ᵀy_m. Each step moves one product
    from abroad to home, made as it is made there now, and the best next one is taken: exact at
    each step (rank-one updates), but a greedy order, not the best of all orders. `starts_with`
    numbers the strongly connected groups of the graph of needs: the products of a group need
    each other and must start together. At price w a set of products that holds what its members
    need is worth w · imports − replacement cost; `break_even` is the price from which a product
    is in the best such set (maximum-weight closure).

    References
    ----------
    Picard, J.-C. (1976). Maximal closure of a graph and applications to combinatorial problems.
    Management Science 22(11), 1268–1272.

    Examples
    --------
    A buys t for 40 from abroad. Made at home it would need imports of its own for a quarter:

    >>> table = Table.from_arrays(
    ...     [[0, 0, 0, 0], [0, 0, 0, 0], [0, 15, 0, 0], [0, 0, 0, 0]],
    ...     [[90, 10], [60, 0], [0, 60], [40, 60]],
    ...     regions=["A", "B"],
    ...     sectors=["s", "t"],
    ... )
    >>> plan = first(table, "A", elasticities=5.0)
    >>> plan.value("import_fall", sector="t"), plan.value("first_rank", sector="t")
    (30.0, 1.0)
    """
    _check(by, need)
    home = home_of(table, region)
    at = _candidates(table, home, products)
    chosen = elasticities_of(elasticities).at_horizon(horizon)
    on_table = chosen.on(table.sectors.labels)
    now = start(home)
    alone = next_steps(home, now, at.tolist())
    order, end = greedy(home, at, by)
    left = residual(home, end, at)
    needs = need_graph(home, need)[np.ix_(at, at)]
    imports = np.maximum(home.imports[at], 0.0)
    prices, _ = break_even(
        imports.tolist(), replacement_cost(home, on_table.theta)[at].tolist(), needs
    )
    rank = {step["product"]: n for n, step in enumerate(order)}
    by_product = [order[rank[int(p)]] for p in at]
    values = {
        "first_rank": [rank[int(p)] + 1 for p in at],
        "import_fall": [one["fall"] for one in by_product],
        "imports_left": [one["left"] for one in by_product],
        "output_needed": [one["output"] for one in by_product],
        "import_fall_alone": alone.fall[at],
        "home_content": alone.content[at],
        "starts_with": groups(needs),
        "break_even": [np.inf if w is None else float(w) for w in prices],
    }
    rows = Dimension(
        {
            "region": (region,) * len(at),
            "sector": tuple(table.sectors[int(p)] for p in at),
        }
    )
    fields = [Field(name, np.asarray(v, dtype=float), (rows,)) for name, v in values.items()]
    whole = Dimension({"region": (region,)})
    fields.append(Field("embodied_imports", np.array([now.left]), (whole,)))
    return Dependence(
        "first",
        "What should be made at home first, so that what is used at home holds least from abroad?",
        tuple(fields),
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
        certificates=(Certificate("rank-one updates", len(at), left, TOLERANCE),),
        warnings=(*_warnings(table, home, need), *on_table.assumptions),
        parameters={
            "region": region,
            "products": [table.sectors[int(p)] for p in at],
            "by": by,
            "need": need,
            "elasticities": chosen.name,
            "horizon": horizon,
        },
    )


def _check(by: str, need: float) -> None:
    if by not in ("imports", "output"):
        raise OptionError(f"by={by!r} is not one of 'imports', 'output'")
    if not 0.0 < need <= 1.0:
        raise OptionError(f"need is {need}; it is a share of cost, above 0 and at most 1")


def _candidates(table: Table, home: Home, products: str | Iterable[str] | None) -> NDArray[np.intp]:
    """Positions of the products that may be brought home, in table order."""
    able = (home.output > 0) & (home.imports > 0)
    if products is None:
        at = np.flatnonzero(able)
    else:
        at = np.unique(table.sectors.locate(products))
        unable = [table.sectors[int(p)] for p in at if home.output[p] <= 0]
        if unable:
            raise OptionError(
                f"{', '.join(unable)}: not made in {home.region}, so there is no technique at home "
                "to make it with; leave it out"
            )
    if not at.size:
        raise OptionError(f"{home.region} imports nothing that it could make at home")
    return at


def _warnings(table: Table, home: Home, need: float) -> list[str]:
    said = [
        "a product brought home is made as it is made there now, at present prices and without "
        "limit: what it costs and how long it takes is what the pathway says",
        f"a product needs another where imports of that one are at least {need:.0%} of its cost: "
        "an assumption",
    ]
    lost = [table.sectors[int(p)] for p in np.flatnonzero(home.missing)]
    if lost:
        said.append(
            f"{', '.join(lost)}: used but not made in {home.region}; there is no technique at home "
            "to rank them by, so they stay imported"
        )
    share = home.home_share
    thin = [table.sectors[int(p)] for p in np.flatnonzero((share < THIN) & (home.output > 0))]
    if thin:
        said.append(
            f"{', '.join(thin)}: less than {THIN:.0%} of use is made in {home.region}; its "
            "technique may be that of a niche"
        )
    return said
