"""migrate: apply pending migrations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Literal

from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.commands._progress import add_quiet, shown
from whimbrel.commands._run import add_run_options, new_migrator, read_limits, read_run_sets, run_options
from whimbrel.errors import DatabaseBusy, LockTimeout, Problem
from whimbrel.migrations.done import check_database, is_done, meant_databases
from whimbrel.migrations.migration import Version
from whimbrel.runner.report import Report
from whimbrel.session.connect import Purpose, Target, begin_session, connecting, open_connection, parse_target, url_of
from whimbrel.session.course import Course
from whimbrel.session.state import SessionState, check_lock_wait
from whimbrel.session.summary import read_summary
from whimbrel.session.teller import log_unless_shown
from whimbrel.session.waiting import LOCK_WAIT_SECONDS, Progress, Waiting

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable
    from os import PathLike

    from whimbrel.commands._bound import BoundPlan
    from whimbrel.commands.plan import PlanReport
    from whimbrel.dialects.base import Connection
    from whimbrel.planning.plan import Plan
    from whimbrel.runner.migrator import Migrator
    from whimbrel.session.session import Session

__all__ = ["migrate"]

HELP = "apply pending migrations"
EXAMPLE = "whimbrel migrate --url sqlite:///chat.db --sql sql/auth --sql sql/chat"


async def migrate(
    target: Target,
    *folders: str | Traversable,
    version: str | None = None,
    out_of_order: bool = False,
    accept_existing: bool = False,
    lock_wait: float = LOCK_WAIT_SECONDS,
    lock_timeout: float | None = None,
    statement_timeout: float | None = None,
    app_version: str | None = None,
    fence: Literal["gtid"] | None = None,
    dry_run: bool = False,
    databases: Collection[str] = (),
    schema: str = "",
    progress: Progress | None = None,
    keep_model: bool = True,
    wait_for_database: float | None = None,
    course: Course | None = None,
    plan: PlanReport | str | PathLike[str] | None = None,
) -> Report:
    """Apply the pending migrations of `folders`, set by set in this order; return after all are recorded.

    `target` is a URL or a DatabaseManager; `version` is the last version to apply; `databases` are those that the sets are meant
    for, all four if empty. Safe to call from many processes at once.

    A set that was never applied must not touch existing tables, views or routines, unless files of these folders created them.
    `accept_existing` lets its files run anyway.

    All times are in seconds. `wait_for_database` is how long to wait first until the database answers; by default not at all.
    `lock_wait` limits the wait for another process that migrates, and the retries while other sessions lock tables.
    `lock_timeout` limits the wait of one statement for such a lock, `statement_timeout` its duration; a file's directives
    override both. `app_version` is the version of the application: a migration with `min_app` requires it. With `fence="gtid"`
    MySQL itself refuses to run a statement twice, so its catalog need not be queried.

    `progress` is called with a line about each action or wait of the run; it must not block. Unless `keep_model` is False, a run
    that applied anything keeps the model of the schema for `drift`; if that fails, the report has a warning. A run logs where it
    is every 30 seconds; if `course` is given, the run notes it there instead.

    `plan`, or the path of its file, allows exactly what it lists: under the lock and before the first write, the run compares it
    with the present state, and raises PlanOutdated for any difference.

    Raises ValidationFailed before the first write if files and history disagree, MigrationFailed if the database refuses a
    statement, LockTimeout, StatementUnsettled, DatabaseUnreachable or ConfigurationError.
    """
    started, target = monotonic(), parse_target(target)
    course, telling = log_unless_shown(course, Course)
    check_lock_wait(lock_wait)
    limits = read_limits(lock_timeout, statement_timeout)
    app = None if app_version is None else Version.parse(app_version)
    last = None if version is None else Version.parse(version)
    course.step("reading the files")
    sets = await read_run_sets(target, folders, schema, last)
    databases = meant_databases(sets, databases)
    bound: BoundPlan | None = None
    if plan is not None:
        from whimbrel.commands._bound import bind  # most runs have no plan
        from whimbrel.review.plans.document import RunOptions

        limited = (out_of_order, accept_existing, lock_timeout, statement_timeout)
        bound = bind(plan, sets, RunOptions(last, *limited, app, tuple(databases), fence))
    # This check comes before SQLite creates a file for a wrong database.
    check_database(databases, *url_of(target).databases)
    if wait_for_database is not None:
        from whimbrel.session.reaching import reach_database  # most starts do not wait

        await reach_database(target, wait_for_database, progress)
    course.step(connecting(target))
    async with telling, open_connection(target, question=dry_run) as connection:
        course.step("reading the history")
        place, names = schema or target.schema, [one.name for one in sets]
        early = _waiting(connection, place, progress, lock_wait)
        rows = await early.patiently(lambda: read_summary(connection, place, names), lambda: "")
        if bound is None and is_done(sets, connection.database, rows):
            return Report(connection.database, already=len(rows), seconds=monotonic() - started)
        purpose = Purpose(sets, dry_run, progress, course)
        session = await early.patiently(lambda: begin_session(connection, target, schema, purpose), lambda: "")
        check_database(databases, session.database)
        session.wait_up_to(lock_wait)
        session.state = session.state._replace(limits=limits, native=len(databases) == 1, keeps_model=keep_model)
        run = new_migrator(session, sets, last, app, out_of_order=out_of_order, accept_existing=accept_existing)
        return await _run(session, run, started, bound, fence, dry_run=dry_run)


def _waiting(connection: Connection, schema: str, progress: Progress | None, lock_wait: float) -> Waiting:
    """Return a Waiting for the first queries: SQLite's lock may delay them, and DDL of another node of a cluster abort them."""
    early = Waiting(connection, SessionState(schema))
    early.progress = progress
    early.wait_up_to(lock_wait)
    return early


