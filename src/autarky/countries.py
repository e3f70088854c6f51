"""The table of economies: one code and one plain name each, and every other way to write them.

Databases spell the same economy in many ways (ROM and ROU, RoW and ROW, "Korea, Rep.").
Readers call `canonical` so that all tables carry the same codes; `find` serves suggestions.
The table itself is ``data/countries.csv``: all 249 codes of ISO 3166-1 and the few others
that input-output databases use. May import nothing from the package but `errors`.
"""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass
from typing import Literal, cast

__all__ = ["Country", "canonical", "countries", "find", "name"]

Kind = Literal["iso", "other", "former", "rest", "part"]

# Letters that Unicode does not decompose into a base letter and a mark.
_PLAIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})
# Abbreviations of long official names, as statistical offices write them.
_ABBREVIATIONS = {
    "rep": "republic",
    "dem": "democratic",
    "fed": "federal",
    "federated": "federal",
    "federation": "federal",
    "federative": "federal",
    "sts": "states",
    "st": "saint",
    "ste": "saint",
    "is": "islands",
    "isl": "islands",
}
_FILLERS = frozenset({"the", "of", "and"})
_CLOSE = 0.75  # difflib ratio below which two names are not called close
_NEAR_BEST = 0.08  # how far behind the closest match another may lie and still be shown


@dataclass(frozen=True, slots=True)
class Country:
    """One economy: its code, its plain name and the other ways it is written.

    Attributes
    ----------
    code : str
        ISO 3166-1 alpha-3, or the code that databases use (ROW, XKX, SUN).
    alpha2, numeric : str
        ISO 3166-1 alpha-2 and three-digit numeric code; empty where there is none.
    kind : {"iso", "other", "former", "rest", "part"}
        In ISO 3166-1; a present economy outside it; a state that is no more; a rest of
        the world or of a continent; a part of an economy that a database lists apart.
    name : str
        English short name, as ordinary people write it.
    aliases : tuple of str
        Other names and codes that mean exactly this economy; `canonical` accepts them.
    hints : tuple of str
        Words that only point here ("England", "Korea"); `find` suggests them,
        `canonical` does not accept them.
    """

    code: str
    alpha2: str
    numeric: str
    kind: Kind
    name: str
    aliases: tuple[str, ...]
    hints: tuple[str, ...]


def countries() -> tuple[Country, ...]:
    """All entries of the table: the ISO codes in alphabetical order, then the others.

    Returns
    -------
    tuple of Country

    Examples
    --------
    >>> sum(country.kind == "iso" for country in countries())
    249
    """
    return tuple(_by_code().values())


def canonical(code_or_alias: str) -> str | None:
    """The code under which the library keeps an economy, or None if the text names none.

    Parameters
    ----------
    code_or_alias : str
        A code (alpha-3, alpha-2, one used by a database) or a name. Case, accents,
        punctuation and the order of words do not matter, with one exception: a
        two-letter code must be in capitals, because "na" and "is" are also words.

    Returns
    -------
    str or None
        None also where the text fits several economies ("Korea"): nothing is guessed.

    Examples
    --------
    >>> canonical("ROM"), canonical("RoW"), canonical("NA"), canonical("Korea, Rep.")
    ('ROU', 'ROW', 'NAM', 'KOR')
    >>> canonical("na") is None
    True
    """
    text = str(code_or_alias).strip()
    if len(text) == 2 and text.isascii() and not text.isupper():
        return None
    return _exact().get(_key(text))


def name(code: str) -> str:
    """The plain English name of an economy; the code itself if the table has no such code.

    Parameters
    ----------
    code : str
        A code as the library keeps it (alpha-3, ROW).

    Returns
    -------
    str

    Examples
    --------
    >>> name("KOR"), name("ROW"), name("BLOC7")
    ('South Korea', 'Rest of the world', 'BLOC7')
    """
    country = _by_code().get(code)
    return country.name if country else code


