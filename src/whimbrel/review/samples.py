"""Values that a column of a type may hold, and values at its limits. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from whimbrel.review.neutral import is_boolean
from whimbrel.schema.model import Type

__all__ = ["Limit", "family_of", "limits", "sample"]

_START = datetime(2020, 1, 1, 12, tzinfo=UTC)
# No text is longer in a probe; longer limits are not probed.
_LONGEST = 70_000
# If a text has no declared length, this many characters are tried.
_SOME = 30


class Limit(NamedTuple):
    """A value at a limit of a type. If the databases treat it differently, that is a note, with this `code`."""

    code: str
    fact: str
    value: object


def family_of(kind: Type) -> str:
    """Return the family; BOOLEAN is one on every database."""
    return "boolean" if is_boolean(kind) else kind.family


def sample(kind: Type, number: int) -> object:
    """Return a value that the type accepts: a different one for each number from 0 to 8. None if the type has no samples."""
    family = family_of(kind)
    if family == "text":
        return _text(kind, number)
    if family == "decimal":
        return Decimal(number + 1)
    if family in ("enum", "set"):
        return kind.values[number % len(kind.values)] if kind.values else None
    if family == "bytes":
        return bytes([number + 1]) * (kind.length if kind.fixed and kind.length else 1)
    plain: dict[str, object] = {
        "integer": number + 1,
        "year": 2020 + number,
        "float": number + 0.5,
        "boolean": number % 2 == 0,
        "date": (_START + timedelta(days=number)).date(),
        "time": time(number, 30),
        "timestamp": _START + timedelta(days=number),
        "uuid": UUID(int=number + 1),
        "json": {"n": number},
    }
    return plain.get(family)


def _text(kind: Type, number: int) -> str:
    length = _SOME if kind.length is None else kind.length
    return f"v{number + 1}" if length > 1 else "bcdefghij"[number]


def limits(kind: Type) -> Iterator[Limit]:
    """Yield values at the limits of a type."""
    family = family_of(kind)
    if family == "text":
        yield from _text_limits(kind)
    elif family == "decimal":
        yield from _decimal_limits(kind)
    else:
        yield from _LIMITS.get(family, ())


def _text_limits(kind: Type) -> Iterator[Limit]:
    yield Limit("N02", "an empty text", "")
    yield Limit("N04", "a text with trailing blanks", "a "[: kind.length or 2])
    if kind.length is not None and kind.length < _LONGEST:
        for count in (kind.length, kind.length + 1):
            yield Limit("N02", f"{count} characters", "x" * count)
        yield Limit("N02", f"{kind.length} characters outside of ASCII", "é" * kind.length)
        yield Limit("N02", f"{kind.length} emoji", "\N{GRINNING FACE}" * kind.length)


def _decimal_limits(kind: Type) -> Iterator[Limit]:
    if kind.precision is None:
        yield Limit("N05", "the number 1.5", Decimal("1.5"))
        return
    scale = kind.scale or 0
    yield Limit("N05", "one digit more after the point", Decimal((0, (1, 5), -(scale + 1))))
    yield Limit("N05", "the most digits", Decimal((0, (9,) * kind.precision, -scale)))
    yield Limit("N05", "one digit too many", Decimal((0, (1,) + (0,) * kind.precision, -scale)))


_INTEGERS = [value for bits in (8, 16, 32, 64) for value in (2 ** (bits - 1) - 1, -(2 ** (bits - 1)))]
_MICROSECONDS = (123_456, 999_999)
_YEARS = (datetime(2038, 1, 20, tzinfo=UTC), datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
_LIMITS: dict[str, list[Limit]] = {
    "integer": [Limit("N03", f"the number {value}", value) for value in (*_INTEGERS, 2**32)],
    "timestamp": [
        *(Limit("N01", f"the fraction .{one} of a second", _START.replace(microsecond=one)) for one in _MICROSECONDS),
        *(Limit("N08", f"the year {one.year}", one) for one in _YEARS),
    ],
    "time": [Limit("N01", "the fraction .123456 of a second", time(1, 2, 3, 123_456))],
    "date": [Limit("N08", f"the year {year}", date(year, 1, 2)) for year in (1, 1900, 9999)],
    "float": [Limit("N03", f"the number {value:g}", value) for value in (0.1, 16_777_217.0, 1e39, 1e300)],
    "bytes": [Limit("N02", "bytes 0 and 255", b"\x00\xff")],
}
