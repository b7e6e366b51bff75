"""Values for MySQL and MariaDB as SQL text, because their driver sends no separate parameters, and values from their results.

Every sql_mode reads each literal alike, and a literal cannot end a comment that the server skips.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions, convert_datetime, convert_timedelta

if TYPE_CHECKING:
    from whimbrel.parsing.parameters import Template
    from whimbrel.parsing.values import Value

__all__ = ["CONVERSIONS", "rendered", "rows_of", "text_literal"]

# Characters that would form one word with an adjacent literal.
_WORD = "_$@.'\"`"


def rendered(template: Template, values: Sequence[Value]) -> str:
    """Return a statement with its values written as literals."""
    sql = template.texts[0]
    for value, text in zip(values, template.texts[1:], strict=True):
        literal = text_literal(value) if type(value) is str else _written(value)
        before = " " if sql and (sql[-1].isalnum() or sql[-1] in _WORD or not sql[-1].isascii()) else ""
        after = " " if text and text[0] in _WORD else ""
        sql += f"{before}{literal}{after}{text}"
    return sql


def _written(value: Value) -> str:
    from whimbrel.dialects.mysql.literals import WRITTEN  # a start sends texts alone

    return WRITTEN[type(value)](value)


def text_literal(text: str) -> str:
    """Return a text as a literal."""
    # The sql_mode decides whether a backslash is an escape. In a comment for other versions, the server ignores string quotes.
    # With MariaDB's EMPTY_STRING_IS_NULL, '' is NULL. None of this affects hexadecimal:
    # https://dev.mysql.com/doc/refman/9.7/en/hexadecimal-literals.html and https://mariadb.com/kb/en/sql_mode/
    if not text or "\\" in text or "*/" in text or "/*" in text:
        return f"_utf8mb4 X'{text.encode().hex()}'"
    # Without an introducer it has the session's collation, and is valid where the grammar requires a plain string.
    return "'" + text.replace("'", "''") + "'"


def _to_utc(value: str | bytes) -> Any:
    read = convert_datetime(value)
    return read.replace(tzinfo=UTC) if isinstance(read, datetime) else read


def _to_time(value: str | bytes) -> Any:
    """Return a TIME as a time of day, or as a timedelta if it is outside of a day: it ranges from -838 to 838 hours."""
    read = convert_timedelta(value)
    if isinstance(read, timedelta) and timedelta(0) <= read < timedelta(days=1):
        return (datetime.min + read).time()
    return read


CONVERSIONS = {**conversions, FIELD_TYPE.DATETIME: _to_utc, FIELD_TYPE.TIMESTAMP: _to_utc, FIELD_TYPE.TIME: _to_time}


async def rows_of(cursor: Any) -> list[dict[str, Any]]:
    """Return the rows of one answer by column name."""
    description = cursor.description or ()
    names = [column[0] for column in description]
    # BOOLEAN is TINYINT(1): https://dev.mysql.com/doc/refman/9.7/en/numeric-type-syntax.html
    booleans = [index for index, column in enumerate(description) if column[1] == FIELD_TYPE.TINY and column[3] == 1]
    answer = []
    for row in await cursor.fetchall() if description else ():
        values = list(row)
        for index in booleans:
            # A TINYINT(1) may hold other numbers, and NULL.
            values[index] = bool(values[index]) if values[index] in (0, 1) else values[index]
        answer.append(dict(zip(names, values, strict=True)))
    return answer
