"""Who pays for pressure: the target, each member of the coalition, and bystanders.

May import `shocks`, `results`, `table` and below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from autarky.errors import ShockError
from autarky.results import Dimension, Field, Impact
from autarky.shocks.groups import Finder
from autarky.table import Table

SIDES = ("target", "coalition", "bystanders")


def pressure(
    impact: Impact,
    table: Table,
    *,
    target: str | Iterable[str],
    coalition: str | Iterable[str],
    groups_year: int | None = None,
) -> Impact:
    """An impact with what each side pays, and what a unit of pressure costs.

    Parameters
    ----------
    impact : Impact
        Of a model that says `income` and `income_loss` by region.
    table : Table
        The table it was run on.
    target, coalition : str or sequence of str
        Regions or names of groups; everybody else is a bystander.
    groups_year : int, optional
        The year whose membership names of groups stand for; the table's by default.

    Returns
    -------
    Impact
        With `side_loss` [money/yr] and `side_loss_share` [percent of the side's income] by side,
        `member_loss_share` for every member of the coalition, and `cost_of_pressure`: income the
        coalition loses for each unit that the target loses; NaN where the target loses nothing.

    Raises
    ------
    LabelError
        A label is neither a region nor a group.
    ShockError
        A region is on both sides.
    """
    finder = Finder(table, groups_year)
    sides = (_listed(target), _listed(coalition))
    first, second = map(finder.regions, sides)
    finder.raise_any()
    both = np.intersect1d(first, second)
    if both.size:
        named = ", ".join(table.regions[int(n)] for n in both)
        raise ShockError(f"{named} is in the target and in the coalition; a region has one side")
    everyone = np.arange(len(table.regions))
    groups = [first, second, np.setdiff1d(everyone, np.concatenate([first, second]))]
    loss, income = impact["income_loss"], impact["income"]
    lost = np.array([loss[members].sum() for members in groups])
    earned = np.array([income[members].sum() for members in groups])
    share = 100.0 * np.divide(lost, earned, out=np.zeros_like(lost), where=earned > 0)
    side = Dimension({"side": SIDES})
    members = Dimension({"region": tuple(table.regions[int(n)] for n in second)})
    price = lost[1] / lost[0] if lost[0] > 0 else np.nan
    return replace(
        impact,
        fields=(
            *impact.fields,
            Field("side_loss", lost, (side,)),
            Field("side_loss_share", share, (side,)),
            Field("member_loss_share", -impact["real_income"][second], (members,)),
            Field("cost_of_pressure", np.array(price), ()),
        ),
        warnings=(*impact.warnings, *finder.notes),
        parameters=impact.parameters | {"target": list(sides[0]), "coalition": list(sides[1])},
    )


def _listed(side: str | Iterable[str]) -> tuple[str, ...]:
    return (side,) if isinstance(side, str) else tuple(side)
