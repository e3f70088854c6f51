"""``autarky brief``: one page, and the same numbers as JSON and CSV."""

import csv
import io
import math

import pytest

from autarky.report import brief
from autarky.sources import open as open_table


@pytest.fixture
def page(run):
    return run("brief", "DEU")


def test_it_is_printed(page):
    assert (page.code, page.err) == (0, "")
    assert page.out.startswith("What does Germany depend on?\n")
    assert "--table world:2011" in page.out


def test_html_is_a_file_and_says_so_on_stderr(run, tmp_path):
    done = run("brief", "DEU", "--html", tmp_path / "deu.html")
    assert (done.code, done.out) == (0, "")
    assert done.err == f"wrote {tmp_path / 'deu.html'}\n"
    text = (tmp_path / "deu.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    again = run("brief", "DEU", "--html", tmp_path / "deu.html", "--quiet")
    assert (again.code, again.out, again.err) == (0, "", "")
    assert (tmp_path / "deu.html").read_text(encoding="utf-8") == text


def test_json_and_csv_are_the_same_rows(run, tmp_path):
    done = run("brief", "LUX", "--json", "--csv", tmp_path / "a.csv", "--html", tmp_path / "a.html")
    assert done.code == 0
    values = done.json
    assert values["schema_version"] == 1
    assert values["question"] == "What does Luxembourg depend on?"
    assert values["headline"].startswith("Of every 100 dollars spent in Luxembourg")
    assert values["warnings"]
    assert values["certificates"]
    assert values["provenance"]["steps"]
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(values["data"]) > 1000
    for row, record in zip(rows, values["data"], strict=True):
        assert list(row) == list(record)
        value = record.pop("value")
        assert (float(row["value"]) if row["value"] else None) == value
        assert all(row[key] == str(text) for key, text in record.items())
    assert values["headline"] in (tmp_path / "a.html").read_text(encoding="utf-8")


def test_the_rows_are_those_of_the_page(run):
    years = {year: open_table("world", year) for year in (1995, 2000, 2005, 2008, 2011)}
    expected = brief(years[2011], "MLT", tables=years, spec="world:2011").tidy()
    done = run("brief", "MLT", "--csv", "-", "--quiet")
    rows = list(csv.DictReader(io.StringIO(done.out, newline="")))
    assert [float(r["value"]) if r["value"] else None for r in rows] == [
        None if math.isnan(v) else v for v in expected["value"]
    ]


def test_another_year(run):
    done = run("brief", "DEU", "--table", "world:1995")
    assert done.code == 0
    assert "The table describes 1995" in done.out.replace("\n", " ")
    assert run("brief", "DEU", "--table", "world").out == run("brief", "DEU").out.replace(
        "--table world:2011", "--table world"
    )


@pytest.mark.parametrize(("wrong", "right"), [("GERMANY", "DEU"), ("deu", "DEU"), ("Korea", "KOR")])
def test_names_lead_to_codes(run, wrong, right):
    done = run("brief", wrong)
    assert done.code == 2
    assert right in done.err


def test_no_half_page_is_left(run, tmp_path):
    """An economy that is not there writes nothing, and leaves what was there."""
    (tmp_path / "a.html").write_text("old")
    done = run("brief", "XYZ", "--html", tmp_path / "a.html", "--csv", tmp_path / "a.csv")
    assert done.code == 2
    assert (tmp_path / "a.html").read_text() == "old"
    assert not (tmp_path / "a.csv").exists()
