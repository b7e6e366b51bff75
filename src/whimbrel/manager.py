"""The application's access to its database: a pool, `:name` parameters, transactions, scripts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from types import TracebackType
from typing import Any, Self, TypeVar

from whimbrel.address_options import read_seconds
from whimbrel.dialects.base import Connection, Dialect, Row
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError, DatabaseError, LockTimeout, PoolTimeout, WhimbrelError
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import LexerRules
from whimbrel.parsing.splitter import split
from whimbrel.pool.calls import check_rows, check_sql
from whimbrel.pool.lent import Lent
from whimbrel.pool.pool import Pool
from whimbrel.pool.transactions import Block, Transactions
from whimbrel.session.connect import open_session
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.url import DatabaseUrl, parse_url

__all__ = ["DatabaseManager", "ScriptResult"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """The result of a script. `statements` counts those that took effect; `error` is None if all did."""

    success: bool
    statements: int
    error: WhimbrelError | None = None

    @property
    def error_message(self) -> str:
        """The error as a message for people; empty if there is none."""
        return "" if self.error is None else str(self.error)


class DatabaseManager:
    """A pool of connections to one database, and to one `schema` of it, if it is given.

    Rows are dictionaries. Datetimes are aware and in UTC, in both directions; BOOLEAN columns return bool. Methods raise
    DatabaseError for a statement that the database refuses, with the driver's exception as its cause. They raise
    DatabaseUnreachable if no connection can be opened, PoolTimeout if none becomes free, and StatementTimeout. Every exception is
    a WhimbrelError.

    Time limits are in seconds, 0 for none, and override those of the address: for opening a connection (default 10), for waiting
    for a free one (10), and for one statement (30), which the server then cancels. Migrations and scripts have no limit.

        async with DatabaseManager("sqlite:///chat.db") as db_manager:
            rows = await db_manager.fetch_all("SELECT * FROM users WHERE email = :email", {"email": email})
    """

    def __init__(
        self,
        url: str | DatabaseUrl,
        *,
        pool_size: int | None = None,
        schema: str = "",
        connect_timeout: float | None = None,
        acquire_timeout: float | None = None,
        statement_timeout: float | None = None,
    ) -> None:
        url = parse_url(url)
        url.check()
        limits = {"connect_timeout": connect_timeout, "acquire_timeout": acquire_timeout, "statement_timeout": statement_timeout}
        given = {name: _checked_limit(name, seconds) for name, seconds in limits.items() if seconds is not None}
        self._url = url._replace(options={**url.options, **given}) if given else url
        if not isinstance(schema, str):
            raise ConfigurationError(f"schema is of type {type(schema).__name__}; pass a str")
        self._schema = schema or url.schema
        self._pool_size = int(url.options.get("pool_size", _POOL_SIZE)) if pool_size is None else pool_size
        if not isinstance(self._pool_size, int) or self._pool_size < 1:
            raise ConfigurationError("pool_size must be a whole number, at least 1")
        self._pool: Pool | None = None
        self._transactions = Transactions()

    def quote(self, name: str) -> str:
        """Return `name` as a quoted identifier of this database, for SQL where it cannot be a parameter.

        Raises ConfigurationError for a name that is empty or contains NUL.
        """
        return find_dialect(self._url).quote(name)

    @property
    def url(self) -> DatabaseUrl:
        """The address; it prints its password as ***."""
        return self._url

    @property
    def schema(self) -> str:
        """The schema of unqualified names, in which migrations also work; empty for the connection's own."""
        return self._schema

    async def connect(self) -> None:
        """Open the pool, once. Raises DatabaseUnreachable, or ConfigurationError if the driver is not installed."""
        if self._pool is not None:
            self._pool.check()
        pool = self._pool = self._pool or Pool(find_dialect(self._url), self._url, self._schema, self._pool_size)
        if pool.is_open:
            return
        try:
            pool.give_back(await pool.acquire())
        except BaseException:
            # A task that connects at the same time may still succeed.
            if self._pool is pool and pool.is_unused:
                self._pool = None
            raise

    async def close(self) -> None:
        """Close every connection; after five seconds, lent ones too. The manager can be connected again.

        In a forked child this touches no connection, since all of them belong to the parent. Raises ConfigurationError in
        another event loop while the connections' own is running.
        """
        pool = self._pool
        if pool is not None:
            pool.begin_to_close()
            self._pool = None
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
        if (transaction := self._transactions.find()) is not None:
            yield transaction.lent
            return
        pool, lent = await self._take()
        try:
            yield lent
        finally:
            pool.give_back(lent)

    async def _take(self) -> tuple[Pool, Lent]:
        pool = self._pool
        if pool is None:
            raise ConfigurationError("the manager is not connected; use it in `async with`, or await connect() first")
        try:
            return pool, await pool.acquire()
        except PoolTimeout as error:
            parent = self._transactions.find_parent()
            if parent is None:
                raise
            told = f"{error}\n  {_INSIDE.format(name=parent.task.get_name())}"
            raise PoolTimeout(told, size=error.size, holders=error.holders) from None

    async def _with(self, call: Callable[[Connection], Awaitable[T]]) -> T:
        if (transaction := self._transactions.find()) is not None:
            return await call(transaction.lent)
        pool, lent = await self._take()
        try:
            return await call(lent)
        finally:
            pool.give_back(lent)

    async def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        """Run one statement and return how many rows it changed; an UPDATE counts the rows it matched."""
        return await self._with(lambda connection: connection.execute(sql, parameters))

    async def execute_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Run one statement once for each row of parameters, all or nothing. An iterator is read while the rows are sent."""
        text, given = check_sql(sql), check_rows(rows)
        for first in given:
            async with self.transaction(), self.acquire() as connection:
                await connection.execute_many(text, chain((first,), given))

    async def fetch_all(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Return every row."""
        return await self._with(lambda connection: connection.fetch_all(sql, parameters))

    async def fetch_one(self, sql: str, parameters: Mapping[str, object] | None = None) -> Row | None:
        """Return the first row, or None."""
        return await self._with(lambda connection: connection.fetch_one(sql, parameters))

    async def fetch_value(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Return the first column of the first row, or None."""
        return await self._with(lambda connection: connection.fetch_value(sql, parameters))

    def transaction(self) -> AbstractAsyncContextManager[Self]:
        """Commit the work of this task in the block, or roll it back on any exception. A nested one is a savepoint.

        Tasks started in the block do not take part; they use connections of their own. Once the transaction has ended, because
        the database ended it or another task left the block, each further statement in it raises TransactionEnded and is not
        sent. After the block, or once the function that began the transaction has returned, the task continues outside of it.
        """
        return Block(self._transaction, self._transactions)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Self]:
        if (transaction := self._transactions.find()) is not None:
            async with transaction.savepoint():
                yield self
            return
        pool, lent = await self._take()
        try:
            async with lent.transaction(), self._transactions.begun(lent):
                yield self
        finally:
            pool.give_back(lent)

    @property
    def in_transaction(self) -> bool:
        """Whether this task is in an open transaction of its own."""
        return self._transactions.are_open

    async def execute_script(self, sql: str) -> ScriptResult:
        """Run the statements of a script under the migration lock, in the portable session.

        If a statement fails, PostgreSQL and SQLite undo the whole script; MySQL and MariaDB keep the statements before it. The
        result holds the database's error, which is not raised. Raises DatabaseUnreachable or ConfigurationError.
        """
        sql = check_sql(sql)
        async with open_session(self) as session:
            if self._schema:
                await session.dialect.narrow(session.connection)
            rules = session.dialect.lexer_rules(portable=True, database=session.database)
            if fault := _find_fault(session.dialect, sql, rules):
                return ScriptResult(False, 0, ConfigurationError(fault))
            return await _run_script(session, sql, rules)


def _find_fault(dialect: Dialect, sql: str, rules: LexerRules) -> str:
    """Return the reason for which a script cannot run; empty if there is none."""
    if any(dialect.controls_transaction(leading_words(one.text, rules)) for one in split(sql, rules)):
        return "a script must not begin or end transactions: it runs in one"
    if any(one.torn for one in split(sql, rules)):
        return "a statement begins after a COPY on its line, and continues after the data of the COPY"
    return ""


async def _run_script(session: Session, sql: str, rules: LexerRules) -> ScriptResult:
    dialect, done = session.dialect, 0
    try:
        async with session.locked(LOCK_WAIT_SECONDS):
            await dialect.prepare(session.connection, session.schema)
            async with session.transaction(portable=True) if dialect.ddl_in_transactions else _no_transaction(session):
                for statement in split(sql, rules):
                    if not await dialect.emulate(session.connection, statement):
                        await session.connection.run(statement.text)
                    done += 1
                # Reset the session: behind a pooler, the next client would get the script's settings.
                await session.enter(portable=True)
    except (DatabaseError, LockTimeout) as error:
        return ScriptResult(False, 0 if dialect.ddl_in_transactions else done, error)
    return ScriptResult(True, done)


@asynccontextmanager
async def _no_transaction(session: Session) -> AsyncIterator[None]:
    await session.enter(portable=True)
    yield


_POOL_SIZE = 5
_INSIDE = (
    "the transaction of {name}, inside which this task was started, holds one of them and may be waiting for this task; "
    "a transaction belongs to one task: do the work in that task, or after the transaction"
)


def _checked_limit(name: str, seconds: float) -> str:
    read = read_seconds(seconds)
    if read is None:
        raise ConfigurationError(f"{name} must be a number of seconds, 0 for no limit")
    return f"{read:g}"
