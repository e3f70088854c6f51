"""What a sweep says: the worst dependences, and those that only look bad.

May import `sweep`, `answers` and `asking` of its own folder, `sources` and below.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autarky import sources
from autarky.ensemble.answers import GROW, Answer
from autarky.ensemble.asking import Questions
from autarky.ensemble.sweep import links, supply_shares
from autarky.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

#: Losses up to this are harmless [percent].
HARMLESS = 0.1
_LINK = ["economy", "partner", "sector"]


def losses(asked: Questions) -> pd.DataFrame:
    """For each link of a sweep what it looks like and what its cut costs the one who is cut.

    Parameters
    ----------
    asked : Questions
        Of a run whose scenarios are cuts of single links, on one table.

    Returns
    -------
    DataFrame
        `scenario`, `economy`, `partner`, `sector`, `supply_share` [1], and for each model and
        variable a column "model:variable": the median over the draws of the economy's own number,
        in percent, with losses positive; NaN where a task has no answer.

    Raises
    ------
    OptionError
        The run is no sweep, has several tables, or has a variable that is not in percent.
    """
    ensemble = asked.run.ensemble
    if len(ensemble.tables) > 1:
        raise OptionError(f"the sweep is over {len(ensemble.tables)} tables; it can be over one")
    found = links(ensemble.scenarios)
    table = sources.open_spec(ensemble.tables[0])
    where = [
        axis.locate(found[name].tolist())
        for axis, name in (
            (table.regions, "partner"), (table.sectors, "sector"), (table.regions, "economy"),
        )
    ]  # fmt: skip
    found["supply_share"] = supply_shares(table)[where[0], where[1], where[2]]
    rows = asked.rows[(asked.rows["sector"] == "total") & (asked.rows["partner"] == "total")]
    other = sorted(set(rows["unit"]) - {"percent"})
    if other:
        raise OptionError(f"losses are compared in percent, and the run has some in {other[0]}")
    own = rows.merge(asked.tasks[["task", "scenario", "model"]], on="task")
    own = own.merge(found[["scenario", "economy"]], on="scenario")
    own = own[own["region"].astype(str) == own["economy"]]
    for (model, variable), part in own.groupby(["model", "variable"], observed=True):
        sign = 1.0 if variable in GROW else -1.0
        middle = sign * part.groupby("scenario")["value"].median()
        # Adding zero makes −0 a plain 0.
        found[f"{model}:{variable}"] = found["scenario"].map(middle) + 0.0
    return found


def dependences(asked: Questions, *, top: int = 10, harmless: float = HARMLESS) -> Answer:
    """The worst dependences by each model, and those that look worst but are harmless.

    Parameters
    ----------
    asked : Questions
    top : int
        Rows of each list.
    harmless : float
        A link is harmless if its cut costs at most this by every model [percent].

    Returns
    -------
    Answer
        With columns `list` ("worst", "looks bad"), `rank`, `region` (who is cut), `partner`,
        `sector`, `model`; variables `supply_share` and what the model gave, losses negative: in
        a list of the worst by its own model, in the last by each.

    Raises
    ------
    OptionError
        As `losses`, or a number is out of range.

    Notes
    -----
    "Looks bad" are the links with the largest share of supply among the harmless ones. A link that
    some model has no answer for is in no list; the warnings count them.
    """
    if top < 1 or not harmless > 0:
        raise OptionError(f"top is {top} and harmless {harmless}; both must be above 0")
    found = losses(asked)
    models = [name for name in found.columns if ":" in name]
    if not models:
        raise OptionError(
            "the sweep has no number of a whole economy: keep the sector “total” (sectors), and an "
            "output by region such as real_income or final_use"
        )
    whole = found[found[models].notna().all(axis=1)]
    parts = []
    for name in models:
        order = whole.sort_values([name, *_LINK], ascending=[False, True, True, True])
        parts.append(("worst", [name], order.head(top)))
    quiet = whole[(whole[models] <= harmless).all(axis=1)]
    order = quiet.sort_values(["supply_share", *_LINK], ascending=[False, True, True, True])
    parts.append(("looks bad", models, order.head(top)))
    warnings = asked.warnings
    if len(whole) < len(found):
        missing = len(found) - len(whole)
        warnings = (*warnings, f"{missing} of {len(found)} links lack an answer: in no list")
    return replace(
        Answer("dependences", "On whom does the world depend?", _tidy(parts)),
        provenance=asked.provenance,
        warnings=warnings,
        parameters={"run": asked.run.id, "top": top, "harmless": harmless, "links": len(found)},
    )


def _tidy(parts: list[tuple[str, list[str], pd.DataFrame]]) -> pd.DataFrame:
    """Lists below each other, one row for each number; losses as changes again."""
    import pandas as pd

    records = []
    for title, shown, frame in parts:
        for rank, (_, row) in enumerate(frame.iterrows(), 1):
            for name in shown:
                model, variable = name.rsplit(":", 1)
                link = {
                    "list": title, "rank": rank, "region": row["economy"],
                    "partner": row["partner"], "sector": row["sector"], "model": model,
                }  # fmt: skip
                sign = 1.0 if variable in GROW else -1.0
                share = {"variable": "supply_share", "value": row["supply_share"], "unit": "share"}
                loss = sign * float(row[name]) + 0.0
                records.append(link | share)
                records.append(link | {"variable": variable, "value": loss, "unit": "percent"})
    columns = [
        *("list", "rank", "region", "partner", "sector", "model"),
        *("variable", "value", "unit"),
    ]
    return pd.DataFrame(records, columns=columns)
