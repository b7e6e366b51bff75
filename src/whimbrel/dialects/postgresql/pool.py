"""Pools of connections to PostgreSQL, and what is different behind a pooler in transaction mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any
from weakref import WeakSet

import asyncpg

from whimbrel.dialects.base import ApplicationConnection, Dialect, Parameters, Row
from whimbrel.dialects.postgresql.connection import FAILURES, PostgresqlConnection, check_copy, open_driver, reach, translated
from whimbrel.dialects.postgresql.path import find_path
from whimbrel.dialects.postgresql.values import CODECS
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
        # What the session of the server had set when it was lent to us.
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
        """After RESET ALL: let the server's session have its settings again when the transaction has ended, and not before.

        They are the pooler's, for all of its clients: https://www.pgbouncer.org/config.html#connect_query.
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


async def is_pooled(driver: Any) -> bool:
    """Whether a pooler answers instead of the server: it tells a process number of its own."""
    # One message, without preparing anything: what it returns is the number of rows.
    try:
        ours = f"pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) {driver.get_server_pid():d}"
        pooled = bool(await driver.execute(f"SELECT 1 WHERE {ours}") == "SELECT 0")
    except FAILURES as error:
        raise translated(error) from error
    if pooled:
        _leave_jit(driver)
    return pooled


def _leave_jit(driver: Any) -> None:
    """Keep the driver from turning jit off for its own questions about types: on again it might turn it on another server."""
    driver._server_caps = driver._server_caps._replace(jit=False)


class PostgresqlApplicationConnection(PostgresqlConnection, ApplicationConnection):
    """A connection that an application borrows."""

    # Whether statements were prepared, or forgotten, that the driver keeps a list of.
    _prepared = False
    # The connections of the same pool, this one among them.
    siblings: WeakSet[PostgresqlApplicationConnection]

    @property
    def usable(self) -> bool:
        return not self.driver.is_closed()

    def changes_session(self, sql: str) -> bool:
        rules = self.dialect.lexer_rules(portable=True, database=self.database)
        self._prepared = self._prepared or leading_words(sql, rules, 1)[:1] in _PREPARING
        # Also what only reads may call anything here: by a view, an operator, a cast, a policy, or a column that is a function.
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
                # The schema has changed: no other transaction of this pool is to fail for it.
                for own in self.siblings:
                    own.driver._drop_local_statement_cache()
            raise


def _check_copies(text: str) -> None:
    """Raise ConfigurationError if one of the statements of a text would copy from or to the client."""
    if "copy" in text.lower():
        from whimbrel.parsing.splitter import split  # few texts have the word

        # The server takes several statements in one text, and no data between them.
        for statement in split(text, POSTGRESQL._replace(psql_scripts=False)):
            check_copy(statement.text)


# DISCARD ALL without DEALLOCATE ALL: the driver goes on using what it has prepared.
# https://www.postgresql.org/docs/current/sql-discard.html
_RESET = (
    *("CLOSE ALL", "SET SESSION AUTHORIZATION DEFAULT", "RESET ALL", "UNLISTEN *", "SELECT pg_catalog.pg_advisory_unlock_all()"),
    *("DISCARD TEMP", "DISCARD SEQUENCES"),
)
_PREPARING = (("PREPARE",), ("DEALLOCATE",), ("DISCARD",), ("LOAD",), ())


class PooledApplicationConnection(PostgresqlApplicationConnection):
    """A connection of an application through a pooler in transaction mode: its session is another client's by now."""

    def changes_session(self, sql: str) -> bool:
        return False

    async def refresh(self) -> None:
        """Nothing: a reset would be another client's."""


class PooledSchemaConnection(PooledApplicationConnection):
    """A connection of an application, through a pooler in transaction mode, to one schema.

    A search_path of the session would be met by the pooler's other clients, so that each transaction has its own, and what is
    sent outside of one becomes one.
    """

    def __init__(self, dialect: Dialect, driver: Any, search_path: str) -> None:
        super().__init__(dialect, driver)
        self._enter = f"SET LOCAL search_path TO {search_path}"

    async def run(self, sql: str) -> None:
        if sql == self.dialect.begin:
            # One message, so that no cancellation comes between the two.
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
    """Opens the connections of an application. The first one finds out, for the rest too, who answers and where names lead."""

    def __init__(self, dialect: Dialect, url: DatabaseUrl, search_path: str) -> None:
        self._dialect = dialect
        self._url = url
        self._search_path = search_path
        self._pooled: bool | None = None
        self._opened: WeakSet[PostgresqlApplicationConnection] = WeakSet()

    async def open(self) -> ApplicationConnection:
        """Open one connection. Raises DatabaseUnreachable."""
        if self._pooled is None:
            await self._look()
        # What is set at the start of a session is what RESET ALL goes back to; poolers refuse it.
        path = {"search_path": self._search_path} if self._search_path and not self._pooled else {}
        # Behind a pooler no statement is kept prepared: the next server does not know of it.
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
            self._search_path = self._search_path or await find_path(connection, pooled=pooled)
            self._pooled = pooled
        finally:
            await connection.close()

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
