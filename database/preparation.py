"""Before an application serves: migrate, see that nothing is pending, or wait until somebody else has migrated."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from time import monotonic
from typing import Literal, get_args

from database.commands.migrate import migrate
from database.directory import read_directories
from database.errors import ConfigurationError, DatabaseBusy, MigrationsPending, ValidationFailed
from database.migration import MigrationSet
from database.readiness import Startup
from database.session import Target, hidden, open_session
from database.state import compare, coverage_problems, pending, problems

__all__ = ["Mode", "prepare"]

logger = logging.getLogger("database")

Mode = Literal["migrate", "check", "wait"]
_POLL_SECONDS = (0.1, 2.0)


async def prepare(target: Target, startup: Startup, *, folders: Sequence[str | Traversable], mode: Mode, wait: float) -> str:
    """Return, when nothing is pending any more, a line that says what was done. `startup` is told what it waits for.

    Raises what `migrate` raises, and MigrationsPending.
    """
    target = hidden(target)

    def tell(text: str) -> None:
        startup.status = text

    if mode == "migrate":
        return (await migrate(target, *folders, lock_wait=wait, progress=tell)).summary()
    if mode not in get_args(Mode):
        raise ConfigurationError(f"mode={mode!r} is not known; known are {', '.join(get_args(Mode))}")
    sets = read_directories(folders)
    if mode == "check":
        if scripts := await _pending(target, sets):
            raise MigrationsPending(scripts)
    else:
        await _until_applied(target, sets, startup, wait)
    return "nothing is pending"


async def _until_applied(target: Target, sets: Sequence[MigrationSet], startup: Startup, wait: float) -> None:
    started, pause = monotonic(), _POLL_SECONDS[0]
    scripts: list[str] = []
    while True:
        try:
            scripts = await _pending(target, sets)
        except DatabaseBusy:
            # SQLite while the other process writes: what was pending a moment ago still is.
            scripts = scripts or ["what is pending"]
        if not scripts:
            return
        if monotonic() - started >= wait:
            raise MigrationsPending(scripts, wait)
        more = f" and {len(scripts) - 1} more" if len(scripts) > 1 else ""
        status = f"waiting for another process to apply {scripts[0]}{more}"
        if status != startup.status:
            logger.info("%s", status)
            startup.status = status
        await asyncio.sleep(pause * random.uniform(0.5, 1))
        pause = min(pause * 1.5, _POLL_SECONDS[1])


async def _pending(target: Target, sets: Sequence[MigrationSet]) -> list[str]:
    """Return what is pending; writes nothing. Raises ValidationFailed if files and history disagree."""
    async with open_session(target, question=True) as session:
        infos = compare(sets, session.database, await session.history.read([one.name for one in sets]))
        found = problems(infos) + coverage_problems(sets, [session.database])
        if wrong := [problem for problem in found if not problem.warning]:
            raise ValidationFailed(wrong)
        return [str(migration) for migration in pending(infos)]
