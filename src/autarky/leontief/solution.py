"""Solution: what operators give back, whole or cut.

May import `units`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autarky.units import Certificate

Array = Any


@dataclass(frozen=True)
class Solution:
    """An answer and the proof that it is one."""

    values: Array
    certificate: Certificate
