"""One private connection, one schema, its history, its lock."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from time import monotonic
from typing import Protocol, runtime_checkable

from database.dialect import Connection, find_dialect
from database.errors import ConfigurationError, DatabaseError, LockTimeout
from database.history import History
from database.url import DatabaseUrl, parse_url

__all__ = ["LOCK_WAIT_SECONDS", "Manager", "Session", "Target", "hidden", "open_session"]

logger = logging.getLogger("database")

LOCK_WAIT_SECONDS = 300.0
_POLL_SECONDS = (0.02, 0.5)


@runtime_checkable
class Manager(Protocol):
    """What a session needs of an application's manager."""

    @property
    def url(self) -> DatabaseUrl:
        """The database's address."""
        ...

    def acquire(self) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection."""
        ...


Target = str | DatabaseUrl | Manager


class Session:
    """A connection that nobody else has, so that lock, statements and records live and die together."""

    def __init__(self, connection: Connection, schema: str, user: str) -> None:
        self.connection = connection
        self.dialect = connection.dialect
        self.database = connection.database
        self.schema = schema
        self.user = user
        self.history = History(connection, schema)
        self._lock_wait = 0.0

    @asynccontextmanager
    async def locked(self, lock_wait: float) -> AsyncIterator[float]:
        """Hold the migration lock; yields the seconds waited. Raises LockTimeout after `lock_wait` seconds."""
        self._lock_wait = self.connection.patience = lock_wait
        yield await self._until(lambda: self.dialect.try_lock(self.connection, self.schema))
        # Not after an exception: then the connection is closed, which frees the lock whatever state it is in.
        await self.dialect.unlock(self.connection, self.schema)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """One transaction; on SQLite this is the lock, and waited for as such."""
        await self._until(self.connection.try_begin)
        async with self.connection.transaction(begun=True):
            yield

    async def owns_lock(self) -> bool:
        """Return whether the lock is still ours; ask before anything is recorded."""
        return await self.dialect.owns_lock(self.connection, self.schema)

    async def prepare(self) -> None:
        """Make the database ready for a first migration, under the lock: privileges, defaults, history and journal."""
        try:
            await self.dialect.check_writable(self.connection)
            await self.dialect.prepare(self.connection, self.schema)
            async with self.transaction():
                await self.history.create()
        except DatabaseError as error:
            if not self.dialect.is_denied(error):
                raise
            raise ConfigurationError(
                f"{self.user or 'this user'} may not make the history table in {self.schema}: {error}\n"
                "  next: let its owner grant the right to create tables there, or migrate as a user who has it"
            ) from error

    async def enter(self, *, portable: bool, lock_timeout: float | None = None) -> None:
        """Put the session into the state from which every file starts."""
        await self.dialect.enter(self.connection, self.schema, portable=portable, lock_timeout=lock_timeout)

    async def _until(self, attempt: Callable[[], Awaitable[bool]]) -> float:
        """Try again and again until it works or the deadline is over; never blocked in the server, always cancellable."""
        started, told, pause = monotonic(), False, _POLL_SECONDS[0]
        while not await attempt():
            holder = await self.dialect.lock_holder(self.connection, self.schema)
            if monotonic() - started >= self._lock_wait:
                raise LockTimeout(self._lock_wait, holder)
            if not told and monotonic() - started > 1:
                logger.warning("waiting for the migration lock, held by %s", holder)
                told = True
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * 1.5, _POLL_SECONDS[1])
        return monotonic() - started


def hidden(target: Target) -> DatabaseUrl | Manager:
    """Return what a target is, without the text that holds its password; assign it to the variable that had the text."""
    return parse_url(target) if isinstance(target, str) else target


@asynccontextmanager
async def open_session(target: Target, schema: str = "", *, question: bool = False) -> AsyncIterator[Session]:
    """Open a session on the database of an address, or on that of an application's manager.

    With `question` nothing is made by opening it. The connection is private and closed at the end; a database in memory is
    reached through the manager's own.
    """
    target = hidden(target)
    url = target if isinstance(target, DatabaseUrl) else target.url
    dialect = find_dialect(url)
    if isinstance(target, Manager) and url.in_memory:
        async with target.acquire() as connection:
            session = Session(connection, await dialect.find_schema(connection, schema), url.user)
            try:
                yield session
            finally:
                # The application goes on with this connection.
                await session.enter(portable=True)
        return
    connection = await dialect.connect(url, question=question)
    try:
        yield Session(connection, await dialect.find_schema(connection, schema), url.user)
    finally:
        await asyncio.shield(connection.close())
