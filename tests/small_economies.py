"""Tables of a few cells for plans: an economy A of some sectors, and the others it buys from."""

import numpy as np

from autarky import Table


def three(*, scale=1.0, order=(0, 1, 2), zero=False):
    """A with three sectors, B and C: goods, parts, services; everything is a multiple of `scale`.

    Sectors come in the given order. With `zero`, A makes no parts at all.
    """
    Z = np.array(
        [
            [20.0, 10, 10, 4, 2, 2, 6, 0, 0],
            [15, 5, 5, 3, 2, 0, 0, 2, 0],
            [20, 5, 30, 0, 0, 5, 0, 0, 5],
            [4, 3, 2, 40, 10, 10, 5, 5, 5],
            [8, 4, 1, 10, 20, 5, 5, 10, 0],
            [0, 0, 2, 10, 5, 40, 0, 0, 5],
            [3, 3, 1, 5, 5, 0, 20, 10, 10],
            [4, 2, 1, 5, 0, 5, 10, 10, 5],
            [0, 0, 2, 0, 0, 5, 10, 5, 30],
        ]
    )
    Y = np.array(
        [
            [40.0, 15, 10, 5, 6, 0],
            [5, 3, 5, 2, 3, 0],
            [90, 25, 5, 0, 5, 0],
            [6, 4, 60, 20, 5, 5],
            [4, 2, 20, 10, 0, 5],
            [5, 0, 90, 30, 5, 0],
            [4, 3, 5, 5, 40, 20],
            [2, 2, 5, 0, 20, 5],
            [5, 0, 0, 5, 70, 20],
        ]
    )
    if zero:
        Z[1], Z[:, 1], Y[1] = 0.0, 0.0, 0.0
    pick = np.concatenate([3 * r + np.array(order) for r in range(3)])
    names = np.array(["goods", "parts", "services"])[list(order)]
    return Table.from_arrays(
        scale * Z[np.ix_(pick, pick)],
        scale * Y[pick],
        regions=["A", "B", "C"],
        sectors=names.tolist(),
        uses=["consumption", "investment"],
        use_kinds=["household", "investment"],
        year=2000,
    )
