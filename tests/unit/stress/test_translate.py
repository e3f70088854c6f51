"""What each shock becomes on the links (sector, importer, exporter) of the equilibrium."""

import numpy as np
import pytest

from autarky.errors import LabelError, ShockError, UnsupportedShockError
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
from autarky.stress.equilibrium.calibration import calibrate
from autarky.stress.equilibrium.translate import wedges
from strategies import random_table

TABLE = random_table(1, R=4, S=3)
ECONOMIES = calibrate(TABLE, np.full(3, 5.0))
DEU, FRA, USA, CHN = range(4)


def of(*shocks, economies=ECONOMIES):
    return wedges(Scenario("test", shocks), TABLE, economies)


def mask(sectors, importers, exporters):
    cells = np.zeros((3, 4, 4), dtype=bool)
    cells[np.ix_(sectors, importers, exporters)] = True
    cells[:, range(4), range(4)] = False
    return cells


def unchanged(change, *but):
    """Everything but the named fields says that nothing happens."""
    still = {
        "capacity": lambda: np.all(change.capacity == 1),
        "log_cost": lambda: np.all(change.log_cost == 0),
        "productivity": lambda: np.all(change.productivity == 1),
        "tau": lambda: change.tau is ECONOMIES.tau,
        "transfers": lambda: change.transfers is None,
        "cut": lambda: change.cut is None,
        "touched": lambda: change.touched is None,
    }
    return all(check() for name, check in still.items() if name not in but)


def test_an_embargo_leaves_what_is_not_cut():
    change = of(Embargo(exporters="FRA", importers=["DEU", "USA"], sectors="c2", share=0.3))
    where = mask([1], [DEU, USA], [FRA])
    assert np.array_equal(change.capacity, np.where(where, 0.7, 1.0))
    assert np.array_equal(change.touched, where)
    assert change.cut == pytest.approx(np.where(where, 0.3, 0.0))
    assert unchanged(change, "capacity", "touched", "cut")
    assert change.notes == ()


def test_a_full_embargo_is_an_exact_zero():
    change = of(Isolation(region="DEU"))
    where = mask(range(3), [DEU], range(4)) | mask(range(3), range(4), [DEU])
    assert np.array_equal(change.capacity == 0.0, where)
    assert np.all(change.capacity[:, range(4), range(4)] == 1)


@pytest.mark.parametrize(
    "second",
    [
        Embargo(exporters="FRA", importers=["DEU", "USA"], share=0.5),
        Embargo(exporters="DEU", importers="FRA", share=0.5, mutual=True),
    ],
    ids=["overlap", "both ways"],
)
def test_a_link_in_two_embargoes_of_one_share_is_cut_once(second):
    change = of(Embargo(exporters="FRA", importers="DEU", share=0.5), second)
    assert np.all(change.capacity[:, DEU, FRA] == 0.5)
    assert any("cut once" in note for note in change.notes)


def test_a_trade_cost_is_a_log():
    change = of(TradeCost(exporters="*", importers="CHN", sectors="c3", factor=1.5))
    where = mask([2], [CHN], range(4))
    assert change.log_cost == pytest.approx(np.where(where, np.log(1.5), 0.0))
    assert np.array_equal(change.touched, where)
    assert unchanged(change, "log_cost", "touched")


def test_a_tariff_sets_or_adds():
    tau = np.zeros((3, 4, 4))
    tau[:, DEU, FRA] = 0.1
    economies = calibrate(TABLE, np.full(3, 5.0), tariffs=tau)
    where = mask(range(3), [DEU], range(4))
    rate = of(Tariff(importers="DEU", rate=0.25), economies=economies)
    assert np.array_equal(rate.tau, np.where(where, 0.25, tau))
    added = of(Tariff(importers="DEU", change=0.25), economies=economies)
    assert added.tau == pytest.approx(np.where(where, tau + 0.25, tau))
    assert np.all(added.tau[:, range(4), range(4)] == 0)
    assert economies.tau[0, DEU, USA] == 0.0  # the base is left alone


