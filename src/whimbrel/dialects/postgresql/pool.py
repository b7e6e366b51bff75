"""An application's pool of connections to PostgreSQL, and the differences behind a pooler in transaction mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any
from weakref import WeakSet

import asyncpg

from whimbrel.dialects.base import ApplicationConnection, Connection, Dialect, Parameters, Row
from whimbrel.dialects.postgresql.connection import PostgresqlConnection, check_copy, open_driver, reach
from whimbrel.dialects.postgresql.errors import FAILURES, translated
from whimbrel.dialects.postgresql.extensions import check_columns
from whimbrel.dialects.postgresql.path import find_path
from whimbrel.dialects.postgresql.values import CODECS
from whimbrel.dialects.postgresql.visible import find_others
from whimbrel.errors import DatabaseError
from whimbrel.parsing.cursor import leading_words
from whimbrel.parsing.lexer_rules import POSTGRESQL
from whimbrel.url import DatabaseUrl

__all__ = ["Opener", "PgBouncerConnection", "is_pooled"]


class PgBouncerConnection(PostgresqlConnection):
    """A connection through a pooler in transaction mode, where the lock belongs to the transaction."""

    lock_key: int | None = None
    begins_at_once = False

    def __init__(self, dialect: Dialect, driver: Any, address: DatabaseUrl | None = None) -> None:
        super().__init__(dialect, driver, address)
        # The settings that the server's session had when the pooler lent it to this connection.
        self._lent: Parameters = {"names": [], "settings": []}

    async def try_begin(self, begin: str = "") -> bool:
        await self.run(self.dialect.begin)
        locking = "SELECT pg_catalog.pg_try_advisory_xact_lock(CAST(:key AS BIGINT))"
        if self.lock_key is None or await self.fetch_value(locking, {"key": self.lock_key}):
            self._lent = await self.fetch_one(_SESSION) or self._lent
            return True
        await self.roll_back()
        return False

    async def give_back(self) -> None:
        """After RESET ALL, restore the settings of the server's session, but only when the transaction has ended.

        They belong to the pooler, and apply to all of its clients: https://www.pgbouncer.org/config.html#connect_query.
        """
        await self.fetch_all(f"SELECT pg_catalog.set_config(name, setting, false) FROM {_LENT}", self._lent)
        await self.fetch_all(f"SELECT pg_catalog.set_config(name, NULL, true) FROM {_LENT}", self._lent)


_SESSION = """
    SELECT coalesce(pg_catalog.array_agg(name), '{}') AS names, coalesce(pg_catalog.array_agg(setting), '{}') AS settings
    FROM pg_catalog.pg_settings
    WHERE source OPERATOR(pg_catalog.=) 'session' AND name OPERATOR(pg_catalog.!~~) 'transaction%'
"""
_LENT = """
    ROWS FROM (pg_catalog.unnest(CAST(:names AS pg_catalog.text[])), pg_catalog.unnest(CAST(:settings AS pg_catalog.text[])))
    AS lent (name, setting)"""


async def is_pooled(driver: Any, process: int | None = None) -> bool:
    """Whether a pooler answers instead of the server: the process number it reports differs from the server's, `process`."""
    ours = driver.get_server_pid()
    pooled = not await _is_process(driver, ours) if process is None else process != ours
    if pooled:
        _leave_jit(driver)
    return pooled


async def _is_process(driver: Any, number: int) -> bool:
    # This is a single message that prepares no statement. The status that it returns holds the number of rows.
    try:
        query = f"SELECT 1 WHERE pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) {number:d}"
        return bool(await driver.execute(query) == "SELECT 1")
    except FAILURES as error:
        raise translated(error) from error


def _leave_jit(driver: Any) -> None:
    """Keep the driver from turning jit off for its own queries about types. It might turn jit on again on another server."""
    driver._server_caps = driver._server_caps._replace(jit=False)


class PostgresqlApplicationConnection(PostgresqlConnection, ApplicationConnection):
    """A connection that an application borrows."""

    # Whether the list of statements that the driver has prepared may have changed.
    _prepared = False
    # The connections of the same pool, including this one.
    siblings: WeakSet[PostgresqlApplicationConnection]

    @property
    def usable(self) -> bool:
        return not self.driver.is_closed()

    def changes_session(self, sql: str) -> bool:
        rules = self.dialect.lexer_rules(portable=True, database=self.database)
        self._prepared = self._prepared or leading_words(sql, rules, 1)[:1] in _PREPARING
        # Even a statement that only reads may call any function: through a view, an operator, a cast, a policy, or a column.
        return True

    async def refresh(self) -> None:
        if self._prepared:
            await self.close()
            return
        await self.send(_RESET)

    async def run(self, sql: str) -> None:
        _check_copies(sql)
        await super().run(sql)

    async def send(self, statements: Sequence[str]) -> int:
        for sql in statements:
            _check_copies(sql)
        return await super().send(statements)

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        async with self._ended_on_cancel():
            return await super().execute(sql, parameters)

    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        async with self._ended_on_cancel():
            await super().execute_many(sql, rows)

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        async with self._ended_on_cancel():
            return await super().fetch_all(sql, parameters)

    @asynccontextmanager
    async def _ended_on_cancel(self) -> AsyncIterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            await asyncio.shield(self._see_it_end())
            raise
        except DatabaseError as error:
            if isinstance(error.__cause__, asyncpg.InvalidCachedStatementError):
                # The schema has changed. Prevent other transactions of this pool from failing because of it.
                for own in self.siblings:
                    own.driver._drop_local_statement_cache()
            raise


