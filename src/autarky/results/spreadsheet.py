"""Frames that a spreadsheet can open: no text in them is run as a formula, numbers stay exact.

May import nothing from the package; pandas inside functions.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: What a spreadsheet takes for a formula at the beginning of a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The frame with texts that would be run quoted with ', and how `to_csv` is to quote.

    Examples
    --------
    >>> import pandas as pd
    >>> safe, quoting = harmless(pd.DataFrame({"name": ["=1+1"], "value": [-0.02]}))
    >>> print(safe.to_csv(index=False, quoting=quoting), end="")
    name,value
    '=1+1,-0.02
    """
    from pandas.api.types import is_numeric_dtype

    safe = frame.copy()
    quoting = csv.QUOTE_MINIMAL
    for name in safe.columns:
        if not is_numeric_dtype(safe[name]):
            safe[name] = [_quoted(v) for v in safe[name]]
            # A lone carriage return ends a line for most readers, and csv leaves it bare.
            if any("\r" in str(v) for v in safe[name].unique()):
                quoting = csv.QUOTE_NONNUMERIC
    return safe, quoting


def _quoted(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
