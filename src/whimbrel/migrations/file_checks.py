"""Check what the names and directives of files say, alone and together.

Pure: no database, no disk.
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.migrations.filename import name_fault
from whimbrel.migrations.large_file import Unreadable
from whimbrel.migrations.migration import (
    LONGEST_DESCRIPTION,
    LONGEST_SCRIPT,
    LONGEST_VERSION,
    Migration,
    Version,
    served_by,
)
from whimbrel.url import DATABASES

__all__ = ["check_lengths", "check_meant", "doubles"]


def check_lengths(version: Version, description: str, script: str, database: str) -> None:
    """Raise Unreadable if the history has no room for a name, or its variant is for an unknown database."""
    fits = len(script) <= LONGEST_VERSION or len(str(version)) <= LONGEST_VERSION
    if not fits or len(description) > LONGEST_DESCRIPTION or len(script) > LONGEST_SCRIPT:
        limits = f"a version may have {LONGEST_VERSION} characters, a description {LONGEST_DESCRIPTION}"
        raise Unreadable(ProblemKind.MISNAMED, f"the name is too long; {limits}")
    if database and database not in DATABASES:
        if database in ("up", "down"):
            raise Unreadable(ProblemKind.MISNAMED, name_fault(script))
        raise Unreadable(ProblemKind.MISNAMED, f"variant for an unknown database {database!r}; known are {', '.join(DATABASES)}")


def check_meant(databases: Sequence[str], database: str) -> None:
    """Raise Unreadable if the directive of a variant names other databases than the file's name."""
    if database and not set(databases) <= served_by(database):
        message = f"the directive says databases={','.join(databases)}, but the file's name says {database}; change one of them"
        raise Unreadable(ProblemKind.DIRECTIVE, message)


def doubles(migrations: Sequence[Migration]) -> list[Problem]:
    """Return a problem for each version that two files have, for the same database."""
    by_version: dict[tuple[Version, str], list[Migration]] = {}
    for migration in migrations:
        by_version.setdefault((migration.version, migration.database), []).append(migration)
    return [
        Problem(
            ProblemKind.DUPLICATE,
            f"{' and '.join(printable(one.path) for one in same)} have the same version {same[0].version}; renumber the one "
            "that is not applied",
            same[0].path,
        )
        for same in by_version.values()
        if len(same) > 1
    ]
