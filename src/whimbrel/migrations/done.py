"""Decide whether a start has nothing to do: its database is the right one, and everything is applied.

Pure: no database, no disk. `state.py` compares files and history in full; a start that ends here does not load it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from whimbrel.errors import ConfigurationError
from whimbrel.migrations.migration import MigrationSet, Version, served_by

__all__ = ["check_database", "check_target", "is_done", "meant_databases"]


def check_target(sets: Sequence[MigrationSet], target: Version | None) -> None:
    """Raise ConfigurationError if no set has the target version."""
    if target is not None and not any(target in one.versions() for one in sets):
        raise ConfigurationError(f"--target {target}: no set has this version")


def meant_databases(sets: Sequence[MigrationSet], databases: Collection[str]) -> Collection[str]:
    """Return the `databases` of the run; without any, those that every one of its sets names in its own directives."""
    own = {one.databases for one in sets}
    return databases or (own.pop() if len(own) == 1 else ())


def check_database(meant: Collection[str], *answering: str) -> None:
    """Raise ConfigurationError if the database is not among those that the sets are `meant` for; mysql includes MariaDB.

    `answering` holds the database of the connection, or all that it may turn out to be.
    """
    if meant and not served_by(*meant).intersection(answering):
        raise ConfigurationError(
            f"the sets are for {', '.join(meant)} (by --for, databases in [tool.whimbrel], or whimbrel.sql), but the database is "
            f"{answering[0]}"
        )


def is_done(sets: Sequence[MigrationSet], database: str, rows: Sequence[Mapping[str, object]]) -> bool:
    """Whether the history rows match every file and no other file, so there is nothing to do or report."""
    files = [one.for_database(database) for one in sets]
    covered = all(len(found) == len(one.versions_for(database)) for found, one in zip(files, sets, strict=True))
    wanted = {(file.set_name, str(file.version), file.description, file.checksum) for found in files for file in found}
    applied = {(row["set_name"], row["version"], row["description"], row["checksum"]) for row in rows if row["success"]}
    if not covered or len(rows) != len(applied):
        return False
    if applied == wanted:
        return True
    from whimbrel.migrations.squash import are_replaced  # few starts need it

    return are_replaced(files, applied, wanted)
