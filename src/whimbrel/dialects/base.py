"""What a database owes us: a connection, and the facts in which the databases differ.

The contract that `dialects/` fulfils, one file a database; nothing above it knows which database it talks to. To add one:
write a module with a Connection, a Dialect and a `DIALECT`, name it in `registry.py`, and pass tests/dialects.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar, Literal

from whimbrel.dialects.connection import ApplicationConnection, Connection, Parameters, Row
from whimbrel.dialects.place import Place, Sought
from whimbrel.errors import ConfigurationError, DatabaseError, DatabaseUnreachable
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.parameters import Template
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.parsing.splitter import Statement
    from whimbrel.parsing.values import Value

__all__ = ["ApplicationConnection", "Connection", "Dialect", "Parameters", "Row", "SessionEffect"]

# What a file may have left in a session: what counts the rows that it wrote, or anything.
SessionEffect = Literal["nothing", "rows", "anything"]


class Dialect(ABC):
    """The facts in which one database differs. Stateless: what depends on the server is asked of the connection."""

    name: ClassVar[str]
    # Whether the database rolls back CREATE, ALTER and DROP.
    ddl_in_transactions: ClassVar[bool]
    begin: ClassVar[str] = "BEGIN"
    # The history's types: UTC, beyond 2038, never changed by the server behind our back.
    timestamp_type: ClassVar[str]
    text_type: ClassVar[str] = "TEXT"
    table_options: ClassVar[str] = ""
    now: ClassVar[str]
    # Where the functions of the database itself are, with a dot behind; empty where nothing can stand before them.
    functions: ClassVar[str] = ""
    # Whether the session is put into a file's state inside the file's transaction.
    enters_inside: ClassVar[bool] = False
    # Whether the current time is the same in all of a message.
    time_stands: ClassVar[bool] = False
    # Whether one session lasts longer than a transaction; behind a transaction pooler it does not.
    keeps_session: ClassVar[bool] = True

    @abstractmethod
    async def connect(self, url: DatabaseUrl, *, question: bool = False) -> Connection:
        """Open one private connection; a question makes nothing, not even a file. Raises DatabaseUnreachable.

        Nothing is asked of the server. The traceback of what is raised holds no password.
        """

    async def identify_server(self, connection: Connection, url: DatabaseUrl) -> Connection:
        """Find out who answers on a new connection, and how it is to be worked with: return it, or another one in its place."""
        return connection

    async def identify_server_in_time(self, connection: Connection, url: DatabaseUrl) -> Connection:
        """Do so within the time that connecting may take: it is a part of it. Raises DatabaseUnreachable."""
        try:
            async with asyncio.timeout(url.connect_timeout):
                return await self.identify_server(connection, url)
        except TimeoutError as error:
            told = f"logged in, and then no answer within {url.connect_timeout:g} s"
            raise DatabaseUnreachable(url.unreachable(told, error), silent=True) from None

    async def open(self, url: DatabaseUrl) -> Connection:
        """Open one private connection, ready for work."""
        connection = await self.connect(url)
        try:
            return await self.identify_server_in_time(connection, url)
        except BaseException:
            await asyncio.shield(connection.close())
            raise

    @abstractmethod
    def application(self, url: DatabaseUrl, schema: str = "") -> Callable[[], Awaitable[ApplicationConnection]]:
        """Return what opens a connection of an application's pool, in the portable session, in `schema` if one is named.

        It raises DatabaseUnreachable or another WhimbrelError; the traceback of what it raises holds no password.
        """

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

    @abstractmethod
    async def check_tables(self, connection: Connection, schema: str, *, question: bool) -> frozenset[str]:
        """Return which of our tables a schema has; touch none of them.

        Raises ConfigurationError if one is not to be trusted: with `question` nothing will be written, which asks for less.
        """

    async def find_place(self, connection: Connection, wanted: str, sought: Sought, *, question: bool) -> Place:
        """Return where a run works that has these sets: in `wanted`, or if that is empty where its history is, or is to be made.

        Raises ConfigurationError if `wanted` does not exist, or if a table that was looked at is not to be trusted.
        """
        return Place(await self.find_schema(connection, wanted))

    @abstractmethod
    async def read_summary(self, connection: Connection, schema: str, sets: Collection[str]) -> list[Row]:
        """Return what the history's rows of these sets say, in one question to a connection that nothing has been asked yet.

        `schema` is empty for the connection's own. A table that is not to be trusted is refused, or has no rows.
        """

    @abstractmethod
    async def find_schema(self, connection: Connection, wanted: str) -> str:
        """Return `wanted`, or if that is empty the schema in which unqualified names are created. Raises ConfigurationError."""

    @abstractmethod
    def session_setup_sql(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None) -> list[str]:
        """Return what puts the session into the state from which every file starts, whatever a file did to it.

        `lock_timeout` limits, in seconds, how long one statement waits for another session's locks.
        """

    async def enter(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None = None) -> None:
        """Put the session into that state."""
        await connection.send(self.session_setup_sql(connection, schema, portable=portable, lock_timeout=lock_timeout))

    async def renew(self, connection: Connection) -> bool:
        """Let go of what a file left in the session and `enter` does not reach; answer whether the lock went with it."""
        return False

    def session_reset_sql(self, schema: str, left: SessionEffect) -> list[str]:
        """Return what does the same inside a transaction, and takes the lock again; nothing where there is no such way."""
        return []

    def session_effect(self, words: Sequence[str]) -> SessionEffect:
        """Return what a statement leaves in the session that may do more than make, change or drop something that lasts."""
        return "anything"

    async def prepare(self, connection: Connection, schema: str) -> None:
        """Mend, under the lock, what would give shared files another meaning here. Most databases need nothing."""

    async def check_writable(self, connection: Connection) -> None:
        """Raise ConfigurationError if this server takes no changes from anybody."""

    @abstractmethod
    def is_missing_table(self, error: DatabaseError) -> bool:
        """Whether the database says that a table is not there."""

    @abstractmethod
    def is_denied(self, error: DatabaseError) -> bool:
        """Whether the database says that this user may not do that."""

    # The lock.

    @abstractmethod
    async def try_lock(self, connection: Connection, schema: str) -> bool:
        """Try to take the migration lock of `schema`; answer within a second. True only if this session has it now."""

    @abstractmethod
    async def unlock(self, connection: Connection, schema: str) -> None:
        """Give the lock back."""

    async def abandon(self, connection: Connection, schema: str) -> None:
        """Give the lock back after an exception; nothing where it is freed with the connection, which is closed then."""

    @abstractmethod
    def lock_condition(self, schema: str) -> str:
        """Return a condition in SQL: that this session has the lock. What is recorded is recorded only if it holds."""

    def fencing_sql(self, schema: str) -> list[str]:
        """Return what must be sent before a record, in its transaction, so that nobody can take the lock meanwhile."""
        return []

    async def owns_lock(self, connection: Connection, schema: str) -> bool:
        """Return whether this session still has the lock."""
        ours = f"SELECT 1 AS ours FROM (SELECT 1 AS one) AS it WHERE {self.lock_condition(schema)}"
        return bool(await connection.send([*self.fencing_sql(schema), ours]))

    def elapsed(self, started: float, recorded: str = "") -> str:
        """Return, in SQL, the milliseconds that a file took, if SQL can tell; otherwise an empty text.

        It began when its message was `started` (a monotonic time), or when the file before it in this message was `recorded`,
        which is SQL for the time in that record.
        """
        return ""

    @abstractmethod
    async def lock_holder(self, connection: Connection, schema: str) -> str:
        """Say who has the lock and since when, as far as this user may see."""

    async def blockers(self, connection: Connection, sql: str) -> str:
        """Say who holds locks on what a statement names, as far as this user may see; empty if nobody does."""
        return ""

    @asynccontextmanager
    async def lock_kept(self, connection: Connection) -> AsyncIterator[None]:
        """Keep the lock over several transactions. Nothing to do where it belongs to the session."""
        yield

    # Statements, told apart by their leading words.

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

    def switches_keys(self, words: Sequence[str], statement: Statement) -> bool | None:
        """Whether this statement only switches the checks of foreign keys on (True) or off (False); None for every other."""
        return None

    async def broken_keys(self, connection: Connection) -> dict[str, int]:
        """Count the rows that refer to rows that are not there, by the tables' names."""
        return {}

    # Statements that cannot share a transaction with their record, after a crash.

    @abstractmethod
    def is_repeatable(self, words: Sequence[str]) -> bool:
        """Whether running this statement twice, with nothing in between, leaves the same as running it once."""

    def may_stop_halfway(self, words: Sequence[str]) -> bool:
        """Whether a statement that is refused may have done, and committed, a part of its work."""
        return False

    async def all_protected(self, connection: Connection, schema: str) -> bool:
        """Whether there is no table in the schema that knows no transactions."""
        return True

    async def unprotected(self, connection: Connection, schema: str, statement: Statement) -> str:
        """Return the name of a table in the statement, of the schema, that knows no transactions; empty if there is none."""
        return ""

    def is_certain(self, before: str) -> bool:
        """Whether `settle` can tell by the snapshot that this statement, and no other one, had the effect."""
        return False

    async def fence(self, connection: Connection) -> None:
        """Let the server itself see to it that no statement takes effect twice. Raises ConfigurationError where it cannot."""
        raise ConfigurationError("only MySQL with GTIDs has a fence")

    async def snapshot_objects(self, connection: Connection, statement: Statement) -> str:
        """Return what the catalog says of the objects that a statement is about to change; empty if it cannot tell."""
        return ""

    async def settle(self, connection: Connection, statement: Statement, before: str) -> bool | None:
        """Return whether a statement, whose end nobody saw, took effect; None if the catalog cannot tell.

        `before` is what `snapshot_objects` said before it. What a crash left half-done is undone, or done to its end.
        """
        return None

    async def clear_away(self, connection: Connection, statement: Statement, before: str) -> None:
        """Drop what a refused statement left half-done, and only that."""

    async def emulate(self, connection: Connection, statement: Statement) -> bool:
        """Do what the server lacks a form for; False means that the statement runs as it is."""
        return False
