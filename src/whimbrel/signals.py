"""Ctrl-C and SIGTERM: the first signal cancels the running work, on the server too; the second ends the process immediately."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["interruptible", "server_was_told_to_stop"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(task: asyncio.Task[Any], *, pass_on: bool = False) -> Iterator[None]:
    """Cancel `task` at the first signal. With `pass_on`, also call the signal's previous handler.

    After that, only the same signal again ends the process: a parent process that received another signal forwards it to its
    workers. At the end of the block the previous handlers are restored. Python delivers signals to the main thread only.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    told: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if number in told or (told and not pass_on):
            os._exit(128 + number)
        told.append(number)
        handler = before[signal.Signals(number)]
        if pass_on and callable(handler):
            handler(number, frame)
        loop.call_soon_threadsafe(task.cancel)

    # Not loop.add_signal_handler: the loop calls that handler one turn later, and drops a signal whose handler the end of the
    # block has removed by then. A server that lost its SIGTERM this way would serve on.
    for number in _SIGNALS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in _SIGNALS:
            signal.signal(number, before[number])


def server_was_told_to_stop() -> bool:
    """Whether uvicorn received a signal while it imported the application, which it starts nevertheless."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
