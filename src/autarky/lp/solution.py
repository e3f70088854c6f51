"""`Solution`: values, prices and proof of a program, by the names of its blocks.

May import `axes`, `errors`, `units` and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis
from autarky.errors import OptionError
from autarky.lp.blocks import Block
from autarky.units import Certificate

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Binding:
    """A row that holds the objective back.

    Attributes
    ----------
    row : str
        Name of its block.
    labels : dict of str to str
    price : float
        Change of the objective for one more unit of the right-hand side.
    unit : str
        "million USD per PJ".
    side : float
        The right-hand side that binds.
    """

    row: str
    labels: dict[str, str]
    price: float
    unit: str
    side: float

    def __str__(self) -> str:
        at = f"[{', '.join(self.labels.values())}]" if self.labels else ""
        return (
            f"{self.row}{at}: one more unit changes the objective by {self.price:+.4g} {self.unit}"
        )


@dataclass(frozen=True, eq=False)
class Solution:
    """A proven optimum.

    Attributes
    ----------
    objective : float
        In the unit of the program.
    status : str
        "optimal"; with whole-number variables also "time limit".
    certificate : Certificate
    residuals : dict of str to float
        Largest error of rows, bounds, prices and the gap, computed here [1].
    gap : float
        Relative distance between objective and bound [1].
    method : str
        What solved it.
    iterations : int
    seconds : float
        Of the solver.
    notes : tuple of str
        What a reader must know about how it was solved.
    """

    objective: float
    status: str
    certificate: Certificate
    residuals: dict[str, float]
    gap: float
    method: str
    iterations: int
    seconds: float
    notes: tuple[str, ...]
    unit: str
    variable_blocks: Mapping[str, Block]
    row_blocks: Mapping[str, Block]
    flat_values: Array
    flat_activity: Array
    flat_duals: Array | None
    flat_reduced: Array | None
    flat_sides: tuple[Array, Array]

    def __getitem__(self, name: str) -> Array:
        """Values of a block of variables, in the shape of its dimensions."""
        return self.flat_values[self._variables(name).index]

    def activity(self, name: str) -> Array:
        """Sums of the terms of a block of rows."""
        return self.flat_activity[self._rows(name).index]

    def dual(self, name: str) -> Array:
        """Change of the objective for one more unit of each right-hand side of a block of rows.

        For a minimum, positive where asking for more costs more; for a maximum, positive where
        allowing more helps.

        Raises
        ------
        OptionError
            The program has whole-number variables, and so no prices.
        """
        block = self._rows(name)
        return self._priced(self.flat_duals)[block.index]

    def dual_unit(self, name: str) -> str:
        """The unit of a block's prices: "million USD per PJ"."""
        return f"{self.unit} per {self._rows(name).unit}"

    def reduced_cost(self, name: str) -> Array:
        """Change of the objective for one more unit of each variable of a block."""
        block = self._variables(name)
        return self._priced(self.flat_reduced)[block.index]

    def binding(self, most: int = 10, *, least: float = 1e-7) -> tuple[Binding, ...]:
        """The rows that hold the objective back, those with the most at stake first.

        At stake is |price × side|; rows whose side is 0 come last, by price.

        Parameters
        ----------
        most : int
            How many to give.
        least : float
            Prices up to this count as 0.
        """
        duals = self._priced(self.flat_duals)
        low, high = self.flat_sides
        near_low = np.abs(self.flat_activity - low) <= np.abs(self.flat_activity - high)
        side = np.where(near_low, low, high)
        priced = np.flatnonzero(np.abs(duals) > least)
        at_stake = np.abs(duals[priced] * side[priced])
        order = priced[np.lexsort((-np.abs(duals[priced]), -at_stake))][:most]
        found = []
        for position in map(int, order):
            block = next(b for b in self.row_blocks.values() if _holds(b, position))
            at = np.unravel_index(position - int(block.index.flat[0]), block.shape)
            labels = {
                dim: names[int(i)] for (dim, names), i in zip(block.dims.items(), at, strict=True)
            }
            unit = self.dual_unit(block.name)
            price = float(duals[position])
            found.append(Binding(block.name, labels, price, unit, float(side[position])))
        return tuple(found)

    def _priced(self, values: Array | None) -> Array:
        if values is None:
            raise OptionError("a program with whole-number variables has no prices")
        return values

    def _variables(self, name: str) -> Block:
        return _find(self.variable_blocks, "block of variables", name)

    def _rows(self, name: str) -> Block:
        return _find(self.row_blocks, "block of rows", name)


def _find(blocks: Mapping[str, Block], what: str, name: str) -> Block:
    if name not in blocks:
        Axis(what, blocks or ["(none)"]).locate(name)
    return blocks[name]


def _holds(block: Block, position: int) -> bool:
    return block.size > 0 and 0 <= position - int(block.index.flat[0]) < block.size
