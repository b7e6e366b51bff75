"""SQLite, through aiosqlite."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote as quote_path

import aiosqlite

from database.conditional import read_conditional
from database.dialect import Connection, Dialect, Parameters, Row
from database.errors import ConfigurationError, DatabaseBusy, DatabaseError, DatabaseUnreachable
from database.lexis import SQLITE, Lexis
from database.parameters import Template
from database.statements import Statement
from database.url import DatabaseUrl

__all__ = ["DIALECT"]

# How long a statement waits for other connections to the file, asked again and again in the steps of the second figure: SQLite
# does not call its own busy handler everywhere, and a thread that sleeps in it cannot be cancelled.
_PATIENCE_SECONDS = 30.0
_STEP_SECONDS = 0.05


class SqliteConnection(Connection):
    """An aiosqlite connection: one thread, one statement after the other."""

    database = "sqlite"

    def __init__(self, driver: aiosqlite.Connection) -> None:
        self.dialect = DIALECT
        self._driver = driver

    async def run(self, sql: str) -> None:
        await self._send(sql, [])

    async def try_begin(self) -> bool:
        try:
            await self._send_once(self.dialect.begin, [])
        except DatabaseBusy:
            return False
        return True

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        count, _ = await self._send(*self.bind(sql, parameters))
        return count

    async def execute_many(self, sql: str, rows: Sequence[Parameters]) -> None:
        for row in rows:
            await self.execute(sql, row)

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        _, rows = await self._send(*self.bind(sql, parameters))
        return rows

    async def close(self) -> None:
        await self._driver.close()

    async def _send(self, sql: str, values: Sequence[object]) -> tuple[int, list[Row]]:
        deadline = monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await self._send_once(sql, values)
            except DatabaseBusy:
                if monotonic() > deadline:
                    raise
            await asyncio.sleep(_STEP_SECONDS)

    async def _send_once(self, sql: str, values: Sequence[object]) -> tuple[int, list[Row]]:
        try:
            async with self._driver.execute(sql, [_written(value) for value in values]) as cursor:
                names = [column[0] for column in cursor.description or ()]
                rows = [dict(zip(names, row, strict=True)) for row in await cursor.fetchall()]
                return max(cursor.rowcount, 0), rows
        except asyncio.CancelledError:
            # The thread would go on, and the write would land.
            await asyncio.shield(self._driver.interrupt())
            raise
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
            raise _translated(error, sql) from error


class _Pool:
    """A few connections to one file, opened when they are first needed; one alone where the database is in memory."""

    def __init__(self, url: DatabaseUrl, size: int) -> None:
        self._url = url
        self._idle: asyncio.LifoQueue[SqliteConnection | None] = asyncio.LifoQueue()
        for _ in range(1 if url.in_memory else size):
            self._idle.put_nowait(None)
        self._open: list[SqliteConnection] = []

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        connection = await self._idle.get()
        try:
            if connection is None:
                connection = SqliteConnection(await _reach(self._url))
                self._open.append(connection)
                await connection.run("PRAGMA foreign_keys=ON")
            yield connection
        finally:
            self._idle.put_nowait(connection)

    async def close(self) -> None:
        for connection in self._open:
            await connection.close()
        self._open.clear()


class Sqlite(Dialect):
    """The facts about SQLite."""

    name = "sqlite"
    ddl_in_transactions = True
    # Reading first and writing later fails at once if another process wrote in between, whatever the time-out:
    # https://sqlite.org/rescode.html#busy_snapshot
    begin = "BEGIN IMMEDIATE"
    timestamp_type = "TIMESTAMP"
    now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"

    async def connect(self, url: DatabaseUrl, *, question: bool = False) -> Connection:
        # To open a file that is missing makes it; until then it is as an empty database is.
        missing = question and not Path(url.database).exists() and Path(url.database).absolute().parent.is_dir()
        return SqliteConnection(await _reach(replace(url, database=":memory:") if missing else url))

    async def open_pool(self, url: DatabaseUrl, size: int) -> _Pool:
        pool = _Pool(url, size)
        async with pool.acquire():
            pass
        return pool

    def lexis(self, *, portable: bool) -> Lexis:
        return SQLITE

    def render(self, template: Template) -> str:
        return template.render(lambda _: "?")

    async def find_schema(self, connection: Connection, wanted: str) -> str:
        if wanted not in ("", "main"):
            raise ConfigurationError(f"there is no schema {wanted}: SQLite has none; a tenant is a file of its own")
        try:
            await connection.run("PRAGMA schema_version")
        except DatabaseError as error:
            if error.code == "SQLITE_NOTADB":
                raise DatabaseUnreachable("the address names a file that is no SQLite database") from error
            raise
        return "main"

    async def enter(self, connection: Connection, schema: str, *, portable: bool, lock_timeout: float | None = None) -> None:
        # Without effect inside a transaction, where it is not needed either: https://sqlite.org/pragma.html#pragma_foreign_keys
        await connection.run(f"PRAGMA foreign_keys={'ON' if portable else 'OFF'}")

    def is_missing_table(self, error: DatabaseError) -> bool:
        return error.message.startswith("no such table")

    def is_denied(self, error: DatabaseError) -> bool:
        return error.code.startswith("SQLITE_READONLY")

    # BEGIN IMMEDIATE is the lock, taken and given back with each transaction; see the session.

    async def try_lock(self, connection: Connection, schema: str) -> bool:
        return True

    async def unlock(self, connection: Connection, schema: str) -> None:
        """Nothing: the end of the transaction gave the lock back."""

    async def owns_lock(self, connection: Connection, schema: str) -> bool:
        return True

    async def lock_holder(self, connection: Connection, schema: str) -> str:
        return "another connection that writes to the file"

    @asynccontextmanager
    async def lock_kept(self, connection: Connection) -> AsyncIterator[None]:
        # The next write transaction then keeps the file locked when it ends: https://sqlite.org/pragma.html#pragma_locking_mode
        await connection.fetch_all("PRAGMA main.locking_mode=EXCLUSIVE")
        yield
        # The lock is let go with the next access to the file. After an exception the connection is closed, which does the same.
        await connection.fetch_all("PRAGMA main.locking_mode=NORMAL")
        await connection.fetch_all("SELECT count(*) FROM sqlite_master")

    def needs_autocommit(self, words: Sequence[str]) -> bool:
        # https://sqlite.org/lang_vacuum.html, https://sqlite.org/lang_attach.html and https://sqlite.org/pragma.html
        if words[:1] in (("VACUUM",), ("ATTACH",), ("DETACH",)):
            return True
        silent = ("FOREIGN_KEYS", "JOURNAL_MODE", "SYNCHRONOUS")
        return words[:1] == ("PRAGMA",) and any(name in words for name in silent)

    def shares_transaction(self, words: Sequence[str]) -> bool:
        return not self.needs_autocommit(words)

    def sets_session(self, words: Sequence[str]) -> bool:
        return words[:1] in (("PRAGMA",), ("ATTACH",))

    async def carry_out(self, connection: Connection, statement: Statement) -> bool:
        """SQLite has no IF [NOT] EXISTS for columns: https://sqlite.org/lang_altertable.html."""
        conditional = read_conditional(statement.text, SQLITE)
        if conditional is None or conditional.kind != "column":
            return False
        rows = await connection.fetch_all("SELECT name FROM pragma_table_info(:table)", {"table": conditional.table})
        if (conditional.name.lower() in {row["name"].lower() for row in rows}) != conditional.wanted:
            await connection.run(conditional.text)
        return True


