"""Read the first words and names of a statement, token by token.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar

from whimbrel.parsing.do_block import find_controls
from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["Name", "TokenCursor", "leading_words"]

T = TypeVar("T")
# Schema and name; the schema is empty where the name is not qualified.
Name = tuple[str, str]
# A DROP TABLE may name hundreds of tables; nothing we read is longer than this.
_MOST_TOKENS = 2_000


class TokenCursor:
    """The tokens of a statement from its start. `fold` changes names without quotes as the database does."""

    def __init__(self, text: str, rules: LexerRules, limit: int = _MOST_TOKENS, fold: Callable[[str], str] = str) -> None:
        self.text = text
        self._fold = fold
        self._names = ("word", "name", "string") if rules.string_names else ("word", "name")
        # The tokens are read lazily, because the body of a statement is usually much longer than its head.
        self._coming = (token for _, token in zip(range(limit), tokens(text, rules), strict=False) if token.kind != "mark")
        self._tokens: list[Token] = []
        self._at = 0

    def _next(self, count: int = 1) -> list[Token]:
        """Return the next tokens, fewer at the end."""
        until = self._at + count
        self._tokens += islice(self._coming, max(until - len(self._tokens), 0))
        return self._tokens[self._at : until]

    def peek(self) -> str:
        """Return the next word in capitals, or the next symbol; empty for a quoted name, a string, and at the end."""
        if self.ended():
            return ""
        token = self._tokens[self._at]
        return token.upper or (token.text if token.kind == "symbol" else "")

    def peek_token(self) -> Token | None:
        """Return the next token; None at the end."""
        return None if self.ended() else self._tokens[self._at]

    def ended(self) -> bool:
        """Whether no token is left."""
        return not self._next()

    def skip(self) -> None:
        """Step over one token."""
        self._at += 1

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        found = [token.upper or token.text for token in self._next(len(words))]
        if found != list(words):
            return False
        self._at += len(words)
        return True

    def condition(self, *, wanted: bool) -> tuple[int, int] | None:
        """Step over IF NOT EXISTS (`wanted`) or IF EXISTS; return its start and end, or None if it does not come next."""
        first = self._at
        if self.peek() != "IF" or not self.take("IF", *(["NOT"] if wanted else []), "EXISTS"):
            return None
        return self._tokens[first].start, self._tokens[self._at - 1].end

    def qualified(self) -> Name | None:
        """Step over a name that may be qualified."""
        first = self.name()
        if first is None:
            return None
        if not self.take(".") or self.take("*"):
            return "", first
        second = self.name()
        return None if second is None else (first, second)

    def relation(self) -> Name | None:
        """Step over a table's name: `t`, `ONLY t`, `ONLY (t)`, or `database.schema.t`, of which the database is left out."""
        closing = self.take("ONLY") and self.take("(")
        self.take(".")  # MariaDB allows `.t`.
        found = self.qualified()
        if found is not None and found[0] and self.take(".") and not self.take("*"):
            third = self.name()
            found = None if third is None else (found[1], third)
        if closing:
            self.take(")")
        return found

    def ahead(self, read: Callable[[TokenCursor], Iterable[T]]) -> list[T]:
        """Return what `read` reads from here on, without a step."""
        at = self._at
        found = list(read(self))
        self._at = at
        return found

    def name(self) -> str | None:
        """Step over a name and return it without quotes."""
        token = self.token()
        if token is None or token.kind not in self._names:
            return None
        if self.peek() == "UESCAPE" and self.take("UESCAPE") and (escape := self.token()) is not None:
            return unquoted(token, self._fold, escape.text[1:-1])
        return unquoted(token, self._fold)

    def token(self) -> Token | None:
        """Step over one token and return it."""
        if self.ended():
            return None
        self._at += 1
        return self._tokens[self._at - 1]

    def skip_to(self, word: str) -> bool:
        """Step behind the next of these words; False, with nothing left, if there is none."""
        while (token := self.token()) is not None:
            if token.upper == word:
                return True
        return False

    def skip_to_symbol(self, symbol: str) -> None:
        """Step behind the next of these symbols, or to the end."""
        while (token := self.token()) is not None and token.text != symbol:
            pass

    def skip_parentheses(self) -> None:
        """Step behind the parenthesis that closes the one before."""
        while self.skip_element():
            pass

    def skip_element(self) -> bool:
        """Step behind the next comma or closing parenthesis, outside of inner ones; return whether it was a comma."""
        depth = 0
        while (token := self.token()) is not None:
            if depth == 0 and token.text in (",", ")"):
                return token.text == ","
            depth += (token.text == "(") - (token.text == ")")
        return False

    def skip_to_comma(self, *until: str) -> bool:
        """Step behind the next comma outside of parentheses; False if one of these words, or the end, comes before it."""
        while not self.ended() and self.peek() not in until:
            if self.take("("):
                self.skip_parentheses()
            elif self.take(","):
                return True
            else:
                self.skip()
        return False

    def lists_more(self) -> bool:
        """Whether a comma outside of parentheses follows."""
        depth = 0
        for token in self._next(_MOST_TOKENS):
            depth += (token.text == "(") - (token.text == ")")
            if token.text == "," and depth == 0:
                return True
        return False


# A long SET is read further, since its last setting may matter. For statements of a data file, the first words are enough.
_ENOUGH = {"SET": 400, "INSERT": 2, "REPLACE": 2, "UPDATE": 2, "DELETE": 2}


def leading_words(text: str, rules: LexerRules, limit: int = 12) -> tuple[str, ...]:
    """Return the first words of a statement, in capitals except quoted names. They are enough to classify it.

    For a DO of PostgreSQL, the COMMIT, ROLLBACK and CALL of its block follow.
    """
    found: list[str] = []
    for token in tokens(text, rules):
        if token.kind in ("word", "name"):
            found.append(token.upper or token.text)
        elif token.kind != "mark":
            found.append(token.text if token.kind == "symbol" else token.kind)
            if token.kind == "string" and found[0] == "DO" and rules.dollar_quotes:
                return (*found, *find_controls(token, rules))
        if found and len(found) >= _ENOUGH.get(found[0], limit):
            break
    return tuple(found)