def test_lost_capacity_is_dearer_everywhere_home_included():
    change = of(CapacityLoss(regions="FRA", sectors=["c1", "c2"], share=0.2))
    where = np.zeros((3, 4, 4), dtype=bool)
    where[:2, :, FRA] = True
    assert change.log_cost == pytest.approx(np.where(where, np.log(1 / 0.8), 0.0))
    assert change.productivity[:2, FRA].tolist() == [0.8, 0.8]
    assert change.productivity.sum() == pytest.approx(12 - 0.4)
    assert unchanged(change, "log_cost", "productivity")


def test_all_capacity_lost_is_an_exact_zero():
    change = of(CapacityLoss(regions="FRA", sectors="c1", share=1.0))
    assert np.all(change.capacity[0, :, FRA] == 0)
    assert change.productivity[0, FRA] == 0
    assert np.all(change.log_cost == 0)


def test_losses_of_capacity_multiply():
    change = of(
        CapacityLoss(regions="FRA", share=0.5), CapacityLoss(regions="*", sectors="c1", share=0.2)
    )
    assert change.productivity[0, FRA] == pytest.approx(0.4)
    assert change.log_cost[0, DEU, FRA] == pytest.approx(-np.log(0.4))


def test_an_embargo_and_a_cost_both_act():
    change = of(
        Embargo(exporters="FRA", importers="DEU", share=0.5),
        TradeCost(exporters="FRA", importers="DEU", factor=2.0),
    )
    assert np.all(change.capacity[:, DEU, FRA] == 0.5)
    assert change.log_cost[:, DEU, FRA] == pytest.approx(np.log(2))


def test_transfers_are_shares_of_gdp_and_sum_to_zero():
    gdp = ECONOMIES.technology.wages
    change = of(Transfer(payers=["DEU", "FRA"], receivers="*", amount=0.03))
    assert change.transfers[[DEU, FRA]] == pytest.approx(-0.03 * gdp[[DEU, FRA]])
    total = 0.03 * gdp[[DEU, FRA]].sum()
    assert change.transfers[[USA, CHN]] == pytest.approx(
        total * gdp[[USA, CHN]] / gdp[[USA, CHN]].sum()
    )
    assert change.transfers.sum() == pytest.approx(0.0, abs=1e-12 * total)
    assert unchanged(change, "transfers")
    two = of(
        Transfer(payers="DEU", receivers="USA", amount=0.01),
        Transfer(payers="FRA", receivers="USA", amount=0.02),
    )
    assert two.transfers[USA] == pytest.approx(0.01 * gdp[DEU] + 0.02 * gdp[FRA])


def test_timing_is_ignored_and_said():
    change = of(Embargo(exporters="FRA", importers="DEU", share=0.5, duration=90, start=10))
    assert np.all(change.capacity[:, DEU, FRA] == 0.5)
    assert any("timing is ignored" in note and "90 days" in note for note in change.notes)


def test_shocks_at_different_times_still_contradict():
    shocks = [
        Embargo(exporters="FRA", importers="DEU", share=0.5, duration=10),
        Embargo(exporters="FRA", importers="DEU", share=0.7, start=20),
    ]
    with pytest.raises(ShockError, match="different shares"):
        of(*shocks)


@pytest.mark.parametrize(
    "shock",
    [
        DemandShift(regions="FRA", change=-0.1),
        StockRelease(regions="FRA", days=30),
        CapitalLoss(regions="FRA", share=0.3),
    ],
    ids=lambda shock: shock.kind,
)
def test_what_needs_time_or_stocks_is_another_model_s(shock):
    with pytest.raises(UnsupportedShockError, match=r"inventories .*can") as caught:
        of(Embargo(exporters="FRA", importers="DEU"), shock)
    assert shock.describe() in str(caught.value)
    assert caught.value.exit_code == 2


def test_goods_with_money_are_refused():
    with pytest.raises(ShockError, match="-100 %"):
        of(Tariff(importers="DEU", change=-1.0))


def test_all_unknown_labels_at_once():
    with pytest.raises(LabelError) as caught:
        of(
            Embargo(exporters="FRX", importers="DEU"),
            Embargo(exporters="USA", importers="QQQ"),
        )
    assert set(caught.value.unknown) == {"FRX", "QQQ"}