async def _reach(url: DatabaseUrl) -> aiosqlite.Connection:
    target = ":memory:" if url.in_memory else f"file:{quote_path(str(Path(url.database).absolute()))}"
    mode = "" if url.in_memory or "mode" not in url.options else f"?mode={url.options['mode']}"
    settings: dict[str, Any] = {
        "uri": True,
        # The driver's own transactions would commit behind our back: https://docs.python.org/3/library/sqlite3.html
        "isolation_level": None,
        "detect_types": sqlite3.PARSE_DECLTYPES,
        "timeout": _STEP_SECONDS,
    }
    try:
        # aiosqlite leaves a thread behind that outlives the event loop when it cannot open the file; so open it once before.
        sqlite3.connect(target + mode, **settings).close()
        return await aiosqlite.connect(target + mode, **settings)
    except sqlite3.Error as error:
        told = str(error)
    raise DatabaseUnreachable(f"{url} cannot be opened: {told}")


def _written(value: object) -> Any:
    # Of one length in UTC, so that texts compare as the times do.
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", timespec="microseconds")
    return value


def _read_timestamp(value: bytes) -> datetime:
    read = datetime.fromisoformat(value.decode())
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


# Python looks converters up by declared type for the whole process; connections without PARSE_DECLTYPES never ask.
sqlite3.register_converter("TIMESTAMP", _read_timestamp)
sqlite3.register_converter("BOOLEAN", lambda value: bool(int(value)))

_NAMED = re.compile(
    r"near \"(?P<near>[^\"]*)\"|no such (?:table|column|index|function): (?P<missing>\S+)|no column named (?P<column>\S+)"
)


def _translated(error: BaseException, sql: str) -> DatabaseError:
    code = getattr(error, "sqlite_errorname", "") or ""
    kind = DatabaseBusy if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) else DatabaseError
    return kind(str(error), code=code, offset=_offset(str(error), sql))


def _offset(message: str, sql: str) -> int | None:
    """Find the word that the message names; the library tells no place."""
    if told := _NAMED.search(message):
        name = (told["near"] or told["missing"] or told["column"] or "").rpartition(".")[2]
        found = sql.find(name) if name else -1
        return found if found >= 0 else None
    return len(sql) if "incomplete input" in message else None


DIALECT = Sqlite()
