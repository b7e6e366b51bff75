"""Connections to SQLite through aiosqlite: values, rows, and the meaning of its errors."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TypeVar
from urllib.parse import quote as quote_path

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL

from whimbrel.dialects.base import Connection, Dialect, Parameters, Row
from whimbrel.dialects.sqlite.errors import find_offset, translated
from whimbrel.dialects.sqlite.file import OpenedFile
from whimbrel.dialects.sqlite.values import register_converters
from whimbrel.errors import DatabaseBusy, DatabaseError, DatabaseUnreachable
from whimbrel.url import DatabaseUrl

__all__ = ["SqliteConnection", "reach"]

# The interval for retrying a statement on a locked file. SQLite does not use its own busy handler everywhere, and a thread that
# sleeps in it cannot be cancelled.
_STEP_SECONDS = 0.05
T = TypeVar("T")


class SqliteConnection(Connection):
    """An aiosqlite connection: one thread, which runs one statement at a time."""

    database = "sqlite"
    begins_at_once = False

    def __init__(self, dialect: Dialect, driver: Driver, url: DatabaseUrl | None = None) -> None:
        self.dialect = dialect
        self._driver = driver
        # With this address, the file can be reopened.
        self._url = url
        self.opened = None if url is None else OpenedFile.of(url)

    @property
    def is_current(self) -> bool:
        return self.opened is None or self.opened.is_current

    @property
    def in_transaction(self) -> bool:
        return self._driver.in_transaction

    async def run(self, sql: str) -> None:
        try:
            await self._send(sql, [])
        except DatabaseError as error:
            error.offset = await find_offset(error.message, sql, self._probe)
            raise

    async def _probe(self, sql: str) -> str:
        """Return SQLite's error message for a statement. EXPLAIN does not run it, see sqlite.org/lang_explain.html."""
        try:
            async with self._driver.execute(f"EXPLAIN {sql}"):
                return ""
        except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
            return str(error)

    async def send(self, statements: Sequence[str]) -> int:
        stopped, reached, self.hindrance = Event(), 0, None

        def run(driver: sqlite3.Connection) -> int:
            nonlocal reached
            with closing(driver.cursor()) as cursor:
                for statement in statements:
                    if stopped.is_set():
                        return 0
                    # Fetch all rows: each one may raise an error.
                    for _ in cursor.execute(statement):
                        pass
                    reached += 1
                return max(cursor.rowcount, 0)

        try:
            return await self._in_thread(run, stopped.set)
        except DatabaseError as error:
            error.reached = reached
            raise

    async def try_begin(self, begin: str = "") -> bool:
        try:
            await self._send_once(self.dialect.begin, [])
        except DatabaseBusy:
            return False
        return True

    async def execute(self, sql: str, parameters: Parameters | None = None) -> int:
        count, _ = await self._send(*self.bind(sql, parameters))
        return count

    async def fetch_all(self, sql: str, parameters: Parameters | None = None) -> list[Row]:
        _, rows = await self._send(*self.bind(sql, parameters))
        return rows

    async def fetch_together(
        self, queries: Sequence[str], before: Sequence[str] = (), after: Sequence[str] = ()
    ) -> list[list[Row]]:
        if before:
            await self.send(before)
        # No query has parameters, so none is read for them.
        answers = [(await self._send(query, []))[1] for query in queries]
        if after:
            await self.send(after)
        return answers

    async def execute_many(self, sql: str, rows: Iterable[Parameters]) -> None:
        for text, values in [self.bind(sql, row) for row in rows]:
            await self._send(text, values)

    def abort(self) -> None:
        # The connection's thread closes it, after interrupting the running statement.
        self._driver.leave()

    async def close(self) -> None:
        await self._driver.close()

    async def reopen(self) -> None:
        """Reopen the file to discard all session state. Call this outside of a transaction."""
        url = self._url
        if url is not None and not url.in_memory:
            # The connection is reopened in the same thread; the driver would end the thread and start another.
            def run(driver: sqlite3.Connection) -> None:
                opened = open_file(url)
                driver.close()
                self._driver._connection = opened

            await self._in_thread(run)
            self.opened = OpenedFile.of(url)

    async def _send(self, sql: str, values: Sequence[object]) -> tuple[int, list[Row]]:
        deadline, self.hindrance = monotonic() + self.patience, None
        while True:
            try:
                return await self._send_once(sql, values)
            except DatabaseBusy as error:
                if monotonic() > deadline:
                    raise
                self.hindrance = error
            await asyncio.sleep(_STEP_SECONDS)

    async def roll_back(self) -> None:
        # SQLite rolls back by itself when the disk is full, or after INSERT OR ROLLBACK.
        if self.in_transaction:
            await super().roll_back()

    async def _send_once(self, sql: str, values: Sequence[object]) -> tuple[int, list[Row]]:
        def run(driver: sqlite3.Connection) -> tuple[int, list[Row]]:
            with closing(driver.execute(sql, values)) as cursor:
                names = [column[0] for column in cursor.description or ()]
                rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
                return max(cursor.rowcount, 0), rows

        return await self._in_thread(run)

    async def _in_thread(self, run: Callable[[sqlite3.Connection], T], stop: Callable[[], None] = lambda: None) -> T:
        """Run a function in the connection's thread. The driver's own methods switch to that thread three times for one query."""
        driver = self._driver
        work = asyncio.ensure_future(driver._execute(lambda: run(driver._conn)))  # type: ignore[no-untyped-call]
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            # The thread would continue and write: interrupt it, and wait until its cursor is closed.
            stop()
            while not work.done():
                # Repeat the interrupt: one between two statements, or before the first, has no effect.
                await asyncio.shield(driver.interrupt())
                await asyncio.wait([work], timeout=_STEP_SECONDS)
            if not work.cancelled():
                work.exception()
            raise
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
            raise translated(error) from error


