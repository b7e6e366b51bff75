"""The text of a column's type, and the name of its collation, as data. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from whimbrel.parsing.lexer import Token, tokens
from whimbrel.parsing.lexer_rules import MYSQL
from whimbrel.schema.column import Collation, Family, Type

__all__ = ["read_collation", "read_type", "string_value"]

_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64, "float": 32, "double": 64}
_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("tinyint", "smallint", "mediumint", "int", "bigint"), "integer"),
    **dict.fromkeys(("float", "double"), "float"),
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), "text"),
    **dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), "bytes"),
    **dict.fromkeys(("datetime", "timestamp"), "timestamp"),
    **dict.fromkeys(("geometry", "point", "linestring", "polygon", "geomcollection", "geometrycollection"), "geometry"),
    **dict.fromkeys(("multipoint", "multilinestring", "multipolygon"), "geometry"),
    **dict.fromkeys(("inet4", "inet6"), "network"),
    "decimal": "decimal",
    "bit": "bits",
    "date": "date",
    "time": "time",
    "year": "year",
    "json": "json",
    "uuid": "uuid",
    "enum": "enum",
    "set": "set",
}
# In bytes. The limits of the longest types do not matter in practice.
_LENGTHS = {"tinytext": 2**8 - 1, "text": 2**16 - 1, "mediumtext": 2**24 - 1}
_LENGTHS |= {"tinyblob": 2**8 - 1, "blob": 2**16 - 1, "mediumblob": 2**24 - 1}
_ALL_LANGUAGES = {"general", "unicode", "520", "0900", "uca1400", "nopad", "mysql500"}
_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


@lru_cache(maxsize=4096)  # most columns have one of few types
def read_type(native: str) -> Type:
    """Return the type that a text such as "int(10) unsigned zerofill" or "enum('a','b')" stands for."""
    found = list(tokens(native, MYSQL))
    name = found[0].text.lower()
    words = {token.upper for token in found[1:]}
    numbers = tuple(int(token.text) for token in found if token.kind == "number")
    family = _FAMILIES.get(name, "other")
    if name == "tinyint" and numbers == (1,) and "ZEROFILL" not in words and "UNSIGNED" not in words:
        # The documents call it BOOLEAN: https://dev.mysql.com/doc/refman/9.7/en/numeric-type-syntax.html
        family = "boolean"
    first, second = (*numbers, None, None)[:2]
    decimal = family == "decimal" or (family == "float" and second is not None)
    return Type(
        family=family,
        native=native,
        bits=_BITS.get(name),
        unsigned="UNSIGNED" in words,
        length=_LENGTHS.get(name) if first is None else first if family in ("text", "bytes", "bits") else None,
        fixed=name in ("char", "binary"),
        precision=first if decimal else None,
        scale=second if decimal else None,
        fraction=(first or 0) if family in ("time", "timestamp") else None,
        zoned=name == "timestamp",
        values=tuple(map(string_value, filter(_is_string, found))) if family in ("enum", "set") else (),
    )


def _is_string(token: Token) -> bool:
    return token.kind == "string"


def string_value(token: Token) -> str:
    """Return the value of a string literal with backslash escapes: https://dev.mysql.com/doc/refman/9.7/en/string-literals.html."""
    text, quote = token.text[1:-1], token.text[0]
    value, at = "", 0
    while at < len(text):
        character = text[at]
        if character in ("\\", quote):
            # A quote inside is doubled, or has a backslash before it.
            at += 1
            character = _ESCAPES.get(text[at], text[at]) if character == "\\" else quote
        value += character
        at += 1
    return value


@lru_cache(maxsize=1024)
def read_collation(name: str) -> Collation:
    """Return which texts are equal under a collation, as far as its name shows.

    https://dev.mysql.com/doc/refman/9.7/en/charset-collation-names.html and
    https://mariadb.com/kb/en/character-set-and-collation-overview/
    """
    charset, *parts = name.split("_")
    flags: set[str] = set()
    # "cs" in the middle is Czech.
    while parts and parts[-1] in ("ai", "as", "ci", "cs", "ks", "bin"):
        flags.add(parts.pop())
    exact = name == "binary" or "bin" in flags
    case = exact or "cs" in flags
    unpadded = name == "binary" or "0900" in parts or "nopad" in parts
    accent = True if case or "as" in flags else _ignores_accents(charset, parts)
    return Collation(name=name, case_sensitive=case, accent_sensitive=accent, padded=not unpadded)


def _ignores_accents(charset: str, parts: Sequence[str]) -> bool | None:
    """Return False for a collation of all languages.

    Return None for one of a single language, whose own letters differ even under `_ai`.
    """
    everywhere = charset.startswith(("utf", "ucs")) and set(parts) <= _ALL_LANGUAGES
    return False if everywhere or (charset, *parts) == ("latin1", "swedish") else None
