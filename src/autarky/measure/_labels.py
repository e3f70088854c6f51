"""Labels and standing warnings shared by the measures of chains and positions.

May import `table`, `results` and below.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Industries
from autarky.errors import OptionError
from autarky.results import Dimension
from autarky.table import Table


def choose(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Refuse a value that is not one of those allowed.

    Raises
    ------
    OptionError
        The message lists what is allowed.
    """
    if value not in allowed:
        raise OptionError(f"{option}={value!r} is not one of {', '.join(map(repr, allowed))}")


def as_list(labels: str | Iterable[str] | None) -> list[str] | None:
    """One label or several as a list, for the parameters of a result; None stays None."""
    if labels is None:
        return None
    return [labels] if isinstance(labels, str) else list(labels)


def rows_of(industries: Industries, positions: NDArray[np.intp], prefix: str = "") -> Dimension:
    """The dimension of some industries, in the order of their positions."""
    names = (prefix, f"{prefix}_sector") if prefix else ("region", "sector")
    return Dimension(
        {
            names[0]: tuple(industries.regions[r] for r in industries.region_of[positions]),
            names[1]: tuple(industries.sectors[s] for s in industries.sector_of[positions]),
        }
    )


def idle(table: Table, says: str) -> tuple[str, ...]:
    """A warning that counts the industries without output, if there are any.

    Parameters
    ----------
    table : Table
    says : str
        What stands in the result for them.
    """
    dead = np.flatnonzero(table.x <= 0)
    if not dead.size:
        return ()
    named = ", ".join(table.industries.label(i) for i in dead[:3])
    more = ", …" if dead.size > 3 else ""
    return (f"no output in {dead.size} industries ({named}{more}): {says}",)
