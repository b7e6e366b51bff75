"""The contract that each database fulfils: how to connect, lock, look into the catalog, and recover.

The folders in `dialects/` fulfil it, one for each database. No module above this folder knows which database it works with. To
add a database, write a package with a Connection, a Dialect and a `DIALECT`, add its line to `registry.py`, and pass
tests/dialects.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar

from whimbrel.dialects.connection import ApplicationConnection, Connection, Parameters, Row
from whimbrel.dialects.place import HistoryPlace, Sought
from whimbrel.dialects.rules import DialectRules
from whimbrel.errors import ConfigurationError, DatabaseError, DatabaseUnreachable
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    from whimbrel.dialects.circumstances import Circumstances
    from whimbrel.dialects.inventory import Inventory
    from whimbrel.dialects.surroundings import Surroundings
    from whimbrel.parsing.statement import Statement

__all__ = ["Announced", "ApplicationConnection", "Connection", "Dialect", "Parameters", "Row"]


class Announced(NamedTuple):
    """The outcome of a statement that was sent with its intent: an error if the server refused the statement.

    `seen` is the snapshot of the objects of the next statement, if the same message asked for it.
    """

    refused: DatabaseError | None = None
    seen: str | None = None


class Dialect(DialectRules):
    """The effects in which one database differs. It is stateless; the connection keeps the facts about a server."""

    # The query whether this server accepts writes; it has one row.
    writable_sql: ClassVar[str] = ""

    @property
    @abstractmethod
    def inventory(self) -> Inventory:
        """The existing objects in this database, for `baseline --detect`."""

    @abstractmethod
    async def connect(self, url: DatabaseUrl, *, question: bool = False) -> Connection:
        """Open one private connection. A `question` creates nothing, not even a file. Raises DatabaseUnreachable.

        This method asks the server nothing. The traceback of its errors holds no password.
        """

    async def identify_server(self, connection: Connection, url: DatabaseUrl) -> Connection:
        """Find out which server answers on a new connection. Return this connection, or a replacement that suits the server."""
        return connection

    async def identify_server_in_time(self, connection: Connection, url: DatabaseUrl) -> Connection:
        """Identify the server. This counts toward the time limit for connecting. Raises DatabaseUnreachable."""
        try:
            async with asyncio.timeout(url.connect_timeout):
                return await self.identify_server(connection, url)
        except TimeoutError as error:
            told = f"the login succeeded, but then no answer came within {url.connect_timeout:g} s"
            raise DatabaseUnreachable(url.unreachable(told, error), silent=True, temporary=True) from None

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
        """Return a function that opens a connection for an application's pool: portable session, in `schema` if it is given.

        The function raises DatabaseUnreachable or another WhimbrelError. The traceback of its errors holds no password.
        """

    @abstractmethod
    async def check_tables(self, connection: Connection, schema: str, *, question: bool) -> frozenset[str]:
        """Return which of Whimbrel's tables a schema has, without touching them.

        Raises ConfigurationError if a table cannot be trusted. The check is less strict for a `question`, which writes nothing.
        """

    async def find_place(self, connection: Connection, wanted: str, sought: Sought, *, question: bool) -> HistoryPlace:
        """Return where a run with these sets works: in `wanted` if given, else in the schema that has or will have its history.

        Raises ConfigurationError if `wanted` does not exist, or if an inspected table cannot be trusted.
        """
        return HistoryPlace(await self.find_schema(connection, wanted))

    @abstractmethod
    async def read_summary(self, connection: Connection, schema: str, sets: Collection[str]) -> list[Row]:
        """Return the history rows of these sets with a single query, on a connection that has sent no query yet.

        An empty `schema` means the connection's own. A table that cannot be trusted is refused, or counts as empty.
        """

    @abstractmethod
    async def find_schema(self, connection: Connection, wanted: str) -> str:
        """Return `wanted`, or if it is empty the schema in which unqualified names are created. Raises ConfigurationError."""

    async def narrow(self, connection: Connection) -> None:
        """Let migrations on this connection see no tables but those of their own schema."""

    async def find_unseen(self, connection: Connection, schema: str) -> Mapping[str, str]:
        """Return the types, by name, that a file must not name after `narrow`, each with the reason and what to do."""
        return {}

    async def server_identity(self, connection: Connection) -> str:
        """Return a text that is equal for two connections to one server, even if their addresses differ."""
        return self.name

    @abstractmethod
    async def read_circumstances(self, connection: Connection, schema: str) -> Circumstances:
        """Return the facts that decide what a file means here, of a session in the state in which `enter` leaves it."""

    async def surroundings(self, connection: Connection, schema: str) -> Surroundings:
        """Return the objects that the files of `schema` expect to exist, for a replay of the files in a new database."""
        from whimbrel.dialects.surroundings import Surroundings  # for a replay alone

        return Surroundings()

    async def explain(self, connection: Connection, schema: str, code: str, message: str) -> str:
        """Return advice for a failed statement whose object exists in a schema that is not searched; may be empty."""
        return ""

    @abstractmethod
    def session_setup_sql(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None) -> list[str]:
        """Return the statements that reset the session to the baseline every migration starts from.

        `lock_timeout` limits, in seconds, how long one statement waits for locks of other sessions.
        """

    async def enter(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None = None) -> None:
        """Reset the session to that baseline."""
        await connection.send(self.session_setup_sql(connection, schema, portable=portable, lock_timeout=lock_timeout))

    async def renew(self, connection: Connection) -> bool:
        """Drop the session state that `enter` does not reach. Return whether this also released the lock."""
        return False

    async def renew_under_lock(self, connection: Connection, schema: str, setup: Sequence[str]) -> bool:
        """Like `renew` for a session that has the lock of `schema`, followed by `setup`; return whether it has the lock again."""
        released = await self.renew(connection)
        await connection.send(setup)
        return not released or await self.try_lock(connection, schema)

    async def preparing_sql(self, connection: Connection, schema: str) -> list[str]:
        """Return the statements that correct settings which would change the meaning of portable files; usually none."""
        return []

    async def prepare(self, connection: Connection, schema: str) -> None:
        """Correct these settings. Call it under the lock."""
        for statement in await self.preparing_sql(connection, schema):
            await connection.run(statement)

    async def check_writable(self, connection: Connection) -> None:
        """Raise ConfigurationError if this server accepts no writes."""
        if self.writable_sql:
            (row,) = await connection.fetch_all(self.writable_sql)
            self.judge_writable(row)

    def judge_writable(self, row: Row) -> None:
        """Raise ConfigurationError if the answer to `writable_sql` says that this server accepts no writes."""

    async def remedy(self, connection: Connection, schema: str, error: DatabaseError) -> str:
        """Return advice for a user who may not create or write Whimbrel's tables; empty if there is none."""
        return ""

    # The lock.

    @abstractmethod
    async def try_lock(self, connection: Connection, schema: str) -> bool:
        """Try to take the migration lock of `schema`; return within a second. True only if this session now holds it."""

    @abstractmethod
    async def unlock(self, connection: Connection, schema: str) -> None:
        """Release the lock."""

    async def abandon(self, connection: Connection, schema: str) -> None:
        """Release the lock after an exception. Does nothing where closing the connection, which follows, releases it."""

    async def owns_lock(self, connection: Connection, schema: str) -> bool:
        """Return whether this session still holds the lock."""
        ours = f"SELECT 1 AS ours FROM (SELECT 1 AS one) AS it WHERE {self.lock_condition(schema)}"
        return bool(await connection.send([*self.fencing_sql(schema), ours]))

    @abstractmethod
    async def lock_holder(self, connection: Connection, schema: str) -> str:
        """Describe the session that holds the lock and since when, as far as this user may see it."""

    async def blockers(self, connection: Connection, sql: str) -> str:
        """Describe the sessions that hold locks on the objects in a statement, as far as this user may see them; may be empty."""
        return ""

    @asynccontextmanager
    async def lock_kept(self, connection: Connection) -> AsyncIterator[None]:
        """Keep the lock over several transactions. Does nothing where the lock belongs to the session."""
        yield

    # The locks of other tools for migrations.

    async def catalog_name(self, connection: Connection) -> str:
        """Return the name of the database that the connection leads to, as other tools put it into their locks."""
        return ""

    async def try_tool_lock(self, connection: Connection, number: int, name: str) -> bool:
        """Try to take a tool's lock: an advisory lock by `number`, or a lock by `name`. True where there is no such lock.

        It lasts until the transaction ends, or until `free_tool_lock`.
        """
        return True

    async def free_tool_lock(self, connection: Connection, name: str) -> None:
        """Release a tool's lock, if the end of the transaction has not released it."""

    # Statements, recognised by their leading words.

    async def broken_keys(self, connection: Connection) -> dict[str, int]:
        """Count the rows whose foreign key refers to a missing row, by table name."""
        return {}

    # The rest concerns statements that cannot share a transaction with their record.

    async def all_protected(self, connection: Connection, schema: str) -> bool:
        """Return whether every table in the schema uses an engine with transactions."""
        return True

    async def unprotected(self, connection: Connection, schema: str, statement: Statement) -> str:
        """Return the first table of the schema in the statement whose engine has no transactions; empty if there is none."""
        return ""

    async def fence(self, connection: Connection) -> None:
        """Make the server itself ensure that no statement takes effect twice. Raises ConfigurationError if it cannot."""
        raise ConfigurationError("only MySQL with GTIDs has a fence")

    async def snapshot_objects(self, connection: Connection, statement: Statement) -> str:
        """Return the catalog's description of the objects that a statement will change; empty if the catalog has none."""
        return ""

    async def run_announced(
        self, connection: Connection, schema: str, records: Sequence[str], statement: Statement, following: Statement | None
    ) -> Announced | None:
        """Commit the records (an intent and those before it), and run the statement of the intent, in one message.

        Return None, having sent nothing, if the statement needs a message of its own. `following` is the next statement of the
        file: the same message asks what the run needs to know before it. Raises the error of the records, after which the
        statement does not run. Raises ConnectionLost if it is unknown whether the statement took effect.
        """
        return None

    async def settle(self, connection: Connection, statement: Statement, before: str) -> bool | None:
        """Return whether an interrupted statement took effect; None if the catalog does not show it.

        `before` is the result of `snapshot_objects` from before the statement. Work that a crash left half-done is undone or
        completed.
        """
        return None

    async def clear_away(self, connection: Connection, statement: Statement, before: str) -> None:
        """Drop the leftovers of a failed statement, and nothing else."""

    async def emulate(self, connection: Connection, statement: Statement) -> bool:
        """Perform a statement that the server cannot run in its given form. False means that the statement runs as it is."""
        return False
