"""Labels and their order: Axis, Industries, Uses, Concordance.

Labels are looked up once, at the boundary, and become integer positions; inner code never sees
them again. May import `countries` and `errors`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autarky import countries
from autarky.errors import LabelError, OptionError, TableError

IntArray = NDArray[np.intp]


@dataclass(frozen=True)
class Axis:
    """An ordered list of unique labels, each with a title for people.

    Parameters
    ----------
    name : str
        What the labels are, in the singular: "region", "sector", "use".
    labels : sequence of str
        Unique, non-empty codes, in order.
    titles : sequence of str, optional
        One readable name per label; the labels themselves by default.

    Raises
    ------
    TableError
        A label is empty, not text, or appears twice.

    Examples
    --------
    >>> regions = Axis("region", ["DEU", "FRA"], ["Germany", "France"])
    >>> regions.locate("FRA")
    array([1])
    >>> regions.locate(["Germny"])
    Traceback (most recent call last):
    ...
    autarky.errors.LabelError: unknown region: 'Germny' (did you mean DEU?)
    """

    name: str
    labels: tuple[str, ...]
    titles: tuple[str, ...] = ()

    def __init__(self, name: str, labels: Iterable[str], titles: Iterable[str] = ()) -> None:
        labels, titles = tuple(labels), tuple(titles)
        problems = [f"label {i} is {x!r}" for i, x in enumerate(labels) if not _is_label(x)]
        seen: set[str] = set()
        for label in filter(_is_label, labels):
            if label in seen:
                problems.append(f"{label!r} appears twice")
            seen.add(label)
        if not labels:
            problems.append("there are no labels")
        if titles and len(titles) != len(labels):
            problems.append(f"{len(titles)} titles for {len(labels)} labels")
        if problems:
            raise TableError(f"the {name} labels are unusable: {'; '.join(problems[:8])}", problems)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "titles", titles or labels)

    def __len__(self) -> int:
        return len(self.labels)

    def __iter__(self) -> Iterator[str]:
        return iter(self.labels)

    def __contains__(self, label: object) -> bool:
        return label in self._position

    def __getitem__(self, position: int) -> str:
        return self.labels[position]

    @cached_property
    def _position(self) -> dict[str, int]:
        return {label: i for i, label in enumerate(self.labels)}

    def locate(self, labels: str | Iterable[str]) -> IntArray:
        """Positions of labels, in the order asked for.

        Raises
        ------
        LabelError
            One or more are unknown; all of them are listed, each with the nearest known labels.
        """
        wanted = [labels] if isinstance(labels, str) else list(labels)
        unknown = [x for x in wanted if not isinstance(x, str) or x not in self._position]
        if unknown:
            unknown = list(dict.fromkeys(str(x) for x in unknown))
            near = {x: self.suggest(x) for x in unknown}
            raise LabelError(self.name, unknown, near, known=self.labels)
        return np.array([self._position[x] for x in wanted], dtype=np.intp)

    def position(self, label: str) -> int:
        """Position of one label; `LabelError` if unknown."""
        return int(self.locate(label)[0])

    def title(self, label: str) -> str:
        """The readable name of a label; `LabelError` if unknown."""
        return self.titles[self.position(label)]

    def suggest(self, text: str) -> list[str]:
        """Known labels that the text may have meant, best first, at most three."""
        folded = {label.casefold(): label for label in reversed(self.labels)}
        titled = zip(self.titles, self.labels, strict=True)
        named = {title.casefold(): label for title, label in titled}
        key = str(text).strip().casefold()
        found = [table[key] for table in (folded, named) if key in table]
        if not found and self.name == "region":
            found = [code for code in countries.find(str(text)) if code in self]
        if not found:
            near = difflib.get_close_matches(key, [*folded, *named], n=3, cutoff=0.6)
            found = [folded.get(k) or named[k] for k in near]
        if not found and len(key) > 2:
            found = [label for title, label in named.items() if key in title]
        return list(dict.fromkeys(found))[:3]

    def select(self, positions: Iterable[int]) -> Axis:
        """The axis of some positions, in the order given."""
        positions = list(positions)
        return Axis(
            self.name, [self.labels[p] for p in positions], [self.titles[p] for p in positions]
        )


def _is_label(value: object) -> bool:
    return isinstance(value, str) and value.strip() == value and value != ""


@dataclass(frozen=True)
class _Pairs:
    """A flat axis of (region, item) pairs, region-major; regions may have different items."""

    regions: Axis
    items: Axis
    region_of: IntArray
    item_of: IntArray

    def __post_init__(self) -> None:
        region_of = np.array(self.region_of, dtype=np.intp)
        item_of = np.array(self.item_of, dtype=np.intp)
        problems = []
        if region_of.shape != item_of.shape or region_of.ndim != 1:
            problems.append(f"{region_of.shape} region and {item_of.shape} {self.items.name} codes")
        else:
            if np.any(np.diff(region_of) < 0):
                problems.append("not sorted by region (region-major order is required)")
            flat = region_of * len(self.items) + item_of
            if np.unique(flat).size != flat.size:
                problems.append(f"a region has the same {self.items.name} twice")
            if np.unique(region_of).size < len(self.regions):
                problems.append(f"a region has no {self.items.name} at all")
            for axis, codes in ((self.regions, region_of), (self.items, item_of)):
                if np.any((codes < 0) | (codes >= len(axis))):
                    problems.append(f"a {axis.name} code lies outside 0 … {len(axis) - 1}")
        if problems:
            noun = type(self).__name__.lower()
            raise TableError(f"the {noun} are unusable: {'; '.join(problems)}", problems)
        for name, array in (("region_of", region_of), ("item_of", item_of)):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @classmethod
    def product(cls, regions: Axis, items: Axis, **more: Any) -> Any:
        """Every item in every region, region-major."""
        size_r, size_i = len(regions), len(items)
        return cls(
            regions,
            items,
            np.repeat(np.arange(size_r), size_i),
            np.tile(np.arange(size_i), size_r),
            **more,
        )

    def __len__(self) -> int:
        return self.region_of.size

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self)
            and self.regions == other.regions
            and self.items == other.items
            and np.array_equal(self.region_of, other.region_of)
            and np.array_equal(self.item_of, other.item_of)
        )

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def starts(self) -> IntArray:
        """(R + 1,) first position of each region, and the total at the end."""
        counts = np.bincount(self.region_of, minlength=len(self.regions))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)

    @cached_property
    def is_regular(self) -> bool:
        """Whether every region has all items, in the same order (then (R, S) reshapes work)."""
        size = len(self.items)
        return len(self) == len(self.regions) * size and bool(
            np.all(self.item_of.reshape(-1, size) == np.arange(size))
        )

    def block(self, region: str | int) -> slice:
        """The positions of one region, as a slice; `LabelError` if there is no such region."""
        r = self.regions.position(region) if isinstance(region, str) else int(region)
        if not 0 <= r < len(self.regions):
            raise LabelError(self.regions.name, [str(region)], {})
        return slice(int(self.starts[r]), int(self.starts[r + 1]))

    def label(self, position: int) -> str:
        """The label of one position: "DEU:c15"."""
        r, i = self.region_of[position], self.item_of[position]
        return f"{self.regions[r]}:{self.items[i]}"

    def columns(self) -> tuple[list[str], list[str]]:
        """Region labels and item labels of all positions, for tidy frames."""
        regions = [self.regions.labels[r] for r in self.region_of]
        return regions, [self.items.labels[i] for i in self.item_of]

    def locate(
        self,
        regions: str | Iterable[str] | None = None,
        items: str | Iterable[str] | None = None,
    ) -> IntArray:
        """Positions of all pairs with one of the regions and one of the items (None: all)."""
        mask = np.ones(len(self), dtype=bool)
        if regions is not None:
            mask &= np.isin(self.region_of, self.regions.locate(regions))
        if items is not None:
            mask &= np.isin(self.item_of, self.items.locate(items))
        return np.flatnonzero(mask)

    def sum_by_region(self, values: NDArray[Any], axis: int = 0) -> NDArray[Any]:
        """Sums over each region's block along an axis: length n becomes R."""
        return np.add.reduceat(values, self.starts[:-1], axis=axis)


