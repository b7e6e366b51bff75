"""repair: let the history say what the files say now. Never touches the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from whimbrel.commands._options import Answer, add_options, read_settings
from whimbrel.migrations.reader import read_directories
from whimbrel.migrations.state import State, compare, problems
from whimbrel.printable import printable
from whimbrel.session.connect import Target, open_session, parse_target
from whimbrel.session.session import LOCK_WAIT_SECONDS

if TYPE_CHECKING:
    import argparse
    from importlib.resources.abc import Traversable

__all__ = ["repair"]

HELP = "accept files that were edited or renamed after they were applied; changes the history alone"
EXAMPLE = "whimbrel repair --url sqlite:///chat.db --sql sql/auth"

_ACCEPTED = ("checksum", "renamed", "unverifiable")


async def repair(target: Target, *folders: str | Traversable, schema: str = "") -> list[str]:
    """Write name, description and checksum of files that changed after they were applied into the history; return their names.

    What the files would do now is not done: the schema stays as it is. Raises ValidationFailed for files that cannot be
    migrations, LockTimeout, DatabaseUnreachable or ConfigurationError.
    """
    target = parse_target(target)
    sets = read_directories(folders)
    names = [one.name for one in sets]
    repaired: list[str] = []
    opened = open_session(target, schema, sets, question=True, writes=True)
    async with opened as session, session.locked(LOCK_WAIT_SECONDS):
        # Read before the transaction: PostgreSQL aborts one in which a table was missing.
        history = await session.history.read(names)
        async with session.transaction():
            for info in compare(sets, session.database, history):
                changed = info.state is State.SUCCESS and any(problem.kind in _ACCEPTED for problem in problems([info]))
                if changed and info.resolved is not None:
                    await session.history.repair(info.resolved)
                    repaired.append(str(info.resolved))
    return repaired


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of this verb."""
    add_options(parser)


async def main(arguments: argparse.Namespace) -> Answer:
    """Run the verb."""
    settings = read_settings(arguments)
    repaired = await repair(settings.url, *settings.folders, schema=settings.schema)
    lines = [f"the history says of {name} what its file says now" for name in map(printable, repaired)]
    return Answer(0, "\n".join(lines) or "nothing to repair", {"repaired": repaired})
