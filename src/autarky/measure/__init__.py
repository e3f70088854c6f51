"""Measures of dependence: each takes a table (or tables by year) and returns a `Dependence`.

One file per family. May import `results` and everything below; never `sources`.
"""

from autarky.measure.concentration import concentration
from autarky.measure.dependence import dependence
from autarky.measure.exports import value_added_in_exports
from autarky.measure.extraction import extraction
from autarky.measure.kww import kww
from autarky.measure.linkages import linkages
from autarky.measure.origin import value_added_origin
from autarky.measure.paths import paths
from autarky.measure.position import position
from autarky.measure.propagation_length import propagation_length
from autarky.measure.self_sufficiency import self_sufficiency
from autarky.measure.strategic import strategic
from autarky.measure.trend import trend
from autarky.measure.wwz import wwz

__all__ = [
    "concentration",
    "dependence",
    "extraction",
    "kww",
    "linkages",
    "paths",
    "position",
    "propagation_length",
    "self_sufficiency",
    "strategic",
    "trend",
    "value_added_in_exports",
    "value_added_origin",
    "wwz",
]