class Industries(_Pairs):
    """The flat axis of industries: one region's sectors after the other's.

    Parameters
    ----------
    regions, items : Axis
        R regions; S sectors (`sectors` is the same axis by its own name).
    region_of, item_of : (n,) int array
        The region and the sector of each industry; region-major, so sorted by region.
        A ragged axis (regions with different sectors) is allowed.

    Examples
    --------
    >>> industries = Industries.product(Axis("region", "AB"), Axis("sector", ["s1", "s2"]))
    >>> len(industries), industries.label(3), industries.block("B")
    (4, 'B:s2', slice(2, 4, None))
    """

    @property
    def sectors(self) -> Axis:
        """The S sectors."""
        return self.items

    @property
    def sector_of(self) -> IntArray:
        """(n,) position of each industry's sector."""
        return self.item_of


#: What a category of final use is for; models choose by kind, never by a source's code.
USE_KINDS = ("household", "npish", "government", "investment", "inventories", "final")


@dataclass(frozen=True, eq=False)
class Uses(_Pairs):
    """The flat axis of final uses: one region's categories after the other's.

    `kinds` gives each category's purpose, one of `USE_KINDS`; "final" where a source has one
    column for everything.
    """

    kinds: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        super().__post_init__()
        kinds = tuple(self.kinds) or ("final",) * len(self.items)
        bad = [k for k in kinds if k not in USE_KINDS]
        if bad or len(kinds) != len(self.items):
            raise TableError(f"use kinds {kinds} must be {len(self.items)} of {USE_KINDS}")
        object.__setattr__(self, "kinds", kinds)

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and isinstance(other, Uses) and self.kinds == other.kinds

    __hash__ = None  # type: ignore[assignment]

    @property
    def categories(self) -> Axis:
        """The F categories of final use."""
        return self.items

    @property
    def category_of(self) -> IntArray:
        """(K,) position of each column's category."""
        return self.item_of

    def of_kind(self, *kinds: str) -> IntArray:
        """Positions of all columns of some kinds; `OptionError` for what is not a kind."""
        unknown = [kind for kind in kinds if kind not in USE_KINDS]
        if unknown:
            raise OptionError(f"use kind {unknown[0]!r} is not one of {', '.join(USE_KINDS)}")
        wanted = [i for i, kind in enumerate(self.kinds) if kind in kinds]
        return np.flatnonzero(np.isin(self.item_of, wanted))


