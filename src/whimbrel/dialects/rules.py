"""How a database reads a statement and what it does with it, as far as the text tells: the pure half of a dialect.

Planning works with these rules alone, and so touches no database. `base.py` has the other half, the effects.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from whimbrel.dialects.objects import Catalog
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.parameters import Template

if TYPE_CHECKING:
    from whimbrel.parsing.enum_values import EnumValues
    from whimbrel.parsing.statement import Statement
    from whimbrel.parsing.values import Value

__all__ = ["DialectRules", "SessionEffect"]

# What a file may have left in a session: what counts the rows that it wrote, or anything.
SessionEffect = Literal["nothing", "rows", "anything"]


class DialectRules(ABC):
    """The pure facts in which one database differs. Each method answers from its arguments alone."""

    name: ClassVar[str]
    # Whether the database rolls back CREATE, ALTER and DROP.
    ddl_in_transactions: ClassVar[bool]
    begin: ClassVar[str] = "BEGIN"
    # Of the error that answers a `:name` without a value.
    codes_without_value: ClassVar[tuple[str, ...]]
    # The history's types: UTC, beyond 2038, never changed by the server behind our back.
    timestamp_type: ClassVar[str]
    text_type: ClassVar[str] = "TEXT"
    table_options: ClassVar[str] = ""
    now: ClassVar[str]
    # Where the functions of the database itself are, with a dot behind; empty where nothing can stand before them.
    functions: ClassVar[str] = ""
    # How this database names its objects.
    catalog: ClassVar[Catalog]
    # Whether the session is put into a file's state inside the file's transaction.
    enters_inside: ClassVar[bool] = False
    # Whether the current time is the same in all of a message.
    time_stands: ClassVar[bool] = False
    # Whether one session lasts longer than a transaction; behind a transaction pooler it does not.
    keeps_session: ClassVar[bool] = True

    @abstractmethod
    def lexer_rules(self, *, portable: bool, database: str) -> LexerRules:
        """Return how `database` reads SQL in the portable session, or under its own defaults."""

    @abstractmethod
    def bind(self, template: Template, values: Sequence[Value]) -> tuple[str, list[object]]:
        """Return text and values as the driver takes them. Raises ParameterError for a value that this database would change."""

    def quote(self, name: str) -> str:
        """Return `name` as an identifier. The one place where a name becomes SQL; raises ConfigurationError for NUL."""
        if "\0" in name or not name:
            raise ConfigurationError(f"{name!r} cannot be a name in a database")
        return '"' + name.replace('"', '""') + '"'

    @abstractmethod
    def literal(self, value: str) -> str:
        """Return `value` as a string in SQL, whatever the session's settings. The one place where a value becomes SQL."""

    def operator(self, symbol: str) -> str:
        """Return an operator as our own SQL writes it: the database's own, whatever anybody has made."""
        return symbol

    def session_reset_sql(self, schema: str, left: SessionEffect) -> list[str]:
        """Return what does the same inside a transaction, and takes the lock again; nothing where there is no such way."""
        return []

    def session_effect(self, words: Sequence[str]) -> SessionEffect:
        """Return what a statement leaves in the session that may do more than make, change or drop something that lasts."""
        return "anything"

    @abstractmethod
    def is_missing_table(self, error: DatabaseError) -> bool:
        """Whether the database says that a table is not there."""

    @abstractmethod
    def is_denied(self, error: DatabaseError) -> bool:
        """Whether the database says that this user may not do that."""

    @abstractmethod
    def lock_condition(self, schema: str) -> str:
        """Return a condition in SQL: that this session has the lock. What is recorded is recorded only if it holds."""

    def fencing_sql(self, schema: str) -> list[str]:
        """Return what must be sent before a record, in its transaction, so that nobody can take the lock meanwhile."""
        return []

    def elapsed(self, started: float, recorded: str = "") -> str:
        """Return, in SQL, the milliseconds that a file took, if SQL can tell; otherwise an empty text.

        It began when its message was `started` (a monotonic time), or when the file before it in this message was `recorded`,
        which is SQL for the time in that record.
        """
        return ""

    @abstractmethod
    def needs_autocommit(self, words: Sequence[str]) -> bool:
        """Whether the server refuses, ignores, or commits this statement inside a transaction."""

    @abstractmethod
    def shares_transaction(self, words: Sequence[str]) -> bool:
        """Whether this statement and its journal row can be committed, or rolled back, as one."""

    @abstractmethod
    def sets_session(self, words: Sequence[str]) -> bool:
        """Whether this statement only changes the session, so that a resumed file needs it again."""

    def can_batch(self, words: Sequence[str], statement: Statement) -> bool:
        """Whether this statement may be sent with others: it runs as it is, and they are read as if it were not there."""
        return statement.copy_data is None and not self.sets_session(words)

    def controls_transaction(self, words: Sequence[str]) -> bool:
        """Whether this statement begins or ends a transaction, which is the runner's to do."""
        first, second = (*words, "", "")[:2]
        if first in ("COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END", "ABORT"):
            return True
        return (first == "BEGIN" and second != "NOT") or (first in ("START", "PREPARE") and second == "TRANSACTION")

    def find_modes(self, words: Sequence[str], statement: Statement) -> str | None:
        """Return the modes that a statement gives the transaction which it begins or is the first of; None for every other."""
        return None

    def find_fault(self, words: Sequence[str], statement: Statement, database: str) -> str:
        """Return why this statement cannot be run from a migration, and what to write; empty for nearly every statement."""
        return ""

    def follow_values(self) -> EnumValues | None:
        """Return what knows, of one file, which values no statement may use before they are committed; None if all may be."""
        return None

    def begin_with(self, modes: str, *, portable: bool) -> str:
        """Return the statement that begins a file's transaction, with the modes that the file asks for."""
        return self.begin

    def switches_keys(self, words: Sequence[str], statement: Statement) -> bool | None:
        """Whether this statement only switches the checks of foreign keys on (True) or off (False); None for every other."""
        return None

    @abstractmethod
    def is_repeatable(self, words: Sequence[str]) -> bool:
        """Whether running this statement twice, with nothing in between, leaves the same as running it once."""

    def may_stop_halfway(self, words: Sequence[str]) -> bool:
        """Whether a statement that is refused may have done, and committed, a part of its work."""
        return False

    def is_certain(self, before: str) -> bool:
        """Whether `settle` can tell by the snapshot that this statement, and no other one, had the effect."""
        return False
