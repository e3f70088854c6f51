"""The section of the brief on what a cut-off costs: every number from a run of its own."""

import numpy as np
import pytest

from autarky import Table
from autarky.report import brief, costs, to_html
from autarky.report.costs import PARTNERS, cut_off, isolation, separation
from autarky.report.sections import Case
from autarky.report.words import percent
from autarky.results import Impact
from autarky.shocks import Embargo, Isolation
from autarky.stress import Equilibrium, elasticity_sets


@pytest.fixture(scope="module")
def case(world):
    return Case.of(world, "AUT", {2011: world})


@pytest.fixture(scope="module")
def built(case):
    return cut_off(case)


@pytest.fixture(scope="module")
def losses(world):
    """What Austria loses without each partner, by separate runs."""
    prepared = Equilibrium().prepare(world)
    n = world.regions.position("AUT")
    return {
        p: -float(prepared.run(separation("AUT", p))["real_income"][n])
        for p in world.regions
        if p not in ("AUT", "ROW")
    }


def test_the_scenarios():
    (shock,) = isolation("AUT").shocks
    assert shock == Isolation(region="AUT")
    (cut,) = separation("AUT", "DEU").shocks
    assert cut == Embargo(exporters="DEU", importers="AUT", mutual=True)


def test_partners_are_the_costliest_in_order(world, built, losses):
    section, _ = built
    order = sorted(losses, key=losses.get, reverse=True)[:PARTNERS]
    assert [row[0] for row in section.rows] == [
        "Everybody",
        *(world.regions.title(p) for p in order),
    ]
    for row, partner in zip(section.rows[1:], order, strict=True):
        assert row[1] == percent(losses[partner] / 100)
    assert "Rest of the world" not in [row[0] for row in section.rows]


def test_the_first_row_is_autarky(world, built):
    section, _ = built
    impact = Equilibrium().run(world, isolation("AUT"))
    loss = -impact.value("real_income", region="AUT")
    assert section.rows[0][1] == percent(loss / 100)
    assert percent(loss / 100, 0) in section.answer


def test_bands_hold_their_point_and_every_set(world, built):
    section, _ = built
    n = world.regions.position("AUT")
    runs = [
        -float(Equilibrium(elasticities=name).run(world, isolation("AUT"))["real_income"][n])
        for name in elasticity_sets()
    ]
    low, high = section.chart.ranges[0]
    assert low == pytest.approx(min(runs), abs=1e-6)
    assert high == pytest.approx(max(runs), abs=1e-6)
    for value, (least, most) in zip(section.chart.values, section.chart.ranges, strict=True):
        assert least <= value <= most <= section.chart.top
    assert section.rows[0][2] == f"{percent(low / 100)} … {percent(high / 100)}"


def test_every_run_is_among_the_results(built):
    section, results = built
    assert len(results) == len(section.rows) == PARTNERS + 1
    assert all(isinstance(one, Impact) for one in results)
    assert len({one.scenario for one in results}) == PARTNERS + 1
    for one in results:
        assert one.certificates[-1].residual <= 1e-8
        assert one.parameters["elasticities"] == "cr2014"


def test_the_note_says_what_kind_of_answer_it_is(built):
    section, _ = built
    for words in ("Long run", "deficits are gone", "published sets", "does not cover"):
        assert words in section.note


def test_the_brief_has_it(page_of, built):
    section, _ = built
    (found,) = [one for one in page_of("AUT").sections if one.key == "cut-off"]
    assert found == section


# --- tables without an answer, or with a small one ------------------------------------------------


def test_sectors_without_elasticities_are_said(make_table):
    table = make_table(3, 2, sectors=["bread", "cars"])
    section, results = cut_off(Case.of(table, "R0", {}))
    assert results == ()
    assert section.rows == ()
    assert "cannot say for this table" in section.answer
    assert "elasticity" in section.answer


def test_no_equilibrium_is_said(world, case, monkeypatch):
    from autarky.errors import NoEquilibriumError

    def fail(*_):
        raise NoEquilibriumError("nobody can pay", regions=["AUT"])

    monkeypatch.setattr(costs, "_costs", fail)
    section, results = cut_off(case)
    assert results == ()
    assert section.answer.endswith("nobody can pay")


def test_only_the_rest_of_the_world_is_no_partner(make_table):
    table = make_table(2, 2, regions=["DEU", "ROW"], sectors=["c1", "c2"])
    section, results = cut_off(Case.of(table, "DEU", {}))
    assert [row[0] for row in section.rows] == ["Everybody"]
    assert len(results) == 1
    assert "single partner" not in section.answer


def test_one_partner_has_none_after_it(make_table):
    table = make_table(2, 2, regions=["DEU", "FRA"], sectors=["c1", "c2"])
    section, _ = cut_off(Case.of(table, "DEU", {}))
    assert len(section.rows) == 2
    assert "FRA would cost most" in section.answer
    assert "then" not in section.answer
    # To lose the only partner is to be alone.
    assert section.rows[0][1:] == section.rows[1][1:]


def test_a_closed_economy_loses_nothing(make_table, printed):
    table = make_table(2, 2, regions=["DEU", "FRA"], sectors=["c1", "c2"])
    Z, Y = table.Z.copy(), table.Y.copy()
    Z[:2, 2:] = Z[2:, :2] = 0.0
    Y[:2, 1] = Y[2:, 0] = 0.0
    closed = Table.from_arrays(Z, Y, regions=table.regions, sectors=table.sectors)
    assert np.count_nonzero(closed.Z) == closed.Z.size / 2
    page = brief(closed, "DEU")
    (section,) = [one for one in page.sections if one.key == "cut-off"]
    assert section.rows[0][1] == "0.0 %"
    assert section.title in printed(page)
    assert section.title in to_html(page)
