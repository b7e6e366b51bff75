"""Connections to PostgreSQL through asyncpg: values, rows, and what its errors say."""

from __future__ import annotations

import io
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from database.dialect import Connection, Dialect, Parameters, Row
from database.errors import ConnectionLost, ConstraintViolated, DatabaseBusy, DatabaseError, DatabaseUnreachable
from database.lexis import POSTGRESQL, tokens, unquoted
from database.places import find_defined, find_listed, find_spots
from database.statements import Statement
from database.url import DatabaseUrl

__all__ = ["PooledConnection", "PostgresqlConnection", "PostgresqlPool", "is_pooled", "open_pool", "reach"]

_CONNECT_SECONDS = 10
# A server that does not answer is left after the wait for its rollback and this: within the five seconds of a cancellation.
_CLOSE_SECONDS = 1
# lock_timeout, and a deadlock that the server has ended.
_BUSY = ("55P03", "40P01")
# https://www.postgresql.org/docs/current/errcodes-appendix.html, class 23
_CONSTRAINTS = {"23502": "not_null", "23503": "foreign_key", "23001": "foreign_key", "23505": "unique", "23514": "check"}


class PostgresqlConnection(Connection):
    """An asyncpg connection."""

    database = "postgresql"

    def __init__(self, dialect: Dialect, driver: Any) -> None:
        self.dialect = dialect
        self._driver = driver

    @property
    def in_transaction(self) -> bool:
        return bool(self._driver.is_in_transaction())

    async def run(self, sql: str) -> None:
        try:
            status = await self._driver.execute(sql)
        except _FAILURES as error:
            translated = _translated(error)
            translated.offset = _find_offset(translated, sql)
            raise translated from error
        # A transaction in which a statement failed is ended so, without an error:
        # https://www.postgresql.org/docs/current/sql-commit.html
        if status == "ROLLBACK" and sql == "COMMIT":
            raise DatabaseError("nothing was committed: a statement of the transaction had failed before")

    async def copy(self, statement: Statement) -> None:
        """Run COPY ... FROM stdin with the data that follows it in the script."""
        schema, table, columns = _copy_target(statement)
        data = io.BytesIO((statement.copy_data or "").encode())
        try:
            await self._driver.copy_to_table(table, schema_name=schema, columns=columns, source=data)
        except _FAILURES as error:
            raise _translated(error) from error

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        text, values = self.bind(sql, parameters)
        try:
            status: str = await self._driver.execute(text, *values)
        except _FAILURES as error:
            raise _translated(error) from error
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        bound = [self.bind(sql, row) for row in rows]
        try:
            await self._driver.executemany(bound[0][0], [values for _, values in bound])
        except _FAILURES as error:
            raise _translated(error) from error

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        text, values = self.bind(sql, parameters)
        try:
            return [dict(record) for record in await self._driver.fetch(text, *values)]
        except _FAILURES as error:
            raise _translated(error) from error

    async def close(self) -> None:
        try:
            await self._driver.close(timeout=_CLOSE_SECONDS)
        except (TimeoutError, *_FAILURES):
            self._driver.terminate()


class PooledConnection(PostgresqlConnection):
    """A connection through a pooler in transaction mode, where the lock belongs to the transaction."""

    lock_key: int | None = None

    def __init__(self, dialect: Dialect, driver: Any) -> None:
        super().__init__(dialect, driver)
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
    except _FAILURES as error:
        raise _translated(error) from error
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
        elif not self._driver.is_in_transaction():
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
        return nullcontext() if self._driver.is_in_transaction() else self.transaction()


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


def _copy_target(statement: Statement) -> tuple[str | None, str, list[str] | None]:
    """Read schema, table and columns of COPY as pg_dump writes it. Raises DatabaseError for options, which it never writes."""
    found = list(tokens(statement.text, POSTGRESQL))[1:]
    names: list[str] = []
    columns: list[str] = []
    into = names
    for index, token in enumerate(found):
        if token.upper == "FROM" and [one.upper for one in found[index:]] == ["FROM", "STDIN"]:
            return names[0] if len(names) > 1 else None, names[-1], columns or None
        if token.text == "(":
            into = columns
        elif token.kind in ("word", "name"):
            into.append(unquoted(token, fold=str.lower))
        elif token.text not in (",", ".", ")"):
            break
    raise DatabaseError("COPY ... FROM stdin with options cannot be run from a migration; write it as pg_dump does")


