"""Find all problems of files and history that a run must report. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.printable import printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.identity import (
    KNOWN_CHECKSUM,
    OtherRow,
    is_other_file,
    other_file_problem,
)
from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet, Version
from whimbrel.migrations.set_directives import SET_FILE
from whimbrel.migrations.squash import Standing, order_problems
from whimbrel.migrations.state import MigrationInfo, State, compare, squashes

__all__ = ["assess", "coverage_problems", "problems"]

_MOST_LISTED = 10


def problems(
    infos: Sequence[MigrationInfo],
    *,
    out_of_order: bool = False,
    app: Version | None = None,
    target: Version | None = None,
) -> list[Problem]:
    """Return every problem of these migrations that a run up to `target` must report.

    `app` is the version of the application. A migration of a newer build may require a newer application.
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
    return found + _squash_problems(infos, target)


def _squash_problems(infos: Sequence[MigrationInfo], target: Version | None) -> list[Problem]:
    found: list[Problem] = []
    for name in dict.fromkeys(info.set_name for info in infos if info.resolved and info.resolved.directives.replaces):
        own = [info for info in infos if info.set_name == name]
        files = [info.resolved for info in own if info.resolved]
        found += order_problems(files, [info.version for info in own if info.applied])
        found += [
            one.problem()
            for one in squashes(files, [info.applied for info in own if info.applied])
            if one.standing is Standing.SOME and not one.recorded and (target is None or one.migration.version <= target)
        ]
    return found


def _problems_of(info: MigrationInfo, *, out_of_order: bool, app: Version | None) -> list[Problem]:
    resolved, applied = info.resolved, info.applied
    where, script = f"set {printable(info.set_name)}, version {info.version}", printable(info.script)
    done = "applied" if applied is None or applied.success else "begun and not finished"
    if info.state is State.MISSING:
        message = f"{where}: {done} as {script}, but the file is gone; restore it"
        if done == "applied":
            message += f"; or, if a squashed file replaces it, write that version there: -- whimbrel: replaces={info.version}"
        return [Problem(ProblemKind.MISSING, message, info.script)]
    if info.state is State.FUTURE:
        return [_future_problem(info, where, done, app)]
    if info.state is State.OUT_OF_ORDER and not out_of_order and resolved:
        message = (
            f"{printable(resolved.path)}: {where} came late: newer versions are applied; "
            f"give it a newer version; or, if it may run after them, apply it now: {command('migrate', '--out-of-order')}"
        )
        return [Problem(ProblemKind.OUT_OF_ORDER, message, resolved.path)]
    if info.state.is_applied and resolved and applied:
        return _changes(resolved, applied, unlike=info.unlike)
    return []


def _future_problem(info: MigrationInfo, where: str, done: str, app: Version | None) -> Problem:
    """Return the problem of a row without a file, which a newer build has recorded. It may be only a warning."""
    min_app = info.applied.min_app if info.applied else ""
    if min_app and (app is None or app < Version.parse(min_app)):
        known = "this build does not give its version (app_version)" if app is None else f"this build is {app}"
        message = f"{where} needs the application's version {printable(min_app)} or newer; {known}"
        return Problem(ProblemKind.MIN_APP, message, info.script)
    message = f"{where}: {done} as {printable(info.script)} by a newer build than this one"
    if done != "applied":
        return Problem(ProblemKind.FUTURE, f"{message}; finish the migrations of that build first", info.script)
    return Problem(ProblemKind.FUTURE, message, info.script, warning=True)


def _changes(resolved: Migration, applied: AppliedMigration, *, unlike: bool) -> list[Problem]:
    found: list[Problem] = []
    where, path = f"set {printable(resolved.set_name)}, version {resolved.version}", printable(resolved.path)
    if not applied.checksum.startswith(KNOWN_CHECKSUM):
        message = f"{path}: {where} has the checksum of a newer Whimbrel release; this release cannot verify it"
        found.append(Problem(ProblemKind.UNVERIFIABLE, message, resolved.path, warning=True))
    elif applied.checksum != resolved.checksum:
        message = (
            f"{path}: {where} was edited after it was applied on {applied.installed_on:%Y-%m-%d %H:%M:%S} UTC; "
            "restore the file and write the change as a new version; "
            f"or, if the change is intended and harmless, accept it in the history: {command('repair')}"
        )
        if unlike:
            message += "; or, if another service's set of the same name was applied here, rename this set's folder"
        found.append(Problem(ProblemKind.CHECKSUM, message, resolved.path))
    if applied.description != resolved.description:
        message = (
            f"{path}: {where} was renamed; it was applied as {printable(applied.script)}; to record the new name: "
            f"{command('repair')}"
        )
        found.append(Problem(ProblemKind.RENAMED, message, resolved.path, warning=True))
    return found


def assess(
    sets: Sequence[MigrationSet],
    database: str,
    history: Sequence[AppliedMigration],
    *,
    out_of_order: bool = False,
    app: Version | None = None,
    others: Sequence[OtherRow] = (),
    target: Version | None = None,
) -> tuple[list[MigrationInfo], list[Problem]]:
    """Return the state of every migration on `database`, and every problem that a run must report."""
    infos = compare(sets, database, history, others)
    return infos, problems(infos, out_of_order=out_of_order, app=app, target=target) + coverage_problems(sets, [database])


def coverage_problems(sets: Sequence[MigrationSet], databases: Collection[str]) -> list[Problem]:
    """Return a problem for each set with versions that one of `databases` cannot run: they have no shared file and no variant."""
    found: list[Problem] = []
    for one in sets:
        for database in databases:
            having = {migration.version for migration in one.for_database(database)}
            if lacking := sorted(one.versions_for(database) - having):
                found.append(Problem(ProblemKind.COVERAGE, _uncovered(one, database, lacking), one.path))
    return found


def _uncovered(one: MigrationSet, database: str, lacking: Sequence[Version]) -> str:
    shown = ", ".join(map(str, lacking[:_MOST_LISTED]))
    more = f" and {len(lacking) - _MOST_LISTED} more" if len(lacking) > _MOST_LISTED else ""
    version = "version" if len(lacking) == 1 else "versions"
    have = "has" if len(lacking) == 1 else "have"
    path = printable(one.path)
    return (
        f"{path}: {version} {shown}{more} of set {printable(one.name)} {have} no file for {database}; add a shared file or a "
        f"variant; or, if only some databases need a version, write -- whimbrel: databases=variants into {path}/{SET_FILE}, for "
        "all versions without a shared file, or -- whimbrel: databases=... into the file of the version; or, if the whole set "
        "is for some databases, name these with --for"
    )
