"""Every exception of Whimbrel.

WhimbrelError                 exit code 1
├── ConfigurationError        2    an address, a folder, an option, a driver that is not installed, a missing privilege
│   └── ParameterError        2    a value that is no parameter on every database; also a TypeError and a ValueError
├── ValidationFailed          3    the files, or files and history together, have problems
├── MigrationFailed           1    a statement of a migration failed
├── StatementUnsettled        6    a statement was begun and nobody can say whether it took effect
├── LockTimeout               5    somebody else migrated for longer than we were told to wait
├── DatabaseUnreachable       7    no connection could be had
├── PoolTimeout               7    no connection of the manager's pool became free in time
├── MigrationsPending         4    nothing was to be applied by this process, and something is pending
├── Interrupted             130    a signal ended the start of the application
├── RuleViolated              1    a record breaks a rule of its model or of the database, told the same way everywhere
└── DatabaseError             1    the database refused a statement
    ├── ConstraintViolated    1    a UNIQUE, FOREIGN KEY, CHECK or NOT NULL stood against it
    ├── DatabaseBusy          1    somebody else's lock stood in the way for too long
    ├── StoppedHalfway        1    a statement failed of which a part may have stayed
    ├── StatementTimeout      1    a statement took longer than its limit and was cancelled on the server
    ├── TransactionEnded      1    the transaction of this task has ended already: the statement was not sent
    └── ConnectionLost        1    the connection ended while the statement ran: its effect is unknown

Each carries plain data in its attributes, as it is, and says in its message what happened, where, and what to do next; there
other people's text is escaped (`printable.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.diagnostics import Place, Problem
from whimbrel.printable import indented, joined, printable

__all__ = [
    "ConfigurationError",
    "ConnectionLost",
    "ConstraintViolated",
    "DatabaseBusy",
    "DatabaseError",
    "DatabaseUnreachable",
    "Interrupted",
    "LockTimeout",
    "MigrationFailed",
    "MigrationsPending",
    "ParameterError",
    "Place",
    "PoolTimeout",
    "Problem",
    "RuleViolated",
    "StatementTimeout",
    "StatementUnsettled",
    "StoppedHalfway",
    "TransactionEnded",
    "ValidationFailed",
    "WhimbrelError",
]


class WhimbrelError(Exception):
    """Whatever Whimbrel raises. `exit_code` is what the command line answers with."""

    exit_code = 1

    def __str__(self) -> str:
        """Return the message for people: no control character in it but newlines, and lines after the first are indented."""
        return indented(super().__str__())


class ConfigurationError(WhimbrelError):
    """Something that the operator set must be changed before anything can run."""

    exit_code = 2


class ParameterError(ConfigurationError, TypeError, ValueError):
    """A parameter has a type or a value that not every database takes. Nothing was sent.

    `parameter` is its name, with the place in it where it is a dict or a list: `data.rows[3]`. It is empty, and `told` the whole
    message, where the parameters together are wrong. No value is told.
    """

    def __init__(self, parameter: str, told: str) -> None:
        self.parameter = parameter
        super().__init__(f"the parameter :{parameter} {told}" if parameter else told)


class ValidationFailed(WhimbrelError):
    """The files are wrong, or disagree with the history; all problems are told at once.

    Nothing was applied, but for the scripts that `applied` names: the journal of a file is read when its turn comes.
    """

    exit_code = 3

    def __init__(self, problems: Sequence[Problem], applied: Sequence[str] = ()) -> None:
        self.problems = tuple(problems)
        self.applied = tuple(applied)
        count = len(self.problems)
        head = "1 problem" if count == 1 else f"{count} problems"
        before = f"after this run had applied {joined(self.applied)}" if self.applied else "nothing was applied"
        super().__init__("\n".join([f"{head}, {before}:", *(f"  {p.message}" for p in self.problems)]))


class MigrationFailed(WhimbrelError):
    """A statement of a migration was refused by the database.

    `statement` counts from 1, `total` is the number of statements in the file; `code` is the SQLSTATE or error number.
    `applied` names the scripts that this run had applied before, which stay applied.
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
    """A statement was begun, its end was never recorded, and running it again might do it twice."""

    exit_code = 6


