"""Values written to SQLite, which has five types."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from whimbrel.errors import ParameterError
from whimbrel.parsing.reducing import Document

if TYPE_CHECKING:
    from whimbrel.parsing.values import Value

__all__ = ["stored"]

# The number of decimal digits that a REAL always keeps: https://sqlite.org/floatingpoint.html
_DIGITS = 15
_BIGINT = 2**63
_EXACT = Context(prec=100)


def stored(name: str, value: Value) -> object:
    """Return the value of parameter `name` as SQLite stores it. Raises ParameterError for a Decimal that would change."""
    kind = type(value)
    if kind in _STORED:
        return _STORED[kind](value)
    return _number(name, value) if isinstance(value, Decimal) else value


def _number(name: str, value: Decimal) -> int | float:
    _, digits, exponent = value.normalize(_EXACT).as_tuple()
    assert isinstance(exponent, int), "a finite number has an exponent"
    if exponent >= 0 and -_BIGINT <= (whole := int(value)) < _BIGINT:
        return whole
    if len(digits) > _DIGITS:
        told = f"is a Decimal with more than {_DIGITS} digits, but SQLite keeps only {_DIGITS}"
        raise ParameterError(name, f"{told}; round it, or pass a str for a TEXT column")
    return float(value)


def _moment(value: datetime) -> str:
    # All texts have the same length and are in UTC, so that they sort like the times.
    return value.replace(tzinfo=None).isoformat(" ", "microseconds")


_STORED: dict[type, Callable[[Any], object]] = {
    bool: int,
    datetime: _moment,
    date: date.isoformat,
    time: lambda value: value.isoformat("microseconds"),
    UUID: str,
    Document: lambda value: value.text,
}
