"""Briefs of tables that nobody would publish: none may fail, mislead or run somebody's text."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from autarky import Table
from autarky.errors import LabelError, OptionError
from autarky.report import brief, to_html

HOSTILE = (
    "<script>alert(1)</script>",
    '"onload=alert(1) x="',
    "'><img src=x onerror=alert(1)>",
    "</title></style><b>",
    "{{ 7 * 7 }}{% for %}",
    "[/red][bold]:x:",
    "&lt;b&gt; & <b>",
    "a\x1b[2J\x07b",
    "--></svg>",
)


class Elements(HTMLParser):
    """All start tags with their attributes; balanced."""

    VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def shown(page, printed):
    """Both forms of a page; checks what must hold for any."""
    html, text = to_html(page), printed(page)
    elements = Elements(html)
    visible = " ".join(elements.words) + text
    assert not re.search(r"\bnan\b|\binf\b|(?<!\d)-0(\.0+)? |\bNone\b", visible)
    assert "\x1b" not in visible
    for _, attributes in elements.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            for number in re.findall(r"[-\d.]*(?:nan|inf)", value or ""):
                raise AssertionError(f"{name}={number}")
    assert page.question in text
    page.tidy()
    return elements, text


@pytest.mark.parametrize(
    ("shape", "empty"),
    [((2, 1), ()), ((3, 3), ()), ((2, 2), (0,)), ((2, 1), (0,)), ((2, 3), (0, 1, 2)), ((5, 1), ())],
    ids=str,
)
@pytest.mark.parametrize("year", [None, 2020])
def test_small_tables(make_table, printed, shape, empty, year):
    table = make_table(*shape, empty=empty, year=year)
    for region in table.regions:
        page = brief(table, region)
        _, text = shown(page, printed)
        assert ("2020" in text) == (year is not None)
        assert not any(s.key == "change" for s in page.sections)


def test_an_economy_that_buys_nothing_abroad(printed):
    table = Table.from_arrays(np.eye(2), 2 * np.eye(2), regions=["A", "B"], sectors=["s"])
    page = brief(table, "A")
    shown(page, printed)
    assert "0.0 are earned abroad." in page.headline
    assert [s.key for s in page.sections] == ["self-sufficiency", "cut-off"]
    # Nobody published elasticities for a sector called "s": the page says so instead of a number.
    assert "cannot say for this table" in page.sections[-1].answer


def test_only_the_rest_of_the_world_beside_it(make_table, printed):
    table = make_table(2, 2, regions=["DEU", "ROW"])
    page = brief(table, "DEU")
    shown(page, printed)
    assert "single-points" not in [s.key for s in page.sections]
    shown(brief(table, "ROW"), printed)


@pytest.mark.parametrize("sectors", [1, 3])
def test_one_region_has_no_abroad(make_table, sectors):
    with pytest.raises(OptionError, match="no abroad"):
        brief(make_table(1, sectors), "R0")


def test_an_unknown_economy(make_table):
    with pytest.raises(LabelError, match="R0"):
        brief(make_table(2, 2), "R00")


def test_regions_with_different_sectors(printed):
    from autarky.axes import Axis, Industries, Uses

    regions = Axis("region", ["A", "B"])
    sectors = Axis("sector", ["s", "t", "u"])
    industries = Industries(regions, sectors, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 2]))
    assert not industries.is_regular
    rng = np.random.default_rng(0)
    Z, Y = rng.random((4, 4)), 4 * rng.random((4, 2))
    x = Z.sum(axis=1) + Y.sum(axis=1)
    uses = Uses.product(regions, Axis("use", ["final"]))
    table = Table(Z=Z, Y=Y, x=x, value_added=x - Z.sum(axis=0), industries=industries, uses=uses)
    for region in table.regions:
        shown(brief(table, region), printed)


def test_years_in_which_the_economy_is_missing(make_table, printed):
    now = make_table(3, 2, year=2020)
    before = make_table(2, 2, year=2010)
    page = brief(now, "R2", tables={2010: before, 2020: now})
    assert not any(s.key == "change" for s in page.sections)
    page = brief(now, "R1", tables={2010: before, 2020: now})
    assert any(s.key == "change" for s in page.sections)
    shown(page, printed)


def test_hostile_names(printed):
    from autarky.axes import Axis
    from autarky.units import Provenance

    count = len(HOSTILE)
    rng = np.random.default_rng(1)
    n = count * count
    table = Table.from_arrays(
        rng.random((n, n)),
        n * rng.random((n, count)),
        regions=Axis("region", [f"R{i}" for i in range(count)], titles=HOSTILE),
        sectors=Axis("sector", [f"s{i}" for i in range(count)], titles=HOSTILE),
        year=2020,
        provenance=Provenance(
            source=HOSTILE[0], citation=HOSTILE[1], licence=HOSTILE[3], url="javascript:alert(1)"
        ),
    )
    plain = Elements(to_html(brief(table_like(table), "R0")))
    allowed = {tag for tag, _ in plain.tags}
    for region in table.regions:
        elements, text = shown(brief(table, region, spec=HOSTILE[1]), printed)
        assert {tag for tag, _ in elements.tags} <= allowed
        assert "script" not in {tag for tag, _ in elements.tags}
        assert not any("javascript:" in (v or "") for _, a in elements.tags for v in a.values())
        assert "[/red][bold]:x:" in re.sub(r"\s+", "", text)
        joined = "".join(elements.words)
        assert HOSTILE[0] in joined
        assert "{{ 7 * 7 }}" in joined


def table_like(table):
    """The same table with names that are only their codes."""
    return Table.from_arrays(
        table.Z, table.Y, regions=list(table.regions), sectors=list(table.sectors), year=2020
    )
