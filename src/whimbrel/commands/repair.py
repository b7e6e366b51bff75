"""repair: update the history to match the files. Never touches the schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.errors import Problem, ProblemKind, ValidationFailed
from whimbrel.messages.printable import indented, printable
from whimbrel.migrations.identity import IDENTITY_KINDS
from whimbrel.migrations.migration import MigrationSet
from whimbrel.migrations.problems import problems
from whimbrel.migrations.state import MigrationInfo, compare
from whimbrel.session import relabel
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.doubles import read_sets
from whimbrel.session.other_sets import read_others
from whimbrel.session.session import LOCK_WAIT_SECONDS, Session

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["repair"]

HELP = "accept files and sets that were edited, renamed or renumbered after they were applied; changes only the history"
EXAMPLE = "whimbrel repair --url sqlite:///chat.db --sql sql/auth"

_ACCEPTED = (ProblemKind.CHECKSUM, ProblemKind.RENAMED, ProblemKind.UNVERIFIABLE)
_REFUSED = IDENTITY_KINDS - {ProblemKind.OTHER_SET}


class Repaired(NamedTuple):
    """The names that were recorded, and the problems that only a person can solve."""

    repaired: Sequence[str]
    problems: Sequence[Problem]


async def repair(
    target: Target, *folders: str | Traversable, schema: str = "", renumber: bool = False, rename_set: str = ""
) -> list[str]:
    """Record the current name, description and checksum of files that changed after they were applied; return their names.

    Repair does not run the changed files: the schema stays as it is. With `renumber` the row of a file moves to the version that
    the file has now. With `rename_set`, the old name of one of these sets in the history, that set gets the name of its folder
    and nothing else happens. Repair never accepts another file in place of an applied one.

    Raises ValidationFailed, before any write, for files that cannot be migrations, or for a version that was applied from another
    file; ConfigurationError if none of the sets is the renamed one; LockTimeout or DatabaseUnreachable.
    """
    repaired, _ = await _repair(target, folders, schema, renumber=renumber, rename_set=rename_set)
    return repaired


async def _repair(
    target: Target, folders: Sequence[str | Traversable], schema: str, *, renumber: bool, rename_set: str
) -> tuple[list[str], list[Problem]]:
    """Return the names that were recorded, and the problems that only a person can solve."""
    target = parse_target(target)
    sets = await read_sets(target, folders, schema)
    opened = open_session(target, schema, [*sets, rename_set] if rename_set else sets, question=True, writes=True)
    async with opened as session, session.locked(LOCK_WAIT_SECONDS):
        # Look for the tables before the transaction: PostgreSQL aborts a transaction in which a table was missing.
        await session.history.inspect()
        async with session.transaction():
            if rename_set:
                new_name = await _new_name(session, sets, rename_set)
                await relabel.rename_set(session, rename_set, new_name)
                return [new_name], []
            infos = await _read(session, sets)
            moved = await relabel.renumber(session, infos) if renumber else []
            accepted = await _accept(session, await _read(session, sets) if moved else infos)
            # A pending file has no row to repair.
            left = [one for one in problems(await _read(session, sets)) if not one.warning and one.kind != "out_of_order"]
            return [*map(str, moved), *accepted], left


async def _new_name(session: Session, sets: Sequence[MigrationSet], old: str) -> str:
    history = await session.history.read([one.name for one in sets])
    return relabel.find_new_name(old, sets, session.database, history, await read_others(session, sets, history))


async def _read(session: Session, sets: Sequence[MigrationSet]) -> list[MigrationInfo]:
    history = await session.history.read([one.name for one in sets])
    return compare(sets, session.database, history, await read_others(session, sets, history))


async def _accept(session: Session, infos: Sequence[MigrationInfo]) -> list[str]:
    """Update each row from its file. Raises ValidationFailed if a row belongs to another file."""
    found = [problem for problem in problems(infos) if problem.kind in IDENTITY_KINDS]
    if any(problem.kind in _REFUSED for problem in found):
        raise ValidationFailed(found)
    accepted: list[str] = []
    for info in infos:
        changed = info.state.is_applied and any(problem.kind in _ACCEPTED for problem in problems([info]))
        if changed and info.resolved is not None:
            await session.history.repair(info.resolved)
            accepted.append(str(info.resolved))
    return accepted


DOCUMENT = Repaired


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)
    parser.add_argument("--renumber", action="store_true", help="move the record of a file to the version that the file has now")
    parser.add_argument(
        "--rename-set", metavar="OLD", default="", help="rename the set that the history has under this name to its folder's name"
    )


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    repaired, left = await _repair(
        settings.url, settings.folders, settings.schema, renumber=arguments.renumber, rename_set=arguments.rename_set
    )
    lines = [f"the history now matches the file {name}" for name in map(printable, repaired)]
    if arguments.rename_set:
        lines[0] = f"the history has set {printable(arguments.rename_set)} as {printable(repaired[0])} now"
    if left:
        lines = lines or ["nothing to record in the history"]
        lines += ["repair cannot solve:", *(f"error: {indented(problem.message)}" for problem in left)]
    return Answer(3 if left else 0, "\n".join(lines) or "nothing to repair", Repaired(repaired, left))
