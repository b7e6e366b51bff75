"""Wait for other sessions: for the migration lock, and for locks on tables."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

from whimbrel.dialects.base import Connection, Dialect
from whimbrel.errors import DatabaseBusy, DatabaseError, LockTimeout
from whimbrel.messages.printable import printable
from whimbrel.session.course import Course
from whimbrel.session.state import SessionState

__all__ = ["LOCK_WAIT_SECONDS", "Progress", "Waiting"]

# How long a run waits for another one that has the migration lock.
LOCK_WAIT_SECONDS = 300.0
logger = logging.getLogger("whimbrel")

# The first and the longest pause, in seconds, between attempts: at the migration lock, and at a statement.
_POLL_SECONDS = (0.02, 0.5)
_RETRY_SECONDS = (0.25, 15.0)
T = TypeVar("T")
# A function that takes one line about the next action of a run, or about the reason for its wait.
Progress = Callable[[str], None]


class Waiting:
    """The part of a session that waits, and reports why."""

    def __init__(self, connection: Connection, state: SessionState) -> None:
        self.connection = connection
        self.state = state
        self.progress: Progress | None = None
        self.course = Course()

    @property
    def dialect(self) -> Dialect:
        """The dialect of this connection."""
        return self.connection.dialect

    @property
    def schema(self) -> str:
        """The schema of the history."""
        return self.state.schema

    def tell(self, level: int, text: str) -> None:
        """Report one line: in the log, and to the caller's `progress` function."""
        text = printable(text)
        logger.log(level, "%s", text)
        if self.progress is not None:
            self.progress(text)

    def follow(self, course: Course | None) -> None:
        """Note the steps and statements of this session in `course` from now on."""
        self.course = course or self.course
        self.course.follow(self.connection, self.schema)

    def wait_up_to(self, seconds: float) -> None:
        """Set the limit of the wait for locks of other sessions."""
        self.connection.patience = seconds
        self.state = self.state._replace(lock_wait=seconds)

    async def patiently(self, attempt: Callable[[], Awaitable[T]], sql: Callable[[], str]) -> T:
        """Retry at growing intervals while other sessions' locks block the work, up to the time limit of the run.

        `sql` returns the refused statement.
        """
        started, pause, before = monotonic(), _RETRY_SECONDS[0], self.course.progress
        while True:
            try:
                return await attempt()
            except DatabaseBusy as error:
                error.blockers = await self._seen(self.dialect.blockers(self.connection, sql()))
                if monotonic() - started + pause > self.state.lock_wait:
                    raise
                self.tell(logging.WARNING, f"{error}; in the way: {error.blockers}; trying again in {pause:.1f} s")
                self.course.pause("waiting to try again", f", blocked by {error.blockers}")
            await asyncio.sleep(_varied(pause))
            self.course.resume(before)
            pause = min(pause * 2, _RETRY_SECONDS[1])

    async def _seen(self, who: Awaitable[str]) -> str:
        """Return a description of the blocking sessions. A wait continues even if they cannot be seen."""
        try:
            return await who or "no other session"
        except DatabaseError as error:
            return f"a session this user may not see ({error})"

    async def _until(self, attempt: Callable[[], Awaitable[bool]]) -> float:
        """Retry until it works or the time is over. It never blocks in the server and can always be cancelled."""
        started, told, pause, before = monotonic(), False, _POLL_SECONDS[0], self.course.progress
        while not await attempt():
            holder = await self._seen(self.dialect.lock_holder(self.connection, self.schema))
            if monotonic() - started >= self.state.lock_wait:
                raise LockTimeout(self.state.lock_wait, holder)
            self.course.pause("waiting for the migration lock", f", held by {holder}")
            if not told and monotonic() - started > 1:
                self.tell(logging.WARNING, f"waiting for the migration lock, held by {holder}")
                told = True
            await asyncio.sleep(_varied(pause))
            pause = min(pause * 1.5, _POLL_SECONDS[1])
        if self.course.progress is not before:
            self.course.resume(before)
        return monotonic() - started


def _varied(pause: float) -> float:
    from random import uniform  # only a run that waits pays for this import

    return pause * uniform(0.5, 1)
