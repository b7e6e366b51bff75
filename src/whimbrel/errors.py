"""Every exception of Whimbrel.

WhimbrelError                 exit code 1
├── ConfigurationError        2    an invalid address, folder or option, a missing driver, a missing privilege
│   └── ParameterError        2    a value that not every database accepts as a parameter; also a TypeError and a ValueError
├── ValidationFailed          3    the files have problems, or disagree with the history
├── PlanOutdated              3    a plan differs from what would run now
├── MigrationFailed           1    a statement of a migration failed
├── StatementUnsettled        6    a statement was begun, and it is unknown whether it took effect
├── LockTimeout               5    another process held the migration lock for longer than the time limit
├── DatabaseUnreachable       7    no connection could be opened
├── PoolTimeout               7    no connection of the manager's pool became free in time
├── MigrationsPending         4    migrations are pending, and this process does not apply them
├── Interrupted             130    a signal ended the start of the application
├── CannotRender              1    a schema has an object that cannot be written as SQL
├── RuleViolated              1    a record breaks a rule of its model or of the database; the same error for both
└── DatabaseError             1    the database refused a statement
    ├── ConstraintViolated    1    the statement violates a UNIQUE, FOREIGN KEY, CHECK or NOT NULL constraint
    ├── DatabaseBusy          1    another session's lock blocked the statement for too long
    ├── StoppedHalfway        1    a statement failed, and a part of its work may have stayed
    ├── StatementTimeout      1    a statement exceeded its time limit, and the server cancelled it
    ├── TransactionEnded      1    the transaction of this task has already ended; the statement was not sent
    └── ConnectionLost        1    the connection ended during the statement, whose effect is unknown

The attributes of each hold unescaped data. The message says what happened, where, and what to do next, and escapes foreign text
(`messages/printable.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.messages.diagnostics import Place, PlanDifference, Problem, ProblemKind, outdated_text
from whimbrel.messages.printable import indented, joined, printable
from whimbrel.messages.suggestion import command

__all__ = [
    "CannotRender", "ConfigurationError", "ConnectionLost", "ConstraintViolated", "DatabaseBusy", "DatabaseError",
    "DatabaseUnreachable", "Interrupted", "LockTimeout", "MigrationFailed", "MigrationsPending", "ParameterError", "Place",
    "PlanDifference", "PlanOutdated", "PoolTimeout", "Problem", "ProblemKind", "RuleViolated", "StatementTimeout",
    "StatementUnsettled", "StoppedHalfway", "TransactionEnded", "ValidationFailed", "WhimbrelError",
]  # fmt: skip


class WhimbrelError(Exception):
    """The base of all of Whimbrel's exceptions. `exit_code` is the exit code of the command line."""

    exit_code = 1

    def __str__(self) -> str:
        """Return the message for people. It has no control characters but newlines; lines after the first are indented."""
        return indented(super().__str__())


class ConfigurationError(WhimbrelError):
    """The operator must change a setting before anything can run."""

    exit_code = 2


class ParameterError(ConfigurationError, TypeError, ValueError):
    """At least one database refuses the type or the value of a parameter. Nothing was sent.

    `parameter` is its name, with the position inside of a dict or a list: `data.rows[3]`. If the parameters as a whole are wrong,
    it is empty, and `told` is the whole message. The error never contains the value.
    """

    def __init__(self, parameter: str, told: str) -> None:
        self.parameter = parameter
        super().__init__(f"the parameter :{parameter} {told}" if parameter else told)