async def reach(url: DatabaseUrl) -> Driver:
    """Open the file. Without `mode=ro` in the address, create it if it is missing. Raises DatabaseUnreachable."""
    try:
        # The file is not opened in the driver's thread: if opening fails, that thread may outlive the event loop and report an
        # error.
        opened = open_file(url)
    except sqlite3.Error as error:
        from whimbrel.dialects.sqlite.temporary import is_temporary  # most runs never fail to open the file

        temporary = is_temporary(error.sqlite_errorname) and not Path(url.database).is_dir()
        refused = DatabaseUnreachable(f"{url} cannot be opened: {error}", temporary=temporary)
    else:
        return await _handed_over(opened)
    raise refused


def open_file(url: DatabaseUrl) -> sqlite3.Connection:
    """Open the file. Raises sqlite3.Error."""
    target = ":memory:" if url.in_memory else f"file:{quote_path(str(Path(url.database).absolute()))}"
    mode = "" if url.in_memory or "mode" not in url.options else f"?mode={url.options['mode']}"
    return sqlite3.connect(
        target + mode,
        uri=True,
        # The driver's implicit transactions would commit at unexpected points: https://docs.python.org/3/library/sqlite3.html
        isolation_level=None,
        detect_types=sqlite3.PARSE_DECLTYPES,
        timeout=_STEP_SECONDS,
        # Only the driver's thread uses it.
        check_same_thread=False,
    )


class Driver(aiosqlite.Connection):
    def __del__(self) -> None:
        """End the thread without a warning: a process may end with open connections."""
        self.leave()

    def leave(self) -> None:
        """Close the connection when its thread is free. Nothing waits for that, and the event loop may already be closed."""
        opened, self._connection, self._running = self._connection, None, False
        if opened is not None:
            opened.interrupt()
            self._tx.put_nowait((None, partial(_end, opened)))


def _end(opened: sqlite3.Connection) -> object:
    opened.close()
    return _STOP_RUNNING_SENTINEL


async def _handed_over(opened: sqlite3.Connection) -> Driver:
    """Give a connection to the driver's thread. Close it on cancellation, or the thread would outlive the event loop."""
    opening = Driver(lambda: opened, iter_chunk_size=64)
    # An unclosed connection must not block the end of the process, which joins all other threads.
    opening._thread.daemon = True

    async def wait() -> Driver:
        await opening
        return opening

    work = asyncio.ensure_future(wait())
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        if work.exception() is None:
            await work.result().close()
        raise


register_converters()
