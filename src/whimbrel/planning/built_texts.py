"""Read the texts that a statement or a body puts together for EXECUTE or PREPARE, by ||, CONCAT or format.

Pure: no database, no disk. UNKNOWN takes the place of a part that only the server knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.do_block import body_text

__all__ = ["UNKNOWN", "read_texts"]

# A letter of the private use area: it may stand in a name, with or without quotes, and no real name has it.
UNKNOWN = "\ue000"
_SAME = ("UPPER", "LOWER", "TRIM", "BTRIM", "LTRIM", "RTRIM", "QUOTE_IDENT")
_JOINED = ("CONCAT", "CONCAT_WS", "FORMAT", "REPLACE", *_SAME)
# A text that ends here goes on elsewhere: q := 'DELETE FROM '; q := q || name. The value 'DELETE' of TG_OP does not.
_OPEN = (" ", "\n", "\t", ".", '"', "`")
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\r": "\r", r"\'": "'", r"\"": '"'}
# https://www.postgresql.org/docs/current/functions-string.html#FUNCTIONS-STRING-FORMAT
_SPECIFIER = re.compile(r"%(?:%|(?:(\d+)\$)?-?(?:\d+|\*)?[sIL])")


def read_texts(head: TokenCursor) -> Iterator[str]:
    """Yield each text from here on, its parts joined. The texts of RAISE are messages."""
    while not head.ended():
        token = head.peek_token()
        word = head.peek()
        if word == "RAISE":
            head.skip_to_symbol(";")
        elif (token is not None and token.kind == "string") or word in _JOINED:
            text = _read_joined(head)
            yield f"{text}{UNKNOWN}" if text.endswith(_OPEN) else text
        else:
            head.skip()


def _read_joined(head: TokenCursor) -> str:
    """Read operands between `||`."""
    found = [_read_operand(head)]
    while head.take("|", "|"):
        found.append(_read_operand(head))
    return "".join(found)


def _read_operand(head: TokenCursor) -> str:
    word, token = head.peek(), head.token()
    if token is None:
        return ""
    if token.kind == "string":
        found = _content(token.text)
        while (following := head.peek_token()) is not None and following.kind == "string":
            # Strings side by side are one.
            found += _content(following.text)
            head.skip()
    elif word in _JOINED and head.take("("):
        found = _read_call(head, word)
    else:
        found = UNKNOWN
        _skip_rest(head, word)
    if head.take(":", ":"):
        head.qualified()
    return found


def _content(quoted: str) -> str:
    found = body_text(quoted)
    if quoted[0] != "$":
        for escape, meant in _ESCAPES.items():
            found = found.replace(escape, meant)
    return found


def _skip_rest(head: TokenCursor, word: str) -> None:
    """Step behind an operand after its first token: @name, a.b, f(...) or (...)."""
    if word == "@":
        head.skip()
    while head.take("."):
        head.skip()
    if word == "(" or head.take("("):
        head.skip_parentheses()


def _read_call(head: TokenCursor, word: str) -> str:
    arguments: list[str] = []
    more = not head.take(")")
    while more:
        text = _read_joined(head)
        # Another operator follows, so the text is not known.
        rest = head.peek() not in (",", ")")
        more = head.skip_element()
        arguments.append(UNKNOWN if rest else text)
    if word == "FORMAT" and arguments:
        return _formatted(arguments[0], arguments[1:])
    if word == "REPLACE" and len(arguments) == 3 and arguments[1]:
        return arguments[0].replace(arguments[1], arguments[2])
    if word in _SAME:
        return arguments[0] if arguments else ""
    return (arguments[0] if arguments else "").join(arguments[1:]) if word == "CONCAT_WS" else "".join(arguments)


def _formatted(pattern: str, arguments: list[str]) -> str:
    at = 0

    def meant(found: re.Match[str]) -> str:
        nonlocal at
        if found[0] == "%%":
            return "%"
        at = int(found[1]) if found[1] else at + 1
        return arguments[at - 1] if 0 < at <= len(arguments) else UNKNOWN

    return _SPECIFIER.sub(meant, pattern)
