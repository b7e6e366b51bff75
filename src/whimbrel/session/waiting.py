"""Waiting for other sessions: for the migration lock, and for locks on tables."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from whimbrel.dialects.base import Connection, Dialect
from whimbrel.errors import DatabaseBusy, DatabaseError, LockTimeout
from whimbrel.printable import printable

__all__ = ["Progress", "Waiting"]

logger = logging.getLogger("whimbrel")

# The first and the longest pause, in seconds: between attempts at the migration lock, and between attempts at a statement.
_POLL_SECONDS = (0.02, 0.5)
_RETRY_SECONDS = (0.25, 15.0)
T = TypeVar("T")
# A function that takes one line about what a run is about to do, or waits for.
Progress = Callable[[str], None]


class Waiting:
    """The part of a session that waits, and reports why."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self.connection = connection
        self.schema = schema
        self.progress: Progress | None = None
        self._lock_wait = 0.0

    @property
    def dialect(self) -> Dialect:
        """The facts about this connection."""
        return self.connection.dialect

    def tell(self, level: int, text: str) -> None:
        """Say what happens, in one line: to the log, and to whoever follows this run."""
        text = printable(text)
        logger.log(level, "%s", text)
        if self.progress is not None:
            self.progress(text)

    def wait_up_to(self, seconds: float) -> None:
        """Say how long others' locks are waited for."""
        self.connection.patience = self._lock_wait = seconds

    async def patiently(self, attempt: Callable[[], Awaitable[T]], sql: Callable[[], str]) -> T:
        """Try again, more and more slowly, while other sessions' locks stand in the way, as long as the run may wait for locks.

        `sql` tells which statement was refused.
        """
        started, pause = monotonic(), _RETRY_SECONDS[0]
        while True:
            try:
                return await attempt()
            except DatabaseBusy as error:
                error.blockers = await self._seen(self.dialect.blockers(self.connection, sql()))
                if monotonic() - started + pause > self._lock_wait:
                    raise
                self.tell(logging.WARNING, f"{error}; in the way: {error.blockers}; trying again in {pause:.1f} s")
            await asyncio.sleep(_varied(pause))
            pause = min(pause * 2, _RETRY_SECONDS[1])

    async def _seen(self, who: Awaitable[str]) -> str:
        """Say who is in the way. That it cannot be seen, by this user or just now, ends no run that waits."""
        try:
            return await who or "nobody any more"
        except DatabaseError as error:
            return f"somebody who is not to be seen ({error})"

    async def _until(self, attempt: Callable[[], Awaitable[bool]]) -> float:
        """Try again and again until it works or the deadline is over; never blocked in the server, always cancellable."""
        started, told, pause = monotonic(), False, _POLL_SECONDS[0]
        while not await attempt():
            holder = await self._seen(self.dialect.lock_holder(self.connection, self.schema))
            if monotonic() - started >= self._lock_wait:
                raise LockTimeout(self._lock_wait, holder)
            if not told and monotonic() - started > 1:
                self.tell(logging.WARNING, f"waiting for the migration lock, held by {holder}")
                told = True
            await asyncio.sleep(_varied(pause))
            pause = min(pause * 1.5, _POLL_SECONDS[1])
        return monotonic() - started


def _varied(pause: float) -> float:
    from random import uniform  # only who waits pays for it

    return pause * uniform(0.5, 1)
