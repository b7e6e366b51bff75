"""baseline: record migrations as applied, without running them, for a database that has their objects already.

One transaction records them, under the migration lock. The schema does not change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.adoption.proof import ProofReport
from whimbrel.commands._detect import Detection, detect_baseline, find_lacking
from whimbrel.commands._options import Answer, Settings, add_options, read_settings
from whimbrel.commands._progress import add_quiet, shown
from whimbrel.commands._prove import ProofOptions, check_proof
from whimbrel.dialects.place import HISTORY_TABLE
from whimbrel.errors import ConfigurationError, DatabaseUnreachable
from whimbrel.messages.printable import joined, printable
from whimbrel.messages.suggestion import command
from whimbrel.migrations.blueprints import check_global
from whimbrel.migrations.done import check_database, meant_databases
from whimbrel.migrations.migration import Migration, MigrationSet, Version
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.state import MigrationInfo
from whimbrel.session.connect import Manager, Target, connecting, open_session, parse_target, url_of
from whimbrel.session.course import Course
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.session.standing import find_unrecorded, read_standing
from whimbrel.session.teller import log_unless_shown
from whimbrel.url import DatabaseUrl, parse_url

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["BaselineReport", "baseline"]

HELP = "record migrations up to a version as applied without running them, for a database that has their objects already"
EXAMPLE = "whimbrel baseline 12 --url postgresql://localhost/shop --sql sql/shop"

_MOST_RECORDS = 200


class BaselineReport(NamedTuple):
    """The result of a baseline. `already` counts the versions up to `version` that the history had before.

    `warnings` name the recorded files whose objects the database lacks. `proof` is None if none was asked for.
    """

    database: str
    set_name: str
    version: str
    recorded: tuple[str, ...] = ()
    already: int = 0
    warnings: tuple[str, ...] = ()
    proof: ProofReport | None = None

    def __str__(self) -> str:
        lines = [f"warning: {one}" for one in self.warnings] + ([str(self.proof)] if self.proof else [])
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
    prove: bool = False,
    on: str | DatabaseUrl | None = None,
    needs: Sequence[str | Traversable] = (),
    accepted: Mapping[str, str] | None = None,
    course: Course | None = None,
) -> BaselineReport:
    """Record every migration of the set in `folder` up to `version` as applied, without running any of them.

    `databases` are those that the set is meant for, all four if empty. Safe to repeat, and to call from many processes at once.

    With `prove`, the files are first replayed into a throw-away database, beside this one or on the server at `on`. The schema
    of that database is compared with the live one. `needs` are folders of sets that the database has already, replayed before
    it. `accepted` maps the name of each wanted difference to its reason. Any other difference raises ValidationFailed.
    A proof logs where it is every 30 seconds; if `course` is given, it notes that there instead.

    Raises ConfigurationError if the set has no such version, or is a blueprint and no schema is named; ValidationFailed if the
    history contradicts it; LockTimeout; DatabaseUnreachable. The schema does not change.
    """
    target = parse_target(target)
    if not (schema or target.schema):
        check_global([folder])
    (one,), last = read_directories([folder]), Version.parse(version)
    _check_version(one, last)
    databases = meant_databases([one], databases)
    check_database(databases, *url_of(target).databases)
    course, telling = log_unless_shown(course, Course)
    course.step(connecting(target))
    proof: ProofReport | None = None
    if prove:
        async with _opened(target, schema, one, databases) as session:
            find_unrecorded(await read_standing(session, one), last)
        wanted = ProofOptions(on, needs, accepted or {})
        async with telling:
            proof = await check_proof(target, one, last, wanted, course, databases=databases, schema=schema)
    async with _opened(target, schema, one, databases) as session:
        # This check comes before the first write.
        infos = await read_standing(session, one)
        if not find_unrecorded(infos, last):
            return _report(session, one, last, (), infos)._replace(proof=proof)
        lacking = dict(await find_lacking(session, one.for_database(session.database), native=len(databases) == 1))
        async with session.locked(lock_wait):
            await session.prepare()
            report = await _record(session, one, last)
    recorded = [file for file in lacking if str(file) in report.recorded]
    return report._replace(warnings=tuple(_doubt(file, lacking[file]) for file in recorded), proof=proof)


@asynccontextmanager
async def _opened(
    target: DatabaseUrl | Manager, schema: str, one: MigrationSet, databases: Collection[str]
) -> AsyncIterator[Session]:
    """Begin a session on a database that exists and is one of those that the set is meant for."""
    async with open_session(target, schema, [one], question=True, writes=True) as session:
        check_database(databases, session.database)
        if session.connection.stands_in:
            url = url_of(target)
            raise DatabaseUnreachable(f"{url} does not exist; a baseline needs an existing database, so check the address")
        yield session


def _doubt(file: Migration, lacking: Sequence[str]) -> str:
    names = joined([printable(name) for name in lacking])
    return (
        f"the database lacks {names}, which {printable(file.script)} creates; if this file was not applied here, delete the row "
        f"of version {file.version} from {HISTORY_TABLE}; then migrate applies the file"
    )


def _check_version(one: MigrationSet, version: Version) -> None:
    if version not in one.versions():
        known = sorted(one.versions())
        shown = ", ".join(map(str, known)) if len(known) <= 20 else f"{known[0]} to {known[-1]}"
        raise ConfigurationError(f"set {one.name!r} in {one.path} has no version {version}; it has {shown}")


async def _record(session: Session, one: MigrationSet, last: Version) -> BaselineReport:
    # On SQLite, and behind a pooler, the transaction is the lock, so the history must be read again inside it.
    async with session.transaction():
        infos = await read_standing(session, one)
        missing = find_unrecorded(infos, last)
        rank = await session.history.last_rank() if missing else 0
        numbered = enumerate(missing, start=rank + 1)
        records = [session.records.baseline(file, rank=number, installed_by=session.user) for number, file in numbered]
        for start in range(0, len(records), _MOST_RECORDS):
            await session.record(*records[start : start + _MOST_RECORDS])
    return _report(session, one, last, missing, infos)


def _report(
    session: Session, one: MigrationSet, last: Version, recorded: Sequence[Migration], infos: Sequence[MigrationInfo]
) -> BaselineReport:
    already = sum(info.applied is not None and info.version <= last for info in infos)
    return BaselineReport(session.database, one.name, str(last), tuple(map(str, recorded)), already)


DOCUMENT = BaselineReport | Detection


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("version", nargs="?", metavar="VERSION", help="the last version whose objects the database has")
    asked.add_argument("--detect", action="store_true", help="show which files the database has already, and write nothing")
    parser.add_argument("--prove", action="store_true", help="replay the files elsewhere first, and compare what they make")
    parser.add_argument("--on", type=parse_url, metavar="URL", help="the server for the replay (default: beside the database)")
    parser.add_argument(
        "--needs", action="append", default=[], metavar="DIR", help="a set to replay before, which the database has already"
    )
    add_quiet(parser)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    folder = _one_folder(settings)
    _check_options(arguments)
    if arguments.detect:
        detected = await detect_baseline(settings.url, folder, databases=settings.databases, schema=settings.schema)
        return Answer(0, str(detected), detected)
    course = Course()
    async with shown(course, quiet=arguments.quiet):
        report = await baseline(
            settings.url,
            folder,
            version=arguments.version,
            databases=settings.databases,
            schema=settings.schema,
            prove=arguments.prove,
            on=arguments.on,
            needs=arguments.needs,
            accepted=settings.proof,
            course=course,
        )
    return Answer(0, str(report), report)


def _check_options(arguments: argparse.Namespace) -> None:
    """Raise ConfigurationError if options are missing or contradict one another."""
    if arguments.version is None and not arguments.detect:
        raise ConfigurationError(
            f"no version given; write one: {command('baseline', 'VERSION')}; or find it: {command('baseline', '--detect')}"
        )
    if not arguments.prove and (arguments.on or arguments.needs):
        raise ConfigurationError("--on and --needs concern a proof; add --prove, or leave them out")
    if arguments.detect and arguments.prove:
        raise ConfigurationError("--detect finds the version, and --prove needs it; run one after the other")


def _one_folder(settings: Settings) -> str:
    if len(settings.folders) > 1:
        raise ConfigurationError(
            f"a baseline records one set, but {len(settings.folders)} are named: {', '.join(settings.folders)}; "
            "name one with --sql DIR"
        )
    return settings.folders[0]
