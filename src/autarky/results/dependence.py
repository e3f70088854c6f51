"""Dependence: the result of a measure.

May import its own folder.
"""

from __future__ import annotations

from dataclasses import dataclass

from autarky.results.result import Result


@dataclass(frozen=True)
class Dependence(Result):
    """How dependent an economy is, by one measure; everything is said by `Result`."""
