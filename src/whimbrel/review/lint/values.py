"""Values for the rows that lint seeds, as texts that a database reads as a literal string. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from whimbrel.review.samples import family_of
from whimbrel.schema.model import Type

__all__ = ["edge_value", "plain_value"]

_START = datetime(2020, 1, 1, 12, tzinfo=UTC)
# MySQL's TIMESTAMP ends in 2038.
_END = "2037-12-31 23:59:59.654321"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# More characters than VARCHAR(255) has, in a text of any length.
_LONG, _LONGEST = 300, 4_000
_OTHERS: Mapping[str, str] = {
    "hstore": "a=>1",
    "jsonpath": "$.a",
    "ltree": "a.b",
    "money": "1",
    "oid": "1",
    "pg_lsn": "0/1",
    "tsquery": "a",
    "tsvector": "a",
    "xml": "<a/>",
}
_SHAPES: Mapping[str, str] = {
    "point": "(1,1)",
    "line": "{1,2,3}",
    "lseg": "[(0,0),(1,1)]",
    "box": "(1,1),(0,0)",
    "path": "((0,0),(1,1))",
    "polygon": "((0,0),(1,1),(1,0))",
    "circle": "<(0,0),1>",
}


def plain_value(kind: Type, number: int) -> str | None:
    """Return a value of a type: a different one for each number, where the type has so many. None if none is known."""
    family = family_of(kind)
    if family in ("text", "bytes"):
        return _text(kind.length, number)
    if family == "integer":
        return str(number % _highest(kind) + 1)
    if family == "decimal":
        return _decimal(kind, number + 1)
    if family in ("enum", "set"):
        return kind.values[number % len(kind.values)] if kind.values else None
    if family in _SIMPLE:
        return _SIMPLE[family](number)
    return _COMPLEX[family](kind, number)


def edge_value(kind: Type) -> str | None:
    """Return a value at the upper limit of a type; None if no value is more telling than a plain one."""
    family = family_of(kind)
    if family in ("text", "bytes"):
        return "z" * min(_LONG if kind.length is None else kind.length, _LONGEST)
    if family == "integer":
        return str(_highest(kind))
    if family == "decimal" and kind.precision is not None:
        return format(Decimal((0, (9,) * kind.precision, -(kind.scale or 0))), "f")
    edges: dict[str, str] = {"float": "1234567.75", "timestamp": _END, "date": _END[:10], "time": "23:59:59.654321"}
    return edges.get(family)


def _moment(number: int) -> str:
    return f"{_START + timedelta(minutes=number):%Y-%m-%d %H:%M:%S}"


def _text(length: int | None, number: int) -> str:
    plain = str(number + 1)
    if length is None or len(plain) <= length:
        return plain
    written, rest = "", number
    for _ in range(length):
        rest, digit = divmod(rest, len(_DIGITS))
        written = _DIGITS[digit] + written
    return written


def _highest(kind: Type) -> int:
    bits = kind.bits or 32
    return int(2**bits - 1 if kind.unsigned else 2 ** (bits - 1) - 1)


def _decimal(kind: Type, number: int) -> str:
    if kind.precision is None:
        return str(number)
    scale = max(kind.scale or 0, 0)
    whole = 10 ** max(kind.precision - scale, 0)
    # Whole numbers read well, but a type may have too few of them.
    return str(number) if number < whole else format(Decimal(number % 10**kind.precision).scaleb(-scale), "f")


def _bits(kind: Type, number: int) -> str:
    length = kind.length or 1
    return format(number % 2 ** min(length, 62), "b").zfill(length)[-length:]


def _network(native: str, number: int) -> str:
    if native.startswith("macaddr"):
        tail = ":00:00" if native == "macaddr8" else ""
        return f"08:00:2b:01:{number // 256 % 256:02x}:{number % 256:02x}{tail}"
    if native == "inet6":
        return f"2001:db8::{number:x}"
    return f"10.0.{number // 256 % 256}.{number % 256}"


_SIMPLE: Mapping[str, Callable[[int], str]] = {
    "array": lambda _: "{}",
    "boolean": lambda number: str((number + 1) % 2),
    "date": lambda number: (_START + timedelta(days=number)).date().isoformat(),
    "float": lambda number: f"{number + 1}.5",
    "interval": lambda number: f"{number + 1} minutes",
    "time": lambda number: f"{number // 60 % 24:02}:{number % 60:02}:00",
    "timestamp": _moment,
    "uuid": lambda number: str(UUID(int=number + 1)),
    "year": lambda number: str(1970 + number % 100),
}
_COMPLEX: Mapping[str, Callable[[Type, int], str | None]] = {
    "bits": _bits,
    "geometry": lambda kind, _: _SHAPES.get(kind.native, "POINT(1 1)"),
    "json": lambda kind, number: _OTHERS.get(kind.native, f'{{"n": {number}}}'),
    "network": lambda kind, number: _network(kind.native, number),
    "other": lambda kind, _: _OTHERS.get(kind.native),
    "range": lambda kind, _: "{}" if kind.native.endswith("multirange") else "empty",
}
