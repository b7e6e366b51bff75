"""Time limits for waits that may never end: for a server, a name server, or a driver that swallows its cancellation."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from ipaddress import ip_address
from threading import Thread
from typing import Any, TypeVar

__all__ = ["bounded", "resolve", "until_done"]

T = TypeVar("T")
_INSIST_SECONDS = 0.5


async def bounded(work: Coroutine[Any, Any, T], seconds: float | None, leave: Callable[[T], object] = lambda _: None) -> T:
    """Return the result of `work`. Raises TimeoutError after that many seconds, even if `work` goes on.

    `work` runs in a task of its own: asyncio.wait_for of Python 3.11, which a driver may use, forgets a cancellation that arrives
    together with its answer (https://github.com/python/cpython/issues/86296). If `work` returns after the time limit, `leave`
    gets the result.
    """
    task = asyncio.get_running_loop().create_task(work)
    done: set[asyncio.Task[T]] = set()
    try:
        done, _ = await asyncio.wait((task,), timeout=seconds)
    finally:
        # A cancellation may arrive after the task has ended, but before this coroutine has noticed.
        if not done:
            task.add_done_callback(lambda _: _leave(task, leave))
            _insist(task)
    if done:
        return task.result()
    raise TimeoutError


async def until_done(task: asyncio.Task[Any], seconds: float) -> bool:
    """Wait for a task; return whether it has ended. Another caller handles its errors. Cancelling the wait leaves it running."""
    task.add_done_callback(_look_away)
    await asyncio.wait((task,), timeout=seconds)
    return task.done()


def _look_away(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


def _leave(task: asyncio.Task[T], leave: Callable[[T], object]) -> None:
    if not task.cancelled() and task.exception() is None:
        leave(task.result())


def _insist(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        task.get_loop().call_later(_INSIST_SECONDS, _insist, task)


def _answer(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def resolve(host: str, port: int) -> None:
    """Look up a host name in a daemon thread. Unlike the event loop's own threads, it does not keep the process from ending.

    The driver reports a name that does not exist.
    https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.loop.getaddrinfo
    """
    with suppress(ValueError):
        ip_address(host)
        return
    loop = asyncio.get_running_loop()
    resolved: asyncio.Future[None] = loop.create_future()

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # The event loop may have been closed in the meantime.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_answer, resolved)

    Thread(target=look_up, name="whimbrel resolving", daemon=True).start()
    await resolved
