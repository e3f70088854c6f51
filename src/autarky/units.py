"""What a number is measured in, and where it comes from: Unit, Provenance, Certificate.

May import `errors`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from autarky.errors import OptionError

_MULTIPLES = {
    "": 1.0,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
}


@dataclass(frozen=True)
class Unit:
    """A currency, a multiple and a price concept: "million USD, current basic prices".

    Examples
    --------
    >>> unit = Unit("USD", "million")
    >>> str(unit), unit.factor("billion")
    ('million USD', 0.001)
    """

    currency: str = "money"
    multiple: str = ""
    prices: str = ""

    def __post_init__(self) -> None:
        if self.multiple not in _MULTIPLES:
            known = ", ".join(repr(m) for m in _MULTIPLES)
            raise OptionError(f"unit multiple {self.multiple!r} is not one of {known}")

    def __str__(self) -> str:
        return f"{self.multiple} {self.currency}".strip()

    def factor(self, multiple: str) -> float:
        """What a number in this unit is multiplied by to be in another multiple."""
        return _MULTIPLES[self.multiple] / Unit(self.currency, multiple).scale

    @property
    def scale(self) -> float:
        """Money per unit: 1e6 for a million."""
        return _MULTIPLES[self.multiple]


@dataclass(frozen=True)
class Step:
    """One thing done to a table: the verb, its parameters, and what it changed."""

    verb: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    effect: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(dict(self.parameters)))
        object.__setattr__(self, "effect", MappingProxyType(dict(self.effect)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Mapping proxies cannot be pickled; steps travel between processes with their table.
        return type(self), (self.verb, dict(self.parameters), dict(self.effect))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "verb": self.verb,
            "parameters": dict(self.parameters),
            "effect": dict(self.effect),
        }

    def __str__(self) -> str:
        inner = ", ".join(f"{k}={v}" for k, v in self.parameters.items())
        effect = "; ".join(f"{k} {_short(v)}" for k, v in self.effect.items())
        return f"{self.verb}({inner})" + (f": {effect}" if effect else "")


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Provenance:
    """Where a table comes from and every step since, in order.

    Parameters
    ----------
    source : str
        The release: "WIOD 2013".
    citation, licence, url : str
        How to cite it, what may be done with it, where it is.
    sha256 : str
        Hash of the stored content, where known.
    steps : tuple of Step
        What has been done to it here.
    faults : tuple of str
        Known faults of the release that a reader of a result should hear about.
    """

    source: str = "unnamed"
    citation: str = ""
    licence: str = ""
    url: str = ""
    sha256: str = ""
    steps: tuple[Step, ...] = ()
    faults: tuple[str, ...] = ()

    def then(self, verb: str, parameters: Mapping[str, Any], **effect: Any) -> Provenance:
        """The same provenance with one more step."""
        return replace(self, steps=(*self.steps, Step(verb, parameters, effect)))

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "source": self.source,
            "citation": self.citation,
            "licence": self.licence,
            "url": self.url,
            "sha256": self.sha256,
            "steps": [step.as_dict() for step in self.steps],
            "faults": list(self.faults),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Provenance:
        """The inverse of `as_dict`."""
        steps = tuple(Step(**step) for step in values.get("steps", ()))
        rest = {k: v for k, v in values.items() if k not in ("steps", "faults")}
        return cls(**rest, steps=steps, faults=tuple(values.get("faults", ())))


@dataclass(frozen=True)
class Certificate:
    """Proof that an answer solves its equations.

    `residual` is the largest error of any equation, relative to the largest right-hand side;
    an answer is only given when it is at most `tolerance`.
    """

    method: str
    iterations: int
    residual: float
    tolerance: float

    def __str__(self) -> str:
        return f"{self.method}, residual {self.residual:.1e} (≤ {self.tolerance:.0e})"
