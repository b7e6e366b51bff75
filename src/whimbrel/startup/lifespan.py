"""The hook that migrates when an application starts: for FastAPI, Starlette, Litestar and all others with a lifespan."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

from whimbrel.errors import ConfigurationError, Interrupted
from whimbrel.manager import DatabaseManager
from whimbrel.session.session import LOCK_WAIT_SECONDS
from whimbrel.signals import interruptible, server_was_told_to_stop
from whimbrel.startup.exit_process import failure_ends_the_process, leave, watch_parent
from whimbrel.startup.modes import Mode, Wanted, prepare
from whimbrel.startup.readiness import Startup
from whimbrel.url import DatabaseUrl, parse_url

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["lifespan"]

logger = logging.getLogger("whimbrel")

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]
Preparation = Callable[[DatabaseUrl | DatabaseManager, Startup], Coroutine[Any, Any, str]]


def lifespan(
    url: str | DatabaseUrl,
    *folders: str | Traversable,
    then: Lifespan | None = None,
    mode: Mode = "migrate",
    background: bool = False,
    wait: float = LOCK_WAIT_SECONDS,
    databases: Collection[str] = (),
    app_version: str | None = None,
    accept_existing: bool = False,
    keep_model: bool = True,
) -> Lifespan:
    """Return a lifespan that applies `folders`, then serves with a connected DatabaseManager in `app.state.db_manager`.

    `mode` says which process applies the migrations. "migrate": this one, or the first of several. "check": none; pending
    migrations end the start. "wait": another process, for which this one waits. `wait` limits that waiting, in seconds.
    `databases`, `app_version`, `accept_existing` and `keep_model` are those of `migrate`.

    With `background` the server accepts connections immediately: `app.state.startup` reports the progress of the start, and the
    middleware UntilReady rejects requests until the start is over.

    If the environment variable MIGRATION_DATABASE_URL is set, migrations go to that address. It must lead to the same database,
    past the pooler that `url` names; Whimbrel does not check that it is the same.

    `then` is the application's own lifespan. It runs inside this one, which passes on its state, except in the background. If the
    start fails, the process ends with the message and an exit code other than 0: the server receives the exception, shows it and
    exits, and `app.state.failure` keeps it. In the background, the process ends itself with the error's exit code.
    """
    url = parse_url(url)
    if mode not in get_args(Mode):
        raise ConfigurationError(f"mode={mode!r} is not known; known are {', '.join(get_args(Mode))}")
    wanted = Wanted(folders, mode, wait, databases, app_version, accept_existing, keep_model)
    own: Preparation = partial(prepare, wanted=wanted)

    @asynccontextmanager
    async def run(app: Any) -> AsyncIterator[Any]:
        app.state.startup = startup = Startup()
        if background:
            async with _in_background(_serving(app, url, own, then), startup):
                yield
        else:
            foreground = partial(_interruptibly, own)
            async with _serving(app, url, foreground, then, failure_ends_the_process(app)) as state:
                yield state

    return run


@asynccontextmanager
async def _serving(
    app: Any,
    url: DatabaseUrl,
    prepare_: Preparation,
    then: Lifespan | None,
    failing: AbstractContextManager[None] | None = None,
) -> AsyncIterator[Any]:
    startup: Startup = app.state.startup
    with failing or nullcontext():
        app.state.db_manager = db_manager = DatabaseManager(url)
        if url.in_memory:
            await db_manager.connect()
        logger.info("%s", await prepare_(_migrated_through(db_manager), startup))
        # The manager connects only now, so that no connection has prepared a statement for the old schema.
        await db_manager.connect()
    try:
        async with then(app) if then is not None else nullcontext() as state:
            startup.status, startup.ready = "ready", True
            yield state
    finally:
        startup.status, startup.ready = "stopping", False
        await db_manager.close()


def _migrated_through(db_manager: DatabaseManager) -> DatabaseUrl | DatabaseManager:
    direct = parse_url(os.environ.get("MIGRATION_DATABASE_URL", ""))
    if direct == parse_url("") or db_manager.url.in_memory:
        return db_manager
    direct.check()
    if direct.dialect not in db_manager.url.databases:
        raise ConfigurationError(f"MIGRATION_DATABASE_URL is {direct}, and the application uses {db_manager.url}")
    return direct


async def _interruptibly(prepare_: Preparation, target: DatabaseUrl | DatabaseManager, startup: Startup) -> str:
    """Run the preparation, and cancel it on the signals that the server would only note until the start is over."""
    # https://github.com/Kludex/uvicorn/discussions/2751
    if server_was_told_to_stop():
        raise Interrupted("interrupted before anything was migrated")
    work = asyncio.ensure_future(prepare_(target, startup))
    with interruptible(work, pass_on=True):
        try:
            return await work
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise Interrupted("interrupted while migrating; finished work is recorded, and the next start continues") from None


@asynccontextmanager
async def _in_background(serving: AbstractAsyncContextManager[Any], startup: Startup) -> AsyncIterator[None]:
    """Enter and leave `serving` in one separate task, because the application's own lifespan may require a single task."""
    stop = asyncio.Event()

    async def work() -> None:
        try:
            async with serving as state:
                _refuse(state)
                await stop.wait()
        except Exception as error:
            if stop.is_set():
                raise
            leave(error)

    watch_parent()
    task = asyncio.create_task(work(), name="whimbrel start")
    try:
        yield
    finally:
        stop.set()
        if not startup.ready:
            task.cancel()
        # The task has cancelled its statement on the server; there is nothing else to report.
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


def _refuse(state: object) -> None:
    if state is not None:
        raise ConfigurationError(
            "with background=True, a lifespan cannot pass on a state: the server is listening already; yield nothing"
        )
