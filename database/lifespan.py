"""The hook that migrates when an application starts: FastAPI, Starlette, and whatever else takes a lifespan."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from importlib.resources.abc import Traversable
from typing import Any

from database.commands.migrate import Report, migrate
from database.errors import Interrupted, WhimbrelError
from database.interruption import interruptible
from database.manager import DatabaseManager
from database.url import DatabaseUrl, parse_url

__all__ = ["lifespan"]

logger = logging.getLogger("database")

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]


def lifespan(url: str | DatabaseUrl, *folders: str | Traversable, then: Lifespan | None = None) -> Lifespan:
    """Return a lifespan that applies `folders`, then serves with a connected DatabaseManager in `app.state.db_manager`.

    `then` is the application's own lifespan, which runs inside and whose state is passed on. If a migration fails, the
    application does not start: the exception goes to the server, which shows it and exits; `app.state.failure` keeps it.
    """
    url = parse_url(url)

    @asynccontextmanager
    async def run(app: Any) -> AsyncIterator[Any]:
        with _failure_ends_the_process(app):
            url.check()
            app.state.db_manager = db_manager = DatabaseManager(url)
            if url.in_memory:
                await db_manager.connect()
            report = await _migrate(db_manager, *folders)
            logger.info("%s", report.summary())
            # Only now, so that no connection has planned a statement for the schema of before.
            await db_manager.connect()
        try:
            async with then(app) if then is not None else nullcontext() as state:
                yield state
        finally:
            await db_manager.close()

    return run


async def _migrate(db_manager: DatabaseManager, *folders: str | Traversable) -> Report:
    """Migrate, and be cancelled by the signals that the server would otherwise only note until the start is over."""
    # https://github.com/Kludex/uvicorn/discussions/2751
    if _server_was_told_to_stop():
        raise Interrupted("interrupted before anything was migrated")
    work = asyncio.ensure_future(migrate(db_manager, *folders))
    with interruptible(work, pass_on=True):
        try:
            return await work
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise Interrupted("interrupted while migrating; what was finished is recorded, and the next start goes on") from None


def _server_was_told_to_stop() -> bool:
    """Whether uvicorn has noted a signal while it imported the application; it starts the application all the same."""
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    return bool(getattr(server, "should_exit", False))


@contextmanager
def _failure_ends_the_process(app: Any) -> Iterator[None]:
    parent = multiprocessing.parent_process()
    watched = parent is not None and _is_uvicorn_worker()
    if watched and parent is not None:
        asyncio.get_running_loop().add_reader(parent.sentinel, _stop_with_the_parent, parent.sentinel)
    try:
        yield
    except WhimbrelError as error:
        app.state.failure = error
        # Whoever is interrupted was told to stop, and so were the siblings: they need their time to cancel on the server.
        failed = watched and not isinstance(error, Interrupted)
        if failed and parent is not None and parent.pid is not None:
            # Told here and now: with the parent a container ends, and what the server would show comes too late.
            logger.error("the start failed; ending the parent process %d, which would exit with 0\n%s", parent.pid, error)
            # A sibling whose start failed as well may have been quicker.
            with suppress(ProcessLookupError):
                os.kill(parent.pid, signal.SIGALRM)
        # The server shows the whole chain of causes before the message; the message has the database's words already.
        raise error.with_traceback(None) from None


def _is_uvicorn_worker() -> bool:
    # uvicorn spawns its workers; other servers fork theirs, or have no parent in Python, and report a failed start themselves.
    # Its reloader waits for the mended file, so it is left alone.
    return "uvicorn.supervisors.multiprocess" in sys.modules and "--reload" not in sys.argv


def _stop_with_the_parent(sentinel: int) -> None:
    """End this worker as its parent would have: the parent was ended by a sibling whose start failed.

    uvicorn's parent answers 0 when a worker cannot start (https://github.com/encode/uvicorn/discussions/2440), and handles every
    signal that would end it otherwise but a few; SIGALRM is one of those and leaves no core file. As process 1 of a container the
    parent cannot be ended so: it needs an init above it, as `docker run --init` gives.
    """
    asyncio.get_running_loop().remove_reader(sentinel)
    os.kill(os.getpid(), signal.SIGTERM)