def find(text: str, *, limit: int = 5) -> list[str]:
    """Codes of the economies that a text may mean, the likeliest first.

    Exact matches of a code, name, alias or hint win. Failing these come names of which the
    text is a word or a beginning, then names that are spelt alike.

    Parameters
    ----------
    text : str
        What somebody typed.
    limit : int, optional
        At most this many codes.

    Returns
    -------
    list of str
        Empty if nothing comes near.

    Examples
    --------
    >>> find("GERMANY"), find("Germny"), find("korea")
    (['DEU'], ['DEU'], ['KOR', 'PRK'])
    """
    key = _key(text)
    exact = [code for code in (_exact().get(key), *_hints().get(key, ())) if code]
    if exact:
        return list(dict.fromkeys(exact))[:limit]
    wanted = " ".join(_words(text))
    # Anything looks like a two-letter code, so short texts are not matched loosely.
    if len(wanted) < 3:
        return []
    return (_by_word(wanted) or _by_spelling(wanted))[:limit]


def _by_word(wanted: str) -> list[str]:
    """Codes of which a name has `wanted` as leading letters of the name or of a word in it."""
    words = wanted.split()
    starts, inside = [], []
    for key, code in _names():
        if key.startswith(wanted):
            starts.append(code)
        elif all(any(part.startswith(word) for part in key.split()) for word in words):
            inside.append(code)
    return list(dict.fromkeys(starts + inside))


def _by_spelling(wanted: str) -> list[str]:
    """Codes of which a name is spelt nearly like `wanted`, nearest first."""
    from difflib import SequenceMatcher

    best: dict[str, float] = {}
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    for key, code in _names():
        matcher.set_seq1(key)
        if matcher.real_quick_ratio() >= _CLOSE and matcher.quick_ratio() >= _CLOSE:
            best[code] = max(best.get(code, 0.0), matcher.ratio())
    near = sorted(best.items(), key=lambda item: -item[1])
    floor = max(_CLOSE, near[0][1] - _NEAR_BEST) if near else _CLOSE
    return [code for code, ratio in near if ratio >= floor]


def _words(text: str) -> list[str]:
    """Words of `text` without case, accents, punctuation, abbreviations and fillers."""
    folded = text.casefold().translate(_PLAIN_LETTERS)
    for mark in ".'’":
        folded = folded.replace(mark, "")
    base = unicodedata.normalize("NFKD", folded)
    bare = "".join(char for char in base if not unicodedata.combining(char))
    spaced = "".join(char if char.isalnum() else " " for char in bare.replace("&", " and "))
    words = [_ABBREVIATIONS.get(word, word) for word in spaced.split()]
    return [word for word in words if word not in _FILLERS] if len(words) > 1 else words


def _key(text: str) -> str:
    """Comparison key: the sorted words, so that "Korea, Republic of" is "Republic of Korea"."""
    return " ".join(sorted(_words(text)))


@functools.cache
def _by_code() -> dict[str, Country]:
    import csv
    from importlib import resources

    source = resources.files("autarky").joinpath("data", "countries.csv")
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {
        row["code"]: Country(
            code=row["code"],
            alpha2=row["alpha2"],
            numeric=row["numeric"],
            kind=cast(Kind, row["kind"]),
            name=row["name"],
            aliases=tuple(filter(None, row["aliases"].split("|"))),
            hints=tuple(filter(None, row["hints"].split("|"))),
        )
        for row in rows
    }


@functools.cache
def _exact() -> dict[str, str]:
    """Map of key to code for everything that means exactly one economy."""
    exact: dict[str, str] = {}
    # Codes win over names: entered last, they replace a name that happens to read the same.
    for country in _by_code().values():
        for text in (country.name, *country.aliases):
            exact[_key(text)] = country.code
    for country in _by_code().values():
        for text in filter(None, (country.alpha2, country.code)):
            exact[_key(text)] = country.code
    return exact


@functools.cache
def _hints() -> dict[str, tuple[str, ...]]:
    hints: dict[str, list[str]] = {}
    for country in _by_code().values():
        for text in country.hints:
            hints.setdefault(_key(text), []).append(country.code)
    return {key: tuple(codes) for key, codes in hints.items()}


@functools.cache
def _names() -> tuple[tuple[str, str], ...]:
    """Names in reading order (not sorted words) with their codes; plain names come first."""
    plain = [(country.name, country.code) for country in _by_code().values()]
    other = [
        (text, country.code)
        for country in _by_code().values()
        for text in (*country.aliases, *country.hints)
    ]
    return tuple((" ".join(_words(text)), code) for text, code in plain + other if len(text) > 3)
