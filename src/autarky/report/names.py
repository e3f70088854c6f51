"""What regions and sectors are called in tables and sentences.

May import `report.words` and `table`.
"""

from __future__ import annotations

from autarky.axes import Axis
from autarky.report.words import lower, short, visible
from autarky.table import Table


def region(table: Table, at: int | str) -> str:
    """A region's readable name, by position or code."""
    return _title(table.regions, at)


def product(table: Table, at: int | str) -> str:
    """A sector's readable name without remarks, by position or code."""
    return short(_title(table.sectors, at))


def goods(table: Table, at: int | str) -> str:
    """A sector's readable name inside a sentence, by position or code."""
    return lower(_title(table.sectors, at))


def _title(axis: Axis, at: int | str) -> str:
    return visible(axis.title(at) if isinstance(at, str) else axis.titles[at])
