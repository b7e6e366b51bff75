"""Wait for a server's answer, and notice that none will come."""

from __future__ import annotations

import asyncio
import socket
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Self

from whimbrel.errors import ConnectionLost
from whimbrel.messages.named_tuple import NamedTuple

if TYPE_CHECKING:
    from whimbrel.dialects.connection import Connection

__all__ = ["Pace", "Watched", "keep_alive"]

# Idle time before the first probe, interval and number of probes. The probes also keep routers from forgetting the connection.
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPALIVE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))


class Pace(NamedTuple):
    """When to ask, over a second connection, whether a server that has not answered is still there. All values are in seconds.

    The first question comes `after` that long without an answer. While all is well, the pause then doubles each time, up to
    `longest`. Each question may take `limit` seconds. Attempts to reach a silent server start `attempt` apart. A sign that the
    session is lost is checked `again` after that pause.
    """

    after: float = 15.0
    longest: float = 60.0
    limit: float = 10.0
    attempt: float = 20.0
    again: float = 5.0


class Watched:
    """The wait for one answer. It costs a timer, and more only if the answer takes long."""

    __slots__ = ("_began", "_connection", "_timer", "_watch")

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._watch: asyncio.Task[str] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        if self._connection.address is not None:
            self._began = monotonic()
            self._timer = asyncio.get_running_loop().call_later(self._connection.pace.after, self._ask)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        watch = self._watch
        if watch is None:
            return
        if not watch.done():
            watch.cancel()
        elif isinstance(error, Exception) and not watch.cancelled() and watch.exception() is None:
            raise ConnectionLost(watch.result()) from error

    def _ask(self) -> None:
        from whimbrel.dialects.watchdog import watch  # few statements take so long

        self._watch = asyncio.ensure_future(watch(self._connection, self._began))
        self._watch.add_done_callback(self._leave)

    def _leave(self, watch: asyncio.Task[str]) -> None:
        if watch.cancelled():
            return
        if (error := watch.exception()) is None:
            self._connection.abort()
            return
        # A defect in the watchdog says nothing about the server. Report it, and let the statement go on.
        watch.get_loop().call_exception_handler({"message": "the watchdog of a statement failed", "exception": error})


def keep_alive(transport: asyncio.BaseTransport | None) -> None:
    """Make the operating system detect within two minutes that the other end of an idle connection is gone.

    TCP_USER_TIMEOUT is not set. It would also end a connection whose server is alive but accepts no data for a while, such as a
    COPY that waits for a lock: https://man7.org/linux/man-pages/man7/tcp.7.html
    """
    end = None if transport is None else transport.get_extra_info("socket")
    if end is None or end.family not in (socket.AF_INET, socket.AF_INET6):
        return
    end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        if (option := getattr(socket, name, None)) is not None:
            end.setsockopt(socket.IPPROTO_TCP, option, value)
