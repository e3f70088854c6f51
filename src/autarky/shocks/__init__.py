"""What happens to an economy: shocks, scenarios made of them, and their files.

Frozen values that say who, what, how much and when, by label; on a table they become positions,
which models translate. May import `table` and everything below.
"""

from __future__ import annotations

from autarky.shocks.base import Damage, Links, Places, Shock, Sides
from autarky.shocks.files import from_dict, load_scenario, load_scenarios, to_dict
from autarky.shocks.groups import Group, SectorGroup, groups, sector_groups
from autarky.shocks.library import scenarios
from autarky.shocks.local import CapacityLoss, CapitalLoss, DemandShift, StockRelease, Transfer
from autarky.shocks.scenario import SCHEMA, Effect, Resolved, Scenario
from autarky.shocks.trade import Embargo, Isolation, Tariff, TradeCost

__all__ = [
    "SCHEMA",
    "CapacityLoss",
    "CapitalLoss",
    "Damage",
    "DemandShift",
    "Effect",
    "Embargo",
    "Group",
    "Isolation",
    "Links",
    "Places",
    "Resolved",
    "Scenario",
    "SectorGroup",
    "Shock",
    "Sides",
    "StockRelease",
    "Tariff",
    "TradeCost",
    "Transfer",
    "from_dict",
    "groups",
    "load_scenario",
    "load_scenarios",
    "scenarios",
    "sector_groups",
    "to_dict",
]
