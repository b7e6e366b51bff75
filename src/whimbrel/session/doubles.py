"""Read the files of a run; if two of them have the same version, say which one the database has applied."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from whimbrel.errors import Problem, ValidationFailed, WhimbrelError
from whimbrel.messages.printable import printable
from whimbrel.migrations.filename import version_of
from whimbrel.migrations.migration import AppliedMigration
from whimbrel.migrations.reader import read_directories
from whimbrel.session.connect import Target, open_session

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from whimbrel.migrations.migration import MigrationSet

__all__ = ["read_sets"]


async def read_sets(target: Target, folders: Sequence[str | Traversable], schema: str = "") -> list[MigrationSet]:
    """Return the sets in these folders, as `read_directories` does. Raises the same errors.

    Asks the database only if two files have the same version.
    """
    try:
        return read_directories(folders)
    except ValidationFailed as failed:
        if not any(problem.kind == "duplicate" for problem in failed.problems):
            raise
        names = sorted({PurePath(problem.script).parent.name for problem in failed.problems if problem.kind == "duplicate"})
        try:
            async with open_session(target, schema, names, question=True) as session:
                rows = await session.history.read(names)
        except WhimbrelError:
            # The files are wrong regardless of the database's answer, so this is the error to report.
            raise failed from None
        raise ValidationFailed([_with_row(problem, rows) for problem in failed.problems]) from None


def _with_row(problem: Problem, rows: Sequence[AppliedMigration]) -> Problem:
    path = PurePath(problem.script)
    if problem.kind != "duplicate":
        return problem
    version = version_of(path.name)
    applied = [row.script for row in rows if (row.set_name, row.version) == (path.parent.name, version)]
    told = f": here, {printable(applied[0])} is applied" if applied else "; none of them is applied here"
    return problem._replace(message=problem.message + told)
