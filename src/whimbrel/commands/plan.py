"""plan: the exact statements that `migrate` would run, bound to everything that decides them. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from whimbrel.commands._measuring_servers import measuring_servers, read_address
from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.commands._run import add_run_options, new_migrator, read_limits, read_run_sets, run_options
from whimbrel.commands.validate import file_problems
from whimbrel.errors import ConfigurationError, Problem, ValidationFailed
from whimbrel.messages.printable import indented
from whimbrel.messages.suggestion import command
from whimbrel.migrations.done import check_database, meant_databases
from whimbrel.migrations.migration import Migration, MigrationSet, Version
from whimbrel.migrations.state import State, pending
from whimbrel.planning.plan import Plan
from whimbrel.review.plans import rendering
from whimbrel.review.plans.document import Document, RunOptions
from whimbrel.review.plans.measured import add_facts
from whimbrel.review.plans.plan_file import plan_json, write_plan
from whimbrel.review.plans.reading import at_start, read_bound, read_history, read_pending
from whimbrel.review.plans.shape import PlanDocument
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.url import DatabaseUrl

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

    from whimbrel.runner.migrator import Migrator
    from whimbrel.session.session import Session

__all__ = ["PlanReport", "plan"]

HELP = "print the exact statements that migrate would run, and bind them to this state of the database"
EXAMPLE = "whimbrel plan --url sqlite:///chat.db --sql sql/auth --out plan.json"
_FORMATS = ("text", "markdown")


class PlanReport(NamedTuple):
    """A plan. `document` is what its file has, and docs/plan.md describes it; `migrate(plan=...)` applies it.

    `warnings` are those that `migrate` would report. They name paths of this machine, so they are no part of the plan.
    """

    document: Mapping[str, Any]
    warnings: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        noted = [f"warning: {indented(problem.message)}" for problem in self.warnings]
        return "\n".join([*noted, rendering.text(self.document)])

    def markdown(self) -> str:
        """Return the plan as Markdown, for a comment in a pull request."""
        return rendering.markdown(self.document)

    def json(self) -> str:
        """Return the text of the plan's file."""
        return plan_json(self.document)


async def plan(
    target: Target,
    *folders: str | Traversable,
    version: str | None = None,
    out_of_order: bool = False,
    accept_existing: bool = False,
    lock_timeout: float | None = None,
    statement_timeout: float | None = None,
    app_version: str | None = None,
    fence: Literal["gtid"] | None = None,
    databases: Collection[str] = (),
    schema: str = "",
    on: str | DatabaseUrl = "",
) -> PlanReport:
    """Return what `migrate` would run with the same arguments, for review; `migrate(plan=...)` then applies exactly that.

    It writes nothing, and any user who may read the history can call it. Two plans of one state are the same. `on` is a server as
    `lint` takes it: there the pending files run in a throw-away database, and the plan gets the measured facts of each statement,
    which no comparison reads.

    Raises ValidationFailed with all problems of files and history, DatabaseUnreachable or ConfigurationError.
    """
    target = parse_target(target)
    last = None if version is None else Version.parse(version)
    app = None if app_version is None else Version.parse(app_version)
    limits = read_limits(lock_timeout, statement_timeout)
    sets = await read_run_sets(target, folders, schema, last)
    databases = meant_databases(sets, databases)
    limited = (out_of_order, accept_existing, lock_timeout, statement_timeout)
    options = RunOptions(last, *limited, app, tuple(databases), fence)
    async with open_session(target, schema, sets, question=True) as session:
        check_database(databases, session.database)
        session.state = session.state._replace(limits=limits, native=len(databases) == 1)
        run = new_migrator(session, sets, last, app, out_of_order=out_of_order, accept_existing=accept_existing)
        async with at_start(session):
            found, history = Document(), None
            # A migration may run between two readings.
            while history != (history := await read_history(session, sets)):
                found = await read_bound(session, sets, options)
                found |= await read_pending(session, await _look(session, run))
        if fence:
            await session.dialect.fence(session.connection)
        database, native = session.database, session.state.native
    if on:
        await _measure(found, _run_so_far(sets, last, found), on, database, native=native)
    return PlanReport(found, run.report(0.0, 0.0).warnings)


# The reports carry the document as plain data, which a plan file holds, too.
DOCUMENT = PlanDocument


async def _look(session: Session, run: Migrator) -> list[Plan]:
    """Return what is pending. Raises ValidationFailed with the problems of all files, as `validate` lists them."""
    try:
        return await run.look()
    except ValidationFailed as failed:
        found: list[Problem] = [*failed.problems]
        begun = {info.resolved for info in run.infos if info.state is State.PARTIAL}
        for migration in pending(run.infos):
            found += await file_problems(session, migration, begun=migration in begun, native=session.state.native)
        raise ValidationFailed(list(dict.fromkeys(found))) from None


async def _measure(
    document: Document, sets: Sequence[MigrationSet], on: str | DatabaseUrl, database: str, *, native: bool
) -> None:
    """Add measured facts to the pending files of a plan. Raises as `lint` does."""
    from whimbrel.review.lint.measuring import measure

    pending = cast("list[Document]", document["pending"])
    chosen = {(str(one["set"]), str(one["version"])) for one in pending if one["runs"] != "recorded"}
    async with measuring_servers([on]) as ((server,), _):
        if server.database != database:
            raise ConfigurationError(
                f"--on is a server of {server.database}, and the plan is for {database}; give a server of {database}"
            )
        add_facts(pending, await measure(server.address, sets, chosen, native=native, private=server.private, chosen_last=True))


def _run_so_far(sets: Sequence[MigrationSet], last: Version | None, document: Document) -> list[MigrationSet]:
    """Return the sets without the files that this run leaves for later."""
    rows = cast("Mapping[str, Mapping[str, object]]", document["history"])["rows"]

    def is_run(file: Migration) -> bool:
        return last is None or file.version <= last or f"{file.set_name} {file.version}" in rows

    return [one._replace(variants=tuple(filter(is_run, one.variants))) for one in sets]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    add_run_options(parser)
    parser.add_argument("--out", metavar="FILE", help="write the plan to this file, for migrate --plan")
    parser.add_argument("--format", choices=_FORMATS, default="text", help="what to print (default: text)")
    parser.add_argument(
        "--on", metavar="URL", type=read_address,
        help="add facts measured on this server, where databases may be made and dropped; sqlite:// and postgresql: need none",
    )  # fmt: skip


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    report = await plan(
        settings.url,
        *settings.folders,
        **run_options(arguments),
        databases=settings.databases,
        schema=settings.schema,
        on=arguments.on or "",
    )
    if arguments.format == "markdown":
        text, verbatim = report.markdown() + "\n", True
    else:
        text, verbatim = str(report), False
    if arguments.out:
        write_plan(report.document, arguments.out)
        if not verbatim:
            text += f"\n\nto apply this, and nothing else: {command('migrate', '--plan', arguments.out, *_given(arguments))}"
    return Answer(0, text, report.document, verbatim=verbatim)


def _given(arguments: argparse.Namespace) -> list[str]:
    """Return the options of the run that were given, as words of the command line."""
    words: list[str] = []
    for name, value in run_options(arguments).items():
        option = "--target" if name == "version" else f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value not in (None, False):
            words += [option, str(value)]
    return words
