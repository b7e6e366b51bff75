"""Read the statements that SQLite keeps, token by token, with the source text of each part. Pure."""

from __future__ import annotations

from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer import Token, tokens, unquoted
from whimbrel.parsing.lexer_rules import SQLITE

__all__ = ["Reader", "folded", "unwrapped"]


class Reader(TokenCursor):
    """A cursor over a whole statement, which also returns source text."""

    def __init__(self, text: str) -> None:
        super().__init__(text, SQLITE, limit=len(text))
        self.end = 0

    def skip(self) -> None:
        """Step over one token."""
        self.token()

    def token(self) -> Token | None:
        """Step over one token and return it."""
        found = super().token()
        self.end = self.end if found is None else found.end
        return found

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        found = super().take(*words)
        if found:
            self.end = self._tokens[self._at - 1].end
        return found

    @property
    def here(self) -> int:
        """Where the next token begins."""
        token = self.peek_token()
        return len(self.text) if token is None else token.start

    def since(self, start: int) -> str:
        """Return the text from a position to the end of the last token."""
        return self.text[start : self.end]

    def parenthesized(self) -> str:
        """Step over a parenthesis that comes next, and return the text inside it."""
        self.take("(")
        start = self.end
        self.skip_parentheses()
        return self.text[start : self.end - 1].strip()

    def names(self) -> tuple[str, ...]:
        """Step over a list of names in parentheses, each of which may have a collation and an order."""
        found, more = [], self.take("(")
        while more:
            depth = 0
            while self.take("("):  # SQLite accepts UNIQUE ((a)).
                depth += 1
            found.append(self.name() or "")
            for _ in range(depth):
                self.skip_parentheses()
            more = self.skip_element()
        return tuple(found)


def folded(name: str) -> str:
    """Return a name as SQLite compares it: only the letters A to Z have no case."""
    return name.translate(_LOWER)


_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def unwrapped(text: str) -> str | None:
    """Return the value of a text that is one quoted string or name; None for any other text."""
    found = list(tokens(text, SQLITE))
    return unquoted(found[0]) if len(found) == 1 and found[0].kind in ("string", "name") else None
