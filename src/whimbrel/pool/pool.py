"""The connections of one application: a bounded number, opened on demand, lent in the order of the requests.

The pool never lends a closed connection, an open transaction, or a session that differs from a new one. The pool's own tasks do
the server's part of a return, so giving back a connection takes no time and cannot be cancelled.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from time import monotonic
from typing import Any

from whimbrel.dialects.base import Dialect
from whimbrel.dialects.connection import ApplicationConnection
from whimbrel.dialects.deadlines import bounded, resolve
from whimbrel.errors import ConfigurationError, DatabaseUnreachable, WhimbrelError
from whimbrel.pool.forks import forget_in_children
from whimbrel.pool.holders import Holder, exhausted, find_place
from whimbrel.pool.lent import Lent
from whimbrel.url import DatabaseUrl

__all__ = ["Pool"]

# The time that close() waits for borrowers, and for a server to close its connection.
_CLOSE_SECONDS, _FAREWELL_SECONDS = 5.0, 2.0
# A connection idle for longer is probed before it is lent: firewalls silently drop idle connections.
_IDLE_SECONDS, _PROBE_SECONDS = 60.0, 2.0
# The minimum time for resetting a session, even with a shorter statement limit.
_CLEAN_SECONDS = 10.0


class Pool:
    """Lends connections, in the event loop and the process that created it."""

    def __init__(self, dialect: Dialect, url: DatabaseUrl, schema: str, size: int) -> None:
        self._open_one = dialect.application(url, schema)
        self._url = url
        self.size = 1 if url.in_memory else size
        self._loop = asyncio.get_running_loop()
        self._idle: list[tuple[ApplicationConnection, float]] = []
        self._waiting: deque[tuple[asyncio.Future[Lent], Holder]] = deque()
        self._holders: dict[Lent, Holder] = {}
        self._opening: set[asyncio.Task[Any]] = set()
        self._cleaning: dict[asyncio.Task[Any], Lent] = {}
        self._closed = self._forked = False
        self._all_back: asyncio.Event | None = None
        forget_in_children(self)

    @property
    def is_open(self) -> bool:
        """Whether the pool has any connection, lent or not."""
        return bool(self._idle or self._holders or self._cleaning)

    @property
    def is_unused(self) -> bool:
        """Whether the pool has no connection, and no task waits for one."""
        return not (self._idle or self._holders or self._opening or self._cleaning or self._waiting)

    def check(self) -> None:
        """Raise ConfigurationError where no connection may be lent: after close(), after a fork, or in another event loop."""
        if self._forked:
            raise _forked()
        if asyncio.get_running_loop() is not self._loop:
            raise ConfigurationError(
                "the manager was connected in another event loop, where its connections live\n"
                "  next: use one manager for each event loop, or close() this one there before connecting it here"
            )
        if self._closed:
            raise _closed()

    async def acquire(self) -> Lent:
        """Lend a connection, to return with `give_back`. Raises PoolTimeout, or DatabaseUnreachable if none can be opened."""
        self.check()
        holder = Holder(asyncio.current_task(), monotonic(), find_place())
        if not self._waiting:
            while self._idle:
                own, since = self._idle.pop()
                if own.usable and monotonic() - since < _IDLE_SECONDS:
                    return self._lend(own, holder)
                self._probe(own)
        return await self._wait(holder)

    async def _wait(self, holder: Holder) -> Lent:
        waiter: asyncio.Future[Lent] = self._loop.create_future()
        self._waiting.append((waiter, holder))
        self._open_more()
        limit = self._url.acquire_timeout
        timer = self._loop.call_later(limit, self._expire, waiter, limit) if limit else None
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.give_back(waiter.result())
            raise
        finally:
            if timer is not None:
                timer.cancel()

    def _lend(self, own: ApplicationConnection, holder: Holder) -> Lent:
        lent = Lent(own, self._url.statement_timeout)
        self._holders[lent] = holder._replace(since=monotonic())
        return lent

    def give_back(self, lent: Lent) -> None:
        """Take a connection back. The pool prepares it for the next borrower afterwards."""
        lent.take_back(_given_back)
        if self._forked or self._holders.pop(lent, None) is None:
            return
        own = lent.own
        if lent.is_idle and own.usable and not own.in_transaction and not lent.changed and not self._closed:
            self._offer(own)
        else:
            self._clean(lent)
        self._note()

    def _probe(self, own: ApplicationConnection) -> None:
        """Probe a connection that was idle for long before lending it. Drop a closed one."""
        if not own.usable:
            own.abort()
            return
        lent = Lent(own, None)
        lent.changed = True
        self._clean(lent, _PROBE_SECONDS)

    def _clean(self, lent: Lent, seconds: float = 0) -> None:
        limit = seconds or max(self._url.statement_timeout or _CLEAN_SECONDS, _CLEAN_SECONDS)
        task = self._loop.create_task(self._cleaned(lent, limit))
        self._cleaning[task] = lent
        task.add_done_callback(self._end_cleaning)

    async def _cleaned(self, lent: Lent, limit: float) -> None:
        own = lent.own
        try:
            await bounded(_prepare(lent, close=self._closed), limit)
        except (WhimbrelError, TimeoutError):
            own.abort()

    def _end_cleaning(self, task: asyncio.Task[Any]) -> None:
        own = self._cleaning.pop(task).own
        if task.cancelled() or task.exception() is not None or self._closed:
            own.abort()
        elif own.usable:
            self._offer(own)
        # Open another connection in place of a lost one.
        self._open_more()
        self._note()

    def _offer(self, own: ApplicationConnection) -> None:
        while self._waiting:
            waiter, holder = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(self._lend(own, holder))
                return
        self._idle.append((own, monotonic()))

    def _open_more(self) -> None:
        """Open connections for all waiting tasks at once, up to the pool's size."""
        wanted = sum(not waiter.done() for waiter, _ in self._waiting) - len(self._opening)
        free = self.size - len(self._idle) - len(self._holders) - len(self._opening) - len(self._cleaning)
        for _ in range(0 if self._closed else min(wanted, free)):
            task = self._loop.create_task(self._opened())
            self._opening.add(task)
            task.add_done_callback(self._end_opening)

    async def _opened(self) -> ApplicationConnection:
        limit = self._url.connect_timeout
        try:
            return await bounded(self._reached(), limit and limit + 0.5, lambda own: own.abort())
        except TimeoutError:
            told = f"{self._url} cannot be reached: no answer within {limit:g} s, its connect_timeout"
        except WhimbrelError:
            raise
        except Exception as error:
            told = f"{self._url} cannot be reached: {type(error).__name__}: {error}"
        raise DatabaseUnreachable(told)

    async def _reached(self) -> ApplicationConnection:
        if self._url.host not in ("", "localhost"):
            await resolve(self._url.host, self._url.port or 0)
        return await self._open_one()

    def _end_opening(self, task: asyncio.Task[Any]) -> None:
        self._opening.discard(task)
        if task.cancelled():
            self._fail(_closed() if self._closed else DatabaseUnreachable(f"{self._url}: opening a connection was cancelled"))
        elif (error := task.exception()) is not None:
            self._fail(error)
        elif self._closed:
            task.result().abort()
        else:
            self._offer(task.result())
        self._open_more()

    def _fail(self, error: BaseException) -> None:
        """Raise the error of opening a connection in the task that has waited longest."""
        while self._waiting:
            waiter, _ = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(error)
                return

    def _expire(self, waiter: asyncio.Future[Lent], limit: float) -> None:
        if waiter.done():
            return
        if not self._holders and self._opening:
            told = f"{self._url} cannot be reached: no answer within {limit:g} s, the acquire_timeout"
            waiter.set_exception(DatabaseUnreachable(told))
        else:
            waiter.set_exception(exhausted(self._holders.values(), self.size, limit, cleaning=len(self._cleaning)))

    def begin_to_close(self) -> None:
        """Stop lending connections. Raises ConfigurationError in another event loop while the pool's own is running."""
        if not (self._forked or self._closed or self._loop.is_closed()):
            self.check()
        self._closed = True

    async def close(self) -> None:
        """Close every connection. Wait five seconds for lent ones, then cancel their statements."""
        if self._loop.is_closed() and not self._forked:
            self._leave()
        if self._loop.is_closed() or self._forked:
            return
        while self._waiting:
            self._fail(_closed())
        if self._opening:
            # A cancelled driver might still open its connection after the last task that could close it has ended.
            await asyncio.wait(self._opening, timeout=_FAREWELL_SECONDS)
        for task in self._opening:
            task.cancel()
        idle, self._idle = self._idle, []
        try:
            await asyncio.gather(*(self._farewell(own) for own, _ in idle))
            self._all_back = asyncio.Event()
            self._note()
            with suppress(TimeoutError):
                await bounded(self._all_back.wait(), _CLOSE_SECONDS)
        finally:
            self._idle += idle
            await self._interrupt()

    async def _interrupt(self) -> None:
        """Cancel the borrowers' running statements, on the server too, and drop every connection."""
        try:
            await asyncio.gather(*(lent.interrupt(_closed) for lent in self._holders))
        finally:
            self._leave()

    async def _farewell(self, own: ApplicationConnection) -> None:
        try:
            await bounded(own.close(), _FAREWELL_SECONDS)
        except (WhimbrelError, TimeoutError):
            own.abort()

    def _note(self) -> None:
        if self._all_back is not None and not self._holders and not self._cleaning:
            self._all_back.set()

    def _leave(self) -> None:
        """Drop all connections that are still open."""
        for lent in (*self._holders, *self._cleaning.values()):
            lent.take_back(_closed)
        for own in (*(own for own, _ in self._idle), *(lent.own for lent in (*self._holders, *self._cleaning.values()))):
            # A driver's event loop may have been closed in the meantime.
            with suppress(RuntimeError):
                own.abort()
        self._idle.clear()
        self._holders.clear()

    def forget(self) -> None:
        """Stop using all connections: this process is a forked child, and they belong to the parent."""
        self._forked = True
        for lent in self._holders:
            lent.renounce(_forked)


async def _prepare(lent: Lent, *, close: bool) -> None:
    """Prepare a returned connection for the next borrower, or close it."""
    await lent.settled()
    await lent.roll_back()
    if close or not lent.own.usable or lent.own.in_transaction:
        await lent.own.close()
    elif lent.changed:
        await lent.own.refresh()


def _forked() -> ConfigurationError:
    return ConfigurationError(
        "the manager was connected before this process was forked, and its connections are the parent's\n"
        "  next: close() it in the child, which touches no connection, and connect() again"
    )


def _closed() -> ConfigurationError:
    return ConfigurationError("the manager was closed; connect() it again before it is used")


def _given_back() -> ConfigurationError:
    return ConfigurationError("this connection was given back to the pool; take another one with acquire()")
