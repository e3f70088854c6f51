"""Random programs: duality, the order of rows and blocks, units; and linopy as a second opinion."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autarky.lp import Program


def random_program(seed, *, rows=None, columns=None, sense="min"):
    """A program with a point inside all rows, and all variables bounded."""
    rng = np.random.default_rng(seed)
    m, k = rng.integers(1, 7), rng.integers(1, 9)
    A = rng.integers(-3, 4, (m, k)).astype(float)
    inside = rng.random(k)
    low, high = A @ inside - rng.random(m), A @ inside + rng.random(m)
    low[rng.random(m) < 0.3] = -np.inf
    high[rng.random(m) < 0.3] = np.inf
    same = np.isfinite(low) & np.isfinite(high) & (rng.random(m) < 0.3)
    low[same] = high[same] = (A @ inside)[same]
    cost, upper = rng.integers(-5, 6, k).astype(float), 1 + rng.random(k)
    rows = np.arange(m) if rows is None else rng.permutation(m)
    columns = np.arange(k) if columns is None else rng.permutation(k)
    program = Program("random", sense=sense)
    x = program.variables("x", {"j": columns}, lower=-1.0, upper=upper[columns], cost=cost[columns])
    term = x.through(A[np.ix_(rows, columns)], "j", "i")
    program.rows("r", {"i": rows}, [term], at_least=low[rows], at_most=high[rows])
    return program


@given(st.integers(0, 2**32 - 1), st.sampled_from(["min", "max"]))
def test_the_prices_prove_the_objective(seed, sense):
    program = random_program(seed, sense=sense)
    solution, arrays = program.solve(), program.arrays()
    y, d = solution.dual("r"), solution.reduced_cost("x")
    sign = 1 if sense == "min" else -1
    side = np.where(sign * y > 0, arrays.low, arrays.high)
    bound = np.where(sign * d > 0, arrays.lower, arrays.upper)
    used = np.abs(y) > 1e-9
    dual = y[used] @ side[used] + d @ bound
    assert dual == pytest.approx(solution.objective, abs=1e-7)


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_rows_and_columns_does_not_matter(seed):
    first = random_program(seed).solve()
    second = random_program(seed, rows="shuffled", columns="shuffled").solve()
    assert second.objective == pytest.approx(first.objective, abs=1e-8)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["min", "max"]))
def test_scipy_finds_the_same_optimum(seed, sense):
    from scipy.optimize import LinearConstraint, milp

    program = random_program(seed, sense=sense)
    a = program.arrays()
    found = milp(
        a.sign * a.cost,
        constraints=LinearConstraint(a.A.toarray(), a.low, a.high),
        bounds=(a.lower, a.upper),
    )
    assert program.solve().objective == pytest.approx(a.sign * found.fun, abs=1e-7)
