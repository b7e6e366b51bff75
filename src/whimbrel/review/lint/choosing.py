"""Choose the files that lint judges: those that are pending on a database, new beside a commit, or from a version on."""

from __future__ import annotations

from collections.abc import Sequence

from whimbrel.errors import ConfigurationError
from whimbrel.migrations.migration import MigrationSet, Version
from whimbrel.migrations.state import compare, pending
from whimbrel.review.git_files import open_folder, read_branch
from whimbrel.session.connect import Target, open_session
from whimbrel.session.other_sets import read_others

__all__ = ["Key", "every_file", "files_from", "new_files", "pending_files"]

# Set and version.
Key = tuple[str, str]


def every_file(sets: Sequence[MigrationSet]) -> set[Key]:
    """Return all files."""
    return {(file.set_name, str(file.version)) for one in sets for file in one.variants}


def files_from(sets: Sequence[MigrationSet], first: Version) -> set[Key]:
    """Return the files of this version and of all later ones. Raises ConfigurationError if there is none."""
    found = {(file.set_name, str(file.version)) for one in sets for file in one.variants if file.version >= first}
    if not found:
        raise ConfigurationError(f"--from {first}: no set has this version or a later one")
    return found


async def pending_files(sets: Sequence[MigrationSet], target: Target, schema: str = "") -> set[Key]:
    """Return the files that a run on this database would apply. Writes nothing.

    Raises ValidationFailed, DatabaseUnreachable or ConfigurationError.
    """
    async with open_session(target, schema, sets, question=True) as session:
        history = await session.history.read([one.name for one in sets])
        infos = compare(sets, session.database, history, await read_others(session, sets, history))
        return {(one.set_name, str(one.version)) for one in pending(infos)}


async def new_files(sets: Sequence[MigrationSet], ref: str) -> set[Key]:
    """Return the files that this branch adds or edits, compared with a commit. Raises ConfigurationError, with git's words."""
    found: set[Key] = set()
    for one in sets:
        branch = await read_branch(await open_folder(one.path, ref))
        ours = {name for name, text in branch.ours.items() if text not in (branch.base.get(name), branch.fork.get(name))}
        found |= {(file.set_name, str(file.version)) for file in one.variants if file.script in ours}
    return found
