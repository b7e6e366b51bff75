"""The closed list of parameters: what each value becomes, and what is refused, on whatever database."""

import json
from collections import Counter, OrderedDict, UserDict, UserString, defaultdict, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag, StrEnum
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest

from whimbrel.errors import ConfigurationError, ParameterError, WhimbrelError
from whimbrel.parsing.values import Document, check_value

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
    """Whose value is not the int that it is."""

    X = 5

    @property
    def value(self) -> str:  # type: ignore[override]
        return "evil"


class Nowhere(tzinfo):
    dst = tzname = None  # type: ignore[assignment]

    def utcoffset(self, _: datetime | None) -> timedelta:
        raise RuntimeError


class Masked:
    """Whatever it says, it is no str."""

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


Pair = namedtuple("Pair", "a b")  # the untyped one is what old code has
EAST = timezone(timedelta(hours=14))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (Seven(7), 7),
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        (0.5, 0.5),
        (Half(0.5), 0.5),
        (Decimal("1.50"), Decimal("1.50")),
        (Money("1.50"), Decimal("1.50")),
        (Decimal("1E+10"), Decimal(10**10)),
        (Decimal("1." + "0" * 40), Decimal(1)),
        (Decimal("-0"), Decimal(0)),
        ("x", "x"),
        (Loud("x"), "x"),
        ("", ""),
        (b"x\0", b"x\0"),
        (Raw(b"x"), b"x"),
        (bytearray(b"x"), b"x"),
        (memoryview(b"xyz")[::2], b"xz"),
        (datetime(2026, 1, 1, 5, tzinfo=timezone(timedelta(hours=5))), datetime(2026, 1, 1, tzinfo=UTC)),
        (Later(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        (Day(2026, 1, 1), date(2026, 1, 1)),
        (time(1, 2, 3, 4), time(1, 2, 3, 4)),
        (NUMBER, NUMBER),
        (Numbered(str(NUMBER)), NUMBER),
        (Color.RED, "red"),
        (Color.NEST, 7),
        (Outer.INNER, "red"),
        (Number.ONE, 1),
        (Bits.A | Bits.B, 3),
        (Word.A, "a"),
        (Lying.X, 5),
    ],
)
def test_a_value_of_the_list_becomes_its_type_exactly(given: object, expected: object) -> None:
    checked = check_value("p", given)
    assert checked == expected
    assert type(checked) is type(expected)


def test_a_negative_zero_is_zero() -> None:
    assert str(check_value("p", -0.0)) == "0.0"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (PurePosixPath("gone'; DELETE FROM users -- "), "pathlib.PurePosixPath"),
        (UserString("x"), "collections.UserString"),
        (UserDict(), "collections.UserDict"),
        (ValueError("x"), "ValueError"),
        (object(), "object"),
        (str, "type"),
        ({1}, "set"),
        (frozenset(), "frozenset"),
        ((1, 2), "tuple"),
        (Pair(1, 2), "Pair"),
        (range(3), "range"),
        (1j, "complex"),
        (Fraction(1, 3), "fractions.Fraction"),
        (timedelta(1), "datetime.timedelta"),
        (UTC, "datetime.timezone"),
        (Ellipsis, "ellipsis"),
        (iter(()), "tuple_iterator"),
        (Color.PATH, "pathlib.PurePosixPath"),
        (Color, "EnumType"),
        (Masked(), "Masked"),
        (Metal(), "Metal"),
    ],
    ids=lambda _: "object",
)
def test_another_type_is_refused_with_the_names_of_the_parameter_and_the_type(value: object, named: str) -> None:
    with pytest.raises(ParameterError, match=r"^the parameter :home is of type ") as caught:
        check_value("home", value)
    assert named in str(caught.value)
    assert "; pass" in str(caught.value)
    assert caught.value.parameter == "home"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (2**63, "more than 64 bits; for a NUMERIC column pass a Decimal, on SQLite a str for a TEXT column"),
        (-(2**63) - 1, "more than 64 bits"),
        (2**9000, "more than 64 bits"),
        (float("nan"), "not finite"),
        (float("-inf"), "not finite"),
        (Decimal("NaN"), "not finite"),
        (Decimal("sNaN"), "not finite"),
        (Decimal("-Infinity"), "not finite"),
        (Decimal("1E+999999"), "more than 65 digits"),
        (Decimal("1E-999999"), "30 after the point"),
        (Decimal(10**65), "more than 65 digits"),
        (Decimal("1E-31"), "30 after the point"),
        ("a\0b", "NUL"),
        ("\ud83d", "surrogate"),
        (datetime(2026, 1, 1), "without a time zone"),  # that is the point
        (datetime.min.replace(tzinfo=EAST), "before the year 1"),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))), "after 9999"),
        (datetime(2026, 1, 1, tzinfo=Nowhere()), "time zone raises RuntimeError"),
        (time(1, tzinfo=UTC), "time zone"),
    ],
)
def test_a_value_that_one_database_would_refuse_or_change_is_refused(value: object, why: str) -> None:
    with pytest.raises(ParameterError) as caught:
        check_value("p", value)
    assert why in str(caught.value)


