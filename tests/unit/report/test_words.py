"""Names and numbers in sentences."""

import pytest

from autarky.report import words


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.2546, 1, "25.5 %"),
        (0.2546, 0, "25 %"),
        (-0.0001, 0, "0 %"),
        (-0.0001, 1, "0.0 %"),
        (-0.01, 0, "-1 %"),
        (0.0, 0, "0 %"),
        (0.004, 0, "<1 %"),
        (0.0051, 0, "1 %"),
        (1.0, 0, "100 %"),
        (0.10, 0, "10 %"),
    ],
)
def test_percent(share, digits, text):
    assert words.percent(share, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(2.61, "+2.6"), (-0.3, "-0.3"), (-0.01, "0.0"), (0.01, "0.0")]
)
def test_signed(value, text):
    assert words.signed(value) == text


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (26.2, 41.3, "rose from 26 to 41 %"),
        (39.7, 36.4, "fell from 40 to 36 %"),
        (44.3, 44.2, "stayed at 44 %"),
        (44.4, 44.6, "rose from 44 to 45 %"),
    ],
)
def test_moved(before, after, text):
    assert words.moved(before, after) == text


def test_lists():
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b"]) == "a and b"
    assert words.listed(["a", "b", "c"]) == "a, b and c"


def test_articles():
    assert words.the("United States") == "the United States"
    assert words.the("Rest of the world") == "the rest of the world"
    assert words.the("China") == "China"


def test_titles():
    assert words.short("Energy and mining (fuels and ores together)") == "Energy and mining"
    assert words.short("Public services: administration") == "Public services"
    assert words.short(" (odd)") == " (odd)"
    assert words.lower("Food and farming") == "food and farming"
    assert words.lower("IT services") == "IT services"
    assert words.lower("x") == "x"


def test_clip():
    assert words.clip("abcdef", 6) == "abcdef"
    assert words.clip("abc def", 5) == "abc…"


def test_control_characters_are_visible():
    assert words.visible("a\x1b[31mb\n\x9b") == "a\ufffd[31mb\ufffd\ufffd"
    assert words.visible("Côte d’Ivoire ← 中国") == "Côte d’Ivoire ← 中国"
