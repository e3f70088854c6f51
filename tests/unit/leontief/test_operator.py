"""LeontiefOperator: three ways to the same answer, its certificate, and every guard."""

import warnings

import numpy as np
import pytest

from autarky.errors import ConvergenceError, NotProductiveError, OptionError
from autarky.leontief import LeontiefOperator, ghosh, leontief, operator
from autarky.leontief import blocks as blocks_module
from strategies import ragged_table, random_table

METHODS = ("lu", "gauss-seidel")
TABLES = {
    "regular": lambda: random_table(1, R=5, S=6, F=2),
    "idle": lambda: random_table(2, R=4, S=5, zero_outputs=3),
    "ragged": lambda: ragged_table(3, (2, 5, 1, 3), F=2, zero_outputs=1, negatives=True),
    "one region": lambda: random_table(4, R=1, S=7),
    "one sector": lambda: random_table(5, R=6, S=1),
}
#: The domestic block of one region uses more than it makes; so does the next one as a whole.
UNPRODUCTIVE = {
    "at home": (np.array([[0.2, 1.2], [0.9, 0.1]]), [0, 2]),
    "one industry": (np.array([[1.5, 0.0], [0.1, 0.2]]), [0, 1, 2]),
    "through trade": (np.array([[0.1, 1.2], [0.9, 0.1]]), [0, 1, 2]),
    "negative answer that solves": (np.diag([3.0, 0.2, 0.1]) + 0.01, [0, 1, 3]),
}


@pytest.fixture(params=TABLES)
def table(request):
    return TABLES[request.param]()


def dense(table, of="A"):
    """(I − A)⁻¹ or (I − B)⁻¹ by numpy."""
    scale = np.divide(1.0, table.x, out=np.zeros(table.n), where=table.x > 0)
    M = table.Z * scale if of == "A" else scale[:, None] * table.Z
    return np.linalg.inv(np.eye(table.n) - M)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("make", [leontief, ghosh])
def test_solves_as_the_explicit_inverse_of_numpy_does(table, method, make):
    inverse = dense(table, "A" if make is leontief else "B")
    L = make(table.Z, table.x, table.industries.starts, method=method)
    b = np.random.default_rng(0).normal(size=(table.n, 3))
    scale = np.abs(inverse @ b).max()
    for answer, expected in (
        (L.solve(b).values, inverse @ b),
        (L.solve_left(b).values, inverse.T @ b),
        (L.solve(b[:, 0]).values, inverse @ b[:, 0]),
        (L.solve_left(b[:, 0]).values, inverse.T @ b[:, 0]),
        (L @ b[:, 1], inverse @ b[:, 1]),
        (L @ b, inverse @ b),
    ):
        assert answer.shape == expected.shape
        np.testing.assert_allclose(answer, expected, rtol=0, atol=1e-9 * scale)


