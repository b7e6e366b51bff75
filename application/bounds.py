"""Limits on the work that all users of one process can cause at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Self

from application.errors import too_many
from whimbrel import DatabaseManager

__all__ = ["Bounds", "Turns", "Writing", "bounds_of"]

# The time that a request waits for its turn before it gets 503.
WAIT_SECONDS = 5.0
# Founding and syncing open connections of their own, at most two for each request.
_FOUNDING, _SYNCING, _ASKING = 2, 1, 1
# Each opens an SQLite file. A writer may wait for a lock, and must not keep readers from their turns.
_READING, _WRITING = 4, 2
# Writers use at most this many of the manager's five connections; the others are reserved for readers.
_WRITERS = 3


class Turns:
    """Allows at most `most` tasks at the same time. Others wait in order, no longer than `WAIT_SECONDS`."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold a turn until the block ends. Raises HTTPException 503 if none becomes free in time."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            raise too_many("too many requests of this kind are running; try again") from None
        try:
            yield
        finally:
            self._free.release()


class Writing(DatabaseManager):
    """A manager that lends connections to at most `most` tasks at a time, and otherwise works like `manager`.

    A writer may wait for a lock, on SQLite for that of the whole file. If writers held all connections, no request could read
    meanwhile.
    """

    def __init__(self, manager: DatabaseManager, most: int = _WRITERS) -> None:
        super().__init__(manager.url, schema=manager.schema)
        self._manager = manager
        self._free = asyncio.Semaphore(most)

    def _gate(self) -> AbstractAsyncContextManager[object]:
        # A task in a transaction has its connection already.
        return nullcontext() if self._manager.in_transaction else self._free

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        """Lend a connection as the manager does."""
        async with self._gate(), self._manager.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Self]:
        """Run a transaction as the manager does."""
        async with self._gate(), self._manager.transaction():
            yield self

    @property
    def in_transaction(self) -> bool:
        """Whether this task is in an open transaction of its own."""
        return self._manager.in_transaction

    async def execute(self, sql: str, parameters: Mapping[str, object] | None = None) -> int:
        """Run one statement as the manager does."""
        async with self._gate():
            return await self._manager.execute(sql, parameters)

    async def execute_many(self, sql: str, rows: Iterable[Mapping[str, object]]) -> None:
        """Run one statement for each row as the manager does."""
        async with self._gate():
            await self._manager.execute_many(sql, rows)

    async def fetch_all(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """Return every row as the manager does."""
        async with self._gate():
            return await self._manager.fetch_all(sql, parameters)

    async def fetch_one(self, sql: str, parameters: Mapping[str, object] | None = None) -> dict[str, Any] | None:
        """Return the first row as the manager does."""
        async with self._gate():
            return await self._manager.fetch_one(sql, parameters)

    async def fetch_value(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        """Return the first value as the manager does."""
        async with self._gate():
            return await self._manager.fetch_value(sql, parameters)


class Bounds:
    """The limits of one running application, stored in `app.state.bounds`."""

    def __init__(self, manager: DatabaseManager) -> None:
        self.writing = Writing(manager)
        self.founding, self.syncing, self.asking = Turns(_FOUNDING), Turns(_SYNCING), Turns(_ASKING)
        self._reading_histories, self._writing_histories = Turns(_READING), Turns(_WRITING)

    def histories(self, *, reads: bool) -> Turns:
        """Return the turns for tenants whose history needs a connection of its own."""
        return self._reading_histories if reads else self._writing_histories


def bounds_of(application: Any) -> Bounds:
    """Return the limits of an application that has started."""
    bounds: Bounds = application.state.bounds
    return bounds
