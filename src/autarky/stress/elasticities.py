"""Trade elasticities as typed objects: named sets with sources, conversions, matching by label.

θ > 0 is the exponent of costs in trade shares. The same number is printed as −θ (trade
elasticity), θ + 1 (σ), 1/θ, or −θ − 1 (coefficient of tariffs on trade before tariffs); taking
one for another is this field's commonest silent error, so each has its own constructor, which
refuses values that cannot be meant. May import `table`, `errors` and `stress._elasticity_data`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autarky.errors import LabelError, OptionError
from autarky.stress._elasticity_data import convert, data, numbers, own_draws, read_draws
from autarky.table import Table

Array = NDArray[np.float64]

Kind = Literal[
    "theta", "trade_elasticity", "sigma", "one_over_theta", "tariff_net", "tariff_gross", "flat"
]
Horizon = Literal["short", "medium", "long"]

#: θ that any estimate has so far had; beyond, the number is taken for a slip of units or kind.
PLAUSIBLE = (0.1, 100.0)
#: Median θ below which numbers look like 1/θ given as θ, or the other way round.
LOW_MEDIAN = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class Elasticities:
    """Trade elasticities θ by sector, with where they come from.

    Make one with `elasticities` (a named set), `flat` or a constructor that says what the numbers
    are: `from_theta`, `from_trade_elasticity`, `from_sigma`, `from_inverse`,
    `from_tariff_coefficient`.

    Parameters
    ----------
    name : str
    values : mapping of str to float
        θ by sector label; empty where one value holds everywhere.
    kind : str
        How the numbers were stated before they became θ.
    system : str
        The label system of the sectors, "" for the user's own.
    everywhere : float, optional
        θ of any sector whatever its label.
    aggregate : float, optional
        θ of all trade together, for one-sector models.
    citation, doi : str
    errors : mapping of str to float
        Standard errors of θ, where known.
    draws : (D, S) array, optional
        Joint draws of θ, in the order of `values`.
    assumptions : tuple of str
        Values that no source gives.
    horizon : {"short", "medium", "long"}
        The time after a change to which the values belong.
    """

    name: str
    values: Mapping[str, float] = field(default_factory=dict)
    kind: Kind = "theta"
    system: str = ""
    everywhere: float | None = None
    aggregate: float | None = None
    citation: str = ""
    doi: str = ""
    errors: Mapping[str, float] = field(default_factory=dict)
    draws: Array | None = None
    assumptions: tuple[str, ...] = ()
    horizon: Horizon = "long"

    def __post_init__(self) -> None:
        values = {str(k): float(v) for k, v in self.values.items()}
        problems = [f"{k} {v:g}" for k, v in values.items() if not (np.isfinite(v) and v > 0)]
        for what in ("everywhere", "aggregate"):
            one = getattr(self, what)
            if one is not None and not (np.isfinite(one) and one > 0):
                problems.append(f"{what} {one:g}")
        if problems:
            listed = ", ".join(problems[:6])
            raise OptionError(
                f"elasticities {self.name!r}: θ must be finite and above 0, which fails for "
                f"{len(problems)}: {listed}. A trade elasticity on prices is −θ: use "
                "from_trade_elasticity"
            )
        if not values and self.everywhere is None:
            raise OptionError(f"elasticities {self.name!r} have no values")
        object.__setattr__(self, "values", MappingProxyType(values))
        object.__setattr__(self, "errors", MappingProxyType(dict(self.errors)))
        object.__setattr__(self, "assumptions", tuple(self.assumptions))
        if self.draws is not None:
            object.__setattr__(self, "draws", own_draws(self.draws, len(values), self.name))

    def __reduce__(self) -> tuple[Any, ...]:
        # Mapping proxies cannot be pickled; elasticities travel to worker processes.
        state = dict(self.__dict__) | {"values": dict(self.values), "errors": dict(self.errors)}
        return _rebuild, (state,)

    # --- saying what the numbers are ----------------------------------------------------------

    @classmethod
    def from_theta(
        cls, values: Mapping[str, float], *, name: str = "own", **about: Any
    ) -> Elasticities:
        """From θ itself, the positive exponent of costs (4.55 for all trade, typically 0.4–50).

        Raises
        ------
        OptionError
            A value is not positive, lies outside [0.1, 100], or the median is below 0.5, as that
            of numbers that are really 1/θ.
        """
        theta = numbers(values, name)
        negative = [k for k, v in theta.items() if v <= 0]
        if negative:
            raise OptionError(
                f"elasticities {name!r}: θ is {theta[negative[0]]:g} in {negative[0]}; θ is "
                "positive (a trade elasticity on prices, −θ, is negative: from_trade_elasticity)"
            )
        return cls._checked(theta, "theta", name, "from_inverse takes 1/θ", about)

    @classmethod
    def from_trade_elasticity(
        cls, values: Mapping[str, float], *, name: str = "own", **about: Any
    ) -> Elasticities:
        """From elasticities of trade with respect to its price or cost, ε = −θ: negative.

        Examples
        --------
        >>> dict(Elasticities.from_trade_elasticity({"food": -2.55}).values)
        {'food': 2.55}

        Raises
        ------
        OptionError
            A value is not negative, or makes an implausible θ.
        """
        given = numbers(values, name)
        wrong = [k for k, v in given.items() if v >= 0]
        if wrong:
            raise OptionError(
                f"elasticities {name!r}: the trade elasticity of {wrong[0]} is "
                f"{given[wrong[0]]:g}; it must be negative, trade falls as its price rises "
                "(from_theta takes the positive exponent)"
            )
        theta = {k: -v for k, v in given.items()}
        return cls._checked(theta, "trade_elasticity", name, "−θ was expected", about)

    @classmethod
    def from_sigma(
        cls, values: Mapping[str, float], *, name: str = "own", **about: Any
    ) -> Elasticities:
        """From elasticities of substitution, θ = σ − 1.

        Raises
        ------
        OptionError
            A σ is not above 1, or makes an implausible θ.
        """
        given = numbers(values, name)
        wrong = [k for k, v in given.items() if v <= 1]
        if wrong:
            raise OptionError(
                f"elasticities {name!r}: σ of {wrong[0]} is {given[wrong[0]]:g}; an elasticity of "
                "substitution between suppliers must be above 1 (from_theta takes σ − 1)"
            )
        theta = {k: v - 1.0 for k, v in given.items()}
        return cls._checked(theta, "sigma", name, "σ = θ + 1 was expected", about)

    @classmethod
    def from_inverse(
        cls, values: Mapping[str, float], *, name: str = "own", **about: Any
    ) -> Elasticities:
        """From 1/θ, the dispersion of costs.

        Raises
        ------
        OptionError
            A value is not positive, or θ comes out implausible: the numbers look like θ itself.
        """
        given = numbers(values, name)
        wrong = [k for k, v in given.items() if v <= 0]
        if wrong:
            raise OptionError(
                f"elasticities {name!r}: 1/θ of {wrong[0]} is {given[wrong[0]]:g}; it must be "
                "above 0"
            )
        theta = {k: 1.0 / v for k, v in given.items()}
        return cls._checked(
            theta, "one_over_theta", name, "these look like θ: use from_theta", about
        )

    @classmethod
    def from_tariff_coefficient(
        cls,
        values: Mapping[str, float],
        *,
        trade: Literal["net", "gross"],
        name: str = "own",
        **about: Any,
    ) -> Elasticities:
        """From coefficients of log(1 + tariff) in a gravity equation.

        Parameters
        ----------
        values : mapping of str to float
            Coefficients, negative.
        trade : {"net", "gross"}
            Whether trade was valued before tariffs (net: customs values, whether fob or cif; the
            coefficient is −θ − 1) or with tariffs (gross: −θ).

        Raises
        ------
        OptionError
            A coefficient is not below −1 (net) or 0 (gross), or makes an implausible θ.
        """
        if trade not in ("net", "gross"):
            raise OptionError(f"trade={trade!r} is not one of 'net', 'gross'")
        given, less = numbers(values, name), 1.0 if trade == "net" else 0.0
        wrong = [k for k, v in given.items() if v >= -less]
        if wrong:
            raise OptionError(
                f"elasticities {name!r}: the coefficient of {wrong[0]} is {given[wrong[0]]:g}; on "
                f"trade {'before' if less else 'with'} tariffs it must be below {0 - less:g}"
            )
        theta = {k: -v - less for k, v in given.items()}
        kind: Kind = "tariff_net" if less else "tariff_gross"
        return cls._checked(theta, kind, name, "check whether trade is net or gross", about)

    @classmethod
    def _checked(
        cls, theta: dict[str, float], kind: Kind, name: str, hint: str, about: dict[str, Any]
    ) -> Elasticities:
        low, high = PLAUSIBLE
        odd = [f"{k} {v:.3g}" for k, v in theta.items() if not low <= v <= high]
        if odd:
            raise OptionError(
                f"elasticities {name!r}: θ comes out outside [{low:g}, {high:g}] in {len(odd)} "
                f"sectors: {', '.join(odd[:6])}; {hint}"
            )
        median = float(np.median(list(theta.values()))) if theta else 1.0
        if median < LOW_MEDIAN:
            raise OptionError(
                f"elasticities {name!r}: the median θ is {median:.3g}, below any published set; "
                f"{hint}"
            )
        return cls(name=name, values=theta, kind=kind, **about)

    # --- using them ---------------------------------------------------------------------------

    @property
    def labels(self) -> tuple[str, ...]:
        """The sectors, in order."""
        return tuple(self.values)

    @property
    def theta(self) -> Array:
        """(S,) values in the order of `labels`."""
        return np.array(list(self.values.values()))

    def for_table(self, table: Table) -> Array:
        """(S,) θ in the order of the table's sectors; `OptionError` names those without a value."""
        return self.on(table.sectors.labels).theta

    def on(self, sectors: Sequence[str]) -> Elasticities:
        """The same elasticities on other sector labels, in their order.

        Labels that the set knows are taken as they are. Otherwise the labels must be those of a
        known system (`elasticity_systems`): sectors without a counterpart of the same name take
        the plain mean of the sectors they match by title; groups take the harmonic mean of their
        members, weighted with world imports.

        Raises
        ------
        OptionError
            A sector has no value.

        Notes
        -----
        To first order an economy's cost of autarky in a group is Σ Mₛ/θₛ over its members, Mₛ
        imports. 1/θ_g = Σ (Mₛ/θₛ) / Σ Mₛ keeps that sum for the world as a whole.
        """
        sectors = tuple(sectors)
        if self.everywhere is not None:
            rest = {s: self.values.get(s, self.everywhere) for s in sectors}
            return replace(self, values=rest, everywhere=None, draws=None)
        if not set(sectors) <= set(self.values):
            converted = convert(self, sectors)
            if converted is None:
                raise OptionError(self._missing(sectors))
            return converted.on(sectors)
        order = [self.labels.index(s) for s in sectors]
        return replace(
            self,
            values={s: self.values[s] for s in sectors},
            errors={s: self.errors[s] for s in sectors if s in self.errors},
            draws=None if self.draws is None else self.draws[:, order],
        )

    def with_values(self, values: Mapping[str, float], *, name: str = "") -> Elasticities:
        """The same set with θ of some sectors replaced; `LabelError` for sectors it lacks."""
        unknown = [s for s in values if s not in self.values]
        if unknown and self.everywhere is None:
            near = {s: difflib.get_close_matches(s, self.labels, n=3) for s in unknown}
            raise LabelError("sector", unknown, near)
        changed = ", ".join(f"{s} {v:g}" for s, v in list(values.items())[:4])
        more = ", …" if len(values) > 4 else ""
        return replace(
            self,
            name=name or f"{self.name} changed",
            values={**self.values, **values},
            draws=None,
            errors={s: e for s, e in self.errors.items() if s not in values},
            assumptions=(*self.assumptions, f"set by the user: {changed}{more}"),
        )

    def at_horizon(self, horizon: Horizon) -> Elasticities:
        """The same set for a shorter time after the change: every θ times one factor.

        Factors are relative to the long run (Boehm, Levchenko and Pandalai-Nayar 2023: −0.76
        after a year, about −2.12 in the long run); that all sectors share one is an assumption.

        Raises
        ------
        OptionError
            The horizon is unknown, or the set is not a long-run one.
        """
        scale = horizon_factor(horizon)
        if horizon == self.horizon:
            return self
        if self.horizon != "long":
            raise OptionError(f"elasticities {self.name!r} are {self.horizon}-run values already")
        entry = data()["horizon"][horizon]
        said = f"{horizon} run ({entry['when']}): every θ times {scale:.3f}"
        said += f"; {entry['assumption']}" if entry["assumption"] else ""
        return replace(
            self,
            values={s: v * scale for s, v in self.values.items()},
            everywhere=None if self.everywhere is None else self.everywhere * scale,
            aggregate=None if self.aggregate is None else self.aggregate * scale,
            errors={s: e * scale for s, e in self.errors.items()},
            draws=None if self.draws is None else self.draws * scale,
            assumptions=(*self.assumptions, said),
            horizon=horizon,
        )

    def with_draws(
        self,
        draws: str | Path | ArrayLike,
        *,
        kind: Literal["theta", "tariff_net", "tariff_gross"],
        floor: float | None = None,
        key: str = "draws",
    ) -> Elasticities:
        """The same set with joint draws of its sectors.

        Parameters
        ----------
        draws : path or (D, S) array
            A `.npy` or `.npz` file (there the array `key`), or the numbers; columns in the order
            of `labels`.
        kind : {"theta", "tariff_net", "tariff_gross"}
            Draws of θ, or of the coefficient of log(1 + tariff) on trade before tariffs (−θ − 1)
            or with tariffs (−θ).
        floor : float, optional
            Draws of θ below this are raised to it; without it, a θ ≤ 0 is refused: no trade
            model has an answer for it.

        Raises
        ------
        OptionError
            Shape or kind do not fit, or a θ is not positive and no floor is given.
        DataError
            The file has no such array.
        """
        values = read_draws(draws, key)
        if kind not in ("theta", "tariff_net", "tariff_gross"):
            raise OptionError(f"kind={kind!r} is not one of 'theta', 'tariff_net', 'tariff_gross'")
        if kind != "theta":
            values = -values - (1.0 if kind == "tariff_net" else 0.0)
        said: tuple[str, ...] = ()
        if floor is not None:
            if not 0 < floor <= 10:
                raise OptionError(f"floor is {floor}; it must lie in (0, 10]")
            share = float((values < floor).mean())
            values = np.maximum(values, floor)
            said = (f"draws of θ below {floor:g} raised to it ({share:.1%} of them)",)
        bad = int((values <= 0).sum()) if values.size else 0
        if bad:
            raise OptionError(
                f"{bad} draws of θ ({bad / values.size:.1%}) are not above 0: without any "
                "response to prices autarky costs everything; give floor="
            )
        return replace(self, draws=values, assumptions=(*self.assumptions, *said))

    def draw(self, number: int) -> Elasticities:
        """The set of one of its joint draws, counted from 0.

        Raises
        ------
        OptionError
            There are no draws, or not so many.
        """
        count = 0 if self.draws is None else len(self.draws)
        if self.draws is None or not 0 <= number < count:
            raise OptionError(
                f"elasticities {self.name!r} have {count} draws: there is none of number {number}"
            )
        return replace(
            self,
            name=f"{self.name}[{number}]",
            values=dict(zip(self.labels, self.draws[number].tolist(), strict=True)),
            errors={},
            draws=None,
            assumptions=(*self.assumptions, f"joint draw {number} of {count}"),
        )

    def _missing(self, sectors: Sequence[str]) -> str:
        missing = [s for s in sectors if s not in self.values]
        known = ", ".join(elasticity_systems())
        return (
            f"elasticities {self.name!r} have no value for {len(missing)} of {len(sectors)} "
            f"sectors: {', '.join(missing[:8])}{', …' if len(missing) > 8 else ''}. Give θ for "
            f"each with Elasticities.from_theta, or one for all with flat; sectors are matched by "
            f"label, and known label systems are {known}"
        )


