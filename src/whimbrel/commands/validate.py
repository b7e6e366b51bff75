"""validate: report all problems at once. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.errors import ConfigurationError, Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import indented
from whimbrel.migrations.done import check_database, meant_databases
from whimbrel.migrations.migration import Migration
from whimbrel.migrations.problems import coverage_problems, problems
from whimbrel.migrations.state import State, compare, pending
from whimbrel.planning.other_tools import marker_problems
from whimbrel.planning.plan import Planner, plan_file
from whimbrel.planning.resume import check_journal, check_session
from whimbrel.runner.contact import judge_contact
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.doubles import read_sets
from whimbrel.session.other_sets import read_others
from whimbrel.session.session import Session
from whimbrel.url import DATABASES

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["file_problems", "validate"]

HELP = "report all problems at once, without applying anything"
EXAMPLE = "whimbrel validate --url sqlite:///chat.db --sql sql/auth --sql sql/chat"


class Validation(NamedTuple):
    """All problems of files and history."""

    problems: Sequence[Problem]


async def validate(
    target: Target, *folders: str | Traversable, databases: Collection[str] = (), schema: str = ""
) -> list[Problem]:
    """Return all problems of the files, and of files and history together. Writes nothing.

    `databases` are those that the sets are meant for, all four if empty. Raises DatabaseUnreachable or ConfigurationError.
    """
    target = parse_target(target)
    try:
        sets = await read_sets(target, folders, schema)
    except ValidationFailed as failed:
        return list(failed.problems)
    databases = meant_databases(sets, databases)
    async with open_session(target, schema, sets, question=True) as session:
        other = _meant_for_others(databases, session.database)
        try:
            history = await session.history.read([one.name for one in sets])
            infos = compare(sets, session.database, history, await read_others(session, sets, history))
        except ValidationFailed as failed:
            return other + list(failed.problems)
        found = other + problems(infos) + coverage_problems(sets, databases or DATABASES)
        native = len(databases) == 1
        begun = {info.resolved for info in infos if info.state is State.PARTIAL}
        for migration in pending(infos):
            found += await file_problems(session, migration, begun=migration in begun, native=native)
        contact = await judge_contact(session, Planner(native=native), sets, infos, pending(infos))
        return [*found, *contact.problems]


def _meant_for_others(databases: Collection[str], database: str) -> list[Problem]:
    """Return a warning if `migrate` would refuse this database. `validate` may run on any, to check files for other databases."""
    try:
        check_database(databases, database)
    except ConfigurationError as error:
        return [Problem(ProblemKind.DATABASE, f"{error}; the files are checked by the rules of this database", warning=True)]
    return []


async def file_problems(session: Session, migration: Migration, *, begun: bool, native: bool) -> list[Problem]:
    """Return the problems of one pending file, whether or not it can be planned."""
    try:
        plan = plan_file(session.dialect, session.database, migration, native=native, begun=begun)
        if not begun:
            return marker_problems(migration, plan.lexer_rules)
        check_session(plan, check_journal(plan, await session.history.journal(migration), session.where).done)
    except ValidationFailed as failed:
        return list(failed.problems)
    return []


DOCUMENT = Validation


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    found = await validate(settings.url, *settings.folders, databases=settings.databases, schema=settings.schema)
    errors = [problem for problem in found if not problem.warning]
    lines = [f"{'warning' if problem.warning else 'error'}: {indented(problem.message)}" for problem in found]
    lines.append(f"errors: {len(errors)}, warnings: {len(found) - len(errors)}")
    return Answer(3 if errors else 0, "\n".join(lines), Validation(found))
