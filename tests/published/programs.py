"""Linear programs of the literature in blocks of variables, solved by HiGHS."""

import numpy as np
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import coo_array

INF = np.inf


class Program:
    """Blocks of variables, rows over them, one objective."""

    def __init__(self):
        self.low, self.high, self.whole = [], [], []
        self.entries, self.left, self.right = [], [], []

    def block(self, *shape, low=0.0, high=INF, whole=False):
        """Numbers of new variables, in an array of this shape."""
        size = int(np.prod(shape))
        first = len(self.low)
        self.low += np.broadcast_to(low, shape).reshape(-1).tolist()
        self.high += np.broadcast_to(high, shape).reshape(-1).tolist()
        self.whole += [int(whole)] * size
        return np.arange(first, first + size).reshape(shape)

    def row(self, *terms, low=-INF, high=INF):
        """Low ≤ Σ coefficient · variable ≤ high; a term is (coefficients, variables)."""
        for coefficient, variable in terms:
            variables = np.atleast_1d(variable).reshape(-1)
            values = np.broadcast_to(coefficient, np.shape(variable)).reshape(-1)
            self.entries += [
                (len(self.left), int(k), float(v))
                for k, v in zip(variables, np.atleast_1d(values), strict=True)
            ]
        self.left.append(low)
        self.right.append(high)

    def equal(self, *terms, to=0.0):
        """Σ = to."""
        self.row(*terms, low=to, high=to)

    def optimum(self, *objective, best=min):
        """The optimal value; `best` is min or max."""
        sign = 1.0 if best is min else -1.0
        c = np.zeros(len(self.low))
        for coefficient, variable in objective:
            np.add.at(c, np.atleast_1d(variable).reshape(-1), np.ravel(
                np.broadcast_to(coefficient, np.shape(variable))
            ))  # fmt: skip
        rows, columns, values = (np.array(part) for part in zip(*self.entries, strict=True))
        matrix = coo_array((values, (rows, columns)), shape=(len(self.left), len(c))).tocsr()
        found = milp(
            sign * c,
            constraints=LinearConstraint(matrix, self.left, self.right),
            bounds=(self.low, self.high),
            integrality=self.whole,
            options={"mip_rel_gap": 0.0},
        )
        assert found.status == 0, found.message
        return sign * found.fun
