"""How lint asks PostgreSQL without changing anything."""

from __future__ import annotations

from whimbrel.dialects.questions import Questions
from whimbrel.dialects.rules import DialectRules
from whimbrel.parsing.parameters import Template

__all__ = ["QUESTIONS"]


class _Questions(Questions):
    def prepare(self, template: Template, rules: DialectRules) -> list[str]:
        query = template.render(lambda index: f"${index}")
        return [f"PREPARE whimbrel_query AS {query}", "DEALLOCATE whimbrel_query"]

    def begin_reading(self, database: str, seconds: float) -> list[str]:
        return ["BEGIN READ ONLY", f"SET LOCAL statement_timeout TO {round(seconds * 1000)}"]


QUESTIONS = _Questions()
