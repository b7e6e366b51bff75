"""Before an application serves: migrate, check that nothing is pending, or wait until another process has migrated."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Literal

from whimbrel.commands.migrate import migrate
from whimbrel.errors import DatabaseBusy, MigrationsPending, ValidationFailed
from whimbrel.migrations.done import check_database, meant_databases
from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.migrations.problems import assess
from whimbrel.migrations.state import pending
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.doubles import read_sets
from whimbrel.session.other_sets import read_others
from whimbrel.session.teller import LOG_SECONDS
from whimbrel.startup.readiness import Startup

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

__all__ = ["Mode", "Wanted", "prepare"]

logger = logging.getLogger("whimbrel")

Mode = Literal["migrate", "check", "wait"]
_POLL_SECONDS = (0.1, 2.0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The task of a start. `databases` are those that the sets are meant for; `app_version` is the application's version.

    With `accept_existing`, new sets may touch objects that exist already. `keep_model` is that of `migrate`.
    """

    folders: Sequence[str | Traversable]
    mode: Mode
    wait: float
    databases: Collection[str] = ()
    app_version: str | None = None
    accept_existing: bool = False
    keep_model: bool = True


async def prepare(target: Target, startup: Startup, *, wanted: Wanted) -> str:
    """Return a line that says what was done, once nothing is pending. Report any waiting through `startup`.

    Raises MigrationsPending, and every exception of `migrate`.
    """
    target = parse_target(target)

    def tell(text: str) -> None:
        startup.status = text

    if wanted.mode == "migrate":
        report = await migrate(
            target,
            *wanted.folders,
            lock_wait=wanted.wait,
            progress=tell,
            databases=wanted.databases,
            app_version=wanted.app_version,
            accept_existing=wanted.accept_existing,
            keep_model=wanted.keep_model,
        )
        return report.summary()
    sets = await read_sets(target, wanted.folders)
    app = None if wanted.app_version is None else Version.parse(wanted.app_version)
    if wanted.mode == "check":
        if scripts := await _pending(target, sets, wanted, app):
            raise MigrationsPending(scripts)
    else:
        await _until_applied(target, sets, startup, wanted, app)
    return "nothing is pending"


async def _until_applied(
    target: Target, sets: Sequence[MigrationSet], startup: Startup, wanted: Wanted, app: Version | None
) -> None:
    started, pause = monotonic(), _POLL_SECONDS[0]
    logged = started
    scripts: list[str] = []
    while True:
        try:
            scripts = await _pending(target, sets, wanted, app)
        except DatabaseBusy:
            # SQLite is locked while the other process writes; the migrations that were pending a moment ago still are.
            scripts = scripts or ["what is pending"]
        if not scripts:
            return
        if monotonic() - started >= wanted.wait:
            raise MigrationsPending(scripts, wanted.wait)
        more = f" and {len(scripts) - 1} more" if len(scripts) > 1 else ""
        status = f"waiting for another process to apply {scripts[0]}{more}"
        if status != startup.status or monotonic() - logged >= LOG_SECONDS:
            logged = monotonic()
            logger.info("%s", status)
            startup.status = status
        await asyncio.sleep(pause * random.uniform(0.5, 1))
        pause = min(pause * 1.5, _POLL_SECONDS[1])


async def _pending(target: Target, sets: Sequence[MigrationSet], wanted: Wanted, app: Version | None) -> list[str]:
    """Return the pending migrations; writes nothing. Raises ValidationFailed if files and history disagree."""
    async with open_session(target, sets=sets, question=True) as session:
        check_database(meant_databases(sets, wanted.databases), session.database)
        history = await session.history.read([one.name for one in sets])
        others = await read_others(session, sets, history)
        infos, found = assess(sets, session.database, history, app=app, others=others)
        if wrong := [problem for problem in found if not problem.warning]:
            raise ValidationFailed(wrong)
        return [str(migration) for migration in pending(infos)]
