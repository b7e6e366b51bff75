"""Move rows of history and journal to the set name or the version that their files have now.

Writes under the lock, in the caller's transaction; never touches the schema.
"""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.dialects.place import HISTORY_TABLE
from whimbrel.errors import ConfigurationError
from whimbrel.messages.printable import joined, printable
from whimbrel.migrations.identity import OtherRow, renamed_from
from whimbrel.migrations.migration import AppliedMigration, Migration, MigrationSet
from whimbrel.migrations.state import MigrationInfo
from whimbrel.session.session import Session

__all__ = ["find_new_name", "rename_set", "renumber"]


def find_new_name(
    old: str, sets: Sequence[MigrationSet], database: str, history: Sequence[AppliedMigration], others: Sequence[OtherRow]
) -> str:
    """Return the set whose files the history has as `old`. Raises ConfigurationError if no set matches, or several do."""
    names, named = joined(one.name for one in sets), f"--rename-set {printable(old)}"
    if any(one.name == old for one in sets):
        raise ConfigurationError(f"{named}: a set of this run already has this name; there is nothing to rename")
    recorded = {row.set_name for row in history}
    free = [one for one in sets if one.name not in recorded]
    if not free:
        raise ConfigurationError(f"{named}: the history already has rows of {names}, so none of these sets can be a renamed one")
    if not any(row.set_name == old for row in others):
        raise ConfigurationError(
            f"{named}: the history has no row of this set; find its name in the column set_name of {HISTORY_TABLE}"
        )
    fitting = [one.name for one in free if old in renamed_from(one, database, others)]
    if not fitting:
        raise ConfigurationError(
            f"{named}: not every row of this set has a file of the same version and text in {names}, so it "
            "is another set\n  next: restore the files as they were applied, rename the set, and change the files after that"
        )
    if len(fitting) > 1:
        raise ConfigurationError(f"{named}: {joined(fitting)} have the same files\n  next: run it with the right folder alone")
    return fitting[0]


async def rename_set(session: Session, old: str, new: str) -> None:
    """Rename a set in history and journal. Call it in a transaction."""
    await session.record(*session.records.renamed(old, new))


async def renumber(session: Session, infos: Sequence[MigrationInfo]) -> list[Migration]:
    """Move each row to the version of the file that has its text now; return these files. Call it in a transaction."""
    moves = [(str(info.version), info.moved_to) for info in infos if info.moved_to is not None]
    # First move every row to a version that no file has: two rows may swap their versions.
    for index, (version, file) in enumerate(moves):
        await session.record(*session.records.renumbered(file.set_name, version, f"moving {index}"))
    for index, (_, file) in enumerate(moves):
        await session.record(*session.records.renumbered(file.set_name, f"moving {index}", str(file.version)))
        await session.history.repair(file)
    return [file for _, file in moves]
