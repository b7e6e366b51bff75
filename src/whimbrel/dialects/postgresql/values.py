"""Values as PostgreSQL's driver takes them: one Python type for each type that the server found for a parameter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn
from uuid import UUID

from whimbrel.errors import ParameterError
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.reducing import Document

if TYPE_CHECKING:
    from whimbrel.parsing.values import Value

__all__ = ["CODECS", "ParameterType", "fitted", "refused"]


class ParameterType(NamedTuple):
    """The type that the server found for a parameter, as the driver reports it."""

    oid: int
    name: str
    kind: str
    schema: str


def fitted(names: Sequence[str], values: Sequence[Value], targets: Sequence[ParameterType]) -> list[object]:
    """Return values as the driver takes them for these types. Raises ParameterError for one that the type cannot hold."""
    return [_fit(name, value, target) for name, value, target in zip(names, values, targets, strict=True)]


def _fit(name: str, value: Value, target: ParameterType) -> object:
    if value is None:
        return None
    if target.kind == "array":
        return _array(name, value, target)
    if fit := _FITS.get(target.name):
        return fit(name, value)
    # Any other type, such as an enumeration, inet or citext, is written as text.
    return _text(name, value, target.name) if target.name not in _NUMBERED else _integer(64)(name, value)


def _array(name: str, value: Value, target: ParameterType) -> object:
    if not isinstance(value, Document):
        _refuse(name, value, target.name)
    element = ParameterType(0, target.name.removesuffix("[]"), "scalar", target.schema)
    given = []
    for index, one in enumerate(value.elements()):
        inner = target if isinstance(one, Document) and element.name not in _JSON else element
        given.append(_fit(f"{name}[{index}]", one, inner))
    return given


def _refuse(name: str, value: object, target: str) -> NoReturn:
    told = "dict or list" if isinstance(value, Document) else type(value).__name__
    raise ParameterError(
        name, f"is a {told}, but PostgreSQL expects a {target}; pass one, or write CAST(:{name.partition('[')[0]} AS ...)"
    )


def _taken(target: str, *kinds: type) -> Callable[[str, Value], object]:
    def fit(name: str, value: Value) -> object:
        return value if type(value) in kinds else _refuse(name, value, target)

    return fit


def _integer(bits: int) -> Callable[[str, Value], object]:
    limit = 1 << (bits - 1)

    def fit(name: str, value: Value) -> object:
        if not isinstance(value, int | float | Decimal) or value != int(value):
            _refuse(name, value, f"{bits}-bit integer")
        if not -limit <= int(value) < limit:
            raise ParameterError(name, f"is out of range for the {bits}-bit integer that PostgreSQL expects")
        return int(value)

    return fit


def _numeric(name: str, value: Value) -> object:
    # The driver would convert a float with all digits of its binary form.
    if isinstance(value, float):
        return Decimal(repr(value))
    return Decimal(value) if isinstance(value, int | Decimal) else _refuse(name, value, "numeric")


def _double(name: str, value: Value) -> object:
    return float(value) if isinstance(value, int | float | Decimal) else _refuse(name, value, "float")


def _boolean(name: str, value: Value) -> object:
    return bool(value) if isinstance(value, int) and value in (0, 1) else _refuse(name, value, "boolean")


def _text(name: str, value: Value, target: str = "text") -> object:
    if isinstance(value, str | UUID):
        return str(value)
    return value.text if isinstance(value, Document) else _refuse(name, value, target)


def _json(name: str, value: Value) -> object:
    return value.text if isinstance(value, Document) else value if isinstance(value, str) else _refuse(name, value, "JSON")


def _uuid(name: str, value: Value) -> object:
    try:
        return UUID(value) if isinstance(value, str) else value if isinstance(value, UUID) else _refuse(name, value, "uuid")
    except ValueError as error:
        if isinstance(error, ParameterError):
            raise
        raise ParameterError(name, "is a str that is not a UUID, but PostgreSQL expects a uuid") from None


def _moment(name: str, value: Value) -> object:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else _refuse(name, value, "timestamp")


def _day(name: str, value: Value) -> object:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else _refuse(name, value, "date")


_JSON = ("json", "jsonb")
_NUMBERED = ("oid", "xid", "cid", "xid8")
_FITS: dict[str, Callable[[str, Value], object]] = {
    "int2": _integer(16),
    "int4": _integer(32),
    "int8": _integer(64),
    "numeric": _numeric,
    "float4": _double,
    "float8": _double,
    "bool": _boolean,
    **dict.fromkeys(_JSON, _json),
    "uuid": _uuid,
    **dict.fromkeys(("timestamp", "timestamptz"), _moment),
    "date": _day,
    "time": _taken("time", time),
    "bytea": _taken("bytea", bytes),
}

_ARGUMENT = re.compile(r"query argument \$(\d+)")


def refused(error: BaseException, names: Sequence[str], values: Sequence[Any]) -> ParameterError | None:
    """Return an error that the driver raised before sending as ParameterError; None for an error of the server."""
    found = _ARGUMENT.search(str(error)) if getattr(error, "severity", None) is None else None
    if found is None or not 0 < int(found[1]) <= len(names):
        return None
    index = int(found[1]) - 1
    told = "dict or list" if isinstance(values[index], Document) else type(values[index]).__name__
    return ParameterError(names[index], f"is a {told}, which the type that PostgreSQL expects cannot hold; write a CAST")


# Binary dates and timestamps count days and microseconds from here: https://magicstack.github.io/asyncpg/current/api/index.html
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def _written_moment(value: datetime) -> tuple[int]:
    return ((value - _EPOCH) // timedelta(microseconds=1),)


def _read_moment(value: tuple[int]) -> datetime:
    # 'infinity' and '-infinity'
    if value[0] in (2**63 - 1, -(2**63)):
        return _LAST if value[0] > 0 else _FIRST
    return _EPOCH + timedelta(microseconds=value[0])


def _written_day(value: date) -> tuple[int]:
    return (value.toordinal() - _EPOCH.toordinal(),)


def _read_day(value: tuple[int]) -> date:
    if value[0] in (2**31 - 1, -(2**31)):
        return date.max if value[0] > 0 else date.min
    return date.fromordinal(value[0] + _EPOCH.toordinal())


# TIMESTAMP columns hold UTC, and Python sees aware datetimes; the driver itself would refuse aware values for them. The driver
# also writes the last day and moment as 'infinity' and the first as '-infinity', unlike a file of SQL.
CODECS: dict[str, tuple[Callable[[Any], tuple[int]], Callable[[tuple[int]], object]]] = {
    "timestamp": (_written_moment, _read_moment),
    "timestamptz": (_written_moment, _read_moment),
    "date": (_written_day, _read_day),
}
