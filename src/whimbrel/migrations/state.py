"""Compare files with history: what is applied, what is pending, what is wrong.

Pure: no database, no disk. Migrations and history rows in, states and problems out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from whimbrel.errors import ConfigurationError, Problem
from whimbrel.migrations.identity import (
    KNOWN_CHECKSUM,
    OtherRow,
    identify,
    is_other_file,
    other_file_problem,
    renamed_from,
    renamed_problem,
)
from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet, Version, served_by
from whimbrel.printable import printable

__all__ = [
    "MigrationInfo",
    "State",
    "assess",
    "check_database",
    "check_target",
    "compare",
    "coverage_problems",
    "is_done",
    "pending",
    "problems",
]


class State(StrEnum):
    """Where a migration stands. `partial` was begun and stopped; the next run goes on where it stopped."""

    PENDING = "pending"
    SUCCESS = "success"
    PARTIAL = "partial"
    OUT_OF_ORDER = "out of order"
    MISSING = "missing"
    FUTURE = "future"


class MigrationInfo(NamedTuple):
    """One version of one set: the file, the history's row, or both, and what follows from them.

    `moved_to` is the file of another version that has the text of this one's row, `moved_from` the row of another version that
    has the text of this one's file. `notes` are problems of the whole set, told with its first version; `unlike` says that no
    row of the set has the text of its file.
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
        """The file's name, as it is now or, if it is gone, as it was applied."""
        known = self.resolved or self.applied
        return known.script if known else ""

    @property
    def description(self) -> str:
        """What the file's name says."""
        known = self.resolved or self.applied
        return known.description if known else ""

    def __str__(self) -> str:
        return f"{self.set_name}/{self.script}"


def compare(
    sets: Sequence[MigrationSet], database: str, history: Sequence[AppliedMigration], others: Sequence[OtherRow] = ()
) -> list[MigrationInfo]:
    """Join files and history, set by set in the order given, by version. Rows of other sets are left out.

    `others` are rows of sets that are not of this run, in which a set that was renamed is looked for.
    """
    return [info for one in sets for info in _compare_set(one, database, history, others)]


def _compare_set(
    one: MigrationSet, database: str, history: Sequence[AppliedMigration], others: Sequence[OtherRow]
) -> list[MigrationInfo]:
    infos = identify(one, _joined(one, database, history))
    if infos and all(info.applied is None for info in infos) and (names := renamed_from(one, database, others)):
        infos[0] = infos[0]._replace(notes=(renamed_problem(one, names),))
    return infos


def _joined(one: MigrationSet, database: str, history: Sequence[AppliedMigration]) -> list[MigrationInfo]:
    resolved = {migration.version: migration for migration in one.for_database(database)}
    applied = {row.version: row for row in history if row.set_name == one.name}
    newest_applied = max((version for version, row in applied.items() if row.success), default=None)
    newest_known = max(one.versions(), default=None)
    return [
        MigrationInfo(
            one.name,
            version,
            _state(version, resolved.get(version), applied.get(version), newest_applied, newest_known),
            resolved.get(version),
            applied.get(version),
        )
        for version in sorted({*resolved, *applied})
    ]


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
        return State.SUCCESS if applied.success else State.PARTIAL
    late = newest_applied is not None and version < newest_applied
    return State.OUT_OF_ORDER if late else State.PENDING


def check_target(sets: Sequence[MigrationSet], target: Version | None) -> None:
    """Raise ConfigurationError if no set has the version that is to be the last."""
    if target is not None and not any(target in one.versions() for one in sets):
        raise ConfigurationError(f"--target {target}: no set has this version")


def check_database(meant: Collection[str], *answering: str) -> None:
    """Raise ConfigurationError if sets that are `meant` for some databases meet another; what is for mysql serves MariaDB too.

    `answering` is the database at hand, or all that may turn out to be it.
    """
    if meant and not served_by(*meant).intersection(answering):
        raise ConfigurationError(
            f"the sets are said to be for {', '.join(meant)} (--for, or databases in [tool.whimbrel]), "
            f"and the database is {answering[0]}"
        )


def pending(infos: Sequence[MigrationInfo], target: Version | None = None) -> list[Migration]:
    """Return what a run up to `target` would apply, in order: sets as given, versions rising, a half-done file in its place."""
    unapplied = (State.PENDING, State.PARTIAL, State.OUT_OF_ORDER)
    return [
        info.resolved
        for info in infos
        if info.state in unapplied and info.resolved is not None and (target is None or info.version <= target)
    ]


