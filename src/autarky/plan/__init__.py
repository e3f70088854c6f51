"""What it would take to depend less: what to make first, what an economy could do alone, reserves.

One file per question. May import `measure`, `stress`, `results` and everything below.
"""

from autarky.plan.closed_growth import closed_growth
from autarky.plan.first import first
from autarky.plan.reserve import reserve

__all__ = ["closed_growth", "first", "reserve"]
