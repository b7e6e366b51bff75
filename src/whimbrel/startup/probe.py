"""Whether the database answers, for the probes: asked over a separate connection, with a time limit, one query at a time."""

from __future__ import annotations

import asyncio
import logging

from whimbrel.dialects.base import Connection
from whimbrel.dialects.registry import find_dialect
from whimbrel.errors import DatabaseUnreachable
from whimbrel.url import DatabaseUrl, parse_url

__all__ = ["PROBE_SECONDS", "Probe"]

logger = logging.getLogger("whimbrel")

# Probes wait between 1 and 5 seconds for an answer.
PROBE_SECONDS = 2.0
# The time that an answer stays valid, so that no client can make the application query the database at any rate.
_GOOD_SECONDS = 0.5


class Probe:
    """Sends a short query to the database of an address. Simultaneous callers share one answer, which holds for half a second.

    An answer counts only if it arrives within `seconds`.

    The probe keeps its connection, since a server may have no more connections to give. The connection does not belong to the
    pool, whose connections may all be lent.
    """

    def __init__(self, url: str | DatabaseUrl, seconds: float = PROBE_SECONDS) -> None:
        self._url, self._seconds = parse_url(url), seconds
        self._connection: Connection | None = None
        self._asking: asyncio.Task[bool] | None = None
        self._asked = float("-inf")
        self._said: str | None = ""
        self._closing: set[asyncio.Task[None]] = set()

    async def answers(self) -> bool:
        """Return whether the database answers within the limit."""
        if self._asking is None or (self._asking.done() and self._is_old()):
            self._asking = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._asking)

    async def close(self) -> None:
        """Close the connection."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])
        self._drop()
        if self._closing:
            await asyncio.wait(self._closing, timeout=self._seconds)

    def _is_old(self) -> bool:
        return asyncio.get_running_loop().time() - self._asked > _GOOD_SECONDS

    async def _ask(self) -> bool:
        question = asyncio.ensure_future(self._question())
        try:
            await asyncio.wait([question], timeout=self._seconds)
        finally:
            # While the server is silent, a driver may not end at once. Close its connection, and do not wait for it.
            if not question.done():
                question.cancel()
                self._drop()
        failure = self._failure(question)
        if failure:
            self._drop()
        # An outsider who sends many requests must not fill the log.
        if failure != self._said:
            logger.log(logging.ERROR if failure else logging.INFO, "%s", failure or "the database answers again")
        self._said = failure
        self._asked = asyncio.get_running_loop().time()
        return not failure

    def _failure(self, question: asyncio.Task[None]) -> str:
        if not question.done():
            question.add_done_callback(lambda late: None if late.cancelled() else late.exception())
            return f"the database does not answer within {self._seconds:g} s"
        error = question.exception()
        return "" if error is None else f"the database does not answer: {type(error).__name__}: {error}"

    async def _question(self) -> None:
        sql = find_dialect(self._url).ping
        if (kept := self._connection) is not None and not kept.is_current:
            self._drop()
        elif kept is not None:
            try:
                return await kept.run(sql)
            except Exception:
                # The server may have closed the idle connection, so try a new one.
                self._drop()
        self._connection = opened = await find_dialect(self._url).connect(self._url, question=True)
        if not opened.is_current:
            raise DatabaseUnreachable(f"{self._url} names a missing file")
        await opened.run(sql)
        return None

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            task = asyncio.ensure_future(connection.close())
            self._closing.add(task)
            task.add_done_callback(self._closed)

    def _closed(self, task: asyncio.Task[None]) -> None:
        self._closing.discard(task)
        if not task.cancelled():
            task.exception()
