"""The data-health report as sentences for somebody who does not know the table.

May import `table` and `report.words`.
"""

from __future__ import annotations

import numpy as np

from autarky.report.words import listed, lower, percent, the, visible
from autarky.table import Table


def health_in_words(table: Table) -> tuple[str, ...]:
    """One sentence or two per finding, with its worst places by name."""
    total = table.x.sum()
    gap = abs(table.x - table.Z.sum(axis=1) - table.Y.sum(axis=1)).sum() / total if total else 0.0
    exact = " exactly" if gap < 1e-9 else f" but for {percent(gap, 2)} of it"
    lines = [f"What is sold adds up to what is made{exact}."]
    for finding in table.check():
        if finding.code == "row_imbalance":
            continue
        if finding.code == "negative_Y":
            lines.append(_negative_final_use(table))
            continue
        places = ", ".join(place for place, _ in finding.worst[:3])
        text = visible(f"{finding.message[0].upper()}{finding.message[1:]}. Largest: {places}.")
        lines.append(text)
    return tuple(lines)


def _negative_final_use(table: Table) -> str:
    """Mostly goods sold out of stocks, which a reader would take for an error."""
    rows, columns = np.nonzero(table.Y < 0)
    values = table.Y[rows, columns]
    share = -values.sum() / np.abs(table.Y).sum()
    industries = table.industries
    names = []
    for i in rows[np.argsort(values, kind="stable")]:
        sector = lower(visible(table.sectors.title(table.sectors[int(industries.sector_of[i])])))
        region = the(visible(table.regions.title(table.regions[int(industries.region_of[i])])))
        if (name := f"{sector} of {region}") not in names:
            names.append(name)
        if len(names) == 3:
            break
    count = f"{len(values)} of {table.Y.size:,} entries of final use are negative"
    return (
        f"{count}, together {percent(share, 2)} of final use: mostly goods sold out of stocks. "
        f"Largest: {listed(names)}."
    )
