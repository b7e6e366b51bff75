"""Judge first contact: look up in the catalog the objects that pending files of new sets touch.

Writes nothing. A set with a row in the history is not checked, so a start with nothing to do sends no query here.
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.objects import Holdings
from whimbrel.errors import Problem
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.migrations.migration import Migration, MigrationSet
from whimbrel.migrations.state import MigrationInfo
from whimbrel.planning.first_contact import (
    TouchedFile,
    find_conflicts,
    find_made,
    find_passed_over,
    find_wanted,
    first_contact_problems,
)
from whimbrel.planning.plan import Planner
from whimbrel.session.session import Session

__all__ = ["Contact", "judge_contact"]


class Contact(NamedTuple):
    """The result: problems; tables that IF NOT EXISTS passes over; whether the history changed since it was read."""

    problems: Sequence[Problem] = ()
    passed_over: Sequence[str] = ()
    outdated: bool = False


async def judge_contact(
    session: Session, planner: Planner, sets: Sequence[MigrationSet], infos: Sequence[MigrationInfo], pending: Sequence[Migration]
) -> Contact:
    """Judge which existing objects the `pending` files of sets without a row touch, unless applied files of this run made them.

    Another process may apply the same files at this moment. It commits its records with its tables or before them, so this
    function reads the history again before it reports a conflict.
    """
    # A set that the history has under another name is reported as renamed.
    known = {info.set_name for info in infos if info.applied is not None or info.notes}
    first = [migration for migration in pending if migration.set_name not in known]
    if not first:
        return Contact()
    dialect, database = session.dialect, session.database
    files = [planner.touches(dialect, database, migration) for migration in first]
    wanted = find_wanted(files)
    if not wanted:
        return Contact()
    there = await dialect.catalog.find(session.connection, session.schema, wanted)
    passed_over = [one.name for one in find_passed_over(files, there).values()]
    conflicts = find_conflicts(files, there)
    if conflicts:
        applied = [info.resolved for info in infos if info.applied is not None and info.resolved is not None]
        done = [planner.touches(dialect, database, migration) for migration in applied]
        there = await _look_behind_views(session, files, done, there)
        conflicts = find_conflicts(files, there, find_made(done, there), done)
    if not conflicts:
        return Contact((), passed_over)
    if await _has_changed(session, sets, infos):
        return Contact(outdated=True)
    return Contact(first_contact_problems(conflicts, [(one.name, one.path) for one in sets], there.tools))


async def _look_behind_views(
    session: Session, files: Sequence[TouchedFile], done: Sequence[TouchedFile], there: Holdings
) -> Holdings:
    """Look up again if an applied file made a view: the pending files may write to it, and so to the tables behind it."""
    if not any(touch.target.reached for file in done for touch in file.touches):
        return there
    return await session.dialect.catalog.find(session.connection, session.schema, find_wanted([*files, *done]))


async def _has_changed(session: Session, sets: Sequence[MigrationSet], infos: Sequence[MigrationInfo]) -> bool:
    """Whether another process has recorded migrations since `infos` were read. It may have created the history table too."""
    await session.history.inspect()
    now = {(row.set_name, row.version) for row in await session.history.read([one.name for one in sets])}
    return now != {(info.set_name, info.version) for info in infos if info.applied is not None}
