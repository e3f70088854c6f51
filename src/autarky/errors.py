"""Everything that can go wrong, each with what happened and what usually mends it.

::

    AutarkyError
    ├── LabelError (KeyError)              unknown regions, sectors or uses; suggests the nearest
    ├── OptionError (ValueError)           an option has a value that cannot be used
    ├── TableError (ValueError)            the arrays do not make an input–output table
    │   ├── BalanceError                   the accounts do not close, or cannot be made to
    │   └── NotProductiveError             (I − A) has no non-negative inverse
    ├── ShockError (ValueError)            a scenario is empty, contradictory or out of range
    │   └── UnsupportedShockError (NotImplementedError)   this model cannot express it
    ├── ConvergenceError (ArithmeticError) an iteration stopped short of its tolerance
    │   └── NoEquilibriumError             no prices and wages clear the markets; what would help
    ├── InfeasibleError (ArithmeticError)  nothing meets all conditions at once; which ones clash
    ├── UnboundedError (ArithmeticError)   a value improves without end; along what
    ├── DataError (ValueError)             a file is not what it should be, and where
    │   ├── StoreError (OSError)           the data store is damaged, full or not writable
    │   └── ArchiveError                   an archive that would not be safe to unpack
    ├── MissingTableError (LookupError)    no such table or year; says how to get one
    ├── DownloadError (OSError)            the network or the server failed
    │   └── ChecksumError                  what arrived is not what was published
    └── MissingExtraError (ImportError)    an optional dependency is missing; how to install it

Each class carries `exit_code`, what the command line returns: 1 no solution, 2 usage, 3 bad input
data, 4 not converged, 5 network or checksum. May import nothing from the package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class AutarkyError(Exception):
    """Root of the tree: catch this to catch everything the library raises on purpose."""

    exit_code: ClassVar[int] = 3

    def __str__(self) -> str:
        # KeyError would print repr(message) with escaped newlines; people read these.
        return str(self.args[0]) if self.args else type(self).__name__

    def __reduce__(self) -> tuple[Any, ...]:
        # The default calls __init__ with the message alone, which several classes do not take;
        # errors must come back whole from worker processes.
        return _rebuild, (type(self), self.args, self.__dict__)


class LabelError(AutarkyError, KeyError):
    """An unknown label; all unknown ones are listed at once, each with the nearest known ones.

    Where nothing is near, the message lists what there is, as far as it was given as `known`.

    Mitigation: take a suggestion, or one of the labels there are.
    """

    exit_code = 2

    def __init__(
        self,
        axis: str,
        unknown: Sequence[str],
        suggestions: Mapping[str, Sequence[str]],
        *,
        known: Sequence[str] = (),
    ) -> None:
        self.axis = axis
        self.unknown = tuple(unknown)
        self.suggestions = {key: tuple(value) for key, value in suggestions.items()}
        parts = []
        for label in self.unknown:
            near = self.suggestions.get(label, ())
            hint = f" (did you mean {' or '.join(near)}?)" if near else ""
            parts.append(f"{label!r}{hint}")
        noun = axis if len(self.unknown) == 1 else f"{axis}s"
        lost = any(not self.suggestions.get(label) for label in self.unknown)
        there = f"; there are {_some(known)}" if lost and known else ""
        super().__init__(f"unknown {noun}: {', '.join(parts)}{there}")


def _some(labels: Sequence[str], most: int = 50) -> str:
    """All labels, or the first of them where they would fill the screen."""
    shown = ", ".join(x if x.isprintable() else repr(x) for x in labels[:most])
    return shown if len(labels) <= most else f"{shown}, … ({len(labels)} in all)"


class OptionError(AutarkyError, ValueError):
    """An option or parameter has a value that cannot be used; the message gives the range."""

    exit_code = 2


class TableError(AutarkyError, ValueError):
    """The arrays do not make an input–output table; `problems` lists everything found."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class BalanceError(TableError):
    """The accounts do not close, or no balancing within the rules exists.

    Mitigation: look at ``table.check()``; give other targets, or relax ``tolerance`` by name.
    """


class NotProductiveError(TableError):
    """(I − A) has no non-negative inverse: some industries use more than they make.

    Mitigation: ``table.check()`` lists the columns that sum to more than one.
    """

    def __init__(self, message: str, spectral_radius: float | None = None) -> None:
        self.spectral_radius = spectral_radius
        super().__init__(message)


