"""End the process after a failed start with an exit code other than 0."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, NoReturn

from whimbrel.errors import Interrupted, WhimbrelError

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["failure_ends_the_process", "leave", "watch_parent"]

logger = logging.getLogger("whimbrel")


@contextmanager
def failure_ends_the_process(app: Any) -> Iterator[None]:
    """Pass a failure to the server, which shows it and exits. In a worker of uvicorn, end the parent too."""
    parent = watch_parent()
    try:
        yield
    except WhimbrelError as error:
        app.state.failure = error
        # An interrupted worker was asked to stop, and so were its siblings. They need their time to cancel on the server.
        if parent is not None and not isinstance(error, Interrupted):
            _end_parent(parent, error)
        # The server shows the whole chain of causes before the message, but the message already contains the database's error.
        raise error.with_traceback(None) from None


def leave(error: Exception) -> NoReturn:
    """End this process now: the server is running but has let no request through, and no caller awaits a task's exception."""
    parent = _uvicorn_parent()
    if parent is not None and not isinstance(error, Interrupted):
        _end_parent(parent, error)
    else:
        logger.error("the start failed\n%s", error)
    if not isinstance(error, WhimbrelError):
        logger.error("the error was raised here", exc_info=error)
    logging.shutdown()
    # An orderly exit is impossible here: uvicorn answers 0 to SIGINT, and asyncio only logs a SystemExit in a task.
    os._exit(error.exit_code if isinstance(error, WhimbrelError) else 1)


def watch_parent() -> BaseProcess | None:
    """Return the parent if this is a worker of uvicorn, and make this worker end with it."""
    parent = _uvicorn_parent()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, _stop_with_the_parent, parent.sentinel)
    return parent


def _uvicorn_parent() -> BaseProcess | None:
    # uvicorn spawns its workers. Other servers fork theirs, or have no parent in Python, and report a failed start themselves.
    # uvicorn's reloader waits for a corrected file, so it must survive.
    is_worker = "uvicorn.supervisors.multiprocess" in sys.modules and "--reload" not in sys.argv
    import multiprocessing  # a worker has loaded it already

    return multiprocessing.parent_process() if is_worker else None


def _end_parent(parent: BaseProcess, error: Exception) -> None:
    # Log this now: a container ends with the parent, so the server's own output would come too late.
    logger.error("the start failed; ending the parent process %s, which would exit with 0\n%s", parent.pid, error)
    assert parent.pid is not None, "a parent has been started"
    # A sibling whose start also failed may have ended the parent first.
    with suppress(ProcessLookupError):
        os.kill(parent.pid, signal.SIGALRM)


def _stop_with_the_parent(sentinel: int) -> None:
    """End this worker as its parent would have done: a sibling whose start failed has ended the parent.

    uvicorn's parent exits with 0 when a worker cannot start (https://github.com/encode/uvicorn/discussions/2440). It handles
    nearly every signal that would end it otherwise; SIGALRM is one that it does not, and leaves no core file. As process 1 of a
    container, the parent cannot be ended this way: it needs an init above it, such as `docker run --init` provides.
    """
    asyncio.get_running_loop().remove_reader(sentinel)
    os.kill(os.getpid(), signal.SIGTERM)
