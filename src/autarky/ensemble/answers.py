"""What an ensemble says: bands, chances, which assumption moves the answer, what costs most.

Works on two frames: rows (task, variable, region, sector, partner, value, unit) and tasks (task,
table, scenario, model, draw, one column for each drawn parameter). A task without an answer has no
row; it is counted in a warning and never replaced by a number. May import `results`, `units`,
`errors` and `sobol` of its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from autarky.axes import Axis
from autarky.ensemble import sobol
from autarky.errors import LabelError, OptionError
from autarky.results import VARIABLES
from autarky.units import Certificate, Provenance

if TYPE_CHECKING:
    import pandas as pd

#: What tells one number of a run from another, the draw apart.
CASE = ("table", "scenario", "model", "region", "sector", "partner")
#: Columns of the tasks that are no parameter.
_TASK = ("task", "table", "scenario", "model", "draw")
#: Variables that grow with the damage; all others fall with it.
GROW = frozenset(
    {
        "income_loss", "inoperability", "least_shortage", "least_shortage_share", "shortage",
        "peak_output_loss", "peak_final_use_loss", "value_added_shortfall", "jobs_idle",
        "price_index", "binding_days",
    }
)  # fmt: skip
#: A band of a share of the variance that is wider than this says little.
WIDE = 0.5
#: Draws of a choice below which its mean answer says nothing.
_FEW = 3
#: Quantiles that a band shows where nothing is said.
BAND = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Answer:
    """One frame with its question and where it comes from; prints and writes as any result.

    Parameters
    ----------
    indicator, question : str
    frame : DataFrame
        Tidy: labels, variable, value, unit.
    provenance : Provenance
        Of the (first) table.
    warnings : tuple of str
    parameters : dict
        The options, and the run it was asked of.
    """

    indicator: str
    question: str
    frame: pd.DataFrame
    provenance: Provenance = field(default_factory=Provenance)
    warnings: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)
    certificates: tuple[Certificate, ...] = ()

    def tidy(self) -> pd.DataFrame:
        """A copy of the frame."""
        return self.frame.copy()


def named(variable: str) -> str:
    """A variable inside a sentence: "real income"."""
    title = VARIABLES[variable].title if variable in VARIABLES else variable
    return title if title[:2].isupper() else f"{title[:1].lower()}{title[1:]}"


def quantiles(
    rows: pd.DataFrame,
    tasks: pd.DataFrame,
    *,
    variable: str | None = None,
    at: Sequence[float] = BAND,
    **labels: str | Sequence[str],
) -> Answer:
    """Quantiles over the draws, for every number of every scenario and model.

    Parameters
    ----------
    rows, tasks : DataFrame
    variable : str, optional
        All by default.
    at : sequence of float
        In [0, 1], ascending.
    **labels
        Only these tables, scenarios, models, regions, sectors or partners.

    Returns
    -------
    Answer
        With a column `quantile`.

    Raises
    ------
    OptionError
        A quantile is outside [0, 1], or they do not rise.
    LabelError
        A variable or label is not in the run.
    """
    levels = [float(q) for q in at]
    rising = all(a < b for a, b in pairwise(levels))
    if not levels or not rising or not all(0 <= q <= 1 for q in levels):
        raise OptionError(f"the quantiles are {list(at)}; they must rise within [0, 1]")
    found, warnings = _cases(rows, tasks, variable, labels)
    keys = [*CASE, "variable", "unit"]
    grouped = found.groupby(keys, sort=False, observed=True)["value"]
    wide = grouped.quantile(np.array(levels))
    frame = wide.rename_axis([*keys, "quantile"]).reset_index()
    frame["quantile"] = frame["quantile"].map("{:g}".format)
    frame = frame[[*CASE, "quantile", "variable", "value", "unit"]]
    return Answer(
        "quantiles", "In what band does the answer lie?", frame, warnings=warnings,
        parameters={"variable": variable, "at": levels, **labels},
    )  # fmt: skip


def exceedance(
    rows: pd.DataFrame,
    tasks: pd.DataFrame,
    *,
    variable: str,
    threshold: float,
    side: Literal["loss", "above", "below"] = "loss",
    **labels: str | Sequence[str],
) -> Answer:
    """Share of the draws in which a number lies beyond a threshold.

    Parameters
    ----------
    rows, tasks : DataFrame
    variable : str
    threshold : float
        In the unit of the variable; a loss of 2 % of real income is −2.
    side : {"loss", "above", "below"}
        "loss": above for what grows with the damage (a shortage), below for what falls with it.
    **labels
        As in `quantiles`.

    Raises
    ------
    OptionError
        The threshold is no number.
    LabelError
        A variable or label is not in the run.
    """
    if not np.isfinite(threshold):
        raise OptionError(f"the threshold is {threshold}; it must be a number")
    if side not in ("loss", "above", "below"):
        raise OptionError(f"side is {side!r}; it can be one of loss, above, below")
    found, warnings = _cases(rows, tasks, variable, labels)
    above = side == "above" or (side == "loss" and variable in GROW)
    found["value"] = (found["value"] > threshold if above else found["value"] < threshold).astype(
        float
    )
    frame = found.groupby(list(CASE), sort=False, observed=True)["value"].mean().reset_index()
    frame["variable"], frame["unit"] = "exceedance", "share"
    frame = frame[[*CASE, "variable", "value", "unit"]]
    word = "above" if above else "below"
    question = f"How often is {named(variable)} {word} {threshold:g}?"
    return Answer(
        "exceedance", question, frame, warnings=warnings,
        parameters={"variable": variable, "threshold": threshold, "side": word, **labels},
    )  # fmt: skip


def tornado(
    rows: pd.DataFrame,
    tasks: pd.DataFrame,
    *,
    variable: str,
    sampling: str,
    seed: int = 0,
    **labels: str | Sequence[str],
) -> Answer:
    """Which drawn parameter moves an answer, and which way.

    Parameters
    ----------
    rows, tasks : DataFrame
    variable : str
    sampling : str
        The design of the draws. Of "saltelli" it gives `first_order` and `total_order`, with the
        ends of 95 % bands in a column `bound`; of all designs `rank_correlation`, `swing_low` and
        `swing_high`: the mean answer over the lowest and the highest third of the parameter. A
        choice without an order has no correlation, and its swings are the lowest and the highest
        mean answer of a choice, which `bound` names; only choices drawn three times count.
    seed : int
        Of the resampling behind the bands.
    **labels
        As in `quantiles`; name a region, or the answer has one tornado for each.

    Raises
    ------
    OptionError
        No parameter was drawn, or too few tasks have an answer.
    LabelError
        A variable or label is not in the run.
    """
    found, warnings = _cases(rows, tasks, variable, labels)
    records: list[dict[str, Any]] = []
    skipped, few = 0, list[str]()
    for case, group in found.groupby([*CASE, "unit"], sort=False, observed=True):
        where, unit = tuple(case)[:-1], str(tuple(case)[-1])  # ty: ignore[invalid-argument-type]
        names = _parameters(tasks, str(where[2]))
        if not names:
            continue
        about = dict(zip(CASE, where, strict=True))
        try:
            one, lost = _one_tornado(group, tasks, about, names, sampling=sampling, seed=seed)
        except OptionError as error:
            few.append(f"{about['scenario']}, {about['region']}: {error}")
            continue
        skipped = max(skipped, lost)
        records += [{**about, **entry, "unit": entry["unit"] or unit} for entry in one]
    if not records:
        raise OptionError(few[0] if few else _nothing(tasks, variable, found))
    if skipped:
        warnings = (
            *warnings,
            f"up to {skipped} points of the sample lack an answer and were left out whole: if "
            "those are the hard cases, the indices are of the easy ones",
        )
    if few:
        warnings = (*warnings, f"{len(few)} numbers have no tornado; the first, {few[0]}")
    wide = _wide_bands(records)
    if wide:
        warnings = (
            *warnings,
            f"{wide} shares of the variance have bands wider than {WIDE:g}: the draws are too few "
            "to say them",
        )
    frame = _frame(records, [*CASE, "parameter", "bound", "variable", "value", "unit"])
    moved = list(dict.fromkeys(frame["parameter"]))
    verb = "do" if moved == ["elasticities"] else "does"
    what = "Which assumption moves" if len(moved) > 1 else f"How {verb} {moved[0]} move"
    return Answer(
        "tornado", f"{what} {named(variable)}?", frame, warnings=warnings,
        parameters={"variable": variable, "sampling": sampling, **labels},
    )  # fmt: skip


def _wide_bands(records: Sequence[Mapping[str, Any]]) -> int:
    """How many total indices have a band that says little."""
    ends: dict[tuple[Any, ...], list[float]] = {}
    for one in records:
        if one["variable"] == "total_order" and one["bound"] != "estimate":
            key = tuple(one[name] for name in (*CASE, "parameter"))
            ends.setdefault(key, []).append(one["value"])
    return sum(max(pair) - min(pair) > WIDE for pair in ends.values())


def _nothing(tasks: pd.DataFrame, variable: str, found: pd.DataFrame) -> str:
    """Why a tornado has nothing to say."""
    models = list(dict.fromkeys(found["model"].astype(str)))
    names = [name for model in models for name in _parameters(tasks, model)]
    if not names:
        return f"no parameter of the models that give {variable} was drawn"
    return (
        f"{', '.join(dict.fromkeys(names))} has no order, and no two of its values were drawn "
        f'{_FEW} times: take more draws, or sampling = "saltelli" for shares of the variance'
    )


def _one_tornado(
    group: pd.DataFrame,
    tasks: pd.DataFrame,
    about: Mapping[str, Any],
    names: Sequence[str],
    *,
    sampling: str,
    seed: int,
) -> tuple[list[dict[str, Any]], int]:
    """Entries of one number's tornado, and how many points of the sample were incomplete."""
    model = tasks["model"] == about["model"]
    count = int(tasks.loc[model, "draw"].max()) + 1
    answers = np.full(count, np.nan)
    answers[group["draw"].to_numpy()] = group["value"].to_numpy()
    unique = tasks[model].drop_duplicates("draw").set_index("draw").loc[range(count)]
    base = np.flatnonzero(np.isfinite(answers))
    records: list[dict[str, Any]] = []
    lost = 0
    if sampling == "saltelli":
        n = count // (len(names) + 2)
        base = base[base < 2 * n]  # A and B are the independent draws
        found = sobol.indices(answers, len(names), seed=seed)
        lost = n - found.used
        for k, name in enumerate(names):
            records += _bounds(name, "first_order", found.first[k], found.first_band[:, k])
            records += _bounds(name, "total_order", found.total[k], found.total_band[:, k])
    if len(base) < _FEW:
        raise OptionError(f"{len(base)} draws have an answer; a tornado needs at least {_FEW}")
    for name in names:
        values = _numbers(unique[name])
        if values is None:
            records += _by_choice(name, unique[name].to_numpy()[base], answers[base])
            continue
        low, high = sobol.swing(values[base], answers[base])
        rho = sobol.rank_correlation(values[base], answers[base])
        for variable, value, unit in (
            ("rank_correlation", rho, "1"), ("swing_low", low, ""), ("swing_high", high, ""),
        ):  # fmt: skip
            records.append(_entry(name, "estimate", variable, value, unit))
    return records, lost


