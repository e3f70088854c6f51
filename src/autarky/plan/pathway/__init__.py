"""Pathway: how to depend less by a year, at the least loss of consumption.

`model` has the parameters and the questions, `program` the equations, `guard` the proof that no
policy is the table, `answer` and `words` what comes out, `modes` questions asked many times.
"""

from autarky.plan.pathway.model import Pathway, Prepared
from autarky.plan.pathway.parameters import Limits

__all__ = ["Limits", "Pathway", "Prepared"]
