"""`IF [NOT] EXISTS` in the heads of statements whose server has no such form.

Pure: no database, no disk. The head is read token by token; the statement that is sent instead is the same text with blanks in
the place of the two or three words, so that every place in it stays where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from database.lexis import Lexis, tokens, unquoted

__all__ = ["Conditional", "read_conditional"]


@dataclass(frozen=True, slots=True)
class Conditional:
    """A statement that is to be run only if `name` exists in `table` (`wanted` is false), or does not (`wanted` is true).

    `schema` is empty where the table's name is not qualified. `text` is the statement without its condition.
    """

    kind: Literal["index", "column"]
    wanted: bool
    schema: str
    table: str
    name: str
    text: str


def read_conditional(text: str, lexis: Lexis) -> Conditional | None:
    """Read the head of a statement; None if it is not one of these.

    CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX IF NOT EXISTS name ON table ...
    DROP INDEX IF EXISTS name ON table
    ALTER TABLE table ADD [COLUMN] IF NOT EXISTS name ... and ALTER TABLE table DROP [COLUMN] IF EXISTS name
    """
    head = _Head(text, lexis)
    if head.take("CREATE"):
        _ = head.take("UNIQUE") or head.take("FULLTEXT") or head.take("SPATIAL")
        return head.index(wanted=True) if head.take("INDEX") else None
    if head.take("DROP"):
        return head.index(wanted=False) if head.take("INDEX") else None
    if head.take("ALTER") and head.take("TABLE"):
        return head.column()
    return None


class _Head:
    """The first tokens of a statement, taken one after the other."""

    def __init__(self, text: str, lexis: Lexis) -> None:
        self._text = text
        self._tokens = [token for _, token in zip(range(24), tokens(text, lexis), strict=False) if token.kind != "mark"]
        self._at = 0

    def take(self, *words: str) -> bool:
        """Step over these words if they come next."""
        found = [token.upper or token.text for token in self._tokens[self._at : self._at + len(words)]]
        if found != list(words):
            return False
        self._at += len(words)
        return True

    def index(self, *, wanted: bool) -> Conditional | None:
        span = self._condition(wanted=wanted)
        name = self._name()
        if span is None or name is None or not self.take("ON"):
            return None
        return self._conditional("index", wanted, self._qualified(), name, span)

    def column(self) -> Conditional | None:
        table = self._qualified()
        for verb, wanted in (("ADD", True), ("DROP", False)):
            if table and self.take(verb):
                self.take("COLUMN")
                span = self._condition(wanted=wanted)
                name = self._name()
                return self._conditional("column", wanted, table, name, span) if span and name else None
        return None

    def _conditional(
        self,
        kind: Literal["index", "column"],
        wanted: bool,
        table: tuple[str, str] | None,
        name: str,
        span: tuple[int, int],
    ) -> Conditional | None:
        if table is None:
            return None
        start, end = span
        blanks = "".join(character if character in "\r\n" else " " for character in self._text[start:end])
        return Conditional(kind, wanted, *table, name, self._text[:start] + blanks + self._text[end:])

    def _condition(self, *, wanted: bool) -> tuple[int, int] | None:
        first = self._at
        if not self.take("IF", *(["NOT"] if wanted else []), "EXISTS"):
            return None
        return self._tokens[first].start, self._tokens[self._at - 1].end

    def _qualified(self) -> tuple[str, str] | None:
        first = self._name()
        if first is None:
            return None
        if not self.take("."):
            return "", first
        second = self._name()
        return None if second is None else (first, second)

    def _name(self) -> str | None:
        if self._at >= len(self._tokens) or self._tokens[self._at].kind not in ("word", "name"):
            return None
        self._at += 1
        return unquoted(self._tokens[self._at - 1])