def flat(theta: float, *, name: str = "") -> Elasticities:
    """One θ in every sector.

    Examples
    --------
    >>> flat(5).on(["food", "cars"]).theta
    array([5., 5.])
    """
    low, high = PLAUSIBLE
    if not (np.isfinite(theta) and low <= theta <= high):
        raise OptionError(
            f"θ is {theta:g}; it must lie in [{low:g}, {high:g}] (a trade elasticity is −θ)"
        )
    one = float(theta)
    return Elasticities(name=name or f"flat({one:g})", kind="flat", everywhere=one, aggregate=one)


def elasticities(name: str = "cr2014") -> Elasticities:
    """A named set of trade elasticities; "cr2014" is the default everywhere.

    Examples
    --------
    >>> elasticities().values["c15"]
    0.37

    Raises
    ------
    LabelError
        No set has this name.
    """
    sets = data()["set"]
    if name not in sets:
        near = difflib.get_close_matches(str(name), sets, n=2, cutoff=0.4) or list(sets)
        raise LabelError("elasticity set", [str(name)], {str(name): near})
    row = dict(sets[name])
    values, services = dict(row.pop("values")), row.pop("services", None)
    row.pop("title")
    if services is not None:
        values |= dict.fromkeys(data()["system"][row["system"]]["services"], services)
    order = data()["system"][row["system"]]["labels"]
    return Elasticities(name=name, values={s: values[s] for s in order}, **row)


