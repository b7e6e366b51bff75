"""Wait until a database answers a query, for example a server that is starting, or one whose name does not resolve yet."""

from __future__ import annotations

import asyncio
import logging
from math import inf
from random import uniform
from time import monotonic

from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import ConfigurationError, ConnectionLost, DatabaseBusy, DatabaseError, DatabaseUnreachable
from whimbrel.messages.printable import printable
from whimbrel.session.connect import Target, open_connection, parse_target, url_of
from whimbrel.session.waiting import Progress
from whimbrel.url import DatabaseUrl

__all__ = ["reach_database"]

logger = logging.getLogger("whimbrel")

# The first and the longest pause between two attempts, and the time limit of one attempt if the address has none.
_PAUSE_SECONDS = (0.1, 2.0)
_ATTEMPT_SECONDS = 10.0
# After the first line, the wait reports itself at growing intervals.
_REPORT_SECONDS = (10.0, 30.0)


async def reach_database(target: Target, seconds: float, progress: Progress | None = None) -> float:
    """Return the seconds waited as soon as the database answers a query; with 0 `seconds`, attempt it once. Writes nothing.

    Raises DatabaseUnreachable after that many seconds, and at once for a cause that does not go away by itself, such as a wrong
    password; ConfigurationError. It also waits for a database that does not exist, which may be created after the server has
    started.
    """
    target = parse_target(target)
    if not 0 <= seconds < inf:
        raise ConfigurationError(f"the time to wait is {seconds:g}; it must be a number of seconds, 0 or more")
    url = url_of(target)
    return 0.0 if url.in_memory else await _Wait(url, seconds, progress).until_it_answers()


class _Wait:
    """One wait. The wait reports its start, and then its progress at growing intervals."""

    def __init__(self, url: DatabaseUrl, seconds: float, progress: Progress | None) -> None:
        self._url, self._seconds, self._progress = url, seconds, progress
        self._started = monotonic()
        self._next_report, self._interval = 0.0, _REPORT_SECONDS[0]

    async def until_it_answers(self) -> float:
        pause, failure = _PAUSE_SECONDS[0], None
        while True:
            failure = await self._attempt(failure)
            waited = monotonic() - self._started
            if failure is None:
                return waited
            if not failure.temporary:
                raise DatabaseUnreachable(f"{failure}\n  next: {_CORRECT}", silent=failure.silent)
            if waited >= self._seconds:
                told = f"waited {self._seconds:g} s without success: {failure}\n  next: {_START}"
                raise DatabaseUnreachable(told, silent=failure.silent, temporary=True)
            self._report(waited, failure)
            await asyncio.sleep(min(uniform(pause / 2, pause), self._seconds - waited))
            pause = min(pause * 1.5, _PAUSE_SECONDS[1])

    async def _attempt(self, before: DatabaseUnreachable | None) -> DatabaseUnreachable | None:
        """Return why the database does not answer; None if it does.

        An attempt that the end of the wait cuts short shows nothing.
        """
        limit = self._url.connect_timeout or _ATTEMPT_SECONDS
        left = self._seconds - (monotonic() - self._started)
        try:
            async with asyncio.timeout(min(limit, left) if before else limit):
                return await self._ask()
        except TimeoutError:
            silent = DatabaseUnreachable(f"{self._url} does not answer within {limit:g} s", silent=True, temporary=True)
            return before if before and left < limit else silent

    async def _ask(self) -> DatabaseUnreachable | None:
        dialect = find_dialect(self._url)
        try:
            async with open_connection(self._url, question=True) as opened:
                if opened.stands_in and self._url.options.get("mode", "rwc") != "rwc":
                    return DatabaseUnreachable(f"{self._url}: the file does not exist", temporary=True)
                connection = await opened.dialect.identify_server_in_time(opened, self._url)
                connection.patience = 0
                await connection.fetch_value(dialect.ping)
        except DatabaseUnreachable as error:
            return error
        except DatabaseError as error:
            passing = isinstance(error, ConnectionLost | DatabaseBusy) or dialect.is_temporary(error)
            return DatabaseUnreachable(f"{self._url} does not answer a query: {error}", temporary=passing)
        return None

    def _report(self, waited: float, failure: DatabaseUnreachable) -> None:
        if waited < self._next_report:
            return
        begun = f"waited {waited:.0f} s" if self._next_report else "waiting"
        text = printable(f"{begun}, up to {self._seconds:g} s: {failure}", lines=True)
        logger.warning("%s", text)
        if self._progress is not None:
            self._progress(text)
        self._next_report = waited + self._interval
        self._interval = min(self._interval * 2, _REPORT_SECONDS[1])


_CORRECT = "correct this; waiting longer would not help"
_START = "start the database, check the address, or give the wait more seconds"
