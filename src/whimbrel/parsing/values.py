"""Check the values of parameters against one closed list of types for all databases, before anything is sent.

Pure: no database, no disk. A start sends texts alone, so `reducing.py` with the other types loads when one of them comes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from whimbrel.errors import ParameterError

if TYPE_CHECKING:
    from datetime import date, datetime, time
    from decimal import Decimal
    from typing import TypeAlias
    from uuid import UUID

    from whimbrel.parsing.reducing import Document

    # The types after the check, exactly these and never a subclass. Datetimes are aware and in UTC.
    Value: TypeAlias = bool | int | float | Decimal | str | bytes | datetime | date | time | UUID | Document | None

__all__ = ["check_text", "check_value", "type_name"]


def check_value(name: str, value: object) -> Value:
    """Return the value of the parameter `name` as one of the listed types exactly.

    An Enum becomes its value, -0.0 becomes 0.0, and a datetime moves to UTC. Raises ParameterError for any other type, and for
    a value that some database cannot store.
    """
    if type(value) is str:
        check_text(name, value)
        return value
    from whimbrel.parsing.reducing import reduced

    return reduced(name, value)


def check_text(path: str, text: str) -> None:
    """Raise ParameterError for a text that some database cannot store. `path` names the parameter and the place in it."""
    if "\0" in text:
        raise ParameterError(path, "is a str with a NUL, which PostgreSQL refuses; remove it, or pass bytes")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ParameterError(path, "is a str with half of a surrogate pair, which UTF-8 cannot encode; remove it") from None


def type_name(kind: type) -> str:
    """Return the full name of a type, which its metaclass cannot change."""
    module = _MODULE(kind)
    name: str = _QUALNAME(kind)
    return f"{module}.{name}" if type(module) is str and module != "builtins" else name


_MODULE: Callable[[type], object] = vars(type)["__module__"].__get__
_QUALNAME: Callable[[type], str] = vars(type)["__qualname__"].__get__
