"""Read the circumstances of files on SQLite: the library's version, and the settings that change what a file means."""

from __future__ import annotations

from whimbrel.dialects.circumstances import Circumstances
from whimbrel.dialects.connection import Connection

__all__ = ["read_circumstances"]

# https://sqlite.org/pragma.html
_PRAGMAS = ("encoding", "foreign_keys", "ignore_check_constraints", "legacy_alter_table", "recursive_triggers")


async def read_circumstances(connection: Connection) -> Circumstances:
    """Return the circumstances of the session's state. A file has no identity but its content, and its name is a place."""
    settings = {name: str(await connection.fetch_value(f"PRAGMA {name}")) for name in _PRAGMAS}
    return Circumstances(str(await connection.fetch_value("SELECT sqlite_version() AS version")), settings=settings)
