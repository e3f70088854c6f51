"""Cut-offs to prepare for: six with names, and draws in which suppliers fail together.

May import `table`, `shocks` and below.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autarky.errors import OptionError
from autarky.plan.preparedness.sectors import named_sectors
from autarky.shocks import Embargo, Scenario
from autarky.shocks.groups import groups
from autarky.table import Table

#: Chance that a supplier fails in a draw, how strongly all and those of one bloc fail together,
#: and how much of its deliveries is lost then: assumptions.
CHANCE, COMMON, BLOC = 0.25, 0.3, 0.4
LOSSES = (0.3, 1.0)
#: Suppliers that fail together, beside those of the European Union.
TOGETHER = (("CHN", "TWN"), ("JPN", "KOR"), ("USA", "CAN", "MEX"), ("RUS", "ROW"))

#: (name, title, parts of exporters, sectors, share).
_PARTS = tuple[Sequence[str], str, float]
NAMED: dict[str, tuple[str, tuple[_PARTS, ...]]] = {
    "china-taiwan": (
        "China and Taiwan deliver nothing",
        ((("CHN", "TWN"), "", 1.0),),
    ),
    "russia-china-taiwan": (
        "Russia, China and Taiwan deliver nothing",
        ((("RUS", "CHN", "TWN"), "", 1.0),),
    ),
    "outside-eu-half": (
        "all outside the European Union deliver half",
        ((("-EU",), "", 0.5),),
    ),
    "chips": (
        "no electronics from China and Taiwan, half from Japan and Korea",
        ((("CHN", "TWN"), "electronics", 1.0), (("JPN", "KOR"), "electronics", 0.5)),
    ),
    "energy": (
        "no fuels from Russia, half from the rest of the world",
        ((("RUS",), "fuels", 1.0), (("ROW",), "fuels", 0.5)),
    ),
    "rest-half": (
        "the rest of the world delivers half",
        ((("ROW",), "", 0.5),),
    ),
}


def named(table: Table, region: str) -> tuple[tuple[Scenario, ...], tuple[str, ...]]:
    """The six named cut-offs for one economy, and what of them does not fit the table.

    Parameters
    ----------
    table : Table
    region : str
        The economy that is cut off.

    Raises
    ------
    LabelError
        There is no such region.
    OptionError
        None of them fits the table.

    Examples
    --------
    >>> import autarky
    >>> found, notes = named(autarky.open("world", 2011), "DEU")
    >>> [one.name for one in found][:3], notes
    (['china-taiwan', 'russia-china-taiwan', 'outside-eu-half'], ())
    """
    table.regions.position(region)
    union = _union(table)
    found, notes = [], []
    for name, (title, parts) in NAMED.items():
        shocks = []
        for exporters, what, share in parts:
            sectors = named_sectors(table.sectors, what) if what else None
            others = [r for r in table.regions if r not in union] if "-EU" in exporters else []
            wanted = others or [r for r in exporters if r in table.regions]
            wanted = [r for r in wanted if r != region]
            if not wanted or sectors == ():
                continue
            shocks.append(Embargo(exporters=wanted, importers=region, sectors=sectors, share=share))
        if len(shocks) < len(parts):
            lost = "is left out" if not shocks else "is there in part"
            notes.append(f"{name} ({title}) {lost}: the table lacks its regions or sectors")
        if shocks:
            found.append(Scenario(name, shocks, title=title, source="assumption"))
    if not found:
        raise OptionError(
            "none of the named cut-offs fits this table: it has none of their regions and "
            "sectors. Give scenarios=[Scenario(...), ...] of your own"
        )
    return tuple(found), tuple(notes)


def correlated(table: Table, region: str, *, draws: int = 6, seed: int = 0) -> tuple[Scenario, ...]:
    """Draws of cut-offs in which suppliers of a bloc tend to fail together.

    Parameters
    ----------
    table : Table
    region : str
        The economy; its partners in the European Union do not fail where it is a member.
    draws : int
        How many, at least 0.
    seed : int

    Notes
    -----
    A supplier g fails where √a F + √b F_bloc + √(1 − a − b) ε_g exceeds the normal quantile of
    1 − p: p = 0.25, a = 0.3 common to all, b = 0.4 common to a bloc. It loses a share of its
    deliveries drawn evenly from 30 to 100 %. Draws in which nobody fails are drawn again.

    Examples
    --------
    >>> import autarky
    >>> world = autarky.open("world", 2011)
    >>> [one.name for one in correlated(world, "DEU", draws=2)]
    ['draw-1', 'draw-2']
    """
    if not (isinstance(draws, int) and draws >= 0):
        raise OptionError(f"draws is {draws}; it is a number of draws, 0 or more")
    union = _union(table)
    safe = set(union) if region in union else set()
    exempt = safe | {region}
    suppliers = [r for r in table.regions if r not in exempt]
    if not suppliers:
        return ()
    bloc = {r: k for k, members in enumerate(TOGETHER) for r in members}
    bloc |= dict.fromkeys(union, len(TOGETHER))
    number = np.array([bloc.get(r, len(TOGETHER) + 1 + i) for i, r in enumerate(suppliers)])
    from scipy.special import ndtri

    rng = np.random.default_rng(seed)
    found: list[Scenario] = []
    limit = float(ndtri(1.0 - CHANCE))
    while len(found) < draws:
        common, own = rng.standard_normal(), rng.standard_normal(len(suppliers))
        blocs = rng.standard_normal(int(number.max()) + 1)[number]
        risk = np.sqrt(COMMON) * common + np.sqrt(BLOC) * blocs
        risk = risk + np.sqrt(1.0 - COMMON - BLOC) * own
        shares = np.round(rng.uniform(*LOSSES, len(suppliers)), 2)
        failing = np.flatnonzero(risk > limit)
        if not failing.size:
            continue
        shocks = [
            Embargo(exporters=suppliers[int(g)], importers=region, share=float(shares[g]))
            for g in failing
        ]
        title = f"{len(shocks)} suppliers lose part of their deliveries at once"
        name = f"draw-{len(found) + 1}"
        found.append(Scenario(name, shocks, title=title, source="drawn; assumption"))
    return tuple(found)


def _union(table: Table) -> tuple[str, ...]:
    """Members of the European Union in the table's year, as far as the table has them."""
    year = table.year if table.year is not None and table.year >= 1958 else 2011
    return tuple(r for r in groups()["EU"].members(year) if r in table.regions)
