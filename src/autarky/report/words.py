"""Names and numbers as they stand in a sentence.

May import nothing from the package.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: Names that take an article in a sentence.
_WITH_ARTICLE = {
    "Bahamas",
    "Czech Republic",
    "Dominican Republic",
    "Gambia",
    "Maldives",
    "Netherlands",
    "Philippines",
    "Rest of the world",
    "Rest of the World",
    "Slovak Republic",
    "United Arab Emirates",
    "United Kingdom",
    "United States",
}

_CURRENCIES = {"USD": "dollars", "EUR": "euros", "GBP": "pounds", "JPY": "yen"}


def percent(share: float, digits: int = 1) -> str:
    """0.255 as "25.5 %"; never "-0 %", and "<1 %" where 0 would hide that there is some."""
    if digits == 0 and 0 < share < 0.005:
        return "<1 %"
    return f"{fixed(100 * share, digits)} %"


def fixed(value: float, digits: int = 1) -> str:
    """A number with so many digits behind the point; never "-0"."""
    text = f"{value:.{digits}f}"
    return text if text.strip("-0.") else text.removeprefix("-")


def moved(before: float, after: float) -> str:
    """How a percentage moved: "rose from 26 to 41 %", "stayed at 44 %"."""
    first, last = fixed(before, 0), fixed(after, 0)
    if first == last:
        return f"stayed at {last} %"
    return f"{'rose' if after > before else 'fell'} from {first} to {last} %"


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign: "+2.6", "−0.3", "0.0"."""
    text = fixed(value, digits)
    return f"+{text}" if float(text) > 0 else text


def visible(text: str) -> str:
    """Text without control characters, with which a name could write anywhere on the screen."""
    return "".join("\ufffd" if unicodedata.category(c) == "Cc" else c for c in text)


def listed(words: Sequence[str]) -> str:
    """Words as in: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def the(name: str) -> str:
    """A region inside a sentence: "the United States", "the rest of the world", "China"."""
    if name.startswith("Rest of"):
        return "the r" + name[1:]
    return f"the {name}" if name in _WITH_ARTICLE else name


def short(title: str) -> str:
    """A sector's title without its remarks: "Public services" for "Public services: …"."""
    return re.split(r" \(|: |; ", title, maxsplit=1)[0] or title


def lower(title: str) -> str:
    """A sector inside a sentence: "food and farming", but "IT services" as it is."""
    name = short(title)
    return name if name[:2].isupper() else name[0].lower() + name[1:]


def money(currency: str) -> str:
    """What people call a currency: "dollars" for "USD"; the code where we do not know."""
    return _CURRENCIES.get(currency, currency)


def clip(text: str, room: int) -> str:
    """Text cut to some characters, with an ellipsis where something is lost."""
    return text if len(text) <= room else text[: room - 1].rstrip() + "…"
