"""Write a schema as JSON that is the same for the same schema, and read it again. Pure: no database, no disk."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import types
import zlib
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from whimbrel.errors import ConfigurationError
from whimbrel.schema.model import Schema

__all__ = ["FORMAT", "OtherFormat", "decode", "encode", "fingerprint", "pack", "seal", "unpack"]

# Increase it whenever the readers describe the same schema in another way: two models of different formats cannot be compared.
FORMAT = 3
# This is 50 times the size of a schema of 1,000 tables. A packed text may be hostile.
_MOST_CHARACTERS = 256_000_000


class OtherFormat(ConfigurationError):
    """A model was written by another version of Whimbrel, in another `format`."""

    def __init__(self, found: int) -> None:
        self.format = found
        age = "a newer" if found > FORMAT else "an older"
        super().__init__(f"the model of the schema was written by {age} version of Whimbrel (format {found}, not {FORMAT})")


def encode(schema: Schema) -> str:
    """Return a schema as compact JSON. Facts that have their default value are left out."""
    return _dumped(_plain(schema))


def _dumped(plain: object) -> str:
    return json.dumps({"format": FORMAT, "schema": plain}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(text: str) -> Schema:
    """Return the schema of a text that `encode` wrote. Raises OtherFormat, or ConfigurationError for any other text."""
    try:
        document = json.loads(text)
        found = document["format"]
        if type(found) is int and found != FORMAT:
            raise OtherFormat(found)
        schema: Schema = _read(Schema, document["schema"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigurationError(f"this is not the model of a schema: {error}") from error
    return schema


def fingerprint(schema: Schema) -> str:
    """Return the SHA-256 of a schema, in hexadecimal. Schemas that differ in nothing but their name have the same."""
    return _digest(_plain(schema))


def pack(schema: Schema) -> str:
    """Return a schema as compressed text, for storing."""
    return _packed(_plain(schema))


def seal(schema: Schema) -> tuple[str, str]:
    """Return `fingerprint` and `pack` of a schema, and encode it only once."""
    plain = _plain(schema)
    return _digest(plain), _packed(plain)


def _digest(plain: dict[str, object]) -> str:
    return hashlib.sha256(_dumped({**plain, "name": ""}).encode("utf-8", "surrogatepass")).hexdigest()


def _packed(plain: dict[str, object]) -> str:
    return base64.b64encode(zlib.compress(_dumped(plain).encode("utf-8", "surrogatepass"), 6)).decode("ascii")


def unpack(text: str) -> Schema:
    """Return the schema of a text that `pack` wrote. Raises OtherFormat, or ConfigurationError for any other text."""
    try:
        stream = zlib.decompressobj()
        data = stream.decompress(base64.b64decode(text, validate=True), _MOST_CHARACTERS)
        if not stream.eof:
            raise ConfigurationError("this is not the model of a schema: it is cut off, or too large")
        return decode(data.decode("utf-8", "surrogatepass"))
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise ConfigurationError(f"this is not the model of a schema: {error}") from error


def _plain(value: object) -> dict[str, object]:
    """Return an object of the model as a dictionary of the facts that differ from their defaults."""
    found = {}
    kind: Any = type(value)
    for name, default in _defaults(kind):
        fact = getattr(value, name)
        if fact != default:
            found[name] = _plain_fact(fact)
    return found


def _plain_fact(fact: object) -> object:
    if isinstance(fact, tuple):
        return [_plain_fact(one) for one in fact]
    return _plain(fact) if dataclasses.is_dataclass(fact) else fact


@cache
def _defaults(kind: Any) -> list[tuple[str, object]]:
    return [(field.name, field.default) for field in dataclasses.fields(kind)]


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, data: object) -> Any:
    """Return an instance of a dataclass. Raises ValueError or TypeError if the data has another shape."""
    hints = _hints(kind)
    if not isinstance(data, dict) or not data.keys() <= hints.keys():
        raise ValueError(f"{str(data)[:60]!r} is no {kind.__name__}")
    return kind(**{name: _value(hints[name], one) for name, one in data.items()})


def _value(kind: Any, data: object) -> object:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return None if data is None else _value(next(one for one in arguments if one is not type(None)), data)
    if origin is tuple and isinstance(data, list):
        return tuple(_value(arguments[0], one) for one in data)
    if origin is Literal and data in arguments:
        return data
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read(kind, data)
    if type(data) is not kind:
        raise ValueError(f"{str(data)[:60]!r} is no {getattr(kind, '__name__', kind)}")
    return data
