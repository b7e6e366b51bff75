"""The connections of an application to one SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from database.dialect import Connection, Dialect
from database.dialects.sqlite_connection import SqliteConnection, reach
from database.url import DatabaseUrl

__all__ = ["SqlitePool"]


class SqlitePool:
    """A few connections to one file, opened when they are first needed; one alone where the database is in memory."""

    def __init__(self, dialect: Dialect, url: DatabaseUrl, size: int) -> None:
        self._dialect = dialect
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
                connection = SqliteConnection(self._dialect, await reach(self._url))
                self._open.append(connection)
                await connection.run("PRAGMA foreign_keys=ON")
            yield connection
        finally:
            try:
                if connection is not None:
                    await asyncio.shield(connection.roll_back())
            finally:
                # Also when this very moment is cancelled: what is not given back is missed for ever.
                self._idle.put_nowait(connection)

    async def close(self) -> None:
        for connection in self._open:
            await connection.close()
        self._open.clear()
