"""Cut the SQL that a tool prints into migrations, and drop the statements about the tool's own tables.

Pure. The statements stay as they are, byte for byte. The comments between them are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from whimbrel.parsing.cursor import TokenCursor, leading_words
from whimbrel.parsing.lexer_rules import LexerRules, find_rules
from whimbrel.parsing.splitter import split
from whimbrel.parsing.statement import Statement

__all__ = ["Rendered", "Section", "cut"]

_BEGINS, _ENDS = (("BEGIN",), ("START", "TRANSACTION")), (("COMMIT",), ("END",))


class Section(NamedTuple):
    """The statements after one marker, and whether one of them is outside of a transaction."""

    marker: re.Match[str] | None
    statements: tuple[str, ...]
    outside: bool

    @property
    def content(self) -> bytes:
        """The statements as a file."""
        return "".join(map(_ended, self.statements)).encode() or b"-- no statement\n"


def _ended(statement: str) -> str:
    """Return a statement with its semicolon. The semicolon gets its own line if the last line may end in a comment."""
    last = statement.rpartition("\n")[2]
    return f"{statement}\n;\n" if "--" in last or "#" in last else f"{statement};\n"


Rendered = list[Section]


def cut(text: str, database: str, marker: re.Pattern[str], own_table: str) -> Rendered:
    """Cut a text at the comments that match `marker`: the first section is the text before the first marker.

    BEGIN and COMMIT, and the statements that write the tool's `own_table`, are left out.
    """
    rules = find_rules(database)
    found: list[tuple[re.Match[str] | None, list[str]]] = [(None, [])]
    outside, inside, end = [False], False, 0
    for statement in split(text, rules):
        for one in _markers(text, end, statement.offset, marker):
            found.append((one, []))
            outside.append(False)
        end = statement.offset + len(statement.text)
        words = leading_words(statement.text, rules, 2)
        if words in _BEGINS or words in _ENDS:
            inside = words in _BEGINS
        elif not _writes(statement, rules, own_table):
            found[-1][1].append(statement.text)
            outside[-1] |= not inside
    for one in _markers(text, end, len(text), marker):
        found.append((one, []))
        outside.append(False)
    return [Section(one, tuple(texts), out) for (one, texts), out in zip(found, outside, strict=True)]


def _markers(text: str, start: int, end: int, marker: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """Yield the markers between two statements: comments on lines of their own."""
    for line in text[start:end].split("\n"):
        if found := marker.fullmatch(line.strip()):
            yield found


def _writes(statement: Statement, rules: LexerRules, table: str) -> bool:
    """Whether a statement creates, drops or writes this table."""
    cursor = TokenCursor(statement.text, rules)
    if not any(
        cursor.take(*words)
        for words in (("CREATE", "TABLE"), ("DROP", "TABLE"), ("INSERT", "INTO"), ("DELETE", "FROM"), ("UPDATE",))
    ):
        return False
    cursor.condition(wanted=True)
    cursor.condition(wanted=False)
    name = cursor.qualified()
    return name is not None and name[1].lower() == table
