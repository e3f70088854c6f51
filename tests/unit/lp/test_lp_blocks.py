"""Terms of blocks in rows, against the dense matrix written out by hand."""

import numpy as np
import pytest
from scipy import sparse

from autarky.axes import Axis
from autarky.errors import LabelError, OptionError
from autarky.lp import Program

TIME = {"time": ["1", "2", "3"]}
GOODS = {"good": ["a", "b"]}


def dense(program):
    return program.arrays().A.toarray()


def test_each_stands_in_the_row_with_its_labels():
    program = Program("p")
    x = program.variables("x", TIME | GOODS)
    program.rows("r", TIME | GOODS, [2 * x], at_most=1)
    assert np.array_equal(dense(program), 2 * np.eye(6))


def test_dimensions_are_matched_by_name_not_by_order():
    program = Program("p")
    x = program.variables("x", GOODS | TIME)
    program.rows("r", TIME | GOODS, [x], at_most=1)
    expected = np.zeros((6, 6))
    for t in range(3):
        for g in range(2):
            expected[2 * t + g, 3 * g + t] = 1
    assert np.array_equal(dense(program), expected)


def test_what_the_block_lacks_is_repeated_and_what_the_rows_lack_is_added_up():
    program = Program("p")
    k = program.variables("k", GOODS)
    x = program.variables("x", TIME)
    program.rows("r", TIME, [k, -x], at_most=0)
    expected = np.hstack([np.ones((3, 2)), -np.eye(3)])
    assert np.array_equal(dense(program), expected)


def test_coefficients_follow_rows_then_what_is_added_up():
    program = Program("p")
    k = program.variables("k", GOODS)
    coefficients = np.arange(1.0, 7.0).reshape(3, 2)
    program.rows("r", TIME, [k.each(coefficients)], at_most=0)
    assert np.array_equal(dense(program), coefficients)


def test_lags_skip_what_is_before_the_start():
    program = Program("p")
    x = program.variables("x", TIME | GOODS)
    program.rows("later", TIME | GOODS, [x.each(3.0, lag=1)], at_most=0)
    program.rows("sooner", TIME | GOODS, [x.each(5.0, lag=-2)], at_most=0)
    program.rows("never", TIME | GOODS, [x.each(1.0, lag=7)], at_most=0)
    expected = np.zeros((18, 6))
    expected[2:6, :4] = 3 * np.eye(4)
    expected[6:8, 4:] = 5 * np.eye(2)
    assert np.array_equal(dense(program), expected)


@pytest.mark.parametrize("made", [np.asarray, sparse.csr_array, sparse.coo_array])
def test_a_matrix_is_applied_in_every_other_label(made):
    A = np.array([[1.0, 2.0], [0.0, 4.0]])
    program = Program("p")
    x = program.variables("x", TIME | GOODS)
    program.rows("r", TIME | GOODS, [x.through(made(A), "good")], at_most=0)
    assert np.array_equal(dense(program), np.kron(np.eye(3), A))


def test_a_matrix_may_lead_to_another_dimension_with_weights_and_lag():
    A = np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 6.0]])
    weights = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    program = Program("p")
    x = program.variables("x", TIME | GOODS)
    term = x.through(A, "good", "machine", weights=weights, lag=1)
    program.rows("r", TIME | {"machine": ["u", "v", "w"]}, [-term], at_most=0)
    expected = np.zeros((9, 6))
    for t in (1, 2):
        expected[3 * t : 3 * t + 3, 2 * t - 2 : 2 * t] = -A * weights[t - 1]
    assert np.array_equal(dense(program), expected)


def test_a_matrix_over_time_can_add_up_the_past():
    program = Program("p")
    x = program.variables("x", TIME)
    program.rows("r", TIME, [x.through(np.tril(np.ones((3, 3))), "time")], at_most=0)
    assert np.array_equal(dense(program), np.tril(np.ones((3, 3))))


def test_positions_and_repeated_terms_add_up():
    program = Program("p")
    x = program.variables("x", GOODS)
    program.rows("r", TIME, [x.at([0, 2, 2], [0, 1, 1], [1.0, 2.0, 3.0])], at_most=0)
    program.extend("r", [x.at([0], [0], [10.0])])
    assert np.array_equal(dense(program), [[11, 0], [0, 0], [0, 5]])


def test_only_takes_a_label_or_several():
    program = Program("p")
    x = program.variables("x", TIME | GOODS)
    program.rows("first", GOODS, [x.only(time="1")], equals=0)
    program.rows("some", {"time": ["1", "3"]}, [x.only(time=["1", "3"], good="b")], equals=0)
    expected = np.zeros((4, 6))
    expected[0, 0] = expected[1, 1] = expected[2, 1] = expected[3, 5] = 1
    assert np.array_equal(dense(program), expected)


def test_an_axis_is_a_list_of_labels():
    program = Program("p")
    x = program.variables("x", {"region": Axis("region", ["DEU", "FRA"])})
    assert x.label(1) == "x[FRA]"
    assert program.variables("y").label(0) == "y"


def test_labels_are_checked():
    program = Program("p")
    x = program.variables("x", GOODS)
    with pytest.raises(OptionError, match="'good' of x has other labels than 'good' of r: a, b"):
        program.rows("r", {"good": ["b", "a"]}, [x], at_most=0)
    with pytest.raises(LabelError, match="unknown good: 'aa'"):
        x.only(good="aa")
    with pytest.raises(LabelError, match="dimension of x"):
        x.through(np.eye(2), "goods")
    with pytest.raises(OptionError, match="each once"):
        program.variables("z", {"good": ["a", "a"]})


@pytest.mark.parametrize(
    ("term", "said"),
    [
        (lambda x: x.each([1.0, np.nan]), "not finite"),
        (lambda x: x.each([1.0, 2.0, 3.0, 4.0]), "does not fit"),
        (lambda x: x.through(np.ones((2, 3)), "good"), "needs 2 columns"),
        (lambda x: x.through(np.ones((3, 2)), "good"), "has 3 rows"),
        (lambda x: x.through(np.ones((2, 2)), "good", "machine"), "does not have"),
        (lambda x: x.through(np.full((2, 2), np.inf), "good"), "the matrix of x is not finite"),
        (lambda x: x.through(np.eye(2), "good", weights=[1, 2, 3]), "the weights of x has shape"),
        (lambda x: x.each(1.0, lag=1), "dimension of both"),
        (lambda x: x.at([0], [2], [1.0]), "outside 0 … 1"),
    ],
)
def test_terms_that_do_not_fit_are_refused(term, said):
    program = Program("p")
    x = program.variables("x", GOODS)
    with pytest.raises(OptionError, match=said):
        program.rows("r", GOODS, [term(x)], at_most=0)


def test_a_sum_that_could_mean_two_things_is_refused():
    program = Program("p")
    x = program.variables("x", {"good": ["a", "b"], "other": ["a", "b"]})
    with pytest.raises(OptionError, match="not clear what the matrix sums over"):
        program.rows("r", {"other": ["a", "b"]}, [x.through(np.eye(2), "good", "other")], at_most=0)


def test_rows_make_no_terms():
    program = Program("p")
    x = program.variables("x", GOODS)
    rows = program.rows("r", GOODS, [x], at_most=0)
    with pytest.raises(OptionError, match="r is a block of rows"):
        program.rows("s", GOODS, [rows], at_most=0)