@pytest.mark.parametrize("cached", [False, True])
def test_inverse_is_that_of_numpy_and_new_at_each_call(table, cached):
    L = leontief(table.Z, table.x, table.industries.starts)
    if cached:
        L.solve(table.x)
    first = L.inverse()
    np.testing.assert_allclose(first, dense(table), rtol=0, atol=1e-12)
    assert first.flags.c_contiguous
    first[:] = 0.0
    np.testing.assert_allclose(L.inverse(), dense(table), rtol=0, atol=1e-12)
    # The factors that solves use are not what the inverse overwrote.
    y = table.Y.sum(axis=1)
    np.testing.assert_allclose(L @ y, dense(table) @ y, rtol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_single_precision_is_refined_to_the_tolerance(table, method):
    L = leontief(table.Z, table.x, table.industries.starts, method=method, storage="float32")
    b = np.random.default_rng(0).lognormal(sigma=3, size=(table.n, 4)) * [1, 1e-9, 1e9, 0]
    for solution, expected in (
        (L.solve(b), dense(table) @ b),
        (L.solve_left(b), dense(table).T @ b),
    ):
        assert solution.certificate.residual <= 1e-10
        assert solution.values.dtype == np.float64
        scale = np.maximum(np.abs(expected).max(axis=0), 1e-300)
        assert (np.abs(solution.values - expected) / scale).max() < 1e-9
    if method == "gauss-seidel":
        assert L._single[0].dtype == np.float32


@pytest.mark.parametrize("method", METHODS)
def test_small_right_hand_sides_are_as_exact_as_large_ones(table, method):
    L = leontief(table.Z, table.x, table.industries.starts, method=method)
    b = np.ones((table.n, 1)) * [1e12, 1.0, 1e-12]
    answer = L.solve(b).values
    for column in (0, 2):
        np.testing.assert_allclose(answer[:, column] / b[0, column], answer[:, 1], rtol=1e-9)


def test_certificate_says_how_and_how_well():
    table = TABLES["regular"]()
    b = table.Y.sum(axis=1)
    for method, name in (("lu", "LU"), ("gauss-seidel", "block Gauss–Seidel")):
        L = leontief(table.Z, table.x, table.industries.starts, method=method)
        solution = L.solve(b)
        certificate = solution.certificate
        assert certificate.method == name
        assert certificate.tolerance == 1e-10
        assert 0 <= certificate.residual <= 1e-10
        rest = b - solution.values + table.A @ solution.values
        assert certificate.residual == pytest.approx(np.abs(rest).max() / b.max(), abs=1e-15)
        assert certificate.iterations == 1 if method == "lu" else certificate.iterations > 1


def test_a_certificate_is_never_given_to_a_wrong_answer():
    table = TABLES["regular"]()
    b = table.Y.sum(axis=1)
    right = table.L.solve(b).values
    assert table.L.certify(right, b, method="mine").method == "mine"
    with pytest.raises(ConvergenceError, match="mine left a residual"):
        table.L.certify(right * (1 + 1e-9), b, method="mine")
    with pytest.raises(ConvergenceError) as caught:
        table.L.certify(right * np.nan, b, method="mine")
    assert np.isnan(caught.value.residual)
    with pytest.raises(ConvergenceError):
        table.L.certify(right, b, method="mine", transpose=True)


def test_nothing_asked_nothing_solved():
    table = TABLES["regular"]()
    for method in METHODS:
        L = leontief(table.Z, table.x, table.industries.starts, method=method)
        assert L.solve(np.zeros((table.n, 0))).values.shape == (table.n, 0)
        assert not L.solve(np.zeros((table.n, 2))).values.any()
        np.testing.assert_array_equal(L.solve([1] * table.n).values, L @ np.ones(table.n))


def test_whole_numbers_are_not_truncated():
    table = TABLES["regular"]()
    L = leontief(table.Z, table.x, table.industries.starts, method="gauss-seidel")
    np.testing.assert_allclose(L @ np.arange(table.n), dense(table) @ np.arange(table.n))


def test_auto_takes_lu_for_small_tables_or_many_columns(monkeypatch):
    table = TABLES["regular"]()
    monkeypatch.setattr(operator, "DENSE_LIMIT", 10)
    monkeypatch.setattr(operator, "MANY", 0.1)
    L = leontief(table.Z, table.x, table.industries.starts)
    assert L.n > 10
    few, many = np.ones((L.n, 2)), np.ones((L.n, L.n))
    assert L.solve(few).certificate.method == "block Gauss–Seidel"
    assert "_lu" not in L.__dict__
    assert L.prefers_inverse(L.n)
    assert not L.prefers_inverse(1)
    assert L.solve(many).certificate.method == "LU"
    # Once there is a factorisation, it is used.
    assert L.solve(few).certificate.method == "LU"
    assert not L.prefers_inverse(L.n // 3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", UNPRODUCTIVE)
def test_unproductive_tables_are_refused(name, method):
    A, starts = UNPRODUCTIVE[name]
    n = A.shape[0]
    assert np.linalg.inv(np.eye(n) - A).min() < 0  # an answer exists; it would be a wrong one
    for L in (
        LeontiefOperator(A, np.ones(n), np.ones(n), starts, method=method),
        LeontiefOperator(A, np.ones(n), np.ones(n), starts, method=method, storage="float32"),
    ):
        for call in (L.solve, L.solve_left):
            with pytest.raises(NotProductiveError):
                call(np.ones(n))
        with pytest.raises(NotProductiveError):
            L.inverse()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(20))
def test_random_tables_are_refused_exactly_when_their_inverse_is_not_positive(seed, method):
    rng = np.random.default_rng(seed)
    A = rng.random((6, 6))
    A *= rng.uniform(0.7, 1.4) / np.abs(np.linalg.eigvals(A)).max()
    L = LeontiefOperator(A, np.ones(6), np.ones(6), [0, 2, 6], method=method)
    inverse = np.linalg.inv(np.eye(6) - A)
    if inverse.min() < 0:
        with pytest.raises(NotProductiveError):
            L.solve(np.ones(6))
    else:
        # Column sums above 1 alone are no reason to refuse.
        np.testing.assert_allclose(L @ np.ones(6), inverse.sum(axis=1), rtol=1e-8)


def test_a_productive_table_with_columns_above_one_is_solved():
    A = np.array([[0.1, 1.5], [0.1, 0.2]])  # column 2 buys more than it makes, and is worth it
    assert A.sum(axis=0).max() > 1
    assert A.sum(axis=1).max() > 1
    for method in METHODS:
        L = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 1, 2], method=method)
        np.testing.assert_allclose(L @ np.ones(2), np.linalg.solve(np.eye(2) - A, np.ones(2)))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("starts", [[0, 2], [0, 1, 2]])
