"""What a field of a shock or scenario may hold: labels, numbers, switches, choices, text.

Each rule reads one value, says in one sentence what is wrong with it, and knows whether a file
with it is broken (wrong type) or asks for something impossible (out of range). May import `errors`.
"""

from __future__ import annotations

import math
import reprlib
import unicodedata
from collections.abc import Iterable, Mapping, Set
from dataclasses import Field, dataclass, field
from numbers import Real
from typing import Any, Protocol

#: Stands for everyone: all regions, or all but those of the other side.
EVERYONE = "*"


class Wrong(Exception):
    """A value that a rule refuses.

    `broken` where its type is wrong, `expected` what would do, `key` which part of it is meant.
    """

    def __init__(
        self, text: str, *, expected: str = "", broken: bool = False, key: str | None = None
    ) -> None:
        super().__init__(text)
        self.text, self.expected, self.broken, self.key = text, expected, broken, key


class Rule(Protocol):
    """Reads a value, or raises `Wrong`."""

    def read(self, name: str, value: Any) -> Any:
        """The value as it is kept."""
        ...


@dataclass(frozen=True)
class Labels:
    """One label or several, kept as a tuple without repetitions; a set is sorted first."""

    noun: str = "regions"
    optional: bool = False
    everyone: bool = True

    def read(self, name: str, value: Any) -> tuple[str, ...] | None:
        """The labels as a tuple; None where they may be left out and are."""
        if value is None:
            if self.optional:
                return None
            raise Wrong(f"{name} is missing: name the {self.noun} meant", broken=True)
        labels = self._list(name, value)
        for label in labels:
            if not isinstance(label, str):
                raise Wrong(
                    f"{name} has {shown(label)}, which is not text", expected="a label", broken=True
                )
            if not is_text(label):
                raise Wrong(
                    f"{name} has {shown(label)}: a label is not empty and has no blanks around"
                )
        if EVERYONE in labels and (len(labels) > 1 or not self.everyone):
            why = "stands for everyone else, so it must stand alone"
            if not self.everyone:
                why = "cannot be used here: leave it out where all are meant"
                if not self.optional:
                    why = f"cannot be used here: name the {self.noun}"
            raise Wrong(f"{name} has '{EVERYONE}', which {why}")
        return labels

    def _list(self, name: str, value: Any) -> tuple[Any, ...]:
        if isinstance(value, str):
            return (value,)
        if isinstance(value, Mapping | bytes) or not isinstance(value, Iterable):
            kind = type(value).__name__
            raise Wrong(
                f"{name} is {shown(value)} ({kind})",
                expected="a label or a list of labels",
                broken=True,
            )
        listed = sorted(value, key=str) if isinstance(value, Set) else value
        # An array of text gives its own kind of text: plain text can be compared and written.
        labels = tuple(str(x) if isinstance(x, str) else x for x in listed)
        if not labels:
            hint = ", or leave it out where all are meant" if self.optional else ""
            raise Wrong(f"{name} is empty: name at least one{hint}")
        # Not a dict: what is no text may have no hash.
        return tuple(x for i, x in enumerate(labels) if x not in labels[:i])


@dataclass(frozen=True)
class Number:
    """A finite number in a range, kept as a float."""

    low: float = -math.inf
    high: float = math.inf
    above: bool = False
    unit: str = ""
    optional: bool = False
    hint: str = ""

    @property
    def range(self) -> str:
        """The range in words."""
        bounds = []
        if self.low > -math.inf:
            bounds.append(f"{'above' if self.above else 'at least'} {self.low:g}")
        if self.high < math.inf:
            bounds.append(f"at most {self.high:g}")
        text = " and ".join(bounds) or "finite"
        return f"{text} [{self.unit}]" if self.unit else text

    def read(self, name: str, value: Any) -> float | None:
        """The number; None where it may be left out and is."""
        if value is None:
            if self.optional:
                return None
            raise Wrong(f"{name} is missing", expected=f"a number, {self.range}", broken=True)
        if isinstance(value, bool) or not isinstance(value, Real):
            raise Wrong(
                f"{name} is {shown(value)}, which is not a number",
                expected=f"a number, {self.range}",
                broken=True,
            )
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        too_low = number <= self.low if self.above else number < self.low
        if not math.isfinite(number) or too_low or number > self.high:
            hint = f". {self.hint}" if self.hint else ""
            # A long int is shown as a float: it may have thousands of digits.
            text = value if isinstance(value, int) and abs(number) < 1e15 else number
            raise Wrong(f"{name} is {text}; it must be {self.range}{hint}")
        return number + 0.0  # -0.0 becomes 0.0


