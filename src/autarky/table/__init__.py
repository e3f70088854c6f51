"""The inter-country input–output table: data, validated once, and the steps that make new tables.

May import `leontief`, `axes`, `units` and `errors`.
"""

from autarky.table.core import Table
from autarky.table.health import Finding, Health

__all__ = ["Finding", "Health", "Table"]