def test_singular_tables_are_refused(method, starts):
    A = np.array([[0.5, 0.5], [0.5, 0.5]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        L = LeontiefOperator(A, np.ones(2), np.ones(2), starts, method=method)
        with pytest.raises(NotProductiveError, match=r"singular|no non-negative"):
            L.solve(np.ones(2))
        with pytest.raises(NotProductiveError):
            L.inverse()


def test_singular_domestic_block_of_a_table_with_negatives_is_named():
    A = np.array([[1.0, 0.5], [-0.5, 0.2]])
    L = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 1, 2], method="gauss-seidel")
    with pytest.raises(NotProductiveError, match="block of region 0"):
        L.solve(np.ones(2))


def test_negative_flows_are_solved_without_a_proof():
    A = np.array([[0.3, -0.2], [0.4, 0.1]])
    for method in METHODS:
        L = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 1, 2], method=method)
        np.testing.assert_allclose(L @ np.ones(2), np.linalg.solve(np.eye(2) - A, np.ones(2)))
    singular = LeontiefOperator(
        np.array([[-1.0, 2.0], [2.0, -1.0]]), np.ones(2), np.ones(2), [0, 2]
    )
    with pytest.raises(NotProductiveError, match="singular"):
        singular.solve(np.array([1.0, 2.0]))


def test_sweeps_that_grow_are_an_error_with_the_number_of_sweeps():
    A = np.array([[0.0, -3.0], [3.0, 0.0]])
    L = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 1, 2], method="gauss-seidel")
    with pytest.raises(NotProductiveError, match="by about 3"):
        L.solve(np.ones(2))
    L.__dict__["_proved_by_sweeps"] = True  # and by themselves the sweeps notice too
    with pytest.raises(ConvergenceError, match="did not settle") as caught:
        L.solve(np.ones(2))
    assert 0 < caught.value.iterations < 200
    assert caught.value.residual > 1


def test_sweeps_that_do_not_settle_are_an_error(monkeypatch):
    A = np.array([[0.0, 0.999], [0.999, 0.0]])
    L = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 1, 2], method="gauss-seidel")
    with pytest.raises(ConvergenceError, match="did not settle") as caught:
        L.solve(np.array([1.0, -0.5]))
    assert caught.value.iterations == 200


def test_a_slow_table_is_judged_by_its_factorisation():
    # Sweeps gain nothing here and columns sum to more than one: only LU can tell them apart.
    for off, productive in ((0.9995, True), (1.0005, False)):
        A = np.array([[0.0, off * 2], [off / 2, 0.0]])
        L = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 1, 2], method="auto")
        L._use_lu = lambda m: False
        error = ConvergenceError if productive else NotProductiveError
        with pytest.raises(error):
            L.solve(np.ones(2))


