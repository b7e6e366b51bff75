"""Find the calls of procedures of PostgreSQL that commit, if a file that was read before makes the procedure.

Pure: no database, no disk. No transaction accepts such a call: https://www.postgresql.org/docs/current/plpgsql-transactions.html
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.parsing.cursor import TokenCursor
from whimbrel.parsing.do_block import body_text, find_controls
from whimbrel.parsing.lexer import tokens
from whimbrel.parsing.lexer_rules import LexerRules

__all__ = ["CommittingProcedures"]


class CommittingProcedures:
    """Collects the procedures whose bodies commit or roll back, statement by statement, in the order of the files."""

    def __init__(self, rules: LexerRules) -> None:
        self._rules = rules
        self._names: set[str] = set()

    def note(self, words: Sequence[str], text: str) -> None:
        """Read a statement that may make a procedure."""
        if words[:1] != ("CREATE",) or "PROCEDURE" not in words[1:4]:
            return
        head = TokenCursor(text, self._rules, fold=str.lower)
        head.skip_to("PROCEDURE")
        name = head.qualified()
        if name is not None and any(self._commits(token.text) for token in tokens(text, self._rules) if token.kind == "string"):
            self._names.add(name[1])

    def commits(self, words: Sequence[str], text: str) -> bool:
        """Whether a statement calls such a procedure: CALL, or a DO whose block contains CALL."""
        if words[:1] not in (("CALL",), ("DO",)) or not self._names:
            return False
        if words[0] == "CALL":
            return self._calls(text)
        strings = [body_text(token.text) for token in tokens(text, self._rules) if token.kind == "string"]
        return any(self._calls(body) for body in strings)

    def _commits(self, quoted: str) -> bool:
        token = next(tokens(quoted, self._rules))
        return not {"COMMIT", "ROLLBACK"}.isdisjoint(find_controls(token, self._rules)) or self._calls(body_text(quoted))

    def _calls(self, text: str) -> bool:
        head = TokenCursor(text, self._rules, len(text), str.lower)
        while head.skip_to("CALL"):
            if (name := head.qualified()) is not None and name[1] in self._names:
                return True
        return False
