"""A schema as JSON: reading gives the same schema, and writing gives the same bytes."""

import base64
import zlib
from dataclasses import replace

import pytest

from tests.unit.schemas import RICH, SMALL
from whimbrel.errors import ConfigurationError
from whimbrel.schema.codec import FORMAT, OtherFormat, decode, encode, fingerprint, pack, unpack
from whimbrel.schema.model import Schema, Table


@pytest.mark.parametrize("schema", [SMALL, RICH, Schema(database="sqlite", name="main")])
def test_a_schema_is_the_same_after_writing_and_reading(schema: Schema) -> None:
    assert decode(encode(schema)) == schema
    assert unpack(pack(schema)) == schema


def test_defaults_are_left_out_so_that_a_new_field_changes_no_fingerprint() -> None:
    text = encode(Schema(database="sqlite", name="main", tables=(Table(name="t", columns=()),)))
    assert text == '{"format":3,"schema":{"database":"sqlite","name":"main","tables":[{"columns":[],"name":"t"}]}}'


def test_the_name_of_the_schema_is_no_part_of_the_fingerprint() -> None:
    assert fingerprint(SMALL) == fingerprint(replace(SMALL, name="other"))
    assert fingerprint(SMALL) != fingerprint(RICH)
    assert len(fingerprint(SMALL)) == 64


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Expecting value"),
        ("[]", "list indices"),
        ('{"format":3}', "schema"),
        ('{"format":"1","schema":{}}', "missing"),
        ('{"format":3,"schema":[]}', "is no Schema"),
        ('{"format":3,"schema":{"database":"sqlite","name":1}}', "'1' is no str"),
        ('{"format":3,"schema":{"database":"sqlite","name":"a","tables":{}}}', "is no tuple"),
        ('{"format":3,"schema":{"database":"sqlite","name":"a","more":1}}', "is no Schema"),
        ('{"format":3,"schema":{"database":"sqlite","name":"a","tables":[{"name":"t"}]}}', "columns"),
        ('{"format":3,"schema":' * 2_000, "Expecting value|recursion"),
    ],
)
def test_any_other_text_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        decode(text)


@pytest.mark.parametrize(("number", "age"), [(FORMAT + 1, "newer"), (FORMAT - 1, "older")])
def test_another_format_is_named(number: int, age: str) -> None:
    with pytest.raises(OtherFormat, match=f"{age} version of Whimbrel") as raised:
        decode(f'{{"format":{number},"schema":{{"shape":"unknown"}}}}')
    assert raised.value.format == number


@pytest.mark.parametrize(
    "text",
    ["", "%", "aGVsbG8=", pack(SMALL)[:-8], base64.b64encode(zlib.compress(b"\xff\xfe")).decode()],
)
def test_a_packed_text_that_somebody_has_changed_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="this is not the model of a schema"):
        unpack(text)
