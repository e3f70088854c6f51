"""The HTML brief in a real browser, opened from the disk, wide and on a phone."""

from itertools import pairwise
from pathlib import Path

import pytest

from autarky import sources
from autarky.report import brief, to_html

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Economies with the longest names, the smallest shares and the most foreign inputs.
CODES = ("DEU", "LUX", "ROW", "CHN")
SIZES = {"wide": (1440, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("briefs")
    years = {year: sources.open("world", year) for year in sources.years("world")}
    made = {}
    for code in CODES:
        made[code] = folder / f"{code}.html"
        page = brief(years[2011], code, tables=years, spec="world:2011")
        made[code].write_text(to_html(page), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        except sync_api.Error as error:
            pytest.skip(f"the browser does not start: {error.message.splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture(params=SIZES)
def size(request):
    return SIZES[request.param]


@pytest.fixture(params=CODES)
def page(request, browser, files, size):
    """A page as opened by a double click; `heard` has all requests and messages."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.heard = {"requests": [], "console": []}
    page.on("request", lambda request: page.heard["requests"].append(request.url))
    page.on("console", lambda message: page.heard["console"].append(message.text))
    page.on("pageerror", lambda error: page.heard["console"].append(str(error)))
    page.goto(files[request.param].as_uri())
    page.wait_for_load_state()
    yield page
    context.close()


def test_one_request_and_no_word_on_the_console(page):
    assert len(page.heard["requests"]) == 1
    assert page.heard["requests"][0].startswith("file://")
    assert page.heard["console"] == []


def test_no_horizontal_overflow(page, size):
    for _ in range(2):
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size[0]
        # What sticks out of the window without scrolling it is cut off.
        outside = page.evaluate(
            """() => [...document.querySelectorAll('body *')]
              .filter(e => !e.closest('.scroll') && !e.closest('pre') && e.getClientRects().length)
              .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5
                        || e.getBoundingClientRect().left < -0.5)
              .map(e => e.tagName + ': ' + e.textContent.slice(0, 40))"""
        )
        assert outside == []
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


def test_all_text_of_charts_is_inside_their_frame(page):
    outside = page.evaluate(
        """() => [...document.querySelectorAll('svg')].flatMap(svg => {
          const frame = svg.viewBox.baseVal
          return [...svg.querySelectorAll('text, rect, circle, polyline')].filter(e => {
            const box = e.getBBox()
            return box.x < frame.x - 0.5 || box.y < frame.y - 0.5
              || box.x + box.width > frame.x + frame.width + 0.5
              || box.y + box.height > frame.y + frame.height + 0.5
          }).map(e => e.tagName + ': ' + e.textContent)
        })"""
    )
    assert outside == []


def test_texts_of_a_chart_do_not_overlap(page):
    overlapping = page.evaluate(
        """() => [...document.querySelectorAll('svg')].flatMap(svg => {
          const texts = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBBox()])
          const found = []
          texts.forEach(([a, p], i) => texts.slice(i + 1).forEach(([b, q]) => {
            const x = Math.min(p.x + p.width, q.x + q.width) - Math.max(p.x, q.x)
            const y = Math.min(p.y + p.height, q.y + q.height) - Math.max(p.y, q.y)
            if (x > 1 && y > 4) found.push(a + ' / ' + b)
          }))
          return found
        })"""
    )
    assert overlapping == []


def test_headings_and_names(page):
    assert page.locator("h1").count() == 1
    assert page.locator("h1").inner_text() == page.title()
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3,h4')].map(e => Number(e.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.get_by_role("main").count() == 1
    for section in page.get_by_role("region").all():
        assert section.get_attribute("aria-label") or section.get_attribute("aria-labelledby")
    pictures = page.get_by_role("img")
    assert pictures.count() == page.locator("svg").count() > 0
    for picture in pictures.all():
        assert len(picture.get_attribute("aria-label")) > 10
    # Every picture has its numbers in a table of the same section.
    for section in page.locator("section:has(svg)").all():
        assert section.locator("table").count() == 1


def test_the_keyboard_reaches_and_opens_everything(page):
    summaries = page.locator("summary").count()
    assert summaries > 0
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
              const e = document.activeElement
              if (e.tagName !== 'SUMMARY') return null
              return [...document.querySelectorAll('summary')].indexOf(e)
            }"""
        )
        if at is None or at in reached:
            continue
        reached.add(at)
        before = page.evaluate("document.activeElement.parentElement.open")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.parentElement.open") is not before
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
    assert reached == set(range(summaries))


def test_text_can_be_read_against_its_ground(page):
    """Contrast of at least 4.5 (WCAG AA) for all text outside the charts, light and dark."""
    script = """() => {
      const parse = c => c.match(/[\\d.]+/g).map(Number)
      const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0)
      const ground = e => {
        for (; e; e = e.parentElement) {
          const c = parse(getComputedStyle(e).backgroundColor)
          if (c.length < 4 || c[3] > 0) return c
        }
        return [255, 255, 255]
      }
      return [...document.querySelectorAll('p, h1, h2, dt, dd, li, td, th, summary, pre, svg text')]
        .map(e => {
          const own = getComputedStyle(e)
          const colour = e.namespaceURI.endsWith('svg') ? own.fill : own.color
          const [a, b] = [light(parse(colour)), light(ground(e))]
          return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.textContent.slice(0, 30)]
        }).filter(([ratio]) => ratio < 4.5)
    }"""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(script) == []


def test_ten_numbers_are_the_measures(browser, files):
    from autarky import measure

    table = sources.open("world", 2011)
    result = measure.dependence(table, regions="DEU", by="partner")
    frame = result.tidy("look_through").set_index("partner")["value"]
    expected = frame.drop(["DEU", "total"], errors="ignore").sort_values(ascending=False).head(10)
    page = browser.new_page()
    page.goto(files["DEU"].as_uri())
    page.locator("#sources summary").click()
    rows = page.locator("#sources tbody tr").all()
    assert len(rows) == 10
    for row, (code, value) in zip(rows, expected.items(), strict=True):
        assert row.locator("th").inner_text() == table.regions.title(code)
        assert row.locator("td").nth(1).inner_text() == f"{100 * value:.1f} %"
    page.close()


def test_it_prints(browser, files, tmp_path):
    page = browser.new_page()
    page.goto(files["DEU"].as_uri())
    page.pdf(path=tmp_path / "deu.pdf", format="A4")
    assert Path(tmp_path / "deu.pdf").read_bytes().startswith(b"%PDF")
    page.close()
