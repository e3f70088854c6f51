"""`Program`: declare blocks of variables and rows, solve, change numbers, solve again.

May import `axes`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from autarky.axes import Axis
from autarky.errors import OptionError
from autarky.lp.arrays import Arrays
from autarky.lp.blocks import Block, Cells, Term, finite_or, read_dims

if TYPE_CHECKING:
    from autarky.lp.solution import Solution

Array = NDArray[np.float64]
Method = Literal["auto", "simplex", "ipm", "hipo"]


class Program:
    """A linear program in named blocks: min or max cᵀz with low ≤ Az ≤ high.

    Parameters
    ----------
    name : str
        What it is called in messages.
    sense : {"min", "max"}
    unit : str
        Of the objective; prices of rows are this over the unit of the row.

    Notes
    -----
    Say money and amounts in units in which the largest numbers are about 1e4 and a millionth does
    not matter: solvers work with absolute tolerances. The objective is passed as it is.

    Examples
    --------
    >>> program = Program("diet", unit="euro")
    >>> food = {"food": ["bread", "milk"]}
    >>> buy = program.variables("buy", food, cost=[2.0, 3.0], unit="kg")
    >>> need = program.rows("energy", {}, [buy.each([4.0, 3.0])], at_least=12.0, unit="kcal")
    >>> _ = program.rows("protein", {}, [buy.each([1.0, 3.0])], at_least=6.0, unit="g")
    >>> solution = program.solve()
    >>> float(round(solution.objective, 6)), solution["buy"].round(6).tolist()
    (8.0, [2.0, 1.333333])
    >>> float(solution.dual("energy").round(6)), solution.dual_unit("energy")
    (0.333333, 'euro per kcal')
    """

    def __init__(self, name: str, *, sense: Literal["min", "max"] = "min", unit: str = "1") -> None:
        if sense not in {"min", "max"}:
            raise OptionError(f"sense is {sense!r}; it must be 'min' or 'max'")
        self.name, self.sense, self.unit = name, sense, unit
        self.variable_blocks: dict[str, Block] = {}
        self.row_blocks: dict[str, Block] = {}
        self._columns = _Numbers("lower", "upper", "cost", "integer")
        self._sides = _Numbers("low", "high", "firm")
        self._cells: list[Cells] = []
        self._arrays: Arrays | None = None
        self._solver: Any = None

    def variables(
        self,
        name: str,
        dims: Mapping[str, Iterable[Any]] | None = None,
        *,
        lower: ArrayLike = 0.0,
        upper: ArrayLike = np.inf,
        cost: ArrayLike = 0.0,
        integer: bool = False,
        unit: str = "1",
    ) -> Block:
        """A new block of variables.

        Parameters
        ----------
        name : str
        dims : mapping of str to labels
            One axis for each; an `Axis` is a list of labels too. Without dims, one variable.
        lower, upper, cost : number or array
            Broadcast against the dims; bounds may be infinite.
        integer : bool
            Whether all of them must be whole numbers.
        unit : str

        Raises
        ------
        OptionError
            The name is taken, or numbers do not fit or are NaN.
        """
        block = self._new(name, dims, unit, rows=False)
        shape = block.shape
        self._columns.append(
            lower=finite_or(lower, shape, f"lower of {name}"),
            upper=finite_or(upper, shape, f"upper of {name}"),
            cost=_cost(cost, block),
            integer=np.full(shape, float(integer)),
        )
        self.variable_blocks[name] = block
        return block

    def rows(
        self,
        name: str,
        dims: Mapping[str, Iterable[Any]] | None,
        terms: Sequence[Term | Block],
        *,
        equals: ArrayLike | None = None,
        at_least: ArrayLike | None = None,
        at_most: ArrayLike | None = None,
        unit: str = "1",
        firm: bool = False,
    ) -> Block:
        """A new block of rows: the sum of the terms equals a number or lies in a range.

        Parameters
        ----------
        name, dims, unit
            As for `variables`.
        terms : sequence of Term or Block
            A block alone counts once.
        equals, at_least, at_most : number or array
            `equals`, or one or both of the others.
        firm : bool
            An identity or a law of nature: when a program has no solution, the explanation looks
            for rows to give up among the others.

        Raises
        ------
        OptionError
            The name is taken, no side is given, or a term does not fit.
        """
        block = self._new(name, dims, unit, rows=True)
        low, high = _sides(equals, at_least, at_most, block)
        cells = [_term(term, block).cells(block) for term in terms]
        self._sides.append(low=low, high=high, firm=np.full(block.shape, float(firm)))
        self._cells += cells
        self.row_blocks[name] = block
        return block

    def extend(self, name: str, terms: Sequence[Term | Block]) -> None:
        """Further terms in rows that exist."""
        block = self._rows(name)
        self._cells += [_term(term, block).cells(block) for term in terms]
        self._forget()

    def update_rhs(
        self,
        name: str,
        *,
        equals: ArrayLike | None = None,
        at_least: ArrayLike | None = None,
        at_most: ArrayLike | None = None,
    ) -> None:
        """New sides of a block of rows; the next solve starts from the last basis."""
        block = self._rows(name)
        low, high = _sides(equals, at_least, at_most, block)
        self._sides.write(block.index, low=low, high=high)
        if self._arrays is not None:
            self._sides.write_into(self._arrays, block.index, ("low", "high"))
        if self._solver is not None:
            self._solver.row_bounds(block.index.ravel(), low.ravel(), high.ravel())

    def update_bounds(
        self, name: str, *, lower: ArrayLike | None = None, upper: ArrayLike | None = None
    ) -> None:
        """New bounds of a block of variables; one that is not given stays."""
        block = self._variables(name)
        given = {"lower": lower, "upper": upper}
        new = {
            side: finite_or(value, block.shape, f"{side} of {name}")
            for side, value in given.items()
            if value is not None
        }
        self._columns.write(block.index, **new)
        if self._arrays is not None:
            self._columns.write_into(self._arrays, block.index, tuple(new))
        if self._solver is not None:
            low, high = (self._columns.read(side, block.index) for side in given)
            self._solver.column_bounds(block.index.ravel(), low, high)

    def update_cost(self, name: str, cost: ArrayLike) -> None:
        """New costs of a block of variables."""
        block = self._variables(name)
        value = _cost(cost, block)
        self._columns.write(block.index, cost=value)
        if self._arrays is not None:
            self._columns.write_into(self._arrays, block.index, ("cost",))
        if self._solver is not None:
            self._solver.costs(block.index.ravel(), value.ravel())

    def solve(
        self,
        *,
        method: Method = "auto",
        time_limit: float | None = None,
        gap: float = 1e-6,
        tolerance: float = 1e-7,
        track: Callable[[str, int], None] | None = None,
    ) -> Solution:
        """The optimum, with prices and a proof.

        Parameters
        ----------
        method : {"auto", "simplex", "ipm", "hipo"}
            By default simplex; above a million coefficients the interior point method "hipo"
            where ``highspy-extras`` is installed, else "ipm", and the solution says so. Interior
            points are always crossed over to a vertex, as prices are part of the answer. A program
            that was solved before starts from its last basis, with simplex.
        time_limit : float, optional
            Of the solver [s].
        gap : float
            Accepted relative distance to the bound, with whole-number variables [1].
        tolerance : float
            Largest accepted residual of the proof [1].
        track : callable, optional
            Called with (name of the program, iterations) while the solver runs.

        Raises
        ------
        InfeasibleError
            No point meets all rows; says which rows ask for how much too much.
        UnboundedError
            The objective can improve without end; says along which variables.
        ConvergenceError
            The solver stopped early (time limit), or its answer fails the proof.
        MissingExtraError
            "hipo" was asked for by name and is not installed.
        """
        from autarky.lp.highs import Highs

        if time_limit is not None and not time_limit > 0:
            raise OptionError(f"time_limit is {time_limit}; it must be above 0 seconds")
        if method not in {"auto", "simplex", "ipm", "hipo"}:
            raise OptionError(f"method is {method!r}; it must be auto, simplex, ipm or hipo")
        if self._solver is None:
            self._solver = Highs(self.arrays())
        return self._solver.solve(
            self, method=method, time_limit=time_limit, gap=gap, tolerance=tolerance, track=track
        )

    def arrays(self) -> Arrays:
        """The program as arrays, assembled when first asked for."""
        if self._arrays is None:
            shape = (self._sides.size, self._columns.size)
            parts = [np.concatenate(part) for part in zip(*self._cells, strict=True)]
            row, column, value = parts or [np.empty(0, dtype=np.int32)] * 2 + [np.empty(0)]
            A = sparse.csc_array((value, (row, column)), shape=shape)
            if not A.data.all():
                A.eliminate_zeros()
            self._arrays = Arrays(
                A=A,
                cost=self._columns.joined("cost"),
                lower=self._columns.joined("lower"),
                upper=self._columns.joined("upper"),
                low=self._sides.joined("low"),
                high=self._sides.joined("high"),
                integer=self._columns.joined("integer") > 0,
                sign=1 if self.sense == "min" else -1,
            )
        return self._arrays

    def firm(self) -> NDArray[np.bool_]:
        """Which rows an explanation never gives up."""
        return self._sides.joined("firm") > 0

    def text(self, rows: str | None = None) -> str:
        """The program for reading, in the LP format; of the rows only those of a block, if given.

        Raises
        ------
        LabelError
            There is no such block of rows.
        """
        from autarky.lp.interchange import text

        return text(self, self._rows(rows) if rows is not None else None)

    def to_linopy(self) -> Any:
        """The same program as a `linopy.Model`, for constraints of your own.

        Raises
        ------
        MissingExtraError
            linopy is not installed.
        """
        from autarky.lp.interchange import to_linopy

        return to_linopy(self)

    def column_label(self, position: int) -> str:
        """Block and labels of a variable."""
        return _label(self.variable_blocks, position)

    def row_label(self, position: int) -> str:
        """Block and labels of a row."""
        return _label(self.row_blocks, position)

    def _new(
        self, name: str, dims: Mapping[str, Iterable[Any]] | None, unit: str, *, rows: bool
    ) -> Block:
        known = self.row_blocks if rows else self.variable_blocks
        if name in known or not name:
            raise OptionError(f"the name {name!r} is taken or empty in program {self.name!r}")
        found = read_dims(dims, name)
        shape = tuple(len(labels) for labels in found.values())
        start = self._sides.size if rows else self._columns.size
        count = int(np.prod(shape, dtype=np.int64))
        if start + count > np.iinfo(np.int32).max:
            raise OptionError(f"program {self.name!r} has more than 2³¹ entries")
        index = np.arange(start, start + count, dtype=np.int32).reshape(shape)
        self._forget()
        return Block(name, found, index, unit, rows)

    def _forget(self) -> None:
        self._arrays, self._solver = None, None

    def _rows(self, name: str) -> Block:
        return _find(self.row_blocks, "block of rows", name)

    def _variables(self, name: str) -> Block:
        return _find(self.variable_blocks, "block of variables", name)


class _Numbers:
    """Columns of numbers that grow by blocks and can be written into later."""

    def __init__(self, *names: str) -> None:
        self.parts: dict[str, list[Array]] = {name: [] for name in names}
        self.size = 0

    def append(self, **values: Array) -> None:
        for name, value in values.items():
            self.parts[name].append(value.flatten())
        self.size += next(iter(values.values())).size

    def joined(self, name: str) -> Array:
        # A copy: the arrays belong to the program, later writes go into both.
        return np.array(self._one(name))

    def read(self, name: str, index: NDArray[Any]) -> Array:
        return self._one(name)[index.ravel()]

    def write(self, index: NDArray[Any], **values: Array) -> None:
        for name, value in values.items():
            self._one(name)[index.ravel()] = value.ravel()

    def write_into(self, arrays: Arrays, index: NDArray[Any], names: Sequence[str]) -> None:
        for name in names:
            getattr(arrays, name)[index.ravel()] = self.read(name, index)

    def _one(self, name: str) -> Array:
        parts = self.parts[name]
        if len(parts) != 1 or not parts[0].flags.writeable:
            self.parts[name] = [np.concatenate(parts) if parts else np.empty(0)]
        return self.parts[name][0]


def _find(blocks: Mapping[str, Block], what: str, name: str) -> Block:
    if name not in blocks:
        Axis(what, blocks or ["(none)"]).locate(name)
    return blocks[name]


def _label(blocks: Mapping[str, Block], position: int) -> str:
    for block in blocks.values():
        first = int(block.index.flat[0]) if block.size else -1
        if first <= position < first + block.size:
            return block.label(position - first)
    raise IndexError(position)


def _term(term: Term | Block, rows: Block) -> Term:
    made = term.each() if isinstance(term, Block) else term
    if made.block.rows:
        raise OptionError(f"{made.block.name} is a block of rows; {rows.name} needs variables")
    return made


def _cost(cost: ArrayLike, block: Block) -> Array:
    value = finite_or(cost, block.shape, f"cost of {block.name}")
    if not np.isfinite(value).all():
        raise OptionError(f"cost of {block.name} is not finite")
    return value


def _sides(
    equals: ArrayLike | None, at_least: ArrayLike | None, at_most: ArrayLike | None, block: Block
) -> tuple[Array, Array]:
    both = at_least is not None or at_most is not None
    if (equals is None) != both:
        raise OptionError(f"{block.name} needs either equals, or at_least or at_most or both")
    if equals is not None:
        at_least = at_most = equals
    low = finite_or(-np.inf if at_least is None else at_least, block.shape, f"side of {block.name}")
    high = finite_or(np.inf if at_most is None else at_most, block.shape, f"side of {block.name}")
    return low, high
