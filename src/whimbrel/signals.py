"""Ctrl-C and SIGTERM: the first signal cancels the running work, on the server too; the second ends the process immediately."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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

    def stop(number: signal.Signals) -> None:
        if number in told or (told and not pass_on):
            os._exit(128 + number)
        told.append(number)
        handler = before[number]
        if pass_on and callable(handler):
            handler(number, None)
        task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])


def server_was_told_to_stop() -> bool:
    """Whether uvicorn received a signal while it imported the application, which it starts nevertheless."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
