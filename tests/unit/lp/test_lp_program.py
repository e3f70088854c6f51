"""Programs with known optima: values, prices with sign and unit, warm starts, guards."""

import sys

import numpy as np
import pytest

from autarky.errors import (
    ConvergenceError,
    InfeasibleError,
    LabelError,
    MissingExtraError,
    OptionError,
    UnboundedError,
)
from autarky.lp import Program, highs
from autarky.lp.proof import prove

GOODS = {"good": ["a", "b"]}


def textbook():
    """max 3a + 2b with a + b ≤ 4, a + 3b ≤ 6, a ≤ 3: 11 at (3, 1)."""
    program = Program("textbook", sense="max", unit="USD")
    make = program.variables("make", GOODS, upper=[3.0, np.inf], cost=[3.0, 2.0], unit="t")
    hours = make.through([[1.0, 1.0], [1.0, 3.0]], "good", "machine")
    program.rows("hours", {"machine": ["m1", "m2"]}, [hours], at_most=[5.0, 6.0], unit="h")
    return program


def covering(rows=60, columns=90, seed=3):
    rng = np.random.default_rng(seed)
    program = Program("covering", unit="USD")
    x = program.variables("x", {"j": range(columns)}, cost=rng.random(columns) + 0.5)
    program.rows(
        "need",
        {"i": range(rows)},
        [x.through(rng.random((rows, columns)), "j", "i")],
        at_least=rng.random(rows) + 1,
    )
    return program


def test_values_prices_and_units():
    solution = textbook().solve()
    assert solution.objective == pytest.approx(11)
    assert solution["make"] == pytest.approx([3, 1])
    # One more hour of m2 makes a third of b; a is at its bound and would bring 3 − 2/3.
    assert solution.dual("hours") == pytest.approx([0, 2 / 3])
    assert solution.reduced_cost("make") == pytest.approx([7 / 3, 0])
    assert solution.dual_unit("hours") == "USD per h"
    assert solution.activity("hours") == pytest.approx([4, 6])
    assert solution.status == "optimal"
    assert solution.certificate.residual <= 1e-9
    assert set(solution.residuals) == {"rows", "bounds", "prices", "gap"}
    (binding,) = solution.binding()
    assert (binding.row, binding.labels, binding.side) == ("hours", {"machine": "m2"}, 6.0)
    assert str(binding) == "hours[m2]: one more unit changes the objective by +0.6667 USD per h"


def test_prices_of_a_minimum_are_positive_where_asking_for_more_costs_more():
    program = Program("p")
    x = program.variables("x", cost=2.0)
    program.rows("need", {}, [x], at_least=3.0)
    assert program.solve().dual("need") == pytest.approx(2.0)


def test_prices_are_what_a_small_change_of_the_side_costs():
    program = covering()
    first = program.solve()
    need = program.arrays().low.copy()
    step = np.zeros_like(need)
    chosen = int(np.argmax(first.dual("need")))
    step[chosen] = 1e-6
    program.update_rhs("need", at_least=need + step)
    change = (program.solve().objective - first.objective) / 1e-6
    assert change == pytest.approx(first.dual("need")[chosen], rel=1e-5)


def test_updates_give_what_a_new_program_gives_in_fewer_steps():
    warm, cold = covering(), covering()
    first = warm.solve()
    rhs = np.full(60, 1.5)
    cost = np.linspace(1.0, 2.0, 90)
    upper = np.full(90, 0.8)
    for program in (warm, cold):
        program.update_rhs("need", at_least=rhs)
        program.update_cost("x", cost)
        program.update_bounds("x", upper=upper)
    again, alone = warm.solve(), cold.solve()
    assert again.objective == pytest.approx(alone.objective, rel=1e-9)
    assert again.objective != pytest.approx(first.objective, rel=1e-3)
    warm.update_rhs("need", at_least=rhs + 1e-7)
    assert warm.solve().iterations <= 3


def test_updates_never_reach_into_the_callers_arrays():
    upper = np.array([3.0, 4.0])
    program = Program("p")
    x = program.variables("x", GOODS, upper=upper, cost=-1.0)
    program.rows("r", GOODS, [x], at_most=10.0)
    program.update_bounds("x", upper=[1.0, 1.0])
    assert upper.tolist() == [3.0, 4.0]
    upper[0] = 100.0
    assert program.solve().objective == pytest.approx(-2.0)


