"""CSV that is exact and harmless: numbers to their last bit, text that no spreadsheet runs.

May import nothing from the package; pandas types only.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: What a spreadsheet takes for a formula at the beginning of a cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: Any) -> Any:
    """A text that would be run as a formula, quoted with '; anything else as it is."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def safe_csv(frame: pd.DataFrame) -> bytes:
    r"""A frame as CSV.

    Examples
    --------
    >>> import pandas as pd
    >>> safe_csv(pd.DataFrame({"name": ["=1+1"], "value": [-0.02]})).decode()
    "name,value\n'=1+1,-0.02\n"
    """
    from pandas.api.types import is_numeric_dtype

    safe = frame.copy()
    for name in safe.columns:
        if not is_numeric_dtype(safe[name]):
            safe[name] = [harmless(v) for v in safe[name].astype(object)]
    stream = io.StringIO(newline="")
    returns = any(
        "\r" in str(v) for name in safe.columns for v in safe[name].unique()
        if not is_numeric_dtype(safe[name])
    )  # fmt: skip
    quoting = csv.QUOTE_NONNUMERIC if returns else csv.QUOTE_MINIMAL
    safe.to_csv(stream, index=False, quoting=quoting, lineterminator="\n")
    return stream.getvalue().encode("utf-8")
