"""The line on which each key and list item of a TOML or JSON text stands.

Python's own parsers say where a text breaks, but not where a value that means nothing stands.
This one is only run on texts that they have accepted, so it checks nothing. May import nothing.
"""

from __future__ import annotations

import re
from typing import Literal

#: Where a value stands: keys, and numbers of list items from 0.
Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n,]|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")|\'\'\'.*?\'{3,5}(?!\')|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_KEY = re.compile(r"[A-Za-z0-9_-]+")
_VALUE = re.compile(r"[^\s,\[\]{}#\"']+(?: [0-9][^\s,\[\]{}#]*)?")


def find_lines(text: str, syntax: Literal["toml", "json"]) -> dict[Path, int]:
    r"""Line of each key and list item, counted from 1.

    Parameters
    ----------
    text : str
        A text that is valid in its syntax.
    syntax : {"toml", "json"}

    Returns
    -------
    dict
        From paths such as ``("shocks", 1, "share")``.

    Examples
    --------
    >>> find_lines('name = "a"\n[[shocks]]\nshare = 1', "toml")
    {('name',): 1, ('shocks',): 2, ('shocks', 0): 2, ('shocks', 0, 'share'): 3}
    """
    return _scan(text, syntax).lines


def find_repeated(text: str) -> tuple[Path, int] | None:
    """Path and line of the first key that its JSON object has already; None if there is none."""
    return next(iter(_scan(text, "json").repeated), None)


def _scan(text: str, syntax: Literal["toml", "json"]) -> _Scanner:
    scanner = _Scanner(text)
    try:
        if syntax == "json":
            scanner.skip()
            scanner.value(())
        else:
            scanner.document()
    except RecursionError:
        pass  # deeper than any scenario: what was found until here must do
    return scanner


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.line, self.counted = text, 0, 1, 0
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}
        self.repeated: list[tuple[Path, int]] = []

    def skip(self, pattern: re.Pattern[str] = _SPACE) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def mark(self, path: Path) -> None:
        self.line += self.text.count("\n", self.counted, self.at)
        self.counted = self.at
        self.lines.setdefault(path, self.line)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def document(self) -> None:
        """A TOML text: headers, and keys below them."""
        here: Path = ()
        self.skip()
        while self.peek():
            if self.peek() == "[":
                here = self.header()
            else:
                self.member(here)
            self.skip()

    def header(self) -> Path:
        """[a.b] or [[a.b]]; the path of the table that begins."""
        several = self.text.startswith("[[", self.at)
        self.at += 2 if several else 1
        path: Path = ()
        keys = self.keys()
        for i, key in enumerate(keys):
            path = self.last((*path, key)) if i < len(keys) - 1 else (*path, key)
            self.mark(path)
        self.at += 2 if several else 1
        if several:
            self.tables[path] = self.tables.get(path, -1) + 1
        path = self.last(path)
        self.mark(path)
        return path

    def last(self, path: Path) -> Path:
        """The path, or that of the newest table in the list that it names."""
        return (*path, self.tables[path]) if path in self.tables else path

    def member(self, here: Path) -> None:
        """A key, = or :, and its value."""
        path = here
        for key in self.keys():
            path = (*path, key)
            repeated = path in self.lines
            self.mark(path)
            if repeated:
                self.repeated.append((path, self.line))
        self.at += 1
        self.skip()
        self.value(path)

    def keys(self) -> list[str]:
        """A key with its dots; ends before what follows it."""
        found = []
        while True:
            self.skip()
            if match := _STRING.match(self.text, self.at):
                found.append(_unquote(match[0]))
            else:
                match = _KEY.match(self.text, self.at)
                found.append(match[0] if match else "")
            self.at = match.end() if match else self.at + 1
            self.skip(_SPACE)
            if self.peek() != ".":
                return found
            self.at += 1

    def value(self, path: Path) -> None:
        """Any value; ends behind it."""
        if self.peek() == "{":
            self.at += 1
            self.skip()
            while self.peek() not in ("}", ""):
                self.member(path)
                self.skip()
            self.at += 1
        elif self.peek() == "[":
            self.at += 1
            self.skip()
            number = 0
            while self.peek() not in ("]", ""):
                self.mark((*path, number))
                self.value((*path, number))
                number += 1
                self.skip()
            self.at += 1
        else:
            match = _STRING.match(self.text, self.at) or _VALUE.match(self.text, self.at)
            self.at = match.end() if match else self.at + 1


def _unquote(text: str) -> str:
    """A quoted key; escapes are left as they are but for the two usual ones."""
    if text[0] == "'":
        return text[1:-1]
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\")
