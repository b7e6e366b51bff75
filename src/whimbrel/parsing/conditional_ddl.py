"""Read `IF [NOT] EXISTS` in statements of servers that lack this form.

Pure: no database, no disk. The statement to send instead has blanks in place of the two or three
words, so that every later character keeps its line and column.
"""

from __future__ import annotations

from typing import Literal

from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.parsing.cursor import Name, TokenCursor
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["Conditional", "read_conditional"]


class Conditional(NamedTuple):
    """A statement to run only if `name` does not exist in `table` (`wanted`), or only if it does (not `wanted`).

    `schema` is empty where the table's name is not qualified. `text` is the statement without its condition.
    """

    kind: Literal["index", "column"]
    wanted: bool
    schema: str
    table: str
    name: str
    text: str


def read_conditional(text: str, rules: LexerRules) -> Conditional | None:
    """Read the head of a statement; None if it is not one of these.

    CREATE [UNIQUE | FULLTEXT | SPATIAL] INDEX IF NOT EXISTS name ON table ...
    DROP INDEX IF EXISTS name ON table
    ALTER TABLE table ADD [COLUMN] IF NOT EXISTS name ... and ALTER TABLE table DROP [COLUMN] IF EXISTS name

    An ALTER TABLE with several actions gives None, since running or skipping it as a whole would be wrong for the others.
    """
    head = TokenCursor(text, rules)
    if head.take("CREATE"):
        _ = head.take("UNIQUE") or head.take("FULLTEXT") or head.take("SPATIAL")
        return _index(text, head, wanted=True) if head.take("INDEX") else None
    if head.take("DROP"):
        return _index(text, head, wanted=False) if head.take("INDEX") else None
    if head.take("ALTER") and head.take("TABLE"):
        return _column(text, head)
    return None


def _index(text: str, head: TokenCursor, *, wanted: bool) -> Conditional | None:
    span = head.condition(wanted=wanted)
    name = head.name()
    if span is None or name is None or not head.take("ON"):
        return None
    return _conditional(text, "index", wanted, head.qualified(), name, span)


def _column(text: str, head: TokenCursor) -> Conditional | None:
    table = head.qualified()
    for verb, wanted in (("ADD", True), ("DROP", False)):
        if table and head.take(verb):
            head.take("COLUMN")
            span = head.condition(wanted=wanted)
            name = head.name()
            if span is None or name is None or head.lists_more():
                return None
            return _conditional(text, "column", wanted, table, name, span)
    return None


def _conditional(
    text: str, kind: Literal["index", "column"], wanted: bool, table: Name | None, name: str, span: tuple[int, int]
) -> Conditional | None:
    if table is None:
        return None
    start, end = span
    blanks = "".join(character if character in "\r\n" else " " for character in text[start:end])
    return Conditional(kind, wanted, *table, name, text[:start] + blanks + text[end:])
