"""The brief as one HTML file: styles and pictures inside, no request ever leaves it.

May import jinja2 (inside functions), `report.brief` and `report.svg`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from autarky.report.brief import Brief
from autarky.report.svg import draw


def to_html(page: Brief) -> str:
    """The page as one self-contained HTML document.

    Text is escaped; the document forbids itself any request (content security policy).
    """
    return _template().render(page=page, draw=draw, style=_asset("brief.css"))


def _asset(name: str) -> str:
    return files("autarky.report").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_asset("brief.html"))
