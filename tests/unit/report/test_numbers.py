"""Every number in the brief's sentences and tables equals the measure behind it.

The sentences are taken apart with regular expressions and each number is computed again: from the
measures, and those of supply and use directly from Z and Y.
"""

import re

import numpy as np
import pytest

from autarky import measure

CODES = ["DEU", "USA", "CHN", "LUX", "ROW", "MLT"]
NUMBER = r"(-?<?\d+(?:\.\d+)?)"


def numbers(text):
    return [float(x) for x in re.findall(r"(?<![\w.])[-+]?\d+(?:\.\d+)?", text)]


def series(result, variable, key):
    frame = result.tidy(variable)
    found = frame[(frame[key] != "total")].set_index(key)["value"]
    assert found.index.is_unique
    return found


def close(text, value, digits):
    """The number printed is the value rounded to so many digits."""
    if text == "<1":
        return 0 < value < 0.5
    return abs(float(text) - value) <= 0.5 * 10**-digits + 1e-9


@pytest.fixture(scope="module", params=CODES)
def code(request):
    return request.param


@pytest.fixture(scope="module")
def page(page_of, code):
    return page_of(code)


@pytest.fixture(scope="module")
def section(page):
    return {one.key: one for one in page.sections}


def title(world, code):
    return world.regions.title(code)


def article(name):
    from autarky.report.words import the

    return the(name)


def earned_abroad(table, code):
    shares = series(
        measure.value_added_origin(table, regions=code), "va_origin_share", "partner"
    ).drop(code)
    return shares.sort_values(ascending=False)


def foreign(table, code, variable):
    result = measure.dependence(table, regions=code, by="partner")
    return series(result, variable, "partner").drop(code, errors="ignore")


def use_of(table, code):
    """(suppliers R, products S) of everything one region buys, straight from Z and Y.

    What is taken out of stocks is negative final use, and no purchase.
    """
    R, S = len(table.regions), len(table.sectors)
    r = table.regions.position(code)
    mine = np.flatnonzero(table.industries.region_of == r)
    uses = np.flatnonzero(table.uses.region_of == r)
    total = table.Z[:, mine].sum(axis=1) + np.maximum(table.Y[:, uses], 0).sum(axis=1)
    return total.reshape(R, S), r


def test_headline(page, world, code):
    abroad = earned_abroad(world, code)
    hundred, all_of_it, *three = numbers(page.headline)
    assert hundred == 100
    assert close(str(all_of_it), 100 * abroad.sum(), 1)
    named = re.findall(rf"{NUMBER} in ([^,.]+?)(?:,| and |\.)", page.headline)
    assert len(named) == len(three) == 3
    for (text, name), (partner, share) in zip(named, abroad.head(3).items(), strict=True):
        assert close(text, 100 * share, 1)
        assert name == article(title(world, partner))


def test_figures(page, world, code):
    abroad = earned_abroad(world, code)
    paper, chains = foreign(world, code, "face_value"), foreign(world, code, "look_through")
    (final, _), (pair, _), (largest, who), (least, what) = page.figures
    assert close(final.split()[0], 100 * abroad.sum(), 1)
    first, second = re.fullmatch(rf"{NUMBER} → {NUMBER} %", pair).groups()
    assert close(first, 100 * paper.sum(), 0)
    assert close(second, 100 * chains.sum(), 0)
    single = chains.drop("ROW", errors="ignore")
    assert close(largest.split()[0], 100 * single.max(), 1)
    assert who.endswith(article(title(world, single.idxmax())))
    use, r = use_of(world, code)
    share = use[r] / use.sum(axis=0)
    assert close(least.split()[0], 100 * share.min(), 0)
    assert world.sectors.titles[share.argmin()][:6].lower() in what.lower()


def test_self_sufficiency(section, world, code):
    one = section["self-sufficiency"]
    use, r = use_of(world, code)
    share = use[r] / use.sum(axis=0)
    # Output against output and net imports, where stocks do count.
    flows = np.add.reduceat(world.Z, world.industries.starts[:-1], axis=1) + world.Y_by_region
    flows = flows.reshape(*use.shape, -1)
    trade = flows[:, :, r].sum(axis=0) - flows[r].sum(axis=1)
    output = world.x.reshape(use.shape)[r]
    output = output / (output + trade)
    texts = re.findall(rf"{NUMBER} %", one.answer)
    order = np.sort(share)
    expected = [use[r].sum() / use.sum(), order[0], order[1], order[-1]]
    assert len(texts) == 4
    for text, value in zip(texts, expected, strict=True):
        assert close(text, 100 * value, 0)
    by_name = {name.split(" (")[0].split(":")[0]: k for k, name in enumerate(world.sectors.titles)}
    assert len(one.rows) == len(world.sectors)
    for (name, home, of_use), bar in zip(one.rows, one.chart.values, strict=True):
        k = by_name[name]
        assert close(home.split()[0], 100 * share[k], 0)
        assert bar == pytest.approx(100 * share[k], abs=1e-9)
        assert close(of_use.split()[0], 100 * output[k], 0)


