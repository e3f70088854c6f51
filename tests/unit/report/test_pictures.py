"""Pictures of an ensemble's answers: whole, escaped, with their source."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autarky.ensemble import answers
from autarky.errors import DataError, MissingExtraError, OptionError
from autarky.report import pictures

TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture
def frames():
    """Two scenarios × sixteen draws of two parameters, one with a name that would be markup."""
    names = ["<b>&x</b>", "$cut_{1}$"]
    draws = np.random.default_rng(0).random((16, 2))
    tasks = pd.DataFrame(
        [
            {"task": f"{s}{k}", "table": "t", "scenario": s, "model": "m", "draw": k,
             "theta": a, "floor": b}
            for s in names for k, (a, b) in enumerate(draws)
        ]
    )  # fmt: skip
    rows = pd.DataFrame(
        {
            "task": tasks["task"], "variable": "real_income", "region": "A", "sector": "total",
            "partner": "total", "value": -1 - tasks["theta"] - 3 * tasks["floor"],
            "unit": "percent",
        }
    )  # fmt: skip
    return rows, tasks


@pytest.fixture
def questions(frames):
    return {
        "quantiles": answers.quantiles(*frames),
        "ranking": answers.ranking(*frames, variable="real_income"),
        "exceedance": answers.exceedance(*frames, variable="real_income", threshold=-2.5),
        "tornado": answers.tornado(*frames, variable="real_income", sampling="saltelli"),
        "swings": answers.tornado(*frames, variable="real_income", sampling="lhs"),
    }


KINDS = ("quantiles", "ranking", "exceedance", "tornado", "swings")


@pytest.mark.parametrize("kind", KINDS)
def test_an_svg_is_well_formed_and_shows_every_row(questions, kind, tmp_path):
    path = tmp_path / "picture.svg"
    pictures.write_picture(questions[kind], path)
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    words = [one.text for one in root.iter(TEXT)]
    picture = pictures.spans(questions[kind])
    assert all(label in words for label in picture.labels)
    assert picture.title in words
    for low, point, high in picture.spans:
        # A resampled band holds its estimate on an even sample only; a quantile's always does.
        if kind in ("quantiles", "ranking", "exceedance"):
            assert low <= point <= high


@pytest.mark.parametrize("kind", KINDS)
def test_a_png_is_written(questions, kind, tmp_path):
    path = tmp_path / "picture.png"
    pictures.write_picture(questions[kind], path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [path]


def test_the_axis_has_zero_and_ends_on_round_numbers(questions):
    picture = pictures.spans(questions["quantiles"])
    ticks = pictures._ticks(picture)
    assert 0 in ticks
    assert ticks[0] <= min(low for low, _, _ in picture.spans)
    assert [pictures._number(t, ticks) for t in ticks][-1] == "0"


def test_swings_are_sorted_by_their_size(questions):
    picture = pictures.spans(questions["swings"])
    sizes = [abs(high - low) for low, _, high in picture.spans]
    assert sizes == sorted(sizes, reverse=True)
    assert "floor" in picture.labels[0]


def test_what_does_not_fit_is_counted(questions):
    picture = pictures.spans(questions["ranking"], most=1)
    assert len(picture.labels) == 1
    assert picture.more == 1
    assert "1 more rows" in pictures.to_svg(picture)


def test_an_undefined_index_is_said(frames):
    rows, tasks = frames
    flat = answers.tornado(
        rows.assign(value=-1.0), tasks, variable="real_income", sampling="saltelli"
    )
    assert "undefined" in pictures.to_svg(pictures.spans(flat))


def test_several_units_have_no_common_axis(frames):
    rows, tasks = frames
    more = rows.assign(variable="income_loss", unit="money/yr")
    with pytest.raises(OptionError, match="money/yr"):
        pictures.spans(answers.quantiles(pd.concat([rows, more]), tasks))


def test_an_empty_answer_has_no_picture(questions):
    empty = answers.Answer("ranking", "?", questions["ranking"].tidy().iloc[:0])
    with pytest.raises(OptionError, match="nothing to draw"):
        pictures.spans(empty)


def test_other_endings_are_refused(questions):
    with pytest.raises(DataError, match=r"\.svg or a \.png"):
        pictures.write_picture(questions["ranking"], Path("picture.pdf"))


def test_without_matplotlib_it_says_how_to_get_it(questions, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"autarky\[plots\]"):
        pictures.write_picture(questions["ranking"], tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
