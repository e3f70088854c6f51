"""Linkages against the explicit inverse, and each guard."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.leontief import safe_reciprocal
from autarky.measure.linkages import linkages, normalised
from autarky.table import Table
from strategies import ragged_table, random_table


def inverses(table):
    A, B = table.Z * safe_reciprocal(table.x), safe_reciprocal(table.x)[:, None] * table.Z
    eye = np.eye(table.n)
    return A, B, np.linalg.inv(eye - A), np.linalg.inv(eye - B)


@pytest.mark.parametrize("build", [random_table, ragged_table])
def test_agrees_with_the_explicit_inverse(build):
    table = build(4, F=2)
    A, B, L, G = inverses(table)
    result = linkages(table)
    want = {
        "backward_linkage_direct": A.sum(axis=0),
        "backward_linkage": L.sum(axis=0),
        "forward_linkage_direct": B.sum(axis=1),
        "forward_linkage": G.sum(axis=1),
        "power_of_dispersion": L.sum(axis=0) / L.sum(axis=0).mean(),
        "sensitivity_of_dispersion": G.sum(axis=1) / G.sum(axis=1).mean(),
    }
    for name, values in want.items():
        np.testing.assert_allclose(result[name], values, rtol=1e-12)
    key = (want["power_of_dispersion"] > 1) & (want["sensitivity_of_dispersion"] > 1)
    np.testing.assert_array_equal(result["key_sector"], key)


@pytest.mark.parametrize("build", [random_table, ragged_table])
def test_domestic_scope_is_each_region_alone(build):
    table = build(6)
    result = linkages(table, scope="domestic")
    for region in table.regions:
        at = table.industries.block(region)
        alone = Table.from_arrays(
            table.Z[at, at], np.ones((at.stop - at.start, 1)), x=table.x[at], regions=["A"],
            sectors=[f"s{i}" for i in range(at.stop - at.start)],
        )  # fmt: skip
        want = linkages(alone)
        for name in result.variables:
            np.testing.assert_allclose(result[name][at], want[name], rtol=1e-12)


@pytest.mark.parametrize("kind", ["total", "direct"])
def test_kind_decides_what_is_normalised(kind):
    table = random_table(8)
    result = linkages(table, kind=kind)
    level = result["backward_linkage" if kind == "total" else "backward_linkage_direct"]
    np.testing.assert_allclose(result["power_of_dispersion"], level / level.mean(), rtol=1e-13)


def test_partners_split_the_linkages():
    table = ragged_table(2, counts=(2, 3, 1))
    result = linkages(table, by="partner")
    A, B, L, G = inverses(table)
    starts = table.industries.starts[:-1]
    want = {
        "backward_linkage_direct": np.add.reduceat(A, starts, axis=0).T,
        "backward_linkage": np.add.reduceat(L, starts, axis=0).T,
        "forward_linkage_direct": np.add.reduceat(B, starts, axis=1),
        "forward_linkage": np.add.reduceat(G, starts, axis=1),
    }
    for name, values in want.items():
        by_partner = [f.values for f in result.fields if f.variable == name][1]
        np.testing.assert_allclose(by_partner, values, rtol=1e-12)
        np.testing.assert_allclose(by_partner.sum(axis=1), result[name], rtol=1e-12)
    frame = result.tidy()
    assert not frame.duplicated(["region", "sector", "partner", "variable"]).any()
    some = linkages(table, by="partner", partners="FRA", regions="DEU").tidy()
    assert set(some["partner"]) == {"FRA", "total"}
    assert set(some["region"]) == {"DEU"}


def test_industries_without_output_read_zero_and_are_in_no_mean():
    table = random_table(3, zero_outputs=2)
    live = table.x > 0
    for scope in ("world", "domestic"):
        result = linkages(table, scope=scope)
        for name in result.variables:
            assert not result[name][~live].any()
        assert any("no output in 2 industries" in w for w in result.warnings)
    assert linkages(table)["power_of_dispersion"][live].mean() == pytest.approx(1, rel=1e-13)


def test_equal_industries_are_not_key():
    table = Table.from_arrays(np.full((3, 3), 0.1), np.ones((3, 1)), regions="A", sectors="abc")
    assert not linkages(table)["key_sector"].any()


def test_the_mean_is_of_live_members_of_the_group():
    got = normalised(
        np.array([1.0, 3.0, 7.0, 5.0, 0.0]), np.array([True, True, False, True, False]),
        np.array([0, 0, 0, 1, 2]),
    )  # fmt: skip
    np.testing.assert_array_equal(got, [0.5, 1.5, 0, 1, 0])


def test_guards():
    table = random_table()
    for option in ("scope", "kind", "by"):
        with pytest.raises(OptionError, match=f"{option}='x' is not one of"):
            linkages(table, **{option: "x"})
    with pytest.raises(OptionError, match="scope='domestic' is not one of 'world'"):
        linkages(table, by="partner", scope="domestic")
    with pytest.raises(OptionError, match="with partners=, by='total'"):
        linkages(table, partners="DEU")
    with pytest.raises(LabelError, match="unknown region"):
        linkages(table, by="partner", partners="XXX")
