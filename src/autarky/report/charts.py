"""Charts as data: what is drawn, not how; the terminal and the page draw the same ones.

May import nothing from the package.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bars:
    """One bar per label, in percent of `top`.

    Parameters
    ----------
    labels : tuple of str
    values : tuple of float
        In percent.
    top : float
        What a full bar means.
    digits : int
        Decimals of the values shown.
    ranges : tuple of (float, float)
        The lowest and highest value of each bar; empty where there is none.
    """

    labels: tuple[str, ...]
    values: tuple[float, ...]
    top: float = 100.0
    digits: int = 0
    ranges: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Pairs:
    """Two values per label, joined by a line: on paper and through chains."""

    labels: tuple[str, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    names: tuple[str, str]
    top: float = 100.0


@dataclass(frozen=True)
class Lines:
    """Values over years, or other steps of time, one line per name, in percent.

    Parameters
    ----------
    years : tuple of int
        Steps of time, ascending.
    series : tuple of (str, tuple of float)
        None below 0.
    step : str
        What a step is where it is not a year: "month".
    """

    years: tuple[int, ...]
    series: tuple[tuple[str, tuple[float, ...]], ...]
    step: str = ""


Chart = Bars | Pairs | Lines
