"""Run the examples on the pages and in the README, and write down what they print.

``python docs/_ext/examples.py`` (``just examples``) renews the output on every page; with
``--check`` it only says which pages are out of date. Two kinds of blocks are run:

* ``python`` blocks with ``>>>``: one session per page, from top to bottom;
* ``console`` blocks: lines that begin with ``$ autarky``; ``| head -N`` keeps the first N lines.

Anything else (``sh`` blocks) is shown, not run. May import `autarky` as any user does.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import sys
import tempfile
import textwrap
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^( *)```(python|console)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
WIDTH = "86"


def pages() -> list[Path]:
    """The README and every page."""
    docs = (p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts)
    return [ROOT / "README.md", *sorted(docs)]


def renewed(text: str) -> str:
    """The page with the output that its examples give now."""
    session: dict[str, Any] = {"__name__": "__main__"}

    def one(match: re.Match[str]) -> str:
        margin, kind, body = match.groups()
        body = textwrap.dedent(body)
        if kind == "python" and ">>>" in body:
            body = _python(body, session)
        elif kind == "console":
            body = _console(body)
        return textwrap.indent(f"```{kind}\n{body}```", margin)

    with _fixed_terminal():
        return BLOCK.sub(one, text)


def _python(body: str, session: dict[str, Any]) -> str:
    out = []
    for example in doctest.DocTestParser().get_examples(_without_output(body)):
        lines = example.source.splitlines()
        out.append(">>> " + lines[0])
        out += [f"... {line}".rstrip() for line in lines[1:]]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            try:
                exec(compile(example.source, "<example>", "single"), session)
            except Exception as error:  # an example may show an error
                last = traceback.format_exception_only(error)[-1].rstrip()
                printed.write(f"Traceback (most recent call last):\n    ...\n{last}\n")
        out += [line.rstrip() for line in printed.getvalue().rstrip().splitlines()]
    return "\n".join(out) + "\n"


def _without_output(body: str) -> str:
    return "\n".join(line for line in body.splitlines() if line.startswith((">>>", "..."))) + "\n"


def _console(body: str) -> str:
    out = []
    for line in (one for one in body.splitlines() if one.startswith("$ ")):
        out.append(line)
        if line.startswith("$ autarky"):
            out += _command(line[2:])
    return "\n".join(out) + "\n"


def _command(line: str) -> list[str]:
    from autarky.cli import run

    command, _, rest = line.partition(" | ")
    printed, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        code = run(shlex.split(command)[1:])
    if code:
        # What a user sees when it fails is the message.
        return [*said.getvalue().rstrip().splitlines(), f"(exit code {code})"]
    lines = [one.rstrip() for one in printed.getvalue().rstrip().splitlines()]
    if rest:
        head = re.fullmatch(r"head -(?:n ?)?(\d+)", rest.strip())
        if not head:
            raise ValueError(f"examples know only '| head -N': {line}")
        lines = lines[: int(head.group(1))]
    return lines


@contextlib.contextmanager
def _fixed_terminal() -> Iterator[None]:
    """The same width everywhere, no colour, and a data store that is empty."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory() as home:
        given = {"COLUMNS": WIDTH, "NO_COLOR": "1", "TERM": "dumb", "AUTARKY_HOME": home}
        os.environ.update(given)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def main() -> int:
    """Renew every page, or say which are out of date."""
    check, stale = "--check" in sys.argv, []
    for page in pages():
        before = page.read_text(encoding="utf-8")
        after = renewed(before)
        if after != before:
            stale.append(page.relative_to(ROOT).as_posix())
            if not check:
                page.write_text(after, encoding="utf-8")
    if stale:
        sys.stdout.write(("out of date: " if check else "renewed: ") + ", ".join(stale) + "\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
