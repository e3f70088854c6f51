"""Collect everything that is wrong with a file or folder before saying so.

May import `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence

from autarky.errors import DataError

#: How many problems a message spells out.
SHOWN = 5
#: How many are kept in ``error.problems``; a file of nonsense has millions.
KEPT = 1000
#: Characters of what was found that the list of further problems shows.
LONGEST = 40


class Problems:
    """Problems of one phase of reading, raised together.

    Examples
    --------
    >>> problems = Problems()
    >>> problems.add("a cell is not a number", path="Z.csv", row=3, column=4, found="abc")
    >>> problems.raise_any()
    Traceback (most recent call last):
    ...
    autarky.errors.DataError: file Z.csv, row 3, column 4: a cell is not a number; found 'abc'
    """

    def __init__(self) -> None:
        self.found: list[DataError] = []
        self.count = 0

    def add(
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
        """Note one problem; the fields are those of `DataError`."""
        self.count += 1
        if self.count <= KEPT:
            error = DataError(
                message,
                path=path,
                row=row,
                column=column,
                found=found,
                expected=expected,
                hint=hint,
            )
            self.found.append(error)

    def include(self, error: DataError) -> None:
        """Note what another reader raised, with all it had collected."""
        parts = error.problems or (error,)
        self.count += len(parts)
        self.found += parts[: max(0, KEPT - len(self.found))]

    def __len__(self) -> int:
        return self.count

    def raise_any(self) -> None:
        """Raise one `DataError` for all that was found; nothing if nothing was."""
        if self.found:
            raise combined(self.found, self.count)


def combined(problems: Sequence[DataError], count: int) -> DataError:
    """One error for several: the first in full, then the others, in the order they were found."""
    first = problems[0]
    if count == 1:
        first.problems = (first,)
        return first
    others = [_short(problem, first) for problem in problems[1:SHOWN]]
    more = count - SHOWN
    if more > 0:
        others.append(f"and {more} more")
    hint = f"{first.hint}. " if first.hint else ""
    error = DataError(
        first.message,
        path=first.path,
        row=first.row,
        column=first.column,
        found=first.found,
        expected=first.expected,
        hint=f"{hint}{count} problems in all; the next: {'; '.join(others)}",
    )
    error.problems = tuple(problems)
    return error


def _short(problem: DataError, first: DataError) -> str:
    """Place and message, without what was said before and without the hint."""
    where = [
        f"{name} {value}"
        for name, value in (
            ("file", problem.path if problem.path != first.path else None),
            ("row", problem.row),
            ("column", problem.column),
        )
        if value is not None
    ]
    text = problem.message
    if problem.found is not None:
        found = repr(problem.found) if isinstance(problem.found, str) else str(problem.found)
        text += f" ({found if len(found) <= LONGEST else found[: LONGEST - 1] + '…'})"
    elif problem.message.endswith("is missing"):
        text += f" ({problem.expected})"
    return f"{', '.join(where)}: {text}" if where else text
