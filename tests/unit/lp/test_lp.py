"""Linear programs: built by blocks, solved, changed, proven, explained, handed on."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from autarky.errors import ConvergenceError, InfeasibleError, OptionError, UnboundedError
from autarky.lp import Draft, Solver, clashes, explain, primal_residuals, proof, to_linopy
from autarky.lp import solver as lp_solver


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
    with pytest.raises(UnboundedError, match=r"no bound: x\(a\) is worth more") as caught:
        Solver(draft.finish(), what="the plan").solve()
    assert caught.value.along == ("x(a)",)


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


# --- minima, prices in words ----------------------------------------------------------------------


def textbook():
    """max 3a + 2b with a + b ≤ 5, a + 3b ≤ 6, a ≤ 3: 11 at (3, 1)."""
    draft = Draft(unit="USD")
    make = draft.columns("make", [["a", "b"]], upper=[3.0, np.inf], cost=[3.0, 2.0], unit="t")
    hours = draft.rows("hours", [["m1", "m2"]], high=[5.0, 6.0], unit="h")
    draft.put(hours[:, None], make, [[1.0, 1.0], [1.0, 3.0]])
    return draft.finish()


def covering(rows=60, columns=90, seed=3):
    rng = np.random.default_rng(seed)
    draft = Draft(sense="min", unit="USD")
    x = draft.columns("x", [range(columns)], cost=rng.random(columns) + 0.5)
    need = draft.rows("need", [range(rows)], low=rng.random(rows) + 1)
    draft.put(need[:, None], x, rng.random((rows, columns)))
    return draft.finish()


def test_prices_have_a_sign_a_unit_and_words():
    best = Solver(textbook()).solve()
    # One more hour of m2 makes a third of b; a is at its bound and would bring 3 − 2/3.
    assert best.price("hours") == pytest.approx([0, 2 / 3])
    assert best.reduced_value("make") == pytest.approx([7 / 3, 0])
    assert best.activity("hours") == pytest.approx([4, 6])
    assert best.price_unit("hours") == "USD per h"
    (binding,) = best.binding()
    assert (binding.block, binding.labels, binding.side) == ("hours", ("m2",), 6.0)
    assert str(binding) == "hours(m2): one more of it changes the value by +0.6667 USD per h"


def test_a_minimum_is_said_as_one():
    draft = Draft(sense="min", unit="EUR")
    x = draft.columns("x", [["a"]], cost=2.0)
    draft.put(draft.rows("need", [["a"]], low=3.0, unit="t"), x, 1.0)
    best = Solver(draft.finish()).solve()
    assert best.value == pytest.approx(6.0)
    # Asking for more costs more.
    assert best.price("need") == pytest.approx(2.0)
    assert best.price_unit("need") == "EUR per t"
    assert best.program.text().startswith("min\n  value: 2 x(a)\n")
    assert max(proof(best.program, best.values, best.prices).values()) < 1e-12
    assert proof(best.program, best.values, -best.prices)["prices"] > 0.5


def test_a_minimum_is_minus_the_maximum_of_its_negative():
    least = covering()
    most = replace(least, cost=-least.cost, sense="max")
    one, two = Solver(least).solve(), Solver(most).solve()
    assert one.value == pytest.approx(-two.value)
    assert one.price("need") == pytest.approx(-two.price("need"))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_prices_are_worth_what_the_values_are(seed):
    best = Solver(covering(rows=5, columns=7, seed=seed)).solve()
    program = best.program
    # Duality: all sides of the rows at their prices (the bounds of x are 0).
    assert best.prices @ program.low == pytest.approx(best.value)
    assert (best.reduced >= -1e-9).all()


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_order_of_rows_and_columns_does_not_matter(seed):
    program = covering(rows=5, columns=7, seed=seed)
    rng = np.random.default_rng(seed)
    i, j = rng.permutation(5), rng.permutation(7)
    mixed = replace(program, A=program.A[i][:, j].tocsc(), cost=program.cost[j], low=program.low[i])
    assert Solver(mixed).solve().value == pytest.approx(Solver(program).solve().value)


# --- changes, time, methods -----------------------------------------------------------------------


def test_many_sides_change_at_once_and_the_next_solve_is_short():
    solver = Solver(covering())
    solver.solve()
    need = solver.program.rows["need"]
    solver.change_sides(need, low=1.5)
    first = solver.solve()
    solver.change_sides(need, low=1.5 + 1e-7)
    again = solver.solve()
    assert again.iterations <= 3
    assert again.value > first.value
    with pytest.raises(OptionError, match="NaN"):
        solver.change_sides(need, low=np.nan)


def test_the_time_limit_is_of_each_solve():
    solver = Solver(covering(200, 300), time_limit=60.0)
    solver.solve()
    spent = solver.highs.getRunTime()
    solver.change_sides(solver.program.rows["need"], low=1.2)
    solver.solve()
    # HiGHS counts from its first run on, and is told so.
    assert solver.highs.getOptionValue("time_limit")[1] == pytest.approx(60.0 + spent)


def test_progress_is_told():
    heard = []
    Solver(covering(), progress=heard.append).solve()
    assert heard


def test_what_runs_is_chosen_by_size_and_by_what_is_installed(monkeypatch):
    monkeypatch.setattr(lp_solver, "LARGE", 10)
    monkeypatch.setattr(lp_solver, "has_hipo", lambda: False)
    assert Solver(covering()).solve().method == "HiGHS interior points"
    assert Solver(covering()).solve(method="hipo").method == "HiGHS simplex (HiPO is not installed)"
    monkeypatch.setattr(lp_solver, "HUGE", 20)
    monkeypatch.setattr(lp_solver, "has_hipo", lambda: True)
    solver = Solver(covering())
    assert solver._choose("auto") == "hipo"
    solver.solve(method="simplex")
    assert solver._choose("auto") == "simplex"


def test_what_fails_its_proof_is_solved_again_and_then_refused(monkeypatch):
    monkeypatch.setattr(lp_solver, "TOLERANCE", -1.0)
    with pytest.raises(ConvergenceError, match="fails its own proof"):
        Solver(covering()).solve()
    asked = []
    kept = lp_solver.proof
    monkeypatch.setattr(lp_solver, "TOLERANCE", 1e-6)

    def poor_at_first(*args):
        asked.append(1)
        return {"gap": 1.0} if len(asked) == 1 else kept(*args)

    monkeypatch.setattr(lp_solver, "proof", poor_at_first)
    assert Solver(covering()).solve().method == "HiGHS simplex, without presolve"


# --- why not --------------------------------------------------------------------------------------


class TestNothingMeetsAll:
    def test_it_says_what_can_be_had_and_what_holds_it_back(self):
        draft = Draft()
        x = draft.columns("x", [["a", "b"]], upper=[3.0, 4.0])
        draft.put(draft.rows("need", [["all"]], low=10.0, unit="t"), x, 1.0)
        said = r"need\(all\) by 3 \(asks for at least 10 t, and 7 can be had\)\. Held back by the "
        with pytest.raises(InfeasibleError, match=said) as caught:
            Solver(draft.finish()).solve()
        assert caught.value.against == ("the upper bound of x(a) (and 1 more)",)

    def test_identities_are_not_given_up(self):
        draft = Draft()
        x, u = draft.columns("x", [["a"]], upper=2.0), draft.columns("u", [["a"]])
        balance = draft.rows("balance", [["a"]], low=0.0, high=0.0, firm=True)
        draft.put(balance, x, 1.0)
        draft.put(balance, u, -1.0)
        draft.put(draft.rows("goal", [["a"]], low=5.0), u, 1.0)
        found = explain(draft.finish())
        assert found.clashes == (("goal(a)", pytest.approx(3.0)),)
        assert "balance(a)" in found.against

    def test_identities_that_contradict_each_other_are_named(self):
        draft = Draft()
        x = draft.columns("x", [["a"]])
        draft.put(draft.rows("one", [["a"]], low=1.0, high=1.0, firm=True), x, 1.0)
        draft.put(draft.rows("two", [["a"]], low=2.0, high=2.0, firm=True), x, 1.0)
        assert len(explain(draft.finish()).clashes) == 1

    def test_limits_are_said_as_limits(self):
        draft = Draft()
        x = draft.columns("x", [["a"]], lower=3.0)
        draft.put(draft.rows("cap", [["a"]], high=1.0), x, 1.0)
        assert explain(draft.finish()).sentences == ("allows at most 1, and 3 is needed",)

    def test_bounds_that_exclude_each_other(self):
        draft = Draft()
        draft.columns("x", [["a", "b"]], lower=[0.0, 3.0], upper=2.0, unit="t")
        with pytest.raises(
            InfeasibleError, match=r"x\(b\) by 1 \(must be at least 3 and at most 2"
        ):
            Solver(draft.finish()).solve()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda d, x: d.columns("y", [["a"]], lower=np.nan), "the bounds of y have NaN"),
        (lambda d, x: d.columns("y", [["a"]], cost=[1.0, 2.0]), "the costs of y have shape"),
        (lambda d, x: d.rows("r", [["a"]], high=np.nan), "the sides of r have NaN"),
        (lambda d, x: d.put(d.rows("r", [["a"]]), x, np.nan), "NaN or infinite"),
        (lambda d, x: d.put(d.rows("r", [["a", "b"]]), x, np.ones(3)), "do not fit rows"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(wrong, said):
    draft = Draft()
    x = draft.columns("x", [["a", "b"]])
    with pytest.raises(OptionError, match=said):
        wrong(draft, x)


def test_a_program_may_have_no_rows():
    draft = Draft()
    draft.columns("x", [["a"]], upper=2.0, cost=1.0)
    assert Solver(draft.finish()).solve().value == pytest.approx(2.0)
