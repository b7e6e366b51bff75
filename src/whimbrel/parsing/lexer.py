"""Cut SQL into tokens by the rules of one database. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.lexer_rules import _IN_TAG, BLANKS, LETTER, LexerRules, blanks, token_pattern

__all__ = ["Token", "next_token", "skip_blanks", "tokens", "unclosed_comment", "unquoted"]


class Token(NamedTuple):
    """A piece of SQL. `kind` is word, name (quoted), string, number, symbol or mark.

    Comments and blanks are not tokens. A mark opens or closes a comment whose content the server runs (`/*!50001`, `*/`).
    """

    kind: str
    text: str
    start: int

    @property
    def upper(self) -> str:
        """The text of a bare word in capitals; empty for any other token, since `"SELECT"` is a name and not a keyword."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def end(self) -> int:
        """Where the token ends."""
        return self.start + len(self.text)


def unquoted(token: Token, fold: Callable[[str], str] = str, escape: str = "\\") -> str:
    """Return the name that a token stands for; `fold` changes bare words as the database does.

    `escape` is the character of UESCAPE, or a backslash: it begins the code of a character in U&"...".
    """
    if token.kind == "word":
        return fold(token.text)
    if token.text[:2] in ("U&", "u&"):
        return _unescaped(token.text[3:-1].replace('""', '"'), re.escape(escape))
    quote = "]" if token.text[0] == "[" else token.text[0]
    return token.text[1:-1].replace(quote * 2, quote)


def _unescaped(text: str, escape: str) -> str:
    """Replace each escape of four digits, of six behind a plus sign, and of the doubled character itself."""

    def meant(found: re.Match[str]) -> str:
        code = int(found[1] or found[2] or "0", 16)
        return chr(code) if 0 < code < 0x110000 else found[0][:1]

    return re.sub(rf"{escape}(?:([0-9a-fA-F]{{4}})|\+([0-9a-fA-F]{{6}})|{escape})", meant, text)


def tokens(script: str, rules: LexerRules, start: int = 0) -> Iterator[Token]:
    """Yield the tokens of `script` from `start` on. It ends, and raises nothing, for any script."""
    match = token_pattern(rules).match
    while token := _token(match(script, start), script) or _next_opaque(script, rules, start):
        yield token
        start = token.end


def next_token(script: str, rules: LexerRules, position: int) -> Token | None:
    """Return the first token from `position` on; None if only blanks and comments are left."""
    return _token(token_pattern(rules).match(script, position), script) or _next_opaque(script, rules, position)


def _token(found: re.Match[str] | None, script: str) -> Token | None:
    if found is None:
        return None
    kind, start = found.lastgroup or "", found.start(found.lastindex or 0)
    opaque = kind not in ("word", "mark") and script.startswith("/*", start)
    return None if opaque else Token(kind, found[kind], start)


def _next_opaque(script: str, rules: LexerRules, position: int) -> Token | None:
    """Return the next token where no pattern matches: after a nested comment, at a dollar quote, at an unclosed quote."""
    start = skip_blanks(script, rules, position)
    if start >= len(script):
        return None
    if start > position and not script.startswith("/*", start):
        return next_token(script, rules, start)
    stop = _end_of_opaque(script, rules, start)
    return Token("string" if stop > start + 1 else "symbol", script[start:stop], start)


def skip_blanks(script: str, rules: LexerRules, position: int) -> int:
    """Return the position after blanks and comments, where the next token begins."""
    match = _blank_pattern(rules).match
    while found := match(script, position):
        position = found.end()
        if not rules.nested_comments or not script.startswith("/*", position):
            break
        end = end_of_nested_comment(script, position)
        if end is None:
            break
        position = end
    return position


def unclosed_comment(script: str, position: int) -> int | None:
    """Return the start of an unclosed comment among the blanks and comments from `position` on; None if there is none."""
    position = _CLOSED.match(script, position).end()  # type: ignore[union-attr]  # it matches the empty text
    return position if script.startswith("/*", position) else None


def end_of_nested_comment(script: str, position: int) -> int | None:
    """Return the end of the comment that begins at `position`, with its nested comments; None if it is not closed."""
    depth = 0
    for mark in _COMMENT_MARK.finditer(script, position):
        depth += 1 if mark.group() == "/*" else -1
        if depth == 0:
            return mark.end()
    return None


def end_of_dollar_quote(script: str, position: int) -> int:
    """Return the end of the dollar quote that begins at `position`, or `position` if there is none."""
    opening = _DOLLAR_QUOTE.match(script, position)
    if opening is None:
        return position
    closing = script.find(opening.group(), opening.end())
    return len(script) if closing < 0 else closing + len(opening.group())


def _end_of_opaque(script: str, rules: LexerRules, position: int) -> int:
    # A dollar quote or an unclosed quote begins here.
    if script[position] == "$" and rules.dollar_quotes:
        return max(end_of_dollar_quote(script, position), position + 1)
    escapes = rules.escape_strings and script.startswith(("E'", "e'"), position)
    return len(script) if escapes or script[position] in "'\"`[/" else position + 1


_CLOSED = re.compile(rf"(?:[{BLANKS};]++|--[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+")


# "/*/" opens and does not close: the pattern takes two characters at a time.
_COMMENT_MARK = re.compile(r"/\*|\*/")


_DOLLAR_QUOTE = re.compile(rf"\$(?:{LETTER}{_IN_TAG}*)?\$")


@lru_cache
def _blank_pattern(rules: LexerRules) -> re.Pattern[str]:
    return re.compile(blanks(rules))
