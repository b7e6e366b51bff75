"""Compare files with history: which migrations are applied, which are pending, which have problems.

Pure: no database, no disk. Takes migrations and history rows; returns states and problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from whimbrel.errors import ConfigurationError, Problem
from whimbrel.migrations.identity import (
    OtherRow,
    identify,
    renamed_from,
    renamed_problem,
    twin_problem,
    twins_of,
)
from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet, Version, served_by
from whimbrel.migrations.squash import Squash, Standing, are_replaced, covers, read_squashes

__all__ = [
    "MigrationInfo",
    "State",
    "check_database",
    "check_target",
    "compare",
    "is_done",
    "meant_databases",
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


def check_target(sets: Sequence[MigrationSet], target: Version | None) -> None:
    """Raise ConfigurationError if no set has the target version."""
    if target is not None and not any(target in one.versions() for one in sets):
        raise ConfigurationError(f"--target {target}: no set has this version")


def meant_databases(sets: Sequence[MigrationSet], databases: Collection[str]) -> Collection[str]:
    """Return the `databases` of the run; without any, those that every one of its sets names in its own directives."""
    own = {one.databases for one in sets}
    return databases or (own.pop() if len(own) == 1 else ())


def check_database(meant: Collection[str], *answering: str) -> None:
    """Raise ConfigurationError if the database is not among those that the sets are `meant` for; mysql includes MariaDB.

    `answering` holds the database of the connection, or all that it may turn out to be.
    """
    if meant and not served_by(*meant).intersection(answering):
        raise ConfigurationError(
            f"the sets are for {', '.join(meant)} (by --for, databases in [tool.whimbrel], or whimbrel.sql), but the database is "
            f"{answering[0]}"
        )


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


def is_done(sets: Sequence[MigrationSet], database: str, rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether the history rows match every file and no other file, so there is nothing to do or report."""
    files = [one.for_database(database) for one in sets]
    covered = all(len(found) == len(one.versions_for(database)) for found, one in zip(files, sets, strict=True))
    wanted = {(file.set_name, str(file.version), file.description, file.checksum) for found in files for file in found}
    applied = {(row["set_name"], row["version"], row["description"], row["checksum"]) for row in rows if row["success"]}
    if not covered or len(rows) != len(applied):
        return False
    return applied == wanted or are_replaced(files, applied, wanted)
