"""Who supplies what is imported along a path, by region and by bloc.

May import `shocks`, `table`, `errors` and below, `calibrate`, and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autarky.errors import OptionError
from autarky.plan.calibrate import Calibration
from autarky.shocks.groups import Finder
from autarky.table import Table

if TYPE_CHECKING:
    from autarky.plan.pathway.answer import Solved

Array = NDArray[np.float64]
#: Names of blocs with the positions of their regions.
Blocs = tuple[tuple[str, NDArray[np.intp]], ...]

#: Suppliers that stand alone by default; all others are one bloc.
ALONE = 8
REST = "others"


def blocs_of(
    table: Table, base: Calibration, given: Mapping[str, str | Sequence[str]] | int
) -> Blocs:
    """Blocs of suppliers, and one more for all that are in none.

    Parameters
    ----------
    table, base
    given : mapping of name → regions or groups, or int
        A number stands for so many of the largest suppliers, each by itself.

    Raises
    ------
    LabelError
        A region or group is unknown.
    OptionError
        A supplier is in two blocs, or the economy is in one.
    """
    home = base.regions.position(base.region)
    if isinstance(given, int):
        if given < 0:
            raise OptionError(f"blocs is {given}; it must be 0 or more suppliers, or a mapping")
        order = np.argsort(-base.suppliers.sum(axis=1), kind="stable")
        found = [(base.regions[int(r)], np.array([r])) for r in order if r != home][:given]
    else:
        finder = Finder(table)
        found = [
            (name, finder.regions([labels] if isinstance(labels, str) else labels))
            for name, labels in given.items()
        ]
        finder.raise_any()
    named = np.concatenate([where for _, where in found]) if found else np.zeros(0, dtype=np.intp)
    counted = np.bincount(named, minlength=len(base.regions))
    if (counted > 1).any() or counted[home]:
        wrong = [base.regions[int(r)] for r in np.flatnonzero(counted > 1)]
        wrong += [base.region] if counted[home] else []
        raise OptionError(
            f"blocs of suppliers may not share a region or hold {base.region} itself: "
            f"{', '.join(dict.fromkeys(wrong))}"
        )
    rest = np.setdiff1d(np.flatnonzero(counted == 0), [home])
    return (*found, (REST, rest)) if rest.size else tuple(found)


def imports_by_region(solved: Solved, t: int) -> Array:
    """(R, S) imports by supplier in a year.

    Notes
    -----
    Suppliers keep their shares, except where a goal names them: what home supply and others take
    over from a partner is taken from it alone, and what others take over is shared among them as
    their imports were.
    """
    base, best = solved.setting.base, solved.best
    wanted = base.suppliers * _ratio(best["u"][t] * base.mu, base.imports)
    for one in solved.setting.targets:
        if one.kind != "partner":
            continue
        name, at = one.key, one.sectors
        less = best[f"instead_{name}"][t] + best[f"divert_{name}"][t].sum(axis=1)
        whole = wanted[np.ix_(one.partners, at)]
        left = np.maximum(1.0 - _ratio(less, whole.sum(axis=0)), 0.0)
        held = whole * left
        others = np.setdiff1d(np.arange(len(base.regions)), one.partners)
        rest = np.maximum(best["m"][t, at] - held.sum(axis=0), 0.0)
        part = wanted[np.ix_(others, at)]
        wanted[np.ix_(others, at)] = part * _ratio(rest, part.sum(axis=0))
        wanted[np.ix_(one.partners, at)] = held
    # What home supply takes over elsewhere leaves all suppliers alike.
    return wanted * _ratio(best["m"][t], wanted.sum(axis=0))


def _ratio(values: Array, by: Array) -> Array:
    return np.divide(values, by, out=np.zeros_like(by, dtype=np.float64), where=by > 0)
