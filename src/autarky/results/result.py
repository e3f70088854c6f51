"""Result: labelled arrays that become one tidy frame, whatever model they come from.

May import `axes`, `units`, `errors` and its own folder; pandas only inside `tidy`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis, Industries
from autarky.errors import LabelError, OptionError, TableError
from autarky.results.variables import VARIABLES, variable
from autarky.units import Certificate, Provenance, Unit

if TYPE_CHECKING:
    import pandas as pd

#: What stands in a column of a tidy frame where a field has no such dimension: a sum over all.
TOTAL = "total"
#: The last columns of every tidy frame; no dimension may have these names.
_TAIL = ("variable", "value", "unit")


@dataclass(frozen=True)
class Dimension:
    """One axis of a field: the columns it fills in a tidy frame, and the labels.

    Parameters
    ----------
    columns : mapping of column name → labels
        One column for a plain axis ("partner"), two for industries ("region", "sector"); every
        column has as many labels as the field has entries along this axis.

    Examples
    --------
    >>> Dimension({"partner": ("CHN", "USA")}).size
    2
    """

    columns: dict[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        columns = {name: tuple(labels) for name, labels in self.columns.items()}
        if len({len(labels) for labels in columns.values()}) != 1:
            raise TableError("the columns of a dimension need the same length")
        object.__setattr__(self, "columns", columns)

    @classmethod
    def of(cls, axis: Axis | Industries, prefix: str = "") -> Dimension:
        """The dimension of an axis, or of industries as region and sector.

        With a prefix, industries fill "<prefix>" and "<prefix>_sector" instead of "region" and
        "sector" (so ``Dimension.of(industries, "partner")`` fills "partner", "partner_sector"),
        and an axis fills "<prefix>".
        """
        if isinstance(axis, Axis):
            return cls({prefix or axis.name: axis.labels})
        regions, sectors = axis.columns()
        names = (prefix, f"{prefix}_sector") if prefix else ("region", "sector")
        return cls({names[0]: tuple(regions), names[1]: tuple(sectors)})

    @property
    def size(self) -> int:
        """Number of entries along this axis."""
        return len(next(iter(self.columns.values())))


@dataclass(frozen=True, eq=False)
class Field:
    """One variable over some dimensions.

    Parameters
    ----------
    variable : str
        A name in the registry of variables.
    values : array
        One axis per dimension; NaN means undefined (it stays NaN in the tidy frame).
    dimensions : sequence of Dimension
    unit : str, optional
        Instead of the registry's: "percent" where a variable stands for its change.

    Raises
    ------
    LabelError
        The variable is not in the registry.
    TableError
        The shape is not that of the labels, or two dimensions fill the same column.
    """

    variable: str
    values: NDArray[np.float64]
    dimensions: tuple[Dimension, ...]
    unit: str = ""

    def __post_init__(self) -> None:
        variable(self.variable)
        values = np.asarray(self.values, dtype=np.float64)
        shape = tuple(d.size for d in self.dimensions)
        if values.shape != shape:
            raise TableError(f"{self.variable} has shape {values.shape}, its labels make {shape}")
        columns = [name for dimension in self.dimensions for name in dimension.columns]
        for column in columns:
            if column in _TAIL:
                raise TableError(f"{self.variable} may not fill the column {column!r}")
            if columns.count(column) > 1:
                raise TableError(
                    f"two dimensions of {self.variable} fill the column {column!r}; prefix one"
                )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "dimensions", tuple(self.dimensions))

    def labels(self, column: str) -> tuple[str, ...]:
        """The labels of the dimension that fills a tidy column."""
        return next(d.columns[column] for d in self.dimensions if column in d.columns)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Labels per tidy column, repeated to the flat length."""
        out: dict[str, NDArray[Any]] = {}
        shape = self.values.shape
        for axis, dimension in enumerate(self.dimensions):
            for name, labels in dimension.columns.items():
                view = [1] * len(shape)
                view[axis] = shape[axis]
                full = np.broadcast_to(np.array(labels, dtype=object).reshape(view), shape)
                out[name] = full.reshape(-1)
        return out

    def records(self, year: int | None, unit: str) -> pd.DataFrame:
        """A frame with this field's columns, variable, value and unit."""
        import pandas as pd

        frame: dict[str, Any] = {"time": year} if year is not None else {}
        frame |= self.columns()
        size = self.values.size
        frame["variable"] = np.full(size, self.variable, dtype=object)
        frame["value"] = self.values.reshape(-1)
        frame["unit"] = np.full(size, unit, dtype=object)
        return pd.DataFrame(frame)


