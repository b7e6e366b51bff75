"""Values read from SQLite, which has five types, by the declared types of the columns.

A stored value that does not fit its column's type is returned unchanged, so that no stored value makes a row unreadable.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["register_converters"]

T = TypeVar("T")


def register_converters() -> None:
    """Read columns by their declared types. This applies to the process; connections without PARSE_DECLTYPES ignore it."""
    for declared in ("TIMESTAMP", "DATETIME", "TIMESTAMPTZ"):
        sqlite3.register_converter(declared, _or_as_stored(_read_moment))
    for declared in ("DECIMAL", "NUMERIC"):
        sqlite3.register_converter(declared, _or_as_stored(_read_decimal))
    sqlite3.register_converter("DATE", _or_as_stored(_read_day))
    sqlite3.register_converter("TIME", _or_as_stored(_read_time))
    sqlite3.register_converter("BOOLEAN", _or_as_stored(_read_boolean))
    # SQLite stores a JSON number as a number.
    sqlite3.register_converter("JSON", lambda value: value.decode(errors="backslashreplace"))


def _or_as_stored(read: Callable[[str], T]) -> Callable[[bytes], T | object]:
    def convert(value: bytes) -> T | object:
        text = value.decode(errors="backslashreplace")
        try:
            return read(text)
        except (ValueError, OverflowError, ArithmeticError):
            return _as_stored(text)

    return convert


def _as_stored(text: str) -> object:
    # Columns of these types store a number as a number, and the driver delivers it as text.
    if re.fullmatch(r"-?[0-9]{1,19}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?[0-9]+\.[0-9]+(e[-+][0-9]+)?", text) else text


def _read_moment(text: str) -> datetime:
    read = _read_parts(text)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _read_day(text: str) -> date:
    # A datetime in a DATE column counts as its day in UTC, as on the other databases.
    return _read_parts(text).date()


def _read_parts(text: str) -> datetime:
    if "-" not in text[1:]:
        raise ValueError("a number, which Python would read as a date without hyphens")
    return datetime.fromisoformat(text)


def _read_time(text: str) -> time:
    if ":" not in text:
        raise ValueError("a number, which Python would read as an hour")
    return time.fromisoformat(text)


def _read_boolean(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError(text)
    return text == "1"


def _read_decimal(text: str) -> Decimal:
    if not re.fullmatch(r"[-+]?[0-9]+(\.[0-9]*)?(e[-+]?[0-9]+)?", text, re.IGNORECASE):
        raise ValueError(text)
    from decimal import Decimal  # a start reads no such column

    return Decimal(text)
