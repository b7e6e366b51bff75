"""What a database owes us: a connection, and the facts in which the databases differ.

The contract that `dialects/` fulfils, one file a database; nothing above it knows which database it talks to. To add one:
write a module with a Connection, a Dialect and a `DIALECT`, name it in `registry.py`, and pass tests/dialects.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar

from whimbrel.dialects.connection import ApplicationConnection, Connection, Parameters, Row
from whimbrel.dialects.inventory import Inventory
from whimbrel.dialects.place import Place, Sought
from whimbrel.dialects.rules import DialectRules
from whimbrel.errors import ConfigurationError, DatabaseError, DatabaseUnreachable
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.parsing.statement import Statement

__all__ = ["ApplicationConnection", "Connection", "Dialect", "Parameters", "Row"]


class Dialect(DialectRules):
    """The facts in which one database differs. Stateless: what depends on the server is asked of the connection."""

    # What this database holds of our objects' kinds, for `baseline --detect`.
    inventory: ClassVar[Inventory]

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

    async def prepare(self, connection: Connection, schema: str) -> None:
        """Mend, under the lock, what would give shared files another meaning here. Most databases need nothing."""

    async def check_writable(self, connection: Connection) -> None:
        """Raise ConfigurationError if this server takes no changes from anybody."""

    async def remedy(self, connection: Connection, schema: str, error: DatabaseError) -> str:
        """Return, in words, what lets this user make and write our tables, which the database refused; empty if unknown."""
        return ""

    # The lock.

    @abstractmethod
    async def try_lock(self, connection: Connection, schema: str) -> bool:
        """Try to take the migration lock of `schema`; answer within a second. True only if this session has it now."""

    @abstractmethod
    async def unlock(self, connection: Connection, schema: str) -> None:
        """Give the lock back."""

    async def abandon(self, connection: Connection, schema: str) -> None:
        """Give the lock back after an exception; nothing where it is freed with the connection, which is closed then."""

    async def owns_lock(self, connection: Connection, schema: str) -> bool:
        """Return whether this session still has the lock."""
        ours = f"SELECT 1 AS ours FROM (SELECT 1 AS one) AS it WHERE {self.lock_condition(schema)}"
        return bool(await connection.send([*self.fencing_sql(schema), ours]))

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

    async def broken_keys(self, connection: Connection) -> dict[str, int]:
        """Count the rows that refer to rows that are not there, by the tables' names."""
        return {}

    # Statements that cannot share a transaction with their record, after a crash.

    async def all_protected(self, connection: Connection, schema: str) -> bool:
        """Whether there is no table in the schema that knows no transactions."""
        return True

    async def unprotected(self, connection: Connection, schema: str, statement: Statement) -> str:
        """Return the name of a table in the statement, of the schema, that knows no transactions; empty if there is none."""
        return ""

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
