"""A program handed to linopy has the same optimum there."""

import numpy as np
import pytest

from autarky.lp import Program

linopy = pytest.importorskip("linopy")


def pathway(sense, *, integer=False):
    """Capital that is built up over time, in several blocks of different dimensions."""
    dims = {"time": ["1", "2", "3", "4"], "sector": ["a", "b"]}
    sign = 1.0 if sense == "max" else -1.0
    program = Program("path", sense=sense)
    c = program.variables(
        "c", dims, cost=sign * np.array([[1.0, 0.9]]) * 0.9 ** np.arange(4)[:, None]
    )
    v = program.variables("v", dims, upper=4.0, integer=integer)
    k = program.variables("k", dims)
    free = program.variables("free", lower=-1.0, upper=0.5, cost=sign * 0.1)
    program.rows("use", dims, [c, v, k.each(-0.5), free.each(0.1)], at_most=1.0)
    start = np.zeros((4, 2))
    start[0] = 4.0
    build = v.through([[0.8, 0.1], [0.2, 0.9]], "sector", lag=1)
    program.rows("capital", dims, [k, k.each(-0.9, lag=1), -build], equals=start)
    program.rows("band", {"time": dims["time"]}, [c], at_least=0.5, at_most=[3.0, 3.0, np.inf, 5.0])
    return program


@pytest.mark.parametrize("integer", [False, True])
@pytest.mark.parametrize("sense", ["min", "max"])
def test_linopy_agrees(sense, integer, peer_arithmetic):
    program = pathway(sense, integer=integer)
    solution = program.solve(gap=1e-9)
    with peer_arithmetic():
        model = program.to_linopy()
        status, _ = model.solve(solver_name="highs", output_flag=False, mip_rel_gap=1e-9)
    assert status == "ok"
    assert float(model.objective.value) == pytest.approx(solution.objective, rel=1e-7)
    assert set(model.variables) == {"c", "v", "k", "free"}
    assert set(model.constraints) == {"use", "capital", "band", "band_at_most"}


def test_a_constraint_of_ones_own_can_be_added(peer_arithmetic):
    program = pathway("max")
    with peer_arithmetic():
        model = program.to_linopy()
        model.add_constraints(model.variables["c"].sum() <= 5.0, name="mine")
        model.solve(solver_name="highs", output_flag=False)
        total = float(model.solution["c"].sum())
    assert total <= 5.0 + 1e-6
    assert float(model.objective.value) < program.solve().objective
