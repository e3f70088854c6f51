"""Ready scenarios: a file each in ``library/``, and the isolation of any region or group.

May import `table` and below, and its own folder.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from types import MappingProxyType

from autarky import countries
from autarky.errors import LabelError, OptionError
from autarky.shocks.files import parse_scenario
from autarky.shocks.groups import groups
from autarky.shocks.scenario import Scenario
from autarky.shocks.trade import Isolation

#: Names of the family: "autarky-DEU", "autarky-EU27".
FAMILY = "autarky-"


class Library(Mapping[str, Scenario]):
    """Scenarios by name, with ``autarky-X`` for every region or group X.

    It lists the files, and the family for the regions it was asked for; looking up works for the
    family of any label.
    """

    def __init__(self, ready: Mapping[str, Scenario], regions: tuple[str, ...]) -> None:
        self._ready, self._regions = ready, regions

    def __getitem__(self, name: str) -> Scenario:
        if name in self._ready:
            return self._ready[name]
        # Others are not refused here: a table may have regions of its own.
        region = name.removeprefix(FAMILY) if isinstance(name, str) else ""
        if not region or region == name:
            names = [*self._ready, f"{FAMILY}DEU"]
            near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
            raise LabelError("scenario", [str(name)], {str(name): near})
        return autarky_of(region)

    def __contains__(self, name: object) -> bool:
        return name in self._ready or (
            isinstance(name, str) and name.startswith(FAMILY) and name != FAMILY
        )

    def __iter__(self) -> Iterator[str]:
        yield from self._ready
        for region in self._regions:
            yield FAMILY + region

    def __len__(self) -> int:
        return len(self._ready) + len(self._regions)

    def __repr__(self) -> str:
        return f"<Library of {len(self)} scenarios, and {FAMILY}X for any region X>"


def scenarios(regions: Iterable[str] = ()) -> Library:
    """All ready scenarios by name.

    Parameters
    ----------
    regions : iterable of str, optional
        Regions whose ``autarky-X`` is listed as well (``table.regions``).

    Examples
    --------
    >>> ready = scenarios()
    >>> ready["us-tariff-40"].describe()
    'tariff of USA on everyone else (all sectors, 40 %)'
    >>> ready["autarky-DEU"].title
    'Germany trades with nobody'
    """
    if isinstance(regions, str):
        raise OptionError(f"regions={regions!r} is one text; give a list, such as table.regions")
    return Library(_ready(), tuple(dict.fromkeys(regions)))


def autarky_of(region: str) -> Scenario:
    """A region, or group as one bloc, trades with nobody outside."""
    group = groups().get(region)
    who = re.split("[,:]", group.title)[0] if group else countries.name(region)
    return Scenario(
        f"{FAMILY}{region}",
        [Isolation(region=region)],
        title=f"{who} trades with nobody{' outside' if group else ''}",
        source="A limiting case, not a forecast.",
    )


@functools.cache
def _ready() -> Mapping[str, Scenario]:
    folder = resources.files("autarky.shocks").joinpath("library")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    found = {}
    for file in files:
        scenario = parse_scenario(file.read_text(encoding="utf-8"), "toml", path=file.name)
        found[scenario.name] = scenario
    return MappingProxyType(found)
