"""Linear programs: built by blocks, solved, changed, proven, explained, handed on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from autarky.errors import ConvergenceError, InfeasibleError, OptionError
from autarky.lp import Draft, Solver, clashes, primal_residuals, proof, to_linopy


def diet(need=10.0):
    """Two foods, one need, room for 8 of the first."""
    draft = Draft()
    food = draft.columns("food", [["rice", "beans"]], upper=[8.0, np.inf], cost=[-1.0, -3.0])
    row = draft.rows("need", [["energy"]], low=need, unit="kcal")
    draft.put(row, food, [[1.0, 2.0]])
    return draft.finish()


def test_values_prices_and_reduced_values():
    best = Solver(diet()).solve()
    assert best["food"].tolist() == [8.0, 1.0]
    assert best.value == -11.0
    # One more unit of need costs half a unit of beans; one more of room saves ½ · 3 − 1.
    assert best.price("need").tolist() == [-1.5]
    assert best.reduced.tolist() == [0.5, 0.0]
    assert best.certificate.residual <= 1e-12
    assert best.program.units["need"] == "kcal"


def test_a_program_can_be_read():
    assert diet().text() == (
        "max\n  value: - food(rice) - 3 food(beans)\nst\n"
        "  need(energy): food(rice) + 2 food(beans) >= 10\nbounds\n"
        "  0 <= food(rice) <= 8\nend\n"
    )


def test_a_changed_program_is_solved_from_where_it_stands():
    solver = Solver(diet())
    first = solver.solve()
    need, food = first.program.rows["need"], first.program.columns["food"]
    solver.change_sides(need, low=12.0)
    assert solver.solve().value == pytest.approx(-14.0)
    solver.change_bounds(food[:1], upper=12.0)
    assert solver.solve().value == pytest.approx(-12.0)
    solver.change_cost(food[1:], -0.5)
    assert solver.solve().value == pytest.approx(-3.0)
    solver.change_cells(need[0], food[1], 4.0)
    assert solver.solve().value == pytest.approx(-1.5)
    # The program of an answer is the one it answers.
    assert first.program.low.tolist() == [10.0]


def test_what_nothing_meets_is_explained():
    draft = Draft()
    x = draft.columns("made", [["steel", "chips"]], upper=[5.0, 2.0], cost=1.0)
    draft.put(draft.rows("goal", [["steel", "chips"]], low=[3.0, 4.0]), x, 1.0)
    draft.put(draft.rows("labour", [["all"]], high=100.0), x, 1.0)
    program = draft.finish()
    with pytest.raises(InfeasibleError, match=r"goal\(chips\) by 2") as caught:
        Solver(program, what="the plan").solve()
    assert caught.value.clashes == (("goal(chips)", pytest.approx(2.0)),)
    assert "the plan" in str(caught.value)
    assert caught.value.exit_code == 1
    assert clashes(diet()) == []


def test_what_has_no_bound_is_told():
    draft = Draft()
    x = draft.columns("x", [["a"]], cost=1.0)
    draft.put(draft.rows("least", [["a"]], low=1.0), x, 1.0)
    with pytest.raises(ConvergenceError, match=r"no bound|unbounded"):
        Solver(draft.finish()).solve()


def test_running_out_of_time_is_no_answer():
    rng = np.random.default_rng(0)
    draft = Draft()
    x = draft.columns("x", [range(400)], cost=rng.random(400))
    draft.put(draft.rows("r", [range(400)], high=1.0)[:, None], x[None, :], rng.random((400, 400)))
    with pytest.raises(ConvergenceError, match="time limit"):
        Solver(draft.finish(), time_limit=1e-9, what="the plan").solve()
    with pytest.raises(OptionError, match="time_limit"):
        Solver(diet(), time_limit=0.0)


def test_a_block_has_its_name_alone():
    draft = Draft()
    draft.columns("x", [["a"]])
    with pytest.raises(OptionError, match="'x'"):
        draft.rows("x", [["a"]])


def test_whole_numbers():
    draft = Draft()
    x = draft.columns("plants", [["a", "b"]], cost=[5.0, 4.0], integer=True)
    draft.put(draft.rows("steel", [["all"]], high=24.0), x, [6.0, 4.0])
    draft.put(draft.rows("labour", [["all"]], high=6.0), x, [1.0, 2.0])
    best = Solver(draft.finish()).solve()
    assert best.value == 20.0
    assert best["plants"].tolist() == [4.0, 0.0]
    assert best.gap == 0.0


@pytest.mark.parametrize("method", ["simplex", "ipm", "hipo", "auto"])
def test_methods_agree_and_say_what_ran(method):
    best = Solver(diet()).solve(method=method)
    assert best.value == pytest.approx(-11.0)
    assert best.method.startswith("HiGHS")
    if method == "hipo" and "HiPO is not installed" not in best.method:
        assert best.method == "HiGHS HiPO"


def random_program(seed, m=6, k=9):
    rng = np.random.default_rng(seed)
    draft = Draft()
    upper = np.where(rng.random(k) < 0.5, rng.uniform(0.5, 2, k), np.inf)
    x = draft.columns("x", [range(k)], upper=upper, cost=rng.normal(size=k))
    A = np.where(rng.random((m, k)) < 0.6, rng.uniform(0.1, 1, (m, k)), 0.0) + 0.01
    high = rng.uniform(1, 3, m)
    # All at 0.1 meets both sides.
    low = np.where(rng.random(m) < 0.3, 0.1 * A.sum(axis=1), -np.inf)
    draft.put(draft.rows("r", [range(m)], low=low, high=high)[:, None], x[None, :], A)
    return draft.finish()


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_the_value_is_that_of_another_solver_and_is_proven(seed):
    program = random_program(seed)
    best = Solver(program).solve()
    A = program.A.toarray()
    with_low = np.isfinite(program.low)
    other = linprog(
        -program.cost,
        A_ub=np.vstack([A, -A[with_low]]),
        b_ub=np.concatenate([program.high, -program.low[with_low]]),
        bounds=list(zip(program.lower, program.upper, strict=True)),
    )
    assert best.value == pytest.approx(-other.fun, abs=1e-8)
    assert max(best.residuals.values()) <= 1e-8
    # A point that is moved away from the optimum is no longer proven.
    moved = best.values + 0.01
    assert max(proof(program, moved, best.prices).values()) > 1e-4
    assert primal_residuals(program, -np.ones_like(moved))["bounds"] >= 0.5


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_prices_are_derivatives(seed):
    program = random_program(seed)
    solver = Solver(program)
    best = solver.solve()
    step = 1e-6
    for i in range(len(program.high)):
        solver.change_sides(np.array([i]), high=program.high[i] + step)
        up = solver.solve().value
        solver.change_sides(np.array([i]), high=program.high[i] - step)
        down = solver.solve().value
        solver.change_sides(np.array([i]), high=program.high[i])
        rise, fall = (up - best.value) / step, (best.value - down) / step
        upper = max(best.prices[i], 0.0)
        assert min(rise, fall) - 1e-4 <= upper <= max(rise, fall) + 1e-4


def test_another_tool_finds_our_optimum(peer_arithmetic):
    pytest.importorskip("linopy")
    with peer_arithmetic():
        for program in (diet(), random_program(3), random_program(8)):
            model = to_linopy(program)
            status, _ = model.solve(solver_name="highs", io_api="direct", output_flag=False)
            assert status == "ok"
            assert -model.objective.value == pytest.approx(Solver(program).solve().value, abs=1e-8)
