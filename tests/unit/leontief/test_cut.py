"""CutOperator against fresh factorisations of the cut table, and its guards."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autarky.errors import ConvergenceError, OptionError
from autarky.leontief import LeontiefOperator, leontief
from strategies import random_table, tables


def cut_inverse(A, blocks):
    """(I − A')⁻¹ with the blocks of A set to zero."""
    A = A.copy()
    for rows, columns in blocks:
        A[np.ix_(np.asarray(rows, int), np.asarray(columns, int))] = 0.0
    return np.linalg.inv(np.eye(A.shape[0]) - A)


@given(
    table=tables(),
    seed=st.integers(0, 2**16),
    pieces=st.integers(1, 4),
    method=st.sampled_from(["lu", "gauss-seidel"]),
)
def test_cut_equals_a_fresh_solve(table, seed, pieces, method):
    rng = np.random.default_rng(seed)
    n = table.n
    # Disjoint sets of rows make disjoint blocks, whatever their columns.
    owner = rng.integers(0, pieces + 1, n)
    blocks = [
        (np.flatnonzero(owner == p), np.flatnonzero(rng.random(n) < 0.5)) for p in range(pieces)
    ]
    L = leontief(table.Z, table.x, table.industries.starts, method=method)
    cut, expected = L.cut(blocks), cut_inverse(table.A, blocks)
    b = rng.normal(size=(n, 3))
    for answer, right in (
        (cut.solve(b), expected @ b),
        (cut.solve_left(b), expected.T @ b),
        (cut.solve(b[:, 0]), expected @ b[:, 0]),
        (cut.solve_left(b[:, 0]), expected.T @ b[:, 0]),
    ):
        assert answer.values.shape == right.shape
        assert answer.certificate.method == "Woodbury"
        assert answer.certificate.residual <= 1e-10
        scale = max(np.abs(expected).sum(axis=1).max(), np.abs(expected).sum(axis=0).max())
        np.testing.assert_allclose(answer.values, right, rtol=0, atol=1e-9 * scale * 4)


@given(table=tables(max_regions=5), data=st.data())
def test_rows_and_whole_countries(table, data):
    r = data.draw(st.integers(0, len(table.regions) - 1))
    home = np.arange(table.n)[table.industries.block(r)]
    abroad = np.setdiff1d(np.arange(table.n), home)
    k = data.draw(st.sampled_from(list(range(table.n))))
    for blocks in ([([k], home)], [(home, abroad), (abroad, home)]):
        expected = cut_inverse(table.A, blocks)
        y = table.Y.sum(axis=1)
        np.testing.assert_allclose(
            table.L.cut(blocks) @ y, expected @ y, rtol=0, atol=1e-9 * table.x.max()
        )
        np.testing.assert_allclose(
            table.L.cut(blocks).solve_left(table.v).values, expected.T @ table.v, atol=1e-9
        )


def test_nothing_cut_is_the_table_itself():
    table = random_table(1)
    y = table.Y.sum(axis=1)
    for blocks in ([], [([], [1])], [([0], [])]):
        np.testing.assert_array_equal(table.L.cut(blocks) @ y, table.L @ y)


def test_all_cut_leaves_final_use_alone():
    table = random_table(1)
    everything = range(table.n)
    y = table.Y.sum(axis=1)
    np.testing.assert_allclose(table.L.cut([(everything, everything)]) @ y, y, rtol=1e-10)


def test_overlapping_blocks_are_refused():
    L = random_table(1).L
    with pytest.raises(OptionError, match="overlap"):
        L.cut([([0, 1], [2, 3]), ([1, 2], [3, 4])])
    L.cut([([0, 1], [2, 3]), ([1, 2], [4, 5]), ([2, 3], [2, 3])])


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (([0], [99]), "position 99; the table has 0 to 11"),
        (([-1], [0]), "position -1"),
        (([0, 0], [1]), "same position twice"),
        (([0.5], [1]), "whole numbers"),
        (([True, False], [1]), "whole numbers"),
    ],
)
def test_positions_that_do_not_exist_are_refused(block, message):
    with pytest.raises(OptionError, match=message):
        random_table(1).L.cut([block])


def test_lost_digits_are_an_error():
    # Without its second row and column this table is singular: no inverse can be patched up.
    A = np.array([[1.0, 1.0], [-1.0, 0.0]])
    L = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 2])
    for solve in (L.cut([([1], [0])]).solve, L.cut([([1], [0])]).solve_left):
        with pytest.raises(ConvergenceError, match="solve the cut table afresh"):
            solve(np.ones(2))


def test_a_nearly_singular_cut_does_not_pass():
    A = np.array([[1.0 - 1e-13, 1.0], [-1.0, 0.0]])
    cut = LeontiefOperator(A, np.ones(2), np.ones(2), [0, 2]).cut([([1], [0])])
    with pytest.raises(ConvergenceError):
        cut.solve(np.array([1.0, -0.3]))
