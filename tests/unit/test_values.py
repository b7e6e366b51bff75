"""The closed list of parameters: the result of each value, and the refused values, on every database."""

from collections import UserDict, UserString
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath

import pytest

from tests.unit.odd_values import (
    EAST,
    NUMBER,
    Bits,
    Color,
    Day,
    Half,
    Later,
    Loud,
    Lying,
    Masked,
    Metal,
    Money,
    Nowhere,
    Number,
    Numbered,
    Outer,
    Pair,
    Raw,
    Seven,
    Word,
)
from whimbrel.errors import ConfigurationError, ParameterError, WhimbrelError
from whimbrel.parsing.values import check_value


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
