"""How a start that failed ends the process, so that whoever started it is told by a code other than 0."""

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
    """Hand a failure to the server, which shows it and exits; where that is a worker of uvicorn's, end the parent as well."""
    parent = watch_parent()
    try:
        yield
    except WhimbrelError as error:
        app.state.failure = error
        # Whoever is interrupted was told to stop, and so were the siblings: they need their time to cancel on the server.
        if parent is not None and not isinstance(error, Interrupted):
            _end_parent(parent, error)
        # The server shows the whole chain of causes before the message; the message has the database's words already.
        raise error.with_traceback(None) from None


def leave(error: Exception) -> NoReturn:
    """End this process now: the server runs, no request was let through, and nobody waits for what a task of ours raises."""
    parent = _uvicorn_parent()
    if parent is not None and not isinstance(error, Interrupted):
        _end_parent(parent, error)
    else:
        logger.error("the start failed\n%s", error)
    if not isinstance(error, WhimbrelError):
        logger.error("it was raised here", exc_info=error)
    logging.shutdown()
    # An orderly end is not to be had from here: uvicorn answers 0 to SIGINT, and SystemExit in a task is only noted.
    os._exit(error.exit_code if isinstance(error, WhimbrelError) else 1)


def watch_parent() -> BaseProcess | None:
    """Return the parent, if uvicorn's workers have one, and see to it that this worker ends with it."""
    parent = _uvicorn_parent()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, _stop_with_the_parent, parent.sentinel)
    return parent


def _uvicorn_parent() -> BaseProcess | None:
    # uvicorn spawns its workers; other servers fork theirs, or have no parent in Python, and report a failed start themselves.
    # Its reloader waits for the mended file, so it is left alone.
    is_worker = "uvicorn.supervisors.multiprocess" in sys.modules and "--reload" not in sys.argv
    import multiprocessing  # a worker has it already

    return multiprocessing.parent_process() if is_worker else None


def _end_parent(parent: BaseProcess, error: Exception) -> None:
    # Told here and now: with the parent a container ends, and what the server would show comes too late.
    logger.error("the start failed; ending the parent process %s, which would exit with 0\n%s", parent.pid, error)
    assert parent.pid is not None, "a parent has been started"
    # A sibling whose start failed as well may have been quicker.
    with suppress(ProcessLookupError):
        os.kill(parent.pid, signal.SIGALRM)


def _stop_with_the_parent(sentinel: int) -> None:
    """End this worker as its parent would have: the parent was ended by a sibling whose start failed.

    uvicorn's parent answers 0 when a worker cannot start (https://github.com/encode/uvicorn/discussions/2440), and handles every
    signal that would end it otherwise but a few; SIGALRM is one of those and leaves no core file. As process 1 of a container the
    parent cannot be ended so: it needs an init above it, as `docker run --init` gives.
    """
    asyncio.get_running_loop().remove_reader(sentinel)
    os.kill(os.getpid(), signal.SIGTERM)