class ValidationFailed(WhimbrelError):
    """The files are invalid, or disagree with the history. The error lists all problems at once.

    Nothing was applied except the scripts in `applied`: the run reads a file's journal only when it comes to that file.
    """

    exit_code = 3

    def __init__(self, problems: Sequence[Problem], applied: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        self.applied = tuple(applied)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        before = f"after this run had applied {joined(self.applied)}" if self.applied else "nothing was changed"
        super().__init__("\n".join([f"{head}, {before}:", *(f"  {p.message}" for p in self.problems)]))


class PlanOutdated(WhimbrelError):
    """A plan differs from what would run now. Nothing was applied except the scripts in `applied`."""

    exit_code = 3

    def __init__(self, differences: Sequence[PlanDifference], applied: Sequence[str] = ()) -> None:
        self.differences, self.applied = tuple(differences), tuple(applied)
        super().__init__(outdated_text(self.differences, self.applied))


class MigrationFailed(WhimbrelError):
    """The database refused a statement of a migration.

    `statement` counts from 1, and `total` is the number of statements in the file. `code` is the SQLSTATE or error number.
    `applied` names the scripts that this run had applied before; they stay applied.
    """

    def __init__(
        self,
        *,
        script: str,
        place: Place,
        statement: int,
        total: int,
        kind: str,
        code: str,
        server_message: str,
        applied: Sequence[str],
        left_behind: str,
        advice: str,
    ) -> None:
        self.script = script
        self.place = place
        self.statement = statement
        self.total = total
        self.kind = kind
        self.code = code
        self.server_message = server_message
        self.applied = tuple(applied)
        self.left_behind = left_behind
        self.advice = advice
        super().__init__(self._text())

    def advise(self, advice: str) -> None:
        """Put more precise advice before the existing advice."""
        self.advice = f"{advice}; then {self.advice}"
        self.args = (self._text(),)

    def _text(self) -> str:
        before = joined(self.applied) if self.applied else "nothing"
        code = f" [{self.code}]" if self.code else ""
        return "\n".join(
            [
                f"{self.place}: statement {self.statement} of {self.total} ({printable(self.kind)}) failed",
                f"  {indented(self.server_message)}{code}",
                "",
                self.place.caret(),
                "",
                f"  applied by this run: {before}",
                f"  of this file: {self.left_behind}",
                f"  next: {self.advice}",
            ]
        )


class StatementUnsettled(WhimbrelError):
    """A statement was begun, and its end was never recorded. Running it again might repeat its effect."""

    exit_code = 6


class LockTimeout(WhimbrelError):
    """The run did not get the migration lock in time. `holder` describes the session that has it, if the database shows it."""

    exit_code = 5

    def __init__(self, seconds: float, holder: str) -> None:
        self.seconds = seconds
        self.holder = holder
        super().__init__(
            f"waited {seconds:g} s for the migration lock, held by {printable(holder)}\n"
            "  next: let that run end, or give --lock-wait more seconds"
        )


class DatabaseUnreachable(WhimbrelError):
    """No connection could be opened: no server, no such database, or the login was refused.

    `silent` says that nothing came from the server. Otherwise the server, or a proxy before it, refused the connection.
    `temporary` says that the cause may go away by itself, like a server that starts, and unlike a wrong password.
    """

    exit_code = 7

    def __init__(self, message: str, *, silent: bool = False, temporary: bool = False) -> None:
        self.silent = silent
        self.temporary = temporary
        super().__init__(message)


class PoolTimeout(WhimbrelError):
    """No connection became free within acquire_timeout. `size` is the size of the pool; `holders` describes each borrower."""

    exit_code = 7

    def __init__(self, message: str, *, size: int, holders: Sequence[str]) -> None:
        self.size = size
        self.holders = tuple(holders)
        super().__init__(message)


class MigrationsPending(WhimbrelError):
    """The database is behind the files, and this process does not apply them. `scripts` names the pending files."""

    exit_code = 4

    def __init__(self, scripts: Sequence[str], waited: float = 0.0) -> None:
        self.scripts = tuple(scripts)
        self.waited = waited
        count = "1 migration is" if len(self.scripts) == 1 else f"{len(self.scripts)} migrations are"
        since = f" after {waited:g} s" if waited else ""
        head = f"{count} pending{since}, and this process must not apply them:"
        advice = f"  next: run it as a step before the server: {command('migrate')}"
        super().__init__("\n".join([head, *(f"  {printable(script)}" for script in self.scripts), advice]))


class Interrupted(WhimbrelError):
    """A signal asked the process to end while it migrated."""

    exit_code = 130


class CannotRender(WhimbrelError):
    """A schema has an object that cannot be written as SQL; the message names it."""


class RuleViolated(WhimbrelError):
    """A record breaks a rule, found by its model or by the database. Nothing was written, and the error contains no value.

    `rule` is for programs: "value" if a model found it, else the `kind` of the constraint. `field` is the field or column; if the
    database does not report it, the name of the constraint.
    """

    def __init__(self, message: str, *, rule: str, field: str = "") -> None:
        self.rule = rule
        self.field = field
        super().__init__(message)


class DatabaseError(WhimbrelError):
    """The database refused a statement.

    `code` is the SQLSTATE (PostgreSQL), the error number (MySQL, MariaDB) or the result's name (SQLite). `offset` is the position
    in the statement, in characters, if the database or its message reveals it. If several statements were sent together,
    `reached` counts those that took effect before the failed one, if the driver reports it.
    """

    reached: int | None = None
    # Whether the statement failed because it, or a part of it, cannot run in a transaction.
    wants_autocommit = False

    def __init__(self, message: str, *, code: str = "", offset: int | None = None) -> None:
        self.message = message
        self.code = code
        self.offset = offset
        super().__init__(f"{message} [{code}]" if code else message)


class ConstraintViolated(DatabaseError):
    """The statement violates a constraint.

    `kind` is "unique", "foreign_key", "check", "not_null" or "other". `name` is the name of the constraint, or for NOT NULL of
    the column, if the database reports it: all databases do for CHECK and NOT NULL, and SQLite does for no others.
    """

    def __init__(self, message: str, *, code: str, kind: str, name: str = "") -> None:
        self.kind = kind
        self.name = name
        super().__init__(message, code=code)


class DatabaseBusy(DatabaseError):
    """Another session blocked the statement: it held a lock for too long, or the two conflicted.

    The statement had no effect, and may be tried again. `blockers` describes the sessions that hold locks on the statement's
    tables, if the database shows them. `conflict` says that the server rolled back the whole transaction: a deadlock, or a
    serialization failure.
    """

    blockers = "unknown"
    conflict = False


class StoppedHalfway(DatabaseError):
    """A statement failed that no transaction encloses; a part of its work may have stayed."""


class StatementTimeout(DatabaseError):
    """A statement exceeded its time limit, and the server cancelled it."""


class TransactionEnded(DatabaseError):
    """The database, a statement or another task ended the transaction of this task. It accepts no more statements."""


class ConnectionLost(DatabaseError):
    """The connection ended during a statement, so it is unknown whether the statement took effect."""
