"""info: show every migration and its state. Writes nothing and does not create the history table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.commands._table import table
from whimbrel.errors import Problem
from whimbrel.messages.printable import indented
from whimbrel.migrations.done import meant_databases
from whimbrel.migrations.identity import IDENTITY_KINDS, is_other_file
from whimbrel.migrations.problems import problems
from whimbrel.migrations.state import MigrationInfo, State, compare, pending
from whimbrel.planning.plan import Planner
from whimbrel.runner.contact import judge_contact
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.doubles import read_sets
from whimbrel.session.other_sets import read_others

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["info"]

HELP = "show every migration and its state"
EXAMPLE = "whimbrel info --url sqlite:///chat.db --sql sql/auth --check"


class InfoRow(NamedTuple):
    """One migration. `problems` are the kinds of its problems, separated by commas.

    The last three are None if the history has no row. `installed_on` is a time as ISO 8601 writes it.
    """

    set_name: str
    version: str
    description: str
    script: str
    state: str
    problems: str
    installed_rank: int | None
    installed_on: str | None
    execution_time_ms: int | None


class InfoDocument(NamedTuple):
    """Every migration, the number of pending ones, and the problems of whole sets."""

    migrations: Sequence[InfoRow]
    pending: int
    problems: Sequence[Problem]


async def info(target: Target, *folders: str | Traversable, schema: str = "") -> list[MigrationInfo]:
    """Return the state of every migration, set by set, by version. Writes nothing and takes no lock.

    Raises ValidationFailed for files that cannot be migrations, DatabaseUnreachable or ConfigurationError.
    """
    target = parse_target(target)
    infos, _ = await _read(target, folders, schema, None)
    return infos


async def _read(
    target: Target, folders: Sequence[str | Traversable], schema: str, databases: Collection[str] | None
) -> tuple[list[MigrationInfo], Sequence[Problem]]:
    """Return every migration and, given the sets' `databases`, the problems that would stop the pending ones."""
    sets = await read_sets(target, folders, schema)
    async with open_session(target, schema, sets, question=True) as session:
        history = await session.history.read([one.name for one in sets])
        infos = compare(sets, session.database, history, await read_others(session, sets, history))
        if databases is None:
            return infos, ()
        databases = meant_databases(sets, databases)
        planner, waiting = Planner(native=len(databases) == 1), pending(infos)
        begun = {info.resolved for info in infos if info.state is State.PARTIAL}
        fresh = [migration for migration in waiting if migration not in begun]
        markers = [one for migration in fresh for one in planner.markers(session.dialect, session.database, migration)]
        contact = await judge_contact(session, planner, sets, infos, waiting)
        return infos, [*markers, *contact.problems]


DOCUMENT = InfoDocument


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    parser.add_argument(
        "--check", action="store_true", help="exit with 3 if there are problems, with 4 if migrations are pending"
    )


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    infos, found = await _read(settings.url, settings.folders, settings.schema, settings.databases)
    rows = [_row(one) for one in infos]
    waiting = len(pending(infos))
    wrong = bool(found) or any(not problem.warning for problem in problems(infos))
    code = (3 if wrong else 4 if waiting else 0) if arguments.check else 0
    # The table has one word for each problem; a problem of a whole set needs its message.
    notes = [*(problem for problem in problems(infos) if problem.kind in IDENTITY_KINDS), *found]
    lines = [_table(rows), *(f"error: {indented(problem.message)}" for problem in notes), f"{waiting} pending of {len(infos)}"]
    return Answer(code, "\n".join(lines), InfoDocument(rows, waiting, notes))


def _row(one: MigrationInfo) -> InfoRow:
    applied = one.applied
    # If a version was applied from another file than the one that has the version now, its line names the applied file.
    known = applied if applied and (one.moved_to or is_other_file(one)) else one
    kinds = [problem.kind for problem in problems([one])] + (["moved"] if one.moved_from else [])
    return InfoRow(
        set_name=one.set_name,
        version=str(one.version),
        description=known.description,
        script=known.script,
        state=str(one.state),
        problems=", ".join(kinds),
        installed_rank=applied.installed_rank if applied else None,
        installed_on=applied.installed_on.isoformat() if applied else None,
        execution_time_ms=applied.execution_time if applied else None,
    )


def _table(rows: list[InfoRow]) -> str:
    names = ("set_name", "version", "description", "state", "problems", "installed_on")
    return table(names, [[str(getattr(row, name) or "") for name in names] for row in rows])
