"""Briefs to look at, and tables nobody would publish."""

import io

import numpy as np
import pytest
from rich.console import Console

from autarky import Table, sources
from autarky.report import brief, print_brief


@pytest.fixture(scope="session")
def years():
    """The embedded tables by year."""
    return {year: sources.open("world", year) for year in sources.years("world")}


@pytest.fixture(scope="session")
def world(years):
    return years[2011]


@pytest.fixture(scope="session")
def page_of(years, world):
    """The brief of an economy, with all years; each is made once."""
    made = {}

    def get(code):
        if code not in made:
            made[code] = brief(world, code, tables=years, spec="world:2011")
        return made[code]

    return get


@pytest.fixture(scope="session")
def printed():
    """What a brief looks like in a terminal of some columns."""

    def text(page, width=80):
        console = Console(file=io.StringIO(), width=width)
        print_brief(page, console)
        return console.file.getvalue()

    return text


def table_of(n_regions, n_sectors, *, empty=(), regions=None, **options):
    """A random table; the industries in `empty` neither buy nor sell."""
    n = n_regions * n_sectors
    rng = np.random.default_rng(20 * n_regions + n_sectors)
    Z, Y = rng.random((n, n)), n * rng.random((n, n_regions))
    for i in empty:
        Z[i], Z[:, i], Y[i] = 0, 0, 0
    regions = [f"R{r}" for r in range(n_regions)] if regions is None else regions
    sectors = options.pop("sectors", [f"s{s}" for s in range(n_sectors)])
    return Table.from_arrays(Z, Y, regions=regions, sectors=sectors, **options)


@pytest.fixture(scope="session")
def make_table():
    return table_of
