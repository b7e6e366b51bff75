"""The modes of PostgreSQL's transactions: those that a statement requests, and those that no migration may have.

Pure: no database. https://www.postgresql.org/docs/current/sql-set-transaction.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer_rules import POSTGRESQL

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["find_modes", "reads_only"]

_LEVEL = "TRANSACTION_ISOLATION"
_LEVELS = ("SERIALIZABLE", "REPEATABLE READ", "READ COMMITTED", "READ UNCOMMITTED")


def find_modes(statement: Statement) -> str | None:
    """Return the modes in a BEGIN, START TRANSACTION or SET TRANSACTION; None for every other statement."""
    head = TokenCursor(statement.text, POSTGRESQL, limit=40)
    if head.take("BEGIN"):
        _ = head.take("WORK") or head.take("TRANSACTION")
    elif head.take("SET", _LEVEL) or head.take("SET", "LOCAL", _LEVEL):
        return _read_level(head)
    elif not (head.take("START", "TRANSACTION") or head.take("SET", "TRANSACTION")) or head.peek() == "SNAPSHOT":
        return None
    words: list[str] = []
    while (token := head.token()) is not None:
        words.append(token.upper or token.text)
    return " ".join(words)


def _read_level(head: TokenCursor) -> str | None:
    if not (head.take("TO") or head.take("=")):
        return None
    value = head.token()
    name = "" if value is None else value.text.strip("'").upper()
    return f"ISOLATION LEVEL {name}" if name in _LEVELS else None


def reads_only(words: Sequence[str]) -> bool:
    """Whether a statement makes its transaction read-only, according to its leading words."""
    begins = words[:1] in (("BEGIN",), ("START",)) or tuple(words[:2]) == ("SET", "TRANSACTION")
    return begins and any(tuple(words[index : index + 2]) == ("READ", "ONLY") for index in range(len(words)))