@dataclass(frozen=True)
class Result:
    """What a model answers: fields, the question, and where they come from.

    Parameters
    ----------
    indicator : str
        Name of the measure: "position".
    question : str
        What it answers, in words.
    fields : tuple of Field
    unit : Unit
        Of amounts of money.
    year : int or None
    provenance : Provenance
        Of the table used.
    certificates : tuple of Certificate
        One per linear system solved.
    warnings : tuple of str
        What a reader must know before quoting a number.
    parameters : dict
        The options the measure ran with.
    """

    indicator: str
    question: str
    fields: tuple[Field, ...]
    unit: Unit = field(default_factory=Unit)
    year: int | None = None
    provenance: Provenance = field(default_factory=Provenance)
    certificates: tuple[Certificate, ...] = ()
    warnings: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """The array of a variable (of its first field)."""
        return self.field_of(name).values

    def field_of(self, name: str, ndim: int | None = None) -> Field:
        """The first field of a variable, or its first over so many dimensions.

        Raises
        ------
        LabelError
            There is none.
        """
        for one in self.fields:
            if one.variable == name and ndim in (None, one.values.ndim):
                return one
        raise LabelError("variable", [name], {name: list(self.variables)})

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables in this result, in order."""
        return tuple(dict.fromkeys(one.variable for one in self.fields))

    def tidy(self, variables: str | Iterable[str] | None = None) -> pd.DataFrame:
        """One row per number: region, sector, …, variable, value, unit (and time where known).

        A dimension that a variable does not have reads "total".

        Parameters
        ----------
        variables : str or sequence of str, optional
            Only these.

        Raises
        ------
        LabelError
            A variable this result does not have.
        """
        import pandas as pd

        wanted = self._wanted(variables)
        parts = [
            one.records(self.year, self.unit_of(one))
            for one in self.fields
            if one.variable in wanted
        ]
        names = list(dict.fromkeys(name for part in parts for name in part.columns))
        head = [n for n in ("time", "scenario", "model", "region", "sector") if n in names]
        head += [n for n in ("region", "sector") if n not in head]
        middle = [n for n in names if n not in (*head, *_TAIL)]
        columns = [*head, *middle, *_TAIL]
        if not parts:
            return pd.DataFrame({name: [] for name in columns}).astype({"value": float})
        for part in parts:
            for name in (*head, *middle):
                if name not in part.columns:
                    part[name] = TOTAL
        return pd.concat([part[columns] for part in parts], ignore_index=True)

    def value(self, name: str, **labels: str) -> float:
        """The one number of a variable at some labels.

        Examples
        --------
        ``result.value("dva", region="DEU")``

        Raises
        ------
        LabelError
            The variable, a column or a label is unknown.
        OptionError
            The labels leave no number, or more than one.
        """
        self._wanted(name)
        wanted = [one for one in self.fields if one.variable == name]
        for column, label in labels.items():
            self._refuse_unknown(wanted, column, label)
        matches: list[float] = []
        for one in wanted:
            columns = one.columns()
            mask = np.ones(one.values.size, dtype=bool)
            for column, label in labels.items():
                found = columns.get(column)
                mask &= (found == label) if found is not None else label == self._total(column)
            matches += one.values.reshape(-1)[mask].tolist()
        if len(matches) != 1:
            at = ", ".join(f"{k}={v!r}" for k, v in labels.items()) or "no labels"
            raise OptionError(f"{name} at {at} is {len(matches)} numbers, not one")
        return matches[0]

    def with_warnings(self, warnings: Sequence[str]) -> Self:
        """The same result with more warnings."""
        return replace(self, warnings=(*self.warnings, *warnings))

    def _wanted(self, variables: str | Iterable[str] | None) -> list[str]:
        if variables is None:
            return list(self.variables)
        wanted = [variables] if isinstance(variables, str) else list(variables)
        unknown = [one for one in wanted if one not in self.variables]
        if unknown:
            raise LabelError(
                "variable",
                unknown,
                {one: _near("variable", self.variables, one) for one in unknown},
            )
        return wanted

    def _total(self, column: str) -> Any:
        """What stands in a column that a field has no dimension for."""
        return self.year if column == "time" and self.year is not None else TOTAL

    def _refuse_unknown(self, fields: Sequence[Field], column: str, label: Any) -> None:
        columns = {name for one in self.fields for d in one.dimensions for name in d.columns}
        columns |= {"region", "sector"} | ({"time"} if self.year is not None else set())
        if column not in columns:
            raise LabelError("column", [column], {column: _near("column", sorted(columns), column)})
        known: list[Any] = []
        for one in fields:
            found = [d.columns[column] for d in one.dimensions if column in d.columns]
            known += found[0] if found else [self._total(column)]
        if label not in known:
            raise LabelError(column, [str(label)], {str(label): _near(column, known, str(label))})

    def unit_of(self, one: Field) -> str:
        """The unit of a field, with the table's money."""
        unit = one.unit or VARIABLES[one.variable].unit
        money = {"money/yr": f"{self.unit}/yr", "money": str(self.unit)}
        return money.get(unit, unit)


def _near(name: str, known: Iterable[Any], label: str) -> list[str]:
    """Labels of a column that may have been meant; all where there are few."""
    labels = list(dict.fromkeys(text for text in map(str, known) if text and text == text.strip()))
    if not labels:
        return []
    near = Axis("region" if name == "partner" else name, labels).suggest(label)
    return near or (labels if len(labels) <= 3 else [])