def elasticity_sets() -> dict[str, str]:
    """Names of the sets, each with its title.

    Examples
    --------
    >>> list(elasticity_sets())
    ['cr2014', 'cp_table1_99', 'cp_table1_full', 'cp_used', 'fgh2022']
    """
    return {name: row["title"] for name, row in data()["set"].items()}


def elasticity_systems() -> dict[str, str]:
    """Label systems that the named sets can be put on, each with its title."""
    return {name: row["title"] for name, row in data()["system"].items()}


def elasticities_of(value: str | float | Mapping[str, float] | Elasticities) -> Elasticities:
    """A set by name, one θ for all, θ by sector, or the set given."""
    if isinstance(value, Elasticities):
        return value
    if isinstance(value, str):
        return elasticities(value)
    if isinstance(value, Mapping):
        return Elasticities.from_theta(value)
    return flat(float(value))


def horizon_factor(horizon: Horizon) -> float:
    """What θ is multiplied by, relative to the long run."""
    known = ("short", "medium", "long")
    if horizon not in known:
        raise OptionError(f"horizon={horizon!r} is not one of 'short', 'medium', 'long'")
    entries = data()["horizon"]
    return entries[horizon]["elasticity"] / entries["long"]["elasticity"]


def _rebuild(state: dict[str, Any]) -> Elasticities:
    return Elasticities(**state)
