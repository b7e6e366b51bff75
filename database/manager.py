"""The application's way to its database: a pool, `:name` parameters, transactions, scripts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from database.dialect import Connection, Pool, Row, find_dialect
from database.errors import ConfigurationError, DatabaseError, LockTimeout, WhimbrelError
from database.opening import open_session
from database.session import LOCK_WAIT_SECONDS, Session
from database.statements import split
from database.url import DatabaseUrl, parse_url
from database.words import leading_words

__all__ = ["DatabaseManager", "ScriptResult"]


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """How a script ended. `statements` counts those that took effect; `error` is None if all did."""

    success: bool
    statements: int
    error: WhimbrelError | None = None

    @property
    def error_message(self) -> str:
        """What went wrong, for people; empty if nothing did."""
        return "" if self.error is None else str(self.error)


@dataclass(slots=True)
class _Open:
    """The transaction that a task is in."""

    connection: Connection
    task: asyncio.Task[Any] | None
    depth: int


class DatabaseManager:
    """A pool of connections to one database, and to one `schema` of it, if one is named.

    Rows are dictionaries. Datetimes go in and come out aware, in UTC; BOOLEAN columns come out as bool. Every method raises
    DatabaseError for what the database refuses, with the driver's exception as its cause.

        async with DatabaseManager("sqlite:///chat.db") as db_manager:
            rows = await db_manager.fetch_all("SELECT * FROM users WHERE email = :email", {"email": email})
    """

    def __init__(self, url: str | DatabaseUrl, *, pool_size: int = 5, schema: str = "") -> None:
        url = parse_url(url)
        url.check()
        self._url = url
        self._schema = schema
        self._pool_size = pool_size
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()
        self._open: ContextVar[_Open | None] = ContextVar("open transaction", default=None)

    @property
    def url(self) -> DatabaseUrl:
        """The address; its password prints as ***."""
        return self._url

    @property
    def schema(self) -> str:
        """The schema in which unqualified names are looked for, and in which migrations work; empty for the connection's own."""
        return self._schema

    async def connect(self) -> None:
        """Open the pool, once. Raises DatabaseUnreachable, or ConfigurationError if the driver is not installed."""
        async with self._opening:
            if self._pool is None:
                self._pool = await find_dialect(self._url).open_pool(self._url, self._pool_size, self._schema)

    async def close(self) -> None:
        """Close every connection. The manager can be connected again."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """Lend the connection of this task's transaction, or one of the pool."""
        if opened := self._opened():
            yield opened.connection
            return
        if self._pool is None:
            raise ConfigurationError("the manager is not connected; use it in `async with`, or await connect() first")
        async with self._pool.acquire() as connection:
            yield connection

    async def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        """Run one statement and return how many rows it changed; an UPDATE counts the rows it found."""
        async with self.acquire() as connection:
            return await connection.execute(sql, parameters)

    async def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Run one statement once for each row of parameters: all of it, or nothing."""
        if rows:
            async with self.transaction(), self.acquire() as connection:
                await connection.execute_many(sql, rows)

    async def fetch_all(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Return every row."""
        async with self.acquire() as connection:
            return await connection.fetch_all(sql, parameters)

    async def fetch_one(self, sql: str, parameters: Mapping[str, object] | None = None) -> Row | None:
        """Return the first row, or None."""
        async with self.acquire() as connection:
            return await connection.fetch_one(sql, parameters)

    async def fetch_value(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Return the first column of the first row, or None."""
        async with self.acquire() as connection:
            return await connection.fetch_value(sql, parameters)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Self]:
        """Commit what this task does inside, or roll it back if anything is raised; nested, it is a savepoint.

        Tasks that are started inside are outside of it: they take connections of their own.
        """
        if opened := self._opened():
            async with self._savepoint(opened):
                yield self
            return
        async with self.acquire() as connection, connection.transaction():
            token = self._open.set(_Open(connection, asyncio.current_task(), 0))
            try:
                yield self
            finally:
                self._open.reset(token)

    @property
    def in_transaction(self) -> bool:
        """Whether this task is in a transaction that it has begun."""
        return self._opened() is not None

    def _opened(self) -> _Open | None:
        opened = self._open.get()
        return opened if opened is not None and opened.task is asyncio.current_task() else None

    @asynccontextmanager
    async def _savepoint(self, opened: _Open) -> AsyncIterator[None]:
        opened.depth += 1
        name = f"whimbrel_{opened.depth}"
        await opened.connection.run(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            # The connection may be gone, or DDL have ended the transaction: what went wrong first is what has to be told.
            with suppress(DatabaseError):
                await asyncio.shield(opened.connection.run(f"ROLLBACK TO SAVEPOINT {name}"))
            raise
        else:
            await opened.connection.run(f"RELEASE SAVEPOINT {name}")
        finally:
            opened.depth -= 1

    async def execute_script(self, sql: str) -> ScriptResult:
        """Run the statements of a script under the migration lock, in the portable session of shared files.

        On PostgreSQL and SQLite all of them or none take effect; on MySQL and MariaDB those before the one that failed do. What
        the database refuses is told in the result, not raised. Raises DatabaseUnreachable or ConfigurationError.
        """
        async with open_session(self) as session:
            dialect, done = session.dialect, 0
            lexis = dialect.lexis(portable=True, database=session.database)
            if any(dialect.controls_transaction(leading_words(one.text, lexis)) for one in split(sql, lexis)):
                return ScriptResult(False, 0, ConfigurationError("a script must not begin or end transactions: it runs in one"))
            try:
                async with session.locked(LOCK_WAIT_SECONDS):
                    await dialect.prepare(session.connection, session.schema)
                    async with session.transaction(portable=True) if dialect.ddl_in_transactions else _no_transaction(session):
                        for statement in split(sql, lexis):
                            if not await dialect.carry_out(session.connection, statement):
                                await session.connection.run(statement.text)
                            done += 1
                        # Behind a pooler the next client would feel what the script has set.
                        await session.enter(portable=True)
            except (DatabaseError, LockTimeout) as error:
                return ScriptResult(False, 0 if dialect.ddl_in_transactions else done, error)
            return ScriptResult(True, done)


@asynccontextmanager
async def _no_transaction(session: Session) -> AsyncIterator[None]:
    await session.enter(portable=True)
    yield
