"""A limit on the time a request takes: the client gets 503 instead of waiting without end.

The manager's own limits end a statement, or the wait for a connection. This limit holds independently of the manager. If a
driver ignores its cancellation while the network is silent, the application abandons the request, and the client still gets an
answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from application.asgi import App, Message, Receive, Scope, Send
from application.errors import unavailable

__all__ = ["ANSWER_SECONDS", "Deadline", "allow", "stopped"]

logger = logging.getLogger("whimbrel")

# Reading the body and hashing a password do not count; they have limits of their own.
ANSWER_SECONDS = 10.0
# The time in which a cancelled request may roll back before it is abandoned.
_GRACE_SECONDS = 1.0
_CLOCK = "whimbrel.clock"


class Clock:
    """The remaining time of one request. The future `over` is done when the time has run out."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.over: asyncio.Future[None] = self._loop.create_future()
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self.start()

    def start(self, seconds: float | None = None) -> None:
        """Give the request `seconds` from now on, or its initial time if `seconds` is None."""
        self.stop()
        self._timer = self._loop.call_later(self._seconds if seconds is None else seconds, self._end)

    def stop(self) -> None:
        """Suspend the limit."""
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        if not self.over.done():
            self.over.set_result(None)


@contextmanager
def stopped(scope: Scope) -> Iterator[None]:
    """Stop a request's clock inside the block, and give the request its whole time after it."""
    clock: Clock | None = scope.get(_CLOCK)
    if clock is None:
        yield
        return
    clock.stop()
    try:
        yield
    finally:
        clock.start()


def allow(scope: Scope, seconds: float) -> None:
    """Give a request `seconds` from now on."""
    clock: Clock | None = scope.get(_CLOCK)
    if clock is not None:
        clock.start(seconds)


class _Answer:
    """The channel to the client. It closes once the deadline has answered in place of the application."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = self.closed = False

    async def send(self, message: Message) -> None:
        if not self.closed:
            self.begun = True
            await self._send(message)


class Deadline:
    """Middleware that answers 503 if the application has not begun its answer within `seconds`, and cancels the request."""

    def __init__(self, app: App, seconds: float = ANSWER_SECONDS) -> None:
        self._app = app
        self._seconds = seconds
        self._left: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer when its time is over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_CLOCK] = clock = Clock(self._seconds)
        answer = _Answer(send)
        work = asyncio.ensure_future(self._run(scope, receive, answer))
        try:
            await asyncio.wait([work, clock.over], return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                answer.closed = not answer.begun
                await self._cancel(work, f"{scope['method']} {scope['path']}")
        except asyncio.CancelledError:
            await self._cancel(work, f"{scope['method']} {scope['path']}")
            raise
        finally:
            clock.stop()
        if answer.closed:
            await unavailable()(scope, receive, send)
        elif work.done() and not work.cancelled():
            work.result()

    async def _run(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        await self._app(scope, receive, answer.send)

    async def _cancel(self, work: asyncio.Task[None], named: str) -> None:
        """Cancel the request, and wait a moment for its end. After that it ends whenever the driver allows it."""
        work.cancel()
        await asyncio.wait([work], timeout=_GRACE_SECONDS)
        logger.error("%r took too long and was %s", named, "cancelled" if work.done() else "abandoned")
        self._left.add(work)
        work.add_done_callback(self._ended)

    def _ended(self, work: asyncio.Task[None]) -> None:
        self._left.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            logger.error("a request that took too long ended with %s: %s", type(error).__name__, error)