def test_bounds_can_be_changed_one_side_at_a_time():
    program = Program("p")
    x = program.variables("x", GOODS, upper=5.0, cost=1.0)
    program.rows("r", {}, [x], at_least=4.0)
    assert program.solve().objective == pytest.approx(4)
    program.update_bounds("x", lower=[3.0, 3.0])
    assert program.solve().objective == pytest.approx(6)
    assert program.solve()["x"] == pytest.approx([3, 3])


@pytest.mark.parametrize("method", ["simplex", "ipm"])
def test_methods_agree(method):
    solution = covering().solve(method=method)
    assert solution.method == method
    assert solution.objective == pytest.approx(covering().solve().objective, rel=1e-9)


def test_whole_numbers_report_their_gap_and_have_no_prices():
    program = Program("knapsack", sense="max")
    take = program.variables("take", GOODS, upper=1.0, cost=[3.0, 2.0], integer=True)
    program.rows("weight", {}, [take.each([2.0, 1.5])], at_most=3.0)
    solution = program.solve()
    assert solution["take"] == pytest.approx([1, 0])
    assert 0 <= solution.gap <= 1e-6
    assert "whole numbers" in solution.residuals
    with pytest.raises(OptionError, match="no prices"):
        solution.dual("weight")


def test_progress_is_told():
    heard = []
    covering().solve(track=lambda name, count: heard.append((name, count)))
    assert heard
    assert {name for name, _ in heard} == {"covering"}


def test_the_time_limit_is_an_error_that_says_so():
    program = covering(900, 1200)
    with pytest.raises(ConvergenceError, match=r"time limit reached.*0.001 s were allowed"):
        program.solve(time_limit=0.001)


def test_the_time_limit_counts_from_each_solve():
    program = covering(200, 300)
    program.solve()
    program.update_rhs("need", at_least=1.2)
    assert program.solve(time_limit=60.0).status == "optimal"


def test_an_answer_that_fails_its_proof_is_refused():
    with pytest.raises(ConvergenceError, match="fails its proof"):
        covering().solve(tolerance=0.0)


def test_the_proof_sees_every_kind_of_error():
    arrays = textbook().arrays()
    good, prices = np.array([3.0, 1.0]), np.array([0.0, 2 / 3])
    assert prove(arrays, good, prices).worst < 1e-12
    assert prove(arrays, np.array([3.0, 2.0]), prices).residuals["rows"] > 0.1
    assert prove(arrays, np.array([4.0, 0.0]), prices).residuals["bounds"] > 0.1
    assert prove(arrays, np.array([0.0, 2.0]), prices).residuals["gap"] > 0.1
    assert prove(arrays, good, np.array([0.0, -1.0])).residuals["prices"] > 0.1


def test_large_programs_say_when_the_better_method_is_missing(monkeypatch):
    monkeypatch.setattr(highs, "LARGE", 10)
    monkeypatch.setattr(highs, "has_hipo", lambda: False)
    solution = covering().solve()
    assert solution.method == "ipm"
    assert "highspy-extras is not installed" in solution.notes[0]
    with pytest.raises(MissingExtraError, match="silently run simplex"):
        covering().solve(method="hipo")


def test_large_programs_take_the_better_method(monkeypatch):
    monkeypatch.setattr(highs, "LARGE", 10)
    monkeypatch.setattr(highs, "has_hipo", lambda: True)
    assert highs.choose("auto", covering().arrays(), warm=False) == ("hipo", ())
    assert highs.choose("auto", covering().arrays(), warm=True) == ("simplex", ())


def test_unbounded_says_along_what():
    program = Program("free", sense="max")
    x = program.variables("x", GOODS, cost=1.0)
    y = program.variables("y", cost=-1.0)
    program.rows("even", {}, [x.each([1.0, -1.0]), y], equals=0.0)
    with pytest.raises(
        UnboundedError, match=r"'free' can rise without end, along x\[a\], x\[b\];"
    ) as e:
        program.solve()
    assert e.value.along == ("x[a]", "x[b]")


