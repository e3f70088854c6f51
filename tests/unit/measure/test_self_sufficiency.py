"""Self-sufficiency against loops over cells, on regular and ragged tables."""

import numpy as np
import pytest

from autarky.errors import LabelError, OptionError
from autarky.measure.self_sufficiency import self_sufficiency
from autarky.table import Table
from strategies import ragged_table, random_table


def by_hand(table, members, sectors):
    """x, M, E and the home share of some regions in some sectors, one cell at a time."""
    x = M = E = home = abroad = 0.0
    for i in range(table.n):
        if table.sectors[table.industries.sector_of[i]] not in sectors:
            continue
        ours = table.regions[table.industries.region_of[i]] in members
        x += table.x[i] * ours
        for value, region in [
            *zip(table.Z[i], table.industries.region_of, strict=True),
            *zip(table.Y[i], table.uses.region_of, strict=True),
        ]:
            theirs = table.regions[region] in members
            M += value * (theirs and not ours)
            E += value * (ours and not theirs)
            home += max(value, 0.0) * (ours and theirs)
            abroad += max(value, 0.0) * (theirs and not ours)
    return x, M, E, home / (home + abroad)


@pytest.mark.parametrize("table", [random_table(1, F=3, negatives=True), ragged_table(2, F=2)])
def test_every_number_matches_loops_over_cells(table):
    result = self_sufficiency(table)
    for region in table.regions:
        for sector in [*table.sectors, "total"]:
            wanted = list(table.sectors) if sector == "total" else [sector]
            x, M, E, home = by_hand(table, [region], wanted)
            at = {"region": region, "sector": sector}
            assert result.value("output", **at) == pytest.approx(x)
            assert result.value("imports", **at) == pytest.approx(M)
            assert result.value("exports", **at) == pytest.approx(E)
            assert result.value("domestic_supply", **at) == pytest.approx(x + M - E)
            assert result.value("self_sufficiency", **at) == pytest.approx(x / (x + M - E))
            assert result.value("import_penetration", **at) == pytest.approx(M / (x + M - E))
            assert result.value("home_share", **at) == pytest.approx(home)


def test_a_group_trades_at_home_inside():
    table = random_table(3, R=4, F=2)
    group = {"EU": ["DEU", "FRA"]}
    result = self_sufficiency(table, group=group, sectors=["c1", "c3"])
    x, M, E, _ = by_hand(table, group["EU"], ["c1", "c3"])
    assert result.value("self_sufficiency", region="EU", sector="total") == pytest.approx(
        x / (x + M - E)
    )
    merged = self_sufficiency(table.aggregate(regions=group, keep_rest=True), regions="EU")
    np.testing.assert_allclose(
        result["import_penetration"], merged["import_penetration"][:, [0, 2]], rtol=1e-12
    )


def test_what_is_used_nowhere_is_undefined_and_reported():
    table = Table.from_arrays(
        np.zeros((4, 4)),
        [[5, 0], [0, 0], [5, 10], [0, 0]],
        regions=["A", "B"],
        sectors=["s1", "s2"],
    )
    result = self_sufficiency(table)
    assert np.isnan(result.value("self_sufficiency", region="A", sector="s2"))
    assert np.isnan(result.value("home_share", region="B", sector="s2"))
    assert result.value("self_sufficiency", region="A", sector="total") == pytest.approx(0.5)
    assert any("A:s2" in text and "2 products" in text for text in result.warnings)


def test_without_output_but_with_imports_it_is_zero():
    table = Table.from_arrays(
        np.zeros((2, 2)), [[0, 0], [5, 10]], regions=["A", "B"], sectors=["s"]
    )
    result = self_sufficiency(table, regions="A")
    assert result.value("self_sufficiency", region="A", sector="s") == 0.0
    assert result.value("import_penetration", region="A", sector="s") == 1.0


def test_the_ratio_exceeds_one_for_a_net_exporter():
    table = Table.from_arrays(
        np.zeros((2, 2)), [[50, 60], [5, 10]], regions=["A", "B"], sectors=["s"]
    )
    assert self_sufficiency(table).value("self_sufficiency", region="A", sector="s") == 2.0


def test_unknown_labels_and_options_are_refused():
    table = random_table(1)
    with pytest.raises(LabelError, match="did you mean DEU"):
        self_sufficiency(table, regions="Germany")
    with pytest.raises(LabelError, match="c99"):
        self_sufficiency(table, sectors=["c1", "c99"])
    with pytest.raises(OptionError, match="not both"):
        self_sufficiency(table, regions="DEU", group=["FRA"])


def test_parameters_say_what_was_asked():
    result = self_sufficiency(random_table(1), regions="DEU", sectors="c2")
    assert result.parameters == {"regions": ["DEU"], "sectors": ["c2"]}
    assert not result.tidy().duplicated(["region", "sector", "variable"]).any()
