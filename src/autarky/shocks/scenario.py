"""Scenario: some shocks under one name, checked against a table before any model runs.

May import `table` and below, and its own folder but for `library`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from autarky.errors import ShockError
from autarky.shocks.base import Shock, Where, read_fields
from autarky.shocks.clashes import by_label, clashes, doubles, on_table
from autarky.shocks.fields import Number, Text, Wrong, Year, ruled, shown
from autarky.shocks.groups import Finder
from autarky.table import Table

#: Version of the layout of scenario files.
SCHEMA = 1


@dataclass(frozen=True)
class Effect:
    """A shock and where it falls on a table: `Links`, `Places` or `Sides` (positions only)."""

    shock: Shock
    where: Where


@dataclass(frozen=True)
class Resolved:
    """All shocks of a scenario on one table, and what was decided on the way."""

    effects: tuple[Effect, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Shocks:
    """One shock or several."""

    def read(self, name: str, value: Any) -> tuple[Shock, ...]:
        if value is None:
            raise Wrong(f"{name} is missing: a scenario has at least one shock", broken=True)
        listed = (value,) if isinstance(value, Shock) else value
        if isinstance(listed, str | bytes | Mapping) or not isinstance(listed, Iterable):
            raise Wrong(f"{name} is {shown(value)}", expected="a list of shocks", broken=True)
        shocks = tuple(listed)
        for shock in shocks:
            if not isinstance(shock, Shock) or not shock.kind:
                raise Wrong(f"{name} has {shown(shock)}, which is no shock", broken=True)
        if not shocks:
            raise Wrong(f"{name} is empty: a scenario has at least one shock")
        return shocks


@dataclass(frozen=True)
class Scenario:
    """What happens, in one or more shocks.

    Parameters
    ----------
    name : str
        One line; names a result and a file.
    shocks : Shock or sequence of Shock
        At least one. Shocks on the same link at the same time must not contradict each other;
        the rules are those of `shocks.clashes`.
    horizon : float, optional
        How long models with time look ahead, above 0; theirs by default [days].
    title, source : str
        What it is in a sentence, and where its numbers come from.
    groups_year : int, optional
        The year whose membership the names of groups stand for; the table's by default.

    Raises
    ------
    ShockError
        A field is missing, of the wrong type or out of range, shocks contradict each other, or
        one begins after the horizon; everything found is listed.

    Examples
    --------
    >>> from autarky.shocks import Embargo, Isolation
    >>> Scenario(
    ...     "two shares", [Embargo(exporters="A", importers="B", share=0.5), Isolation(region="A")]
    ... )
    Traceback (most recent call last):
    ...
    autarky.errors.ShockError: shock 1 (embargo A → B (all sectors, 50 %)) and shock 2 (isolation
    of A) both fall on A → B: they cut different shares of the same link; ...
    """

    name: str = ruled(Text(name=True))
    shocks: Iterable[Shock] = ruled(_Shocks())
    horizon: float | None = ruled(
        Number(0, above=True, unit="days", optional=True), default=None, kw_only=True
    )
    title: str = ruled(Text(), default="", kw_only=True)
    source: str = ruled(Text(), default="", kw_only=True)
    groups_year: int | None = ruled(Year(), default=None, kw_only=True)

    def __post_init__(self) -> None:
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        clean, problems = read_fields(type(self), values)
        texts = [wrong.text for _, wrong in problems]
        if texts:
            raise ShockError("; ".join(texts), texts)
        for name, value in clean.items():
            object.__setattr__(self, name, value)

    @classmethod
    def combined(cls, values: Mapping[str, Any]) -> list[tuple[str, Wrong]]:
        """Contradictions that labels alone show, as (path of the shock, why)."""
        shocks, horizon = values["shocks"], values["horizon"]
        found = [c for c in [*doubles(shocks), *clashes(by_label(shocks))] if c.refused]
        problems = [(f"shocks.{c.number - 1}", Wrong(c.text)) for c in found]
        for number, shock in enumerate(shocks, 1):
            if horizon is not None and shock.start >= horizon:
                text = (
                    f"shock {number} ({shock.describe()}) begins on day {shock.start:g}, not "
                    f"before the horizon of {horizon:g} days"
                )
                problems.append((f"shocks.{number - 1}", Wrong(text)))
        return problems

    def resolve(self, table: Table, *, timeless: bool = False) -> Resolved:
        """Where every shock falls on a table, as positions.

        Parameters
        ----------
        table : Table
        timeless : bool
            For models without time: shocks at different times are compared as well.

        Raises
        ------
        LabelError
            Regions or sectors are neither in the table nor known groups; all are listed.
        ShockError
            A group has no member in the table, a shock reaches nothing, or shocks contradict each
            other on this table; everything found is listed.
        """
        finder = Finder(table, self.groups_year)
        effects = []
        for shock in self.shocks:
            finder.begin()
            effects.append(Effect(shock, shock.locate(finder)))
        footprints = [
            on_table(number, effect.shock, effect.where, table)
            for number, effect in enumerate(effects, 1)
        ]
        for clash in clashes(footprints, timeless=timeless):
            (finder.problem if clash.refused else finder.note)(clash.text)
        finder.raise_any()
        return Resolved(tuple(effects), finder.notes)

    def check(self, table: Table, *, timeless: bool = False) -> tuple[str, ...]:
        """Notes on the scenario on this table; raises what `resolve` raises."""
        return self.resolve(table, timeless=timeless).notes

    def describe(self) -> str:
        """What happens, one line for each shock."""
        return "\n".join(shock.describe() for shock in self.shocks)

    # --- files --------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The scenario as plain values, as in a JSON file; fields at their default are left out."""
        from autarky.shocks.files import to_dict

        return to_dict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Scenario:
        """The scenario of plain values; raises what `files.load_scenario` raises."""
        from autarky.shocks.files import from_dict

        return from_dict(values)

    def to_toml(self) -> str:
        """The text of a TOML file that `files.load_scenario` reads back exactly."""
        from autarky.shocks.files import to_toml

        return to_toml(self)

    def to_json(self) -> str:
        """The text of a JSON file that `files.load_scenario` reads back exactly."""
        from autarky.shocks.files import to_json

        return to_json(self)
