"""PostgreSQL, through asyncpg."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from database.dialect import Connection, Dialect, Parameters, Row
from database.errors import ConfigurationError, ConnectionLost, DatabaseBusy, DatabaseError, DatabaseUnreachable
from database.lexis import POSTGRESQL, Lexis, tokens, unquoted
from database.parameters import Template
from database.statements import Statement
from database.url import DatabaseUrl

__all__ = ["DIALECT"]

_CONNECT_SECONDS = 10
_LOCK_NOT_AVAILABLE = "55P03"


class PostgresqlConnection(Connection):
    """An asyncpg connection."""

    database = "postgresql"

    def __init__(self, driver: Any) -> None:
        self.dialect = DIALECT
        self._driver = driver

    async def run(self, sql: str) -> None:
        try:
            await self._driver.execute(sql)
        except _FAILURES as error:
            raise _translated(error) from error

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
            await self._driver.close(timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            self._driver.terminate()


class _Pool:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as driver:
            yield PostgresqlConnection(driver)

    async def close(self) -> None:
        await self._pool.close()


class Postgresql(Dialect):
    """The facts about PostgreSQL."""

    name = "postgresql"
    ddl_in_transactions = True
    # Read committed, so that what is read under the lock is what the last holder wrote, whatever the role's default.
    begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    timestamp_type = "TIMESTAMPTZ"
    now = "clock_timestamp()"

    async def connect(self, url: DatabaseUrl, *, question: bool = False) -> Connection:
        # No statement cache: the schema changes under our hands. See https://github.com/MagicStack/asyncpg/issues/458.
        return PostgresqlConnection(await _reach(url, statement_cache_size=0))

    async def open_pool(self, url: DatabaseUrl, size: int) -> _Pool:
        return _Pool(await _reach(url, pool_size=size))

    def lexis(self, *, portable: bool) -> Lexis:
        return POSTGRESQL

    def render(self, template: Template) -> str:
        return template.render(lambda index: f"${index}")

    async def find_schema(self, connection: Connection, wanted: str) -> str:
        if wanted and not await connection.fetch_value("SELECT 1 FROM pg_namespace WHERE nspname = :name", {"name": wanted}):
            raise ConfigurationError(f"there is no schema {wanted}; as a user who may, run: CREATE SCHEMA {self.quote(wanted)}")
        schema = wanted or await connection.fetch_value("SELECT current_schema()")
        if schema is None:
            raise ConfigurationError("no schema of this role's search_path exists; create one, or name one with --schema")
        return str(schema)

    async def enter(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None = None) -> None:
        settings = ["RESET SESSION AUTHORIZATION", "RESET ALL", f"SET search_path TO {self.quote(schema)}"]
        if portable:
            settings += ["SET TimeZone TO 'UTC'", "SET standard_conforming_strings TO on"]
        if lock_timeout is not None:
            settings.append(f"SET lock_timeout TO {round(lock_timeout * 1000)}")
        await connection.run("; ".join(settings))

    async def check_writable(self, connection: Connection) -> None:
        if await connection.fetch_value("SELECT pg_is_in_recovery()"):
            raise ConfigurationError("the server is a standby, which takes no changes; give the primary's address")

    def is_missing_table(self, error: DatabaseError) -> bool:
        return error.code in ("42P01", "3F000")

    def is_denied(self, error: DatabaseError) -> bool:
        return error.code == "42501"

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        # Never the blocking form: who waits in it holds a snapshot, and CREATE INDEX CONCURRENTLY of the holder then waits for
        # us while we wait for it. See https://github.com/flyway/flyway/issues/1654.
        return await connection.fetch_value("SELECT pg_try_advisory_lock(:key)", {"key": _key(schema)}) is True

    async def unlock(self, connection: Connection, schema: str) -> None:
        if await connection.fetch_value("SELECT pg_advisory_unlock(:key)", {"key": _key(schema)}) is not True:
            raise DatabaseError("the migration lock was lost before it was given back")

    async def owns_lock(self, connection: Connection, schema: str) -> bool:
        return bool(await connection.fetch_value(f"{_HOLDERS} AND l.pid = pg_backend_pid()", _halves(schema)))

    async def lock_holder(self, connection: Connection, schema: str) -> str:
        row = await connection.fetch_one(_HOLDERS, _halves(schema))
        if row is None:
            return "nobody any more"
        return f"process {row['pid']} of {row['client']} ({row['application']}), connected since {row['since']}"

    def needs_autocommit(self, words: Sequence[str]) -> bool:
        # https://www.postgresql.org/docs/current/sql-createindex.html and the pages of the other statements.
        first, second = (*words, "", "")[:2]
        if first in ("VACUUM", "CHECKPOINT"):
            return True
        if first in ("CREATE", "DROP") and second in ("DATABASE", "TABLESPACE", "SUBSCRIPTION"):
            return True
        if first == "REINDEX":
            return "CONCURRENTLY" in words or second in ("DATABASE", "SYSTEM", "SCHEMA")
        if (first, second) in (("ALTER", "SYSTEM"), ("DISCARD", "ALL")):
            return True
        index = words[1:4] if second == "UNIQUE" else words[1:3]
        if first in ("CREATE", "DROP") and tuple(index[-2:]) == ("INDEX", "CONCURRENTLY"):
            return True
        return (first, second) == ("ALTER", "TABLE") and "DETACH" in words and "CONCURRENTLY" in words

    async def carry_out(self, connection: Connection, statement: Statement) -> bool:
        """COPY ... FROM stdin: the driver would wait for data for ever."""
        if statement.copy_data is None:
            return False
        assert isinstance(connection, PostgresqlConnection), "a dialect is given its own connections"
        await connection.copy(statement)
        return True

    def shares_transaction(self, words: Sequence[str]) -> bool:
        return not self.needs_autocommit(words) and words[:1] != ("CALL",)

    def sets_session(self, words: Sequence[str]) -> bool:
        return words[:1] in (("SET",), ("RESET",))


# A 64-bit key is shown as two halves: https://www.postgresql.org/docs/current/view-pg-locks.html
_HOLDERS = """
    SELECT l.pid, coalesce(host(a.client_addr), 'this machine') AS client, a.application_name AS application,
           a.backend_start AS since
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid::bigint = :high AND l.objid::bigint = :low
"""


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


def _key(schema: str) -> int:
    return int.from_bytes(hashlib.sha256(f"whimbrel:{schema}".encode()).digest()[:8], "big", signed=True)


def _halves(schema: str) -> dict[str, object]:
    unsigned = _key(schema) % 2**64
    return {"high": unsigned >> 32, "low": unsigned % 2**32}


async def _reach(url: DatabaseUrl, *, pool_size: int = 0, statement_cache_size: int = 100) -> Any:
    """Connect, once or with a pool. What goes wrong is raised anew, so that no frame with the password is told of it."""
    open_: Any = _open_pool if pool_size else asyncpg.connect
    sizes = {"min_size": 1, "max_size": pool_size} if pool_size else {}
    try:
        return await open_(
            host=url.socket or url.host,
            port=url.port or 5432,
            user=url.user or None,
            password=url.password.reveal() if url.password else None,
            database=url.database,
            ssl=url.ssl_context() or ("prefer" if url.ssl_mode == "prefer" else False),
            timeout=_CONNECT_SECONDS,
            statement_cache_size=statement_cache_size,
            server_settings={"application_name": "whimbrel", "timezone": "UTC"},
            **sizes,
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        told = str(error) or f"no answer within {_CONNECT_SECONDS} s"
    raise DatabaseUnreachable(url.unreachable(told))


async def _open_pool(**settings: Any) -> Any:
    return await asyncpg.create_pool(init=_set_codecs, **settings)


async def _set_codecs(driver: Any) -> None:
    """TIMESTAMP columns hold UTC and are aware on our side; asyncpg by itself refuses aware values for them."""
    await driver.set_type_codec("timestamp", schema="pg_catalog", format="tuple", encoder=_encode, decoder=_decode)


# Binary timestamps count microseconds from here: https://magicstack.github.io/asyncpg/current/api/index.html
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def _encode(value: datetime) -> tuple[int]:
    return ((value - _EPOCH) // timedelta(microseconds=1),)


def _decode(value: tuple[int]) -> datetime:
    return _EPOCH + timedelta(microseconds=value[0])


_FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


def _translated(error: BaseException) -> DatabaseError:
    code = getattr(error, "sqlstate", None) or ""
    if not isinstance(error, asyncpg.PostgresError) or code.startswith(("08", "57P")):
        known = isinstance(error, asyncpg.DataError | asyncpg.InterfaceError) and "closed" not in str(error)
        return DatabaseError(str(error)) if known else ConnectionLost(str(error) or type(error).__name__, code=code)
    told = [str(getattr(error, "message", None) or error)]
    told += [f"{name}: {text}" for name in ("detail", "hint") if (text := getattr(error, name, None))]
    position = getattr(error, "position", None)
    kind = DatabaseBusy if code == _LOCK_NOT_AVAILABLE else DatabaseError
    return kind("; ".join(told), code=code, offset=int(position) - 1 if position else None)


DIALECT = Postgresql()
