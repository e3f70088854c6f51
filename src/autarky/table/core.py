"""Table: the arrays of an inter-country input–output table with their labels, frozen.

Verbs that make a new table live in their own modules here and are reached as methods. May import
`leontief`, `axes`, `units`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.axes import Axis, Industries, Uses
from autarky.errors import TableError
from autarky.leontief import LeontiefOperator, ghosh, leontief, safe_reciprocal
from autarky.units import Provenance, Unit

if TYPE_CHECKING:
    from autarky.axes import Concordance
    from autarky.table.health import Health

FloatArray = NDArray[np.float64]
Groups = Mapping[str, Sequence[str]]

#: What results write where a dimension was summed over (`results.TOTAL`).
RESERVED = "total"


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """An inter-country input–output table in one currency and one year.

    Row i of `Z` and `Y` is what industry i sells, column j of `Z` what industry j buys. The table
    takes ownership of its arrays: they become read-only float64 in C order (a copy is made only
    where dtype or order differ).

    Parameters
    ----------
    Z : (n, n) array
        Intermediate flows [money/yr].
    Y : (n, K) array
        Final use, by region and category [money/yr]; may be negative (inventories).
    x : (n,) array
        Output [money/yr].
    value_added : (n,) array
        Value added with taxes and margins, x − 1ᵀZ where the accounts close [money/yr].
    industries : Industries
        The n rows: region-major.
    uses : Uses
        The K columns of Y: region-major, same regions.
    unit : Unit
        Of every amount.
    year : int or None
        Of the flows.
    provenance : Provenance
        Source, citation and every step since.
    capital, labour : (n,) array, optional
        Capital stock [money] and persons engaged [thousand].
    accounts : mapping of str to (n,) array
        Further accounts beside the table, such as "value_added_basic" [money/yr].

    Raises
    ------
    TableError
        Shapes do not fit the labels, or a cell is not finite (only accounts may have NaN, for
        unknown); everything found is listed.
    """

    Z: FloatArray
    Y: FloatArray
    x: FloatArray
    value_added: FloatArray
    industries: Industries
    uses: Uses
    unit: Unit = field(default_factory=Unit)
    year: int | None = None
    provenance: Provenance = field(default_factory=Provenance)
    capital: FloatArray | None = None
    labour: FloatArray | None = None
    accounts: Mapping[str, FloatArray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n, k = len(self.industries), len(self.uses)
        shapes = {"Z": (n, n), "Y": (n, k), "x": (n,), "value_added": (n,)}
        shapes |= {a: (n,) for a in ("capital", "labour") if getattr(self, a) is not None}
        problems: list[str] = []
        if self.uses.regions != self.industries.regions:
            problems.append("final uses and industries have different regions")
        problems += _reserved(self.industries)
        for name, shape in shapes.items():
            array = self._own(name, getattr(self, name), shape, problems)
            object.__setattr__(self, name, array)
        accounts = {
            name: self._own(name, values, (n,), problems, holes=True)
            for name, values in self.accounts.items()
        }
        object.__setattr__(self, "accounts", MappingProxyType(accounts))
        if problems:
            listed = "; ".join(problems[:8])
            raise TableError(f"not an input–output table: {listed}", problems)
        # Last, so that a refused table leaves the caller's arrays as they were.
        for array in (*(getattr(self, name) for name in shapes), *accounts.values()):
            array.setflags(write=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # Mapping proxies cannot be pickled, and unpickled arrays would be writable.
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return _rebuild, (values | {"accounts": dict(self.accounts)},)

    def _own(
        self,
        name: str,
        values: ArrayLike,
        shape: tuple[int, ...],
        problems: list[str],
        *,
        holes: bool = False,
    ) -> FloatArray:
        try:
            array = _real(values)
        except (TypeError, ValueError) as error:
            problems.append(f"{name} is not numeric ({error})")
            return np.zeros(0)
        if array.shape != shape:
            problems.append(f"{name} has shape {array.shape} where the labels make {shape}")
            return array
        # Value added beside the accounts may be unknown for a region; nothing else may.
        what = "infinite cells" if holes else "cells that are not finite"
        bad = np.argwhere(np.isinf(array) if holes else ~np.isfinite(array))
        if bad.size:
            cells = ", ".join(self._cell(name, index) for index in bad[:3])
            problems.append(f"{name} has {len(bad)} {what}: {cells}")
        return array

    def _cell(self, name: str, index: Sequence[int]) -> str:
        row = self.industries.label(index[0])
        if len(index) == 1:
            return row
        columns = self.uses if name == "Y" else self.industries
        return f"({row}, {columns.label(index[1])})"

    # --- making one ---------------------------------------------------------------------------

    @classmethod
    def from_arrays(
        cls,
        Z: ArrayLike,
        Y: ArrayLike,
        *,
        regions: Iterable[str] | Axis,
        sectors: Iterable[str] | Axis,
        uses: Iterable[str] | Axis | None = None,
        use_kinds: Sequence[str] = (),
        x: ArrayLike | None = None,
        value_added: ArrayLike | None = None,
        unit: Unit | None = None,
        year: int | None = None,
        provenance: Provenance | None = None,
        capital: ArrayLike | None = None,
        labour: ArrayLike | None = None,
        accounts: Mapping[str, ArrayLike] | None = None,
    ) -> Table:
        """Build a table from arrays and labels, every region with every sector.

        Parameters
        ----------
        Z : (n, n) array
            Flows, region-major: all sectors of the first region, then of the second [money/yr].
        Y : (n, R) or (n, R·F) array
            Final use by region, or by region and category [money/yr].
        regions, sectors : sequence of str or Axis
            R and S labels, n = R·S.
        uses : sequence of str or Axis, optional
            F categories of final use; one category "final" by default.
        use_kinds : sequence of str, optional
            The purpose of each category, from `axes.USE_KINDS`; "final" by default.
        x : (n,) array, optional
            Output; row sums of Z and Y by default.
        value_added : (n,) array, optional
            x − 1ᵀZ by default.
        unit, year, provenance, capital, labour, accounts
            As for `Table`.

        Raises
        ------
        TableError
            Shapes do not fit the labels, labels repeat, or a cell is not finite.

        Examples
        --------
        >>> table = Table.from_arrays(
        ...     [[150, 500], [200, 100]], [[350], [1700]], regions=["A"], sectors=["s1", "s2"]
        ... )
        >>> table.x, table.value_added
        (array([1000., 2000.]), array([ 650., 1400.]))
        """
        region_axis = regions if isinstance(regions, Axis) else Axis("region", regions)
        sector_axis = sectors if isinstance(sectors, Axis) else Axis("sector", sectors)
        if uses is None:
            uses = ["final"]
        use_axis = uses if isinstance(uses, Axis) else Axis("use", uses)
        _refuse_other_order(Z, Y, x)
        Z, Y = _numeric("Z", Z, 2), _numeric("Y", Y, 2)
        rows = Z.shape[0] == Y.shape[0]
        with np.errstate(invalid="ignore", over="ignore"):
            x = _numeric("x", x, 1) if x is not None else (
                Z.sum(axis=1) + Y.sum(axis=1) if rows else np.zeros(Z.shape[0])
            )  # fmt: skip
            if value_added is None:
                fits = x.shape == (Z.shape[1],)
                value_added = x - Z.sum(axis=0) if fits else np.zeros(Z.shape[1])
        return cls(
            Z=Z,
            Y=Y,
            x=x,
            value_added=np.asarray(value_added),
            industries=Industries.product(region_axis, sector_axis),
            uses=Uses.product(region_axis, use_axis, kinds=tuple(use_kinds)),
            unit=unit or Unit(),
            year=year,
            provenance=provenance or Provenance(),
            capital=capital,  # ty: ignore[invalid-argument-type]
            labour=labour,  # ty: ignore[invalid-argument-type]
            accounts=accounts or {},  # ty: ignore[invalid-argument-type]
        )

    @classmethod
    def from_pymrio(cls, system: Any, *, year: int | None = None) -> Table:
        """Build a table from a `pymrio.IOSystem` with Z and Y (see `interchange`)."""
        from autarky.table.interchange import from_pymrio

        return from_pymrio(system, year=year)

    def to_pymrio(self) -> Any:
        """The same table as a `pymrio.IOSystem` (pymrio must be installed)."""
        from autarky.table.interchange import to_pymrio

        return to_pymrio(self)

    # --- its shape ----------------------------------------------------------------------------

    @property
    def regions(self) -> Axis:
        """The R regions."""
        return self.industries.regions

    @property
    def sectors(self) -> Axis:
        """The S sectors."""
        return self.industries.sectors

    @property
    def n(self) -> int:
        """Number of industries."""
        return len(self.industries)

    def __repr__(self) -> str:
        year = f", {self.year}" if self.year is not None else ""
        return (
            f"<Table {self.provenance.source}{year}: {len(self.regions)} regions × "
            f"{len(self.sectors)} sectors, {len(self.uses.categories)} final uses, {self.unit}>"
        )

    # --- what follows from the data -----------------------------------------------------------

    @cached_property
    def A(self) -> FloatArray:
        """(n, n) input coefficients Z x̂⁻¹; a column without output is zero."""
        A = self.Z * safe_reciprocal(self.x)
        A.setflags(write=False)
        return A

    @cached_property
    def v(self) -> FloatArray:
        """(n,) value added with taxes and margins per unit of output, 1 − 1ᵀA; 0 without output."""
        v = np.where(self.x > 0, 1.0 - self.Z.sum(axis=0) * safe_reciprocal(self.x), 0.0)
        v.setflags(write=False)
        return v

    @cached_property
    def L(self) -> LeontiefOperator:
        """The Leontief inverse (I − A)⁻¹ as an operator: ``table.L @ y``."""
        return leontief(self.Z, self.x, self.industries.starts.tolist())

    @cached_property
    def G(self) -> LeontiefOperator:
        """The Ghosh inverse (I − B)⁻¹, B = x̂⁻¹Z, as an operator."""
        return ghosh(self.Z, self.x, self.industries.starts.tolist())

    @cached_property
    def Y_by_region(self) -> FloatArray:
        """(n, R) final use by using region, all categories together [money/yr]."""
        Y = self.uses.sum_by_region(self.Y, axis=1)
        Y.setflags(write=False)
        return Y

    # --- verbs --------------------------------------------------------------------------------

    def check(self, *, tolerance: float = 1e-6) -> Health:
        """The data-health report: balance, negatives, zero outputs, missing suppliers and more."""
        from autarky.table.health import check

        return check(self, tolerance=tolerance)

    def aggregate(
        self,
        *,
        regions: Groups | Concordance | None = None,
        sectors: Groups | Concordance | None = None,
        uses: Groups | Concordance | None = None,
        keep_rest: bool = False,
    ) -> Table:
        """A coarser table: groups of regions, sectors and uses added up (see `aggregate`)."""
        from autarky.table.aggregate import aggregate

        return aggregate(self, regions=regions, sectors=sectors, uses=uses, keep_rest=keep_rest)

    def select(
        self,
        *,
        regions: Iterable[str] | None = None,
        sectors: Iterable[str] | None = None,
        rest: str = "rest",
    ) -> Table:
        """Some regions or sectors as they are, all others folded into one called `rest`."""
        from autarky.table.aggregate import select

        return select(self, regions=regions, sectors=sectors, rest=rest)

    def restore_rounding(self, *, step: float = 1.0, power: float = 0.25) -> Table:
        """Put back what rounding to whole units dropped (see `rounding`)."""
        from autarky.table.rounding import restore_rounding

        return restore_rounding(self, step=step, power=power)

    def balance(
        self,
        *,
        column_targets: ArrayLike | None = None,
        tolerance: float = 1e-9,
        max_iterations: int = 1000,
    ) -> Table:
        """Scale flows by sign-safe GRAS until rows add up to output (see `balance`)."""
        from autarky.table.balance import balance

        return balance(
            self,
            column_targets=column_targets,
            tolerance=tolerance,
            max_iterations=max_iterations,
        )


def _rebuild(values: dict[str, Any]) -> Table:
    return Table(**values)


def _reserved(industries: Industries) -> list[str]:
    """Labels that could not be told from a sum; a lone sector of that name is its own."""
    axes = [industries.regions, *([industries.sectors] if len(industries.sectors) > 1 else [])]
    return [
        f"a {axis.name} is called {RESERVED!r}, which stands for sums in every result: give it "
        "another label"
        for axis in axes
        if RESERVED in axis
    ]


def _real(values: ArrayLike) -> FloatArray:
    """float64 in C order; what numpy would drop with no more than a warning is a `TypeError`."""
    if np.ma.is_masked(values):
        raise TypeError("some cells are masked: fill them first, with zero only if you mean zero")
    if np.iscomplexobj(values):
        raise TypeError("the numbers are complex")
    return np.asarray(values, dtype=np.float64, order="C")


def _numeric(name: str, values: ArrayLike, ndim: int) -> FloatArray:
    try:
        array = _real(values)
    except (TypeError, ValueError) as error:
        raise TableError(f"{name} is not numeric: {error}") from error
    if array.ndim != ndim:
        raise TableError(f"{name} has {array.ndim} dimensions where {ndim} are needed")
    return array


def _refuse_other_order(Z: Any, Y: Any, x: Any) -> None:
    """Refuse labelled data whose labels disagree: positions would then mean different industries.

    Labels themselves are not read (`from_pymrio` does that); any object with an index counts.
    """
    rows = getattr(Z, "index", None)
    if rows is None or callable(rows):
        return
    others = {"the columns of Z": getattr(Z, "columns", None)}
    others |= {f"the rows of {name}": getattr(v, "index", None) for name, v in (("Y", Y), ("x", x))}
    wrong = [
        name
        for name, labels in others.items()
        if labels is not None and not callable(labels) and list(labels) != list(rows)
    ]
    if wrong:
        raise TableError(
            f"{' and '.join(wrong)} carry other labels, or another order, than the rows of Z: "
            "bring them into one order first",
            wrong,
        )
