"""resolve: record whether a statement that the catalog could not settle took effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_database_options, read_url
from whimbrel.errors import ConfigurationError, DatabaseError
from whimbrel.migrations.migration import Version
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.session import LOCK_WAIT_SECONDS

if TYPE_CHECKING:
    import argparse

__all__ = ["resolve"]

HELP = "settle a statement that was begun and whose end was not recorded"
EXAMPLE = "whimbrel resolve chat 3 2 --applied"


class Resolved(NamedTuple):
    """The statement, counted from 1, and whether it counts as applied."""

    set_name: str
    version: str
    statement: int
    applied: bool


async def resolve(target: Target, set_name: str, version: str, statement: int, *, applied: bool, schema: str = "") -> None:
    """Settle an interrupted `statement`, counted from 1: `applied` marks it done, otherwise the next run sends it again.

    Changes only the journal. Raises ConfigurationError if no such statement is open, LockTimeout, DatabaseUnreachable.
    """
    target, wanted = parse_target(target), Version.parse(version)
    opened = open_session(target, schema, [set_name], question=True, writes=True)
    async with opened as session, session.locked(LOCK_WAIT_SECONDS):
        await session.history.inspect()
        try:
            async with session.transaction():
                waited = await session.write(session.records.settled(set_name, str(wanted), statement, applied=applied))
        except DatabaseError as error:
            if not session.dialect.is_missing_table(error):
                raise
            waited = False
        if not waited:
            raise ConfigurationError(
                f"statement {statement} of {set_name}, version {wanted}, is not open: there is nothing to settle"
            )


DOCUMENT = Resolved


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_database_options(parser)
    parser.add_argument("set", help="the set's name, as in the error")
    parser.add_argument("version", help="the migration's version")
    parser.add_argument("statement", type=int, help="the statement's number in its file")
    answer = parser.add_mutually_exclusive_group(required=True)
    answer.add_argument("--applied", action="store_true", help="it took effect; the next run continues after it")
    answer.add_argument("--rerun", action="store_true", help="it had no effect; the next run sends it again")


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    url, schema = read_url(arguments)
    await resolve(url, arguments.set, arguments.version, arguments.statement, applied=arguments.applied, schema=schema)
    settled = "applied" if arguments.applied else "to be run again"
    return Answer(
        0,
        f"statement {arguments.statement} of {arguments.set}, version {arguments.version}: {settled}; now repeat the stopped run",
        Resolved(arguments.set, arguments.version, arguments.statement, arguments.applied),
    )