def _by_choice(
    name: str, chosen: NDArray[Any], answers: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """The lowest and the highest mean answer of a choice; none where few were drawn often."""
    means = {}
    for one in dict.fromkeys(chosen.tolist()):
        own = answers[chosen == one]
        if len(own) >= _FEW:
            means[str(one)] = float(own.mean())
    if len(means) < 2:
        return []
    low, high = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    return [
        _entry(name, low, "swing_low", means[low], ""),
        _entry(name, high, "swing_high", means[high], ""),
    ]


def _bounds(name: str, variable: str, value: float, band: NDArray[Any]) -> list[dict[str, Any]]:
    ends = zip(("estimate", "low", "high"), (value, *band), strict=True)
    return [_entry(name, bound, variable, float(v), "share") for bound, v in ends]


def _entry(name: str, bound: str, variable: str, value: float, unit: str) -> dict[str, Any]:
    return {"parameter": name, "bound": bound, "variable": variable, "value": value, "unit": unit}


def ranking(
    rows: pd.DataFrame,
    tasks: pd.DataFrame,
    *,
    variable: str,
    of: str | Mapping[str, str] | None = None,
    top: int | None = None,
    band: tuple[float, float] = (0.05, 0.95),
    **labels: str | Sequence[str],
) -> Answer:
    """The costliest scenarios: what each costs whom, with a band over the draws.

    Parameters
    ----------
    rows, tasks : DataFrame
    variable : str
    of : str or mapping of scenario → region, optional
        Whose loss counts; whoever loses most in each scenario by default.
    top : int, optional
        Only so many; all by default.
    band : (float, float)
        Quantiles beside the median.
    **labels
        As in `quantiles`.

    Returns
    -------
    Answer
        Costliest first, with columns `rank` and `quantile`.

    Raises
    ------
    OptionError
        The band does not rise within [0, 1] around the median, or `top` is below 1.
    LabelError
        A variable or label is not in the run, or `of` lacks a scenario.
    """
    low, high = band
    if isinstance(of, str) and "region" in labels:
        raise OptionError("whose loss counts is named twice: by `of` and by `region`")
    if not 0 <= low < 0.5 < high <= 1:
        raise OptionError(f"the band is {band}; it must rise from [0, 0.5) to (0.5, 1]")
    if top is not None and top < 1:
        raise OptionError(f"top is {top}; it must be at least 1")
    if isinstance(of, str):
        labels["region"] = of
    found, warnings = _cases(rows, tasks, variable, labels)
    if isinstance(of, Mapping):
        found = _own(found, of)
    amounts = sorted(set(found["unit"]) - {"percent", "share"})
    if amounts and variable not in GROW:
        raise OptionError(
            f"{variable} is an amount ({amounts[0]}), not a loss: rank a change in percent, or "
            f"one of {', '.join(sorted(GROW))}"
        )
    keys = [*CASE, "variable", "unit"]
    wide = found.groupby(keys, sort=False, observed=True)["value"].quantile(
        np.array([low, 0.5, high])
    )
    wide = wide.unstack()
    sign = -1.0 if variable in GROW else 1.0
    order = wide.assign(_cost=sign * wide[0.5]).reset_index()
    order = order.sort_values(["_cost", *CASE], kind="stable")
    order = order.drop_duplicates(["table", "scenario", "model"]).head(top or len(order))
    order.insert(0, "rank", range(1, len(order) + 1))
    frame = order.melt(
        id_vars=["rank", *keys], value_vars=[low, 0.5, high], var_name="quantile",
        value_name="value",
    )  # fmt: skip
    frame["quantile"] = frame["quantile"].map("{:g}".format)
    frame = frame.sort_values("rank", kind="stable", ignore_index=True)
    frame = frame[["rank", *CASE, "quantile", "variable", "value", "unit"]]
    return Answer(
        "ranking", "Which cut-off costs most?", frame, warnings=warnings,
        parameters={"variable": variable, "top": top, "band": list(band), **labels},
    )  # fmt: skip


def _own(found: pd.DataFrame, of: Mapping[str, str]) -> pd.DataFrame:
    """Only the rows of the region that each scenario is about."""
    there = list(dict.fromkeys(found["scenario"].astype(str)))
    missing = [name for name in there if name not in of]
    if missing:
        near = {name: Axis("scenario", of).suggest(name) if of else [] for name in missing}
        raise LabelError("scenario", missing, near)
    wanted = found["scenario"].astype(str).map(dict(of))
    return found[found["region"].astype(str) == wanted].copy()


def _cases(
    rows: pd.DataFrame,
    tasks: pd.DataFrame,
    variable: str | None,
    labels: Mapping[str, str | Sequence[str]],
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The wanted rows with their task's columns, undefined numbers left out and counted."""
    names = list(dict.fromkeys(rows["variable"].astype(str)))
    if variable is not None and variable not in names:
        near = Axis("variable", names).suggest(variable) if names else []
        raise LabelError("variable", [variable], {variable: near or names})
    found = rows if variable is None else rows[rows["variable"] == variable]
    found = found.merge(tasks[list(_TASK)], on="task", how="left", validate="many_to_one")
    for column in CASE:
        found[column] = found[column].astype(str)
    for column, wanted in labels.items():
        found = _only(found, column, [wanted] if isinstance(wanted, str) else list(wanted))
    said = []
    silent = int((~tasks["task"].isin(rows["task"])).sum())
    if silent:
        said.append(f"{silent} of {len(tasks)} tasks have no answer and are not counted")
    undefined = int(found["value"].isna().sum())
    if undefined:
        said.append(f"{undefined} of {len(found)} numbers are undefined and are not counted")
    return found[found["value"].notna()].copy(), tuple(said)


def _only(found: pd.DataFrame, column: str, wanted: list[str]) -> pd.DataFrame:
    if column not in CASE:
        raise LabelError("column", [column], {column: list(CASE)})
    there = list(dict.fromkeys(found[column]))
    unknown = [label for label in wanted if label not in there]
    if unknown:
        axis = Axis("region" if column == "partner" else column, there) if there else None
        near = {label: axis.suggest(label) if axis else [] for label in unknown}
        raise LabelError(column, unknown, near, known=there)
    return found[found[column].isin(wanted)].copy()


def _parameters(tasks: pd.DataFrame, model: str) -> list[str]:
    """The parameters drawn for a model, in the order of their columns."""
    mine = tasks[tasks["model"].astype(str) == model]
    names = [name for name in tasks.columns if name not in _TASK]
    return [name for name in names if mine[name].notna().any()]


def _numbers(values: pd.Series) -> NDArray[np.float64] | None:
    """The values; None where they are no numbers, and so have no order."""
    try:
        return values.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _frame(records: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame.from_records(records, columns=columns)
