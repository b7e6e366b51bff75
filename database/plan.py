"""How one file runs on one database: its statements, what they are, and whether one transaction takes them.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from database.dialect import Dialect
from database.errors import Place, Problem, ValidationFailed
from database.migration import Migration, statement_hash
from database.statements import Statement, leading_words, split

__all__ = ["Plan", "plan_file"]

_DIRECTIVE = re.compile(r"^[ \t]*(?:--|#)[ \t]*whimbrel:", re.MULTILINE | re.IGNORECASE)
_OBJECTS = (
    "TABLE",
    "INDEX",
    "VIEW",
    "FUNCTION",
    "PROCEDURE",
    "TRIGGER",
    "TYPE",
    "SCHEMA",
    "DATABASE",
    "EXTENSION",
    "SEQUENCE",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One file, read for one database: its statements, their leading words, and how they run."""

    migration: Migration
    statements: tuple[Statement, ...]
    words: tuple[tuple[str, ...], ...]
    portable: bool
    in_transaction: bool

    def hash_of(self, number: int) -> str:
        """Return the hash of statement `number`, counted from 1."""
        return statement_hash(self.statements[number - 1].text)

    def hashes(self) -> list[str]:
        """Return the hash of every statement."""
        return [statement_hash(statement.text) for statement in self.statements]

    def kind_of(self, number: int) -> str:
        """Say what statement `number` is: CREATE TABLE, INSERT, ..."""
        words = self.words[number - 1]
        if words[:1] in (("CREATE",), ("ALTER",), ("DROP",)):
            until = next((index for index, word in enumerate(words) if word in _OBJECTS), 0)
            return " ".join(words[: until + 1])
        return words[0] if words else ""

    def place(self, number: int, offset: int | None = None) -> Place:
        """Return where statement `number` stands in its file, or the character `offset` of it."""
        line, column = self.statements[number - 1].place(offset or 0)
        source = self.migration.text.split("\n")[line - 1].rstrip("\r")
        return Place(self.migration.path, line, column, source)


def plan_file(dialect: Dialect, migration: Migration, *, native: bool) -> Plan:
    """Split a file and decide how it runs. Raises ValidationFailed for statements that begin or end transactions.

    `native` says that the set is meant for this database alone, so that its shared files too run under the server's defaults.
    """
    portable = not native and not migration.database
    lexis = dialect.lexis(portable=portable)
    statements = tuple(split(migration.text, lexis))
    words = tuple(leading_words(statement.text, lexis) for statement in statements)
    in_transaction = dialect.ddl_in_transactions and migration.directives.transaction is not False
    if migration.directives.transaction is None:
        in_transaction = in_transaction and not any(map(dialect.needs_autocommit, words))
    plan = Plan(migration, statements, words, portable, in_transaction)
    found = [
        Problem(
            "transaction",
            f"{plan.place(number)}: {plan.kind_of(number)} is the runner's to do; remove it",
            migration.path,
        )
        for number in range(1, len(statements) + 1)
        if dialect.controls_transaction(words[number - 1])
    ]
    found += _late_directives(plan)
    if found:
        raise ValidationFailed(found)
    return plan


def _late_directives(plan: Plan) -> list[Problem]:
    """Return the directives that stand after the first statement, where they would be passed over in silence."""
    text, path, position = plan.migration.text, plan.migration.path, 0
    found: list[Problem] = []
    for number, statement in enumerate(plan.statements):
        between = text[position : statement.offset] if number else ""
        if directive := _DIRECTIVE.search(between):
            line = text.count("\n", 0, position + directive.start()) + 1
            message = f"{path}:{line}: a directive stands before the first statement; move it there"
            found.append(Problem("directive", message, path))
        position = statement.offset + len(statement.text)
    return found