@dataclass(frozen=True)
class Shares:
    """A share of a whole for each of some labels, kept as pairs in the order of labels; or None."""

    noun: str = "sectors"

    def read(self, name: str, value: Any) -> tuple[tuple[str, float], ...] | None:
        """(label, share) for each label; None where it is left out."""
        if value is None:
            return None
        part = Number(0, 1, above=True, hint="It is a share: write 0.5 for 50 %")
        found: dict[str, float] = {}
        for label, share in self._pairs(name, value):
            if not isinstance(label, str):
                raise Wrong(
                    f"{name} has {shown(label)}, which is not text", expected="a label", broken=True
                )
            if not is_text(label) or label == EVERYONE:
                raise Wrong(
                    f"{name} has {shown(label)}: name {self.noun}, without blanks around", key=label
                )
            try:
                found[str(label)] = part.read(f"{name}.{label}", share) or 0.0
            except Wrong as wrong:
                wrong.key = label
                raise
        total = math.fsum(found.values())
        if abs(total - 1.0) > 1e-9:
            raise Wrong(f"{name} add up to {total:.6g}; shares of a whole must add up to 1")
        return tuple(sorted(found.items()))

    def _pairs(self, name: str, value: Any) -> list[tuple[Any, Any]]:
        pairs = list(value.items()) if isinstance(value, Mapping) else value
        # Pairs are what a shock holds, so that a changed copy of it can be made.
        good = isinstance(pairs, list | tuple) and all(
            isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
        )
        if not good:
            raise Wrong(
                f"{name} is {shown(value)} ({type(value).__name__})",
                expected=f"{self.noun} with a share each, {{label = share, …}}",
                broken=True,
            )
        if not pairs:
            raise Wrong(f"{name} is empty: name at least one of the {self.noun}")
        return list(pairs)


@dataclass(frozen=True)
class Year:
    """A calendar year, or None."""

    def read(self, name: str, value: Any) -> int | None:
        """The year as an int."""
        if value is None:
            return None
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise Wrong(
                f"{name} is {shown(value)}, which is no year", expected="such as 2011", broken=True
            )
        year = int(value.__index__())
        if not 1900 <= year <= 2100:
            raise Wrong(f"{name} is {shown(year)}; it must be a year from 1900 to 2100")
        return year


@dataclass(frozen=True)
class Switch:
    """True or false."""

    def read(self, name: str, value: Any) -> bool:
        """The value, if it is a bool."""
        if isinstance(value, bool):
            return value
        raise Wrong(f"{name} is {shown(value)}", expected="true or false", broken=True)


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    allowed: tuple[str, ...]

    def read(self, name: str, value: Any) -> str:
        """The word, if it is one of those allowed."""
        options = " or ".join(map(repr, self.allowed))
        if not isinstance(value, str):
            raise Wrong(f"{name} is {shown(value)}", expected=options, broken=True)
        if value not in self.allowed:
            raise Wrong(f"{name} is {shown(value)}; it must be {options}")
        return value


@dataclass(frozen=True)
class Text:
    """Text; a name is one line that is not empty."""

    name: bool = False

    def read(self, name: str, value: Any) -> str:
        """The text, without change."""
        if value is None or not isinstance(value, str):
            found = "is missing" if value is None else f"is {shown(value)}"
            raise Wrong(f"{name} {found}", expected="text", broken=True)
        if self.name and not is_text(value):
            raise Wrong(f"{name} is {shown(value)}; it must be one line that is not empty")
        if any(unicodedata.category(c) == "Cs" for c in value):
            raise Wrong(f"{name} has half of a character pair, which no file can hold")
        return str(value)


def shown(value: Any) -> str:
    """A value in a message: neither endless nor deep."""
    short = reprlib.Repr()
    short.maxlevel, short.maxstring, short.maxother = 3, 60, 60
    return short.repr(value)


def is_text(value: str) -> bool:
    """Whether a text is one line, not empty, without blanks around and control characters."""
    controls = ("Cc", "Cs", "Zl", "Zp")
    return value.strip() == value != "" and not any(
        unicodedata.category(c) in controls for c in value
    )


def ruled(rule: Rule, **more: Any) -> Any:
    """A dataclass field that a rule reads."""
    return field(metadata={"rule": rule}, **more)


def rule_of(spec: Field[Any]) -> Rule:
    """The rule of a field."""
    return spec.metadata["rule"]
