"""The stress models that the conformance suite runs: a new model is one more line in `MODELS`.

Every model must keep every promise of `test_stress_models.py` on every table here; what a model
cannot express it must refuse with an `UnsupportedShockError`, and it must know embargoes.
"""

import numpy as np

from autarky import Table
from autarky.shocks import (
    CapacityLoss,
    CapitalLoss,
    DemandShift,
    Embargo,
    Isolation,
    StockRelease,
    Tariff,
    TradeCost,
    Transfer,
)
from autarky.stress import Equilibrium, Inventory
from autarky.stress.rationing import Rationing
from strategies import ragged_table, random_table

#: By a name for the test's id. Options that change the equations stand as models of their own.
MODELS = {
    "equilibrium": Equilibrium(),
    "equilibrium-fixed-deficits": Equilibrium(deficits="fixed"),
    "equilibrium-moving-deficits": Equilibrium(deficits="proportional"),
    "equilibrium-cr2014-mixes": Equilibrium(mixes="cr2014"),
    "equilibrium-short": Equilibrium(horizon="short"),
    "equilibrium-flat": Equilibrium(elasticities=5.0),
    "equilibrium-no-floor": Equilibrium(floor=0.0),
    "equilibrium-quota": Equilibrium(quota=True),
    "rationing": Rationing(),
    "rationing-tight": Rationing(horizon=60, days=4, psi=1.0, alpha_max=1.0),
    "inventory": Inventory(horizon=40, delay=5, days=8, compare=("proportional",)),
    "inventory-none": Inventory(horizon=40, reorder="none", days=10, sensitivity="none"),
    "inventory-final": Inventory(
        horizon=40, delay=5, days=10, rationing="final_first", sensitivity="none"
    ),
    "inventory-water": Inventory(
        horizon=40, delay=5, days=10, rationing="water_filling", sensitivity="none"
    ),
}

#: Every kind of shock, at a size that every table here can bear; DEU, FRA and USA are in all.
SHOCKS = {
    "embargo": Embargo(exporters="FRA", importers="DEU", share=0.6),
    "embargo of a sector": Embargo(exporters="*", importers="DEU", sectors="c1", share=0.4),
    "mutual embargo": Embargo(exporters="USA", importers=["DEU", "FRA"], mutual=True, share=0.5),
    "isolation": Isolation(region="DEU"),
    "trade cost": TradeCost(exporters="FRA", importers="*", factor=1.2),
    "tariff": Tariff(importers="DEU", rate=0.3),
    "capacity loss": CapacityLoss(regions="FRA", sectors="c1", share=0.3),
    "capital loss": CapitalLoss(regions="FRA", share=0.3, duration=5, recovery=20),
    "capital rebuilt": CapitalLoss(
        regions="FRA", sectors="c1", share=0.3, duration=5, rebuilding_days=20, rebuilders={"c2": 1}
    ),
    "demand shift": DemandShift(regions="FRA", change=-0.2),
    "stock release": StockRelease(regions="FRA", sectors="c1", days=30),
    "transfer": Transfer(payers="DEU", receivers="FRA", amount=0.02),
}

#: Shocks of size zero.
NOTHING = {
    "embargo of 0": Embargo(exporters="FRA", importers="*", share=0.0, mutual=True),
    "cost × 1": TradeCost(exporters="*", importers="DEU", factor=1.0),
    "tariff of 0": Tariff(importers="DEU", rate=0.0),
    "tariff + 0": Tariff(importers="*", exporters="*", change=0.0),
    "capacity loss of 0": CapacityLoss(regions="*", share=0.0),
    "capital loss of 0": CapitalLoss(regions="*", share=0.0),
    "demand shift of 0": DemandShift(regions="*", change=0.0),
    "transfer of 0": Transfer(payers="DEU", receivers="*", amount=0.0),
}


def idle_everywhere() -> Table:
    """A table in which nobody makes, uses or sells the last sector."""
    table = random_table(11, R=3, S=4)
    Z, Y = table.Z.copy(), table.Y.copy()
    last = table.industries.sector_of == 3
    Z[last], Z[:, last], Y[last] = 0.0, 0.0, 0.0
    return Table.from_arrays(
        Z, Y, regions=table.regions, sectors=table.sectors, unit=table.unit, year=table.year
    )


#: Tables of every shape the project knows.
TABLES = {
    "plain": random_table(1, R=4, S=3),
    "negatives": random_table(2, R=3, S=4, F=3, negatives=True),
    "zero outputs": random_table(3, R=4, S=3, zero_outputs=2),
    "sparse": random_table(5, R=5, S=4, F=2, density=0.7),
    "ragged": ragged_table(4, counts=(3, 3, 2, 3)),
    "idle sector": idle_everywhere(),
}


def symmetric_table(R: int = 4, S: int = 3) -> Table:
    """R economies alike in everything: whatever befalls the trade of all hurts each the same."""
    rng = np.random.default_rng(7)
    home, abroad = rng.uniform(0.1, 0.2, (S, S)), rng.uniform(0.02, 0.04, (S, S))
    final = rng.uniform(5.0, 6.0, S)
    A = np.kron(np.eye(R), home) + np.kron(1 - np.eye(R), abroad)
    Y = np.kron(np.eye(R), final[:, None]) + 0.2 * np.kron(1 - np.eye(R), final[:, None])
    x = np.linalg.solve(np.eye(R * S) - A, Y.sum(axis=1))
    codes = ["DEU", "FRA", "USA", "CHN", "KOR"][:R]
    sectors = [f"c{i + 1}" for i in range(S)]
    return Table.from_arrays(A * x, Y, regions=codes, sectors=sectors, year=2011)
