"""Collect everything that is wrong with a file or folder before saying so.

May import `errors`.
"""

from __future__ import annotations

from collections.abc import Sequence

from autarky.errors import DataError

#: How many problems a message spells out; all of them are in ``error.problems``.
SHOWN = 5


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
        self.found.append(
            DataError(
                message,
                path=path,
                row=row,
                column=column,
                found=found,
                expected=expected,
                hint=hint,
            )
        )

    def __len__(self) -> int:
        return len(self.found)

    def raise_any(self) -> None:
        """Raise one `DataError` for all that was found; nothing if nothing was."""
        if self.found:
            raise combined(self.found)


def combined(problems: Sequence[DataError]) -> DataError:
    """One error for several: the first in full, then the others, in the order they were found."""
    first = problems[0]
    if len(problems) == 1:
        first.problems = (first,)
        return first
    others = [str(problem) for problem in problems[1:SHOWN]]
    more = len(problems) - SHOWN
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
        hint=f"{hint}{len(problems)} problems in all; the next: {'; '.join(others)}",
    )
    error.problems = tuple(problems)
    return error
