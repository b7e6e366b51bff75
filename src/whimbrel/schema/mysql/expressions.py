"""Turn the expressions and defaults in information_schema into SQL that can be sent again. Pure."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from itertools import islice

from whimbrel.parsing.lexer import Token, tokens
from whimbrel.parsing.lexer_rules import MARIADB, MYSQL
from whimbrel.schema.column import Default, Type
from whimbrel.schema.mysql.types import string_value

__all__ = ["literal_default", "mariadb_default", "mysql_default", "mysql_expression", "quoted_text"]

_ESCAPED = str.maketrans({"\\": "\\\\", "'": "''", "\n": "\\n", "\r": "\\r", "\0": "\\0", "\x1a": "\\Z"})
_UNESCAPED = {"n": "\n", "r": "\r", "0": "\0", "Z": "\x1a"}
_NOW = ("CURRENT_TIMESTAMP", "NOW")


def quoted_text(text: str) -> str:
    """Return a text as a string literal where the grammar allows no introducer. Only a backslash depends on the sql_mode."""
    return f"'{text.translate(_ESCAPED)}'"


def mysql_expression(told: str) -> str:
    r"""Return an expression as MySQL itself prints it elsewhere.

    MySQL's view returns an expression as the body of a string literal, `_utf8mb4\'a\'`, and each byte of its UTF-8 as a
    character.
    """
    # With a server version that returns the text itself, this fails, except for ASCII, which stays the same.
    with suppress(UnicodeError):
        told = told.encode("latin-1").decode()
    if "\\" not in told:
        return told
    text, at = "", 0
    while at < len(told):
        character = told[at]
        if character == "\\" and at + 1 < len(told):
            at += 1
            character = _UNESCAPED.get(told[at], told[at])
        text += character
        at += 1
    return text


@lru_cache(maxsize=4096)  # most columns have one of few defaults
def mysql_default(told: str | None, type_: Type, *, generated: bool) -> Default | None:
    """Return the default for COLUMN_DEFAULT on MySQL. `generated` says that EXTRA calls it an expression."""
    if told is None:
        return None
    if generated:
        text = mysql_expression(told)
        name = text.partition("(")[0].upper()
        if name in _NOW:
            return Default(kind="now", native=text if name == _NOW[0] else f"({text})")
        return _text_in_parentheses(text) or Default(kind="expression", native=f"({text})")
    if type_.family in ("bits", "bytes") and told[:2] in ("b'", "0x"):
        # The view ends a value at its first zero byte. A BINARY is filled with them.
        digits = told[2:].rstrip("'")
        digits = digits.ljust(2 * (type_.length or 0), "0") if type_.fixed else digits
        return Default(kind="literal", native=told if told[0] == "b" else f"0x{digits}", value=digits)
    return Default(kind="literal", native=quoted_text(told), value=_boolean(told, type_))


def _text_in_parentheses(text: str) -> Default | None:
    """Return the default for a lone string literal, which may have its character set before it. TEXT accepts no other literal."""
    found = list(islice(tokens(text, MYSQL), 3))
    introduced = len(found) == 2 and found[0].kind == "word" and found[0].text.startswith("_")
    if found[-1].kind != "string" or not (introduced or len(found) == 1):
        return None
    return Default(kind="literal", native=f"({text})", value=string_value(found[-1]))


def literal_default(token: Token, native: str, type_: Type) -> Default:
    """Return the default for a literal of SHOW CREATE TABLE. The value of a binary column is in hexadecimal."""
    is_text = token.kind == "string"
    content = string_value(token).encode(errors="surrogateescape") if is_text else bytes.fromhex(token.text[2:])
    if type_.family == "bytes":
        content = content.ljust(type_.length or 0, b"\0") if type_.fixed else content
        return Default(kind="literal", native=native, value=content.hex().upper())
    return Default(kind="literal", native=native, value=content.decode(errors="backslashreplace"))


@lru_cache(maxsize=4096)
def mariadb_default(told: str | None, type_: Type) -> Default | None:
    """Return the default for COLUMN_DEFAULT on MariaDB, which is SQL already.

    A nullable column without a default has the default NULL.
    """
    if told is None or told == "NULL":
        return None
    found = list(tokens(told, MARIADB))
    first = found[0]
    if len(found) == 1 and first.kind == "string":
        return Default(kind="literal", native=told, value=string_value(first))
    if _is_number(found):
        return Default(kind="literal", native=told, value=_boolean(told, type_))
    if [token.kind for token in found] == ["word", "string"] and first.upper in ("B", "X"):
        return Default(kind="literal", native=told, value=string_value(found[1]))
    if first.upper in _NOW and len(found) <= 4:
        return Default(kind="now", native=told)
    if first.upper == "NEXTVAL":
        return Default(kind="sequence", native=told)
    return Default(kind="expression", native=told)


def _is_number(found: list[Token]) -> bool:
    digits = found[1:] if found[0].text in ("-", "+") else found
    if not digits or not digits[0].text[0].isdigit():
        return False
    # 1e-5 is a word, a sign and a number to the lexer.
    return all(token.kind in ("word", "number") or token.text in ("+", "-", ".") for token in digits)


def _boolean(text: str, type_: Type) -> str:
    return {"0": "false", "1": "true"}.get(text, text) if type_.family == "boolean" else text
