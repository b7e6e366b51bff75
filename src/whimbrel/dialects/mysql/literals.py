"""Literals of MySQL and MariaDB for values of every type. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from whimbrel.dialects.mysql.values import text_literal
from whimbrel.parsing.reducing import Document

__all__ = ["WRITTEN"]


def _float(value: float) -> str:
    # Without an exponent this would be an exact number: https://dev.mysql.com/doc/refman/9.7/en/number-literals.html
    written = repr(value)
    return written if "e" in written else f"{written}e0"


def _decimal(value: Decimal) -> str:
    # The point makes it a DECIMAL, even without digits after it.
    written = f"{value:f}"
    return written if "." in written else f"{written}."


def _datetime(value: datetime) -> str:
    return f"TIMESTAMP'{value.replace(tzinfo=None).isoformat(' ', 'microseconds')}'"


WRITTEN: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    bool: lambda value: "TRUE" if value else "FALSE",
    int: str,
    float: _float,
    Decimal: _decimal,
    str: text_literal,
    bytes: lambda value: f"_binary X'{value.hex()}'",
    # Typed, so that expressions of it are typed too: https://dev.mysql.com/doc/refman/9.7/en/date-and-time-literals.html
    datetime: _datetime,
    date: lambda value: f"DATE'{value.isoformat()}'",
    time: lambda value: f"TIME'{value.isoformat('microseconds')}'",
    UUID: lambda value: f"'{value}'",
    Document: lambda value: text_literal(value.text),
}
