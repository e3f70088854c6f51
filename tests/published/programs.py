"""Linear programs of the literature, written term by term and solved by `autarky.lp`."""

import numpy as np

from autarky.lp import Draft, Solver

INF = np.inf


class Program:
    """Blocks of variables, rows over them, one objective."""

    def __init__(self):
        self.draft = Draft()
        self.blocks = 0
        self.sides, self.terms = [], []

    def block(self, *shape, low=0.0, high=INF, whole=False):
        """Numbers of new variables, in an array of this shape."""
        self.blocks += 1
        axes = [[str(k) for k in range(size)] for size in shape]
        return self.draft.columns(
            f"z{self.blocks}", axes, lower=low, upper=high, integer=whole
        )  # fmt: skip

    def row(self, *terms, low=-INF, high=INF):
        """Low ≤ Σ coefficient · variable ≤ high; a term is (coefficients, variables)."""
        self.sides.append((low, high))
        self.terms.append(terms)

    def equal(self, *terms, to=0.0):
        """Σ = to."""
        self.row(*terms, low=to, high=to)

    def optimum(self, *objective, best=min):
        """The optimal value, proven by `autarky.lp`; `best` is min or max."""
        low, high = zip(*self.sides, strict=True)
        rows = self.draft.rows("row", [[str(k) for k in range(len(low))]], low=low, high=high)
        for row, terms in zip(rows, self.terms, strict=True):
            for coefficient, variable in terms:
                self.draft.put(row, np.asarray(variable), coefficient)
        sign = 1.0 if best is max else -1.0
        program = self.draft.finish()
        for coefficient, variable in objective:
            np.add.at(program.cost, variable, sign * np.asarray(coefficient))
        solver = Solver(program, what="the model of the literature")
        solver.highs.setOptionValue("mip_rel_gap", 0.0)
        found = solver.solve()
        assert found.gap == 0.0
        return sign * found.value
