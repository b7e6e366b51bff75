"""Read the types of a function's arguments, as PostgreSQL writes them. Functions of one name are different with other types.

Pure: no database, no disk.
"""

from __future__ import annotations

from whimbrel.parsing.cursor import TokenCursor

__all__ = ["read_signature"]

# https://www.postgresql.org/docs/current/datatype.html
_TYPES = {
    **{one: one for one in ("text", "date", "uuid", "json", "jsonb", "bytea", "interval", "numeric", "boolean", "real")},
    **dict.fromkeys(("smallint", "int2"), "smallint"),
    **dict.fromkeys(("integer", "int", "int4"), "integer"),
    **dict.fromkeys(("bigint", "int8"), "bigint"),
    **dict.fromkeys(("varchar", "character varying"), "character varying"),
    **dict.fromkeys(("timestamp", "timestamp without time zone"), "timestamp without time zone"),
    **dict.fromkeys(("timestamptz", "timestamp with time zone"), "timestamp with time zone"),
    **dict.fromkeys(("double precision", "float8"), "double precision"),
    "bool": "boolean",
    "decimal": "numeric",
    "float4": "real",
}
_MODES = ("in", "inout", "variadic", "out")


def read_signature(head: TokenCursor) -> str | None:
    """Return the types of the input arguments behind a function's name, "integer, text"; None if one of them is not certain."""
    if not head.take("("):
        return None
    found: list[str] = []
    more = not head.take(")")
    while more:
        words, more = _read_argument(head)
        if words[:1] == ["out"]:
            continue
        if (known := _find_type(words[1:] if words[:1] and words[0] in _MODES else words)) is None:
            return None
        found.append(known)
    return ", ".join(found)


def _read_argument(head: TokenCursor) -> tuple[list[str], bool]:
    """Return the words of an argument, without lengths and the default, and whether another argument follows."""
    words: list[str] = []
    behind = False
    while (token := head.token()) is not None:
        if token.text in (",", ")"):
            return words, token.text == ","
        behind = behind or token.upper == "DEFAULT" or token.text in ("=", ":=")
        if token.text == "(":
            head.skip_parentheses()
        elif not behind:
            words.append(token.text.lower())
    return words, False


def _find_type(words: list[str]) -> str | None:
    """Return the type of an argument, which may have a name before it."""
    array = words[-2:] == ["[", "]"]
    words = words[:-2] if array else words
    found = _TYPES.get(" ".join(words)) or _TYPES.get(" ".join(words[1:]))
    return f"{found}[]" if found and array else found