def _check_copies(text: str) -> None:
    """Raise ConfigurationError if a statement of the text would copy from or to the client."""
    if "copy" in text.lower():
        from whimbrel.parsing.splitter import split  # few texts contain the word

        # The server accepts several statements in one text, without data between them.
        for statement in split(text, POSTGRESQL._replace(psql_scripts=False)):
            check_copy(statement.text)


# DISCARD ALL without DEALLOCATE ALL: the driver keeps using the statements that it has prepared.
# https://www.postgresql.org/docs/current/sql-discard.html
_RESET = (
    *("CLOSE ALL", "SET SESSION AUTHORIZATION DEFAULT", "RESET ALL", "UNLISTEN *", "SELECT pg_catalog.pg_advisory_unlock_all()"),
    *("DISCARD TEMP", "DISCARD SEQUENCES"),
)
_PREPARING = (("PREPARE",), ("DEALLOCATE",), ("DISCARD",), ("LOAD",), ())


class PooledApplicationConnection(PostgresqlApplicationConnection):
    """An application's connection through a pooler in transaction mode, which gives its session to other clients meanwhile."""

    def changes_session(self, sql: str) -> bool:
        return False

    async def refresh(self) -> None:
        """Do nothing: a reset would reach another client's session."""


class PooledSchemaConnection(PooledApplicationConnection):
    """An application's connection, through a pooler in transaction mode, to one schema.

    A search_path of the session would reach the pooler's other clients. So each transaction sets its own, and a statement outside
    of a transaction becomes one.
    """

    def __init__(self, dialect: Dialect, driver: Any, search_path: str) -> None:
        super().__init__(dialect, driver)
        self._enter = f"SET LOCAL search_path TO {search_path}"

    async def run(self, sql: str) -> None:
        if sql == self.dialect.begin:
            # Both are one message, so that no cancellation comes between them.
            sql = f"{sql}; {self._enter}"
        elif not self.driver.is_in_transaction():
            async with self.transaction():
                return await super().run(sql)
        return await super().run(sql)

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        async with self._inside():
            return await super().execute(sql, parameters)

    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        async with self._inside():
            await super().execute_many(sql, rows)

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        async with self._inside():
            return await super().fetch_all(sql, parameters)

    def _inside(self) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self.driver.is_in_transaction() else self.transaction()


class Opener:
    """Opens the connections of an application. The first one identifies, for all of them, the server and the search_path."""

    def __init__(self, dialect: Dialect, url: DatabaseUrl, schema: str) -> None:
        self._dialect = dialect
        self._url = url
        self._schema = schema
        self._search_path = ""
        self._pooled: bool | None = None
        self._opened: WeakSet[PostgresqlApplicationConnection] = WeakSet()

    async def open(self) -> ApplicationConnection:
        """Open one connection. Raises DatabaseUnreachable."""
        if self._pooled is None:
            await self._look()
        # RESET ALL returns to the settings given at the start of a session. Poolers refuse them.
        path = {"search_path": self._search_path} if self._search_path and not self._pooled else {}
        # Behind a pooler, no statement stays prepared: the next server does not know it.
        cache = {"statement_cache_size": 0} if self._pooled else {}
        driver = await open_driver(asyncpg.connect, self._url, {"timezone": "UTC", **path}, **cache)
        try:
            await (_prepare_behind_pooler if self._pooled else _set_codecs)(driver)
        except FAILURES as error:
            driver.terminate()
            raise translated(error) from error
        except BaseException:
            driver.terminate()
            raise
        opened = self._made(driver)
        opened.siblings = self._opened
        self._opened.add(opened)
        return opened

    async def _look(self) -> None:
        first = await reach(self._url)
        connection = PostgresqlConnection(self._dialect, first)
        try:
            pooled = await is_pooled(first)
            self._search_path = await self._find_path(connection, pooled=pooled)
            self._pooled = pooled
        finally:
            await connection.close()

    async def _find_path(self, connection: Connection, *, pooled: bool) -> str:
        if not self._schema:
            return await find_path(connection, pooled=pooled)
        connection.others = await find_others(connection)
        await self._dialect.narrow(connection)
        await check_columns(connection, self._schema)
        return ", ".join(map(self._dialect.quote, (self._schema, *connection.others)))

    def _made(self, driver: Any) -> PostgresqlApplicationConnection:
        if not self._pooled:
            return PostgresqlApplicationConnection(self._dialect, driver)
        if self._search_path:
            return PooledSchemaConnection(self._dialect, driver, self._search_path)
        return PooledApplicationConnection(self._dialect, driver)


async def _set_codecs(driver: Any) -> None:
    for name, (encoder, decoder) in CODECS.items():
        await driver.set_type_codec(name, schema="pg_catalog", format="tuple", encoder=encoder, decoder=decoder)


async def _prepare_behind_pooler(driver: Any) -> None:
    _leave_jit(driver)
    await _set_codecs(driver)
