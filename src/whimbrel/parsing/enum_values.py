"""Find values that a script of PostgreSQL adds to an enum, and statements of the script that use them.

Pure: no database, no disk. A new value cannot be used before its transaction is committed, unless the same transaction created
its type: https://www.postgresql.org/docs/current/sql-altertype.html#SQL-ALTERTYPE-NOTES
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["EnumValues"]

_FIELDS = re.compile(r"[\t\r\n,]")


class EnumValues:
    """Tracks the values that the statements of a script add, one statement after the other."""

    def __init__(self, rules: LexerRules) -> None:
        self._rules = rules
        self._made: set[str] = set()
        # The values as the script writes them, with their quotes.
        self._added: set[str] = set()

    def adds(self, words: Sequence[str], text: str) -> bool:
        """Read a statement. Return whether it adds a value that cannot be used before the commit."""
        if words[1:2] != ("TYPE",) or words[0] not in ("ALTER", "CREATE"):
            return False
        head = TokenCursor(text, self._rules, limit=20, fold=str.lower)
        head.skip()
        head.skip()
        name = head.qualified()
        if name is None:
            return False
        if words[0] == "CREATE":
            self._made.add(name[1])
            return False
        if not head.take("ADD", "VALUE") or name[1] in self._made:
            return False
        head.condition(wanted=True)
        value = head.token()
        if value is None or value.text[0] != "'":
            return False
        self._added.add(value.text)
        return True

    def are_used(self, words: Sequence[str], text: str, copy_data: str | None = None) -> bool:
        """Whether a statement, or a batch of INSERT statements, uses a value that an earlier statement added."""
        named = [value for value in self._added if value in text]
        if copy_data and any(value[1:-1].replace("''", "'") in _FIELDS.split(copy_data) for value in self._added):
            return True
        if not named or tuple(words[:2]) == ("ALTER", "TYPE"):
            return False
        # The block of a DO runs at once, the body of a function later.
        return words[0] == "DO" or any(token.text in named for token in tokens(text, self._rules))
