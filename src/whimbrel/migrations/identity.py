"""Find the file and the set that a history row belongs to, after a rename, or a clash of two branches or two services.

Pure: no database, no disk. Checksums decide. Names decide only where no file has the recorded checksum.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from whimbrel.errors import Problem, ProblemKind
from whimbrel.messages.named_tuple import NamedTuple
from whimbrel.messages.printable import joined, printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet, Version

if TYPE_CHECKING:
    from whimbrel.migrations.state import MigrationInfo

__all__ = [
    "IDENTITY_KINDS",
    "KNOWN_CHECKSUM",
    "OtherRow",
    "identify",
    "is_other_file",
    "other_file_problem",
    "renamed_from",
    "renamed_problem",
    "twin_problem",
    "twins_of",
]

KNOWN_CHECKSUM = "v1:sha256:"
# The kinds of problems that this module reports.
IDENTITY_KINDS = frozenset((ProblemKind.MOVED, ProblemKind.OTHER_FILE, ProblemKind.OTHER_SET, ProblemKind.RENAMED_SET))


class OtherRow(NamedTuple):
    """A row of a set that this run does not have, with the columns that identify a set."""

    set_name: str
    version: Version
    description: str
    checksum: str
    success: bool


def identify(one: MigrationSet, infos: Sequence[MigrationInfo]) -> list[MigrationInfo]:
    """In the infos of one set, mark texts that moved to another version, and rows that belong to another set."""
    moves = _find_moves(infos)
    sources = {file.version: info for info in infos if (file := moves.get(info.version)) is not None}
    noted = [
        info._replace(
            moved_to=moves.get(info.version),
            moved_from=sources[info.version].applied if info.version in sources else None,
        )
        for info in infos
    ]
    if not moves and noted and (recorded := [info for info in noted if info.applied is not None and info.state != "replaced"]):
        unlike = not any(map(_has_its_text, recorded))
        noted = [info._replace(unlike=unlike) for info in noted]
        if problem := _other_set(one, noted, recorded):
            noted[0] = noted[0]._replace(notes=(*noted[0].notes, problem))
    return noted


def _has_its_text(info: MigrationInfo) -> bool:
    """Whether a row has the text of its version's file. The row of a begun file always passes, since that file may be edited."""
    file, row = info.resolved, info.applied
    return file is not None and row is not None and (row.checksum == file.checksum or not _says_text(info))


def _says_text(info: MigrationInfo) -> bool:
    row = info.applied
    return row is not None and row.success and row.checksum.startswith(KNOWN_CHECKSUM)


def is_other_file(info: MigrationInfo) -> bool:
    """Whether the version was applied from another file than the one that has the version now.

    An edited file keeps its name, and a renamed file keeps its text. If a file kept neither its name nor its text, it is
    another file. The file is also another one if a different version has the applied text now.
    """
    file, row = info.resolved, info.applied
    if file is None or row is None or row.checksum == file.checksum or not row.checksum.startswith(KNOWN_CHECKSUM):
        return False
    return info.moved_to is not None or (row.success and row.description != file.description)


def _find_moves(infos: Sequence[MigrationInfo]) -> dict[Version, Migration]:
    """Return, by the version of a row, the file of another version that has the row's text now.

    A row cannot move to a version whose own row stays.
    """
    lost = [info for info in infos if info.applied is not None and not _fits(info) and info.state != "replaced"]
    texts: dict[str, list[Migration]] = {}
    for info in infos:
        if info.resolved is not None and not _fits(info):
            texts.setdefault(info.resolved.checksum, []).append(info.resolved)
    moves: dict[Version, Migration] = {}
    for info in lost:
        assert info.applied is not None, "a row"
        files = texts.get(info.applied.checksum, [])
        named = [file for file in files if file.description == info.applied.description]
        if files:
            moves[info.version] = (named or files)[0]
            files.remove(moves[info.version])
    return _without_taken(moves, {info.version for info in lost})


def _fits(info: MigrationInfo) -> bool:
    return info.resolved is not None and info.applied is not None and info.applied.checksum == info.resolved.checksum


def _without_taken(moves: Mapping[Version, Migration], recorded: Collection[Version]) -> dict[Version, Migration]:
    """Drop each move to a version whose own row stays. Then drop the moves that depended on a dropped move."""
    free = dict(moves)
    while taken := [version for version, file in free.items() if file.version in recorded and file.version not in free]:
        for version in taken:
            del free[version]
    return free


def other_file_problem(info: MigrationInfo, newest: Version) -> Problem:
    """Return the problem of a version that was applied from another file, with the possible fixes.

    `newest` is the highest version of the set.
    """
    row, following = info.applied, Version((newest.numbers[0] + 1,))
    assert row is not None, "a version that was applied"
    done = "applied" if row.success else "begun and not finished"
    where = f"set {printable(info.set_name)}, version {info.version} was {done}"
    if info.moved_to is not None:
        return _moved_problem(info, info.moved_to, where, printable(row.script), following)
    assert info.resolved is not None, "another file"
    path, script = info.resolved.path, printable(row.script)
    message = (
        f"{printable(path)}: {where} on {row.installed_on:%Y-%m-%d %H:%M:%S} UTC as {script}, but this is another file: neither "
        "its name nor its text is the same"
    )
    # If no row has the text of its file, the rows belong to another set. A new version would mix the two sets.
    if not info.unlike:
        message += (
            f"\n    next: restore {script}, and give this file a new version, {following};\n"
            f"    or, if this is {script}, edited and renamed, rename it back, run {command('repair')}, and then rename it again"
        )
    return Problem(ProblemKind.OTHER_FILE, message, path)


