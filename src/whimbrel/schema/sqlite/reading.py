"""Read the statements that SQLite keeps, token by token, with the source text of each part. Pure."""

from __future__ import annotations

from whimbrel.parsing.lexer import tokens, unquoted
from whimbrel.parsing.lexer_rules import SQLITE

__all__ = ["Reader", "folded"]


class Reader:
    """A position in a whole statement.

    `TokenCursor` reads the first tokens of a long statement lazily. This reads all of them at once, since a schema has thousands.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = list(tokens(text, SQLITE))
        # A bare word in capitals, or a symbol; empty for anything else, and at the end.
        self._heads = [token.upper or (token.text if token.kind == "symbol" else "") for token in self._tokens]
        self._heads.append("")
        self._last = len(self._tokens)
        self._at = 0

    def peek(self) -> str:
        """Return the next word in capitals, or the next symbol; empty for a quoted name, a string, a number, and at the end."""
        return self._heads[self._at]

    def ended(self) -> bool:
        """Whether no token is left."""
        return self._at >= self._last

    def skip(self) -> None:
        """Step over one token."""
        self._at = min(self._at + 1, self._last)

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        until = self._at + len(words)
        if self._heads[self._at] != words[0] or (len(words) > 1 and tuple(self._heads[self._at : until]) != words):
            return False
        self._at = until
        return True

    def name(self) -> str:
        """Step over a name and return it without quotes; an empty text at the end."""
        if self.ended():
            return ""
        self._at += 1
        return unquoted(self._tokens[self._at - 1])

    @property
    def here(self) -> int:
        """The position at which the next token begins."""
        return len(self.text) if self.ended() else self._tokens[self._at].start

    @property
    def end(self) -> int:
        """The position at which the last token ended."""
        return self._tokens[self._at - 1].end if self._at else 0

    def since(self, start: int) -> str:
        """Return the text from a position to the end of the last token."""
        return self.text[start : self.end]

    def passed(self, word: str, start: int) -> bool:
        """Whether a bare word is among the tokens from a position to here."""
        at = self._at
        while at and self._tokens[at - 1].start >= start:
            at -= 1
            if self._heads[at] == word:
                return True
        return False

    def parenthesized(self) -> str:
        """Step over a parenthesis that comes next, and return the text inside it."""
        self.take("(")
        start = self.end
        while self.skip_element():
            pass
        return self.text[start : self.end - 1].strip()

    def skip_element(self) -> bool:
        """Step behind the next comma or closing parenthesis, outside of inner ones; return whether it was a comma."""
        depth = 0
        while self._at < self._last:
            head = self._heads[self._at]
            self._at += 1
            if depth == 0 and head in (",", ")"):
                return head == ","
            depth += (head == "(") - (head == ")")
        return False

    def names(self) -> tuple[str, ...]:
        """Step over a list of names in parentheses, each of which may have a collation and an order."""
        found, more = [], self.take("(")
        while more:
            depth = 0
            while self.take("("):  # SQLite accepts UNIQUE ((a)).
                depth += 1
            found.append(self.name())
            for _ in range(depth):
                while self.skip_element():
                    pass
            more = self.skip_element()
        return tuple(found)


def folded(name: str) -> str:
    """Return a name as SQLite compares it: only the letters A to Z are case-insensitive."""
    return name.lower() if name.isascii() else name.translate(_LOWER)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