async def _run(
    session: Session, run: Migrator, started: float, bound: BoundPlan | None, fence: Literal["gtid"] | None, *, dry_run: bool
) -> Report:
    """Apply the pending files, or with `dry_run` only list them."""
    if bound is None or dry_run:
        found = await (_look(session, run) if bound is None else bound.compare(session, run))
        if not found or dry_run:
            return run.report(monotonic() - started, 0.0, tuple(str(one.migration) for one in found))
    waited, warnings = await _apply(session, run, fence, bound)
    return run.report(monotonic() - started, waited, warnings=warnings)


async def _look(session: Session, run: Migrator) -> Sequence[Plan]:
    """Return what is pending. Raises LockTimeout if other sessions keep their locks for too long."""
    try:
        # In a cluster, DDL of another node may abort this query too; it is then sent again.
        return await session.patiently(run.look if session.is_question else run.arrive, lambda: "")
    except DatabaseBusy as error:
        holder = await session.dialect.lock_holder(session.connection, session.schema)
        raise LockTimeout(session.state.lock_wait, holder) from error


async def _apply(
    session: Session, run: Migrator, fence: Literal["gtid"] | None, bound: BoundPlan | None
) -> tuple[float, tuple[Problem, ...]]:
    """Apply everything under the lock, and keep the schema's model; return the seconds waited for the lock, and warnings."""
    from whimbrel.runner.keeping import keep_schema  # as above

    async with session.locked(session.state.lock_wait) as waited:
        if bound is not None and not await session.patiently(lambda: bound.compare(session, run), lambda: ""):
            return waited, ()
        session.course.step("preparing the database")
        await session.prepare()
        if fence:
            await session.dialect.fence(session.connection)
        await run.all()
        session.course.step("keeping the model of the schema")
        warnings = await keep_schema(session) if session.state.keeps_model else ()
    return waited, warnings


DOCUMENT = Report


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    add_run_options(parser)
    parser.add_argument(
        "--lock-wait",
        type=float,
        metavar="SECONDS",
        default=LOCK_WAIT_SECONDS,
        help="how long to wait while another process migrates (default %(default)g)",
    )
    parser.add_argument("--wait-for-database", type=float, metavar="SECONDS", help="how long to wait until the database answers")
    parser.add_argument("--plan", metavar="FILE", help="apply exactly what this file of `whimbrel plan` lists, or nothing")
    parser.add_argument("--dry-run", action="store_true", help="show what would be applied, and write nothing")
    add_quiet(parser)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings, course = read_settings(arguments), Course()
    async with shown(course, quiet=arguments.quiet):
        report = await migrate(
            settings.url,
            *settings.folders,
            **run_options(arguments),
            lock_wait=arguments.lock_wait,
            dry_run=arguments.dry_run,
            databases=settings.databases,
            schema=settings.schema,
            keep_model="*" not in settings.drift_ignore,
            wait_for_database=arguments.wait_for_database,
            course=course,
            plan=arguments.plan,
        )
    return Answer(0, str(report), report)
