"""The numbers of a run as CSV: exact, and harmless in a spreadsheet.

May import `results`; pandas types only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autarky.results.spreadsheet import harmless

if TYPE_CHECKING:
    import pandas as pd


def safe_csv(frame: pd.DataFrame) -> bytes:
    r"""A frame as CSV, the same bytes on every system.

    Examples
    --------
    >>> import pandas as pd
    >>> safe_csv(pd.DataFrame({"name": ["=1+1"], "value": [-0.02]})).decode()
    "name,value\n'=1+1,-0.02\n"
    """
    safe, quoting = harmless(frame)
    return safe.to_csv(index=False, quoting=quoting, lineterminator="\n").encode("utf-8")