def test_a_tolerance_out_of_reach_is_an_error():
    table = TABLES["regular"]()
    L = leontief(table.Z, table.x, table.industries.starts, tolerance=1e-30)
    with pytest.raises(ConvergenceError, match="LU left a residual above 1e-30"):
        L.solve(np.random.default_rng(0).random(table.n))
    L = leontief(table.Z, table.x, table.industries.starts, tolerance=1e-30, method="gauss-seidel")
    with pytest.raises(ConvergenceError):
        L.solve(np.random.default_rng(0).random(table.n))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "qr"}, "method 'qr' is not one of"),
        ({"storage": "float16"}, "storage 'float16' is not one of"),
        ({"tolerance": 0.0}, "tolerance is 0.0"),
        ({"tolerance": np.nan}, "tolerance is nan"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        leontief(np.zeros((2, 2)), np.ones(2), [0, 2], **options)


@pytest.mark.parametrize("starts", [[], [0], [0, 1], [1, 2], [0, 1, 1, 2], [0, 3]])
def test_starts_that_do_not_fit_are_refused(starts):
    with pytest.raises(OptionError, match="starts must rise from 0 to n = 2"):
        leontief(np.zeros((2, 2)), np.ones(2), starts)


def test_arrays_that_do_not_fit_are_refused():
    with pytest.raises(OptionError, match="do not fit"):
        LeontiefOperator(np.zeros((2, 3)), np.ones(2), np.ones(2), [0, 2])
    with pytest.raises(OptionError, match="do not fit"):
        LeontiefOperator(np.zeros((2, 2)), np.ones(3), np.ones(2), [0, 2])


@pytest.mark.parametrize(
    ("b", "message"),
    [
        (np.ones(3), "needs 2 rows"),
        (np.ones((2, 2, 2)), "at most two dimensions"),
        (1.0, "needs 2 rows"),
        (np.array([1.0, np.nan]), "not finite"),
        (np.array([1.0, np.inf]), "not finite"),
    ],
)
def test_right_hand_sides_that_do_not_fit_are_refused(b, message):
    L = leontief(np.zeros((2, 2)), np.ones(2), [0, 2])
    for call in (L.solve, L.solve_left):
        with pytest.raises(OptionError, match=message):
            call(b)


def test_arguments_are_left_alone():
    table = TABLES["regular"]()
    Z, x, b = table.Z.copy(), table.x.copy(), table.Y.copy()
    for method in METHODS:
        for storage in ("float64", "float32"):
            L = leontief(Z, x, table.industries.starts, method=method, storage=storage)
            L.solve(b)
            L.solve_left(b)
            L.inverse()
    for now, before in ((Z, table.Z), (x, table.x), (b, table.Y)):
        np.testing.assert_array_equal(now, before)


def test_sweeps_need_no_square_array(monkeypatch):
    """The largest array that the sweeps make is the one of right-hand sides (or a block)."""
    import tracemalloc

    table = random_table(0, R=20, S=60)
    L = leontief(table.Z, table.x, table.industries.starts, method="gauss-seidel")
    b = np.ones((table.n, 4))
    L.solve(b)
    tracemalloc.start()
    L.solve(b)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < table.Z.nbytes / 8


# --- any array namespace --------------------------------------------------------------------------


@pytest.fixture
def strict():
    import array_api_strict

    return array_api_strict


@pytest.mark.parametrize("storage", ["float64", "float32"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("make", [leontief, ghosh])
def test_arrays_of_any_namespace(strict, method, make, storage):
    table = TABLES["ragged"]()
    Z, x = strict.asarray(table.Z.copy()), strict.asarray(table.x.copy())
    b = np.random.default_rng(0).normal(size=(table.n, 3))
    L = make(Z, x, table.industries.starts, method=method, storage=storage)
    inverse = dense(table, "A" if make is leontief else "B")
    for solution, expected in (
        (L.solve(strict.asarray(b)), inverse @ b),
        (L.solve_left(strict.asarray(b)), inverse.T @ b),
        (L.solve(strict.asarray(b[:, 0])), inverse @ b[:, 0]),
    ):
        assert isinstance(solution.values, type(Z))
        np.testing.assert_allclose(np.asarray(solution.values), expected, atol=1e-8)
    np.testing.assert_allclose(np.asarray(L.inverse()), inverse, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", [*UNPRODUCTIVE, "singular"])
def test_guards_of_any_namespace(strict, method, name):
    A, starts = UNPRODUCTIVE.get(name, (np.full((2, 2), 0.5), [0, 2]))
    ones = strict.ones(A.shape[0], dtype=strict.float64)
    L = LeontiefOperator(strict.asarray(A.copy()), ones, ones, starts, method=method)
    with pytest.raises(NotProductiveError):
        L.solve(ones)


def test_kernels_of_any_namespace(strict):
    table = TABLES["regular"]()
    one, per = np.ones(table.n), 1 / table.x
    starts = [int(s) for s in table.industries.starts]
    arrays = [strict.asarray(a.copy()) for a in (table.Z, one, per)]
    b = table.Y[:, :2].copy()
    inverses = blocks_module.block_inverses(*arrays, starts)
    q, sweeps = blocks_module.block_gauss_seidel(*arrays, inverses, starts, strict.asarray(b))
    assert sweeps > 1
    np.testing.assert_allclose(np.asarray(q), dense(table) @ b, rtol=1e-9)
    again, fewer = blocks_module.block_gauss_seidel(
        *arrays, inverses, starts, strict.asarray(b), start=q
    )
    assert fewer <= 2
    np.testing.assert_allclose(np.asarray(again), np.asarray(q), rtol=1e-9)
    left = blocks_module.multiply(*arrays, q, transpose=True)
    np.testing.assert_allclose(np.asarray(left), table.A.T @ np.asarray(q), rtol=1e-12)


def test_real_tables_gain_about_a_digit_a_sweep(wiod2013_raw):
    raw = wiod2013_raw(2011)
    Z, x = raw["Z"].astype(float), raw["x"].astype(float)
    y = raw["Y"].astype(float).reshape(1435, 41, 5).sum(axis=2)
    starts = range(0, 1436, 35)
    swept = leontief(Z, x, starts, method="gauss-seidel").solve(y)
    assert swept.certificate.iterations <= 12
    lu = leontief(Z, x, starts, method="lu").solve(y)
    np.testing.assert_allclose(swept.values, lu.values, rtol=0, atol=1e-9 * lu.values.max())
    single = leontief(Z, x, starts, method="gauss-seidel", storage="float32").solve(y)
    assert single.certificate.residual <= 1e-10


def test_single_precision_stops_at_its_rounding_errors():
    """Large multipliers: changes of a sweep never fall below 1e-6 of b in single precision."""
    rng = np.random.default_rng(0)
    A = rng.random((60, 60))
    A *= 0.97 / A.sum(axis=0)
    starts, b = [0, 50, 60], rng.random((60, 5))
    L = LeontiefOperator(
        A, np.ones(60), np.ones(60), starts, method="gauss-seidel", storage="float32"
    )
    solution = L.solve(b)
    assert solution.certificate.residual <= 1e-10
    np.testing.assert_allclose(solution.values, np.linalg.solve(np.eye(60) - A, b), rtol=1e-8)


def test_single_precision_does_not_refuse_what_is_only_nearly_singular():
    A = np.array([[0.0, 2.0 * (1 - 1e-9)], [0.5, 0.0]])
    L = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 2], method="lu", storage="float32")
    np.testing.assert_allclose(
        L @ np.ones(2), np.linalg.solve(np.eye(2) - A, np.ones(2)), rtol=1e-6
    )


@pytest.mark.parametrize("factor", [3.0, 10.0])
def test_one_negative_flow_does_not_hide_that_a_table_is_not_productive(factor):
    table = random_table(4, R=3, S=4)
    Z = table.Z.copy()
    Z[0, 5] = -1e-6
    x = Z.sum(axis=0) / factor
    expected = np.abs(np.linalg.eigvals(Z / x)).max()
    with pytest.raises(NotProductiveError, match="not the sum of its chains") as caught:
        leontief(Z, x, table.industries.starts).solve(np.ones(table.n))
    assert caught.value.spectral_radius == pytest.approx(expected, rel=1e-6)


def test_a_column_above_one_with_a_negative_flow_is_solved_where_chains_end():
    table = random_table(4, R=3, S=4)
    Z = table.Z.copy()
    Z[0, 5] = -1e-6
    x = table.x.copy()
    x[2] = Z[:, 2].sum() * 0.99
    assert np.abs(np.linalg.eigvals(Z / x)).max() < 1
    found = leontief(Z, x, table.industries.starts).solve(np.ones(table.n)).values
    np.testing.assert_allclose(found, np.linalg.solve(np.eye(table.n) - Z / x, np.ones(table.n)))
