"""The window LP is a bound: whatever `Inventory` does, under any rule, loses at least as much."""

import pytest

from autarky.shocks import (
    CapacityLoss,
    DemandShift,
    Embargo,
    Isolation,
    Scenario,
    StockRelease,
)
from autarky.stress.inventory.model import Inventory
from autarky.stress.rationing import Rationing
from strategies import ragged_table, random_table

TABLES = {
    "plain": random_table(1, R=4, S=3),
    "negatives": random_table(2, R=3, S=4, F=3, negatives=True),
    "zero outputs": random_table(3, R=4, S=3, zero_outputs=2),
    "sparse": random_table(5, R=5, S=4, F=2, density=0.6),
    "ragged": ragged_table(4, counts=(3, 3, 2, 3)),
}
SHOCKS = {
    "embargo": [Embargo(exporters="FRA", importers="DEU")],
    "half": [Embargo(exporters="FRA", importers="*", share=0.5, mutual=True)],
    "isolation": [Isolation(region="DEU")],
    "for a time": [Isolation(region="DEU", start=3, duration=20, recovery=10)],
    "capacity": [CapacityLoss(regions="FRA", share=0.7, start=2)],
    "demand": [DemandShift(regions="DEU", change=0.5)],
    "stock": [Isolation(region="DEU"), StockRelease(regions="DEU", days=5, start=4, duration=9)],
}
RULES = [
    {"reorder": "none"},
    {"reorder": "redirect"},
    {"reorder": "redirect", "rationing": "final_first", "tau": 2.0},
    {"reorder": "redirect", "rationing": "protected_first", "protected": ("DEU",), "tau": 1.0},
    {"delay": 5.0, "rationing": "largest_first", "alpha_tau": 1.0},
]


def window_losses(impact, horizon):
    """Unmet final use by region over the window [money]."""
    return impact["shortage"].sum(axis=1) * horizon / 365


@pytest.mark.parametrize("rule", RULES, ids=lambda r: " ".join(map(str, r.values())))
@pytest.mark.parametrize("shocks", SHOCKS.values(), ids=SHOCKS)
@pytest.mark.parametrize("name", TABLES)
def test_no_rule_loses_less(name, shocks, rule):
    table = TABLES[name]
    room = 1e-9 * table.x.sum()
    scenario = Scenario("s", shocks)
    for horizon, days, psi in ((10, 3.0, 1.0), (60, 4.0, 0.3), (150, 30.0, 0.8)):
        shared = {"horizon": horizon, "days": days, "psi": psi, "alpha_max": 1.1}
        simulated = Inventory(sensitivity="none", paths="none", **shared, **rule)
        lost = window_losses(simulated.run(table, scenario), horizon)
        bound = float(Rationing(**shared).run(table, scenario)["least_shortage"]) * horizon / 365
        assert bound <= lost.sum() + room
        one = Rationing(objective="DEU", **shared).run(table, scenario)["least_shortage"]
        assert float(one) * horizon / 365 <= lost[table.regions.position("DEU")] + room


@pytest.mark.parametrize(
    "shock",
    [
        CapacityLoss(regions="*", share=0.5),
        DemandShift(regions="*", change=0.5),
        Embargo(exporters="*", importers="*"),
    ],
)
def test_a_good_rule_all_but_reaches_the_bound(shock):
    """In the long run of a shock to all, serving industries first is nearly the best one can do."""
    table, shared = TABLES["plain"], {"horizon": 1000, "days": 2.0, "alpha_max": 1.0}
    scenario = Scenario("s", [shock])
    rule = {"rationing": "intermediate_first", "reorder": "redirect", "tau": 1.0}
    simulated = Inventory(sensitivity="none", paths="none", **shared, **rule).run(table, scenario)
    bound = float(Rationing(**shared).run(table, scenario)["least_shortage"])
    assert 0.99 * simulated["shortage"].sum() < bound <= simulated["shortage"].sum()
