"""Reduce the values of parameters to the listed types.

Pure: no database, no disk. The methods of the listed base class reduce a subclass to that class, so that no method of the
subclass (`__str__`, `encode`, `__format__`) can change the value that the database gets.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from whimbrel.errors import ParameterError
from whimbrel.parsing.documents import BIGINT, json_text
from whimbrel.parsing.values import check_text, check_value, type_name

if TYPE_CHECKING:
    from whimbrel.parsing.values import Value

__all__ = ["Document", "reduced"]

# The limits of an exact number on MySQL and MariaDB: https://dev.mysql.com/doc/refman/9.7/en/fixed-point-types.html
_DIGITS, _SCALE = 65, 30
# The dimensions of an array: https://www.postgresql.org/docs/current/arrays.html
_DIMENSIONS = 6
# The value of an Enum may be a member of another Enum, and so on; no sensible program nests deeper.
_ENUMS = 8


class Document:
    """A dict or a list: as JSON for every database, and as elements for the arrays of PostgreSQL."""

    __slots__ = ("_name", "_refusal", "_text", "_value")

    def __init__(self, name: str, value: object) -> None:
        self._name, self._value = name, value
        self._text = ""
        self._refusal: ParameterError | None = None
        try:
            self._text = json_text(name, value)
        except ParameterError as error:
            if not issubclass(type(value), list):
                raise
            # A list whose values JSON lacks can still be an array.
            self._refusal = error
            self._check_array(name, value, _DIMENSIONS)

    @property
    def text(self) -> str:
        """The JSON. Raises ParameterError for a list with values that JSON lacks."""
        if self._refusal is not None:
            raise self._refusal
        return self._text

    def _check_array(self, path: str, elements: Any, dimensions: int) -> None:
        for index, one in enumerate(list.__iter__(elements)):
            if not issubclass(type(one), list):
                check_value(f"{path}[{index}]", one)
            elif dimensions > 1:
                self._check_array(f"{path}[{index}]", one, dimensions - 1)
            else:
                raise self._refusal or ParameterError(self._name, f"is a list of more than {_DIMENSIONS} dimensions")

    def elements(self) -> list[Value]:
        """Return the elements of a list, checked. Raises ParameterError for a dict."""
        if not issubclass(type(self._value), list):
            raise ParameterError(self._name, "is a dict, and the column is an array; pass a list")
        elements: list[object] = self._value  # type: ignore[assignment]
        return [check_value(f"{self._name}[{index}]", one) for index, one in enumerate(list.__iter__(elements))]


_ADVICE = {
    timedelta: "pass its seconds as an int, or work the moment out in Python: not every database has a type for it",
    complex: "pass two floats",
    tuple: "pass a list",
    set: "pass a list",
    frozenset: "pass a list",
}


def reduced(name: str, value: object) -> Value:
    """Return the result of `check_value`."""
    for _ in range(_ENUMS):
        if not issubclass(type(value), Enum):
            break
        value = value.__dict__.get("_value_", value)
    if value is None or type(value) is bool:
        return value
    # Use type(), since an object may lie about its `__class__`, and a metaclass about `__mro__`.
    for base in _MRO(type(value)):
        if base in _REDUCED:
            return _REDUCED[base](name, value)
    raise ParameterError(
        name, f"is of type {type_name(type(value))}, which no database can store as a value; {_advice(type(value))}"
    )


def _advice(kind: type) -> str:
    known = [told for base, told in _ADVICE.items() if issubclass(kind, base)]
    listed = "None, bool, int, float, Decimal, str, bytes, datetime, date, time, UUID, a dict, a list or an Enum of these"
    return known[0] if known else f"pass {listed}"


def _int(name: str, value: Any) -> int:
    number = int.__int__(value)
    if not -BIGINT <= number < BIGINT:
        raise ParameterError(name, f"is an int of more than 64 bits; {_NO_BIGINT}")
    return number


def _float(name: str, value: Any) -> float:
    number = float.__float__(value)
    if not -_INFINITY < number < _INFINITY:
        raise ParameterError(name, "is a float that is not finite (NaN or infinity), which not every database has; pass None")
    return number or 0.0  # -0.0 is stored as 0.0 by some


def _decimal(name: str, value: Any) -> Decimal:
    number = Decimal(value)
    if not number.is_finite():
        raise ParameterError(name, "is a Decimal that is not finite (NaN or infinity), which not every database has; pass None")
    if not number:
        return Decimal(0)
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int), "a finite number has an exponent"
    while exponent < -_SCALE and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    if exponent < -_SCALE or max(len(digits), -exponent) + max(exponent, 0) > _DIGITS:
        raise ParameterError(name, f"is a Decimal of more than {_DIGITS} digits, or {_SCALE} after the point; round it")
    return Decimal((sign, digits, exponent))


def _str(name: str, value: Any) -> str:
    text = str.__str__(value)
    check_text(name, text)
    return text


def _bytes(_: str, value: Any) -> bytes:
    return bytes.__getitem__(value, slice(None))


def _bytearray(_: str, value: Any) -> bytes:
    return bytes(bytearray.__getitem__(value, slice(None)))


def _memoryview(_: str, value: Any) -> bytes:
    return memoryview.tobytes(value)


def _datetime(name: str, value: Any) -> datetime:
    zone = _part(datetime, "tzinfo", value)
    plain = datetime(*_parts(value, date, *_DAY), *_parts(value, datetime, *_HOUR), fold=_part(datetime, "fold", value))
    try:
        offset = plain.replace(tzinfo=zone).utcoffset()
        moment = None if offset is None else (plain - offset).replace(tzinfo=UTC, fold=0)
    except OverflowError:
        raise ParameterError(name, "is a datetime that in UTC is before the year 1 or after 9999; pass another") from None
    except Exception as error:
        told = f"is a datetime whose time zone raises {type(error).__name__}; pass one in UTC"
        raise ParameterError(name, told) from error
    if moment is None:
        told = "is a datetime without a time zone, which means another time on every machine; pass datetime.now(UTC)"
        raise ParameterError(name, told)
    return moment


def _date(_: str, value: Any) -> date:
    return date(*_parts(value, date, *_DAY))


def _time(name: str, value: Any) -> time:
    if _part(time, "tzinfo", value) is not None:
        raise ParameterError(name, "is a time with a time zone, which not every database has; pass it without, or a datetime")
    return time(*_parts(value, time, *_HOUR))


def _uuid(name: str, value: Any) -> UUID:
    try:
        # PostgreSQL's driver has a subclass that keeps the number elsewhere.
        number = value.int
    except Exception as error:
        raise ParameterError(name, f"is a UUID whose number raises {type(error).__name__}; pass a uuid.UUID") from error
    if type(number) is not int or not 0 <= number < 1 << 128:
        raise ParameterError(name, "is a UUID without a number of 128 bits; pass a uuid.UUID")
    return UUID(int=number)


def _part(base: type, name: str, value: Any) -> Any:
    return vars(base)[name].__get__(value)


def _parts(value: Any, base: type, *names: str) -> list[Any]:
    return [_part(base, name, value) for name in names]


_NO_BIGINT = "for a NUMERIC column pass a Decimal, on SQLite a str for a TEXT column"
_INFINITY = float("inf")
_DAY, _HOUR = ("year", "month", "day"), ("hour", "minute", "second", "microsecond")
_MRO: Callable[[type], tuple[type, ...]] = vars(type)["__mro__"].__get__
_REDUCED: dict[type, Callable[[str, Any], Value]] = {
    int: _int,
    float: _float,
    Decimal: _decimal,
    str: _str,
    bytes: _bytes,
    bytearray: _bytearray,
    memoryview: _memoryview,
    datetime: _datetime,
    date: _date,
    time: _time,
    UUID: _uuid,
    dict: Document,
    list: Document,
}