def test_the_error_is_ours_and_pythons_and_has_the_exit_code_of_a_wrong_call() -> None:
    for kind in (WhimbrelError, ConfigurationError, TypeError, ValueError):
        assert issubclass(ParameterError, kind)
    assert ParameterError.exit_code == 2


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"a": [1, -0.5, True, None, "ü'\"\\", {"b": []}]},
        [2**63 - 1, -(2**63)],
        [1e15, 1e16, 1e22, 1e23, 1.7976931348623157e308, 5e-324],
        OrderedDict(a=1),
        defaultdict(int, a=1),
        Counter("aab"),
        {Word.A: Number.ONE},
    ],
)
def test_a_dict_or_list_becomes_json_that_reads_the_same(value: object) -> None:
    checked = check_value("p", value)
    assert isinstance(checked, Document)
    assert json.loads(checked.text) == value


def test_what_json_holds_is_reduced_as_parameters_are() -> None:
    checked = check_value("p", {Loud("k"): [Loud("x"), Seven(7), Half(0.5), Color.RED, Lying.X, -0.0]})
    assert isinstance(checked, Document)
    assert checked.text == '{"k":["x",7,0.5,"red",5,0.0]}'


def nested(levels: int) -> object:
    return [nested(levels - 1)] if levels else []


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"a": [1, {"b": (1,)}]}, ":p.a[1].b is of type tuple"),
        ({"a": {1}}, ":p.a is of type set"),
        ({"a": NUMBER}, ":p.a is of type UUID"),
        ({"a": Decimal(1)}, ":p.a is of type Decimal"),
        ({"a": b"x"}, ":p.a is of type bytes"),
        ({"a": datetime.now(UTC)}, ":p.a is of type datetime"),
        ({"a": 2**63}, ":p.a is an int of more than 64 bits"),
        ({"a": float("nan")}, ":p.a is a float that is not finite"),
        ({"a": "\0"}, ":p.a is a str with a NUL"),
        ({"a\0": 1}, ":p: its key is a str with a NUL"),
        ({1: 1}, ":p has a key of type int"),
        ({"a": {None: 1}}, ":p.a has a key of type NoneType"),
        ({"a": Color.PATH}, ":p.a is of type PurePosixPath"),
        ({"a": nested(31)}, "32 levels"),
        ([{1}], ":p[0] is of type set"),
        ([[{1}]], ":p[0][0] is of type set"),
    ],
)
def test_what_json_has_not_is_refused_with_its_place(value: object, place: str) -> None:
    with pytest.raises(ParameterError) as caught:
        checked = check_value("p", value)
        assert isinstance(checked, Document)
        assert checked.elements()
    assert place in str(caught.value)


def test_a_list_that_holds_itself_is_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(ParameterError, match="32 levels"):
        check_value("p", endless)


def test_a_list_of_other_values_can_be_an_array_and_no_json() -> None:
    checked = check_value("p", [NUMBER, Color.RED])
    assert isinstance(checked, Document)
    assert checked.elements() == [NUMBER, "red"]
    with pytest.raises(ParameterError, match=r":p\[0\] is of type UUID"):
        _ = checked.text
