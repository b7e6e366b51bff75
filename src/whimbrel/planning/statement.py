"""One statement of a file that is to run, and its place in the file.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Iterator

from whimbrel.errors import Place
from whimbrel.migrations.migration import Migration, statement_hash
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.insert_batch import InsertBatch
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import split_run
from whimbrel.parsing.statement import Statement

__all__ = ["PlannedStatement", "place_in", "planned"]

_OBJECTS = frozenset(
    ("TABLE", "INDEX", "VIEW", "FUNCTION", "PROCEDURE", "TRIGGER", "TYPE", "SCHEMA", "DATABASE", "EXTENSION", "SEQUENCE")
)


class PlannedStatement:
    """One statement of a file and its number, counted from 1."""

    __slots__ = ("_rules", "_words", "number", "statement")

    def __init__(self, number: int, statement: Statement, rules: LexerRules) -> None:
        self.number = number
        self.statement = statement
        self._rules = rules
        self._words: tuple[str, ...] | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The leading words of the statement, read on first use."""
        if self._words is None:
            self._words = leading_words(self.statement.text, self._rules)
        return self._words

    @property
    def digest(self) -> str:
        """The digest of the statement's text and data."""
        return statement_hash(self.statement.text + (self.statement.copy_data or ""))

    @property
    def kind(self) -> str:
        """The kind of the statement: CREATE TABLE, INSERT, ..."""
        if self.words[:1] in (("CREATE",), ("ALTER",), ("DROP",)):
            until = next((index for index, word in enumerate(self.words) if word in _OBJECTS), 0)
            return " ".join(self.words[: until + 1])
        return self.words[0] if self.words else ""


def planned(number: int, piece: Statement | InsertBatch, rules: LexerRules) -> Iterator[PlannedStatement]:
    """Yield the statements of a piece; `number` is the number of the first one."""
    statements = split_run(piece, rules) if isinstance(piece, InsertBatch) else (piece,)
    for index, statement in enumerate(statements):
        yield PlannedStatement(number + index, statement, rules)


def place_in(migration: Migration, statement: Statement, offset: int = 0) -> Place:
    """Return the place of the character `offset` of a statement in its file."""
    line, column = statement.place(offset)
    if isinstance(migration.text, str):
        # Copy only this line: every statement of a file may have a problem.
        text, at = migration.text, statement.offset + offset
        end = text.find("\n", at)
        source = text[text.rfind("\n", 0, at) + 1 : len(text) if end < 0 else end]
    else:
        before = " " * (statement.column - 1) if line == statement.line else ""
        source = before + statement.text.split("\n")[line - statement.line]
    return Place(migration.path, line, column, source.rstrip("\r"))
