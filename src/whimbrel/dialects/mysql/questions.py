"""How lint asks MySQL and MariaDB without changing anything."""

from __future__ import annotations

from whimbrel.dialects.questions import Questions
from whimbrel.dialects.rules import DialectRules
from whimbrel.parsing.parameters import Template

__all__ = ["QUESTIONS"]


class _Questions(Questions):
    def prepare(self, template: Template, rules: DialectRules) -> list[str]:
        query = template.render(lambda _: "?")
        # PREPARE takes a plain string or a variable, and no other literal:
        # https://dev.mysql.com/doc/refman/9.7/en/prepare.html
        return [
            f"SET @whimbrel_query = {rules.literal(query)}",
            "PREPARE whimbrel_query FROM @whimbrel_query",
            "DEALLOCATE PREPARE whimbrel_query",
        ]

    def begin_reading(self, database: str, seconds: float) -> list[str]:
        # https://mariadb.com/kb/en/server-system-variables/#max_statement_time is in seconds,
        # https://dev.mysql.com/doc/refman/9.7/en/server-system-variables.html#sysvar_max_execution_time in milliseconds.
        limit = f"max_statement_time = {seconds:g}" if database == "mariadb" else f"max_execution_time = {round(seconds * 1000)}"
        return [f"SET SESSION {limit}", "START TRANSACTION READ ONLY"]


QUESTIONS = _Questions()
