"""Compare files with history: which migrations are applied, which are pending, which have problems.

Pure: no database, no disk. Takes migrations and history rows; returns states and problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum

from whimbrel.errors import Problem
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.migrations.identity import (
    OtherRow,
    identify,
    renamed_from,
    renamed_problem,
    twin_problem,
    twins_of,
)
from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet, Version
from whimbrel.migrations.squash import Squash, Standing, covers, read_squashes

__all__ = [
    "MigrationInfo",
    "State",
    "compare",
    "pending",
]


class State(StrEnum):
    """The state of a migration. `partial` means begun and stopped; the next run resumes it.

    `baseline` means recorded as applied, never run here. `to be recorded` is a squashed file whose replaced versions are all
    applied. `replaced` is a version that a squashed file replaces.
    """

    PENDING = "pending"
    SUCCESS = "success"
    PARTIAL = "partial"
    OUT_OF_ORDER = "out of order"
    MISSING = "missing"
    FUTURE = "future"
    BASELINE = "baseline"
    TO_RECORD = "to be recorded"
    REPLACED = "replaced"

    @property
    def is_applied(self) -> bool:
        """Whether the file exists and the history has it as applied."""
        return self in (State.SUCCESS, State.BASELINE)


class MigrationInfo(NamedTuple):
    """One version of one set: its file, its history row, or both, and the state that follows from them.

    `moved_to` is the file of another version that has the text of this row. `moved_from` is the row of another version that has
    the text of this file. `notes` are problems of the whole set, reported with its first version. `unlike` says that no row of
    the set has the text of its file.
    """

    set_name: str
    version: Version
    state: State
    resolved: Migration | None
    applied: AppliedMigration | None
    moved_to: Migration | None = None
    moved_from: AppliedMigration | None = None
    notes: tuple[Problem, ...] = ()
    unlike: bool = False

    @property
    def script(self) -> str:
        """The file's current name or, if the file is gone, the name under which it was applied."""
        known = self.resolved or self.applied
        return known.script if known else ""

    @property
    def description(self) -> str:
        """The description in the file's name."""
        known = self.resolved or self.applied
        return known.description if known else ""

    def __str__(self) -> str:
        return f"{self.set_name}/{self.script}"


def compare(
    sets: Sequence[MigrationSet], database: str, history: Sequence[AppliedMigration], others: Sequence[OtherRow] = ()
) -> list[MigrationInfo]:
    """Join files and history, set by set in the order given, by version. Rows of other sets are left out.

    `others` are rows of sets that this run does not have. A renamed set is found among them.
    """
    return [info for one in sets for info in _compare_set(one, sets, database, history, others)]


def _compare_set(
    one: MigrationSet,
    sets: Sequence[MigrationSet],
    database: str,
    history: Sequence[AppliedMigration],
    others: Sequence[OtherRow],
) -> list[MigrationInfo]:
    infos = identify(one, _joined(one, database, history))
    if infos and all(info.applied is None for info in infos):
        if names := renamed_from(one, database, others):
            infos[0] = infos[0]._replace(notes=(renamed_problem(one, names),))
        elif names := twins_of(one, database, sets, history):
            infos[0] = infos[0]._replace(notes=(twin_problem(one, names),))
    return infos


def _joined(one: MigrationSet, database: str, history: Sequence[AppliedMigration]) -> list[MigrationInfo]:
    resolved = {migration.version: migration for migration in one.for_database(database)}
    applied = {row.version: row for row in history if row.set_name == one.name}
    newest_applied = max((version for version, row in applied.items() if row.success), default=None)
    newest_known = max(one.versions(), default=None)
    known = squashes(resolved.values(), applied.values())
    return [
        MigrationInfo(
            one.name,
            version,
            _squashed_state(version, resolved.get(version), applied.get(version), known)
            or _state(version, resolved.get(version), applied.get(version), newest_applied, newest_known),
            resolved.get(version),
            applied.get(version),
        )
        for version in sorted({*resolved, *applied})
    ]


def squashes(files: Iterable[Migration], rows: Collection[AppliedMigration]) -> list[Squash]:
    return read_squashes(
        list(files), {row.version for row in rows if row.success}, {row.version for row in rows if not row.success}
    )


def _squashed_state(
    version: Version, resolved: Migration | None, applied: AppliedMigration | None, squashes: Sequence[Squash]
) -> State | None:
    """Return the state of a squashed file that is to be recorded, or of a version that such a file replaces."""
    if any(one.migration is resolved and not one.recorded and one.standing is Standing.ALL for one in squashes):
        return State.TO_RECORD
    standing = [one for one in squashes if covers(one.migration.directives.replaces, version)]
    if resolved and not applied:
        return State.REPLACED if any(one.hides for one in standing) else None
    return State.REPLACED if standing and not resolved and applied and applied.success else None


def _state(
    version: Version,
    resolved: Migration | None,
    applied: AppliedMigration | None,
    newest_applied: Version | None,
    newest_known: Version | None,
) -> State:
    if resolved is None:
        return State.FUTURE if newest_known is None or version > newest_known else State.MISSING
    if applied is not None:
        if not applied.success:
            return State.PARTIAL
        return State.BASELINE if applied.baseline else State.SUCCESS
    late = newest_applied is not None and version < newest_applied
    return State.OUT_OF_ORDER if late else State.PENDING


def pending(infos: Sequence[MigrationInfo], target: Version | None = None) -> list[Migration]:
    """Return the migrations that a run up to `target` would apply, in order; a begun file keeps its place.

    Sets keep the order given, and their versions rise.
    """
    unapplied = (State.PENDING, State.PARTIAL, State.OUT_OF_ORDER, State.TO_RECORD)
    return [
        info.resolved
        for info in infos
        if info.state in unapplied and info.resolved is not None and (target is None or info.version <= target)
    ]
