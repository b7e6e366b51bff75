"""baseline: record migrations as applied that a database has already, without running them.

The recording happens in one transaction, under the migration lock; the schema is never touched.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._detect import detect_baseline, find_lacking
from whimbrel.commands._options import Answer, Settings, add_options, read_settings
from whimbrel.dialects.place import HISTORY_TABLE, JOURNAL_TABLE
from whimbrel.errors import ConfigurationError, DatabaseUnreachable, Problem, ValidationFailed
from whimbrel.migrations.blueprints import check_global
from whimbrel.migrations.migration import Migration, MigrationSet, Version
from whimbrel.migrations.problems import problems
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.squash import covers
from whimbrel.migrations.state import MigrationInfo, State, check_database, compare
from whimbrel.printable import joined, printable
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["BaselineReport", "baseline"]

HELP = "record migrations up to a version as applied, without running them: for a database that has them already"
EXAMPLE = "whimbrel baseline 12 --url postgresql://localhost/shop --sql sql/shop"

_MOST_RECORDS = 200
# A baseline fills what these complain of, or a run says it as well.
_PASSED_OVER = ("out_of_order", "replaces")


class BaselineReport(NamedTuple):
    """What a baseline recorded. `already` counts the versions up to `version` that the history had before.

    `warnings` name the recorded files whose objects the database lacks.
    """

    database: str
    set_name: str
    version: str
    recorded: tuple[str, ...] = ()
    already: int = 0
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"warning: {one}" for one in self.warnings]
        lines += [f"recorded {printable(name)} as applied, without running it" for name in self.recorded]
        name = f"{printable(self.set_name)}, version {self.version}"
        done = f"{len(self.recorded)} recorded" if self.recorded else "already recorded, nothing was changed"
        return "\n".join([*lines, f"{name}: {done}, {self.already} before, on {self.database}"])


async def baseline(
    target: Target,
    folder: str | Traversable,
    *,
    version: str,
    databases: Collection[str] = (),
    schema: str = "",
    lock_wait: float = LOCK_WAIT_SECONDS,
) -> BaselineReport:
    """Record every migration of the set in `folder` up to `version` as applied, without running any of them.

    `databases` are those that the set is meant for, all four if empty. Safe to repeat, and to call from many processes at once.

    Raises ConfigurationError if the set has no such version or is a blueprint and no schema is named, ValidationFailed if the
    history says otherwise, LockTimeout, DatabaseUnreachable. The schema stays as it is.
    """
    target = parse_target(target)
    if not (schema or target.schema):
        check_global([folder])
    (one,), last = read_directories([folder]), Version.parse(version)
    _check_version(one, last)
    url = target if isinstance(target, DatabaseUrl) else target.url
    check_database(databases, *url.databases)
    async with open_session(target, schema, [one], question=True, writes=True) as session:
        check_database(databases, session.database)
        if session.connection.stands_in:
            raise DatabaseUnreachable(f"{url} is not there; a baseline is recorded in a database that has something already")
        # Before anything is written.
        infos = await _look(session, one)
        if not _missing(infos, last):
            return _report(session, one, last, (), infos)
        lacking = dict(await find_lacking(session, one.for_database(session.database), native=len(databases) == 1))
        async with session.locked(lock_wait):
            await session.prepare()
            report = await _record(session, one, last)
    recorded = [file for file in lacking if str(file) in report.recorded]
    return report._replace(warnings=tuple(_doubt(file, lacking[file]) for file in recorded))


def _doubt(file: Migration, lacking: Sequence[str]) -> str:
    names = joined([printable(name) for name in lacking])
    return (
        f"the database lacks {names}, which {printable(file.script)} makes; if this file was not applied here, delete the row of "
        f"version {file.version} from {HISTORY_TABLE}, and migrate applies the file"
    )


def _check_version(one: MigrationSet, version: Version) -> None:
    if version not in one.versions():
        known = sorted(one.versions())
        shown = ", ".join(map(str, known)) if len(known) <= 20 else f"{known[0]} to {known[-1]}"
        raise ConfigurationError(f"set {one.name!r} in {one.path} has no version {version}; it has {shown}")


async def _record(session: Session, one: MigrationSet, last: Version) -> BaselineReport:
    # On SQLite, and behind a pooler, the transaction is the lock; so the history is read again in it.
    async with session.transaction():
        infos = await _look(session, one)
        missing = _missing(infos, last)
        rank = await session.history.last_rank() if missing else 0
        numbered = enumerate(missing, start=rank + 1)
        records = [session.records.baseline(file, rank=number, installed_by=session.user) for number, file in numbered]
        for start in range(0, len(records), _MOST_RECORDS):
            await session.record(*records[start : start + _MOST_RECORDS])
    return _report(session, one, last, missing, infos)


async def _look(session: Session, one: MigrationSet) -> list[MigrationInfo]:
    """Return where the migrations of the set stand. Raises ValidationFailed if the history contradicts a baseline."""
    infos = compare([one], session.database, await session.history.read([one.name]))
    half = [info for info in infos if info.state is State.PARTIAL]
    if half or (not await session.history.lacks(JOURNAL_TABLE) and await session.history.has_journal(one.name)):
        raise ValidationFailed([_half_applied(one, half)])
    wrong = [problem for problem in problems(infos) if not problem.warning and problem.kind not in _PASSED_OVER]
    if wrong:
        raise ValidationFailed(wrong)
    return infos


def _missing(infos: Sequence[MigrationInfo], last: Version) -> list[Migration]:
    """Return the files up to `last` that have no row. Raises ValidationFailed if a newer version has one."""
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
    """Whether a squashed file with a row stands for versions that have none."""
    ranges = squash.resolved.directives.replaces if squash.resolved else ()
    return not any(info.applied and covers(ranges, info.version) for info in infos)


def _contradicted(file: Migration, newest: Version) -> Problem:
    message = (
        f"{printable(file.path)}: the history says that version {newest} of set {printable(file.set_name)} is applied and "
        f"version {file.version} is not\n"
        "    next: apply it, with whimbrel migrate --out-of-order; or give it a newer version"
    )
    return Problem("out_of_order", message, file.path)


def _half_applied(one: MigrationSet, half: Sequence[MigrationInfo]) -> Problem:
    named = joined([str(info) for info in half]) if half else f"a file of set {printable(one.name)}"
    message = (
        f"{named} is begun and not finished, so that the history says of it neither that it is applied nor that it is not\n"
        "    next: let whimbrel migrate finish it; or, if you have looked and the database has all that the file makes, delete "
        f"its rows from {JOURNAL_TABLE} and {HISTORY_TABLE}, and run this again"
    )
    return Problem("partial", message, half[0].script if half else "")


def _report(
    session: Session, one: MigrationSet, last: Version, recorded: Sequence[Migration], infos: Sequence[MigrationInfo]
) -> BaselineReport:
    already = sum(info.applied is not None and info.version <= last for info in infos)
    return BaselineReport(session.database, one.name, str(last), tuple(map(str, recorded)), already)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("version", nargs="?", metavar="VERSION", help="the last version that the database has")
    asked.add_argument("--detect", action="store_true", help="say which files the database has already, and write nothing")


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    folder = _one_folder(settings)
    if arguments.version is None and not arguments.detect:
        raise ConfigurationError("no version given; write whimbrel baseline VERSION, or whimbrel baseline --detect")
    if arguments.detect:
        detected = await detect_baseline(settings.url, folder, databases=settings.databases, schema=settings.schema)
        return Answer(0, str(detected), detected)
    report = await baseline(settings.url, folder, version=arguments.version, databases=settings.databases, schema=settings.schema)
    return Answer(0, str(report), report)


def _one_folder(settings: Settings) -> str:
    if len(settings.folders) > 1:
        raise ConfigurationError(
            f"a baseline is recorded of one set, and {len(settings.folders)} are named: {', '.join(settings.folders)}; "
            "name one with --sql DIR"
        )
    return settings.folders[0]