class LockTimeout(WhimbrelError):
    """The migration lock was not had in time. `holder` says who has it, as far as the database tells."""

    exit_code = 5

    def __init__(self, seconds: float, holder: str) -> None:
        self.seconds = seconds
        self.holder = holder
        super().__init__(
            f"waited {seconds:g} s for the migration lock, held by {printable(holder)}\n"
            "  next: let that run end, or give --lock-wait more seconds"
        )


class DatabaseUnreachable(WhimbrelError):
    """No connection could be had: no server, no such database, or the login was refused.

    `silent` says that nothing came from the server: what was refused is refused by it, or by what stands before it.
    """

    exit_code = 7

    def __init__(self, message: str, *, silent: bool = False) -> None:
        self.silent = silent
        super().__init__(message)


class PoolTimeout(WhimbrelError):
    """No connection became free within acquire_timeout. `size` is the pool's; `holders` says who has which, since when, where."""

    exit_code = 7

    def __init__(self, message: str, *, size: int, holders: Sequence[str]) -> None:
        self.size = size
        self.holders = tuple(holders)
        super().__init__(message)


class MigrationsPending(WhimbrelError):
    """The database is behind the files, and this process is not the one that applies them. `scripts` names what is pending."""

    exit_code = 4

    def __init__(self, scripts: Sequence[str], waited: float = 0.0) -> None:
        self.scripts = tuple(scripts)
        self.waited = waited
        count = "1 migration is" if len(self.scripts) == 1 else f"{len(self.scripts)} migrations are"
        since = f" after {waited:g} s" if waited else ""
        super().__init__(
            "\n".join(
                [
                    f"{count} pending{since}, and this process applies nothing:",
                    *(f"  {printable(script)}" for script in self.scripts),
                    "  next: run `whimbrel migrate` as a step before the server",
                ]
            )
        )


class Interrupted(WhimbrelError):
    """A signal asked the process to end while it migrated."""

    exit_code = 130


class RuleViolated(WhimbrelError):
    """A record breaks a rule, whether its model saw it or the database; nothing was written, and no value is told.

    `rule` is for programs: "value" for what a model refuses, else the `kind` of the constraint; `field` is the field or column,
    or the constraint's name where the database tells no more.
    """

    def __init__(self, message: str, *, rule: str, field: str = "") -> None:
        self.rule = rule
        self.field = field
        super().__init__(message)


class DatabaseError(WhimbrelError):
    """The database refused a statement.

    `code` is the SQLSTATE (PostgreSQL), the error number (MySQL, MariaDB) or the result's name (SQLite).
    `offset` counts characters into the statement where the database, or its message, tells the place; `reached` the statements
    that took effect before it of those that were sent with it, where the driver tells.
    """

    reached: int | None = None
    # Whether a transaction is what the statement was refused for, or what it did before within one.
    wants_autocommit = False

    def __init__(self, message: str, *, code: str = "", offset: int | None = None) -> None:
        self.message = message
        self.code = code
        self.offset = offset
        super().__init__(f"{message} [{code}]" if code else message)


class ConstraintViolated(DatabaseError):
    """A constraint stood against the statement.

    `kind` is "unique", "foreign_key", "check", "not_null" or "other"; `name` is the constraint's, or of a NOT NULL the column's,
    as far as the database tells: all of them tell it for CHECK and NOT NULL, SQLite for nothing else.
    """

    def __init__(self, message: str, *, code: str, kind: str, name: str = "") -> None:
        self.kind = kind
        self.name = name
        super().__init__(message, code=code)


class DatabaseBusy(DatabaseError):
    """Somebody else's lock stood in the way for longer than the limit; nothing was done and it may be tried again.

    `blockers` says who holds locks on the statement's tables, as far as the database tells.
    """

    blockers = "unknown"


class StoppedHalfway(DatabaseError):
    """A statement failed that no transaction holds together: what it did before may have stayed."""


class StatementTimeout(DatabaseError):
    """A statement took longer than its limit and was cancelled on the server."""


class TransactionEnded(DatabaseError):
    """The transaction of this task was ended by the database, a statement or another task; nothing more is done in it."""


class ConnectionLost(DatabaseError):
    """The connection ended while a statement ran, so that nobody here knows whether it took effect."""
