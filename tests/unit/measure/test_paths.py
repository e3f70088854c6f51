"""Structural paths against brute force: the search must be exact."""

import numpy as np
import pytest

from autarky.axes import Axis
from autarky.errors import LabelError, OptionError, TableError
from autarky.measure.paths import paths
from autarky.table import Table
from strategies import ragged_table, random_table


def ends(table, region, end):
    """Industry and final use of every root, as a list."""
    r = table.regions.position(region)
    if end == "use":
        return list(enumerate(table.Y_by_region[:, r]))
    return [(i, table.Y[i].sum()) for i in np.flatnonzero(table.industries.region_of == r)]


def brute_force(table, roots, v, least):
    """Every path with |value| ≥ least, by walking on while anything at all could be left.

    All paths behind a node of weight w carry at most |w| max|v| ‖L‖₁, a coarser bound than the
    library's; ‖L‖₁ comes from the power series.
    """
    A = table.A
    power = total = np.ones(table.n)
    for _ in range(500):
        power = power @ A
        total = total + power
    assert power.max() < 1e-12
    most = np.abs(v).max() * total.max()
    found, stack = {}, [((i,), y) for i, y in roots]
    while stack:
        way, w = stack.pop()
        if abs(w) * most < least:
            continue
        if abs(w * v[way[0]]) >= least:
            found[way] = w * v[way[0]]
        stack += [((k, *way), w * A[k, way[0]]) for k in range(table.n)]
    return found


def as_mapping(table, result):
    """Path as positions → value, from the labels of a result."""
    position = {table.industries.label(i): i for i in range(table.n)}
    field = result.fields[0]
    labels = field.dimensions[0].columns["path"]
    ways = [tuple(position[x] for x in path.split(" > ")) for path in labels]
    assert len(set(ways)) == len(ways)
    return dict(zip(ways, field.values, strict=True))


def same(got, want):
    assert got.keys() == want.keys()
    for way, value in want.items():
        assert got[way] == pytest.approx(value, rel=1e-12)


