"""Judge first contact: ask the catalog for what the pending files of sets touch that were never applied.

Writes nothing. A set that has a row in the history is not judged, so that a start with nothing to do asks nothing here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from whimbrel.errors import Problem
from whimbrel.migrations.migration import Migration, MigrationSet
from whimbrel.migrations.state import MigrationInfo
from whimbrel.planning.first_contact import (
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
    """What was found: problems; the names of tables that IF NOT EXISTS passes over; whether the history changed meanwhile."""

    problems: Sequence[Problem] = ()
    passed_over: Sequence[str] = ()
    outdated: bool = False


async def judge_contact(
    session: Session, planner: Planner, sets: Sequence[MigrationSet], infos: Sequence[MigrationInfo], pending: Sequence[Migration]
) -> Contact:
    """Return what the `pending` files of sets without a row touch that is there, but for what applied files of this run made.

    Another process may apply the same files at this moment. Its records come with its tables or before them, so that the history
    is read once more before anything is called a conflict.
    """
    # A set that is recognised under another name is reported as that.
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
        made = find_made([planner.touches(dialect, database, migration) for migration in applied], there)
        conflicts = find_conflicts(files, there, made)
    if not conflicts:
        return Contact((), passed_over)
    rows = await session.history.read([one.name for one in sets])
    if not {one.migration.set_name for one in conflicts}.isdisjoint(row.set_name for row in rows):
        return Contact(outdated=True)
    return Contact(first_contact_problems(conflicts, [(one.name, one.path) for one in sets], there.tools))
