"""Write dicts and lists as JSON that every database reads and returns as the same values.

Pure: no database, no disk.
"""

from __future__ import annotations

import json
from enum import Enum
from typing import Any

from whimbrel.errors import ParameterError
from whimbrel.parsing.values import check_text

__all__ = ["BIGINT", "LEVELS", "json_text"]

# MySQL turns integers beyond 64 bits in a JSON into floats: https://dev.mysql.com/doc/refman/9.7/en/json.html
BIGINT = 2**63
# MariaDB allows fewer levels than this in a JSON; MySQL allows fewer than 100.
LEVELS = 32
# Python writes floats from here on with an exponent, and PostgreSQL's jsonb turns those into integers.
_LARGE = 1e16


def json_text(path: str, value: object) -> str:
    """Return a value as JSON. Raises ParameterError, which names the place in the value.

    A value is a dict with str keys, a list, a str, an int of 64 bits, a finite float, a bool or None, or an Enum or a subclass
    of these, nested in fewer than `LEVELS` levels.
    """
    return _encode(path, value, LEVELS)


def _encode(path: str, value: Any, levels: int) -> str:
    if levels == 0:
        raise ParameterError(path[:200], f"is nested in {LEVELS} levels of JSON or more; not every database takes it; flatten it")
    kind = type(value)
    if issubclass(kind, Enum):
        return _encode(path, value.__dict__.get("_value_", value.name), levels - 1)
    if issubclass(kind, list):
        return f"[{','.join(_encode(f'{path}[{index}]', one, levels - 1) for index, one in enumerate(list.__iter__(value)))}]"
    if not issubclass(kind, dict):
        return _scalar(path, value)
    members: dict[str, str] = {}
    for name, one in dict.items(value):
        key = _key(path, name)
        if key in members:
            raise ParameterError(path, f"has the key {key!r} twice; remove one")
        members[key] = f"{json.dumps(key, ensure_ascii=False)}:{_encode(f'{path}.{key}', one, levels - 1)}"
    return f"{{{','.join(members.values())}}}"


def _key(path: str, name: Any) -> str:
    if not issubclass(type(name), str):
        raise ParameterError(path, f"has a key of type {type(name).__name__}; JSON allows only keys of type str")
    key = str.__str__(name)
    check_text(f"{path}: its key", key)
    return key


def _scalar(path: str, value: Any) -> str:
    kind = type(value)
    if value is None or kind is bool:
        return "null" if value is None else "true" if value else "false"
    if issubclass(kind, str):
        text = str.__str__(value)
        check_text(path, text)
        return json.dumps(text, ensure_ascii=False)
    if issubclass(kind, int):
        number = int.__int__(value)
        if not -BIGINT <= number < BIGINT:
            raise ParameterError(path, "is an int of more than 64 bits, which MySQL's JSON turns into a float; pass it as a str")
        return str(number)
    if issubclass(kind, float):
        return _number(path, float.__float__(value))
    raise ParameterError(
        path, f"is of type {kind.__name__}, which JSON does not have; pass a dict, list, str, int, float, bool or None"
    )


def _number(path: str, number: float) -> str:
    if not float("-inf") < number < float("inf"):
        raise ParameterError(path, "is a float that is not finite (NaN or infinity), which JSON does not have; pass None")
    return repr(number or 0.0) if abs(number) < _LARGE else f"{number:.1f}"
