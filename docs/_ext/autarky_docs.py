"""Sphinx extension: puts what `generate` writes into the pages that ask for it, and formulas into
MathML, so that a page needs nothing from the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import generate
from docutils import nodes
from latex2mathml.converter import convert


def _fill(app: Any, docname: str, content: list[str]) -> None:  # noqa: ARG001 - Sphinx's signature
    content[0] = generate.fill(content[0], docname)


def _outdated(app: Any, env: Any, *_: Any) -> list[str]:  # noqa: ARG001 - Sphinx's signature
    """Pages with a marker are written anew each time: their sources are not files of Sphinx."""
    return [
        name
        for name in env.found_docs
        if generate.MARKER.search(Path(env.doc2path(name)).read_text(encoding="utf-8"))
    ]


def _inline(translator: Any, node: Any) -> None:
    translator.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(translator: Any, node: Any) -> None:
    formula = convert(node.astext().strip(), display="block")
    translator.body.append(f'<div class="math">{formula}</div>\n')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("source-read", _fill)
    app.connect("env-get-outdated", _outdated)
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
