"""Strategic dependencies, by published criteria and thresholds.

Kernels on bare arrays first, then the measure. Definitions are data (`presets.toml`). May import
`table`, `results` and below.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.measure import flows
from autarky.measure.concentration import by_origin, herfindahl
from autarky.measure.economies import (
    Economies,
    Group,
    by_sector,
    lump_caveat,
    sector_parameters,
    sector_positions,
)
from autarky.measure.presets import Criterion, Preset, members, preset_of
from autarky.measure.trend import assert_comparable
from autarky.results import Dependence, Dimension, Field
from autarky.results.trend import merge_warnings
from autarky.table import Table

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
#: Tables with their years, in order; a single table may have none.
Years = list[tuple[int | None, Table]]


def trade_accounts(
    trade: Array, home: Bools, region_of: NDArray[np.intp], sector_of: NDArray[np.intp], size: int
) -> dict[str, Array]:
    """Trade of each economy by product, across and inside its border.

    Parameters
    ----------
    trade : (n, R) array
        What each industry sells to each *other* region [money/yr].
    home : (E, R) bool array
        The regions inside each economy.
    region_of, sector_of : (n,) int array
    size : int
        Number of products S.

    Returns
    -------
    dict
        "origin" (E, S, R): external imports by source; "imports", "all_imports" (with those of
        members from each other), "exports", "all_exports": (E, S); "world" (E, S, R): exports
        by exporting region, the economy's members added up as one (at its first member).
    """
    inside = home.astype(np.float64)
    bought = trade @ inside.T  # (n, E)
    ours = inside[:, region_of].T  # (n, E)
    sold = ours * trade.sum(axis=1)[:, None]
    internal = by_sector(ours * bought, sector_of, size)
    origin = by_origin(bought * (1.0 - ours), region_of, sector_of, (size, home.shape[1]))
    all_imports, all_exports = by_sector(bought, sector_of, size), by_sector(sold, sector_of, size)
    exporters = np.zeros((size, home.shape[1]))
    exporters[sector_of, region_of] = trade.sum(axis=1)
    world = np.where(home[:, None, :], 0.0, exporters)
    first = home.argmax(axis=1)
    world[np.arange(len(home)), :, first] = all_exports - internal
    return {
        "origin": origin,
        "imports": all_imports - internal,
        "all_imports": all_imports,
        "exports": all_exports - internal,
        "all_exports": all_exports,
        "world": world,
    }


def criterion_values(accounts: Mapping[str, Array], criterion: Criterion) -> tuple[Array, Bools]:
    """(E, S) values of a criterion (NaN where undefined), and whether it holds."""
    theta = criterion.threshold
    if criterion.variable in ("import_hhi", "export_hhi"):
        values = herfindahl(accounts["origin" if criterion.variable == "import_hhi" else "world"])
        return values, np.nan_to_num(values) > theta
    above = accounts["imports"]
    if criterion.variable == "external_import_share":
        below = accounts["all_imports"]
    else:
        below = accounts["exports" if criterion.exports == "external" else "all_exports"]
    values = np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)
    # Without the division: imports of what is not exported at all are above any threshold.
    return values, above > theta * np.maximum(below, 0.0)


def strategic(
    tables: Table | Mapping[int, Table],
    *,
    preset: Literal["eu", "cepii"] | Preset = "eu",
    regions: str | Iterable[str] | None = None,
    sectors: str | Iterable[str] | None = None,
    group: Group | None = None,
) -> Dependence:
    """Which products an economy depends on strategically, by published criteria.

    Parameters
    ----------
    tables : Table or mapping of year → Table
        As many consecutive years as the preset looks at: one for "eu", three for "cepii".
    preset : {"eu", "cepii"} or Preset
        The European Commission's three indicators (SWD(2021) 352), with the EU of the year as one
        economy; or CEPII's GeoDep criteria, for every region; or criteria of your own.
    regions : str or sequence of str, optional
        Whose dependencies; only for presets that look at each region.
    sectors : str or sequence of str, optional
        Which products; all by default.
    group : sequence of str or mapping of label → regions, optional
        Regions treated as one economy, instead of `regions` or the preset's own bloc. A plain
        list is called "group".

    Returns
    -------
    Dependence
        By economy and product: each criterion's value in each year under its own name
        (``import_hhi``, ``external_import_share``, ``import_export_ratio``, ``export_hhi``),
        ``holds`` (1 or 0) with the criterion in column criterion, ``years_held`` and the flag
        ``strategic`` (1 or 0); and ``threshold`` by criterion.

    Raises
    ------
    LabelError
        An unknown region or sector.
    OptionError
        No such preset; too few, too many or not consecutive years; no year, or no members in
        the table, where the preset's bloc needs them; regions for a preset about a bloc.
    TableError
        Tables of different labels or units.

    Notes
    -----
    The criteria are published for some 5,000 products. The sectors of a table are much broader,
    and broad sectors have many suppliers: fewer are flagged, and a sector that is not flagged may
    contain products that are. Imports are for all uses; negative flows count as none. Imports
    without any exports count as above every ratio.

    References
    ----------
    European Commission (2021), SWD(2021) 352 final. Lefebvre & Wibaux (2024), CEPII Policy Brief
    2024-47.

    Examples
    --------
    >>> from autarky import Table
    >>> table = Table.from_arrays(
    ...     np.zeros((3, 3)),
    ...     [[50, 5, 0], [0, 40, 0], [30, 2, 60]],
    ...     regions=["DEU", "FRA", "CHN"],
    ...     sectors=["s"],
    ...     year=2011,
    ... )
    >>> result = strategic(table)
    >>> result.value("external_import_share", region="EU", sector="s")  # 32 / (32 + 5)
    0.8648648648648649
    >>> result.value("strategic", region="EU", sector="s")
    1.0
    """
    regions, group = _listed(regions), _listed(group)  # read once a year
    chosen_preset = preset_of(preset)
    ordered = _years(tables, chosen_preset)
    latest = ordered[-1][1]
    chosen = sector_positions(latest, sectors)
    values: dict[str, list[Array]] = {c.variable: [] for c in chosen_preset.criteria}
    holds: list[Bools] = []
    warnings: dict[int, tuple[str, ...]] = {}
    for year, table in ordered:
        assert_comparable(ordered[0], (year, table))
        who, absent = _economies(table, chosen_preset, year, regions, group)
        accounts = _accounts(table, who)
        each = [criterion_values(accounts, criterion) for criterion in chosen_preset.criteria]
        for criterion, (value, _) in zip(chosen_preset.criteria, each, strict=True):
            values[criterion.variable].append(value[:, chosen])
        holds.append(np.stack([held[:, chosen] for _, held in each], axis=-1))
        warnings[year or 0] = flows.caveats(table) + absent
    dimensions = (Dimension({"region": who.labels}), Dimension.of(latest.sectors.select(chosen)))
    if len(ordered) > 1:
        time = tuple(year for year, _ in ordered)
        dimensions = (Dimension({"time": time}), *dimensions)  # ty: ignore[invalid-argument-type]
    return Dependence(
        "strategic",
        f"Which dependencies are strategic by {chosen_preset.citation or chosen_preset.name}?",
        _fields(chosen_preset, dimensions, values, np.stack(holds)),
        unit=latest.unit,
        year=ordered[-1][0],
        provenance=latest.provenance,
        warnings=(
            *merge_warnings(warnings),
            *lump_caveat(latest.regions),
            *_level_caveat(chosen_preset),
        ),
        parameters={
            "preset": chosen_preset.name,
            "years": [year for year, _ in ordered],
            **who.parameters,
            **sector_parameters(latest, chosen),
        },
    )


def _listed(labels: Any) -> Any:
    """Labels that can be read more than once."""
    if labels is None or isinstance(labels, str):
        return labels
    if isinstance(labels, Mapping):
        return {name: _listed(some) for name, some in labels.items()}
    return list(labels)


def _years(tables: Table | Mapping[int, Table], preset: Preset) -> Years:
    """The tables in order of time; as many consecutive years as the preset needs."""
    if isinstance(tables, Table):
        ordered: Years = [(tables.year, tables)]
    else:
        ordered = []
        ordered += [(year, tables[year]) for year in sorted(tables)]
    years = [year for year, _ in ordered if year is not None]
    listed = ", ".join(map(str, years)) or f"{len(ordered)} without a year"
    if len(ordered) != preset.window:
        raise OptionError(
            f"preset {preset.name!r} looks at {preset.window} consecutive "
            f"{'year' if preset.window == 1 else 'years'}; it got {listed}. Give a mapping "
            "year → Table of just these years"
        )
    if any(later - year != 1 for year, later in pairwise(years)):
        raise OptionError(
            f"preset {preset.name!r} needs consecutive years; it got {listed}. A gap would hide "
            "how long a dependency lasts"
        )
    return ordered


def _economies(
    table: Table,
    preset: Preset,
    year: int | None,
    regions: str | Iterable[str] | None,
    group: Group | None,
) -> tuple[Economies, tuple[str, ...]]:
    """Whose dependencies, and a warning about members of the bloc that the table lacks."""
    if group is not None or preset.economy == "each":
        return Economies.of(table, regions, group), ()
    if regions is not None:
        raise OptionError(
            f"preset {preset.name!r} treats {preset.economy} as one economy and takes no regions; "
            "give group= for another one"
        )
    if year is None:
        raise OptionError(
            f"the table has no year, so the members of {preset.economy} are unknown: give tables "
            "as {year: table}, or group="
        )
    wanted = members(preset.economy, year)
    present = [code for code in wanted if code in table.regions]
    absent = [code for code in wanted if code not in table.regions]
    if not present:
        raise OptionError(f"none of the members of {preset.economy} is in the table; give group=")
    note = f"{', '.join(absent)} of {preset.economy} are not regions of the table and left out"
    who = Economies.of(table, group={preset.economy: present})
    return who, ((note,) if absent else ())


def _accounts(table: Table, who: Economies) -> dict[str, Array]:
    industries = table.industries
    return trade_accounts(
        np.maximum(flows.bilateral_exports(table), 0.0),
        who.home,
        industries.region_of,
        industries.sector_of,
        len(table.sectors),
    )


def _fields(
    preset: Preset,
    dimensions: tuple[Dimension, ...],
    values: Mapping[str, list[Array]],
    holds: Bools,
) -> tuple[Field, ...]:
    """`dimensions` are (time,) region, sector; `holds` is (T, E, S, C)."""
    criterion = Dimension({"criterion": tuple(c.variable for c in preset.criteria)})
    thresholds = np.array([c.threshold for c in preset.criteria])
    held = holds.all(axis=-1).sum(axis=0)
    shape = tuple(one.size for one in dimensions)
    fields = [Field(name, np.reshape(v, shape), dimensions) for name, v in values.items()]
    return (
        *fields,
        Field("holds", holds.reshape(*shape, -1).astype(np.float64), (*dimensions, criterion)),
        Field("threshold", thresholds, (criterion,)),
        Field("years_held", held, dimensions[-2:]),
        Field("strategic", held >= preset.required, dimensions[-2:]),
    )


def _level_caveat(preset: Preset) -> tuple[str, ...]:
    if not preset.level:
        return ()
    return (
        f"the thresholds are published for {preset.level}; sectors of a table are far broader, "
        "so that a sector not flagged may contain products that are strategic",
    )
