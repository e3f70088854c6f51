"""Results of several years as one: the same fields with a dimension of time.

May import `units`, `errors` and its own folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from autarky.errors import OptionError, TableError
from autarky.results.dependence import Dependence
from autarky.results.result import Dimension, Field


def stack(results: Mapping[int, Dependence]) -> Dependence:
    """One result over several years; its tidy frame has a column `time`.

    A field whose labels are the same every year gets a leading axis of time, so that
    ``stack(...)["upstreamness"]`` is (T, n). Where labels differ (the name of the largest supplier)
    the years follow each other along one axis.

    Parameters
    ----------
    results : mapping of year → Dependence
        Of the same measure with the same options.

    Returns
    -------
    Dependence
        With `year` None, the provenance of the latest year, all certificates, and each warning
        once, with the years it holds for.

    Raises
    ------
    OptionError
        There are no results.
    TableError
        The results differ in indicator, unit or fields, or have a dimension of time already.

    Examples
    --------
    >>> from autarky.results import Dependence, Dimension, Field
    >>> def one(year, value):
    ...     field = Field("output", np.array([value]), (Dimension({"region": ("A",)}),))
    ...     return Dependence("demo", "How much?", (field,), year=year)
    >>> both = stack({2010: one(2010, 1.0), 2011: one(2011, 3.0)})
    >>> both["output"].shape, both.value("output", region="A", time=2011)
    ((2, 1), 3.0)
    """
    if not results:
        raise OptionError("no years were given; a trend needs at least one")
    years = sorted(results)
    ordered = [results[year] for year in years]
    _assert_alike(years, ordered)
    latest = ordered[-1]
    return replace(
        latest,
        fields=tuple(
            _stack_field(years, [one.fields[f] for one in ordered])
            for f in range(len(latest.fields))
        ),
        year=None,
        certificates=tuple(c for one in ordered for c in one.certificates),
        warnings=merge_warnings({year: results[year].warnings for year in years}),
        parameters={**latest.parameters, "years": years},
    )


def merge_warnings(warnings: Mapping[int, Sequence[str]]) -> tuple[str, ...]:
    """Each warning once, with the years it holds for where not for all.

    Examples
    --------
    >>> merge_warnings({2009: ["a"], 2010: ["a", "b"], 2011: ["a"]})
    ('a', '2010: b')
    """
    seen: dict[str, list[int]] = {}
    for year, texts in warnings.items():
        for text in texts:
            seen.setdefault(text, []).append(year)
    return tuple(
        text if len(years) == len(warnings) else f"{_spans(years)}: {text}"
        for text, years in seen.items()
    )


def _spans(years: Sequence[int]) -> str:
    """1995–1997, 2000."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}–{r[-1]}" for r in runs)


def _assert_alike(years: Sequence[int], results: Sequence[Dependence]) -> None:
    first = results[0]
    problems = []
    for year, one in zip(years[1:], results[1:], strict=True):
        if one.indicator != first.indicator:
            problems.append(f"{year} is {one.indicator!r}, {years[0]} is {first.indicator!r}")
        if one.unit != first.unit:
            problems.append(f"{year} is in {one.unit}, {years[0]} in {first.unit}")
        if [f.variable for f in one.fields] != [f.variable for f in first.fields]:
            problems.append(f"{year} has other variables than {years[0]}")
    if any("time" in d.columns for one in first.fields for d in one.dimensions):
        problems.append(f"{first.indicator!r} looks at several years already")
    if problems:
        raise TableError(f"the years are not comparable: {'; '.join(problems[:5])}", problems)


def _stack_field(years: Sequence[int], fields: Sequence[Field]) -> Field:
    first = fields[0]
    if all(one.dimensions == first.dimensions for one in fields):
        time = Dimension({"time": tuple(years)})  # ty: ignore[invalid-argument-type]
        values = np.stack([one.values for one in fields])
        return Field(first.variable, values, (time, *first.dimensions))
    columns: dict[str, list] = {"time": []}
    for year, one in zip(years, fields, strict=True):
        columns["time"] += [year] * one.values.size
        for name, labels in one.columns().items():
            columns.setdefault(name, []).extend(labels)
    values = np.concatenate([one.values.reshape(-1) for one in fields])
    flat = Dimension({name: tuple(labels) for name, labels in columns.items()})
    return Field(first.variable, values, (flat,))