class TestInfeasible:
    def test_says_who_asks_for_how_much_too_much_and_what_holds_it_back(self):
        program = Program("plan")
        x = program.variables("x", GOODS, upper=[3.0, 4.0], unit="t")
        program.rows("need", {}, [x], at_least=10.0, unit="t")
        said = "need asks for at least 10 t, and 7 is the most that can be had"
        with pytest.raises(InfeasibleError, match=said) as error:
            program.solve()
        assert error.value.against == ("the upper bound of x[a] (and 1 more)",)

    def test_identities_are_not_given_up(self):
        program = Program("plan")
        x, u = program.variables("x", upper=2.0), program.variables("u")
        program.rows("balance", {}, [x, -u], equals=0.0, firm=True)
        program.rows("goal", {}, [u], at_least=5.0)
        with pytest.raises(InfeasibleError) as error:
            program.solve()
        assert error.value.asks == ("goal asks for at least 5, and 2 is the most that can be had",)
        assert "balance" in error.value.against

    def test_identities_that_contradict_each_other_are_named(self):
        program = Program("plan")
        x = program.variables("x")
        program.rows("one", {}, [x], equals=1.0, firm=True)
        program.rows("two", {}, [x], equals=2.0, firm=True)
        with pytest.raises(InfeasibleError, match=r"one allows at most 1|two asks for at least 2"):
            program.solve()

    def test_limits_are_said_as_limits(self):
        program = Program("plan")
        x = program.variables("x", lower=3.0)
        program.rows("cap", {}, [x], at_most=1.0)
        said = "cap allows at most 1, and 3 is the least that is needed"
        with pytest.raises(InfeasibleError, match=said):
            program.solve()

    def test_bounds_that_exclude_each_other(self):
        program = Program("plan")
        x = program.variables("x", GOODS, lower=[0.0, 3.0], upper=2.0, unit="t")
        program.rows("r", GOODS, [x], at_most=1.0)
        with pytest.raises(InfeasibleError, match=r"x\[b\] must be at least 3 and at most 2 t"):
            program.solve()

    def test_after_an_update_too(self):
        program = textbook()
        program.solve()
        program.update_bounds("make", lower=[2.0, 3.0])
        with pytest.raises(InfeasibleError, match=r"hours\[m2\]"):
            program.solve()
        program.update_bounds("make", lower=[0.0, 0.0])
        assert program.solve().objective == pytest.approx(11)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda p: Program("p", sense="most"), "'min' or 'max'"),
        (lambda p: p.variables("make", GOODS), "taken"),
        (lambda p: p.variables("", GOODS), "empty"),
        (lambda p: p.variables("y", GOODS, lower=np.nan), "NaN"),
        (lambda p: p.variables("y", GOODS, cost=np.inf), "not finite"),
        (lambda p: p.variables("y", GOODS, upper=[1.0, 2.0, 3.0]), "does not fit"),
        (lambda p: p.rows("r", GOODS, []), "either equals"),
        (lambda p: p.rows("r", GOODS, [], equals=1.0, at_most=1.0), "r needs either equals"),
        (lambda p: p.rows("r", GOODS, [], at_most=np.nan), "side of r has NaN"),
        (lambda p: p.solve(time_limit=0.0), "above 0"),
        (lambda p: p.solve(method="best"), "auto, simplex"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, said):
    with pytest.raises(OptionError, match=said):
        wrong(textbook())


def test_unknown_names_suggest_the_nearest():
    program = textbook()
    with pytest.raises(LabelError, match="did you mean hours"):
        program.update_rhs("hour", at_most=1.0)
    solution = program.solve()
    with pytest.raises(LabelError, match="did you mean make"):
        solution["mke"]


def test_a_program_without_rows_can_be_solved():
    program = Program("box", sense="max")
    program.variables("x", GOODS, upper=2.0, cost=1.0)
    assert program.solve().objective == pytest.approx(4)


def test_the_text_reads_like_the_program():
    program = textbook()
    assert program.text() == (
        "max\n  3 make[a] + 2 make[b]\nst\n"
        "  hours[m1]: make[a] + make[b] <= 5\n  hours[m2]: make[a] + 3 make[b] <= 6\n"
        "bounds\n  0 <= make[a] <= 3\nend\n"
    )


def test_without_linopy_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "linopy", None)
    with pytest.raises(MissingExtraError, match="pip install linopy"):
        textbook().to_linopy()