async def reach(url: DatabaseUrl) -> Any:
    """Open one connection. What goes wrong is raised anew, so that no frame with the password is told of it."""
    # No statement cache: the schema changes under our hands. See https://github.com/MagicStack/asyncpg/issues/458.
    return await _reach(asyncpg.connect, url, statement_cache_size=0)


async def open_pool(dialect: Dialect, url: DatabaseUrl, size: int, search_path: str = "") -> PostgresqlPool:
    """Open the pool of an application. Behind a pooler no statement is kept prepared: the next server does not know of it."""
    first = await reach(url)
    pooled = await is_pooled(first)
    await first.close(timeout=_CONNECT_SECONDS)
    behind: dict[str, Any] = {"statement_cache_size": 0, "reset": _reset_nothing} if pooled else {}
    init = _prepare_behind_pooler if pooled else _set_codecs
    # What is set at the start of a session is what RESET ALL goes back to; poolers refuse it.
    path = {"search_path": search_path} if search_path and not pooled else {}
    pool = await _reach(asyncpg.create_pool, url, path, min_size=1, max_size=size, init=init, **behind)
    return PostgresqlPool(dialect, pool, search_path if pooled else "")


async def _reach(open_: Any, url: DatabaseUrl, session: Mapping[str, str] | None = None, **settings: Any) -> Any:
    try:
        return await open_(
            host=url.socket or url.host,
            port=url.port or 5432,
            user=url.user or None,
            password=url.password.reveal() if url.password else None,
            database=url.database,
            ssl=url.ssl_context() or ("prefer" if url.ssl_mode == "prefer" else False),
            timeout=_CONNECT_SECONDS,
            server_settings={"application_name": "whimbrel", "timezone": "UTC", **(session or {})},
            **settings,
        )
    except (TimeoutError, ValueError, *_FAILURES) as error:
        told = str(error) or f"no answer within {_CONNECT_SECONDS} s"
    raise DatabaseUnreachable(url.unreachable(told))


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


# The last is what the driver raises after a farewell that the server sent between two statements ("terminating connection").
_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, asyncpg.InternalClientError)


def _translated(error: BaseException) -> DatabaseError:
    code = getattr(error, "sqlstate", None) or ""
    if not isinstance(error, asyncpg.PostgresError) or code.startswith(("08", "57P")):
        known = isinstance(error, asyncpg.DataError | asyncpg.InterfaceError) and "closed" not in str(error)
        return DatabaseError(str(error)) if known else ConnectionLost(str(error) or type(error).__name__, code=code)
    told = [str(getattr(error, "message", None) or error)]
    told += [f"{name}: {text}" for name in ("detail", "hint") if (text := getattr(error, name, None))]
    if code.startswith("23"):
        name = getattr(error, "column_name" if code == "23502" else "constraint_name", None) or ""
        return ConstraintViolated("; ".join(told), code=code, kind=_CONSTRAINTS.get(code, "other"), name=name)
    position = getattr(error, "position", None)
    kind = DatabaseBusy if code in _BUSY else DatabaseError
    return kind("; ".join(told), code=code, offset=int(position) - 1 if position else None)


_QUOTED = re.compile(r'"([^"]+)"')
_DUPLICATE_COLUMN, _UNDEFINED_COLUMN = "42701", "42703"


def _find_offset(error: DatabaseError, sql: str) -> int | None:
    """Find the place of an error: the server's, or that of a name in the message where it gives none."""
    # Of a column that a key names, the server tells only where the key begins.
    if error.offset is not None and (error.code != _UNDEFINED_COLUMN or "named in key" not in error.message):
        return error.offset
    for name in _QUOTED.findall(error.message.partition("; ")[0]):
        spots = [spot for spot in find_spots(sql, POSTGRESQL, name) if spot.start >= (error.offset or 0)]
        if spots and error.code == _DUPLICATE_COLUMN:
            return find_defined(spots).start
        if spots:
            return (find_listed(spots) if error.code == _UNDEFINED_COLUMN else spots[0]).start
    return error.offset
