"""adopt: take over the history of another migration tool, after a proof that the database has every object that its files make.

Without `apply` it writes nothing and reports what it would do. The tool's own table stays as it is in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.adoption.folder import read_sources, write_files
from whimbrel.adoption.judge import AdoptedHistory, judge
from whimbrel.adoption.proof import ProofReport, prove
from whimbrel.adoption.report import AdoptReport
from whimbrel.adoption.table import find_tables
from whimbrel.adoption.takeover import OwnHistory, ToolHistory, check_idle, find_standing, read_history, record
from whimbrel.adoption.target import TargetSet, open_target
from whimbrel.adoption.tool import SourceFile, Tool
from whimbrel.adoption.tools import NAMES, find_tool
from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.commands._progress import add_quiet, shown
from whimbrel.commands._prove import proof_problems
from whimbrel.errors import ConfigurationError, DatabaseUnreachable, ValidationFailed
from whimbrel.messages.printable import joined, printable
from whimbrel.migrations.blueprints import check_global
from whimbrel.migrations.done import check_database
from whimbrel.migrations.migration import Version
from whimbrel.migrations.reader import set_name
from whimbrel.planning.other_tools import marker_problems
from whimbrel.session.connect import Target, connecting, open_session, parse_target
from whimbrel.session.course import Course
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session
from whimbrel.session.teller import log_unless_shown
from whimbrel.url import DatabaseUrl, parse_url

if TYPE_CHECKING:
    import argparse

__all__ = ["AdoptReport", "adopt"]

HELP = "take over the history of another migration tool, after a proof that the database has what its files make"
EXAMPLE = "whimbrel adopt dbmate --url postgresql://localhost/shop --sql db/migrations --write sql/shop"


async def adopt(
    target: Target,
    tool: str,
    folder: str | Path,
    *,
    write: str | Path | None = None,
    apply: bool = False,
    on: str | DatabaseUrl | None = None,
    table: str = "",
    databases: Collection[str] = (),
    schema: str = "",
    accepted: Mapping[str, str] | None = None,
    lock_wait: float = LOCK_WAIT_SECONDS,
    course: Course | None = None,
) -> AdoptReport:
    """Record the migrations that `tool` has applied as applied by Whimbrel, without running any of them.

    `folder` has the tool's files. `write` names the folder for Whimbrel's files, which need not exist; only Flyway and refinery
    can do without. Without `apply`, nothing is written. First the history and the files must agree. Then the files are replayed
    into a throw-away database, on the server `on` or beside the database. The two schemas must be equal, apart from the
    differences in `accepted`, which maps the name of each to its reason. `table` is the tool's table, if it does not have its
    usual name. An adoption logs where it is every 30 seconds; if `course` is given, it notes that there instead. Safe to
    repeat, and to call from many processes at once.

    Raises ConfigurationError, also for a blueprint if no schema is named; ValidationFailed with every reason against the
    adoption, LockTimeout, DatabaseUnreachable.
    """
    target = parse_target(target)
    other, folder, write = find_tool(tool), fspath(folder), "" if write is None else fspath(write)
    if not (schema or target.schema):
        check_global([write or folder])
    course, telling = log_unless_shown(course, Course)
    course.step("reading the files")
    sources = read_sources(other, folder, write)
    asked = _Asked(target, schema, databases, on, accepted or {}, course, apply)
    name = set_name(Path(write or folder))
    course.step(connecting(target))
    async with telling, open_session(target, schema, [name], question=True, writes=apply) as session:
        _check_session(session, other, databases)
        history = await read_history(session, other, await find_tables(session, other, table))
        judgement = _judge(session, history, sources, folder)
        with open_target(other, judgement, sources, folder, write, session.database) as adopted:
            _check_markers(session, adopted)
            standing = await find_standing(session, adopted)
            used = {file.path for file in judgement.files}
            unused = [one for one in sources if one.path not in used]
            report = _report(session, history, adopted, standing, unused, write)
            if standing.missing:
                course.step("checking that nothing else migrates the database")
                report = report._replace(proof=await _proof(session, history, adopted, standing.head, asked))
            course.step(f"recording the migrations of {other.title}")
            return await _apply(session, history, adopted, report, write, lock_wait) if apply else report


class _Asked(NamedTuple):
    """The arguments of the proof, the course to note it in, and whether to apply the adoption."""

    target: Target
    schema: str
    databases: Collection[str]
    on: str | DatabaseUrl | None
    accepted: Mapping[str, str]
    course: Course
    apply: bool


async def _proof(session: Session, history: ToolHistory, adopted: TargetSet, head: Version, asked: _Asked) -> ProofReport:
    """Return the proof that the database has every object that the set makes up to `head`.

    Raises ValidationFailed if the proof fails.
    """
    if not asked.apply:
        # Otherwise this is checked under the lock.
        await check_idle(session, history)
    proof = await prove(
        asked.target,
        [adopted.one],
        schema=asked.schema,
        upto={adopted.one.name: head},
        databases=asked.databases or adopted.one.databases or (session.database,),
        on=asked.on,
        accepted=asked.accepted,
        without=history.tables.all,
        course=asked.course,
    )
    if not proof.is_proven:
        raise ValidationFailed(proof_problems(proof))
    return proof


async def _apply(
    session: Session, history: ToolHistory, adopted: TargetSet, report: AdoptReport, write: str, lock_wait: float
) -> AdoptReport:
    """Write the missing files and record the missing migrations, unless another process has just done so."""
    written: list[str] = []

    def put() -> None:
        written.extend(write_files(Path(write), adopted.files) if write else [])

    recorded = await record(session, history, adopted, lock_wait, put) if report.recorded else []
    if not recorded:
        put()
    already = report.already + len(report.recorded) - len(recorded)
    return report._replace(applied=True, written=tuple(written), recorded=tuple(map(str, recorded)), already=already)


def _check_session(session: Session, tool: Tool, databases: Collection[str]) -> None:
    check_database(databases, session.database)
    if session.connection.stands_in:
        raise DatabaseUnreachable("the database does not exist; an adoption needs an existing database, so check the address")
    if tool.databases and session.database not in tool.databases:
        raise ConfigurationError(
            f"{tool.title} supports only {', '.join(tool.databases)}, and this database is {session.database}; "
            "check the address and the name of the tool"
        )


def _judge(session: Session, history: ToolHistory, sources: Sequence[SourceFile], folder: str) -> AdoptedHistory:
    tool = history.tool
    files = tool.find_files(sources, history.rows, session.database)
    return judge(tool, history.tables.shown, tool.find_applied(history.rows, files), files, folder)


def _check_markers(session: Session, adopted: TargetSet) -> None:
    """Raise ValidationFailed if a file still holds the statements of its down half: the tool may read its markers differently."""
    rules = session.dialect.lexer_rules(portable=False, database=session.database)
    if wrong := [problem for file in adopted.one.for_database(session.database) for problem in marker_problems(file, rules)]:
        raise ValidationFailed(wrong)


def _report(
    session: Session,
    history: ToolHistory,
    adopted: TargetSet,
    standing: OwnHistory,
    unused: Sequence[SourceFile],
    write: str,
) -> AdoptReport:
    one, tool = adopted.one, history.tool
    return AdoptReport(
        tool=tool.title,
        database=session.database,
        table=history.tables.shown,
        set_name=one.name,
        folder=one.path,
        version=str(adopted.head),
        applied=False,
        recorded=tuple(map(str, standing.missing)),
        already=len(adopted.origins) - len(standing.missing),
        pending=tuple(map(str, standing.pending)),
        written=tuple(name for name in adopted.files if not (Path(write) / name).exists()),
        left_out=tuple(f"{printable(name)}: {reason}" for name, reason in tool.find_left_out(unused).items()),
        notes=(*_notes(adopted), *(() if tool.checksum else (f"{tool.title}: {tool.unproven}",))),
    )


def _notes(adopted: TargetSet) -> list[str]:
    return [
        f"row of {printable(row.origin)}: {row.note}, so its rows may be missing" for row in adopted.origins.values() if row.note
    ]


DOCUMENT = AdoptReport


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    parser.add_argument("tool", metavar="TOOL", help=f"the tool that has migrated the database: {', '.join(NAMES)}")
    parser.add_argument("--write", metavar="DIR", help="the folder for Whimbrel's files; it need not exist")
    parser.add_argument("--on", type=parse_url, metavar="URL", help="a server on which the proof may create a database")
    parser.add_argument("--table", default="", metavar="[SCHEMA.]NAME", help="the tool's table, if its name is not the usual one")
    parser.add_argument(
        "--apply", action="store_true", help="write the files and records; without this option nothing is written"
    )
    add_quiet(parser)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    if len(settings.folders) > 1:
        raise ConfigurationError(
            f"a tool has one folder, but {len(settings.folders)} are named: {joined(settings.folders)}; name it with --sql DIR"
        )
    course = Course()
    async with shown(course, quiet=arguments.quiet):
        report = await adopt(
            settings.url,
            arguments.tool,
            settings.folders[0],
            write=arguments.write,
            apply=arguments.apply,
            on=arguments.on,
            table=arguments.table,
            databases=settings.databases,
            schema=settings.schema,
            accepted=settings.proof,
            course=course,
        )
    return Answer(0, str(report), report)
