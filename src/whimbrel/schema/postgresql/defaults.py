"""The default of a column: is it a literal, the current time, a sequence or another expression? Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from whimbrel.schema.column import Default

__all__ = ["read_default"]

# A literal as the server prints it: a string, a number or a word, optionally in parentheses and with one cast.
_STRING = r"(?P<escaped>E)?'(?P<string>(?:[^']|'')*)'"
_CAST = r'(?:::(?P<cast>[\w ."\[\]]+(?:\(\d+(?:,-?\d+)?\))?(?:[\w "\[\]]*)))?'
_LITERAL = re.compile(
    rf"(?:[BX]?{_STRING}|\(?(?P<number>-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)\)?|(?P<word>true|false|NULL)){_CAST}\Z"
)
_NOW = re.compile(
    r"(?:now\(\)|transaction_timestamp\(\)|statement_timestamp\(\)|clock_timestamp\(\)|CURRENT_DATE"
    r"|(?:CURRENT_TIMESTAMP|CURRENT_TIME|LOCALTIMESTAMP|LOCALTIME)(?:\(\d\))?)(?:::[a-z ()0-9]+)?\Z"
)
_SEQUENCE = re.compile(r"nextval\('(?:[^']|'')*'::regclass\)\Z")
_ESCAPE = re.compile(r"\\(.)")
_BOOLEANS = {"t": "true", "f": "false", "1": "true", "0": "false"}


@lru_cache(maxsize=4096)
def read_default(native: str) -> Default:
    """Return the class and the value of a default, from the text of pg_get_expr()."""
    if _NOW.match(native):
        return Default(kind="now", native=native)
    if _SEQUENCE.match(native):
        return Default(kind="sequence", native=native)
    found = _LITERAL.match(native)
    if found is None:
        return Default(kind="expression", native=native)
    if found["word"] == "NULL":
        return Default(kind="null", native=native)
    value = found["word"] or found["number"] or _unquoted(found)
    if found["cast"] == "boolean":
        value = _BOOLEANS.get(value, value)
    return Default(kind="literal", native=native, value=value)


def _unquoted(found: re.Match[str]) -> str:
    value = found["string"].replace("''", "'")
    return _ESCAPE.sub(r"\1", value) if found["escaped"] else value
