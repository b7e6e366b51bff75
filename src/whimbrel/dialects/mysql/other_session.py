"""Another session beside the one of a statement, whose queries may have to wait for it."""

from __future__ import annotations

import asyncio

from whimbrel.dialects.mysql.connection import MysqlConnection
from whimbrel.errors import DatabaseError

__all__ = ["OtherSession"]

_INTERRUPTED = "1317"


class OtherSession:
    """Another session, with at most one query that it waits for."""

    def __init__(self, connection: MysqlConnection) -> None:
        self.connection = connection
        self._query: asyncio.Task[object] | None = None

    def ask(self, query: str) -> None:
        """Begin a transaction with a query, without waiting for it."""
        self._query = asyncio.ensure_future(self.connection.send(["START TRANSACTION", query]))

    @property
    def done(self) -> bool:
        """Whether the session waits for nothing."""
        return self._query is None or self._query.done()

    @property
    def granted(self) -> bool:
        """Whether the session has its lock now."""
        return self._query is not None and self._query.done() and self._query.exception() is None

    async def wait(self) -> bool:
        """Wait for the query; return whether the lock was granted."""
        if self._query is not None:
            await asyncio.wait([self._query])
        return self.granted

    async def release(self) -> None:
        """Wait for the query, and end the transaction."""
        if self._query is not None:
            await self.wait()
            self._query = None
            try:
                await self.connection.run("ROLLBACK")
            except DatabaseError as error:
                # A KILL that came late ends the next statement.
                if error.code != _INTERRUPTED:
                    raise
                await self.connection.run("ROLLBACK")
