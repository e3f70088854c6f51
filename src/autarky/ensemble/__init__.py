"""Ensembles: thousands of scenarios, nothing lost, on one machine or a cluster.

`declare` says what an ensemble is, `tasks` what it comes to, `work` what a worker does, `execute`
who does it when, `journal` and `runs` what is kept. May import `plan`, `stress`, `sources` and
below.
"""

from autarky.ensemble.declare import Chosen, Ensemble, load
from autarky.ensemble.execute import resume, start
from autarky.ensemble.joint import joint_draws
from autarky.ensemble.runs import Run, open_run
from autarky.ensemble.sampling import Distribution
from autarky.ensemble.tasks import expand

__all__ = [
    "Chosen",
    "Distribution",
    "Ensemble",
    "Run",
    "expand",
    "joint_draws",
    "load",
    "open_run",
    "resume",
    "start",
]
