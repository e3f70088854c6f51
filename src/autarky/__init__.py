"""autarky: how self-reliant is an economy, what would a cut-off cost, what would it take to change.

The verbs live in modules of their own: `autarky.measure`, `autarky.stress` and `autarky.plan`.
Everything here is loaded when first used, so that the import stays light.

>>> import autarky
>>> table = autarky.Table.from_arrays(
...     [[150, 500], [200, 100]], [[350], [1700]], regions=["A"], sectors=["s1", "s2"]
... )
>>> table.n
2
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autarky import errors, measure, plan, stress
    from autarky.axes import Axis, Concordance, Industries, Uses
    from autarky.errors import AutarkyError
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
    from autarky.sources import open
    from autarky.table import Table
    from autarky.units import Provenance, Unit

__version__ = "0.1.0"

_HOME = {
    "AutarkyError": "errors",
    "Axis": "axes",
    "CapacityLoss": "shocks",
    "CapitalLoss": "shocks",
    "Concordance": "axes",
    "DemandShift": "shocks",
    "Embargo": "shocks",
    "Industries": "axes",
    "Isolation": "shocks",
    "Provenance": "units",
    "Scenario": "shocks",
    "StockRelease": "shocks",
    "Table": "table",
    "Tariff": "shocks",
    "TradeCost": "shocks",
    "Transfer": "shocks",
    "Unit": "units",
    "Uses": "axes",
    "open": "sources",
}
_MODULES = ("errors", "measure", "plan", "stress")

__all__ = [
    "AutarkyError",
    "Axis",
    "CapacityLoss",
    "CapitalLoss",
    "Concordance",
    "DemandShift",
    "Embargo",
    "Industries",
    "Isolation",
    "Provenance",
    "Scenario",
    "StockRelease",
    "Table",
    "Tariff",
    "TradeCost",
    "Transfer",
    "Unit",
    "Uses",
    "__version__",
    "errors",
    "measure",
    "open",
    "plan",
    "stress",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"autarky.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = import_module(f"autarky.{name}")
    else:
        raise AttributeError(f"module 'autarky' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
