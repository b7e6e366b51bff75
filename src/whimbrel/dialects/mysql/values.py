"""Values of MySQL and MariaDB: as SQL text, since their driver has no parameters that travel apart from it, and as they are read.

Every literal is read alike whatever the session's sql_mode says, and stays one inside of a comment that the server skips.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions, convert_datetime, convert_timedelta

from whimbrel.parsing.parameters import Template
from whimbrel.parsing.values import Document, Value

__all__ = ["CONVERSIONS", "rendered", "text_literal"]

# What would become one word with a literal beside it.
_WORD = "_$@.'\"`"


def rendered(template: Template, values: Sequence[Value]) -> str:
    """Return a statement with the literals of its values."""
    sql = template.texts[0]
    for value, text in zip(values, template.texts[1:], strict=True):
        literal = _WRITTEN[type(value)](value)
        before = " " if sql and (sql[-1].isalnum() or sql[-1] in _WORD or not sql[-1].isascii()) else ""
        after = " " if text and text[0] in _WORD else ""
        sql += f"{before}{literal}{after}{text}"
    return sql


def text_literal(text: str) -> str:
    """Return a text as a literal."""
    # A backslash is an escape or not, by the sql_mode; the server skips a comment for other versions without reading strings
    # in it; '' is NULL where MariaDB's EMPTY_STRING_IS_NULL is set. In hexadecimal nothing of that matters:
    # https://dev.mysql.com/doc/refman/9.7/en/hexadecimal-literals.html and https://mariadb.com/kb/en/sql_mode/
    if not text or "\\" in text or "*/" in text or "/*" in text:
        return f"_utf8mb4 X'{text.encode().hex()}'"
    # Without an introducer, it has the session's collation, and may stand where the grammar wants a plain string.
    return "'" + text.replace("'", "''") + "'"


def _float(value: float) -> str:
    # Without an exponent it would be an exact number: https://dev.mysql.com/doc/refman/9.7/en/number-literals.html
    written = repr(value)
    return written if "e" in written else f"{written}e0"


def _decimal(value: Decimal) -> str:
    # With a point it is a DECIMAL, also without digits after it.
    written = f"{value:f}"
    return written if "." in written else f"{written}."


def _datetime(value: datetime) -> str:
    return f"TIMESTAMP'{value.replace(tzinfo=None).isoformat(' ', 'microseconds')}'"


_WRITTEN: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    bool: lambda value: "TRUE" if value else "FALSE",
    int: str,
    float: _float,
    Decimal: _decimal,
    str: text_literal,
    bytes: lambda value: f"_binary X'{value.hex()}'",
    # Typed, so that an expression of them is one too: https://dev.mysql.com/doc/refman/9.7/en/date-and-time-literals.html
    datetime: _datetime,
    date: lambda value: f"DATE'{value.isoformat()}'",
    time: lambda value: f"TIME'{value.isoformat('microseconds')}'",
    UUID: lambda value: f"'{value}'",
    Document: lambda value: text_literal(value.text),
}


def _to_utc(value: str | bytes) -> Any:
    read = convert_datetime(value)
    return read.replace(tzinfo=UTC) if isinstance(read, datetime) else read


def _to_time(value: str | bytes) -> Any:
    """Return a TIME as a time of day, or as a timedelta where it is none: it goes from -838 to 838 hours."""
    read = convert_timedelta(value)
    if isinstance(read, timedelta) and timedelta(0) <= read < timedelta(days=1):
        return (datetime.min + read).time()
    return read


CONVERSIONS = {**conversions, FIELD_TYPE.DATETIME: _to_utc, FIELD_TYPE.TIMESTAMP: _to_utc, FIELD_TYPE.TIME: _to_time}
