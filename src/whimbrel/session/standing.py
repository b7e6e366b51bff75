"""Look at the history of one set before some of its migrations are recorded without running them."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.place import HISTORY_TABLE, JOURNAL_TABLE
from whimbrel.errors import Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import joined, printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.migration import Migration, MigrationSet, Version
from whimbrel.migrations.problems import problems
from whimbrel.migrations.squash import covers
from whimbrel.migrations.state import MigrationInfo, State, compare
from whimbrel.session.session import Session

__all__ = ["find_unrecorded", "read_standing"]

# The new records remove the causes of these, or a run reports them too.
_PASSED_OVER = (ProblemKind.OUT_OF_ORDER, ProblemKind.REPLACES)


async def read_standing(session: Session, one: MigrationSet, *, folder: str = "") -> list[MigrationInfo]:
    """Return the state of each migration of the set. Raises ValidationFailed if the history contradicts new records.

    `folder` replaces the run's folders in the command that is suggested.
    """
    infos = compare([one], session.database, await session.history.read([one.name]))
    half = [info for info in infos if info.state is State.PARTIAL]
    if half or (not await session.history.lacks(JOURNAL_TABLE) and await session.history.has_journal(one.name)):
        raise ValidationFailed([_half_applied(one, half, folder)])
    wrong = [problem for problem in problems(infos) if not problem.warning and problem.kind not in _PASSED_OVER]
    if wrong:
        raise ValidationFailed(wrong)
    return infos


def find_unrecorded(infos: Sequence[MigrationInfo], last: Version) -> list[Migration]:
    """Return the files up to version `last` that are neither recorded nor replaced by a recorded squashed file.

    Raises ValidationFailed if the history has a newer version than one of them.
    """
    ranges = [
        ends
        for info in infos
        if info.applied and info.resolved and _stands(info, infos)
        for ends in info.resolved.directives.replaces
    ]
    missing = [
        info.resolved
        for info in infos
        if info.resolved and not info.applied and info.version <= last and not covers(ranges, info.version)
    ]
    newest = max((info.version for info in infos if info.applied), default=None)
    if newest is not None and (late := [file for file in missing if file.version < newest]):
        raise ValidationFailed([_contradicted(file, newest) for file in late])
    return missing


def _stands(squash: MigrationInfo, infos: Sequence[MigrationInfo]) -> bool:
    """Whether a squashed file has a row, and the versions that it replaces have none."""
    ranges = squash.resolved.directives.replaces if squash.resolved else ()
    return not any(info.applied and covers(ranges, info.version) for info in infos)


def _contradicted(file: Migration, newest: Version) -> Problem:
    message = (
        f"{printable(file.path)}: the history has version {newest} of set {printable(file.set_name)} as applied, but not "
        f"version {file.version}\n"
        f"    next: apply the file: {command('migrate', '--out-of-order')}; or give it a newer version"
    )
    return Problem(ProblemKind.OUT_OF_ORDER, message, file.path)


def _half_applied(one: MigrationSet, half: Sequence[MigrationInfo], folder: str) -> Problem:
    named = joined([str(info) for info in half]) if half else f"a file of set {printable(one.name)}"
    message = (
        f"{named} is begun and not finished, so it counts neither as applied nor as pending\n"
        f"    next: finish it: {command('migrate', folder=folder)}; or, if you have checked that the database has all its "
        f"effects, delete its rows from {JOURNAL_TABLE} and {HISTORY_TABLE}, and run this command again"
    )
    return Problem(ProblemKind.PARTIAL, message, half[0].script if half else "")
