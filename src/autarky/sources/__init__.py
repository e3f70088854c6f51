"""Where tables come from: the embedded one, the data store, and one reader per database.

May import `table`, `axes`, `units`, `countries` and `errors`; never `measure`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from autarky.sources.opening import names, open, open_spec, parse_spec, years

if TYPE_CHECKING:
    from autarky.sources.importing import import_path
    from autarky.sources.plain import read_plain, write_plain, write_template

__all__ = [
    "import_path",
    "names",
    "open",
    "open_spec",
    "parse_spec",
    "read_plain",
    "write_plain",
    "write_template",
    "years",
]

# Opening a table needs none of these.
_LAZY = {
    "import_path": "importing",
    "read_plain": "plain",
    "write_plain": "plain",
    "write_template": "plain",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'autarky.sources' has no attribute {name!r}")
    return getattr(import_module(f"autarky.sources.{_LAZY[name]}"), name)