TABLES = {
    "plain": random_table(1, R=2, S=3),
    "ragged": ragged_table(2, counts=(1, 3, 2)),
    "sparse, idle": random_table(3, R=2, S=3, zero_outputs=1, density=0.5),
    "run-down stocks": random_table(4, R=3, S=2, F=2, negatives=True),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("end", ["use", "product"])
@pytest.mark.parametrize("of", ["value_added", "output"])
@pytest.mark.parametrize("partner", [None, "FRA"])
def test_finds_exactly_what_brute_force_finds(table, end, of, partner):
    v = (table.v if of == "value_added" else (table.x > 0).astype(float)).copy()
    if partner:
        v[table.industries.region_of != table.regions.position(partner)] = 0.0
    roots = ends(table, "DEU", end)
    gross = sum(abs(y) * (v @ table.L.inverse())[i] for i, y in roots)
    for cutoff in (0.03, 0.002):
        result = paths(table, region="DEU", partner=partner, end=end, of=of, cutoff=cutoff)
        want = brute_force(table, roots, v, cutoff * gross)
        assert len(want) > (1 if cutoff > 0.01 else 8)
        same(as_mapping(table, result), want)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_negative_value_added_does_not_break_the_bound(table):
    x = table.x.copy()
    worst = int((table.Y_by_region[:, 0] * (table.A.sum(axis=0) > 0)).argmax())
    x[worst] *= table.A[:, worst].sum() / 1.1  # now it uses a tenth more than it makes
    poor = Table(
        Z=table.Z, Y=table.Y, x=x, value_added=x - table.Z.sum(axis=0),
        industries=table.industries, uses=table.uses,
    )  # fmt: skip
    assert poor.v.min() == pytest.approx(-0.1)
    roots = ends(poor, "DEU", "use")
    gross = sum(abs(y) * (np.abs(poor.v) @ poor.L.inverse())[i] for i, y in roots)
    got = as_mapping(poor, paths(poor, region="DEU", cutoff=0.002))
    same(got, brute_force(poor, roots, poor.v, 0.002 * gross))
    assert min(got.values()) < 0


def test_a_column_above_one():
    """v < 0: the path is found, with its sign, and the sum still goes to the total."""
    table = Table.from_arrays(
        [[0, 120], [5, 0]], [[10], [95]], regions=["A"], sectors=["s1", "s2"], x=[130, 100]
    )
    assert table.v[1] < 0
    result = paths(table, region="A", cutoff=1e-9)
    assert result["path_value"].min() < 0
    assert result["paths_coverage"][0] == pytest.approx(1, abs=1e-6)
    assert result["paths_total"][0] == pytest.approx(table.v @ (table.L @ np.array([10.0, 95.0])))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_largest_without_cutoff_are_the_largest_of_all(table):
    roots = ends(table, "DEU", "use")
    everything = brute_force(table, roots, table.v, 1e-6 * table.Y[:, 0].sum())
    want = sorted(everything.values(), key=abs, reverse=True)
    assert len(want) >= 100
    for largest in range(1, 101):
        result = paths(table, region="DEU", largest=largest)
        np.testing.assert_allclose(result["path_value"], want[:largest], rtol=1e-12)


def test_a_partner_behind_weak_links_is_found_all_the_same():
    """Far from the origin nothing has a multiplier worth mentioning: only its size counts."""
    A = np.full((4, 4), 0.2)
    A[:2, 2:] = A[2:, :2] = 1e-4 * np.arange(1, 5).reshape(2, 2)
    y = np.diag([10.0, 20.0, 30.0, 40.0]) @ np.kron(np.eye(2), np.ones((2, 1)))
    x = np.linalg.solve(np.eye(4) - A, y.sum(axis=1))
    table = Table.from_arrays(A * x, y, regions=["DEU", "FRA"], sectors=["s1", "s2"])
    v = table.v * [0, 0, 1, 1]
    total = v @ table.L.inverse() @ y[:, 0]
    assert total < 1e-3 * y[:, 0].sum()
    result = paths(table, region="DEU", partner="FRA", cutoff=0.002)
    roots = list(enumerate(y[:, 0]))
    same(as_mapping(table, result), brute_force(table, roots, v, 0.002 * total))


def test_largest_and_cutoff_together():
    table = TABLES["plain"]
    cut = paths(table, region="DEU", cutoff=0.01)
    both = paths(table, region="DEU", cutoff=0.01, largest=3)
    np.testing.assert_array_equal(both["path_value"], cut["path_value"][:3])
    assert paths(table, region="DEU", cutoff=0.2, largest=50)["path_value"].size < 50
    assert paths(table, region="DEU")["path_value"].size == 50


def test_coverage_goes_to_one():
    table = random_table(6, R=2, S=2)
    cover = [paths(table, region="DEU", cutoff=c)["paths_coverage"][0] for c in (1e-2, 1e-4, 1e-7)]
    assert cover == sorted(cover)
    assert 0.995 < cover[-1] < 1


def test_a_search_that_ends_by_itself_covers_everything():
    table = Table.from_arrays(
        [[0, 40, 0], [0, 0, 30], [0, 0, 0]], [[10], [20], [100]], regions=["A"], sectors="abc"
    )
    result = paths(table, region="A", largest=1000)
    assert result["path_value"].size == 6
    assert result["paths_coverage"][0] == pytest.approx(1, rel=1e-14)
    longest = result.value("path_length", path="A:a > A:b > A:c")
    assert longest == 2


def test_labels_say_who_where_and_how_far():
    table = TABLES["plain"]
    frame = paths(table, region="DEU", sector="c2", partner="FRA", largest=20).tidy()
    rows = frame[frame["path"] != "total"]
    assert set(rows["region"]) == {"DEU"}
    assert set(rows["partner"]) == {"FRA"}
    assert set(rows["sector"]) == {"c2"}
    for path, origin, variable, value in rows[
        ["path", "partner_sector", "variable", "value"]
    ].itertuples(index=False):
        way = path.split(" > ")
        assert way[0] == f"FRA:{origin}"
        assert way[-1].endswith(":c2")
        if variable == "path_length":
            assert value == len(way) - 1
    shares = rows.loc[rows["variable"] == "path_share", "value"].sum()
    cover = frame.loc[frame["variable"] == "paths_coverage", "value"].item()
    assert shares == pytest.approx(cover, rel=1e-12)


def test_totals_are_the_value_added_embodied():
    table = random_table(5, R=3, S=3)
    r = table.regions.position("FRA")
    total = paths(table, region="FRA")["paths_total"][0]
    assert total == pytest.approx(table.Y_by_region[:, r].sum(), rel=1e-12)
    made = [
        paths(table, region="FRA", partner=p, end="product")["paths_total"][0]
        for p in table.regions
    ]
    assert sum(made) == pytest.approx(table.Y[table.industries.block("FRA")].sum(), rel=1e-12)


def test_nothing_to_find_is_said():
    table = Table.from_arrays(
        [[10, 0], [0, 10]], [[50, 0], [0, 50]], regions=["A", "B"], sectors=["all"]
    )
    result = paths(table, region="A", partner="B")
    assert result["path_value"].size == 0
    assert any("the total is 0" in w for w in result.warnings)
    assert list(result.tidy()["variable"]) == ["paths_total", "paths_coverage"]


def test_guards():
    table = TABLES["plain"]
    for cutoff in (0, -1, 1.5, float("nan")):
        with pytest.raises(OptionError, match="must be a share of the total"):
            paths(table, region="DEU", cutoff=cutoff)
    with pytest.raises(OptionError, match="largest=0 must be at least 1"):
        paths(table, region="DEU", largest=0)
    with pytest.raises(OptionError, match="of='jobs' is not one of"):
        paths(table, region="DEU", of="jobs")
    with pytest.raises(OptionError, match="end='x' is not one of"):
        paths(table, region="DEU", end="x")
    with pytest.raises(OptionError, match=r"more than 100 nodes .* raise cutoff=1e-06"):
        paths(table, region="DEU", cutoff=1e-6, max_nodes=100)
    with pytest.raises(OptionError, match="lower largest=5000"):
        paths(table, region="DEU", largest=5000, max_nodes=100)
    with pytest.raises(LabelError, match="unknown region: 'Germny'"):
        paths(table, region="Germny")
    with pytest.raises(LabelError, match="unknown region: 'XX'"):
        paths(table, region="DEU", partner="XX")
    with pytest.raises(LabelError, match="unknown sector: 'c99'"):
        paths(table, region="DEU", sector="c99")


def test_negative_flows_are_refused():
    table = Table.from_arrays(
        [[10, -2], [3, 10]], [[50], [50]], regions=["A"], sectors=["s1", "s2"]
    )
    with pytest.raises(TableError, match="1 flows are negative, the worst from A:s1 to A:s2"):
        paths(table, region="A")


def test_complete_on_a_real_table(shared_npz):
    """Long-run WIOD 2000: the paths of 0, 1 and 2 steps are exactly those of plain products."""
    raw = shared_npz("lrwiod2000/lrwiod2000.npz")
    table = Table.from_arrays(
        raw["Z"], raw["Y"], x=raw["x"], regions=Axis("region", map(str, raw["regions"])),
        sectors=map(str, raw["sectors"]), uses=map(str, raw["fd"]),
    )  # fmt: skip
    r = table.regions.position("DEU")
    y, v, A = table.Y_by_region[:, r], table.v, table.A
    result = paths(table, region="DEU", cutoff=2e-5)
    least = 2e-5 * float(np.abs(y) @ (v @ table.L.inverse()))
    value, length = result["path_value"], result["path_length"]
    assert np.abs(value).min() >= least
    np.testing.assert_array_less(-np.abs(value[:-1]), -np.abs(value[1:]) + 1e-12)

    zero = v * y
    one = v[:, None] * A * y
    two = []
    for j in np.flatnonzero(y):
        layer = v[:, None] * A * (A[:, j] * y[j])
        two.append(layer[np.abs(layer) >= least])
    for steps, layer in enumerate((zero, one, np.concatenate(two))):
        want = np.sort(layer[np.abs(layer) >= least])
        np.testing.assert_allclose(np.sort(value[length == steps]), want, rtol=1e-10)
        assert want.size > 20
    assert result["paths_total"][0] == pytest.approx(v @ (table.L @ y), rel=1e-12)
    assert result["paths_coverage"][0] == pytest.approx(value.sum() / (v @ (table.L @ y)))
