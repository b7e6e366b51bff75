"""How lint asks SQLite without changing anything."""

from __future__ import annotations

from whimbrel.dialects.questions import Questions
from whimbrel.dialects.rules import DialectRules
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import SQLITE
from whimbrel.parsing.parameters import Template

__all__ = ["QUESTIONS"]

_QUERIES = (("SELECT",), ("INSERT",), ("UPDATE",), ("DELETE",), ("REPLACE",), ("VALUES",), ("WITH",))


class _Questions(Questions):
    length = "length"

    def prepare(self, template: Template, rules: DialectRules) -> list[str]:
        # SQLite runs a PRAGMA while it compiles it, and EXPLAIN PRAGMA too: https://sqlite.org/pragma.html
        query = template.render(lambda _: "NULL")
        if leading_words(query, SQLITE)[:1] not in _QUERIES:
            return []
        # EXPLAIN compiles the statement and runs nothing: https://sqlite.org/lang_explain.html. The driver demands a value for
        # each parameter, and the program has the same form with a NULL.
        return [f"EXPLAIN {query}"]

    def begin_reading(self, database: str, seconds: float) -> list[str]:
        # SQLite has no limit of its own; the caller's ends the wait. https://sqlite.org/pragma.html#pragma_query_only
        return ["PRAGMA query_only = ON", "BEGIN"]


QUESTIONS = _Questions()
