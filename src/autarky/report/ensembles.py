"""What an ensemble says: for each answer a sentence and a table.

May import `ensemble.answers`, `results`, `report.charts`, `report.names`, `report.sections`,
`report.words` and `table`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autarky.ensemble.answers import CASE, WIDE, Answer, named
from autarky.report import names
from autarky.report.charts import Bars
from autarky.report.sections import Section
from autarky.report.words import fixed, the, visible
from autarky.results import VARIABLES
from autarky.table import Table

if TYPE_CHECKING:
    import pandas as pd

#: Shares of the variance beyond this are noise: no share is above 1.
_BEYOND = 9.99
#: Between the parts of a label.
_BETWEEN = " · "


def told(answer: Answer) -> tuple[Section, ...]:
    """The sections of an answer: one for each variable that it is about."""
    return _KINDS[answer.indicator](answer)


def case_names(labels: pd.DataFrame) -> list[str]:
    """A name for each row, of the columns that tell the rows apart."""
    telling = [name for name in labels.columns if labels[name].nunique() > 1]
    telling = telling or ["region"]
    return [
        visible(_BETWEEN.join(str(v) for v in row if str(v) != "total")) or "total"
        for row in labels[telling].itertuples(index=False, name=None)
    ]


def case_label(labels: pd.DataFrame) -> str:
    """What the names of `case_names` are made of."""
    telling = [name for name in labels.columns if labels[name].nunique() > 1]
    return _BETWEEN.join(telling or ["region"])


def wide(frame: pd.DataFrame, keys: list[str], column: str) -> pd.DataFrame:
    """A row for each label in their order; an undefined number stays, where a pivot drops it."""
    return frame.set_index([*keys, column])["value"].unstack(sort=False)


def _quantiles(answer: Answer) -> tuple[Section, ...]:
    frame = answer.tidy()
    sections = []
    for name, part in frame.groupby("variable", sort=False, observed=True):
        variable = str(name)
        bands = wide(part, list(CASE), "quantile")
        order = sorted(bands.columns, key=float)
        labels = case_names(bands.index.to_frame(index=False))
        scale = _Scale.of_frame(part)
        low, high = bands[order[0]], bands[order[-1]]
        at = int((high - low).to_numpy().argmax())
        found = f"from {scale(low.iloc[at])} to {scale(high.iloc[at])}{scale.unit}"
        size = f"the widest of {len(bands)} bands" if len(bands) > 1 else "the band"
        said = f"{labels[at]}: {found}, {size} ({_levels(order)} of the draws)."
        if (low == high).all():
            said = f"One number each: nothing that moves {named(variable)} was drawn twice."
        rows = [
            (label, *(scale(v) for v in row))
            for label, row in zip(labels, bands[order].to_numpy(), strict=True)
        ]
        label = case_label(bands.index.to_frame(index=False))
        sections.append(
            Section(
                key=f"quantiles-{variable}",
                title=f"In what band does {named(variable)} lie{scale.remark}?",
                answer=said,
                columns=(label, *(_level(q) for q in order)),
                rows=tuple(rows),
            )
        )
    return tuple(sections)


def _exceedance(answer: Answer) -> tuple[Section, ...]:
    frame = answer.tidy().sort_values("value", ascending=False, kind="stable")
    shares = frame["value"].to_numpy()
    labels = case_names(frame[list(CASE)])
    always, never = int((shares == 1).sum()), int((shares == 0).sum())
    said = f"In every draw for {always} of {len(shares)} numbers, in none for {never}"
    sometimes = len(shares) - always - never
    said += f", in some for {sometimes}." if sometimes else "."
    if len(shares) == 1:
        said = f"In {fixed(100 * shares[0])} % of the draws."
    asked = answer.parameters
    name = named(asked["variable"])
    unit = " %" if VARIABLES[asked["variable"]].unit == "percent" else ""
    return (
        Section(
            key="exceedance",
            title=f"How often is {name} {asked['side']} {asked['threshold']:g}{unit}?",
            answer=said,
            columns=(case_label(frame[list(CASE)]), "% of the draws"),
            rows=tuple(
                (label, fixed(100 * v)) for label, v in zip(labels, shares, strict=True)
            ),
            chart=Bars(tuple(labels), tuple(float(100 * v) for v in shares)),
        ),
    )  # fmt: skip


def _tornado(answer: Answer) -> tuple[Section, ...]:
    frame = answer.tidy()
    keys = [*CASE, "parameter"]
    labels = frame[keys].drop_duplicates(ignore_index=True)
    value = frame.set_index([*keys, "variable", "bound"])["value"].to_dict()
    scale = _Scale.of_frame(frame[frame["variable"].isin(("swing_low", "swing_high"))])
    swings = dict(_swings(frame, keys))
    shares = "total_order" in set(frame["variable"])
    rows = []
    for name, case in zip(
        case_names(labels), labels.itertuples(index=False, name=None), strict=True
    ):

        def at(variable: str, bound: str = "estimate", case: Any = tuple(case)) -> float:
            return value.get((*case, variable, bound), float("nan"))

        row = [name]
        if shares:
            row += [_share(at("first_order")), _share(at("total_order"))]
            low, high = _share(at("total_order", "low")), _share(at("total_order", "high"))
            row.append("–" if "–" in (low, high) else f"{low} to {high}")
        row += [_fixed(at("rank_correlation"), 2), _swing(swings.get(tuple(case), {}), scale)]
        rows.append(tuple(row))
    columns = [case_label(labels)]
    if shares:
        columns += ["alone, %", "all, %", "band"]
    columns += ["rank", "low → high"]
    return (
        Section(
            key="tornado",
            title=answer.question,
            answer=_moves_most(frame, keys, shares=shares),
            columns=tuple(columns),
            rows=tuple(rows),
            note=(_HOW_TORNADO if shares else _HOW_SWING).format(scale.remark),
        ),
    )


_HOW_SWING = (
    "Rank: rank correlation. Low → high: the mean answer over the lowest and the highest third of "
    "the parameter{}."
)
_HOW_TORNADO = (
    "Alone and all: shares of the variance over the draws that it explains alone, and has a hand "
    f"in (first-order and total Sobol indices), the second with a 95 % band. {_HOW_SWING}"
)


def _swings(
    frame: pd.DataFrame, keys: list[str]
) -> Iterator[tuple[Any, dict[str, tuple[float, str]]]]:
    """For each case and parameter the two swings, with the choice that each belongs to."""
    part = frame[frame["variable"].isin(("swing_low", "swing_high"))]
    for case, group in part.groupby(keys, sort=False, observed=True):
        yield case, {row.variable: (row.value, row.bound) for row in group.itertuples()}


def _swing(found: dict[str, tuple[float, str]], scale: _Scale) -> str:
    if len(found) < 2:
        return "–"
    said = []
    for name in ("swing_low", "swing_high"):
        value, bound = found[name]
        choice = "" if bound == "estimate" else f"{visible(bound)} "
        said.append(f"{choice}{scale(value)}")
    return " → ".join(said)


def _moves_most(frame: pd.DataFrame, keys: list[str], *, shares: bool) -> str:
    """Which parameter moves most of the answers."""
    parameters = list(dict.fromkeys(frame["parameter"]))
    if shares:
        part = frame[(frame["variable"] == "total_order") & (frame["bound"] == "estimate")]
        size = part.set_index(keys)["value"]
    else:
        part = frame[frame["variable"].isin(("swing_low", "swing_high"))]
        both = wide(part.drop(columns="bound"), keys, "variable")
        size = (both["swing_high"] - both["swing_low"]).abs()
    size = size.dropna()
    if size.empty:
        return "Nothing that was drawn moves it."
    first = size.groupby(list(CASE), sort=False).idxmax()
    count = first.map(lambda key: key[-1]).value_counts()
    name, often = visible(str(count.index[0])), int(count.iloc[0])
    of = f" in {often} of {len(first)} cases" if len(first) > 1 else ""
    if not shares:
        return f"{name} moves it most{of}, of {len(parameters)} drawn."
    mine = size[[key for key in first if key[-1] == count.index[0]]].sort_values()
    key = mine.index[(len(mine) - 1) // 2]
    band = frame[frame["variable"] == "total_order"].set_index([*keys, "bound"])["value"]
    low, high = (float(band[(*key, bound)]) for bound in ("low", "high"))
    where = " in the middle one" if often > 1 else ""
    if not high - low <= WIDE:
        return (
            f"{name} moves it most{of}, but the draws are too few to say by how much: the band of "
            f"its share of the variance is {_share(low)} to {_share(high)} %{where}."
        )
    part = fixed(100 * min(float(mine[key]), 1.0), 0)
    return (
        f"{name} moves it most{of}: it has a hand in {part} % of the variance{where} "
        f"({_share(low)} to {_share(high)})."
    )


def _ranking(answer: Answer) -> tuple[Section, ...]:
    frame = answer.tidy()
    keys = ["rank", *CASE]
    bands = wide(frame, keys, "quantile")
    order = sorted(bands.columns, key=float)
    cases = bands.index.to_frame(index=False)
    labels, label = case_names(cases[list(CASE)]), case_label(cases[list(CASE)])
    if "region" not in label.split(_BETWEEN):  # whom it hits is half of the answer
        where = [visible(str(region)) for region in cases["region"]]
        labels = [f"{a}{_BETWEEN}{b}" for a, b in zip(labels, where, strict=True)]
        label = f"{label}{_BETWEEN}region"
    scale = _Scale.of_frame(frame)
    drawn = bool((bands[order[0]] != bands[order[-1]]).any())
    shown = order if drawn else [order[1]]
    first = bands.iloc[0]
    band = (
        f" ({scale(first[order[0]])} to {scale(first[order[-1]])} over the draws)" if drawn else ""
    )
    who = cases.iloc[0]
    variable = named(answer.parameters["variable"])
    rows = [
        (f"{rank}  {label}", *(scale(v) for v in row))
        for rank, label, row in zip(cases["rank"], labels, bands[shown].to_numpy(), strict=True)
    ]
    return (
        Section(
            key="ranking",
            title=answer.question,
            answer=(
                f"{visible(str(who['scenario']))} costs {visible(str(who['region']))} most: "
                f"{variable} {scale(first[order[1]])}{scale.unit}{band}."
            ),
            columns=(
                label,
                *(
                    map(_level, shown)
                    if drawn
                    else [f"{variable},{scale.unit}" if scale.unit else variable]
                ),
            ),
            rows=tuple(rows),
        ),
    )


def dependences(answer: Answer, table: Table) -> tuple[Section, ...]:
    """The worst links by each model, and those that look worst but are harmless.

    Parameters
    ----------
    answer : Answer
        Of `verdict.dependences`.
    table : Table
        For the names of regions and sectors.
    """
    frame = answer.tidy()
    quiet = frame[frame["list"] == "looks bad"]
    sections = [
        _worst(str(model), part, table)
        for model, part in frame[frame["list"] == "worst"].groupby("model", sort=False)
    ]
    return (*sections, _looks_bad(quiet, table, answer.parameters["harmless"]))


def _worst(model: str, part: pd.DataFrame, table: Table) -> Section:
    found = part.pivot(
        index=["rank", "region", "partner", "sector"], columns="variable", values="value"
    )
    (variable,) = [name for name in found.columns if name != "supply_share"]
    first = found.iloc[0]
    _, region, partner, sector = found.index[0]
    who, whom = the(names.region(table, region)), the(names.region(table, partner))
    what = names.goods(table, sector)
    loss = fixed(abs(float(first[variable])), 2)
    return Section(
        key=f"worst-{model}",
        title=f"Which links cost most, by the model “{visible(model)}”?",
        answer=(
            f"{_start(what)} from {whom} to {who}: {fixed(100 * first['supply_share'])} % of "
            f"supply, and {loss} % of {named(variable)} without it."
        ),
        columns=("who ← from whom, what", "% of supply", f"{named(str(variable))}, %"),
        rows=tuple(
            (_link(key, table), fixed(100 * row["supply_share"]), fixed(row[variable], 2))
            for key, row in found.iterrows()
        ),
    )


def _looks_bad(part: pd.DataFrame, table: Table, harmless: float) -> Section:
    title = "Which links look bad, and are not?"
    if part.empty:
        return Section("looks-bad", title, f"None costs at most {harmless:g} % by every model.")
    index = ["rank", "region", "partner", "sector"]
    share = part[part["variable"] == "supply_share"].drop_duplicates(index).set_index(index)
    losses = part[part["variable"] != "supply_share"].pivot(
        index=index, columns="model", values="value"
    )[list(dict.fromkeys(part["model"]))]
    top = share["value"].iloc[0]
    return Section(
        key="looks-bad",
        title=title,
        answer=(
            f"Up to {fixed(100 * top)} % of supply, and at most {harmless:g} % lost by every model."
        ),
        columns=("who ← from whom, what", "% of supply", *(f"{m}, %" for m in losses.columns)),
        rows=tuple(
            (
                _link(key, table),
                fixed(100 * share["value"].loc[key]),
                *(fixed(v, 2) for v in losses.loc[key]),
            )
            for key in share.index
        ),
    )


def _link(key: Any, table: Table) -> str:
    _, region, partner, sector = key
    buyer, seller = names.region(table, region), names.region(table, partner)
    return f"{buyer} ← {seller}, {names.goods(table, sector)}"


def _start(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


@dataclass(frozen=True)
class _Scale:
    """How the numbers of a unit are written."""

    unit: str = ""
    factor: float = 1.0
    digits: int | None = None

    @classmethod
    def of(cls, unit: str) -> _Scale:
        known = {"percent": cls(" %", 1.0, 2), "share": cls(" %", 100.0, 1), "1": cls()}
        return known.get(unit) or cls(f" {visible(unit)}")

    @classmethod
    def of_frame(cls, frame: pd.DataFrame) -> _Scale:
        return cls.of(str(frame["unit"].iloc[0])) if len(frame) else cls()

    @property
    def remark(self) -> str:
        """After a comma in a title."""
        return f", in {self.unit.strip()}" if self.unit else ""

    def __call__(self, value: float) -> str:
        value *= self.factor
        if not math.isfinite(value):
            return "–"
        if self.digits is not None:
            return fixed(value, self.digits)
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _fixed(value: float, digits: int) -> str:
    return fixed(value, digits) if math.isfinite(value) else "–"


def _share(value: float) -> str:
    if value > _BEYOND:
        return f">{100 * _BEYOND:.0f}"
    return _fixed(100 * value, 0)


def _level(quantile: str) -> str:
    return "median" if float(quantile) == 0.5 else f"p{100 * float(quantile):g}"


def _levels(order: list[str]) -> str:
    return f"{100 * float(order[0]):g} to {100 * float(order[-1]):g} %"


_KINDS: dict[str, Callable[[Answer], tuple[Section, ...]]] = {
    "quantiles": _quantiles,
    "exceedance": _exceedance,
    "tornado": _tornado,
    "ranking": _ranking,
}