def problems(infos: Sequence[MigrationInfo], *, out_of_order: bool = False, app: Version | None = None) -> list[Problem]:
    """Return everything about these migrations that a run must not pass over in silence.

    `app` is the version of the application, which a migration of a newer build may find too old.
    """
    newest: dict[str, Version] = {}
    for info in infos:
        newest[info.set_name] = max(info.version, newest.get(info.set_name, info.version))
    found: list[Problem] = []
    for info in infos:
        found += info.notes
        if info.moved_to is not None or is_other_file(info):
            found.append(other_file_problem(info, newest[info.set_name]))
        elif info.moved_from is None:
            found += _problems_of(info, out_of_order=out_of_order, app=app)
    return found


def _problems_of(info: MigrationInfo, *, out_of_order: bool, app: Version | None) -> list[Problem]:
    resolved, applied = info.resolved, info.applied
    where, script = f"set {printable(info.set_name)}, version {info.version}", printable(info.script)
    done = "applied" if applied is None or applied.success else "begun and not finished"
    if info.state is State.MISSING:
        message = f"{where}: {done} as {script}, and the file is gone; restore it"
        return [Problem("missing", message, info.script)]
    if info.state is State.FUTURE and applied and applied.min_app and (app is None or app < Version.parse(applied.min_app)):
        known = "this build does not tell its version (app_version)" if app is None else f"this build is {app}"
        message = f"{where} needs the application's version {printable(applied.min_app)} or newer; {known}"
        return [Problem("min_app", message, info.script)]
    if info.state is State.FUTURE:
        message = f"{where}: {done} as {script} by a newer build than this one"
        if done != "applied":
            return [Problem("future", f"{message}; run that build's migrations to their end", info.script)]
        return [Problem("future", message, info.script, warning=True)]
    if info.state is State.OUT_OF_ORDER and not out_of_order and resolved:
        message = (
            f"{printable(resolved.path)}: {where} came late, newer ones are applied; "
            "give it a newer version, or run with --out-of-order"
        )
        return [Problem("out_of_order", message, resolved.path)]
    if info.state is State.SUCCESS and resolved and applied:
        return _changes(resolved, applied, unlike=info.unlike)
    return []


def _changes(resolved: Migration, applied: AppliedMigration, *, unlike: bool) -> list[Problem]:
    found: list[Problem] = []
    where, path = f"set {printable(resolved.set_name)}, version {resolved.version}", printable(resolved.path)
    if not applied.checksum.startswith(KNOWN_CHECKSUM):
        message = f"{path}: {where} has a checksum of a newer Whimbrel, which this one cannot verify"
        found.append(Problem("unverifiable", message, resolved.path, warning=True))
    elif applied.checksum != resolved.checksum:
        message = (
            f"{path}: {where} was edited after it was applied on {applied.installed_on:%Y-%m-%d %H:%M:%S} UTC; "
            "put the file back as it was and write the change as a new version; "
            "or, if the change is meant and harmless, have the history accept it: whimbrel repair"
        )
        if unlike:
            message += "; or, if another service's set of the same name was applied here, give this one's folder another name"
        found.append(Problem("checksum", message, resolved.path))
    if applied.description != resolved.description:
        advice = "whimbrel repair has the history say the new name"
        message = f"{path}: {where} was renamed; it was applied as {printable(applied.script)}; {advice}"
        found.append(Problem("renamed", message, resolved.path, warning=True))
    return found


def is_done(sets: Sequence[MigrationSet], database: str, rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether the rows of the history say of every file what it says itself, and of no other: there is nothing to do or tell."""
    files = [one.for_database(database) for one in sets]
    covered = all(len(found) == len(one.versions_for(database)) for found, one in zip(files, sets, strict=True))
    wanted = {(file.set_name, str(file.version), file.description, file.checksum) for found in files for file in found}
    applied = {(row["set_name"], row["version"], row["description"], row["checksum"]) for row in rows if row["success"]}
    return covered and len(rows) == len(wanted) and applied == wanted


def assess(
    sets: Sequence[MigrationSet],
    database: str,
    history: Sequence[AppliedMigration],
    *,
    out_of_order: bool = False,
    app: Version | None = None,
    others: Sequence[OtherRow] = (),
) -> tuple[list[MigrationInfo], list[Problem]]:
    """Return where every migration stands on `database`, and everything that a run must not pass over in silence."""
    infos = compare(sets, database, history, others)
    return infos, problems(infos, out_of_order=out_of_order, app=app) + coverage_problems(sets, [database])


def coverage_problems(sets: Sequence[MigrationSet], databases: Collection[str]) -> list[Problem]:
    """Return the versions that one of `databases` cannot run, for want of a shared file or a variant."""
    return [
        Problem(
            "coverage",
            f"{printable(one.path)}: version {version} of set {printable(one.name)} has no file for {database}; "
            "add a shared file or a variant, write -- whimbrel: databases=... into the one it has, or say which databases the "
            "set is for (--for)",
            one.path,
        )
        for one in sets
        for database in databases
        for version in sorted(one.versions_for(database) - {migration.version for migration in one.for_database(database)})
    ]
