"""Tables made up for tests: plain builders, and hypothesis strategies over them.

Every table is made from input coefficients and final use, x = (I − A)⁻¹ y, and then given the
sums of its rows as output: rows and columns add up to rounding error, value added is positive
wherever there is output, and the Leontief inverse is non-negative. Same arguments, same table.
"""

import numpy as np
from hypothesis import strategies as st

from autarky.axes import Axis, Industries, Uses
from autarky.table import Table
from autarky.units import Provenance, Unit

REGIONS = ("DEU", "FRA", "USA", "CHN", "KOR", "BRA", "IND", "JPN")
#: Categories of final use in the order in which `random_table` takes them, with their kinds.
USES = (
    ("c37", "household"),
    ("c42", "inventories"),
    ("c41", "investment"),
    ("c39", "government"),
    ("c38", "npish"),
)
UNIT = Unit("USD", "million")


def random_table(
    seed=0, R=3, S=4, F=1, zero_outputs=0, negatives=False, *, density=1.0, year=2011
) -> Table:
    """A balanced table of R regions, S sectors and F categories of final use.

    `zero_outputs` industries make, buy and sell nothing. With `negatives`, about one row in three
    (at least one) has a negative cell in Y, in a column of inventories where F > 1; one region
    with one category has none. `density` is the share of cells of Z and of foreign cells of Y
    that are not zero.
    """
    industries = Industries.product(_regions(R), _sectors(S))
    return _table(seed, industries, F, zero_outputs, negatives, density, year)


def ragged_table(
    seed=0, counts=(2, 4, 1), F=1, zero_outputs=0, negatives=False, *, density=1.0, year=2011
) -> Table:
    """As `random_table`, with counts[r] sectors in region r, out of as many as the largest has."""
    rng = np.random.default_rng([seed, 1])
    S = max(counts)
    items = [np.sort(rng.choice(S, size=count, replace=False)) for count in counts]
    industries = Industries(
        _regions(len(counts)),
        _sectors(S),
        np.repeat(np.arange(len(counts)), counts),
        np.concatenate(items),
    )
    return _table(seed, industries, F, zero_outputs, negatives, density, year)


@st.composite
def tables(draw, max_regions=4, max_sectors=4, *, ragged=None, negatives=None, zeros=True):
    """Any small table; `ragged` and `negatives` are drawn unless given."""
    seed = draw(st.integers(0, 2**31 - 1), label="seed")
    F = draw(st.integers(1, 3), label="F")
    negatives = draw(st.booleans(), label="negatives") if negatives is None else negatives
    density = draw(st.sampled_from([1.0, 0.6]), label="density")
    if draw(st.booleans(), label="ragged") if ragged is None else ragged:
        counts = draw(
            st.lists(st.integers(1, max_sectors), min_size=1, max_size=max_regions), label="counts"
        )
        n = sum(counts)
    else:
        counts = None
        R = draw(st.integers(1, max_regions), label="R")
        S = draw(st.integers(1, max_sectors), label="S")
        n = R * S
    idle = draw(st.integers(0, min(2, n - 1)), label="zero_outputs") if zeros else 0
    if counts is not None:
        return ragged_table(seed, tuple(counts), F, idle, negatives, density=density)
    return random_table(seed, R, S, F, idle, negatives, density=density)


def permutations(size):
    """Any order of `size` things, as an array of positions."""
    return st.permutations(range(size)).map(lambda order: np.array(order, dtype=np.intp))


def permuted(table: Table, regions=None, sectors=None) -> Table:
    """The same regular table with regions and sectors in another order (positions of old ones)."""
    R, S, F = len(table.regions), len(table.sectors), len(table.uses.categories)
    regions = np.arange(R) if regions is None else np.asarray(regions)
    sectors = np.arange(S) if sectors is None else np.asarray(sectors)
    rows = (regions[:, None] * S + sectors).reshape(-1)
    columns = (regions[:, None] * F + np.arange(F)).reshape(-1)
    return Table.from_arrays(
        table.Z[np.ix_(rows, rows)],
        table.Y[np.ix_(rows, columns)],
        regions=table.regions.select(regions),
        sectors=table.sectors.select(sectors),
        uses=table.uses.categories,
        use_kinds=table.uses.kinds,
        x=table.x[rows],
        value_added=table.value_added[rows],
        unit=table.unit,
        year=table.year,
        provenance=table.provenance,
    )


def _regions(size):
    return Axis("region", [*REGIONS, *(f"Q{i:02}" for i in range(size))][:size])


def _sectors(size):
    return Axis("sector", [f"c{i + 1}" for i in range(size)])


def _table(seed, industries, F, zero_outputs, negatives, density, year) -> Table:
    rng = np.random.default_rng([seed, 0])
    regions = industries.regions
    codes, kinds = zip(*USES[:F], strict=True)
    if F == 1:
        codes, kinds = ("final",), ("final",)
    uses = Uses.product(regions, Axis("use", codes), kinds=kinds)
    n, k = len(industries), len(uses)
    idle = rng.choice(n, size=zero_outputs, replace=False)

    # Most is bought at home, as in real tables; column sums of A lie between 0.2 and 0.7.
    same = industries.region_of[:, None] == industries.region_of
    A = rng.lognormal(sigma=1.0, size=(n, n)) * np.where(same, 1.0, 0.15)
    A *= rng.random((n, n)) < density
    A[idle], A[:, idle] = 0.0, 0.0
    sums = A.sum(axis=0)
    A *= np.divide(rng.uniform(0.2, 0.7, n), sums, out=np.zeros(n), where=sums > 0)

    home = industries.region_of[:, None] == uses.region_of
    Y = rng.lognormal(mean=3.0, sigma=1.0, size=(n, k)) * np.where(home, 1.0, 0.1)
    Y *= (rng.random((n, k)) < density) | home
    if negatives and k > 1:
        # Never the only cell of its row: at home, other categories are positive.
        stock = (uses.category_of == 1) if F > 1 else ~home
        live = np.setdiff1d(np.arange(n), idle)
        chosen = live[rng.random(live.size) < 1 / 3]
        for i in chosen if chosen.size else live[:1]:
            j = rng.choice(np.flatnonzero(np.broadcast_to(stock, home.shape)[i]))
            Y[i, j] = 0.0
            Y[i, j] = -0.3 * Y[i].sum()
    Y[idle] = 0.0

    x = np.linalg.solve(np.eye(n) - A, Y.sum(axis=1))
    Z = A * x
    Z[Z < 0] = 0.0
    x = Z.sum(axis=1) + Y.sum(axis=1)
    return Table(
        Z=Z,
        Y=Y,
        x=x,
        value_added=x - Z.sum(axis=0),
        industries=industries,
        uses=uses,
        unit=UNIT,
        year=year,
        provenance=Provenance(source=f"made up from seed {seed}"),
    )
