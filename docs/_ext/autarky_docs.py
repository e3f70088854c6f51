"""Sphinx extension: puts what `generate` writes into the pages that ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import generate


def _fill(app: Any, docname: str, content: list[str]) -> None:  # noqa: ARG001 - Sphinx's signature
    content[0] = generate.fill(content[0], docname)


def _outdated(app: Any, env: Any, *_: Any) -> list[str]:  # noqa: ARG001 - Sphinx's signature
    """Pages with a marker are written anew each time: their sources are not files of Sphinx."""
    return [
        name
        for name in env.found_docs
        if generate.MARKER.search(Path(env.doc2path(name)).read_text(encoding="utf-8"))
    ]


def setup(app: Any) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("source-read", _fill)
    app.connect("env-get-outdated", _outdated)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
