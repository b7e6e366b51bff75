"""Pools of connections to PostgreSQL, and what is different behind a pooler in transaction mode."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from database.dialect import Connection, Dialect, Parameters, Row
from database.dialects.postgresql_connection import FAILURES, PostgresqlConnection, open_driver, reach, translated
from database.url import DatabaseUrl

__all__ = ["PooledConnection", "PostgresqlPool", "is_pooled", "open_pool"]

_CLOSE_SECONDS = 10


class PooledConnection(PostgresqlConnection):
    """A connection through a pooler in transaction mode, where the lock belongs to the transaction."""

    lock_key: int | None = None
    begins_at_once = False

    def __init__(self, dialect: Dialect, driver: Any, address: DatabaseUrl | None = None) -> None:
        super().__init__(dialect, driver, address)
        # What the session of the server had set when it was lent to us.
        self._lent: Parameters = {"names": [], "settings": []}

    async def try_begin(self) -> bool:
        await self.run(self.dialect.begin)
        if self.lock_key is None or await self.fetch_value("SELECT pg_try_advisory_xact_lock(:key)", {"key": self.lock_key}):
            self._lent = await self.fetch_one(_SESSION) or self._lent
            return True
        await self.roll_back()
        return False

    async def give_back(self) -> None:
        """After RESET ALL: let the server's session have its settings again when the transaction has ended, and not before.

        They are the pooler's, for all of its clients: https://www.pgbouncer.org/config.html#connect_query.
        """
        await self.fetch_all(f"SELECT set_config(name, setting, false) FROM {_LENT}", self._lent)
        await self.fetch_all(f"SELECT set_config(name, NULL, true) FROM {_LENT}", self._lent)


_SESSION = """
    SELECT coalesce(array_agg(name), '{}') AS names, coalesce(array_agg(setting), '{}') AS settings
    FROM pg_settings WHERE source = 'session' AND name NOT LIKE 'transaction%'
"""
_LENT = "unnest(:names::text[], :settings::text[]) AS lent (name, setting)"


async def is_pooled(driver: Any) -> bool:
    """Whether a pooler answers instead of the server: it tells a process number of its own."""
    # One message, without preparing anything: what it returns is the number of rows.
    try:
        pooled = bool(await driver.execute(f"SELECT 1 WHERE pg_backend_pid() = {driver.get_server_pid():d}") == "SELECT 0")
    except FAILURES as error:
        raise translated(error) from error
    if pooled:
        _leave_jit(driver)
    return pooled


def _leave_jit(driver: Any) -> None:
    """Keep asyncpg from turning jit off for its own questions about types: on again it might turn it on another server."""
    driver._server_caps = driver._server_caps._replace(jit=False)


class PooledSchemaConnection(PostgresqlConnection):
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

    async def execute_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        async with self._inside():
            await super().execute_many(sql, rows)

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        async with self._inside():
            return await super().fetch_all(sql, parameters)

    def _inside(self) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self.driver.is_in_transaction() else self.transaction()


class PostgresqlPool:
    def __init__(self, dialect: Dialect, pool: Any, search_path: str = "") -> None:
        self._dialect = dialect
        self._pool = pool
        # Given only where it cannot belong to the session.
        self._search_path = search_path

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as driver:
            yield (
                PooledSchemaConnection(self._dialect, driver, self._search_path)
                if self._search_path
                else PostgresqlConnection(self._dialect, driver)
            )

    async def close(self) -> None:
        await self._pool.close()


async def open_pool(dialect: Dialect, url: DatabaseUrl, size: int, search_path: str = "") -> PostgresqlPool:
    """Open the pool of an application. Behind a pooler no statement is kept prepared: the next server does not know of it."""
    first = await reach(url)
    pooled = await is_pooled(first)
    await first.close(timeout=_CLOSE_SECONDS)
    behind: dict[str, Any] = {"statement_cache_size": 0, "reset": _reset_nothing} if pooled else {}
    init = _prepare_behind_pooler if pooled else _set_codecs
    # What is set at the start of a session is what RESET ALL goes back to; poolers refuse it.
    path = {"search_path": search_path} if search_path and not pooled else {}
    pool = await open_driver(asyncpg.create_pool, url, path, min_size=1, max_size=size, init=init, **behind)
    return PostgresqlPool(dialect, pool, search_path if pooled else "")


async def _set_codecs(driver: Any) -> None:
    """TIMESTAMP columns hold UTC and are aware on our side; asyncpg by itself refuses aware values for them."""
    await driver.set_type_codec("timestamp", schema="pg_catalog", format="tuple", encoder=_encode, decoder=_decode)


async def _prepare_behind_pooler(driver: Any) -> None:
    _leave_jit(driver)
    await _set_codecs(driver)


async def _reset_nothing(driver: Any) -> None:
    """Nothing: what asyncpg resets belongs to a session, which here is lent to others by now."""


# Binary timestamps count microseconds from here: https://magicstack.github.io/asyncpg/current/api/index.html
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def _encode(value: datetime) -> tuple[int]:
    return ((value - _EPOCH) // timedelta(microseconds=1),)


def _decode(value: tuple[int]) -> datetime:
    return _EPOCH + timedelta(microseconds=value[0])
