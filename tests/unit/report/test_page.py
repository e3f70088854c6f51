"""The brief as one HTML file: whole, quiet and complete. The browser has tests of its own."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from autarky.report import to_html
from autarky.report.charts import Bars, Lines, Pairs
from autarky.report.svg import draw


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.inside = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def html(page_of):
    return to_html(page_of("DEU"))


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_nothing_is_loaded(html, page):
    loading = {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "source"}
    assert not loading & {tag for tag, _ in page.tags}
    assert not re.search(r"url\(|@import|src=|srcset=|xlink", html)
    # Addresses stand in the text (a DOI) or name a namespace; nothing fetches them.
    for _, attributes in page.tags:
        for name, value in attributes.items():
            assert "http" not in (value or "") or name == "xmlns"


def test_the_policy_forbids_every_request(page):
    (policy,) = (m["content"] for m in page.all("meta") if "http-equiv" in m)
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert next(tag for tag, _ in page.tags) == "html"
    head = [tag for tag, _ in page.tags]
    assert head.index("meta") < head.index("style")


def test_outline(html, page, page_of):
    assert html.startswith("<!doctype html>")
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    sections = page_of("DEU").sections
    assert len(page.all("h2")) == len(sections) + 3
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for attributes in page.all("section"):
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids
    for attributes in page.all("svg"):
        assert attributes["role"] == "img"
        assert attributes["aria-label"]
    for attributes in page.all("th"):
        assert attributes["scope"] in {"row", "col"}


def test_everything_said_is_on_it(page, page_of):
    brief = page_of("DEU")
    text = "".join(page.words)
    for line in (brief.headline, *brief.caveats, *brief.health, *brief.commands):
        assert line in text
    for value, meaning in brief.figures:
        assert value in text
        assert meaning in text
    for section in brief.sections:
        for part in (section.title, section.answer, section.note, *sum(section.rows, ())):
            assert part in text
    assert brief.provenance.citation in text
    for step in brief.provenance.steps:
        assert str(step) in text


def test_size(html):
    assert len(html.encode()) < 200_000


def test_the_template_refuses_what_it_does_not_know(page_of):
    from dataclasses import replace

    class Hollow:
        question = "?"

    with pytest.raises(UndefinedError):
        to_html(Hollow())
    assert to_html(replace(page_of("DEU"), health=(), year=None))


@pytest.mark.parametrize(
    "chart",
    [
        Bars(("a",), (0.0,)),
        Bars(("a", "b"), (100.0, 250.0)),
        Pairs(("a",), (1.0,), (2.0,), ("x", "y"), top=2.0),
        Pairs(("a",), (2.0,), (1.0,), ("x", "y"), top=2.0),
        Lines((2000, 2001), (("a", (0.0, 0.0)), ("b", (0.0, 0.0)))),
        Lines((2000, 2001), (("a", (99.0, 100.0)), ("b", (1.0, 100.0)), ("c", (50.0, 50.0)))),
    ],
    ids=str,
)
def test_charts_stay_inside_their_frame(chart):
    svg = draw(chart, 'a "title" <b>')
    assert "<b>" not in svg
    frame = re.search(r'viewBox="-4 -4 (\d+) (\d+)"', svg).groups()
    width, height = (float(size) - 8 for size in frame)
    for x, w in re.findall(r'<rect x="([-\d.]+)" y="[-\d.]+" width="([-\d.]+)"', svg):
        assert float(x) >= 0
        assert 0 <= float(x) + float(w) <= width + 0.1
    for y in re.findall(r' y[12]?="([-\d.]+)"', svg):
        assert 0 <= float(y) <= height
    for points in re.findall(r'points="([^"]+)"', svg):
        for point in points.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
    for x, y in re.findall(r'<text x="([-\d.]+)" y="([-\d.]+)"', svg):
        assert 0 <= float(x) <= width
        assert 10 <= float(y) <= height
