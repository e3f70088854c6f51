"""The country table: complete, unambiguous, and proof against the known traps."""

from __future__ import annotations

import csv
import re
import subprocess
import sys

import pytest

from autarky import countries as module
from autarky.countries import canonical, countries, find, name

ISO = [country for country in countries() if country.kind == "iso"]


def test_the_table_holds_every_iso_code_once():
    assert len(ISO) == 249
    assert len({country.code for country in countries()}) == len(countries())
    assert len({country.alpha2 for country in ISO}) == 249
    assert len({country.numeric for country in ISO}) == 249
    assert len({country.name for country in countries()}) == len(countries())


def test_iso_codes_are_well_formed():
    for country in ISO:
        assert re.fullmatch("[A-Z]{3}", country.code), country
        assert re.fullmatch("[A-Z]{2}", country.alpha2), country
        assert re.fullmatch("[0-9]{3}", country.numeric), country
        assert country.name.strip() == country.name != "", country


def test_sums_over_the_iso_table():
    # A single mistyped code changes these: sums of the 249 numeric codes and of the
    # positions of all letters, as computed from a second copy of the ISO list.
    assert sum(int(country.numeric) for country in ISO) == 108_025
    assert sum(ord(char) - 64 for c in ISO for char in c.code) == 9_085
    assert sum(ord(char) - 64 for c in ISO for char in c.alpha2) == 6_077


def test_no_name_or_alias_means_two_economies():
    seen: dict[str, str] = {}
    for country in countries():
        for text in (country.code, country.alpha2, country.name, *country.aliases):
            if text:
                assert seen.setdefault(module._key(text), country.code) == country.code, text


def test_no_hint_shadows_an_exact_name_of_the_same_economy():
    for country in countries():
        for hint in country.hints:
            assert canonical(hint) != country.code, hint


def test_every_way_to_write_an_economy_leads_to_its_code():
    for country in countries():
        for text in (country.code, country.alpha2, country.name, *country.aliases):
            if text:
                assert canonical(text) == country.code, text
                assert country.code in find(text), text
        for hint in country.hints:
            assert country.code in find(hint), hint


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NA", "NAM"),
        ("ROM", "ROU"),
        ("RoW", "ROW"),
        ("ROW", "ROW"),
        ("row", "ROW"),
        ("WWW", "ROW"),
        ("FIGW1", "ROW"),
        ("Rest of the World", "ROW"),
        ("TWN", "TWN"),
        ("Chinese Taipei", "TWN"),
        ("XKX", "XKX"),
        ("KSV", "XKX"),
        ("UK", "GBR"),
        ("EL", "GRC"),
        ("US", "USA"),
        ("U.S.A.", "USA"),
        ("Holland", "NLD"),
        ("Burma", "MMR"),
        ("Deutschland", "DEU"),
        ("Türkiye", "TUR"),
        ("TURKIYE", "TUR"),
        ("Czech Republic", "CZE"),
        ("Slovak Republic", "SVK"),
        ("Korea, Republic of", "KOR"),
        ("Korea (Republic of)", "KOR"),
        ("Korea, Dem. People's Rep.", "PRK"),
        ("Iran, Islamic Rep.", "IRN"),
        ("Egypt, Arab Rep.", "EGY"),
        ("Congo, Dem. Rep.", "COD"),
        ("Congo, Rep.", "COG"),
        ("ZAR", "COD"),
        ("Cote d'Ivoire", "CIV"),
        ("Côte d’Ivoire", "CIV"),
        ("St. Lucia", "LCA"),
        ("Trinidad & Tobago", "TTO"),
        ("Micronesia, Fed. Sts.", "FSM"),
        ("Sao Tome and Principe", "STP"),
        ("Viet Nam", "VNM"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Dominica", "DMA"),
        ("Dominican Republic", "DOM"),
        ("SUN", "SUN"),
        ("USSR", "SUN"),
        ("YUG", "YUG"),
        (" deu ", "DEU"),
    ],
)
def test_canonical(text, code):
    assert canonical(text) == code


@pytest.mark.parametrize("text", ["", " ", "na", "is", "nan", "Korea", "Virgin Islands", "XXX"])
def test_canonical_never_guesses(text):
    assert canonical(text) is None


def test_name_is_plain_english_and_falls_back_to_the_code():
    plain = {"KOR": "South Korea", "RUS": "Russia", "USA": "United States", "TUR": "Turkey"}
    plain |= {"CZE": "Czechia", "NAM": "Namibia", "ROW": "Rest of the world"}
    assert {code: name(code) for code in plain} == plain
    assert name("QQQ") == "QQQ"
    assert name("deu") == "deu"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("GERMANY", ["DEU"]),
        ("germany", ["DEU"]),
        ("Germny", ["DEU"]),
        ("Grmany", ["DEU"]),
        ("GER", ["DEU"]),
        ("Korea", ["KOR", "PRK"]),
        ("Congo", ["COG", "COD"]),
        ("England", ["GBR"]),
        ("Emirates", ["ARE"]),
        ("emirat", ["ARE"]),
        ("Untied States", ["USA"]),
        ("Philipines", ["PHL"]),
        ("Swizerland", ["CHE"]),
        ("Slowenia", ["SVN"]),
        ("united", ["ARE", "GBR", "USA", "MEX", "TZA"]),
        ("na", ["NAM"]),
        ("", []),
        ("?", []),
        ("qq", []),
        ("qwertyuiop", []),
    ],
)
def test_find(text, codes):
    assert find(text) == codes


def test_find_stops_at_its_limit():
    assert len(find("Republic")) == 5
    assert len(find("Republic", limit=2)) == 2


def test_all_regions_of_wiod_are_found_by_code_and_name(shared):
    text = (shared / "wiod2013" / "regions.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 41
    for row in rows:
        code = {"RoW": "ROW"}.get(row["code"], row["code"])
        assert canonical(row["code"]) == code
        assert canonical(row["source_code"]) == code
        assert canonical(row["name"]) == code


def test_import_reads_no_file():
    # Lazy: `import autarky` is paid by every command, the table only where it is used.
    program = (
        "import sys, autarky.countries as c; "
        "assert c._by_code.cache_info().currsize == 0; c.name('DEU'); "
        "assert c._by_code.cache_info().currsize == 1; "
        "assert not {'numpy', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
