"""Values of a file against what a model's parameters are declared to be.

May import `errors`.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from autarky.errors import OptionError


def refuse(model: type, name: str, value: Any) -> None:
    """Refuse a value that the parameter of this name cannot have.

    Raises
    ------
    OptionError
        Names the parameter and what it must be.
    """
    hint = _hints(model)[name]
    if not _is(value, hint):
        said = " or ".join(dict.fromkeys(_said(hint)))
        raise OptionError(f"{name} is {value!r}; it must be {said}")


def refuse_unwritable(where: str, value: Any) -> None:
    """Refuse what JSON cannot hold: dates, text that is no Unicode, numbers beyond a float."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            refuse_unwritable(f"{where}.{key}" if where else str(key), one)
    elif isinstance(value, list | tuple):
        for one in value:
            refuse_unwritable(where, one)
    elif not isinstance(value, str | bool | int | float):
        raise OptionError(f"{where} is {value}, which is neither a number nor text")
    elif not _writable(value):
        raise OptionError(f"{where} has a number or text that cannot be written down")


def _writable(value: str | float) -> bool:
    try:
        _ = value.encode() if isinstance(value, str) else float(value)
    except (UnicodeEncodeError, OverflowError):
        return False
    return True


@cache
def _hints(model: type) -> dict[str, Any]:
    return get_type_hints(model)


def _is(value: Any, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return isinstance(value, str) and value in inner
    if origin in (Union, types.UnionType):
        return any(_is(value, one) for one in inner)
    if hint is bool or hint is str or hint is type(None):
        return isinstance(value, hint)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if origin is tuple:
        return isinstance(value, list | tuple) and all(_is(one, inner[0]) for one in value)
    if origin is Mapping:
        key, one = inner
        return isinstance(value, Mapping) and all(
            _is(k, key) and _is(v, one) for k, v in value.items()
        )
    return isinstance(value, origin or hint)


def _said(hint: Any) -> list[str]:
    """What a parameter must be, in words; what no file can hold is left out."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return [f"one of {', '.join(inner)}"]
    if origin in (Union, types.UnionType):
        return [said for one in inner for said in _said(one)]
    if origin is tuple:
        return [f"a list, each {_said(inner[0])[0]}"]
    if origin is Mapping:
        return ["a table of numbers"]
    simple = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return [simple[hint]] if hint in simple else []
