"""The declared types and the defaults of SQLite's columns, as the model has them. Pure."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import SQLITE
from whimbrel.schema.column import Collation, Default, Family, Type

__all__ = ["read_collation", "read_default", "read_type"]

# The names that people give to types in a CREATE TABLE of any database. SQLite itself has only affinities:
# https://sqlite.org/datatype3.html#determination_of_column_affinity
_FAMILIES: dict[Family, str] = {
    "bits": "BIT VARBIT",
    "boolean": "BOOL BOOLEAN",
    "bytes": "BLOB BINARY VARBINARY BYTEA TINYBLOB MEDIUMBLOB LONGBLOB",
    "date": "DATE",
    "decimal": "DECIMAL NUMERIC DEC NUMBER MONEY",
    "enum": "ENUM",
    "float": "REAL DOUBLE FLOAT FLOAT4 FLOAT8",
    "geometry": "GEOMETRY POINT LINESTRING POLYGON MULTIPOINT MULTILINESTRING MULTIPOLYGON GEOMETRYCOLLECTION",
    "integer": "INT INTEGER BIGINT SMALLINT TINYINT MEDIUMINT INT2 INT4 INT8 SERIAL BIGSERIAL SMALLSERIAL BIG",
    "interval": "INTERVAL",
    "json": "JSON JSONB",
    "network": "INET CIDR MACADDR",
    "set": "SET",
    "text": "TEXT VARCHAR CHAR CHARACTER NCHAR NVARCHAR VARCHAR2 VARYING NATIVE CLOB TINYTEXT MEDIUMTEXT LONGTEXT BPCHAR CITEXT",
    "time": "TIME TIMETZ",
    "timestamp": "TIMESTAMP DATETIME TIMESTAMPTZ",
    "uuid": "UUID",
    "year": "YEAR",
}
_FAMILY: dict[str, Family] = {name: family for family, names in _FAMILIES.items() for name in names.split()}
_AFFINITIES: tuple[tuple[str, Family], ...] = (
    ("INT", "integer"), ("CHAR", "text"), ("CLOB", "text"), ("TEXT", "text"), ("BLOB", "bytes"),
    ("REAL", "float"), ("FLOA", "float"), ("DOUB", "float"),
)  # fmt: skip
_BITS = {
    "TINYINT": 8, "SMALLINT": 16, "INT2": 16, "SMALLSERIAL": 16, "MEDIUMINT": 24,
    "BIGINT": 64, "INT8": 64, "BIG": 64, "BIGSERIAL": 64,
}  # fmt: skip
_FIXED = frozenset(("CHAR", "CHARACTER", "NCHAR", "BPCHAR", "BINARY", "NATIVE"))
_NOW = frozenset(("CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"))
# These functions return the same as the three words: https://sqlite.org/lang_datefunc.html
_NOW_CALLS = frozenset(f"{name}({argument})" for name in ("DATETIME", "DATE", "TIME") for argument in ("'now'", ""))


# A schema has few different types and defaults, and many columns.
@lru_cache(maxsize=1_000)
def read_type(declared: str, *, strict: bool) -> Type:
    """Return the type of a declaration. `strict` says whether the table enforces it."""
    words, numbers, values = _parts(declared)
    head = words[0] if words else ""
    family = _family(head, declared.upper())
    length = numbers[0] if numbers and family in ("text", "bytes", "bits") else None
    decimal = family == "decimal" and bool(numbers)
    return Type(
        family=family,
        native=declared,
        bits=_bits(family, words, strict=strict),
        unsigned="UNSIGNED" in words,
        length=length,
        fixed=head in _FIXED and "VARYING" not in words and length is not None,
        precision=numbers[0] if decimal else None,
        scale=(numbers[1] if len(numbers) > 1 else 0) if decimal else None,
        fraction=numbers[0] if numbers and family in ("time", "timestamp", "interval") else None,
        zoned=head in ("TIMESTAMPTZ", "TIMETZ") or (family in ("time", "timestamp") and words[1:2] == ["WITH"]),
        values=values if family in ("enum", "set") else (),
        enforced=strict and family != "other",
    )


def _parts(declared: str) -> tuple[list[str], list[int], tuple[str, ...]]:
    """Return the words in capitals, the numbers, and the quoted texts of a declared type."""
    found = list(tokens(declared, SQLITE))
    words = [token.upper or unquoted(token).upper() for token in found if token.kind in ("word", "name")]
    numbers = [int(token.text) for token in found if token.kind == "number" and token.text.isdecimal()]
    return words, numbers, tuple(unquoted(token) for token in found if token.kind == "string")


def _family(head: str, declared: str) -> Family:
    if head == "UNSIGNED" or head in _FAMILY:
        return _FAMILY.get(head, "integer")
    return next((family for part, family in _AFFINITIES if part in declared), "other")


def _bits(family: Family, words: list[str], *, strict: bool) -> int | None:
    if family == "float" or (family == "integer" and (strict or "BIG" in words)):
        return 64
    return _BITS.get(words[0] if words else "", 32) if family == "integer" else None


@lru_cache(maxsize=1_000)
def read_default(text: str, family: Family) -> Default:
    """Return the default of a column by its text in the catalog, which has no outer parentheses."""
    found = [token for token in tokens(text, SQLITE) if token.kind != "mark"]
    joined = "".join(token.upper or token.text for token in found)
    if joined == "NULL":
        return Default(kind="null", native=text)
    if joined in _NOW or joined in _NOW_CALLS:
        return Default(kind="now", native=text)
    value = _literal(found)
    if value is None:
        return Default(kind="expression", native=text)
    if family == "boolean":
        value = {"1": "true", "t": "true", "0": "false", "f": "false"}.get(value, value.lower())
    elif joined in ("TRUE", "FALSE"):
        value = "1" if joined == "TRUE" else "0"
    return Default(kind="literal", native=text, value=value)


def _literal(found: list[Token]) -> str | None:
    first = found[0] if found else None
    if len(found) == 1 and first is not None and first.kind in ("string", "name", "word"):
        return unquoted(first)  # A word or a quoted name is a text here: https://sqlite.org/quirks.html
    if len(found) == 2 and first is not None and first.upper == "X" and found[1].kind == "string":
        return "\\x" + unquoted(found[1]).lower()
    sign = "-" if first is not None and first.text == "-" else ""
    digits = found[1:] if first is not None and first.text in ("+", "-") else found
    number = "".join(token.text for token in digits)
    return sign + number if digits and _is_number(digits, number) else None


def _is_number(digits: list[Token], number: str) -> bool:
    together = all(left.end == right.start for left, right in pairwise(digits))
    if not together or "_" in number:
        return False
    try:
        float(int(number, 16) if number[:2] in ("0x", "0X") else number)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=100)
def read_collation(name: str) -> Collation:
    """Return which texts are equal under a collation.

    An application defines all collations but three: https://sqlite.org/datatype3.html#collation.
    """
    spelled = name.upper()
    if spelled == "BINARY":
        return Collation(name=spelled)
    if spelled == "NOCASE":
        return Collation(name=spelled, case_sensitive=False)
    if spelled == "RTRIM":
        return Collation(name=spelled, padded=True)
    return Collation(name=name, case_sensitive=None, accent_sensitive=None, padded=None)
