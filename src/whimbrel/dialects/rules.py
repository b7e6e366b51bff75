"""The pure half of a dialect: the kind of a statement and its treatment by the database, as far as its text shows.

Planning uses only these rules, so it touches no database. `base.py` has the other half, the effects.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.messages.named_tuple import NamedTuple

if TYPE_CHECKING:
    from whimbrel.dialects.objects import Catalog
    from whimbrel.parsing.committing import CommittingProcedures
    from whimbrel.parsing.enum_values import EnumValues
    from whimbrel.parsing.lexer_rules import LexerRules
    from whimbrel.parsing.parameters import Template
    from whimbrel.parsing.statement import Statement
    from whimbrel.parsing.values import Value

__all__ = ["BY_CATALOG", "DialectRules", "Locking", "SessionEffect", "quoted_name"]

# How a statement runs if its server does not know the form.
BY_CATALOG = "IF [NOT] EXISTS is decided by the catalog, and the statement is sent without it or left out"
# The state that a file may have left in a session: nothing, the counts of the rows it wrote, or anything.
SessionEffect = Literal["nothing", "rows", "anything"]


class Locking(NamedTuple):
    """The SQL that tries the lock in a message with other queries: statements to send first, and a query whose row has `got`."""

    statements: list[str]
    query: str


def quoted_name(name: str, quote: str = '"') -> str:
    """Return `name` between quotes. Raises ConfigurationError for an empty name and for NUL."""
    if "\0" in name or not name:
        raise ConfigurationError(f"{name!r} cannot be a name in a database")
    return quote + name.replace(quote, quote * 2) + quote


class DialectRules(ABC):
    """The pure facts in which one database differs. Each method depends only on its arguments."""

    name: ClassVar[str]
    # Whether a qualified name may lead to another database of the same server.
    names_reach_others: ClassVar[bool] = False
    # Whether the database rolls back CREATE, ALTER and DROP.
    ddl_in_transactions: ClassVar[bool]
    begin: ClassVar[str] = "BEGIN"
    # The error codes for a `:name` without a value.
    codes_without_value: ClassVar[tuple[str, ...]]
    # The types of the history's columns. Timestamps are in UTC, reach beyond 2038, and are never changed by the server itself.
    timestamp_type: ClassVar[str]
    text_type: ClassVar[str] = "TEXT"
    table_options: ClassVar[str] = ""
    now: ClassVar[str]
    # A query that only a database which is ready for work answers.
    ping: ClassVar[str] = "SELECT 1 AS answer"
    # The prefix, with its dot, for the database's built-in functions; empty where functions take no prefix.
    functions: ClassVar[str] = ""
    # Whether the session is reset to the baseline inside the file's transaction.
    enters_inside: ClassVar[bool] = False
    # Whether the current time stays the same for all statements of one message.
    time_stands: ClassVar[bool] = False
    # Whether taking the migration lock writes to a table.
    lock_writes: ClassVar[bool] = False
    # Whether a session outlives a transaction. Behind a transaction pooler it does not.
    keeps_session: ClassVar[bool] = True

    @property
    @abstractmethod
    def catalog(self) -> Catalog:
        """The rules by which this database names its objects."""

    @abstractmethod
    def lexer_rules(self, *, portable: bool, database: str) -> LexerRules:
        """Return how `database` reads SQL, in the portable session or under its own defaults."""

    @abstractmethod
    def bind(self, template: Template, values: Sequence[Value]) -> tuple[str, list[object]]:
        """Return text and values as the driver takes them. Raises ParameterError for a value that this database would change."""

    def quote(self, name: str) -> str:
        """Return `name` as a quoted identifier: the only place where a name becomes SQL. Raises ConfigurationError for NUL."""
        return quoted_name(name)

    @abstractmethod
    def literal(self, value: str) -> str:
        """Return `value` as a string literal for any session settings: the only place where a value becomes SQL."""

    def operator(self, symbol: str) -> str:
        """Return an operator for Whimbrel's own SQL: always the built-in one, even if a user has defined another."""
        return symbol

    def session_reset_sql(self, schema: str, left: SessionEffect) -> list[str]:
        """Return statements that drop leftover session state inside a transaction and retake the lock; empty if impossible."""
        return []

    def session_effect(self, words: Sequence[str]) -> SessionEffect:
        """Return what a statement may leave in the session, besides creating, changing or dropping lasting objects."""
        return "anything"

    @abstractmethod
    def is_missing_table(self, error: DatabaseError) -> bool:
        """Whether the error says that a table does not exist."""

    @abstractmethod
    def is_denied(self, error: DatabaseError) -> bool:
        """Whether the error says that this user lacks a privilege."""

    def is_temporary(self, error: DatabaseError) -> bool:
        """Whether an error of the first query goes away by itself, since the server starts, stops or has no connection left."""
        return False

    @abstractmethod
    def lock_condition(self, schema: str) -> str:
        """Return an SQL condition: this session holds the lock. A record is written only if the condition is true."""

    def locking_sql(self, schema: str) -> Locking | None:
        """Return the SQL that tries the lock inside a message.

        None if the lock does not belong to the session, or SQL is not enough.

        Later queries in the message see everything that the last holder of the lock wrote.
        """
        return None

    def unlocking_sql(self, schema: str) -> str:
        """Return the statement that releases the lock, and finds a row if this session had it.

        Empty if `locking_sql` returns None.
        """
        return ""

    def fencing_sql(self, schema: str) -> list[str]:
        """Return the statements to send before a record, in its transaction, so that no other session can take the lock."""
        return []

    def elapsed(self, started: float, recorded: str = "") -> str:
        """Return SQL for the milliseconds that a file took; empty if SQL cannot measure them.

        The file began at `started` (a monotonic time), when its message was sent. If another file precedes it in the message, it
        began at `recorded`, which is SQL for the time in that file's record.
        """
        return ""

    @abstractmethod
    def needs_autocommit(self, words: Sequence[str]) -> bool:
        """Whether the server refuses, ignores, or commits this statement inside a transaction."""

    @abstractmethod
    def shares_transaction(self, words: Sequence[str]) -> bool:
        """Whether this statement and its journal row can be committed or rolled back together."""

    @abstractmethod
    def sets_session(self, words: Sequence[str]) -> bool:
        """Whether this statement only changes session state, so that a resumed file must run it again."""

    def can_batch(self, words: Sequence[str], statement: Statement) -> bool:
        """Whether this statement may be sent in a batch: it needs no emulation and does not change how the others are read."""
        return statement.copy_data is None and not self.sets_session(words)

    def is_one_each(self, texts: Sequence[str]) -> bool:
        """Whether the server reads each of these texts as one statement in any mode, so that COMMIT may follow them at once."""
        return False

    def controls_transaction(self, words: Sequence[str]) -> bool:
        """Whether this statement begins or ends a transaction, which only the runner may do."""
        first, second = (*words, "", "")[:2]
        if first in ("COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END", "ABORT"):
            return True
        return (first == "BEGIN" and second != "NOT") or (first in ("START", "PREPARE") and second == "TRANSACTION")

    def find_modes(self, words: Sequence[str], statement: Statement) -> str | None:
        """Return the modes that a statement sets for the transaction it begins or opens; None for every other statement."""
        return None

    def find_fault(self, words: Sequence[str], statement: Statement, database: str) -> str:
        """Return why this statement cannot run in a migration, and what to write instead; empty for nearly every statement."""
        return ""

    def find_syntax_error(self, words: Sequence[str], statement: Statement) -> str:
        """Return the error of the parser that the driver brings along; empty if it accepts the statement, or there is none."""
        return ""

    def reaches_beyond(self, words: Sequence[str]) -> bool:
        """Whether this statement changes something outside of its database: a user, another database, the server, a file.

        `words` are all words of the statement, or only its first words for INSERT and the like. It ignores the names of tables.
        """
        return False

    def reaches_machine(self, words: Sequence[str]) -> bool:
        """Whether this statement writes a file outside of its server, runs a program, or connects to another server.

        On a server that nobody else uses, this alone reaches anything. `words` are those of `reaches_beyond`.
        """
        return self.reaches_beyond(words)

    def changed_form(self, words: Sequence[str], statement: Statement, database: str) -> str:
        """Return how a statement runs that the server does not get as it is written; empty for nearly every statement."""
        return ""

    def follow_values(self) -> EnumValues | None:
        """Return an object that tracks, for one file, enum values that must be committed before use; None if there are none."""
        return None

    def switches_autocommit(self, statement: Statement) -> bool | None:
        """Return True or False if a statement switches autocommit on or off; None if it does neither."""
        return None

    def follow_procedures(self) -> CommittingProcedures | None:
        """Return an object that finds calls of procedures that commit; None if such a call needs no special treatment."""
        return None

    def begin_with(self, modes: str, *, portable: bool) -> str:
        """Return the statement that begins a file's transaction, with the modes that the file requests."""
        return self.begin

    def switches_keys(self, words: Sequence[str], statement: Statement) -> bool | None:
        """Whether this statement only turns foreign key checks on (True) or off (False); None for every other statement."""
        return None

    @abstractmethod
    def is_repeatable(self, words: Sequence[str]) -> bool:
        """Whether running this statement twice in a row has the same result as running it once."""

    def is_announced(self, database: str, statement: Statement) -> bool:
        """Whether this statement of `database` shares a message with its intent: see `Dialect.run_announced`."""
        return False

    def may_stop_halfway(self, words: Sequence[str]) -> bool:
        """Whether a failing statement may already have done, and committed, part of its work."""
        return False

    def is_certain(self, before: str) -> bool:
        """Whether the snapshot lets `settle` prove that this statement, and no other one, had the effect."""
        return False
