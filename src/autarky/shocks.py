"""What happens to an economy: the shocks that scenarios are made of.

Frozen values that say who, what and how much; models translate them. May import `table`
and everything below.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autarky.errors import ShockError
from autarky.table import Table

Labels = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Embargo:
    """A share of the flows from some exporters to some importers is cut.

    Parameters
    ----------
    exporters, importers : str or sequence of str
        Regions; flows inside a region are never cut.
    sectors : str or sequence of str, optional
        Exporting sectors; all by default.
    share : float
        Share of each link's base capacity that is cut, in [0, 1].

    Raises
    ------
    ShockError
        The share is out of range, or a side is missing or empty.

    Examples
    --------
    >>> Embargo(exporters="RUS", importers=["DEU", "FRA"], sectors="energy").importers
    ('DEU', 'FRA')
    """

    exporters: str | Iterable[str]
    importers: str | Iterable[str]
    sectors: str | Iterable[str] | None = None
    share: float = 1.0

    def __post_init__(self) -> None:
        for name in ("exporters", "importers", "sectors"):
            labels = _labels(name, getattr(self, name))
            if labels is None and name != "sectors":
                raise ShockError(f"{name} is missing: name the regions meant")
            object.__setattr__(self, name, labels)
        if not 0 < self.share <= 1:
            raise ShockError(f"share is {self.share}; it must lie above 0 and at most at 1")

    def blocks(self, table: Table) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
        """(selling industries, buying regions) of each exporter with links to cut.

        Raises
        ------
        LabelError
            A region or sector is not in the table.
        ShockError
            Nothing remains: every exporter is also the only importer, or has none of the sectors.
        """
        importers = table.regions.locate(self.importers)
        found = []
        for exporter in table.regions.locate(self.exporters):
            buyers = importers[importers != exporter]
            rows = table.industries.locate(table.regions[int(exporter)], self.sectors)
            if buyers.size and rows.size:
                found.append((rows, buyers))
        if not found:
            raise ShockError(
                f"an embargo of {', '.join(self.exporters)} on {', '.join(self.importers)} cuts "
                "nothing: no flow of these sectors crosses a border"
            )
        return found


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """A region, or a group of regions as one bloc, trades with nobody outside.

    Parameters
    ----------
    region : str or sequence of str
        The bloc; its internal trade is kept.

    Raises
    ------
    ShockError
        No region is named.
    """

    region: str | Iterable[str]

    def __post_init__(self) -> None:
        labels = _labels("region", self.region)
        if labels is None:
            raise ShockError("region is missing: name the region or bloc that is isolated")
        object.__setattr__(self, "region", labels)


def _labels(name: str, value: str | Iterable[str] | None) -> Labels | None:
    if value is None:
        return None
    labels = (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))
    if not labels:
        raise ShockError(f"{name} is empty: name at least one, or leave it out where all are meant")
    return labels
