"""Dictionaries and lists become JSON that every database returns as the same values; other contents are refused."""

import json
from collections import Counter, OrderedDict, defaultdict
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tests.unit.odd_values import NUMBER, Color, Half, Loud, Lying, Number, Seven, Word
from whimbrel.errors import ParameterError
from whimbrel.parsing.reducing import Document
from whimbrel.parsing.values import check_value


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
