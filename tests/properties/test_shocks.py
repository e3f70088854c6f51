"""Scenarios for any input: files are exact, and positions follow from labels alone."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from autarky.errors import DataError, LabelError, ShockError
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
    Tariff,
    TradeCost,
    Transfer,
)
from autarky.shocks.fields import is_text
from autarky.shocks.files import parse_scenario
from strategies import REGIONS, random_table, tables

label = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
    lambda text: is_text(text) and text != "*"
)
labels = st.lists(label, min_size=1, max_size=3)
side = st.one_of(labels, label, st.just("*"))
sectors = st.one_of(st.none(), labels)


def numbers(low, high, **more):
    return st.floats(low, high, allow_nan=False, **more)


positive = numbers(0, 1e300, exclude_min=True)


@st.composite
def timing(draw, recovery=True):
    times = {"start": draw(numbers(0, 1e300))}
    if draw(st.booleans()):
        times["duration"] = draw(positive)
        if recovery:
            times["recovery"] = draw(st.none() | numbers(0, 1e300))
    return times


def curve(times):
    every = ["linear", "convex", "concave"]
    return st.sampled_from(every if times.get("recovery") else every[:1])


@st.composite
def return_(draw):
    """How capital comes back: by orders, by itself, or not at all."""
    how = draw(st.sampled_from(["rebuilt", "recovery", "never"]))
    times = {"start": draw(numbers(0, 1e300)), "capital_ratio": draw(st.none() | positive)}
    if how == "never":
        return times
    times["duration"] = draw(positive)
    if how == "recovery":
        times["recovery"] = draw(numbers(0, 1e300))
        return times | {"curve": draw(curve(times))}
    who = draw(st.lists(label, min_size=1, max_size=3, unique=True))
    weights = [draw(st.integers(1, 9)) for _ in who]
    shares = {one: weight / sum(weights) for one, weight in zip(who, weights, strict=True)}
    return times | {"rebuilding_days": draw(numbers(1, 1e300)), "rebuilders": shares}


def _list(side):
    return [side] if isinstance(side, str) else side


@st.composite
def shocks(draw):
    """Any shock that can be made."""
    exporters, importers = draw(side), draw(side)
    if {*_list(exporters)} & {*_list(importers)} and "*" not in (exporters, importers):
        importers = "*"  # nobody is cut from itself
    pair = {"exporters": exporters, "importers": importers, "sectors": draw(sectors)}
    place = {"regions": draw(side), "sectors": draw(sectors)}
    times = draw(timing())
    make = {
        "embargo": lambda: Embargo(
            **pair, share=draw(numbers(0, 1)), mutual=draw(st.booleans()), **times
        ),
        "isolation": lambda: Isolation(region=draw(labels), **times),
        "trade_cost": lambda: TradeCost(
            **pair, factor=draw(positive), mutual=draw(st.booleans()), **times
        ),
        "rate": lambda: Tariff(**pair, rate=draw(numbers(0, 10)), **times),
        "change": lambda: Tariff(**pair, change=draw(numbers(-10, 10)), **times),
        "capacity_loss": lambda: CapacityLoss(
            **place, share=draw(numbers(0, 1)), curve=draw(curve(times)), **times
        ),
        "capital_loss": lambda: CapitalLoss(**place, share=draw(numbers(0, 1)), **draw(return_())),
        "demand_shift": lambda: DemandShift(**place, change=draw(numbers(-1, 1e300)), **times),
        "transfer": lambda: Transfer(
            payers=exporters,
            receivers=importers if importers != exporters else ["somebody else"],
            amount=draw(numbers(0, 1)),
            **times,
        ),
        "stock_release": lambda: StockRelease(
            **place,
            days=draw(positive),
            of=draw(st.sampled_from(["imports", "use"])),
            **draw(timing(recovery=False)),
        ),
    }[draw(st.sampled_from(
        ["embargo", "isolation", "trade_cost", "rate", "change", "capacity_loss", "capital_loss",
         "demand_shift", "transfer", "stock_release"]
    ))]  # fmt: skip
    return make()


@st.composite
def scenarios(draw):
    """Any scenario without contradictions: a shock that would make one is left out."""
    rest = {
        "horizon": draw(st.none() | numbers(1e301, 1e308)),
        "title": draw(st.text(st.characters(codec="utf-8"))),
        "source": draw(st.text(st.characters(codec="utf-8"))),
        "groups_year": draw(st.none() | st.integers(1900, 2100)),
    }
    name, kept = draw(label), []
    for shock in draw(st.lists(shocks(), min_size=1, max_size=4)):
        try:
            Scenario(name, [*kept, shock], **rest)
        except ShockError as error:
            if not kept or not any(text in str(error) for text in ("fall on", "are the same")):
                raise
        else:
            kept.append(shock)
    return Scenario(name, kept, **rest)


@given(scenarios())
def test_files_are_exact(scenario):
    assert parse_scenario(scenario.to_toml(), "toml") == scenario
    assert parse_scenario(scenario.to_json(), "json") == scenario
    assert Scenario.from_dict(scenario.to_dict()) == scenario


@given(scenarios(), st.data())
def test_a_damaged_file_is_refused_or_read(scenario, data):
    """Whatever is cut out of a file: a scenario or a named error, never anything else."""
    syntax = data.draw(st.sampled_from(["toml", "json"]))
    text = scenario.to_toml() if syntax == "toml" else scenario.to_json()
    first = data.draw(st.integers(0, len(text) - 1))
    last = data.draw(st.integers(first + 1, min(len(text), first + 12)))
    patch = data.draw(st.sampled_from(["", "1", '"', "[", "}", "nan", "x = 1\n"]))
    damaged = text[:first] + patch + text[last:]
    try:
        found = parse_scenario(damaged, syntax)
    except (DataError, ShockError) as caught:
        error = caught
    else:
        assert parse_scenario(found.to_toml(), "toml") == found
        return
    rows = damaged.count("\n") + 1
    if isinstance(error, DataError) and error.row is not None:
        assert 1 <= error.row <= rows


# --- positions ----------------------------------------------------------------------------------

regions = st.lists(st.sampled_from(REGIONS[:5]), min_size=1, max_size=3)


def _names(links, table):
    names = table.regions.labels
    found = [(names[r], names[s]) for r, s in zip(links.exporters, links.importers, strict=True)]
    assert len(set(found)) == len(found)
    assert all(r != s for r, s in found)
    return set(found)


def _links(shock, table):
    try:
        return _names(shock.links(table), table)
    except ShockError as error:
        if "reaches nothing" not in str(error):
            raise
        return set()


def _embargo(exporters, importers, **more):
    try:
        return Embargo(exporters=exporters, importers=importers, **more)
    except ShockError:
        assume(False)


@given(regions, regions)
def test_links_are_all_pairs_across_borders(exporters, importers):
    table = random_table(0, 5, 2)
    there = {(r, s) for r in exporters for s in importers if r != s}
    assert _links(_embargo(exporters, importers), table) == there
    both = there | {(s, r) for r, s in there}
    assert _links(_embargo(exporters, importers, mutual=True), table) == both


@given(regions)
def test_isolation_is_a_mutual_embargo_with_everyone_else(bloc):
    table = random_table(0, 5, 2)
    isolated = _links(Isolation(region=bloc), table)
    assert isolated == _links(Embargo(exporters=bloc, importers="*", mutual=True), table)
    assert isolated == _links(Embargo(exporters="*", importers=bloc, mutual=True), table)
    outside = set(table.regions) - set(bloc)
    assert isolated == {p for r in bloc for s in outside for p in ((r, s), (s, r))}


@given(tables(), st.data())
def test_blocks_hold_the_sellers_of_the_links(table, data):
    assume(len(table.regions) > 1)
    some = st.lists(st.sampled_from(table.regions.labels), min_size=1, max_size=3)
    shock = _embargo(
        data.draw(some),
        data.draw(some),
        sectors=data.draw(st.lists(st.sampled_from(table.sectors.labels), min_size=1)),
        mutual=data.draw(st.booleans()),
    )
    try:
        links = shock.links(table)
    except ShockError:
        return
    cells = set()
    for rows, buyers in links.blocks(table.industries):
        assert rows.size
        assert buyers.size
        cells |= {(int(i), int(s)) for i in rows for s in buyers}
    region, sector = table.industries.region_of, table.industries.sector_of
    pairs = set(zip(links.exporters.tolist(), links.importers.tolist(), strict=True))
    expected = {
        (i, s)
        for i in range(table.n)
        for s in range(len(table.regions))
        if (int(region[i]), s) in pairs and sector[i] in links.sectors
    }
    assert cells == expected


@given(st.permutations(range(5)), regions, regions)
def test_the_order_of_regions_does_not_matter(order, exporters, importers):
    table = random_table(0, 5, 2)
    axis = table.regions.select(order)
    turned = type(table).from_arrays(
        np.zeros((10, 10)), np.ones((10, 5)), regions=axis, sectors=table.sectors, year=2011
    )
    shock = _embargo(exporters, importers)
    assert _links(shock, table) == _links(shock, turned)


@given(shocks(), st.lists(numbers(0, 1e300), min_size=1, max_size=5))
def test_strength_is_a_share_and_never_grows_after_the_start(shock, days):
    days = np.sort(days)
    with np.errstate(over="ignore"):  # days and durations of 1e300
        strength = shock.strength(days)
    assert np.all((strength >= 0) & (strength <= 1))
    assert np.all(strength[days < shock.start] == 0)
    assert np.all(np.diff(strength[days >= shock.start]) <= 0)
    assert np.all(strength[days >= shock.end] == 0)


@given(scenarios())
def test_any_scenario_on_a_table_is_positions_or_a_named_error(scenario):
    table = random_table(0, 3, 2)
    try:
        resolved = scenario.resolve(table)
    except (LabelError, ShockError):
        return
    assert len(resolved.effects) == len(scenario.shocks)