class ShockError(AutarkyError, ValueError):
    """A scenario that says nothing, contradicts itself or is out of range.

    `problems` lists everything found, where several things were.
    """

    exit_code = 2

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        super().__init__(message)


class UnsupportedShockError(ShockError, NotImplementedError):
    """This model cannot express this shock; the message names a model that can."""


class ConvergenceError(AutarkyError, ArithmeticError):
    """An iteration stopped short of its tolerance; no answer is given rather than a poor one."""

    exit_code = 4

    def __init__(self, message: str, *, iterations: int, residual: float) -> None:
        self.iterations = iterations
        self.residual = residual
        # What was known to fail before the first step, or left all numbers, has no residual.
        tells = iterations and residual < float("inf")
        tried = f" (residual {residual:.2e} after {iterations} iterations)" if tells else ""
        super().__init__(f"{message}{tried}")


class NoEquilibriumError(ConvergenceError):
    """No prices and wages clear the markets; the message says for whom and what would help.

    Mitigation: deficits that follow incomes or end, a floor under own supply, a smaller shock.
    """

    def __init__(
        self,
        message: str,
        *,
        regions: Sequence[str] = (),
        iterations: int = 0,
        residual: float = float("inf"),
    ) -> None:
        self.regions = tuple(regions)
        super().__init__(message, iterations=iterations, residual=residual)


class InfeasibleError(AutarkyError, ArithmeticError):
    """Nothing meets all conditions of a program at once; the message lists those that clash.

    Mitigation: relax one of the conditions listed, by the amount given.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        clashes: Sequence[tuple[str, float]] = (),
        against: Sequence[str] = (),
    ) -> None:
        #: (name of a condition, by how much it would have to give way), largest first.
        self.clashes = tuple(clashes)
        #: What holds them back, tightest first.
        self.against = tuple(against)
        super().__init__(message)


class UnboundedError(AutarkyError, ArithmeticError):
    """The value of a program improves without end; the message says along what.

    Mitigation: give one of the names in `along` a bound.
    """

    exit_code = 1

    def __init__(self, message: str, along: Sequence[str] = ()) -> None:
        self.along = tuple(along)
        super().__init__(message)


class DataError(AutarkyError, ValueError):
    """A file is not what it should be.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    path, row, column, found, expected, hint
        Where it is, what stands there, what should, and what to do; each optional.
    """

    def __init__(
        self,
        message: str,
        *,
        path: object = None,
        row: object = None,
        column: object = None,
        found: object = None,
        expected: object = None,
        hint: str | None = None,
    ) -> None:
        self.message = message
        self.path, self.row, self.column = path, row, column
        self.found, self.expected, self.hint = found, expected, hint
        #: Every problem of the phase, where a reader collected several; this is the first.
        self.problems: tuple[DataError, ...] = ()
        where = ", ".join(
            f"{name} {value}"
            for name, value in (("file", path), ("row", row), ("column", column))
            if value is not None
        )
        text = f"{where}: {message}" if where else message
        if found is not None:
            text += f"; found {_shorten(found)}"
        if expected is not None:
            text += f"; expected {expected}"
        if hint:
            text += f". {hint}"
        super().__init__(text)


class StoreError(DataError, OSError):
    """The data store is damaged, full or not writable; nothing was left half written."""


class ArchiveError(DataError):
    """An archive that would not be safe to unpack, refused before anything was written."""


class MissingTableError(AutarkyError, LookupError):
    """No such table, or not that year; the message says which exist and how to get them."""

    exit_code = 3


class DownloadError(AutarkyError, OSError):
    """The network or the server failed; nothing was stored."""

    exit_code = 5


class ChecksumError(DownloadError):
    """What arrived is not what was published; it was deleted."""


class MissingExtraError(AutarkyError, ImportError):
    """An optional dependency is not installed; the message says how to install it."""

    exit_code = 2


def _rebuild(
    cls: type[AutarkyError], args: tuple[Any, ...], state: Mapping[str, Any]
) -> AutarkyError:
    # Two builtin bases leave `cls.__new__` with the wrong one: only OSError's own is accepted.
    error = OSError.__new__(cls) if issubclass(cls, OSError) else cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


def _shorten(value: Any, limit: int = 60) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