def test_sources(section, world, code):
    one = section["sources"]
    paper, chains = foreign(world, code, "face_value"), foreign(world, code, "look_through")
    hidden = (chains - paper).sort_values()
    texts = re.findall(rf"{NUMBER} %", one.answer)
    expected = [
        (paper.sum(), 0),
        (chains.sum(), 0),
        (paper[hidden.index[-1]], 1),
        (chains[hidden.index[-1]], 1),
    ]
    assert len(texts) == 4
    for text, (value, digits) in zip(texts, expected, strict=True):
        assert close(text, 100 * value, digits)
    assert article(title(world, hidden.index[-1])) in one.answer
    top = chains.sort_values(ascending=False).head(10)
    assert [row[0] for row in one.rows] == [title(world, c) for c in top.index]
    for row, (partner, value) in zip(one.rows, top.items(), strict=True):
        assert close(row[1].split()[0], 100 * paper[partner], 1)
        assert close(row[2].split()[0], 100 * value, 1)
        assert close(row[3], 100 * (value - paper[partner]), 1)


def test_exposed(section, world, code):
    one = section["exposed"]
    result = measure.dependence(world, regions=code, by="sector")
    chains = series(result, "look_through", "sector").sort_values(ascending=False)
    paper = series(result, "face_value", "sector")
    texts = re.findall(rf"{NUMBER} %", one.answer)
    assert len(texts) == 2
    for text, value in zip(texts, chains, strict=False):
        assert close(text, 100 * value, 0)
    for row, (sector, value) in zip(one.rows, chains.items(), strict=False):
        assert world.sectors.title(sector).startswith(row[0])
        assert close(row[1].split()[0], 100 * paper[sector], 0)
        assert close(row[2].split()[0], 100 * value, 0)


def test_single_points(section, world, code):
    one = section["single-points"]
    use, r = use_of(world, code)
    imports = np.delete(use, r, axis=0)
    names = [title(world, c) for c in world.regions if c != code]
    rest = names.index("Rest of the world") if code != "ROW" else None
    of_use = imports / use.sum(axis=0)
    expected = sorted(
        -of_use[imports[:, s].argmax(), s]
        for s in range(use.shape[1])
        if imports[:, s].argmax() != rest
    )
    assert len(one.rows) == min(6, len(expected))
    for row, bar, value in zip(one.rows, one.chart.values, expected, strict=False):
        product, supplier = row[0].split(" ← ")
        s = next(k for k, t in enumerate(world.sectors.titles) if t.startswith(product))
        k = names.index(supplier)
        assert k == imports[:, s].argmax() != rest
        assert close(row[1].split()[0], 100 * of_use[k, s], 0)
        assert bar == pytest.approx(-100 * value)
        shares = imports[:, s] / imports[:, s].sum()
        assert close(row[2].split()[0], 100 * shares[k], 0)
        assert close(row[3], float((shares**2).sum()), 2)
    texts = re.findall(rf"{NUMBER} %", one.answer)
    assert texts == [one.rows[0][1].split()[0], one.rows[0][2].split()[0]]


def test_change(section, years, code):
    one = section["change"]
    assert one.columns[1:] == tuple(map(str, years))
    expected = {
        "inputs, through chains": [foreign(t, code, "look_through").sum() for t in years.values()],
        "inputs, on paper": [foreign(t, code, "face_value").sum() for t in years.values()],
        "spending earned abroad": [earned_abroad(t, code).sum() for t in years.values()],
    }
    assert [row[0] for row in one.rows] == list(expected)
    for row in one.rows:
        for text, value in zip(row[1:], expected[row[0]], strict=True):
            assert close(text.split()[0], 100 * value, 1)
    for name, values in one.chart.series:
        assert values == pytest.approx([100 * v for v in expected[name]])
    phrases = re.findall(
        rf"(rose|fell) from {NUMBER} to {NUMBER} %|(stayed) at {NUMBER} %", one.answer
    )
    assert len(phrases) == 2
    names = ("inputs, through chains", "spending earned abroad")
    for (verb, a, b, stayed, same), name in zip(phrases, names, strict=True):
        first, last = 100 * expected[name][0], 100 * expected[name][-1]
        assert close(same if stayed else a, first, 0)
        assert close(same if stayed else b, last, 0)
        assert stayed or verb == ("rose" if last > first else "fell")


def test_health(page, world):
    negative = world.Y[world.Y < 0]
    line = next(line for line in page.health if "negative" in line)
    assert line.startswith(f"{negative.size} of {world.Y.size:,} entries")
    (text,) = re.findall(rf"together {NUMBER} %", line)
    assert close(text, -100 * negative.sum() / np.abs(world.Y).sum(), 2)


def test_the_commands_shown_give_these_numbers(page, section, code, capsys):
    """The third command of the page, run as shown, prints the table of sources."""
    import json

    from autarky import cli

    command = next(c for c in page.commands if "--by partner" in c).split()
    assert command[0] == "autarky"
    assert cli.run([*command[1:], "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["data"]
    given = {row["partner"]: row["value"] for row in rows if row["variable"] == "look_through"}
    shown = sorted((v for k, v in given.items() if k not in {code, "total"}), reverse=True)[:10]
    for row, value in zip(section["sources"].rows, shown, strict=True):
        assert close(row[2].split()[0], 100 * value, 1)


def test_tidy_holds_every_measure(page, world, code):
    frame = page.tidy()
    assert not frame.duplicated().any()
    assert {"indicator", "region", "sector", "variable", "value", "unit"} <= set(frame.columns)
    assert not frame.drop(columns="value").isna().any().any()
    one = frame[
        (frame["indicator"] == "value_added_origin")
        & (frame["variable"] == "va_origin_share")
        & (frame["time"] == 2011)
        & (frame["partner"] == "CHN")
        & (frame["region"] == code)
    ]
    expected = measure.value_added_origin(world, regions=code).value(
        "va_origin_share", region=code, partner="CHN"
    )
    assert one["value"].tolist() == [expected]