def _moved_problem(info: MigrationInfo, moved: Migration, where: str, script: str, following: Version) -> Problem:
    now, other = printable(moved.path), info.resolved
    told, back = f"{where} as {script}, whose text is now {now}", f"{now} back to version {info.version}"
    if other is not None:
        told += f"; {printable(other.path)} is another file, not applied here"
        back += f", and {printable(other.path)} to a new one, {following}"
    late = ("--out-of-order",) if other is not None or moved.version < info.version else ()
    message = (
        f"{told}\n    next: number {back};\n"
        "    or, if other databases have applied them as they are numbered now, move the record here to the new version: "
        f"{command('repair', '--renumber')}, then {command('migrate', *late)}"
    )
    return Problem(ProblemKind.MOVED, message, moved.path)


def _other_set(one: MigrationSet, infos: Sequence[MigrationInfo], recorded: Sequence[MigrationInfo]) -> Problem | None:
    """Return a problem if most rows of a set belong to files that the set does not have.

    Rows of begun files do not count, since such a file may be edited. Rows newer than every file count only if all
    rows are newer.
    """
    finished = [info for info in recorded if info.applied is not None and info.applied.success]
    rows = [info for info in finished if info.state != "future"] or finished
    misfits = [info for info in rows if info.resolved is None or is_other_file(info)]
    if len(misfits) * 2 <= len(rows) or not any(info.resolved for info in infos):
        return None
    name, count = printable(one.name), f"{len(misfits)} of {len(rows)}"
    message = (
        f"set {name}: {count} migrations in the history of this set are not among the files of {printable(one.path)}; "
        "they may belong to another service's set of the same name\n"
        f"    next: if so, rename this set's folder (for example to {name}_2), or give the set a "
        "schema or database of its own (--schema, --url); if they belong to this set, restore its files"
    )
    return Problem(ProblemKind.OTHER_SET, message, one.path)


def renamed_from(one: MigrationSet, database: str, others: Iterable[OtherRow]) -> list[str]:
    """Return the other sets in which every row matches a file of this set by version and text."""
    files = {file.version: file.checksum for file in one.for_database(database)}
    rows: dict[str, list[OtherRow]] = {}
    for row in others:
        rows.setdefault(row.set_name, []).append(row)
    return sorted(name for name, found in rows.items() if _is_same_set(found, files))


def _is_same_set(rows: Sequence[OtherRow], files: Mapping[Version, str]) -> bool:
    same = [row for row in rows if files.get(row.version) == row.checksum]
    # A begun file may have been edited since; its row alone does not identify a set.
    return bool(same) and all(row in same or (not row.success and row.version in files) for row in rows)


def renamed_problem(one: MigrationSet, names: Sequence[str]) -> Problem:
    """Return the problem of a set that the history has under another name, or under several names."""
    name, first = printable(one.name), printable(names[0])
    message = (
        f"set {name} ({printable(one.path)}) has no row in the history, but every row of set {joined(names)} matches one of its "
        "files: the folder was renamed, or its path is another one now\n"
        f"    next: give the folder its old name, {first}; or record the new name in the history: "
        f"{command('repair', '--rename-set', names[0])};\n"
        "    or, if you want two sets with the same files, add a comment to one file of this set"
    )
    return Problem(ProblemKind.RENAMED_SET, message, one.path)


def twins_of(one: MigrationSet, database: str, sets: Sequence[MigrationSet], history: Sequence[AppliedMigration]) -> list[str]:
    """Return the sets of this run whose files, as applied or as the run would apply them first, are all files of this set."""
    rows: list[OtherRow] = []
    for other in sets[: sets.index(one)]:
        if not any(row.set_name == other.name for row in history):
            files = other.for_database(database)
            rows += [OtherRow(other.name, file.version, file.description, file.checksum, success=True) for file in files]
    known = {other.name for other in sets} - {one.name}
    applied = [row for row in history if row.set_name in known]
    rows += [OtherRow(row.set_name, row.version, row.description, row.checksum, row.success) for row in applied]
    return renamed_from(one, database, rows)


def twin_problem(one: MigrationSet, names: Sequence[str]) -> Problem:
    """Return the problem of a set that would apply the files of another set of this run once more."""
    message = (
        f"set {printable(one.name)} ({printable(one.path)}) has no row in the history, but set {joined(names)} of this run has "
        "the same files: applied once more, they would double rows\n"
        "    next: leave one of the folders out of the run; or, if you want two sets with the same files, add a comment to one "
        "file of this set"
    )
    return Problem(ProblemKind.RENAMED_SET, message, one.path)
