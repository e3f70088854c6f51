"""The window LP: the least loss that any allocation of what is left could reach.

May import `shocks`, `results` and everything below, and `stress.base`.
"""

from autarky.stress.rationing.model import Rationing

__all__ = ["Rationing"]