@dataclass(frozen=True, eq=False)
class Concordance:
    """A map from each old label to one new label, with the new axis.

    Parameters
    ----------
    old, new : Axis
        The labels mapped, and what they become.
    to : (len(old),) int array
        Position on `new` of each old label.

    Raises
    ------
    TableError
        `to` has another length, leaves the new axis, or leaves a new label without members.

    Examples
    --------
    >>> old = Axis("sector", ["c1", "c2", "c3"])
    >>> Concordance.from_groups(old, {"food": ["c1", "c3"], "mining": ["c2"]}).to
    array([0, 1, 0])
    """

    old: Axis
    new: Axis
    to: IntArray

    def __post_init__(self) -> None:
        to = np.array(self.to, dtype=np.intp)
        if to.shape != (len(self.old),):
            problem = f"{to.shape} positions for {len(self.old)} old labels"
        elif not np.array_equal(np.unique(to), np.arange(len(self.new))):
            problem = f"its positions must be 0 … {len(self.new) - 1}, each at least once"
        else:
            to.setflags(write=False)
            object.__setattr__(self, "to", to)
            return
        raise TableError(f"the {self.old.name} concordance is unusable: {problem}", [problem])

    @classmethod
    def from_groups(
        cls,
        old: Axis,
        groups: Mapping[str, Sequence[str]],
        *,
        titles: Mapping[str, str] | None = None,
        keep_rest: bool = False,
    ) -> Concordance:
        """Build from new label → old labels.

        With `keep_rest`, old labels in no group stay as they are, after the groups' labels.

        Raises
        ------
        LabelError
            A group names an unknown label.
        TableError
            An old label is in two groups, or in none and `keep_rest` is false, or a group is empty.
        """
        to = np.full(len(old), -1, dtype=np.intp)
        labels = list(groups)
        names = dict(titles or {})
        problems = []
        old.locate([m for members in groups.values() for m in _as_list(members)])
        for g, members in enumerate(groups.values()):
            if not len(members):
                problems.append(f"{labels[g]!r} has no members")
            for p in old.locate(_as_list(members)):
                if to[p] >= 0:
                    problems.append(f"{old[p]!r} is in {labels[to[p]]!r} and in {labels[g]!r}")
                to[p] = g
        for p in np.flatnonzero(to < 0):
            if not keep_rest:
                problems.append(f"{old[p]!r} is in no group")
                continue
            to[p] = len(labels)
            labels.append(old[p])
            names.setdefault(old[p], old.titles[p])
        if problems:
            raise TableError(
                f"the {old.name} groups are not a partition: {'; '.join(problems[:8])}", problems
            )
        return cls(old, Axis(old.name, labels, [names.get(x, x) for x in labels]), to)

    @classmethod
    def identity(cls, axis: Axis) -> Concordance:
        """Every label stays."""
        return cls(axis, axis, np.arange(len(axis)))


def _as_list(members: str | Sequence[str]) -> list[str]:
    return [members] if isinstance(members, str) else list(members)
