"""Ctrl-C and SIGTERM: the first cancels what runs, on the server too; the second ends the process at once."""

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
    """Cancel `task` at the first signal; with `pass_on` tell also whoever had handled the signal until now.

    Then only the same signal again ends the process: a parent that was told by another one passes it on to its workers.
    Afterwards the signals are theirs again. In a thread that is not the main one Python gives us no signals.
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
    """Whether uvicorn has noted a signal while it imported the application; it starts the application all the same."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))
