"""How one file runs on one database: its statements, what they are, and whether one transaction takes them.

Pure: no database, no disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from database.dialect import Dialect
from database.errors import Place, Problem, ValidationFailed
from database.migration import Migration, statement_hash
from database.statements import PSQL_COMMAND, Statement, leading_words, split

__all__ = ["Plan", "plan_file"]

_DIRECTIVE = re.compile(r"^[ \t]*(?:--|#)[ \t]*whimbrel:", re.MULTILINE | re.IGNORECASE)
_OBJECTS = frozenset(
    ("TABLE", "INDEX", "VIEW", "FUNCTION", "PROCEDURE", "TRIGGER", "TYPE", "SCHEMA", "DATABASE", "EXTENSION", "SEQUENCE")
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One file, read for one database: its statements, their leading words, and how they run.

    `own_transactions` says that the file begins and ends transactions itself, which only `transaction=off` allows.
    """

    migration: Migration
    statements: tuple[Statement, ...]
    words: tuple[tuple[str, ...], ...]
    portable: bool
    in_transaction: bool
    own_transactions: bool

    def hash_of(self, number: int) -> str:
        """Return the hash of statement `number`, counted from 1."""
        statement = self.statements[number - 1]
        return statement_hash(statement.text + (statement.copy_data or ""))

    def hashes(self) -> list[str]:
        """Return the hash of every statement."""
        return [self.hash_of(number) for number in range(1, len(self.statements) + 1)]

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


def plan_file(dialect: Dialect, migration: Migration, *, native: bool, begun: bool = False) -> Plan:
    """Split a file and decide how it runs.

    `native` says that the set is meant for this database alone, so that its shared files too run under the server's defaults;
    `begun` that an earlier run began the file with a journal, with which it goes on. Raises ValidationFailed for what may not
    stand in a migration: statements that begin or end transactions, commands of psql, directives in the wrong place.
    """
    portable = not native and not migration.database
    lexis = dialect.lexis(portable=portable)
    statements = tuple(split(migration.text, lexis))
    words = tuple(leading_words(statement.text, lexis) for statement in statements)
    if migration.directives.transaction is not False and _is_one_transaction(dialect, words):
        statements, words = statements[1:-1], words[1:-1]
    controls = any(map(dialect.controls_transaction, words))
    wanted = migration.directives.transaction
    in_transaction = not begun and wanted is not False and dialect.fits_transaction(words, insisted=wanted is True)
    plan = Plan(migration, statements, words, portable, in_transaction, controls)
    if found := [*_refused(dialect, plan), *_late_directives(plan)]:
        raise ValidationFailed(found)
    return plan


def _is_one_transaction(dialect: Dialect, words: Sequence[tuple[str, ...]]) -> bool:
    """Whether the file is `BEGIN; ...; COMMIT;` and nothing else, which means what the runner does anyway."""
    controls = [index for index, one in enumerate(words) if dialect.controls_transaction(one)]
    begins, ends = ("BEGIN", "START"), ("COMMIT", "END")
    return controls == [0, len(words) - 1] and len(words) > 1 and words[0][0] in begins and words[-1][0] in ends


def _refused(dialect: Dialect, plan: Plan) -> Iterator[Problem]:
    path, off = plan.migration.path, plan.migration.directives.transaction is False
    for number, words in enumerate(plan.words, start=1):
        if words[:1] == (PSQL_COMMAND,):
            message = (
                f"{plan.place(number)}: {plan.statements[number - 1].text} is a command of psql, not of the server; remove it"
            )
            yield Problem("psql", message, path)
        elif dialect.controls_transaction(words) and not off:
            advice = "to begin and end transactions is the runner's to do; remove it, or write -- whimbrel: transaction=off"
            yield Problem("transaction", f"{plan.place(number)}: {plan.kind_of(number)}: {advice}", path)


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
