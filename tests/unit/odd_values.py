"""Values that are not what they seem, for the tests of parameters."""

from collections import namedtuple
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag, StrEnum
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

NUMBER = UUID("12345678-1234-5678-1234-567812345678")


class Loud(str):
    """A text that says something else wherever it is asked."""

    __slots__ = ()

    def __str__(self) -> str:
        return "evil"

    def __repr__(self) -> str:
        return "evil"

    def __format__(self, _: str) -> str:
        return "evil"

    def encode(self, *_: Any, **__: Any) -> bytes:
        return b"evil"

    def replace(self, *_: Any, **__: Any) -> str:
        return "evil"


class Seven(int):
    __str__ = __repr__ = lambda _: "evil"
    __int__ = __index__ = lambda _: 8


class Half(float):
    __str__ = __repr__ = lambda _: "evil"

    def __float__(self) -> float:
        return 8.0


class Money(Decimal):
    def __str__(self, *_: Any) -> str:
        return "evil"

    def __format__(self, *_: Any) -> str:
        return "evil"

    def as_tuple(self) -> Any:
        raise AssertionError


class Raw(bytes):
    def hex(self, *_: Any, **__: Any) -> str:
        return "evil"

    def __bytes__(self) -> bytes:
        return b"evil"


class Later(datetime):
    year = property(lambda _: 1)

    def isoformat(self, *_: Any, **__: Any) -> str:
        return "evil"

    def utcoffset(self) -> timedelta:
        return timedelta(hours=12)


class Day(date):
    def isoformat(self) -> str:
        return "evil"


class Numbered(UUID):
    def __str__(self) -> str:
        return "evil"


class Color(Enum):
    RED = Loud("red")
    NEST = Seven(7)
    PATH = PurePosixPath("x")


class Outer(Enum):
    INNER = Color.RED


class Number(IntEnum):
    ONE = 1


class Bits(IntFlag):
    A = 1
    B = 2


class Word(StrEnum):
    A = "a"


class Lying(int, Enum):
    """An int whose `value` is another one."""

    X = 5

    @property
    def value(self) -> str:  # type: ignore[override]
        return "evil"


class Nowhere(tzinfo):
    dst = tzname = None  # type: ignore[assignment]

    def utcoffset(self, _: datetime | None) -> timedelta:
        raise RuntimeError


class Masked:
    """It is not a str, even if it claims to be."""

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return str

    def __str__(self) -> str:
        return "'; DELETE FROM t; --"


class LyingMeta(type):
    @property
    def __mro__(cls) -> tuple[type, ...]:
        return (cls, str, object)

    def __instancecheck__(cls, _: object) -> bool:
        return True


class Metal(metaclass=LyingMeta):
    def __str__(self) -> str:
        return "evil"


Pair = namedtuple("Pair", "a b")  # old code has the untyped form
EAST = timezone(timedelta(hours=14))
